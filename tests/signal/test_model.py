import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from coverage import tables
from coverage.errors import InputError
from coverage.hexgrid import cells_of
from coverage.radio import LEAST_RSRP_DBM, SIGNAL_RANGE_DBM
from coverage.signal import baselines, scores
from coverage.signal.cross_fit import Candidate
from coverage.signal.distribution import LEVELS, NORMAL_SCORES, probability_below
from coverage.signal.model import (
    CellSignalParams,
    ModelParams,
    Prediction,
    SignalModel,
    cell_signal,
    operator_correlation,
)
from coverage.signal.model_params import DEFAULT_CANDIDATES

ONE = ModelParams(candidates=(Candidate(name="physics"),))


def rmse(model, field):
    return scores.rmse(model.predict(field.points), field.truth_dbm)


def test_it_beats_every_baseline_at_places_never_sampled(model, field):
    rivals = [
        baselines.NearestReading(), baselines.InverseDistance(), baselines.OrdinaryKriging(),
        baselines.LogDistance(), baselines.CalibratedPhysics(), baselines.Forest(30),
    ]  # fmt: skip
    for rival in rivals:
        assert rmse(model, field) < rmse(rival.fit(field.samples, field.towers), field)


def test_the_interval_covers_the_truth_about_as_often_as_it_says(model, field):
    quantiles = model.predict_distribution(field.points)
    table = scores.interval_table(
        quantiles, field.truth_dbm, model.describe(field.points).distance_to_reading_m, 0.9
    )
    assert 0.84 <= table["coverage"].iloc[-1] <= 0.96


def test_the_probability_of_weak_has_skill(model, field):
    p_weak = probability_below(model.predict_distribution(field.points), -110.0)
    assert scores.brier_skill(p_weak, field.truth_dbm < -110.0) > 0.45


def test_permuted_levels_leave_no_skill(field):
    rng = np.random.default_rng(0)
    shuffled = field.samples.copy()
    order = rng.permutation(len(shuffled))
    for name in ("rsrp_dbm", "upper_dbm", "operator"):
        shuffled[name] = shuffled[name].to_numpy()[order]
    fitted = SignalModel(ModelParams()).fit(shuffled, field.towers)
    p_weak = probability_below(fitted.predict_distribution(field.points), -110.0)
    assert scores.brier_skill(p_weak, field.truth_dbm < -110.0) < 0.05
    # what is left is the prior: a level falls with the distance from the mast
    assert fitted.predict(field.points).std() < 0.25 * field.truth_dbm.std()


def test_quantiles_rise_and_the_median_is_the_prediction(model, field):
    quantiles = model.predict_distribution(field.points)
    assert quantiles.shape == (len(field.points), len(tables.QUANTILE_LEVELS))
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles[:, 10] == model.predict(field.points)).all()


def test_the_interval_is_narrow_at_readings_and_wide_far_from_them(model, field):
    quantiles = model.predict_distribution(field.points)
    width = quantiles[:, -2] - quantiles[:, 1]
    distance = model.describe(field.points).distance_to_reading_m
    assert width[distance < 150].mean() < 0.7 * width[distance > 1000].mean()


@pytest.mark.parametrize("n_threads", [2, 4])
def test_threads_change_nothing(field, n_threads):
    some = field.samples.iloc[::3]
    deep = (DEFAULT_CANDIDATES[-1],)
    made = [
        SignalModel(ModelParams(candidates=deep, n_threads=n)).fit(some, field.towers)
        for n in (1, n_threads)
    ]
    first, second = (m.predict_distribution(field.points) for m in made)
    assert (first == second).all()


def test_row_order_of_the_samples_changes_nothing(field, model):
    mixed = field.samples.sample(frac=1.0, random_state=1)
    again = SignalModel(ModelParams()).fit(mixed, field.towers.iloc[::-1])
    assert (again.predict(field.points) == model.predict(field.points)).all()


def test_fitting_leaves_the_samples_as_they_were(field):
    before = field.samples.copy()
    SignalModel(ONE).fit(field.samples.iloc[::9], field.towers)
    pd.testing.assert_frame_equal(field.samples, before)


def test_it_is_a_scikit_learn_estimator():
    model = SignalModel(ONE)
    assert clone(model).get_params() == {"params": ONE}


