"""One fitted chain: a trend, the kriged residual about it, and how far both are off."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.hexgrid import parents_of
from coverage.signal.censored import below
from coverage.signal.conformal import Scores
from coverage.signal.correlation import CorrelationParams, Errors, correlation_matrix
from coverage.signal.cross_fit import Candidate, ChainParams, CrossFit
from coverage.signal.kriging import Kriging
from coverage.signal.observations import Floats, Integers, Observations, Places
from coverage.signal.shrinkage import Pairs, Shrinkage
from coverage.signal.splits import beyond
from coverage.signal.trend import Trend
from coverage.signal.variogram import DEFAULT_SPREAD_DB2, Residuals, Variogram, fit_variogram

IMPUTATION_ROUNDS: Final = 2
REGION_M: Final = 15_000.0  # side of a region that may have a level of its own
MIN_REFERENCE: Final = 300  # reference samples that make a variogram of their own


@dataclass(frozen=True, kw_only=True)
class ResidualModel:
    """What is known of the residual at a place.

    Attributes
    ----------
    kriging
        Residuals of the samples and their covariance.
    is_kriged
        Whether neighbours are used; if not, every place has the full spread about the trend.
    shrinkage
        How much of it holds at a distance; None where that was not judged: all.
    """

    kriging: Kriging
    is_kriged: bool
    shrinkage: Shrinkage | None = None

    def predict(self, places: Places) -> tuple[Floats, Floats, Floats]:
        """Residual [dB], its variance without noise [dB^2], distance to a sample [m]."""
        residual, variance, distance_m = self.kriging.predict(places.plane_m, places.operator)
        if not self.is_kriged:
            full = np.full(len(places), self.kriging.variogram.variance_db2)
            return np.zeros(len(places)), full, distance_m
        if self.shrinkage is not None:
            residual = self.shrinkage.at(distance_m) * residual
        return residual, variance, distance_m

    def neighbours(self, place_m: Floats, code: int) -> tuple[Integers, Floats]:
        """Samples whose weighted sum is the residual at one place, and the weight of each."""
        if not self.is_kriged:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        rows, weights = self.kriging.neighbours(place_m, code)
        if self.shrinkage is None:
            return rows, weights
        place, whose = np.reshape(place_m, (1, 2)), np.array([code])
        return rows, weights * self.shrinkage.at(self.kriging.nearest_m(place, whose))

    def using(self, residuals: Residuals) -> "ResidualModel":
        """The same with other residuals."""
        return replace(self, kriging=replace(self.kriging, residuals=residuals))


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A fitted chain.

    Attributes
    ----------
    trend
        Mean.
    residual
        What the trend leaves.
    """

    trend: Trend
    residual: ResidualModel

    def shrunk(self, shrinkage: Shrinkage) -> "Chain":
        """The same with only a share of the kriged residual believed."""
        return replace(self, residual=replace(self.residual, shrinkage=shrinkage))

    def predict(self, places: Places, n_threads: int) -> tuple[Floats, Floats, Floats]:
        """Mean [dBm], its variance without noise [dB^2], distance to the nearest sample [m]."""
        mean = self.trend.predict(places, n_threads)
        residual, variance, distance_m = self.residual.predict(places)
        return mean + residual, variance, distance_m


def fit(
    observations: Observations, candidate: Candidate, trends: CrossFit, params: ChainParams
) -> Chain:
    """Chain on all observations, kriging what the full trend leaves at them.

    Trees leave too little: how far they are off elsewhere, the variogram learns from residuals
    about a trend without the block.
    """
    share = regional_share(observations, candidate)
    residuals, variogram = settle(observations, trends.own_dbm, params, share)
    honest = residuals
    if trends.is_flexible:
        honest, variogram = settle(observations, trends.held_out_dbm, params, share)
    kriging = Kriging(
        residuals=residuals,
        variogram=variogram,
        params=params.kriging,
        coupling=coupling_of(observations, honest),
    )
    return Chain(
        trend=trends.full,
        residual=ResidualModel(kriging=kriging, is_kriged=candidate.is_kriged),
    )


