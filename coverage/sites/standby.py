"""Kits that a visit decides: held for TPS that a survey must confirm, and who is next in line.

Nothing here is a decision. Kits that the decided sites leave over are held where most is expected
to be freed by what the model says far from any reading; a survey confirms first. And as a booster
is fitted only where its donor is measured at the mast (DOMAIN 12), each one that finds no donor, or
that the upload works, goes to the next in line. To measure two or three places a booster, those of
the allocation and then the line, and to fit where it fails most with a donor is worth more than as
many days of survey (``benchmarks/README.md``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from coverage.sites.allocation import Allocation, AllocationParams, allocate, lead_days
from coverage.sites.facts import Booleans
from coverage.sites.kits import Kit, latest_order_dates
from coverage.sites.programme import may_be_hold, stakes_of
from coverage.tables import KITS, TABLES, empty, to_pandas

HELD, NEXT = "survey_confirms", "next_in_line"

_BOOSTER, _SURVEY = "OPERATOR_BOOSTER", "SURVEY_FIRST"
_AT_THE_TPS: Final = (_BOOSTER, "MOBILE_BTS", "VSAT_LEO")  # cards are no matter of a survey
_IN_LINE: Final = (
    *_AT_THE_TPS, "SIM_SWITCH", "MOVE_OR_OFFLINE_WALK", "WIFI_FROM_PPS_OR_DESA", "OFFLINE_COURIER",
)  # fmt: skip
_LEAST_VOTERS: Final = 1.0  # expected to be freed; with fewer nobody waits for a kit
_MOST_CANDIDATES: Final = 5000  # with the most at stake; as many are solved within a minute
_WHY: Final = {
    (HELD, True): "R_SURVEY_CONFIRMS",
    (NEXT, True): "R_SURVEY_CONFIRMS|R_NEXT_IN_LINE",
    (NEXT, False): "R_NEXT_IN_LINE",
}


@dataclass(frozen=True, kw_only=True)
class Standby:
    """What waits for a visit.

    Attributes
    ----------
    table
        ``kit_standby``: first what is held, then the line, by voters expected to be freed.
    voters_expected
        Freed by the kits held, if things are as the model says. [voters]
    n_held
        Kits held, by code. [count]
    voters_by_holding_more
        What would be expected to be freed above that, were decided sites and those to be surveyed
        served from one stock, by expectation alone. [voters]
    """

    table: pd.DataFrame
    voters_expected: float
    n_held: Mapping[str, int] = field(default_factory=dict)
    voters_by_holding_more: float = 0.0


def standby(
    ranking: pd.DataFrame, allocation: Allocation, plan: pd.DataFrame, params: AllocationParams
) -> Standby:
    """Hold what is left for sites that a survey must confirm, and name who is next in line.

    Sites in a hold or perhaps in one, and sites without a place of their own, wait for no kit.

    Parameters
    ----------
    ranking
        ``site_ranking``.
    allocation
        What the decided sites are given.
    plan
        ``survey_plan``, for the day on which a site is visited.
    params
        Stock, cost, budget, as for the allocation.

    Returns
    -------
    Standby
        The table and what is expected of it.
    """
    waiting = _waiting(ranking)
    left = _left_over(allocation, params)
    held = allocate(waiting, left)
    joint = _allocate_together(ranking, waiting, allocation, params)
    rows = [_held_rows(held.table), *_lines(ranking, waiting, allocation, held, params)]
    table = _in_order(_with_notes(pd.concat(rows, ignore_index=True), ranking), plan, params)
    given = held.table.dropna(subset=["kit"]).drop_duplicates(["kit", "host_tps_code"])
    return Standby(
        table=table,
        voters_expected=held.voters_freed,
        n_held={code: n for code in KITS if (n := int((given["kit"] == code).sum()))},
        voters_by_holding_more=max(0.0, joint - allocation.voters_freed - held.voters_freed),
    )


def _waiting(ranking: pd.DataFrame) -> pd.DataFrame:
    """Sites to be surveyed first, as if equipment were their remedy, through the best operator."""
    own = ranking[(ranking["remedy"] == _SURVEY) & _may_wait(ranking)]
    most = own.sort_values(["priority", "rank"], ascending=[False, True]).head(_MOST_CANDIDATES)
    return most.assign(remedy=_BOOSTER, remedy_operator=most["best_operator"])


def _may_wait(sites: pd.DataFrame) -> Booleans:
    """Sites with a place of their own that lies in no hold for certain."""
    is_centroid = sites["reasons"].str.contains("R_CENTROID", regex=False).to_numpy(dtype=bool)
    may: Booleans = ~is_centroid & ~may_be_hold(sites)
    return may


def _left_over(allocation: Allocation, params: AllocationParams) -> AllocationParams:
    """What the decided sites leave of the equipment and the money."""
    given = allocation.table.dropna(subset=["kit"])
    stands = given.drop_duplicates(["kit", "host_tps_code"])
    kits = {}
    for code, kit in _equipment(params).items():
        own = stands[stands["kit"] == code]
        through = own["remedy_operator"].value_counts().to_dict()
        by_operator = {
            name: max(0, number - through.get(name, 0))
            for name, number in kit.stock_by_operator.items()
        }
        kits[code] = replace(kit, stock=max(0, kit.stock - len(own)), stock_by_operator=by_operator)
    budget = None if params.budget is None else max(0.0, params.budget - allocation.cost)
    return replace(params, kits=kits, budget=budget)


def _equipment(params: AllocationParams) -> dict[str, Kit]:
    """Kits that stand at a TPS."""
    return {code: kit for code, kit in params.kits.items() if code in _AT_THE_TPS}


def _allocate_together(
    ranking: pd.DataFrame, waiting: pd.DataFrame, allocation: Allocation, params: AllocationParams
) -> float:
    """Voters freed were all served from one stock; nothing to solve where one side is empty."""
    if waiting.empty or allocation.table["kit"].isna().all():
        return 0.0
    decided = ranking[ranking["remedy"] != _SURVEY]
    return allocate(pd.concat([decided, waiting], ignore_index=True), params).voters_freed


def _held_rows(held: pd.DataFrame) -> pd.DataFrame:
    """Sites for which a kit is held."""
    return held.dropna(subset=["kit"]).assign(standby=HELD, reasons=_WHY[HELD, True])


def _lines(
    ranking: pd.DataFrame,
    waiting: pd.DataFrame,
    allocation: Allocation,
    held: Allocation,
    params: AllocationParams,
) -> list[pd.DataFrame]:
    """Sites that get a booster where one finds no donor: decided ones without, then others."""
    given = pd.concat([allocation.table, held.table])["kit"]
    if not (given == _BOOSTER).any():
        return []
    return [
        _line(sites, table, params, _WHY[NEXT, is_waiting])
        for sites, table, is_waiting in (
            (_stuck(ranking), allocation.table, False), (waiting, held.table, True),
        )
    ]  # fmt: skip


def _stuck(ranking: pd.DataFrame) -> pd.DataFrame:
    """Judged sites without signal for certain, through the operator to be asked.

    Where a walk helps too, less is at stake by as much (``priority``), and the site stands far
    down.

    Those for which a donor is less likely than not are among them: a visit measures it, and the
    chance of one is in what a booster is expected to free.
    """
    own = ranking[ranking["remedy"].isin(_IN_LINE) & _may_wait(ranking)]
    return own.assign(remedy_operator=own["remedy_operator"].fillna(own["best_operator"]))


def _line(
    sites: pd.DataFrame, table: pd.DataFrame, params: AllocationParams, why: str
) -> pd.DataFrame:
    """Sites without a kit, what a booster in time frees at each, where there may be power."""
    booster = params.kits[_BOOSTER]
    has_kit = sites["tps_code"].isin(table.loc[table["kit"].notna(), "tps_code"])
    is_powered = sites["has_power"].astype("boolean").fillna(True)
    own = sites[~has_kit & is_powered]
    freed = booster.p_works * stakes_of(own, _BOOSTER)
    line = own[["tps_code", "remedy_operator", "priority"]].assign(
        kit=_BOOSTER,
        host_tps_code=own["tps_code"],
        voters_freed=freed,
        lead_time_days=lead_days([booster] * len(own), own, params.rounds),
        standby=NEXT,
        reasons=why,
    )
    left = np.inf if params.days_left is None else params.days_left
    return line[(line["voters_freed"] >= _LEAST_VOTERS) & (line["lead_time_days"] <= left)]


def _with_notes(rows: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame:
    """What is to be heeded before a kit is fitted: the law, hazards, and who must give leave."""
    site = ranking.set_index("tps_code").loc[rows["tps_code"]]
    reasons = rows["reasons"].to_numpy(dtype=object)
    for code, is_so in (
        ("R_LEGAL_OPERATOR_ONLY", (rows["kit"] == _BOOSTER).to_numpy(dtype=bool)),
        ("R_HAZARD", site["hazard"].notna().to_numpy(dtype=bool)),
        ("R_SPECIAL", site["is_special"].fillna(False).to_numpy(dtype=bool)),
    ):
        reasons = np.where(is_so, reasons + f"|{code}", reasons)
    return rows.assign(reasons=reasons)


def _in_order(rows: pd.DataFrame, plan: pd.DataFrame, params: AllocationParams) -> pd.DataFrame:
    """What is held first, then the line; by voters freed, ties by code."""
    if rows.empty:
        return to_pandas(empty("kit_standby"))
    ordered = rows.assign(is_next=rows["standby"] == NEXT).sort_values(
        ["is_next", "voters_freed", "tps_code"], ascending=[True, False, True], ignore_index=True
    )
    days = plan.groupby("tps_code", sort=True)["survey_day"].min()
    found: dict[str, Any] = {
        "standby_order": np.arange(1, len(ordered) + 1, dtype=np.int32),
        "lead_time_days": ordered["lead_time_days"].astype("Int32"),
        "survey_day": ordered["tps_code"].map(days).astype("Int32"),
        "latest_order_date": latest_order_dates(ordered, params.election_date),
    }
    return ordered.assign(**found)[list(TABLES["kit_standby"].columns)]
