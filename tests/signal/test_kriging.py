import numpy as np
import pytest

from coverage.errors import InputError
from coverage.signal.kriging import Kriging
from coverage.signal.variogram import (
    KrigingParams,
    Residuals,
    Variogram,
    correlation,
    empirical_variogram,
    fit_variogram,
)

PLAIN = Variogram(micro_db2=0.5, sills_db2=(30.0, 0.0), ranges_m=(800.0, 800.0))


def residuals(n=200, seed=0, n_operators=1, noise=1.0, extent_m=5000.0):
    rng = np.random.default_rng(seed)
    return Residuals(
        plane_m=rng.uniform(0, extent_m, (n, 2)),
        operator=rng.integers(0, n_operators, n),
        residual_db=5 * rng.standard_normal(n),
        noise_db2=np.full(n, noise),
    )


def kriging(samples, n_neighbours=24, variogram=PLAIN, **options):
    params = KrigingParams(n_neighbours=n_neighbours)
    return Kriging(residuals=samples, variogram=variogram, params=params, **options)


def exponential_field(n, extent_m, range_m, *, sd_db=6.0, noise_db=2.0, seed):
    """A field drawn exactly from its covariance, and noisy samples of it."""
    rng = np.random.default_rng(seed)
    plane_m = rng.uniform(0, extent_m, (n, 2))
    apart = np.linalg.norm(plane_m[:, None] - plane_m[None], axis=-1)
    factor = np.linalg.cholesky(sd_db**2 * np.exp(-apart / range_m) + 1e-6 * np.eye(n))
    true = factor @ rng.standard_normal(n)
    samples = Residuals(
        plane_m=plane_m, operator=np.zeros(n, dtype=np.int64),
        residual_db=true + noise_db * rng.standard_normal(n), noise_db2=np.full(n, noise_db**2),
    )  # fmt: skip
    return samples, true


def test_with_all_neighbours_it_is_the_textbook_formula():
    samples = residuals(12)
    target = np.array([[2000.0, 2500.0]])
    apart = np.linalg.norm(samples.plane_m[:, None] - samples.plane_m[None], axis=-1)
    matrix = PLAIN.covariance(apart) + np.eye(12) * (1.0 + PLAIN.micro_db2)
    towards = PLAIN.covariance(np.linalg.norm(samples.plane_m - target, axis=1))
    weights = np.linalg.solve(matrix, towards)
    mean, variance, _ = kriging(samples).predict(target, np.zeros(1, dtype=np.int64))
    assert mean[0] == pytest.approx(weights @ samples.residual_db)
    assert variance[0] == pytest.approx(PLAIN.variance_db2 - weights @ towards)


def test_a_sample_without_noise_is_given_back_at_its_place():
    samples = residuals(50, noise=1e-9)
    sharp = Variogram(micro_db2=1e-9, sills_db2=(30.0, 0.0), ranges_m=(800.0, 800.0))
    mean, variance, distance = kriging(samples, variogram=sharp).predict(
        samples.plane_m, samples.operator
    )
    assert mean == pytest.approx(samples.residual_db, abs=1e-4)
    assert variance.max() < 0.1
    assert distance.max() == 0.0


def test_far_from_every_sample_it_fades_to_zero_and_the_full_variance():
    mean, variance, _ = kriging(residuals()).predict(
        np.array([[1e6, 1e6]]), np.zeros(1, dtype=np.int64)
    )
    assert mean[0] == pytest.approx(0.0, abs=1e-6)
    assert variance[0] == pytest.approx(PLAIN.variance_db2)


def test_ordinary_kriging_of_a_constant_is_the_constant_everywhere():
    samples = residuals(60)
    constant = Residuals(
        plane_m=samples.plane_m, operator=samples.operator,
        residual_db=np.full(60, -7.0), noise_db2=samples.noise_db2,
    )  # fmt: skip
    mean, _, _ = kriging(constant, has_mean=True).predict(
        np.array([[0.0, 0.0], [9e4, 9e4]]), np.zeros(2, dtype=np.int64)
    )
    assert mean == pytest.approx([-7.0, -7.0])


def test_a_regional_part_without_end_is_ordinary_kriging():
    samples, places = residuals(80), np.array([[2500.0, 2500.0], [9000.0, 9000.0]])
    code = np.zeros(2, dtype=np.int64)
    told, _, _ = kriging(samples, variogram=PLAIN.with_region(1e6)).predict(places, code)
    ordinary, _, _ = kriging(samples, has_mean=True).predict(places, code)
    assert told == pytest.approx(ordinary, abs=1e-3)


