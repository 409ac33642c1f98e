import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.signal.columns import joined
from coverage.signal.conformal import (
    MIN_CELLS,
    ConformalParams,
    Scores,
    bin_of,
    censored_quantiles,
    fit,
)
from coverage.signal.distribution import LEVELS, NORMAL_SCORES

PARAMS = ConformalParams(distance_edges_m=(100.0, 1000.0))
OF_FEW = 2.1318 * (1 + 1 / MIN_CELLS) ** 0.5  # Student's t at 95 % with 4 degrees of freedom


def scores(values, distance=10.0, is_censored=None, is_reference=True, cell=None):
    n = len(values)
    return Scores(
        standard=np.asarray(values, dtype=float),
        is_censored=np.zeros(n, dtype=bool) if is_censored is None else is_censored,
        distance_m=np.broadcast_to(np.asarray(distance, dtype=float), n).copy(),
        weight=np.ones(n),
        is_reference=np.full(n, is_reference),
        cell=np.arange(n, dtype=np.uint64) if cell is None else cell,
    )


def normals(n, sd=1.0, seed=0):
    return sd * np.random.default_rng(seed).standard_normal(n)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60))
def test_without_censoring_quantiles_are_order_statistics(values):
    values = np.array(values, dtype=float)
    found = censored_quantiles(
        values, np.zeros(len(values), dtype=bool), np.ones(len(values)), LEVELS
    )
    expected = np.quantile(values, LEVELS, method="inverted_cdf")
    assert found == pytest.approx(expected)


def test_quantiles_above_the_limit_ignore_how_far_below_it_the_rest_lies():
    values = normals(4000)
    is_censored = values < -0.8
    seen = np.where(is_censored, -0.8, values)
    found = censored_quantiles(seen, is_censored, np.ones(4000), LEVELS)
    plain = np.quantile(values, LEVELS)
    above = LEVELS > 0.25
    assert found[above] == pytest.approx(plain[above], abs=0.03)
    assert np.isnan(found[LEVELS < 0.15]).all()


def test_limits_that_differ_are_put_together_by_the_product_limit():
    rng = np.random.default_rng(2)
    values, limit = rng.standard_normal(20_000), rng.uniform(-2.5, 0.5, 20_000)
    is_censored = values < limit
    found = censored_quantiles(np.maximum(values, limit), is_censored, np.ones(20_000), LEVELS)
    assert found[2:] == pytest.approx(NORMAL_SCORES[2:], abs=0.08)


def test_all_censored_or_nothing_says_nothing():
    both = censored_quantiles(np.ones(3), np.ones(3, dtype=bool), np.ones(3), LEVELS)
    assert np.isnan(both).all()
    assert np.isnan(
        censored_quantiles(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0), LEVELS)
    ).all()


def test_weights_count_like_repeated_rows():
    values, plain = np.array([1.0, 2.0, 3.0]), np.zeros(3, dtype=bool)
    weighted = censored_quantiles(values, plain, np.array([3.0, 1.0, 1.0]), LEVELS)
    repeated = censored_quantiles(
        np.array([1.0, 1.0, 1.0, 2.0, 3.0]), np.zeros(5, dtype=bool), np.ones(5), LEVELS
    )
    assert (weighted == repeated).all()


def test_without_evidence_the_table_is_student_s_of_few_cells():
    made = fit(scores([]), PARAMS)
    assert made.table[:, LEVELS == 0.95] == pytest.approx(OF_FEW, abs=1e-3)
    assert made.table == pytest.approx(-made.table[:, ::-1])


def test_many_samples_of_few_cells_widen_what_they_tell():
    values = normals(6000)
    alone = fit(scores(values), PARAMS)
    together = fit(scores(values, cell=np.arange(6000, dtype=np.uint64) % 10), PARAMS)
    at = LEVELS == 0.95
    expected = 1.8331 * (1 + 1 / 10) ** 0.5 / 1.6449  # Student's t with 9 degrees of freedom
    assert together.table[0, at] / alone.table[0, at] == pytest.approx(expected, abs=0.01)


