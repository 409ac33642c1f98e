"""Readings to exact counts, counts to cells: ``partial``, ``merge``, ``finish``.

Everything aggregated is a sum of exact counts, or a union (minimum, maximum, set), so that counts
of files, days and machines can be merged in any order and grouping and give the same bytes.
An input is taken away exactly by merging the counts of the others.

Each reading is assigned to its cell once, at the resolution of the counts; coarser cells are made
of whole cells along H3 parents (:func:`roll_up`). H3 parents are not drawn around their children:
about 7 % of points lie in another coarse cell than assigning them there directly would give.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from coverage import hexgrid
from coverage.cells.accumulator import Accumulator
from coverage.cells.cell_table import cell_tables
from coverage.cells.count_rows import add_count_rows
from coverage.cells.count_tables import COUNT_TABLES, count_slices
from coverage.cells.evidence import EvidenceParams
from coverage.cells.runs import SpillParams
from coverage.cells.selection import CountParams
from coverage.errors import InputError
from coverage.tables import empty

__all__ = [
    "COUNT_TABLES",
    "Counts",
    "add_count_rows",
    "add_counts",
    "cells_of",
    "count_slices",
    "counts_of",
    "finish",
    "merge",
    "partial",
    "roll_up",
]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Exact counts of readings: a bundle of tables that add or unite.

    Attributes
    ----------
    resolution
        H3 resolution of every cell.
    cell_counts, cell_devices, cell_values, cell_spans, cell_tally
        Tables of the contracts of these names.
    """

    resolution: int
    cell_counts: pa.Table
    cell_devices: pa.Table
    cell_values: pa.Table
    cell_spans: pa.Table
    cell_tally: pa.Table

    def to_tables(self) -> dict[str, pa.Table]:
        """Tables by name, to be stored."""
        return {name: getattr(self, name) for name in COUNT_TABLES}

    @classmethod
    def from_tables(cls, tables: Mapping[str, pa.Table], *, resolution: int) -> "Counts":
        """Counts of stored tables.

        Raises
        ------
        InputError
            Where a cell has another resolution.
        """
        for name in COUNT_TABLES[:-1]:
            cells = tables[name].column("h3_cell").to_numpy()
            if len(cells) and (hexgrid.resolution_of(cells) != resolution).any():
                raise InputError(f"Invalid h3_cell in {name}. Must be of resolution {resolution}.")
        return cls(resolution=resolution, **{name: tables[name] for name in COUNT_TABLES})


def partial(readings: pa.Table, params: CountParams) -> Counts:
    """Counts of one batch of readings; which readings are counted, ``selection`` tells."""
    accumulator = Accumulator(params)
    accumulator.add(readings)
    return counts_of(accumulator)


def merge(counts: Iterable[Counts], spill: SpillParams | None = None) -> Counts:
    """Sum and union of counts, in any order.

    Raises
    ------
    InputError
        Where there are none, or of several resolutions.
    """
    iterator = iter(counts)
    first = next(iterator, None)
    if first is None:
        raise InputError("Invalid counts to merge: none. Must be at least one.")
    accumulator = Accumulator(CountParams(resolution=first.resolution), spill)
    add_counts(accumulator, first)
    for each in iterator:
        if each.resolution > first.resolution:
            raise InputError(
                f"Invalid resolution {each.resolution} of counts. "
                f"Must be {first.resolution}, that of the first."
            )
        add_counts(accumulator, each)
    result = counts_of(accumulator)
    accumulator.close()
    return result


def roll_up(counts: Counts, resolution: int) -> Counts:
    """Counts of coarser cells, the H3 parents; child cells are then the cells one finer.

    Raises
    ------
    InputError
        Where ``resolution`` is finer than the counts.
    """
    if not 0 <= resolution <= counts.resolution:
        raise InputError(
            f"Invalid resolution {resolution}. Must be in [0, {counts.resolution}], "
            f"the resolution of the counts."
        )
    if resolution == counts.resolution:
        return counts
    accumulator = Accumulator(CountParams(resolution=resolution))
    add_counts(accumulator, counts)
    return counts_of(accumulator)


def finish(counts: Counts, params: EvidenceParams) -> pa.Table:
    """Cells of counts: table ``cells``, sorted by key."""
    accumulator = Accumulator(CountParams(resolution=counts.resolution))
    add_counts(accumulator, counts)
    return pa.concat_tables([empty("cells"), *cells_of(accumulator, params)])


def counts_of(accumulator: Accumulator) -> Counts:
    """Everything an accumulator holds, as counts; :func:`count_slices` where they are many."""
    tables = {
        name: pa.concat_tables([empty(name), *count_slices(accumulator, name)])
        for name in COUNT_TABLES
    }
    return Counts(resolution=accumulator.params.resolution, **tables)


def cells_of(accumulator: Accumulator, params: EvidenceParams) -> Iterator[pa.Table]:
    """Everything an accumulator holds, as slices of ``cells`` in the order of the key."""
    return cell_tables(accumulator, params)


def add_counts(accumulator: Accumulator, counts: Counts) -> None:
    """Add counts of the accumulator's resolution or a finer one.

    Raises
    ------
    InputError
        Where the counts are coarser.
    """
    for name, table in counts.to_tables().items():
        add_count_rows(accumulator, name, table)
