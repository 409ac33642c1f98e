"""Optional map layers: hazards, holds, islands, Wi-Fi points, villages, and what lies at a site."""

from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.errors import InputError
from coverage.geodesy import Floats, to_plane_m
from coverage.sites.codes import digits_of

_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "hazards": ("kind",),
    "holds": (),
    "islands": ("name",),
    "foot_areas": ("name",),
    "wifi_points": (),
    "land": (),
    "villages": ("village_code",),
}
_WGS_84: Final = 4326  # EPSG code
_JOINER: Final = "|"
GAP_M: Final = 200.0  # a point in a gap between villages belongs to the nearest within 200 m

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Layers:
    """Map layers in WGS 84; None = not given, which is not the same as empty.

    Attributes
    ----------
    hazards
        Polygons with ``kind`` (flood, landslide ...).
    holds
        Polygons where a community asked for no signal.
    islands
        Polygons with ``name``.
    foot_areas
        Polygons with ``name``: reached on foot only.
    wifi_points
        Points of public Wi-Fi.
    land
        Polygons of land beyond the villages given: a coastline, or the next province.
    villages
        Polygons with ``village_code``, dots allowed.
    """

    hazards: gpd.GeoDataFrame | None = None
    holds: gpd.GeoDataFrame | None = None
    islands: gpd.GeoDataFrame | None = None
    foot_areas: gpd.GeoDataFrame | None = None
    wifi_points: gpd.GeoDataFrame | None = None
    land: gpd.GeoDataFrame | None = None
    villages: gpd.GeoDataFrame | None = None

    def __post_init__(self) -> None:
        """Check columns and coordinates once, where they enter."""
        for layer, columns in _COLUMNS.items():
            frame = getattr(self, layer)
            if frame is None:
                continue
            missing = [column for column in columns if column not in frame.columns]
            if missing:
                raise InputError(f"Invalid layer {layer}, no column {missing}. Must have them.")
            if frame.crs is not None and frame.crs.to_epsg() != _WGS_84:
                raise InputError(f"Invalid layer {layer} in {frame.crs}. Must be in EPSG:4326.")
            if frame.geometry.isna().any():
                raise InputError(f"Invalid layer {layer}, a row has no geometry. Must have one.")


def names_at(sites: pd.DataFrame, layer: gpd.GeoDataFrame | None, column: str) -> list[str | None]:
    """Distinct values of a column of the polygons each site lies in, sorted, joined by ``|``.

    None where it lies in none or the layer is not given.
    """
    names: list[set[str]] = [set() for _ in range(len(sites))]
    if layer is not None and len(layer):
        site, polygon = shapely.STRtree(layer.geometry.to_numpy()).query(
            _points(sites), predicate="intersects"
        )
        values = layer[column].astype(str).to_numpy()
        for i, value in zip(site.tolist(), values[polygon], strict=True):
            names[i].add(str(value))
    return [_JOINER.join(sorted(found)) if found else None for found in names]


def holds_at(sites: pd.DataFrame, holds: gpd.GeoDataFrame | None) -> tuple[Booleans, Booleans]:
    """Sites inside a hold, and sites outside whose position may yet be inside.

    Returns
    -------
    tuple of numpy.ndarray
        Inside; not inside, but a hold within ``coordinate_accuracy_m``.
    """
    inside, possible = np.zeros(len(sites), dtype=bool), np.zeros(len(sites), dtype=bool)
    if holds is None or not len(holds):
        return inside, possible
    origin = _origin(sites)
    polygons = _in_plane(holds, origin)
    points = shapely.points(plane_of(sites, origin))
    tree = shapely.STRtree(polygons)
    inside[tree.query(points, predicate="intersects")[0]] = True
    accuracy = sites["coordinate_accuracy_m"].to_numpy(np.float64)
    possible[tree.query(points, predicate="dwithin", distance=accuracy)[0]] = True
    return inside, possible & ~inside


def is_near_hold(sites: pd.DataFrame, holds: gpd.GeoDataFrame | None, within_m: float) -> Booleans:
    """Sites with a hold within some distance: what covers them may spill into it.

    In Kanekes sectors were turned away and some spill remains (DOMAIN 3.5).
    """
    near = np.zeros(len(sites), dtype=bool)
    if _has_rows(holds):
        origin = _origin(sites)
        tree = shapely.STRtree(_in_plane(holds, origin))
        points = shapely.points(plane_of(sites, origin))
        near[tree.query(points, predicate="dwithin", distance=within_m)[0]] = True
    return near


