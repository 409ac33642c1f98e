"""What a GeoPackage's layers are made of, looked at before GDAL reads them.

A GeoPackage is an SQLite database. A layer in it may be a view or have generated columns: SQL of a
stranger, which may never end or unfold to any size, run by whoever reads a row.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from coverage.errors import InputError

SQLITE_MARK: Final = b"SQLite format 3\0"
_LAYERS: Final = "SELECT table_name FROM gpkg_contents"
_PLAIN: Final = """
    SELECT lower(name) FROM sqlite_master
    WHERE type = 'table' AND lower(ltrim(sql)) NOT LIKE 'create virtual%'
"""
_GENERATED: Final = "SELECT count(*) FROM pragma_table_xinfo(?) WHERE hidden > 1"


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
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            plain = {row[0] for row in database.execute(_PLAIN)}
            for (layer,) in database.execute(_LAYERS).fetchall():
                is_computed = str(layer).lower() not in plain
                if is_computed or database.execute(_GENERATED, (layer,)).fetchone()[0]:
                    raise InputError(
                        f"Layer {layer!a} is computed by SQL. Must be a plain table.", file=name,
                        remedy="Save it as a GeoPackage of its own.",
                    )  # fmt: skip
    except sqlite3.Error as error:
        raise InputError(
            f"Cannot be read as a vector layer ({error}).", file=name,
            remedy="Give GeoPackage, GeoJSON, GeoParquet, KML or Shapefile.",
        ) from error  # fmt: skip
