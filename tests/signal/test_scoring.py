import numpy as np
import pandas as pd
import pytest

from coverage.signal.distribution import NORMAL_SCORES
from coverage.signal.model import Prediction
from coverage.signal.samples import checked
from coverage.signal.scoring import ScoreParams, difference, score
from coverage.signal.validation import HeldOut

PARAMS = ScoreParams(weak_dbm=-110.0, interval=0.9, block_resolution=8, n_draws=40, seed=0)


def samples(n=300, seed=0, source="drive_test", blank_share=0.1):
    rng = np.random.default_rng(seed)
    level = -100 + 10 * rng.standard_normal(n)
    is_blank = level < np.quantile(level, blank_share)
    return checked(pd.DataFrame({
        "latitude_deg": -6.5 + 0.1 * rng.random(n), "longitude_deg": 106 + 0.1 * rng.random(n),
        "operator": np.where(rng.random(n) < 0.5, "A", "B"), "source": source,
        "rsrp_dbm": np.where(is_blank, np.nan, level),
        "upper_dbm": np.where(is_blank, -115.0, np.nan),
    }))  # fmt: skip


def held(frame, median, rival=None):
    median = np.broadcast_to(np.asarray(median, dtype=float), len(frame))
    prediction = Prediction(
        quantiles_dbm=median[:, None] + 5 * NORMAL_SCORES,
        distance_to_reading_m=np.full(len(frame), 500.0),
        is_applicable=np.ones(len(frame), dtype=bool),
        is_in_area=np.ones(len(frame), dtype=bool),
    )
    rivals = {"rival": np.full(len(frame), -100.0) if rival is None else rival}
    return HeldOut(row=np.arange(len(frame)), prediction=prediction, rival_dbm=rivals)


def knowing(frame):
    return frame["rsrp_dbm"].fillna(-130.0).to_numpy(copy=True)


def test_who_knows_the_level_makes_no_error_and_beats_the_mean():
    frame = samples()
    found = score(frame, held(frame, knowing(frame)), PARAMS)
    ours = found["methods"][0]
    assert ours["rmse_db"]["value"] == 0.0
    assert ours["average_precision"]["value"] == 1.0
    assert (found["paired"][0]["rmse_verdict"], found["paired"][0]["ap_verdict"]) == (
        "better", "better",
    )  # fmt: skip


def test_a_method_against_itself_is_a_tie():
    frame = samples()
    found = score(frame, held(frame, -100.0), PARAMS)["paired"][0]
    assert found["rmse_difference_db"]["value"] == 0.0
    assert found["rmse_verdict"] == found["ap_verdict"] == "tie"


def test_a_worse_method_is_called_worse():
    frame = samples()
    found = score(frame, held(frame, -80.0, rival=knowing(frame)), PARAMS)
    assert found["paired"][0]["rmse_verdict"] == "worse"


@pytest.mark.parametrize(("blank_share", "verdict"), [(0.03, "too few"), (0.2, "better")])
def test_few_weak_rows_do_not_judge_the_order(blank_share, verdict):
    frame = samples(blank_share=blank_share)
    frame["rsrp_dbm"] = frame["rsrp_dbm"].clip(lower=-109.0)  # weak are those without service
    found = score(frame, held(frame, knowing(frame)), PARAMS)["paired"][0]
    assert found["ap_verdict"] == verdict
    assert found["rmse_verdict"] == "better"


@pytest.mark.parametrize(("level", "error"), [(-130.0, 0.0), (-115.0, 0.0), (-105.0, 10.0)])
def test_a_row_without_service_is_wrong_only_above_its_limit(level, error):
    frame = samples().query("rsrp_dbm.isna()").reset_index(drop=True)
    found = score(frame, held(frame, level), PARAMS)
    assert found["methods"][0]["rmse_db"]["value"] == pytest.approx(error)


def test_a_row_whose_limit_does_not_decide_is_not_judged():
    frame = samples()
    vague = frame.assign(upper_dbm=frame["upper_dbm"] + 10.0)
    assert score(frame, held(frame, -100.0), PARAMS)["n_judged"] == len(frame)
    assert score(vague, held(vague, -100.0), PARAMS)["n_judged"] == vague["rsrp_dbm"].notna().sum()


def test_drive_tests_are_scored_alone_where_they_suffice():
    both = pd.concat([samples(150), samples(500, source="crowdsourced")], ignore_index=True)
    assert score(both, held(both, -100.0), PARAMS)["n_scored"] == 150
    few = pd.concat([samples(99), samples(500, source="crowdsourced")], ignore_index=True)
    assert score(few, held(few, -100.0), PARAMS)["n_scored"] == 599


def test_a_rival_without_an_answer_gets_its_own_mean():
    frame = samples()
    gappy = knowing(frame)
    gappy[::2] = np.nan
    assert (
        score(frame, held(frame, -100.0, rival=gappy), PARAMS)["methods"][1]["rmse_db"]["value"] > 0
    )


def test_operators_and_distances_add_up():
    frame = samples()
    found = score(frame, held(frame, -100.0), PARAMS)
    assert sum(row["n"] for row in found["by_operator"]) == len(frame)
    assert [row["n"] for row in found["by_distance"]] == [0, len(frame), 0, 0]


def test_each_operator_has_every_method_beside_its_base_rate():
    frame = samples()
    found = score(frame, held(frame, knowing(frame)), PARAMS)
    own = frame["operator"] == "A"
    weak = (frame["rsrp_dbm"].fillna(-115.0) < PARAMS.weak_dbm)[own]
    ranked, wrong = found["ap_by_operator"][0], found["rmse_by_operator"][0]
    assert (ranked["operator"], ranked["n"]) == ("A", own.sum())
    assert ranked["base_rate"] == ranked["rival"] == pytest.approx(weak.mean(), abs=1e-4)
    assert ranked["blankspot"] == 1.0
    assert wrong["blankspot"] == 0.0 < wrong["rival"]


def test_without_events_ranking_scores_are_not_known():
    frame = samples(blank_share=0.0).assign(rsrp_dbm=-90.0)
    found = score(frame, held(frame, -90.0), PARAMS)
    assert found["base_rate"] == 0.0
    assert found["methods"][0]["average_precision"]["value"] is None


def test_the_full_model_less_a_worse_form_is_a_win():
    frame = samples()
    found = difference(frame, held(frame, knowing(frame)), held(frame, -100.0), "without", PARAMS)
    assert found["method"] == "without"
    assert found["rmse_difference_db"]["value"] < 0
    assert found["rmse_verdict"] == found["ap_verdict"] == "better"


def test_a_form_of_the_same_skill_is_a_tie():
    frame = samples()
    same = held(frame, knowing(frame))
    assert difference(frame, same, same, "same", PARAMS)["rmse_verdict"] == "tie"


def test_what_was_held_out_otherwise_is_not_compared():
    frame = samples()
    full = held(frame, -100.0)
    other = HeldOut(row=full.row[::-1], prediction=full.prediction, rival_dbm={})
    with pytest.raises(ValueError, match=r"Invalid held-out rows"):
        difference(frame, full, other, "other", PARAMS)
