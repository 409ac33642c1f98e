"""Geosubmit v2 JSON; the fixtures hold one trap an item, told by its number below."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coverage.errors import InputError
from coverage.readings.formats import geosubmit

Read = Callable[..., Any]


@pytest.fixture
def log(read: Read) -> Any:
    return read("geosubmit.json")


def item(**changes: Any) -> str:
    place = '"position":{"latitude":-6.4123,"longitude":106.1235,"accuracy":8.0}'
    cell = '{"radioType":"lte","serving":1,"signalStrength":-104}'
    towers = changes.get("towers", f"[{cell}]")
    return f'{{"timestamp":1705716902123,{place},"cellTowers":{towers}}}'


def test_several_cells_share_a_row(log: Any) -> None:
    assert log.column("source_row") == [1, 1, 2, 2, 4, 7]
    assert log.n_rows == 12


def test_ages_count_back_from_the_timestamp(log: Any) -> None:
    # 1: 300 ms
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 1, 823_000, tzinfo=UTC)


def test_rssi_posing_as_level_is_refused(log: Any) -> None:
    # 2, first cell: -51 is -113 + 2 x 31
    assert log.rejects.column("reason").to_pylist()[0] == "no_radio_meaning"
    assert log.rejects.column("source_row").to_pylist()[0] == 2


@pytest.mark.parametrize(("dbm", "n_taken"), [(-51, 0), (-52, 1)])
def test_rssi_rule_is_exact(read: Read, dbm: int, n_taken: int) -> None:
    content = item(towers=f'[{{"radioType":"lte","asu":31,"signalStrength":{dbm}}}]')
    assert read(content.encode(), "x.json").readings.num_rows == n_taken


def test_asu_stands_in_for_the_level_by_technology(log: Any) -> None:
    # 2: UMTS 20 and GSM 10; 4: NR 40
    assert log.column("signal_dbm") == [-104, -112, -96, -93, -100, -104]


def test_null_identity_is_not_known(log: Any) -> None:
    assert log.column("cell_identity")[:2] == [27447041, None]
    assert not log.column("dq_identity_invalid")[1]


def test_missing_serving_is_not_known(log: Any) -> None:
    # 7 says true in place of 1
    assert log.column("is_serving") == [True, False, None, None, True, True]


def test_manual_position_is_coarse(log: Any) -> None:
    assert log.column("dq_coarse_position") == [False, False, False, False, True, False]


def test_refused_items(log: Any) -> None:
    # 3: no timestamp, 5: cell 31 s older than the fix, 6: Wi-Fi only, 8: a number
    reasons = list(zip(
        log.rejects.column("source_row").to_pylist(), log.rejects.column("reason").to_pylist(),
        strict=True,
    ))  # fmt: skip
    assert reasons == [
        (2, "no_radio_meaning"), (2, "rat_not_used"), (3, "bad_time"), (5, "fix_and_cell_apart"),
        (6, "not_cellular"), (8, "malformed_row"),
    ]  # fmt: skip


def test_numbers_written_as_text_are_read(log: Any) -> None:
    assert log.column("latitude_deg")[-1] == -6.4129  # 7


def test_networks_are_written_nowhere(log: Any) -> None:
    text = str([*log.readings.to_pylist(), *log.rejects.to_pylist()])
    assert "aa:bb" not in text
    assert "home" not in text


def test_lines_of_items_and_of_reports(read: Read) -> None:
    # 2: damaged line, 3 and 4: a report of two items in one line, 6: cut by the end of the file
    log = read("geosubmit.ndjson")
    assert log.column("source_row") == [1, 3, 4, 5]
    assert log.reasons == {2: "malformed_row", 6: "malformed_row"}


def test_cut_report_keeps_its_whole_items(read: Read) -> None:
    content = f'{{"items":[{item()},{item()[:60]}'
    log = read(content.encode(), "x.json")
    assert (log.n_rows, log.readings.num_rows) == (2, 1)
    assert log.tally == {"malformed_row": 1}


def test_damage_inside_a_report_is_an_error(read: Read) -> None:
    content = f'{{"items":[{item()},{{"timestamp" 1}},{item()}]}}' + " " * 100
    with pytest.raises(InputError, match="Invalid JSON"):
        read(content.encode(), "x.json")


def test_keys_before_the_items_and_after(read: Read) -> None:
    content = f'{{"version":"2","note":"a \\"b\\"","items":[{item()}],"more":{{"a":[1]}}}}'
    assert read(content.encode(), "x.json").n_rows == 1


def test_deep_nesting_is_an_error(read: Read) -> None:
    content = '{"items":[{"cellTowers":' + "[" * 200_000
    with pytest.raises(InputError, match="too deeply"):
        read(content.encode(), "x.json")


def test_endless_text_is_an_error(read: Read) -> None:
    content = b'{"items":[{"cellTowers":"' + b"x" * 30_000_000
    with pytest.raises(InputError, match="more than 8388608 characters"):
        read(content, "x.json")


@pytest.mark.parametrize("value", ["1e999", "NaN", "Infinity", "1" + "0" * 400, '"x"', "[1]", "{}"])
def test_numbers_that_are_none_are_not_known(read: Read, value: str) -> None:
    towers = f'[{{"radioType":"lte","signalStrength":-104,"cellId":{value},"asu":{value}}}]'
    log = read(item(towers=towers).encode(), "x.json")
    assert log.column("cell_identity") == [None]


def test_small_parts_read_the_same(read: Read, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read("geosubmit.json")
    monkeypatch.setattr(geosubmit, "_ITEMS", 1)
    monkeypatch.setattr("coverage.readings.json_stream._READ_BYTES", 64)
    assert read("geosubmit.json").readings.equals(whole.readings)