def test_cells_of_unequal_weight_count_less():
    cell = np.array([1, 1, 1, 2], dtype=np.uint64)
    assert scores(normals(4), cell=cell).n_cells() == pytest.approx(16 / 10)


def test_no_scores_are_no_cells():
    assert scores([]).n_cells() == 0


def test_a_bin_with_evidence_has_its_own_width():
    both = joined([scores(normals(9000, 0.5), 10.0), scores(normals(9000, 2.0), 5000.0)])
    made = fit(both, PARAMS)
    width = made.table[:, LEVELS == 0.95] - made.table[:, LEVELS == 0.05]
    assert width[0, 0] == pytest.approx(2 * 1.645 * 0.5, rel=0.15)
    assert width[2, 0] == pytest.approx(2 * 1.645 * 2.0, rel=0.15)


def test_an_empty_bin_takes_the_quantiles_of_all():
    made = fit(scores(normals(6000, 2.0), 10.0), PARAMS)
    assert made.n_scores.tolist() == [6000, 0, 0]
    assert made.table[1] == pytest.approx(made.table[2])
    assert made.table[1, LEVELS == 0.95] == pytest.approx(2.0 * OF_FEW, rel=0.1)


def test_what_is_narrow_near_the_data_says_nothing_of_far_places():
    made = fit(scores(normals(6000, 0.4), 10.0), PARAMS)
    assert made.table[0, LEVELS == 0.95] < 0.8
    assert made.table[2, LEVELS == 0.95] == pytest.approx(OF_FEW, abs=0.03)
    assert made.table[2, LEVELS == 0.05] == pytest.approx(-OF_FEW, abs=0.03)


def test_new_scores_of_the_same_kind_are_covered_as_claimed():
    made = fit(scores(normals(4000, 1.6), 10.0), PARAMS)
    new = normals(8000, 1.6, seed=9)
    quantiles = made.quantiles(np.zeros(8000), np.ones(8000), np.full(8000, 10.0))
    inside = (new >= quantiles[:, 1]) & (new <= quantiles[:, -2])
    assert inside.mean() == pytest.approx(0.90, abs=0.015)


def test_drive_tests_speak_alone_where_they_suffice():
    crowd = scores(normals(4000, 4.0), 10.0, is_reference=False)
    made = fit(joined([crowd, scores(normals(2000), 10.0)]), PARAMS)
    assert made.table[0, LEVELS == 0.95] == pytest.approx(1.645, abs=0.2)


def test_the_crowd_speaks_where_drive_tests_are_few():
    crowd = scores(normals(4000, 4.0), 10.0, is_reference=False)
    made = fit(joined([crowd, scores(normals(50), 10.0)]), PARAMS)
    assert made.table[0, LEVELS == 0.95] > 5.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 400), st.floats(0, 1))
def test_quantiles_never_cross(seed, n, censored_share):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(n)
    made = fit(scores(values, 10.0, rng.random(n) < censored_share), PARAMS)
    assert (np.diff(made.table, axis=1) >= 0).all()
    assert np.isfinite(made.table).all()


@pytest.mark.parametrize(
    ("distance", "place"), [(0.0, 0), (99.9, 0), (100.0, 1), (1000.0, 2), (np.nan, 2)]
)
def test_a_distance_that_is_not_known_counts_as_far(distance, place):
    assert bin_of(np.array([distance]), np.array([100.0, 1000.0])).tolist() == [place]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"distance_edges_m": ()}, "distance_edges_m"),
        ({"distance_edges_m": (5.0, 5.0)}, "distance_edges_m"),
        ({"distance_edges_m": (0.0, 5.0)}, "distance_edges_m"),
        ({"min_scores": 19.0}, "min_scores"),
    ],
)
def test_params_are_checked(change, name):
    with pytest.raises(InputError, match=f"Invalid {name}"):
        ConformalParams(**change)
