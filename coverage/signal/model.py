"""The model of the level: fit on samples, give a calibrated distribution anywhere.

Harmonised samples -> calibrated physics -> trees on the residual, if they pay -> kriged residual
-> conformal intervals by distance to data. Which chain, blocked cross-validation inside the
training data decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from coverage.errors import InputError
from coverage.hexgrid import centres_of, parents_of, resolution_of
from coverage.signal import applicability, chain, conformal, correlation, harmony, noise
from coverage.signal.censored import BoostingParams
from coverage.signal.chain import Candidate, Chain, ChainParams
from coverage.signal.choice import choose
from coverage.signal.conformal import Conformal, ConformalParams
from coverage.signal.correlation import CorrelationParams, Errors
from coverage.signal.distribution import LEVELS, at_level, probability_below
from coverage.signal.features import ground_of
from coverage.signal.harmony import HarmonyParams
from coverage.signal.kriging import KrigingParams
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
from coverage.signal.splits import deal_groups
from coverage.signal.trend import TrendParams
from coverage.tables import schema_of

CALIBRATION_RESOLUTIONS: Final = (7, 8, 9, 10, 11)  # edges 1.4 km, 530, 200, 76, 29 m
DEFAULT_CANDIDATES: Final = (
    Candidate(name="physics"),
    Candidate(
        name="physics, shallow trees",
        boosting=BoostingParams(depth=3, rounds=120, min_leaf=20.0),
    ),
    Candidate(
        name="physics, deep trees",
        boosting=BoostingParams(depth=6, rounds=250, learning_rate=0.06, min_leaf=5.0),
    ),
)
"""Simplest first: a richer chain is taken only where it is clearly better."""


@dataclass(frozen=True, kw_only=True)
class ModelParams:
    """Settings of the model.

    Attributes
    ----------
    seed
        Of folds, subsamples and trees.
    n_threads
        Threads of the trees; they change nothing but the time. [count]
    n_folds
        Folds of the blocked cross-validation inside training. [count]
    block_resolution
        H3 resolution of its blocks; finer where there are too few.
    buffer_m
        Training samples this near to a held-out one are left out. [m]
    decluster_resolution
        A sample weighs one over the samples of its operator in its H3 cell of this resolution.
    max_tuning_samples
        Samples on which the chain is chosen; more are thinned. [count]
    max_scores
        Held-out samples of each scale used for calibration; more are thinned. [count]
    min_operator_samples
        An operator with fewer is nowhere applicable. [count]
    interval
        Width judged for applicability: the central interval of this probability.
    max_width_db
        A wider interval means "survey first". [dB]
    covariates
        Columns of samples and points that the trees may use beside the place: terrain height,
        clutter share ...
    candidates
        Chains to choose from, simplest first.
    harmony, trend, kriging, conformal
        Settings of the parts.
    """

    seed: int = 2024
    n_threads: int = 1
    n_folds: int = 5
    block_resolution: int = 6
    buffer_m: float = 500.0
    decluster_resolution: int = 8
    max_tuning_samples: int = 10_000
    max_scores: int = 5000
    min_operator_samples: int = 30
    interval: float = 0.90
    max_width_db: float = 20.0
    covariates: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = DEFAULT_CANDIDATES
    harmony: HarmonyParams = field(default_factory=HarmonyParams)
    trend: TrendParams = field(default_factory=TrendParams)
    kriging: KrigingParams = field(default_factory=KrigingParams)
    conformal: ConformalParams = field(default_factory=ConformalParams)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, low, high in (
            ("n_threads", 1, 256),
            ("n_folds", 2, 20),
            ("block_resolution", 4, 11),
            ("decluster_resolution", 4, 11),
            ("max_tuning_samples", 500, 10_000_000),
            ("max_scores", 200, 10_000_000),
            ("min_operator_samples", 1, 100_000),
            ("buffer_m", 0, 50_000),
            ("max_width_db", 1, 100),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Invalid {name} {value}. Must be in [{low}, {high}].")
        if not 0.5 <= self.interval <= 0.98:
            raise InputError(f"Invalid interval {self.interval}. Must be in [0.5, 0.98].")
        if not self.candidates:
            raise InputError("Invalid candidates (). Must be at least one.")

    def chain_params(self) -> ChainParams:
        """The part that all chains share."""
        return ChainParams(
            n_folds=self.n_folds,
            block_resolution=self.block_resolution,
            buffer_m=self.buffer_m,
            trend=self.trend,
            kriging=self.kriging,
            seed=self.seed,
            n_threads=self.n_threads,
        )


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
        params = self._params()
        ordered = checked(samples)
        if ordered.empty:
            raise InputError("Invalid samples, there are none. Must be at least one.")
        self.layout_ = layout_of(ordered, towers, params.covariates)
        ground = ground_of(towers, self.layout_)
        sources = harmony.fit(ordered, params.harmony)
        observations = observe(ordered, self.layout_, sources, params.decluster_resolution)
        fold = chain.blocks_for(observations, params.chain_params())
        physics_dbm = chain.held_out_trend(
            observations, ground, Candidate(name="physics"), fold, params.chain_params()
        )
        self.harmony_ = noise.learn(
            observations, physics_dbm, sources, params.kriging, seed=params.seed
        )
        observations = observe(ordered, self.layout_, self.harmony_, params.decluster_resolution)
        self.choice_ = choose(
            observations,
            ground,
            params.candidates,
            params.chain_params(),
            params.max_tuning_samples,
        )
        chosen = params.candidates[int(np.flatnonzero(self.choice_["is_chosen"])[0])]
        held_out_dbm = chain.held_out_trend(
            observations, ground, chosen, fold, params.chain_params()
        )
        self.chain_ = chain.fit(observations, ground, chosen, held_out_dbm, params.chain_params())
        self.conformal_ = calibrate(observations, self.chain_, held_out_dbm, fold, params)
        area = self.chain_.trend.area_features(observations.places)
        self.applicability_ = applicability.fit(
            area, self.chain_.trend.importance(area), fold, seed=params.seed
        )
        self.n_samples_ = np.bincount(
            observations.places.operator, minlength=len(self.layout_.operators)
        )
        self.reference_noise_db2_ = _reference_noise_db2(observations, params.harmony)
        residual = self.chain_.residual.kriging.residuals
        held = chain.predict_held_out(observations, self.chain_.residual, held_out_dbm, fold)
        self.errors_ = Errors(
            cell=observations.cell,
            operator=observations.places.operator,
            error_db=held_out_dbm + residual.residual_db - held.mean_dbm,
            noise_db2=residual.noise_db2,
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

    def _params(self) -> ModelParams:
        """Settings, defaults filled in."""
        return self.params or ModelParams()


def calibrate(
    observations: Observations,
    fitted: Chain,
    held_out_dbm: Floats,
    fold: Integers,
    params: ModelParams,
) -> Conformal:
    """Calibrate on samples held out at the scales of later use: kilometres down to one place.

    The finer the blocks held out, the nearer the data that remain: every distance bin is filled.
    """
    rng = np.random.default_rng(params.seed)
    folds = [fold]
    for resolution in CALIBRATION_RESOLUTIONS:
        blocks = parents_of(observations.cell, resolution)
        if len(np.unique(blocks)) >= params.n_folds:
            folds.append(deal_groups(blocks, params.n_folds, params.seed))
    parts = []
    for one in folds:
        wanted = np.arange(len(observations))
        if len(wanted) > params.max_scores:
            wanted = np.sort(rng.choice(wanted, params.max_scores, replace=False))
        held = chain.predict_held_out(
            observations, fitted.residual, held_out_dbm, one, wanted=wanted
        )
        parts.append(held.scores(observations))
    return conformal.fit(conformal.joined(parts), params.conformal)


def _reference_noise_db2(observations: Observations, params: HarmonyParams) -> float:
    """Median noise variance of the drive-test samples; without any, that of one reading [dB^2]."""
    reference = observations.noise_db2[observations.is_reference]
    return float(np.median(reference)) if len(reference) else params.reading_noise_db**2


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
    neighbours too, and the nearer they are the narrower it is.

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
        Values of the model's covariates, indexed by ``h3_cell``.
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
                points = points.join(covariates, how="left", validate="one_to_one")
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
            "rsrp_p05_dbm": at_level(quantiles, 0.05),
            "rsrp_p50_dbm": said.median_dbm,
            "rsrp_p95_dbm": at_level(quantiles, 0.95),
            "p_weak": p_weak,
            "basis": np.where(measured, "measured", "predicted"),
            "distance_to_reading_m": said.distance_to_reading_m,
            "is_applicable": said.is_applicable | (said.is_in_area & is_decided),
            "rsrp_quantiles_dbm": list(quantiles.astype(np.float32)),
        }
    )