def test_with_a_regional_part_it_fades_towards_what_the_neighbours_share():
    samples = residuals(60)
    constant = Residuals(
        plane_m=samples.plane_m, operator=samples.operator,
        residual_db=np.full(60, -7.0), noise_db2=samples.noise_db2,
    )  # fmt: skip
    far, code = np.array([[1e6, 1e6]]), np.zeros(1, dtype=np.int64)
    told = [
        kriging(constant, variogram=PLAIN.with_region(share)).predict(far, code)[0][0]
        for share in (0.0, 0.1, 0.2, 0.5)
    ]
    assert told[0] == pytest.approx(0.0, abs=1e-6)
    assert told == sorted(told, reverse=True)
    assert told[-1] > -7.0


def test_a_regional_part_is_a_share_of_the_variance_without_it_and_has_no_range():
    twice = PLAIN.with_region(0.5).with_region(0.2)
    assert twice.variance_db2 == pytest.approx(1.2 * PLAIN.variance_db2)
    assert twice.practical_range_m() == PLAIN.practical_range_m()


def test_the_weights_told_are_those_of_the_prediction():
    samples, places = residuals(80, n_operators=2), np.array([[2500.0, 2500.0], [0.0, 900.0]])
    field = kriging(samples, coupling=np.array([[1.0, 0.5], [0.5, 1.0]]))
    rows, weights, left = field.weights(places, 1)
    mean, variance, _ = field.predict(places, np.ones(2, dtype=np.int64))
    assert (weights * samples.residual_db[rows]).sum(axis=1) == pytest.approx(mean)
    assert left == pytest.approx(variance)


def test_nobody_speaks_for_an_operator_without_samples():
    rows, weights, left = kriging(residuals()).weights(np.zeros((2, 2)), 3)
    assert rows.shape == weights.shape == (2, 0)
    assert left.tolist() == [PLAIN.variance_db2] * 2


def test_an_operator_without_samples_gets_the_trend_and_no_distance():
    mean, variance, distance = kriging(residuals()).predict(
        np.zeros((1, 2)), np.array([3], dtype=np.int64)
    )
    assert (mean[0], variance[0]) == (0.0, PLAIN.variance_db2)
    assert np.isnan(distance[0])


def test_operators_do_not_borrow_from_each_other():
    samples = residuals(200, n_operators=2)
    both = kriging(samples).predict(np.full((1, 2), 2500.0), np.array([1]))
    alone = kriging(samples.take(np.flatnonzero(samples.operator == 1))).predict(
        np.full((1, 2), 2500.0), np.array([1])
    )
    assert both[0] == pytest.approx(alone[0])


def test_a_sample_left_out_does_not_see_itself():
    samples = residuals(80)
    k = kriging(samples)
    own = np.arange(80)
    left_out = k.predict(samples.plane_m, samples.operator, own=own)[0]
    for i in (0, 17, 79):
        rest = kriging(samples.take(np.delete(own, i)))
        expected = rest.predict(samples.plane_m[[i]], samples.operator[[i]])[0]
        assert left_out[i] == pytest.approx(expected[0], abs=1e-6)


def test_samples_that_share_a_place_still_leave_out_their_own():
    samples = residuals(30)
    doubled = samples.take(np.repeat(np.arange(30), 2))
    mean, _, distance = kriging(doubled).predict(
        doubled.plane_m, doubled.operator, own=np.arange(60)
    )
    assert np.isfinite(mean).all()
    assert distance.max() == 0.0


def test_the_nearest_distance_is_that_of_the_operator():
    samples = residuals(200, n_operators=2)
    at = np.array([[100.0, 100.0]])
    expected = np.linalg.norm(samples.plane_m[samples.operator == 1] - at, axis=1).min()
    assert kriging(samples).nearest_m(at, np.array([1]))[0] == pytest.approx(expected)
    assert np.isnan(kriging(samples).nearest_m(at, np.array([7]))[0])


def test_standardised_errors_have_unit_spread_where_the_covariance_is_right():
    samples, true = exponential_field(900, 12_000.0, 1000.0, seed=3)
    known, asked = np.arange(600), np.arange(600, 900)
    right = Variogram(micro_db2=1e-6, sills_db2=(36.0, 0.0), ranges_m=(1000.0, 1000.0))
    mean, variance, _ = kriging(samples.take(known), variogram=right).predict(
        samples.plane_m[asked], samples.operator[asked]
    )
    standard = (true[asked] - mean) / np.sqrt(variance)
    assert standard.std() == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("range_m", [400.0, 1200.0])
