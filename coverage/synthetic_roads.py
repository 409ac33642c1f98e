"""Roads of the synthetic Banten, and the routes a survey car takes on them.

The roads are the cheapest net that joins all villages of the mainland (a minimum spanning tree),
each with a bend; crossing water costs ten times its length.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from coverage.geodesy import from_plane_m, to_plane_m
from coverage.synthetic_land import ORIGIN, Floats, Ints, Land, is_mainland
from coverage.synthetic_places import is_island_village

N_POINTS: Final = 41  # of a road between two villages
BEND_SHARE: Final = 0.08  # of its length
WATER_COST: Final = 9.0  # on top of the length


@dataclass(frozen=True, kw_only=True, eq=False)
class Roads:
    """A net of roads.

    Attributes
    ----------
    ends
        Villages that each road joins, shape (roads, 2), row numbers in the village table.
    points_m
        The course of each road in the plane, shape (roads, N_POINTS, 2). [m]
    length_m
        Length of each road. [m]
    """

    ends: Ints
    points_m: Floats
    length_m: Floats

    def edge_near(self, village: Ints, share: Floats) -> Ints:
        """One of the roads that end in each village; the nearest road where none does."""
        ends = np.concatenate([self.ends[:, 0], self.ends[:, 1]])
        road = np.tile(np.arange(len(self.ends)), 2)
        order = np.argsort(ends, kind="stable")
        first = np.searchsorted(ends[order], village, side="left")
        last = np.searchsorted(ends[order], village, side="right")
        chosen = first + (share * np.maximum(last - first, 1)).astype(np.int64)
        result: Ints = road[order][np.minimum(chosen, len(order) - 1)]
        return result

    def along(self, edge: Ints, start_share: Floats, travelled_m: Floats) -> Floats:
        """Position after some way along a road from a share of its length, shape (n, 2) [m]."""
        share = np.minimum(start_share + travelled_m / self.length_m[edge], 1.0) * (N_POINTS - 1)
        before = np.minimum(share.astype(np.int64), N_POINTS - 2)
        part = (share - before)[:, None]
        result: Floats = (
            self.points_m[edge, before] * (1 - part) + self.points_m[edge, before + 1] * part
        )
        return result


def build_roads(villages: pd.DataFrame, land: Land) -> Roads:
    """The net of roads between the villages of the mainland."""
    mainland = np.flatnonzero(~is_island_village(villages))
    chosen = villages.iloc[mainland]
    plane = to_plane_m(chosen["latitude_deg"], chosen["longitude_deg"], ORIGIN)
    triangles = Delaunay(plane).simplices
    pairs = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    )
    pairs = np.unique(pairs, axis=0)
    course = _course(plane[pairs[:, 0]], plane[pairs[:, 1]])
    length = np.hypot(*np.moveaxis(np.diff(course, axis=1), -1, 0)).sum(axis=1)
    latitude, longitude = from_plane_m(course, ORIGIN)
    wet = 1 - is_mainland(land, latitude, longitude).mean(axis=1)
    cost = coo_matrix((length * (1 + WATER_COST * wet), pairs.T), shape=(len(plane), len(plane)))
    tree = minimum_spanning_tree(cost.tocsr()).tocoo()
    key = pairs[:, 0] * len(plane) + pairs[:, 1]
    kept = np.searchsorted(key, np.sort(tree.row.astype(np.int64) * len(plane) + tree.col))
    return Roads(ends=mainland[pairs[kept]], points_m=course[kept], length_m=length[kept])


def _course(start_m: Floats, end_m: Floats) -> Floats:
    """A road with one bend each way between each pair of points, shape (n, N_POINTS, 2)."""
    share = np.linspace(0, 1, N_POINTS)[None, :, None]
    way = (end_m - start_m)[:, None, :]
    across = np.stack([-way[..., 1], way[..., 0]], axis=-1)
    bend = BEND_SHARE * np.sin(2 * np.pi * share)
    result: Floats = start_m[:, None, :] + share * way + bend * across
    return result


def drive_plan(roads: Roads, villages: pd.DataFrame, n_days: int, reach_m: float) -> list[Floats]:
    """Course of the survey car on each day, at least ``reach_m`` long where roads allow [m].

    The first day starts in the largest village, each other one in the village farthest from all
    starts before among the larger half of each regency's. The car takes roads not yet driven
    first, and turns back at the end of one.
    """
    plane = to_plane_m(villages["latitude_deg"], villages["longitude_deg"], ORIGIN)
    typical = villages.groupby("regency_code")["n_sites"].transform("median")
    is_joined = villages.index.isin(np.unique(roads.ends))
    larger = np.flatnonzero(is_joined & (villages["n_sites"] >= typical).to_numpy())
    neighbours = _neighbours(roads)
    driven = np.zeros(len(roads.ends), dtype=np.int64)
    starts = [int(larger[np.argmax(villages["n_sites"].to_numpy()[larger])])]
    routes = []
    for _day in range(n_days):
        routes.append(_day_route(roads, neighbours, driven, starts[-1], reach_m))
        gap, _nearest = cKDTree(plane[starts]).query(plane[larger])
        starts.append(int(larger[np.argmax(gap)]))
    return routes


def _neighbours(roads: Roads) -> dict[int, list[tuple[int, int]]]:
    """Roads and far ends at each village, in a fixed order."""
    table: dict[int, list[tuple[int, int]]] = {}
    for road, (one, other) in enumerate(roads.ends.tolist()):
        table.setdefault(one, []).append((road, other))
        table.setdefault(other, []).append((road, one))
    return table


def _day_route(
    roads: Roads,
    neighbours: dict[int, list[tuple[int, int]]],
    driven: Ints,
    start: int,
    reach_m: float,
) -> Floats:
    """One day's course: at every village the road least driven so far; counts in ``driven``."""
    here, length, parts = start, 0.0, []
    while length < reach_m:
        road, there = min(neighbours[here], key=lambda item: (driven[item[0]], item[0]))
        course = roads.points_m[road]
        parts.append(course if roads.ends[road, 0] == here else course[::-1])
        driven[road] += 1
        length += float(roads.length_m[road])
        here = there
    return np.concatenate(parts)
