"""The mean of the map: physics calibrated per operator, then trees on what it leaves.

Physics alone where sites are known but no terrain or clutter; trees earn their place through
covariates (MODEL 12.4). Which of the two, cross-validation decides.
"""

from dataclasses import dataclass, field, replace
from typing import Final

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
    SiteParams,
    Sites,
    site_features,
    sites_for,
)
from coverage.signal.observations import Floats, Observations, Places

PHYSICS_TERMS: Final = ("intercept", "level", "gain", "density", "near", "closer_other")
_LEVEL: Final = SITE_FEATURES.index("level_dbm")
_GAIN: Final = SITE_FEATURES.index("gain_db")
_DENSITY: Final = SITE_FEATURES.index("log_density_5km")
_DISTANCE: Final = SITE_FEATURES.index("log_distance_1")
_CLOSER: Final = SITE_FEATURES.index("log_closer_other")
LEVEL_CENTRE_DBM: Final = -100.0  # keeps intercept and slope apart
NEAR_LOG_M: Final = 3.0  # a second slope inside 1 km: the dual-slope form


@dataclass(frozen=True, kw_only=True)
class PhysicsParams:
    """Prior of the calibration.

    Attributes
    ----------
    prior_level_dbm, prior_level_sd_db
        Level expected where the reference Hata says -100 dBm. [dBm, dB]
    prior_slope_sd
        Spread of the slope about 1. [dB/dB]
    operator_level_sd_db, operator_slope_sd
        How far operators differ from their mean: an operator with few samples is drawn to it.
    covariate_sd_db
        Effect of a covariate a standard deviation off its mean. [dB]
    """

    prior_level_dbm: float = -102.0
    prior_level_sd_db: float = 12.0
    prior_slope_sd: float = 0.3
    operator_level_sd_db: float = 5.0
    operator_slope_sd: float = 0.15
    covariate_sd_db: float = 4.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name in ("prior_level_sd_db", "prior_slope_sd", "operator_level_sd_db",
                     "operator_slope_sd", "covariate_sd_db"):  # fmt: skip
            if not getattr(self, name) > 0:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be > 0.")
        if not -140 <= self.prior_level_dbm <= -60:
            raise InputError(
                f"Invalid prior_level_dbm {self.prior_level_dbm}. Must be in [-140, -60]."
            )


