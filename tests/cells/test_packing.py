import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.cells.packing import Layout, added_up, collapsed, relayout, starts_of
from coverage.errors import InputError

Rows = list[tuple[int, int, int]]
rows_of_counts = st.lists(
    st.tuples(st.integers(0, 15), st.integers(0, 7), st.integers(1, 1000)), max_size=60
)


def entries_of(rows: Rows, layout: Layout) -> np.ndarray:
    groups, values, counts = (np.array(c, dtype=np.int64) for c in zip(*rows, strict=True))
    entries = layout.with_counts(layout.pack(groups, values), counts)
    entries.sort()
    return entries


def sums_of(rows: Rows) -> dict[tuple[int, int], int]:
    sums: dict[tuple[int, int], int] = {}
    for group, value, count in rows:
        sums[group, value] = sums.get((group, value), 0) + count
    return dict(sorted(sums.items()))


def read(entries: np.ndarray, layout: Layout) -> dict[tuple[int, int], int]:
    keys, counts = added_up(entries, layout)
    fields = (layout.field(keys, 0).tolist(), layout.field(keys, 1).tolist())
    return dict(zip(zip(*fields, strict=True), counts.tolist(), strict=True))


@settings(deadline=None)
@given(rows_of_counts.filter(bool))
def test_added_up_gives_the_sums_sorted_by_key(rows: Rows) -> None:
    layout = Layout((4, 3))
    found = read(entries_of(rows, layout), layout)
    assert list(found.items()) == list(sums_of(rows).items())


@settings(deadline=None)
@given(rows_of_counts.filter(bool))
def test_counts_too_large_for_their_bits_are_split_and_read_back(rows: Rows) -> None:
    layout = Layout((30, 32))  # two bits of count: at most 3 an entry
    entries = collapsed(entries_of(rows, layout), layout)
    assert layout.counts(entries).max() <= 3
    assert read(entries, layout) == sums_of(rows)


@settings(deadline=None)
@given(rows_of_counts.filter(bool))
def test_relayout_keeps_order_and_sums(rows: Rows) -> None:
    old, new = Layout((4, 3)), Layout((20, 40))
    entries = relayout(entries_of(rows, old), old, new)
    assert (np.diff(new.head(entries, 2).astype(np.int64)) >= 0).all()
    assert read(entries, new) == sums_of(rows)


@pytest.mark.parametrize(("size", "holds"), [(16, True), (17, False)])
def test_layout_holds_codes_up_to_its_bits(size: int, holds: bool) -> None:
    assert Layout((4, 3)).holds((size, 8)) is holds


def test_grown_layout_holds_the_sizes_and_never_narrows() -> None:
    assert Layout((4, 3)).grown((17, 2)) == Layout((5, 3))


def test_layout_without_room_for_a_count_is_refused() -> None:
    Layout((40, 23))
    with pytest.raises(InputError, match="Must leave one of 64 bits"):
        Layout((40, 24))


def test_starts_of_nothing() -> None:
    assert starts_of(np.zeros(0, dtype=np.int64)).tolist() == []


def test_added_up_of_nothing() -> None:
    keys, counts = added_up(np.zeros(0, dtype=np.uint64), Layout((4, 3)))
    assert not len(keys)
    assert not len(counts)
