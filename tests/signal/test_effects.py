import copy

import numpy as np
import pytest

from coverage.signal.censored import predict_boosting
from coverage.signal.effects import effects_of
from coverage.signal.features import site_features
from coverage.signal.model import ModelParams, SignalModel
from coverage.signal.model_params import DEFAULT_CANDIDATES
from coverage.signal.shrinkage import Shrinkage
from coverage.signal.trend import tree_features


@pytest.fixture(scope="module")
def with_trees(field):
    """A model with trees and a covariate that moves the level."""
    some = field.samples.iloc[::4]
    some = some.assign(hint=np.arange(len(some)) % 7.0)
    params = ModelParams(candidates=(DEFAULT_CANDIDATES[2],), covariates=("hint",))
    return SignalModel(params).fit(some, field.towers)


def points_of(field, n=5):
    return field.points.assign(hint=2.5).iloc[:: len(field.points) // n]


def mean_of(fitted, point):
    return fitted.chain_.predict(fitted.layout_.places(point), 1)[0][0]


@pytest.mark.parametrize("name", ["model", "with_trees"])
def test_the_parts_add_up_to_the_predicted_mean(name, field, request):
    fitted = request.getfixturevalue(name)
    for row in range(5):
        point = points_of(field).iloc[[row]]
        found = effects_of(fitted, point)
        assert found.mean_dbm == pytest.approx(mean_of(fitted, point), abs=1e-3)


def test_the_parts_add_up_where_half_of_the_kriging_is_believed(model, field):
    halved = copy.copy(model)
    half = Shrinkage(distance_m=np.array([1.0, 1e5]), share=np.array([0.5, 0.5]))
    halved.chain_ = model.chain_.shrunk(half)
    point = points_of(field).iloc[[3]]
    found = effects_of(halved, point)
    whole = effects_of(believing_all(model), point)
    assert found.mean_dbm == pytest.approx(mean_of(halved, point), abs=1e-3)
    assert found.kriged_db == pytest.approx(whole.kriged_db / 2)


def believing_all(model):
    """The model believing all of its kriging."""
    whole = copy.copy(model)
    whole.chain_ = model.chain_.shrunk(
        Shrinkage(distance_m=np.array([1.0, 1e5]), share=np.array([1.0, 1.0]))
    )
    return whole


def test_what_is_neither_physics_nor_kriged_is_what_the_trees_say(with_trees, field):
    point = points_of(field).iloc[[0]]
    trend, places = with_trees.chain_.trend, with_trees.layout_.places(point)
    table = tree_features(places, site_features(places, trend.sites), trend.n_operators)
    found = effects_of(with_trees, point)
    assert found.features["trees_db"].abs().sum() > 0.1
    assert found.mean_dbm - found.kriged_db - found.physics_dbm == pytest.approx(
        predict_boosting(trend.booster, table, 1)[0], abs=1e-3
    )


def test_without_trees_their_part_is_nothing(model, field):
    assert (effects_of(model, points_of(field).iloc[[0]]).features["trees_db"] == 0).all()


def test_the_largest_effect_comes_first(model, field):
    features = effects_of(model, points_of(field).iloc[[1]]).features
    size = (features["physics_db"] + features["trees_db"]).abs()
    assert size.is_monotonic_decreasing


def test_neighbours_come_nearest_first_and_add_up(model, field):
    found = effects_of(model, points_of(field).iloc[[2]])
    assert found.neighbours["distance_m"].is_monotonic_increasing
    assert found.kriged_db == pytest.approx(
        (found.neighbours["weight"] * found.neighbours["residual_db"]).sum()
    )


def test_an_unknown_operator_is_refused(model, field):
    with pytest.raises(ValueError, match=r"Must be one, of a known operator"):
        effects_of(model, points_of(field).iloc[[0]].assign(operator="Nobody"))


def test_more_than_one_place_is_refused(model, field):
    with pytest.raises(ValueError, match=r"Invalid point of 2 rows"):
        effects_of(model, points_of(field).iloc[:2])
