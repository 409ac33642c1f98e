import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from coverage.geodesy import to_plane_m
from coverage.synthetic_land import ORIGIN, build_land
from coverage.synthetic_places import build_villages, is_island_village
from coverage.synthetic_roads import Roads, build_roads, drive_plan


@pytest.fixture(scope="module")
def villages() -> pd.DataFrame:
    return build_villages(7, 400, 6.0, build_land(7))


@pytest.fixture(scope="module")
def roads(villages: pd.DataFrame) -> Roads:
    return build_roads(villages, build_land(7))


def test_roads_join_every_village_of_the_mainland_and_no_island(
    roads: Roads, villages: pd.DataFrame
) -> None:
    n = len(villages)
    ones = np.ones(len(roads.ends))
    n_parts, _label = connected_components(coo_matrix((ones, roads.ends.T), shape=(n, n)))
    n_islands = int(is_island_village(villages).sum())
    assert n_islands == 3
    assert n_parts == 1 + n_islands
    assert len(roads.ends) == n - n_islands - 1


def test_a_road_begins_and_ends_in_its_villages(roads: Roads, villages: pd.DataFrame) -> None:
    plane = to_plane_m(villages["latitude_deg"], villages["longitude_deg"], ORIGIN)
    assert roads.points_m[:, 0] == pytest.approx(plane[roads.ends[:, 0]])
    assert roads.points_m[:, -1] == pytest.approx(plane[roads.ends[:, 1]])


def test_along_a_road_runs_from_its_start_to_its_end_and_stops(roads: Roads) -> None:
    edge = np.array([3, 3, 3])
    travelled = np.array([0.0, roads.length_m[3], 10 * roads.length_m[3]])
    course = roads.along(edge, np.zeros(3), travelled)
    assert course[0] == pytest.approx(roads.points_m[3, 0])
    assert course[1] == pytest.approx(roads.points_m[3, -1])
    assert course[2] == pytest.approx(roads.points_m[3, -1])


def test_edge_near_gives_a_road_of_that_village(roads: Roads) -> None:
    village = np.unique(roads.ends)
    for share in (0.0, 0.999):
        edge = roads.edge_near(village, np.full(len(village), share))
        assert (roads.ends[edge] == village[:, None]).any(axis=1).all()


def test_each_day_of_the_plan_is_long_enough_and_unbroken(
    roads: Roads, villages: pd.DataFrame
) -> None:
    routes = drive_plan(roads, villages, 4, 40_000.0)
    assert len(routes) == 4
    for route in routes:
        steps = np.hypot(*np.diff(route, axis=0).T)
        assert steps.sum() >= 40_000
        assert steps.max() < 1_500  # a point of a road every 1/40 of its length


def test_days_start_in_different_places(roads: Roads, villages: pd.DataFrame) -> None:
    starts = np.array([route[0] for route in drive_plan(roads, villages, 5, 20_000.0)])
    gap = np.hypot(*(starts[:, None] - starts[None]).T)
    np.fill_diagonal(gap, np.inf)
    assert gap.min() > 10_000
