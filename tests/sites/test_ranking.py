from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage import hexgrid, tables
from coverage.errors import InputError
from coverage.sites.donors import DonorParams
from coverage.sites.draws import DrawParams
from coverage.sites.judgement import RankParams
from coverage.sites.kits import DEFAULT_LEAD_TIME_DAYS, KitParams
from coverage.sites.layers import Layers
from coverage.sites.ranking import joined_reasons, rank
from coverage.sites.reasons import REASONS
from coverage.sites.remedies import RemedyParams
from coverage.sites.upload import site_signal

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
MakeCells = Callable[..., pd.DataFrame]
Tables = dict[str, pd.DataFrame]
HOME = (-6.6, 106.2)
PARAMS = RankParams(draws=DrawParams(n_draws=40))
NEAR = [(HOME[0] + 0.003 * i, HOME[1]) for i in range(4)]


def run(
    sites: pd.DataFrame,
    cell_signal: pd.DataFrame,
    nothing: Tables,
    layers: Layers | None = None,
    params: RankParams = PARAMS,
    **tables_: pd.DataFrame,
) -> pd.DataFrame:
    given = {**nothing, **tables_}
    return rank(
        sites,
        site_signal(sites, cell_signal, params.upload),
        cell_signal,
        given["cells"],
        given["towers"],
        correlation=given["operator_correlation"],
        layers=layers or Layers(),
        params=params,
    )


def around(place: tuple[float, float], half_deg: float = 0.0005) -> shapely.Polygon:
    lat, lon = place
    return shapely.box(lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg)


def test_the_contract_is_met(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-112, 4), "B": (-115, 4)})
    ranking = run(make_sites(*NEAR), cell_signal, nothing)
    tables.check("site_ranking", tables.to_arrow("site_ranking", ranking))
    assert ranking["rank"].tolist() == [1, 2, 3, 4]
    assert (ranking["rank_p05"] <= ranking["rank"]).all()
    assert (ranking["rank"] <= ranking["rank_p95"]).all()
    assert ranking["priority"].is_monotonic_decreasing


def test_more_voters_come_first_and_ties_go_by_code(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    voters = pd.array([200, 300, 300, None], dtype="Int32")
    sites = make_sites(HOME, HOME, HOME, HOME, n_voters=voters)
    ranking = run(sites, make_signal(home_cells, {"A": (-116, 4)}), nothing)
    assert ranking["tps_code"].str[-1].tolist() == ["2", "3", "4", "1"]  # unknown counts 265
    assert "R_VOTERS_ASSUMED" in ranking["reasons"].iloc[2]


def test_the_order_of_every_input_is_irrelevant(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    rng = np.random.default_rng(1)
    levels = {o: (rng.uniform(-125, -95, len(home_cells)), 4) for o in "AB"}
    cell_signal, sites = make_signal(home_cells, levels), make_sites(*NEAR)
    first = run(sites, cell_signal, nothing)
    shuffled = cell_signal.sample(frac=1, random_state=2, ignore_index=True)
    second = run(sites.iloc[::-1].reset_index(drop=True), shuffled, nothing)
    pd.testing.assert_frame_equal(first, second)


def test_the_site_fails_no_more_than_its_best_operator(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-113, 4), "B": (-114, 4)})
    sites = make_sites(HOME)
    each = site_signal(sites, cell_signal, PARAMS.upload)["p_upload_fail"]
    site = run(sites, cell_signal, nothing).iloc[0]
    assert each.prod() < site["p_upload_fail"] < each.min()
    assert site["best_operator"] == "A"


def test_a_usable_cell_near_relieves_and_gives_a_walk(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int,
    nothing: Tables,
) -> None:  # fmt: skip
    good = min(set(hexgrid.disk_of(home_cell, 1).tolist()) - {home_cell})
    blank = make_signal(home_cells, {"A": (-135, 3)})
    means = np.where(home_cells == good, -80.0, -135.0)
    near = make_signal(home_cells, {"A": (means, 3)})
    without = run(make_sites(HOME), blank, nothing).iloc[0]
    site = run(make_sites(HOME), near, nothing).iloc[0]
    assert without["priority"] == pytest.approx(250, rel=0.01)
    assert site["priority"] < 1
    assert (site["remedy"], site["remedy_operator"]) == ("MOVE_OR_OFFLINE_WALK", "A")
    assert 0 < site["nearest_usable_m"] < 500
    assert site["p_upload_fail"] == pytest.approx(without["p_upload_fail"], abs=1e-3)


