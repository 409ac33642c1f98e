"""Lists by which kits might be given out instead: measured weakness, village reports, readings."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree
from sites_parts.truth import MOBILE_M, MOBILE_SITES, SEED, Floats, Rows, Truth, plane_of

from coverage.geodesy import to_plane_m
from coverage.synthetic_land import ORIGIN

Codes = npt.NDArray[np.object_]


def along(
    order: Codes, truth: Truth, n_boosters: int, n_mobile: int, *, passes_over: bool
) -> tuple[Rows, Rows]:
    """Boosters and hosts of stations: these where most of the head lies together, those from top.

    With ``passes_over`` whoever fits a booster goes on to the next where no donor is measured.
    """
    row, hosts = visiting(order, truth, n_boosters, n_mobile)
    if passes_over:
        row = row[truth.has_donor[row]]
    return row[:n_boosters], hosts


def visiting(order: Codes, truth: Truth, n_boosters: int, n_mobile: int) -> tuple[Rows, Rows]:
    """Sites in the order in which boosters are brought, and hosts of stations."""
    row = pd.Index(truth.sites["tps_code"]).get_indexer(pd.Index(order))
    head = row[: n_boosters + MOBILE_SITES * n_mobile]
    hosts, served = _stations(plane_of(truth.sites)[head], n_mobile)
    is_open = np.ones(len(row), dtype=bool)
    is_open[served] = False
    return row[is_open].astype(np.intp), head[hosts].astype(np.intp)


def _stations(plane: Floats, n_mobile: int) -> tuple[Rows, Rows]:
    """Hosts of stations, each where most places not yet served lie, and the places served."""
    is_open = np.ones(len(plane), dtype=bool)
    near = KDTree(plane).query_ball_point(plane, MOBILE_M)
    hosts = []
    for _ in range(n_mobile):
        counts = [
            is_open[rows].sum() if here else 0 for rows, here in zip(near, is_open, strict=True)
        ]
        hosts.append(int(np.argmax(counts)))
        served = [r for r in near[hosts[-1]] if is_open[r]][:MOBILE_SITES]
        is_open[served] = False
    return np.array(hosts, dtype=np.intp), np.flatnonzero(~is_open)


def by_measured_weakness(ranking: pd.DataFrame, cells: pd.DataFrame) -> Codes:
    """Sites by the best median measured in their own cell, weakest first, the unmeasured last."""
    data = cells[cells["rat"].isin(("LTE", "NR"))]
    level = (
        data.assign(level=data["signal_p50_dbm"].fillna(-140.0)).groupby("h3_cell")["level"].max()
    )
    measured = ranking["h3_cell"].map(level)
    return ranking.assign(m=measured).sort_values(["m", "tps_code"])["tps_code"].to_numpy()


def by_village_reports(truth: Truth) -> Codes:
    """TPS of reported villages by voters; reports as officials give them, by village.

    A village in which a third of the TPS have a level under -110 dBm on every operator is
    reported with probability 0.7, one with none with 0.05: invented, in the spirit of DOMAIN 3.2
    (lists that differ by a factor of five).
    """
    rng = np.random.default_rng(SEED)
    weak = (truth.rsrp_dbm < -110).all(axis=1)
    share = pd.Series(weak).groupby(truth.sites["village_code"]).mean()
    reported = share.index[rng.random(len(share)) < np.where(share >= 1 / 3, 0.7, 0.05)]
    listed = truth.sites.assign(is_reported=truth.sites["village_code"].isin(reported))
    ordered = listed.sort_values(
        ["is_reported", "n_voters", "tps_code"], ascending=[False, False, True]
    )
    return ordered["tps_code"].to_numpy()


def by_nearest_reading(training: pd.DataFrame, sites: pd.DataFrame) -> Codes:
    """Sites by the level of the nearest reading of the best operator, weakest first."""
    level = np.full(len(sites), -np.inf)
    for _, own in training.groupby("operator"):
        at = KDTree(to_plane_m(own["latitude_deg"], own["longitude_deg"], ORIGIN))
        _, nearest = at.query(plane_of(sites))
        found = own["rsrp_dbm"].fillna(-130.0).to_numpy()[nearest]
        level = np.maximum(level, found)
    return sites["tps_code"].to_numpy()[np.lexsort((np.arange(len(sites)), level))]
