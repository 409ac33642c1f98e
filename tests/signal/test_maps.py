"""Covariates put together from whichever maps there are."""

import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.hexgrid import cells_of
from coverage.signal.maps import (
    MapParams,
    Maps,
    cell_covariates,
    covariates,
    listed_sites,
    refuse_foreign_maps,
)
from coverage.signal.obstruction import PATH_FEATURES
from coverage.signal.terrain import Grid, TerrainParams

POINTS = pd.DataFrame(
    {
        "latitude_deg": [-6.10, -6.12, -6.14],
        "longitude_deg": [106.10, 106.12, 106.14],
        "operator": ["IOH", "XL", "IOH"],
    },
    index=[7, 3, 5],
)


def grid(value):
    return Grid(
        value=np.broadcast_to(np.asarray(value, dtype=np.float32), (301, 301)).copy(),
        latitude_deg=-6.0, longitude_deg=106.0, row_step_deg=-0.001, column_step_deg=0.001,
    )  # fmt: skip


def tower(identity, operator="IOH", basis="listed", rat="LTE", row=50):
    return {
        "plmn": "510-01", "operator": operator, "rat": rat, "cell_identity": identity,
        "latitude_deg": -6.0 - 0.001 * row, "longitude_deg": 106.05, "basis": basis,
    }  # fmt: skip


TOWERS = pd.DataFrame([tower(256_000 + 1), tower(512_000 + 1, operator="XL", row=80)])


def test_every_map_gives_its_columns():
    maps = Maps(height_m=grid(10.0), shares={"trees": grid(0.4)}, people=grid(99.0))
    found = covariates(POINTS, maps, TOWERS, MapParams())
    assert {*PATH_FEATURES, "height_m", "trees_100m_share", "log_population"} <= set(found.columns)
    assert found.notna().all(axis=None)
    assert found["trees_300m_share"].to_numpy() == pytest.approx([0.4] * 3)


def test_the_index_of_the_points_is_kept():
    found = covariates(POINTS, Maps(people=grid(9.0)), None, MapParams())
    assert found.index.tolist() == [7, 3, 5]


def test_without_maps_there_are_no_covariates():
    found = covariates(POINTS, Maps(), TOWERS, MapParams())
    assert found.shape == (3, 0)


def test_without_a_tower_list_nothing_is_said_of_paths():
    found = covariates(POINTS, Maps(height_m=grid(10.0)), None, MapParams())
    assert not set(PATH_FEATURES) & set(found.columns)


def test_sites_from_readings_are_not_used():
    towers = pd.DataFrame(
        [
            tower(256_001),
            tower(999_425, basis="estimated"),
            tower(70_000, rat="UMTS"),
            tower(512_001, operator="unknown"),
            tower(12_345),
        ]
    )
    assert listed_sites(towers)["site"].tolist() == ["510-01/LTE/enb1000"]


def test_a_void_is_sea_only_where_the_config_says_so():
    value = np.full((301, 301), 30.0)
    value[:, :60] = np.nan
    point = pd.DataFrame({"latitude_deg": [-6.1], "longitude_deg": [106.02], "operator": ["XL"]})
    void = covariates(point, Maps(height_m=grid(value)), None, MapParams())
    sea = MapParams(terrain=TerrainParams(is_void_sea=True))
    filled = covariates(point, Maps(height_m=grid(value)), None, sea)
    assert np.isnan(void["height_m"].iloc[0])
    assert filled[["height_m", "log_coast_m"]].iloc[0].tolist() == [0.0, 0.0]


def test_covariates_of_cells_are_those_of_their_centres():
    cells = cells_of(POINTS["latitude_deg"], POINTS["longitude_deg"], 9)
    maps = Maps(height_m=grid(np.arange(301.0)[:, None]))
    found = cell_covariates(cells, ["XL", "IOH"], maps, TOWERS, MapParams())
    assert found.index.names == ["h3_cell", "operator"]
    assert len(found) == 6
    height = found.xs("IOH", level="operator").loc[cells[0], "height_m"]
    assert height == pytest.approx(100.0, abs=3.0)


def test_a_map_of_elsewhere_is_refused():
    found = pd.DataFrame({"height_m": [1.0, np.nan, np.nan]})
    with pytest.raises(InputError, match="height_m is known at 33% of the samples"):
        refuse_foreign_maps(found)


def test_a_map_of_most_of_the_survey_is_taken():
    refuse_foreign_maps(pd.DataFrame({"height_m": [1.0, np.nan]}))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"classes": {"no name": (1,)}}, "Invalid classes 'no name'"),
        ({"classes": {"trees": ()}}, "Invalid classes 'trees'"),
        ({"class_radii_m": (300.0, 100.0)}, "Invalid class_radii_m"),
        ({"population_radius_m": 0.0}, "Invalid population_radius_m"),
    ],
)
def test_params_that_cannot_be_are_refused(changes, complaint):
    with pytest.raises(InputError, match=complaint):
        MapParams(**changes)
