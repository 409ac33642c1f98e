"""Grids and what is read off them: ground whose answer can be said beforehand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.signal.terrain import (
    FAR_FROM_COAST_M,
    Grid,
    TerrainParams,
    coast_m,
    mean_around,
    population_features,
    share_features,
    slope_deg,
    terrain_features,
)

STEP_DEG = 0.001
N = 201
NORTH, WEST = -6.0, 106.0


def grid(value, step=STEP_DEG):
    """Grid with north up, its north-west pixel centred at 6 S, 106 E."""
    return Grid(
        value=np.asarray(value, dtype=np.float32), latitude_deg=NORTH, longitude_deg=WEST,
        row_step_deg=-step, column_step_deg=step,
    )  # fmt: skip


def tilted(per_row, per_column):
    return grid(per_row * np.arange(N)[:, None] + per_column * np.arange(N)[None, :])


def middle():
    return [NORTH - STEP_DEG * (N // 2)], [WEST + STEP_DEG * (N // 2)]


@given(row=st.floats(0, N - 1), column=st.floats(0, N - 1))
def test_a_plane_is_interpolated_exactly(row, column):
    value = tilted(3.0, -2.0).at(NORTH - STEP_DEG * row, WEST + STEP_DEG * column)
    assert float(value) == pytest.approx(3.0 * row - 2.0 * column, abs=0.01)


def test_rows_may_run_either_way():
    upside = Grid(
        value=tilted(3.0, 1.0).value[::-1].copy(), latitude_deg=NORTH - STEP_DEG * (N - 1),
        longitude_deg=WEST, row_step_deg=STEP_DEG, column_step_deg=STEP_DEG,
    )  # fmt: skip
    place = [NORTH - 0.0234], [WEST + 0.0567]
    assert upside.at(*place) == pytest.approx(tilted(3.0, 1.0).at(*place), abs=1e-3)


@pytest.mark.parametrize(("beyond", "is_known"), [(0.49, True), (0.51, False)])
def test_a_pixel_ends_half_a_step_from_its_centre(beyond, is_known):
    flat = grid(np.ones((3, 3)))
    sides = [
        (NORTH + beyond * STEP_DEG, WEST), (NORTH - (2 + beyond) * STEP_DEG, WEST),
        (NORTH, WEST - beyond * STEP_DEG), (NORTH, WEST + (2 + beyond) * STEP_DEG),
    ]  # fmt: skip
    assert [bool(np.isfinite(flat.at(*side))) for side in sides] == [is_known] * 4


def test_a_position_that_is_not_known_has_no_value():
    assert np.isnan(grid(np.ones((3, 3))).at(np.nan, WEST))


def test_many_positions_are_sampled_like_few(monkeypatch):
    rng = np.random.default_rng(1)
    ground = grid(rng.normal(size=(N, N)))
    latitude = NORTH - STEP_DEG * rng.uniform(0, N - 1, (40, 5))
    longitude = WEST + STEP_DEG * rng.uniform(0, N - 1, (40, 5))
    whole = ground.at(latitude, longitude)
    monkeypatch.setattr("coverage.signal.terrain.CHUNK", 7)
    np.testing.assert_array_equal(ground.at(latitude, longitude), whole)


def test_a_gap_is_bridged_only_where_most_corners_are_known():
    value = np.full((3, 3), 5.0)
    value[0, 0] = np.nan
    ground = grid(value)
    near, far = 0.1, 0.9
    assert np.isnan(ground.at(NORTH - near * STEP_DEG, WEST + near * STEP_DEG))
    assert ground.at(NORTH - far * STEP_DEG, WEST + far * STEP_DEG) == pytest.approx(5.0)


def test_filling_closes_the_gaps_and_leaves_the_grid_alone():
    holed = grid([[np.nan, 1.0], [2.0, 3.0]])
    filled = holed.filled(0.0)
    assert (holed.has_gaps, filled.has_gaps) == (True, False)
    assert filled.value[0, 0] == 0.0


@pytest.mark.parametrize("value", [np.zeros((1, 5)), np.zeros(4)])
def test_what_is_no_raster_is_refused(value):
    with pytest.raises(InputError, match="Must be at least 2 x 2"):
        grid(value)


@pytest.mark.parametrize("step", [0.0, 10.0])
def test_a_step_that_is_none_is_refused(step):
    with pytest.raises(InputError, match="Invalid row_step_deg"):
        grid(np.zeros((2, 2)), step)


def test_slope_is_that_of_the_plane():
    row_m, _ = tilted(0.0, 0.0).step_m
    steep = slope_deg(tilted(row_m, 0.0))  # one metre down for each metre south
    assert steep.at(*middle()) == pytest.approx([45.0], abs=1e-3)


def test_the_mean_around_a_peak_spreads_it_over_the_square():
    value = np.zeros((N, N))
    value[N // 2, N // 2] = 900.0
    row_m, column_m = grid(value).step_m
    radius_m = 10 * row_m
    n_pixels = 21 * (2 * round(radius_m / column_m) + 1)
    around = mean_around(grid(value), radius_m)
    assert around.at(*middle()) == pytest.approx([900.0 / n_pixels], rel=1e-3)


def test_the_mean_takes_known_values_alone():
    value = np.full((N, N), 4.0)
    value[::3, ::2] = np.nan
    assert mean_around(grid(value), 800.0).at(*middle()) == pytest.approx([4.0], rel=1e-5)


def test_the_mean_of_mostly_unknown_ground_is_not_known():
    value = np.full((N, N), 4.0)
    value[:, : N // 2 + 20] = np.nan
    assert np.isnan(mean_around(grid(value), 800.0).at(*middle()))


def test_the_edge_of_the_map_draws_no_mean_down():
    around = mean_around(grid(np.full((N, N), 7.0)), 2000.0)
    assert around.value == pytest.approx(np.full((N, N), 7.0), rel=1e-4)


def test_a_hill_stands_above_its_surroundings_at_every_scale():
    rows, columns = np.mgrid[:N, :N] - N // 2
    hill = grid(300.0 * np.exp(-(rows**2 + columns**2) / (2 * 10.0**2)))
    found = terrain_features(hill, *middle(), TerrainParams()).iloc[0]
    assert found["height_m"] == pytest.approx(300.0, abs=1.0)
    assert 0 < found["above_500m_m"] < found["above_2000m_m"] < found["above_5000m_m"]


def test_the_coast_is_as_far_as_the_sea():
    value = np.full((N, N), 20.0)
    value[:, :100] = 0.0
    away = coast_m(grid(value), 20.0)
    _, column_m = away.step_m
    place = NORTH - 0.1, WEST + STEP_DEG * 129
    assert away.at(*place) == pytest.approx(30 * column_m, rel=1e-3)
    assert away.at(NORTH - 0.1, WEST + 0.05) == 0.0


def test_a_pond_is_no_sea():
    value = np.full((N, N), 20.0)
    value[95:105, 95:105] = 0.0
    away = coast_m(grid(value), 20.0)
    assert away.value == pytest.approx(np.full((N, N), FAR_FROM_COAST_M))


def test_a_void_is_no_sea_and_stays_unknown():
    value = np.full((N, N), 20.0)
    value[:, :100] = np.nan
    away = coast_m(grid(value), 20.0)
    assert np.isnan(away.at(NORTH - 0.1, WEST + 0.05))
    assert away.at(NORTH - 0.1, WEST + 0.15) == FAR_FROM_COAST_M


def test_places_off_the_map_have_no_features():
    found = terrain_features(tilted(1.0, 1.0), [10.0], [10.0], TerrainParams())
    assert found.isna().all(axis=None)


def test_shares_are_means_of_the_square():
    trees = np.zeros((N, N))
    trees[:, ::2] = 1.0
    found = share_features({"trees": grid(trees)}, *middle(), radii_m=(5000.0,))
    assert list(found.columns) == ["trees_5000m_share"]
    assert found.iloc[0, 0] == pytest.approx(0.5, abs=0.02)


def test_population_is_on_a_log_scale_and_never_under_zero():
    none = population_features(grid(np.full((N, N), -0.5)), *middle())
    many = population_features(grid(np.full((N, N), 999.0)), *middle())
    assert none.iloc[0, 0] == 0.0
    assert many.iloc[0, 0] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"relief_radii_m": ()}, "Invalid relief_radii_m"),
        ({"relief_radii_m": (500.0, 500.0)}, "Invalid relief_radii_m"),
        ({"relief_radii_m": (0.0, 500.0)}, "Invalid relief_radii_m"),
        ({"min_sea_km2": 0.0}, "Invalid min_sea_km2"),
    ],
)
def test_params_that_cannot_be_are_refused(changes, complaint):
    with pytest.raises(InputError, match=complaint):
        TerrainParams(**changes)
