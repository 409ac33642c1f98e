import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from coverage.errors import InputError
from coverage.signal.censored import (
    BoostingParams,
    Target,
    below,
    fit_boosting,
    fit_linear,
    predict_boosting,
)


def target(level, upper=None, weight=None):
    level = np.asarray(level, dtype=float)
    return Target(
        level_db=level,
        upper_db=np.full(len(level), np.nan) if upper is None else np.asarray(upper, dtype=float),
        weight=np.ones(len(level)) if weight is None else weight,
    )


@given(st.floats(-130, -70), st.floats(1, 12), st.floats(-135, -60))
def test_a_normal_below_a_limit_is_scipys(mean, sd, upper):
    found_mean, found_variance = below(np.array([mean]), np.array([sd]), np.array([upper]))
    expected = truncnorm(-np.inf, (upper - mean) / sd, loc=mean, scale=sd)
    assert found_mean[0] <= upper + 1e-9
    if (upper - mean) / sd > -5:
        assert found_mean[0] == pytest.approx(expected.mean(), abs=1e-3)
        assert found_variance[0] == pytest.approx(expected.var(), abs=1e-2)


def test_far_in_the_tail_the_mean_stays_just_below_the_limit():
    mean, variance = below(np.array([0.0]), np.array([1.0]), np.array([-40.0]))
    assert -40.1 < mean[0] < -40.0
    assert 0 <= variance[0] < 0.01


def censored_line(n=3000, floor=-110.0, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 4, n)
    level = -80 - 10 * x + 6 * rng.standard_normal(n)
    hidden = level < floor
    design = np.column_stack([np.ones(n), x])
    return design, level, hidden, floor


WIDE = (np.zeros(2), np.full(2, 1e3))


def test_the_tobit_fit_finds_line_and_spread_behind_the_limit():
    design, level, hidden, floor = censored_line()
    seen = target(np.where(hidden, np.nan, level), np.full(len(level), floor))
    fit = fit_linear(design, seen, *WIDE)
    assert fit.coefficients == pytest.approx([-80.0, -10.0], abs=0.6)
    assert fit.sd_db == pytest.approx(6.0, abs=0.3)


def test_dropping_the_hidden_rows_would_flatten_the_line():
    design, level, hidden, floor = censored_line()
    dropped = fit_linear(design[~hidden], target(level[~hidden]), *WIDE)
    limit = fit_linear(design, target(np.where(hidden, floor, level)), *WIDE)
    assert dropped.coefficients[1] > -8.7
    assert limit.coefficients[1] > -9.2


def test_without_rows_the_fit_is_its_prior():
    fit = fit_linear(np.zeros((0, 2)), target([]), np.array([-100.0, 1.0]), np.array([10.0, 0.3]))
    assert fit.coefficients.tolist() == [-100.0, 1.0]


def test_few_rows_stay_near_the_prior_and_many_leave_it():
    prior = (np.array([-100.0]), np.array([2.0]))
    few = fit_linear(np.ones((1, 1)), target([-60.0]), *prior)
    many = fit_linear(np.ones((500, 1)), target([-60.0] * 500), *prior)
    assert few.coefficients[0] < -90
    assert many.coefficients[0] == pytest.approx(-60, abs=2)


def test_a_row_of_weight_zero_says_nothing():
    weight = np.array([1.0, 1.0, 0.0])
    with_it = fit_linear(
        np.ones((3, 1)), target([-90, -92, 0], weight=weight), *(np.zeros(1), np.ones(1) * 1e3)
    )
    without = fit_linear(np.ones((2, 1)), target([-90, -92]), *(np.zeros(1), np.ones(1) * 1e3))
    assert with_it.coefficients == pytest.approx(without.coefficients)


def steps(n=1500, floor=-8.0):
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (n, 1))
    residual = np.where(x[:, 0] < 0.5, 5.0, -12.0) + 3 * rng.standard_normal(n)
    return x, np.where(residual < floor, np.nan, residual), np.full(n, floor)


PARAMS = BoostingParams(depth=2, rounds=60, min_leaf=20)


def test_boosting_finds_a_step_and_looks_below_the_limit():
    x, residual, upper = steps()
    booster = fit_boosting(x, target(residual, upper), PARAMS, seed=0, n_threads=1)
    high, low = predict_boosting(booster, np.array([[0.2], [0.8]]), 1)
    assert high == pytest.approx(5.0, abs=1.0)
    assert low < -9.0


def test_the_number_of_threads_does_not_change_the_trees():
    x, residual, upper = steps()
    made = [
        fit_boosting(x, target(residual, upper), PARAMS, seed=0, n_threads=n).save_raw("json")
        for n in (1, 2)
    ]
    assert made[0] == made[1]


def test_trees_that_saw_nothing_to_learn_say_nothing():
    flat = target(np.zeros(200))
    booster = fit_boosting(
        np.random.default_rng(0).random((200, 2)), flat, PARAMS, seed=0, n_threads=1
    )
    assert (
        np.abs(predict_boosting(booster, np.random.default_rng(1).random((50, 2)), 1)).max() < 0.01
    )


@pytest.mark.parametrize(
    ("change", "name"),
    [({"depth": 0}, "depth"), ({"rounds": 0}, "rounds"), ({"learning_rate": 0.0}, "learning_rate"),
     ({"min_leaf": 0.5}, "min_leaf"), ({"scale_db": 0.0}, "scale_db")],
)  # fmt: skip
def test_boosting_params_are_checked(change, name):
    with pytest.raises(InputError, match=f"Invalid {name}"):
        BoostingParams(**change)
