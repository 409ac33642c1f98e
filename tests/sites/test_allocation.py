from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage import tables
from coverage.errors import InputError
from coverage.sites.allocation import (
    AllocationParams,
    allocate,
    kits_by_district,
)
from coverage.sites.kits import Kit
from coverage.sites.programme import options_of, programme_of
from coverage.sites.rounds import RoundParams
from coverage.tables import TABLES

MakeRanking = Callable[..., pd.DataFrame]


def test_the_kit_goes_where_it_frees_most(ranking: MakeRanking, vsat: Kit) -> None:
    sites = ranking(("VSAT_LEO", 10.0), ("VSAT_LEO", 30.0))
    found = allocate(sites, AllocationParams(kits={"VSAT_LEO": vsat}))
    assert tuple(found.table.columns) == TABLES["allocation"].columns
    assert found.table["kit"].isna().tolist() == [True, False]
    assert (found.voters_freed, found.cost, found.gap) == (27, 10, 0)


@pytest.mark.parametrize("remedy", ["OK", "SURVEY_FIRST", "EXCLUDED_ADAT", "MOVE_OR_OFFLINE_WALK"])
def test_a_site_that_needs_no_equipment_gets_none(
    ranking: MakeRanking, vsat: Kit, remedy: str
) -> None:
    found = allocate(ranking((remedy, 100.0)), AllocationParams(kits={"VSAT_LEO": vsat}))
    assert found.table.empty
    assert found.voters_freed == 0


def test_a_booster_needs_the_donor_its_remedy_found(ranking: MakeRanking, booster: Kit) -> None:
    found = allocate(
        ranking(("VSAT_LEO", 10.0)), AllocationParams(kits={"OPERATOR_BOOSTER": booster})
    )
    assert found.table["kit"].isna().all()


def test_operators_are_named_where_the_kit_goes_through_one(
    ranking: MakeRanking, booster: Kit, vsat: Kit
) -> None:
    kits = {"OPERATOR_BOOSTER": booster, "VSAT_LEO": vsat}
    sites = ranking(("OPERATOR_BOOSTER", 10.0), ("VSAT_LEO", 10.0))
    table = allocate(sites, AllocationParams(kits=kits)).table
    assert table["kit"].tolist() == ["OPERATOR_BOOSTER", "VSAT_LEO"]
    assert table["remedy_operator"].tolist()[0] == "A"
    assert pd.isna(table["remedy_operator"].iloc[1])


def test_one_mobile_station_serves_its_neighbours_and_costs_once(
    ranking: MakeRanking, bts: Kit
) -> None:
    sites = ranking(*[("MOBILE_BTS", 10.0)] * 5, step_deg=0.005)
    found = allocate(sites, AllocationParams(kits={"MOBILE_BTS": bts}))
    assert found.table["kit"].tolist() == ["MOBILE_BTS"] * 5
    assert (found.table["host_tps_code"] == found.table["host_tps_code"].iloc[0]).all()
    assert (found.voters_freed, found.cost) == (pytest.approx(45), pytest.approx(50))


def test_a_mobile_station_serves_no_more_than_it_can(ranking: MakeRanking) -> None:
    small = Kit(stock=1, cost=1, p_works=1, lead_time_days=0, reach_m=3000, max_sites=2)
    sites = ranking(("MOBILE_BTS", 1.0), ("MOBILE_BTS", 2.0), ("MOBILE_BTS", 3.0), step_deg=0.001)
    found = allocate(sites, AllocationParams(kits={"MOBILE_BTS": small}))
    assert found.table["voters_freed"].tolist() == [0, 2, 3]


def test_a_mobile_station_does_not_reach_far_or_an_island(ranking: MakeRanking, bts: Kit) -> None:
    far = allocate(
        ranking(*[("MOBILE_BTS", 10.0)] * 2, step_deg=0.1),
        AllocationParams(kits={"MOBILE_BTS": bts}),
    )
    assert far.table["kit"].notna().sum() == 1
    island = pd.array(["Tunda"], dtype="string")
    sites = ranking(("OPERATOR_BOOSTER", 10.0), island=island)
    assert allocate(sites, AllocationParams(kits={"MOBILE_BTS": bts})).table["kit"].isna().all()


