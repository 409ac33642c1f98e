"""One remedy a site: the first in the configured order whose conditions hold (DOMAIN 12)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.geodesy import Floats
from coverage.sites.donors import DonorParams
from coverage.sites.facts import Booleans, Facts
from coverage.sites.kits import KitParams
from coverage.sites.rounds import RoundParams, way_days
from coverage.sites.surroundings import in_cluster
from coverage.tables import KITS, REMEDIES

Columns = npt.NDArray[np.intp]
Fit = tuple[Booleans, Columns]  # sites that fit, and the operator's column at each

_FIRST, _LAST = REMEDIES[0], REMEDIES[-1]
NO_OPERATOR: Final = -1
BROUGHT: Final = KITS
"""Remedies that have to be brought to the TPS."""


@dataclass(frozen=True, kw_only=True)
class RemedyParams:
    """When each remedy is proposed.

    Attributes
    ----------
    order
        Remedies in the order tried; ``EXCLUDED_ADAT`` first and ``OFFLINE_COURIER`` last, always.
    officers_operator
        Operator whose SIM every officer has; None = not known: then two operators must be usable
        for OK, and exactly one calls for a SIM switch.
    move_m
        Farthest walk to a usable cell. [m]
    wifi_m
        Farthest Wi-Fi point: the project's choice, no source. [m]
    donor
        When a booster has something to repeat.
    cluster_size, cluster_radius_m
        TPS that one mobile base station must serve at least, and how far it reaches: a site serves
        3-4 km by a minister's rule of thumb (DOMAIN 12). [count, m]
    kits
        Lead times.
    rounds
        Days that the way to islands and on foot adds to those of what has to be brought.
    """

    order: tuple[str, ...] = REMEDIES
    officers_operator: str | None = None
    move_m: float = 500.0
    wifi_m: float = 1000.0
    donor: DonorParams = field(default_factory=DonorParams)
    cluster_size: int = 5
    cluster_radius_m: float = 3000.0
    kits: KitParams = field(default_factory=KitParams)
    rounds: RoundParams = field(default_factory=RoundParams)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if sorted(self.order) != sorted(REMEDIES):
            raise InputError(f"Invalid order {self.order}. Must hold each of {REMEDIES} once.")
        if self.order[0] != _FIRST or self.order[-1] != _LAST:
            raise InputError(
                f"Invalid order, {self.order[0]} first, {self.order[-1]} last. Must begin with "
                f"{_FIRST}, a hold comes before anything else, and end with {_LAST}."
            )
        for name in ("move_m", "wifi_m", "cluster_radius_m"):
            if not 0 < getattr(self, name) <= 50_000:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be in (0, 50000].")
        if self.cluster_size < 2:
            raise InputError(f"Invalid cluster_size {self.cluster_size}. Must be >= 2.")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The remedy of every site.

    Attributes
    ----------
    remedy
        Code.
    operator
        Column of the operator through which, -1 where the remedy needs none.
    is_late
        A remedy earlier in the order matched but cannot arrive in time.
    """

    remedy: npt.NDArray[np.object_]
    operator: Columns
    is_late: Booleans


def choose(facts: Facts, params: RemedyParams) -> Choice:
    """Try the remedies in order; the first whose conditions hold and that is in time wins.

    Raises
    ------
    InputError
        Where the officers' operator is none of those predicted.
    """
    n_sites = len(facts.is_hold)
    remedy = np.full(n_sites, None, dtype=object)
    operator = np.full(n_sites, NO_OPERATOR, dtype=np.intp)
    is_late = np.zeros(n_sites, dtype=bool)
    undecided = np.ones(n_sites, dtype=bool)
    for code in params.order:
        case = _Case(
            facts=facts, params=params, own=_officers_column(facts, params), undecided=undecided
        )
        fits, through = _CONDITIONS[code](case)
        fits = fits & undecided
        in_time = is_in_time(code, facts, params)
        is_late |= fits & ~in_time
        fits = fits & in_time
        remedy[fits] = code
        operator[fits] = through[fits]
        undecided = undecided & ~fits
    remedy[undecided] = _LAST  # valid even where too late for its preparation
    return Choice(remedy=remedy, operator=operator, is_late=is_late)


def lead_days(remedy: str, facts: Facts, params: RemedyParams) -> npt.NDArray[np.float64]:
    """Days from order to working at each site, the way there included; NaN = none [days]."""
    lead = params.kits.lead_time_days[remedy]
    if lead is None:
        return np.full(len(facts.is_hold), np.nan)
    way = way_days(facts.is_island, facts.is_on_foot, params.rounds) if remedy in BROUGHT else 0
    return np.full(len(facts.is_hold), float(lead)) + way


def is_in_time(remedy: str, facts: Facts, params: RemedyParams) -> Booleans:
    """Sites at which a remedy ordered on the day of the decision works on polling day."""
    left = params.kits.days_left
    if left is None:
        return np.ones(len(facts.is_hold), dtype=bool)
    return ~(lead_days(remedy, facts, params) > left)


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What a condition looks at: facts, settings, the officers' column, sites still undecided."""

    facts: Facts
    params: RemedyParams
    own: int | None
    undecided: Booleans

    @property
    def nobody(self) -> Columns:
        return np.full(len(self.undecided), NO_OPERATOR, dtype=np.intp)

    @property
    def has_donor(self) -> Booleans:
        return best_of(self.facts.mast_dbm) >= self.params.donor.min_donor_dbm

    @property
    def may_fit(self) -> Booleans:
        """Equipment is never proposed where a hold may apply."""
        return ~self.facts.is_hold_possible & ~self.facts.is_hold

    @property
    def may_be_powered(self) -> Booleans:
        """Equipment that runs at the TPS itself is not proposed where there is no power."""
        return self.may_fit & ~self.facts.lacks_power


