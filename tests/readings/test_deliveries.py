"""One log delivered twice is one log; two phones in one car are two."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.readings.deliveries import matches, one_log, pair_counts, reading_keys, repeats

Read = Callable[..., Any]
HEADER = (
    "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,SNR,RAWCELLID\n"
)


def row(second: int, level: int = -104, longitude: str = "106.123500", cell: int = 7) -> str:
    return f"2024.01.20_09.15.{second:02d},{longitude},-6.412300,36,A,1,LTE,{level},-12,4,{cell}\n"


def keys(read: Read, *rows: str, **changes: Any) -> list[int]:
    log = read((HEADER + "".join(rows)).encode(), "a.csv", **changes)
    found: list[int] = reading_keys(log.readings).tolist()
    return found


def test_another_device_and_folder_make_no_other_reading(read: Read) -> None:
    assert keys(read, row(1), device_group="a") == keys(read, row(1), device_group="b")


def test_digits_that_say_nothing_make_no_other_reading(read: Read) -> None:
    assert keys(read, row(1)) == keys(read, row(1, longitude="106.1235"))


@pytest.mark.parametrize(
    "other", [row(2), row(1, level=-105), row(1, longitude="106.12352"), row(1, cell=8)]
)
def test_another_second_level_place_or_cell_is_another_reading(read: Read, other: str) -> None:
    assert keys(read, row(1)) != keys(read, other)


@given(st.lists(st.lists(st.integers(0, 30)), min_size=1, max_size=5))
def test_matches_are_those_of_a_comparison_one_by_one(inputs: list[list[int]]) -> None:
    arrays = [np.sort(np.array(each, dtype=np.uint64)) for each in inputs]
    first, second, found = matches(arrays)
    expected = {
        (i, j, key)
        for i in range(len(inputs))
        for j in range(i + 1, len(inputs))
        for key in set(inputs[i]) & set(inputs[j])
    }
    triples = list(zip(first.tolist(), second.tolist(), found.tolist(), strict=True))
    assert len(triples) == len(expected)
    assert set(triples) == expected


@pytest.mark.parametrize(("n", "is_one"), [(4, False), (5, True)])
def test_five_in_a_hundred_make_one_log(n: int, is_one: bool) -> None:
    assert bool(one_log(Counter({(0, 1): n}), [1_000, 100])) == is_one


def test_the_earliest_of_three_inputs_keeps_the_reading() -> None:
    arrays = [np.array([5], dtype=np.uint64)] * 3
    first, second, found = matches(arrays)
    pairs = one_log(pair_counts(first, second), [1, 1, 1])
    kept = repeats(first, second, found, pairs)
    assert {place: owner.tolist() for place, (_, owner) in kept.items()} == {1: [0], 2: [0]}


def test_a_pair_that_is_not_one_log_keeps_both() -> None:
    arrays = [np.array([5], dtype=np.uint64)] * 2
    assert repeats(*matches(arrays), frozenset()) == {}
