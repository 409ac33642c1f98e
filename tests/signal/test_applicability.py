import numpy as np
import pytest

from coverage.signal.applicability import fit


def made(n=500, importance=(1.0, 1.0), seed=0):
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n, 2))
    return features, fit(features, np.array(importance), np.arange(n) % 5, seed=0)


def test_training_places_are_inside_but_for_outliers():
    features, area = made()
    assert area.contains(features).all()
    assert area.dissimilarity(features).max() == pytest.approx(0.0)


def test_new_places_of_the_same_kind_are_inside_and_far_ones_are_not():
    _, area = made()
    new = np.random.default_rng(1).standard_normal((500, 2))
    assert area.contains(new).mean() > 0.85
    assert not area.contains(np.array([[8.0, 0.0]])).any()


def test_a_feature_without_importance_does_not_count():
    _, area = made(importance=(1.0, 0.0))
    assert area.contains(np.array([[0.0, 1e6]])).all()


def test_without_any_importance_every_place_is_inside():
    _, area = made(importance=(0.0, 0.0))
    assert area.contains(np.array([[1e6, 1e6]])).all()


def test_few_samples_know_no_place():
    _, area = made(n=19)
    assert not area.contains(np.zeros((1, 2))).any()


def test_importance_shares_decide_and_not_their_unit():
    features, area = made(importance=(3.0, 1.0))
    _, scaled = made(importance=(300.0, 100.0))
    other = features[:50] + 1.5
    assert area.dissimilarity(other) == pytest.approx(scaled.dissimilarity(other))


def test_one_fold_is_compared_with_itself():
    features = np.random.default_rng(0).standard_normal((100, 2))
    area = fit(features, np.ones(2), np.zeros(100, dtype=np.int64), seed=0)
    assert area.limit > 0


def test_many_samples_are_thinned_the_same_way_each_time():
    features = np.random.default_rng(0).standard_normal((9000, 2))
    fold = np.arange(9000) % 5
    first = fit(features, np.ones(2), fold, seed=3)
    second = fit(features, np.ones(2), fold, seed=3)
    assert len(first.samples) == 6000
    assert (first.samples == second.samples).all()


def test_a_place_of_which_a_feature_is_not_known_is_not_inside():
    features, area = made()
    assert area.contains(np.array([[np.nan, 0.0], [0.0, 0.0]])).tolist() == [False, True]
    gappy = features.copy()
    gappy[::2, 1] = np.nan
    again = fit(gappy, np.ones(2), np.arange(len(gappy)) % 5, seed=0)
    assert len(again.samples) == len(features) // 2
