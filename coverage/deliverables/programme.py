"""The proposal to the ministry's weak-signal programme: measured weak places, one row a TPS.

The programme decides on measured proposals: two regencies were dropped in 2024 for want of
measurements (DOMAIN 12). So only TPS in whose H3 cell somebody has read a weak level stand here;
places that the model alone calls weak are counted, not proposed. Which fields the ministry's own
form has is not known: the columns carry what DOMAIN 13 names.
"""

from typing import Final

import numpy as np
import pandas as pd

from coverage.deliverables.measured import measured_evidence
from coverage.deliverables.ranking_view import in_rank_order

BLANK: Final = "blank"
WEAK: Final = "weak"
_HOLD: Final = "EXCLUDED_ADAT"
_WEAK_EVIDENCE: Final = ("indicated_weak", "confirmed_weak")

PROGRAMME_COLUMNS: Final = (
    "village_code", "village", "district", "regency", "tps_code", "latitude_deg", "longitude_deg",
    "signal_state", "signal_p50_dbm", "n_operators", "n_readings", "n_devices", "last_day",
    "evidence", "suppressed", "n_voters",
)  # fmt: skip


def programme_rows(
    site_ranking: pd.DataFrame, cells: pd.DataFrame, blank_dbm: float, min_devices: int
) -> pd.DataFrame:
    """TPS where every operator that was read was read as weak, worst level first.

    Parameters
    ----------
    site_ranking, cells
        Tables of those names.
    blank_dbm
        A place is blank where the best operator's median lies below it, or is no service. [dBm]
    min_devices
        Levels and counts from fewer devices are suppressed (DOMAIN 11). [count]

    Returns
    -------
    pandas.DataFrame
        :data:`PROGRAMME_COLUMNS`: ``signal_state`` is ``blank`` or ``weak``; level, evidence and
        day are of the operator read best there; ``n_operators`` is how many were read. [count]
    """
    ranked = in_rank_order(site_ranking)
    ranked = ranked[ranked["remedy"] != _HOLD]
    measured = _best_of_cell(cells)
    rows = ranked.drop(columns=["evidence"]).merge(
        measured, on="h3_cell", how="inner", validate="m:1"
    )
    rows = rows[rows["is_weak"]].reset_index(drop=True)
    level = rows["signal_p50_dbm"].astype("float64")
    few = rows["n_devices"] < min_devices
    is_blank = level.isna() | (level < blank_dbm)
    state = pd.Series(np.where(is_blank, BLANK, WEAK), index=rows.index, dtype="object")
    rows = rows.assign(
        village_code=rows["tps_code"].str.slice(0, 10),
        signal_state=state,
        suppressed=few,
        last_day=rows["last_time"].dt.strftime("%Y-%m-%d"),
        order=level.fillna(-np.inf),
    )
    for name in ("signal_p50_dbm", "n_readings", "n_devices", "last_day", "evidence"):
        rows[name] = rows[name].mask(few)
    rows = rows.sort_values(["order", "tps_code"], kind="stable", ignore_index=True)
    return rows[list(PROGRAMME_COLUMNS)]


def n_not_measured(site_ranking: pd.DataFrame) -> int:
    """Number of TPS [count] that the model alone calls weak: measured first, proposed then."""
    is_free = site_ranking["remedy"] != _HOLD
    return int((is_free & (site_ranking["evidence"] == "modelled_weak")).sum())


def _best_of_cell(cells: pd.DataFrame) -> pd.DataFrame:
    """Per H3 cell the operator read best there, and whether all that were read are weak."""
    measured = measured_evidence(cells)
    level = measured["signal_p50_dbm"].astype("float64").fillna(-np.inf)
    measured = measured.assign(
        level=level, is_weak_one=measured["evidence"].isin(list(_WEAK_EVIDENCE))
    )
    grouped = measured.groupby("h3_cell", sort=True)
    of_cell = pd.DataFrame(
        {"is_weak": grouped["is_weak_one"].all(), "n_operators": grouped.size()}
    ).reset_index()
    best = measured.sort_values(
        ["h3_cell", "level", "n_readings", "operator"],
        ascending=[True, False, False, True],
        kind="stable",
    ).drop_duplicates("h3_cell")
    kept = [
        "h3_cell", "evidence", "n_readings", "n_devices", "signal_p50_dbm", "last_time"
    ]  # fmt: skip
    return best[kept].merge(of_cell, on="h3_cell", validate="1:1")
