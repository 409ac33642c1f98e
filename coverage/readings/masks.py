"""Rows of a mask at the least cost: most chunks keep every row, most columns every value."""

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Rows = slice | npt.NDArray[np.bool_]
"""All rows as a slice (a column of them is a view, not a copy), else a mask."""


def rows_of(mask: Bools) -> Rows:
    """The rows where a mask is true.

    Examples
    --------
    >>> rows_of(np.array([True, True]))
    slice(None, None, None)
    >>> rows_of(np.array([True, False])).tolist()
    [True, False]
    """
    return slice(None) if mask.all() else mask


def known_where(mask: Bools, values: Floats) -> Floats:
    """The values where a mask is true, NaN elsewhere; the very column where it is true throughout.

    Examples
    --------
    >>> known_where(np.array([True, False]), np.array([1.0, 2.0])).tolist()
    [1.0, nan]
    """
    return values if mask.all() else np.where(mask, values, np.nan)


def within(values: Floats, low: float, high: float) -> Floats:
    """The values in a range, ends included; NaN for others.

    Examples
    --------
    >>> within(np.array([0.0, 5.0, 9.0]), 0.0, 5.0).tolist()
    [0.0, 5.0, nan]
    """
    return known_where((values >= low) & (values <= high), values)
