"""Where the model has seen anything like the place it is asked about.

Dissimilarity is the distance to the nearest training sample in the space of features, each
weighed by its importance, in units of the mean distance between training samples. The limit is
the largest value, outliers removed, that training samples show to those of other folds.

References
----------
[1] Meyer, Pebesma, Methods Ecol. Evol. 12, 1620, 2021.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from coverage.signal.observations import Booleans, Floats, Integers

MAX_SAMPLES: Final = 6000  # training samples compared with
MIN_SAMPLES: Final = 20
WHISKER: Final = 1.5  # outliers lie this many quartile ranges above the upper quartile [1]


@dataclass(frozen=True, kw_only=True)
class Applicability:
    """Training samples in feature space and the limit of dissimilarity.

    Attributes
    ----------
    centre, scale
        Of each feature; ``scale`` holds importance over spread.
    samples
        Training samples so scaled, shape (n, p).
    mean_distance
        Between training samples.
    limit
        Largest dissimilarity inside the area of applicability.
    """

    centre: Floats
    scale: Floats
    samples: Floats
    mean_distance: float
    limit: float

    def dissimilarity(self, features: Floats) -> Floats:
        """Dissimilarity index of each place [1 = mean distance between training samples].

        A place of which a feature is not known is infinitely unlike.
        """
        if len(self.samples) < MIN_SAMPLES:
            return np.full(len(features), np.inf)
        if not self.scale.any():
            return np.zeros(len(features))
        index = np.full(len(features), np.inf)
        is_known = np.isfinite(features).all(axis=1)
        scaled = (features[is_known] - self.centre) * self.scale
        index[is_known] = cKDTree(self.samples).query(scaled)[0] / self.mean_distance
        return index

    def contains(self, features: Floats) -> Booleans:
        """Places inside the area of applicability."""
        return self.dissimilarity(features) <= self.limit


def fit(features: Floats, importance: Floats, fold: Integers, *, seed: int) -> Applicability:
    """Scale the features and find the limit from distances between folds [1].

    Parameters
    ----------
    features
        Of the training samples, shape (n, p).
    importance
        Of each feature; one of importance 0 does not count.
    fold
        Fold of each sample in the blocked cross-validation.
    seed
        Of the subsample.
    """
    rng = np.random.default_rng(seed)
    is_known = np.isfinite(features).all(axis=1)
    features, fold = features[is_known], fold[is_known]
    if len(features) > MAX_SAMPLES:
        rows = np.sort(rng.choice(len(features), MAX_SAMPLES, replace=False))
        features, fold = features[rows], fold[rows]
    if len(features) < MIN_SAMPLES:
        p = features.shape[1]
        return Applicability(
            centre=np.zeros(p), scale=np.zeros(p), samples=features, mean_distance=1.0, limit=0.0
        )
    centre, spread = features.mean(axis=0), features.std(axis=0)
    total = float(importance.sum())
    share = importance / total if total > 0 else importance
    scale = np.where(spread > 1e-9, share / np.maximum(spread, 1e-9), 0.0)
    scaled = (features - centre) * scale
    some = scaled[:: max(len(scaled) // 1500, 1)]
    mean_distance = max(float(pdist(some).mean()), 1e-9)
    across = _across_folds(scaled, fold) / mean_distance
    low, high = np.quantile(across, [0.25, 0.75])
    limit = float(across[across <= high + WHISKER * (high - low)].max())
    return Applicability(
        centre=centre, scale=scale, samples=scaled, mean_distance=mean_distance, limit=limit
    )


def _across_folds(scaled: Floats, fold: Integers) -> Floats:
    """Distance of each sample to the nearest of another fold; within its own if there is one."""
    nearest = np.zeros(len(scaled))
    folds = np.unique(fold)
    if len(folds) < 2:
        return np.asarray(cKDTree(scaled).query(scaled, k=2)[0][:, 1], dtype=np.float64)
    for k in folds:
        held = fold == k
        nearest[held] = cKDTree(scaled[~held]).query(scaled[held])[0]
    return nearest
