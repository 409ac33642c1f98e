from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from coverage import hexgrid
from coverage.errors import InputError
from coverage.geodesy import distance_m
from coverage.sites.signal_grid import MISSING
from coverage.sites.situation import Situation, UploadParams
from coverage.sites.surroundings import (
    Ground,
    Nearest,
    SurroundingsParams,
    in_cluster,
    mobile_hosts,
    nearest_point,
    nearest_usable,
    p_works_outdoors,
)

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
UPLOAD = UploadParams()


def look(
    sites: pd.DataFrame, cell_signal: pd.DataFrame, params: SurroundingsParams, *, located: bool
) -> Nearest:
    situation = Situation.of(sites, cell_signal, UPLOAD)
    coordinates = (sites["latitude_deg"].to_numpy(), sites["longitude_deg"].to_numpy())
    works = p_works_outdoors(situation, UPLOAD)
    return nearest_usable(situation, coordinates, np.full(len(sites), located), works, params)


@pytest.fixture
def one_good(
    make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int
) -> tuple[pd.DataFrame, float]:
    """Every cell blank but one two steps away; its distance from HOME [m]."""
    good = min(set(hexgrid.disk_of(home_cell, 2)) - set(hexgrid.disk_of(home_cell, 1)))
    lat, lon = hexgrid.centres_of([good])
    means = np.where(home_cells == good, -80.0, -140.0)
    return make_signal(home_cells, {"A": (means, 3)}), float(distance_m(*HOME, lat, lon)[0])


def test_the_nearest_usable_cell(
    make_sites: MakeSites, one_good: tuple[pd.DataFrame, float]
) -> None:
    cell_signal, away_m = one_good
    nearest = look(make_sites(HOME), cell_signal, SurroundingsParams(near_m=1000), located=True)
    assert nearest.distance_m[0, 0] == pytest.approx(away_m)
    assert 0 <= nearest.bearing_deg[0, 0] < 360
    assert nearest.p_near[0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("add_m", "is_near"), [(-1, False), (1, True)])
def test_only_cells_within_the_radius_relieve(
    make_sites: MakeSites, one_good: tuple[pd.DataFrame, float], add_m: float, is_near: bool
) -> None:
    cell_signal, away_m = one_good
    params = SurroundingsParams(near_m=away_m + add_m)
    nearest = look(make_sites(HOME), cell_signal, params, located=True)
    assert (nearest.p_near[0] > 0.9) == is_near


def test_beyond_the_search_radius_nothing_is_known(
    make_sites: MakeSites, one_good: tuple[pd.DataFrame, float]
) -> None:
    cell_signal, away_m = one_good
    params = SurroundingsParams(search_m=away_m - 1, near_m=10)
    assert np.isnan(look(make_sites(HOME), cell_signal, params, located=True).distance_m).all()


def test_a_site_not_located_is_not_judged_by_its_surroundings(
    make_sites: MakeSites, one_good: tuple[pd.DataFrame, float]
) -> None:
    nearest = look(make_sites(HOME), one_good[0], SurroundingsParams(near_m=1000), located=False)
    assert np.isnan(nearest.distance_m).all()
    assert nearest.p_near.tolist() == [0]


def test_the_own_cell_is_at_no_distance(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-80, 3), "B": (-140, 3)})
    nearest = look(make_sites(HOME), cell_signal, SurroundingsParams(), located=True)
    assert nearest.distance_m[0, 0] == 0
    assert np.isnan(nearest.bearing_deg).all()
    assert np.isnan(nearest.distance_m[0, 1])


def test_a_cell_the_model_does_not_answer_for_is_not_usable(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-60, 3)}, is_applicable=False)
    nearest = look(make_sites(HOME), cell_signal, SurroundingsParams(), located=True)
    assert np.isnan(nearest.distance_m).all()
    assert nearest.p_near.tolist() == [0]


def test_the_chance_outdoors_is_that_of_the_widened_normal(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    situation = Situation.of(make_sites(HOME), make_signal(home_cells, {"A": (-112, 5)}), UPLOAD)
    expected = ndtr((-112 - situation.needed_dbm[0]) / np.hypot(5, UPLOAD.uplink.spread_db))
    assert p_works_outdoors(situation, UPLOAD)[0, 0] == pytest.approx(float(expected), abs=1e-3)


def test_distance_to_points() -> None:
    sites = (np.array([-6.6, -6.7]), np.array([106.2, 106.2]))
    points = (np.array([-6.61, -6.9]), np.array([106.2, 106.2]))
    found = nearest_point(sites, points)
    assert found.distance_m == pytest.approx([1112, 10007], abs=1)
    assert found.bearing_deg == pytest.approx([180, 0])
    assert found.index.tolist() == [0, 0]
    assert np.isinf(nearest_point(sites, None).distance_m).all()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-6.7, -6.6), st.floats(106.2, 106.3)), max_size=25))
