"""What lies around a site: the nearest cell where an upload works, Wi-Fi, other TPS like it."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from coverage import hexgrid
from coverage.errors import InputError
from coverage.geodesy import Floats, bearing_deg, distance_m, to_plane_m
from coverage.sites.levels import p_below
from coverage.sites.signal_grid import MISSING
from coverage.sites.situation import Situation, UploadParams

_REGION_STEP_M: Final = 1e7  # a third axis: pieces of land lie farther apart than any search

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class SurroundingsParams:
    """How far to look, and what counts as usable.

    Attributes
    ----------
    usable_p
        An operator is usable where an upload works with this probability at least. [0-1]
    search_m
        No usable cell is looked for beyond this distance. [m]
    near_m
        A usable cell within this distance relieves a site: Gunungkidul's officers walked about
        100 m (DOMAIN 12), 500 m is the project's choice. [m]
    located_m
        Sites whose coordinates are less accurate than this are not judged by what lies around
        them, nor by readings in their cell. [m]
    """

    usable_p: float = 0.8
    search_m: float = 5000.0
    near_m: float = 500.0
    located_m: float = 250.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0.5 <= self.usable_p < 1:
            raise InputError(f"Invalid usable_p {self.usable_p}. Must be in [0.5, 1).")
        for name in ("search_m", "near_m", "located_m"):
            if not 0 < getattr(self, name) <= 100_000:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be in (0, 100000].")
        if self.near_m > self.search_m:
            raise InputError(f"Invalid near_m {self.near_m}. Must be <= search_m.")


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """Nearest usable cell of each operator from each site; arrays of shape (sites, operators).

    Attributes
    ----------
    distance_m
        0 where the site's own cell is usable outdoors; NaN where none lies within the search
        radius or the site's position is not known well enough. [m]
    bearing_deg
        NaN where the distance is 0 or NaN. [deg]
    p_near
        Best chance of an upload outdoors within ``near_m`` with any operator, shape (sites,): 0
        where nothing is known. [0-1]
    p_beyond
        The same in cells that are not known to be land, to which nobody is sent; shape (sites,).
        [0-1]
    """

    distance_m: Floats
    bearing_deg: Floats
    p_near: Floats
    p_beyond: Floats


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where one can walk: which cells lie on land, and on which piece of it cells and sites lie.

    Attributes
    ----------
    is_land
        Cells to which one can walk, shape (cells,).
    cell_region, site_region
        Number of the piece of land: the way from one to another is over water.
    """

    is_land: Booleans
    cell_region: npt.NDArray[np.intp]
    site_region: npt.NDArray[np.intp]

    @classmethod
    def everywhere(cls, n_cells: int, n_sites: int) -> Self:
        """All of it one piece of land: no layer says otherwise."""
        return cls(
            is_land=np.ones(n_cells, dtype=bool),
            cell_region=np.zeros(n_cells, dtype=np.intp),
            site_region=np.zeros(n_sites, dtype=np.intp),
        )


def p_works_outdoors(situation: Situation, upload: UploadParams) -> Floats:
    """Probability that an upload works outdoors in each cell, per operator [0-1].

    0 where the model does not answer: not known is not good.
    """
    grid = situation.grid
    works = np.zeros(grid.rows.shape)
    for k, needed in enumerate(situation.needed_dbm.tolist()):
        rows = grid.rows[:, k]
        p_fail = p_below(grid.knots_dbm[rows], needed, upload.uplink.spread_db)
        is_known = (rows != MISSING) & grid.is_applicable[rows]
        works[:, k] = np.where(is_known, 1 - p_fail, 0.0)
    return works


def nearest_usable(
    situation: Situation,
    coordinates: tuple[Floats, Floats],
    is_located: Booleans,
    works: Floats,
    params: SurroundingsParams,
    *,
    ground: Ground | None = None,
) -> Nearest:
    """Nearest usable cell of each operator, and the best chance within walking distance.

    On land and not across water, as far as ``ground`` knows; the own cell always counts. Rivers
    are not known to it: the path is a condition to check.

    Parameters
    ----------
    situation
        Sites over predicted cells.
    coordinates
        Latitude and longitude of the sites. [deg]
    is_located
        Sites whose position is known well enough.
    works
        As from :func:`p_works_outdoors`.
    params
        Radii and probability.
    ground
        Where one can walk; None = everywhere.
    """
    origin = (float(coordinates[0].mean()), float(coordinates[1].mean()))
    centres = hexgrid.centres_of(situation.grid.cells)
    if ground is None:
        ground = Ground.everywhere(len(works), len(coordinates[0]))
    sites = _by_region(to_plane_m(*coordinates, origin), ground.site_region)
    cells = _by_region(to_plane_m(*centres, origin), ground.cell_region)
    shape = (len(sites), works.shape[1])
    distance, bearing = np.full(shape, np.nan), np.full(shape, np.nan)
    for k in range(works.shape[1]):
        usable = np.flatnonzero((works[:, k] >= params.usable_p) & ground.is_land)
        if len(usable):
            _, found = KDTree(cells[usable]).query(
                sites, distance_upper_bound=params.search_m, workers=1
            )
            at = np.flatnonzero(found < len(usable))
            cell = usable[found[at]]
            to = (centres[0][cell], centres[1][cell])
            distance[at, k] = distance_m(coordinates[0][at], coordinates[1][at], *to)
            bearing[at, k] = bearing_deg(coordinates[0][at], coordinates[1][at], *to)
        home = situation.home_index
        is_home = (home != MISSING) & (works[home, k] >= params.usable_p)
        distance[is_home, k], bearing[is_home, k] = 0.0, np.nan
    distance[~is_located], bearing[~is_located] = np.nan, np.nan
    best = works.max(axis=1)
    own = np.where(situation.home_index == MISSING, 0.0, best[situation.home_index])
    near = _best_near(sites, cells, np.where(ground.is_land, best, 0.0), params.near_m)
    beyond = _best_near(sites, cells, np.where(ground.is_land, 0.0, best), params.near_m)
    return Nearest(
        distance_m=distance,
        bearing_deg=bearing,
        p_near=np.where(is_located, np.maximum(own, near), 0.0),
        p_beyond=np.where(is_located, beyond, 0.0),
    )


