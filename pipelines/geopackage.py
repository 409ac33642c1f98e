"""What a GeoPackage's layers are made of, looked at before GDAL reads them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from coverage.errors import InputError
from coverage.geopackage import refuse_computed

SQLITE_MARK: Final = b"SQLite format 3\0"
_LAYERS: Final = "SELECT table_name FROM gpkg_contents"


def refuse_computed_layers(path: Path, name: str) -> None:
    """Refuse an SQLite database that is no GeoPackage or has a layer that is no plain table.

    Parameters
    ----------
    path
        The database.
    name
        What messages call it.

    Raises
    ------
    InputError
        Where it is so, or the database is damaged.
    """
    try:
        uri = f"{path.resolve().as_uri()}?mode=ro{'' if _has_log(path) else '&immutable=1'}"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            for (layer,) in database.execute(_LAYERS).fetchall():
                refuse_computed(database, str(layer), name)
    except sqlite3.Error as error:
        raise InputError(
            f"Cannot be read as a vector layer ({error}).", file=name,
            remedy="Give GeoPackage, GeoJSON, GeoParquet, KML or Shapefile.",
        ) from error  # fmt: skip


def _has_log(path: Path) -> bool:
    """Whether SQLite's log lies beside a database: what it holds counts, for GDAL too."""
    return path.with_name(f"{path.name}-wal").exists()
