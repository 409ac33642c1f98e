"""Which of several columns holds the value."""

import numpy as np
import pyarrow as pa
import pytest

from coverage.readings import picks
from coverage.readings.codes import Codes
from coverage.readings.draft import NO_TIME


def test_a_technology_without_column_is_not_known() -> None:
    rat = Codes.of(["NR", None])
    assert np.isnan(picks.by_rat(rat, {"LTE": np.zeros(2)})).all()


def test_zero_is_known_and_comes_first() -> None:
    assert picks.first_known(np.array([0.0]), np.array([1.0])).tolist() == [0]


def test_inputs_are_not_changed() -> None:
    first = np.array([np.nan, 0.0])
    picks.first_known(first, np.ones(2))
    picks.unless(first, 0.0)
    assert first[1] == 0
    assert np.isnan(first[0])


@pytest.mark.parametrize("others", [[], ["2024-01-20T02:15:02"], ["x"], [None]])
def test_one_bad_stamp_does_not_change_the_good_ones(others: list[str | None]) -> None:
    stamps = pa.array(["2024-01-20T02:15:02.123Z", *others], pa.string())
    expected = [1_705_716_902_123_000, *[NO_TIME] * len(others)]
    assert picks.iso_times(stamps).tolist() == expected


def test_chunks_read_as_one() -> None:
    stamps = pa.chunked_array([["2024-01-20T02:15:02Z"], ["2024-01-20T09:15:02+07:00"]])
    assert len(set(picks.iso_times(stamps).tolist())) == 1
