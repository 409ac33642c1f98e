import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage import synthetic_land as land_of
from coverage import synthetic_places as places
from coverage.synthetic_land import REGENCIES

N_SITES = 600


@pytest.fixture(scope="module")
def land() -> land_of.Land:
    return land_of.build_land(7)


@pytest.fixture(scope="module")
def villages(land: land_of.Land) -> pd.DataFrame:
    return places.build_villages(7, N_SITES, 6.0, land)


@pytest.fixture(scope="module")
def sites(villages: pd.DataFrame, land: land_of.Land) -> pd.DataFrame:
    return places.build_sites(7, villages, land)


def test_village_codes_look_like_kemendagris_and_are_unique(villages: pd.DataFrame) -> None:
    assert villages["village_code"].str.fullmatch(r"36\d\d\d\d[12]\d{3}").all()
    assert villages["village_code"].is_unique
    kinds = villages.groupby("regency")["village_code"].agg(lambda codes: set(codes.str[6]))
    assert kinds["KOTA CILEGON"] == {"1"}
    assert kinds["LEBAK"] == {"2"}


def test_codes_of_sites_have_13_digits_and_are_unique(sites: pd.DataFrame) -> None:
    assert sites["tps_code"].str.fullmatch(r"\d{13}").all()
    assert sites["tps_code"].is_unique
    assert sites["tps_code"].is_monotonic_increasing
    assert (sites["tps_code"].str[:10] == sites["village_code"]).all()


def test_sites_are_shared_out_like_the_provinces(sites: pd.DataFrame) -> None:
    counts = sites["regency"].value_counts()
    for regency in REGENCIES:
        assert counts[regency.name] == pytest.approx(N_SITES * regency.n_tps / 33_324, abs=1)
    assert len(sites) == N_SITES


def test_no_site_has_more_than_300_voters_and_the_mean_is_the_regencys(
    sites: pd.DataFrame,
) -> None:
    assert sites["n_voters"].max() <= 300
    assert sites["n_voters"].min() > 0
    mean = sites.groupby("regency")["n_voters"].mean()
    for regency in REGENCIES:
        assert mean[regency.name] == pytest.approx(regency.n_voters / regency.n_tps, rel=0.04)


def test_every_site_stands_on_land(sites: pd.DataFrame, land: land_of.Land) -> None:
    on_mainland = land_of.is_mainland(land, sites["latitude_deg"], sites["longitude_deg"])
    assert (on_mainland | sites["island"].notna()).all()


def test_every_island_has_a_site_in_kab_serang(sites: pd.DataFrame) -> None:
    on_islands = sites[sites["island"].notna()]
    assert set(on_islands["island"]) == {name for name, *_rest in land_of.ISLANDS}
    assert set(on_islands["regency_code"]) == {places.ISLAND_REGENCY}


def test_sites_lie_in_their_own_villages_polygon(
    sites: pd.DataFrame, villages: pd.DataFrame, land: land_of.Land
) -> None:
    areas = np.array(places.village_polygons(villages, land), dtype=object)
    own = areas[villages["village_code"].searchsorted(sites["village_code"])]
    points = shapely.points(sites["longitude_deg"], sites["latitude_deg"])
    assert shapely.covers(shapely.buffer(own, 1e-6), points).all()


def test_the_hold_takes_half_of_one_villages_sites(
    sites: pd.DataFrame, villages: pd.DataFrame
) -> None:
    village = places.hold_village(villages)
    hold = places.build_hold(village, sites)
    held = sites[shapely.contains_xy(hold, sites["longitude_deg"], sites["latitude_deg"])]
    assert set(held["village_code"]) == {village["village_code"]}
    assert village["regency"] == "LEBAK"
    assert 0 < len(held) < village["n_sites"]


def test_hazards_name_their_kind_and_floods_lie_low(
    villages: pd.DataFrame, land: land_of.Land
) -> None:
    hazards = places.build_hazards(7, villages, land)
    heights = {"flood": [], "landslide": []}
    for _name, kind, shape in hazards:
        heights[kind].append(float(land.elevation_m.at(shape.centroid.y, shape.centroid.x)))
    assert len(hazards) == 12
    assert max(heights["flood"]) < min(heights["landslide"])


@given(st.integers(0, 10_000), st.lists(st.integers(1, 500), min_size=1, max_size=12))
def test_shares_add_up_and_lie_within_one_of_the_exact(total: int, weights: list[int]) -> None:
    shares = places.shares_of(total, weights)
    exact = total * np.array(weights) / sum(weights)
    assert shares.sum() == total
    assert (np.abs(shares - exact) < 1 + 1e-9).all()
