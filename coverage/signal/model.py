"""The model of the level: fit on samples, give a calibrated distribution anywhere.

Harmonised samples -> calibrated physics -> trees on the residual, if they pay -> kriged residual
-> as much of it as holds -> conformal intervals by distance to data. Which chain, blocked
cross-validation inside the training data decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from coverage.errors import InputError
from coverage.hexgrid import centres_of, parents_of, resolution_of
from coverage.radio import LEAST_RSRP_DBM
from coverage.signal import applicability, chain, correlation, harmony, noise
from coverage.signal.calibration import calibrate, errors_of, reference_noise_db2
from coverage.signal.choice import choose
from coverage.signal.correlation import CorrelationParams
from coverage.signal.cross_fit import Candidate, blocks_for, cross_fit, fit_trend
from coverage.signal.distribution import LEVELS, at_level, probability_below
from coverage.signal.features import Ground, ground_of
from coverage.signal.model_params import ModelParams
from coverage.signal.observations import (
    UNKNOWN_CODE,
    Booleans,
    Floats,
    Integers,
    Observations,
    layout_of,
    observe,
)
from coverage.signal.samples import checked
from coverage.tables import schema_of

__all__ = [
    "CellSignalParams",
    "ModelParams",
    "Prediction",
    "SignalModel",
    "cell_signal",
    "operator_correlation",
]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What the model says about some points, in their order.

    Attributes
    ----------
    quantiles_dbm
        At the levels of the tables, shape (n, 21). [dBm]
    distance_to_reading_m
        To the nearest sample of the operator, NaN where it has none. [m]
    is_applicable
        Inside the area of applicability and the interval narrow enough.
    is_in_area
        Inside the area of applicability, however wide the interval.
    """

    quantiles_dbm: Floats
    distance_to_reading_m: Floats
    is_applicable: Booleans
    is_in_area: Booleans

    @property
    def median_dbm(self) -> Floats:
        """Median [dBm]."""
        return np.asarray(self.quantiles_dbm[:, int(np.argmin(np.abs(LEVELS - 0.5)))])


