"""One chain of methods, fitted and judged: trend, kriged residual, and how far both are off.

Every residual comes from a trend that has not seen its block, and everything built from readings
(calibration, estimated sites, trees) is built anew for each fold.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from coverage.hexgrid import parents_of
from coverage.signal import trend as trends
from coverage.signal.censored import BoostingParams, below
from coverage.signal.conformal import Scores
from coverage.signal.features import Ground
from coverage.signal.kriging import (
    DEFAULT_SPREAD_DB2,
    Kriging,
    KrigingParams,
    Residuals,
    Variogram,
    fit_variogram,
)
from coverage.signal.observations import Floats, Integers, Observations, Places
from coverage.signal.splits import beyond, deal_groups
from coverage.signal.trend import Trend, TrendParams

BLOCK_RESOLUTIONS: Final = (5, 6, 7, 8, 9, 10, 11)
IMPUTATION_ROUNDS: Final = 2
MIN_REFERENCE: Final = 300  # reference samples that make a variogram of their own


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One chain that cross-validation may choose.

    Attributes
    ----------
    name
        Name in reports.
    boosting
        Trees on the residual of the physics, or None.
    is_kriged
        Krige what the trend leaves.
    """

    name: str
    boosting: BoostingParams | None = None
    is_kriged: bool = True


@dataclass(frozen=True, kw_only=True)
class ChainParams:
    """What all chains share.

    Attributes
    ----------
    n_folds
        Folds of the blocked cross-validation inside training. [count]
    block_resolution
        H3 resolution of the blocks; finer where the samples fill fewer than four a fold.
    buffer_m
        Training samples this near to a held-out one are left out. [m]
    trend, kriging
        Settings of the parts.
    seed, n_threads
        Of folds, subsamples and trees; threads change nothing but the time.
    """

    n_folds: int
    block_resolution: int
    buffer_m: float
    trend: TrendParams
    kriging: KrigingParams
    seed: int
    n_threads: int


@dataclass(frozen=True, kw_only=True)
class ResidualModel:
    """What is known of the residual at a place.

    Attributes
    ----------
    kriging
        Residuals of the samples and their covariance.
    is_kriged
        Whether neighbours are used; if not, every place has the full spread about the trend.
    """

    kriging: Kriging
    is_kriged: bool

    def predict(self, places: Places) -> tuple[Floats, Floats, Floats]:
        """Residual [dB], its variance without noise [dB^2], distance to a sample [m]."""
        residual, variance, distance_m = self.kriging.predict(places.plane_m, places.operator)
        if self.is_kriged:
            return residual, variance, distance_m
        full = np.full(len(places), self.kriging.variogram.variance_db2)
        return np.zeros(len(places)), full, distance_m

    def using(self, kept: Integers) -> "ResidualModel":
        """The same with some of the samples only."""
        kriging = Kriging(
            residuals=self.kriging.residuals.take(kept),
            variogram=self.kriging.variogram,
            params=self.kriging.params,
        )
        return ResidualModel(kriging=kriging, is_kriged=self.is_kriged)


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

    def predict(self, places: Places, n_threads: int) -> tuple[Floats, Floats, Floats]:
        """Mean [dBm], its variance without noise [dB^2], distance to the nearest sample [m]."""
        mean = self.trend.predict(places, n_threads)
        residual, variance, distance_m = self.residual.predict(places)
        return mean + residual, variance, distance_m


def blocks_for(observations: Observations, params: ChainParams) -> Integers:
    """Fold of each observation: whole H3 blocks, as coarse as leaves four blocks a fold."""
    finest = np.arange(len(observations))
    for resolution in BLOCK_RESOLUTIONS:
        if resolution < params.block_resolution:
            continue
        blocks = parents_of(observations.cell, resolution)
        if len(np.unique(blocks)) >= 4 * params.n_folds:
            return deal_groups(blocks, params.n_folds, params.seed)
    return np.asarray(finest % max(min(params.n_folds, len(finest)), 1), dtype=np.int64)


def held_out_trend(
    observations: Observations,
    ground: Ground,
    candidate: Candidate,
    fold: Integers,
    params: ChainParams,
) -> Floats:
    """Trend at each observation, fitted without its block and the buffer around it [dBm]."""
    mean = np.empty(len(observations))
    for k in np.unique(fold):
        test = np.flatnonzero(fold == k)
        train = beyond(
            observations.places.plane_m, np.flatnonzero(fold != k), test, params.buffer_m
        )
        fitted = _trend(observations.take(train), ground, candidate, params)
        mean[test] = fitted.predict(observations.places.take(test), params.n_threads)
    return mean


def fit(
    observations: Observations,
    ground: Ground,
    candidate: Candidate,
    held_out_dbm: Floats,
    params: ChainParams,
) -> Chain:
    """Chain on all observations, kriging the residuals about the held-out trend."""
    return Chain(
        trend=_trend(observations, ground, candidate, params),
        residual=fit_residuals(observations, candidate, held_out_dbm, params),
    )


