from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.cells import runs
from coverage.cells.packing import Layout, added_up
from coverage.cells.runs import MemoryBudget, RunStore, SpillParams
from coverage.errors import InputError

LAYOUT = Layout((20, 8))


def stored(
    batches: list[list[tuple[int, int]]], params: SpillParams, layout: Layout = LAYOUT
) -> RunStore:
    store = RunStore(layout=layout, budget=MemoryBudget(params=params))
    for batch in batches:
        groups, values = (np.array(c, dtype=np.int64) for c in zip(*batch, strict=True))
        store.add(layout.with_counts(layout.pack(groups, values), np.ones(len(batch), np.int64)))
        store.flush()
    return store


def sums_of(batches: list[list[tuple[int, int]]]) -> dict[tuple[int, int], int]:
    sums: dict[tuple[int, int], int] = {}
    for batch in batches:
        for key in batch:
            sums[key] = sums.get(key, 0) + 1
    return dict(sorted(sums.items()))


def read(store: RunStore) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for entries in store.pieces():
        layout = store.layout
        keys, counts = added_up(entries, layout)
        fields = (layout.field(keys, 0).tolist(), layout.field(keys, 1).tolist())
        piece = dict(zip(zip(*fields, strict=True), counts.tolist(), strict=True))
        assert not piece.keys() & found.keys()
        found |= piece
    return found


batches_of_keys = st.lists(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3)), min_size=1, max_size=40), max_size=8
)


@pytest.mark.parametrize("memory_mb", [0.0, 0.0005, 100.0])
@settings(deadline=None)
@given(batches=batches_of_keys)
def test_pieces_add_up_whatever_lies_on_disk(
    batches: list[list[tuple[int, int]]], memory_mb: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    params = SpillParams(memory_mb=memory_mb, directory=tmp_path_factory.getbasetemp())
    store = stored(batches, params)
    assert list(read(store).items()) == list(sums_of(batches).items())
    store.close()


def test_pieces_are_small_and_never_cut_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "PIECE_ENTRIES", 1 << 13)
    rng = np.random.default_rng(1)
    groups = np.sort(rng.integers(0, 5_000, 100_000))
    store = RunStore(
        layout=LAYOUT,
        budget=MemoryBudget(params=SpillParams(memory_mb=0, directory=tmp_path)),
    )
    for part in np.array_split(rng.permutation(groups), 5):
        keys = LAYOUT.pack(part, rng.integers(0, 200, len(part)))
        store.add(LAYOUT.with_counts(keys, np.ones(len(part), dtype=np.int64)))
        store.flush()
    pieces = list(store.pieces())
    assert len(pieces) > 5
    assert max(len(piece) for piece in pieces) < 4 * (1 << 13)
    seen = [set(LAYOUT.field(piece, 0).tolist()) for piece in pieces]
    assert sum(map(len, seen)) == len(set().union(*seen)) == len(set(groups.tolist()))
    store.close()


def test_full_buffer_becomes_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BUFFER_ENTRIES", 4)
    store = RunStore(layout=LAYOUT, budget=MemoryBudget(params=SpillParams()))
    store.add(LAYOUT.with_counts(LAYOUT.pack(np.arange(10), np.arange(10)), np.ones(10, np.int64)))
    assert [run.size for run in store.runs] == [4, 4]
    assert read(store) == {(k, k): 1 for k in range(10)}


def test_layout_grows_between_runs() -> None:
    store = stored([[(1, 1), (3, 2)]], SpillParams(), Layout((2, 2)))
    layout = store.fit(100, 4)
    store.add(
        layout.with_counts(layout.pack(np.array([77, 3]), np.array([0, 2])), np.array([5, 1]))
    )
    assert read(store) == {(1, 1): 1, (3, 2): 2, (77, 0): 5}


def test_without_a_folder_nothing_spills() -> None:
    store = stored([[(1, 1)]] * 3, SpillParams(memory_mb=0))
    assert all(run.entries is not None for run in store.runs)


def test_closed_store_leaves_no_file(tmp_path: Path) -> None:
    store = stored([[(1, 1)]], SpillParams(memory_mb=0, directory=tmp_path))
    store.close()
    assert list(tmp_path.iterdir()) == []
    assert store.is_empty


def test_negative_memory_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid memory_mb -1"):
        SpillParams(memory_mb=-1)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Must be an existing folder"):
        SpillParams(directory=tmp_path / "none")
