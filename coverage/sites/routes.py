"""Routes over places in a plane: a short order of stops, cut into days, and days filled by gain."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.errors import InputError
from coverage.geodesy import Floats

_MAX_ROUNDS: Final = 50  # of 2-opt; it stops earlier where nothing improves

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class DayParams:
    """How far a car comes in a day.

    Attributes
    ----------
    hours
        Working hours of a day, all from the first stop to the last. [h]
    speed_kmh
        Average speed on the road: the project's choice for rural roads, no source. [km/h]
    detour
        Way on the road over the way as the crow flies: the project's choice, no source.
    stop_minutes
        Time at each stop: reading all operators inside and outside, a test upload; the project's
        choice, no source. [min]
    """

    hours: float = 8.0
    speed_kmh: float = 25.0
    detour: float = 1.4
    stop_minutes: float = 10.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, low, high in (
            ("hours", 0.5, 24), ("speed_kmh", 1, 120), ("detour", 1, 5), ("stop_minutes", 0, 240),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Invalid {name} {value}. Must be in [{low}, {high}].")
        if self.stop_minutes > 60 * self.hours:
            raise InputError(f"Invalid stop_minutes {self.stop_minutes}. Must fit into the hours.")

    @property
    def minutes_per_m(self) -> float:
        """Driving time of a metre as the crow flies [min/m]."""
        return self.detour / (self.speed_kmh * 1000 / 60)


def short_route(plane_m: Floats, start_m: Floats | None) -> Rows:
    """Order of places on a short open route: nearest next, then 2-opt until nothing improves.

    Parameters
    ----------
    plane_m
        Places, shape (n, 2). [m]
    start_m
        Where the route begins, itself no stop; None = at its northernmost place. [m]
    """
    if not len(plane_m):
        return np.zeros(0, dtype=np.intp)
    start = plane_m[plane_m[:, 1].argmax()] if start_m is None else start_m
    points = np.vstack([start, plane_m])
    away = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    tour = [0]
    remaining = np.ones(len(points), dtype=bool)
    remaining[0] = False
    while remaining.any():
        tour.append(int(np.where(remaining, away[tour[-1]], np.inf).argmin()))
        remaining[tour[-1]] = False
    return _two_opt(np.array(tour), away)[1:] - 1


def cut_into_days(plane_m: Floats, order: Rows, params: DayParams) -> list[Rows]:
    """Cut a route into days: each takes the next stops until its hours are full.

    A day begins at its first stop; a stop too long for any day is a day of its own.
    """
    days: list[Rows] = []
    today: list[int] = []
    minutes = 0.0
    for stop in order.tolist():
        leg_m = float(np.hypot(*(plane_m[stop] - plane_m[today[-1]]))) if today else 0.0
        needed = leg_m * params.minutes_per_m + params.stop_minutes
        if today and minutes + needed > 60 * params.hours:
            days.append(np.array(today, dtype=np.intp))
            today, minutes, needed = [], 0.0, params.stop_minutes
        today.append(stop)
        minutes += needed
    if today:
        days.append(np.array(today, dtype=np.intp))
    return days


def best_insertion(
    plane_m: Floats, route: list[int], start_m: Floats | None
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """By how much each place would lengthen an open route at its best position, and which.

    Parameters
    ----------
    plane_m
        Places, shape (n, 2). [m]
    route
        Rows of the stops so far, in order.
    start_m
        Where the route begins, itself no stop; None = at its first stop. [m]

    Returns
    -------
    tuple of numpy.ndarray
        Extra length [m] and the position in ``route``, both of shape (n,).
    """
    stops = plane_m[route]
    away = np.hypot(*(plane_m[:, None] - stops[None]).transpose(2, 0, 1))
    first = away[:, 0].copy()
    if start_m is not None:
        direct = np.hypot(*(stops[0] - start_m))
        first += np.hypot(*(plane_m - start_m).T) - direct
    legs = np.hypot(*np.diff(stops, axis=0).T) if len(stops) > 1 else np.zeros(0)
    between = away[:, :-1] + away[:, 1:] - legs
    extra = np.column_stack([first, between, away[:, -1]])
    position = extra.argmin(axis=1)
    return extra[np.arange(len(plane_m)), position], position.astype(np.intp)


def legs_m(plane_m: Floats, order: Rows, start_m: Floats | None) -> Floats:
    """Distance of each stop from the one before, the first from the start, else 0 [m]."""
    if not len(order):
        return np.zeros(0)
    before = plane_m[order[0]] if start_m is None else start_m
    points = np.vstack([before, plane_m[order]])
    legs: Floats = np.hypot(*np.diff(points, axis=0).T)
    return legs


def _two_opt(tour: Rows, away: Floats) -> Rows:
    """Turn round stretches of an open route while that shortens it."""
    n = len(tour)
    for _ in range(_MAX_ROUNDS):
        is_better = False
        for i in range(n - 2):
            here, after = tour[i], tour[i + 1]
            ends = tour[i + 2 :]
            beyond = np.append(tour[i + 3 :], -1)
            last = np.arange(len(ends)) == len(ends) - 1
            old = away[here, after] + np.where(last, 0.0, away[ends, beyond])
            new = away[here, ends] + np.where(last, 0.0, away[after, beyond])
            best = int((new - old).argmin())
            if new[best] - old[best] < -1e-6:
                stop = i + 2 + best
                tour[i + 1 : stop + 1] = tour[i + 1 : stop + 1][::-1]
                is_better = True
        if not is_better:
            break
    return tour