@pytest.mark.parametrize("n", [1, 2, 30, 300])
def test_few_samples_degrade_and_never_crash(field, n):
    fitted = SignalModel(ModelParams()).fit(field.samples.iloc[:n], field.towers)
    said = fitted.describe(field.points)
    assert np.isfinite(said.quantiles_dbm).all()
    assert said.is_applicable.any() <= (n >= ModelParams().min_operator_samples)


def test_samples_that_are_all_censored_still_give_an_answer(field):
    blank = field.samples.iloc[:60].assign(rsrp_dbm=np.nan, upper_dbm=-124.0)
    said = SignalModel(ONE).fit(blank, field.towers).describe(field.points)
    assert np.isfinite(said.quantiles_dbm).all()
    assert np.median(said.median_dbm) < -110


def test_samples_at_one_single_place_still_give_an_answer(field):
    same = pd.concat([field.samples.iloc[[5]]] * 40, ignore_index=True)
    said = SignalModel(ONE).fit(same, None).describe(field.points)
    assert np.isfinite(said.quantiles_dbm).all()


def test_without_samples_there_is_no_model(field):
    with pytest.raises(InputError, match="there are none"):
        SignalModel(ONE).fit(field.samples.iloc[:0], field.towers)


def test_an_operator_with_few_samples_is_answered_but_nowhere_applicable(field):
    few = field.samples.groupby("operator").head(29).query("operator == 'IOH'")
    others = field.samples.query("operator == 'Telkomsel'")
    fitted = SignalModel(ONE).fit(pd.concat([few, others]), field.towers)
    said = fitted.describe(field.points)
    is_few = (field.points["operator"] == "IOH").to_numpy()
    assert not said.is_applicable[is_few].any()
    assert said.is_applicable[~is_few].any()


def test_an_operator_without_samples_is_answered_but_nowhere_applicable(model, field):
    said = model.describe(field.points.assign(operator="Smartfren"))
    assert not said.is_applicable.any()
    assert np.isnan(said.distance_to_reading_m).all()
    assert np.isfinite(said.quantiles_dbm).all()


def test_without_towers_it_still_beats_the_nearest_reading(field):
    fitted = SignalModel(ONE).fit(field.samples, None)
    nearest = baselines.NearestReading().fit(field.samples, None)
    assert rmse(fitted, field) < rmse(nearest, field)


def test_places_far_from_every_sample_are_not_applicable(model, field):
    far = field.points.head(20).assign(latitude_deg=-7.9)
    assert not model.describe(far).is_applicable.any()


def test_censored_rows_lower_the_map_where_there_is_no_service(field):
    hidden = field.truth_dbm < -118.0
    with_them = SignalModel(ONE).fit(field.samples, field.towers).predict(field.points)
    seen = field.samples[np.isfinite(field.samples["rsrp_dbm"])]
    without = SignalModel(ONE).fit(seen, field.towers).predict(field.points)
    error_with = np.abs(with_them - field.truth_dbm)[hidden].mean()
    assert error_with < np.abs(without - field.truth_dbm)[hidden].mean()


def test_a_covariate_that_carries_the_field_is_used(field):
    samples = field.samples.assign(hint=field.samples["rsrp_dbm"].fillna(-125.0))
    points = field.points.assign(hint=field.truth_dbm)
    params = ModelParams(candidates=(Candidate(name="physics"),), covariates=("hint",))
    told = SignalModel(params).fit(samples, field.towers).predict(points)
    assert scores.rmse(told, field.truth_dbm) < 2.5


def test_a_missing_covariate_is_an_error_and_an_unknown_value_is_not(field):
    samples = field.samples.iloc[::5].assign(hint=1.0)
    params = ModelParams(candidates=(Candidate(name="physics"),), covariates=("hint",))
    fitted = SignalModel(params).fit(samples, field.towers)
    with pytest.raises(InputError, match="hint"):
        fitted.predict(field.points)
    assert np.isfinite(fitted.predict(field.points.assign(hint=np.nan))).all()


def cells_around(field, n=40):
    points = field.points.head(n)
    return cells_of(points["latitude_deg"], points["longitude_deg"], 9)


def test_cell_signal_holds_to_its_contract(model, field):
    frame = cell_signal(model, cells_around(field), ["IOH", "Telkomsel", "XL"], CellSignalParams())
    table = tables.to_arrow("cell_signal", frame)
    assert tables.check("cell_signal", table).num_rows == len(frame)
    assert not frame.loc[frame["operator"] == "XL", "is_applicable"].any()


