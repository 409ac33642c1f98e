"""Splits for validation that do not flatter: blocks, matched distances, whole groups left out.

The same road is driven again and again, so a random split asks for what the training part already
holds. The classes keep scikit-learn's splitter contract; ``X`` is a samples frame with
``latitude_deg`` and ``longitude_deg``.

References
----------
[1] Roberts et al., Ecography 40, 2017; Mahoney et al., arXiv 2303.07334 (blocks with buffers).
[2] Linnenbrink, Mila, Ludwig, Meyer, Geosci. Model Dev. 17, 5897, 2024 (kNNDM).
"""

# ruff: noqa: ARG002, N803  (the names and unused arguments are scikit-learn's splitter contract)

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import wasserstein_distance
from sklearn.cluster import MiniBatchKMeans

from coverage.geodesy import to_plane_m
from coverage.hexgrid import cells_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

KNNDM_POINTS: Final = 4000  # distances are compared on at most this many points of each kind


class RandomKFold:
    """Random folds: the optimistic bound, never the headline.

    Parameters
    ----------
    n_splits
        Folds. [count]
    seed
        Of the shuffle.
    """

    def __init__(self, n_splits: int = 5, *, seed: int = 0) -> None:
        self.n_splits = n_splits
        self.seed = seed

    def split(
        self, X: pd.DataFrame, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[Integers, Integers]]:
        """Rows of training and test part of each fold."""
        order = np.random.default_rng(self.seed).permutation(len(X))
        fold = np.empty(len(X), dtype=np.int64)
        fold[order] = np.arange(len(X)) % self.n_splits
        yield from _parts(fold, self.n_splits)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds."""
        return self.n_splits


class BlockKFold:
    """Whole H3 cells left out together, with a buffer around them left out of training [1].

    Parameters
    ----------
    n_splits
        Folds; no more than there are blocks. [count]
    resolution
        H3 resolution of a block: 6 has edges of 3.8 km, 7 of 1.4 km at Banten.
    buffer_m
        Training rows this near to a test row are left out of that fold. [m]
    seed
        Deals blocks of equal size to folds.
    """

    def __init__(
        self, n_splits: int = 5, *, resolution: int = 6, buffer_m: float = 0.0, seed: int = 0
    ) -> None:
        self.n_splits = n_splits
        self.resolution = resolution
        self.buffer_m = buffer_m
        self.seed = seed

    def split(
        self, X: pd.DataFrame, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[Integers, Integers]]:
        """Rows of training and test part of each fold.

        Raises
        ------
        ValueError
            Where there are fewer blocks than folds.
        """
        blocks = cells_of(X["latitude_deg"], X["longitude_deg"], self.resolution)
        fold = deal_groups(blocks, self.n_splits, self.seed)
        plane_m = _plane_m(X)
        for train, test in _parts(fold, self.n_splits):
            yield beyond(plane_m, train, test, self.buffer_m), test

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds."""
        return self.n_splits


class NearestNeighbourMatchedKFold:
    """Folds whose held-out rows lie as far from training as the targets lie from the data [2].

    Training rows are clustered finely and coarsely, clusters are dealt to folds along the main
    axis, and the split whose distances come closest to the targets' (smallest Wasserstein
    distance) is kept.

    Parameters
    ----------
    targets
        Where predictions are wanted: ``latitude_deg, longitude_deg``.
    n_splits
        Folds. [count]
    n_candidates
        Cluster counts tried, from ``n_splits`` to a third of the rows. [count]
    seed
        Of the clustering and the subsample.

    Attributes
    ----------
    wasserstein_m_
        Distance between the two distributions of the split last made. [m]
    target_distances_m_, fold_distances_m_
        The two samples of nearest distances behind it. [m]
    """

    def __init__(
        self,
        targets: pd.DataFrame,
        n_splits: int = 5,
        *,
        n_candidates: int = 12,
        seed: int = 0,
    ) -> None:
        self.targets = targets
        self.n_splits = n_splits
        self.n_candidates = n_candidates
        self.seed = seed

    def split(
        self, X: pd.DataFrame, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[Integers, Integers]]:
        """Rows of training and test part of each fold."""
        plane_m = _plane_m(X)
        origin = _origin(X)
        target_m = to_plane_m(self.targets["latitude_deg"], self.targets["longitude_deg"], origin)
        rng = np.random.default_rng(self.seed)
        some = _some(len(target_m), rng)
        self.target_distances_m_ = cKDTree(plane_m).query(target_m[some])[0]
        sample = _some(len(plane_m), rng)
        best: tuple[float, Integers, Floats] | None = None
        for fold in self._candidates(plane_m):
            distances_m = _held_out_distances_m(plane_m, fold, self.n_splits, sample)
            w_m = float(wasserstein_distance(self.target_distances_m_, distances_m))
            if best is None or w_m < best[0]:
                best = (w_m, fold, distances_m)
        if best is None:
            raise ValueError(f"Invalid n_splits {self.n_splits}. Must be <= {len(X)} rows.")
        self.wasserstein_m_, fold, self.fold_distances_m_ = best
        yield from _parts(fold, self.n_splits)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds."""
        return self.n_splits

    def _candidates(self, plane_m: Floats) -> Iterator[Integers]:
        """Fold of each row: random, then clusters from fine to coarse."""
        n = len(plane_m)
        if n < self.n_splits:
            return
        rng = np.random.default_rng(self.seed)
        fold = np.empty(n, dtype=np.int64)
        fold[rng.permutation(n)] = np.arange(n) % self.n_splits
        yield fold
        most = max(self.n_splits, min(n // 3, 1000))
        counts = np.geomspace(self.n_splits, most, self.n_candidates).round().astype(int)
        for count in np.unique(counts)[::-1].tolist():
            clusters = MiniBatchKMeans(
                n_clusters=count, random_state=self.seed, n_init=1, batch_size=4096
            ).fit_predict(plane_m)
            yield _dealt_along_axis(plane_m, clusters.astype(np.int64), self.n_splits)


class LeaveGroupOut:
    """Each value of one column left out once: a campaign, a kecamatan, an operator.

    Parameters
    ----------
    column
        Column of ``X`` that names the group.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def split(
        self, X: pd.DataFrame, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[Integers, Integers]]:
        """Rows of training and test part of each fold, groups in sorted order."""
        codes = pd.factorize(X[self.column], sort=True)[0].astype(np.int64)
        yield from _parts(codes, int(codes.max(initial=-1)) + 1)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of groups in ``X``."""
        return int(X[self.column].nunique())


class GroupKFold:
    """Whole groups left out together, dealt to folds of like size: districts, drives.

    Parameters
    ----------
    column
        Column of ``X`` that names the group.
    n_splits
        Folds; no more than there are groups are made. [count]
    seed
        Deals groups of equal size to folds.
    """

    def __init__(self, column: str, n_splits: int = 5, *, seed: int = 0) -> None:
        self.column = column
        self.n_splits = n_splits
        self.seed = seed

    def split(
        self, X: pd.DataFrame, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[Integers, Integers]]:
        """Rows of training and test part of each fold."""
        codes = pd.factorize(X[self.column], sort=True)[0].astype(np.int64)
        n_splits = self.get_n_splits(X)
        yield from _parts(deal_groups(codes, n_splits, self.seed), n_splits)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds."""
        return self.n_splits if X is None else min(self.n_splits, int(X[self.column].nunique()))


