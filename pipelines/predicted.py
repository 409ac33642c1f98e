"""Predictions of cells, kept where model and maps did not change: only cells not known are made.

A moved TPS needs other cells around two places and leaves the model as it is. What the model says
of a cell depends on that cell alone: of cells predicted together and apart the levels differ by
1.4e-14 dB at most (45,000 cells of the demo, four operators), and levels are kept in whole
hundredths. So what is kept is what would be made anew, to the byte; a test compares.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coverage import hexgrid, tables
from pipelines.store import Store, content_hash, read_json, write_json

PREDICTED_RECORD: Final = "model/predicted.json"
_TABLE: Final = "cell_signal"

PredictCells = Callable[[hexgrid.Cells], pd.DataFrame]
"""Rows of ``cell_signal`` of some cells, each of which depends on its own cell only."""


def write_predicted(
    store: Store, cells: hexgrid.Cells, fingerprint: str, predict: PredictCells
) -> tuple[int, int]:
    """Write ``cell_signal`` of the cells; those that stand in it already are not predicted again.

    Parameters
    ----------
    store
        Where the table lies.
    cells
        Wanted, of one resolution.
    fingerprint
        Of everything a prediction depends on but its cell.
    predict
        Predicts cells.

    Returns
    -------
    tuple of int
        Rows written, and cells predicted now. [count]
    """
    wanted = np.unique(cells)
    before = _standing(store, fingerprint)
    fresh = np.setdiff1d(wanted, before.column("h3_cell").to_numpy())
    kept = before.filter(pc.is_in(before.column("h3_cell"), value_set=pa.array(wanted)))
    made = tables.to_arrow(_TABLE, predict(fresh)) if len(fresh) else tables.empty(_TABLE)
    found = pa.concat_tables([kept, made]).sort_by(
        [(name, "ascending") for name in tables.TABLES[_TABLE].key]
    )
    record = store.root / PREDICTED_RECORD
    record.unlink(missing_ok=True)  # of the table that a run killed here leaves nothing is kept
    path = store.write(_TABLE, found.combine_chunks())
    write_json(record, {"fingerprint": fingerprint, "table": content_hash(path)})
    return found.num_rows, len(fresh)


def _standing(store: Store, fingerprint: str) -> pa.Table:
    """The table as it was written for this fingerprint; without rows where there is none."""
    record, path = read_json(store.root / PREDICTED_RECORD), store.path(_TABLE)
    is_of_it = record.get("fingerprint") == fingerprint and path.is_file()
    if not is_of_it or record.get("table") != content_hash(path):
        return tables.empty(_TABLE)
    return store.read(_TABLE)