@pytest.mark.parametrize(("budget", "freed"), [(None, 27), (10.0, 27), (9.99, 0)])
def test_the_budget_holds(
    ranking: MakeRanking, vsat: Kit, budget: float | None, freed: float
) -> None:
    found = allocate(
        ranking(("VSAT_LEO", 30.0)), AllocationParams(kits={"VSAT_LEO": vsat}, budget=budget)
    )
    assert found.voters_freed == freed


@pytest.mark.parametrize(("days_left", "given"), [(30, True), (29, False)])
def test_a_kit_must_arrive_in_time(
    ranking: MakeRanking, vsat: Kit, days_left: int, given: bool
) -> None:
    params = AllocationParams(kits={"VSAT_LEO": vsat}, days_left=days_left)
    assert allocate(ranking(("VSAT_LEO", 30.0)), params).table["kit"].notna().tolist() == [given]


@pytest.mark.parametrize(("days_left", "given"), [(33, True), (32, False)])
def test_the_way_to_an_island_counts_before_the_poll(
    ranking: MakeRanking, vsat: Kit, days_left: int, given: bool
) -> None:
    sites = ranking(("VSAT_LEO", 30.0), island=pd.array(["Tunda"], dtype="string"))
    params = AllocationParams(
        kits={"VSAT_LEO": vsat}, days_left=days_left, rounds=RoundParams(boat_lead_days=3)
    )
    assert allocate(sites, params).table["kit"].notna().tolist() == [given]


def test_the_last_day_to_order_counts_the_way_on_foot(ranking: MakeRanking, vsat: Kit) -> None:
    sites = ranking(("VSAT_LEO", 30.0), foot_area=pd.array(["Cibitung"], dtype="string"))
    params = AllocationParams(
        kits={"VSAT_LEO": vsat},
        election_date=date(2024, 2, 14),
        rounds=RoundParams(foot_lead_days=2),
    )
    (row,) = allocate(sites, params).table.to_dict("records")
    assert (row["lead_time_days"], row["latest_order_date"]) == (32, date(2024, 1, 13))


def test_a_mobile_station_goes_to_no_place_reached_on_foot(ranking: MakeRanking, bts: Kit) -> None:
    sites = ranking(("MOBILE_BTS", 10.0), foot_area=pd.array(["Cibitung"], dtype="string"))
    assert allocate(sites, AllocationParams(kits={"MOBILE_BTS": bts})).table["kit"].isna().all()


@pytest.mark.parametrize(
    "remedy",
    ["VSAT_LEO", "OFFLINE_COURIER", "SIM_SWITCH", "MOVE_OR_OFFLINE_WALK", "WIFI_FROM_PPS_OR_DESA"],
)
def test_a_station_that_stands_near_serves_where_nothing_else_can(
    ranking: MakeRanking, bts: Kit, remedy: str
) -> None:
    sites = ranking(("MOBILE_BTS", 10.0), (remedy, 20.0), step_deg=0.005)
    found = allocate(sites, AllocationParams(kits={"MOBILE_BTS": bts})).table
    assert found["host_tps_code"].tolist() == ["3602062001001"] * 2


@pytest.mark.parametrize("reach_m", [0.0, 3000.0])
@pytest.mark.parametrize("remedy", ["VSAT_LEO", "OFFLINE_COURIER", "MOVE_OR_OFFLINE_WALK"])
def test_no_station_stands_where_no_operator_is_named(
    ranking: MakeRanking, bts: Kit, remedy: str, reach_m: float
) -> None:
    kits = {"MOBILE_BTS": replace(bts, reach_m=reach_m)}
    found = allocate(ranking((remedy, 20.0)), AllocationParams(kits=kits)).table
    assert found["kit"].notna().sum() == 0


def test_a_courier_that_no_station_spares_stands_in_no_list_of_kits(
    ranking: MakeRanking, vsat: Kit
) -> None:
    sites = ranking(("OFFLINE_COURIER", 20.0), ("VSAT_LEO", 10.0))
    found = allocate(sites, AllocationParams(kits={"VSAT_LEO": vsat})).table
    assert found["tps_code"].tolist() == ["3602062001002"]


