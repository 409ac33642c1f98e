"""Radio values: just inside and just outside of every range, sentinels, stale repeats."""

import numpy as np
import pytest

from coverage.readings import quality
from coverage.readings.codes import Codes
from coverage.readings.tracks import track_of

NONE = float("nan")


def one(value: float) -> "np.typing.NDArray[np.float64]":
    return np.array([value], dtype=np.float64)


@pytest.mark.parametrize(
    ("rat", "level", "is_good"),
    [
        ("LTE", -140, True), ("LTE", -140.1, False), ("LTE", -44, True), ("LTE", -43.9, False),
        ("UMTS", -121, True), ("UMTS", -122, False), ("UMTS", -25, True), ("UMTS", -24, False),
        ("GSM", -113, True), ("GSM", -114, False), ("GSM", -47, True), ("GSM", -46, False),
        ("NR", -156, True), ("NR", -157, False), ("NR", -31, True), ("NR", -30, False),
        ("LTE", 0, False), ("LTE", 2147483647, False), ("LTE", -200, False), (None, -100, False),
    ],
)  # fmt: skip
def test_level(rat: str | None, level: float, is_good: bool) -> None:
    value, bad = quality.valid_level(Codes.of([rat]), one(level), one(NONE), np.array([False]))
    assert (not np.isnan(value[0]), bool(bad[0])) == (is_good, not is_good)


@pytest.mark.parametrize(("level", "is_good"), [(-149.9, True), (-150.0, False), (-141.0, True)])
def test_a_scanner_hears_down_to_its_floor(level: float, is_good: bool) -> None:
    value, _ = quality.valid_level(Codes.of(["LTE"]), one(level), one(NONE), np.array([True]))
    assert np.isnan(value[0]) != is_good


@pytest.mark.parametrize(
    ("level", "rsrq", "is_good"), [(-140, -3, False), (-140, -4, True), (-139, -3, True)]
)
def test_minus_140_with_minus_3_says_nothing(level: float, rsrq: float, is_good: bool) -> None:
    value, _ = quality.valid_level(Codes.of(["LTE"]), one(level), one(rsrq), np.array([False]))
    assert np.isnan(value[0]) != is_good


def test_a_missing_level_is_no_fault() -> None:
    value, bad = quality.valid_level(Codes.of(["LTE"]), one(NONE), one(NONE), np.array([False]))
    assert np.isnan(value[0])
    assert not bad[0]


@pytest.mark.parametrize(
    ("rat", "value", "is_good", "is_flagged"),
    [
        ("LTE", -30, True, False), ("LTE", -31, False, True), ("LTE", -3, True, False),
        ("LTE", -2, False, True), ("UMTS", -25, True, False), ("UMTS", 0, True, False),
        ("UMTS", 1, False, True), ("NR", 20, True, False), ("NR", -44, False, True),
        ("GSM", 5, False, False), ("GSM", NONE, False, False),
    ],
)  # fmt: skip
def test_rsrq_and_ec_n0(rat: str, value: float, is_good: bool, is_flagged: bool) -> None:
    found, bad = quality.valid_quality(Codes.of([rat]), one(value))
    assert (not np.isnan(found[0]), bool(bad[0])) == (is_good, is_flagged)


@pytest.mark.parametrize(
    ("value", "placeholder", "is_good"),
    [(-30, None, True), (-31, None, False), (40, None, True), (41, None, False), (0, 0.0, False),
     (0, None, True), (1, 0.0, True)],
)  # fmt: skip
def test_sinr(value: float, placeholder: float | None, is_good: bool) -> None:
    found, bad = quality.valid_sinr(one(value), placeholder)
    assert (not np.isnan(found[0]), bool(bad[0])) == (is_good, not is_good)


