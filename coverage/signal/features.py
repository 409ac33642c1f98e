"""What the site list says about a place: distances, best-server level, density of sites.

Sites are those of a list, completed by sites estimated from the training samples: those are
readings too, so they are estimated anew inside every fold.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from coverage.errors import InputError
from coverage.geodesy import to_plane_m
from coverage.signal.observations import Floats, Integers, Layout, Observations, Places
from coverage.signal.propagation import hata_db
from coverage.signal.towers import (
    TOWER_KEY,
    EstimateParams,
    estimate_from_heard,
    has_short_identity,
    sites_of,
)

N_NEAREST: Final = 6  # sites summed for the total power at a place
N_LISTED: Final = 3  # of them named one by one to the trees
DENSITY_RADII_M: Final = (2_000.0, 5_000.0, 10_000.0)
FAR_M: Final = 200_000.0  # distance written where an operator has no (such) site
REFERENCE_MHZ: Final = 1800.0  # frequency and height go into the calibrated intercept
REFERENCE_HEIGHT_M: Final = 35.0
RS_EIRP_DBM: Final = 33.0  # a 20 MHz carrier of 46 dBm and 17.8 dBi (MODEL 4.2)

SITE_FEATURES: Final = (
    "log_distance_1", "log_distance_2", "log_distance_3", "level_dbm", "gain_db",
    "log_density_2km", "log_density_5km", "log_density_10km", "log_closer_other",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sites:
    """Sites on the model's plane.

    Attributes
    ----------
    plane_m
        Positions, shape (n, 2). [m]
    operator
        Code of each site's operator.
    position_error_m
        How well the positions are known; no distance counts as less. [m]
    """

    plane_m: Floats
    operator: Integers
    position_error_m: float

    def has_site(self, operator: Integers) -> npt.NDArray[np.bool_]:
        """Operators (codes) that have a site at all."""
        return np.isin(operator, np.unique(self.operator))


@dataclass(frozen=True, kw_only=True)
class SiteParams:
    """How sites are made.

    Attributes
    ----------
    position_error_m
        How well sites are known: lists are pulled to roads. [m]
    min_listed_sites
        An operator with fewer sites in the list has more estimated from its samples. [count]
    estimate
        How.
    """

    position_error_m: float = 200.0
    min_listed_sites: int = 10
    estimate: EstimateParams = field(default_factory=EstimateParams)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 < self.position_error_m <= 5000:
            raise InputError(
                f"Invalid position_error_m {self.position_error_m}. Must be in (0, 5000]."
            )
        if self.min_listed_sites < 0:
            raise InputError(f"Invalid min_listed_sites {self.min_listed_sites}. Must be >= 0.")


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every fit stands on, whichever samples it sees.

    Attributes
    ----------
    layout
        Plane and codes.
    listed
        Cells of the list that are used: LTE and NR of the operators in question.
    sites
        Their sites.
    """

    layout: Layout
    listed: pd.DataFrame
    sites: pd.DataFrame

    def without_sites(self) -> "Ground":
        """The same plane, and no list."""
        return ground_of(None, self.layout)


def ground_of(towers: pd.DataFrame | None, layout: Layout) -> Ground:
    """Listed LTE and NR cells and their sites.

    Bare 16-bit LTE identities name no site; estimated rows of ``towers`` are ignored, since they
    may stem from held-out readings.
    """
    table = towers if towers is not None else pd.DataFrame()
    if table.empty:
        listed = pd.DataFrame({name: [] for name in [*TOWER_KEY, "operator", "basis"]})
        return Ground(layout=layout, listed=listed, sites=pd.DataFrame({"site": []}))
    is_kept = (
        table["rat"].isin(["LTE", "NR"])
        & ~has_short_identity(table)
        & (table["basis"] == "listed")
        & table["operator"].isin(layout.operators)
    )
    listed = table[is_kept]
    return Ground(layout=layout, listed=listed, sites=sites_of(listed))


