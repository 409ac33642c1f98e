from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from coverage.deliverables.partner import (
    SITE_COLUMNS,
    PartnerParams,
    partner_cells,
    partner_sites,
)
from coverage.deliverables.run_tables import RunTables
from coverage.errors import InputError

OTHERS = ("IOH", "Smartfren", "XL Axiata")
MEASURED = ["rat", "n_readings", "n_devices", "signal_p10_dbm", "signal_p50_dbm", "last_day"]


@pytest.fixture(scope="module")
def sites(world: RunTables) -> pd.DataFrame:
    return partner_sites(world, "Telkomsel")


def measured_at_sites(world: RunTables, n_devices: int) -> RunTables:
    """As if every site's cell had been measured good by so many devices."""
    at_sites = world.site_ranking["h3_cell"].unique()
    row = world.cells[world.cells["operator"] == "Telkomsel"].iloc[[0] * len(at_sites)]
    return replace(
        world,
        cells=row.assign(h3_cell=at_sites, rat="LTE", evidence="ok", n_devices=n_devices),
    )


def test_every_site_is_listed_once_with_ranks_from_one(
    sites: pd.DataFrame, world: RunTables
) -> None:
    assert tuple(sites.columns) == SITE_COLUMNS
    assert sorted(sites["tps_code"]) == sorted(world.site_ranking["tps_code"])
    assert sites["rank"].tolist() == list(range(1, len(sites) + 1))


def test_no_other_operator_is_named(sites: pd.DataFrame) -> None:
    text = sites.to_csv()
    assert not [other for other in OTHERS if other in text]


def test_other_operators_signal_changes_nothing(sites: pd.DataFrame, world: RunTables) -> None:
    """Whatever others' figures are, the list says no more of them than whether one serves."""
    is_other = world.site_signal["operator"] != "Telkomsel"
    other_signal = world.site_signal.copy()
    other_signal.loc[is_other, ["p_weak", "p_upload_fail"]] = 0.123
    ranking = world.site_ranking.assign(
        p_weak=0.5, p_upload_fail=0.5, best_operator="IOH", evidence="ok", priority=1.0
    )
    ranking["rank"] = ranking["rank"].to_numpy()[::-1]
    is_free = ~ranking["remedy"].isin(["EXCLUDED_ADAT"]) & ranking["remedy_operator"].isna()
    ranking.loc[is_free, "remedy"] = "OK"
    ranking.loc[is_free, ["nearest_usable_m", "nearest_usable_bearing_deg"]] = 77.0
    changed = replace(
        world,
        site_signal=other_signal,
        site_ranking=ranking,
        cells=world.cells[world.cells["operator"] == "Telkomsel"],
    )
    told = partner_sites(changed, "Telkomsel").drop(columns="other_serves")
    assert told.to_csv() == sites.drop(columns="other_serves").to_csv()


def test_a_remedy_is_told_only_to_the_operator_asked(world: RunTables) -> None:
    asked = partner_sites(world, "Telkomsel")["remedy"].dropna()
    assert set(asked) == {"OPERATOR_BOOSTER", "EXCLUDED_ADAT"}
    assert set(partner_sites(world, "IOH")["remedy"].dropna()) == {"EXCLUDED_ADAT"}


def test_the_nearest_signal_is_told_only_for_a_walk_to_this_operator(world: RunTables) -> None:
    ranking = world.site_ranking.assign(remedy_operator="Telkomsel", nearest_usable_m=320.0)
    told = partner_sites(replace(world, site_ranking=ranking), "Telkomsel")
    is_walk = told["remedy"] == "MOVE_OR_OFFLINE_WALK"
    assert is_walk.any()
    assert (told["nearest_usable_m"].notna() == is_walk).all()


def test_holds_stand_last_in_every_list(sites: pd.DataFrame) -> None:
    is_hold = sites["remedy"].eq("EXCLUDED_ADAT").fillna(value=False)
    n_holds = int(is_hold.sum())
    assert n_holds == 30
    assert is_hold.tail(n_holds).all()


def test_sites_that_cannot_be_judged_come_after_those_that_can(sites: pd.DataFrame) -> None:
    free = sites[~sites["remedy"].eq("EXCLUDED_ADAT").fillna(value=False)]
    judged = free["is_applicable"].tolist()
    assert judged == sorted(judged, reverse=True)
    unknown = free[~free["is_applicable"] & free["n_devices"].isna() & ~free["suppressed"]]
    assert set(unknown["evidence"]) == {"survey_first"}


