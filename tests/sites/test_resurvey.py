import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage import tables
from coverage.errors import InputError
from coverage.sites.resurvey import PlanParams, doubt_of, sample, survey_plan
from coverage.sites.routes import DayParams


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
            "p_upload_fail": rng.uniform(0, 1, n),
            "voters_in_doubt": rng.uniform(1, 100, n),
            "evidence": "modelled_weak",
            "remedy": "VSAT_LEO",
        }
    )
    return table.assign(**columns)


@pytest.mark.parametrize(
    ("doubt", "evidence", "found"),
    [(75.0, "ok", 75), (75.0, "survey_first", 75), (75.0, "confirmed_weak", 0), (None, "ok", 0)],
)
def test_confirmed_or_never_drawn_is_not_in_doubt(
    doubt: float | None, evidence: str, found: float
) -> None:
    table = ranking(1, voters_in_doubt=np.array([doubt], dtype=float), evidence=evidence)
    assert doubt_of(table).tolist() == [found]


def test_the_contract_is_met_and_days_are_counted_on() -> None:
    plan = survey_plan(ranking(60), PlanParams(days=2, n_validate=20))
    tables.check("survey_plan", tables.to_arrow("survey_plan", plan))
    days = plan.groupby("survey_day")["purpose"].first().tolist()
    assert days[:2] == ["decide", "decide"]
    assert set(days[2:]) == {"validate"}
    for _, stops in plan.groupby("survey_day"):
        assert stops["stop"].tolist() == list(range(1, len(stops) + 1))


def test_the_stop_with_the_most_doubt_is_chosen() -> None:
    doubt = np.array([10.0, 90, 20, 30])
    apart = np.array([106.0, 106.3, 106.6, 106.9])
    table = ranking(4, voters_in_doubt=doubt, longitude_deg=apart, latitude_deg=-6.5)
    one_stop = PlanParams(days=1, n_validate=0, day=DayParams(hours=0.5, stop_minutes=30))
    plan = survey_plan(table, one_stop)
    assert plan["tps_code"].tolist() == ["3602062001002"]
    assert plan["voters_in_doubt"].tolist() == [90]
    assert plan["inclusion_probability"].isna().all()


def test_a_reading_informs_its_neighbours_so_stops_spread() -> None:
    close = {
        "latitude_deg": [-6.5, -6.5, -6.52], "longitude_deg": [106.1, 106.1001, 106.1],
        "voters_in_doubt": [100.0, 99, 50],
    }  # fmt: skip
    two_stops = PlanParams(days=1, n_validate=0, day=DayParams(hours=0.6, stop_minutes=10))
    plan = survey_plan(ranking(3, **close), two_stops)
    assert set(plan["tps_code"]) == {"3602062001001", "3602062001003"}
    assert plan.loc[plan["tps_code"] == "3602062001001", "n_sites"].tolist() == [3]


def test_a_hold_is_never_visited() -> None:
    table = ranking(10, remedy="EXCLUDED_ADAT")
    assert survey_plan(table, PlanParams()).empty
    assert survey_plan(ranking(0), PlanParams()).empty


def test_without_doubt_nobody_drives_to_decide() -> None:
    plan = survey_plan(ranking(10, voters_in_doubt=0.0), PlanParams(days=3, n_validate=0))
    assert plan.empty


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 60), st.integers(0, 5), st.floats(1, 10))
def test_no_day_is_longer_than_its_hours(n: int, seed: int, hours: float) -> None:
    day = DayParams(hours=hours)
    plan = survey_plan(ranking(n, seed), PlanParams(days=3, n_validate=10, day=day))
    assert (plan["elapsed_minutes"] <= 60 * hours + 1e-3).all()
    decide = plan[plan["purpose"] == "decide"]
    assert not decide["tps_code"].duplicated().any()


def test_later_days_settle_no_more_than_the_first() -> None:
    plan = survey_plan(ranking(300), PlanParams(days=4, n_validate=0))
    settled = plan.groupby("survey_day")["voters_in_doubt"].sum()
    assert settled.is_monotonic_decreasing


def test_days_begin_where_they_are_told() -> None:
    start = (-6.6, 106.2)
    plan = survey_plan(ranking(40), PlanParams(days=2, n_validate=0, start=start))
    assert (plan.loc[plan["stop"] == 1, "leg_m"] > 0).all()
    free = survey_plan(ranking(40), PlanParams(days=2, n_validate=0))
    assert (free.loc[free["stop"] == 1, "leg_m"] == 0).all()


@pytest.mark.parametrize("n_validate", [1, 7, 40])
def test_every_site_has_the_same_chance_to_be_drawn(n_validate: int) -> None:
    plan = survey_plan(ranking(40), PlanParams(days=0, n_validate=n_validate))
    assert len(plan) == n_validate
    assert plan["inclusion_probability"].tolist() == pytest.approx([n_validate / 40] * n_validate)


def test_the_sample_is_spread_over_kecamatan() -> None:
    table = ranking(90)
    plan = survey_plan(table, PlanParams(days=0, n_validate=30))
    drawn = table.set_index("tps_code").loc[plan["tps_code"], "district"].value_counts()
    assert abs(drawn["Cirinten"] - 10) <= 1


def test_the_sample_is_spread_over_risk() -> None:
    table = ranking(90, district="Cirinten", p_upload_fail=np.repeat([0.05, 0.3, 0.9], 30))
    plan = survey_plan(table, PlanParams(days=0, n_validate=30))
    drawn = table.set_index("tps_code").loc[plan["tps_code"], "p_upload_fail"].value_counts()
    assert drawn.tolist() == [10, 10, 10]


def test_over_many_seeds_each_site_is_drawn_as_often_as_its_probability() -> None:
    table = ranking(12)
    count = np.zeros(12)
    for seed in range(400):
        rows, probability = sample(table, PlanParams(n_validate=3, seed=seed))
        count[rows] += 1
    assert probability == 0.25
    assert ((count > 60) & (count < 140)).all()  # 100 expected, 40 is over 4 standard deviations


def test_row_order_is_irrelevant_and_seeds_repeat() -> None:
    table = ranking(40)
    params = PlanParams(days=2, n_validate=10)
    turned = survey_plan(table.iloc[::-1].reset_index(drop=True), params)
    pd.testing.assert_frame_equal(survey_plan(table, params), turned)


@pytest.mark.parametrize(
    ("name", "value"), [("days", -1), ("n_validate", 2001), ("reach_m", 0.5), ("seed", -1)]
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be"):
        PlanParams(**{name: value})  # type: ignore[arg-type]
