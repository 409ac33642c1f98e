from dataclasses import replace

import numpy as np
import pytest

from coverage.errors import InputError
from coverage.hexgrid import parents_of
from coverage.signal import chain, choice, harmony, noise
from coverage.signal.censored import BoostingParams
from coverage.signal.cross_fit import Candidate, blocks_for, cross_fit, fit_trend
from coverage.signal.features import ground_of
from coverage.signal.harmony import REFERENCE_KIND, HarmonyParams
from coverage.signal.model_params import DEFAULT_CANDIDATES, ModelParams
from coverage.signal.observations import layout_of, observe
from coverage.signal.samples import checked

PHYSICS = Candidate(name="physics")
SHARED = ModelParams().chain_params()


@pytest.fixture(scope="module")
def setting(field):
    """Observations of the field, its ground, its sources, and the physics cross-fitted."""
    frame = checked(field.samples)
    layout = layout_of(frame, field.towers, ())
    ground = ground_of(field.towers, layout)
    sources = harmony.fit(frame, HarmonyParams())
    observations = observe(frame, layout, sources, 8)
    fold = blocks_for(observations, SHARED)
    return observations, ground, sources, cross_fit(observations, ground, PHYSICS, fold, SHARED)


@pytest.fixture(scope="module")
def with_trees(setting):
    """The same with trees."""
    observations, ground, _, trends = setting
    trees = Candidate(name="trees", boosting=BoostingParams(depth=5, rounds=80, min_leaf=2.0))
    return cross_fit(observations, ground, trees, trends.fold, SHARED)


def test_blocks_are_no_finer_than_they_must_be(setting):
    observations, *_ = setting
    fold = blocks_for(observations, SHARED)
    assert set(fold) == set(range(5))
    assert (fold != blocks_for(observations, replace(SHARED, block_resolution=11))).any()


def test_samples_in_one_place_still_get_folds(setting):
    observations, *_ = setting
    one_place = observations.take(np.zeros(7, dtype=np.int64))
    assert sorted(set(blocks_for(one_place, SHARED))) == [0, 1, 2, 3, 4]


def test_the_held_out_trend_has_not_seen_its_block(setting):
    observations, ground, _, trends = setting
    mine = trends.fold == 0
    level = observations.target.level_db + np.where(mine, 50.0, 0.0)
    changed = replace(observations, target=replace(observations.target, level_db=level))
    again = cross_fit(changed, ground, PHYSICS, trends.fold, SHARED)
    assert again.held_out_dbm[mine] == pytest.approx(trends.held_out_dbm[mine])
    assert again.held_out_dbm[~mine] != pytest.approx(trends.held_out_dbm[~mine])


def test_a_stiff_trend_is_honest_at_its_samples_and_trees_are_not(setting, with_trees):
    *_, trends = setting
    assert (trends.honest_dbm == trends.own_dbm).all()
    assert (with_trees.honest_dbm == with_trees.held_out_dbm).all()


def test_the_variogram_of_trees_is_not_that_of_their_own_residuals(setting, with_trees):
    observations, *_ = setting
    trees = Candidate(name="trees", boosting=BoostingParams())
    fitted = chain.fit(observations, trees, with_trees, SHARED).residual.kriging
    own = chain.settle(observations, with_trees.own_dbm, SHARED)[1]
    assert fitted.variogram.variance_db2 > 1.5 * own.variance_db2


def test_own_residuals_of_trees_would_be_too_small(setting, with_trees):
    observations, *_ = setting
    exact = ~observations.target.is_censored
    level = observations.target.level_db[exact]
    own = (level - with_trees.own_dbm[exact]).std()
    assert own < 0.7 * (level - with_trees.held_out_dbm[exact]).std()


def test_without_sites_an_operator_has_one_level(setting):
    observations, ground, _, trends = setting
    level = Candidate(name="level", has_sites=False)
    flat = fit_trend(observations, ground, level, SHARED).predict(observations.places, 1)
    for code in (0, 1):
        assert np.ptp(flat[observations.places.operator == code]) < 1e-9
    assert np.ptp(trends.own_dbm) > 20


