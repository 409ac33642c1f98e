"""The counts of all inputs added up and cells derived from them, one range of cells a task.

Each task reads what every input has in its range, adds it up in bounded memory and writes the sums
and the cells. The ranges laid end to end are the tables: the same bytes wherever the tasks ran,
however the cells were cut, and whatever was added up in earlier runs.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from coverage.cells.accumulator import Accumulator
from coverage.cells.adaptive import AdaptiveParams, finish_adapted
from coverage.cells.evidence import EvidenceParams
from coverage.cells.histogram import (
    COUNT_TABLES,
    add_count_rows,
    cells_of,
    count_slices,
    counts_of,
)
from coverage.cells.runs import SpillParams
from coverage.cells.selection import CountParams
from pipelines.counted import CellRange, scan, write_sorted
from pipelines.merge_plan import Plan
from pipelines.store import Store

KEYED_TABLES: Final = COUNT_TABLES[:-1]
"""Tables of counts by cell; the tally has no cells."""
TABLE_ROWS: Final = 1 << 18
"""Rows of a row group in the tables of the survey."""
_ADAPTED: Final = "cells_adaptive"


@dataclass(frozen=True, kw_only=True)
class CellTables:
    """Which tables of cells are made of the counts.

    Attributes
    ----------
    counting, evidence
        Parameters of the cells room.
    extra_resolutions
        Of coarser tables beside the one of the counts: ``cells_r7`` and so on.
    adaptive
        When to coarsen in ``cells_adaptive``; None = there is no such table.
    """

    counting: CountParams
    evidence: EvidenceParams
    extra_resolutions: tuple[int, ...] = ()
    adaptive: AdaptiveParams | None = None

    @property
    def contracts(self) -> dict[str, str]:
        """Contract of each table that is made, by the name of its file."""
        cells = ["cells", *map(_coarse_name, self.extra_resolutions)]
        if self.adaptive is not None:
            cells.append(_ADAPTED)
        return {**{name: name for name in KEYED_TABLES}, **dict.fromkeys(cells, "cells")}

    def passes(self, name: str) -> tuple[int | None, ...]:
        """Resolutions to go through one after the other: H3 indexes sort by resolution first."""
        if name == _ADAPTED and self.adaptive is not None:
            return tuple(range(self.adaptive.coarsest, self.counting.resolution + 1))
        return (None,)


@dataclass(frozen=True, kw_only=True)
class RangeTask:
    """One range to add up.

    Attributes
    ----------
    store, folder
        The survey, and where the range's tables go.
    cells, parts, has_base
        The range, the inputs that have rows there, and whether the survey's tables belong to it.
    made, spill
        What is made of it, in how much memory.
    """

    store: Store
    folder: Path
    cells: CellRange
    parts: tuple[str, ...]
    has_base: bool
    made: CellTables
    spill: SpillParams


@dataclass(frozen=True, kw_only=True)
class JoinTask:
    """One table to lay together of the ranges in ``folder`` and those copied."""

    store: Store
    folder: Path
    name: str
    plan: Plan
    made: CellTables


def merge_range(task: RangeTask) -> None:
    """Add up one range and write its tables into the task's folder."""
    made = task.made
    with ExitStack() as stack:
        accumulator, *coarse = (
            stack.enter_context(closing(Accumulator(params, task.spill)))
            for params in (
                made.counting, *(CountParams(resolution=r) for r in made.extra_resolutions),
            )
        )  # fmt: skip
        for name in KEYED_TABLES:
            for batch in _rows(task, name):
                add_count_rows(accumulator, name, batch)
        for name in KEYED_TABLES:
            _write(task, name, _also_to(coarse, name, count_slices(accumulator, name)))
        _write(task, "cells", cells_of(accumulator, made.evidence))
        for each in coarse:
            name = _coarse_name(each.params.resolution)
            _write(task, name, cells_of(each, made.evidence))
        if made.adaptive is not None:
            counts = counts_of(accumulator)
            _write(task, _ADAPTED, [finish_adapted(counts, made.adaptive, made.evidence)])


def join_table(task: JoinTask) -> int:
    """Lay one table together and put it in its place; returns its rows."""
    contract = task.made.contracts[task.name]
    target = task.store.path(task.name)

    def slices() -> Iterator[pa.Table]:
        for resolution in task.made.passes(task.name):
            for cells in task.plan.ranges:
                is_new = cells in task.plan.merged
                source = _range_path(task.folder, task.name, cells) if is_new else target
                for batch in scan(source, contract, cells, resolution):
                    yield pa.Table.from_batches([batch])

    return write_sorted(target, contract, slices(), TABLE_ROWS).total()


def _rows(task: RangeTask, name: str) -> Iterator[pa.RecordBatch]:
    """What all sources have in the range."""
    paths = [task.store.path(name)] if task.has_base else []
    for path in (*paths, *(task.store.path(name, part) for part in task.parts)):
        yield from scan(path, name, task.cells)


def _also_to(
    accumulators: list[Accumulator], name: str, slices: Iterable[pa.Table]
) -> Iterator[pa.Table]:
    """The slices, each added to coarser counts on its way."""
    for table in slices:
        for accumulator in accumulators:
            add_count_rows(accumulator, name, table)
        yield table


def _write(task: RangeTask, name: str, slices: Iterable[pa.Table]) -> None:
    """Write one table of a range."""
    path = _range_path(task.folder, name, task.cells)
    write_sorted(path, task.made.contracts[name], slices, TABLE_ROWS)


def _range_path(folder: Path, name: str, cells: CellRange) -> Path:
    """Where the table of a range lies until it is joined."""
    return folder / f"{name}-{cells.first:x}.parquet"


def _coarse_name(resolution: int) -> str:
    """Table of coarser cells."""
    return f"cells_r{resolution}"
