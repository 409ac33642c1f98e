"""Why a place is predicted as it is: what each feature and each neighbour adds, in dB.

The parts add up to the predicted level exactly. For the calibration, a feature's part is its
coefficient times its distance from the operator's mean sample; for the trees, its Shapley value.

References
----------
[1] Lundberg et al., Nature Machine Intelligence 2, 56-67, 2020 (exact Shapley values of trees).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb

from coverage.signal.censored import DB_PER_LOG
from coverage.signal.features import SITE_FEATURES, site_features
from coverage.signal.model import SignalModel
from coverage.signal.observations import UNKNOWN_CODE, Floats, Places
from coverage.signal.trend import PHYSICS_TERMS, Trend, physics_design, tree_features

OPERATOR: Final = "operator"
MAX_TYPICAL: Final = 2000  # places over which effects are averaged
_FEATURE_OF_TERM: Final = {
    "level": "level_dbm",
    "gain": "gain_db",
    "density": "log_density_5km",
    "near": "log_distance_1",
    "closer_other": "log_closer_other",
}
"""Feature that each shared term of the calibration is made of."""


@dataclass(frozen=True, kw_only=True)
class Effects:
    """How the mean level at one place comes about.

    Attributes
    ----------
    base_dbm
        Level expected of the operator at its mean sample. [dBm]
    features
        ``feature, value, physics_db, trees_db``: what each moves the level by, largest first.
        ``value`` is NaN for the operator itself.
    neighbours
        ``row, distance_m, operator, residual_db, weight, effect_db``: samples that the residual
        is kriged from, nearest first; empty where it is not.
    kriged_db
        Their sum. [dB]
    mean_dbm
        Base and all effects: the mean before calibration of the interval. [dBm]
    physics_dbm
        What the calibrated physics alone says. [dBm]
    """

    base_dbm: float
    features: pd.DataFrame
    neighbours: pd.DataFrame
    kriged_db: float
    mean_dbm: float
    physics_dbm: float


def effects_of(model: SignalModel, point: pd.DataFrame) -> Effects:
    """Effects at one place.

    Parameters
    ----------
    model
        Fitted.
    point
        One row with what :meth:`coverage.signal.model.SignalModel.describe` needs.

    Raises
    ------
    ValueError
        Where there is not exactly one row, or its operator is not known to the model.
    """
    places = model.layout_.places(point)
    if len(places) != 1 or places.operator[0] == UNKNOWN_CODE:
        raise ValueError(f"Invalid point of {len(places)} rows. Must be one, of a known operator.")
    trend = model.chain_.trend
    code = int(places.operator[0])
    names = (OPERATOR, *SITE_FEATURES, *model.layout_.covariates)
    features = site_features(places, trend.sites)
    base, physics = (part[0] for part in _physics(model, places, names))
    trees_base, trees = (part[0] for part in _trees(trend, places, features, len(names)))
    neighbours = _neighbours(model, places.plane_m[0], code)
    kriged = float(neighbours["effect_db"].sum())
    table = pd.DataFrame(
        {
            "feature": names,
            "value": [np.nan, *features[0], *places.covariates[0]],
            "physics_db": physics,
            "trees_db": trees,
        }
    )
    largest = np.argsort(-np.abs(physics + trees), kind="stable")
    base_dbm = float(base + trees_base)
    return Effects(
        base_dbm=base_dbm,
        features=table.iloc[largest].reset_index(drop=True),
        neighbours=neighbours,
        kriged_db=kriged,
        mean_dbm=base_dbm + float(physics.sum() + trees.sum()) + kriged,
        physics_dbm=float(base + physics.sum()),
    )


def typical_effects(model: SignalModel, points: pd.DataFrame) -> pd.DataFrame:
    """How much each feature moves the level over some places, largest first.

    Parameters
    ----------
    model
        Fitted.
    points
        Of operators the model knows; at most :data:`MAX_TYPICAL` are used, spread evenly over
        their order.

    Returns
    -------
    pandas.DataFrame
        ``feature, physics_db, trees_db, total_db``: mean sizes of the effects. [dB]
    """
    names = (OPERATOR, *SITE_FEATURES, *model.layout_.covariates)
    some = points.iloc[:: max(len(points) // MAX_TYPICAL, 1)]
    places = model.layout_.places(some)
    places = places.take(places.operator != UNKNOWN_CODE)
    trend = model.chain_.trend
    physics = _physics(model, places, names)[1]
    trees = _trees(trend, places, site_features(places, trend.sites), len(names))[1]
    table = pd.DataFrame(
        {
            "feature": names,
            "physics_db": np.abs(physics).mean(axis=0),
            "trees_db": np.abs(trees).mean(axis=0),
            "total_db": np.abs(physics + trees).mean(axis=0),
        }
    )
    return table.sort_values(["total_db", "feature"], ascending=[False, True], ignore_index=True)


def _physics(model: SignalModel, places: Places, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Level at the operator's mean sample, and what each feature adds to it by the calibration."""
    trend = model.chain_.trend
    n_covariates = len(trend.covariate_centre)
    here = _design(trend, places)
    coefficients = trend.physics.coefficients[: here.shape[1]]
    mean = _mean_designs(model)[places.operator]
    part = (here - mean) * coefficients
    added = np.zeros((len(places), len(names)))
    for place, term in enumerate(PHYSICS_TERMS[1:], start=1):
        added[:, names.index(_FEATURE_OF_TERM[term])] += part[:, place]
    first_own = len(PHYSICS_TERMS)
    first_slope = first_own + trend.n_operators
    added[:, names.index(OPERATOR)] += part[:, first_own:first_slope].sum(axis=1)
    added[:, names.index("level_dbm")] += part[:, first_slope:].sum(axis=1)
    if n_covariates:
        offset = (places.covariates - trend.covariate_centre) / trend.covariate_spread
        effect = np.nan_to_num(offset, nan=0.0) * trend.physics.coefficients[-n_covariates:]
        added[:, -n_covariates:] += effect
    return np.asarray(mean @ coefficients, dtype=np.float64), added


