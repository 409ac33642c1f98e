"""The methods to beat, each given the same harmonised samples.

All keep scikit-learn's manner: ``fit(samples, towers)``, ``predict(points)`` gives dBm. Methods
that know no censoring take the device's limit for a place without service; a place of an operator
without samples is NaN.

References
----------
[1] Alimpertis et al., WWW 2019 (random forest on place, distance, device, time ...).
[2] MODEL 7 of the project lists why each is here.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestRegressor

from coverage.geodesy import from_plane_m
from coverage.hexgrid import cells_of, parents_of
from coverage.signal import harmony, trend
from coverage.signal.features import (
    SITE_FEATURES,
    Ground,
    SiteParams,
    Sites,
    ground_of,
    site_features,
    sites_for,
)
from coverage.signal.harmony import HarmonyParams
from coverage.signal.kriging import Kriging
from coverage.signal.observations import (
    Floats,
    Integers,
    Layout,
    Observations,
    Places,
    layout_of,
    observe,
)
from coverage.signal.samples import checked
from coverage.signal.trend import TrendParams
from coverage.signal.variogram import KrigingParams, Residuals, fit_variogram

DECLUSTER_RESOLUTION: Final = 8
N_PARENTS: Final = (9, 8, 7, 6, 5)  # cell, then its parents


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Harmonised samples and the sites of the list.

    Attributes
    ----------
    observations, ground
        As the model's own.
    """

    observations: Observations
    ground: Ground


def prepare(samples: pd.DataFrame, towers: pd.DataFrame | None) -> Prepared:
    """Harmonise samples the way the model does, without its noise."""
    ordered = checked(samples)
    layout = layout_of(ordered, towers, ())
    sources = harmony.fit(ordered, HarmonyParams())
    return Prepared(
        observations=observe(ordered, layout, sources, DECLUSTER_RESOLUTION),
        ground=ground_of(towers, layout),
    )


class Baseline(BaseEstimator, ABC):  # type: ignore[misc]
    """What all baselines share: the samples on a plane, operator by operator.

    Attributes
    ----------
    layout_
        Plane and operator codes.
    observations_
        The samples.
    level_dbm_
        Level of each, or limit where only that is known. [dBm]
    """

    def fit(self, samples: pd.DataFrame, towers: pd.DataFrame | None = None) -> Self:
        """Keep the samples, and learn from them."""
        return self.fit_prepared(prepare(samples, towers))

    def fit_prepared(self, prepared: "Prepared") -> Self:
        """As :meth:`fit`, on samples that several rivals share."""
        self.layout_: Layout = prepared.ground.layout
        self.observations_: Observations = prepared.observations
        self.level_dbm_: Floats = self.observations_.target.known_db
        self._learn(prepared.ground)
        return self

    def predict(self, points: pd.DataFrame) -> Floats:
        """Level at each point [dBm]; NaN where the operator has no sample."""
        places = self.layout_.places(points)
        level = np.full(len(places), np.nan)
        for code in np.unique(places.operator):
            rows = np.flatnonzero(places.operator == code)
            mine = np.flatnonzero(self.observations_.places.operator == code)
            if len(mine):
                level[rows] = self._predict_one(places.take(rows), mine)
        return level

    def _learn(self, ground: Ground) -> None:
        """Fit what needs fitting beyond keeping the samples."""

    @abstractmethod
    def _predict_one(self, places: Places, mine: Integers) -> Floats:
        """Level at places of one operator; ``mine`` are its samples."""


class NearestReading(Baseline):
    """The nearest sample."""

    def _predict_one(self, places: Places, mine: Integers) -> Floats:
        tree = cKDTree(self.observations_.places.plane_m[mine])
        return np.asarray(self.level_dbm_[mine[tree.query(places.plane_m)[1]]])


class InverseDistance(Baseline):
    """Mean of the nearest samples, weighed by a power of the inverse distance.

    Parameters
    ----------
    n_neighbours
        Samples. [count]
    power
        Of the distance.
    """

    def __init__(self, n_neighbours: int = 12, power: float = 2.0) -> None:
        self.n_neighbours = n_neighbours
        self.power = power

    def _predict_one(self, places: Places, mine: Integers) -> Floats:
        tree = cKDTree(self.observations_.places.plane_m[mine])
        k = min(self.n_neighbours, len(mine))
        distance_m, row = tree.query(places.plane_m, k=np.arange(1, k + 1))
        weight = np.maximum(distance_m, 1.0) ** -self.power
        level = self.level_dbm_[mine[row]]
        return np.asarray((weight * level).sum(axis=1) / weight.sum(axis=1))


class CellMean(Baseline):
    """Mean level of the H3 cell, or of the first parent that has samples, or of the operator."""

    def _predict_one(self, places: Places, mine: Integers) -> Floats:
        level = np.full(len(places), float(self.level_dbm_[mine].mean()))
        samples_cell = parents_of(self.observations_.cell[mine], N_PARENTS[0])
        places_cell = cells_of(*from_plane_m(places.plane_m, self.layout_.origin), N_PARENTS[0])
        for resolution in reversed(N_PARENTS):
            cell = pd.Series(parents_of(samples_cell, resolution))
            mean = pd.Series(self.level_dbm_[mine]).groupby(cell).mean()
            found = (
                pd.Series(parents_of(places_cell, resolution)).map(mean).to_numpy(dtype=np.float64)
            )
            level = np.where(np.isfinite(found), found, level)
        return level


