"""Android Network Survey GeoPackage (FORMATS 10): one SQLite table a technology.

The file is read into memory whole and opened there, read-only: what stands in it is a stranger's.
Rows are numbered through the tables in the order LTE, NR, UMTS, GSM.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.errors import InputError
from coverage.geopackage import refuse_computed
from coverage.readings import picks, times, words
from coverage.readings.codes import Codes
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.geopoints import points

Floats = npt.NDArray[np.float64]

NAME: Final = "network_survey_gpkg"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = False

MAX_BYTES: Final = 512 * 2**20
"""The app starts a new file at 5 MB by default. [byte]"""
_MAGIC: Final = b"SQLite format 3\0"
_TABLES: Final = {
    "LTE": "LTE_MESSAGE", "NR": "NR_MESSAGE", "UMTS": "UMTS_MESSAGE", "GSM": "GSM_MESSAGE"
}  # fmt: skip
_SCHEMA_BYTES: Final = 4 * 2**20
_ROWS: Final = 50_000
_WAL_BYTES: Final = slice(18, 20)
"""Write and read version in the header: 2 = write-ahead log, which cannot be opened in memory."""
_COLUMNS: Final = {
    "geom": ("geom",),
    "time": ("time", "devicetime"),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
    "altitude": ("altitude",),
    "speed": ("speed",),
    "accuracy": ("accuracy",),
    "age": ("locationage",),
    "serving": ("servingcell",),
    "device": ("deviceserialnumber",),
    "mcc": ("mcc",),
    "mnc": ("mnc",),
    "area": ("tac", "lac"),
    "cell": ("eci", "nci", "cellid", "cid", "ci"),
    "arfcn": ("dlearfcn", "earfcn", "narfcn", "uarfcn", "arfcn"),
    "pci": ("physcellid", "pci", "psc"),
    "sinr": ("snr", "sssinr"),
    "quality": ("rsrq", "ssrsrq", "ecno"),
}
"""Names of each quantity, lower case without blanks and underscores; the tables differ."""
_LEVELS: Final = {
    "LTE": ("rsrp",),
    "NR": ("ssrsrp",),
    "UMTS": ("rscp",),
    "GSM": ("signalstrength",),
}


@dataclass(frozen=True)
class _Rows:
    """Some rows of a table: their number in the file, and their columns by quantity."""

    first_row: int
    n_rows: int
    columns: Mapping[str, Sequence[Any]]

    def number(self, name: str) -> Floats:
        """A number column; NaN where it is NULL, text or absent."""
        values = self.columns.get(name)
        if values is None:
            return np.full(self.n_rows, np.nan)
        return np.array([_number(value) for value in values], dtype=np.float64)

    def text(self, name: str) -> Codes:
        """A text column; NA where it is NULL or absent."""
        values = self.columns.get(name)
        if values is None:
            return Codes.constant(None, self.n_rows)
        return Codes.of([None if value in (None, "") else str(value) for value in values])


def sniff(head: Head) -> str | None:
    """Recognise the database by the name of one of its tables in the schema."""
    if not head.data.startswith(_MAGIC):
        return None
    schema = head.data if head.stream is None else head.seekable().read(_SCHEMA_BYTES)
    found = [table for table in _TABLES.values() if table.encode() in schema]
    return f"SQLite with table {found[0]}" if found else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the tables one after the other.

    Raises
    ------
    InputError
        Where the file is damaged, larger than ``MAX_BYTES`` or computes its readings by SQL.
    """
    database = sqlite3.connect(":memory:")
    try:
        _load(database, stream, context.name)
        first_row = 1
        for rat, table in _TABLES.items():
            if not _has(database, table):
                continue
            refuse_computed(database, table, context.name)
            for rows in _rows_of(database, table, rat, first_row):
                first_row += rows.n_rows
                yield _draft(rows, rat)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise InputError(
            f"Invalid GeoPackage. Must be whole: {error}.", file=context.name
        ) from error
    finally:
        database.close()