class SignalModel(BaseEstimator):  # type: ignore[misc]
    """Level of every operator everywhere, as a distribution.

    The distribution is that of what a drive test would record within 60 m outdoors: this can be
    checked on held-out samples, the level free of all noise cannot.

    Parameters
    ----------
    params
        Settings; None takes the defaults.

    Attributes
    ----------
    layout_
        Plane and operator codes.
    harmony_
        Shift and noise of each source.
    choice_
        Score of each candidate, first column ``candidate``, and which was chosen.
    chain_
        The fitted chain.
    conformal_
        Its calibration.
    applicability_
        Its area.
    n_samples_
        Samples of each operator. [count]
    reference_noise_db2_
        Noise variance of the drive-test sample that the distribution is about. [dB^2]
    errors_
        Errors of the chain at held-out samples, for the correlation of operators.
    """

    def __init__(self, params: ModelParams | None = None) -> None:
        self.params = params

    def fit(self, samples: pd.DataFrame, towers: pd.DataFrame | None = None) -> Self:
        """Choose the chain, fit it, calibrate it.

        Parameters
        ----------
        samples
            Of :func:`coverage.signal.samples.from_readings`; one row is enough for an answer, not
            for an applicable one.
        towers
            Table ``towers``; its estimated rows are ignored and estimated anew in every fold.
        """
        with threadpool_limits(limits=1, user_api="blas"):  # more threads add in another order
            return self._fit(samples, towers)

    def _fit(self, samples: pd.DataFrame, towers: pd.DataFrame | None) -> Self:
        """Fit, with linear algebra on one thread."""
        params = self._params()
        ordered = checked(samples)
        if ordered.empty:
            raise InputError("Invalid samples, there are none. Must be at least one.")
        self.layout_ = layout_of(ordered, towers, params.covariates)
        ground = ground_of(towers, self.layout_)
        observations, fold = self._harmonise(ordered, ground, params)
        shared = params.chain_params()
        self.choice_ = choose(
            observations, ground, params.candidates, shared, params.max_tuning_samples
        )
        chosen = params.candidates[int(np.flatnonzero(self.choice_["is_chosen"])[0])]
        trends = cross_fit(observations, ground, chosen, fold, shared)
        fitted = chain.fit(observations, chosen, trends, shared)
        self.chain_, self.conformal_ = calibrate(observations, fitted, trends, params)
        self.reference_noise_db2_ = reference_noise_db2(observations, params.harmony)
        self.errors_ = errors_of(observations, self.chain_, trends)
        area = self.chain_.trend.area_features(observations.places)
        self.applicability_ = applicability.fit(
            area, self.chain_.trend.importance(area), fold, seed=params.seed
        )
        self.n_samples_ = np.bincount(
            observations.places.operator, minlength=len(self.layout_.operators)
        )
        return self

    def predict(self, points: pd.DataFrame) -> Floats:
        """Median level at each point [dBm].

        Parameters
        ----------
        points
            ``latitude_deg, longitude_deg`` [deg], ``operator``, and the covariates.
        """
        return self.describe(points).median_dbm

    def predict_distribution(self, points: pd.DataFrame) -> Floats:
        """Quantiles at :data:`coverage.tables.QUANTILE_LEVELS`, shape (n, 21) [dBm]."""
        return self.describe(points).quantiles_dbm

    def describe(self, points: pd.DataFrame) -> Prediction:
        """Distribution, distance to data and applicability at each point."""
        params = self._params()
        places = self.layout_.places(points)
        mean, variance, distance_m = self.chain_.predict(places, params.n_threads)
        spread_db = np.sqrt(variance + self.reference_noise_db2_)
        quantiles = self.conformal_.quantiles(mean, spread_db, distance_m)
        # whole hundredths: what threads or machines may differ by lies far below
        quantiles = np.round(quantiles, 2)
        low, high = (1 - params.interval) / 2, (1 + params.interval) / 2
        width_db = at_level(quantiles, high) - at_level(quantiles, low)
        is_known = places.operator != UNKNOWN_CODE
        n_samples = np.where(is_known, self.n_samples_[places.operator], 0)
        is_in_area = (n_samples >= params.min_operator_samples) & self.applicability_.contains(
            self.chain_.trend.area_features(places)
        )
        return Prediction(
            quantiles_dbm=quantiles,
            distance_to_reading_m=distance_m,
            is_applicable=is_in_area & (width_db <= params.max_width_db),
            is_in_area=is_in_area,
        )

    def measured_cells(self, operator: str, resolution: int) -> npt.NDArray[np.uint64]:
        """Cells in which an operator has a sample."""
        if operator not in self.layout_.operators:
            return np.zeros(0, dtype=np.uint64)
        mine = self.errors_.operator == self.layout_.operators.index(operator)
        return np.unique(parents_of(self.errors_.cell[mine], resolution))

    def _harmonise(
        self, samples: pd.DataFrame, ground: Ground, params: ModelParams
    ) -> tuple[Observations, Integers]:
        """Observations with what was learnt of their sources, and the fold of each."""
        sources = harmony.fit(samples, params.harmony)
        believed = observe(samples, self.layout_, sources, params.decluster_resolution)
        shared = params.chain_params()
        physics = fit_trend(believed, ground, Candidate(name="physics"), shared)
        physics_dbm = physics.predict(believed.places, params.n_threads)
        self.harmony_ = noise.learn(
            believed, physics_dbm, sources, params.kriging, seed=params.seed
        )
        observations = observe(samples, self.layout_, self.harmony_, params.decluster_resolution)
        return observations, blocks_for(observations, shared)

    def _params(self) -> ModelParams:
        """Settings, defaults filled in."""
        return self.params or ModelParams()


