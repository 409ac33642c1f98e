"""Hostile map layers."""

import io
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
from shapely.geometry import Point, box

from tests.hostile.case import (
    EXTERNAL,
    FORMULAS,
    HARMLESS,
    LAUGHS,
    MARKUP,
    QUADRATIC,
    REFUSED,
    UNICODE,
    Case,
    case_of,
    zipped,
)


def geojson(geometry: Any, properties: Any = None) -> str:
    """A layer of one feature."""
    feature = {"type": "Feature", "properties": properties or {"name": "x"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def written_layer(driver: str) -> bytes:
    """A sound layer as another program would write it."""
    frame = gpd.GeoDataFrame(
        {"name": ["a"]}, geometry=[box(106, -6.6, 106.1, -6.5)], crs="EPSG:4326"
    )
    file = io.BytesIO()
    if driver == "parquet":
        frame.to_parquet(file)
    else:
        frame.to_file(file, driver=driver)
    return file.getvalue()


def layers() -> Iterator[Case]:
    """Maps that are none, or lie in wait."""
    ring = [[106.0, -6.6], [106.1, -6.6], [106.1, -6.5], [106.0, -6.6]]
    for name, geometry in {
        "none": None, "string": "POLYGON", "number": 7,
        "unknown": {"type": "Blob", "coordinates": 1},
        "empty": {"type": "Polygon", "coordinates": []},
        "short": {"type": "Polygon", "coordinates": [ring[:2]]},
        "nested": {"type": "Polygon", "coordinates": [[ring]]},
        "texts": {"type": "Polygon", "coordinates": [[["=1", "x"]] * 4]},
        "nulls": {"type": "Polygon", "coordinates": [[[None, None]] * 4]},
        "collection": {"type": "GeometryCollection", "geometries": []},
        "far": {"type": "Polygon", "coordinates": [[[1e308, 9], [-1e308, 0], [0, 0], [1e308, 9]]]},
        "zero": {"type": "Polygon", "coordinates": [[[-0.0, -0.0]] * 4]},
        "point": {"type": "Point", "coordinates": [106.0, -6.5]},
        "swapped": {"type": "Polygon", "coordinates": [[[y, x] for x, y in ring]]},
    }.items():  # fmt: skip
        yield case_of(f"{name}.geojson", "layer", geojson(geometry), REFUSED)
    sound = {"type": "Polygon", "coordinates": [ring]}
    infinite = geojson(sound).replace("106.1", "1e999")
    yield case_of("infinite.geojson", "layer", infinite)
    yield case_of("nan.geojson", "layer", geojson(sound).replace("106.1", "NaN"))
    for name, crs in (
        ("crs", {"type": "name", "properties": {"name": "EPSG:999999"}}),
        ("crs_url", {"type": "link", "properties": {"href": "http://127.0.0.1:1/"}}),
    ):
        marked = f'"crs":{json.dumps(crs)},"features"'
        text = geojson(sound).replace('"features"', marked)
        yield case_of(f"{name}.geojson", "layer", text)
    for place, trick in enumerate((*FORMULAS, *MARKUP, *UNICODE)):
        yield case_of(f"name_{place}.geojson", "layer", geojson(sound, {"name": trick}))
        yield case_of(f"key_{place}.geojson", "layer", geojson(sound, {trick: 1}), REFUSED)
    for depth in (1_000, 100_000):
        deep = geojson(sound).replace("[[106.0", "[" * depth + "106.0")
        yield case_of(f"deep_{depth}.geojson", "layer", deep, REFUSED)
    yield case_of("cut.geojson", "layer", geojson(sound)[:-40], REFUSED)
    yield case_of("empty.geojson", "layer", "", REFUSED)
    yield case_of("nul.geojson", "layer", bytes(5000), REFUSED)
    yield case_of("html.geojson", "layer", "<html></html>", REFUSED)
    for name, source in (
        ("vrt.geojson", "/etc/passwd"), ("vrt.vrt", "CSV:/etc/passwd"),
        ("web.vrt", "/vsicurl/http://127.0.0.1:1/x.geojson"),
    ):  # fmt: skip
        yield case_of(name, "layer", f"{' ' * 300}{_pointer(source)}", REFUSED)
    for name, doctype in (("laughs", LAUGHS), ("external", EXTERNAL), ("quadratic", QUADRATIC)):
        entity = {"laughs": "&m;", "external": "&x;", "quadratic": "&a;" * 1000}[name]
        yield case_of(f"{name}.kml", "layer", _kml_layer(doctype, entity))
    yield from _zipped_layers(geojson(sound).encode())
    for n in (1_000, 30_000):
        wide = {f"column_{i}": i for i in range(n)}
        yield case_of(f"wide_{n}.geojson", "layer", geojson(sound, {"name": "x", **wide}))
        yield case_of(f"wide_nameless_{n}.geojson", "layer", geojson(sound, wide), REFUSED)
    folders = "".join(f"<Folder><name>f{i}</name>{_PLACE}</Folder>" for i in range(3_000))
    yield case_of("folders.kml", "layer", f"<kml><Document>{folders}</Document></kml>", REFUSED)
    for name, script in _TRAPS.items():
        ends = HARMLESS if name == "trigger" else REFUSED
        yield Case(name=f"{name}.gpkg", door="layer", make=_trapped_package(script), ends=ends)
    package = _trapped_package([])()
    yield case_of("plain.gpkg", "layer", package, HARMLESS)
    yield case_of("packed_gpkg.zip", "layer", zipped({"a.gpkg": package}), REFUSED)
    crossed = [[106, -6.6], [106.2, -6.4], [106.2, -6.6], [106, -6.4], [106, -6.6]]
    bowtie = geojson({"type": "Polygon", "coordinates": [crossed]})
    yield case_of("bowtie.geojson", "layer", bowtie, HARMLESS)
    yield case_of("points.geojson", "layer", gpd.GeoSeries([Point(0, 0)]).to_json(), REFUSED)


def _zipped_layers(sound: bytes) -> Iterator[Case]:
    """Archives that GDAL would open as if they were folders."""
    yield case_of("sound.zip", "layer", zipped({"a.geojson": sound}), HARMLESS)
    bomb = sound + b" " * 30_000_000
    for suffix in ("zip", "kmz", "geojson"):  # known by name, or by its first bytes alone
        packed = zipped({"a.geojson": bomb})
        yield case_of(f"layer_bomb.{suffix}", "layer", packed, REFUSED)
    inner = zipped({"a.geojson": sound})
    for name, files in {
        "nested": {"b.zip": inner}, "climbing": {"../a.geojson": sound}, "none": {},
        "many": {f"{i}.geojson": b"{}" for i in range(10_001)},
        "pointing": {"a.vrt": _pointer("/etc/passwd").encode()},
        "pointing_geojson": {"a.geojson": _pointer("/etc/passwd").encode()},
        "escape": {"\x1b[31m.geojson": sound},
    }.items():  # fmt: skip
        yield case_of(f"layer_{name}.zip", "layer", zipped(files), REFUSED)
    yield case_of("layer_cut.zip", "layer", inner[:-30], REFUSED)


_PLACE: Final = (
    "<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>106,-6.6 106.1,-6.6 106.1,-6.5 "
    "106,-6.6</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
)
_TRAPS: Final = {
    "trigger": ["CREATE TRIGGER t AFTER INSERT ON gpkg_contents BEGIN SELECT load_extension('x'); "
        "END"],
    "endless_view": ["ALTER TABLE areas RENAME TO kept", "CREATE VIEW areas AS WITH RECURSIVE r(n) "
        "AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n AS fid, geom, name FROM r, kept"],
    "blown_up_view": ["ALTER TABLE areas RENAME TO kept", "CREATE VIEW areas AS SELECT fid, geom, "
        "hex(zeroblob(300000000)) AS name FROM kept"],
    "reading_view": ["ALTER TABLE areas RENAME TO kept", "CREATE VIEW areas AS SELECT fid, geom, "
        "readfile('/etc/passwd') AS name FROM kept"],
    "generated": ["ALTER TABLE areas ADD COLUMN x TEXT AS (hex(zeroblob(200000000)))"],
}  # fmt: skip
"""A sound GeoPackage's layer turned into a trap by SQL."""


def _trapped_package(script: list[str]) -> Callable[[], bytes]:
    def make() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "areas.gpkg")
            written = gpd.GeoDataFrame(
                {"name": ["a"]}, geometry=[box(106, -6.6, 106.1, -6.5)], crs="EPSG:4326"
            )
            written.to_file(path, driver="GPKG", layer="areas")
            database = sqlite3.connect(path)
            for statement in script:
                database.execute(statement)
            database.commit()
            database.close()
            return path.read_bytes()

    return make


def _pointer(source: str) -> str:
    """A layer that holds nothing and points to something else."""
    inner = f'<OGRVRTLayer name="x"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    return f"<OGRVRTDataSource>{inner}</OGRVRTDataSource>"


def _kml_layer(doctype: str, entity: str) -> str:
    return (
        f'<?xml version="1.0"?>{doctype}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<Placemark><name>{entity}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        "106,-6.6 106.1,-6.6 106.1,-6.5 106,-6.6</coordinates></LinearRing></outerBoundaryIs>"
        "</Polygon></Placemark></Document></kml>"
    )
