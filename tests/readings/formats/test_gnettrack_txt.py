"""G-NetTrack raw TXT: no-service rows, sentinels, the trailing tab, side files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Read = Callable[..., Any]


@pytest.fixture
def log(read: Read) -> Any:
    """Rows 2 and 3 good 4G (3 without name), 4 sentinel, 5 and 6 no service, 7 good 3G, 8 change
    of technology, 9 stuck 3G, 10 good 2G, 11 2G floor, 12 lowest 4G."""
    return read("gnettrack_raw.txt")


def test_rows_without_level_and_state_are_refused(log: Any) -> None:
    assert log.n_rows == 11
    assert log.reasons == dict.fromkeys((4, 8, 9, 11), "no_radio_meaning")


def test_no_service_is_kept_without_level_and_stale_quality(log: Any) -> None:
    assert [log.of_row("service_state")[row] for row in (2, 5, 6)] == [
        "in_service", "no_service", "no_service"
    ]  # fmt: skip
    for column in ("signal_dbm", "quality_db", "rat", "cell_identity"):
        assert [log.of_row(column)[row] for row in (5, 6)] == [None, None]


def test_no_service_takes_the_network_of_its_file_and_says_so(log: Any) -> None:
    assert [log.of_row("plmn")[row] for row in (5, 6)] == ["510-10", "510-10"]
    assert [log.of_row("dq_plmn_assumed")[row] for row in (2, 5, 6)] == [False, True, True]
    assert log.of_row("operator")[5] == "Telkomsel"


def test_a_file_of_two_networks_lends_none(read: Read, data: Path) -> None:
    text = (data / "gnettrack_raw.txt").read_text().replace("51010\t\t12\t", "51001\t\t12\t")
    log = read(text.encode(), "x.txt")
    assert log.of_row("plmn")[5] is None
    assert log.of_row("operator")[5] == "unknown"


def test_a_constant_snr_is_a_placeholder(log: Any) -> None:
    assert log.of_row("sinr_db")[2] is None
    assert log.of_row("dq_sinr_placeholder")[2] is True
    assert any("SINR left out: 0 dB" in note for note in log.notes)


def test_identity_is_put_together_by_technology(log: Any) -> None:
    identity = log.of_row("cell_identity")
    assert identity[2] == 107332 * 256 + 11
    assert identity[7] == 844093  # 12 x 65536 + 57661
    assert identity[10] == 801


def test_an_area_code_of_zero_is_none_and_no_fault(log: Any) -> None:
    assert log.of_row("area_code")[10] is None
    assert log.of_row("dq_identity_invalid")[10] is False


def test_the_trailing_tab_shifts_nothing(log: Any) -> None:
    assert log.of_row("altitude_m")[2] == 71
    assert log.of_row("arfcn")[2] == 1850
    assert log.of_row("pci")[2] == 107


def test_lines_without_the_trailing_tab_read_the_same(read: Read, data: Path, log: Any) -> None:
    text = (data / "gnettrack_raw.txt").read_bytes().replace(b"\t\r\n", b"\r\n")
    again = read(text, "gnettrack_raw.txt")
    assert again.column("signal_dbm") == log.column("signal_dbm")


@pytest.mark.parametrize("name", ["gnettrack_raw_events.txt", "gnettrack_raw_stats.txt"])
def test_side_files_are_known_and_left(read: Read, name: str) -> None:
    log = read(name)
    assert (log.n_rows, log.formats) == (0, {"gnettrack_side"})
    assert "holds no readings" in log.notes[0]


DAKAR = {
    "Orange_log": (2_625, 0, {"no_radio_meaning": 1_557, "duplicate": 143}),
    "Yas_log": (2_719, 0, {"no_radio_meaning": 188, "duplicate": 271}),
    "expresso_log": (2_955, 253, {"no_radio_meaning": 1, "duplicate": 464}),
}


@pytest.mark.parametrize("name", DAKAR)
def test_the_dakar_logs_add_up(read: Read, shared_data: Path, name: str) -> None:
    """The sample's README: 8,299 rows, 253 without service in one log, 1,401 stuck 3G rows."""
    n_rows, n_no_service, refused = DAKAR[name]
    path = shared_data / "readings" / "gnettrack_dakar" / f"{name}.txt"
    log = read(
        path.read_bytes(), path.name, timezone="Africa/Dakar", box=(14.6, -17.5, 14.7, -17.4)
    )
    assert log.n_rows == n_rows
    assert log.column("service_state").count("no_service") == n_no_service
    assert log.tally == refused
    assert None not in log.column("plmn")


@pytest.mark.parametrize("name", DAKAR)
def test_every_line_of_the_dakar_logs_has_a_field_more_than_the_header(
    read: Read, shared_data: Path, name: str
) -> None:
    """FORMATS 2: 21 names over 22 fields; none is malformed, and no column is shifted."""
    path = shared_data / "readings" / "gnettrack_dakar" / f"{name}.txt"
    header, *lines = path.read_text().splitlines()
    assert len(header.split("\t")) == 21
    assert {len(line.split("\t")) for line in lines} == {22}
    log = read(path.read_bytes(), path.name, timezone="Africa/Dakar", box=None)
    assert log.n_rows == len(lines)
    fields = {row: line.split("\t") for row, line in enumerate(lines, start=2)}
    for row, channel in log.of_row("arfcn").items():
        assert channel is None or str(channel) == fields[row][15]
    for row, height in log.of_row("altitude_m").items():
        assert height == float(fields[row][17])
