"""Which kit goes where when stock and money are short: an integer programme over the ranked list.

Each site whose remedy is equipment may get any kit whose conditions hold there, not only the one
its remedy names; a site that is thought to need cards alone may get one where that frees more, for
the case that no operator works; and a mobile station also serves sites within reach at which
nothing can be fitted or from which officers would walk. A site that has signal, or may be in a
hold, never gets one (DOMAIN 15, ask 9). What is maximised is the number of voters whose form is
expected to be freed; how near to the best that is, what the list from the top would have given, and
what one more of each kit would give are part of the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.sites.kits import Kit, latest_order_dates
from coverage.sites.programme import KITS_OF_REMEDY, options_of, programme_of
from coverage.sites.rounds import RoundParams, way_days
from coverage.tables import KITS, TABLES

Whole = npt.NDArray[np.int64]

_THROUGH_OPERATOR: Final = ("SIM_SWITCH", "OPERATOR_BOOSTER", "MOBILE_BTS")


@dataclass(frozen=True, kw_only=True)
class AllocationParams:
    """What there is to give.

    Attributes
    ----------
    kits
        Equipment by code, some of :data:`coverage.tables.KITS`.
    budget
        What all kits may cost together, None = no limit.
    days_left
        Kits with a longer lead time, the way to the site included, are not given. None = not
        checked. [days]
    election_date
        Polling day, from which the last day to order follows. None = no such day is given.
    rounds
        Days that the way to islands and on foot adds to a kit's lead time.
    max_seconds
        After this time the best solution found is returned with its gap; where there is none yet,
        sites are served one by one, by what a kit frees. [s]
    max_gap
        The search ends where no other allocation can be better by more than this, relative. [0-1]
    """

    kits: Mapping[str, Kit]
    budget: float | None = None
    days_left: int | None = None
    election_date: date | None = None
    rounds: RoundParams = field(default_factory=RoundParams)
    max_seconds: float = 60.0
    max_gap: float = 0.001

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        unknown = sorted(set(self.kits) - set(KITS))
        if unknown:
            raise InputError(f"Invalid kits {unknown}. Must be some of {KITS}.")
        if self.budget is not None and self.budget < 0:
            raise InputError(f"Invalid budget {self.budget}. Must be >= 0.")
        if self.max_seconds <= 0:
            raise InputError(f"Invalid max_seconds {self.max_seconds}. Must be > 0.")
        if not 0 <= self.max_gap < 1:
            raise InputError(f"Invalid max_gap {self.max_gap}. Must be in [0, 1).")

    @property
    def timely(self) -> dict[str, Kit]:
        """Kits that arrive in time and of which there is one."""
        left = np.inf if self.days_left is None else self.days_left
        return {
            code: self.kits[code]
            for code in KITS
            if code in self.kits
            and self.kits[code].stock
            and self.kits[code].lead_time_days <= left
        }


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """The answer.

    Attributes
    ----------
    table
        ``allocation``, one row for every site whose remedy is equipment, by priority, and for
        those beside which a station stands; ``kit`` NA = none left for it: store offline, send at
        the kecamatan.
    voters_freed
        Expected, over all sites. [voters]
    cost
        Of all kits used.
    gap
        How much better any other allocation could be, relative; 0 = proved the best. [0-1]
    voters_freed_by_list
        What the same kits free when they are handed out from the top of the list. [voters]
    shadow_voters
        What one more of each kit would free. [voters]
    """

    table: pd.DataFrame
    voters_freed: float
    cost: float
    gap: float
    voters_freed_by_list: float
    shadow_voters: Mapping[str, float] = field(default_factory=dict)


def allocate(ranking: pd.DataFrame, params: AllocationParams) -> Allocation:
    """Give kits to sites so that the most voters are freed.

    Parameters
    ----------
    ranking
        ``site_ranking``. Its priority is what one working kit frees at a site. [voters]
    params
        Stock, cost, budget.

    Returns
    -------
    Allocation
        The table and how good it is.
    """
    wanted = _wanted(ranking)
    kits = params.timely
    options = _in_time(options_of(wanted, kits), wanted, params)
    if options.empty:
        return _answer(wanted, options, params, gap=0.0, by_list=0.0)
    programme = programme_of(wanted, options, kits, params.budget)
    chosen, gap = programme.solve(params.max_seconds, params.max_gap)
    by_list = by_the_list(options, kits, params.budget)
    return _answer(
        wanted,
        options[chosen],
        params,
        gap=gap,
        by_list=float(options["gain"][by_list].sum()),
        shadow=programme.shadow_values(),
    )


def lead_days(kits: Sequence[Kit], sites: pd.DataFrame, rounds: RoundParams) -> Whole:
    """Days from order to working of a kit at each site, the way there included [days].

    Parameters
    ----------
    kits
        The kit of each site.
    sites
        ``island, foot_area``.
    rounds
        Days by boat and on foot.
    """
    way = way_days(
        sites["island"].notna().to_numpy(dtype=bool),
        sites["foot_area"].notna().to_numpy(dtype=bool),
        rounds,
    )
    return np.array([kit.lead_time_days for kit in kits], dtype=np.int64) + way


def by_the_list(
    options: pd.DataFrame, kits: Mapping[str, Kit], budget: float | None
) -> npt.NDArray[np.bool_]:
    """Options taken when kits are handed out from the top of the list, the cheapest that helps.

    What is done without a programme: each site in turn takes a kit that already stands within
    reach and has room, else the cheapest that is left. Limits by operator are not kept, which only
    flatters the list.

    Parameters
    ----------
    options
        As from :func:`coverage.sites.programme.options_of`; sites in order of priority.
    kits
        Kits by code.
    budget
        What all may cost together, None = no limit.
    """
    taken = np.zeros(len(options), dtype=bool)
    left = {code: kit.stock for code, kit in kits.items()}
    money = np.inf if budget is None else budget
    served: dict[tuple[int, str], int] = {}
    by_site = options.assign(row=np.arange(len(options)))
    for site, rows in by_site.groupby("site", sort=True):
        ways = list(zip(rows["row"], rows["host"], rows["kit"], strict=True))
        standing = [way for way in ways if 0 < served.get(way[1:], 0) < kits[way[2]].max_sites]
        fresh = [
            way for way in ways
            if way[1] == site and way[1:] not in served and left[way[2]]
            and kits[way[2]].cost <= money
        ]  # fmt: skip
        if not standing and not fresh:
            continue
        row, host, code = standing[0] if standing else min(fresh, key=lambda w: kits[w[2]].cost)
        if not standing:
            left[code] -= 1
            money -= kits[code].cost
        served[host, code] = served.get((host, code), 0) + 1
        taken[row] = True
    return taken


def kits_by_district(allocation: Allocation, ranking: pd.DataFrame) -> pd.DataFrame:
    """How many kits of each kind every kecamatan needs.

    A kit that serves several TPS counts once, where it stands.

    Parameters
    ----------
    allocation
        As from :func:`allocate`.
    ranking
        ``tps_code, district, regency``.

    Returns
    -------
    pandas.DataFrame
        ``regency, district, kit, n_kits, n_sites``, sorted. [count]
    """
    given = allocation.table.dropna(subset=["kit"])
    places = ranking[["tps_code", "district", "regency"]].fillna("")
    placed = given.merge(
        places, left_on="host_tps_code", right_on="tps_code", validate="m:1", suffixes=("", "_host")
    )
    grouped = placed.groupby(["regency", "district", "kit"], sort=True)
    counts = grouped.agg(n_kits=("host_tps_code", "nunique"), n_sites=("tps_code", "size"))
    return counts.reset_index()


def _wanted(ranking: pd.DataFrame) -> pd.DataFrame:
    """Sites that may be given a kit, by rank."""
    wanted = ranking[ranking["remedy"].isin(KITS_OF_REMEDY)]
    return wanted.sort_values("rank", kind="stable").reset_index(drop=True)


def _in_time(options: pd.DataFrame, wanted: pd.DataFrame, params: AllocationParams) -> pd.DataFrame:
    """Options whose kit is at its place in time."""
    if params.days_left is None:
        return options
    hosts = wanted.iloc[options["host"].to_numpy(np.intp)]
    lead = lead_days([params.kits[code] for code in options["kit"]], hosts, params.rounds)
    return options[lead <= params.days_left].reset_index(drop=True)


def _answer(
    wanted: pd.DataFrame,
    taken: pd.DataFrame,
    params: AllocationParams,
    *,
    gap: float,
    by_list: float,
    shadow: Mapping[str, float] | None = None,
) -> Allocation:
    """The table of every site that wants a kit, helped or not, and of others that are helped."""
    site = taken["site"].to_numpy(np.intp)
    host = taken["host"].to_numpy(np.intp)
    codes = wanted["tps_code"].to_numpy()
    kits = [params.kits[code] for code in taken["kit"]]
    n_served = taken.groupby(["host", "kit"], sort=True)["site"].transform("size").to_numpy()
    through = wanted["remedy_operator"].astype("string").to_numpy()[host]
    has_operator = taken["kit"].isin(_THROUGH_OPERATOR).to_numpy(dtype=bool)
    given = pd.DataFrame(
        {
            "kit": taken["kit"].astype("string").to_numpy(),
            "remedy_operator": np.where(has_operator, through, None),
            "host_tps_code": codes[host],
            "voters_freed": taken["gain"].to_numpy(np.float64),
            "cost": np.array([kit.cost for kit in kits]) / n_served,
            "lead_time_days": pd.array(
                lead_days(kits, wanted.iloc[host], params.rounds), dtype="Int32"
            ),
        },
        index=site,
    ).reindex(np.arange(len(wanted)))
    table = given.assign(tps_code=codes, priority=wanted["priority"].to_numpy(np.float64))
    table[["voters_freed", "cost"]] = table[["voters_freed", "cost"]].fillna(0.0)
    table["latest_order_date"] = latest_order_dates(table, params.election_date)
    asks = wanted["remedy"].isin(set(params.kits) | set(KITS) - {"SIM_SWITCH"})
    table = table[table["kit"].notna() | asks.to_numpy(dtype=bool)].reset_index(drop=True)
    return Allocation(
        table=table[list(TABLES["allocation"].columns)],
        voters_freed=float(table["voters_freed"].sum()),
        cost=float(table["cost"].sum()),
        gap=gap,
        voters_freed_by_list=by_list,
        shadow_voters=shadow or {},
    )