def _excluded(case: _Case) -> Fit:
    return case.facts.is_hold, case.nobody


def _ok(case: _Case) -> Fit:
    usable, is_solved = case.facts.usable, case.facts.is_solved
    if case.own is None:
        return (usable.sum(axis=1) >= 2) | is_solved, case.nobody
    through = np.where(usable[:, case.own], case.own, NO_OPERATOR).astype(np.intp)
    return usable[:, case.own] | is_solved, through


def _survey(case: _Case) -> Fit:
    facts = case.facts
    return facts.is_unknown | ~facts.is_located | facts.is_hold_possible, case.nobody


def _walk(case: _Case) -> Fit:
    """Not usable here, but a usable cell within the walk; of a special location only beside it."""
    usable, is_special = case.facts.usable, case.facts.is_special
    distance = case.facts.nearest.distance_m
    distance = np.where(is_special[:, None] & (distance > 0), np.nan, distance)
    if case.own is not None:
        near = distance[:, case.own] <= case.params.move_m
        return near & ~usable[:, case.own], np.full_like(case.nobody, case.own)
    through = _argbest(-distance)
    near = chosen(distance, through) <= case.params.move_m
    return near & ~usable.any(axis=1), through


def _sim_switch(case: _Case) -> Fit:
    """One operator alone works; or, the officers' own being known, others do: then the best."""
    usable = case.facts.usable
    fits = usable.sum(axis=1) == 1
    if case.own is not None:
        fits = ~usable[:, case.own] & usable.any(axis=1)
    return fits, _argbest(np.where(usable, -case.facts.p_fail, np.nan))


def _wifi(case: _Case) -> Fit:
    """A Wi-Fi point within the walk; out of a special location nobody is sent to one."""
    is_near = case.facts.wifi_m <= case.params.wifi_m
    return is_near & ~(case.facts.is_special & (case.facts.wifi_m > 0)), case.nobody


def _booster(case: _Case) -> Fit:
    return case.has_donor & case.may_be_powered, _argbest(case.facts.mast_dbm)


def _mobile_bts(case: _Case) -> Fit:
    """Several such sites together, reached by road, one of them with power for the station."""
    members = case.undecided & case.may_fit & ~case.facts.is_island & ~case.facts.is_on_foot
    size, radius_m = case.params.cluster_size, case.params.cluster_radius_m
    cluster = in_cluster(
        case.facts.coordinates, members, size, radius_m, may_host=~case.facts.lacks_power
    )
    return cluster, _argbest(case.facts.mast_dbm)


def _satellite(case: _Case) -> Fit:
    """No donor, or none that can be used in time."""
    is_late = ~is_in_time("OPERATOR_BOOSTER", case.facts, case.params)
    return (~case.has_donor | is_late) & case.may_be_powered, case.nobody


def _courier(case: _Case) -> Fit:
    return np.ones(len(case.undecided), dtype=bool), case.nobody


_CONDITIONS: Final[dict[str, Callable[[_Case], Fit]]] = {
    "EXCLUDED_ADAT": _excluded,
    "OK": _ok,
    "SURVEY_FIRST": _survey,
    "MOVE_OR_OFFLINE_WALK": _walk,
    "SIM_SWITCH": _sim_switch,
    "WIFI_FROM_PPS_OR_DESA": _wifi,
    "OPERATOR_BOOSTER": _booster,
    "MOBILE_BTS": _mobile_bts,
    "VSAT_LEO": _satellite,
    "OFFLINE_COURIER": _courier,
}


def _officers_column(facts: Facts, params: RemedyParams) -> int | None:
    if params.officers_operator is None:
        return None
    if params.officers_operator not in facts.operators:
        raise InputError(
            f"Invalid officers_operator {params.officers_operator!r}. Must be one of "
            f"{list(facts.operators)}."
        )
    return facts.operators.index(params.officers_operator)


def best_of(values: Floats) -> Floats:
    """Largest value of each row, NaN where there is none."""
    filled = np.where(np.isnan(values), -np.inf, values).max(axis=1)
    return np.where(np.isinf(filled), np.nan, filled)


def _argbest(values: Floats) -> Columns:
    """Column of the largest value, -1 where the row has none; the first of equals."""
    filled = np.where(np.isnan(values), -np.inf, values)
    return np.where(np.isinf(filled).all(axis=1), NO_OPERATOR, filled.argmax(axis=1)).astype(
        np.intp
    )


def chosen(values: Floats, column: Columns) -> Floats:
    """Value of each row's column, NaN where it has none."""
    picked = values[np.arange(len(values)), column]
    return np.where(column == NO_OPERATOR, np.nan, picked)


def operator_names(operators: tuple[str, ...], column: Columns) -> Any:
    """Names of columns, NA for -1."""
    names = [operators[c] if c != NO_OPERATOR else None for c in column.tolist()]
    return pd.array(names, dtype="string")
