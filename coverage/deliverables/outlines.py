"""Outlines for the page: areas reduced to rings of short numbers.

A ring is ``[lon, lat, step, step, ...]`` in 1e-5 degrees, each pair after the first the way from
the point before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from coverage.errors import InputError

_CRS: Final = "EPSG:4326"
_STEPS_PER_DEG: Final = 100_000  # 1e-5 deg is 1 m


@dataclass(frozen=True, kw_only=True)
class MapLayers:
    """Areas drawn beside the hexes; each may be missing.

    Attributes
    ----------
    holds
        Areas that refuse signal: ``name``, ``reason``.
    hazards
        Hazard areas: ``name``, ``kind``.
    villages
        Village polygons with ``district`` and ``regency``, from which boundaries are made.
    simplify_deg
        Tolerance of boundaries, 3e-4 deg is 33 m. [deg]
    """

    holds: gpd.GeoDataFrame | None = None
    hazards: gpd.GeoDataFrame | None = None
    villages: gpd.GeoDataFrame | None = None
    simplify_deg: float = 3e-4

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 <= self.simplify_deg < 0.1:
            raise InputError(f"Invalid simplify_deg {self.simplify_deg}. Must be in [0, 0.1).")


Area = dict[str, Any]


def areas(layer: gpd.GeoDataFrame | None, note: str, simplify_deg: float = 0.0) -> list[Area]:
    """Areas of a layer: ``name``, ``note`` and ``rings``.

    Parameters
    ----------
    layer
        Polygons with an optional ``name``; None gives no area.
    note
        Column shown beside the name, optional.
    simplify_deg
        Tolerance. [deg]
    """
    if layer is None or layer.empty:
        return []
    shapes = in_degrees(layer)
    return [
        {"name": name, "note": remark, "rings": rings}
        for name, remark, shape in zip(
            _texts(layer, "name"), _texts(layer, note), shapes.geometry, strict=True
        )
        if (rings := _rings(shape, simplify_deg))
    ]


def boundaries(villages: gpd.GeoDataFrame | None, column: str, simplify_deg: float) -> list[Area]:
    """Villages united by ``column``, sorted by name, with a point ``at`` for the label.

    Village polygons have thin gaps and overlaps; they are closed by growing and shrinking by
    1e-4 deg (11 m) so that no sliver is drawn.
    """
    if villages is None or villages.empty or column not in villages.columns:
        return []
    grown = in_degrees(villages)[[column, "geometry"]].dropna(subset=[column])
    parents = [column] if column != "district" or "regency" not in villages.columns else None
    if parents is None:
        grown = grown.assign(regency=villages["regency"])
        parents = ["regency", "district"]
    united = grown.assign(geometry=shapely.buffer(grown.geometry.to_numpy(), _GAP_DEG)).dissolve(
        by=parents, sort=True
    )
    return [
        {"name": name if isinstance(name, str) else name[-1], "note": "", "rings": rings,
         "at": _label_point(shape)}
        for name, shape in zip(united.index, united.geometry, strict=True)
        if (rings := _rings(shapely.buffer(shape, -_GAP_DEG), simplify_deg))
    ]  # fmt: skip


_GAP_DEG: Final = 1e-4


def in_degrees(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The layer in WGS 84; one without a reference system is taken to be in it."""
    return layer.set_crs(_CRS) if layer.crs is None else layer.to_crs(_CRS)


def _texts(layer: gpd.GeoDataFrame, column: str) -> list[str]:
    """A text column, empty where it is missing."""
    if column not in layer.columns:
        return [""] * len(layer)
    return [str(value) for value in layer[column].astype("object").fillna("")]


def _rings(shape: Any, simplify_deg: float) -> list[list[int]]:
    """Outer and inner rings of a polygon or several, holes too: they are drawn as lines."""
    reduced = shapely.simplify(shape, simplify_deg) if simplify_deg else shape
    return [
        _steps(shapely.get_coordinates(ring))
        for polygon in _polygons(reduced)
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def _steps(points: npt.NDArray[np.float64]) -> list[int]:
    """The first point, then the way from point to point, flat."""
    whole = np.rint(points * _STEPS_PER_DEG).astype(np.int64)
    steps: list[int] = np.diff(whole, axis=0, prepend=0).ravel().tolist()
    return steps


def _polygons(shape: Any) -> Iterator[Any]:
    """The polygons a geometry is made of; points and lines have none."""
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield part


def _label_point(shape: Any) -> list[float]:
    """A point well inside the largest part."""
    largest = max(shapely.get_parts(shape), key=lambda part: float(part.area))
    point = shapely.point_on_surface(largest)
    return [round(float(point.x), 5), round(float(point.y), 5)]