def regional_share(observations: Observations, candidate: Candidate) -> float:
    """The candidate's share, less what the trend's own level already knows of the regions.

    Of n regions with means of their own, the mean of all leaves 1 - 1/n of their variance. n is one
    and the survey's size over a region's, by the variance of its places (a square of side L has
    L^2 / 12 along each axis): 1 at a single place, 2 in a square as large as a region.
    """
    plane_m, weight = observations.places.plane_m, observations.target.weight
    middle_m = np.average(plane_m, axis=0, weights=weight)
    spread_m2 = float(np.average(((plane_m - middle_m) ** 2).sum(axis=1), weights=weight))
    n = 1.0 + 6.0 * spread_m2 / REGION_M**2
    return candidate.regional_share * (1.0 - 1.0 / n)


def coupling_of(observations: Observations, residuals: Residuals) -> Floats:
    """How the residuals of operators go together at one place; not at all where nothing tells."""
    errors = Errors(
        cell=observations.cell,
        operator=observations.places.operator,
        error_db=residuals.residual_db,
        noise_db2=residuals.noise_db2,
    )
    n_operators = int(observations.places.operator.max(initial=0)) + 1
    return correlation_matrix(errors, n_operators, CorrelationParams(prior=0.0))[0]


def settle(
    observations: Observations,
    trend_dbm: Floats,
    params: ChainParams,
    regional_share: float = 0.0,
) -> tuple[Residuals, Variogram]:
    """Residuals and their variogram, those of censored samples put where they most likely lie.

    A censored residual is at first what the trend alone expects below the limit, then what trend
    and neighbours expect; the spread of that expectation adds to its noise.
    """
    exact_db = observations.target.level_db - trend_dbm
    exact_db = exact_db[np.isfinite(exact_db)]
    spread_db2 = float(np.mean(exact_db**2)) if len(exact_db) else DEFAULT_SPREAD_DB2
    censored = np.flatnonzero(observations.target.is_censored)
    mean, variance = np.zeros(len(censored)), np.full(len(censored), spread_db2)
    residuals = _imputed(observations, trend_dbm, mean, variance)
    variogram = _variogram(residuals, observations, params, regional_share)
    if not len(censored):
        return residuals, variogram
    for _ in range(IMPUTATION_ROUNDS):
        kriging = Kriging(residuals=residuals, variogram=variogram, params=params.kriging)
        mean, variance, _ = kriging.predict(
            residuals.plane_m[censored], residuals.operator[censored], own=censored
        )
        residuals = _imputed(observations, trend_dbm, mean, variance)
    return residuals, _variogram(residuals, observations, params, regional_share)


def _imputed(
    observations: Observations, trend_dbm: Floats, mean_db: Floats, variance_db2: Floats
) -> Residuals:
    """Residuals; the censored ones where a normal of this mean and variance expects them."""
    target, places = observations.target, observations.places
    censored = np.flatnonzero(target.is_censored)
    residual_db = target.known_db - trend_dbm
    noise_db2 = observations.noise_db2.copy()
    spread_db = np.sqrt(variance_db2 + noise_db2[censored])
    residual_db[censored], extra_db2 = below(mean_db, spread_db, residual_db[censored])
    noise_db2[censored] += extra_db2
    return Residuals(
        plane_m=places.plane_m,
        operator=places.operator,
        residual_db=residual_db,
        noise_db2=noise_db2,
    )


