"""Android Network Survey CSV; the fixtures hold one trap a row, told by its line number below."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

Read = Callable[..., Any]


@pytest.fixture
def lte(read: Read) -> Any:
    return read("network_survey_lte.csv")


@pytest.fixture
def states(read: Read) -> Any:
    return read("network_survey_phonestate.csv")


def test_comments_count_as_lines(lte: Any) -> None:
    assert sorted([*lte.column("source_row"), *lte.reasons]) == [4, 5, 6, 7, 8]


def test_no_fix_is_refused(lte: Any) -> None:
    assert lte.reasons[5] == "zero_position"


def test_zero_speed_accuracy_and_altitude_are_not_known(lte: Any) -> None:
    # line 6: a position with 0.0 in all three
    assert lte.of_row("speed_mps")[6] is None
    assert lte.of_row("gps_accuracy_m")[6] is None
    assert lte.of_row("altitude_m")[6] is None


def test_time_with_offset_z_and_without(lte: Any) -> None:
    assert lte.of_row("time")[4] == datetime(2024, 1, 20, 2, 15, 2, 123_000, tzinfo=UTC)
    assert lte.of_row("time")[6] == datetime(2024, 1, 20, 2, 15, 3, 130_000, tzinfo=UTC)
    assert lte.reasons[7] == "bad_time"


def test_serving_neighbour_and_not_known(lte: Any) -> None:
    assert lte.of_row("is_serving") == {4: True, 6: False, 8: None}


def test_rssi_is_not_the_level(lte: Any) -> None:
    assert lte.of_row("signal_dbm") == {4: -104, 6: -112, 8: -104}


def test_age_of_the_fix_enters_the_weight(lte: Any) -> None:
    assert lte.of_row("weight")[4] == pytest.approx(0.5)  # line 4: 8 s, sqrt(2 / 8)
    assert lte.of_row("weight")[8] == 1.0


def test_two_sims_are_one_device(lte: Any) -> None:
    assert len(set(lte.column("device_id"))) == 1


def test_serial_number_is_written_nowhere(lte: Any) -> None:
    assert "356938035643809" not in str(lte.readings.to_pylist())
    assert "356938035643809" not in str(lte.rejects.to_pylist())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nr", ("NR", -101, -11, 68719476734, 1234, 900, 460000, True)),
        ("umts", ("UMTS", -91, -9, 844093, 40122, 33, 10563, True)),
        ("gsm", ("GSM", -85, None, 801, 40122, None, 78, True)),  # a BSIC is no PCI
    ],
)
def test_other_technologies(read: Read, name: str, expected: tuple[Any, ...]) -> None:
    log = read(f"network_survey_{name}.csv")
    columns = (
        "rat", "signal_dbm", "quality_db", "cell_identity", "area_code", "pci", "arfcn",
        "is_serving",
    )  # fmt: skip
    assert tuple(log.column(column)[0] for column in columns) == expected


def test_log_of_another_kind_is_skipped(read: Read) -> None:
    log = read("network_survey_wifi.csv")
    assert log.n_rows == 0
    assert "another kind" in log.notes[0]


def test_phone_states(states: Any) -> None:
    # 4 registered, Wi-Fi calling beside it; 5 neither technology nor cell; 6 a cell it may not
    # use; 9 registered abroad; 12 registered, cell not named
    assert states.of_row("service_state") == {
        4: "in_service", 5: "no_service", 6: "limited", 9: "in_service", 12: "in_service"
    }  # fmt: skip


def test_phone_states_that_say_nothing_are_refused(states: Any) -> None:
    # 7 empty list, 8 no SIM, 10 Wi-Fi only, 11 damaged JSON
    assert states.reasons == dict.fromkeys((7, 8, 10, 11), "no_radio_meaning")


def test_no_service_belongs_to_the_sims_network(states: Any) -> None:
    assert states.of_row("plmn")[5] == "510-10"
    assert states.of_row("operator")[5] == "Telkomsel"
    assert [row for row, flag in states.of_row("dq_plmn_assumed").items() if flag] == [5]


def test_no_service_has_neither_level_nor_technology(states: Any) -> None:
    assert states.of_row("signal_dbm")[5] is None
    assert states.of_row("rat")[5] is None


def test_roaming_is_flagged(states: Any) -> None:
    assert [row for row, flag in states.of_row("dq_roaming").items() if flag] == [9]
