"""Which radio cell a booster at a site would repeat, and how strong it should be at the mast."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

from coverage.errors import InputError
from coverage.geodesy import Floats, bearing_deg, to_plane_m
from coverage.sites.signal_grid import MISSING, SignalGrid

_DATA_RATS: Final = ("LTE", "NR")
_MEDIAN: Final = 10  # index of probability 0.5 in tables.QUANTILE_LEVELS


@dataclass(frozen=True, kw_only=True)
class DonorParams:
    """When a booster has something to repeat.

    Attributes
    ----------
    mast_gain_db
        How much stronger the level is at a 5-8 m mast than at the ground: the project's choice, no
        source. [dB]
    min_donor_dbm
        RSRP a donor antenna needs: -100 to -105 dBm (DOMAIN 12, project). [dBm]
    max_donor_m
        Farthest listed tower taken for a donor. [m]
    """

    mast_gain_db: float = 6.0
    min_donor_dbm: float = -105.0
    max_donor_m: float = 10_000.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 <= self.mast_gain_db <= 30:
            raise InputError(f"Invalid mast_gain_db {self.mast_gain_db}. Must be in [0, 30].")
        if not -140 <= self.min_donor_dbm <= -44:
            raise InputError(f"Invalid min_donor_dbm {self.min_donor_dbm}. Must be in [-140, -44].")
        if not 0 < self.max_donor_m <= 100_000:
            raise InputError(f"Invalid max_donor_m {self.max_donor_m}. Must be in (0, 100000].")


def mast_levels_dbm(
    grid: SignalGrid,
    home_index: npt.NDArray[np.intp],
    params: DonorParams,
    *,
    also_abstaining: bool = False,
) -> Floats:
    """Median outdoor level at each site raised to the mast, per operator [dBm].

    NaN where there is no prediction, or the model does not answer and ``also_abstaining`` is false:
    it is set where no survey can come in time any more, and a guess that is checked on site before
    anything is fitted beats none. Shape (sites, operators).
    """
    levels = np.full((len(home_index), len(grid.operators)), np.nan)
    for k in range(len(grid.operators)):
        rows = grid.rows_of(home_index, k)
        is_known = (rows != MISSING) & (grid.is_applicable[rows] | also_abstaining)
        median = grid.knots_dbm[rows, _MEDIAN]
        levels[:, k] = np.where(is_known, median + params.mast_gain_db, np.nan)
    return levels


def donors_of(
    sites: pd.DataFrame, towers: pd.DataFrame, cells: pd.DataFrame, params: DonorParams
) -> pd.DataFrame:
    """Radio cell a booster of one operator would repeat at each site.

    The cell measured strongest in the site's H3 cell, else the nearest listed LTE or NR cell of the
    operator. Towers are where a cell was heard, not where its mast stands: the bearing is a start
    for the antenna, no more.

    Parameters
    ----------
    sites
        ``latitude_deg, longitude_deg, h3_cell, operator``, the operator NA where no donor is
        wanted. [deg]
    towers, cells
        As in :mod:`coverage.tables`.
    params
        Farthest tower.

    Returns
    -------
    pandas.DataFrame
        ``donor_cell_identity`` (Int64) and ``donor_bearing_deg`` [deg], NA where none is known;
        a measured cell without a listed position has no bearing.
    """
    identity = np.full(len(sites), MISSING, dtype=np.int64)
    bearing = np.full(len(sites), np.nan)
    latitude = sites["latitude_deg"].to_numpy(np.float64)
    longitude = sites["longitude_deg"].to_numpy(np.float64)
    listed = _usable_towers(towers)
    wanted = sites["operator"].astype("string")
    for operator in sorted(wanted.dropna().unique()):
        at = np.flatnonzero((wanted == operator).fillna(False).to_numpy(dtype=bool))
        own = listed[listed["operator"] == operator]
        found = _strongest(sites["h3_cell"].to_numpy(np.uint64)[at], cells, operator)
        tower = _rows_of_identity(own, found)
        nearest = _nearest(latitude[at], longitude[at], own, params)
        tower = np.where((found == MISSING) & (tower == MISSING), nearest, tower)
        is_placed = tower != MISSING
        own_identity = own["cell_identity"].to_numpy(np.int64)
        if len(own):
            identity[at] = np.where(found == MISSING, own_identity[tower], found)
            identity[at[(found == MISSING) & ~is_placed]] = MISSING
            to = own.iloc[tower[is_placed]]
            bearing[at[is_placed]] = bearing_deg(
                latitude[at[is_placed]],
                longitude[at[is_placed]],
                to["latitude_deg"].to_numpy(),
                to["longitude_deg"].to_numpy(),
            )
        else:
            identity[at] = found
    donor = pd.Series(identity, dtype="Int64").mask(identity == MISSING)
    return pd.DataFrame({"donor_cell_identity": donor, "donor_bearing_deg": bearing})


def _usable_towers(towers: pd.DataFrame) -> pd.DataFrame:
    """LTE and NR cells, each identity of an operator once, in a fixed order."""
    own = towers[towers["rat"].isin(_DATA_RATS)]
    own = own.sort_values(["operator", "cell_identity", "rat", "plmn"], kind="stable")
    once: pd.DataFrame = own.drop_duplicates(["operator", "cell_identity"])
    return once


def _strongest(h3_cell: Any, cells: pd.DataFrame, operator: str) -> npt.NDArray[np.int64]:
    """Radio cell measured strongest in each H3 cell, MISSING where none is named."""
    rows = cells[(cells["operator"] == operator) & cells["rat"].isin(_DATA_RATS)]
    rows = rows[rows["strongest_cell_identity"].notna()]
    rows = rows.sort_values(["h3_cell", "signal_p50_dbm"], kind="stable", na_position="first")
    best = rows.drop_duplicates("h3_cell", keep="last")
    known = best["h3_cell"].to_numpy(dtype=np.uint64)
    if not len(known):
        return np.full(len(h3_cell), MISSING, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, h3_cell), len(known) - 1)
    identity = best["strongest_cell_identity"].to_numpy(dtype=np.int64)
    return np.where(known[at] == h3_cell, identity[at], MISSING)


def _rows_of_identity(own: pd.DataFrame, identity: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Row of each radio cell in the operator's towers, MISSING where it is not listed."""
    known = own["cell_identity"].to_numpy(dtype=np.int64)
    if not len(known):
        return np.full(len(identity), MISSING, dtype=np.intp)
    at = np.minimum(np.searchsorted(known, identity), len(known) - 1)
    return np.where(known[at] == identity, at, MISSING).astype(np.intp)


def _nearest(
    latitude: Floats, longitude: Floats, own: pd.DataFrame, params: DonorParams
) -> npt.NDArray[np.intp]:
    """Row of the nearest tower within reach, MISSING where there is none."""
    if not len(own) or not len(latitude):
        return np.full(len(latitude), MISSING, dtype=np.intp)
    origin = (float(latitude.mean()), float(longitude.mean()))
    plane = to_plane_m(own["latitude_deg"].to_numpy(), own["longitude_deg"].to_numpy(), origin)
    _, found = KDTree(plane).query(
        to_plane_m(latitude, longitude, origin), distance_upper_bound=params.max_donor_m
    )
    return np.where(found < len(own), found, MISSING).astype(np.intp)