@dataclass(frozen=True, kw_only=True)
class TrendParams:
    """Settings of the trend.

    Attributes
    ----------
    sites, physics
        Of its parts.
    """

    sites: SiteParams = field(default_factory=SiteParams)
    physics: PhysicsParams = field(default_factory=PhysicsParams)

    def without_sites(self) -> "TrendParams":
        """The same, estimating none."""
        return replace(self, sites=replace(self.sites, min_listed_sites=0))


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
    covariate_centre, covariate_spread
        Of each covariate in training: the calibration sees them in these units.
    booster
        Trees on the residual, or None.
    """

    sites: Sites
    physics: LinearFit
    n_operators: int
    covariate_centre: Floats
    covariate_spread: Floats
    booster: xgb.Booster | None

    def predict(self, places: Places, n_threads: int) -> Floats:
        """Mean level at each place [dBm]."""
        features = site_features(places, self.sites)
        scaled = _scaled(places.covariates, self.covariate_centre, self.covariate_spread)
        design = physics_design(places, features, self.n_operators, self.sites)
        mean = np.column_stack([design, scaled]) @ self.physics.coefficients
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
        _, spread = _centre_and_spread(features)
        effect = np.abs(self.physics.coefficients[: len(PHYSICS_TERMS)])
        columns = [_LEVEL, _GAIN, _DENSITY, _DISTANCE, _CLOSER]
        moved[columns] = effect[1:] * spread[columns]
        n_covariates = len(self.covariate_centre)
        if n_covariates:
            moved[-n_covariates:] = np.abs(self.physics.coefficients[-n_covariates:])
        if self.booster is not None:
            first = self.n_operators  # the operator is no part of the area
            found = self.booster.get_score(importance_type="total_gain")
            gains = {name: float(np.sum(gain)) for name, gain in found.items()}
            table = np.array([gains.get(f"f{first + j}", 0.0) for j in range(len(moved))])
            total = float(sum(gains.values())) or 1.0
            moved = moved + float(moved.sum() or 1.0) * table / total
        return moved


def fit(
    observations: Observations,
    ground: Ground,
    params: TrendParams,
    boosting: BoostingParams | None,
    *,
    seed: int,
    n_threads: int,
) -> Trend:
    """Calibrate the physics, then grow trees on the residual if asked to."""
    layout = ground.layout
    sites = sites_for(observations, ground, params.sites)
    places, n_operators = observations.places, len(layout.operators)
    features = site_features(places, sites)
    centre, spread = _centre_and_spread(places.covariates)
    design = np.column_stack(
        [
            physics_design(places, features, n_operators, sites),
            _scaled(places.covariates, centre, spread),
        ]
    )
    prior_mean, prior_sd = _prior(params.physics, n_operators, len(centre))
    line = fit_linear(design, observations.target, prior_mean, prior_sd)
    booster = None
    if boosting is not None:
        booster = fit_boosting(
            tree_features(places, features, n_operators),
            observations.target.less(design @ line.coefficients),
            boosting,
            seed=seed,
            n_threads=n_threads,
        )
    return Trend(
        sites=sites,
        physics=line,
        n_operators=n_operators,
        covariate_centre=centre,
        covariate_spread=spread,
        booster=booster,
    )


def physics_design(places: Places, features: Floats, n_operators: int, sites: Sites) -> Floats:
    """Design of the calibration: shared terms, then each operator's own level and slope.

    An operator without any site has a level only.
    """
    has_site = sites.has_site(places.operator)
    level = np.where(has_site, features[:, _LEVEL] - LEVEL_CENTRE_DBM, 0.0)
    gain = np.where(has_site, features[:, _GAIN], 0.0)
    density = np.where(has_site, features[:, _DENSITY], 0.0)
    near = np.where(has_site, np.maximum(NEAR_LOG_M - features[:, _DISTANCE], 0.0), 0.0)
    closer = np.where(has_site, features[:, _CLOSER], 0.0)
    own = (places.operator[:, None] == np.arange(n_operators)).astype(np.float64)
    return np.column_stack(
        [np.ones(len(places)), level, gain, density, near, closer, own, own * level[:, None]]
    )


def tree_features(places: Places, features: Floats, n_operators: int) -> Floats:
    """What the trees see: operator, sites, and the caller's covariates.

    Not the place itself: what a place has of its own is the kriging's, and trees that carve the map
    into boxes say something firm of a box without a sample.
    """
    own = (places.operator[:, None] == np.arange(n_operators)).astype(np.float64)
    return np.column_stack([own, features, places.covariates])


def _centre_and_spread(covariates: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each covariate, gaps left out; 0 and 1 where all are."""
    known = np.isfinite(covariates)
    n = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, covariates, 0.0).sum(axis=0) / n
    square = np.where(known, (covariates - centre) ** 2, 0.0).sum(axis=0) / n
    return centre, np.where(square > 0, np.sqrt(square), 1.0)


def _scaled(covariates: Floats, centre: Floats, spread: Floats) -> Floats:
    """Covariates in units of their spread; one that is not known says nothing."""
    return np.nan_to_num((covariates - centre) / spread, nan=0.0)


def _prior(params: PhysicsParams, n_operators: int, n_covariates: int) -> tuple[Floats, Floats]:
    """Mean and spread of each coefficient before any sample is seen."""
    shared_mean = [params.prior_level_dbm, 1.0, 0.0, 0.0, 0.0, 0.0]
    shared_sd = [params.prior_level_sd_db, params.prior_slope_sd, 0.5, 6.0, 10.0, 10.0]
    mean = shared_mean + [0.0] * (2 * n_operators + n_covariates)
    sd = [
        *shared_sd,
        *[params.operator_level_sd_db] * n_operators,
        *[params.operator_slope_sd] * n_operators,
        *[params.covariate_sd_db] * n_covariates,
    ]
    return np.array(mean), np.array(sd)
