"""What remedies need in time: lead times, and the last day on which each can be ordered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from coverage.errors import InputError
from coverage.tables import REMEDIES

DEFAULT_LEAD_TIME_DAYS: Final[Mapping[str, int | None]] = MappingProxyType(
    {
        "EXCLUDED_ADAT": None,
        "OK": None,
        "SURVEY_FIRST": 60,
        "MOVE_OR_OFFLINE_WALK": None,
        "SIM_SWITCH": 14,
        "WIFI_FROM_PPS_OR_DESA": 14,
        "OPERATOR_BOOSTER": 60,
        "MOBILE_BTS": 60,
        "VSAT_LEO": 60,
        "OFFLINE_COURIER": 7,
    }
)
"""The list must stand 60 days ahead (DOMAIN 12, project); the shorter ones are the project's choice
without a source. None = no lead time."""


@dataclass(frozen=True, kw_only=True)
class KitParams:
    """Lead times.

    Attributes
    ----------
    lead_time_days
        Days from order to working on site, for every remedy; None = none needed. [days]
    days_left
        Days from the decision to polling day; a remedy that takes longer is not proposed. None =
        not checked. [days]
    """

    lead_time_days: Mapping[str, int | None] = field(default_factory=lambda: DEFAULT_LEAD_TIME_DAYS)
    days_left: int | None = None

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if set(self.lead_time_days) != set(REMEDIES):
            raise InputError(
                f"Invalid lead_time_days for {sorted(self.lead_time_days)}. Must name {REMEDIES}."
            )
        bad = {k: v for k, v in self.lead_time_days.items() if v is not None and v < 0}
        if bad:
            raise InputError(f"Invalid lead_time_days {bad}. Must be >= 0 or none.")
        if self.days_left is not None and self.days_left < 0:
            raise InputError(f"Invalid days_left {self.days_left}. Must be >= 0.")

    def is_in_time(self, remedy: str) -> bool:
        """Whether a remedy ordered today works on polling day."""
        lead = self.lead_time_days[remedy]
        return self.days_left is None or lead is None or lead <= self.days_left


def latest_order_dates(ranking: pd.DataFrame, election_date: date) -> "pd.Series[Any]":
    """Last day on which each site's remedy can be ordered; NaT where it needs no lead time.

    Parameters
    ----------
    ranking
        ``lead_time_days``. [days]
    election_date
        Polling day.

    Examples
    --------
    >>> ranking = pd.DataFrame({"lead_time_days": pd.array([60, None], dtype="Int32")})
    >>> latest_order_dates(ranking, date(2024, 2, 14)).tolist()
    [datetime.date(2023, 12, 16), None]
    """
    leads = ranking["lead_time_days"].tolist()
    days = [None if pd.isna(d) else election_date - timedelta(days=int(d)) for d in leads]
    return pd.Series(days, index=ranking.index, dtype=object, name="latest_order_date")
