"""The level at the phone in each TPS, per operator, and the chance that an upload fails there."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import ndtr

from coverage.radio import LEAST_RSRP_DBM
from coverage.sites.building import loss_kernel
from coverage.sites.levels import (
    GRID_DBM,
    STEP_DB,
    Floats,
    normal_kernel,
    quantiles_of_cdf,
    z_on_grid,
)
from coverage.sites.signal_grid import MISSING
from coverage.sites.situation import Situation, UploadParams
from coverage.tables import TABLES

_PLACES_AT_ONCE: Final = 2048  # bounds memory; results do not depend on it
_NAMED_QUANTILES: Final = (0.05, 0.50, 0.95)


def site_signal(
    sites: pd.DataFrame, cell_signal: pd.DataFrame, params: UploadParams
) -> pd.DataFrame:
    """RSRP at the phone per TPS and operator, building loss and position error included.

    The outdoor level at a site is the mixture of the cells in which it may lie, weighed by their
    share of the disc of the coordinate's accuracy. The building's loss (ITU-R P.2109, a random
    quantity) is taken off by convolution. The upload fails where the level is under the level
    needed plus a normal spread.

    Parameters
    ----------
    sites
        As in :mod:`coverage.tables`.
    cell_signal
        As there; must cover the sites' cells. [dBm]
    params
        Thresholds, uplink, buildings.

    Returns
    -------
    pandas.DataFrame
        ``site_signal`` sorted by its key. An operator without a prediction at a site has no row;
        ``is_applicable`` is false where the model does not answer for the larger part of the
        places the site may be at, or these differ too much.

    Raises
    ------
    InputError
        Where a site lies in cells of which no operator has a prediction.
    """
    situation = Situation.of(sites, cell_signal, params)
    frames = [
        _operator_signal(sites, situation, operator, params)
        for operator in range(len(situation.grid.operators))
    ]
    signal = pd.concat(frames, ignore_index=True)
    signal = signal.sort_values(list(TABLES["site_signal"].key), kind="stable", ignore_index=True)
    return signal[list(TABLES["site_signal"].columns)]


def _operator_signal(
    sites: pd.DataFrame, situation: Situation, operator: int, params: UploadParams
) -> pd.DataFrame:
    """Rows of one operator."""
    place_of_site = situation.positions.place_of_site
    quantiles = np.full((len(sites), len(_NAMED_QUANTILES)), np.nan)
    p_weak, p_fail = np.full(len(sites), np.nan), np.full(len(sites), np.nan)
    width_db = np.full(len(situation.cell_index), np.nan)
    kernels = {
        share: loss_kernel(params.building, share)
        for share in np.unique(situation.building_share).tolist()
    }
    at_weak = _weights_at(params.weak_dbm)
    at_needed = normal_kernel(params.uplink.spread_db) @ _weights_at(
        float(situation.needed_dbm[operator])
    )
    sites_by_place = np.argsort(place_of_site, kind="stable")
    sorted_places = place_of_site[sites_by_place]
    for places, outdoor in _outdoor_cdfs(situation, operator):
        ends = quantiles_of_cdf(outdoor, (0.05, 0.95))
        width_db[places] = ends[:, 1] - ends[:, 0]
        low, high = np.searchsorted(sorted_places, [places[0], places[-1] + 1])
        here = sites_by_place[low:high]
        here = here[np.isin(place_of_site[here], places)]
        rows = np.searchsorted(places, place_of_site[here])
        for share, kernel in kernels.items():
            chosen = situation.building_share[here] == share
            phone = outdoor[rows[chosen]] @ kernel
            quantiles[here[chosen]] = quantiles_of_cdf(phone, _NAMED_QUANTILES)
            p_weak[here[chosen]] = phone @ at_weak
            p_fail[here[chosen]] = phone @ at_needed
    frame = _context(sites, situation, operator, width_db, params)
    for i, name in enumerate(("rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm")):
        # what is shown ends at what a phone can report; probabilities do not
        frame[name] = np.maximum(quantiles[:, i], LEAST_RSRP_DBM).astype(np.float32)
    frame["p_weak"] = np.clip(p_weak, 0, 1).astype(np.float32)
    frame["p_upload_fail"] = np.clip(p_fail, 0, 1).astype(np.float32)
    known: pd.DataFrame = frame.loc[~np.isnan(p_fail)]
    return known


def _context(
    sites: pd.DataFrame, situation: Situation, operator: int, width_db: Floats, params: UploadParams
) -> pd.DataFrame:
    """Cell, basis, distance to readings and applicability of one operator at each site."""
    grid, place_of_site = situation.grid, situation.positions.place_of_site
    rows = grid.rows_of(situation.cell_index, operator)
    answered = np.where(rows == MISSING, False, grid.is_applicable[rows]).mean(axis=1)
    is_vague = situation.positions.is_wide & (width_db > params.max_interval_db)
    is_applicable = (answered >= params.min_applicable_share) & ~is_vague
    home = grid.rows_of(situation.home_index, operator)
    is_home = home != MISSING
    return pd.DataFrame(
        {
            "tps_code": sites["tps_code"].to_numpy(),
            "operator": grid.operators[operator],
            "h3_cell": situation.positions.home_cells[place_of_site],
            "basis": np.where(is_home & grid.is_measured[home], "measured", "predicted"),
            "distance_to_reading_m": np.where(
                is_home, grid.distance_to_reading_m[home], np.nan
            ).astype(np.float32),
            "is_applicable": is_applicable[place_of_site],
        }
    )


def _outdoor_cdfs(situation: Situation, operator: int) -> Any:
    """Outdoor CDFs on the grid, chunk by chunk: (sorted places with a prediction, their CDFs)."""
    grid = situation.grid
    rows = grid.rows_of(situation.cell_index, operator)
    for start in range(0, len(rows), _PLACES_AT_ONCE):
        block = rows[start : start + _PLACES_AT_ONCE]
        n_known = (block != MISSING).sum(axis=1)
        known = np.flatnonzero(n_known)
        if not len(known):
            continue
        used, weights = _mixture(block[known], n_known[known])
        cdf = weights @ ndtr(z_on_grid(grid.knots_dbm[used]))
        yield start + known, cdf


def _mixture(rows: npt.NDArray[np.intp], n_known: Any) -> tuple[npt.NDArray[np.intp], csr_array]:
    """Rows in use, and the weight of each in each place, as a sparse matrix."""
    used, index = np.unique(rows, return_inverse=True)
    index = index.reshape(rows.shape)
    place = np.repeat(np.arange(len(rows)), rows.shape[1])
    weight = np.repeat(1.0 / n_known, rows.shape[1])
    shape = (len(rows), len(used))
    weights = csr_array((weight, (place, index.ravel())), shape=shape)
    if used[0] == MISSING:
        return used[1:], weights[:, 1:]
    return used, weights


def _weights_at(level_dbm: float) -> Floats:
    """Weights that read a CDF on the grid at one level, by a straight line between points."""
    position = np.clip((level_dbm - GRID_DBM[0]) / STEP_DB, 0, len(GRID_DBM) - 1)
    low = min(int(position), len(GRID_DBM) - 2)
    weights = np.zeros(len(GRID_DBM))
    weights[low], weights[low + 1] = 1 - (position - low), position - low
    return weights
