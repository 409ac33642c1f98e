"""The settings of the model, and the chains it may choose from."""

from dataclasses import dataclass, field
from typing import Final

from coverage.errors import InputError
from coverage.signal.censored import BoostingParams
from coverage.signal.conformal import ConformalParams
from coverage.signal.cross_fit import Candidate, ChainParams
from coverage.signal.harmony import HarmonyParams
from coverage.signal.trend import TrendParams
from coverage.signal.variogram import KrigingParams

DEFAULT_CANDIDATES: Final = (
    # one level for a whole operator cannot tell town from country: regions differ from it
    Candidate(name="level", has_sites=False, regional_share=0.2),
    Candidate(name="physics"),
    Candidate(
        name="physics, shallow trees",
        boosting=BoostingParams(depth=2, rounds=80, min_leaf=30.0),
    ),
    Candidate(
        name="physics, deep trees",
        boosting=BoostingParams(depth=5, rounds=200, learning_rate=0.06, min_leaf=30.0),
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
