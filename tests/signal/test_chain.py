from dataclasses import replace

import numpy as np
import pytest

from coverage.signal import chain, choice, harmony, noise
from coverage.signal.chain import Candidate
from coverage.signal.features import ground_of
from coverage.signal.harmony import REFERENCE_KIND, HarmonyParams
from coverage.signal.model_params import DEFAULT_CANDIDATES, ModelParams
from coverage.signal.observations import layout_of, observe
from coverage.signal.samples import checked

PHYSICS = Candidate(name="physics")
SHARED = ModelParams().chain_params()


@pytest.fixture(scope="module")
def setting(field):
    """Observations of the field, its ground, folds, and the held-out physics."""
    frame = checked(field.samples)
    layout = layout_of(frame, field.towers, ())
    ground = ground_of(field.towers, layout)
    sources = harmony.fit(frame, HarmonyParams())
    observations = observe(frame, layout, sources, 8)
    fold = chain.blocks_for(observations, SHARED)
    held_out = chain.held_out_trend(observations, ground, PHYSICS, fold, SHARED)
    return observations, ground, sources, fold, held_out


def test_blocks_are_no_finer_than_they_must_be(setting):
    observations, *_ = setting
    fold = chain.blocks_for(observations, SHARED)
    assert set(fold) == set(range(5))
    coarse = chain.blocks_for(observations, replace(SHARED, block_resolution=11))
    assert (fold != coarse).any()


def test_samples_in_one_place_still_get_folds(setting):
    observations, *_ = setting
    one_place = observations.take(np.zeros(7, dtype=np.int64))
    assert sorted(set(chain.blocks_for(one_place, SHARED))) == [0, 1, 2, 3, 4]


def test_the_held_out_trend_has_not_seen_its_block(setting):
    observations, ground, _, fold, held_out = setting
    mine = np.flatnonzero(fold == 0)
    level = observations.target.level_db.copy()
    level[mine] += 50.0
    changed = replace(observations, target=replace(observations.target, level_db=level))
    again = chain.held_out_trend(changed, ground, PHYSICS, fold, SHARED)
    assert again[mine] == pytest.approx(held_out[mine])
    assert again[fold != 0] != pytest.approx(held_out[fold != 0])


def test_a_censored_residual_is_put_below_its_limit(setting):
    observations, _, _, _, held_out = setting
    residuals, _ = chain.settle(observations, held_out, SHARED)
    is_censored = observations.target.is_censored
    limit = observations.target.upper_db - held_out
    assert is_censored.sum() > 20
    assert (residuals.residual_db[is_censored] <= limit[is_censored]).all()
    assert (residuals.noise_db2 >= observations.noise_db2).all()


def test_held_out_predictions_do_not_use_their_fold(setting):
    observations, _, _, fold, held_out = setting
    fitted = chain.fit_residuals(observations, PHYSICS, held_out, SHARED)
    before = chain.predict_held_out(observations, fitted, held_out, fold)
    residuals = fitted.kriging.residuals
    moved = residuals.residual_db + np.where(fold == 1, 30.0, 0.0)
    changed = replace(
        fitted, kriging=replace(fitted.kriging, residuals=replace(residuals, residual_db=moved))
    )
    after = chain.predict_held_out(observations, changed, held_out, fold)
    assert after.mean_dbm[fold == 1] == pytest.approx(before.mean_dbm[fold == 1])


def test_only_the_wanted_rows_are_predicted(setting):
    observations, _, _, fold, held_out = setting
    fitted = chain.fit_residuals(observations, PHYSICS, held_out, SHARED)
    some = np.array([3, 50, 700])
    part = chain.predict_held_out(observations, fitted, held_out, fold, wanted=some)
    whole = chain.predict_held_out(observations, fitted, held_out, fold)
    assert part.mean_dbm == pytest.approx(whole.mean_dbm[some])
    assert len(part.scores(observations).standard) == 3


def test_without_kriging_a_chain_has_the_full_spread_everywhere(setting):
    observations, _, _, fold, held_out = setting
    plain = Candidate(name="plain", is_kriged=False)
    fitted = chain.fit_residuals(observations, plain, held_out, SHARED)
    held = chain.predict_held_out(observations, fitted, held_out, fold)
    assert (held.mean_dbm == held_out).all()
    assert np.unique(held.variance_db2).tolist() == [fitted.kriging.variogram.variance_db2]
    assert np.isfinite(held.distance_m).all()


def test_noise_of_the_drive_test_is_learnt_and_the_crowd_is_noisier(setting):
    observations, _, sources, _, held_out = setting
    found = noise.learn(observations, held_out, sources, SHARED.kriging, seed=0)
    kind = dict(zip(found.kinds, found.noise_db, strict=True))
    of_drive = np.sqrt(kind[REFERENCE_KIND] ** 2 + found.reading_noise_db**2 / 4)
    assert of_drive == pytest.approx(1.5, abs=0.4)  # as the field was made
    assert kind["crowdsourced|unsure|harmonised"] > 3 * of_drive


def test_few_reference_samples_leave_the_noise_as_believed(setting):
    observations, _, sources, _, held_out = setting
    some = np.arange(200)
    few = noise.learn(observations.take(some), held_out[some], sources, SHARED.kriging, seed=0)
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
        row=np.arange(n), mean_dbm=np.full(n, -150.0), variance_db2=np.ones(n),
        distance_m=np.zeros(n),
    )  # fmt: skip
    loss = choice.squared_error(observations, low)
    is_censored = observations.target.is_censored
    assert (loss[is_censored] == 0).all()
    assert (loss[~is_censored] == choice.MAX_LOSS_DB**2).all()
