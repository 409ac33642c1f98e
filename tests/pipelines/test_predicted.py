"""What stands in the table is not predicted again, and what is kept is what would be made anew."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid, tables
from pipelines.predicted import PREDICTED_RECORD, write_predicted
from pipelines.store import Store

CELLS = hexgrid.cells_of(np.linspace(-6.6, -6.5, 6), np.full(6, 106.2), 9)


class Model:
    """Says a level that depends on the cell alone, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, cells: hexgrid.Cells) -> pd.DataFrame:
        self.asked += cells.tolist()
        level = -90.0 - (cells // np.uint64(2**24) % 40).astype(float)
        return pd.DataFrame(
            {
                "h3_cell": cells,
                "operator": "A",
                "rsrp_p05_dbm": level - 8,
                "rsrp_p50_dbm": level,
                "rsrp_p95_dbm": level + 8,
                "p_weak": 0.5,
                "basis": "predicted",
                "distance_to_reading_m": 100.0,
                "is_applicable": True,
                "rsrp_quantiles_dbm": list(level[:, None] + np.linspace(-9, 9, 21)),
            }
        )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A survey in which four cells are predicted."""
    store = Store(tmp_path)
    write_predicted(store, CELLS[:4], "model 1", Model())
    return store


def asked(store: Store, cells: hexgrid.Cells, fingerprint: str = "model 1") -> list[int]:
    """Cells of which the model is asked."""
    model = Model()
    write_predicted(store, cells, fingerprint, model)
    return model.asked


def test_only_cells_that_do_not_stand_yet_are_predicted(store: Store) -> None:
    assert sorted(asked(store, CELLS)) == sorted(CELLS[4:].tolist())


def test_nothing_is_predicted_where_all_stand(store: Store) -> None:
    assert asked(store, CELLS[1:3]) == []


def test_cells_not_wanted_any_more_leave_the_table(store: Store) -> None:
    write_predicted(store, CELLS[2:5], "model 1", Model())
    cells = tables.to_pandas(store.read("cell_signal"))["h3_cell"]
    assert cells.tolist() == sorted(CELLS[2:5].tolist())


def test_rows_and_fresh_cells_are_counted(store: Store) -> None:
    assert write_predicted(store, CELLS[2:], "model 1", Model()) == (4, 2)


def test_the_table_is_to_the_byte_that_of_a_run_from_nothing(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "from_nothing")
    for each in (store, other):
        write_predicted(each, CELLS[[5, 0, 3, 4]], "model 1", Model())
    assert store.path("cell_signal").read_bytes() == other.path("cell_signal").read_bytes()


def test_another_model_is_asked_for_all(store: Store) -> None:
    assert sorted(asked(store, CELLS[:4], "model 2")) == sorted(CELLS[:4].tolist())


def test_a_table_that_was_changed_is_not_kept(store: Store) -> None:
    changed = tables.to_pandas(store.read("cell_signal")).assign(p_weak=0.25)
    store.write("cell_signal", tables.to_arrow("cell_signal", changed))
    assert len(asked(store, CELLS[:4])) == 4


def test_a_table_that_is_missing_is_made_anew(store: Store) -> None:
    store.path("cell_signal").unlink()
    assert len(asked(store, CELLS[:4])) == 4


def test_a_run_killed_while_writing_keeps_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", power_cut)
        with pytest.raises(KeyboardInterrupt):
            write_predicted(store, CELLS, "model 1", Model())
    assert not (store.root / PREDICTED_RECORD).exists()
