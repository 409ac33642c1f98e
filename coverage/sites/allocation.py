"""Which kit goes where when stock and money are short: an integer programme over the ranked list.

Kits go only to sites whose remedy is equipment; a site that has signal, or may be in a hold, never
gets one (DOMAIN 15, ask 9). What is maximised is the number of voters whose form is expected to be
freed; the proof of optimality is part of the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.spatial import KDTree

from coverage.errors import InputError
from coverage.geodesy import Floats, to_plane_m

ALLOCATION_COLUMNS: Final = (
    "tps_code", "kit", "operator", "host_tps_code", "priority", "voters_freed", "cost",
    "lead_time_days",
)  # fmt: skip
KIT_CODES: Final = ("OPERATOR_BOOSTER", "MOBILE_BTS", "VSAT_LEO")
_KITS_OF_REMEDY: Final[dict[str, tuple[str, ...]]] = {
    "OPERATOR_BOOSTER": ("OPERATOR_BOOSTER", "MOBILE_BTS", "VSAT_LEO"),
    "MOBILE_BTS": ("MOBILE_BTS", "VSAT_LEO"),
    "VSAT_LEO": ("VSAT_LEO",),
}
"""A booster needs the donor its remedy found; a mobile station its cluster and road."""

_THROUGH_OPERATOR: Final = ("OPERATOR_BOOSTER", "MOBILE_BTS")
_OPTIMAL: Final = 0  # scipy.optimize.milp status
_TIME_LIMIT: Final = 1  # scipy.optimize.milp status


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
    """

    stock: int
    cost: float
    p_works: float
    lead_time_days: int
    reach_m: float = 0.0
    max_sites: int = 1

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, low, high in (
            ("stock", 0, 100_000), ("cost", 0, 1e15), ("p_works", 0, 1),
            ("lead_time_days", 0, 3650), ("reach_m", 0, 50_000), ("max_sites", 1, 1000),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Invalid {name} {value}. Must be in [{low}, {high}].")


@dataclass(frozen=True, kw_only=True)
class AllocationParams:
    """What there is to give.

    Attributes
    ----------
    kits
        Equipment by code, some of :data:`KIT_CODES`. Stock, cost and chance are the survey's own:
        none has a default.
    budget
        What all kits may cost together, None = no limit.
    days_left
        Kits with a longer lead time are not given. None = not checked. [days]
    max_seconds
        After this time the best solution found is returned with its gap. [s]
    """

    kits: Mapping[str, Kit]
    budget: float | None = None
    days_left: int | None = None
    max_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        unknown = sorted(set(self.kits) - set(KIT_CODES))
        if unknown:
            raise InputError(f"Invalid kits {unknown}. Must be some of {KIT_CODES}.")
        if self.budget is not None and self.budget < 0:
            raise InputError(f"Invalid budget {self.budget}. Must be >= 0.")
        if self.max_seconds <= 0:
            raise InputError(f"Invalid max_seconds {self.max_seconds}. Must be > 0.")

    @property
    def timely(self) -> dict[str, Kit]:
        """Kits that arrive in time and of which there is one."""
        left = np.inf if self.days_left is None else self.days_left
        return {
            code: self.kits[code]
            for code in KIT_CODES
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
        :data:`ALLOCATION_COLUMNS`, one row for every site whose remedy is equipment, by priority;
        ``kit`` NA = none left for it: store offline, send at the kecamatan.
    voters_freed
        Expected, over all sites. [voters]
    cost
        Of all kits used.
    gap
        How much better any other allocation could be, relative; 0 = proved the best. [0-1]
    """

    table: pd.DataFrame
    voters_freed: float
    cost: float
    gap: float


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

    Raises
    ------
    InputError
        Where no solution was found in time.
    """
    wanted = ranking[ranking["remedy"].isin(_KITS_OF_REMEDY)].sort_values("rank", kind="stable")
    wanted = wanted.reset_index(drop=True)
    options = _options(wanted, params.timely)
    if options.empty:
        return _answer(wanted, options, params, gap=0.0)
    chosen, gap = _solve(options, params)
    return _answer(wanted, options[chosen], params, gap=gap)


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


def _options(wanted: pd.DataFrame, kits: Mapping[str, Kit]) -> pd.DataFrame:
    """Every way to help a site: ``site, host, kit, gain`` (rows of ``wanted``, voters)."""
    priority = wanted["priority"].to_numpy(np.float64)
    parts = [pd.DataFrame({"site": [], "host": [], "kit": [], "gain": []})]
    for code, kit in kits.items():
        at = np.flatnonzero(_may_have(wanted, code))
        site, host = (at, at) if kit.reach_m == 0 else _within_reach(wanted, at, kit.reach_m)
        gain = kit.p_works * priority[site]
        parts.append(pd.DataFrame({"site": site, "host": host, "kit": code, "gain": gain}))
    filled = [part for part in parts if len(part)] or parts[:1]
    options = pd.concat(filled, ignore_index=True)
    return options[options["gain"] > 0].reset_index(drop=True)


def _may_have(wanted: pd.DataFrame, code: str) -> npt.NDArray[np.bool_]:
    """Sites whose conditions allow a kit; a mobile station needs a road."""
    fits = np.array([code in _KITS_OF_REMEDY[remedy] for remedy in wanted["remedy"]], dtype=bool)
    if code == "MOBILE_BTS":
        fits &= wanted["island"].isna().to_numpy(dtype=bool)
    return fits


def _within_reach(
    wanted: pd.DataFrame, at: npt.NDArray[np.intp], reach_m: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pairs of a site and a host within reach of it, itself among them."""
    if not len(at):
        return at, at
    latitude = wanted["latitude_deg"].to_numpy(np.float64)[at]
    longitude = wanted["longitude_deg"].to_numpy(np.float64)[at]
    plane = to_plane_m(latitude, longitude, (float(latitude.mean()), float(longitude.mean())))
    pairs = KDTree(plane).query_pairs(reach_m, output_type="ndarray")
    own = np.arange(len(at))
    site = np.concatenate([own, pairs[:, 0], pairs[:, 1]])
    host = np.concatenate([own, pairs[:, 1], pairs[:, 0]])
    order = np.lexsort((host, site))
    return at[site[order]], at[host[order]]


def _solve(options: pd.DataFrame, params: AllocationParams) -> tuple[npt.NDArray[np.bool_], float]:
    """Options taken, and the gap to the bound.

    Unknowns: one for every option, one for every place (host, kind) where a kit may stand.
    """
    stands, stand_of_option = np.unique(
        options["host"].to_numpy(np.int64) * len(KIT_CODES) + _kit_index(options["kit"]),
        return_inverse=True,
    )
    kit_of_stand = stands % len(KIT_CODES)
    n_options, n_stands = len(options), len(stands)
    kits = [params.kits[KIT_CODES[i]] for i in kit_of_stand.tolist()]
    gain = options["gain"].to_numpy(np.float64)
    objective = np.concatenate([-gain, np.zeros(n_stands)])
    rows, highs = _constraints(options, stand_of_option, kit_of_stand, kits, params)
    result = milp(
        objective,
        integrality=np.ones(n_options + n_stands),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, -np.inf, highs),
        options={"time_limit": params.max_seconds, "mip_rel_gap": 1e-9},
    )
    if result.status not in (_OPTIMAL, _TIME_LIMIT) or result.x is None:
        raise InputError(
            f"Invalid allocation, no solution in {params.max_seconds:g} s.",
            remedy="Give more time or fewer kits.",
        )
    return result.x[:n_options] > 0.5, float(result.mip_gap)


def _constraints(
    options: pd.DataFrame,
    stand_of_option: npt.NDArray[np.intp],
    kit_of_stand: npt.NDArray[np.int64],
    kits: list[Kit],
    params: AllocationParams,
) -> tuple[Any, Floats]:
    """Rows of ``A x <= b``: one kit a site, only from a kit that stands, stock, budget."""
    n_options, n_stands = len(options), len(kits)
    one_each = coo_array(
        (np.ones(n_options), (options["site"].to_numpy(np.intp), np.arange(n_options)))
    )
    serves = coo_array((np.ones(n_options), (stand_of_option, np.arange(n_options))))
    most = np.array([kit.max_sites for kit in kits], dtype=np.float64)
    stand = np.arange(n_stands)
    blocks = [
        (one_each, None, np.ones(one_each.shape[0])),
        (serves, coo_array((-most, (stand, stand))), np.zeros(n_stands)),
    ]
    n_kits = len(KIT_CODES)
    stock = np.array([params.kits[c].stock if c in params.kits else 0 for c in KIT_CODES])
    of_kind = coo_array((np.ones(n_stands), (kit_of_stand, stand)), shape=(n_kits, n_stands))
    blocks.append((None, of_kind, stock.astype(np.float64)))
    if params.budget is not None:
        cost = np.array([[kit.cost for kit in kits]])
        blocks.append((None, coo_array(cost), np.array([params.budget])))
    return _stacked(blocks, n_options, n_stands)


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
    return np.array([KIT_CODES.index(code) for code in kits], dtype=np.int64)


def _answer(
    wanted: pd.DataFrame, taken: pd.DataFrame, params: AllocationParams, *, gap: float
) -> Allocation:
    """The table of every site that wants a kit, helped or not."""
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
            "operator": np.where(has_operator, through, None),
            "host_tps_code": codes[host],
            "voters_freed": taken["gain"].to_numpy(np.float64),
            "cost": np.array([kit.cost for kit in kits]) / n_served,
            "lead_time_days": pd.array([kit.lead_time_days for kit in kits], dtype="Int32"),
        },
        index=site,
    ).reindex(np.arange(len(wanted)))
    table = given.assign(tps_code=codes, priority=wanted["priority"].to_numpy(np.float64))
    table[["voters_freed", "cost"]] = table[["voters_freed", "cost"]].fillna(0.0)
    return Allocation(
        table=table[list(ALLOCATION_COLUMNS)],
        voters_freed=float(table["voters_freed"].sum()),
        cost=float(table["cost"].sum()),
        gap=gap,
    )
