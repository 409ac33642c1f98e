"""What the printed briefing says, as rows: figures, places, worst TPS, kit, dates, holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from coverage.deliverables.info import RunInfo
from coverage.deliverables.map_figure import DONE
from coverage.deliverables.ranking_view import in_rank_order
from coverage.deliverables.recap import LEVELS, NO_ACTION, recap
from coverage.errors import InputError
from coverage.tables import KITS, REMEDIES

REGENCY_DIGITS: Final = LEVELS["regency"]


@dataclass(frozen=True, kw_only=True)
class BriefingParams:
    """How much a briefing tells.

    Attributes
    ----------
    n_worst
        Worst TPS listed for a kabupaten. [count]
    n_worst_province
        The same on the page of the province. [count]
    """

    n_worst: int = 15
    n_worst_province: int = 5

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, value in (("n_worst", self.n_worst), ("n_worst_province", self.n_worst_province)):
            if not 1 <= value <= 100:
                raise InputError(f"Invalid {name} {value}. Must be in [1, 100].")


@dataclass(frozen=True, kw_only=True)
class Regency:
    """A kabupaten or kota of the ranking.

    Attributes
    ----------
    code
        First four digits of its TPS codes.
    name
        As the list writes it; the code where it does not.
    sites
        Its rows of ``site_ranking``, in order.
    """

    code: str
    name: str
    sites: pd.DataFrame


def regencies(site_ranking: pd.DataFrame) -> list[Regency]:
    """The ranking parted by the code of the kabupaten, never by its name.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``.
    """
    ordered = in_rank_order(site_ranking)
    codes = ordered["tps_code"].str.slice(0, REGENCY_DIGITS)
    parts = []
    for code, sites in ordered.groupby(codes, sort=True):
        known = sites["regency"].dropna()
        name = str(known.iloc[0]) if len(known) else str(code)
        parts.append(Regency(code=str(code), name=name, sites=sites.reset_index(drop=True)))
    return parts


def headline(sites: pd.DataFrame) -> dict[str, float]:
    """The figures on top: sites, voters, failures expected, not known, needing help, holds.

    Parameters
    ----------
    sites
        Rows of ``site_ranking``.

    Returns
    -------
    dict
        ``n_sites, n_voters`` (NA where none is listed), ``expected_failures, n_unknown, n_action,
        n_hold`` [count]; the failures are summed over the sites that could be judged, NA where none
        could: nothing known is not nought.
    """
    is_unknown = sites["evidence"] == "survey_first"
    judged = sites["p_upload_fail"].astype("float64").mask(is_unknown)
    return {
        "n_sites": len(sites),
        "n_voters": float(sites["n_voters"].astype("float64").sum(min_count=1)),
        "expected_failures": float(judged.sum(min_count=1)),
        "n_unknown": int(is_unknown.sum()),
        "n_action": int((~sites["remedy"].isin(NO_ACTION)).sum()),
        "n_hold": int((sites["remedy"] == "EXCLUDED_ADAT").sum()),
    }


def places(sites: pd.DataFrame, level: str) -> pd.DataFrame:
    """One row a kecamatan or kabupaten: the recap's figures, most failures expected first.

    Parameters
    ----------
    sites
        Rows of ``site_ranking``.
    level
        ``district`` or ``regency``.
    """
    return recap(sites, level)


def worst(sites: pd.DataFrame, n: int) -> pd.DataFrame:
    """The first ``n`` by rank at which something is to be done or found out.

    Parameters
    ----------
    sites
        Rows of ``site_ranking``.
    n
        How many. [count]
    """
    return in_rank_order(sites[~sites["remedy"].isin(DONE)]).head(n)


def remedies(sites: pd.DataFrame, allocation: pd.DataFrame | None) -> pd.DataFrame:
    """One row a remedy that occurs: how many TPS, voters, how many are served, until when to order.

    Parameters
    ----------
    sites
        Rows of ``site_ranking``.
    allocation
        Table ``allocation``; None = not planned.

    Returns
    -------
    pandas.DataFrame
        ``remedy, n_sites, n_voters`` (NA where none is given), ``n_served`` and ``n_devices``
        (NA where the remedy is no kit or nothing is planned) [count], ``lead_time_days`` [days],
        ``latest_order_date`` (the earliest of its sites; NA where nothing is ordered).
    """
    served = _served(sites, allocation)
    rows = []
    for code in REMEDIES:
        own = sites[sites["remedy"] == code]
        kit = served.get(code) if code in KITS else None
        if own.empty and not (kit and kit[0]):
            continue
        is_order = code not in NO_ACTION
        dates = own["latest_order_date"].dropna() if is_order else own["latest_order_date"].head(0)
        days = own["lead_time_days"].max() if is_order else pd.NA
        rows.append(
            {
                "remedy": code,
                "n_sites": len(own),
                "n_voters": own["n_voters"].sum(min_count=1),
                "n_served": kit[0] if kit else pd.NA,
                "n_devices": kit[1] if kit else pd.NA,
                "lead_time_days": days,
                "latest_order_date": min(dates) if len(dates) else pd.NaT,
            }
        )
    return pd.DataFrame(rows)


def holds(sites: pd.DataFrame) -> pd.DataFrame:
    """Villages with TPS in areas that refuse signal: ``village, district, n_sites``.

    Parameters
    ----------
    sites
        Rows of ``site_ranking``.
    """
    own = sites[sites["remedy"] == "EXCLUDED_ADAT"]
    codes = own["tps_code"].str.slice(0, LEVELS["village"])
    grouped = own.groupby(codes, sort=True)
    return pd.DataFrame(
        {
            "village": grouped["village"].first(),
            "district": grouped["district"].first(),
            "n_sites": grouped.size(),
        }
    ).reset_index(drop=True)


def is_late(order_by: Any, info: RunInfo) -> bool:
    """Whether a date lies before the data's own.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> info = RunInfo(survey="x", created_at=datetime(2024, 1, 20, tzinfo=UTC))
    >>> is_late(date(2024, 1, 19), info), is_late(date(2024, 1, 20), info), is_late(pd.NaT, info)
    (True, False, False)
    """
    return isinstance(order_by, date) and not pd.isna(order_by) and (
        order_by < info.created_utc.date()
    )  # fmt: skip


def _served(sites: pd.DataFrame, allocation: pd.DataFrame | None) -> Mapping[str, tuple[int, int]]:
    """Per kit the TPS that are given it and the devices these are."""
    if allocation is None:
        return {}
    own = allocation[allocation["tps_code"].isin(sites["tps_code"]) & allocation["kit"].notna()]
    return {
        code: (int((own["kit"] == code).sum()),
               int(own.loc[own["kit"] == code, "host_tps_code"].nunique()))
        for code in KITS
    }  # fmt: skip
