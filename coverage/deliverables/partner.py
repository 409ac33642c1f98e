"""What one operator is shown: its own network in full, nothing of another's.

What is known of others leaks through joint figures: that nothing needs doing where this operator
is weak says that another is good. So a partner's list is ranked by its own signal alone, carries
its own evidence, and names a remedy only where this operator is the one asked. Policy holds stand
in every list, last, and are never a target.

A figure that rests on too few devices says something about a person (DOMAIN 11): the row stays,
marked ``suppressed``, its measured fields empty.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from coverage.deliverables.abstention import without_abstentions
from coverage.deliverables.measured import measured_evidence
from coverage.deliverables.ranking_view import in_rank_order, map_links
from coverage.deliverables.run_tables import RunTables
from coverage.errors import InputError
from coverage.tables import COLUMNS

HOLD: Final = "EXCLUDED_ADAT"
SITE_COLUMNS: Final = (
    "rank", "tps_code", "tps_name", "village", "district", "regency", "latitude_deg",
    "longitude_deg", "h3_cell", "n_voters", "rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm",
    "p_weak", "p_upload_fail", "is_applicable", "evidence", "suppressed", "rat", "n_readings",
    "n_devices", "signal_p10_dbm", "signal_p50_dbm", "no_service_share", "last_day",
    "strongest_cell_identity", "remedy", "donor_cell_identity", "donor_bearing_deg",
    "nearest_usable_m", "nearest_usable_bearing_deg", "lead_time_days", "latest_order_date",
    "other_serves", "hazard", "island", "reasons", "map_link",
)  # fmt: skip

_SITE: Final = (
    "tps_code", "tps_name", "village", "district", "regency", "latitude_deg", "longitude_deg",
    "h3_cell", "n_voters", "hazard", "island",
)  # fmt: skip
_OWN: Final = (
    "rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak", "p_upload_fail", "is_applicable",
)  # fmt: skip
_MEASURED: Final = (
    "rat", "n_readings", "n_devices", "signal_p10_dbm", "signal_p50_dbm", "no_service_share",
    "last_day", "strongest_cell_identity",
)  # fmt: skip
_ASKED: Final = (
    "donor_cell_identity", "donor_bearing_deg", "lead_time_days", "latest_order_date",
)  # fmt: skip
_NEAREST: Final = ("nearest_usable_m", "nearest_usable_bearing_deg")
_WALK: Final = "MOVE_OR_OFFLINE_WALK"
_CELL_KEY: Final = ("h3_cell", "operator", "rat")


@dataclass(frozen=True, kw_only=True)
class PartnerParams:
    """What may leave the building.

    Attributes
    ----------
    min_devices
        Figures from fewer devices are suppressed (DOMAIN 11: 3, the project's choice). [count]
    modelled_weak_p
        Without a reading a site is ``modelled_weak`` from this chance of weak on (DOMAIN 9). [0-1]
    other_serves_p
        Another operator serves a site where its upload works with this chance at least
        (``surroundings.usable_p``). [0-1]
    shared_reasons
        Reason codes that say nothing of other operators; the others are left out.
    """

    min_devices: int = 3
    modelled_weak_p: float = 0.5
    other_serves_p: float = 0.8
    shared_reasons: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.min_devices < 1:
            raise InputError(f"Invalid min_devices {self.min_devices}. Must be >= 1.")
        if not 0 < self.modelled_weak_p <= 1:
            raise InputError(f"Invalid modelled_weak_p {self.modelled_weak_p}. Must be in (0, 1].")
        if not 0 < self.other_serves_p <= 1:
            raise InputError(f"Invalid other_serves_p {self.other_serves_p}. Must be in (0, 1].")


def partner_sites(
    tables: RunTables, operator: str, params: PartnerParams | None = None
) -> pd.DataFrame:
    """Sites ranked for one operator by the voters whose upload its own network would fail.

    Parameters
    ----------
    tables
        The run's tables.
    operator
        The operator.
    params
        What may be shown.

    Returns
    -------
    pandas.DataFrame
        :data:`SITE_COLUMNS`, one row a TPS; ``rank`` from 1 in this list; voters not known count
        as the median. Sites the model cannot judge come after the others, holds last.

    Raises
    ------
    InputError
        Where the operator has no row in ``site_signal``.
    """
    rules = params or PartnerParams()
    ranking = in_rank_order(tables.site_ranking)
    own = tables.site_signal[tables.site_signal["operator"] == operator]
    if own.empty:
        raise InputError(f"Invalid operator {operator!r}. Must be one of {tables.operators}.")
    sites = ranking[list(_SITE)].merge(
        without_abstentions(own)[["tps_code", *_OWN]], on="tps_code", how="left", validate="1:1"
    )
    sites = _with_measurement(sites, tables.cells[tables.cells["operator"] == operator], rules)
    sites = _with_request(sites, ranking, operator, rules)
    sites = sites.assign(
        other_serves=sites["tps_code"].map(_served_by_others(tables.site_signal, operator, rules)),
        map_link=map_links(sites),
    )
    is_hold = (ranking["remedy"] == HOLD).to_numpy()
    return _whole(_ranked(sites, is_hold)[list(SITE_COLUMNS)])


def partner_cells(
    tables: RunTables, operator: str, params: PartnerParams | None = None
) -> pd.DataFrame:
    """What was measured of one operator per H3 cell and RAT, too few devices suppressed.

    Parameters
    ----------
    tables, operator, params
        As in :func:`partner_sites`.

    Returns
    -------
    pandas.DataFrame
        Columns of ``cells`` and ``suppressed``, sorted by cell and RAT; times as days.
    """
    rules = params or PartnerParams()
    own = tables.cells[tables.cells["operator"] == operator]
    own = own.sort_values(["h3_cell", "rat"], kind="stable", ignore_index=True)
    own = own.assign(
        first_day=own["first_time"].dt.date,
        last_day=own["last_time"].dt.date,
    ).drop(columns=["first_time", "last_time"])
    fields = [column for column in own.columns if column not in _CELL_KEY]
    few = own["n_devices"] < rules.min_devices
    kept = own.assign(suppressed=few, **{name: own[name].mask(few) for name in fields})
    return _whole(kept)


def _with_measurement(
    sites: pd.DataFrame, cells: pd.DataFrame, rules: PartnerParams
) -> pd.DataFrame:
    """Add what was measured in each site's H3 cell, and the evidence for this operator."""
    measured = measured_evidence(cells)
    measured = measured.assign(last_day=measured["last_time"].dt.date)
    joined = sites.merge(
        measured[["h3_cell", "evidence", *_MEASURED]], on="h3_cell", how="left", validate="m:1"
    )
    was_measured = joined["evidence"].notna()
    few = was_measured & (joined["n_devices"] < rules.min_devices)
    modelled = np.select(
        [
            joined["is_applicable"].ne(True).fillna(value=True),
            joined["p_weak"] >= rules.modelled_weak_p,
        ],
        ["survey_first", "modelled_weak"],
        "ok",
    )
    evidence = joined["evidence"].where(was_measured, pd.Series(modelled, index=joined.index))
    return joined.assign(
        suppressed=few,
        evidence=evidence.mask(few),
        **{name: joined[name].mask(few) for name in _MEASURED},
    )


def _with_request(
    sites: pd.DataFrame, ranking: pd.DataFrame, operator: str, rules: PartnerParams
) -> pd.DataFrame:
    """Add the remedy where this operator is the one asked; holds always.

    The nearest place where it works is told for a walk to this operator's signal alone: elsewhere
    it may be another's.
    """
    is_asked = (ranking["remedy_operator"] == operator).fillna(value=False).astype(bool)
    is_told = is_asked | (ranking["remedy"] == HOLD)
    reasons = [
        "|".join(code for code in codes.split("|") if code in rules.shared_reasons)
        for codes in ranking["reasons"]
    ]
    told = pd.Series(reasons, index=ranking.index)
    is_walk = is_asked & (ranking["remedy"] == _WALK)
    return sites.assign(
        remedy=ranking["remedy"].where(is_told),
        reasons=told.where(is_asked & (told != "")),
        **{name: ranking[name].where(is_asked) for name in _ASKED},
        **{name: ranking[name].where(is_walk) for name in _NEAREST},
    )


def _served_by_others(
    site_signal: pd.DataFrame, operator: str, rules: PartnerParams
) -> "pd.Series[bool]":
    """Whether any other operator serves a TPS, by its code; all that is told of others.

    A TPS where no other operator could be judged is not in it.
    """
    others = site_signal[(site_signal["operator"] != operator) & site_signal["is_applicable"]]
    works = others["p_upload_fail"] <= 1 - rules.other_serves_p
    return works.groupby(others["tps_code"], sort=True).any()


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Counts and identities as whole numbers again, which NA had made fractions."""
    whole = [
        name
        for name in table.columns
        if name in COLUMNS and name != "h3_cell" and pa.types.is_integer(COLUMNS[name].dtype)
    ]
    return table.astype(dict.fromkeys(whole, "Int64"))


def _ranked(
    sites: pd.DataFrame, is_hold: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> pd.DataFrame:
    """Sorted by expected failing voters: judged sites, then those not judged, then holds."""
    voters = sites["n_voters"].astype("Float64")
    median = voters.median()
    voters = voters.fillna(1.0 if pd.isna(median) else float(median))
    is_judged = sites["is_applicable"].eq(True).fillna(value=False)
    order = sites.assign(
        hold=is_hold,
        unjudged=~is_judged.astype(bool),
        failing=-(sites["p_upload_fail"].astype("float64") * voters.astype("float64")),
    ).sort_values(["hold", "unjudged", "failing", "tps_code"], kind="stable")
    ranked = order.drop(columns=["hold", "unjudged", "failing"]).reset_index(drop=True)
    return ranked.assign(rank=np.arange(1, len(ranked) + 1))
