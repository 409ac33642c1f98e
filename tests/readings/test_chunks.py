"""Chunks keep every row and end where nothing runs across."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from coverage.readings.chunks import chunks
from coverage.readings.draft import Draft


def draft(latitude: list[float], first_row: int = 1, repeat: int = 1) -> Draft:
    rows = np.repeat(np.arange(first_row, first_row + len(latitude)), repeat)
    lat = np.repeat(np.array(latitude, dtype=np.float64), repeat)
    return Draft(
        source_row=rows, raw=pa.array([str(row) for row in rows]),
        numbers={"latitude_deg": lat, "longitude_deg": 0.0, "signal_dbm": lat},
        texts={"rat": "LTE"},
    )  # fmt: skip


@given(st.lists(st.integers(1, 30), max_size=8), st.integers(10, 40))
def test_no_row_is_lost_or_moved(sizes: list[int], size: int) -> None:
    starts = np.cumsum([1, *sizes]).tolist()
    drafts = [draft([float(i) for i in range(n)], s) for n, s in zip(sizes, starts, strict=False)]
    parts = list(chunks(drafts, size))
    assert [row for part in parts for row in part.source_row.tolist()] == list(
        range(1, sum(sizes) + 1)
    )
    raw = [
        bytes(str(r), "ascii") if isinstance(r, str) else r
        for p in parts
        for r in p.raw.to_pylist()
    ]
    assert raw == [str(row).encode() for row in range(1, sum(sizes) + 1)]
    assert all(0 < len(part) <= size for part in parts)


def test_a_chunk_ends_where_position_and_level_change() -> None:
    latitude = [0.0] * 95 + [1.0] * 50
    first, second = chunks([draft(latitude)], 100)
    assert (len(first), len(second)) == (95, 50)


def test_a_phone_at_rest_is_cut_all_the_same() -> None:
    parts = list(chunks([draft([0.0] * 250)], 100))
    assert sum(len(part) for part in parts) == 250
    assert max(len(part) for part in parts) == 100


def test_a_source_row_of_several_cells_is_not_cut() -> None:
    parts = list(chunks([draft([0.0] * 50, repeat=3)], 100))
    for before, after in pairwise(parts):
        assert before.source_row[-1] != after.source_row[0]
