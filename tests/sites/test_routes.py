import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.sites.routes import DayParams, best_insertion, cut_into_days, legs_m, short_route

LINE = np.array([[0.0, 0], [3000, 0], [1000, 0], [2000, 0]])
EASY = DayParams(hours=1, speed_kmh=60, detour=1, stop_minutes=10)  # 1 km a minute


def test_a_line_is_walked_from_one_end_to_the_other() -> None:
    assert short_route(LINE, np.array([-1.0, 0])).tolist() == [0, 2, 3, 1]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_a_route_passes_every_place_once_and_is_shorter_than_by_number(seed: int) -> None:
    plane = np.random.default_rng(seed).uniform(0, 1e4, (30, 2))
    order = short_route(plane, None)
    assert sorted(order.tolist()) == list(range(30))
    by_number = np.hypot(*np.diff(plane, axis=0).T).sum()
    assert legs_m(plane, order, None).sum() < 0.6 * by_number


def test_no_places_no_route() -> None:
    assert short_route(np.zeros((0, 2)), None).tolist() == []
    assert legs_m(np.zeros((0, 2)), np.zeros(0, dtype=np.intp), None).tolist() == []


def test_a_day_takes_stops_until_its_hours_are_full() -> None:
    five = np.stack([np.arange(8) * 2000.0, np.zeros(8)], axis=1)  # 2 min apart, 10 min each
    days = cut_into_days(five, np.arange(8), EASY)
    assert [len(day) for day in days] == [5, 3]  # 5 x 10 + 4 x 2 = 58 min; 6 would be 70
    assert np.concatenate(days).tolist() == list(range(8))


def test_the_cheapest_insertion_is_found() -> None:
    plane = np.array([[0.0, 0], [10, 0], [4, 3], [-5, 0], [16, 0]])
    extra, position = best_insertion(plane, [0, 1], None)
    assert position[2:].tolist() == [1, 0, 2]
    assert extra[2:].tolist() == pytest.approx([5 + np.hypot(6, 3) - 10, 5, 6])


def test_an_insertion_before_the_first_stop_counts_the_way_from_the_start() -> None:
    plane = np.array([[10.0, 0], [5, 0]])
    extra, position = best_insertion(plane, [0], np.array([0.0, 0]))
    assert (extra[1], position[1]) == (pytest.approx(0), 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("hours", 0.4), ("speed_kmh", 0), ("detour", 0.9), ("stop_minutes", -1)],
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be"):
        DayParams(**{name: value})  # type: ignore[arg-type]


def test_a_stop_must_fit_into_a_day() -> None:
    with pytest.raises(InputError, match=r"Invalid stop_minutes 61\. Must fit into the hours"):
        DayParams(hours=1, stop_minutes=61)
