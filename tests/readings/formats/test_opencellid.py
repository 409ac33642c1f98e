"""OpenCelliD measurement CSV, both flavours."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

Read = Callable[..., Any]


def test_app_rows_and_reasons(read: Read) -> None:
    log = read("opencellid_app.csv")
    assert log.reasons == {5: "rat_not_used", 6: "no_radio_meaning"}
    assert log.column("rat") == ["LTE", "UMTS", "LTE"]
    assert log.column("source") == ["crowdsourced"] * 3


def test_app_mnc_is_padded(read: Read) -> None:
    assert read("opencellid_app.csv").column("plmn") == ["510-01", "510-10", "510-10"]


def test_app_epoch_seconds_and_milliseconds(read: Read) -> None:
    at = read("opencellid_app.csv").column("time")
    assert at[0] == datetime(2024, 1, 20, 2, 15, 2, 123_000, tzinfo=UTC)
    assert at[1] == datetime(2024, 1, 20, 2, 15, 3, tzinfo=UTC)


def test_app_sentinel_identity_is_not_known(read: Read) -> None:
    log = read("opencellid_app.csv")
    assert log.column("cell_identity") == [27447041, 844093, None]
    assert log.column("dq_identity_invalid") == [False, False, True]
    assert log.column("area_code") == [1234, 40122, 1234]
    assert log.column("pci") == [107, 33, 107]


def test_app_serving_is_not_known_and_neither_is_service(read: Read) -> None:
    log = read("opencellid_app.csv")
    assert log.column("is_serving") == [None] * 3
    assert log.column("service_state") == [None] * 3


def test_app_weight_of_accuracy(read: Read) -> None:
    log = read("opencellid_app.csv")
    assert log.column("weight")[1] == pytest.approx(0.5)  # sqrt(10 / 40)
    assert log.column("dq_accuracy_unknown") == [False] * 3


def test_upload_signal_is_asu_or_dbm(read: Read) -> None:
    log = read("opencellid_upload.csv")
    assert log.column("signal_dbm") == [-104, -104, -93]
    assert log.reasons == {4: "no_radio_meaning"}


def test_upload_last_line_needs_no_end(read: Read) -> None:
    log = read("opencellid_upload.csv")
    assert log.n_rows == 4
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, 123_000, tzinfo=UTC)


def test_upload_device_name_is_kept_out_of_the_rejects(read: Read) -> None:
    (raw,) = read("opencellid_upload.csv").rejects.column("raw").to_pylist()
    assert "Phone" not in raw
    assert "[redacted]" in raw
    assert raw.startswith("-6.41254568,106.12345679,510,10")


def test_the_ottawa_walks_add_up(read: Read, shared_data: Path) -> None:
    """The sample's README: 2,621 rows, 99 cells, 1,912 of them LTE+, accuracy 3.9-122.4 m."""
    folder = shared_data / "readings" / "opencellid_walksignal_ottawa"
    logs = [read(p.read_bytes(), p.name, box=None) for p in sorted(folder.glob("*.csv"))]
    assert sum(log.n_rows for log in logs) == 2_621
    assert {rat for log in logs for rat in log.column("rat")} == {"LTE"}
    assert {plmn for log in logs for plmn in log.column("plmn")} == {"302-720"}
    accuracy = [a for log in logs for a in log.column("gps_accuracy_m")]
    assert (min(accuracy), max(accuracy)) == (pytest.approx(3.9), pytest.approx(122.4))
    assert set().union(*(log.tally for log in logs)) <= {"duplicate"}
