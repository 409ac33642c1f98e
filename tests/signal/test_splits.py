import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.model_selection import cross_val_score

from coverage.geodesy import distance_m
from coverage.hexgrid import cells_of
from coverage.signal.splits import (
    BlockKFold,
    GroupKFold,
    LeaveGroupOut,
    NearestNeighbourMatchedKFold,
    RandomKFold,
    beyond,
    deal_groups,
)


def places(n=400, seed=0, spread_deg=0.2):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "latitude_deg": -6.5 + spread_deg * rng.random(n),
        "longitude_deg": 106.0 + spread_deg * rng.random(n),
        "campaign": rng.integers(0, 3, n),
    })  # fmt: skip


FAR_TARGETS = pd.DataFrame({"latitude_deg": [-6.9] * 50, "longitude_deg": [105.5] * 50})

SPLITTERS = [
    RandomKFold(4, seed=1),
    BlockKFold(4, resolution=7, seed=1),
    NearestNeighbourMatchedKFold(places(100, seed=9), 4, n_candidates=4, seed=1),
    LeaveGroupOut("campaign"),
]


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda s: type(s).__name__)
def test_each_row_is_held_out_once_and_never_trained_on_then(splitter):
    rows = places()
    held = []
    for train, test in splitter.split(rows):
        assert not set(train) & set(test)
        held.extend(test.tolist())
    assert sorted(held) == list(range(len(rows)))


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda s: type(s).__name__)
def test_the_number_of_folds_is_the_one_announced(splitter):
    rows = places()
    assert len(list(splitter.split(rows))) == splitter.get_n_splits(rows)


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda s: type(s).__name__)
def test_a_split_is_the_same_every_time(splitter):
    rows = places()
    first, second = list(splitter.split(rows)), list(splitter.split(rows))
    assert all((a[1] == b[1]).all() for a, b in zip(first, second, strict=True))


class Mean(BaseEstimator):
    def fit(self, rows, y):
        self.mean_ = y.mean()
        return self

    def predict(self, rows):
        return np.full(len(rows), self.mean_)

    def score(self, rows, y):
        return -np.mean((self.predict(rows) - y) ** 2)


def test_a_splitter_serves_scikit_learn():
    rows = places()
    assert (
        len(cross_val_score(Mean(), rows, rows["latitude_deg"], cv=BlockKFold(3, resolution=7)))
        == 3
    )


def test_no_block_is_torn():
    rows = places()
    cells = cells_of(rows["latitude_deg"], rows["longitude_deg"], 7)
    for train, test in BlockKFold(4, resolution=7).split(rows):
        assert not set(cells[train].tolist()) & set(cells[test].tolist())


@pytest.mark.parametrize("buffer_m", [0.0, 800.0])
def test_nothing_in_training_lies_within_the_buffer(buffer_m):
    rows = places(200)
    for train, test in BlockKFold(4, resolution=7, buffer_m=buffer_m).split(rows):
        a, b = rows.iloc[train], rows.iloc[test]
        apart = distance_m(
            a["latitude_deg"].to_numpy()[:, None], a["longitude_deg"].to_numpy()[:, None],
            b["latitude_deg"].to_numpy(), b["longitude_deg"].to_numpy(),
        )  # fmt: skip
        assert apart.min() >= buffer_m * 0.999


def test_blocks_of_folds_are_about_equally_large():
    sizes = [len(test) for _, test in BlockKFold(4, resolution=8).split(places(2000))]
    assert max(sizes) - min(sizes) < 40


def test_more_folds_than_blocks_are_refused():
    with pytest.raises(ValueError, match="Invalid n_splits 5"):
        list(BlockKFold(5, resolution=2).split(places()))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=80), st.integers(0, 5))
def test_groups_stay_whole_whatever_their_sizes(groups, seed):
    groups = np.array(groups)
    n = len(np.unique(groups))
    fold = deal_groups(groups, min(3, n), seed)
    assert all(len(np.unique(fold[groups == g])) == 1 for g in np.unique(groups))
    assert set(fold) == set(range(min(3, n)))


def test_matched_folds_move_away_when_the_targets_are_far():
    rows = places(600)
    near = NearestNeighbourMatchedKFold(places(300, seed=5), 3, n_candidates=6)
    far = NearestNeighbourMatchedKFold(FAR_TARGETS, 3, n_candidates=6)
    list(near.split(rows))
    list(far.split(rows))
    assert np.median(far.fold_distances_m_) > 3 * np.median(near.fold_distances_m_)


def test_matched_folds_come_closer_to_the_targets_than_random_ones():
    rows = places(600)
    targets = places(300, seed=5, spread_deg=0.3)
    matched = NearestNeighbourMatchedKFold(targets, 3, n_candidates=8)
    list(matched.split(rows))
    only_random = NearestNeighbourMatchedKFold(targets, 3, n_candidates=8)
    only_random._candidates = lambda plane_m: iter([np.arange(len(plane_m)) % 3])
    list(only_random.split(rows))
    assert matched.wasserstein_m_ < only_random.wasserstein_m_


def test_fewer_rows_than_matched_folds_are_refused():
    with pytest.raises(ValueError, match="Invalid n_splits 3"):
        list(NearestNeighbourMatchedKFold(places(10), 3).split(places(2)))


def test_a_group_is_left_out_as_a_whole():
    rows = places()
    held = [set(rows["campaign"].iloc[test]) for _, test in LeaveGroupOut("campaign").split(rows)]
    assert held == [{0}, {1}, {2}]


def test_without_test_rows_no_training_row_is_dropped():
    train = np.arange(3)
    assert (beyond(np.zeros((3, 2)), train, np.zeros(0, dtype=np.int64), 100.0) == train).all()


def test_groups_stay_whole_and_every_row_is_held_out_once():
    frame = pd.DataFrame({"district": list("aabbbccdde") * 3})
    folds = list(GroupKFold("district", 3).split(frame))
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(30))
    for train, test in folds:
        assert set(frame["district"].iloc[train]).isdisjoint(frame["district"].iloc[test])


def test_there_are_no_more_folds_than_groups():
    frame = pd.DataFrame({"district": ["a", "b", "a"]})
    assert len(list(GroupKFold("district", 8).split(frame))) == 2