def test_clusters_as_counted_one_by_one(places: list[tuple[float, float]]) -> None:
    lat = np.array([p[0] for p in places] + [-6.65])
    lon = np.array([p[1] for p in places] + [106.25])
    found = in_cluster((lat, lon), np.ones(len(lat), dtype=bool), 3, 2000)
    away = distance_m(lat[:, None], lon[:, None], lat, lon)
    if (np.abs(away - 2000) < 5).any():
        return  # on the border the local plane may decide otherwise
    core = (away <= 2000).sum(axis=1) >= 3
    assert found.tolist() == [(away[i][core] <= 2000).any() for i in range(len(lat))]


def test_sites_that_are_no_members_do_not_count() -> None:
    lat, lon = np.full(5, -6.6), np.full(5, 106.2)
    member = np.array([True] * 4 + [False])
    assert not in_cluster((lat, lon), member, 5, 1000).any()
    assert in_cluster((lat, lon), member, 4, 1000).tolist() == member.tolist()


def test_one_host_serves_all_within_its_reach_and_the_rest_get_another() -> None:
    lat = -6.6 + np.array([0.0, 0.005, 0.01, 0.2, 0.4])
    member = np.array([True, True, True, True, False])
    found = mobile_hosts((lat, np.full(5, 106.2)), member, 700)
    assert found.tolist() == [1, 1, 1, 3, MISSING]


def test_no_station_stands_where_there_is_no_power() -> None:
    lat = -6.6 + np.array([0.0, 0.005, 0.01])
    can = np.array([True, False, True])
    found = mobile_hosts((lat, np.full(3, 106.2)), np.ones(3, dtype=bool), 700, may_host=can)
    assert found.tolist() == [0, 0, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"usable_p": 1.0}, r"Invalid usable_p 1\.0\. Must be in \[0\.5, 1\)\."),
        ({"usable_p": 0.49}, r"Invalid usable_p 0\.49"),
        ({"search_m": 0}, r"Invalid search_m 0\."),
        ({"near_m": 6000}, r"Invalid near_m 6000\. Must be <= search_m\."),
        ({"located_m": -1}, r"Invalid located_m -1\."),
    ],
)
def test_params_are_checked(changes: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        SurroundingsParams(**changes)


def near_on(sites: pd.DataFrame, cell_signal: pd.DataFrame, **changes: object) -> Nearest:
    situation = Situation.of(sites, cell_signal, UPLOAD)
    works = p_works_outdoors(situation, UPLOAD)
    ground = replace(Ground.everywhere(len(works), len(sites)), **changes)  # type: ignore[arg-type]
    coordinates = (sites["latitude_deg"].to_numpy(), sites["longitude_deg"].to_numpy())
    params = SurroundingsParams(near_m=1000)
    located = np.ones(len(sites), dtype=bool)
    return nearest_usable(situation, coordinates, located, works, params, ground=ground)


@pytest.mark.parametrize("where", ["at sea", "on another island"])
def test_nobody_walks_over_water(
    make_sites: MakeSites, one_good: tuple[pd.DataFrame, float], where: str
) -> None:
    n_cells = one_good[0]["h3_cell"].nunique()
    changes: dict[str, object] = (
        {"is_land": np.zeros(n_cells, dtype=bool)}
        if where == "at sea"
        else {"cell_region": np.ones(n_cells, dtype=np.intp)}
    )
    nearest = near_on(make_sites(HOME), one_good[0], **changes)
    assert np.isnan(nearest.distance_m[0, 0])
    assert nearest.p_near[0] < 0.01


def test_what_lies_beyond_the_map_is_told_apart(
    make_sites: MakeSites, one_good: tuple[pd.DataFrame, float]
) -> None:
    n_cells = one_good[0]["h3_cell"].nunique()
    nearest = near_on(make_sites(HOME), one_good[0], is_land=np.zeros(n_cells, dtype=bool))
    assert nearest.p_beyond[0] > 0.99


def test_on_one_island_one_walks(
    make_sites: MakeSites, one_good: tuple[pd.DataFrame, float]
) -> None:
    n_cells = one_good[0]["h3_cell"].nunique()
    same = {
        "cell_region": np.ones(n_cells, dtype=np.intp),
        "site_region": np.ones(1, dtype=np.intp),
    }
    nearest = near_on(make_sites(HOME), one_good[0], **same)
    assert nearest.distance_m[0, 0] == pytest.approx(one_good[1])


def test_the_own_cell_counts_wherever_its_centre_lies(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    good = make_signal(home_cells, {"A": (-80.0, 3)})
    nearest = near_on(make_sites(HOME), good, is_land=np.zeros(len(home_cells), dtype=bool))
    assert nearest.distance_m[0, 0] == 0
    assert nearest.p_near[0] > 0.99
