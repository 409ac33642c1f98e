"""The H3 grid: the only module that knows an H3 library.

Cells are ``uint64`` everywhere; 0 is "no cell" (:data:`INVALID_CELL`). H3 checks nothing but
finiteness: latitude 91 would wrap to a valid cell elsewhere, so ranges are checked here first.
"""

from typing import Any, Final

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

Cells = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

INVALID_CELL: Final = np.uint64(0)
_H3: Any = h3


def cells_of(latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike, resolution: int) -> Cells:
    """H3 cell of each position; INVALID_CELL where it is NaN or out of range."""
    lat = np.asarray(latitude_deg, dtype=np.float64)
    lon = np.asarray(longitude_deg, dtype=np.float64)
    good = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    cells = np.zeros(lat.shape, dtype=np.uint64)
    cells[good] = [
        _H3.latlng_to_cell(a, o, resolution)
        for a, o in zip(lat[good].tolist(), lon[good].tolist(), strict=True)
    ]
    return cells


def resolution_of(cells: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """Resolution of each cell, bits 52 to 55 of the index (H3 documentation, "H3 index")."""
    return ((np.asarray(cells, dtype=np.uint64) >> np.uint64(52)) & np.uint64(15)).astype(np.int8)


def parents_of(cells: npt.ArrayLike, resolution: int) -> Cells:
    """Parent of each cell at a coarser resolution, by masking digits; INVALID_CELL stays."""
    index = np.asarray(cells, dtype=np.uint64)
    filler = np.uint64((1 << 3 * (15 - resolution)) - 1)
    field = np.uint64(15 << 52)
    parent = (index & ~field) | np.uint64(resolution << 52) | filler
    return np.where(index == INVALID_CELL, INVALID_CELL, parent)


def centres_of(cells: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Latitude and longitude of each cell's centre [deg]; NaN for INVALID_CELL."""
    index = np.asarray(cells, dtype=np.uint64)
    unique, inverse = np.unique(index, return_inverse=True)
    pairs = np.array(
        [(np.nan, np.nan) if c == 0 else _H3.cell_to_latlng(c) for c in unique.tolist()],
        dtype=np.float64,
    ).reshape(-1, 2)[inverse]
    return pairs[:, 0], pairs[:, 1]


def disk_of(cell: int, k: int) -> Cells:
    """Cells within ``k`` steps of one cell, itself among them, sorted."""
    return np.sort(np.array(_H3.grid_disk(int(cell), k), dtype=np.uint64))


def disks_of(cells: npt.ArrayLike, k: int) -> Cells:
    """Union of the disks of many cells, sorted."""
    disks = [disk_of(c, k) for c in np.unique(np.asarray(cells, dtype=np.uint64)).tolist() if c]
    return np.unique(np.concatenate(disks)) if disks else np.zeros(0, dtype=np.uint64)


def children_of(cell: int, resolution: int) -> Cells:
    """Children of one cell at a finer resolution, sorted."""
    return np.sort(np.array(_H3.cell_to_children(int(cell), resolution), dtype=np.uint64))


def boundary_of(cell: int) -> list[tuple[float, float]]:
    """Corners of one cell, (latitude, longitude) each, not closed [deg]."""
    return [(float(a), float(o)) for a, o in _H3.cell_to_boundary(int(cell))]


def edge_m(resolution: int) -> float:
    """Average hexagon edge at a resolution (H3 documentation, "Tables of cell statistics") [m]."""
    return float(_H3.average_hexagon_edge_length(resolution, unit="m"))


def to_text(cells: npt.ArrayLike) -> list[str]:
    """Hex text of each cell, as H3 writes it; empty for INVALID_CELL.

    Examples
    --------
    >>> to_text([0x898C114912FFFFF])
    ['898c114912fffff']
    """
    return [format(c, "x") if c else "" for c in np.asarray(cells, dtype=np.uint64).tolist()]


def from_text(texts: list[str]) -> Cells:
    """Cells of hex texts; INVALID_CELL for an empty one."""
    return np.array([int(t, 16) if t else 0 for t in texts], dtype=np.uint64)
