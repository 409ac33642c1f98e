"""The file of an input's reading keys."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.readings.shelf import Shelf
from pipelines.reading_keys import SortedKeys, _ordered, read_keys, write_keys

KEYS = st.sampled_from([0, 1, 5, 2**63, 2**64 - 1])
BATCHES = st.lists(st.lists(KEYS, max_size=6), max_size=8)


@given(BATCHES, st.integers(1, 12))
def test_keys_come_sorted_with_their_places_however_many_runs_they_take(
    batches: list[list[int]], run_keys: int
) -> None:
    with Shelf() as shelf:
        keys = SortedKeys(shelf, run_keys)
        for batch in batches:
            keys.add(np.array(batch, dtype=np.uint64))
        found = [pair for some in keys.stretches() for pair in zip(*map(list, some), strict=True)]
    whole = [key for batch in batches for key in batch]
    assert found == sorted((key, row) for row, key in enumerate(whole))


@pytest.mark.parametrize("run_keys", [4, 1000])
def test_a_file_is_the_same_in_one_run_and_in_many(tmp_path: Path, run_keys: int) -> None:
    values = np.random.default_rng(1).integers(0, 2**63, 50).astype(np.uint64)
    with Shelf() as shelf:
        keys = SortedKeys(shelf, run_keys)
        for batch in np.split(values, 10):
            keys.add(batch)
        write_keys(tmp_path / "part.bin", keys)
    found, rows = read_keys(tmp_path / "part.bin")
    assert np.array_equal(found, np.sort(values))
    assert np.array_equal(values[rows], found)


def test_an_input_without_readings_has_an_empty_file(tmp_path: Path) -> None:
    with Shelf() as shelf:
        write_keys(tmp_path / "part.bin", SortedKeys(shelf))
    assert (tmp_path / "part.bin").stat().st_size == 0
    assert [len(column) for column in read_keys(tmp_path / "part.bin")] == [0, 0]


@given(st.lists(st.integers(0, 6), max_size=60))
def test_equal_keys_stay_in_the_order_of_their_rows(values: list[int]) -> None:
    keys = np.array(values, dtype=np.uint64)
    ordered, order = _ordered(keys)
    assert order.tolist() == np.argsort(keys, kind="stable").tolist()
    assert ordered.tolist() == sorted(values)
