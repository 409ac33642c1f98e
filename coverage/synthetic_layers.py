"""Map layers of the synthetic Banten: GeoJSON polygons and points, and the heights as a grid."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.synthetic import World
from coverage.synthetic_land import SOUTH_DEG, STEP_DEG, WEST_DEG, rng_of
from coverage.synthetic_places import village_polygons

WIFI_SHARE: Final = 0.15  # of the village offices have an access point, invented


def write_layers(world: World, folder: Path) -> None:
    """Hazards, the held-back area, islands, village polygons and access points."""
    hazards = [({"name": name, "kind": kind}, shape) for name, kind, shape in world.hazards]
    _write(folder / "hazards.geojson", _geojson(hazards))
    hold = {
        "name": "Kampung adat", "policy_hold": True,
        "reason": "The community asked for no signal (synthetic).",
    }  # fmt: skip
    _write(folder / "holds.geojson", _geojson([(hold, world.hold)]))
    islands = [({"name": name}, shape) for name, shape in world.land.islands.items()]
    _write(folder / "islands.geojson", _geojson(islands))
    columns = ["village_code", "village", "district", "regency"]
    records = [dict(zip(columns, row, strict=True)) for row in world.villages[columns].to_numpy()]
    areas = village_polygons(world.villages, world.land)
    _write(folder / "villages.geojson", _geojson(list(zip(records, areas, strict=True))))
    rng = rng_of(world.params.seed, "wifi")
    offices = world.villages[rng.random(len(world.villages)) < WIFI_SHARE]
    points = shapely.points(offices["longitude_deg"], offices["latitude_deg"])
    names = [{"name": f"Kantor {name}"} for name in offices["village"]]
    _write(folder / "wifi.geojson", _geojson(list(zip(names, points, strict=True))))


def write_elevation(world: World, path: Path) -> None:
    """Write the heights as an ESRI ASCII grid (``.asc``), with a ``.prj`` beside it [m]."""
    height = world.land.elevation_m.grid
    head = (
        f"ncols {height.shape[1]}\nnrows {height.shape[0]}\n"
        f"xllcenter {WEST_DEG}\nyllcenter {SOUTH_DEG}\ncellsize {STEP_DEG}\nNODATA_value -9999\n"
    )
    body = pd.DataFrame(height[::-1].round().astype(np.int16)).to_csv(
        sep=" ", header=False, index=False, lineterminator="\n"
    )
    _write(path, head + body)
    _write(
        path.with_suffix(".prj"),
        'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]\n',
    )


def _write(path: Path, text: str) -> None:
    """Write text as it is, line ends included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _geojson(features: Sequence[tuple[dict[str, Any], shapely.Geometry]]) -> str:
    """A feature collection, longitude before latitude as GeoJSON wants it (RFC 7946)."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": json.loads(shapely.to_geojson(shapely.transform(shape, _rounded))),
                }
                for properties, shape in features
            ],
        },
        separators=(",", ":"),
    )


def _rounded(coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Coordinates to a tenth of a metre [deg]."""
    return np.round(coordinates, 6)
