"""The integer programme behind the allocation: options, constraints, solution, shadow values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array
from scipy.spatial import KDTree

from coverage.geodesy import Floats, to_plane_m
from coverage.sites.kits import Kit
from coverage.tables import KITS

KITS_OF_REMEDY: Final[dict[str, tuple[str, ...]]] = {
    "SIM_SWITCH": ("SIM_SWITCH", "OPERATOR_BOOSTER", "MOBILE_BTS", "VSAT_LEO"),
    "OPERATOR_BOOSTER": ("OPERATOR_BOOSTER", "MOBILE_BTS", "VSAT_LEO"),
    "MOBILE_BTS": ("MOBILE_BTS", "VSAT_LEO"),
    "VSAT_LEO": ("MOBILE_BTS", "VSAT_LEO"),
    "MOVE_OR_OFFLINE_WALK": ("MOBILE_BTS",),
    "WIFI_FROM_PPS_OR_DESA": ("MOBILE_BTS",),
    "OFFLINE_COURIER": ("MOBILE_BTS",),
}
"""Every kit whose conditions may hold where that remedy came first (DOMAIN 12): a booster needs the
donor its remedy found; a mobile station the road, and a neighbour at which it may stand. Where
nothing can be fitted, or the way to signal is a walk, a station that stands near serves as well.
Where one operator is thought to work, a card is the remedy; equipment is one where it frees more
than a card would, in case that operator does not work after all. Sites that have signal or are not
decided have none."""

_HOLDS: Final = frozenset({"R_HOLD", "R_HOLD_POSSIBLE"})
_MAY_HOST: Final = ("OPERATOR_BOOSTER", "MOBILE_BTS", "SIM_SWITCH")  # their operator is named there
_NEEDS_POWER: Final = ("OPERATOR_BOOSTER", "MOBILE_BTS", "VSAT_LEO")  # where they stand
_HOSTS_PER_REACH: Final = 6
_ROUNDING: Final = 1e-9  # by which sums of whole kits and costs may miss
_OPTION_COLUMNS: Final = {"site": np.intp, "host": np.intp, "kit": object, "gain": np.float64}


@dataclass(frozen=True, kw_only=True)
class Programme:
    """Unknowns: one for every option, one for every place (host, kind) where a kit may stand.

    Attributes
    ----------
    options
        ``site, host, kit, gain``, as from :func:`options_of`.
    stand_of_option, host_of_stand, kit_of_stand
        Which stand serves an option; where it is, and its kind (index in
        :data:`coverage.tables.KITS`).
    rows, highs
        ``rows @ unknowns <= highs``; the rows of stock come last but for the budget's.
    stock_row
        Row of the total stock of each kind.
    """

    options: pd.DataFrame
    stand_of_option: npt.NDArray[np.intp]
    host_of_stand: npt.NDArray[np.int64]
    kit_of_stand: npt.NDArray[np.int64]
    rows: Any
    highs: Floats
    stock_row: dict[str, int]

    @property
    def objective(self) -> Floats:
        """Coefficients to be minimised."""
        gain = self.options["gain"].to_numpy(np.float64)
        return np.concatenate([-gain, np.zeros(len(self.kit_of_stand))])

    def solve(self, max_seconds: float, max_gap: float) -> tuple[npt.NDArray[np.bool_], float]:
        """Options taken, and how much better any other choice could be, relative.

        Where no solution was found in time (a busy machine), options are taken one by one instead.
        """
        result = milp(
            self.objective,
            integrality=np.ones(len(self.objective)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(self.rows, -np.inf, self.highs),
            options={"time_limit": max_seconds, "mip_rel_gap": max_gap},
        )
        if result.x is None:
            return self.one_by_one()
        return result.x[: len(self.options)] > 0.5, float(result.mip_gap)

    def one_by_one(self) -> tuple[npt.NDArray[np.bool_], float]:
        """Options taken by gain as long as every limit holds, and how far from the best at most.

        No choice frees more than the best option of every site, which is what the gap is from.
        """
        gain = self.options["gain"].to_numpy(np.float64)
        columns = self.rows.tocsc()
        left = self.highs.copy()
        stands = np.zeros(len(self.kit_of_stand), dtype=bool)
        taken = np.zeros(len(gain), dtype=bool)
        for option in np.argsort(-gain, kind="stable").tolist():
            stand = int(self.stand_of_option[option])
            needed = [option] if stands[stand] else [option, len(gain) + stand]
            entries = np.concatenate([np.arange(*columns.indptr[c : c + 2]) for c in needed])
            at, used = columns.indices[entries], columns.data[entries]
            np.subtract.at(left, at, used)
            if (left[at] < -_ROUNDING).any():
                np.add.at(left, at, used)
            else:
                taken[option] = stands[stand] = True
        bound = float(self.options.groupby("site", sort=True)["gain"].max().sum())
        freed = float(gain[taken].sum())
        return taken, (bound - freed) / max(freed, _ROUNDING)

    def shadow_values(self) -> dict[str, float]:
        """Voters that one more of each kind would free: the prices of the relaxed programme.

        Kits may be split there, so that a price is a guide and not a promise; with the stock not
        used up it is 0. The stocks are raised by half a kit: at the whole number the price of the
        last kit and that of the next are both right.
        """
        between = self.highs.copy()
        between[list(self.stock_row.values())] += 0.5
        result = linprog(self.objective, A_ub=self.rows, b_ub=between, bounds=(0, 1))
        prices = result.ineqlin.marginals
        return {code: max(0.0, -float(prices[row])) for code, row in self.stock_row.items()}


def programme_of(
    wanted: pd.DataFrame, options: pd.DataFrame, kits: Mapping[str, Kit], budget: float | None
) -> Programme:
    """The programme over some options.

    Parameters
    ----------
    wanted
        Sites, as given to :func:`options_of`.
    options
        As from there.
    kits
        Kits by code.
    budget
        What all may cost together, None = no limit.
    """
    key = options["host"].to_numpy(np.int64) * len(KITS) + _kit_index(options["kit"])
    stands, stand_of_option = np.unique(key, return_inverse=True)
    host, kind = stands // len(KITS), stands % len(KITS)
    through = wanted["remedy_operator"].astype("string").fillna("").to_numpy(dtype=str)[host]
    blocks = _serving(options, stand_of_option, kind, kits)
    stock_blocks, stock_row = _stocks(
        kind, through, kits, start=sum(len(high) for *_, high in blocks)
    )
    blocks += stock_blocks
    if budget is not None:
        cost = np.array([[kits[KITS[k]].cost for k in kind.tolist()]])
        blocks.append((None, coo_array(cost), np.array([budget])))
    rows, highs = _stacked(blocks, len(options), len(stands))
    return Programme(
        options=options,
        stand_of_option=stand_of_option,
        host_of_stand=host,
        kit_of_stand=kind,
        rows=rows,
        highs=highs,
        stock_row=stock_row,
    )


def options_of(wanted: pd.DataFrame, kits: Mapping[str, Kit]) -> pd.DataFrame:
    """Every way to help a site.

    Parameters
    ----------
    wanted
        ``remedy, remedy_operator, priority, voters_if_boosted, n_voters, p_upload_fail, island,
        foot_area, has_power, latitude_deg, longitude_deg, reasons``.
    kits
        Kits by code.

    Returns
    -------
    pandas.DataFrame
        ``site, host`` (rows of ``wanted``), ``kit``, ``gain`` [voters].
    """
    parts = []
    by_card = _freed_by_card(wanted, kits)
    for code, kit in kits.items():
        at = np.flatnonzero(_may_have(wanted, code))
        stakes, may_stand = stakes_of(wanted, code), _may_stand(wanted, code)
        site, host = at, at
        if kit.reach_m > 0:
            site, host = _within_reach(wanted, at, stakes, kit, may_stand)
        site, host = site[may_stand[host]], host[may_stand[host]]
        gain = kit.p_works * stakes[site]
        if code != "SIM_SWITCH":
            is_more = gain > by_card[site]
            site, host, gain = site[is_more], host[is_more], gain[is_more]
        parts.append(pd.DataFrame({"site": site, "host": host, "kit": code, "gain": gain}))
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype=t) for name, t in _OPTION_COLUMNS.items()})
    options = pd.concat(filled, ignore_index=True)
    return options[options["gain"] > 0].reset_index(drop=True)


def _freed_by_card(wanted: pd.DataFrame, kits: Mapping[str, Kit]) -> Floats:
    """Voters freed by cards where those are the remedy: equipment there must free more."""
    freed = np.zeros(len(wanted))
    if "SIM_SWITCH" in kits:
        own = (wanted["remedy"] == "SIM_SWITCH").to_numpy(dtype=bool)
        freed[own] = kits["SIM_SWITCH"].p_works * stakes_of(wanted, "SIM_SWITCH")[own]
    return freed


def stakes_of(wanted: pd.DataFrame, code: str) -> Floats:
    """Voters that a kit of certain success frees at each site [voters].

    Equipment frees those whose upload is expected to fail on every operator, a booster only in so
    far as there is then a donor. A card frees those of
    a site where an operator works that the officers may not have: the voters times the chance that
    it carries the upload.
    """
    if code == "SIM_SWITCH":
        voters = wanted["n_voters"].astype("Float64").fillna(0.0).to_numpy(np.float64)
        works: Floats = 1 - wanted["p_upload_fail"].to_numpy(np.float64)
        return voters * works
    priority: Floats = wanted["priority"].to_numpy(np.float64)
    if code == "OPERATOR_BOOSTER":
        boosted = (
            wanted["voters_if_boosted"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
        )
        return np.where(np.isnan(boosted), priority, np.minimum(boosted, priority))
    return priority


def _may_have(wanted: pd.DataFrame, code: str) -> npt.NDArray[np.bool_]:
    """Sites whose conditions allow a kit; a mobile station needs a road.

    No equipment goes where a hold may apply, whatever remedy is left there when a survey that could
    tell comes too late.
    """
    fits = np.array([code in KITS_OF_REMEDY[remedy] for remedy in wanted["remedy"]], dtype=bool)
    if code != "SIM_SWITCH":
        fits &= ~may_be_hold(wanted)
    if code == "MOBILE_BTS":
        by_road = wanted["island"].isna() & wanted["foot_area"].isna()
        fits &= by_road.to_numpy(dtype=bool)
    return fits


def may_be_hold(sites: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Sites in a hold or perhaps in one, as their reasons say."""
    return np.array(
        [not _HOLDS.isdisjoint(codes.split("|")) for codes in sites["reasons"]], dtype=bool
    )


