"""Damaged files of every format: they end in readings, rejects or InputError, never otherwise."""

import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.readings.columns import load_column_map

Read = Callable[..., Any]
DATA = Path(__file__).parents[2] / "data" / "readings"
FIXTURES = (
    "tower_collector.csv", "cellinfo.csv", "network_survey_lte.csv",
    "network_survey_phonestate.csv", "wigle_16.csv", "rtr_nettest.csv", "cradlepoint_v2.csv",
    "cradlepoint_v19.csv", "vendor_umts.csv", "vendor_gsm.csv", "geosubmit.json",
    "geosubmit.ndjson", "fcc_bdc.json", "gnettrack.kml", "nemo.nmf",
)  # fmt: skip
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
    max_examples=40, deadline=None, derandomize=True, database=None,
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
    column_map = load_column_map((DATA / "fcc_bdc.toml").read_bytes(), "fcc_bdc.toml")
    with suppress(InputError):
        read(content, name, date_order="day_first", column_maps=(column_map,), box=None)


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


@pytest.fixture(scope="module")
def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (DATA / "vendor_gsm.csv").read_text().splitlines():
        sheet.append(line.split(","))
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


@FUZZ
@given(CHANGES)
def test_damaged_workbook(
    read: Read, workbook: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    survives(read, damaged(workbook, changes), "x.xlsx")


@FUZZ
@given(CHANGES)
def test_damaged_sheet(
    read: Read, workbook: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    """A sound archive around a sheet that is not."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook)) as parts, zipfile.ZipFile(file, "w") as made:
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


def test_same_input_reads_the_same_twice(read: Read) -> None:
    for name in FIXTURES[:-4]:
        options: dict[str, Any] = {"date_order": "day_first", "box": None}
        assert read(name, **options).readings.equals(read(name, **options).readings)
