"""WiGLE CSV 1.4 and 1.6; the fixture holds one trap a row, told by its line number below."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

Read = Callable[..., Any]


@pytest.fixture
def log(read: Read) -> Any:
    return read("wigle_16.csv", box=None)


def test_cells_are_split_out_of_the_mac(log: Any) -> None:
    # 7: a network code of three digits, 8: no identity
    assert log.of_row("plmn") == {3: "510-10", 6: "510-01", 7: "405-854", 8: None}
    assert log.of_row("area_code") == {3: 1234, 6: 40122, 7: 12, 8: None}
    assert log.of_row("cell_identity") == {3: 27447041, 6: 844093, 7: 801, 8: None}


def test_technology_level_and_channel(log: Any) -> None:
    assert log.column("rat") == ["LTE", "UMTS", "GSM", "NR"]
    assert log.column("signal_dbm") == [-104, -90, -85, -101]
    assert log.column("arfcn") == [1850, 10563, 78, 460000]


def test_networks_and_phones_are_refused_and_nothing_of_them_kept(log: Any) -> None:
    # 4: Wi-Fi, 5: Bluetooth, 9: CDMA
    assert log.reasons == {4: "not_cellular", 5: "not_cellular", 9: "rat_not_used"}
    assert set(log.rejects.column("raw").to_pylist()) == {"[redacted]"}
    assert "Ana" not in str(log.rejects.to_pylist())


def test_serving_is_not_known(log: Any) -> None:
    assert log.column("is_serving") == [None] * 4


def test_missing_accuracy_is_not_known(log: Any) -> None:
    assert log.of_row("dq_accuracy_unknown") == {3: False, 6: True, 7: False, 8: False}


def test_time_and_model_of_the_first_line(log: Any) -> None:
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC)
    assert set(log.column("device_model")) == {"SM-A526B"}


def test_version_14_without_model(read: Read) -> None:
    log = read("wigle_14.csv")
    assert log.column("cell_identity") == [27447041]
    assert log.column("device_model") == [None]
    assert log.column("source_row") == [3]


def test_version_14_with_byte_order_mark(read: Read, data: Any) -> None:
    content = b"\xef\xbb\xbf" + (data / "wigle_14.csv").read_bytes()
    assert read(content, "x.csv").column("source_row") == [3]