def test_a_school_is_left_by_its_door(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    sites = make_sites(HOME, building=pd.array(["school"], dtype="string"))
    site = run(sites, make_signal(home_cells, {"A": (-106, 3)}), nothing).iloc[0]
    assert site["remedy"] == "MOVE_OR_OFFLINE_WALK"
    assert site["nearest_usable_m"] == 0
    assert np.isnan(site["nearest_usable_bearing_deg"])
    assert {"R_BUILDING_LOSS", "R_STEP_OUTSIDE"} <= set(site["reasons"].split("|"))


def test_a_hold_is_listed_last_and_never_a_target(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    holds = gpd.GeoDataFrame({"geometry": [around(NEAR[0])]}, crs=4326)
    cell_signal = make_signal(home_cells, {"A": (-135, 3)})
    ranking = run(make_sites(*NEAR), cell_signal, nothing, Layers(holds=holds))
    held = ranking.iloc[-1]
    assert held["tps_code"] == "3602062001001"
    assert (held["remedy"], held["priority"]) == ("EXCLUDED_ADAT", 0)
    assert held["reasons"].startswith("R_HOLD")
    assert (held["rank_p05"], held["rank_p95"]) == (4, 4)
    assert (ranking["remedy"] == "EXCLUDED_ADAT").sum() == 1


def test_where_the_model_does_not_answer_the_site_is_surveyed_first(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-60, 3), "B": (-60, 3)}, is_applicable=False)
    site = run(make_sites(HOME), cell_signal, nothing).iloc[0]
    assert (site["evidence"], site["remedy"]) == ("survey_first", "SURVEY_FIRST")
    assert pd.isna(site["best_operator"])
    assert np.isnan(site["nearest_usable_m"])


def test_an_operator_that_is_not_known_makes_no_site_good(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    known = make_signal(home_cells, {"A": (-135, 3)})
    unknown = make_signal(home_cells, {"B": (-60, 3)}, is_applicable=False)
    site = run(make_sites(HOME), pd.concat([known, unknown]), nothing).iloc[0]
    assert (site["evidence"], site["remedy"]) == ("survey_first", "SURVEY_FIRST")
    assert site["best_operator"] == "A"


def test_readings_confirm(
    make_sites: MakeSites, make_signal: MakeSignal, make_cells: MakeCells, home_cell: int,
    nothing: Tables,
) -> None:  # fmt: skip
    cell_signal = make_signal(hexgrid.disk_of(home_cell, 1), {"A": (-135, 3), "B": (-135, 3)})
    cells = make_cells(
        (home_cell, "A", "LTE", "confirmed_weak"), (home_cell, "B", "LTE", "confirmed_weak"),
        no_service_share=0.8,
    )  # fmt: skip
    confirmed = run(make_sites(HOME), cell_signal, nothing, cells=cells).iloc[0]
    assert confirmed["evidence"] == "confirmed_weak"
    assert "R_NO_SERVICE_MEAS" in confirmed["reasons"]
    assert "R_MODEL_ONLY" not in confirmed["reasons"]
    one = run(make_sites(HOME), cell_signal, nothing, cells=cells.iloc[:1]).iloc[0]
    assert one["evidence"] == "modelled_weak"


def test_sites_of_one_centroid_share_priority_and_are_surveyed(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    sites = make_sites(
        HOME, HOME, coordinate_source="village_centroid", coordinate_accuracy_m=np.float32(600),
        n_voters=pd.array([100, 300], dtype="Int32"),
    )  # fmt: skip
    ranking = run(sites, make_signal(home_cells, {"A": (-125, 3)}), nothing)
    assert (ranking["priority"] == ranking["priority"].iloc[0]).all()
    assert ranking["tps_code"].str[-1].tolist() == ["1", "2"]
    assert set(ranking["remedy"]) == {"SURVEY_FIRST"}
    assert ranking["reasons"].str.contains("R_CENTROID").all()


def test_a_booster_names_operator_donor_and_law(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    towers = pd.DataFrame(
        {
            "plmn": ["510-10"], "operator": ["A"], "rat": ["LTE"], "cell_identity": [77],
            "latitude_deg": [HOME[0] + 0.02], "longitude_deg": [HOME[1]],
        }
    )  # fmt: skip
    sites = make_sites(HOME, building=pd.array(["school"], dtype="string"))
    cell_signal = make_signal(home_cells, {"A": (-110, 6), "B": (-125, 4)})
    site = run(sites, cell_signal, nothing, towers=towers).iloc[0]
    assert (site["remedy"], site["remedy_operator"]) == ("OPERATOR_BOOSTER", "A")
    assert site["donor_cell_identity"] == 77
    assert site["donor_bearing_deg"] == pytest.approx(0, abs=0.1)
    assert site["lead_time_days"] == 60
    assert {"R_DONOR", "R_LEGAL_OPERATOR_ONLY"} <= set(site["reasons"].split("|"))


def test_layers_are_named(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    shape = {"geometry": [around(HOME)]}
    layers = Layers(
        hazards=gpd.GeoDataFrame({"kind": ["flood"], **shape}, crs=4326),
        islands=gpd.GeoDataFrame({"name": ["Pulau Tunda"], **shape}, crs=4326),
        wifi_points=gpd.GeoDataFrame({"geometry": [shapely.Point(HOME[1], HOME[0])]}, crs=4326),
    )
    site = run(make_sites(HOME), make_signal(home_cells, {"A": (-135, 3)}), nothing, layers).iloc[0]
    assert (site["hazard"], site["island"]) == ("flood", "Pulau Tunda")
    assert site["remedy"] == "WIFI_FROM_PPS_OR_DESA"
    assert "R_HAZARD" in site["reasons"]


def test_the_officers_operator_decides(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-135, 3), "B": (-80, 3)})
    for officers, remedy in (("A", "SIM_SWITCH"), ("B", "OK"), (None, "SIM_SWITCH")):
        params = replace(PARAMS, remedy=RemedyParams(officers_operator=officers))
        site = run(make_sites(HOME), cell_signal, nothing, params=params).iloc[0]
        assert (site["remedy"], site["remedy_operator"]) == (remedy, "B")


def test_tables_of_other_sites_are_refused(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-100, 4)})
    signal = site_signal(make_sites(HOME), cell_signal, PARAMS.upload)
    with pytest.raises(InputError, match=r"Invalid site_signal, no row of 3602062001002"):
        rank(
            make_sites(HOME, HOME), signal, cell_signal, nothing["cells"], nothing["towers"],
            correlation=nothing["operator_correlation"], layers=Layers(), params=PARAMS,
        )  # fmt: skip


