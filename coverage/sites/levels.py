"""Distributions of a level, given as quantiles: read as a CDF, shifted, widened, mixed.

Quantiles are joined by straight lines over the normal score of their probability, so that a normal
distribution is met exactly; beyond the outermost levels the last line goes on. All work is done on
one grid of levels, where a wall's loss or a random spread is one matrix.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from coverage.errors import ContractError
from coverage.tables import QUANTILE_LEVELS

Floats = npt.NDArray[np.float64]

STEP_DB: Final = 0.5
GRID_DBM: Final[Floats] = np.arange(-200.0, -20.0 + STEP_DB, STEP_DB)
Z_LIMIT: Final = 8.0  # probabilities beyond 6e-16 are 0 and 1
_Z: Final[Floats] = ndtri(np.asarray(QUANTILE_LEVELS))
_REACH: Final = 4.0  # standard deviations either way: 6e-5 lies beyond
_N_NODES: Final = 21
_MIN_GAP_DB: Final = 1e-4  # equal quantiles are a steep step, not a vertical one


def knots(quantiles_dbm: npt.ArrayLike) -> Floats:
    """Quantiles at :data:`~coverage.tables.QUANTILE_LEVELS`, rising by a hair at least [dBm].

    Raises
    ------
    ContractError
        Where one is not finite or they fall.
    """
    values = np.asarray(quantiles_dbm, dtype=np.float64).reshape(-1, len(QUANTILE_LEVELS))
    gaps = np.diff(values, axis=1)
    if not np.isfinite(values).all() or (gaps < -_MIN_GAP_DB).any():
        raise ContractError("Invalid rsrp_quantiles_dbm. Must be finite and rising in each row.")
    hair = _MIN_GAP_DB * (np.arange(values.shape[1]) - values.shape[1] // 2)
    rising: Floats = np.maximum.accumulate(values, axis=1) + hair
    return rising


def z_on_grid(knots_dbm: Floats) -> Floats:
    """Normal score of P(level < x) for every x of :data:`GRID_DBM`, row by row.

    Parameters
    ----------
    knots_dbm
        As from :func:`knots`, shape (n, 21). [dBm]

    Returns
    -------
    numpy.ndarray
        Shape (n, len(GRID_DBM)), within plus or minus :data:`Z_LIMIT`.
    """
    n, n_knots = knots_dbm.shape
    slope = np.diff(_Z)[None, :] / np.diff(knots_dbm, axis=1)
    first = np.ceil((knots_dbm[:, 1:-1] - GRID_DBM[0]) / STEP_DB).astype(np.int64)
    first = np.clip(first, 0, len(GRID_DBM))
    steps = np.zeros((n, len(GRID_DBM) + 1), dtype=np.int8)
    rows = np.repeat(np.arange(n), n_knots - 2)
    np.add.at(steps, (rows, first.ravel()), 1)
    segment = np.cumsum(steps[:, :-1], axis=1, dtype=np.int8).astype(np.intp)
    start = _Z[:-1][None, :] - slope * knots_dbm[:, :-1]
    z = np.take_along_axis(slope, segment, axis=1) * GRID_DBM
    z += np.take_along_axis(start, segment, axis=1)
    return np.clip(z, -Z_LIMIT, Z_LIMIT, out=z)


def levels_at_z(knots_dbm: Floats, z: Floats) -> Floats:
    """Level at normal scores, row by row: the quantile function [dBm].

    Parameters
    ----------
    knots_dbm
        Shape (n, 21). [dBm]
    z
        Normal scores, shape (m,).

    Returns
    -------
    numpy.ndarray
        Shape (n, m). [dBm]
    """
    segment = np.clip(np.searchsorted(_Z, z, side="right") - 1, 0, len(_Z) - 2)
    share = (z - _Z[segment]) / (_Z[segment + 1] - _Z[segment])
    low, high = knots_dbm[:, segment], knots_dbm[:, segment + 1]
    result: Floats = low + share * (high - low)
    return result


def p_below(knots_dbm: Floats, level_dbm: float, spread_db: float = 0.0) -> Floats:
    """P(level < x + e), e normal with mean 0 and this standard deviation, row by row [0-1].

    By the trapezoidal rule, which for bells is exact to 1e-4 up to a spread of four times that of
    the level, and to 0.002 up to six times (Trefethen, Weideman, SIAM Review 56, 2014, section 5).

    Parameters
    ----------
    knots_dbm
        Shape (n, 21). [dBm]
    level_dbm
        The level x. [dBm]
    spread_db
        Standard deviation of e. [dB]
    """
    nodes = np.linspace(-_REACH, _REACH, _N_NODES) if spread_db > 0 else np.zeros(1)
    weights = np.exp(-(nodes**2) / 2)
    total = np.zeros(len(knots_dbm))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        total += weight * ndtr(_z_at(knots_dbm, level_dbm + spread_db * float(node)))
    return total


def _z_at(knots_dbm: Floats, level_dbm: float) -> Floats:
    """Normal score of P(level < x), row by row."""
    segment = np.clip((knots_dbm[:, 1:-1] <= level_dbm).sum(axis=1), 0, knots_dbm.shape[1] - 2)
    rows = np.arange(len(knots_dbm))
    low, high = knots_dbm[rows, segment], knots_dbm[rows, segment + 1]
    share = (level_dbm - low) / (high - low)
    result: Floats = _Z[segment] + share * (_Z[segment + 1] - _Z[segment])
    return np.clip(result, -Z_LIMIT, Z_LIMIT)


def quantiles_of_cdf(cdf: Floats, levels: tuple[float, ...]) -> Floats:
    """Quantiles of CDFs given on the grid, by straight lines between its points [dBm].

    Parameters
    ----------
    cdf
        P(level < x) on :data:`GRID_DBM`, shape (n, len(GRID_DBM)).
    levels
        Probabilities wanted.

    Returns
    -------
    numpy.ndarray
        Shape (n, len(levels)); an end of the grid where the probability lies beyond it. [dBm]
    """
    columns = []
    rows = np.arange(len(cdf))
    for level in levels:
        above = np.clip((cdf < level).sum(axis=1), 1, len(GRID_DBM) - 1)
        low, high = cdf[rows, above - 1], cdf[rows, above]
        gap = np.where(high > low, high - low, 1.0)
        share = np.clip((level - low) / gap, 0.0, 1.0)
        columns.append(GRID_DBM[above - 1] + STEP_DB * share)
    return np.stack(columns, axis=1)


def normal_kernel(spread_db: float) -> Floats:
    """Matrix that turns P(level < x) on the grid into P(level < x + e), e normal.

    ``cdf @ kernel``; a spread of 0 gives the identity. [dB]
    """
    if spread_db <= 0:
        return np.eye(len(GRID_DBM))
    reach = np.arange(-np.ceil(5 * spread_db / STEP_DB), np.ceil(5 * spread_db / STEP_DB) + 1)
    edges = np.append(reach - 0.5, reach[-1] + 0.5) * STEP_DB / spread_db
    weights = np.diff(ndtr(edges))
    return shift_matrix(reach * STEP_DB, weights / weights.sum())


def shift_matrix(shifts_db: Floats, weights: Floats) -> Floats:
    """Matrix that turns P(level < x) on the grid into P(level < x + s), s a random shift.

    Parameters
    ----------
    shifts_db
        Values of s; between grid points they are shared out. [dB]
    weights
        Their probabilities.

    Returns
    -------
    numpy.ndarray
        Square, for ``cdf @ matrix``; beyond the grid's ends the end values stand.
    """
    n = len(GRID_DBM)
    matrix = np.zeros((n, n))
    target = np.arange(n)
    for shift, weight in zip(shifts_db, weights, strict=True):
        position = np.clip(target + shift / STEP_DB, 0, n - 1)
        low = np.floor(position).astype(np.intp)
        high = np.minimum(low + 1, n - 1)
        share = position - low
        np.add.at(matrix, (low, target), weight * (1 - share))
        np.add.at(matrix, (high, target), weight * share)
    return matrix
