"""Where to measure next: stops that settle the most, and a random sample that judges the model.

Two purposes that do not mix. Stops *to decide* are chosen where a reading may change what is done
for the most voters; they are no sample of anything. Stops *to validate* are drawn at random, spread
over kecamatan and risk, the only design from which the accuracy at the TPS follows without bias
(MODEL 8.7); their inclusion probabilities stand beside them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

from coverage.errors import InputError
from coverage.geodesy import Floats, distance_m, to_plane_m

PLAN_COLUMNS: Final = (
    "stop", "purpose", "tps_code", "latitude_deg", "longitude_deg", "h3_cell", "n_sites",
    "voters_in_doubt", "inclusion_probability", "leg_m", "route_m",
)  # fmt: skip
"""``n_sites``: sites whose doubt the stop lessens; ``leg_m``: from the stop before, as the crow
flies; ``route_m``: sum of legs so far."""

_RISK_CUTS: Final = (0.1, 0.5)  # low, middle, high chance of failing
_NO_TARGET: Final = ("EXCLUDED_ADAT",)
_REACHES: Final = 3.0  # beyond three reaches a reading says under 5 %
_MAX_ROUNDS: Final = 50  # of 2-opt; it stops earlier where nothing improves


@dataclass(frozen=True, kw_only=True)
class PlanParams:
    """How much can be driven.

    Attributes
    ----------
    n_decide, n_validate
        Stops of each purpose, at most; 150-200 validate a province (MODEL 8.7). [count]
    reach_m
        A reading lessens the doubt of sites around it, by exp(-distance / reach): the project's
        choice, near the range of the model's residuals. [m]
    start
        Latitude and longitude where the route begins; None = at its northernmost stop. [deg]
    seed
        Of the random sample.
    """

    n_decide: int = 60
    n_validate: int = 150
    reach_m: float = 900.0
    start: tuple[float, float] | None = None
    seed: int = 2024

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name in ("n_decide", "n_validate"):
            if not 0 <= getattr(self, name) <= 2000:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be in [0, 2000].")
        if not 1 <= self.reach_m <= 20_000:
            raise InputError(f"Invalid reach_m {self.reach_m}. Must be in [1, 20000].")
        if self.seed < 0:
            raise InputError(f"Invalid seed {self.seed}. Must be >= 0.")


def survey_plan(ranking: pd.DataFrame, params: PlanParams) -> pd.DataFrame:
    """Stops of the next survey in the order of a short route.

    Parameters
    ----------
    ranking
        ``site_ranking``. Sites in a hold are not visited.
    params
        Number of stops, reach.

    Returns
    -------
    pandas.DataFrame
        :data:`PLAN_COLUMNS`, by stop, from 1. A site drawn for validation keeps that purpose where
        it would also be chosen to decide. ``inclusion_probability`` is NA for stops to decide.
    """
    open_ = ranking[~ranking["remedy"].isin(_NO_TARGET)]
    sites = open_.sort_values("tps_code", kind="stable").reset_index(drop=True)
    if sites.empty:
        return pd.DataFrame({name: [] for name in PLAN_COLUMNS})
    doubt = voters_in_doubt(sites)
    drawn, probability = _sample(sites, params)
    chosen, n_sites, gain = _greedy(sites, doubt, drawn, params)
    at = np.concatenate([drawn, chosen])
    order = at[_route(sites, at, params)]
    legs = _legs_m(sites, order, params)
    is_drawn = np.isin(order, drawn)
    return pd.DataFrame(
        {
            "stop": np.arange(1, len(order) + 1, dtype=np.int32),
            "purpose": np.where(is_drawn, "validate", "decide"),
            "tps_code": sites["tps_code"].to_numpy()[order],
            "latitude_deg": sites["latitude_deg"].to_numpy(np.float64)[order],
            "longitude_deg": sites["longitude_deg"].to_numpy(np.float64)[order],
            "h3_cell": sites["h3_cell"].to_numpy(np.uint64)[order],
            "n_sites": n_sites[order],
            "voters_in_doubt": gain[order],
            "inclusion_probability": np.where(is_drawn, probability, np.nan),
            "leg_m": legs,
            "route_m": np.cumsum(legs),
        }
    )


def voters_in_doubt(ranking: pd.DataFrame) -> Floats:
    """Voters for whom the wrong thing may be done, as things stand [voters].

    The smaller of both chances, failing and not failing, times the voters; half of them where the
    evidence is ``survey_first``: the model does not answer there. None where readings confirm.
    """
    p_fail = ranking["p_upload_fail"].to_numpy(np.float64)
    voters = ranking["n_voters"].astype("Float64")
    known = voters.fillna(voters.median() if voters.notna().any() else 1.0).to_numpy(np.float64)
    unsure = np.minimum(p_fail, 1 - p_fail)
    unsure = np.where(ranking["evidence"] == "survey_first", 0.5, unsure)
    unsure = np.where(ranking["evidence"] == "confirmed_weak", 0.0, unsure)
    result: Floats = unsure * known
    return result


def _sample(sites: pd.DataFrame, params: PlanParams) -> tuple[npt.NDArray[np.intp], float]:
    """Rows drawn at random, spread over kecamatan and risk, and the chance each row had.

    Every k-th site from a random start, in a list ordered by regency, kecamatan and risk and
    shuffled within: every site has the same chance, however small its stratum, and no stratum gets
    more than its share rounded up.
    """
    n_drawn = min(params.n_validate, len(sites))
    if not n_drawn:
        return np.zeros(0, dtype=np.intp), np.nan
    rng = np.random.default_rng(params.seed)
    shuffle, start = rng.random(len(sites)), float(rng.random())
    risk = np.digitize(sites["p_upload_fail"].to_numpy(np.float64), _RISK_CUTS)
    district, regency = (
        sites[name].astype("string").fillna("").to_numpy(dtype=str)
        for name in ("district", "regency")
    )
    order = np.lexsort((shuffle, risk, district, regency))
    step = len(sites) / n_drawn
    place = np.floor((start + np.arange(n_drawn)) * step).astype(np.intp)
    return np.sort(order[place]), 1 / step


def _greedy(
    sites: pd.DataFrame, doubt: Floats, drawn: npt.NDArray[np.intp], params: PlanParams
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int32], Floats]:
    """Stops to decide, each where the most doubt is left after those before it.

    Returns
    -------
    tuple of numpy.ndarray
        Rows chosen; sites each row's reading would inform; doubt it takes away when its turn
        comes, over all rows (0 for rows never visited).
    """
    plane = to_plane_m(
        sites["latitude_deg"].to_numpy(np.float64),
        sites["longitude_deg"].to_numpy(np.float64),
        (float(sites["latitude_deg"].mean()), float(sites["longitude_deg"].mean())),
    )
    tree = KDTree(plane)
    left = doubt.copy()
    gain, informed = np.zeros(len(sites)), np.zeros(len(sites), dtype=np.int32)

    def takes(stop: int) -> tuple[npt.NDArray[np.intp], Floats]:
        found = tree.query_ball_point(plane[stop], _REACHES * params.reach_m, return_sorted=True)
        around = np.asarray(found, dtype=np.intp)
        away = np.hypot(*(plane[around] - plane[stop]).T)
        return around, left[around] * np.exp(-away / params.reach_m)

    def visit(stop: int) -> None:
        around, taken = takes(stop)
        gain[stop] = taken.sum()
        informed[stop] = len(around)
        left[around] -= taken

    for stop in drawn.tolist():
        visit(stop)
    promise = np.array([takes(stop)[1].sum() for stop in range(len(sites))])
    promise[drawn] = 0.0
    chosen: list[int] = []
    while len(chosen) < params.n_decide and promise.max() > 0:
        best = int(promise.argmax())
        current = float(takes(best)[1].sum())
        if current < promise[best] * (1 - 1e-12):
            promise[best] = current  # gains only fall: ask again before taking it
            continue
        visit(best)
        chosen.append(best)
        promise[best] = 0.0
    return np.array(chosen, dtype=np.intp), informed, gain


def _route(
    sites: pd.DataFrame, at: npt.NDArray[np.intp], params: PlanParams
) -> npt.NDArray[np.intp]:
    """Order of the stops: nearest next, then 2-opt until nothing improves."""
    latitude = sites["latitude_deg"].to_numpy(np.float64)[at]
    longitude = sites["longitude_deg"].to_numpy(np.float64)[at]
    if not len(at):
        return np.zeros(0, dtype=np.intp)
    start = params.start or (float(latitude.max()), float(longitude[latitude.argmax()]))
    points = np.vstack([to_plane_m(*start, start), to_plane_m(latitude, longitude, start)])
    away = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    tour = [0]
    remaining = np.ones(len(points), dtype=bool)
    remaining[0] = False
    while remaining.any():
        tour.append(int(np.where(remaining, away[tour[-1]], np.inf).argmin()))
        remaining[tour[-1]] = False
    return _two_opt(np.array(tour), away)[1:] - 1


def _two_opt(tour: npt.NDArray[np.intp], away: Floats) -> npt.NDArray[np.intp]:
    """Turn round stretches of an open route while that shortens it."""
    n = len(tour)
    for _ in range(_MAX_ROUNDS):
        is_better = False
        for i in range(n - 2):
            here, after = tour[i], tour[i + 1]
            ends = tour[i + 2 :]
            beyond = np.append(tour[i + 3 :], -1)
            last = np.arange(len(ends)) == len(ends) - 1
            old = away[here, after] + np.where(last, 0.0, away[ends, beyond])
            new = away[here, ends] + np.where(last, 0.0, away[after, beyond])
            best = int((new - old).argmin())
            if new[best] - old[best] < -1e-6:
                stop = i + 2 + best
                tour[i + 1 : stop + 1] = tour[i + 1 : stop + 1][::-1]
                is_better = True
        if not is_better:
            break
    return tour


def _legs_m(sites: pd.DataFrame, order: npt.NDArray[np.intp], params: PlanParams) -> Floats:
    """Distance of each stop from the one before, the first from the start [m]."""
    latitude = sites["latitude_deg"].to_numpy(np.float64)[order]
    longitude = sites["longitude_deg"].to_numpy(np.float64)[order]
    if not len(order):
        return np.zeros(0)
    start = params.start or (float(latitude[0]), float(longitude[0]))
    before_lat = np.concatenate([[start[0]], latitude[:-1]])
    before_lon = np.concatenate([[start[1]], longitude[:-1]])
    return distance_m(before_lat, before_lon, latitude, longitude)