def _best_near(sites: Floats, cells: Floats, best: Floats, near_m: float) -> Floats:
    """Best chance of any operator in the cells with centres within ``near_m``, 0 without any."""
    result = np.zeros(len(sites))
    pairs = KDTree(sites).sparse_distance_matrix(KDTree(cells), near_m, output_type="ndarray")
    np.maximum.at(result, pairs["i"], best[pairs["j"]])
    return result


def _by_region(plane: Floats, region: npt.NDArray[np.intp]) -> Floats:
    """Places in the plane, those of different pieces of land out of each other's reach [m]."""
    return np.column_stack([plane, region * _REGION_STEP_M])


@dataclass(frozen=True, kw_only=True)
class NearestPoint:
    """The nearest of some points from each site; arrays of shape (sites,).

    Attributes
    ----------
    distance_m
        Infinite where there is no point. [m]
    bearing_deg
        NaN where there is no point. [deg]
    index
        Of the point, MISSING where there is none.
    """

    distance_m: Floats
    bearing_deg: Floats
    index: npt.NDArray[np.intp]


def nearest_point(
    coordinates: tuple[Floats, Floats], points: tuple[Floats, Floats] | None
) -> NearestPoint:
    """The nearest point of each site.

    Parameters
    ----------
    coordinates
        Latitude and longitude of the sites. [deg]
    points
        Latitude and longitude of the points; None = there are none. [deg]
    """
    n = len(coordinates[0])
    if points is None or not len(points[0]):
        return NearestPoint(
            distance_m=np.full(n, np.inf),
            bearing_deg=np.full(n, np.nan),
            index=np.full(n, MISSING, dtype=np.intp),
        )
    origin = (float(coordinates[0].mean()), float(coordinates[1].mean()))
    _, found = KDTree(to_plane_m(*points, origin)).query(to_plane_m(*coordinates, origin))
    to = (points[0][found], points[1][found])
    return NearestPoint(
        distance_m=distance_m(*coordinates, *to),
        bearing_deg=bearing_deg(*coordinates, *to),
        index=found.astype(np.intp),
    )


def in_cluster(
    coordinates: tuple[Floats, Floats],
    is_member: Booleans,
    size: int,
    radius_m: float,
    *,
    may_host: Booleans | None = None,
) -> Booleans:
    """Members that one base station beside a member could serve together with ``size - 1`` others.

    A member with at least ``size`` members within the radius, itself among them, is a core; a
    member within the radius of a core is in its cluster. Only members of ``may_host`` are cores,
    None = all.
    """
    chosen = np.flatnonzero(is_member)
    result = np.zeros(len(is_member), dtype=bool)
    if len(chosen) < size:
        return result
    origin = (float(coordinates[0].mean()), float(coordinates[1].mean()))
    plane = to_plane_m(coordinates[0][chosen], coordinates[1][chosen], origin)
    n_around = KDTree(plane).query_ball_point(plane, radius_m, return_length=True)
    is_core = n_around >= size
    if may_host is not None:
        is_core &= may_host[chosen]
    cores = plane[is_core]
    if len(cores):
        away, _ = KDTree(cores).query(plane)
        result[chosen[away <= radius_m]] = True
    return result


def mobile_hosts(
    coordinates: tuple[Floats, Floats],
    is_member: Booleans,
    radius_m: float,
    *,
    may_host: Booleans | None = None,
) -> npt.NDArray[np.intp]:
    """Site at which one base station would stand for each member, MISSING for the others.

    Greedy: the host that serves most members not yet served, the first of equals, until no host
    serves any. So one host serves each group, and all of them lie within its reach.

    Parameters
    ----------
    coordinates
        Latitude and longitude of the sites. [deg]
    is_member
        Sites to be served.
    radius_m
        Reach of a station. [m]
    may_host
        Sites at which one may stand; None = at any member.
    """
    host = np.full(len(is_member), MISSING, dtype=np.intp)
    left = np.flatnonzero(is_member)
    if not len(left):
        return host
    origin = (float(coordinates[0].mean()), float(coordinates[1].mean()))
    plane = to_plane_m(coordinates[0], coordinates[1], origin)
    hosts = left if may_host is None else left[may_host[left]]
    reach = [
        left[served] for served in KDTree(plane[left]).query_ball_point(plane[hosts], radius_m)
    ]
    n_served = np.array([len(served) for served in reach])
    while len(n_served) and n_served.max() > 0:
        best = int(n_served.argmax())
        served = reach[best][host[reach[best]] == MISSING]
        if len(served) == n_served[best]:  # the count is of now: no other host serves more
            host[served] = hosts[best]
            n_served[best] = 0
        else:
            n_served[best] = len(served)
    return host