def test_reasons_are_joined_in_the_order_of_the_catalogue() -> None:
    codes = list(REASONS)
    flags = {codes[3]: np.array([True, False]), codes[0]: np.array([True, False])}
    assert joined_reasons(flags).tolist() == [f"{codes[0]}|{codes[3]}", ""]


def test_every_reason_given_is_in_the_catalogue(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    ranking = run(make_sites(*NEAR), make_signal(home_cells, {"A": (-116, 4)}), nothing)
    assert set("|".join(ranking["reasons"]).split("|")) <= set(REASONS)


def test_a_proved_device_settles_its_site_and_an_unproved_one_does_not(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    sites = make_sites(HOME, HOME, HOME)
    assets = pd.DataFrame(
        {
            "tps_code": sites["tps_code"].tolist()[:2],
            "asset_state": ["solved", "not_proven"],
        }
    )
    signal = make_signal(home_cells, {"A": (-120, 3)})
    ranking = rank(
        sites, site_signal(sites, signal, PARAMS.upload), signal, nothing["cells"],
        nothing["towers"], correlation=nothing["operator_correlation"], layers=Layers(),
        params=PARAMS, assets=assets,
    ).set_index("tps_code")  # fmt: skip
    first, second, third = (ranking.loc[code] for code in sites["tps_code"])
    assert (first["remedy"], first["priority"]) == ("OK", 0)
    assert "R_ASSET_WORKS" in first["reasons"]
    assert second["remedy"] == third["remedy"] != "OK"
    assert "R_ASSET_NOT_PROVEN" in second["reasons"]
    assert second["priority"] == third["priority"] > 0


def test_the_last_day_to_order_counts_back_from_the_poll(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    kits = KitParams(election_date=date(2024, 2, 14))
    params = replace(PARAMS, remedy=RemedyParams(kits=kits))
    weak = run(make_sites(HOME), make_signal(home_cells, {"A": (-125, 3)}), nothing, params=params)
    lead = int(weak["lead_time_days"].iloc[0])
    assert weak["latest_order_date"].tolist() == [date(2024, 2, 14) - timedelta(days=lead)]


def test_without_a_survey_in_time_the_donor_may_be_a_guess(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    school = make_sites(HOME, building=pd.array(["school"], dtype="string"))
    wide = make_signal(home_cells, {"A": (-108, 9)}, is_applicable=False)
    lead = {**DEFAULT_LEAD_TIME_DAYS, "OPERATOR_BOOSTER": 20}
    found = {}
    for days in (60, 59):
        kits = KitParams(lead_time_days=lead, days_left=days)
        params = replace(PARAMS, remedy=RemedyParams(kits=kits))
        found[days] = run(school, wide, nothing, params=params)["remedy"].iloc[0]
    assert found == {60: "SURVEY_FIRST", 59: "OPERATOR_BOOSTER"}


def test_a_site_without_coordinates_is_not_driven_to(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    signal = make_signal(home_cells, {"A": (-115, 8)})
    near, coarse = (
        run(make_sites(HOME, coordinate_accuracy_m=np.float32(m)), signal, nothing)
        for m in (250, 251)
    )
    assert near["voters_in_doubt"].iloc[0] > 0
    assert coarse["voters_in_doubt"].tolist() == [0]


def test_signal_across_the_water_relieves_nobody(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int,
    nothing: Tables,
) -> None:  # fmt: skip
    good = min(set(hexgrid.disk_of(home_cell, 1).tolist()) - {home_cell})
    means = np.where(home_cells == good, -80.0, -135.0)
    islands = gpd.GeoDataFrame({"name": ["Tunda"], "geometry": [around(HOME)]}, crs=4326)
    levels = make_signal(home_cells, {"A": (means, 3)})
    site = run(make_sites(HOME), levels, nothing, Layers(islands=islands)).iloc[0]
    assert site["priority"] == pytest.approx(250, rel=0.01)
    assert np.isnan(site["nearest_usable_m"])


def test_what_the_list_says_of_power_is_handed_on(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    said = pd.array([True, False, None], dtype="boolean")
    sites = make_sites(HOME, HOME, HOME, has_power=said)
    ranked = run(sites, make_signal(home_cells, {"A": (-135, 3)}), nothing).sort_values("tps_code")
    assert ranked["has_power"].isna().tolist() == [False, False, True]
    codes = ranked["reasons"].str.split("|")
    assert ["R_CHECK_POWER" in found for found in codes] == [False, False, True]
    assert ["R_NO_POWER" in found for found in codes] == [False, True, False]
    assert ranked["remedy"].tolist() == ["VSAT_LEO", "OFFLINE_COURIER", "VSAT_LEO"]


def test_nobody_walks_out_of_a_special_location(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    sites = make_sites(HOME, HOME, is_special=pd.array([None, True], dtype="boolean"))
    is_home = home_cells == hexgrid.cells_of([HOME[0]], [HOME[1]], 9)[0]
    levels = np.where(is_home, -125.0, -90.0)  # works in every cell around
    ranking = run(sites, make_signal(home_cells, {"A": (levels, 3)}), nothing)
    ranking = ranking.sort_values("tps_code")
    assert ranking["is_special"].tolist() == [pd.NA, True]
    assert ["R_SPECIAL" in codes for codes in ranking["reasons"]] == [False, True]
    assert [code == "MOVE_OR_OFFLINE_WALK" for code in ranking["remedy"]] == [True, False]
    ordinary, special = ranking["priority"]
    assert special > ordinary


def test_whose_signal_is_nearest_is_told(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int,
    nothing: Tables,
) -> None:  # fmt: skip
    good = min(set(hexgrid.disk_of(home_cell, 1).tolist()) - {home_cell})
    means = np.where(home_cells == good, -80.0, -135.0)
    levels = make_signal(home_cells, {"A": (-135, 3), "B": (means, 3)})
    site = run(make_sites(HOME), levels, nothing).iloc[0]
    assert (site["nearest_usable_operator"], site["nearest_usable_m"] > 0) == ("B", True)


def test_where_nothing_works_nearby_it_is_nobodys(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    site = run(make_sites(HOME), make_signal(home_cells, {"A": (-135, 3)}), nothing).iloc[0]
    assert pd.isna(site["nearest_usable_operator"])


def test_an_operator_read_to_work_is_the_one_to_use_though_the_model_abstains(
    make_sites: MakeSites, make_signal: MakeSignal, make_cells: Callable[..., pd.DataFrame],
    home_cells: hexgrid.Cells, nothing: Tables,
) -> None:  # fmt: skip
    home_cell = int(hexgrid.cells_of([HOME[0]], [HOME[1]], 9)[0])
    read = make_cells((home_cell, "B", "LTE", "ok"), signal_p50_dbm=-85.0)
    weak = make_signal(home_cells, {"A": (-118, 3)})
    wide = make_signal(home_cells, {"B": (-90, 9)}, is_applicable=False)
    both = pd.concat([weak, wide], ignore_index=True)
    site = run(make_sites(HOME), both, {**nothing, "cells": read}).iloc[0]
    assert (site["best_operator"], site["remedy"]) == ("B", "SIM_SWITCH")


def test_the_nearest_wifi_is_told_with_its_name_and_way(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    points = gpd.GeoDataFrame(
        {"name": ["Balai Desa"], "geometry": [shapely.Point(HOME[1], HOME[0] + 0.01)]}, crs=4326
    )
    levels = make_signal(home_cells, {"A": (-135, 3)})
    site = run(make_sites(HOME), levels, nothing, Layers(wifi_points=points)).iloc[0]
    assert site["nearest_wifi"] == "Balai Desa"
    assert site["nearest_wifi_m"] == pytest.approx(1112, abs=1)
    assert site["nearest_wifi_bearing_deg"] == pytest.approx(0, abs=0.1)


def test_the_donor_is_told_with_its_level_at_the_mast(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    school = make_sites(HOME, building=pd.array(["school"], dtype="string"))
    params = replace(PARAMS, remedy=RemedyParams(donor=DonorParams(mast_gain_db=10)))
    levels = make_signal(home_cells, {"A": (-114, 3)})
    site = run(school, levels, nothing, params=params).iloc[0]
    assert site["remedy"] == "OPERATOR_BOOSTER"
    assert site["donor_dbm"] == pytest.approx(-104, abs=0.1)


def test_signal_beyond_the_map_of_villages_is_named_and_not_walked_to(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int,
    nothing: Tables,
) -> None:  # fmt: skip
    good = min(set(hexgrid.disk_of(home_cell, 1).tolist()) - {home_cell})
    means = np.where(home_cells == good, -80.0, -135.0)
    levels = make_signal(home_cells, {"A": (means, 3)})
    small = gpd.GeoDataFrame(
        {"village_code": ["3602062001"], "geometry": [shapely.Point(HOME[::-1]).buffer(1e-4)]},
        crs=4326,
    )
    land = gpd.GeoDataFrame({"geometry": [around(HOME).buffer(0.1)]}, crs=4326)
    by_villages, by_land = (
        run(make_sites(HOME), levels, nothing, Layers(villages=small, land=given)).iloc[0]
        for given in (None, land)
    )
    assert np.isnan(by_villages["nearest_usable_m"])
    assert "R_BEYOND_MAP" in by_villages["reasons"]
    assert by_land["nearest_usable_m"] > 0
    assert "R_BEYOND_MAP" not in by_land["reasons"]


def test_sites_served_by_one_mobile_station_name_its_host(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables
) -> None:
    five = make_sites(*[(HOME[0] + 1e-4 * i, HOME[1]) for i in range(5)])
    ranked = run(five, make_signal(home_cells, {"A": (-135, 3)}), nothing)
    assert set(ranked["remedy"]) == {"MOBILE_BTS"}
    assert len(set(ranked["host_tps_code"])) == 1


@pytest.mark.parametrize(("away_deg", "told"), [(0.04, True), (0.06, False)])
def test_a_station_within_reach_of_a_hold_says_so(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, nothing: Tables,
    away_deg: float, *, told: bool,
) -> None:  # fmt: skip
    five = make_sites(*[(HOME[0] + 1e-4 * i, HOME[1]) for i in range(5)])
    hold = gpd.GeoDataFrame(
        {"geometry": [shapely.Point(HOME[1], HOME[0] - away_deg).buffer(1e-3)]}, crs=4326
    )
    ranked = run(five, make_signal(home_cells, {"A": (-135, 3)}), nothing, Layers(holds=hold))
    assert ["R_NEAR_HOLD" in codes for codes in ranked["reasons"]] == [told] * 5
