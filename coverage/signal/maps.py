"""Covariates of the model from maps: heights, land cover, population, whichever there are.

Nothing here comes from readings, so nothing has to be made anew inside a fold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.hexgrid import centres_of
from coverage.operators import UNKNOWN_OPERATOR
from coverage.signal.obstruction import PathParams, path_features
from coverage.signal.terrain import (
    Grid,
    TerrainParams,
    population_features,
    share_features,
    terrain_features,
)
from coverage.signal.towers import has_short_identity, sites_of

DEFAULT_CLASSES: Final = {"trees": (10, 95), "built": (50,)}
"""Codes of ESA WorldCover's legend (2020 and 2021): tree cover and mangroves; built-up."""
MIN_KNOWN_SHARE: Final = 0.5  # of the training samples; a map that holds fewer is the wrong map


@dataclass(frozen=True, kw_only=True)
class MapParams:
    """What is read off the maps.

    Attributes
    ----------
    terrain, paths
        Off the heights.
    classes
        Codes of the land cover that are counted together, by name.
    class_radii_m
        Half the sides of the squares in which each class's share is taken. [m]
    population_radius_m
        Half the side of the square over which population is averaged. [m]
    """

    terrain: TerrainParams = field(default_factory=TerrainParams)
    paths: PathParams = field(default_factory=PathParams)
    classes: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: dict(DEFAULT_CLASSES))
    class_radii_m: tuple[float, ...] = (100.0, 300.0)
    population_radius_m: float = 500.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, codes in self.classes.items():
            if not name.isidentifier() or not codes:
                raise InputError(
                    f"Invalid classes {name!r} {codes}. Must be a plain name and at least one code."
                )
        radii = self.class_radii_m
        if not radii or list(radii) != sorted(set(radii)) or radii[0] <= 0:
            raise InputError(f"Invalid class_radii_m {radii}. Must be positive and rising.")
        if not self.population_radius_m > 0:
            raise InputError(
                f"Invalid population_radius_m {self.population_radius_m}. Must be > 0."
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Maps:
    """The maps a survey has.

    Attributes
    ----------
    height_m
        Heights over the sea. [m]
    shares
        Share of each pixel that is of a class of land cover, by the class's name. [0-1]
    people
        Population, in any unit.
    """

    height_m: Grid | None = None
    shares: Mapping[str, Grid] = field(default_factory=dict)
    people: Grid | None = None


def covariates(
    points: pd.DataFrame, maps: Maps, towers: pd.DataFrame | None, params: MapParams
) -> pd.DataFrame:
    """Every covariate that the maps give, at each point.

    Parameters
    ----------
    points
        ``latitude_deg, longitude_deg`` [deg], ``operator``.
    maps
        Those there are.
    towers
        Table ``towers``; only its listed LTE and NR cells count, and without any there is nothing
        on paths.
    params
        What is read off.

    Returns
    -------
    pandas.DataFrame
        Columns of :func:`coverage.signal.terrain.terrain_features`,
        :func:`coverage.signal.obstruction.path_features` and so on, with the index of the points;
        the same columns for the same maps and towers. NaN where a map does not reach.
    """
    latitude_deg = points["latitude_deg"].to_numpy(dtype=np.float64)
    longitude_deg = points["longitude_deg"].to_numpy(dtype=np.float64)
    parts = [pd.DataFrame(index=points.index)]
    if maps.height_m is not None:
        height_m = maps.height_m.filled(0.0) if params.terrain.is_void_sea else maps.height_m
        parts.append(terrain_features(height_m, latitude_deg, longitude_deg, params.terrain))
        sites = listed_sites(towers)
        if len(sites):
            parts.append(path_features(height_m, points, sites, params.paths))
    if maps.shares:
        parts.append(share_features(maps.shares, latitude_deg, longitude_deg, params.class_radii_m))
    if maps.people is not None:
        parts.append(
            population_features(
                maps.people, latitude_deg, longitude_deg, params.population_radius_m
            )
        )
    return pd.concat([part.set_axis(points.index, axis=0) for part in parts], axis=1)


def cell_covariates(
    h3_cells: npt.ArrayLike,
    operators: Sequence[str],
    maps: Maps,
    towers: pd.DataFrame | None,
    params: MapParams,
) -> pd.DataFrame:
    """As :func:`covariates`, at the centres of cells, indexed by ``h3_cell`` and ``operator``."""
    cells = np.unique(np.asarray(h3_cells, dtype=np.uint64))
    latitude_deg, longitude_deg = centres_of(cells)
    names = sorted(set(operators))
    points = pd.DataFrame(
        {
            "latitude_deg": np.tile(latitude_deg, len(names)),
            "longitude_deg": np.tile(longitude_deg, len(names)),
            "operator": np.repeat(np.array(names, dtype=object), len(cells)),
        }
    )
    places = pd.MultiIndex.from_arrays(
        [np.tile(cells, len(names)), points["operator"]], names=["h3_cell", "operator"]
    )
    return covariates(points, maps, towers, params).set_axis(places, axis=0)


def listed_sites(towers: pd.DataFrame | None) -> pd.DataFrame:
    """Sites of the listed LTE and NR cells of known operators."""
    if towers is None or towers.empty:
        return pd.DataFrame({"operator": [], "latitude_deg": [], "longitude_deg": []})
    is_used = (
        towers["rat"].isin(["LTE", "NR"])
        & ~has_short_identity(towers)
        & (towers["basis"] == "listed")
        & (towers["operator"] != UNKNOWN_OPERATOR)
    )
    return sites_of(towers[is_used])


def refuse_foreign_maps(found: pd.DataFrame) -> None:
    """Refuse covariates that hardly any sample has: the map lies elsewhere.

    Raises
    ------
    InputError
        Which names the first such column and the share of the samples that have it.
    """
    known = np.isfinite(found.to_numpy(dtype=np.float64)).mean(axis=0)
    for name, share in zip(found.columns, known, strict=True):
        if len(found) and share < MIN_KNOWN_SHARE:
            raise InputError(
                f"Invalid map, {name} is known at {share:.0%} of the samples. "
                f"Must be known at {MIN_KNOWN_SHARE:.0%} at least.",
                remedy="Give a raster that covers the survey, or take it out of inputs.rasters.",
            )