def test_where_the_model_abstains_its_figures_are_not_told(sites: pd.DataFrame) -> None:
    figures = sites[["rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak", "p_upload_fail"]]
    assert (figures.isna().all(axis=1) == ~sites["is_applicable"]).all()
    assert (figures.notna().all(axis=1) == sites["is_applicable"]).all()


def test_rank_follows_expected_failing_voters(sites: pd.DataFrame) -> None:
    voters = sites["n_voters"].astype("Float64").fillna(sites["n_voters"].median())
    failing = (sites["p_upload_fail"] * voters)[sites["is_applicable"] & sites["remedy"].isna()]
    assert failing.is_monotonic_decreasing


@pytest.mark.parametrize(("n_devices", "is_suppressed"), [(2, True), (3, False)])
def test_too_few_devices_are_suppressed_and_the_row_stays(
    world: RunTables, n_devices: int, is_suppressed: bool
) -> None:
    sites = partner_sites(measured_at_sites(world, n_devices), "Telkomsel")
    assert len(sites) == len(world.site_ranking)
    assert (sites["suppressed"] == is_suppressed).all()
    assert (sites[MEASURED].isna() == is_suppressed).all(axis=None)
    assert (sites["evidence"].isna() == is_suppressed).all()


def test_reasons_are_told_only_where_they_may_be(world: RunTables) -> None:
    asked = world.site_ranking["remedy_operator"].eq("Telkomsel").fillna(value=False)
    ranking = world.site_ranking.assign(reasons="R_DONOR|R_ONE_OPERATOR")
    tables = replace(world, site_ranking=ranking)
    assert partner_sites(tables, "Telkomsel")["reasons"].isna().all()
    rules = PartnerParams(shared_reasons=frozenset({"R_DONOR"}))
    told = partner_sites(tables, "Telkomsel", rules)["reasons"].dropna()
    assert told.tolist() == ["R_DONOR"] * int(asked.sum())


def test_an_unknown_operator_is_refused(world: RunTables) -> None:
    with pytest.raises(InputError, match="Invalid operator 'Esia'"):
        partner_sites(world, "Esia")


def test_cells_of_too_few_devices_are_suppressed(world: RunTables) -> None:
    cells = partner_cells(world, "Telkomsel")
    own = world.cells[world.cells["operator"] == "Telkomsel"]
    assert len(cells) == len(own)
    assert cells["suppressed"].sum() == (own["n_devices"] < 3).sum()
    fields = [c for c in cells.columns if c not in {"h3_cell", "operator", "rat", "suppressed"}]
    assert cells.loc[cells["suppressed"], fields].isna().all(axis=None)
    assert cells.loc[~cells["suppressed"], "n_devices"].min() == 3


def test_no_reading_has_an_hour(world: RunTables) -> None:
    cells = partner_cells(world, "Telkomsel")
    assert "last_time" not in cells.columns
    assert set(cells["last_day"].dropna()) == {date(2024, 1, 5)}


@pytest.mark.parametrize(("p_fail", "serves"), [(0.2, True), (0.21, False)])
def test_of_others_it_is_told_only_whether_one_serves(
    world: RunTables, p_fail: float, serves: bool
) -> None:
    is_other = world.site_signal["operator"] != "Telkomsel"
    signal = world.site_signal.assign(is_applicable=True)
    signal.loc[is_other, "p_upload_fail"] = p_fail
    sites = partner_sites(replace(world, site_signal=signal), "Telkomsel")
    assert set(sites["other_serves"]) == {serves}


def test_where_no_other_was_judged_it_is_not_known(world: RunTables) -> None:
    signal = world.site_signal[world.site_signal["operator"] == "Telkomsel"]
    sites = partner_sites(replace(world, site_signal=signal), "Telkomsel")
    assert sites["other_serves"].isna().all()


@pytest.mark.parametrize("value", [0, -1])
def test_less_than_one_device_is_refused(value: int) -> None:
    with pytest.raises(InputError, match=f"Invalid min_devices {value}"):
        PartnerParams(min_devices=value)


def test_a_chance_beyond_one_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid modelled_weak_p 1\.1"):
        PartnerParams(modelled_weak_p=1.1)
