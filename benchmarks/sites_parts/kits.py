"""Forms secured by the kits of a budget, against other lists and against perfect knowledge.

Forms are sent from inside the TPS: where officers may walk 500 m, hardly a TPS of the synthetic
world is stuck, and none of those has a booster's donor. Kits are given out after a number of survey
days driven by the plan; a booster is fitted only where its donor is measured at the mast, else it
goes to the next in line: so for every list. "Measured first": so many places for each booster are
visited, those with a kit and then those next in line, level and donor are measured there, and
boosters are fitted where the upload fails most among those with a donor.

What nobody could know is told by beliefs of oracles (``bound.py``), allocated in the same way.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from sites_parts import lists
from sites_parts.bound import Belief, oracle
from sites_parts.knowledge import Knowledge, planned_places
from sites_parts.truth import (
    MOBILE_M,
    MOBILE_SITES,
    SEED,
    Booleans,
    Floats,
    Rows,
    Truth,
    secured,
    truth_of,
)

from coverage.sites.allocation import Allocation, AllocationParams, allocate
from coverage.sites.judgement import RankParams
from coverage.sites.kits import Kit
from coverage.sites.resurvey import survey_plan
from coverage.sites.standby import standby
from pipelines import settings
from pipelines.config import Config

PHOTOS = 5  # of each TPS
VOTERS = 265.0  # of every TPS: each form counts alike
BUDGETS = ((17, 1), (63, 5), (70, 5))  # boosters and mobile stations; the first is 63 by TPS count
ROUNDS = (
    (),
    (3,),
    (5,),
    (10,),
    (5, 5),
    (20,),
    (5, 5, 5, 5),
)  # survey days, each round planned anew
ROUNDS_OF_LISTS = ((), (10,))  # of the comparison with other lists
MAX_SECONDS = 600.0  # by the clock: other work on the machine must not change the answer
KITS_FIRST = (
    "EXCLUDED_ADAT", "OK", "SURVEY_FIRST", "SIM_SWITCH", "OPERATOR_BOOSTER", "MOBILE_BTS",
    "VSAT_LEO", "MOVE_OR_OFFLINE_WALK", "WIFI_FROM_PPS_OR_DESA", "OFFLINE_COURIER",
)  # fmt: skip
UNGATED = "ours, any TPS may have any kit"
PRODUCT = "ours, as remedies allow"
IN_LINE = "the same, next in line where no donor"
VISITS = (2, 3)  # places measured first, for each booster
TARGET = 0.85  # of the optimum
BOUND = "bound: all known but the shadowing"
LISTED = "listed masts known to the last, no other"


def kits(known: Knowledge) -> None:
    """Compare, and say which knowledge costs what."""
    params = late_params(known.config)
    truth = truth_of(known.world, known.sites, params)
    print(
        f"kits: {len(known.sites)} TPS, {truth.is_stuck.sum(axis=1).mean():.1f} stuck on average, "
        f"{(truth.is_stuck & truth.has_donor).sum(axis=1).mean():.1f} of them with a donor"
    )
    best: dict[tuple[int, int], float] = {}
    for rounds in ROUNDS:
        training, n_stops = _surveyed(known, rounds)
        ranking = known.ranking(training, params)
        if not best:
            best = {budget: _optimum(ranking, truth, budget) for budget in BUDGETS}
            _print_head(best)
        days = " + ".join(map(str, rounds)) or "no"
        print(f"  after {days} survey days ({n_stops} stops)")
        _decompose(ranking, truth, best)
        if rounds in ROUNDS_OF_LISTS:
            for name, is_listed_only in ((BOUND, False), (LISTED, True)):
                belief = oracle(known, training, params, is_listed_only=is_listed_only)
                reached = _bound(name, belief, ranking, truth, best)
                if name == BOUND:
                    _print_reach(reached)
            _compare_lists(ranking, training, known, truth, best)


def _surveyed(known: Knowledge, rounds: tuple[int, ...]) -> tuple[pd.DataFrame, int]:
    """Samples after rounds of some survey days, each planned by what is known by then; stops."""
    ranking, training = known.read["site_ranking"], known.training
    plans = settings.plan_params(known.config)
    places: list[Floats] = []
    n_stops = 0
    for n_days in rounds:
        if places:
            ranking = known.ranking(training, settings.rank_params(known.config))
        plan = survey_plan(ranking, replace(plans, days=n_days, n_validate=0))
        places.append(planned_places(plan))
        training = known.with_readings(np.concatenate(places))
        n_stops += len(plan)
    return training, n_stops


def late_params(config: Config) -> RankParams:
    """The survey is over, kits are in time, nobody walks: all is judged, by probability."""
    params = settings.rank_params(config)
    lead = {**params.remedy.kits.lead_time_days, "OPERATOR_BOOSTER": 30, "MOBILE_BTS": 30}
    late = replace(params.remedy.kits, lead_time_days=lead, days_left=45)
    return replace(
        params,
        remedy=replace(params.remedy, kits=late, order=KITS_FIRST),
        weights=replace(params.weights, near_relief=0.0),
    )


def _decompose(ranking: pd.DataFrame, truth: Truth, best: Mapping[tuple[int, int], float]) -> None:
    """One line for each piece of knowledge: what kits secure with it perfect, or ours."""
    stuck, p_fail, p_donor = truth.is_stuck.mean(axis=0), *_believed(ranking)
    donor = truth.has_donor.astype(np.float64)
    anywhere = np.full(len(ranking), "OPERATOR_BOOSTER", dtype=object)
    lines: dict[str, list[float]] = {}
    for budget in best:
        for name, levels, donors in (
            ("perfect levels, our donors", stuck, p_donor),
            ("our levels, perfect donors", p_fail, donor),
            (UNGATED, p_fail, p_donor),
        ):
            sites = _sites(ranking, levels, donors, anywhere)
            lines.setdefault(name, []).append(
                secured(truth, *_places(_given(sites, budget), truth))
            )
        sites = _sites(ranking, p_fail, p_donor, ranking["remedy"].to_numpy(dtype=object))
        for name, forms in _ways(PRODUCT, sites, truth, budget).items():
            lines.setdefault(name, []).append(forms)
    for name, each in lines.items():
        _print_line(name, each, best)


def _bound(
    name: str,
    belief: Belief,
    ranking: pd.DataFrame,
    truth: Truth,
    best: Mapping[tuple[int, int], float],
) -> list[float]:
    """What the same allocation secures with an oracle's beliefs; of the optimum, along the line."""
    anywhere = np.full(len(ranking), "OPERATOR_BOOSTER", dtype=object)
    p_donor = np.clip(belief.p_boosted / np.maximum(belief.p_fail, 1e-9), 0.0, 1.0)
    sites = _sites(ranking, belief.p_fail, p_donor, anywhere)
    lines: dict[str, list[float]] = {}
    for budget in best:
        for way, forms in _ways(name, sites, truth, budget).items():
            lines.setdefault(way, []).append(forms)
    for way, each in lines.items():
        _print_line(way, each, best)
    return [forms / top for forms, top in zip(lines[IN_LINE], best.values(), strict=True)]


