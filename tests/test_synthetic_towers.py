import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coverage.geodesy import distance_m
from coverage.synthetic import TowerList, World, WorldParams, build_world
from coverage.synthetic_towers import DEFAULT_RANGE_M, tower_list

NAMES = [
    "radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples", "changeable",
    "created", "updated", "average_signal",
]  # fmt: skip
N_ODD = 6


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(WorldParams(seed=5, n_sites=150))


def listed(world: World, towers: TowerList) -> pd.DataFrame:
    text = tower_list(replace(world, params=replace(world.params, towers=towers)))
    rows = pd.read_csv(io.StringIO(text), header=None, names=NAMES)
    return rows.iloc[:-N_ODD]


def test_no_list_is_no_text(world: World) -> None:
    assert tower_list(replace(world, params=replace(world.params, towers="none"))) == ""


def test_every_line_has_14_fields(world: World) -> None:
    assert {line.count(",") for line in tower_list(world).splitlines()} == {13}


def test_a_flawed_list_lacks_40_percent_of_the_stations(world: World) -> None:
    n_listed = (listed(world, "flawed")["cell"] // 256).nunique()
    assert n_listed / world.cells()["enb"].nunique() == pytest.approx(0.60, abs=0.04)


def test_a_flawed_list_is_off_by_about_300_m(world: World) -> None:
    rows = listed(world, "flawed").merge(
        world.cells(), left_on="cell", right_on="cell_identity", validate="one_to_one"
    )
    off = distance_m(rows["lat"], rows["lon"], rows["latitude_deg"], rows["longitude_deg"])
    assert off.mean() == pytest.approx(305, rel=0.10)


def test_a_true_list_is_complete_and_true(world: World) -> None:
    rows = listed(world, "true").merge(
        world.cells(), left_on="cell", right_on="cell_identity", validate="one_to_one"
    )
    off = distance_m(rows["lat"], rows["lon"], rows["latitude_deg"], rows["longitude_deg"])
    assert len(rows) == len(world.cells())
    assert off.max() < 0.2


def test_coordinates_have_four_decimals_at_most(world: World) -> None:
    rows = listed(world, "flawed")
    assert np.array_equal(rows["lon"], rows["lon"].round(4))


def test_most_ranges_are_the_default_and_times_lie_in_order(world: World) -> None:
    rows = listed(world, "flawed")
    assert (rows["range"] == DEFAULT_RANGE_M).mean() == pytest.approx(0.88, abs=0.03)
    assert (rows["created"] <= rows["updated"]).all()


def test_network_codes_are_unpadded(world: World) -> None:
    assert set(listed(world, "flawed")["net"]) == {1, 9, 10, 11}
