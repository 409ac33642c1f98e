import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import average_precision_score

from coverage.signal import scores
from coverage.signal.distribution import NORMAL_SCORES

PREDICTED = np.array([-100.0, -90.0, -110.0])
TRUE = np.array([-103.0, -86.0, -110.0])


def test_errors_by_hand():
    assert scores.rmse(PREDICTED, TRUE) == pytest.approx(np.sqrt(25 / 3))
    assert scores.mae(PREDICTED, TRUE) == pytest.approx(7 / 3)
    assert scores.bias(PREDICTED, TRUE) == pytest.approx(-1 / 3)


def test_a_weight_of_two_is_a_row_twice():
    weight = np.array([2.0, 1.0, 1.0])
    twice = np.array([0, 0, 1, 2])
    assert scores.rmse(PREDICTED, TRUE, weight) == scores.rmse(PREDICTED[twice], TRUE[twice])


@pytest.mark.parametrize("score", [scores.rmse, scores.mae, scores.bias])
def test_no_rows_have_no_score(score):
    assert np.isnan(score(np.zeros(0), np.zeros(0)))


EVENTS = hnp.arrays(bool, st.integers(1, 60))


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.integers(0, 3))
def test_average_precision_is_scikit_learns(is_event, seed):
    score = np.random.default_rng(seed).integers(0, 6, len(is_event)).astype(float)
    ours = scores.average_precision(is_event, score)
    if not is_event.any():
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(average_precision_score(is_event, score))


@settings(max_examples=30, deadline=None)
@given(EVENTS, st.integers(0, 3))
def test_average_precision_with_weights_is_that_of_repeated_rows(is_event, seed):
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 6, len(is_event)).astype(float)
    weight = rng.integers(0, 3, len(is_event)).astype(float)
    rows = np.repeat(np.arange(len(is_event)), weight.astype(int))
    ours = scores.average_precision(is_event, score, weight)
    repeated = scores.average_precision(is_event[rows], score[rows])
    assert ours == pytest.approx(repeated, nan_ok=True)


def test_a_ranking_without_information_has_the_base_rate():
    is_event = np.arange(100) % 4 == 0
    assert scores.average_precision(is_event, np.zeros(100)) == pytest.approx(0.25)


@pytest.mark.parametrize(("k", "expected"), [(None, 0.5), (1, 0.5), (3, 1.0)])
def test_recall_among_the_first(k, expected):
    is_event = np.array([True, False, True, False])
    assert scores.recall_at(is_event, np.array([0.9, 0.8, 0.7, 0.1]), k) == expected


def test_recall_without_events_is_not_known():
    assert np.isnan(scores.recall_at(np.array([False]), np.array([1.0])))


def test_the_base_rate_has_no_brier_skill_and_certainty_has_all():
    is_event = np.array([True, False, False, False])
    assert scores.brier_skill(np.full(4, 0.25), is_event) == pytest.approx(0.0)
    assert scores.brier_skill(is_event.astype(float), is_event) == pytest.approx(1.0)


def test_brier_skill_without_variation_is_not_known():
    assert np.isnan(scores.brier_skill(np.array([0.1]), np.array([False])))


def test_calibration_error_of_a_probability_that_is_20_points_off():
    is_event = np.arange(1000) % 2 == 0
    assert scores.ece(np.full(1000, 0.7), is_event) == pytest.approx(0.2)


def test_calibration_bins_are_equally_large():
    table = scores.calibration_table(np.random.default_rng(0).random(95), np.zeros(95, dtype=bool))
    assert table["n"].sum() == 95
    assert table["n"].max() - table["n"].min() <= 1


@pytest.mark.parametrize(
    ("distance", "place"),
    [(0.0, 0), (249.9, 0), (250.0, 1), (999.0, 1), (1000.0, 2), (3000.0, 3), (np.nan, 3)],
)
def test_distance_bins_and_not_known_is_far(distance, place):
    assert scores.distance_bins(np.array([distance])).tolist() == [place]


def test_a_true_normal_is_covered_as_often_as_claimed():
    rng = np.random.default_rng(0)
    truth = -100 + 8 * rng.standard_normal(20_000)
    quantiles = np.broadcast_to(-100 + 8 * NORMAL_SCORES, (len(truth), 21))
    table = scores.interval_table(quantiles, truth, np.zeros(len(truth)), 0.9)
    row = table.set_index("distance").loc["all"]
    assert row["coverage"] == pytest.approx(0.9, abs=0.01)
    assert row["width_db"] == pytest.approx(2 * 1.645 * 8, abs=0.01)
    assert table.set_index("distance").loc["> 3 km", "n"] == 0


def test_the_bootstrap_interval_of_a_mean_is_the_textbooks():
    rng = np.random.default_rng(1)
    values = rng.standard_normal(400)
    found = scores.block_bootstrap(
        lambda w: float((w * values).sum() / w.sum()), np.arange(400), n_draws=2000
    )
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.08)


def test_copies_of_rows_within_a_block_do_not_narrow_the_interval():
    rng = np.random.default_rng(1)
    values = rng.standard_normal(50)
    copies, blocks = np.repeat(values, 20), np.repeat(np.arange(50), 20)
    one = scores.block_bootstrap(lambda w: float((w * values).sum() / w.sum()), np.arange(50))
    many = scores.block_bootstrap(lambda w: float((w * copies).sum() / w.sum()), blocks)
    assert (many.low, many.high) == pytest.approx((one.low, one.high))


def test_a_paired_difference_of_a_method_with_itself_is_zero():
    found = scores.block_bootstrap(
        lambda w: scores.rmse(PREDICTED, TRUE, w) - scores.rmse(PREDICTED, TRUE, w), np.arange(3)
    )
    assert (found.low, found.value, found.high) == (0.0, 0.0, 0.0)
    assert not found.excludes_zero


def test_one_block_gives_no_interval():
    found = scores.block_bootstrap(lambda w: float(w.sum()), np.zeros(4))
    assert found.value == 4.0
    assert np.isnan(found.low)
    assert not found.excludes_zero


@given(hnp.arrays(bool, 30), hnp.arrays(float, 30, elements=st.floats(0, 1)))
def test_recall_as_a_statistic_is_recall_where_every_row_counts_once(is_event, score):
    recall = scores.recall_statistic(is_event, score)(np.ones(30))
    assert recall == pytest.approx(scores.recall_at(is_event, score), nan_ok=True)


def test_a_row_that_counts_twice_is_two_rows_to_recall():
    is_event, score = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.6])
    weight = np.array([1.0, 2.0, 1.0, 1.0])
    recall = scores.recall_statistic(is_event, score)(weight)
    assert recall == scores.recall_at(
        np.repeat(is_event, [1, 2, 1, 1]), np.repeat(score, [1, 2, 1, 1])
    )
