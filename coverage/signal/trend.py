"""The mean of the map: physics calibrated per operator, then trees on what it leaves.

Physics alone where sites are known but no terrain or clutter; trees earn their place through
covariates (MODEL 12.4). Which of the two, cross-validation decides.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import xgboost as xgb

from coverage.errors import InputError
from coverage.signal.censored import (
    BoostingParams,
    LinearFit,
    fit_boosting,
    fit_linear,
    predict_boosting,
)
from coverage.signal.features import (
    SITE_FEATURES,
    Ground,
    Sites,
    site_features,
    sites_for,
)
from coverage.signal.observations import Floats, Layout, Observations, Places
from coverage.signal.towers import EstimateParams

PHYSICS_TERMS: Final = ("intercept", "level", "gain", "density", "near")
_LEVEL: Final = SITE_FEATURES.index("level_dbm")
_GAIN: Final = SITE_FEATURES.index("gain_db")
_DENSITY: Final = SITE_FEATURES.index("log_density_5km")
_DISTANCE: Final = SITE_FEATURES.index("log_distance_1")
LEVEL_CENTRE_DBM: Final = -100.0  # keeps intercept and slope apart
NEAR_LOG_M: Final = 3.0  # a second slope inside 1 km: the dual-slope form


@dataclass(frozen=True, kw_only=True)
class PhysicsParams:
    """Prior of the calibration, and how sites are made.

    Attributes
    ----------
    prior_level_dbm, prior_level_sd_db
        Level expected where the reference Hata says -100 dBm. [dBm, dB]
    prior_slope_sd
        Spread of the slope about 1. [dB/dB]
    operator_level_sd_db, operator_slope_sd
        How far operators differ from their mean: an operator with few samples is drawn to it.
    position_error_m
        How well sites are known: lists are pulled to roads. [m]
    sites
        How unlisted sites are estimated from samples.
    """

    prior_level_dbm: float = -102.0
    prior_level_sd_db: float = 12.0
    prior_slope_sd: float = 0.3
    operator_level_sd_db: float = 5.0
    operator_slope_sd: float = 0.15
    position_error_m: float = 200.0
    sites: EstimateParams = field(default_factory=EstimateParams)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name in ("prior_level_sd_db", "prior_slope_sd", "operator_level_sd_db",
                     "operator_slope_sd", "position_error_m"):  # fmt: skip
            if not getattr(self, name) > 0:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be > 0.")
        if not -140 <= self.prior_level_dbm <= -60:
            raise InputError(
                f"Invalid prior_level_dbm {self.prior_level_dbm}. Must be in [-140, -60]."
            )


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A fitted mean.

    Attributes
    ----------
    sites
        Sites it stands on.
    physics
        Calibration.
    n_operators
        Operators with coefficients of their own. [count]
    booster
        Trees on the residual, or None.
    """

    sites: Sites
    physics: LinearFit
    n_operators: int
    booster: xgb.Booster | None

    def predict(self, places: Places, n_threads: int) -> Floats:
        """Mean level at each place [dBm]."""
        features = site_features(places, self.sites)
        mean = physics_design(places, features, self.n_operators, self.sites) @ (
            self.physics.coefficients
        )
        if self.booster is not None:
            table = tree_features(places, features, self.n_operators)
            mean = mean + predict_boosting(self.booster, table, n_threads)
        return np.asarray(mean, dtype=np.float64)

    def area_features(self, places: Places) -> Floats:
        """What says whether a place is like the training samples: its sites and covariates."""
        return np.column_stack([site_features(places, self.sites), places.covariates])

    def importance(self, features: Floats) -> Floats:
        """How much each area feature moves the mean: spread of its effect, gain in the trees [dB].

        ``features`` are those of the training samples.
        """
        moved = np.zeros(features.shape[1])
        spread = features.std(axis=0)
        _, level, gain, density, near = np.abs(self.physics.coefficients[: len(PHYSICS_TERMS)])
        moved[_LEVEL], moved[_GAIN] = level * spread[_LEVEL], gain * spread[_GAIN]
        moved[_DENSITY], moved[_DISTANCE] = density * spread[_DENSITY], near * spread[_DISTANCE]
        if self.booster is not None:
            first = 2 + self.n_operators  # place and operator are no part of the area
            found = self.booster.get_score(importance_type="total_gain")
            gains = {name: float(np.sum(gain)) for name, gain in found.items()}
            table = np.array([gains.get(f"f{first + j}", 0.0) for j in range(len(moved))])
            total = float(sum(gains.values())) or 1.0
            moved = moved + float(moved.sum() or 1.0) * table / total
        return moved


def fit(
    observations: Observations,
    ground: Ground,
    physics: PhysicsParams,
    boosting: BoostingParams | None,
    *,
    seed: int,
    n_threads: int,
) -> Trend:
    """Calibrate the physics, then grow trees on the residual if asked to."""
    layout = ground.layout
    sites = sites_for(observations, ground, physics.sites, physics.position_error_m)
    n_operators = len(layout.operators)
    features = site_features(observations.places, sites)
    design = physics_design(observations.places, features, n_operators, sites)
    prior_mean, prior_sd = _prior(physics, n_operators)
    line = fit_linear(design, observations.target, prior_mean, prior_sd)
    booster = None
    if boosting is not None:
        booster = fit_boosting(
            tree_features(observations.places, features, n_operators),
            observations.target.less(design @ line.coefficients),
            boosting,
            seed=seed,
            n_threads=n_threads,
        )
    return Trend(sites=sites, physics=line, n_operators=n_operators, booster=booster)


def physics_design(places: Places, features: Floats, n_operators: int, sites: Sites) -> Floats:
    """Design of the calibration: shared terms, then each operator's own level and slope.

    An operator without any site has a level only.
    """
    has_site = sites.has_site(places.operator)
    level = np.where(has_site, features[:, _LEVEL] - LEVEL_CENTRE_DBM, 0.0)
    gain = np.where(has_site, features[:, _GAIN], 0.0)
    density = np.where(has_site, features[:, _DENSITY], 0.0)
    near = np.where(has_site, np.maximum(NEAR_LOG_M - features[:, _DISTANCE], 0.0), 0.0)
    own = (places.operator[:, None] == np.arange(n_operators)).astype(np.float64)
    return np.column_stack(
        [np.ones(len(places)), level, gain, density, near, own, own * level[:, None]]
    )


def tree_features(places: Places, features: Floats, n_operators: int) -> Floats:
    """What the trees see: place, operator, sites, and the caller's covariates."""
    own = (places.operator[:, None] == np.arange(n_operators)).astype(np.float64)
    return np.column_stack([places.plane_m / 1000.0, own, features, places.covariates])


def tree_feature_names(layout: Layout) -> list[str]:
    """Names of the columns of :func:`tree_features`."""
    own = [f"operator {name}" for name in layout.operators]
    return ["x_km", "y_km", *own, *SITE_FEATURES, *layout.covariates]


def _prior(params: PhysicsParams, n_operators: int) -> tuple[Floats, Floats]:
    """Mean and spread of each coefficient before any sample is seen."""
    shared_mean = [params.prior_level_dbm, 1.0, 0.0, 0.0, 0.0]
    shared_sd = [params.prior_level_sd_db, params.prior_slope_sd, 0.5, 6.0, 10.0]
    mean = np.array(shared_mean + [0.0] * 2 * n_operators)
    sd: list[Any] = shared_sd + [params.operator_level_sd_db] * n_operators
    return mean, np.array(sd + [params.operator_slope_sd] * n_operators)
