"""The same reading twice."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.readings import duplicates
from coverage.readings.codes import Codes
from coverage.readings.duplicates import Seen, keys_of
from coverage.readings.shelf import Shelf

ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 2)), max_size=30)


def keys(rows: list[tuple[str, int, int]]) -> "np.typing.NDArray[np.uint64]":
    words = Codes.of([r[0] for r in rows] or [""])[: len(rows)]
    return keys_of([words], [np.array([r[1] for r in rows], float), np.array([r[2] for r in rows])])


@given(ROWS, st.lists(st.integers(0, 30), max_size=4), st.integers(1, 12))
def test_the_first_of_equal_rows_stays_however_they_are_cut_and_put_aside(
    rows: list[tuple[str, int, int]], cuts: list[int], run_keys: int
) -> None:
    expected = [row in rows[:i] for i, row in enumerate(rows)]
    found = []
    with Shelf() as shelf:
        seen = Seen(shelf, run_keys)
        for start, end in pairwise([0, *sorted(cuts), 30]):
            part = rows[start:end]
            times = np.array([row[1] for row in part], dtype=np.int64)
            found += seen.is_repeat(keys(part), times).tolist()
    assert found == expected


def test_unknown_equals_unknown_and_zero_equals_minus_zero() -> None:
    first, second = keys_of([], [np.array([np.nan, 0.0])]), keys_of([], [np.array([-np.nan, -0.0])])
    assert first.tolist() == second.tolist()


def test_words_hash_alike_whatever_their_codes() -> None:
    one, other = Codes.of(["a", "b"]), Codes.of(["b", "a"])
    assert keys_of([one], []).tolist() == keys_of([other], []).tolist()[::-1]


@pytest.mark.parametrize("n", [200_000])
def test_many_different_rows_collide_nowhere(n: int) -> None:
    numbers = np.arange(n, dtype=np.float64)
    assert len(np.unique(keys_of([], [numbers, numbers[::-1].copy()]))) == n


@given(ROWS)
def test_a_row_hashes_alike_alone_and_among_others(rows: list[tuple[str, int, int]]) -> None:
    alone = [int(keys([row])[0]) for row in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_TILE_ROWS", 4)
        assert keys(rows).tolist() == alone
