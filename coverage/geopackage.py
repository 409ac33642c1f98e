"""Whether a layer of a GeoPackage is a plain table, asked before its rows are read.

A GeoPackage is an SQLite database. A layer in it may be a view, a virtual table or have generated
columns: SQL of a stranger, which may never end or unfold to any size, run by whoever reads a row.
"""

import sqlite3
from typing import Final

from coverage.errors import InputError

_PLAIN: Final = """
    SELECT count(*) FROM sqlite_master
    WHERE name = ? COLLATE NOCASE AND type = 'table'
    AND lower(ltrim(sql)) NOT LIKE 'create virtual%'
"""
_GENERATED: Final = "SELECT count(*) FROM pragma_table_xinfo(?) WHERE hidden > 1"


def refuse_computed(database: sqlite3.Connection, layer: str, name: str) -> None:
    """Refuse a layer that is no plain table.

    Parameters
    ----------
    database
        The GeoPackage.
    layer
        Name of the layer.
    name
        What messages call the file.

    Raises
    ------
    InputError
        Where the layer is missing or computed.
    sqlite3.Error
        Where the file is damaged.
    """
    is_plain = database.execute(_PLAIN, (layer,)).fetchone()[0]
    if not is_plain or database.execute(_GENERATED, (layer,)).fetchone()[0]:
        raise InputError(
            f"Layer {layer!a} is missing or computed by SQL. Must be a plain table.", file=name,
            remedy="Save it as a GeoPackage of its own.",
        )  # fmt: skip