def test_the_variogram_has_the_regional_part_of_its_candidate(setting):
    observations, _, _, trends = setting
    for share in (0.0, 0.2):
        candidate = Candidate(name="level", has_sites=False, regional_share=share)
        field = chain.fit(observations, candidate, trends, SHARED).residual.kriging.variogram
        plain_db2 = field.micro_db2 + sum(field.sills_db2)
        expected = chain.regional_share(observations, candidate)
        assert field.regional_db2 == pytest.approx(expected * plain_db2)


def test_the_regional_part_grows_from_nothing_with_the_size_of_the_survey(setting):
    observations, *_ = setting
    candidate = Candidate(name="level", has_sites=False, regional_share=0.2)
    rng = np.random.default_rng(0)

    def share(side_m):
        plane_m = rng.uniform(0, side_m, (len(observations), 2))
        places = replace(observations.places, plane_m=plane_m)
        return chain.regional_share(replace(observations, places=places), candidate)

    assert share(0.0) == 0.0
    assert share(1000.0) < 0.002
    assert share(chain.REGION_M) == pytest.approx(0.1, abs=0.01)
    assert 0.19 < share(100_000.0) < 0.2


@pytest.mark.parametrize("share", [-0.1, 10.1, np.nan])
def test_a_regional_share_is_checked(share):
    with pytest.raises(InputError, match="Invalid regional_share"):
        Candidate(name="level", regional_share=share)


def test_a_censored_residual_is_put_below_its_limit(setting):
    observations, _, _, trends = setting
    residuals, _ = chain.settle(observations, trends.own_dbm, SHARED)
    is_censored = observations.target.is_censored
    limit = observations.target.upper_db - trends.own_dbm
    assert is_censored.sum() > 20
    assert (residuals.residual_db[is_censored] <= limit[is_censored]).all()
    assert (residuals.noise_db2 >= observations.noise_db2).all()


def moved_in_fold(fitted, fold, k):
    """The residual model with the residuals of one fold 30 dB higher."""
    residuals = fitted.kriging.residuals
    moved = residuals.residual_db + np.where(fold == k, 30.0, 0.0)
    return fitted.using(replace(residuals, residual_db=moved))


@pytest.mark.parametrize("is_fine", [False, True])
def test_held_out_predictions_do_not_use_their_fold(setting, with_trees, is_fine):
    observations, _, _, physics = setting
    for trends in (physics, with_trees):
        fitted = chain.fit(observations, PHYSICS, trends, SHARED).residual
        fold = np.arange(len(observations)) % 4 if is_fine else trends.fold
        given = fold if is_fine else None
        before = chain.predict_held_out(observations, fitted, trends, given)
        after = chain.predict_held_out(observations, moved_in_fold(fitted, fold, 1), trends, given)
        mine = fold == 1
        assert after.mean_dbm[mine] == pytest.approx(before.mean_dbm[mine])
        assert after.mean_dbm[~mine] != pytest.approx(before.mean_dbm[~mine])


def test_only_the_wanted_rows_are_predicted(setting):
    observations, _, _, trends = setting
    fitted = chain.fit(observations, PHYSICS, trends, SHARED).residual
    some = np.array([3, 50, 700])
    part = chain.predict_held_out(observations, fitted, trends, wanted=some)
    whole = chain.predict_held_out(observations, fitted, trends)
    assert part.mean_dbm == pytest.approx(whole.mean_dbm[some])
    assert len(part.scores(observations, 8).standard) == 3


def test_samples_of_one_coarse_cell_count_together(setting):
    observations, _, _, trends = setting
    fitted = chain.fit(observations, PHYSICS, trends, SHARED).residual
    some = np.array([3, 50, 700])
    said = chain.predict_held_out(observations, fitted, trends, wanted=some)
    cell = said.scores(observations, 8).cell
    assert (cell == parents_of(observations.cell[some], 8)).all()


