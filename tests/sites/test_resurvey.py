import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.sites.resurvey import PLAN_COLUMNS, PlanParams, survey_plan, voters_in_doubt


def ranking(n: int, seed: int = 1, **columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "tps_code": [f"3602062001{i + 1:03d}" for i in range(n)],
            "regency": "LEBAK",
            "district": np.where(np.arange(n) % 3, "Leuwidamar", "Cirinten"),
            "latitude_deg": rng.uniform(-6.8, -6.4, n),
            "longitude_deg": rng.uniform(106.0, 106.4, n),
            "h3_cell": np.arange(1, n + 1, dtype=np.uint64),
            "n_voters": pd.array([250] * n, dtype="Int32"),
            "p_upload_fail": rng.uniform(0, 1, n),
            "evidence": "modelled_weak",
            "remedy": "VSAT_LEO",
        }
    )
    return table.assign(**columns)


@pytest.mark.parametrize(
    ("p_fail", "evidence", "doubt"),
    [(0.0, "ok", 0), (0.3, "ok", 75), (0.7, "modelled_weak", 75), (1.0, "modelled_weak", 0),
     (0.99, "survey_first", 125), (0.5, "confirmed_weak", 0)],
)  # fmt: skip
def test_doubt(p_fail: float, evidence: str, doubt: float) -> None:
    found = voters_in_doubt(ranking(1, p_upload_fail=p_fail, evidence=evidence))
    assert found[0] == pytest.approx(doubt)


def test_unknown_voters_count_the_median_of_the_others() -> None:
    voters = pd.array([100, 300, None, 200], dtype="Int32")
    found = voters_in_doubt(ranking(4, n_voters=voters, p_upload_fail=0.5))
    assert found.tolist() == [50, 150, 100, 100]


def test_the_stop_with_the_most_doubt_is_chosen() -> None:
    p_fail = np.array([0.1, 0.5, 0.9, 0.2])
    apart = np.array([106.0, 106.1, 106.2, 106.3])
    table = ranking(4, p_upload_fail=p_fail, longitude_deg=apart)
    plan = survey_plan(table, PlanParams(n_decide=1, n_validate=0))
    assert plan["tps_code"].tolist() == ["3602062001002"]
    assert plan["voters_in_doubt"].tolist() == [125]
    assert plan["inclusion_probability"].isna().all()


def test_a_reading_informs_its_neighbours_so_stops_spread() -> None:
    close = {"latitude_deg": [-6.5, -6.5, -6.7], "longitude_deg": [106.1, 106.1001, 106.3]}
    table = ranking(3, p_upload_fail=np.array([0.5, 0.5, 0.4]), **close)
    plan = survey_plan(table, PlanParams(n_decide=2, n_validate=0))
    assert "3602062001003" in plan["tps_code"].tolist()
    assert sorted(plan["n_sites"]) == [1, 2]


def test_nothing_in_doubt_needs_no_stop() -> None:
    plan = survey_plan(ranking(5, p_upload_fail=0.0), PlanParams(n_validate=0))
    assert plan.empty
    assert tuple(plan.columns) == PLAN_COLUMNS


def test_a_hold_is_not_visited() -> None:
    plan = survey_plan(ranking(5, remedy="EXCLUDED_ADAT"), PlanParams())
    assert plan.empty


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 99))
def test_the_sample_has_its_size_and_probabilities_that_add_up(
    n: int, drawn: int, seed: int
) -> None:
    plan = survey_plan(ranking(n), PlanParams(n_decide=0, n_validate=drawn, seed=seed))
    assert len(plan) == min(n, drawn)
    assert plan["tps_code"].is_unique
    assert (plan["purpose"] == "validate").all()
    assert plan["inclusion_probability"].to_numpy() == pytest.approx(min(drawn / n, 1))


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 60), st.integers(0, 99))
def test_no_district_gets_more_than_its_share_rounded_up(drawn: int, seed: int) -> None:
    table = ranking(60)
    plan = survey_plan(table, PlanParams(n_decide=0, n_validate=drawn, seed=seed))
    found = plan.merge(table[["tps_code", "district"]], on="tps_code", validate="1:1")
    assert (found["district"] == "Cirinten").sum() in (drawn // 3, -(-drawn // 3))


def test_the_sample_estimates_without_bias() -> None:
    table = ranking(60, seed=4)
    truth = table["p_upload_fail"].mean()
    found = []
    for seed in range(150):
        plan = survey_plan(table, PlanParams(n_decide=0, n_validate=20, seed=seed))
        drawn = plan.merge(table[["tps_code", "p_upload_fail"]], on="tps_code", validate="1:1")
        found.append((drawn["p_upload_fail"] / drawn["inclusion_probability"]).sum() / 60)
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - truth) < 4 * error + 1e-9


def test_sites_drawn_are_not_chosen_again() -> None:
    plan = survey_plan(ranking(30), PlanParams(n_decide=30, n_validate=30))
    assert plan["tps_code"].is_unique
    assert (plan["purpose"] == "validate").all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99))
def test_the_route_visits_every_stop_once_and_is_shorter_than_by_code(seed: int) -> None:
    table = ranking(40, seed=seed)
    plan = survey_plan(table, PlanParams(n_decide=0, n_validate=40))
    assert plan["stop"].tolist() == list(range(1, 41))
    assert set(plan["tps_code"]) == set(table["tps_code"])
    lat, lon = np.radians(table["latitude_deg"]), np.radians(table["longitude_deg"])
    by_code = 6_371_008.8 * np.hypot(np.diff(lat), np.diff(lon) * np.cos(lat.mean())).sum()
    assert plan["route_m"].iloc[-1] < 0.5 * by_code
    assert plan["route_m"].iloc[-1] == pytest.approx(plan["leg_m"].sum())


def test_the_route_begins_where_it_is_told() -> None:
    plan = survey_plan(ranking(10), PlanParams(n_validate=10, start=(-6.8, 106.0)))
    first = plan.iloc[0]
    assert first["leg_m"] > 0
    assert first["latitude_deg"] < -6.5


def test_row_order_is_irrelevant_and_seeds_repeat() -> None:
    table = ranking(40)
    params = PlanParams(n_decide=5, n_validate=10)
    turned = survey_plan(table.iloc[::-1].reset_index(drop=True), params)
    pd.testing.assert_frame_equal(survey_plan(table, params), turned)


@pytest.mark.parametrize(
    ("name", "value"), [("n_decide", -1), ("n_validate", 2001), ("reach_m", 0.5), ("seed", -1)]
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be"):
        PlanParams(**{name: value})  # type: ignore[arg-type]
