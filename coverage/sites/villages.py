"""The village list: where a TPS without coordinates may be, and which codes exist."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.sites.codes import VILLAGE_CODE_DIGITS, digits_of
from coverage.sites.coordinates import METRES_PER_DEGREE

VILLAGE_COLUMNS: Final = (
    "village_code", "village", "district", "regency", "latitude_deg", "longitude_deg", "radius_m",
)  # fmt: skip


def villages_of_polygons(polygons: gpd.GeoDataFrame) -> pd.DataFrame:
    """Village list of polygons: a point inside each, and the radius of a disc of its area.

    Parameters
    ----------
    polygons
        WGS 84, with ``village_code`` (dots allowed) and ``village``; ``district`` and ``regency``
        where known.

    Returns
    -------
    pandas.DataFrame
        ``village_code, village, district, regency, latitude_deg, longitude_deg, radius_m``,
        sorted by code. The point is the centroid, or a point inside where the centroid lies
        outside the polygon. [deg, m]

    Raises
    ------
    InputError
        Where a column is missing or a code has no ten digits.
    """
    missing = [name for name in ("village_code", "village") if name not in polygons.columns]
    if missing:
        raise InputError(f"Invalid village polygons, no column {missing}. Must have both.")
    shapes = polygons.geometry.to_numpy()
    areas = gpd.GeoSeries(shapes)
    inside = areas.representative_point()
    points = areas.centroid.where(areas.contains(areas.centroid), inside)
    latitude = points.y.to_numpy()
    area_m2 = areas.area.to_numpy() * METRES_PER_DEGREE**2 * np.cos(np.radians(latitude))
    table = pd.DataFrame(
        {
            "village_code": _codes(polygons["village_code"]),
            "village": polygons["village"].astype(str).to_numpy(),
            "district": _text(polygons, "district"),
            "regency": _text(polygons, "regency"),
            "latitude_deg": latitude,
            "longitude_deg": points.x.to_numpy(),
            "radius_m": np.sqrt(area_m2 / np.pi),
        }
    )
    return table.sort_values("village_code", kind="stable", ignore_index=True)


def _codes(values: "pd.Series[Any]") -> list[str]:
    """Codes without dots, each once."""
    codes = [digits_of(str(value)) or "" for value in values]
    for value, code in zip(values, codes, strict=True):
        if len(code) != VILLAGE_CODE_DIGITS:
            raise InputError(
                f"Invalid village_code {str(value)!r}. Must have {VILLAGE_CODE_DIGITS} digits."
            )
    if len(set(codes)) < len(codes):
        doubled = pd.Series(codes)[pd.Series(codes).duplicated()].iloc[0]
        raise InputError(f"Invalid village_code {doubled!r}, given twice. Must be unique.")
    return codes


def _text(polygons: gpd.GeoDataFrame, name: str) -> Any:
    if name in polygons.columns:
        return polygons[name].astype(str).to_numpy()
    return pd.array([None] * len(polygons), dtype="string")
