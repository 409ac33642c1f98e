"""The list of all delivered files after the SpatioTemporal Asset Catalog: what, how many, checksum.

One STAC item (version 1.0.0) whose assets are the files; checksums as multihash after STAC's file
extension, and as plain SHA-256 for ``sha256sum``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from coverage.deliverables.info import RunInfo

MANIFEST_NAME: Final = "manifest.json"
_STAC_VERSION: Final = "1.0.0"
_FILE_EXTENSION: Final = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
_MULTIHASH_SHA256: Final = "1220"  # multiformats: 0x12 = sha2-256, 0x20 = 32 bytes
_MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".geoparquet": "application/vnd.apache.parquet",
    ".gpkg": "application/geopackage+sqlite3",
    ".gpx": "application/gpx+xml",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".kmz": "application/vnd.google-earth.kmz",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
_DATA: Final = frozenset({".csv", ".geojson", ".geoparquet", ".gpkg", ".parquet", ".xlsx"})
_UNKNOWN_TYPE: Final = "application/octet-stream"

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """One delivered file.

    Attributes
    ----------
    name
        Its path below the folder of the manifest, with slashes.
    size
        Its size. [byte]
    sha256
        Checksum, hex.
    tables
        Tables of the data dictionary that it is made from.
    n_rows
        Rows it holds; None = it is no table. [count]
    licence
        Under which terms it may be passed on.
    """

    name: str
    size: int
    sha256: str
    tables: tuple[str, ...] = ()
    n_rows: int | None = None
    licence: str = ""


def media_type(name: str) -> str:
    """Media type of a file by its ending.

    Examples
    --------
    >>> media_type("sites.geoparquet"), media_type("map.dat")
    ('application/vnd.apache.parquet', 'application/octet-stream')
    """
    return _MEDIA_TYPES.get(PurePosixPath(name).suffix.lower(), _UNKNOWN_TYPE)


def manifest(files: Iterable[FileFacts], box: Box | None, info: RunInfo) -> bytes:
    """The manifest as JSON, files sorted by name.

    Parameters
    ----------
    files
        Every file beside it.
    box
        West, south, east, north of the data; None = no place. [deg]
    info
        The run: its name, and the time of the newest reading as the item's.

    Returns
    -------
    bytes
        A GeoJSON feature, UTF-8.
    """
    stamp = f"{info.created_utc:%Y-%m-%dT%H:%M:%SZ}"
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": _STAC_VERSION,
        "stac_extensions": [_FILE_EXTENSION],
        "id": info.survey,
        "geometry": None if box is None else _polygon(box),
        **({} if box is None else {"bbox": list(box)}),
        "properties": {
            "datetime": stamp,
            "title": f"blankspot: {info.survey}",
            "election_date": info.election_date.isoformat() if info.election_date else None,
            "h3_resolution": info.resolution,
            "attribution": list(info.attribution),
        },
        "links": [],
        "assets": {
            facts.name: _asset(facts, stamp) for facts in sorted(files, key=lambda f: f.name)
        },
    }
    return (json.dumps(item, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _asset(facts: FileFacts, stamp: str) -> Mapping[str, Any]:
    """One file."""
    given: dict[str, Any] = {
        "href": f"./{facts.name}",
        "type": media_type(facts.name),
        "roles": ["data" if PurePosixPath(facts.name).suffix in _DATA else "overview"],
        "file:size": facts.size,
        "file:checksum": _MULTIHASH_SHA256 + facts.sha256,
        "sha256": facts.sha256,
        "data_until": stamp,
    }
    if facts.tables:
        given["tables"] = list(facts.tables)
    if facts.n_rows is not None:
        given["rows"] = facts.n_rows
    if facts.licence:
        given["licence"] = facts.licence
    return given


def _polygon(box: Box) -> Mapping[str, Any]:
    """The box as a GeoJSON polygon, counter-clockwise."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}
