"""Raw rows: made into a column only when asked for, the same rows whatever the parts."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.readings.raw_rows import RawRows

ROWS = [b"a", b"b", b"c", b"d", b"e"]


def column(rows: list[bytes]) -> pa.Array:
    return pa.array(rows, pa.large_binary())


def never() -> pa.Array:
    raise AssertionError("nobody asked for these rows")


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.lists(st.booleans(), min_size=5))
def test_parts_slices_and_masks_are_those_of_a_list(
    cut: int, first: int, last: int, mask: list[bool]
) -> None:
    rows = RawRows.concat([RawRows.of(column(ROWS[:cut])), RawRows.of(column(ROWS[cut:]))])
    kept = rows[first:last]
    wanted = ROWS[first:last]
    own = np.array(mask[: len(wanted)], dtype=np.bool_)
    assert kept.to_pylist() == wanted
    assert kept.filter(own).to_pylist() == [
        row for row, keep in zip(wanted, own, strict=True) if keep
    ]


def test_rows_that_are_not_wanted_are_never_made() -> None:
    rows = RawRows.concat([RawRows.later(never, 3), RawRows.of(column(ROWS))])
    assert rows.filter(np.arange(8) == 4).to_pylist() == [b"b"]
    with pytest.raises(AssertionError, match="nobody asked"):
        rows.to_pylist()


def test_rows_of_text_become_bytes() -> None:
    assert RawRows.of(pa.array(["x"])).to_pylist() == [b"x"]
