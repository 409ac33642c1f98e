"""How residuals at two places go together, by their distance.

The covariance is a micro-scale part and two correlated ones: buildings and trees act over a
hundred metres, hills over kilometres.

References
----------
[1] N. Cressie, Statistics for Spatial Data, 1993, section 2.6 (weighted fit).
[2] M. Gudmundson, Electronics Letters 27 (23), 1991 (exponential correlation of shadowing).
"""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
from scipy.optimize import nnls
from scipy.spatial import cKDTree

from coverage.errors import InputError
from coverage.signal.observations import Floats, Integers

MIN_PAIRS: Final = 30  # lag classes with fewer pairs say nothing
ENOUGH_PAIRS: Final = 500
MIN_LAG_M: Final = 40.0  # nearer pairs share a place
MIN_LAGS: Final = 5  # fewer classes fit no variogram: the defaults below stand in
N_RANGES: Final = 14  # ranges tried, 60 m to half the largest lag
DEFAULT_SPREAD_DB2: Final = 64.0  # 8 dB, a tuned path-loss model (Phillips 2012)
DEFAULT_RANGE_M: Final = 1000.0
MIN_VARIANCE_DB2: Final = 0.05  # rounding may take it below zero at a sample


@dataclass(frozen=True, kw_only=True)
class KrigingParams:
    """How residuals are interpolated.

    Attributes
    ----------
    n_neighbours
        Samples of the same operator used at each target. [count]
    n_others
        Samples of other operators used beside them, where their residuals go together. [count]
    max_lag_m
        Largest distance in the variogram fit. [m]
    n_lags
        Lag classes, logarithmic. [count]
    max_points
        Samples of one operator used in the variogram fit. [count]
    max_noise_share
        No sample's noise counts as more than this multiple of the field's variance.
    """

    n_neighbours: int = 18
    n_others: int = 8
    max_lag_m: float = 20_000.0
    n_lags: int = 18
    max_points: int = 800
    max_noise_share: float = 20.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 1 <= self.n_neighbours <= 100:
            raise InputError(f"Invalid n_neighbours {self.n_neighbours}. Must be in [1, 100].")
        if not 0 <= self.n_others <= 100:
            raise InputError(f"Invalid n_others {self.n_others}. Must be in [0, 100].")
        if not self.max_lag_m > 100:
            raise InputError(f"Invalid max_lag_m {self.max_lag_m}. Must be > 100.")
        if not 5 <= self.n_lags <= 60:
            raise InputError(f"Invalid n_lags {self.n_lags}. Must be in [5, 60].")
        if self.max_points < 50:
            raise InputError(f"Invalid max_points {self.max_points}. Must be >= 50.")
        if not self.max_noise_share > 0:
            raise InputError(f"Invalid max_noise_share {self.max_noise_share}. Must be > 0.")


@dataclass(frozen=True, kw_only=True)
class Variogram:
    """Covariance of the residual field: a micro-scale part and two correlated ones.

    Attributes
    ----------
    micro_db2
        Variance inside one sample's place, beyond its noise. [dB^2]
    sills_db2
        Variance of each correlated part. [dB^2]
    ranges_m
        Range of each; a practical range is about three times that. [m]
    is_smooth
        Shape of each: exponential as for shadowing behind edges [2], or, smooth,
        Matern 3/2 as for the shadow of hills.
    regional_db2
        Variance of a part that all neighbours share: how far the mean of a region may lie from
        the trend. Zero is simple kriging, ever more is ordinary kriging. [dB^2]
    """

    micro_db2: float
    sills_db2: tuple[float, float]
    ranges_m: tuple[float, float]
    is_smooth: tuple[bool, bool] = (False, False)
    regional_db2: float = 0.0

    @property
    def variance_db2(self) -> float:
        """Variance of the field at one place [dB^2]."""
        return self.micro_db2 + sum(self.sills_db2) + self.regional_db2

    def with_region(self, share: float) -> "Variogram":
        """The same with a regional part of this share of the variance it has without."""
        plain_db2 = self.variance_db2 - self.regional_db2
        return replace(self, regional_db2=share * plain_db2)

    def covariance(self, distance_m: Floats) -> Floats:
        """Covariance of two places, without the micro-scale part [dB^2]."""
        result = np.full_like(distance_m, self.regional_db2)
        for sill, range_m, smooth in zip(
            self.sills_db2, self.ranges_m, self.is_smooth, strict=True
        ):
            if sill > 0:
                result += sill * correlation(distance_m / range_m, is_smooth=smooth)
        return result

    def practical_range_m(self) -> float:
        """Distance at which 95 % of the variance that fades with distance is gone [m]."""
        steps = np.geomspace(10.0, 200_000.0, 400)
        fading_db2 = self.covariance(steps) - self.regional_db2
        left = fading_db2 / max(sum(self.sills_db2), 1e-9)
        return float(steps[np.argmax(left < 0.05)]) if (left < 0.05).any() else float(steps[-1])


