"""The H3 grid: the only module that knows an H3 library.

Cells are ``uint64`` everywhere; 0 is "no cell" (:data:`INVALID_CELL`). H3 checks nothing but
finiteness: latitude 91 would wrap to a valid cell elsewhere, so ranges are checked here first.

h3 takes one position at a time. What is done to millions of rows is computed in bulk instead
(:mod:`coverage.hexindexer`, exact), and h3 answers for the rows that are in doubt there.
"""

import functools
import operator
from collections.abc import Iterable, Iterator
from typing import Any, Final

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
from shapely import Geometry

from coverage.errors import InputError
from coverage.hexindexer import CHUNK_ROWS, HexIndexer

Cells = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

INVALID_CELL: Final = np.uint64(0)
MAX_RESOLUTION: Final = 15
_H3: Any = h3


def cells_of(latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike, resolution: int) -> Cells:
    """H3 cell of each position; INVALID_CELL where it is NaN or out of range.

    Examples
    --------
    >>> to_text(cells_of([-6.1754, 91.0], [106.8272, 0.0], 9))
    ['898c1079b87ffff', '']
    """
    resolution = _checked(resolution)
    latitude, longitude = np.broadcast_arrays(
        np.asarray(latitude_deg, dtype=np.float64), np.asarray(longitude_deg, dtype=np.float64)
    )
    cells = _indexer().cells_of(latitude.ravel(), longitude.ravel(), resolution)
    return cells.reshape(latitude.shape)


