"""Where a site may be: points spread over its coordinate's accuracy, and their cells."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import hexgrid
from coverage.geodesy import EARTH_RADIUS_M

N_POINTS: Final = 128  # a power of two, so that low-discrepancy draws fall on them evenly
_N_POINTS_SMALL: Final = 32  # discs of no more than a cell or two
_GOLDEN_ANGLE: Final = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Distinct places of the sites.

    Attributes
    ----------
    place_of_site
        Index of each site's place; sites of one village centroid share one.
    home_cells
        H3 cell of each place's coordinates.
    is_wide
        Places known to no better than a cell's edge.
    cells
        H3 cells of :data:`N_POINTS` points of equal weight, shape (places, N_POINTS).
    """

    place_of_site: npt.NDArray[np.intp]
    home_cells: hexgrid.Cells
    is_wide: npt.NDArray[np.bool_]
    cells: hexgrid.Cells


def positions_of(sites: pd.DataFrame, resolution: int) -> Positions:
    """Distinct places and the cells in which each may lie.

    Points fill the disc of radius ``coordinate_accuracy_m`` evenly (Vogel's sunflower spiral), so
    that a cell's share of points is its share of the disc.

    Parameters
    ----------
    sites
        As in :mod:`coverage.tables`.
    resolution
        H3 resolution of the cells wanted.
    """
    given = sites[["latitude_deg", "longitude_deg", "coordinate_accuracy_m"]].to_numpy(np.float64)
    places, place_of_site = np.unique(given, axis=0, return_inverse=True)
    is_wide = places[:, 2] > hexgrid.edge_m(resolution)
    cells = np.zeros((len(places), N_POINTS), dtype=np.uint64)
    cells[is_wide] = _cells_in_discs(places[is_wide], N_POINTS, resolution)
    few = _cells_in_discs(places[~is_wide], _N_POINTS_SMALL, resolution)
    cells[~is_wide] = np.repeat(few, N_POINTS // _N_POINTS_SMALL, axis=1)
    return Positions(
        place_of_site=np.asarray(place_of_site, dtype=np.intp).reshape(-1),
        home_cells=hexgrid.cells_of(places[:, 0], places[:, 1], resolution),
        is_wide=is_wide,
        cells=cells,
    )


def cells_needed(sites: pd.DataFrame, resolution: int, around_m: float = 0.0) -> hexgrid.Cells:
    """Cells a prediction must cover for these sites and what lies around them, sorted.

    Parameters
    ----------
    sites
        As in :mod:`coverage.tables`.
    resolution
        H3 resolution.
    around_m
        Distance from each site within which other cells matter. [m]
    """
    positions = positions_of(sites, resolution)
    spread = np.unique(positions.cells)
    if around_m <= 0:
        return spread
    steps = int(np.ceil(around_m / (1.5 * hexgrid.edge_m(resolution)))) + 1
    return np.union1d(spread, hexgrid.disks_of(positions.home_cells, steps))


def _cells_in_discs(places: Any, n_points: int, resolution: int) -> hexgrid.Cells:
    """Cells of points spread over each place's disc, shape (places, n_points)."""
    index = np.arange(n_points)
    radius = np.sqrt((index + 0.5) / n_points)
    angle = index * _GOLDEN_ANGLE
    reach_deg = np.degrees(places[:, 2:3] / EARTH_RADIUS_M)
    latitude = places[:, 0:1] + reach_deg * radius * np.sin(angle)
    shrink = np.cos(np.radians(places[:, 0:1]))
    longitude = places[:, 1:2] + reach_deg * radius * np.cos(angle) / shrink
    return hexgrid.cells_of(latitude.ravel(), longitude.ravel(), resolution).reshape(-1, n_points)
