from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from coverage import tables
from coverage.sites.allocation import AllocationParams, allocate
from coverage.sites.kits import Kit
from coverage.sites.standby import Standby, standby

Kits = dict[str, Kit]
MakeRanking = Callable[..., pd.DataFrame]
NO_PLAN = pd.DataFrame({"tps_code": pd.Series(dtype=str), "survey_day": pd.Series(dtype="Int32")})


@pytest.fixture
def boosters(booster: Kit) -> Kits:
    """One booster and nothing else."""
    return {"OPERATOR_BOOSTER": booster}


def waits(
    sites: pd.DataFrame, kits: dict[str, Kit], plan: pd.DataFrame = NO_PLAN, **changes: object
) -> Standby:
    params = AllocationParams(kits=kits, **changes)  # type: ignore[arg-type]
    return standby(sites, allocate(sites, params), plan, params)


def test_what_decided_sites_leave_is_held_where_most_is_expected(
    ranking: MakeRanking, boosters: Kits
) -> None:
    found = waits(ranking(("SURVEY_FIRST", 50.0), ("SURVEY_FIRST", 90.0)), boosters).table
    assert found["tps_code"].tolist() == ["3602062001002", "3602062001001"]
    assert found["standby"].tolist() == ["survey_confirms", "next_in_line"]
    assert found["voters_freed"].tolist() == pytest.approx([72, 40])


def test_a_held_kit_names_the_best_operator_and_what_must_come_first(
    ranking: MakeRanking, boosters: Kits
) -> None:
    (row,) = waits(ranking(("SURVEY_FIRST", 90.0)), boosters).table.to_dict("records")
    assert row["remedy_operator"] == "B"
    assert row["reasons"] == "R_SURVEY_CONFIRMS|R_LEGAL_OPERATOR_ONLY"


def test_decided_sites_come_first_however_little_they_free(
    ranking: MakeRanking, boosters: Kits
) -> None:
    found = waits(ranking(("SURVEY_FIRST", 90.0), ("OPERATOR_BOOSTER", 10.0)), boosters)
    assert found.n_held == {}
    assert found.table["standby"].tolist() == ["next_in_line"]
    assert found.voters_by_holding_more == pytest.approx(0.8 * (90 - 10))


def test_enough_for_both_leaves_nothing_to_be_gained_by_holding_more(
    ranking: MakeRanking, boosters: Kits, vsat: Kit
) -> None:
    found = waits(
        ranking(("SURVEY_FIRST", 90.0), ("VSAT_LEO", 10.0)), {**boosters, "VSAT_LEO": vsat}
    )
    assert (found.n_held, found.voters_by_holding_more) == ({"OPERATOR_BOOSTER": 1}, 0)
    assert found.voters_expected == pytest.approx(72)


def test_the_way_to_an_island_is_in_the_lead_time_of_all_that_waits(
    ranking: MakeRanking, boosters: Kits
) -> None:
    island = pd.array(["Tunda", "Tunda"], dtype="string")
    found = waits(ranking(("SURVEY_FIRST", 50.0), ("SURVEY_FIRST", 90.0), island=island), boosters)
    assert found.table["lead_time_days"].tolist() == [63, 63]


@pytest.mark.parametrize(
    "remedy", ["MOBILE_BTS", "VSAT_LEO", "SIM_SWITCH", "MOVE_OR_OFFLINE_WALK", "OFFLINE_COURIER"]
)
def test_where_a_donor_is_not_expected_a_visit_may_still_find_one(
    ranking: MakeRanking, boosters: Kits, remedy: str
) -> None:
    sites = ranking(("OPERATOR_BOOSTER", 90.0), (remedy, 50.0), voters_if_boosted=[90.0, 20.0])
    sites["remedy_operator"] = pd.array(["A", None], dtype="string")
    (row,) = waits(sites, boosters).table.to_dict("records")
    assert (row["standby"], row["remedy_operator"]) == ("next_in_line", "B")
    assert row["voters_freed"] == pytest.approx(0.8 * 20)


@pytest.mark.parametrize("remedy", ["OK", "EXCLUDED_ADAT"])
def test_who_is_served_otherwise_is_in_no_line(
    ranking: MakeRanking, boosters: Kits, remedy: str
) -> None:
    assert waits(ranking(("OPERATOR_BOOSTER", 90.0), (remedy, 50.0)), boosters).table.empty


def test_nobody_is_next_in_line_for_a_booster_that_comes_too_late(
    ranking: MakeRanking, boosters: Kits
) -> None:
    sites = ranking(
        ("OPERATOR_BOOSTER", 90.0),
        ("OPERATOR_BOOSTER", 50.0),
        island=pd.array([None, "Tunda"], dtype="string"),
    )
    assert waits(sites, boosters, days_left=62).table.empty


