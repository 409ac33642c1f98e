"""What there is of each remedy, and when it must be ordered: stock, cost, reach, lead times."""

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


KIT_OF_WORD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "operator_booster": "OPERATOR_BOOSTER",
        "booster": "OPERATOR_BOOSTER",
        "penguat_sinyal": "OPERATOR_BOOSTER",
        "penguat": "OPERATOR_BOOSTER",
        "repeater": "OPERATOR_BOOSTER",
        "mobile_bts": "MOBILE_BTS",
        "bts_bergerak": "MOBILE_BTS",
        "bts_mobile": "MOBILE_BTS",
        "combat": "MOBILE_BTS",
        "vsat_leo": "VSAT_LEO",
        "vsat": "VSAT_LEO",
        "satelit": "VSAT_LEO",
        "starlink": "VSAT_LEO",
        "sim_switch": "SIM_SWITCH",
        "kartu_sim": "SIM_SWITCH",
    }
)
"""Kit of the words that registers use."""


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
    election_date
        Polling day, from which the last day to order follows. None = no such day is given.
    """

    lead_time_days: Mapping[str, int | None] = field(default_factory=lambda: DEFAULT_LEAD_TIME_DAYS)
    days_left: int | None = None
    election_date: date | None = None

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


@dataclass(frozen=True, kw_only=True)
class Kit:
    """One kind of equipment.

    Attributes
    ----------
    stock
        How many there are. [count]
    cost
        Of using one, in the unit of the budget.
    p_works
        Chance that one, fitted, carries the upload. [0-1]
    lead_time_days
        Days from order to working on site. [days]
    reach_m
        How far one serves other TPS; 0 = its own only. [m]
    max_sites
        TPS one can serve. [count]
    stock_by_operator
        How many of them go through one operator at most; operators not named have no limit of
        their own. [count]
    """

    stock: int
    cost: float
    p_works: float
    lead_time_days: int
    reach_m: float = 0.0
    max_sites: int = 1
    stock_by_operator: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, low, high in (
            ("stock", 0, 100_000), ("cost", 0, 1e15), ("p_works", 0, 1),
            ("lead_time_days", 0, 3650), ("reach_m", 0, 50_000), ("max_sites", 1, 1000),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Invalid {name} {value}. Must be in [{low}, {high}].")
        if any(number < 0 for number in self.stock_by_operator.values()):
            raise InputError(
                f"Invalid stock_by_operator {dict(self.stock_by_operator)}. Must be >= 0."
            )


DEFAULT_EQUIPMENT: Final[Mapping[str, Kit]] = MappingProxyType(
    {
        "SIM_SWITCH": Kit(stock=500, cost=0.1, p_works=0.5, lead_time_days=14),
        "OPERATOR_BOOSTER": Kit(stock=63, cost=1.0, p_works=0.8, lead_time_days=60),
        "MOBILE_BTS": Kit(
            stock=5, cost=20.0, p_works=0.9, lead_time_days=60, reach_m=3000.0, max_sites=20
        ),
        "VSAT_LEO": Kit(stock=10, cost=5.0, p_works=0.9, lead_time_days=60),
    }
)
"""Stock of boosters: the 63 points of Kab. Serang on 7 Feb 2024 (DOMAIN 3.3); a mobile station
reaches 3-4 km by a minister's rule of thumb (DOMAIN 12). All else is the project's choice without a
source: cost in boosters, since no price is known; one SIM kit = the cards of both officers of a
TPS, its chance that they lack that operator's card and that it works."""


def latest_order_dates(ranking: pd.DataFrame, election_date: date | None) -> "pd.Series[Any]":
    """Last day on which each site's remedy can be ordered; None where it needs no lead time.

    Parameters
    ----------
    ranking
        ``lead_time_days``. [days]
    election_date
        Polling day; None = no day is given for any.

    Examples
    --------
    >>> ranking = pd.DataFrame({"lead_time_days": pd.array([60, None], dtype="Int32")})
    >>> latest_order_dates(ranking, date(2024, 2, 14)).tolist()
    [datetime.date(2023, 12, 16), None]
    """
    leads = ranking["lead_time_days"].tolist()
    days = [
        None if election_date is None or pd.isna(d) else election_date - timedelta(days=int(d))
        for d in leads
    ]
    return pd.Series(days, index=ranking.index, dtype=object, name="latest_order_date")