def sites_for(observations: Observations, ground: Ground, params: SiteParams) -> Sites:
    """Listed sites; those the observations let us estimate, of operators with (nearly) none listed.

    Where a list is good, estimates harm: they make it more complete where there are readings than
    elsewhere, and a calibration learnt there expects too little of the rest.
    """
    sites = ground.sites
    estimated = estimate_from_heard(
        _heard(observations, ground, params.min_listed_sites), ground.listed, params.estimate
    )
    if len(estimated):
        found = sites_of(estimated)
        new = found[~found["site"].isin(sites["site"])]
        sites = pd.concat([part for part in (sites, new) if len(part)])
    if sites.empty:
        return Sites(
            plane_m=np.zeros((0, 2)),
            operator=np.zeros(0, dtype=np.int64),
            position_error_m=params.position_error_m,
        )
    code = pd.Index(ground.layout.operators, dtype=object).get_indexer(
        pd.Index(sites["operator"].astype(object))
    )
    plane_m = to_plane_m(sites["latitude_deg"], sites["longitude_deg"], ground.layout.origin)
    return Sites(
        plane_m=plane_m[code >= 0],
        operator=code[code >= 0].astype(np.int64),
        position_error_m=params.position_error_m,
    )


def site_features(places: Places, sites: Sites) -> Floats:
    """Values of :data:`SITE_FEATURES` at each place, shape (n, 9).

    The level is that of the nearest site by Hata for a suburb, at one frequency and height: the
    calibration finds the rest. The gain is what the next five sites add to it. Where another
    operator's site is nearer than the own, the list may well miss one: masts are shared.
    """
    result = np.empty((len(places), len(SITE_FEATURES)))
    for code in np.unique(places.operator):
        mine = places.operator == code
        own = sites.operator == code
        plane_m, error_m = places.plane_m[mine], sites.position_error_m
        table = _of_one_operator(plane_m, sites.plane_m[own], error_m)
        other_m = _nearest_m(plane_m, sites.plane_m[~own], error_m)
        closer = np.maximum(table[:, 0] - np.log10(other_m), 0.0)
        result[mine] = np.column_stack([table, closer])
    return result


def _nearest_m(plane_m: Floats, sites_m: Floats, position_error_m: float) -> Floats:
    """Distance to the nearest of some sites [m]."""
    if not len(sites_m):
        return np.full(len(plane_m), FAR_M)
    distance_m = np.minimum(cKDTree(sites_m).query(plane_m)[0], FAR_M)
    return np.asarray(np.hypot(distance_m, position_error_m))


def _of_one_operator(plane_m: Floats, sites_m: Floats, position_error_m: float) -> Floats:
    """Site features for places and sites of one operator, all but the last."""
    distance_m = np.full((len(plane_m), N_NEAREST), FAR_M)
    density = np.zeros((len(plane_m), len(DENSITY_RADII_M)))
    if len(sites_m):
        tree = cKDTree(sites_m)
        k = min(N_NEAREST, len(sites_m))
        distance_m[:, :k] = tree.query(plane_m, k=np.arange(1, k + 1))[0]
        distance_m = np.hypot(np.minimum(distance_m, FAR_M), position_error_m)
        density = np.column_stack(
            [tree.query_ball_point(plane_m, r, return_length=True) for r in DENSITY_RADII_M]
        )
    loss_db = hata_db(distance_m, REFERENCE_MHZ, base_height_m=REFERENCE_HEIGHT_M, area="suburban")
    level_dbm = RS_EIRP_DBM - loss_db
    best = level_dbm[:, 0]
    gain_db = 10 * np.log10(np.sum(10 ** ((level_dbm - best[:, None]) / 10), axis=1))
    return np.column_stack(
        [np.log10(distance_m[:, :N_LISTED]), best, gain_db, np.log10(1.0 + density)]
    )


def _heard(observations: Observations, ground: Ground, min_listed: int) -> pd.DataFrame:
    """Samples with a named LTE or NR cell of operators hardly listed, at their harmonised level."""
    frame = observations.frame
    n_listed = (
        ground.sites.groupby("operator").size() if len(ground.sites) else pd.Series(dtype=int)
    )
    is_wanted = frame["operator"].map(n_listed).fillna(0) < min_listed
    level = observations.target.level_db
    is_named = (
        frame["cell_identity"].notna()
        & frame["plmn"].notna()
        & frame["rat"].isin(["LTE", "NR"])
        & np.isfinite(level)
        & is_wanted
    )
    heard = frame.loc[is_named, [*TOWER_KEY, "operator", "latitude_deg", "longitude_deg", "n"]]
    if heard.empty:
        return heard.assign(rsrp_dbm=[], updated_at=[])
    heard = heard.assign(
        cell_identity=heard["cell_identity"].astype(np.int64),
        rsrp_dbm=level[is_named.to_numpy()],
        updated_at=pd.Series(pd.NaT, index=heard.index),
    )
    return heard[~has_short_identity(heard)]
