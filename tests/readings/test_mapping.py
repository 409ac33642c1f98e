"""What a column map can draw from cells."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from coverage.readings.columns import ColumnMap

Read = Callable[..., Any]
POSITION = {"latitude_deg": "lat", "longitude_deg": "lon", "signal_dbm": "rsrp", "time": "t"}
AT = datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC)


@pytest.fixture
def mapped(read: Read) -> Callable[..., Any]:
    """Read one row of "lat,lon,rsrp,t" and more columns through a map."""

    def run(
        more: dict[str, str] | None = None, t: str = "2024-01-20T02:15:02Z", **keys: Any
    ) -> Any:
        cells = {"lat": "-6.4", "lon": "106.1", "rsrp": "-104", "t": t} | (more or {})
        given = {"name": "x", "rat": "LTE", "time_format": "iso"} | keys
        given["columns"] = POSITION | keys.get("columns", {})
        text = ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"
        return read(text.encode(), "x.csv", column_maps=(ColumnMap(**given),))

    return run


@pytest.mark.parametrize(
    ("stamp", "keys"),
    [
        ("2024-01-20T02:15:02Z", {}), ("2024-01-20T09:15:02+07:00", {}),
        ("2024-01-20 09:15:02", {}), ("2024-01-20 02:15:02", {"timezone": "UTC"}),
        ("1705716902", {"time_format": "epoch"}), ("1705716902000", {"time_format": "epoch"}),
        ("20/01/2024 09:15:02", {"time_format": "%d/%m/%Y %H:%M:%S"}),
        ("20/01/2024 03:15:02+0100", {"time_format": "%d/%m/%Y %H:%M:%S%z"}),
    ],
)  # fmt: skip
def test_times(mapped: Callable[..., Any], stamp: str, keys: dict[str, Any]) -> None:
    assert mapped(t=stamp, **keys).column("time") == [AT]


def test_a_date_of_its_own(mapped: Callable[..., Any]) -> None:
    log = mapped({"d": "20.01.2024"}, t="09:15:02", columns={"date": "d"},
                 time_format="%d.%m.%Y %H:%M:%S")  # fmt: skip
    assert log.column("time") == [AT]


def test_network_of_two_columns(mapped: Callable[..., Any]) -> None:
    log = mapped({"a": "510.0", "b": "1"}, columns={"mcc": "a", "mnc": "b"})
    assert log.column("plmn") == ["510-01"]
    assert log.column("dq_plmn_assumed") == [False]


def test_network_of_the_map(mapped: Callable[..., Any]) -> None:
    log = mapped(plmn="510-10")
    assert (log.column("plmn"), log.column("dq_plmn_assumed")) == (["510-10"], [True])


def test_a_sim_of_another_network_is_roaming(mapped: Callable[..., Any]) -> None:
    columns = {"plmn": "a", "sim_plmn": "b"}
    assert mapped({"a": "51010", "b": "51001"}, columns=columns).column("dq_roaming") == [True]
    assert mapped({"a": "51010", "b": "51010"}, columns=columns).column("dq_roaming") == [False]


def test_a_device_is_hashed_and_its_model_kept(mapped: Callable[..., Any]) -> None:
    log = mapped({"d": "356938035643809", "m": " X "}, columns={"device": "d", "device_model": "m"})
    (device,) = log.column("device_id")
    assert len(device) == 16
    assert "35693" not in device
    assert log.column("device_model") == ["X"]


def test_yes_and_no_in_own_words(mapped: Callable[..., Any]) -> None:
    words = {"is_indoor": {"dalam": "true", "luar": "false"}}
    for word, expected in (("dalam", True), ("luar", False), ("?", None), ("1", True)):
        log = mapped({"i": word}, columns={"is_indoor": "i"}, words=words)
        assert log.column("is_indoor") == [expected]


def test_a_technology_without_place_is_refused(mapped: Callable[..., Any]) -> None:
    assert mapped({"n": "CDMA"}, columns={"rat": "n"}, rat=None).reasons == {2: "rat_not_used"}
    assert mapped({"n": "WiFi"}, columns={"rat": "n"}, rat=None).reasons == {2: "not_cellular"}


def test_bounds_are_inclusive_and_flagged(mapped: Callable[..., Any]) -> None:
    states = {"columns": {"service_state": "s"}}
    inside = mapped({"s": "in_service"}, bounds={"signal_dbm": (-104.0, -50.0)}, **states)
    outside = mapped({"s": "in_service"}, bounds={"signal_dbm": (-103.9, -50.0)}, **states)
    assert (inside.column("signal_dbm"), outside.column("signal_dbm")) == ([-104], [None])
    assert outside.column("dq_level_invalid") == [True]
