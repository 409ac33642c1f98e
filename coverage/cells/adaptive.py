"""Coarser cells where readings are few, finer ones where they are many.

Per operator and RAT the surveyed area is cut like a quadtree, from coarse to fine: a cell is cut
into its H3 children when every child that was read in has enough readings; otherwise it stays
whole. So every reading is counted in exactly one cell, no two cells of a network overlap, and none
has few readings unless it is of the coarsest resolution. The price: a thinly read child keeps its
well-read neighbours together. The uniform table stays the one for decisions about a place.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage import hexgrid
from coverage.cells.evidence import EvidenceParams
from coverage.cells.histogram import COUNT_TABLES, Counts, finish, roll_up
from coverage.errors import InputError
from coverage.tables import TABLES, schema_of

_KEY = ["h3_cell", "operator", "rat"]


@dataclass(frozen=True, kw_only=True)
class AdaptiveParams:
    """When a cell is too thinly read to be cut. Project values.

    Attributes
    ----------
    min_readings
        A cell with fewer readings is not shown apart from its siblings; with ten the 10th
        percentile is no longer the lowest reading. [count]
    coarsest
        Coarsest resolution; r7 is 5.25 km2 at Banten (DOMAIN 4).
    """

    min_readings: int = 11
    coarsest: int = 7

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.min_readings < 1:
            raise InputError(f"Invalid min_readings {self.min_readings}. Must be >= 1.")
        if not 0 <= self.coarsest <= 15:
            raise InputError(f"Invalid coarsest {self.coarsest}. Must be in [0, 15].")


def finish_adapted(
    counts: Counts, params: AdaptiveParams, evidence_params: EvidenceParams
) -> pa.Table:
    """Cells of several resolutions, by number of readings: table ``cells``, sorted by key.

    Raises
    ------
    InputError
        Where ``coarsest`` is finer than the counts.
    """
    levels = _levels(counts, params)
    parts = [
        finish(roll_up(_only(counts, levels == resolution), resolution), evidence_params)
        for resolution in range(params.coarsest, counts.resolution + 1)
    ]
    order = [(name, "ascending") for name in TABLES["cells"].key]
    return pa.concat_tables(parts).sort_by(order).cast(schema_of("cells"))


def _levels(counts: Counts, params: AdaptiveParams) -> npt.NDArray[np.int8]:
    """Resolution at which each row of ``cell_spans`` is shown."""
    if params.coarsest > counts.resolution:
        raise InputError(
            f"Invalid coarsest {params.coarsest}. Must be in [0, {counts.resolution}], "
            f"the resolution of the counts."
        )
    network, readings = _networks_and_readings(counts)
    cells = counts.cell_spans.column("h3_cell").to_numpy()
    levels = np.full(len(cells), params.coarsest, dtype=np.int8)
    is_cut = np.ones(len(cells), dtype=np.bool_)
    for resolution in range(params.coarsest + 1, counts.resolution + 1):
        child = _numbered(network, hexgrid.parents_of(cells, resolution))
        parent = _numbered(network, hexgrid.parents_of(cells, resolution - 1))
        n_of_child = np.bincount(child, weights=readings)[child]
        fewest = np.full(len(cells), np.inf)
        np.minimum.at(fewest, parent, n_of_child)
        is_cut &= fewest[parent] >= params.min_readings
        levels[is_cut] = resolution
    return levels


def _networks_and_readings(
    counts: Counts,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number of each span's operator and RAT, and its readings."""
    total = counts.cell_counts.group_by(_KEY).aggregate([("n", "sum")])
    spans = (
        counts.cell_spans.select(_KEY).join(total, _KEY).sort_by([(k, "ascending") for k in _KEY])
    )
    operator, rat = (
        spans.column(name).combine_chunks().dictionary_encode().indices.to_numpy()
        for name in ("operator", "rat")
    )
    network = operator.astype(np.int64) * (int(rat.max(initial=0)) + 1) + rat
    return network, spans.column("n_sum").to_numpy()


def _numbered(
    network: npt.NDArray[np.int64], cells: npt.NDArray[np.uint64]
) -> npt.NDArray[np.intp]:
    """Dense number of each (network, cell)."""
    order = np.lexsort((cells, network))
    is_new = np.ones(len(order), dtype=np.bool_)
    is_new[1:] = (np.diff(network[order]) != 0) | (cells[order][1:] != cells[order][:-1])
    numbers = np.empty(len(order), dtype=np.intp)
    numbers[order] = np.cumsum(is_new) - 1
    return numbers


def _only(counts: Counts, is_kept: npt.NDArray[np.bool_]) -> Counts:
    """Counts of some rows of ``cell_spans``."""
    kept = counts.cell_spans.select(_KEY).filter(pa.array(is_kept))
    tables = counts.to_tables()
    for name in COUNT_TABLES[:-1]:
        tables[name] = tables[name].join(kept, _KEY, join_type="left semi")
    return Counts.from_tables(tables, resolution=counts.resolution)
