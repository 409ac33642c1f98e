"""Positions: none, zero, swapped, outside, frozen, jumping; just inside and just outside."""

from typing import Any

import numpy as np
import pytest

from coverage.readings import positions
from coverage.readings.codes import Codes
from coverage.readings.params import QualityParams
from coverage.readings.tracks import track_of

BOX = (-7.1, 105.0, -5.7, 106.8)
PARAMS = QualityParams()


def reason(latitude: float, longitude: float, box: Any = BOX) -> str | None:
    found = positions.bad_positions(np.array([latitude]), np.array([longitude]), box)
    return next((name for name, mask in found.items() if mask[0]), None)


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (-6.4, 106.1, None), (-7.1, 105.0, None), (-5.7, 106.8, None),
        (-7.1000001, 105.0, "outside_box"), (-5.7, 106.8000001, "outside_box"),
        (106.1, -6.4, "coordinates_swapped"), (0.0, 0.0, "zero_position"),
        (0.0, 106.0, "outside_box"),
        (np.nan, 106.1, "no_position"), (-6.4, np.inf, "no_position"), (91.0, 181.0, "outside_box"),
    ],
)  # fmt: skip
def test_a_position_is_held_to_the_box(
    latitude: float, longitude: float, expected: str | None
) -> None:
    assert reason(latitude, longitude) == expected


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (90.0, 180.0, None), (90.1, 0.1, "position_out_of_range"), (-90.0, -180.0, None),
        (0.1, -180.1, "position_out_of_range"),
    ],
)  # fmt: skip
def test_without_a_box_only_the_globe_counts(
    latitude: float, longitude: float, expected: str | None
) -> None:
    assert reason(latitude, longitude, None) == expected


@pytest.mark.parametrize(
    ("column", "good", "bad", "expected"),
    [
        ("accuracy_m", 9_999.0, 10_000.0, "position_too_coarse"),
        ("altitude_m", 5_000.0, 5_001.0, "altitude_implausible"),
        ("age_gap_s", 15.0, 15.1, "fix_and_cell_apart"),  # at 10 m/s: 150 m
        ("age_gap_s", -15.0, -15.1, "fix_and_cell_apart"),
    ],
)
def test_a_fix_that_says_little_is_refused(
    column: str, good: float, bad: float, expected: str
) -> None:
    for value, wanted in ((good, None), (bad, expected), (np.nan, None)):
        given = {name: np.array([np.nan]) for name in ("accuracy_m", "altitude_m", "age_gap_s")}
        given[column] = np.array([value])
        found = positions.bad_fixes(**given, speed_mps=np.array([10.0]), params=PARAMS)
        assert next((name for name, mask in found.items() if mask[0]), None) == wanted


def test_a_gap_over_thirty_seconds_is_refused_at_any_speed() -> None:
    unknown = np.full(2, np.nan)
    gap = np.array([30.0, 30.1])
    found = positions.bad_fixes(unknown, unknown, gap, unknown, PARAMS)
    assert found["fix_and_cell_apart"].tolist() == [False, True]


def frozen(
    seconds: list[float], speed_kmh: list[float], latitude: list[float] | None = None,
    device: list[str] | None = None,
) -> tuple[list[bool], list[bool]]:  # fmt: skip
    n = len(seconds)
    lat = np.array(latitude or [1.0] * n)
    time_us = (np.array(seconds) * 1e6).astype(np.int64)
    track = track_of(Codes.of(device or ["d"] * n), lat, np.zeros(n), time_us)
    masks = positions.frozen(
        track, time_us=time_us, latitude_deg=lat, longitude_deg=np.zeros(n),
        speed_mps=np.array(speed_kmh) / 3.6, params=PARAMS,
    )  # fmt: skip
    return masks[0].tolist(), masks[1].tolist()


def test_a_run_is_frozen_when_longer_than_ten_seconds() -> None:
    assert frozen([0, 5, 10], [20, 20, 20])[0] == [False] * 3
    assert frozen([0, 5, 11], [20, 20, 20])[0] == [True] * 3


def test_a_run_is_frozen_only_above_ten_km_h() -> None:
    assert frozen([0, 11], [10.0, 10.0])[0] == [False, False]
    assert frozen([0, 11], [10.1, 10.1])[0] == [True, True]
    assert frozen([0, 11], [np.nan, np.nan])[0] == [False, False]


def test_a_new_position_begins_a_new_run() -> None:
    assert frozen([0, 6, 12], [20, 20, 20], [1.0, 1.1, 1.1])[0] == [False] * 3


def test_slow_rows_that_wait_on_a_frozen_position_are_told_apart() -> None:
    is_frozen, waits = frozen([0, 11, 12, 13], [20, 20, 0, 20], [1.0, 1.0, 1.0, 2.0])
    assert is_frozen == [True, True, False, False]
    assert waits == [False, False, True, False]


def test_two_phones_side_by_side_do_not_thaw_each_other() -> None:
    is_frozen, _ = frozen([0, 0, 11, 11], [20] * 4, [1.0, 2.0, 1.0, 2.1], ["a", "b", "a", "b"])
    assert is_frozen == [True, False, True, False]


def jump(metres: float, seconds: float | None, accuracy: float = np.nan) -> bool:
    latitude = np.array([0.0, np.degrees(metres / 6_371_008.8)])
    time_us = None if seconds is None else np.array([0, int(seconds * 1e6)])
    track = track_of(Codes.constant("d", 2), latitude, np.zeros(2), time_us)
    return bool(positions.is_jump(track, np.full(2, accuracy), PARAMS)[1])


@pytest.mark.parametrize(
    ("metres", "seconds", "accuracy", "expected"),
    [
        (99.0, 2.0, np.nan, False), (101.0, 2.0, np.nan, True), (49.0, 0.0, np.nan, False),
        (51.0, 0.0, np.nan, True), (101.0, 2.0, 102.0, False), (499.0, None, np.nan, False),
        (501.0, None, np.nan, True),
    ],
)  # fmt: skip
def test_a_jump_is_faster_than_fifty_metres_a_second(
    metres: float, seconds: float | None, accuracy: float, expected: bool
) -> None:
    assert jump(metres, seconds, accuracy) is expected


def test_the_first_row_never_jumps() -> None:
    track = track_of(Codes.of(["a", "b"]), np.array([0.0, 9.0]), np.zeros(2), np.array([0, 0]))
    assert not positions.is_jump(track, np.full(2, np.nan), PARAMS).any()


def test_a_network_is_held_to_its_country() -> None:
    plmn = Codes.of(["510-10", "510-10", "302-720", None])
    latitude, longitude = np.array([-6.4, 45.4, 45.4, 45.4]), np.array([106.1, -75.7, -75.7, -75.7])
    outside = positions.is_outside_country(plmn, latitude, longitude, PARAMS.country_boxes)
    assert outside.tolist() == [False, True, False, False]
