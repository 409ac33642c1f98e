"""G-NetTrack CSV; each row of the fixture carries one trap, named in the fixture's maker below."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Read = Callable[..., Any]


@pytest.fixture
def log(read: Read) -> Any:
    """Rows 2 LTE, 3 5G, 4 level -200, 5 HSPA+, 6 EDGE, 7 PLMN as name, 8 repeat, 9 no fix,
    10 swapped, 11 no date, 12 cut."""
    return read("gnettrack.csv", plmn="510-01")


def test_every_row_is_taken_or_refused_with_its_reason(log: Any) -> None:
    assert log.n_rows == 11
    assert log.reasons == {
        4: "no_radio_meaning", 8: "duplicate", 9: "zero_position", 10: "coordinates_swapped",
        11: "bad_time", 12: "malformed_row",
    }  # fmt: skip


def test_the_level_means_what_the_mode_says(log: Any) -> None:
    assert log.of_row("rat") == {2: "LTE", 3: "LTE", 5: "UMTS", 6: "GSM", 7: "LTE"}
    assert log.of_row("signal_dbm") == {2: -104, 3: -101, 5: -92, 6: -88, 7: -103}


def test_only_a_5g_row_is_ambiguous(log: Any) -> None:
    flagged = log.of_row("dq_rat_ambiguous")
    assert [row for row, flag in flagged.items() if flag] == [3]


def test_a_reading_during_a_transfer_is_flagged_for_d_and_vd(log: Any) -> None:
    flagged = log.of_row("dq_during_transfer")
    assert [row for row, flag in flagged.items() if flag] == [2, 7]


def test_units_and_identities(log: Any) -> None:
    first = log.readings.slice(0, 1).to_pylist()[0]
    assert first["speed_mps"] == pytest.approx(10.0)
    assert first["cell_identity"] == 27477003
    assert first["area_code"] == 0x4D2
    assert (first["uplink_kbps"], first["downlink_kbps"], first["ping_ms"]) == (40, 120, 38)
    assert first["time"].isoformat() == "2024-01-20T02:15:02+00:00"
    assert first["source_timezone"] == "Asia/Jakarta"
    assert first["is_serving"] is True


def test_the_snr_floor_is_no_value(log: Any) -> None:
    assert log.of_row("sinr_db")[5] is None
    assert log.of_row("dq_sinr_placeholder")[5] is True
    assert log.of_row("sinr_db")[2] == 2.0


def test_the_network_code_comes_from_the_config_and_says_so(log: Any) -> None:
    assert log.of_row("plmn")[2] == "510-01"
    assert log.of_row("dq_plmn_assumed")[2] is True
    assert log.of_row("plmn")[7] == "510-10"
    assert log.of_row("dq_plmn_assumed")[7] is False
    assert log.of_row("operator") == {2: "IOH", 3: "IOH", 5: "IOH", 6: "IOH", 7: "Telkomsel"}


def test_without_a_configured_code_the_network_is_unknown(read: Read) -> None:
    log = read("gnettrack.csv")
    assert log.of_row("plmn")[2] is None
    assert log.of_row("operator")[2] == "unknown"


def test_the_twenty_column_flavour(read: Read) -> None:
    log = read("gnettrack_4g.csv")
    assert log.n_rows == 2
    assert log.column("signal_dbm") == [-104, -105]
    assert log.column("cell_identity") == [None, None]


def test_a_header_without_a_needed_column_stops(read: Read, data: Path) -> None:
    text = (data / "gnettrack.csv").read_text().replace("NetworkMode", "Mode")
    with pytest.raises(ValueError, match="Must have a column 'NetworkMode'"):
        read(text.encode(), "x.csv")


def test_the_cork_archive_adds_up(read: Read, shared_data: Path) -> None:
    """The sample's README counts 59,553 frozen driving rows and 73 levels of -200."""
    path = shared_data / "readings" / "ucc5g" / "5G-production-dataset.zip"
    log = read(
        path.read_bytes(), path.name, timezone="Europe/Dublin", plmn="272-01",
        box=(51.8, -8.7, 52.0, -8.3),
    )  # fmt: skip
    assert log.n_rows == 188_711
    files = log.rejects.column("source_file").to_pylist()
    reasons = log.rejects.column("reason").to_pylist()
    frozen = [f for f, r in zip(files, reasons, strict=True) if r == "frozen_gps"]
    assert sum("/Driving/" in name for name in frozen) == 59_553
    assert log.tally == {"frozen_gps": 60_127, "duplicate": 2_408, "no_radio_meaning": 70}
