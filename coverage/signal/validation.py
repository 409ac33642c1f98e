"""Held-out predictions of the model and its rivals under one split.

Each fold fits everything anew: sources, sites, calibration, choice of chain, intervals. Nothing
built from a held-out reading is ever seen.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
import pandas as pd

from coverage.signal.baselines import Baseline, prepare
from coverage.signal.model import Prediction
from coverage.signal.observations import Floats, Integers

MODEL_NAME: Final = "blankspot"


class Splitter(Protocol):
    """Scikit-learn's splitter contract."""

    def split(self, X: pd.DataFrame) -> Iterator[tuple[Integers, Integers]]:  # noqa: N803
        """Rows of training and test part of each fold."""


class Describing(Protocol):
    """Anything that fits on samples and says what it expects, and how sure it is."""

    def fit(self, samples: pd.DataFrame, towers: pd.DataFrame | None = None) -> Self:
        """Fit."""

    def describe(self, points: pd.DataFrame) -> Prediction:
        """Distribution, distance to data and applicability at each point."""


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Stacked held-out predictions of one split.

    Attributes
    ----------
    row
        Row of the samples.
    prediction
        Of the model.
    rival_dbm
        Level by each rival. [dBm]
    """

    row: Integers
    prediction: Prediction
    rival_dbm: Mapping[str, Floats]


def hold_out(
    samples: pd.DataFrame,
    towers: pd.DataFrame | None,
    splitter: Splitter,
    model: Callable[[], Describing],
    rivals: Mapping[str, Callable[[], Baseline]],
) -> HeldOut:
    """Predict every held-out row by the model and each rival, all fitted on the fold's rest."""
    rows, said = [], []
    levels: dict[str, list[Floats]] = {name: [] for name in rivals}
    for train, test in splitter.split(samples):
        known = samples.iloc[train].reset_index(drop=True)
        asked = samples.iloc[test]
        rows.append(test)
        said.append(model().fit(known, towers).describe(asked))
        prepared = prepare(known, towers)
        for name, rival in rivals.items():
            levels[name].append(rival().fit_prepared(prepared).predict(asked))
    return HeldOut(
        row=np.concatenate(rows),
        prediction=Prediction(
            quantiles_dbm=np.concatenate([one.quantiles_dbm for one in said]),
            distance_to_reading_m=np.concatenate([one.distance_to_reading_m for one in said]),
            is_applicable=np.concatenate([one.is_applicable for one in said]),
            is_in_area=np.concatenate([one.is_in_area for one in said]),
        ),
        rival_dbm={name: np.concatenate(parts) for name, parts in levels.items()},
    )