@dataclass(frozen=True, kw_only=True)
class CellSignalParams:
    """What is read off the distribution of a cell.

    Attributes
    ----------
    weak_dbm
        Weak is below this. [dBm]
    decided_p
        A wide interval still answers where its tail beyond the weak level is no larger: a town at
        -80 dBm +- 15 dB is not weak, however vague that is. [0-1]
    chunk
        Cells predicted at once. [count]
    """

    weak_dbm: float = -110.0
    decided_p: float = 0.05
    chunk: int = 50_000

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not -140 <= self.weak_dbm <= -44:
            raise InputError(f"Invalid weak_dbm {self.weak_dbm}. Must be in [-140, -44].")
        if not 0 <= self.decided_p <= 0.5:
            raise InputError(f"Invalid decided_p {self.decided_p}. Must be in [0, 0.5].")
        if self.chunk < 1:
            raise InputError(f"Invalid chunk {self.chunk}. Must be >= 1.")


def cell_signal(
    model: SignalModel,
    h3_cells: npt.ArrayLike,
    operators: Sequence[str],
    params: CellSignalParams,
    covariates: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Table ``cell_signal``: level outdoors at a place in each cell, one row an operator.

    A cell in which the operator has a sample is ``measured``: its distribution is that of the
    neighbours too, and the nearer they are the narrower it is. The named levels end at what a phone
    can report; ``p_weak`` and the list of quantiles, which are computed on, do not.

    Parameters
    ----------
    model
        Fitted.
    h3_cells
        Cells, of one resolution; double ones count once.
    operators
        Operators wanted; one without samples comes out as not applicable.
    params
        Threshold.
    covariates
        Values of the model's covariates, indexed by ``h3_cell`` and ``operator``.
    """
    cells = np.unique(np.asarray(h3_cells, dtype=np.uint64))
    names = sorted(set(operators))
    parts = []
    for start in range(0, len(cells), params.chunk):
        some = cells[start : start + params.chunk]
        latitude_deg, longitude_deg = centres_of(some)
        for name in names:
            points = pd.DataFrame(
                {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg, "operator": name},
                index=pd.Index(some, name="h3_cell"),
            )
            if covariates is not None:
                own = covariates.xs(name, level="operator")
                points = points.join(own, how="left", validate="one_to_one")
            parts.append(_cell_rows(model, some, points, params))
    if not parts:
        empty: pd.DataFrame = schema_of("cell_signal").empty_table().to_pandas()
        return empty
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["h3_cell", "operator"], kind="stable").reset_index(drop=True)


def operator_correlation(
    model: SignalModel, params: CorrelationParams | None = None
) -> pd.DataFrame:
    """Table ``operator_correlation`` of a fitted model, from its errors at held-out samples."""
    return correlation.operator_correlation(
        model.errors_, model.layout_.operators, params or CorrelationParams()
    )


def _cell_rows(
    model: SignalModel,
    cells: npt.NDArray[np.uint64],
    points: pd.DataFrame,
    params: CellSignalParams,
) -> pd.DataFrame:
    """Rows of one operator."""
    said = model.describe(points)
    quantiles = said.quantiles_dbm
    p_weak = probability_below(quantiles, params.weak_dbm)
    is_decided = np.minimum(p_weak, 1 - p_weak) <= params.decided_p
    name = str(points["operator"].iloc[0])
    measured = np.isin(cells, model.measured_cells(name, int(resolution_of(cells[:1])[0])))
    return pd.DataFrame(
        {
            "h3_cell": cells,
            "operator": name,
            "rsrp_p05_dbm": np.maximum(at_level(quantiles, 0.05), LEAST_RSRP_DBM),
            "rsrp_p50_dbm": np.maximum(said.median_dbm, LEAST_RSRP_DBM),
            "rsrp_p95_dbm": np.maximum(at_level(quantiles, 0.95), LEAST_RSRP_DBM),
            "p_weak": p_weak,
            "basis": np.where(measured, "measured", "predicted"),
            "distance_to_reading_m": said.distance_to_reading_m,
            "is_applicable": said.is_applicable | (said.is_in_area & is_decided),
            "rsrp_quantiles_dbm": list(quantiles.astype(np.float32)),
        }
    )
