"""Rows of the additive tables back into an accumulator, at their resolution or a coarser one.

A coarser cell is the H3 parent; which of its children were seen is told by the cells themselves.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage import hexgrid
from coverage.cells.accumulator import NO_SERVICE_CODE, SIGNAL_OFFSET, Accumulator, child_bits
from coverage.cells.packing import Ints
from coverage.cells.selection import REASONS, codes_in, is_null
from coverage.cells.spans import strongest_code
from coverage.errors import InputError
from coverage.radio import RATS
from coverage.tables import CELL_QUANTITIES

_BATCH_ROWS: Final = 1 << 20


def add_count_rows(accumulator: Accumulator, name: str, rows: pa.Table | pa.RecordBatch) -> None:
    """Add rows of one table of ``COUNT_TABLES``, so that counts need not be read whole.

    Every table of a set of counts has to be added, in any order and in any parts.

    Raises
    ------
    InputError
        Where a cell is coarser than the accumulator's.
    """
    add: dict[str, Callable[[Accumulator, pa.RecordBatch], None]] = {
        "cell_counts": _add_levels,
        "cell_devices": _add_visits,
        "cell_values": _add_values,
        "cell_spans": _add_spans,
        "cell_tally": _add_tally,
    }
    table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        if batch.num_rows:
            add[name](accumulator, batch)


def groups_of_rows(accumulator: Accumulator, batch: pa.RecordBatch) -> Ints:
    """Group of each row of counts."""
    cells = batch["h3_cell"].to_numpy()
    resolution = accumulator.params.resolution
    if hexgrid.resolution_of(cells).min() < resolution:
        raise InputError(f"Invalid resolution of counts. Must be {resolution} or finer.")
    parents = hexgrid.parents_of(cells, resolution)
    return accumulator.groups_of(parents, batch["operator"], codes_in(batch["rat"], RATS))


def signal_codes_of_rows(batch: pa.RecordBatch) -> Ints:
    """Level code of each row of ``cell_counts``, 0 for no service."""
    bins = batch["signal_bin_dbm"].fill_null(NO_SERVICE_CODE - SIGNAL_OFFSET).to_numpy()
    codes: Ints = bins.astype(np.int64) + SIGNAL_OFFSET
    return codes


def _add_levels(accumulator: Accumulator, batch: pa.RecordBatch) -> None:
    """Add counts of levels."""
    groups, codes = groups_of_rows(accumulator, batch), signal_codes_of_rows(batch)
    accumulator.add_signal(groups, codes, batch["n"].to_numpy())


def _add_visits(accumulator: Accumulator, batch: pa.RecordBatch) -> None:
    """Add counts of devices on days."""
    groups = groups_of_rows(accumulator, batch)
    days = batch["day"].cast(pa.int32()).to_numpy().astype(np.int64)
    accumulator.add_visits(groups, batch["device_id"], days, batch["n"].to_numpy())


def _add_values(accumulator: Accumulator, batch: pa.RecordBatch) -> None:
    """Add counts of quality, SINR and uplink rate."""
    groups = groups_of_rows(accumulator, batch)
    quantity = codes_in(batch["quantity"], CELL_QUANTITIES)
    bins = batch["value_bin"].to_numpy().astype(np.int64)
    counts = batch["n"].to_numpy()
    for code, name in enumerate(CELL_QUANTITIES):
        rows = np.flatnonzero(quantity == code)
        accumulator.add_values(name, groups[rows], bins[rows], counts[rows])


def _add_spans(accumulator: Accumulator, batch: pa.RecordBatch) -> None:
    """Unite times, child cells and strongest radio cells."""
    groups = groups_of_rows(accumulator, batch)
    first, last = (batch[c].cast(pa.int64()).to_numpy() for c in ("first_time", "last_time"))
    level = batch["strongest_dbm"].fill_null(0).to_numpy().astype(np.int64) + SIGNAL_OFFSET
    identity = batch["strongest_cell_identity"].fill_null(0).to_numpy()
    accumulator.spans.unite(
        groups,
        first_us=first,
        last_us=last,
        strongest=strongest_code(level, identity) * ~is_null(batch["strongest_dbm"]),
        children=_children(batch, accumulator.params.resolution),
    )


def _children(batch: pa.RecordBatch, resolution: int) -> npt.NDArray[np.uint8]:
    """Child cells seen: those counted, or the child that a finer cell lies in."""
    cells = batch["h3_cell"].to_numpy()
    children: npt.NDArray[np.uint8] = batch["children_seen"].to_numpy().astype(np.uint8)
    finer = np.flatnonzero(hexgrid.resolution_of(cells) > resolution)
    if len(finer):
        own = hexgrid.parents_of(cells[finer], resolution + 1)
        children[finer] = child_bits(own, resolution + 1)
    return children


def _add_tally(accumulator: Accumulator, batch: pa.RecordBatch) -> None:
    """Add numbers of readings counted and not counted."""
    for reason, n in zip(batch["reason"].to_pylist(), batch["n"].to_pylist(), strict=True):
        accumulator.tally[REASONS.index(reason)] += n