def _may_stand(wanted: pd.DataFrame, code: str) -> npt.NDArray[np.bool_]:
    """Sites at which a kit may stand: where there may be power, a station where its operator is."""
    may = np.ones(len(wanted), dtype=bool)
    if code in _NEEDS_POWER:
        may &= wanted["has_power"].astype("boolean").fillna(True).to_numpy(dtype=bool)
    if code == "MOBILE_BTS":
        may &= wanted["remedy"].isin(_MAY_HOST).to_numpy(dtype=bool)
    return may


def _within_reach(
    wanted: pd.DataFrame,
    at: npt.NDArray[np.intp],
    stakes: Floats,
    kit: Kit,
    may_stand: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pairs of a site and a host within reach of it.

    Of hosts nearer to each other than a sixth of the reach only the one with the most at stake
    around it stays: where a truck stands to the last half kilometre is decided on the spot, and a
    village of twenty TPS is one place to the programme instead of twenty.
    """
    if not len(at):
        return at, at
    latitude = wanted["latitude_deg"].to_numpy(np.float64)[at]
    longitude = wanted["longitude_deg"].to_numpy(np.float64)[at]
    plane = to_plane_m(latitude, longitude, (float(latitude.mean()), float(longitude.mean())))
    tree = KDTree(plane)
    around = tree.query_ball_point(plane, kit.reach_m, return_sorted=True)
    own = stakes[at]
    most = np.array([np.sort(own[rows])[-kit.max_sites :].sum() for rows in around])
    most[~may_stand[at]] = -1.0  # where none may stand, none keeps another from its place
    crowded = tree.query_ball_point(plane, kit.reach_m / _HOSTS_PER_REACH)
    is_host = np.ones(len(at), dtype=bool)
    for host in np.argsort(-most, kind="stable").tolist():
        if is_host[host]:
            is_host[crowded[host]] = False
            is_host[host] = True
    hosts = np.flatnonzero(is_host)
    site = np.concatenate([np.asarray(around[host], dtype=np.intp) for host in hosts.tolist()])
    host = np.repeat(hosts, [len(around[host]) for host in hosts.tolist()])
    order = np.lexsort((host, site))
    return at[site[order]], at[host[order]]


def _serving(
    options: pd.DataFrame,
    stand_of_option: npt.NDArray[np.intp],
    kind: npt.NDArray[np.int64],
    kits: Mapping[str, Kit],
) -> "list[tuple[Any, Any, Floats]]":
    """One kit a site, only from a kit that stands, no more sites than it can serve.

    Each option under its stand too (``option <= stand``): that is implied for whole kits, and keeps
    the relaxed programme near to the whole one.
    """
    n_options, n_stands = len(options), len(kind)
    option, stand = np.arange(n_options), np.arange(n_stands)
    one_each = coo_array((np.ones(n_options), (options["site"].to_numpy(np.intp), option)))
    serves = coo_array((np.ones(n_options), (stand_of_option, option)))
    most = np.array([kits[KITS[k]].max_sites for k in kind.tolist()], dtype=np.float64)
    shared = np.flatnonzero(most[stand_of_option] > 1)
    row = np.arange(len(shared))
    blocks = [
        (one_each, None, np.ones(one_each.shape[0])),
        (serves, coo_array((-most, (stand, stand))), np.zeros(n_stands)),
    ]
    if len(shared):
        left = coo_array((np.ones(len(shared)), (row, shared)))
        right = coo_array((-np.ones(len(shared)), (row, stand_of_option[shared])))
        blocks.append((left, right, np.zeros(len(shared))))
    return blocks


def _stocks(
    kind: npt.NDArray[np.int64],
    through: npt.NDArray[np.str_],
    kits: Mapping[str, Kit],
    start: int,
) -> "tuple[list[tuple[Any, Any, Floats]], dict[str, int]]":
    """Stock of each kind, in all and through one operator; and the row of each kind's total."""
    blocks: list[tuple[Any, Any, Floats]] = []
    row_of: dict[str, int] = {}
    for code, kit in kits.items():
        own = kind == KITS.index(code)
        row_of[code] = start + len(blocks)
        blocks.append((None, coo_array(own[None].astype(np.float64)), np.array([kit.stock], float)))
        for operator, number in sorted(kit.stock_by_operator.items()):
            through_it = own & (through == operator)
            blocks.append(
                (None, coo_array(through_it[None].astype(np.float64)), np.array([number], float))
            )
    return blocks, row_of


def _stacked(
    blocks: list[tuple[Any, Any, Floats]], n_left: int, n_right: int
) -> tuple[Any, Floats]:
    """Blocks of rows over the two kinds of unknowns, one under the other."""
    data, row, column, start = [], [], [], 0
    for left, right, high in blocks:
        for part, offset in ((left, 0), (right, n_left)):
            if part is not None:
                data.append(part.data)
                row.append(part.coords[0] + start)
                column.append(part.coords[1] + offset)
        start += len(high)
    matrix = coo_array(
        (np.concatenate(data), (np.concatenate(row), np.concatenate(column))),
        shape=(start, n_left + n_right),
    )
    return matrix.tocsr(), np.concatenate([high for _, _, high in blocks])


def _kit_index(kits: "pd.Series[Any]") -> npt.NDArray[np.int64]:
    return np.array([KITS.index(code) for code in kits], dtype=np.int64)
