"""Damaged files of every format: they end in readings, rejects or InputError, never otherwise."""

import csv
import gzip
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.field_columns import FIELD_COLUMNS, FIELD_HEADINGS
from coverage.readings.columns import clean_header, load_column_map
from coverage.readings.detect import recognise
from coverage.readings.format import Head, all_formats
from coverage.readings.params import ReadParams
from coverage.readings.read import read_batches

Read = Callable[..., Any]
DATA = Path(__file__).parents[2] / "data" / "readings"
FIXTURES = sorted(path.name for path in DATA.iterdir() if path.suffix != ".toml")
MAPS = ("fcc_bdc.toml", "dialect.toml")
DIRT = st.sampled_from([
    b"", b"\0", b"\n", b"\r\n", b",", b'"', b";", b"\t", b"\xff\xfe", b"\xef\xbb\xbf", b"-",
    b"9" * 30, b"1e999", b"nan", b"NaN", b"inf", b"null", b"[", b"{", b"]}", b"<", b"</", b"&a;",
    b"\\", b"\\u12", b"2147483647", b'r="ZZZ9999999"',
])  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), DIRT | st.binary(max_size=6)),
    min_size=1, max_size=6,
)  # fmt: skip
FUZZ = settings(
    max_examples=20, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


def damaged(content: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """The content with some bytes taken out and others put in, at some places."""
    for share, n_out, put_in in changes:
        place = int(share * len(content))
        content = content[:place] + put_in + content[place + n_out :]
    return content


def survives(read: Read, content: bytes, name: str) -> None:
    """Read; the fixture checks the tables against their contracts and counts the rows."""
    maps = tuple(load_column_map((DATA / file).read_bytes(), file) for file in MAPS)
    with suppress(InputError):
        read(content, name, date_order="day_first", column_maps=maps, box=None)


@pytest.mark.parametrize("name", FIXTURES)
@FUZZ
@given(CHANGES)
def test_damaged_text(read: Read, name: str, changes: list[tuple[float, int, bytes]]) -> None:
    survives(read, damaged((DATA / name).read_bytes(), changes), name)


@pytest.mark.parametrize("name", FIXTURES)
@FUZZ
@given(st.floats(0, 1))
def test_cut_text(read: Read, name: str, share: float) -> None:
    content = (DATA / name).read_bytes()
    survives(read, content[: int(share * len(content))], name)


def rows_of(name: str, delimiter: str = ",") -> list[list[str]]:
    """The cells of a fixture."""
    return list(csv.reader((DATA / name).read_text("utf-8-sig").splitlines(), delimiter=delimiter))


FORM = {
    "tps_code": "3602062001002", "plmn": "510-10", "latitude_deg": -6.4, "longitude_deg": 106.1,
    "day": "2024-02-01", "clock": "09:05", "network_type": "LTE", "signal_dbm": -113,
}  # fmt: skip
WORKBOOKS: dict[str, list[list[Any]]] = {
    "vendor_layer1_xlsx": [*rows_of("vendor_gsm.csv")],
    "rtr_nettest_xlsx": [*rows_of("rtr_nettest.csv")],
    "mapped_xlsx": [*rows_of("dialect.csv", ";")],
    "field_form": [list(FIELD_HEADINGS), *[[FORM.get(c.name) for c in FIELD_COLUMNS]] * 9],
}


@cache
def workbook(name: str) -> bytes:
    """A sound workbook of a format."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in WORKBOOKS[name]:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def package() -> bytes:
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE LTE_MESSAGE (id INTEGER PRIMARY KEY, geom BLOB, Time, RSRP, MCC)"
    )
    for row in range(200):
        values = (row + 1, b"GP\0\1" + bytes(40), 1705716902123 + row, -104.0, 510)
        database.execute("INSERT INTO LTE_MESSAGE VALUES (?, ?, ?, ?, ?)", values)
    database.commit()
    content = database.serialize()
    database.close()
    return content


@pytest.mark.parametrize("name", WORKBOOKS)
@FUZZ
@given(CHANGES)
def test_damaged_workbook(read: Read, name: str, changes: list[tuple[float, int, bytes]]) -> None:
    survives(read, damaged(workbook(name), changes), "x.xlsx")


@pytest.mark.parametrize("name", WORKBOOKS)
@FUZZ
@given(CHANGES)
def test_damaged_sheet(read: Read, name: str, changes: list[tuple[float, int, bytes]]) -> None:
    """A sound archive around a sheet that is not."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook(name))) as parts, zipfile.ZipFile(file, "w") as made:
        for part in parts.infolist():
            text = parts.read(part)
            is_sheet = "worksheets" in part.filename
            made.writestr(part.filename, damaged(text, changes) if is_sheet else text)
    survives(read, file.getvalue(), "x.xlsx")


@FUZZ
@given(CHANGES)
def test_damaged_package(
    read: Read, package: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    survives(read, damaged(package, changes), "x.gpkg")


@FUZZ
@given(st.integers(100, 12_000), st.binary(min_size=1, max_size=4))
def test_overwritten_package(read: Read, package: bytes, place: int, dirt: bytes) -> None:
    survives(read, package[:place] + dirt + package[place + len(dirt) :], "x.gpkg")


@pytest.mark.parametrize("name", FIXTURES)
def test_nul_bytes_in_place_of_the_rest(read: Read, name: str) -> None:
    content = (DATA / name).read_bytes()
    survives(read, content[: len(content) // 2] + b"\0" * 4_000, name)


@pytest.fixture(scope="module")
def parquet() -> bytes:
    """Readings of ours as an input."""
    name = "gnettrack_raw.txt"
    params = ReadParams(
        timezone="Asia/Jakarta", device_key=b"a key of the tests", campaign="test",
        device_group="logs", now=datetime(2026, 1, 1, tzinfo=UTC), operators={},
    )  # fmt: skip
    (batch,) = read_batches(BytesIO((DATA / name).read_bytes()), name, params)
    file = BytesIO()
    pq.write_table(batch.readings, file)
    return file.getvalue()


@pytest.fixture(scope="module")
def foreign() -> bytes:
    """Parquet of somebody else, for the map of the fixture ``dialect.csv``."""
    header, *rows = rows_of("dialect.csv", ";")
    names = clean_header(header)
    width = len(names)
    columns = {name: [row[i] for row in rows if len(row) == width] for i, name in enumerate(names)}
    file = BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


@pytest.mark.parametrize("whose", ["parquet", "foreign"])
@FUZZ
@given(CHANGES)
def test_damaged_parquet(
    read: Read,
    request: pytest.FixtureRequest,
    whose: str,
    changes: list[tuple[float, int, bytes]],
) -> None:
    survives(read, damaged(request.getfixturevalue(whose), changes), "x.parquet")


@pytest.mark.parametrize("whose", ["parquet", "foreign"])
@FUZZ
@given(st.floats(0, 1), st.binary(min_size=1, max_size=4))
def test_overwritten_parquet(
    read: Read, request: pytest.FixtureRequest, whose: str, share: float, dirt: bytes
) -> None:
    content: bytes = request.getfixturevalue(whose)
    place = 4 + int(share * (len(content) - 12))
    survives(read, content[:place] + dirt + content[place + len(dirt) :], "x.parquet")


def zipped(content: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gnettrack_raw.txt", content)
    return file.getvalue()


PACKERS = {"gzip": gzip.compress, "zstd": zstandard.compress, "zip": zipped}


@pytest.mark.parametrize("pack", PACKERS)
@FUZZ
@given(CHANGES)
def test_damaged_archive(read: Read, pack: str, changes: list[tuple[float, int, bytes]]) -> None:
    content = PACKERS[pack]((DATA / "gnettrack_raw.txt").read_bytes())
    survives(read, damaged(content, changes), "x")


@FUZZ
@given(
    st.binary(max_size=400), st.sampled_from(["", "PAR1", "SQLite format 3\0", "PK\3\4", "{", "<"])
)
def test_anything_at_all(read: Read, content: bytes, magic: str) -> None:
    survives(read, magic.encode() + content, "x")


def format_of(content: bytes, name: str) -> str:
    """Format that the maps of the fixtures and the sniffers find."""
    maps = tuple(load_column_map((DATA / file).read_bytes(), file) for file in MAPS)
    return recognise(Head(name, content, BytesIO(content)), maps).format


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_to_be_damaged_is_of_its_format(name: str) -> None:
    assert format_of(workbook(name), "x.xlsx") == name


def test_every_format_is_damaged(parquet: bytes, package: bytes, foreign: bytes) -> None:
    """No format is left out; of Ookla's tiles nothing but the head is read."""
    found = {format_of((DATA / name).read_bytes(), name) for name in FIXTURES}
    found |= {format_of(content, "x") for content in (parquet, package, foreign)}
    assert set(all_formats()) - found - set(WORKBOOKS) == {"ookla_tiles", "ookla_fixed_tiles"}


def test_same_input_reads_the_same_twice(read: Read) -> None:
    maps = tuple(load_column_map((DATA / file).read_bytes(), file) for file in MAPS)
    options: dict[str, Any] = {"date_order": "day_first", "box": None, "column_maps": maps}
    for name in FIXTURES:
        assert read(name, **options).readings.equals(read(name, **options).readings)