@pytest.mark.parametrize("reason", ["R_HOLD", "R_HOLD_POSSIBLE", "R_CENTROID"])
@pytest.mark.parametrize("remedy", ["SURVEY_FIRST", "OFFLINE_COURIER", "SIM_SWITCH"])
def test_nothing_waits_for_a_possible_hold_or_a_site_without_a_place(
    ranking: MakeRanking, boosters: Kits, remedy: str, reason: str
) -> None:
    reasons = ["R_MODEL_ONLY", f"R_MODEL_ONLY|{reason}"]
    sites = ranking(("OPERATOR_BOOSTER", 99.0), (remedy, 90.0), reasons=reasons)
    assert waits(sites, boosters).table.empty


@pytest.mark.parametrize(
    "remedy", ["EXCLUDED_ADAT", "OK", "SIM_SWITCH", "MOVE_OR_OFFLINE_WALK", "OFFLINE_COURIER"]
)
def test_only_sites_to_be_surveyed_wait_for_a_held_kit(
    ranking: MakeRanking, boosters: Kits, remedy: str
) -> None:
    assert waits(ranking((remedy, 90.0)), boosters).table.empty


def test_without_power_nobody_stands_in_line(ranking: MakeRanking, boosters: Kits) -> None:
    sites = ranking(("OPERATOR_BOOSTER", 90.0), ("OPERATOR_BOOSTER", 80.0))
    sites["has_power"] = pd.array([True, False], dtype="boolean")
    assert waits(sites, boosters).table.empty


def test_no_booster_given_no_line_for_one(ranking: MakeRanking, vsat: Kit) -> None:
    sites = ranking(("VSAT_LEO", 90.0), ("SURVEY_FIRST", 80.0))
    assert waits(sites, {"VSAT_LEO": vsat}).table.empty


def test_nobody_waits_for_less_than_a_voter(ranking: MakeRanking, boosters: Kits) -> None:
    sites = ranking(("OPERATOR_BOOSTER", 90.0), ("OPERATOR_BOOSTER", 1.2))
    assert waits(sites, boosters).table.empty


def test_stock_and_money_of_decided_sites_are_spent(ranking: MakeRanking) -> None:
    sites = ranking(("OPERATOR_BOOSTER", 10.0), ("SURVEY_FIRST", 90.0), ("SURVEY_FIRST", 80.0))
    three = {"OPERATOR_BOOSTER": Kit(stock=3, cost=5, p_works=0.8, lead_time_days=60)}
    assert waits(sites, three).n_held == {"OPERATOR_BOOSTER": 2}
    assert waits(sites, three, budget=10.0).n_held == {"OPERATOR_BOOSTER": 1}


def test_an_operators_own_stock_is_spent_too(ranking: MakeRanking) -> None:
    sites = ranking(("OPERATOR_BOOSTER", 10.0), ("SURVEY_FIRST", 90.0))
    sites["best_operator"] = pd.array(["A", "A"], dtype="string")
    kit = Kit(
        stock=5, cost=5, p_works=0.8, lead_time_days=60, stock_by_operator={"A": 1}
    )  # fmt: skip
    assert waits(sites, {"OPERATOR_BOOSTER": kit}).n_held == {}


def test_the_day_of_the_visit_and_the_last_day_to_order_stand_beside(
    ranking: MakeRanking, boosters: Kits
) -> None:
    plan = pd.DataFrame({"tps_code": ["3602062001001"] * 2, "survey_day": [4, 2]})
    sites = ranking(("SURVEY_FIRST", 90.0), ("SURVEY_FIRST", 10.0))
    table = waits(sites, boosters, plan, election_date=date(2024, 2, 14)).table
    assert table["survey_day"].tolist() == [2, pd.NA]
    assert table["latest_order_date"].tolist() == [date(2023, 12, 16)] * 2
    tables.check("kit_standby", tables.to_arrow("kit_standby", table))


def test_the_allocation_itself_says_nothing_of_sites_to_be_surveyed(
    ranking: MakeRanking, vsat: Kit
) -> None:
    sites = ranking(("SURVEY_FIRST", 90.0), ("VSAT_LEO", 10.0))
    given = allocate(sites, AllocationParams(kits={"VSAT_LEO": vsat})).table
    assert given["tps_code"].tolist() == ["3602062001002"]


def test_hazards_and_special_locations_are_named(ranking: MakeRanking, boosters: Kits) -> None:
    sites = ranking(*[("SURVEY_FIRST", 90.0 - i) for i in range(3)])
    sites["hazard"] = pd.array(["flood", None, "flood"], dtype="string")
    sites["is_special"] = pd.array([None, True, True], dtype="boolean")
    codes = [set(found.split("|")) for found in waits(sites, boosters).table["reasons"]]
    assert ["R_HAZARD" in found for found in codes] == [True, False, True]
    assert ["R_SPECIAL" in found for found in codes] == [False, True, True]


def test_an_empty_standby_fits_its_table(ranking: MakeRanking, boosters: Kits) -> None:
    table = waits(ranking(("OK", 0.0)), boosters).table
    tables.check("kit_standby", tables.to_arrow("kit_standby", table))