class LogDistance(Baseline):
    """Log-distance path loss from the nearest site, one level and exponent an operator."""

    def _learn(self, ground: Ground) -> None:
        self.sites_: Sites = sites_for(self.observations_, ground, SiteParams())

    def _predict_one(self, places: Places, mine: Integers) -> Floats:
        known = self._design(self.observations_.places.take(mine))
        line = np.linalg.lstsq(known, self.level_dbm_[mine])[0]
        return np.asarray(self._design(places) @ line)

    def _design(self, places: Places) -> Floats:
        nearest = site_features(places, self.sites_)[:, SITE_FEATURES.index("log_distance_1")]
        return np.column_stack([np.ones(len(places)), nearest])


class OrdinaryKriging(Baseline):
    """Ordinary kriging of the level from its nearest samples.

    Parameters
    ----------
    params
        Neighbours and variogram; None takes the defaults.
    seed
        Of the subsample in the variogram fit.
    """

    def __init__(self, params: KrigingParams | None = None, seed: int = 0) -> None:
        self.params = params
        self.seed = seed

    def _learn(self, ground: Ground) -> None:  # noqa: ARG002  (knows no sites)
        places = self.observations_.places
        means = np.bincount(places.operator, self.level_dbm_) / np.maximum(
            np.bincount(places.operator), 1
        )
        self.mean_dbm_ = means
        self.kriging_ = _kriging(
            self.observations_, self.level_dbm_ - means[places.operator], self.params, self.seed,
            has_mean=True,
        )  # fmt: skip

    def _predict_one(self, places: Places, mine: Integers) -> Floats:
        code = self.observations_.places.operator[mine[0]]
        residual = self.kriging_.predict(places.plane_m, places.operator)[0]
        return np.asarray(self.mean_dbm_[code] + residual)


class Forest(Baseline):
    """Random forest on place, operator and sites, after Alimpertis et al. [1].

    Their time and device features carry no meaning at a place nobody has measured, and device
    effects are taken off beforehand.

    Parameters
    ----------
    n_trees
        Trees. [count]
    seed, n_threads
        Of the forest.
    """

    def __init__(self, n_trees: int = 100, seed: int = 0, n_threads: int = 1) -> None:
        self.n_trees = n_trees
        self.seed = seed
        self.n_threads = n_threads

    def _learn(self, ground: Ground) -> None:
        self.sites_: Sites = sites_for(self.observations_, ground, SiteParams())
        self.forest_ = RandomForestRegressor(
            n_estimators=self.n_trees, min_samples_leaf=3, max_features=0.5,
            random_state=self.seed, n_jobs=self.n_threads,
        )  # fmt: skip
        self.forest_.fit(self._table(self.observations_.places), self.level_dbm_)

    def _predict_one(self, places: Places, mine: Integers) -> Floats:  # noqa: ARG002
        return np.asarray(self.forest_.predict(self._table(places)), dtype=np.float64)

    def _table(self, places: Places) -> Floats:
        features = site_features(places, self.sites_)
        table = trend.tree_features(places, features, len(self.layout_.operators))
        return np.column_stack([places.plane_m / 1000.0, table])


class CalibratedPhysics(Baseline):
    """Path loss calibrated on the samples, censored ones used as such."""

    def _learn(self, ground: Ground) -> None:
        self.trend_ = trend.fit(
            self.observations_, ground, TrendParams(), None, seed=0, n_threads=1
        )

    def _predict_one(self, places: Places, mine: Integers) -> Floats:  # noqa: ARG002
        return self.trend_.predict(places, 1)


class PhysicsKriging(CalibratedPhysics):
    """Calibrated physics and the kriged residual of it: the strongest simple rival.

    Parameters
    ----------
    params
        Neighbours and variogram; None takes the defaults.
    seed
        Of the subsample in the variogram fit.
    """

    def __init__(self, params: KrigingParams | None = None, seed: int = 0) -> None:
        self.params = params
        self.seed = seed

    def _learn(self, ground: Ground) -> None:
        super()._learn(ground)
        fitted_dbm = self.trend_.predict(self.observations_.places, 1)
        self.kriging_ = _kriging(
            self.observations_, self.level_dbm_ - fitted_dbm, self.params, self.seed
        )

    def _predict_one(self, places: Places, mine: Integers) -> Floats:
        residual = self.kriging_.predict(places.plane_m, places.operator)[0]
        return super()._predict_one(places, mine) + residual


def _kriging(
    observations: Observations,
    residual_db: Floats,
    params: KrigingParams | None,
    seed: int,
    *,
    has_mean: bool = False,
) -> Kriging:
    """Kriging of residuals with a variogram of their own."""
    residuals = Residuals(
        plane_m=observations.places.plane_m,
        operator=observations.places.operator,
        residual_db=residual_db,
        noise_db2=observations.noise_db2,
    )
    settings = params or KrigingParams()
    variogram = fit_variogram(residuals, settings, seed=seed)
    return Kriging(residuals=residuals, variogram=variogram, params=settings, has_mean=has_mean)
