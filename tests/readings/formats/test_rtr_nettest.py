"""RTR Open Nettest, CSV and XLSX; the fixture holds one trap a row, told by its line number."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Read = Callable[..., Any]
SAMPLE = "readings/rtr_opendata_format/netztest-opendata-2021-11.xlsx"


@pytest.fixture
def log(read: Read) -> Any:
    return read("rtr_nettest.csv")


def as_workbook(text: str) -> bytes:
    """The CSV as a workbook, numbers as numbers and booleans as booleans."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in csv.reader(StringIO(text)):
        sheet.append([cell_of(cell) for cell in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def cell_of(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text or None


def test_identity_and_area_code_go_by_size(log: Any) -> None:
    # 2: swapped as in the export, 3: as the names say, 5: both small, nothing tells
    identity, area = log.of_row("cell_identity"), log.of_row("area_code")
    assert (identity[2], area[2]) == (27447041, 1234)
    assert (identity[3], area[3]) == (27447041, 1234)
    assert (identity[4], area[4]) == (844093, 40122)
    assert (identity[5], area[5]) == (None, None)
    assert [row for row, bad in log.of_row("dq_identity_invalid").items() if bad] == [5]


def test_level_by_technology(log: Any) -> None:
    # 10: LTE without RSRP has an RSSI in signal_strength, which is no level
    assert log.of_row("signal_dbm") == {
        2: -104,
        3: -104,
        4: -91,
        5: -85,
        7: -104,
        9: -104,
        11: -104,
    }
    assert log.reasons[10] == "no_radio_meaning"


def test_refused_rows(log: Any) -> None:
    # 6: WLAN, 8: called implausible by the app's operator, 12: LAN
    assert log.reasons == {
        6: "not_cellular", 8: "implausible", 10: "no_radio_meaning", 12: "not_cellular"
    }  # fmt: skip


def test_rastered_place_is_coarse(log: Any) -> None:
    assert [row for row, flag in log.of_row("dq_coarse_position").items() if flag] == [7]


def test_non_standalone_is_the_lte_anchor(log: Any) -> None:
    assert log.of_row("rat")[9] == "LTE"
    assert [row for row, flag in log.of_row("dq_rat_ambiguous").items() if flag] == [9]


def test_roaming_compares_the_network_with_the_sim(log: Any) -> None:
    # 4: 510-1 is 510-01, the SIM is 510-10; 11: the SIM is 510-01
    assert [row for row, flag in log.of_row("dq_roaming").items() if flag] == [4, 11]


def test_every_row_is_read_during_a_transfer(log: Any) -> None:
    assert all(log.column("dq_during_transfer"))


def test_rates_time_and_serving(log: Any) -> None:
    assert log.column("uplink_kbps")[0] == 1400
    assert log.column("ping_ms")[0] == pytest.approx(48.1)
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC)
    assert all(log.column("is_serving"))


def test_workbook_reads_as_the_csv(read: Read, data: Path, log: Any) -> None:
    book = read(as_workbook((data / "rtr_nettest.csv").read_text()), "x.xlsx")
    same = [name for name in log.readings.column_names if name not in ("format", "source_file")]
    assert book.formats == {"rtr_nettest_xlsx"}
    assert book.readings.select(same).equals(log.readings.select(same))
    assert book.reasons == log.reasons


def test_real_sample(read: Read, shared_data: Path) -> None:
    path = shared_data / SAMPLE
    if not path.exists():
        pytest.skip("no RTR sample here")
    log = read(path.read_bytes(), "netztest.xlsx", box=None)
    assert log.n_rows == 41
    assert log.tally == {"not_cellular": 36, "no_position": 1}
    assert log.column("rat") == ["LTE", "LTE", "UMTS", "LTE"]
    assert log.column("cell_identity") == [53993514, 53985833, 255802421, None]
    assert log.column("area_code") == [54787, 54787, 52502, None]