@pytest.mark.parametrize(
    ("rat", "area", "cell", "pci", "is_good"),
    [
        ("LTE", 1, 1, 0, True), ("LTE", 65_533, 2**28 - 1, 503, True), ("LTE", 65_534, 1, 0, False),
        ("LTE", 0, 1, 0, False), ("LTE", 1, 2**28, 0, False), ("LTE", 1, 0, 0, False),
        ("LTE", 1, 1, 504, False), ("LTE", 1, 1, -1, False), ("LTE", 1, -1, 0, False),
        ("LTE", 1, 2147483647, 0, False), ("UMTS", 1, 1, 511, True), ("UMTS", 1, 1, 512, False),
        ("GSM", 1, 65_535, 63, True), ("GSM", 1, 65_536, 63, False),
        ("NR", 16_777_213, 2**36 - 1, 1007, True), ("NR", 1, 2**36, 0, False),
        ("NR", 1, 9223372036854775807, 0, False), ("NR", 16_777_214, 1, 0, False),
    ],
)  # fmt: skip
def test_identities(rat: str, area: float, cell: float, pci: float, is_good: bool) -> None:
    *values, bad = quality.valid_identity(Codes.of([rat]), one(area), one(cell), one(pci))
    assert bool(bad[0]) != is_good
    assert all(not np.isnan(v[0]) for v in values) == is_good


def test_area_and_cell_are_exchanged_only_where_both_then_fit() -> None:
    rat = Codes.of(["LTE", "LTE", "LTE"])
    area, cell = (
        np.array([53993514.0, 1234.0, 53993514.0]),
        np.array([54787.0, 27447041.0, 70000.0]),
    )
    new_area, new_cell = quality.unswapped(rat, area, cell)
    assert new_area.tolist() == [54787, 1234, 53993514]
    assert new_cell.tolist() == [53993514, 27447041, 70000]


@pytest.mark.parametrize(
    ("rat", "high"), [("GSM", 1023), ("UMTS", 16383), ("LTE", 262143), ("NR", 3279165)]
)
def test_channels(rat: str, high: float) -> None:
    found = quality.valid_arfcn(Codes.of([rat] * 3), np.array([high, high + 1, -1.0]))
    assert found[0] == high
    assert np.isnan(found[1:]).all()


def test_roaming_compares_network_codes_as_numbers() -> None:
    serving = Codes.of(["510-10", "510-01", "510-10", None, "510-10"])
    sim = Codes.of(["510-10", "510-1", "510-01", "510-10", None])
    assert quality.is_roaming(serving, sim).tolist() == [False, False, True, False, False]


def stale(
    seconds: "np.typing.ArrayLike", metres: "np.typing.ArrayLike", level: list[float],
    rsrq: list[float] | None = None,
) -> list[bool]:  # fmt: skip
    n = len(level)
    latitude = np.degrees(np.asarray(metres) / 6_371_008.8)
    time_us = (np.asarray(seconds) * 1e6).astype(np.int64)
    same = np.ones(n)
    columns = (same, same, same, np.array(level), np.array(rsrq or [-9.0] * n), same * NONE)
    found: list[bool] = quality.is_stale(
        track_of(Codes.constant("d", n), latitude, np.zeros(n), time_us), time_us, columns,
        duration_s=30, distance_m=50, min_rows=5,
    ).tolist()  # fmt: skip
    return found


def test_a_repeat_is_stale_over_thirty_seconds_and_fifty_metres() -> None:
    assert stale(np.arange(32), np.arange(32) * 2, [-100.0] * 32) == [True] * 32
    assert not any(stale(np.arange(31), np.arange(31) * 2, [-100.0] * 31))  # 30 s
    assert not any(stale(np.arange(32), np.arange(32) * 1.6, [-100.0] * 32))  # 49.6 m


def test_a_change_of_any_value_is_fresh() -> None:
    assert not any(
        stale(np.arange(40), np.arange(40) * 9, [-100.0] * 20 + [-101.0] + [-100.0] * 19)
    )


def test_no_service_and_a_level_alone_are_not_judged() -> None:
    assert not any(stale(np.arange(40), np.arange(40) * 9, [NONE] * 40))
    assert not any(stale(np.arange(40), np.arange(40) * 9, [-100.0] * 40, [NONE] * 40))


def test_few_rows_may_agree_by_chance() -> None:
    assert not any(stale(np.arange(4) * 20, np.arange(4) * 90, [-100.0] * 4))
    assert all(stale(np.arange(5) * 20, np.arange(5) * 90, [-100.0] * 5))
