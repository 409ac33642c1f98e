"""Where to measure next: days that settle the most, and a random sample that judges the model.

Two purposes that do not mix. Days *to decide* go where readings are expected to change what is done
for the most voters; their stops are no sample of anything. Stops *to validate* are drawn at random,
spread over kecamatan and risk, the only design from which the accuracy at the TPS follows without
bias (MODEL 8.7); their inclusion probabilities stand beside them.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from coverage.errors import InputError
from coverage.geodesy import Floats, to_plane_m
from coverage.sites.routes import (
    DayParams,
    Rows,
    best_insertion,
    cut_into_days,
    legs_m,
    short_route,
)
from coverage.tables import TABLES, empty, to_pandas

_RISK_CUTS: Final = (0.1, 0.5)  # low, middle, high chance of failing
_NO_TARGET: Final = ("EXCLUDED_ADAT",)
_REACHES: Final = 3.0  # beyond three reaches a reading says under 5 %
_LEAST_DOUBT: Final = 0.01  # voters; with less in doubt a stop settles nothing
_LEAST_MINUTES: Final = 1e-6  # a stop that costs no time at all is worth the most, not infinity
_NEIGHBOURHOOD_M: Final = 5000.0  # in which a day is begun
_N_STARTS: Final = 6  # neighbourhoods tried for each day


@dataclass(frozen=True, kw_only=True)
class PlanParams:
    """How much can be driven.

    Attributes
    ----------
    days
        Days to decide. [count]
    n_validate
        Stops drawn at random; 150-200 validate a province (MODEL 8.7). [count]
    day
        What a day holds.
    reach_m
        A reading lessens the doubt of sites around it, by exp(-distance / reach): the project's
        choice, near the range of the model's residuals. [m]
    start
        Latitude and longitude where each day to decide begins; None = at its first stop. [deg]
    seed
        Of the random sample.
    """

    days: int = 5
    n_validate: int = 150
    day: DayParams = field(default_factory=DayParams)
    reach_m: float = 900.0
    start: tuple[float, float] | None = None
    seed: int = 2024

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, high in (("days", 100), ("n_validate", 2000)):
            if not 0 <= getattr(self, name) <= high:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be in [0, {high}].")
        if not 1 <= self.reach_m <= 20_000:
            raise InputError(f"Invalid reach_m {self.reach_m}. Must be in [1, 20000].")
        if self.seed < 0:
            raise InputError(f"Invalid seed {self.seed}. Must be >= 0.")


def survey_plan(ranking: pd.DataFrame, params: PlanParams) -> pd.DataFrame:
    """Days of the next survey: first those to decide, then those to validate.

    A day to decide is filled stop by stop with the place that settles the most for the time it
    adds (a greedy answer to the orienteering problem); what a stop settles is taken from its
    neighbours' doubt before the next is chosen.

    Parameters
    ----------
    ranking
        ``site_ranking``. Sites in a hold are not visited.
    params
        Days, sample, reach.

    Returns
    -------
    pandas.DataFrame
        ``survey_plan``. ``inclusion_probability`` is NA for stops to decide; a site may be visited
        for both purposes.
    """
    open_ = ranking[~ranking["remedy"].isin(_NO_TARGET)]
    sites = open_.sort_values("tps_code", kind="stable").reset_index(drop=True)
    if sites.empty:
        return to_pandas(empty("survey_plan"))
    origin = params.start or (
        float(sites["latitude_deg"].mean()), float(sites["longitude_deg"].mean())
    )  # fmt: skip
    plane = to_plane_m(
        sites["latitude_deg"].to_numpy(np.float64), sites["longitude_deg"].to_numpy(np.float64),
        origin,
    )  # fmt: skip
    start = None if params.start is None else np.zeros(2)
    doubt = doubt_of(sites)
    drawn, probability = sample(sites, params)
    validate = [drawn[day] for day in _days_through(plane[drawn], None, params.day)]
    frames = [
        _stops(plane, day.order, start, params.day, sites).assign(
            purpose="decide", n_sites=day.informed, voters_in_doubt=day.gain
        )
        for day in _days_to_decide(plane, doubt, start, params)
    ]
    frames += [
        _stops(plane, order, None, params.day, sites).assign(
            purpose="validate",
            n_sites=1,
            voters_in_doubt=doubt[order],
            inclusion_probability=probability,
        )
        for order in validate
    ]
    if not frames:
        return to_pandas(empty("survey_plan"))
    plan = pd.concat(
        [frame.assign(survey_day=number) for number, frame in enumerate(frames, start=1)],
        ignore_index=True,
    )
    plan = plan.reindex(columns=list(TABLES["survey_plan"].columns))
    return plan.astype({"survey_day": np.int32, "n_sites": np.int32})


def doubt_of(ranking: pd.DataFrame) -> Floats:
    """Voters whose doubt a reading settles; none where readings confirm already [voters]."""
    doubt = ranking["voters_in_doubt"].fillna(0.0).to_numpy(np.float64)
    settled: Floats = np.where(ranking["evidence"] == "confirmed_weak", 0.0, doubt)
    return settled


def sample(sites: pd.DataFrame, params: PlanParams) -> tuple[Rows, float]:
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


@dataclass(frozen=True, kw_only=True)
class _Day:
    """Stops of one day to decide, sites each informs, and the doubt each takes away."""

    order: Rows
    informed: npt.NDArray[np.int32]
    gain: Floats


def _days_to_decide(
    plane: Floats, doubt: Floats, start: Floats | None, params: PlanParams
) -> list[_Day]:
    """Days one after the other, each filled from the doubt that those before it leave."""
    doubtful = np.flatnonzero(doubt >= _LEAST_DOUBT)
    if not len(doubtful):
        return []
    places, left = plane[doubtful], doubt[doubtful].copy()
    near = _closeness(places, params.reach_m)
    days = []
    for _ in range(params.days):
        route = _best_day(places, near, left, start, params)
        if not route:
            break
        settled = [_settle(near, left, stop) for stop in route]
        days.append(
            _Day(
                order=doubtful[route],
                informed=np.array([n for _, n in settled], dtype=np.int32),
                gain=np.array([gain for gain, _ in settled]),
            )
        )
    return days


def _closeness(plane: Floats, reach_m: float) -> csr_array:
    """How much a reading at one site says of another: exp(-distance / reach), 1 of itself."""
    n = len(plane)
    tree = KDTree(plane.reshape(-1, 2))
    pairs = tree.query_pairs(_REACHES * reach_m, output_type="ndarray")
    away = np.hypot(*(plane[pairs[:, 0]] - plane[pairs[:, 1]]).T)
    says = np.exp(-away / reach_m)
    own = np.arange(n)
    row = np.concatenate([own, pairs[:, 0], pairs[:, 1]])
    column = np.concatenate([own, pairs[:, 1], pairs[:, 0]])
    matrix = csr_array((np.concatenate([np.ones(n), says, says]), (row, column)), shape=(n, n))
    matrix.sort_indices()
    return matrix


def _best_day(
    plane: Floats, near: csr_array, doubt: Floats, start: Floats | None, params: PlanParams
) -> list[int]:
    """The day that settles the most of those begun in the most doubtful neighbourhoods."""
    best: list[int] = []
    most = 0.0
    for first in _first_stops(plane, doubt, start, params.day):
        left = doubt.copy()
        route = _fill_day(plane, near, left, first, start=start, day=params.day)
        if (settled := float(doubt.sum() - left.sum())) > most:
            best, most = route, settled
    return best


def _first_stops(plane: Floats, doubt: Floats, start: Floats | None, day: DayParams) -> list[int]:
    """Most doubtful sites of the neighbourhoods with the most doubt, one each, within reach."""
    is_open = doubt >= _LEAST_DOUBT
    if start is not None:
        minutes = np.hypot(*(plane - start).T) * day.minutes_per_m + day.stop_minutes
        is_open &= minutes <= 60 * day.hours
    firsts: list[int] = []
    around = KDTree(plane).query_ball_point(plane[is_open], _NEIGHBOURHOOD_M)
    promise = np.zeros(len(plane))
    promise[is_open] = [doubt[rows].sum() for rows in around]
    while len(firsts) < _N_STARTS and promise.max() > 0:
        middle = plane[int(promise.argmax())]
        is_near = np.hypot(*(plane - middle).T) <= _NEIGHBOURHOOD_M
        firsts.append(int(np.where(is_near & is_open, doubt, -1.0).argmax()))
        promise[np.hypot(*(plane - middle).T) <= 2 * _NEIGHBOURHOOD_M] = 0.0
    return firsts


def _fill_day(
    plane: Floats,
    near: csr_array,
    left: Floats,
    first: int,
    *,
    start: Floats | None,
    day: DayParams,
) -> list[int]:
    """Stops of one day, each chosen by what it settles over the time it adds.

    ``left`` is lowered in place by what the stops settle.
    """
    full = 60 * day.hours
    minutes = day.stop_minutes
    if start is not None:
        minutes += float(np.hypot(*(plane[first] - start))) * day.minutes_per_m
    route = [first]
    _settle(near, left, first)
    while True:
        extra_m, position = best_insertion(plane, route, start)
        added = extra_m * day.minutes_per_m + day.stop_minutes
        fits = (left >= _LEAST_DOUBT) & (minutes + added <= full)
        fits[route] = False
        if not fits.any():
            return route
        worth = np.where(fits, (near @ left) / np.maximum(added, _LEAST_MINUTES), -1.0)
        best = int(worth.argmax())
        minutes += float(added[best])
        route.insert(int(position[best]), best)
        _settle(near, left, best)


def _settle(near: csr_array, left: Floats, stop: int) -> tuple[float, int]:
    """Lower the doubt around a stop in place; what it settled, and of how many sites."""
    row = slice(near.indptr[stop], near.indptr[stop + 1])
    sites, says = near.indices[row], near.data[row]
    settled = left[sites] * says
    left[sites] -= settled
    return float(settled.sum()), len(sites)


def _days_through(plane: Floats, start: Floats | None, day: DayParams) -> list[Rows]:
    """Days that pass every place once."""
    return cut_into_days(plane, short_route(plane, start), day)


def _stops(
    plane: Floats, order: Rows, start: Floats | None, day: DayParams, sites: pd.DataFrame
) -> pd.DataFrame:
    """Where and when each stop of a day is."""
    legs = legs_m(plane, order, start)
    minutes = legs * day.minutes_per_m + day.stop_minutes
    return pd.DataFrame(
        {
            "stop": np.arange(1, len(order) + 1, dtype=np.int32),
            "tps_code": sites["tps_code"].to_numpy()[order],
            "latitude_deg": sites["latitude_deg"].to_numpy(np.float64)[order],
            "longitude_deg": sites["longitude_deg"].to_numpy(np.float64)[order],
            "h3_cell": sites["h3_cell"].to_numpy(np.uint64)[order],
            "inclusion_probability": np.nan,
            "leg_m": legs,
            "route_m": np.cumsum(legs),
            "elapsed_minutes": np.cumsum(minutes).astype(np.float32),
        }
    )