def _mean_designs(model: SignalModel) -> Floats:
    """Mean design of each operator's samples; of one without, that of all."""
    trend = model.chain_.trend
    residuals = model.chain_.residual.kriging.residuals
    seen = Places(
        plane_m=residuals.plane_m,
        operator=residuals.operator,
        covariates=np.tile(trend.covariate_centre, (len(residuals), 1)),
    )
    design = _design(trend, seen)
    means = np.tile(design.mean(axis=0), (trend.n_operators, 1))
    for code in np.unique(residuals.operator):
        means[code] = design[residuals.operator == code].mean(axis=0)
    return means


def _design(trend: Trend, places: Places) -> Floats:
    """Design of the calibration without the covariates."""
    return physics_design(
        places, site_features(places, trend.sites), trend.n_operators, trend.sites
    )


def _trees(trend: Trend, places: Places, features: Floats, n_names: int) -> tuple[Floats, Floats]:
    """What the trees add on average, and each feature's Shapley value [1]; operators are summed."""
    if trend.booster is None:
        return np.zeros(len(places)), np.zeros((len(places), n_names))
    data = xgb.DMatrix(tree_features(places, features, trend.n_operators), nthread=1)
    parts = DB_PER_LOG * np.asarray(
        trend.booster.predict(data, pred_contribs=True), dtype=np.float64
    )
    n_operators = trend.n_operators
    whose = parts[:, :n_operators].sum(axis=1, keepdims=True)
    return parts[:, -1], np.column_stack([whose, parts[:, n_operators:-1]])


def _neighbours(model: SignalModel, place_m: Floats, code: int) -> pd.DataFrame:
    """Samples that the residual is kriged from."""
    residual = model.chain_.residual
    rows, weights = residual.neighbours(place_m, code)
    known = residual.kriging.residuals.take(rows)
    step = known.plane_m - place_m
    names: npt.NDArray[np.object_] = np.array(model.layout_.operators, dtype=object)
    table = pd.DataFrame(
        {
            "row": rows,
            "distance_m": np.hypot(step[:, 0], step[:, 1]),
            "operator": names[known.operator],
            "residual_db": known.residual_db,
            "weight": weights,
            "effect_db": weights * known.residual_db,
        }
    )
    return table.sort_values(["distance_m", "row"], kind="stable", ignore_index=True)
