"""G-NetTrack KML, one long line; the fixture holds one trap a placemark, told by its number."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coverage.errors import InputError

Read = Callable[..., Any]


@pytest.fixture
def log(read: Read) -> Any:
    return read("gnettrack.kml")


def test_styling_is_no_row(log: Any) -> None:
    assert log.n_rows == 7


def test_values_carry_units(log: Any) -> None:
    row = {name: log.column(name)[0] for name in (
        "signal_dbm", "quality_db", "sinr_db", "speed_mps", "gps_accuracy_m", "altitude_m",
        "uplink_kbps", "downlink_kbps")}  # fmt: skip
    assert row == {
        "signal_dbm": -104, "quality_db": -14, "sinr_db": 2, "speed_mps": 10, "gps_accuracy_m": 6,
        "altitude_m": 45, "uplink_kbps": 12, "downlink_kbps": 120,
    }  # fmt: skip


def test_coordinates_are_longitude_first(log: Any) -> None:
    assert (log.column("latitude_deg")[0], log.column("longitude_deg")[0]) == (-6.4123, 106.1235)


def test_umts_takes_the_hexadecimal_area_code(log: Any) -> None:
    # 2: no TAC, LACHEX 9CBA
    assert log.of_row("rat")[2] == "UMTS"
    assert log.of_row("area_code")[2] == 40122


def test_refused_placemarks(log: Any) -> None:
    # 3: 3G without band is a change of technology, 5: -200 is missing, not no service, 6: no time,
    # 7: one coordinate
    assert log.reasons == {
        3: "no_radio_meaning", 5: "no_radio_meaning", 6: "bad_time", 7: "no_position"
    }  # fmt: skip


def test_bare_5g_is_ambiguous_and_a_transfer_is_flagged(log: Any) -> None:
    assert log.of_row("rat")[4] == "LTE"
    assert log.of_row("dq_rat_ambiguous")[4] is True
    assert log.of_row("dq_during_transfer") == {1: False, 2: False, 4: True}


def test_local_time_takes_the_configs_zone(log: Any) -> None:
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC)
    assert log.column("source_timezone")[0] == "Asia/Jakarta"


def test_personal_values_are_written_nowhere(log: Any) -> None:
    text = str([*log.readings.to_pylist(), *log.rejects.to_pylist()])
    assert not any(part in text for part in ("356938035643809", "10.1.2.3", "Ana"))


def test_cut_file_keeps_its_whole_placemarks(read: Read, data: Path) -> None:
    content = (data / "gnettrack.kml").read_bytes()
    cut = content.index(b"106.1236") + 4
    log = read(content[:cut], "x.kml")
    assert (log.n_rows, log.readings.num_rows) == (2, 1)
    assert log.tally == {"malformed_row": 1}


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE kml>",
        '<!DOCTYPE kml SYSTEM "http://example.org/x.dtd">',
        '<!DOCTYPE kml [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;">]>',
    ],
)
def test_document_types_and_entities_are_refused(read: Read, data: Path, declaration: str) -> None:
    content = (data / "gnettrack.kml").read_text().replace("<kml", declaration + "<kml", 1)
    with pytest.raises(InputError, match="declares a document type or entities"):
        read(content.encode(), "x.kml")


def test_damage_in_the_middle_is_an_error(read: Read, data: Path) -> None:
    content = (data / "gnettrack.kml").read_text().replace("</Data>", "</data>", 3)
    with pytest.raises(InputError, match="Invalid XML"):
        read(content.encode(), "x.kml")


def test_endless_tag_is_an_error(read: Read, data: Path) -> None:
    content = (data / "gnettrack.kml").read_bytes().partition(b"</Document>")[0]
    with pytest.raises(InputError, match="no element in"):
        read(content + b"<a b='" + b"x" * 20_000_000, "x.kml")


def test_endless_text_costs_nothing(read: Read, data: Path) -> None:
    content = (data / "gnettrack.kml").read_bytes()
    filled = content.replace(b"-104 dBm", b"-104 dBm" + b" " * 3_000_000, 1)
    assert read(filled, "x.kml").n_rows == 7


def test_other_kml_is_not_recognised(read: Read) -> None:
    with pytest.raises(InputError, match="Invalid format"):
        read(b'<?xml version="1.0"?><kml><Placemark/></kml>', "x.kml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("106.15,-6.1,7", (-6.1, 106.15, 7.0)),
        ("106.15,-6.1", (-6.1, 106.15, None)),
        ("106.15,-6.1,0", (-6.1, 106.15, None)),
        (" 1.0615e2 , -6.1 , 7", (-6.1, 106.15, 7.0)),
        ("106.15,-6.1,high", (-6.1, 106.15, None)),
    ],
)
def test_a_position_is_read_however_it_is_written(
    read: Read, data: Path, text: str, place: tuple[float, float, float | None]
) -> None:
    content = (data / "gnettrack.kml").read_text()
    first = re.sub("<coordinates>.*?</coordinates>", f"<coordinates>{text}</coordinates>", content)
    without_altitude = re.sub('<Data name="ALTITUDE">.*?</Data>', "", first, flags=re.DOTALL)
    log = read(without_altitude.encode(), "x.kml")
    columns = ("latitude_deg", "longitude_deg", "altitude_m")
    assert log.readings.select(columns).to_pylist()[0] == dict(zip(columns, place, strict=True))
