"""Diffraction over made ground: a wall of known height between a mast and a phone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.signal.obstruction import PATH_FEATURES, PathParams, knife_edge_db, path_features
from coverage.signal.terrain import Grid

STEP_DEG = 0.001
N = 301
NORTH, WEST = -6.0, 106.0
LATITUDE = NORTH - STEP_DEG * (N // 2)
ROW_M = 111_195.08 * STEP_DEG
SHARP = PathParams(max_loss_db=100.0, n_profile=199, position_error_m=1.0)


def ground(value):
    return Grid(
        value=np.broadcast_to(np.asarray(value, dtype=np.float32), (N, N)).copy(),
        latitude_deg=NORTH, longitude_deg=WEST, row_step_deg=-STEP_DEG, column_step_deg=STEP_DEG,
    )  # fmt: skip


def wall(height_m, row):
    """Flat ground with a wall from west to east."""
    value = np.zeros((N, 1))
    value[row] = height_m
    return ground(value)


def at_rows(rows, operator="IOH"):
    return pd.DataFrame(
        {
            "latitude_deg": NORTH - STEP_DEG * np.asarray(rows, dtype=float),
            "longitude_deg": WEST + 0.15,
            "operator": operator,
        }
    )


def features(height_m, points, sites, params=SHARP):
    return path_features(height_m, points, sites, params)


@pytest.mark.parametrize(
    ("v", "loss_db"), [(-0.79, 0.0), (-0.77, 0.069), (0.0, 6.033), (1.0, 13.926), (2.4, 20.539)]
)
def test_a_knife_edge_takes_what_the_recommendation_says(v, loss_db):
    assert float(knife_edge_db(v)) == pytest.approx(loss_db, abs=0.001)


@given(st.lists(st.floats(-5, 50), min_size=2, max_size=20))
def test_a_higher_edge_never_takes_less(edges):
    loss = knife_edge_db(np.sort(edges))
    assert (np.diff(loss) >= 0).all()


def test_flat_ground_takes_nothing():
    found = features(ground(50.0), at_rows([150]), at_rows([120])).iloc[0]
    assert found["obstruction_db"] == 0.0
    assert found["antenna_above_m"] == 30.0
    assert found["terrain_effect_db"] == pytest.approx(0.0, abs=1e-9)


def test_a_wall_takes_what_its_knife_edge_does():
    found = features(wall(120.0, 150), at_rows([180]), at_rows([120])).iloc[0]
    half_m = 30 * ROW_M
    bulge_m = half_m**2 / (2 * 4 / 3 * 6_371_008.8)
    over_m = 120.0 + bulge_m - (30.0 + 1.5) / 2
    v = over_m * np.sqrt(2 / (299.792458 / 1800.0) * (2 / half_m))
    assert found["obstruction_db"] == pytest.approx(float(knife_edge_db(v)), abs=0.2)


def test_the_earth_bends_away_over_a_long_flat_path():
    near, far = at_rows([30]), at_rows([290])
    sites = at_rows([10])
    loss = [features(ground(0.0), at, sites).iloc[0, 0] for at in (near, far)]
    assert loss[0] == 0.0
    assert loss[1] > 6.0  # 31 km: the bulge of 14 m stands over half the ray's height


def test_ground_beside_the_ends_is_no_ridge():
    beside_phone = wall(60.0, 179)
    kept = features(beside_phone, at_rows([180]), at_rows([120]), PathParams(end_gap_m=0.0))
    left = features(beside_phone, at_rows([180]), at_rows([120]), PathParams(end_gap_m=400.0))
    grazing_db = 2.0  # flat ground reaches into the ray's Fresnel zone near a low phone
    assert kept["obstruction_db"].iloc[0] > 15 > grazing_db > left["obstruction_db"].iloc[0]


def test_the_strongest_site_may_be_the_farther_one():
    behind_wall_and_free = at_rows([120, 215])
    found = features(wall(200.0, 150), at_rows([160]), behind_wall_and_free).iloc[0]
    assert found["obstruction_nearest_db"] > 20
    assert found["obstruction_db"] == found["obstruction_least_db"] < 2
    assert found["terrain_effect_db"] < 0


def test_a_mast_on_a_hill_is_worth_more_than_one_in_the_plain():
    hill = np.zeros((N, 1))
    hill[115:126] = 150.0
    found = features(ground(hill), at_rows([220]), at_rows([120])).iloc[0]
    assert found["antenna_above_m"] == pytest.approx(180.0)
    assert found["terrain_effect_db"] > 3


def test_loss_is_capped():
    found = features(wall(2000.0, 150), at_rows([180]), at_rows([120]), PathParams())
    assert found["obstruction_db"].iloc[0] == PathParams().max_loss_db


def test_an_operator_has_its_own_sites():
    sites = pd.concat([at_rows([170], "IOH"), at_rows([120], "XL")])
    points = pd.concat([at_rows([180], "IOH"), at_rows([180], "XL")])
    found = features(wall(120.0, 150), points, sites)
    assert found["obstruction_db"].iloc[0] == 0.0
    assert found["obstruction_db"].iloc[1] > 10


def test_an_operator_without_sites_stands_as_on_flat_ground():
    found = features(wall(120.0, 150), at_rows([180], "Smartfren"), at_rows([120]))
    assert found.iloc[0].tolist() == [0.0, 0.0, 0.0, 30.0, 0.0]


def test_no_site_at_all_is_no_error():
    none = pd.DataFrame({"operator": [], "latitude_deg": [], "longitude_deg": []})
    assert features(ground(0.0), at_rows([180]), none).notna().all(axis=None)


def test_a_void_on_the_way_makes_the_loss_unknown():
    value = np.zeros((N, 1))
    value[148:153] = np.nan
    found = features(ground(value), at_rows([180]), at_rows([120]))
    assert found.isna().all(axis=None)


def test_a_void_on_another_way_leaves_the_nearest_known():
    value = np.zeros((N, 1))
    value[148:153] = np.nan
    found = features(ground(value), at_rows([180]), at_rows([120, 200]))
    assert found.notna().all(axis=None)


def test_a_place_off_the_map_is_not_known():
    found = features(ground(0.0), at_rows([N + 20]), at_rows([120]))
    assert found.isna().all(axis=None)


def test_order_index_and_chunks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(3)
    relief = ground(rng.uniform(0, 80, (N, N)))
    points = pd.DataFrame(
        {
            "latitude_deg": NORTH - rng.uniform(0, 0.3, 60),
            "longitude_deg": WEST + rng.uniform(0, 0.3, 60),
            "operator": np.tile(["IOH", "XL"], 30),
        },
        index=rng.permutation(60),
    )
    sites = points.iloc[:20]
    whole = features(relief, points, sites)
    assert list(whole.columns) == list(PATH_FEATURES)
    monkeypatch.setattr("coverage.signal.obstruction.CHUNK", 7)
    shuffled = features(relief, points.iloc[::-1], sites)
    pd.testing.assert_frame_equal(shuffled.iloc[::-1], whole)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"n_sites": 0}, "Invalid n_sites 0"),
        ({"n_profile": 1}, "Invalid n_profile 1"),
        ({"mast_height_m": 4.0}, "Invalid mast_height_m"),
        ({"frequency_mhz": 2301.0}, "Invalid frequency_mhz"),
        ({"antenna_range_m": (9.0, 200.0)}, "Invalid antenna_range_m"),
        ({"antenna_range_m": (50.0, 50.0)}, "Invalid antenna_range_m"),
    ],
)
def test_params_that_cannot_be_are_refused(changes, complaint):
    with pytest.raises(InputError, match=complaint):
        PathParams(**changes)
