"""Rows as tracks: which row precedes which, how far and how long it is from one to the next."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from coverage.geodesy import step_m
from coverage.readings.codes import Codes

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, kw_only=True)
class Track:
    """Rows of one or several devices, each device's rows in the file's order.

    Attributes
    ----------
    order
        Row of each place in track order; None where the rows already stand so.
    is_first
        In track order: no row of the same device goes before.
    step_m
        In track order: distance from the row before; 0 at a first row. [m]
    step_s
        In track order: time since the row before; 0 at a first row, NaN without times. [s]
    """

    order: npt.NDArray[np.intp] | None
    is_first: Bools
    step_m: Floats
    step_s: Floats

    def along(self, values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """A column in track order."""
        return values if self.order is None else values[self.order]

    def back(self, values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """A column in track order, in row order again."""
        if self.order is None:
            return values
        result = np.empty_like(values)
        result[self.order] = values
        return result


def track_of(
    device: Codes, latitude_deg: Floats, longitude_deg: Floats, time_us: Ints | None
) -> Track:
    """Track of rows that all have a position (and a time, unless none has)."""
    n = len(device)
    order = None
    if n and (device.codes != device.codes[0]).any():
        order = np.argsort(device.codes, kind="stable")
    codes = device.codes if order is None else device.codes[order]
    is_first = np.ones(n, dtype=np.bool_)
    is_first[1:] = codes[1:] != codes[:-1]
    lat, lon = (v if order is None else v[order] for v in (latitude_deg, longitude_deg))
    steps = np.zeros(n)
    steps[1:] = step_m(lat, lon)
    steps[is_first] = 0.0
    if time_us is None:
        step_s = np.full(n, np.nan)
    else:
        times = time_us if order is None else time_us[order]
        step_s = np.zeros(n)
        step_s[1:] = np.diff(times) / 1e6
    step_s[is_first] = 0.0
    return Track(order=order, is_first=is_first, step_m=steps, step_s=step_s)


def run_starts(*is_new: Bools) -> npt.NDArray[np.intp]:
    """For each row the place where its run began; a run begins where any column is new.

    Examples
    --------
    >>> run_starts(np.array([True, False, True, False])).tolist()
    [0, 0, 2, 2]
    """
    begins = np.logical_or.reduce(is_new)
    if len(begins):
        begins[0] = True
    return np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))


def runs(*is_new: Bools) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The place where each run begins, and how many rows it has; it begins where any is new.

    The first row must be new in one of them.

    Examples
    --------
    >>> first, n_rows = runs(np.array([True, False, True]), np.array([True, False, False]))
    >>> first.tolist(), n_rows.tolist()
    ([0, 2], [2, 1])
    """
    begins = np.logical_or.reduce(is_new)
    first = np.flatnonzero(begins)
    return first, np.diff(first, append=len(begins))


def is_new(*columns: npt.NDArray[Any]) -> Bools:
    """Which rows differ from the one before in any column; NaN equals NaN; the first is new.

    Each column is looked at only where all before it repeat: name first what changes most.

    Examples
    --------
    >>> is_new(np.array([1.0, 1.0, 2.0, np.nan, np.nan]), np.array([7, 8, 8, 8, 8])).tolist()
    [True, True, True, True, False]
    """
    first, *others = columns
    same = np.flatnonzero(_equal(first[1:], first[:-1])) + 1
    for values in others:
        same = same[_equal(values[same], values[same - 1])]
    result = np.ones(len(first), dtype=np.bool_)
    result[same] = False
    return result


def _equal(own: npt.NDArray[Any], before: npt.NDArray[Any]) -> Bools:
    """Which values are the same, NaN as NaN."""
    equal: Bools = own == before
    if own.dtype.kind == "f":
        equal |= np.isnan(own) & np.isnan(before)
    return equal
