"""One reading for each stretch of route."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.geodesy import EARTH_RADIUS_M
from coverage.readings.codes import Codes
from coverage.readings.params import QualityParams
from coverage.readings.route import filled_rat, route_values
from coverage.readings.tracks import track_of

PARAMS = QualityParams()
NONE = float("nan")


def north(metres: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Latitudes so far north of the equator."""
    return np.degrees(np.asarray(metres, dtype=np.float64) / EARTH_RADIUS_M)


def values(
    metres: npt.ArrayLike,
    seconds: npt.ArrayLike | None,
    level: npt.ArrayLike,
    **given_columns: Any,
) -> list[bool]:
    """Route values of one drive due north."""
    n = len(np.asarray(level))
    device = given_columns.get("device", Codes.constant("d", n))
    time_us = None if seconds is None else (np.asarray(seconds) * 1e6).astype(np.int64)
    found: list[bool] = route_values(
        track_of(device, north(metres), np.zeros(n), time_us),
        time_us=time_us,
        speed_mps=np.asarray(given_columns.get("speed", np.full(n, NONE)), dtype=np.float64),
        groups=given_columns.get("groups", (Codes.constant("A", n), Codes.constant("LTE", n))),
        level_dbm=np.asarray(level, dtype=np.float64),
        is_eligible=np.asarray(given_columns.get("eligible", np.ones(n)), dtype=np.bool_),
        params=PARAMS,
    ).tolist()
    return found


def places(mask: list[bool]) -> list[int]:
    return [i for i, hit in enumerate(mask) if hit]


def test_a_red_light_is_one_value() -> None:
    assert sum(values(np.zeros(120), np.arange(120), np.full(120, -100))) == 1


def test_at_walking_pace_a_stretch_is_twenty_metres() -> None:
    assert sum(values(np.arange(100), np.arange(100), np.full(100, -100))) == 5


def test_at_speed_a_stretch_is_two_seconds() -> None:
    assert sum(values(np.arange(100) * 30, np.arange(100), np.full(100, -100))) == 50


def test_the_lower_median_is_a_row() -> None:
    assert places(values(np.zeros(4), np.arange(4), [-90, -120, -100, -110])) == [3]
    assert places(values(np.zeros(3), np.arange(3), [-90, -120, -100])) == [2]


def test_no_service_is_lower_than_every_level() -> None:
    assert places(values(np.zeros(3), np.arange(3), [-120, NONE, -100])) == [0]
    assert places(values(np.zeros(3), np.arange(3), [-120, NONE, NONE])) == [2]


def test_ties_go_by_row() -> None:
    assert places(values(np.zeros(5), np.arange(5), [-100] * 5)) == [2]


def test_operator_and_rat_have_their_own_stretches() -> None:
    groups = (Codes.of(["A", "B", "A", "B"]), Codes.of(["LTE", "LTE", "UMTS", "LTE"]))
    assert places(values(np.zeros(4), np.arange(4), [-90, -91, -92, -93], groups=groups)) == [
        0,
        2,
        3,
    ]


def test_each_device_has_its_own_track() -> None:
    device = Codes.of(["a", "b"] * 4)
    metres = [0, 5000] * 4  # interleaved rows of two phones that do not move
    assert sum(values(metres, np.repeat(np.arange(4), 2), [-100] * 8, device=device)) == 2


def test_a_neighbour_never_stands_for_a_stretch() -> None:
    assert places(values(np.zeros(3), np.arange(3), [-100, -90, -80], eligible=[0, 1, 1])) == [
        2 - 1
    ]


def test_gps_noise_of_a_standing_phone_is_no_path() -> None:
    jitter = np.arange(60) % 2 * 5.0
    assert sum(values(jitter, np.arange(60), [-100] * 60, speed=np.zeros(60))) == 1


def test_a_phone_that_stands_for_hours_counts_once_an_hour() -> None:
    assert sum(values(np.zeros(5 * 60), np.arange(5 * 60) * 60, [-100] * 300)) == 5


def test_a_source_without_times_goes_by_path_alone() -> None:
    assert sum(values(np.arange(100) * 10, None, [-100] * 100)) == 50


def test_no_rows_have_no_values() -> None:
    assert values([], [], []) == []


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(0, 5), st.integers(-120, -60)), min_size=1))
def test_each_stretch_has_one_value_and_none_is_shorter_than_the_rule(
    steps: list[tuple[float, int, int]],
) -> None:
    metres = np.cumsum([0.0, *[s[0] for s in steps[1:]]])
    seconds = np.cumsum([0, *[s[1] for s in steps[1:]]])
    chosen = sum(values(metres, seconds, [s[2] for s in steps]))
    longest = max(1.0, min(metres[-1] / 20 + 1, seconds[-1] / 2 + 1))
    assert 1 <= chosen <= longest + 1e-6


def test_no_service_goes_with_the_technology_before_it() -> None:
    rat = Codes.of([None, "LTE", None, "UMTS", None, None])
    no_service = np.array([True, False, True, False, True, False])
    track = track_of(Codes.constant("d", 6), np.zeros(6), np.zeros(6), np.arange(6))
    assert filled_rat(rat, no_service, track).to_list() == [
        None,
        "LTE",
        "LTE",
        "UMTS",
        "UMTS",
        None,
    ]


def test_no_service_does_not_take_the_technology_of_another_phone() -> None:
    device = Codes.of(["a", "b"])
    track = track_of(device, np.zeros(2), np.zeros(2), np.arange(2))
    filled = filled_rat(Codes.of(["LTE", None]), np.array([False, True]), track)
    assert filled.to_list() == ["LTE", None]


@pytest.mark.parametrize(("n_lost", "is_lost"), [(1, False), (4, False), (5, True)])
def test_a_stretch_is_lost_when_half_of_it_is(n_lost: int, is_lost: bool) -> None:
    level = [NONE] * n_lost + [-100.0] * (10 - n_lost)
    (place,) = places(values(np.zeros(10), np.arange(10), level))
    assert np.isnan(level[place]) == is_lost


def test_a_position_that_is_renewed_every_ten_seconds_is_a_value_each() -> None:
    """The phone writes each second, its GPS moves 100 m every tenth: ten places, ten values."""
    metres = np.repeat(np.arange(10) * 100, 10)
    assert places(values(metres, np.arange(100), [-100] * 100)) == list(range(4, 100, 10))


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(0, 5)), min_size=1, max_size=40))
def test_stretches_follow_the_rule_row_by_row(steps: list[tuple[float, int]]) -> None:
    metres = np.cumsum([0.0, *[s[0] for s in steps[1:]]])
    seconds = np.cumsum([0, *[s[1] for s in steps[1:]]])
    sizes, start = [0], 0
    for i in range(len(steps)):
        if metres[i] - metres[start] >= 20 - 1e-3 and seconds[i] - seconds[start] >= 2:
            sizes.append(0)
            start = i
        sizes[-1] += 1
    expected = np.cumsum([0, *sizes[:-1]]) + (np.array(sizes) - 1) // 2
    assert places(values(metres, seconds, [-100] * len(steps))) == expected.tolist()