def test_without_stock_nothing_is_given(ranking: MakeRanking) -> None:
    empty = Kit(stock=0, cost=1, p_works=1, lead_time_days=0)
    found = allocate(ranking(("VSAT_LEO", 30.0)), AllocationParams(kits={"VSAT_LEO": empty}))
    assert found.table["kit"].isna().all()


def best_by_trying(sites: pd.DataFrame, params: AllocationParams) -> float:
    """The most voters freed by own-site kits, by trying every combination."""
    choices = {
        "OPERATOR_BOOSTER": [None, "OPERATOR_BOOSTER", "VSAT_LEO"],
        "VSAT_LEO": [None, "VSAT_LEO"],
    }
    best = 0.0
    for tried in product(*[choices[remedy] for remedy in sites["remedy"]]):
        used = [kit for kit in tried if kit]
        within_stock = all(used.count(code) <= kit.stock for code, kit in params.kits.items())
        cost = sum(params.kits[kit].cost for kit in used)
        if within_stock and cost <= (params.budget or 0):
            gain = sum(
                params.kits[kit].p_works * priority
                for kit, priority in zip(tried, sites["priority"], strict=True)
                if kit
            )
            best = max(best, gain)
    return best


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["OPERATOR_BOOSTER", "VSAT_LEO"]), st.floats(1, 300)),
        min_size=1,
        max_size=6,
    ),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.floats(1, 60),
)
def test_no_other_allocation_frees_more(
    ranking: MakeRanking, rows: list[tuple[str, float]], stock: tuple[int, int], budget: float
) -> None:
    kits = {
        "OPERATOR_BOOSTER": Kit(stock=stock[0], cost=5, p_works=0.8, lead_time_days=60),
        "VSAT_LEO": Kit(stock=stock[1], cost=12, p_works=0.95, lead_time_days=30),
    }
    sites, params = ranking(*rows), AllocationParams(kits=kits, budget=budget)
    found = allocate(sites, params)
    assert found.voters_freed == pytest.approx(best_by_trying(sites, params), rel=1e-6)
    assert found.cost <= budget + 1e-9
    for code, kit in kits.items():
        assert (found.table["kit"] == code).sum() <= kit.stock


