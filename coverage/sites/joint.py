"""All operators at once: that every one is weak, that none carries the upload, and draws of both.

Operators share terrain, so their levels go together: normal scores of the predicted distributions
are joined by a Gaussian copula with the correlation of the model's residuals. Where the site is and
what the building takes is common to all of them.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from coverage.errors import InputError
from coverage.sites.building import p2109_loss_db
from coverage.sites.levels import (
    GRID_DBM,
    STEP_DB,
    Z_LIMIT,
    Floats,
    normal_kernel,
    z_on_grid,
)
from coverage.sites.positions import N_POINTS
from coverage.sites.signal_grid import MISSING
from coverage.sites.situation import Situation, UploadParams

_SITES_AT_ONCE: Final = 1024  # bounds memory; results do not depend on it
_TINY: Final = 1e-15  # keeps normal scores finite
_MAX_CORRELATION: Final = 0.99  # keeps the Cholesky factor regular


@dataclass(frozen=True, kw_only=True)
class JointParams:
    """How operators are joined.

    Attributes
    ----------
    default_correlation
        Of pairs the ``operator_correlation`` table does not hold: the project's choice, positive
        because terrain is shared. [-1..1]
    draws_log2
        Binary logarithm of the number of low-discrepancy points of each probability.
    seed
        Of every draw.
    n_threads
        Changes the time and nothing else. [count]
    """

    default_correlation: float = 0.5
    draws_log2: int = 8
    seed: int = 2024
    n_threads: int = 1

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 <= self.default_correlation <= 1:
            raise InputError(
                f"Invalid default_correlation {self.default_correlation}. Must be in [0, 1]."
            )
        if not 4 <= self.draws_log2 <= 16:
            raise InputError(f"Invalid draws_log2 {self.draws_log2}. Must be in [4, 16].")
        if self.seed < 0:
            raise InputError(f"Invalid seed {self.seed}. Must be >= 0.")
        if self.n_threads < 1:
            raise InputError(f"Invalid n_threads {self.n_threads}. Must be >= 1.")


def correlation_matrix(
    operators: tuple[str, ...], correlation: pd.DataFrame, params: JointParams
) -> Floats:
    """Correlation matrix of the operators, the nearest valid one.

    Parameters
    ----------
    operators
        Names, in order.
    correlation
        ``operator_a, operator_b, correlation``, a pair in either order.
    params
        The value for missing pairs.

    Returns
    -------
    numpy.ndarray
        Symmetric, positive definite, ones on the diagonal.
    """
    index = {name: i for i, name in enumerate(operators)}
    matrix = np.full((len(operators), len(operators)), params.default_correlation)
    pairs = zip(
        correlation["operator_a"], correlation["operator_b"], correlation["correlation"],
        strict=True,
    )  # fmt: skip
    for a, b, value in pairs:
        if a in index and b in index:
            matrix[index[a], index[b]] = matrix[index[b], index[a]] = float(value)
    matrix = np.clip(matrix, -_MAX_CORRELATION, _MAX_CORRELATION)
    np.fill_diagonal(matrix, 1.0)
    values, vectors = np.linalg.eigh(matrix)
    repaired = (vectors * np.maximum(values, 1 - _MAX_CORRELATION)) @ vectors.T
    scale = np.sqrt(np.diag(repaired))
    result: Floats = repaired / np.outer(scale, scale)
    return (result + result.T) / 2


def joint_probabilities(
    situation: Situation,
    counted: npt.NDArray[np.bool_],
    correlation: Floats,
    upload: UploadParams,
    params: JointParams,
) -> tuple[Floats, Floats]:
    """Probability that every counted operator is weak, and that none carries the upload.

    Genz's separation of variables over scrambled Sobol points, in which one coordinate chooses the
    place within the site's accuracy and one the building's loss. (A. Genz, J. Comput. Graph.
    Stat. 1, 1992, 141-149.)

    Parameters
    ----------
    situation
        Sites over predicted cells.
    counted
        Operators that are counted at each site; one that is not, is not good either: it is left
        out. Shape (sites, operators).
    correlation
        As from :func:`correlation_matrix`.
    upload, params
        Thresholds; draws.

    Returns
    -------
    tuple of numpy.ndarray
        Both probabilities for every site; 1 where no operator is counted. [0-1]
    """
    n_sites, n_operators = counted.shape
    points = _sobol(n_operators + 1, params)
    factor = np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)
    widen = normal_kernel(upload.uplink.spread_db)
    by_place = np.argsort(situation.positions.place_of_site, kind="stable")
    blocks = [
        by_place[start : start + _SITES_AT_ONCE] for start in range(0, n_sites, _SITES_AT_ONCE)
    ]
    p_weak, p_fail = np.ones(n_sites), np.ones(n_sites)

    def judge(block: npt.NDArray[np.intp]) -> None:
        p_weak[block], p_fail[block] = _block_probabilities(
            situation, block, counted, points=points, factor=factor, widen=widen, upload=upload
        )

    with ThreadPoolExecutor(max_workers=params.n_threads) as threads:
        list(threads.map(judge, blocks))
    return p_weak, p_fail


def _block_probabilities(
    situation: Situation,
    block: npt.NDArray[np.intp],
    counted: npt.NDArray[np.bool_],
    *,
    points: Floats,
    factor: Floats,
    widen: Floats,
    upload: UploadParams,
) -> tuple[Floats, Floats]:
    """Both joint probabilities of some sites, in their order."""
    p_weak, p_fail = np.ones(len(block)), np.ones(len(block))
    weak_dbm = np.full(counted.shape[1], upload.weak_dbm)
    rows = _drawn_rows(situation, block, points[:, 0])
    tables = [_score_tables(situation, row, widen) for row in rows]
    shares = situation.building_share[block]
    for share in np.unique(shares).tolist():
        loss_db = p2109_loss_db(points[:, 1], upload.building, share)
        here = np.flatnonzero(shares == share)
        for result, level_dbm, which in (
            (p_weak, weak_dbm, 0),
            (p_fail, situation.needed_dbm, 1),
        ):
            scores = [
                _scores_at(used, table[which], row[here], level + loss_db)
                for (used, *table), row, level in zip(tables, rows, level_dbm, strict=True)
            ]
            result[here] = _p_all_below(scores, counted[block[here]], factor, points[:, 2:])
    return p_weak, p_fail


def within_bounds(p_joint: Floats, p_each: Floats, counted: npt.NDArray[np.bool_]) -> Floats:
    """Joint probabilities held to the Frechet bounds of the operators' own.

    Not above the smallest of them, not under their sum less one for each but one: what is left of
    the numerical error cannot contradict the table per operator.

    Parameters
    ----------
    p_joint
        As from :func:`joint_probabilities`. [0-1]
    p_each
        Of each operator, shape (sites, operators). [0-1]
    counted
        Operators counted.
    """
    each = np.where(counted, p_each, 1.0)
    low = np.maximum(each.sum(axis=1) - (each.shape[1] - 1), 0.0)
    result: Floats = np.clip(p_joint, low, each.min(axis=1))
    return result


def _sobol(n_dimensions: int, params: JointParams) -> Floats:
    """Scrambled Sobol points, none on the border of the unit cube."""
    sobol = qmc.Sobol(n_dimensions, scramble=True, rng=np.random.default_rng(params.seed))
    points: Floats = np.clip(sobol.random_base2(params.draws_log2), _TINY, 1 - _TINY)
    return points


def _drawn_rows(
    situation: Situation, block: npt.NDArray[np.intp], place_draw: Floats
) -> list[npt.NDArray[np.intp]]:
    """Row of each operator for every site of a block and every draw of its place."""
    point = np.minimum((place_draw * N_POINTS).astype(np.intp), N_POINTS - 1)
    cells = situation.cell_index[situation.positions.place_of_site[block]][:, point]
    return [situation.grid.rows_of(cells, k) for k in range(len(situation.grid.operators))]


def _score_tables(
    situation: Situation, rows: npt.NDArray[np.intp], widen: Floats
) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
    """Rows in use; their normal scores on the grid, as predicted and widened by the spread."""
    used = np.unique(rows)
    used = used[used != MISSING]
    weak = z_on_grid(situation.grid.knots_dbm[used])
    fail = ndtri(np.clip(ndtr(weak) @ widen, _TINY, 1 - _TINY))
    return used, weak, fail


def _scores_at(
    used: npt.NDArray[np.intp], table: Floats, rows: npt.NDArray[np.intp], level_dbm: Floats
) -> Floats:
    """Scores at one level a draw, shape (sites, draws); a missing operator fails for certain."""
    if not len(used):
        return np.full(rows.shape, Z_LIMIT)
    position = np.clip((level_dbm - GRID_DBM[0]) / STEP_DB, 0, len(GRID_DBM) - 1.001)
    low = position.astype(np.intp)
    share = position - low
    at = np.minimum(np.searchsorted(used, rows), len(used) - 1)
    score = table[at, low] * (1 - share) + table[at, low + 1] * share
    return np.where(rows == MISSING, Z_LIMIT, score)


def _p_all_below(
    scores: list[Floats], counted: npt.NDArray[np.bool_], factor: Floats, uniform: Floats
) -> Floats:
    """Mean over draws of P(every counted normal score is below its limit) [0-1]."""
    drawn: list[Floats] = []
    product = np.ones_like(scores[0])
    for k, limit in enumerate(scores):
        known = sum(factor[k, j] * drawn[j] for j in range(k))
        below = ndtr((limit - known) / factor[k, k])
        below = np.where(counted[:, k : k + 1], below, 1.0)
        product *= below
        if k < len(scores) - 1:
            drawn.append(ndtri(np.clip(uniform[:, k] * below, _TINY, 1 - _TINY)))
    result: Floats = product.mean(axis=1)
    return result
