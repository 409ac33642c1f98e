"""Fitting where some levels are only known to lie below a limit.

A no-service reading says "below what this device hears". Leaving it out, or writing the limit in
its place, lifts the map exactly where it matters (MODEL 12.3). Two methods use it as it is: a
Tobit regression, linear and shrunk to its prior, and boosted trees with the accelerated-failure-
time loss.

References
----------
[1] J. Tobin, Econometrica 26, 1958; expectation-maximisation form: Aitkin, Technometrics 23, 1981.
[2] Barnwal, Cho, Hocking, J. Comput. Graph. Stat. 31 (4), 2022 (survival:aft in XGBoost).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xgboost as xgb
from scipy.special import log_ndtr

from coverage.errors import InputError

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

EM_ROUNDS: Final = 25
EM_TOLERANCE_DB: Final = 0.001
DB_PER_LOG: Final = 10.0  # y' = exp(dB / 10): a scale of 0.6 then means 6 dB (MODEL 5C)


def below(mean_db: Floats, sd_db: Floats, upper_db: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of a normal known to lie below a limit, stable far out in its tail.

    Examples
    --------
    >>> mean, variance = below(np.array([0.0]), np.array([1.0]), np.array([0.0]))
    >>> mean.round(3).tolist(), variance.round(3).tolist()  # -sqrt(2/pi), 1 - 2/pi
    ([-0.798], [0.363])
    """
    a = (upper_db - mean_db) / sd_db
    ratio = np.exp(-0.5 * a**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(a))
    mean = mean_db - sd_db * ratio
    variance = sd_db**2 * np.clip(1 - a * ratio - ratio**2, 0.0, 1.0)
    return mean, variance


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is to be fitted.

    Attributes
    ----------
    level_db
        Level or residual, NaN where censored. [dB]
    upper_db
        Limit of the censored rows, not read elsewhere. [dB]
    weight
        Weight of each row, about its share of an independent observation.
    """

    level_db: Floats
    upper_db: Floats
    weight: Floats

    @property
    def is_censored(self) -> Booleans:
        """Rows of which only a limit is known."""
        return ~np.isfinite(self.level_db)

    @property
    def known_db(self) -> Floats:
        """Level, or limit where only that is known [dB]."""
        return np.where(self.is_censored, self.upper_db, self.level_db)

    def less(self, fitted_db: Floats) -> "Target":
        """Residuals about a fit."""
        return Target(
            level_db=self.level_db - fitted_db,
            upper_db=self.upper_db - fitted_db,
            weight=self.weight,
        )


@dataclass(frozen=True, kw_only=True)
class LinearFit:
    """Coefficients of a Tobit regression and the spread about them.

    Attributes
    ----------
    coefficients
        One a design column.
    sd_db
        Residual standard deviation. [dB]
    """

    coefficients: Floats
    sd_db: float


def fit_linear(design: Floats, target: Target, prior_mean: Floats, prior_sd: Floats) -> LinearFit:
    """Tobit regression by expectation-maximisation, coefficients drawn to a normal prior [1].

    Parameters
    ----------
    design
        Shape (n, p).
    target
        Levels and limits.
    prior_mean, prior_sd
        Prior of each coefficient; with few rows the answer stays near it.
    """
    is_censored, upper_db, weight = target.is_censored, target.upper_db, target.weight
    known = target.known_db.copy()
    extra = np.zeros(len(known))
    precision = np.diag(prior_sd**-2.0)
    coefficients: Floats = prior_mean.copy()
    sd_db = 8.0
    for _ in range(EM_ROUNDS):
        gram = (design.T * weight) @ design / sd_db**2 + precision
        moment = (design.T * weight) @ known / sd_db**2 + precision @ prior_mean
        step: Floats = np.asarray(np.linalg.solve(gram, moment), dtype=np.float64)
        fitted = design @ step
        total = max(float(weight.sum()), 1e-9)
        variance = float((weight * ((known - fitted) ** 2 + extra)).sum()) / total
        moved = float(np.abs(fitted - design @ coefficients).max(initial=0.0))
        # four pseudo-rows of 8 dB keep the spread sane where there are few real ones
        coefficients, sd_db = step, float(np.sqrt((variance * total + 4 * 64.0) / (total + 4)))
        if moved < EM_TOLERANCE_DB:
            break
        mean, spread = below(
            fitted[is_censored], np.full(int(is_censored.sum()), sd_db), upper_db[is_censored]
        )
        known[is_censored], extra[is_censored] = mean, spread
    return LinearFit(coefficients=coefficients, sd_db=sd_db)


@dataclass(frozen=True, kw_only=True)
class BoostingParams:
    """Boosted trees on the residual of the physics.

    Attributes
    ----------
    depth
        Depth of a tree. [count]
    rounds
        Trees. [count]
    learning_rate
        Share of each tree that is taken.
    min_leaf
        Rows (sum of weights) a leaf needs at least. [count]
    scale_db
        Spread of the loss's normal distribution. [dB]
    """

    depth: int = 4
    rounds: int = 150
    learning_rate: float = 0.1
    min_leaf: float = 60.0
    scale_db: float = 6.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 1 <= self.depth <= 12:
            raise InputError(f"Invalid depth {self.depth}. Must be in [1, 12].")
        if not 1 <= self.rounds <= 5000:
            raise InputError(f"Invalid rounds {self.rounds}. Must be in [1, 5000].")
        if not 0 < self.learning_rate <= 1:
            raise InputError(f"Invalid learning_rate {self.learning_rate}. Must be in (0, 1].")
        if not self.min_leaf >= 1:
            raise InputError(f"Invalid min_leaf {self.min_leaf}. Must be >= 1.")
        if not self.scale_db > 0:
            raise InputError(f"Invalid scale_db {self.scale_db}. Must be > 0.")


def fit_boosting(
    features: Floats, target: Target, params: BoostingParams, *, seed: int, n_threads: int
) -> xgb.Booster:
    """Trees on residuals, left-censored rows among them, by the AFT loss [2].

    Parameters
    ----------
    features
        Shape (n, p), NaN allowed.
    target
        Residuals and limits.
    params, seed, n_threads
        Settings; the threads change nothing but the time.
    """
    scaled = np.exp(target.known_db / DB_PER_LOG)
    data = xgb.DMatrix(features, nthread=n_threads)
    data.set_weight(target.weight)
    data.set_float_info("label_lower_bound", np.where(target.is_censored, 0.0, scaled))
    data.set_float_info("label_upper_bound", scaled)
    scale = params.scale_db / DB_PER_LOG
    settings: dict[str, Any] = {
        "objective": "survival:aft",
        "aft_loss_distribution": "normal",
        "aft_loss_distribution_scale": scale,
        "tree_method": "hist",
        "base_score": 1.0,  # a residual of 0 dB
        "max_depth": params.depth,
        "eta": params.learning_rate,
        "min_child_weight": params.min_leaf / scale**2,  # the hessian of an exact row is 1/scale^2
        "nthread": n_threads,
        "seed": seed,
        "verbosity": 0,
    }
    return xgb.train(settings, data, num_boost_round=params.rounds)


def predict_boosting(booster: xgb.Booster, features: Floats, n_threads: int) -> Floats:
    """Residual at each row [dB]."""
    data = xgb.DMatrix(features, nthread=n_threads)
    margin = booster.predict(data, output_margin=True)
    residual: Floats = DB_PER_LOG * np.asarray(margin, dtype=np.float64)
    return residual