def resolution_of(cells: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """Resolution of each cell, bits 52 to 55 of the index (H3 documentation, "H3 index")."""
    return ((np.asarray(cells, dtype=np.uint64) >> np.uint64(52)) & np.uint64(15)).astype(np.int8)


def parents_of(cells: npt.ArrayLike, resolution: int) -> Cells:
    """Parent of each cell at a coarser resolution, by masking digits; INVALID_CELL stays.

    Examples
    --------
    >>> to_text(parents_of([0x898C1079B87FFFF, 0], 7))
    ['878c1079bffffff', '']
    """
    resolution = _checked(resolution)
    index = np.asarray(cells, dtype=np.uint64)
    has_parent = (resolution_of(index) >= resolution) | (index == INVALID_CELL)
    if not has_parent.all():
        text = to_text(index[~has_parent][:1])[0]
        raise InputError(
            f"Invalid resolution {resolution}. Must be at most that of each cell, also of {text}."
        )
    filler = np.uint64((1 << 3 * (MAX_RESOLUTION - resolution)) - 1)
    field = np.uint64(15 << 52)
    parent = (index & ~field) | np.uint64(resolution << 52) | filler
    return np.where(index == INVALID_CELL, INVALID_CELL, parent)


def centres_of(cells: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Latitude and longitude of each cell's centre [deg]; NaN for INVALID_CELL.

    Within 1e-9 deg of h3's own, but for the cells next to the poles, where h3 loses digits.
    """
    index = np.asarray(cells, dtype=np.uint64)
    flat = index.ravel()
    latitude, longitude = np.full((2, len(flat)), np.nan)
    for resolution, rows in _rows_by_resolution(flat):
        latitude[rows], longitude[rows] = _indexer().centres_of(flat[rows], resolution)
    for row in np.flatnonzero(np.isnan(latitude) & (flat != INVALID_CELL)).tolist():
        latitude[row], longitude[row] = _H3.cell_to_latlng(_checked_cell(flat[row]))
    return latitude.reshape(index.shape), longitude.reshape(index.shape)


def disk_of(cell: int, k: int) -> Cells:
    """Cells within ``k`` steps of one cell, itself among them, sorted."""
    return np.sort(np.array(_H3.grid_disk(int(cell), k), dtype=np.uint64))


def disks_of(cells: npt.ArrayLike, k: int) -> Cells:
    """Union of the disks of many cells, sorted."""
    distinct = _distinct(np.asarray(cells, dtype=np.uint64))
    n_rows = max(1, CHUNK_ROWS // _disk_size(k))
    disks = [
        _distinct(_disk_rows(distinct[start : start + n_rows], k))
        for start in range(0, len(distinct), n_rows)
    ]
    return _distinct(np.concatenate(disks)) if disks else distinct


def grid_neighbours_of(cells: npt.ArrayLike) -> Cells:
    """Neighbours of each cell, shape (n, 6), each row sorted.

    INVALID_CELL stands first in the row of a pentagon, which has five, and fills the row of
    INVALID_CELL.
    """
    index = np.asarray(cells, dtype=np.uint64)
    disks = _disk_rows(index, 1)
    disks[disks == index[:, np.newaxis]] = np.iinfo(np.uint64).max
    neighbours: Cells = np.sort(disks, axis=1)[:, :6]
    return np.where(index[:, np.newaxis] == INVALID_CELL, INVALID_CELL, neighbours)


def children_of(cell: int, resolution: int) -> Cells:
    """Children of one cell at a finer resolution, sorted."""
    return np.sort(np.array(_H3.cell_to_children(int(cell), resolution), dtype=np.uint64))


def boundary_of(cell: int) -> list[tuple[float, float]]:
    """Corners of one cell, (latitude, longitude) each, not closed [deg]."""
    return [(float(a), float(o)) for a, o in _H3.cell_to_boundary(int(cell))]


def cells_in_polygons(polygons: Iterable[Geometry], resolution: int) -> Cells:
    """Cells whose centre lies in one of the polygons, sorted.

    Sides are straight in degrees of longitude and latitude, as in the files polygons come from. A
    polygon that crosses 180 degrees must have been cut in two there.

    Parameters
    ----------
    polygons
        Polygons and multipolygons, x = longitude, y = latitude [deg].
    resolution
        Of the cells.

    Examples
    --------
    >>> import shapely
    >>> len(cells_in_polygons([shapely.box(106.8, -6.2, 106.9, -6.1)], 8))
    165
    """
    resolution = _checked(resolution)
    found = [np.zeros(0, dtype=np.uint64)]
    for polygon in polygons:
        if polygon.geom_type not in {"Polygon", "MultiPolygon"}:
            raise InputError(
                f"Invalid geometry {polygon.geom_type}. Must be Polygon, MultiPolygon."
            )
        if not polygon.is_empty:
            found.append(np.array(_H3.geo_to_cells(polygon, resolution), dtype=np.uint64))
    return _distinct(np.concatenate(found))


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


def _checked(resolution: int) -> int:
    """Resolution as a plain integer; NumPy's small integers would overflow in shifts."""
    number = operator.index(resolution)
    if not 0 <= number <= MAX_RESOLUTION:
        raise InputError(f"Invalid resolution {number}. Must be in [0, {MAX_RESOLUTION}].")
    return number


def _checked_cell(cell: np.uint64) -> int:
    """Cell as a plain integer, for h3."""
    if not _H3.is_valid_cell(int(cell)):
        raise InputError(f"Invalid h3_cell {int(cell):x}. Must be the index of an H3 cell.")
    return int(cell)


def _h3_cells_of(latitude_deg: Floats, longitude_deg: Floats, resolution: int) -> Cells:
    """Cells by h3 itself, one position at a time."""
    positions = zip(latitude_deg.tolist(), longitude_deg.tolist(), strict=True)
    return np.array([_H3.latlng_to_cell(*p, resolution) for p in positions], dtype=np.uint64)


@functools.cache
def _indexer() -> HexIndexer:
    """The bulk indexer; made once, it holds nothing that changes."""
    corners = np.array([_H3.cell_to_latlng(cell) for cell in sorted(_H3.get_pentagons(0))])
    return HexIndexer(corners[:, 0], corners[:, 1], _h3_cells_of)


def _rows_by_resolution(cells: Cells) -> Iterator[tuple[int, npt.NDArray[np.intp]]]:
    """Rows of each resolution there is."""
    resolutions = resolution_of(cells)
    for resolution in np.flatnonzero(np.bincount(resolutions)).tolist():
        yield resolution, np.flatnonzero(resolutions == resolution)


def _disk_size(k: int) -> int:
    """Cells within k steps of a hexagon."""
    return 1 + 3 * k * (k + 1)


def _disk_rows(cells: Cells, k: int) -> Cells:
    """Cells within k steps of each cell, one row a cell, in no order; 0 where there are fewer."""
    disks = np.zeros((len(cells), _disk_size(k)), dtype=np.uint64)
    for resolution, rows in _rows_by_resolution(cells):
        disks[rows] = _indexer().disks_of(cells[rows], k, resolution)
    for row in np.flatnonzero((disks[:, 0] == 0) & (cells != INVALID_CELL)).tolist():
        disk = _H3.grid_disk(_checked_cell(cells[row]), k)
        disks[row, : len(disk)] = disk
    return disks


def _distinct(cells: Cells) -> Cells:
    """Different cells but INVALID_CELL, sorted."""
    ordered = np.sort(cells, axis=None)
    is_new = ordered != INVALID_CELL
    is_new[1:] &= ordered[1:] != ordered[:-1]
    result: Cells = ordered[is_new]
    return result
