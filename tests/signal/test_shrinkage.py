"""Of the kriged residual as much is believed as held-out samples bear out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.signal import shrinkage
from coverage.signal.columns import joined
from coverage.signal.shrinkage import Pairs, Shrinkage

EDGES_M = (100.0, 1000.0)


def pairs(kept, distance_m=50.0, *, n=600, n_blocks=60, noise_db=3.0, seed=0):
    """Residuals of which this share was in what was kriged."""
    rng = np.random.default_rng(seed)
    kriged_db = rng.normal(0.0, 6.0, n)
    return Pairs(
        seen_db=kept * kriged_db + rng.normal(0.0, noise_db, n),
        kriged_db=kriged_db,
        distance_m=np.full(n, distance_m),
        weight=np.ones(n),
        block=(np.arange(n) % n_blocks).astype(np.uint64),
    )


@pytest.mark.parametrize("kept", [0.0, 0.4, 1.0])
def test_many_blocks_tell_the_share(kept):
    assert shrinkage.slope(pairs(kept)) == pytest.approx(kept, abs=0.05)


def test_few_blocks_tell_nothing():
    assert shrinkage.slope(pairs(0.0, n_blocks=shrinkage.MIN_BLOCKS - 1)) == 1.0


def test_the_less_the_blocks_tell_the_nearer_the_share_is_to_one():
    few = [shrinkage.slope(pairs(0.0, n=30, n_blocks=10, noise_db=20.0, seed=k)) for k in range(50)]
    many = [shrinkage.slope(pairs(0.0, n=300, n_blocks=100, noise_db=20.0, seed=k)) for k in (1, 2)]
    assert np.mean(many) < 0.35
    assert 0.45 < np.mean(few) < 0.9


def test_samples_of_one_block_count_once():
    once = pairs(0.3, n=40, n_blocks=40, noise_db=6.0)
    repeated = joined([once] * 25)
    assert shrinkage.slope(repeated) == pytest.approx(shrinkage.slope(once))


def test_nothing_kriged_leaves_the_share_at_one():
    flat = pairs(1.0)
    assert shrinkage.slope(replace(flat, kriged_db=np.zeros(600))) == 1.0


def test_a_share_never_rises_with_distance():
    held = joined([pairs(0.5, 50.0), pairs(0.9, 500.0), pairs(0.2, 5000.0)])
    share = shrinkage.fit(held, EDGES_M).share
    assert share[0] == pytest.approx(0.5, abs=0.05)
    assert share[1] == share[0]
    assert share[2] == pytest.approx(0.2, abs=0.05)


def test_more_than_all_and_less_than_nothing_are_not_believed():
    held = joined([pairs(1.6, 50.0), pairs(-0.7, 5000.0)])
    assert shrinkage.fit(held, EDGES_M).share.tolist() == [1.0, 1.0, 0.0]


def test_a_bin_without_samples_is_believed_no_more_than_a_nearer_one():
    assert shrinkage.fit(pairs(0.3, 500.0), EDGES_M).share == pytest.approx([1, 0.3, 0.3], abs=0.05)


def test_no_samples_at_all_leave_the_kriging_as_it_is():
    assert shrinkage.fit(pairs(0.0, n=0), EDGES_M).share.tolist() == [1.0, 1.0, 1.0]


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20))
def test_between_the_nodes_a_share_falls_steadily(distances_m):
    found = Shrinkage(distance_m=np.array([30.0, 300.0, 3000.0]), share=np.array([0.9, 0.5, 0.1]))
    share = found.at(np.sort(distances_m))
    assert (np.diff(share) <= 1e-12).all()
    assert ((share >= 0.1) & (share <= 0.9)).all()


def test_a_distance_not_known_counts_as_far():
    found = Shrinkage(distance_m=np.array([30.0, 3000.0]), share=np.array([0.9, 0.1]))
    assert found.at(np.array([np.nan, 0.0, np.inf])).tolist() == pytest.approx([0.1, 0.9, 0.1])
