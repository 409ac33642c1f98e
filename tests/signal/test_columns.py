"""Columns of one length are taken and joined together, whatever they hold."""

from dataclasses import dataclass

import numpy as np

from coverage.signal.columns import joined, taken


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two columns."""

    number: np.ndarray
    is_odd: np.ndarray


SOME = Pair(number=np.array([1.0, 2.0, 3.0]), is_odd=np.array([True, False, True]))


def test_rows_are_taken_from_every_column():
    for rows in (np.array([0, 2]), SOME.is_odd):
        found = taken(SOME, rows)
        assert found.number.tolist() == [1.0, 3.0]
        assert found.is_odd.tolist() == [True, True]


def test_parts_are_joined_in_their_order():
    found = joined([taken(SOME, np.array([2])), SOME])
    assert found.number.tolist() == [3.0, 1.0, 2.0, 3.0]
    assert found.is_odd.tolist() == [True, True, False, True]


def test_taking_and_joining_change_nothing_given():
    joined([SOME, taken(SOME, np.array([0]))])
    assert SOME.number.tolist() == [1.0, 2.0, 3.0]