def test_the_practical_range_is_found_within_a_factor_of_two(range_m):
    samples, _ = exponential_field(1500, 15_000.0, range_m, seed=5)
    found = fit_variogram(samples, KrigingParams(), seed=0)
    assert 0.5 < found.practical_range_m() / (3 * range_m) < 2.0
    assert found.variance_db2 == pytest.approx(36.0, rel=0.35)


def test_noise_is_no_field():
    rng = np.random.default_rng(0)
    noise_only = Residuals(
        plane_m=rng.uniform(0, 9000, (1000, 2)), operator=np.zeros(1000, dtype=np.int64),
        residual_db=5 * rng.standard_normal(1000), noise_db2=np.full(1000, 25.0),
    )  # fmt: skip
    assert fit_variogram(noise_only, KrigingParams(), seed=0).variance_db2 < 3.0


@pytest.mark.parametrize("n", [0, 1, 5])
def test_few_samples_get_a_default_variogram(n):
    found = fit_variogram(residuals(n), KrigingParams(), seed=0)
    assert found.variance_db2 > 0
    assert found.sills_db2[1] == 0.0


def test_the_variogram_does_not_change_from_run_to_run():
    samples = residuals(3000, extent_m=20_000.0)
    assert fit_variogram(samples, KrigingParams(), seed=4) == fit_variogram(
        samples, KrigingParams(), seed=4
    )


def test_pairs_of_neighbours_fill_the_short_lags_of_many_samples():
    samples = residuals(4000, extent_m=20_000.0)
    lag_m, _, n_pairs = empirical_variogram(samples, KrigingParams(max_points=100), seed=0)
    assert n_pairs[lag_m < 500].sum() > 10_000


@pytest.mark.parametrize("is_smooth", [False, True])
def test_correlation_falls_from_one(is_smooth):
    values = correlation(np.linspace(0, 5, 50), is_smooth=is_smooth)
    assert values[0] == 1.0
    assert (np.diff(values) < 0).all()


@pytest.mark.parametrize(
    ("change", "name"),
    [({"n_neighbours": 0}, "n_neighbours"), ({"max_lag_m": 100.0}, "max_lag_m"),
     ({"n_lags": 4}, "n_lags"), ({"max_points": 49}, "max_points"),
     ({"max_noise_share": 0.0}, "max_noise_share")],
)  # fmt: skip
def test_params_are_checked(change, name):
    with pytest.raises(InputError, match=f"Invalid {name}"):
        KrigingParams(**change)


def two_operators(n=300, seed=0):
    """Two operators in one field: the second is the first again, at other places."""
    samples, true = exponential_field(2 * n, 9000.0, 1500.0, seed=seed)
    operator = np.arange(2 * n) % 2
    return Residuals(
        plane_m=samples.plane_m, operator=operator, residual_db=samples.residual_db,
        noise_db2=samples.noise_db2,
    ), true  # fmt: skip


FIELD = Variogram(micro_db2=0.1, sills_db2=(36.0, 0.0), ranges_m=(1500.0, 1500.0))


def test_operators_that_do_not_go_together_do_not_borrow():
    samples, _ = two_operators()
    at, whose = np.full((5, 2), [[4000.0, 4000.0]]), np.zeros(5, dtype=np.int64)
    alone = kriging(samples, variogram=FIELD).predict(at, whose)
    uncoupled = kriging(samples, variogram=FIELD, coupling=np.eye(2)).predict(at, whose)
    assert uncoupled[0] == pytest.approx(alone[0])
    assert uncoupled[1] == pytest.approx(alone[1])


def test_an_operator_with_few_samples_borrows_from_one_that_goes_with_it():
    samples, true = two_operators()
    asked = np.flatnonzero(samples.operator == 1)[40:]
    known = samples.take(np.setdiff1d(np.arange(600), asked))
    error = {}
    for name, coupling in (("alone", None), ("coupled", np.array([[1.0, 0.95], [0.95, 1.0]]))):
        mean, variance, distance = kriging(known, variogram=FIELD, coupling=coupling).predict(
            samples.plane_m[asked], samples.operator[asked]
        )
        error[name] = np.sqrt(np.mean((mean - true[asked]) ** 2))
        error[f"{name} said"] = np.sqrt(variance.mean())
        error[f"{name} far"] = distance.mean()
    assert error["coupled"] < 0.75 * error["alone"]
    assert error["coupled said"] < 0.85 * error["alone said"]
    assert error["coupled far"] == error["alone far"]  # the distance is to the operator's own