def _variogram(
    residuals: Residuals, observations: Observations, params: ChainParams, regional_share: float
) -> Variogram:
    """Variogram of the reference source, where it is rich: the crowd's noise is less known."""
    reference = np.flatnonzero(observations.is_reference)
    some = residuals.take(reference) if len(reference) >= MIN_REFERENCE else residuals
    return fit_variogram(some, params.kriging, seed=params.seed).with_region(regional_share)


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Held-out predictions of a chain.

    Attributes
    ----------
    row
        Observation predicted.
    trend_dbm, residual_db
        Trend that has not seen it, and what is kriged beside it. [dBm, dB]
    variance_db2
        Variance of the residual without noise. [dB^2]
    distance_m
        To the nearest sample used. [m]
    """

    row: Integers
    trend_dbm: Floats
    residual_db: Floats
    variance_db2: Floats
    distance_m: Floats

    @property
    def mean_dbm(self) -> Floats:
        """Prediction [dBm]."""
        return np.asarray(self.trend_dbm + self.residual_db)

    def shrunk(self, shrinkage: Shrinkage) -> "HeldOut":
        """The same with only a share of the residual believed."""
        return replace(self, residual_db=shrinkage.at(self.distance_m) * self.residual_db)

    def pairs(
        self, observations: Observations, level_dbm: Floats, block: npt.NDArray[np.uint64]
    ) -> Pairs:
        """Residuals seen and kriged.

        ``level_dbm`` is the level of every observation, a censored one's where it most likely lies,
        ``block`` the piece of land that each is in.
        """
        return Pairs(
            seen_db=level_dbm[self.row] - self.trend_dbm,
            kriged_db=self.residual_db,
            distance_m=self.distance_m,
            weight=observations.target.weight[self.row],
            block=block[self.row],
        )

    def scores(self, observations: Observations, cell_resolution: int) -> Scores:
        """Standardised errors, noise of the sample included in the spread.

        Samples of one H3 cell of the resolution will count as one observation.
        """
        seen = observations.take(self.row)
        spread_db = np.sqrt(self.variance_db2 + seen.noise_db2)
        return Scores(
            standard=(seen.target.known_db - self.mean_dbm) / spread_db,
            is_censored=seen.target.is_censored,
            distance_m=self.distance_m,
            weight=seen.target.weight,
            is_reference=seen.is_reference,
            cell=parents_of(seen.cell, cell_resolution),
        )


def predict_held_out(
    observations: Observations,
    residual_model: ResidualModel,
    trends: CrossFit,
    fold: Integers | None = None,
    *,
    buffer_m: float = 0.0,
    wanted: Integers | None = None,
) -> HeldOut:
    """Predict each fold from the others, trend and residuals without it.

    Parameters
    ----------
    observations, residual_model, trends
        Samples, the model of their residuals, and the trends.
    fold
        Finer folds than the blocks of the trends; None takes those blocks. Finer parts leave a
        stiff trend as it is.
    buffer_m
        Samples this near to a held-out one are not used. [m]
    wanted
        Samples to predict; None predicts all.
    """
    places, residuals = observations.places, residual_model.kriging.residuals
    groups = trends.fold if fold is None else fold
    row = np.arange(len(places)) if wanted is None else wanted
    level_dbm = trends.own_dbm + residuals.residual_db  # censored ones where they likely lie
    trend_dbm, residual_db, variance_db2, distance_m = (np.empty(len(row)) for _ in range(4))
    for k in np.unique(groups[row]):
        mine = np.flatnonzero(groups[row] == k)
        held = np.flatnonzero(groups == k)
        train = beyond(places.plane_m, np.flatnonzero(groups != k), held, buffer_m)
        about = trends.about(int(k) if fold is None else None)
        moved = replace(residuals, residual_db=level_dbm - about).take(train)
        trend_dbm[mine] = about[row[mine]]
        residual_db[mine], variance_db2[mine], distance_m[mine] = residual_model.using(
            moved
        ).predict(places.take(row[mine]))
    return HeldOut(
        row=row,
        trend_dbm=trend_dbm,
        residual_db=residual_db,
        variance_db2=variance_db2,
        distance_m=distance_m,
    )