def _print_reach(reached: list[float]) -> None:
    """Whether the target could be met by anybody who has this evidence and fits as he goes."""
    told = ", ".join(f"{share:.0%}" for share in reached)
    verdict = "within" if min(reached) >= TARGET else "OUT OF"
    print(f"    -> {TARGET:.0%} of the optimum is {verdict} reach of this evidence ({told})")


def _ways(
    name: str, sites: pd.DataFrame, truth: Truth, budget: tuple[int, int]
) -> dict[str, float]:
    """Forms secured as allocated, along the line, and with places measured first."""
    given = _given(sites, budget)
    boosted, hosts = _places(given, truth)
    line = _line(sites, given, truth, budget)
    freed = sites["voters_if_boosted"].to_numpy(np.float64)
    order = np.concatenate([boosted[np.argsort(-freed[boosted], kind="stable")], line])
    found = {
        name: secured(truth, boosted, hosts),
        IN_LINE: secured(truth, _moved_on(boosted, line, truth), hosts),
    }
    for visits in VISITS:
        fitted = _fitted_after(order[: visits * budget[0]], truth, budget[0])
        found[f"the same, {visits} places a booster measured first"] = secured(truth, fitted, hosts)
    return found


def _compare_lists(
    ranking: pd.DataFrame,
    training: pd.DataFrame,
    known: Knowledge,
    truth: Truth,
    best: Mapping[tuple[int, int], float],
) -> None:
    """The same kits along other lists, which pass over TPS without a donor as well."""
    sites = known.sites
    orders = {
        "our list from the top": ranking.sort_values("rank")["tps_code"].to_numpy(),
        "measured weakness": lists.by_measured_weakness(ranking, known.read["cells"]),
        "village reports": lists.by_village_reports(truth),
        "nearest reading": lists.by_nearest_reading(training, sites),
        "random": np.random.default_rng(SEED).permutation(sites["tps_code"].to_numpy()),
    }
    for name, order in orders.items():
        for passes_over in (False, True):
            forms = [
                secured(truth, *lists.along(order, truth, *budget, passes_over=passes_over))
                for budget in best
            ]
            _print_line(name + (", next where no donor" if passes_over else ""), forms, best)
        for visits in VISITS:
            forms = []
            for budget in best:
                row, hosts = lists.visiting(order, truth, *budget)
                fitted = _fitted_after(row[: visits * budget[0]], truth, budget[0])
                forms.append(secured(truth, fitted, hosts))
            _print_line(f"{name}, {visits} measured first", forms, best)


