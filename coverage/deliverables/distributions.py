"""How the level is distributed over the H3 cells of each kabupaten: percentiles and CDF.

A cell belongs to the kabupaten of its nearest TPS: the tables of cells know no boundaries, and
villages' outlines are optional.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

from coverage import hexgrid
from coverage.deliverables.sphere import unit_vectors

Floats = npt.NDArray[np.float64]

PERCENTILES: Final = (5, 10, 25, 50, 75, 90, 95)
LEVELS_DBM: Final = tuple(range(-130, -65, 5))
"""Levels at which the CDF is told [dBm]; an LTE phone reports -140 to -43."""

_KEY: Final = ("regency", "basis", "rat")
_RAT_PREDICTED: Final = "LTE"  # RSRP is what is predicted (MODEL)


def measured_levels(cells: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Median level of each measured cell with its kabupaten, suppressed ones without level.

    Parameters
    ----------
    cells
        As ``partner.partner_cells`` gives them.
    sites
        ``regency, latitude_deg, longitude_deg`` of every TPS.

    Returns
    -------
    pandas.DataFrame
        ``regency`` (empty: not listed), ``basis, rat, level_dbm`` (NA = no service or suppressed),
        ``suppressed``.
    """
    return pd.DataFrame(
        {
            "regency": nearest_regency(cells["h3_cell"], sites),
            "basis": "measured",
            "rat": cells["rat"].to_numpy(),
            "level_dbm": cells["signal_p50_dbm"].to_numpy(dtype="float64", na_value=np.nan),
            "suppressed": cells["suppressed"].to_numpy(dtype=bool),
        }
    )


def predicted_levels(predicted: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Median level of each predicted cell with its kabupaten; abstentions are left out.

    Parameters
    ----------
    predicted
        ``h3_cell, rsrp_p50_dbm`` [dBm, NA = the model abstains] of one operator.
    sites
        As for :func:`measured_levels`.

    Returns
    -------
    pandas.DataFrame
        As :func:`measured_levels`.
    """
    known = predicted[predicted["rsrp_p50_dbm"].notna()]
    return pd.DataFrame(
        {
            "regency": nearest_regency(known["h3_cell"], sites),
            "basis": "predicted",
            "rat": _RAT_PREDICTED,
            "level_dbm": known["rsrp_p50_dbm"].to_numpy(dtype="float64"),
            "suppressed": False,
        }
    )


def percentile_table(levels: pd.DataFrame) -> pd.DataFrame:
    """Percentiles over cells of the median level, suppressed cells counted and left out.

    A cell whose median is no service lies below every level; a percentile that falls there is NA.

    Parameters
    ----------
    levels
        As :func:`measured_levels` and :func:`predicted_levels` give them.

    Returns
    -------
    pandas.DataFrame
        ``regency, basis, rat, n_cells, n_suppressed, n_no_service_cells`` [count] and ``p05_dbm``
        to ``p95_dbm`` [dBm].
    """
    rows = []
    for key, counts, ordered in _groups(levels):
        values: list[float] = [float("nan")] * len(PERCENTILES)
        if len(ordered):
            places = np.ceil(np.array(PERCENTILES) / 100 * len(ordered)).astype(int) - 1
            values = np.where(np.isinf(ordered), np.nan, ordered)[places].tolist()
        names = (f"p{level:02d}_dbm" for level in PERCENTILES)
        rows.append({**key, **counts, **dict(zip(names, values, strict=True))})
    named = [f"p{level:02d}_dbm" for level in PERCENTILES]
    return pd.DataFrame(rows, columns=[*_KEY, *_COUNTS, *named])


def cdf_table(levels: pd.DataFrame) -> pd.DataFrame:
    """Share of cells whose median lies at or below each level, no service below all.

    Parameters
    ----------
    levels
        As for :func:`percentile_table`.

    Returns
    -------
    pandas.DataFrame
        ``regency, basis, rat, n_cells, n_suppressed, n_no_service_cells`` [count], then one column
        a level, named by it in dBm [0-1, NA where every cell is suppressed].
    """
    rows = []
    for key, counts, ordered in _groups(levels):
        below = np.searchsorted(ordered, LEVELS_DBM, side="right")
        shares = below / len(ordered) if len(ordered) else np.full(len(LEVELS_DBM), np.nan)
        named = dict(zip((str(level) for level in LEVELS_DBM), shares.tolist(), strict=True))
        rows.append({**key, **counts, **named})
    return pd.DataFrame(rows, columns=[*_KEY, *_COUNTS, *(str(level) for level in LEVELS_DBM)])


def nearest_regency(cells: "pd.Series[Any]", sites: pd.DataFrame) -> "npt.NDArray[np.object_]":
    """Kabupaten of the nearest TPS of each H3 cell, empty where that names none."""
    if sites.empty or not len(cells):
        return np.full(len(cells), "", dtype=object)
    names = sites["regency"].fillna("").to_numpy(dtype=object)
    tree = KDTree(unit_vectors(sites["latitude_deg"], sites["longitude_deg"]))
    latitude, longitude = hexgrid.centres_of(cells.to_numpy(dtype="uint64"))
    _, nearest = tree.query(unit_vectors(latitude, longitude))
    found: npt.NDArray[np.object_] = names[nearest]
    return found


_COUNTS: Final = ("n_cells", "n_suppressed", "n_no_service_cells")


def _groups(levels: pd.DataFrame) -> list[tuple[dict[str, str], dict[str, int], Floats]]:
    """Key, counts and sorted levels of each group, no service as minus infinity."""
    groups = []
    for names, group in levels.groupby(list(_KEY), sort=True):
        shown = group.loc[~group["suppressed"], "level_dbm"].to_numpy(dtype="float64")
        counts = (len(shown), len(group) - len(shown), int(np.isnan(shown).sum()))
        key = {name: str(value) for name, value in zip(_KEY, names, strict=True)}
        ordered = np.sort(np.where(np.isnan(shown), -np.inf, shown))
        groups.append((key, dict(zip(_COUNTS, counts, strict=True)), ordered))
    return groups