def test_cell_signal_does_not_depend_on_the_chunk(model, field):
    cells = cells_around(field)
    whole = cell_signal(model, cells, ["IOH"], CellSignalParams())
    parts = cell_signal(model, cells[::-1], ["IOH"], CellSignalParams(chunk=7))
    pd.testing.assert_frame_equal(whole, parts)


def test_a_cell_with_a_sample_of_the_operator_is_measured(model, field):
    mine = field.samples.query("operator == 'IOH'").iloc[:1]
    cell = cells_of(mine["latitude_deg"], mine["longitude_deg"], 9)
    far = cells_of([-6.2], [106.1], 9)
    frame = cell_signal(model, np.concatenate([cell, far]), ["IOH"], CellSignalParams())
    basis = frame.set_index("h3_cell")["basis"]
    assert (basis[cell[0]], basis[far[0]]) == ("measured", "predicted")


def test_a_wide_interval_answers_only_where_its_tail_is_decided(model, field):
    frame = cell_signal(model, cells_around(field, 300), ["IOH"], CellSignalParams(decided_p=0.0))
    decided = cell_signal(model, cells_around(field, 300), ["IOH"], CellSignalParams())
    gained = decided["is_applicable"] & ~frame["is_applicable"]
    is_sure = np.minimum(decided["p_weak"], 1 - decided["p_weak"]) <= 0.05
    assert is_sure[gained].all()
    assert (decided["is_applicable"] | ~frame["is_applicable"]).all()


class Deep:
    """Says a normal level of so many dBm with a spread of 12 dB everywhere."""

    def __init__(self, mean_dbm):
        self.row = mean_dbm + 12.0 * NORMAL_SCORES

    def describe(self, points):
        n = len(points)
        return Prediction(
            quantiles_dbm=np.tile(self.row, (n, 1)), distance_to_reading_m=np.zeros(n),
            is_applicable=np.ones(n, dtype=bool), is_in_area=np.ones(n, dtype=bool),
        )  # fmt: skip

    def measured_cells(self, operator, resolution):
        return np.zeros(0, dtype=np.uint64)


@pytest.mark.parametrize("mean_dbm", [-100.0, -125.0, -139.0, -175.0])
def test_named_levels_end_at_what_a_phone_reports_and_nothing_else_does(field, mean_dbm):
    model = Deep(mean_dbm)
    row = cell_signal(model, cells_around(field, 1), ["IOH"], CellSignalParams()).iloc[0]
    named = row[["rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm"]].astype(float)
    expected = np.maximum(model.row[np.isin(LEVELS, [0.05, 0.5, 0.95])], LEAST_RSRP_DBM)
    assert named.tolist() == pytest.approx(expected.tolist())
    assert named.is_monotonic_increasing
    assert row["rsrp_quantiles_dbm"] == pytest.approx(model.row)
    assert row["p_weak"] == probability_below(model.row[None, :], -110.0)[0]


def test_the_least_level_shown_is_the_least_that_a_reading_may_have():
    assert SIGNAL_RANGE_DBM["LTE"][0] == LEAST_RSRP_DBM


def test_no_cells_give_the_empty_table(model):
    frame = cell_signal(model, [], ["IOH"], CellSignalParams())
    assert tables.to_arrow("cell_signal", frame).num_rows == 0


def test_operators_that_share_their_shadows_are_correlated(model):
    frame = operator_correlation(model)
    tables.check("operator_correlation", tables.to_arrow("operator_correlation", frame))
    # 4.5 dB common and 4 dB own make 0.56
    assert 0.25 < frame["correlation"].item() < 0.85


@pytest.mark.parametrize(
    ("change", "name"),
    [({"n_folds": 1}, "n_folds"), ({"block_resolution": 3}, "block_resolution"),
     ({"interval": 0.99}, "interval"), ({"max_width_db": 0.5}, "max_width_db"),
     ({"candidates": ()}, "candidates"), ({"n_threads": 0}, "n_threads")],
)  # fmt: skip
def test_params_are_checked(change, name):
    with pytest.raises(InputError, match=f"Invalid {name}"):
        ModelParams(**change)


@pytest.mark.parametrize("change", [{"weak_dbm": -141.0}, {"decided_p": 0.6}, {"chunk": 0}])
def test_cell_params_are_checked(change):
    with pytest.raises(InputError, match=f"Invalid {next(iter(change))}"):
        CellSignalParams(**change)
