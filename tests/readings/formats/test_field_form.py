"""The form written, filled in by openpyxl as a spreadsheet would, and read back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from coverage import tables
from coverage.deliverables.field_form import FieldFormParams, field_form_xlsx
from coverage.deliverables.info import RunInfo
from coverage.field_columns import FIELD_COLUMNS
from coverage.readings.detect import recognise
from coverage.readings.format import HEAD_BYTES, Head

Read = Callable[..., Any]
NAMES = [column.name for column in FIELD_COLUMNS]
GOOD = {
    "day": "2024-02-01", "clock": "09:05", "latitude_deg": -6.5001, "longitude_deg": 106.2001,
    "gps_accuracy_m": 6, "is_indoor": "ya", "network_type": "LTE", "signal_dbm": -113,
    "cell_identity": 10805003, "pci": 12, "arfcn": 1850, "upload_s": 40, "device_model": "A52",
}  # fmt: skip


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """An empty form of two TPS and two networks: rows 2 to 5."""
    ranking = pd.DataFrame(
        {name: pd.Series([None, None], dtype="object") for name in
         tables.TABLES["site_ranking"].columns}
    ).assign(
        rank=[1, 2], tps_code=["3602012013001", "3602012013002"], tps_name="TPS 001",
        latitude_deg=-6.5, longitude_deg=106.2, remedy="OK",
    )  # fmt: skip
    info = RunInfo(survey="uji", created_at=datetime(2024, 1, 1, tzinfo=UTC))
    networks = (("Telkomsel", "510-10"), ("IOH", "510-01"))
    field_form_xlsx(ranking, info, tmp_path / "f.xlsx", FieldFormParams(networks=networks))
    return tmp_path / "f.xlsx"


def filled(form: Path, *lines: dict[str, Any]) -> bytes:
    """The form with its first rows filled in."""
    book = openpyxl.load_workbook(form)
    for row, line in enumerate(lines, start=2):
        for name, value in line.items():
            book.worksheets[0].cell(row, NAMES.index(name) + 1).value = value
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_form_is_recognised_as_nothing_else(form: Path) -> None:
    data = form.read_bytes()
    head = Head("f.xlsx", data[:HEAD_BYTES], BytesIO(data))
    assert recognise(head).format == "field_form"


def test_a_filled_row_is_a_reading(form: Path, read: Read) -> None:
    log = read(filled(form, GOOD), "f.xlsx")
    assert log.formats == {"field_form"}
    row = log.readings.to_pylist()[0]
    assert row["time"] == datetime(2024, 2, 1, 2, 5, tzinfo=UTC)
    assert (row["operator"], row["rat"], row["signal_dbm"]) == ("Telkomsel", "LTE", -113)
    assert (row["latitude_deg"], row["gps_accuracy_m"]) == (-6.5001, 6)
    assert (row["cell_identity"], row["pci"], row["arfcn"]) == (10805003, 12, 1850)
    assert row["is_indoor"] is True
    assert row["uplink_kbps"] == 10 * 8000 / 40
    assert not row["dq_coarse_position"]


def test_rows_left_empty_are_refused_as_such(form: Path, read: Read) -> None:
    log = read(filled(form, GOOD), "f.xlsx")
    assert log.reasons == {3: "not_filled", 4: "not_filled", 5: "not_filled"}


def test_no_service_is_a_reading_without_level(form: Path, read: Read) -> None:
    silent = {**GOOD, "network_type": "tidak ada", "signal_dbm": None, "cell_identity": None}
    row = read(filled(form, GOOD, silent), "f.xlsx").readings.to_pylist()[1]
    assert (row["operator"], row["service_state"]) == ("IOH", "no_service")
    assert row["signal_dbm"] is None


@pytest.mark.parametrize(
    "changes", [{"gps_accuracy_m": None}, {"latitude_deg": None}, {"latitude_deg": -6.6}]
)
def test_without_a_fix_near_the_site_the_listed_place_stands(
    form: Path, read: Read, changes: dict[str, Any]
) -> None:
    row = read(filled(form, GOOD | changes), "f.xlsx").readings.to_pylist()[0]
    assert (row["latitude_deg"], row["longitude_deg"]) == (-6.5, 106.2)
    assert row["dq_coarse_position"]
    assert row["gps_accuracy_m"] is None


@pytest.mark.parametrize(
    ("day", "clock"),
    [
        ("1/2/2024", "9.05"),
        (date(2024, 2, 1), time(9, 5)),
        ("01-02-2024", "09:05:00"),
    ],
)
def test_dates_as_people_and_spreadsheets_write_them(
    form: Path, read: Read, day: Any, clock: Any
) -> None:
    log = read(filled(form, {**GOOD, "day": day, "clock": clock}), "f.xlsx")
    assert log.column("time") == [datetime(2024, 2, 1, 2, 5, tzinfo=UTC)]


def test_decimal_commas_are_read(form: Path, read: Read) -> None:
    log = read(filled(form, {**GOOD, "signal_dbm": "-112,5"}), "f.xlsx")
    assert log.column("signal_dbm") == [-112.5]


def test_an_upload_that_did_not_end_has_no_rate(form: Path, read: Read) -> None:
    log = read(filled(form, {**GOOD, "upload_s": "gagal"}), "f.xlsx")
    assert log.column("uplink_kbps") == [None]


def test_notes_are_not_kept(form: Path, read: Read) -> None:
    log = read(filled(form, {"notes": "Pak Budi 0812", "day": "x"}), "f.xlsx")
    assert "Budi" not in str(log.rejects.to_pylist())
