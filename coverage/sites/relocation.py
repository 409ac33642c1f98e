"""What a moved TPS may find: the best and worst place within some metres of where it is listed.

TPS are moved, by up to 50 m as a rule and farther from floods (DOMAIN 3.4).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.geodesy import Floats
from coverage.sites.building import p2109_loss_db
from coverage.sites.levels import p_below
from coverage.sites.signal_grid import MISSING
from coverage.sites.situation import Situation, UploadParams

RELOCATION_COLUMNS = (
    "tps_code", "radius_m", "p_upload_fail_best", "p_upload_fail_worst", "n_cells", "n_unknown",
)  # fmt: skip
_N_LOSSES = 16


@dataclass(frozen=True, kw_only=True)
class RelocationParams:
    """How far a TPS may be moved.

    Attributes
    ----------
    radii_m
        Radii looked at: 50 m is the rule, 500 m for floods (DOMAIN 3.4). [m]
    """

    radii_m: tuple[float, ...] = (50.0, 500.0)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not self.radii_m or any(not 0 < radius <= 5000 for radius in self.radii_m):
            raise InputError(f"Invalid radii_m {self.radii_m}. Must be in (0, 5000].")


def relocation(
    sites: pd.DataFrame,
    cell_signal: pd.DataFrame,
    upload: UploadParams,
    params: RelocationParams,
) -> pd.DataFrame:
    """Chance of failing in the best and the worst cell within each radius of a site.

    In each cell the operator with the lowest chance counts, behind the same kind of wall as in the
    site's building. A cell for which no operator is known is never the best.

    Parameters
    ----------
    sites, cell_signal
        As in :mod:`coverage.tables`; the cells must cover the radii, or be counted unknown.
    upload
        Thresholds.
    params
        Radii.

    Returns
    -------
    pandas.DataFrame
        :data:`RELOCATION_COLUMNS`, by site and radius: best and worst chance [0-1, NaN where every
        cell is unknown], cells looked at, and those of them that are not known [count].

    Raises
    ------
    InputError
        Where a site lies in cells of which no operator has a prediction.
    """
    listed = sites.sort_values("tps_code", kind="stable", ignore_index=True)
    frames = []
    for radius_m in sorted(params.radii_m):
        moved = listed.assign(coordinate_accuracy_m=np.float32(radius_m))
        situation = Situation.of(moved, cell_signal, upload)
        frames.append(_within(moved, situation, upload).assign(radius_m=radius_m))
    found = pd.concat(frames, ignore_index=True)
    found = found.sort_values(["tps_code", "radius_m"], kind="stable", ignore_index=True)
    return found[list(RELOCATION_COLUMNS)]


def _within(sites: pd.DataFrame, situation: Situation, upload: UploadParams) -> pd.DataFrame:
    """Best and worst cell of each site's disc."""
    cells = situation.cell_index[situation.positions.place_of_site]
    lowest = np.full(cells.shape, np.nan)
    for share in np.unique(situation.building_share).tolist():
        here = situation.building_share == share
        by_cell = np.append(_lowest_chance(situation, share, upload), np.nan)  # MISSING is last
        lowest[here] = by_cell[cells[here]]
    is_unknown = np.isnan(lowest)
    distinct = np.sort(cells, axis=1)
    is_new = np.diff(distinct, axis=1, prepend=MISSING - 1) != 0
    unknown_of = np.append(np.isnan(_lowest_chance(situation, 0.0, upload)), True)
    known = ~is_unknown.all(axis=1)
    return pd.DataFrame(
        {
            "tps_code": sites["tps_code"].to_numpy(),
            "p_upload_fail_best": np.where(
                known, np.where(is_unknown, np.inf, lowest).min(axis=1), np.nan
            ),
            "p_upload_fail_worst": np.where(
                known, np.where(is_unknown, -np.inf, lowest).max(axis=1), np.nan
            ),
            "n_cells": is_new.sum(axis=1),
            "n_unknown": (is_new & unknown_of[distinct]).sum(axis=1),
        }
    )


def _lowest_chance(situation: Situation, share: float, upload: UploadParams) -> Floats:
    """Lowest chance of failing of any known operator in each cell, NaN where none is known."""
    grid = situation.grid
    losses = [0.0]
    if share > 0:
        middle = (np.arange(_N_LOSSES) + 0.5) / _N_LOSSES
        losses = p2109_loss_db(middle, upload.building, share).tolist()
    used = np.unique(situation.cell_index)
    used = used[used != MISSING]
    lowest = np.full(len(grid.cells), np.nan)
    for k, needed_dbm in enumerate(situation.needed_dbm.tolist()):
        rows = grid.rows[used, k]
        knots = grid.knots_dbm[rows]
        p_fail = np.mean(
            [p_below(knots, needed_dbm + loss, upload.uplink.spread_db) for loss in losses], axis=0
        )
        is_known = (rows != MISSING) & grid.is_applicable[rows]
        lowest[used] = np.fmin(lowest[used], np.where(is_known, p_fail, np.nan))
    return lowest