def _believed(ranking: pd.DataFrame) -> tuple[Floats, Floats]:
    """Chance of failing, and of a donor where it fails, as the ranking says [0-1]."""
    p_fail = ranking["p_upload_fail"].to_numpy(np.float64)
    voters = ranking["n_voters"].astype("Float64").fillna(VOTERS).to_numpy(np.float64)
    boosted = ranking["voters_if_boosted"].to_numpy(np.float64) / voters
    return p_fail, np.clip(boosted / np.maximum(p_fail, 1e-9), 0.0, 1.0)


def _sites(
    ranking: pd.DataFrame, p_fail: Floats, p_donor: Floats, remedy: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """The ranking with other beliefs, every form alike; what is held stays held."""
    is_hold = (ranking["remedy"] == "EXCLUDED_ADAT").to_numpy(dtype=bool)
    remedy = np.where(is_hold, "EXCLUDED_ADAT", remedy)
    return ranking.assign(
        priority=p_fail * VOTERS, voters_if_boosted=p_fail * p_donor * VOTERS, remedy=remedy
    )


def _given(sites: pd.DataFrame, budget: tuple[int, int]) -> Allocation:
    return allocate(sites, _params(budget))


def _params(budget: tuple[int, int]) -> AllocationParams:
    """Boosters and mobile stations, with the chances that the config gives them."""
    boosters, mobile = budget
    return AllocationParams(
        kits={
            "OPERATOR_BOOSTER": Kit(stock=boosters, cost=1, p_works=0.8, lead_time_days=30),
            "MOBILE_BTS": Kit(
                stock=mobile, cost=20, p_works=0.9, lead_time_days=30, reach_m=MOBILE_M,
                max_sites=MOBILE_SITES,
            ),
        },
        max_seconds=MAX_SECONDS,
    )  # fmt: skip


def _places(given: Allocation, truth: Truth) -> tuple[Rows, Rows]:
    """Rows of the sites with a booster, and of the hosts of stations."""
    row, table = pd.Index(truth.sites["tps_code"]), given.table
    boosted = table.loc[table["kit"] == "OPERATOR_BOOSTER", "tps_code"]
    hosts = table.loc[table["kit"] == "MOBILE_BTS", "host_tps_code"].unique()
    return (
        row.get_indexer(pd.Index(boosted)).astype(np.intp),
        row.get_indexer(pd.Index(hosts)).astype(np.intp),
    )


def _line(sites: pd.DataFrame, given: Allocation, truth: Truth, budget: tuple[int, int]) -> Rows:
    """Rows of the sites next in line for a booster, in the order of the product."""
    no_plan = pd.DataFrame({"tps_code": [], "survey_day": []}, dtype=object)
    line = standby(sites, given, no_plan, _params(budget)).table
    row = pd.Index(truth.sites["tps_code"])
    return row.get_indexer(pd.Index(line["tps_code"])).astype(np.intp)


def _moved_on(boosted: Rows, line: Rows, truth: Truth) -> Rows:
    """Boosters that found a donor, and where the others went along the line."""
    has: Booleans = truth.has_donor[boosted]
    following = line[truth.has_donor[line]][: int((~has).sum())]
    return np.concatenate([boosted[has], following]).astype(np.intp)


def _fitted_after(visited: Rows, truth: Truth, n_boosters: int) -> Rows:
    """Of the places measured those with a donor where the upload fails most."""
    with_donor = visited[truth.has_donor[visited]]
    worst = np.argsort(-truth.p_fail[with_donor], kind="stable")
    return with_donor[worst][:n_boosters]


def _optimum(ranking: pd.DataFrame, truth: Truth, budget: tuple[int, int]) -> float:
    """Forms secured by one who knows every level and donor, but not walls and load.

    Holds are held there too: what nobody may fit is no loss.
    """
    anywhere = np.full(len(ranking), "OPERATOR_BOOSTER", dtype=object)
    sites = _sites(
        ranking, truth.is_stuck.mean(axis=0), truth.has_donor.astype(np.float64), anywhere
    )
    return secured(truth, *_places(_given(sites, budget), truth))


def _print_head(best: Mapping[tuple[int, int], float]) -> None:
    print(" " * 44 + "".join(f"{b} boosters + {m} mobile".rjust(25) for b, m in best))
    forms = list(best.values())
    per_kit = [f * PHOTOS / sum(budget) for budget, f in best.items()]
    _print_line("perfect knowledge of levels and donors", forms, best)
    print("    " + "photos of it per kit".ljust(40) + "".join(f"{p:25.2f}" for p in per_kit))


def _print_line(name: str, forms: list[float], best: Mapping[tuple[int, int], float]) -> None:
    cells = [f"{f:.1f} ({f / top:.0%})" for f, top in zip(forms, best.values(), strict=True)]
    print("    " + name.ljust(40) + "".join(cell.rjust(25) for cell in cells), flush=True)
