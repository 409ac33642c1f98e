"""What a moved TPS may find: the best and worst place within some metres of where it is listed.

TPS are moved, by up to 50 m as a rule and farther from floods (DOMAIN 3.4).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.geodesy import Floats
from coverage.sites.building import p2109_loss_db
from coverage.sites.levels import p_below
from coverage.sites.signal_grid import MISSING
from coverage.sites.situation import Situation, UploadParams
from coverage.tables import TABLES

_N_LOSSES = 16
_TYPES = {
    "radius_m": np.float32, "p_upload_fail_best": np.float32, "p_upload_fail_worst": np.float32,
    "n_places": np.int32, "n_places_unknown": np.int32,
}  # fmt: skip


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


def relocation_range(
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
        ``relocation_range``, by site and radius: best and worst chance [0-1, NaN where every cell
        is unknown], cells looked at, and those of them that are not known [count].

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
    return found[list(TABLES["relocation_range"].columns)].astype(_TYPES)


def _within(sites: pd.DataFrame, situation: Situation, upload: UploadParams) -> pd.DataFrame:
    """Best and worst cell of each site's disc."""
    cells = situation.cell_index[situation.positions.place_of_site]
    used = np.setdiff1d(np.unique(situation.cell_index), [MISSING])
    lowest = np.full(cells.shape, np.nan)
    for share in np.unique(situation.building_share).tolist():
        here = situation.building_share == share
        by_cell = np.append(
            lowest_chance(situation, used, share, upload)[0], np.nan
        )  # MISSING is last
        lowest[here] = by_cell[cells[here]]
    is_unknown = np.isnan(lowest)
    distinct = np.sort(cells, axis=1)
    is_new = np.diff(distinct, axis=1, prepend=MISSING - 1) != 0
    unknown_of = np.append(np.isnan(lowest_chance(situation, used, 0.0, upload)[0]), True)
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
            "n_places": is_new.sum(axis=1),
            "n_places_unknown": (is_new & unknown_of[distinct]).sum(axis=1),
        }
    )


def lowest_chance(
    situation: Situation, used: npt.NDArray[np.intp], share: float, upload: UploadParams
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Lowest chance of failing of any known operator in each cell, and whose it is.

    Parameters
    ----------
    situation
        Sites over predicted cells.
    used
        Cells wanted, by index; the others stay NaN.
    share
        Share of the building loss. [0-1]
    upload
        Thresholds.

    Returns
    -------
    tuple of numpy.ndarray
        Chance [0-1, NaN where no operator is known] and column of the operator (MISSING there), one
        for every cell of the grid.
    """
    grid = situation.grid
    losses = [0.0]
    if share > 0:
        middle = (np.arange(_N_LOSSES) + 0.5) / _N_LOSSES
        losses = p2109_loss_db(middle, upload.building, share).tolist()
    lowest = np.full(len(grid.cells), np.nan)
    best = np.full(len(grid.cells), MISSING, dtype=np.intp)
    for k, needed_dbm in enumerate(situation.needed_dbm.tolist()):
        rows = grid.rows[used, k]
        knots = grid.knots_dbm[rows]
        p_fail = np.mean(
            [p_below(knots, needed_dbm + loss, upload.uplink.spread_db) for loss in losses], axis=0
        )
        is_known = (rows != MISSING) & grid.is_applicable[rows]
        is_better = is_known & ~(lowest[used] <= p_fail)
        best[used[is_better]] = k
        lowest[used[is_better]] = p_fail[is_better]
    return lowest, best
