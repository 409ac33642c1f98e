import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from coverage.errors import ContractError
from coverage.sites import levels
from coverage.sites.levels import GRID_DBM, knots, levels_at_z, p_below, quantiles_of_cdf, z_on_grid
from coverage.tables import QUANTILE_LEVELS

Z = ndtri(np.asarray(QUANTILE_LEVELS))
NORMALS = st.tuples(st.floats(-130, -70), st.floats(0.5, 12))


@given(NORMALS)
def test_a_normal_distribution_is_met_exactly(normal: tuple[float, float]) -> None:
    mean, sd = normal
    cdf = ndtr(z_on_grid(knots(mean + sd * Z)))[0]
    assert np.abs(cdf - ndtr((GRID_DBM - mean) / sd)).max() < 1e-3  # the hair of the knots


@settings(max_examples=50)
@given(st.lists(st.floats(-140, -60), min_size=21, max_size=21))
def test_any_quantiles_give_a_rising_cdf_that_meets_them(values: list[float]) -> None:
    quantiles = np.sort(np.asarray(values))
    cdf = ndtr(z_on_grid(knots(quantiles)))[0]
    assert (np.diff(cdf) >= 0).all()
    for q, level in zip(quantiles[[2, 10, 18]], (0.10, 0.50, 0.90), strict=True):
        assert p_below(knots(quantiles), float(q) + 0.05)[0] >= level - 1e-9


@given(NORMALS, st.floats(-130, -70), st.floats(0, 6))
@example((-70.0, 2.0), -71.0, 5.0)
def test_p_below_with_spread_is_the_wider_normal(
    normal: tuple[float, float], level: float, spread: float
) -> None:
    mean, sd = normal
    expected = ndtr((level - mean) / np.hypot(sd, spread))
    ratio = spread / sd
    tolerance = 1e-3 if ratio <= 4 else 0.003 if ratio <= 6 else 0.03  # a steep step stays one
    assert p_below(knots(mean + sd * Z), level, spread)[0] == pytest.approx(expected, abs=tolerance)


def test_a_point_mass_is_a_steep_step() -> None:
    flat = knots(np.full(21, -100.0))
    assert p_below(flat, -100.5)[0] < 1e-6
    assert p_below(flat, -99.5)[0] > 1 - 1e-6


def test_levels_at_z_turns_the_scores_round() -> None:
    found = levels_at_z(knots(-100 + 5 * Z), np.array([-3.0, 0.0, 1.0, 3.0]))
    assert found[0] == pytest.approx([-115, -100, -95, -85], abs=0.05)


@pytest.mark.parametrize("bad", [np.full(21, np.nan), -np.arange(21.0)])
def test_quantiles_that_are_none_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ContractError, match=r"Invalid rsrp_quantiles_dbm\. Must be finite"):
        knots(bad)


@given(NORMALS, st.sampled_from([0.05, 0.5, 0.95]))
def test_quantiles_of_a_cdf(normal: tuple[float, float], level: float) -> None:
    mean, sd = normal
    cdf = ndtr((GRID_DBM - mean) / sd)[None, :]
    found = quantiles_of_cdf(cdf, (level,))[0, 0]
    assert found == pytest.approx(mean + sd * float(ndtri(level)), abs=0.26)


@given(NORMALS, st.floats(0.5, 5))
def test_the_normal_kernel_adds_variances(normal: tuple[float, float], spread: float) -> None:
    mean, sd = normal
    sd = max(sd, 2.0)
    wide = ndtr((GRID_DBM - mean) / sd) @ levels.normal_kernel(spread)
    expected = ndtr((GRID_DBM - mean) / np.hypot(sd, spread))
    assert np.abs(wide - expected).max() < 0.004


def test_no_spread_changes_nothing() -> None:
    assert (levels.normal_kernel(0.0) == np.eye(len(GRID_DBM))).all()


@pytest.mark.parametrize("shift", [0.0, 7.0, 7.3, -3.0])
def test_a_shift_reads_the_cdf_farther_up(shift: float) -> None:
    cdf = ndtr((GRID_DBM + 100) / 6)
    moved = cdf @ levels.shift_matrix(np.array([shift]), np.ones(1))
    assert np.abs(moved - ndtr((GRID_DBM + shift + 100) / 6)).max() < 1e-3