def _load(database: sqlite3.Connection, stream: BinaryIO, name: str) -> None:
    """Put the file into an in-memory database that runs nothing of the file's own."""
    stream.seek(0)
    content = bytearray(stream.read(MAX_BYTES + 1))
    if len(content) > MAX_BYTES:
        raise InputError(f"Invalid GeoPackage of more than {MAX_BYTES} bytes. Must be smaller.",
                         file=name)  # fmt: skip
    if len(content) < 100:
        raise InputError("Invalid GeoPackage. Must be whole.", file=name)
    content[_WAL_BYTES] = b"\1\1"
    database.text_factory = lambda value: value.decode("utf-8", "replace")
    database.deserialize(bytes(content))
    for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON"):
        database.execute(f"PRAGMA {pragma}")


def _has(database: sqlite3.Connection, table: str) -> bool:
    """Whether anything of this name is there."""
    named = "SELECT count(*) FROM sqlite_master WHERE name = ? COLLATE NOCASE"
    return bool(database.execute(named, (table,)).fetchone()[0])


def _rows_of(database: sqlite3.Connection, table: str, rat: str, first_row: int) -> Iterator[_Rows]:
    """Blocks of one table's rows."""
    names = [str(row[1]) for row in database.execute(f'PRAGMA table_info("{table}")')]
    wanted = _wanted(names, rat)
    if not wanted:
        return
    selected = ", ".join('"' + name.replace('"', '""') + '"' for name in wanted.values())
    cursor = database.execute(f'SELECT {selected} FROM "{table}" ORDER BY rowid')
    while part := cursor.fetchmany(_ROWS):
        columns = dict(zip(wanted, zip(*part, strict=True), strict=True))
        yield _Rows(first_row, len(part), columns)
        first_row += len(part)


def _wanted(names: Sequence[str], rat: str) -> dict[str, str]:
    """The table's own name of each quantity it has."""
    own = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in names}
    wanted = {}
    for quantity, candidates in {**_COLUMNS, "level": _LEVELS[rat]}.items():
        name = next((own[candidate] for candidate in candidates if candidate in own), None)
        if name is not None:
            wanted[quantity] = name
    return wanted


def _draft(rows: _Rows, rat: str) -> Draft:
    """Rows in canonical names."""
    latitude, longitude, altitude = points(rows.columns.get("geom"), rows.n_rows)
    return Draft(
        source_row=np.arange(rows.first_row, rows.first_row + rows.n_rows, dtype=np.int64),
        raw=_raw(rows, rat),
        time_us=times.of_epoch(rows.number("time")),
        numbers={
            "latitude_deg": picks.first_known(latitude, rows.number("latitude")),
            "longitude_deg": picks.first_known(longitude, rows.number("longitude")),
            "altitude_m": picks.unless(picks.first_known(altitude, rows.number("altitude")), 0.0),
            "speed_mps": picks.unless(rows.number("speed"), 0.0),
            "gps_accuracy_m": picks.unless(rows.number("accuracy"), 0.0),
            "fix_age_s": rows.number("age") * 0.001,
            "area_code": rows.number("area"),
            "cell_identity": rows.number("cell"),
            "arfcn": rows.number("arfcn"),
            "pci": rows.number("pci") if rat != "GSM" else np.nan,
            "signal_dbm": rows.number("level"),
            "quality_db": rows.number("quality"),
            "sinr_db": rows.number("sinr"),
            "is_serving": words.are_true(rows.text("serving")),
        },
        texts={
            "rat": rat,
            "plmn": words.plmns_of_codes(rows.number("mcc"), rows.number("mnc")),
            "device": rows.text("device"),
        },
    )


def _raw(rows: _Rows, rat: str) -> pa.Array:
    """Rows as text without position blob, device and mission."""
    shown = [name for name in rows.columns if name not in ("geom", "device")]
    lines = zip(*(rows.columns[name] for name in shown), strict=True)
    return pa.array(
        [f"{rat}: " + ",".join("" if v is None else str(v) for v in line) for line in lines],
        pa.large_string(),
    )


def _number(value: object) -> float:
    """Number of an SQLite value, NaN for NULL, text and blobs."""
    if type(value) is float or type(value) is int:
        return float(value) if abs(value) < 1e300 else np.nan
    return np.nan