def correlation(lag: Floats, *, is_smooth: bool) -> Floats:
    """Exponential, or Matern 3/2, at distances in units of the range.

    Examples
    --------
    >>> correlation(np.array([0.0, 1.0]), is_smooth=False).round(4).tolist()
    [1.0, 0.3679]
    >>> correlation(np.array([0.0, 1.0]), is_smooth=True).round(4).tolist()
    [1.0, 0.4834]
    """
    if not is_smooth:
        return np.asarray(np.exp(-lag))
    scaled = np.sqrt(3.0) * lag
    return np.asarray((1.0 + scaled) * np.exp(-scaled))


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """Residuals of samples about a trend that has not seen them.

    Attributes
    ----------
    plane_m
        Positions, shape (n, 2). [m]
    operator
        Codes.
    residual_db
        Values. [dB]
    noise_db2
        Noise variance of each. [dB^2]
    """

    plane_m: Floats
    operator: Integers
    residual_db: Floats
    noise_db2: Floats

    def __len__(self) -> int:
        return len(self.operator)

    def take(self, rows: Integers) -> "Residuals":
        """Some of the residuals."""
        return Residuals(
            plane_m=self.plane_m[rows],
            operator=self.operator[rows],
            residual_db=self.residual_db[rows],
            noise_db2=self.noise_db2[rows],
        )


def fit_variogram(residuals: Residuals, params: KrigingParams, *, seed: int) -> Variogram:
    """Weighted fit of two exponentials to the pooled empirical variogram of all operators [1].

    The mean noise of each pair is taken off first: noise is not field.
    """
    lag_m, gamma, n_pairs = empirical_variogram(residuals, params, seed=seed)
    spread = float(np.mean(residuals.residual_db**2)) if len(residuals) else DEFAULT_SPREAD_DB2
    if len(lag_m) < MIN_LAGS:
        return _plain(spread)
    ranges = np.geomspace(60.0, params.max_lag_m / 2, N_RANGES)
    # beyond some pairs a class is known well enough: the many far ones must not drown the near
    floor_db2 = max(0.1 * float(gamma.max()), MIN_VARIANCE_DB2)
    weight = np.sqrt(np.minimum(n_pairs, ENOUGH_PAIRS)) / np.maximum(gamma, floor_db2)
    rises = {
        (smooth, float(r)): 1.0 - correlation(lag_m / r, is_smooth=smooth)
        for smooth in (False, True)
        for r in ranges
    }
    best_misfit, best = (
        np.inf,
        Variogram(micro_db2=1.0, sills_db2=(spread, 0.0), ranges_m=(1e3, 1e3)),
    )
    for (smooth_1, short), (smooth_2, long) in combinations(rises, 2):
        design = np.column_stack(
            [np.ones(len(lag_m)), rises[smooth_1, short], rises[smooth_2, long]]
        )
        parts, misfit = nnls(design * weight[:, None], gamma * weight)
        if misfit < best_misfit * (1 - 1e-9):
            best_misfit = misfit
            best = Variogram(
                micro_db2=max(float(parts[0]), 0.1),
                sills_db2=(max(float(parts[1]), 0.1), float(parts[2])),
                ranges_m=(short, long),
                is_smooth=(smooth_1, smooth_2),
            )
    return best


def _plain(spread_db2: float) -> Variogram:
    """One exponential of default range, where the samples cannot tell."""
    return Variogram(
        micro_db2=1.0,
        sills_db2=(max(spread_db2 - 1.0, 1.0), 0.0),
        ranges_m=(DEFAULT_RANGE_M, DEFAULT_RANGE_M),
    )


def empirical_variogram(
    residuals: Residuals, params: KrigingParams, *, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Mean lag [m], half mean squared difference less noise [dB^2], pairs, of each lag class.

    Pairs are those of a random part of the samples, for the long lags, and of the nearest
    neighbours of all, for the short ones that decide most.
    """
    edges = np.geomspace(MIN_LAG_M, params.max_lag_m, params.n_lags + 1)
    sums = np.zeros((3, params.n_lags))
    rng = np.random.default_rng(seed)
    for code in np.unique(residuals.operator):
        mine = residuals.take(np.flatnonzero(residuals.operator == code))
        first, second = _pairs(mine, params, rng)
        step_m = mine.plane_m[first] - mine.plane_m[second]
        apart_m: Floats = np.hypot(step_m[:, 0], step_m[:, 1])
        lag_class = np.searchsorted(edges, apart_m, side="right") - 1
        inside = (lag_class >= 0) & (lag_class < params.n_lags)
        first, second, lag_class = first[inside], second[inside], lag_class[inside]
        square = (mine.residual_db[first] - mine.residual_db[second]) ** 2
        gamma = (square - mine.noise_db2[first] - mine.noise_db2[second]) / 2
        for place, values in enumerate((apart_m[inside], gamma, np.ones(len(gamma)))):
            sums[place] += np.bincount(lag_class, values, minlength=params.n_lags)
    lag_sum, gamma_sum, n_pairs = sums[:, sums[2] >= MIN_PAIRS]
    return lag_sum / n_pairs, np.maximum(gamma_sum / n_pairs, 0.0), n_pairs


def _pairs(
    residuals: Residuals, params: KrigingParams, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Pairs of samples of one operator: all of a random part, and nearest neighbours."""
    n = len(residuals)
    part: Integers = np.arange(n, dtype=np.int64)
    if n > params.max_points:
        part = np.sort(rng.choice(part, params.max_points, replace=False))
    upper = np.triu_indices(len(part), k=1)
    first, second = part[upper[0]], part[upper[1]]
    k = min(params.n_neighbours, n - 1)
    if n <= params.max_points or k < 1:
        return first, second
    near = cKDTree(residuals.plane_m).query(residuals.plane_m, k=np.arange(2, k + 2))[1]
    return (
        np.concatenate([first, np.repeat(np.arange(n), k)]),
        np.concatenate([second, near.reshape(-1)]),
    )
