import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.signal import propagation as p

DISTANCES_M = np.geomspace(50.0, 20_000.0, 40)


def test_free_space_at_one_km_and_900_mhz_is_91_5_db():
    assert p.free_space_db(1000.0, 900.0) == pytest.approx(91.53, abs=0.01)


def test_free_space_rises_6_db_when_the_distance_doubles():
    rise = p.free_space_db(4000.0, 900.0) - p.free_space_db(2000.0, 900.0)
    assert rise == pytest.approx(6.0206, abs=1e-3)


# by hand: 69.55 + 26.16 log 900 - 13.82 log 30 - a(1.5) + (44.9 - 6.55 log 30) log d
@pytest.mark.parametrize(
    ("area", "distance_m", "expected_db"),
    [
        ("urban", 1000.0, 126.40),
        ("urban", 10_000.0, 161.63),
        ("suburban", 1000.0, 116.46),
        ("open", 1000.0, 97.90),
        ("urban_large", 1000.0, 126.42),
    ],
)
def test_okumura_hata_by_hand(area, distance_m, expected_db):
    loss = p.okumura_hata_db(distance_m, 900.0, base_height_m=30.0, area=area)
    assert loss == pytest.approx(expected_db, abs=0.02)


def test_hata_for_a_large_city_below_300_mhz_has_its_own_mobile_term():
    # large: 8.29 log(1.54 x 1.5)^2 - 1.1 = -0.001; small: (1.1 log f - .7) 1.5 - 1.56 log f + .8
    large = p.okumura_hata_db(1000.0, 200.0, area="urban_large")
    small = p.okumura_hata_db(1000.0, 200.0, area="urban")
    expected = (1.1 * np.log10(200) - 0.7) * 1.5 - (1.56 * np.log10(200) - 0.8) + 0.0009
    assert large - small == pytest.approx(expected, abs=0.01)


# by hand: 46.3 + 33.9 log 1800 - 13.82 log 30 - a + 35.22 log d (+ 3)
@pytest.mark.parametrize(("area", "expected_db"), [("urban", 136.19), ("urban_large", 139.19)])
def test_cost231_hata_by_hand(area, expected_db):
    loss = p.cost231_hata_db(1000.0, 1800.0, base_height_m=30.0, area=area)
    assert loss == pytest.approx(expected_db, abs=0.05)


def test_hata_takes_each_frequency_to_its_model():
    both = p.hata_db([1000.0, 1000.0], [900.0, 1800.0])
    assert both[0] == pytest.approx(float(p.okumura_hata_db(1000.0, 900.0)))
    assert both[1] == pytest.approx(float(p.cost231_hata_db(1000.0, 1800.0)))


# TR 38.901 table 7.4.1-1 at 2 GHz, by hand
def test_uma_line_of_sight_before_the_break_point():
    slant = np.hypot(200.0, 25.0 - 1.5)
    expected = 28.0 + 22 * np.log10(slant) + 20 * np.log10(2.0)
    assert p.uma_los_db(200.0, 2000.0) == pytest.approx(expected, abs=1e-6)


def test_uma_break_point_is_four_effective_heights_over_the_wavelength():
    break_m = 4 * 24.0 * 0.5 * 2e9 / p.SPEED_OF_LIGHT_MPS
    below = p.uma_los_db(break_m * 0.999, 2000.0)
    above = p.uma_los_db(break_m * 1.001, 2000.0)
    assert above - below == pytest.approx(0.0, abs=0.05)


def test_uma_without_line_of_sight_at_one_km():
    slant = np.hypot(1000.0, 23.5)
    expected = 13.54 + 39.08 * np.log10(slant) + 20 * np.log10(2.0)
    assert p.uma_nlos_db(1000.0, 2000.0) == pytest.approx(expected, abs=1e-6)


def test_rma_line_of_sight_by_hand():
    slant = np.hypot(500.0, 33.5)
    h = 5**1.72
    expected = (
        20 * np.log10(40 * np.pi * slant * 0.7 / 3)
        + 0.03 * h * np.log10(slant)
        - 0.044 * h
        + 0.002 * np.log10(5) * slant
    )
    assert p.rma_los_db(500.0, 700.0) == pytest.approx(expected, abs=1e-6)


