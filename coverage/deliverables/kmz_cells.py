"""Cells of like level as outlines: a globe draws a few lines where hexes would be thousands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage import hexgrid
from coverage.deliverables.gis import CRS
from coverage.deliverables.info import RunInfo
from coverage.deliverables.palette import LEVEL_COLOURS, level_bounds

_SAME_DEG: Final = 1e-9
"""Neighbours compute one corner with rounding errors of 1e-14 deg; two corners lie 1e-3 apart."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LevelClass:
    """Cells of one class of level.

    Attributes
    ----------
    low_dbm, high_dbm
        From the one on, below the other. [dBm]
    label
        What the class is called.
    colour
        ``#RRGGBB``.
    """

    low_dbm: float
    high_dbm: float
    label: str
    colour: str


def level_classes(info: RunInfo) -> tuple[LevelClass, ...]:
    """The classes of level in the colours of the map page, from the lowest.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> info = RunInfo(survey="x", created_at=datetime(2024, 1, 1, tzinfo=UTC))
    >>> [level_class.label for level_class in level_classes(info)][:2]
    ['RSRP < -120 dBm', '-120 ... -115 dBm']
    """
    levels = level_bounds(info)
    labels = (
        f"RSRP < {levels[0]:g} dBm",
        *(f"{low:g} ... {high:g} dBm" for low, high in pairwise(levels)),
        f">= {levels[-1]:g} dBm",
    )
    bounds = pairwise((-np.inf, *levels, np.inf))
    return tuple(
        LevelClass(low_dbm=low, high_dbm=high, label=label, colour=colour)
        for (low, high), label, colour in zip(bounds, labels, LEVEL_COLOURS, strict=True)
    )


def outlines_of(
    cells: pd.DataFrame, classes: Sequence[LevelClass]
) -> Iterator[tuple[LevelClass, list[Floats]]]:
    """Outlines of the cells of each class, classes without cells left out.

    Parameters
    ----------
    cells
        ``h3_cell, rsrp_p50_dbm`` [dBm, NA = the model abstains: in no class].
    classes
        Classes of level.

    Yields
    ------
    tuple
        Class, and rings as arrays of longitude and latitude. [deg]
    """
    level = cells["rsrp_p50_dbm"].to_numpy(dtype="float64", na_value=np.nan)
    owner, corners = _corners(cells["h3_cell"].to_numpy(dtype="uint64"))
    for level_class in classes:
        is_in = (level >= level_class.low_dbm) & (level < level_class.high_dbm)
        if is_in.any():
            of_class = is_in[owner]
            yield level_class, _outlines(owner[of_class], corners[of_class])


def class_areas(cells: pd.DataFrame, classes: Sequence[LevelClass]) -> gpd.GeoDataFrame:
    """Areas of cells of one class that touch, for programs that colour areas.

    Parameters
    ----------
    cells, classes
        As in :func:`outlines_of`.

    Returns
    -------
    geopandas.GeoDataFrame
        ``class_from_1`` (1 = the lowest) and ``label``, sorted by class.
    """
    rows, shapes = [], []
    places = {level_class.label: place for place, level_class in enumerate(classes, start=1)}
    for level_class, rings in outlines_of(cells, classes):
        lines = shapely.multilinestrings([shapely.linestrings(ring) for ring in rings])
        areas = shapely.get_parts(shapely.build_area(lines))
        rows += [(places[level_class.label], level_class.label)] * len(areas)
        shapes += areas.tolist()
    table = pd.DataFrame(rows, columns=["class_from_1", "label"])
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)


def _corners(cells: hexgrid.Cells) -> tuple[npt.NDArray[np.intp], Floats]:
    """Place of the cell of every corner, and the corner as longitude and latitude [deg]."""
    rings = [hexgrid.boundary_of(cell) for cell in cells.tolist()]
    owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    points = np.array([corner for ring in rings for corner in ring], dtype=np.float64)
    return owner, points.reshape(-1, 2)[:, ::-1]


def _outlines(owner: npt.NDArray[np.intp], corners: Floats) -> list[Floats]:
    """Edges that one cell alone has, joined to rings: three cells meet in a corner, so two edges.

    Ninety thousand speckled cells take 1.8 s of CPU so, 15.7 s as a union of polygons.
    """
    x, y = (_numbered(corners[:, axis]) for axis in (0, 1))
    vertex = x * (y.max() + 1) + y
    is_last = np.append(owner[1:] != owner[:-1], True)
    first = np.flatnonzero(np.append(True, is_last[:-1]))
    following = np.arange(1, len(owner) + 1)
    following[is_last] = first
    ends = np.sort(np.column_stack([vertex, vertex[following]]), axis=1)
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    ordered = ends[order]
    is_new = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
    is_alone = is_new & np.append(is_new[1:], True)
    edges = np.sort(order[is_alone])
    _, known = np.unique(vertex, return_index=True)  # one position for each corner
    at = known[np.searchsorted(vertex[known], np.column_stack([vertex, vertex[following]])[edges])]
    lines = shapely.linestrings(corners[at])
    merged = shapely.line_merge(shapely.multilinestrings(lines))
    return [shapely.get_coordinates(line) for line in shapely.get_parts(merged)]


def _numbered(values: Floats) -> npt.NDArray[np.int64]:
    """Whole numbers, equal for values that differ by rounding alone."""
    order = np.argsort(values, kind="stable")
    step = np.diff(values[order], prepend=values[order[:1]]) > _SAME_DEG
    numbers = np.empty(len(values), dtype=np.int64)
    numbers[order] = np.cumsum(step)
    return numbers
