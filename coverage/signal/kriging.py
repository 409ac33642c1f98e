"""Kriging of residuals from their nearest neighbours, thousands of small systems at once.

Simple kriging about the trend: far from any sample the weights fade and the answer is the trend,
with the full spread of the field. A sample's own noise is a nugget of its own (sigma^2 / n). Other
operators' samples help as far as their residuals go together: a hill shadows every network
(intrinsic coregionalisation).

References
----------
[1] N. Cressie, Statistics for Spatial Data, 1993, sections 3.2 (kriging) and 3.2.3 (cokriging).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from coverage.signal.observations import Floats, Integers
from coverage.signal.variogram import (
    MIN_VARIANCE_DB2,
    KrigingParams,
    Residuals,
    Variogram,
)

CHUNK: Final = 4096  # targets solved at once: 4096 x 26 x 26 doubles are 22 MB


@dataclass(frozen=True, kw_only=True)
class Kriging:
    """Residuals ready to be interpolated.

    Attributes
    ----------
    residuals
        The samples.
    variogram
        Covariance.
    params
        Neighbours.
    coupling
        Correlation of the residuals of each pair of operators at one place, 1 on the diagonal;
        None lets no operator borrow from another.
    has_mean
        False: the mean is zero (simple kriging); true: the neighbours' own (ordinary kriging).
    """

    residuals: Residuals
    variogram: Variogram
    params: KrigingParams
    coupling: Floats | None = None
    has_mean: bool = False

    def predict(
        self, plane_m: Floats, operator: Integers, *, own: Integers | None = None
    ) -> tuple[Floats, Floats, Floats]:
        """Residual, its variance, and the distance to the nearest sample of the operator.

        Parameters
        ----------
        plane_m, operator
            Targets.
        own
            Sample that each target is, and that is not to be used for it.

        Returns
        -------
        residual_db, variance_db2, distance_m
            Where an operator has no sample: 0, the full variance, NaN.
        """
        residual_db = np.zeros(len(operator))
        variance_db2 = np.full(len(operator), self.variogram.variance_db2)
        distance_m = np.full(len(operator), np.nan)
        for code in np.unique(operator):
            rows = np.flatnonzero(operator == code)
            mine = np.flatnonzero(self.residuals.operator == code)
            k = min(self.params.n_neighbours, len(mine) - int(own is not None))
            if k < 1:
                continue
            skipped = None if own is None else np.searchsorted(mine, own[rows])
            apart_m, near = _neighbours(self.residuals.plane_m[mine], plane_m[rows], k, skipped)
            distance_m[rows] = apart_m[:, 0]
            neighbours = np.column_stack([mine[near], self._others(plane_m[rows], int(code))])
            for start in range(0, len(rows), CHUNK):
                part = slice(start, start + CHUNK)
                residual_db[rows[part]], variance_db2[rows[part]] = self._solve(
                    plane_m[rows[part]], int(code), neighbours[part]
                )
        return residual_db, variance_db2, distance_m

    def weights(self, plane_m: Floats, code: int) -> tuple[Integers, Floats, Floats]:
        """Samples that speak for places of one operator, their weights, the variance left [dB^2].

        Shapes (n, k), (n, k) and (n,); the nearest of its own first. None (k = 0) where the
        operator has no sample: then nobody else's are used either.
        """
        mine = np.flatnonzero(self.residuals.operator == code)
        k = min(self.params.n_neighbours, len(mine))
        if k < 1:
            none = np.zeros((len(plane_m), 0))
            full = np.full(len(plane_m), self.variogram.variance_db2)
            return none.astype(np.int64), none, full
        _, near = _neighbours(self.residuals.plane_m[mine], plane_m, k, None)
        rows = np.column_stack([mine[near], self._others(plane_m, code)])
        weights, variance = self._weights(plane_m, code, rows)
        return rows, weights, np.maximum(variance, MIN_VARIANCE_DB2)

    def neighbours(self, place_m: Floats, code: int) -> tuple[Integers, Floats]:
        """Samples that speak for one place, and the weight of each."""
        rows, weights, _ = self.weights(np.reshape(place_m, (1, 2)), code)
        return rows[0], weights[0]

    def nearest_m(self, plane_m: Floats, operator: Integers) -> Floats:
        """Distance to the nearest sample of the operator, NaN where it has none [m]."""
        distance_m = np.full(len(operator), np.nan)
        for code in np.unique(operator):
            samples_m = self.residuals.plane_m[self.residuals.operator == code]
            rows = operator == code
            if len(samples_m):
                distance_m[rows] = cKDTree(samples_m).query(plane_m[rows])[0]
        return distance_m

    def _others(self, plane_m: Floats, code: int) -> Integers:
        """Nearest samples of the other operators, shape (n, k); k is 0 where none is coupled."""
        others = np.flatnonzero(self.residuals.operator != code)
        k = min(self.params.n_others, len(others))
        if self.coupling is None or k < 1:
            return np.zeros((len(plane_m), 0), dtype=np.int64)
        _, near = _neighbours(self.residuals.plane_m[others], plane_m, k, None)
        return np.asarray(others[near], dtype=np.int64)

    def _solve(self, targets_m: Floats, code: int, neighbours: Integers) -> tuple[Floats, Floats]:
        """Residual and variance at each target, all systems at once."""
        weights, variance = self._weights(targets_m, code, neighbours)
        residual = (weights * self.residuals.residual_db[neighbours]).sum(axis=1)
        return residual, np.maximum(variance, MIN_VARIANCE_DB2)

    def _weights(self, targets_m: Floats, code: int, neighbours: Integers) -> tuple[Floats, Floats]:
        """Weight of each neighbour of each target, and the variance at the target [dB^2]."""
        at, whose = self.residuals.plane_m[neighbours], self.residuals.operator[neighbours]
        matrix = self.variogram.covariance(_apart_m(at[:, :, None], at[:, None]))
        towards = self.variogram.covariance(_apart_m(at, targets_m[:, None]))
        if self.coupling is not None:
            matrix *= self.coupling[whose[:, :, None], whose[:, None, :]]
            towards *= self.coupling[whose, code]
        diagonal = np.arange(matrix.shape[1])
        limit = self.params.max_noise_share * self.variogram.variance_db2
        noise = np.minimum(self.residuals.noise_db2[neighbours], limit)
        matrix[:, diagonal, diagonal] += noise + self.variogram.micro_db2
        weights = np.linalg.solve(matrix, towards[:, :, None])[:, :, 0]
        variance = self.variogram.variance_db2 - (weights * towards).sum(axis=1)
        if self.has_mean:
            ones = np.ones((*towards.shape, 1))
            even = np.linalg.solve(matrix, ones)[:, :, 0]
            lacking = (1.0 - weights.sum(axis=1)) / even.sum(axis=1)
            weights = weights + lacking[:, None] * even
            variance = variance + lacking**2 * even.sum(axis=1)
        return np.asarray(weights, dtype=np.float64), np.asarray(variance, dtype=np.float64)


def _apart_m(first: Floats, second: Floats) -> Floats:
    """Distance of places in the plane, broadcasting [m]."""
    step = first - second
    return np.asarray(np.hypot(step[..., 0], step[..., 1]))


def _neighbours(
    samples_m: Floats, targets_m: Floats, k: int, skipped: Integers | None
) -> tuple[Floats, Integers]:
    """Distance and row of the nearest samples, shape (n, k), without one skipped each."""
    tree = cKDTree(samples_m)
    if skipped is None:
        distance_m, row = tree.query(targets_m, k=np.arange(1, k + 1))
        return distance_m, row.astype(np.int64)
    distance_m, row = tree.query(targets_m, k=np.arange(1, k + 2))
    # samples may share a place: drop the own row wherever it stands, else the farthest
    is_own = row == skipped[:, None]
    is_own[~is_own.any(axis=1), -1] = True
    return distance_m[~is_own].reshape(-1, k), row[~is_own].reshape(-1, k).astype(np.int64)
