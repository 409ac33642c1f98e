"""Hostile workbooks, Parquet files and databases."""

import gzip
import io
import itertools
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from coverage.readings.params import ReadParams
from coverage.readings.read import read_batches
from tests.hostile.case import (
    ASSET_ROW,
    ASSETS,
    FIXTURES,
    FORMULAS,
    G_NETTRACK,
    G_ROW,
    HARMLESS,
    LAUGHS,
    MARKUP,
    REFUSED,
    SITE_ROW,
    SITES,
    Case,
    case_of,
    zipped,
)


def sheet(rows: list[list[Any]]) -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    active: Any = book.active
    for row in rows:
        active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def vendor_sheet() -> bytes:
    """A workbook that the readings' door takes."""
    lines = (FIXTURES / "vendor_gsm.csv").read_text().splitlines()
    return sheet([list(line.split(",")) for line in lines])


def site_sheet() -> bytes:
    """A TPS list as a workbook."""
    return sheet([list(line.split(",")) for line in (SITES + SITE_ROW).splitlines()])


def repacked(book: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The same workbook with some parts other than they were; None leaves one out."""
    made: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        for part in parts.infolist():
            content = change(part.filename, parts.read(part))
            if content is not None:
                made[part.filename] = content
    return zipped(made)


def _padded(book: bytes) -> Callable[[], bytes]:
    """The workbook with a sheet that unfolds to 600 MB of blanks."""
    blanks = 600 * 2**20
    return lambda: repacked(
        book, lambda name, data: data + b" " * blanks if "sheet1" in name else data
    )


def workbooks() -> Iterator[Case]:
    """Workbooks whose parts lie, unfold, call outside or are not there."""
    for door, book in (("readings", vendor_sheet()), ("sites", site_sheet()), ("assets", sheet(
        [list(line.split(",")) for line in (ASSETS + ASSET_ROW).splitlines()]))):  # fmt: skip

        def swap(old: bytes, new: bytes, part: str = "sheet1", book: bytes = book) -> bytes:
            return repacked(book, lambda name, data: (
                data.replace(old, new) if part in name else data))  # fmt: skip

        yield case_of(f"far_{door}.xlsx", door, swap(b'r="A2"', b'r="XFD1048576"'))
        yield case_of(f"far_row_{door}.xlsx", door, swap(b'<row r="2"', b'<row r="1048576"'))
        yield case_of(
            f"place_{door}.xlsx", door, swap(b'r="A2"', b'r="A99999999999999999999"'), REFUSED
        )
        yield case_of(f"row_zero_{door}.xlsx", door, swap(b'r="A2"', b'r="A0"'), REFUSED)
        yield case_of(f"letters_{door}.xlsx", door, swap(b'r="A2"', b'r="ZZZZZZZ2"'), REFUSED)
        yield case_of(
            f"laughs_{door}.xlsx", door, swap(b"<worksheet", LAUGHS.encode() + b"<worksheet")
        )
        yield case_of(f"string_{door}.xlsx", door, swap(b"<v>1</v>", b"<v>999999999</v>"))
        yield case_of(f"unclosed_{door}.xlsx", door, swap(b"</sheetData>", b""))
        yield case_of(f"no_sheet_{door}.xlsx", door, repacked(
            book, lambda name, data: None if "sheet1" in name else data), REFUSED)  # fmt: skip
        yield case_of(f"no_book_{door}.xlsx", door, repacked(
            book, lambda name, data: None if "xl/workbook" in name else data), REFUSED)  # fmt: skip
        yield case_of(f"no_strings_{door}.xlsx", door, repacked(
            book, lambda name, data: None if "sharedStrings" in name else data))  # fmt: skip
        yield case_of(f"empty_parts_{door}.xlsx", door, repacked(book, lambda _n, _d: b""), REFUSED)
        yield Case(
            name=f"bomb_{door}.xlsx", door=door, make=_padded(book), ends=REFUSED, is_long=True
        )
        yield case_of(f"plain_zip_{door}.xlsx", door, zipped({"a.txt": b"x"}), REFUSED)
        yield case_of(
            f"ole_{door}.xls", door, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000), REFUSED
        )
    rows = [line.split(",") for line in (SITES + SITE_ROW).splitlines()]
    for place, trick in enumerate((*FORMULAS, *MARKUP)):
        yield case_of(
            f"cell_{place}.xlsx", "sites", sheet([rows[0], [rows[1][0], trick, *rows[1][2:]]])
        )


def parquet_of(table: pa.Table) -> bytes:
    """A Parquet file."""
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def canonical() -> pa.Table:
    """Readings as another survey of ours would hand them on."""
    params = ReadParams(
        timezone="Asia/Jakarta", device_key=b"a key of the tests", campaign="test",
        device_group="logs", now=datetime(2026, 1, 1, tzinfo=UTC), operators={},
    )  # fmt: skip
    stream = io.BytesIO((G_NETTRACK + G_ROW).encode())
    (batch,) = read_batches(stream, "log.csv", params)
    return batch.readings


def tiles() -> pa.Table:
    """One tile of speed tests."""
    return pa.table({
        "quadkey": ["3100121121130112"], "tile": [""], "avg_d_kbps": [9000], "avg_u_kbps": [1200],
        "avg_lat_ms": [40], "tests": [7], "devices": [3],
    })  # fmt: skip


def others() -> pa.Table:
    """A reading as somebody else's program keeps it."""
    return pa.table({
        "lat": [-6.4123], "lon": [106.1235], "rsrp": [-104], "when": ["2024-01-20 09:15:02"],
        "net": ["LTE"], "device": ["x"], "mcc": [510], "mnc": [10],
    })  # fmt: skip


def parquets() -> Iterator[Case]:
    """Parquet with other types, hostile values, and damaged footers."""
    good = canonical()
    other_types: dict[str, pa.Array] = {
        "text": pa.array(["=1+1"]), "bytes": pa.array([b"\xff\0"]), "list": pa.array([[1, 2]]),
        "struct": pa.array([{"a": 1}]), "null": pa.nulls(1), "bool": pa.array([True]),
        "huge": pa.array([1e308]), "nan": pa.array([float("nan")]), "int": pa.array([2**62]),
        "date": pa.array([0], pa.date32()), "decimal": pa.array([1], pa.decimal128(38, 0)),
    }  # fmt: skip
    for column, (name, array) in itertools.product(
        ("time", "latitude_deg", "rat", "signal_dbm", "device_id", "dq_roaming", "is_serving"),
        other_types.items(),
    ):
        place = good.column_names.index(column)
        table = good.set_column(place, column, array)
        yield case_of(f"{column}_{name}.parquet", "readings", parquet_of(table))
    for column, (name, array) in itertools.product(
        ("quadkey", "avg_u_kbps", "tests"), other_types.items()
    ):
        table = tiles().set_column(tiles().column_names.index(column), column, array)
        yield case_of(f"{column}_{name}.parquet", "tiles", parquet_of(table))
    for column, (name, array) in itertools.product(others().column_names, other_types.items()):
        table = others().set_column(others().column_names.index(column), column, array)
        yield case_of(f"others_{column}_{name}.parquet", "readings", parquet_of(table))
    yield case_of("others.parquet", "readings", parquet_of(others()), HARMLESS)
    for door, table in (("readings", good), ("tiles", tiles())):
        data = parquet_of(table)
        yield case_of(f"empty_{door}.parquet", door, parquet_of(table.slice(0, 0)))
        yield case_of(f"mark_{door}.parquet", door, b"PAR1", REFUSED)
        yield case_of(f"marks_{door}.parquet", door, b"PAR1" + bytes(99) + b"PAR1", REFUSED)
        yield case_of(f"cut_{door}.parquet", door, data[: len(data) // 2], REFUSED)
        footer = struct.pack("<I", 2**31 - 1)
        yield case_of(f"footer_{door}.parquet", door, data[:-8] + footer + b"PAR1", REFUSED)
        yield case_of(f"doubled_{door}.parquet", door, parquet_of(
            table.append_column(table.column_names[0], table.column(0))))  # fmt: skip
        yield case_of(f"packed_{door}.parquet.gz", door, gzip.compress(data))
    yield case_of("foreign.parquet", "readings", parquet_of(pa.table({"a": [1]})), REFUSED)
    yield Case(name="runs.parquet", door="readings", make=_run_length_bomb, is_long=True)


def _run_length_bomb() -> bytes:
    """A few kilobytes of dictionary runs that stand for two million rows."""
    good = canonical()
    columns = {
        name: pa.array([good.column(name)[0].as_py()], good.schema.field(name).type)
        .dictionary_encode().dictionary.take(pa.array([0] * 2_000_000, pa.int32()))
        if name == "rat" else pa.nulls(2_000_000, good.schema.field(name).type)
        for name in good.column_names
    }  # fmt: skip
    return parquet_of(pa.table(columns))


def package() -> bytes:
    """Readings as an Android app's GeoPackage."""
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE LTE_MESSAGE (id INTEGER PRIMARY KEY, geom BLOB, Time, RSRP, MCC)"
    )
    point = struct.pack("<2sBBiBIddd", b"GP", 0, 1, 4326, 1, 1001, 106.1, -6.4, 5.0)
    for row in range(200):
        values_ = (row + 1, point, 1705716902123 + row * 1000, -104.0, 510)
        database.execute("INSERT INTO LTE_MESSAGE VALUES (?, ?, ?, ?, ?)", values_)
    database.commit()
    content = database.serialize()
    database.close()
    return content


def databases() -> Iterator[Case]:
    """SQLite files whose schema is a trap."""
    for name, script in {
        "view": "CREATE TABLE t (id); CREATE VIEW LTE_MESSAGE AS WITH RECURSIVE r(n) AS "
        "(SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT n AS id, x'4750' AS geom, n AS Time, "
        "-104 AS RSRP FROM r;",
        "generated": "CREATE TABLE LTE_MESSAGE (id INTEGER PRIMARY KEY, geom BLOB, RSRP, "
        "Time AS (hex(zeroblob(100000000)))); "
        "INSERT INTO LTE_MESSAGE(geom, RSRP) VALUES (x'47', 1);",
        "trigger": "CREATE TABLE LTE_MESSAGE (id, geom, Time, RSRP); CREATE TRIGGER t AFTER INSERT "
        "ON LTE_MESSAGE BEGIN SELECT load_extension('x'); END;",
        "no_columns": "CREATE TABLE LTE_MESSAGE (a);",
        "quoted": 'CREATE TABLE LTE_MESSAGE ("geom"" FROM x; --", geom, Time, RSRP);',
        "blob": "CREATE TABLE LTE_MESSAGE (id, geom, Time, RSRP); INSERT INTO LTE_MESSAGE VALUES "
        "(1, x'00', x'ff', x'ff'), (2, 'text', 'now', 'strong'), (3, 7, 1e300, 9e999), "
        "(4, NULL, NULL, NULL), (5, x'47500001', -1, 0);",
        "names": "CREATE TABLE LTE_MESSAGE (id, geom, Time, RSRP, RSRQ); "
        "CREATE TABLE NR_MESSAGE (a);",
        "virtual": "CREATE VIRTUAL TABLE LTE_MESSAGE USING fts5(id, geom, Time, RSRP);",
        "nothing": "CREATE TABLE x (a);",
    }.items():
        yield Case(name=f"{name}.gpkg", door="readings", make=_database(script))
        yield Case(name=f"layer_{name}.gpkg", door="layer", make=_database(script), ends=REFUSED)
    good = package()
    yield case_of("good.gpkg", "readings", good, HARMLESS)
    yield case_of("page_size.gpkg", "readings", good[:16] + b"\0\3" + good[18:], REFUSED)
    yield case_of("head.gpkg", "readings", good[:100], REFUSED)
    yield case_of("half.gpkg", "readings", good[: len(good) // 2])


def _database(script: str) -> Callable[[], bytes]:
    def make() -> bytes:
        database = sqlite3.connect(":memory:")
        database.executescript(script)
        content = database.serialize()
        database.close()
        return content

    return make
