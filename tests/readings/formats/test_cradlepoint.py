"""Cradlepoint site survey; the fixtures hold one trap a row, told by its line number below."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

Read = Callable[..., Any]


@pytest.fixture
def log(read: Read) -> Any:
    return read("cradlepoint_v2.csv")


def test_one_row_a_modem_at_one_place_and_time(log: Any) -> None:
    assert log.of_row("time")[2] == log.of_row("time")[3]
    assert log.of_row("operator")[2] == "Telkomsel"
    assert log.of_row("operator")[3] == "IOH"


def test_carrier_pair_is_roaming(log: Any) -> None:
    assert [row for row, flag in log.of_row("dq_roaming").items() if flag] == [3]


def test_a_test_not_run_is_no_failed_upload(log: Any) -> None:
    # 3: 0 without a byte sent; 4: 0 with bytes sent
    assert log.of_row("uplink_kbps") == {2: 1400, 3: None, 4: 0, 5: 1000}
    assert log.of_row("ping_ms") == {2: 48, 3: None, 4: None, 5: 50}  # FAIL


def test_nr_rows_read_the_5g_columns(log: Any) -> None:
    assert log.of_row("rat") == {2: "LTE", 3: "LTE", 4: "NR", 5: "LTE"}
    assert log.of_row("signal_dbm") == {2: -104, 3: -104, 4: -99, 5: -104}
    assert log.of_row("cell_identity")[4] == 68719476734
    assert [row for row, flag in log.of_row("dq_rat_ambiguous").items() if flag] == [5]


def test_network_code_by_the_carriers_name_where_it_is_missing(log: Any) -> None:
    # 5: CUR_PLMN is None, the carrier is the one operator of that name
    assert log.of_row("plmn")[5] == "510-10"
    assert [row for row, flag in log.of_row("dq_plmn_assumed").items() if flag] == [5]


def test_a_comma_in_an_address_damages_its_row(log: Any) -> None:
    assert log.reasons == {6: "malformed_row"}


def test_version_2_is_in_utc(log: Any) -> None:
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC)
    assert log.column("source_timezone")[0] == "UTC"


def test_version_19_takes_the_configs_zone(read: Read) -> None:
    log = read("cradlepoint_v19.csv")
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC)
    assert log.column("source_timezone")[0] == "Asia/Jakarta"
    assert log.column("gps_accuracy_m") == [None, None]


def test_unknown_carrier_stays_unknown(read: Read) -> None:
    assert read("cradlepoint_v19.csv").column("plmn") == ["510-10", None]


def test_a_name_with_two_codes_tells_none(read: Read) -> None:
    log = read("cradlepoint_v19.csv", operators={"510-10": "Telkomsel", "510-89": "Telkomsel"})
    assert log.column("plmn") == [None, None]


def test_card_number_in_the_file_name_is_not_stored(read: Read, data: Any) -> None:
    name = "survey_89621012345678901234_2024.csv"
    log = read((data / "cradlepoint_v2.csv").read_bytes(), name)
    names = {*log.column("source_file"), *log.rejects.column("source_file").to_pylist()}
    assert not any("89621012345678901234" in name for name in names)