def test_kits_by_district_count_a_shared_kit_once(
    ranking: MakeRanking, vsat: Kit, bts: Kit
) -> None:
    sites = ranking(*[("MOBILE_BTS", 10.0)] * 3, ("VSAT_LEO", 9.0), step_deg=0.005)
    kits = {"MOBILE_BTS": bts, "VSAT_LEO": vsat}
    found = kits_by_district(allocate(sites, AllocationParams(kits=kits)), sites)
    assert found.to_numpy().tolist() == [
        ["LEBAK", "Leuwidamar", "MOBILE_BTS", 1, 3],
        ["LEBAK", "Leuwidamar", "VSAT_LEO", 1, 1],
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("stock", -1), ("cost", -1), ("p_works", 1.1), ("lead_time_days", -1), ("reach_m", -1),
     ("max_sites", 0)],
)  # fmt: skip
def test_kits_are_checked(name: str, value: float) -> None:
    given = {"stock": 1, "cost": 1, "p_works": 0.5, "lead_time_days": 1, name: value}
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be in"):
        Kit(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"kits": {"PIGEON": Kit(stock=1, cost=1, p_works=1, lead_time_days=1)}},
      r"Invalid kits \['PIGEON'\]"),
     ({"budget": -1}, r"Invalid budget -1"), ({"max_seconds": 0}, r"Invalid max_seconds 0")],
)  # fmt: skip
def test_params_are_checked(vsat: Kit, changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        AllocationParams(**{"kits": {}, **changes})  # type: ignore[arg-type]


def test_out_of_time_sites_are_served_one_by_one_and_the_gap_says_so(
    ranking: MakeRanking, bts: Kit
) -> None:
    rng = np.random.default_rng(1)
    rows = [("MOBILE_BTS", float(p)) for p in rng.uniform(1, 300, 300)]
    sites, kits = ranking(*rows, step_deg=0.002), {"MOBILE_BTS": bts}
    hasty = allocate(sites, AllocationParams(kits=kits, max_seconds=1e-9))
    best = allocate(sites, AllocationParams(kits=kits))
    assert 0 < hasty.voters_freed <= best.voters_freed
    assert best.voters_freed <= hasty.voters_freed * (1 + hasty.gap) + 1e-6


def test_one_by_one_keeps_stock_operators_and_money(ranking: MakeRanking, booster: Kit) -> None:
    many = replace(booster, stock=3, stock_by_operator={"A": 1})
    operators = pd.array(["A", "A", "B", "B"], dtype="string")
    sites = ranking(*[("OPERATOR_BOOSTER", p) for p in (40.0, 30.0, 20.0, 10.0)])
    sites = sites.assign(remedy_operator=operators)
    kits = {"OPERATOR_BOOSTER": many}
    options = options_of(sites, kits)
    for budget, expected in ((None, [0, 2, 3]), (10.0, [0, 2])):
        taken, gap = programme_of(sites, options, kits, budget).one_by_one()
        assert options.loc[taken, "site"].tolist() == expected
        assert gap >= 0


def test_the_last_day_to_order_stands_beside_the_kit(ranking: MakeRanking, vsat: Kit) -> None:
    params = AllocationParams(kits={"VSAT_LEO": vsat}, election_date=date(2024, 2, 14))
    table = allocate(ranking(("VSAT_LEO", 10.0), ("VSAT_LEO", 5.0)), params).table
    assert table["latest_order_date"].tolist() == [date(2024, 1, 15), None]
    tables.check("allocation", tables.to_arrow("allocation", table))


def test_one_operator_takes_part_with_so_many_only(ranking: MakeRanking, booster: Kit) -> None:
    many = replace(booster, stock=5, stock_by_operator={"A": 1})
    sites = ranking(
        *[("OPERATOR_BOOSTER", 10.0)] * 3, remedy_operator=pd.array(["A", "A", "B"], dtype="string")
    )
    found = allocate(sites, AllocationParams(kits={"OPERATOR_BOOSTER": many})).table
    given = found.dropna(subset=["kit"])
    assert sorted(given["remedy_operator"]) == ["A", "B"]


def test_a_booster_frees_only_where_there_is_a_donor_when_it_fails(
    ranking: MakeRanking, booster: Kit
) -> None:
    sites = ranking(("OPERATOR_BOOSTER", 90.0), ("OPERATOR_BOOSTER", 50.0))
    sites["voters_if_boosted"] = [5.0, 40.0]
    found = allocate(sites, AllocationParams(kits={"OPERATOR_BOOSTER": booster}))
    assert found.table["kit"].isna().tolist() == [True, False]
    assert found.voters_freed == pytest.approx(0.8 * 40)


def test_cards_go_to_sites_where_one_operator_works(ranking: MakeRanking) -> None:
    cards = Kit(stock=1, cost=0.1, p_works=0.5, lead_time_days=14)
    sites = ranking(("SIM_SWITCH", 3.0), ("SIM_SWITCH", 2.0))
    sites["n_voters"] = pd.array([200, 300], dtype="Int32")
    found = allocate(sites, AllocationParams(kits={"SIM_SWITCH": cards}))
    assert found.table["kit"].isna().tolist() == [True, False]
    assert found.voters_freed == pytest.approx(0.5 * 0.8 * 300)
    assert found.table["remedy_operator"].tolist()[1] == "A"


@pytest.mark.parametrize(
    ("priority", "has_cards", "kit"),
    [
        (110.0, True, "SIM_SWITCH"),
        (130.0, True, "OPERATOR_BOOSTER"),
        (1.0, False, "OPERATOR_BOOSTER"),
    ],
)
def test_equipment_goes_where_cards_are_the_remedy_if_it_frees_more(
    ranking: MakeRanking, booster: Kit, priority: float, has_cards: bool, kit: str
) -> None:
    cards = Kit(stock=5, cost=0.1, p_works=0.5, lead_time_days=14)  # frees 0.5 x 0.8 x 250 voters
    kits = {"OPERATOR_BOOSTER": booster} | ({"SIM_SWITCH": cards} if has_cards else {})
    found = allocate(ranking(("SIM_SWITCH", priority)), AllocationParams(kits=kits))
    assert found.table["kit"].tolist() == [kit]


def test_without_cards_a_site_that_wants_them_and_gets_nothing_is_not_listed(
    ranking: MakeRanking, booster: Kit
) -> None:
    sites = ranking(("OPERATOR_BOOSTER", 90.0), ("SIM_SWITCH", 50.0))
    found = allocate(sites, AllocationParams(kits={"OPERATOR_BOOSTER": booster}))
    assert found.table["tps_code"].tolist() == sites["tps_code"].tolist()[:1]


@pytest.mark.parametrize("remedy", ["OPERATOR_BOOSTER", "SIM_SWITCH", "OFFLINE_COURIER"])
@pytest.mark.parametrize("reason", ["R_HOLD", "R_HOLD_POSSIBLE"])
def test_no_equipment_where_a_hold_may_apply(
    ranking: MakeRanking, booster: Kit, bts: Kit, remedy: str, reason: str
) -> None:
    reasons = ["R_MODEL_ONLY", f"R_MODEL_ONLY|{reason}"]
    sites = ranking(("MOBILE_BTS", 1.0), (remedy, 90.0), step_deg=0.001, reasons=reasons)
    kits = {"OPERATOR_BOOSTER": booster, "MOBILE_BTS": bts}
    table = allocate(sites, AllocationParams(kits=kits)).table
    assert table.loc[table["kit"].notna(), "tps_code"].tolist() == sites["tps_code"].tolist()[:1]


def test_the_programme_is_never_worse_than_the_list(
    ranking: MakeRanking, vsat: Kit, bts: Kit
) -> None:
    rng = np.random.default_rng(5)
    for seed in range(5):
        rows = [("MOBILE_BTS", float(p)) for p in np.sort(rng.uniform(1, 300, 30))[::-1]]
        sites = ranking(*rows, latitude_deg=np.random.default_rng(seed).uniform(-6.7, -6.5, 30))
        kits = {"MOBILE_BTS": replace(bts, stock=2), "VSAT_LEO": replace(vsat, stock=3)}
        params = AllocationParams(kits=kits, budget=120)
        found = allocate(replace_places(sites), params)
        assert found.voters_freed >= found.voters_freed_by_list - 1e-9


def replace_places(sites: pd.DataFrame) -> pd.DataFrame:
    """The sites crowded into 10 km, so that one station reaches several."""
    return sites.assign(longitude_deg=106.0 + 0.003 * np.arange(len(sites)))


@pytest.mark.parametrize(("stock", "value"), [(1, 0.9 * 20), (2, 0.9 * 10), (3, 0.0)])
def test_the_shadow_value_is_what_one_more_kit_frees(
    ranking: MakeRanking, vsat: Kit, stock: int, value: float
) -> None:
    sites = ranking(("VSAT_LEO", 30.0), ("VSAT_LEO", 20.0), ("VSAT_LEO", 10.0))
    found = allocate(sites, AllocationParams(kits={"VSAT_LEO": replace(vsat, stock=stock)}))
    assert found.shadow_voters["VSAT_LEO"] == pytest.approx(value)


def test_stations_of_one_village_are_one_place_to_the_programme(
    ranking: MakeRanking, bts: Kit
) -> None:
    sites = ranking(*[("MOBILE_BTS", 10.0)] * 20, step_deg=0.0001)
    options = options_of(sites, {"MOBILE_BTS": bts})
    assert len(set(options["host"])) == 1
    assert len(set(options["site"])) == 20


@pytest.mark.parametrize(("has_power", "given"), [(True, True), (None, True), (False, False)])
def test_a_kit_at_the_tps_needs_power_there(
    ranking: MakeRanking, booster: Kit, vsat: Kit, has_power: bool | None, given: bool
) -> None:
    sites = ranking(("OPERATOR_BOOSTER", 10.0))
    sites["has_power"] = pd.array([has_power], dtype="boolean")
    kits = {"OPERATOR_BOOSTER": booster, "VSAT_LEO": vsat}
    assert allocate(sites, AllocationParams(kits=kits)).table["kit"].notna().all() == given


def test_a_station_stands_where_there_may_be_power_and_serves_the_rest(
    ranking: MakeRanking, bts: Kit
) -> None:
    sites = ranking(*[("MOBILE_BTS", 10.0)] * 3, step_deg=0.001)
    sites["has_power"] = pd.array([False, False, None], dtype="boolean")
    found = allocate(sites, AllocationParams(kits={"MOBILE_BTS": bts})).table
    assert found["host_tps_code"].tolist() == ["3602062001003"] * 3