def test_the_fitted_chain_meets_its_samples(setting, with_trees):
    observations, _, _, physics = setting
    exact = ~observations.target.is_censored & observations.is_reference
    for trends in (physics, with_trees):
        fitted = chain.fit(observations, PHYSICS, trends, SHARED)
        mean, _, distance_m = fitted.predict(observations.places, 1)
        error = (mean - observations.target.level_db)[exact]
        assert np.sqrt(np.mean(error**2)) < 4.0
        assert distance_m.max() == 0.0


def test_without_kriging_a_chain_has_the_full_spread_everywhere(setting):
    observations, _, _, trends = setting
    plain = Candidate(name="plain", is_kriged=False)
    fitted = chain.fit(observations, plain, trends, SHARED).residual
    held = chain.predict_held_out(observations, fitted, trends)
    assert held.mean_dbm == pytest.approx(trends.held_out_dbm)
    assert np.unique(held.variance_db2).tolist() == [fitted.kriging.variogram.variance_db2]
    assert np.isfinite(held.distance_m).all()


def test_noise_of_the_drive_test_is_learnt_and_the_crowd_is_noisier(setting):
    observations, _, sources, trends = setting
    found = noise.learn(observations, trends.own_dbm, sources, SHARED.kriging, seed=0)
    kind = dict(zip(found.kinds, found.noise_db, strict=True))
    of_drive = np.sqrt(kind[REFERENCE_KIND] ** 2 + found.reading_noise_db**2 / 4)
    assert of_drive == pytest.approx(1.5, abs=0.4)  # as the field was made
    assert kind["crowdsourced|unsure|harmonised"] > 3 * of_drive


def test_few_reference_samples_leave_the_noise_as_believed(setting):
    observations, _, sources, trends = setting
    some = np.arange(200)
    few = noise.learn(
        observations.take(some), trends.own_dbm[some], sources, SHARED.kriging, seed=0
    )
    assert few == sources


def choose(setting, candidates, max_samples=10_000):
    observations, ground, *_ = setting
    return choice.choose(observations, ground, candidates, SHARED, max_samples)


def test_one_candidate_is_taken_unjudged(setting):
    table = choose(setting, (PHYSICS,))
    assert table["is_chosen"].tolist() == [True]
    assert np.isnan(table["rmse_db"].item())


def test_one_chain_is_chosen_and_it_is_not_clearly_worse_than_the_best(setting):
    table = choose(setting, DEFAULT_CANDIDATES)
    assert list(table.columns) == list(choice.CHOICE_COLUMNS)
    row = table[table["is_chosen"]]
    assert len(row) == 1
    assert (row["excess_db2"] <= row["excess_se_db2"]).all()


def test_kriging_helps_where_neighbours_are_near(setting):
    observations, ground, *_ = setting
    near = replace(SHARED, buffer_m=0.0)
    single = np.arange(len(observations)) % 5
    loss = [
        choice.held_out_loss(observations, ground, candidate, single, near).mean()
        for candidate in (PHYSICS, Candidate(name="plain", is_kriged=False))
    ]
    assert loss[0] < 0.3 * loss[1]


def test_of_two_equal_chains_the_first_is_taken(setting):
    table = choose(setting, (PHYSICS, replace(PHYSICS, name="twin")))
    assert table["is_chosen"].tolist() == [True, False]


def test_a_prediction_below_the_limit_is_right_for_a_censored_sample(setting):
    observations, *_ = setting
    n = len(observations)
    low = chain.HeldOut(
        row=np.arange(n), trend_dbm=np.full(n, -150.0), residual_db=np.zeros(n),
        variance_db2=np.ones(n), distance_m=np.zeros(n),
    )  # fmt: skip
    loss = choice.squared_error(observations, low)
    is_censored = observations.target.is_censored
    assert (loss[is_censored] == 0).all()
    assert (loss[~is_censored] == choice.MAX_LOSS_DB**2).all()
