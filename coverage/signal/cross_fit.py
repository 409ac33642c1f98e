"""The trend of one candidate, fitted on all samples and without each block of them.

Everything built from readings (calibration, estimated sites, trees) is built anew for each fold.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.errors import InputError
from coverage.hexgrid import parents_of
from coverage.signal import trend
from coverage.signal.censored import BoostingParams
from coverage.signal.features import Ground
from coverage.signal.observations import Floats, Integers, Observations
from coverage.signal.splits import beyond, deal_groups
from coverage.signal.trend import Trend, TrendParams
from coverage.signal.variogram import KrigingParams

BLOCK_RESOLUTIONS: Final = (5, 6, 7, 8, 9, 10, 11)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One chain that cross-validation may choose.

    Attributes
    ----------
    name
        Name in reports.
    has_sites
        Whether the physics stands on sites; without, each operator has a level and no more.
    boosting
        Trees on the residual of the physics, or None.
    is_kriged
        Krige what the trend leaves.
    regional_share
        How far the mean of a region may lie from the trend, as a share of the variance about it;
        less in a survey of few regions.
    """

    name: str
    has_sites: bool = True
    boosting: BoostingParams | None = None
    is_kriged: bool = True
    regional_share: float = 0.0

    def __post_init__(self) -> None:
        """Check what has a range."""
        if not 0 <= self.regional_share <= 10:
            raise InputError(f"Invalid regional_share {self.regional_share}. Must be in [0, 10].")


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
class CrossFit:
    """Trends of one candidate at the samples.

    Attributes
    ----------
    full
        Fitted on all.
    fold
        Fold of each sample, whole blocks together.
    own_dbm
        The full trend at each sample. [dBm]
    without_dbm
        The trend fitted without each fold (and a buffer around it) at each sample, shape
        (folds, n). [dBm]
    is_flexible
        Whether the trend can follow single samples: then its own residuals at them are too small.
    """

    full: Trend
    fold: Integers
    own_dbm: Floats
    without_dbm: Floats
    is_flexible: bool

    @property
    def held_out_dbm(self) -> Floats:
        """Trend at each sample that has not seen its block [dBm]."""
        return np.asarray(self.without_dbm[self.fold, np.arange(len(self.fold))])

    @property
    def honest_dbm(self) -> Floats:
        """Trend whose residuals show how far it is off: held out where it follows samples [dBm]."""
        return self.held_out_dbm if self.is_flexible else self.own_dbm

    def about(self, fold: int | None) -> Floats:
        """Trend for judging what was held out: one fold of the blocks, or (None) finer parts.

        Leaving out finer parts would hardly change a dozen coefficients, so the full trend stands
        in; trees that have seen a sample would flatter, so theirs is the one without its block.
        """
        return self.honest_dbm if fold is None else self.without_dbm[fold]


def blocks_for(observations: Observations, params: ChainParams) -> Integers:
    """Fold of each observation: whole H3 blocks, as coarse as leaves four blocks a fold."""
    blocks = coarsest_blocks(observations, params)
    if blocks is not None:
        return deal_groups(blocks, params.n_folds, params.seed)
    finest = np.arange(len(observations))
    return np.asarray(finest % max(min(params.n_folds, len(finest)), 1), dtype=np.int64)


def coarsest_blocks(
    observations: Observations, params: ChainParams
) -> npt.NDArray[np.uint64] | None:
    """H3 block of each observation, as coarse as leaves four a fold; None where none does."""
    for resolution in BLOCK_RESOLUTIONS:
        if resolution < params.block_resolution:
            continue
        blocks = parents_of(observations.cell, resolution)
        if len(np.unique(blocks)) >= 4 * params.n_folds:
            return blocks
    return None


def cross_fit(
    observations: Observations,
    ground: Ground,
    candidate: Candidate,
    fold: Integers,
    params: ChainParams,
) -> CrossFit:
    """Fit a candidate's trend on all observations and without each fold."""
    places = observations.places
    full = fit_trend(observations, ground, candidate, params)
    without = []
    for k in range(int(fold.max()) + 1):
        test = np.flatnonzero(fold == k)
        train = beyond(places.plane_m, np.flatnonzero(fold != k), test, params.buffer_m)
        fitted = fit_trend(observations.take(train), ground, candidate, params)
        without.append(fitted.predict(places, params.n_threads))
    return CrossFit(
        full=full,
        fold=fold,
        own_dbm=full.predict(places, params.n_threads),
        without_dbm=np.array(without),
        is_flexible=candidate.boosting is not None,
    )


def fit_trend(
    observations: Observations, ground: Ground, candidate: Candidate, params: ChainParams
) -> Trend:
    """Trend of a candidate."""
    return trend.fit(
        observations,
        ground if candidate.has_sites else ground.without_sites(),
        params.trend if candidate.has_sites else params.trend.without_sites(),
        candidate.boosting,
        seed=params.seed,
        n_threads=params.n_threads,
    )