def deal_groups(groups: npt.NDArray[Any], n_splits: int, seed: int) -> Integers:
    """Fold of each row so that groups stay whole and folds come out equally large.

    The largest group goes to the emptiest fold first; the seed orders groups of equal size.

    Raises
    ------
    ValueError
        Where there are fewer groups than folds.
    """
    unique, code, size = np.unique(groups, return_inverse=True, return_counts=True)
    if len(unique) < n_splits:
        raise ValueError(f"Invalid n_splits {n_splits}. Must be <= {len(unique)} groups.")
    shuffled = np.random.default_rng(seed).permutation(len(unique))
    order = shuffled[np.argsort(-size[shuffled], kind="stable")]
    load = np.zeros(n_splits, dtype=np.int64)
    fold_of = np.empty(len(unique), dtype=np.int64)
    for group in order.tolist():
        fold = int(np.argmin(load))
        fold_of[group] = fold
        load[fold] += size[group]
    return fold_of[code]


def beyond(plane_m: Floats, train: Integers, test: Integers, buffer_m: float) -> Integers:
    """Training rows farther than the buffer from every test row."""
    if buffer_m <= 0 or not len(test) or not len(train):
        return train
    nearest_m, _ = cKDTree(plane_m[test]).query(plane_m[train], distance_upper_bound=buffer_m)
    return np.asarray(train[np.isinf(nearest_m)], dtype=np.int64)


def _parts(fold: Integers, n_splits: int) -> Iterator[tuple[Integers, Integers]]:
    """Training and test rows of each fold."""
    for k in range(n_splits):
        yield np.flatnonzero(fold != k), np.flatnonzero(fold == k)


def _origin(X: pd.DataFrame) -> tuple[float, float]:
    """Middle of the rows [deg]."""
    return float(X["latitude_deg"].mean()), float(X["longitude_deg"].mean())


def _plane_m(X: pd.DataFrame) -> Floats:
    """Rows on a plane of their own [m]."""
    return to_plane_m(X["latitude_deg"], X["longitude_deg"], _origin(X))


def _some(n: int, rng: np.random.Generator) -> Integers:
    """At most :data:`KNNDM_POINTS` of n rows."""
    if n <= KNNDM_POINTS:
        return np.arange(n)
    return np.sort(rng.choice(n, KNNDM_POINTS, replace=False))


def _dealt_along_axis(plane_m: Floats, clusters: Integers, n_splits: int) -> Integers:
    """Deal clusters in turn along the axis of greatest spread, as CAST does [2]."""
    centred = plane_m - plane_m.mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    n = int(clusters.max()) + 1
    sizes = np.bincount(clusters, minlength=n)
    place = np.bincount(clusters, weights=centred @ axis, minlength=n) / np.maximum(sizes, 1)
    filled = np.flatnonzero(sizes)
    order = filled[np.argsort(place[filled], kind="stable")]
    fold_of = np.zeros(n, dtype=np.int64)
    fold_of[order] = np.arange(len(order)) % n_splits
    return np.asarray(fold_of[clusters], dtype=np.int64)


def _held_out_distances_m(
    plane_m: Floats, fold: Integers, n_splits: int, sample: Integers
) -> Floats:
    """Distance of each sampled row to the nearest row outside its fold [m]."""
    distances = []
    for k in range(n_splits):
        held = sample[fold[sample] == k]
        rest = fold != k
        if len(held) and rest.any():
            distances.append(cKDTree(plane_m[rest]).query(plane_m[held])[0])
    return np.concatenate(distances)
