import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from coverage.signal.distribution import LEVELS, NORMAL_SCORES, at_level, probability_below

ROWS = np.stack([-100 + 8 * NORMAL_SCORES, -90 + 3 * NORMAL_SCORES])


@pytest.mark.parametrize("level", [0.01, 0.05, 0.5, 0.95, 0.99])
def test_a_stored_level_is_given_back(level):
    assert at_level(ROWS, level) == pytest.approx(ROWS[:, np.argmin(np.abs(LEVELS - level))])


def test_a_level_between_is_the_normals():
    assert at_level(ROWS, 0.125) == pytest.approx(
        [-100 + 8 * norm.ppf(0.125), -90 + 3 * norm.ppf(0.125)]
    )


@settings(max_examples=60)
@given(st.floats(-160, -40))
def test_the_probability_of_a_normal_is_the_normals_also_in_its_tails(limit):
    expected = [norm.cdf((limit + 100) / 8), norm.cdf((limit + 90) / 3)]
    assert probability_below(ROWS, limit) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40)
@given(
    st.lists(st.floats(-140, -50), min_size=21, max_size=21), st.floats(-140, -50), st.floats(0, 20)
)
def test_the_probability_never_falls_as_the_limit_rises(values, limit, step):
    row = np.sort(np.array(values))[None]
    low, high = probability_below(row, limit), probability_below(row, limit + step)
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-12


def test_a_point_mass_is_certain_on_both_sides():
    row = np.full((1, 21), -100.0)
    assert probability_below(row, -101.0) == pytest.approx(0.0)
    assert probability_below(row, -99.0) == pytest.approx(1.0)
