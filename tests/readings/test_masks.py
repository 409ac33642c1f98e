"""Rows of a mask at the least cost."""

import numpy as np

from coverage.readings.masks import known_where, rows_of, within


def test_all_rows_of_a_column_are_a_view_of_it() -> None:
    column = np.arange(3)
    assert np.shares_memory(column[rows_of(np.ones(3, dtype=np.bool_))], column)


def test_some_rows_are_those_of_the_mask() -> None:
    mask = np.array([True, False, True])
    assert np.arange(3)[rows_of(mask)].tolist() == [0, 2]


def test_a_column_that_is_known_throughout_is_handed_back() -> None:
    column = np.arange(3.0)
    assert known_where(np.ones(3, dtype=np.bool_), column) is column


def test_what_is_not_known_is_nan() -> None:
    known = known_where(np.array([True, False]), np.array([1.0, 2.0]))
    assert known[0] == 1.0
    assert np.isnan(known[1])


def test_both_ends_of_a_range_are_within_and_nan_is_not() -> None:
    values = np.array([-1.0, 0.0, 5.0, 5.1, np.nan])
    assert np.isnan(within(values, 0.0, 5.0)).tolist() == [True, False, False, True, True]
