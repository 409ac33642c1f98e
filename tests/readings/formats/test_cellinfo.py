"""Android CellInfo CSV; the fixture holds one trap a row, told by its line number below."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

Read = Callable[..., Any]


@pytest.fixture
def log(read: Read) -> Any:
    return read("cellinfo.csv")


def test_epoch_is_used_not_the_printed_date(log: Any) -> None:
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, 350_000, tzinfo=UTC)


def test_zero_identity_is_not_known_but_pci_stays(log: Any) -> None:
    # line 3: CI 0, TAC 0, MCC null
    assert log.of_row("cell_identity")[3] is None
    assert log.of_row("area_code")[3] is None
    assert log.of_row("plmn")[3] is None
    assert log.of_row("pci")[3] == 49
    assert not log.of_row("dq_identity_invalid")[3]


def test_minus_one_is_missing_even_as_rssnr(log: Any) -> None:
    assert log.of_row("sinr_db") == {2: 12, 3: None, 4: 8}


def test_nr_reads_its_own_columns(log: Any) -> None:
    # line 4: RSRP -140 with RSRQ -3 beside SS_RSRP -101
    assert log.of_row("signal_dbm")[4] == -101
    assert log.of_row("cell_identity")[4] == 68719476735
    assert log.of_row("arfcn") == {2: 1850, 3: 1850, 4: 460000}


def test_refused_rows(log: Any) -> None:
    # 5: GSM has no level column, 6: no epoch, 7: cut line
    assert log.reasons == {5: "no_radio_meaning", 6: "bad_time", 7: "malformed_row"}


def test_network_log_is_serving(log: Any) -> None:
    assert log.column("is_serving") == [True] * 3


def test_neighbour_log_has_no_position(read: Read) -> None:
    log = read("cellinfo_neighbours.csv", "neighboringCellLog_1.csv")
    assert log.tally == {"no_position": 1}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a/neighboringCellLog_1.csv", False), ("a/networkLog_1.csv", True)],
)
def test_serving_goes_by_the_name(read: Read, data: Any, name: str, expected: bool) -> None:
    log = read((data / "cellinfo.csv").read_bytes(), name)
    assert log.column("is_serving") == [expected] * 3
