"""Nemo .nmf; the fixture holds one trap a line, told by its number below."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coverage.readings.formats import nemo

Read = Callable[..., Any]
FOLDER = "readings/nemo_samples"
START = '#FF,,,"2.31"\n#START,10:00:00.000,,"20.1.2024"\n'


@pytest.fixture
def log(read: Read) -> Any:
    return read("nemo.nmf")


@pytest.fixture
def sample(read: Read, shared_data: Path) -> Callable[[str], Any]:
    def run(name: str) -> Any:
        path = shared_data / FOLDER / name
        if not path.exists():
            pytest.skip("no Nemo sample here")
        return read(path.read_bytes(), name, box=None, timezone="Asia/Bangkok")

    return run


def test_serving_cell_of_lte(log: Any) -> None:
    # 10: the stronger neighbour of type 2 does not count
    row = {
        name: log.of_row(name)[10] for name in ("rat", "signal_dbm", "quality_db", "pci", "arfcn")
    }
    assert row == {"rat": "LTE", "signal_dbm": -112, "quality_db": -15, "pci": 242, "arfcn": 38852}


def test_network_and_cell_are_joined_forward(log: Any) -> None:
    # 6 comes before SEI and CHI, 11 is on a PCI no CHI spoke of; MNC 1 is 01
    assert [log.of_row("plmn")[row] for row in (6, 10, 11)] == [None, "510-01", "510-01"]
    assert [log.of_row("cell_identity")[row] for row in (6, 10, 11)] == [None, 27447041, None]
    assert [log.of_row("area_code")[row] for row in (6, 10, 11)] == [None, 1234, None]


def test_strongest_of_the_active_set_serves(log: Any) -> None:
    # 18: two active cells on two carriers; 20: a monitored cell (type 1) is stronger
    assert log.of_row("signal_dbm")[18] == pytest.approx(-52.1)
    assert log.of_row("arfcn")[18] == 10563
    assert log.of_row("signal_dbm")[20] == -55


def test_umts_identity_holds_for_the_psc_first_met(log: Any) -> None:
    # 19 names the cell, 20 is on PSC 33, 21 on PSC 40
    assert log.of_row("cell_identity")[20] == 844093
    assert log.of_row("cell_identity")[21] is None


def test_position_is_the_nearest_fix_within_three_seconds(log: Any) -> None:
    # 6: 0.5 s before the fix; 16: 4 s from either; 18: after the second fix
    assert log.of_row("longitude_deg")[6] == 106.1235
    assert log.of_row("longitude_deg")[18] == 106.1236
    assert log.reasons[16] == "no_position"


@pytest.mark.parametrize(("second", "expected"), [("03.000", 1), ("03.001", 0)])
def test_fix_gap_has_a_sharp_end(read: Read, second: str, expected: int) -> None:
    content = START + (
        "GPS,10:00:00.000,,106.123500,-6.412300,45,8,1,9,36\n"
        f"CELLMEAS,10:00:{second},,8,0,1,9,0,80040,38852,242,-76.0,-112.0,-15.0,,124.0\n"
    )
    assert read(content.encode(), "x.nmf").readings.num_rows == expected


def test_fix_without_quality_or_at_zero_is_none(read: Read) -> None:
    content = START + (
        "GPS,10:00:00.000,,106.123500,-6.412300,45,8,0,9,36\n"
        "GPS,10:00:00.000,,0.0,0.0,45,8,1,9,36\n"
        "CELLMEAS,10:00:00.500,,8,0,1,9,0,80040,38852,242,-76.0,-112.0,-15.0,,124.0\n"
    )
    assert read(content.encode(), "x.nmf").tally == {"no_position": 1}


def test_speed_is_in_metres_per_second(log: Any) -> None:
    assert log.of_row("speed_mps")[6] == 10  # 36 km/h


def test_falling_clock_is_the_next_day(log: Any) -> None:
    # 10 is read before midnight in Jakarta, 18 after it
    assert log.of_row("time")[10] == datetime(2024, 1, 20, 16, 59, 51, 500_000, tzinfo=UTC)
    assert log.of_row("time")[18] == datetime(2024, 1, 20, 17, 0, 1, 500_000, tzinfo=UTC)


def test_records_a_little_out_of_order_are_the_same_day(read: Read) -> None:
    line = "CELLMEAS,10:00:{},,8,0,1,9,0,80040,38852,242,-76.0,-11{}.0,-15.0,,124.0\n"
    content = START + (
        "GPS,10:00:01.000,,106.123500,-6.412300,45,8,1,9,36\n"
        + line.format("02.000", 2) + line.format("01.990", 3)
    )  # fmt: skip
    assert [at.day for at in read(content.encode(), "x.nmf").column("time")] == [20, 20]


def test_refused_records(log: Any) -> None:
    # 12: no cell of type 0; 13: fewer fields than announced; 22: WLAN; 23: GSM; 24: the scanner's
    # floor; 26: nothing heard; 28: the last line, cut inside a number
    assert log.reasons == {
        12: "no_serving_cell", 13: "malformed_row", 16: "no_position", 22: "not_cellular",
        23: "layout_not_known", 24: "no_radio_meaning", 26: "no_cell_heard", 28: "malformed_row",
    }  # fmt: skip


def test_scanner_hears_and_is_not_served(log: Any) -> None:
    # 24: OFDMSCAN of type 1, whose type 2 (25) says the same once more; 27: PILOTSCAN
    scans = [row for row, flag in zip(
        log.column("source_row"), log.column("dq_scanner"), strict=True) if flag]  # fmt: skip
    assert scans == [24, 27, 27]
    assert log.of_row("is_serving")[24] is False
    assert log.of_row("sinr_db")[24] == pytest.approx(14.4)
    assert log.of_row("plmn")[24] is None


def test_personal_records_are_written_nowhere(log: Any) -> None:
    text = str([*log.readings.to_pylist(), *log.rejects.to_pylist()])
    assert not any(number in text for number in ("356938035643809", "510101234567890", "628123"))


def test_without_date_there_is_no_time(read: Read) -> None:
    content = (
        '#FF,,,"2.31"\nGPS,10:00:00.000,,106.1,-6.4,45,8,1,9,36\n'
        "CELLMEAS,10:00:00.500,,8,0,1,9,0,80040,38852,242,-76.0,-112.0,-15.0,,124.0\n"
    )
    assert read(content.encode(), "x.nmf").tally == {"bad_time": 1}


def test_small_blocks_read_the_same(
    read: Read, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read("nemo.nmf")
    monkeypatch.setattr("coverage.readings.lines.line_blocks.__defaults__", ("utf-8", 300))
    assert read("nemo.nmf").readings.equals(whole.readings)


def positions(n: int) -> list[bytes]:
    """Fixes of the first seconds of a day."""
    return [
        b"GPS,%02d:%02d:%02d.000,,106.1,-6.4,45,8,1,9,36" % (s // 3600, s // 60 % 60, s % 60)
        for s in range(n)
    ]


FIRST_DAY = b'#START,00:00:00.000,,"20.1.2024"'
MEASUREMENT = b"CELLMEAS,%s,,8,0,1,9,0,80040,38852,242,-76.0,-112.0,-15.0,,124.0"


def test_of_a_log_of_positions_alone_no_more_is_kept_than_may_be_needed() -> None:
    log = nemo._Log()
    kept = []
    for row, line in enumerate([FIRST_DAY, *positions(5_000)], start=1):
        log.take(line, row, is_cut=False)
        if row % 100 == 0:
            assert log.ready("UTC", is_end=False) is None
            kept.append(len(log.fixes))
    assert max(kept) <= 10


def test_a_measurement_after_many_positions_alone_is_placed(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coverage.readings.lines.line_blocks.__defaults__", ("utf-8", 300))
    lines = [b'#FF,,,"2.31"', FIRST_DAY, *positions(500), MEASUREMENT % b"00:08:17.500"]
    log = read(b"\n".join(lines) + b"\n", "x.nmf")
    assert log.column("latitude_deg") == [-6.4]


def test_with_a_clock_that_stands_still_no_more_waits_than_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nemo, "_MOST_KEPT", 50)
    log = nemo._Log()
    n_out = 0
    for row, line in enumerate([FIRST_DAY, *[MEASUREMENT % b"00:00:01.000"] * 500], start=1):
        log.take(line, row, is_cut=False)
        draft = log.ready("UTC", is_end=False)
        n_out += 0 if draft is None else len(draft)
        assert len(log.rows) <= 50
    assert n_out == 450


def test_real_lte_sample_without_stop(sample: Callable[[str], Any]) -> None:
    log = sample("lte_tdd_volte_bangkok.nmf")
    assert (log.n_rows, log.readings.num_rows) == (7, 6)
    assert log.tally == {"no_position": 1}
    assert set(log.column("plmn")) == {"520-47"}
    assert set(log.column("cell_identity")) == {77272361}


def test_real_umts_sample(sample: Callable[[str], Any]) -> None:
    log = sample("umts_download_rayong.nmf")
    assert (log.n_rows, log.readings.num_rows) == (47, 47)
    assert log.column("plmn").count("520-05") == 46  # the first comes before SEI


def test_real_umts_sample_holds_its_own_sum(shared_data: Path) -> None:
    """RSCP = RSSI + Ec/N0 on the same carrier, for each of the 82 active cells (FORMATS 4)."""
    from coverage.readings.nemo_records import items, number

    path = shared_data / FOLDER / "umts_download_rayong.nmf"
    if not path.exists():
        pytest.skip("no Nemo sample here")
    errors = []
    for line in path.read_bytes().splitlines():
        fields = line.split(b",")
        if fields[0] != b"CELLMEAS":
            continue
        channels, after = items(fields, 5) or ([], 0)
        rssi = {channel[0]: number(channel[1]) for channel in channels}
        cells, _ = items(fields, after) or ([], 0)
        errors += [
            number(cell[6]) - rssi[cell[2]] - number(cell[4]) for cell in cells if cell[0] == b"0"
        ]
    assert len(errors) == 82
    assert max(map(abs, errors)) < 0.11
