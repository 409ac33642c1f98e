from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage import hexgrid, tables
from coverage.errors import InputError
from coverage.geodesy import distance_m
from coverage.sites.alternatives import AlternativeParams, alternatives
from coverage.sites.layers import Layers
from coverage.sites.situation import UploadParams

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
UPLOAD = UploadParams()
PARAMS = AlternativeParams()
GOOD = {"A": (-80, 3)}


def flood(half_deg: float, east_deg: float = 0.0) -> gpd.GeoDataFrame:
    lat, lon = HOME[0], HOME[1] + east_deg
    area = shapely.box(lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg)
    return gpd.GeoDataFrame({"kind": ["flood"]}, geometry=[area], crs="EPSG:4326")


def village(west: float, east: float) -> gpd.GeoDataFrame:
    area = shapely.box(HOME[1] + west, HOME[0] - 0.05, HOME[1] + east, HOME[0] + 0.05)
    return gpd.GeoDataFrame({"village_code": ["36.02.06.2001"]}, geometry=[area], crs="EPSG:4326")


def find(
    sites: pd.DataFrame, signal: pd.DataFrame, params: AlternativeParams = PARAMS, **layers: object
) -> pd.DataFrame:
    found = alternatives(sites, signal, Layers(**layers), UPLOAD, params)  # type: ignore[arg-type]
    tables.check("relocation", tables.to_arrow("relocation", found))
    return found


def test_a_site_outside_every_hazard_is_not_moved(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    signal = make_signal(home_cells, GOOD)
    assert find(make_sites(HOME), signal).empty
    assert find(make_sites(HOME), signal, hazards=flood(0.001, east_deg=0.1)).empty


def test_alternatives_are_dry_within_reach_and_one_a_cell(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    found = find(make_sites(HOME), make_signal(home_cells, GOOD), hazards=flood(0.002))
    assert set(found["outcome"]) == {"found"}
    assert found["alternative"].tolist() == list(range(1, len(found) + 1))
    assert (found["distance_m"] <= 500).all()
    assert (np.abs(found["latitude_deg"] - HOME[0]).gt(0.002)
            | np.abs(found["longitude_deg"] - HOME[1]).gt(0.002)).all()  # fmt: skip
    assert not found["h3_cell"].duplicated().any()
    assert found["distance_m"].is_monotonic_increasing
    away = distance_m(*HOME, found["latitude_deg"], found["longitude_deg"])
    assert found["distance_m"].tolist() == pytest.approx(away.tolist(), abs=0.5)
    assert found["is_same_village"].isna().all()  # no polygon: not known


def test_moves_within_the_rule_come_first(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    found = find(make_sites(HOME), make_signal(home_cells, GOOD), hazards=flood(0.0003))
    assert found["distance_m"].iloc[0] <= 50


def test_the_village_is_not_left(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    found = find(
        make_sites(HOME), make_signal(home_cells, GOOD), hazards=flood(0.001),
        villages=village(-0.05, 0.0015),
    )  # fmt: skip
    assert found["is_same_village"].all()
    assert (found["longitude_deg"] <= HOME[1] + 0.0015).all()


@pytest.mark.parametrize(
    ("layers", "levels", "outcome"),
    [
        ({"hazards": flood(0.05)}, GOOD, "none_dry"),
        ({"hazards": flood(0.002), "villages": village(-0.001, 0.001)}, GOOD, "found"),
        ({"hazards": flood(0.006), "villages": village(-0.001, 0.001)}, GOOD, "none_dry"),
        ({"hazards": flood(0.002)}, {"A": (-125, 3)}, "none_connected"),
    ],
)
def test_why_there_is_none_is_said(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells,
    *, layers: dict[str, object], levels: dict[str, tuple[object, object]], outcome: str,
) -> None:  # fmt: skip
    found = find(make_sites(HOME), make_signal(home_cells, levels), **layers)
    assert found["outcome"].iloc[0] == outcome
    if outcome != "found":
        assert found["alternative"].tolist() == [0]
        assert found[["h3_cell", "distance_m", "p_upload_fail"]].isna().all(axis=None)


def test_a_village_elsewhere_leaves_no_place_in_it(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    found = find(
        make_sites(HOME), make_signal(home_cells, GOOD), hazards=flood(0.001),
        villages=village(0.02, 0.03),
    )  # fmt: skip
    assert found["outcome"].tolist() == ["none_in_village"]


def test_where_the_model_abstains_nothing_is_known(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    signal = make_signal(home_cells, GOOD, is_applicable=False)
    found = find(make_sites(HOME), signal, hazards=flood(0.001))
    assert found["outcome"].tolist() == ["not_known"]


def test_a_special_location_is_not_moved(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    special = pd.array([True, False, None], dtype="boolean")
    sites = make_sites(HOME, HOME, HOME, is_special=special)
    found = find(sites, make_signal(home_cells, GOOD), hazards=flood(0.001))
    of_prison = found[found["tps_code"] == sites["tps_code"][0]]
    assert of_prison[["alternative", "outcome"]].to_numpy().tolist() == [[0, "special_location"]]
    others = found[found["tps_code"] != sites["tps_code"][0]]
    assert set(others["outcome"]) == {"found"}


def test_special_locations_alone_need_no_places(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    sites = make_sites(HOME, is_special=pd.array([True], dtype="boolean"))
    found = find(sites, make_signal(home_cells, GOOD), hazards=flood(0.001))
    tables.check("relocation", tables.to_arrow("relocation", found))
    assert found["outcome"].tolist() == ["special_location"]


def test_the_wall_goes_along(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    signal = make_signal(home_cells, {"A": (-105, 2)})
    tent = find(make_sites(HOME), signal, hazards=flood(0.001))
    school = make_sites(HOME, building=pd.array(["school"], dtype="string"))
    assert tent["outcome"].iloc[0] == "found"
    assert find(school, signal, hazards=flood(0.001))["outcome"].tolist() == ["none_connected"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"max_m": 5001}, "max_m"), ({"rule_m": 501}, "rule_m"), ({"step_m": 9.9}, "step_m"),
     ({"usable_p": 0.4}, "usable_p"), ({"n_best": 0}, "n_best")],
)  # fmt: skip
def test_params_are_checked(changes: dict[str, float], name: str) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} .*Must be in"):
        AlternativeParams(**changes)  # type: ignore[arg-type]
