import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.signal import harmony
from coverage.signal.features import (
    FAR_M,
    SITE_FEATURES,
    SiteParams,
    Sites,
    ground_of,
    site_features,
    sites_for,
)
from coverage.signal.harmony import HarmonyParams
from coverage.signal.observations import Places, layout_of, observe
from coverage.signal.samples import checked


def places(points_m, operator=0):
    plane_m = np.asarray(points_m, dtype=float)
    return Places(
        plane_m=plane_m,
        operator=np.full(len(plane_m), operator),
        covariates=np.zeros((len(plane_m), 0)),
    )


def sites(points_m, operator=None, error_m=1.0):
    plane_m = np.asarray(points_m, dtype=float).reshape(-1, 2)
    operator = np.zeros(len(plane_m)) if operator is None else operator
    return Sites(
        plane_m=plane_m, operator=np.asarray(operator, dtype=np.int64), position_error_m=error_m
    )


def value(table, name):
    return table[:, SITE_FEATURES.index(name)]


def test_distances_are_to_the_nearest_sites_of_the_operator():
    table = site_features(
        places([[0, 0]]), sites([[3000, 0], [0, 1000], [10, 0], [9000, 0]], [0, 0, 1, 0])
    )
    assert 10 ** value(table, "log_distance_1") == pytest.approx([1000], rel=1e-3)
    assert 10 ** value(table, "log_distance_3") == pytest.approx([9000], rel=1e-3)


def test_no_distance_counts_as_less_than_the_error_of_the_sites():
    table = site_features(places([[0, 0]]), sites([[0, 0]], error_m=200.0))
    assert 10 ** value(table, "log_distance_1") == pytest.approx([200])


def test_the_level_falls_by_hata_slope_and_equal_sites_add_3_db():
    one = site_features(places([[1000, 0], [10_000, 0]]), sites([[0, 0]]))
    level = value(one, "level_dbm")
    assert level[0] - level[1] == pytest.approx(44.9 - 6.55 * np.log10(35), abs=0.01)
    two = site_features(places([[0, 0]]), sites([[1000, 0], [-1000, 0]]))
    assert value(two, "gain_db") == pytest.approx([3.01], abs=0.01)


def test_density_counts_sites_within_the_radius():
    table = site_features(places([[0, 0]]), sites([[1000, 0], [4000, 0], [6000, 0]]))
    assert 10 ** value(table, "log_density_5km") == pytest.approx([3.0])
    assert 10 ** value(table, "log_density_2km") == pytest.approx([2.0])


@pytest.mark.parametrize(("other_m", "expected"), [(100.0, 1.0), (5000.0, 0.0)])
def test_a_nearer_site_of_another_operator_shows(other_m, expected):
    table = site_features(places([[0, 0]]), sites([[1000, 0], [other_m, 0]], [0, 1]))
    assert value(table, "log_closer_other") == pytest.approx([expected], abs=0.01)


def test_an_operator_without_a_site_is_far_from_everything():
    table = site_features(places([[0, 0]], operator=2), sites([[100, 0]]))
    assert 10 ** value(table, "log_distance_1") == pytest.approx([FAR_M])
    assert np.isfinite(table).all()


def test_without_any_site_features_are_finite():
    assert np.isfinite(site_features(places([[0, 0]]), sites(np.zeros((0, 2))))).all()


def samples(n=30, operator="IOH"):
    step = np.linspace(0, 0.05, n)
    return checked(pd.DataFrame({
        "latitude_deg": -6.5 + step, "longitude_deg": 106.1, "operator": operator,
        "rsrp_dbm": -80 - 400 * np.abs(step - 0.02), "plmn": "510-01", "rat": "LTE",
        "cell_identity": pd.array([256_001] * n, dtype="Int64"),
    }))  # fmt: skip


def towers(n, basis="listed", rat="LTE", first=2000):
    return pd.DataFrame({
        "plmn": "510-01", "operator": "IOH", "rat": rat,
        "cell_identity": (first + np.arange(n)) * 256, "latitude_deg": -6.4, "longitude_deg": 106.0,
        "range_m": np.nan, "n_samples": 5, "basis": basis,
        "updated_at": pd.Timestamp("2024-01-01", tz="UTC"),
    })  # fmt: skip


def sites_of(frame, listed, params=None):
    layout = layout_of(frame, listed, ())
    observations = observe(frame, layout, harmony.fit(frame, HarmonyParams()), 8)
    return sites_for(observations, ground_of(listed, layout), params or SiteParams())


def test_without_a_list_sites_are_estimated_from_the_samples():
    assert len(sites_of(samples(), None).operator) == 1


@pytest.mark.parametrize(("n_listed", "n_sites"), [(9, 10), (10, 10)])
def test_an_operator_with_enough_listed_sites_gets_no_estimates(n_listed, n_sites):
    assert len(sites_of(samples(), towers(n_listed)).operator) == n_sites


def test_estimated_rows_of_the_table_are_not_trusted():
    assert len(sites_of(samples(), towers(3, basis="estimated")).operator) == 1


@pytest.mark.parametrize(
    "listed", [towers(20, rat="GSM"), towers(20, first=0).query("cell_identity < 65536").head(0)]
)
def test_other_technologies_and_empty_lists_name_no_site(listed):
    assert len(sites_of(samples(), listed).operator) == 1


def test_a_16_bit_identity_names_no_site():
    listed = towers(20).assign(cell_identity=np.arange(20) + 300)
    assert len(sites_of(samples(), listed).operator) == 1


@pytest.mark.parametrize("change", [{"position_error_m": 0.0}, {"min_listed_sites": -1}])
def test_params_are_checked(change):
    with pytest.raises(InputError, match=f"Invalid {next(iter(change))}"):
        SiteParams(**change)
