"""Rounds that bring kit and paper to TPS that no road reaches: islands, and paths on foot.

The provincial government wants logistics to islands and hard-to-reach points coordinated, above all
with TNI and Polri (DOMAIN 3.4): support is asked for by this list.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.sites.layers import Layers, names_at, plane_of
from coverage.sites.routes import legs_m, short_route
from coverage.tables import TABLES, empty, to_pandas

_BOAT, _FOOT = "boat", "foot"
_HOLD: Final = "EXCLUDED_ADAT"


@dataclass(frozen=True, kw_only=True)
class RoundParams:
    """How rounds are made.

    Attributes
    ----------
    boat_lead_days, foot_lead_days
        Days before the poll on which a round sets out at the latest: the project's choice, no
        source. [days]
    max_stops
        TPS one crew serves in a round: the project's choice, no source. [count]
    """

    boat_lead_days: int = 3
    foot_lead_days: int = 2
    max_stops: int = 8

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name in ("boat_lead_days", "foot_lead_days"):
            if not 0 <= getattr(self, name) <= 60:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be in [0, 60].")
        if not 1 <= self.max_stops <= 500:
            raise InputError(f"Invalid max_stops {self.max_stops}. Must be in [1, 500].")

    def lead_days(self, access: str) -> int:
        """Days before the poll on which a round sets out at the latest."""
        return self.boat_lead_days if access == _BOAT else self.foot_lead_days


def way_days(
    is_island: npt.NDArray[np.bool_], is_foot_area: npt.NDArray[np.bool_], params: RoundParams
) -> npt.NDArray[np.int64]:
    """Days that the way to each site takes of those before the poll; 0 = by road [days].

    Parameters
    ----------
    is_island, is_foot_area
        On an island, which is reached by boat; in an area reached on foot only.
    params
        Days by boat and on foot.

    Examples
    --------
    >>> way_days(np.array([True, False, False]), np.array([True, True, False]), RoundParams())
    array([3, 2, 0])
    """
    on_foot = np.where(is_foot_area, params.lead_days(_FOOT), 0)
    return np.where(is_island, params.lead_days(_BOAT), on_foot).astype(np.int64)


def delivery_rounds(
    ranking: pd.DataFrame,
    allocation: pd.DataFrame,
    layers: Layers,
    election_date: date,
    params: RoundParams,
) -> pd.DataFrame:
    """Rounds over the TPS that are reached by boat or on foot only.

    Every such TPS is in a round, whatever its remedy: paper goes everywhere, holds included; kit
    never goes to a hold. Each island, and each area reached on foot, has its own rounds, along a
    short route cut into equal parts.

    Parameters
    ----------
    ranking, allocation
        ``site_ranking`` and ``allocation``.
    layers
        Areas reached on foot only, where given; islands are in the ranking.
    election_date
        Polling day.
    params
        Lead times and size.

    Returns
    -------
    pandas.DataFrame
        ``delivery_rounds``.
    """
    sites = ranking.sort_values("tps_code", kind="stable", ignore_index=True)
    on_foot = pd.Series(names_at(sites, layers.foot_areas, "name"), dtype="string")
    island = sites["island"].astype("string").reset_index(drop=True)
    sites = sites.assign(
        access=np.where(island.notna(), _BOAT, _FOOT), area=island.fillna(on_foot)
    ).dropna(subset=["area"])
    if sites.empty:
        return to_pandas(empty("delivery_rounds"))
    kits = allocation.set_index("tps_code")["kit"].reindex(sites["tps_code"]).to_numpy()
    sites = sites.assign(kit=pd.array(kits, dtype="string"))
    sites["kit"] = sites["kit"].mask(sites["remedy"] == _HOLD)
    rounds: list[pd.DataFrame] = []
    for _, members in sites.groupby(["access", "area"], sort=True):
        rounds.extend(_rounds_of(members, params))
    found = pd.concat(
        [stops.assign(round=np.int32(number)) for number, stops in enumerate(rounds, start=1)],
        ignore_index=True,
    )
    lead = [params.lead_days(access) for access in found["access"]]
    found = found.assign(
        lead_time_days=pd.array(lead, dtype="Int32"),
        dispatch_by=pd.Series([election_date - timedelta(days=d) for d in lead], dtype=object),
    )
    return found[list(TABLES["delivery_rounds"].columns)]


def _rounds_of(members: pd.DataFrame, params: RoundParams) -> list[pd.DataFrame]:
    """Rounds of one area: parts of a short route, as equal in stops as can be."""
    origin = (float(members["latitude_deg"].mean()), float(members["longitude_deg"].mean()))
    plane = plane_of(members, origin)
    order = short_route(plane, None)
    n_rounds = -(-len(order) // params.max_stops)
    parts = []
    for part in np.array_split(order, n_rounds):
        legs = legs_m(plane, part, None)
        parts.append(
            members.iloc[part].assign(
                stop=np.arange(1, len(part) + 1, dtype=np.int32),
                leg_m=legs,
                route_m=np.cumsum(legs),
            )
        )
    return parts