def is_outside_village(sites: pd.DataFrame, villages: gpd.GeoDataFrame | None) -> Booleans:
    """Sites whose position lies farther outside the village of their code than it can be off.

    The village polygons leave thin gaps, so up to :data:`GAP_M` is no contradiction. A village not
    in the layer contradicts nothing.
    """
    result = np.zeros(len(sites), dtype=bool)
    if villages is None or not len(villages):
        return result
    codes = [digits_of(str(code)) or "" for code in villages["village_code"]]
    row = pd.Index(codes).get_indexer(pd.Index(sites["village_code"]))
    known = np.flatnonzero(row >= 0)
    origin = _origin(sites)
    polygons = _in_plane(villages, origin)
    points = shapely.points(plane_of(sites, origin))
    away_m = shapely.distance(points[known], polygons[row[known]])
    slack_m = GAP_M + sites["coordinate_accuracy_m"].to_numpy(np.float64)[known]
    result[known] = away_m > slack_m
    return result


def is_on_land(places: pd.DataFrame, layers: Layers) -> Booleans:
    """Places in a village, an island or the land layer, or within :data:`GAP_M` of a village.

    Everywhere where neither villages nor land are given. Polygons of villages end at the sea and at
    the border of the province alike: what lies beyond them is land where the land layer says so,
    and not known without it. Nobody is sent there then, since signal carries far over water; sites
    that may be worse off for it carry the reason ``R_BEYOND_MAP``.

    Parameters
    ----------
    places
        ``latitude_deg, longitude_deg``. [deg]
    layers
        Of them ``villages``, ``islands`` and ``land``.
    """
    grounds = [layer for layer in (layers.villages, layers.land) if _has_rows(layer)]
    if not grounds or not len(places):
        return np.ones(len(places), dtype=bool)
    result = regions_at(places, layers.islands) > 0
    for layer in grounds:
        result |= _touches(_points(places), layer.geometry.to_numpy())
    rest = np.flatnonzero(~result)
    if len(rest) and _has_rows(layers.villages):
        origin = _origin(places)
        points = shapely.points(plane_of(places.iloc[rest], origin))
        tree = shapely.STRtree(_in_plane(layers.villages, origin))
        near, _ = tree.query(points, predicate="dwithin", distance=GAP_M)
        result[rest[near]] = True
    return result


def _has_rows(layer: gpd.GeoDataFrame | None) -> TypeGuard[gpd.GeoDataFrame]:
    """Whether a layer is given and says something."""
    return layer is not None and len(layer) > 0


def regions_at(places: pd.DataFrame, islands: gpd.GeoDataFrame | None) -> npt.NDArray[np.intp]:
    """Number of the island each place lies on, 0 = on none.

    Parameters
    ----------
    places
        ``latitude_deg, longitude_deg``. [deg]
    islands
        Polygons; those of one name are one island.
    """
    result = np.zeros(len(places), dtype=np.intp)
    if islands is not None and len(islands):
        place, polygon = shapely.STRtree(islands.geometry.to_numpy()).query(
            _points(places), predicate="intersects"
        )
        _, number = np.unique(islands["name"].astype(str).to_numpy(), return_inverse=True)
        np.maximum.at(result, place, number[polygon] + 1)
    return result


def _touches(points: Any, polygons: Any) -> Booleans:
    """Points that lie in any of some polygons."""
    result = np.zeros(len(points), dtype=bool)
    result[shapely.STRtree(polygons).query(points, predicate="intersects")[0]] = True
    return result


def points_of(layer: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Latitude and longitude of a layer's points [deg]."""
    points: Any = layer.geometry
    return points.y.to_numpy(np.float64), points.x.to_numpy(np.float64)


def plane_of(sites: pd.DataFrame, origin: tuple[float, float]) -> Floats:
    """Sites in a local plane [m]."""
    return to_plane_m(sites["latitude_deg"].to_numpy(), sites["longitude_deg"].to_numpy(), origin)


def _in_plane(layer: gpd.GeoDataFrame, origin: tuple[float, float]) -> Any:
    """Shapes of a layer in a local plane [m]."""
    return shapely.transform(
        layer.geometry.to_numpy(), lambda xy: to_plane_m(xy[:, 1], xy[:, 0], origin)
    )


def _origin(sites: pd.DataFrame) -> tuple[float, float]:
    return float(sites["latitude_deg"].mean()), float(sites["longitude_deg"].mean())


def _points(sites: pd.DataFrame) -> Any:
    return shapely.points(sites["longitude_deg"].to_numpy(), sites["latitude_deg"].to_numpy())
