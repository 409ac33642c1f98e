import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.geodesy import EARTH_RADIUS_M, bearing_deg, distance_m, from_plane_m, to_plane_m

latitudes = st.floats(-8, -5)
longitudes = st.floats(104, 108)


def test_a_quarter_of_a_great_circle() -> None:
    assert distance_m(0, 0, 90, 0) == pytest.approx(np.pi / 2 * EARTH_RADIUS_M)


def test_antipodes_are_half_a_circle_apart() -> None:
    assert distance_m(0, 0, 0, 180) == pytest.approx(np.pi * EARTH_RADIUS_M)


def test_an_unknown_position_is_at_an_unknown_distance() -> None:
    assert np.isnan(distance_m(np.nan, 0, 1, 1))


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_symmetric(a: float, b: float, c: float, d: float) -> None:
    assert distance_m(a, b, c, d) == pytest.approx(float(distance_m(c, d, a, b)), abs=1e-6)


@given(latitudes, longitudes)
def test_the_plane_and_back_is_where_it_started(latitude: float, longitude: float) -> None:
    origin = (-6.5, 106.0)
    there = from_plane_m(to_plane_m(latitude, longitude, origin), origin)
    assert there == pytest.approx((latitude, longitude), abs=1e-9)


@given(latitudes, longitudes)
def test_the_plane_keeps_distances_near_its_origin(latitude: float, longitude: float) -> None:
    origin = (-6.5, 106.0)
    plane = np.hypot(*to_plane_m(latitude, longitude, origin))
    assert plane == pytest.approx(float(distance_m(*origin, latitude, longitude)), rel=5e-3, abs=1)


def test_bearings_lie_in_one_turn() -> None:
    bearings = bearing_deg(0.0, 0.0, [1, -1, 0, 1e-9], [-1e-12, -1, -1, 0])
    assert ((bearings >= 0) & (bearings < 360)).all()
