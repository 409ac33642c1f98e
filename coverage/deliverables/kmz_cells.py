"""Cells of like level as outlines: a globe draws a few lines where hexes would be thousands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from coverage.deliverables.gis import hexagons
from coverage.deliverables.info import RunInfo
from coverage.deliverables.palette import LEVEL_COLOURS, level_bounds

_GRID_DEG: Final = 1e-6  # 0.1 m: corners of neighbours fall together


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
) -> Iterator[tuple[LevelClass, list[Any]]]:
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
    for level_class in classes:
        is_in = (level >= level_class.low_dbm) & (level < level_class.high_dbm)
        if not is_in.any():
            continue
        shapes = hexagons(cells["h3_cell"].to_numpy(dtype="uint64")[is_in])
        union = shapely.union_all(shapes, grid_size=_GRID_DEG)
        lines = shapely.get_parts(shapely.boundary(shapely.get_parts(union)))
        yield level_class, [shapely.get_coordinates(line) for line in lines]
