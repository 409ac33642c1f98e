"""Vendor layer-1 exports; the fixtures hold one trap a row, told by its line number below."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from coverage.errors import InputError

Read = Callable[..., Any]
FOLDER = "readings/vendor_umts_export_india"


def test_undecidable_dates_are_refused_without_config(read: Read) -> None:
    with pytest.raises(InputError, match=r"vendor_umts\.csv: Invalid dates like .*date_order"):
        read("vendor_umts.csv")


@pytest.mark.parametrize(("order", "month"), [("day_first", 2), ("month_first", 11)])
def test_config_decides_the_order(read: Read, order: str, month: int) -> None:
    at = read("vendor_umts.csv", date_order=order, timezone="UTC").column("time")[0]
    assert (at.month, at.day) == (month, 13 - month)


def test_a_date_above_twelve_decides_the_order(read: Read) -> None:
    at = read("vendor_gsm.csv").column("time")[0]
    assert at == datetime(2019, 8, 13, 7, 44, 51, tzinfo=UTC)  # 14:44:51 in Jakarta


def test_first_of_the_active_set_serves(read: Read) -> None:
    log = read("vendor_umts.csv", date_order="day_first")
    assert log.column("rat") == ["UMTS", "UMTS"]
    assert log.column("signal_dbm") == [pytest.approx(-66.94)] * 2
    assert log.column("quality_db") == [pytest.approx(-6.82)] * 2
    assert log.column("pci") == [429, 429]
    assert log.column("arfcn") == [10782, 10782]
    assert all(log.column("is_serving"))


def test_cell_zero_is_not_known(read: Read) -> None:
    assert read("vendor_umts.csv", date_order="day_first").of_row("cell_identity") == {
        2: None, 3: 844093
    }  # fmt: skip


def test_no_fix_and_no_level_are_refused(read: Read) -> None:
    assert read("vendor_umts.csv", date_order="day_first").reasons == {
        4: "zero_position", 5: "no_radio_meaning"
    }  # fmt: skip


def test_gsm_full_before_sub_and_bcch_before_arfcn(read: Read) -> None:
    log = read("vendor_gsm.csv")
    assert log.column("signal_dbm") == [-70, -69]
    assert log.column("arfcn") == [116, 78]
    assert log.column("plmn") == ["510-01", None]
    assert log.column("cell_identity") == [16142, None]


def test_no_lte_layout_is_known(read: Read) -> None:
    content = (
        b"Sequence No,Time,Latitude,Longitude,Call ID,RSRP\n1,13-02-2019 06:54:58,-6,106,,-99\n"
    )
    with pytest.raises(InputError, match="no other layout"):
        read(content, "lte.csv")


def test_workbook_with_real_dates_needs_no_order(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Sequence No", "Time", "Latitude", "Longitude", "Call ID", "RxLev (Full) (dBm)"])
    sheet.append([1, datetime(2019, 2, 11, 6, 54, 58), -6.4123, 106.1235, None, -70])
    file = BytesIO()
    book.save(file)
    log = read(file.getvalue(), "x.xlsx", timezone="UTC")
    assert log.column("time") == [datetime(2019, 2, 11, 6, 54, 58, tzinfo=UTC)]


def test_real_umts_sample(read: Read, shared_data: Path) -> None:
    path = shared_data / FOLDER / "UMTS Layer 1 Test.csv"
    if not path.exists():
        pytest.skip("no vendor sample here")
    log = read(path.read_bytes(), path.name, box=None, date_order="day_first")
    levels = log.column("signal_dbm")
    assert (log.n_rows, len(levels)) == (818, 818)
    assert (min(levels), max(levels)) == (pytest.approx(-93.05), pytest.approx(-53.18))
    assert log.column("cell_identity").count(None) == 78


def test_real_gsm_sample(read: Read, shared_data: Path) -> None:
    path = shared_data / FOLDER / "GSM Layer 1 Test.xlsx"
    if not path.exists():
        pytest.skip("no vendor sample here")
    log = read(path.read_bytes(), path.name, box=None, date_order="day_first")
    assert log.n_rows == 7_323
    assert log.tally == {"no_radio_meaning": 97, "zero_position": 6}  # 98 rows have no RxLev
    assert max(log.column("signal_dbm")) == -48.0  # RXLEV 62: 92 rows are above Android's -51
    assert {row for row, reason in log.reasons.items() if reason == "zero_position"} == {
        *range(2, 8)
    }