def fit_residuals(
    observations: Observations, candidate: Candidate, held_out_dbm: Floats, params: ChainParams
) -> ResidualModel:
    """Model of the residuals about the held-out trend."""
    residuals, variogram = settle(observations, held_out_dbm, params)
    kriging = Kriging(residuals=residuals, variogram=variogram, params=params.kriging)
    return ResidualModel(kriging=kriging, is_kriged=candidate.is_kriged)


def settle(
    observations: Observations, held_out_dbm: Floats, params: ChainParams
) -> tuple[Residuals, Variogram]:
    """Residuals and their variogram, those of censored samples put where they most likely lie.

    A censored residual is at first what the trend alone expects below the limit, then what trend
    and neighbours expect; the spread of that expectation adds to its noise.
    """
    exact_db = observations.target.level_db - held_out_dbm
    exact_db = exact_db[np.isfinite(exact_db)]
    spread_db2 = float(np.mean(exact_db**2)) if len(exact_db) else DEFAULT_SPREAD_DB2
    censored = np.flatnonzero(observations.target.is_censored)
    mean, variance = np.zeros(len(censored)), np.full(len(censored), spread_db2)
    residuals = _imputed(observations, held_out_dbm, mean, variance)
    variogram = _variogram(residuals, observations, params)
    if not len(censored):
        return residuals, variogram
    for _ in range(IMPUTATION_ROUNDS):
        kriging = Kriging(residuals=residuals, variogram=variogram, params=params.kriging)
        mean, variance, _ = kriging.predict(
            residuals.plane_m[censored], residuals.operator[censored], own=censored
        )
        residuals = _imputed(observations, held_out_dbm, mean, variance)
    return residuals, _variogram(residuals, observations, params)


def _imputed(
    observations: Observations, held_out_dbm: Floats, mean_db: Floats, variance_db2: Floats
) -> Residuals:
    """Residuals; the censored ones where a normal of this mean and variance expects them."""
    target, places = observations.target, observations.places
    censored = np.flatnonzero(target.is_censored)
    residual_db = target.known_db - held_out_dbm
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


def _variogram(residuals: Residuals, observations: Observations, params: ChainParams) -> Variogram:
    """Variogram of the reference source, where it is rich: the crowd's noise is less known."""
    reference = np.flatnonzero(observations.is_reference)
    some = residuals.take(reference) if len(reference) >= MIN_REFERENCE else residuals
    return fit_variogram(some, params.kriging, seed=params.seed)


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Held-out predictions of a chain.

    Attributes
    ----------
    row
        Observation predicted.
    mean_dbm, variance_db2, distance_m
        Prediction, its variance without noise, distance to the nearest sample used.
    """

    row: Integers
    mean_dbm: Floats
    variance_db2: Floats
    distance_m: Floats

    def scores(self, observations: Observations) -> Scores:
        """Standardised errors, noise of the sample included in the spread."""
        seen = observations.take(self.row)
        spread_db = np.sqrt(self.variance_db2 + seen.noise_db2)
        return Scores(
            standard=(seen.target.known_db - self.mean_dbm) / spread_db,
            is_censored=seen.target.is_censored,
            distance_m=self.distance_m,
            weight=seen.target.weight,
            is_reference=seen.is_reference,
        )


def predict_held_out(
    observations: Observations,
    residual_model: ResidualModel,
    held_out_dbm: Floats,
    fold: Integers,
    *,
    buffer_m: float = 0.0,
    wanted: Integers | None = None,
) -> HeldOut:
    """Predict each fold from the others: trend without its block, kriging without its fold.

    Parameters
    ----------
    observations, residual_model, held_out_dbm
        Samples, the model of their residuals, and the trend about which those stand.
    fold
        Fold of each sample.
    buffer_m
        Samples this near to a held-out one are not used. [m]
    wanted
        Samples to predict; None predicts all.
    """
    places = observations.places
    row = np.arange(len(places)) if wanted is None else wanted
    mean_dbm = held_out_dbm[row].copy()
    variance_db2, distance_m = np.empty(len(row)), np.empty(len(row))
    for k in np.unique(fold[row]):
        mine = np.flatnonzero(fold[row] == k)
        held = np.flatnonzero(fold == k)
        train = beyond(places.plane_m, np.flatnonzero(fold != k), held, buffer_m)
        residual, variance_db2[mine], distance_m[mine] = residual_model.using(train).predict(
            places.take(row[mine])
        )
        mean_dbm[mine] += residual
    return HeldOut(row=row, mean_dbm=mean_dbm, variance_db2=variance_db2, distance_m=distance_m)


def _trend(
    observations: Observations,
    ground: Ground,
    candidate: Candidate,
    params: ChainParams,
) -> Trend:
    """Trend of a candidate."""
    return trends.fit(
        observations,
        ground,
        params.trend,
        candidate.boosting,
        seed=params.seed,
        n_threads=params.n_threads,
    )