def test_rma_loses_40_db_a_decade_beyond_the_break_point():
    rise = p.rma_los_db(10_000.0, 2000.0) - p.rma_los_db(5000.0, 2000.0)
    assert rise == pytest.approx(40 * np.log10(2), abs=0.01)


def test_rma_without_line_of_sight_by_hand():
    slant = np.hypot(2000.0, 33.5)
    log_base = np.log10(35.0)
    expected = (
        161.04
        - 7.1 * np.log10(20)
        + 7.5 * np.log10(5)
        - (24.37 - 3.7 * (5 / 35) ** 2) * log_base
        + (43.42 - 3.1 * log_base) * (np.log10(slant) - 3)
        + 20 * np.log10(0.9)
        - (3.2 * np.log10(11.75 * 1.5) ** 2 - 4.97)
    )
    assert p.rma_nlos_db(2000.0, 900.0) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("los", "nlos"), [(p.rma_los_db, p.rma_nlos_db), (p.uma_los_db, p.uma_nlos_db)]
)
def test_the_blocked_path_is_never_better_than_the_open_one(los, nlos):
    assert (nlos(DISTANCES_M, 1800.0) >= los(DISTANCES_M, 1800.0)).all()


def test_line_of_sight_is_certain_near_the_mast_and_rare_far_off():
    assert p.rma_los_probability(10.0) == 1.0
    assert p.rma_los_probability(1010.0) == pytest.approx(np.exp(-1))
    assert p.uma_los_probability(18.0) == pytest.approx(1.0)
    assert p.uma_los_probability(100.0) == pytest.approx(0.18 + np.exp(-100 / 63) * 0.82)


@pytest.mark.parametrize(
    "model",
    [p.free_space_db, p.hata_db, p.rma_los_db, p.rma_nlos_db, p.uma_los_db, p.uma_nlos_db],
)
def test_loss_rises_with_distance(model):
    assert (np.diff(model(DISTANCES_M, 1800.0)) > 0).all()


@given(
    near=st.floats(1.5, 3.0),
    far=st.floats(2.0, 5.0),
    break_m=st.floats(200.0, 5000.0),
)
def test_dual_slope_is_continuous_at_its_break(near, far, break_m):
    values = p.dual_slope_db(
        [break_m * 0.9999, break_m * 1.0001],
        reference_db=80.0, reference_m=100.0, break_m=break_m,
        near_exponent=near, far_exponent=far,
    )  # fmt: skip
    assert values[1] - values[0] == pytest.approx(0.0, abs=0.02)


def test_a_distance_below_ten_metres_counts_as_ten():
    assert p.free_space_db(0.0, 900.0) == p.free_space_db(10.0, 900.0)


def test_an_unknown_distance_has_an_unknown_loss():
    assert np.isnan(p.hata_db([np.nan, 100.0], 900.0)).tolist() == [True, False]


@pytest.mark.parametrize(
    ("model", "inside", "outside"),
    [
        (p.okumura_hata_db, 1500.0, 1501.0),
        (p.okumura_hata_db, 150.0, 149.0),
        (p.cost231_hata_db, 2300.0, 2301.0),
        (p.cost231_hata_db, 1500.0, 1499.0),
        (p.uma_los_db, 500.0, 499.0),
    ],
)
def test_a_frequency_outside_a_model_is_refused(model, inside, outside):
    assert np.isfinite(model(1000.0, inside))
    with pytest.raises(ValueError, match="Invalid frequency_mhz"):
        model(1000.0, outside)


def test_heights_outside_hata_are_refused():
    with pytest.raises(ValueError, match="Invalid base_height_m"):
        p.okumura_hata_db(1000.0, 900.0, base_height_m=9.9)
    with pytest.raises(ValueError, match="Invalid mobile_height_m"):
        p.okumura_hata_db(1000.0, 900.0, mobile_height_m=0.9)
