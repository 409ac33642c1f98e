"""What is true of the TPS of the synthetic world, and what kits secure there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from coverage.geodesy import to_plane_m
from coverage.sites.building import p2109_loss_db
from coverage.sites.judgement import RankParams
from coverage.sites.uplink import needed_dbm
from coverage.synthetic import OPERATOR_NAMES, World
from coverage.synthetic_land import ORIGIN

SEED = 7
MOBILE_M, MOBILE_SITES = 3000.0, 20
N_LOSSES = 64  # quantiles of a wall's loss that the chance of failing is averaged over
N_WORLDS = 20  # draws of buildings and loads, over which the truth is averaged

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is true of the TPS of the world, in order of code.

    Attributes
    ----------
    sites
        As listed by the run.
    rsrp_dbm
        True outdoor level of each operator. [dBm]
    p_fail
        Chance that no operator carries the upload inside, given the true levels. [0-1]
    is_stuck
        Draws of what happens: no operator carries the upload inside; (draws, sites).
    has_donor
        An operator reaches the donor level at the mast.
    """

    sites: pd.DataFrame
    rsrp_dbm: Floats
    p_fail: Floats
    is_stuck: Booleans
    has_donor: Booleans


def truth_of(world: World, sites: pd.DataFrame, params: RankParams) -> Truth:
    """Levels from the world; buildings and loads drawn as the upload curve assumes them."""
    listed = world.sites.set_index("tps_code").loc[sites["tps_code"]]
    rsrp = world.rsrp_dbm(listed["latitude_deg"], listed["longitude_deg"])
    upload = params.upload
    needed = _needed_dbm(params)
    shares = _shares(sites, params)
    rng = np.random.default_rng(SEED)
    stuck = np.zeros((N_WORLDS, len(sites)), dtype=bool)
    for draw in range(N_WORLDS):
        loss = shares * p2109_loss_db(rng.random(len(sites)), upload.building)
        load = upload.uplink.spread_db * rng.standard_normal(rsrp.shape)
        stuck[draw] = (rsrp - loss[:, None] - needed - load < 0).all(axis=1)
    donor = params.remedy.donor
    has_donor = (rsrp + donor.mast_gain_db >= donor.min_donor_dbm).any(axis=1)
    return Truth(
        sites=sites,
        rsrp_dbm=rsrp,
        p_fail=p_fail_at(rsrp, sites, params),
        is_stuck=stuck,
        has_donor=has_donor,
    )


def p_fail_at(rsrp_dbm: Floats, sites: pd.DataFrame, params: RankParams) -> Floats:
    """Chance that no operator carries the upload inside, at outdoor levels of each [0-1]."""
    upload, needed, shares = params.upload, _needed_dbm(params), _shares(sites, params)
    middle = (np.arange(N_LOSSES) + 0.5) / N_LOSSES
    p_fail = np.zeros(len(sites))
    for share in np.unique(shares).tolist():
        here = shares == share
        for loss in p2109_loss_db(middle, upload.building, share).tolist():
            margin = (needed + loss - rsrp_dbm[here]) / upload.uplink.spread_db
            p_fail[here] += ndtr(margin).prod(axis=1) / len(middle)
    return p_fail


def _needed_dbm(params: RankParams) -> Floats:
    return np.array([needed_dbm(params.upload.uplink, name) for name in OPERATOR_NAMES])


def _shares(sites: pd.DataFrame, params: RankParams) -> Floats:
    """Share of the building loss at each site [0-1]."""
    shares = params.upload.building.shares
    return np.array([shares[b] for b in sites["building"].fillna("school").astype(str)])


def plane_of(sites: pd.DataFrame) -> Floats:
    return to_plane_m(sites["latitude_deg"], sites["longitude_deg"], ORIGIN)


def secured(truth: Truth, boosted: Rows, hosts: Rows) -> float:
    """Forms that kits at these sites secure, on average over the draws [TPS]."""
    plane = plane_of(truth.sites)
    total = 0
    for stuck in truth.is_stuck:
        left = stuck.copy()
        for host in hosts.tolist():
            near = np.flatnonzero(left & (np.hypot(*(plane - plane[host]).T) <= MOBILE_M))
            served = near[np.argsort(np.hypot(*(plane[near] - plane[host]).T))][:MOBILE_SITES]
            total += len(served)
            left[served] = False
        total += int((left[boosted] & truth.has_donor[boosted]).sum())
    return total / N_WORLDS
