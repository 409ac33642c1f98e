from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.geodesy import distance_m
from coverage.synthetic import OPERATOR_NAMES, World, WorldParams, build_world

SMALL = WorldParams(seed=5, n_sites=150)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(WorldParams())


@pytest.fixture(scope="module")
def truth(world: World) -> pd.DataFrame:
    return world.site_truth()


def test_one_seed_gives_one_truth() -> None:
    pd.testing.assert_frame_equal(
        build_world(SMALL).site_truth(), build_world(SMALL).site_truth(), check_exact=True
    )


def test_two_seeds_give_two_truths() -> None:
    one, other = build_world(SMALL), build_world(replace(SMALL, seed=6))
    assert not np.allclose(one.rsrp_dbm(-6.3, 106.2), other.rsrp_dbm(-6.3, 106.2))


def test_the_truth_does_not_move_with_the_survey() -> None:
    changed = replace(
        SMALL, n_drive_rows=500, n_crowd_rows=300, noise_db=9.0, device_floor_dbm=-100.0,
        indoor_share=0.9, n_phones=3, towers="none", first_day=date(2025, 1, 1),
    )  # fmt: skip
    pd.testing.assert_frame_equal(
        build_world(SMALL).site_truth(), build_world(changed).site_truth(), check_exact=True
    )


def test_the_base_rate_is_4_to_6_percent(truth: pd.DataFrame) -> None:
    assert 0.04 <= truth["is_all_weak"].mean() <= 0.06


def test_most_of_it_lies_in_lebak_and_pandeglang(world: World, truth: pd.DataFrame) -> None:
    weak = truth.loc[truth["is_all_weak"], "tps_code"].str[:4]
    assert weak.isin(["3601", "3602"]).mean() > 0.6


def test_each_operator_alone_is_weaker_than_all_together(truth: pd.DataFrame) -> None:
    share = truth.groupby("operator")["is_weak"].mean()
    assert (share > 2 * truth["is_all_weak"].mean()).all()
    assert (share < 0.25).all()


def test_all_weak_means_weak_on_every_operator(truth: pd.DataFrame) -> None:
    every = truth.groupby("tps_code")["is_weak"].transform("all")
    assert (every == truth["is_all_weak"]).all()


def test_the_truth_has_one_row_a_site_and_operator(world: World, truth: pd.DataFrame) -> None:
    assert list(truth.columns) == ["tps_code", "operator", "rsrp_dbm", "is_weak", "is_all_weak"]
    assert len(truth) == len(OPERATOR_NAMES) * len(world.sites) == 4 * 1200
    assert not truth.duplicated(["tps_code", "operator"]).any()


def test_weak_is_below_the_level_not_at_it(world: World) -> None:
    level = world.site_truth()["rsrp_dbm"].iloc[0]
    at = replace(world, params=replace(world.params, weak_dbm=float(level)))
    assert not at.site_truth()["is_weak"].iloc[0]


def test_masts_are_denser_in_the_north_east(world: World) -> None:
    masts = world.network.stations.query("operator == 'Telkomsel'")
    near = [
        (distance_m(masts["latitude_deg"], masts["longitude_deg"], *place) < 10_000).sum()
        for place in ((-6.20, 106.62), (-6.65, 106.10))
    ]
    assert near[0] > 3 * near[1]


def test_random_places_repeat_with_their_seed(world: World) -> None:
    one, again, other = (world.random_places(20, seed) for seed in (1, 1, 2))
    assert np.array_equal(one[0], again[0])
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("n_sites", 99, r"Invalid n_sites 99. Must be at least 100."),
        ("n_phones", 1, r"Invalid n_phones 1. Must be at least 2."),
        ("noise_db", -0.1, r"Invalid noise_db -0.1. Must be at least 0."),
        ("indoor_share", 1.01, r"Invalid indoor_share 1.01. Must be in \[0, 1\]."),
        ("no_service_share", -0.01, r"Invalid no_service_share -0.01. Must be in \[0, 0.5\]."),
        ("no_service_share", 0.51, r"Invalid no_service_share 0.51. Must be in \[0, 0.5\]."),
        ("device_floor_dbm", -89.0, r"Invalid device_floor_dbm -89.0. Must be in \[-140, -90\]."),
        ("weak_dbm", -43.0, r"Invalid weak_dbm -43.0. Must be in \[-140, -44\]."),
        ("device_floor_dbm", -141.0, r"Invalid device_floor_dbm -141.0. Must be in"),
        ("noise_db", float("nan"), r"Invalid noise_db nan. Must be at least 0."),
        ("towers", "some", r"Invalid towers 'some'. Must be none, flawed or true."),
    ],
)
def test_params_outside_their_range_are_refused(name: str, value: object, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        WorldParams(**{name: value})


def test_params_at_their_bounds_are_taken() -> None:
    params = WorldParams(
        n_sites=100, n_phones=2, noise_db=0, indoor_share=1, weak_dbm=-44, device_floor_dbm=-140
    )
    assert params.n_sites == 100


def test_the_least_world_can_be_built() -> None:
    assert len(build_world(WorldParams(n_sites=100)).sites) == 100


def test_a_world_as_large_as_the_province_can_be_built() -> None:
    world = build_world(WorldParams(n_sites=33_324, sites_per_village=21.5))
    assert len(world.sites) == 33_324
    assert world.sites["n_voters"].sum() == pytest.approx(8_842_646, rel=0.01)
    assert 1_400 < len(world.villages) < 1_700
