"""The rivals of a card."""

from coverage.signal.card_rivals import FEW_NAMES, RIVAL_NAMES, few, makers


def test_every_rival_can_be_made():
    assert [make().get_params() is not None for make in makers(5, 1, 1).values()] == [True] * 8
    assert tuple(makers(5, 1, 1)) == RIVAL_NAMES


def test_without_trees_there_is_no_forest():
    assert set(RIVAL_NAMES) - set(makers(0, 1, 1)) == {"random forest"}


def test_seed_and_threads_reach_the_forest():
    forest = makers(5, 7, 2)["random forest"]()
    assert (forest.n_trees, forest.seed, forest.n_threads) == (5, 7, 2)


def test_the_few_are_there_without_a_forest_too():
    assert tuple(few(makers(0, 1, 1))) == FEW_NAMES
