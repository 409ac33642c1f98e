"""How the model's errors of two operators go together at one place.

A hill that the model does not know weakens every network behind it, so the chance that all
operators are weak at once is more than the product of their chances.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.hexgrid import parents_of
from coverage.signal.observations import Floats, Integers


@dataclass(frozen=True, kw_only=True)
class CorrelationParams:
    """How correlations are estimated, and what stands in where little is known.

    Attributes
    ----------
    place_resolution
        H3 resolution of a common place.
    block_resolution
        H3 resolution of the blocks counted as independent evidence.
    prior
        Correlation expected of any two operators: the project's choice, positive since terrain is
        shared.
    prior_blocks
        Blocks of evidence the prior is worth. [count]
    """

    place_resolution: int = 9
    block_resolution: int = 7
    prior: float = 0.5
    prior_blocks: float = 10.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 5 <= self.block_resolution < self.place_resolution <= 11:
            raise InputError(
                f"Invalid place_resolution {self.place_resolution}. Must be finer than "
                f"block_resolution {self.block_resolution}, both in [5, 11]."
            )
        if not -1 <= self.prior <= 1:
            raise InputError(f"Invalid prior {self.prior}. Must be in [-1, 1].")
        if not self.prior_blocks > 0:
            raise InputError(f"Invalid prior_blocks {self.prior_blocks}. Must be > 0.")


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Held-out errors, one a sample.

    Attributes
    ----------
    cell
        H3 cell at resolution 11.
    operator
        Code.
    error_db
        Sample less prediction; of a censored sample, the level expected below its limit. [dB]
    noise_db2
        Noise variance in it. [dB^2]
    """

    cell: npt.NDArray[np.uint64]
    operator: Integers
    error_db: Floats
    noise_db2: Floats


def operator_correlation(
    errors: Errors, operators: tuple[str, ...], params: CorrelationParams
) -> pd.DataFrame:
    """Table ``operator_correlation``: each pair once, ``operator_a`` before ``operator_b``.

    Noise of the samples is taken out of the variances, since it is not shared; then each
    correlation is drawn to the prior by the blocks of evidence it lacks. The whole is a valid
    correlation matrix.
    """
    k = len(operators)
    if not k:
        return pd.DataFrame({"operator_a": [], "operator_b": [], "correlation": [], "n_pairs": []})
    matrix, n_pairs = correlation_matrix(errors, k, params)
    first, second = np.triu_indices(k, 1)
    names = np.array(operators, dtype=object)
    return pd.DataFrame(
        {
            "operator_a": names[first],
            "operator_b": names[second],
            "correlation": np.round(matrix[first, second], 4),
            "n_pairs": n_pairs[first, second],
        }
    )


def correlation_matrix(
    errors: Errors, n_operators: int, params: CorrelationParams
) -> tuple[Floats, Integers]:
    """Correlation of each pair of operators, a valid matrix, and the common places behind it."""
    mean, noise, block = _by_place(errors, n_operators, params)
    matrix = np.eye(n_operators)
    n_pairs = np.zeros((n_operators, n_operators), dtype=np.int64)
    for a in range(n_operators):
        for b in range(a + 1, n_operators):
            common = np.isfinite(mean[:, a]) & np.isfinite(mean[:, b])
            n_pairs[a, b] = int(common.sum())
            n_blocks = len(np.unique(block[common]))
            raw = _correlation(mean[common][:, [a, b]], noise[common][:, [a, b]])
            share = n_blocks / (n_blocks + params.prior_blocks)
            matrix[a, b] = matrix[b, a] = share * raw + (1 - share) * params.prior
    return _nearest_valid(matrix), n_pairs


def _by_place(
    errors: Errors, n_operators: int, params: CorrelationParams
) -> tuple[Floats, Floats, Integers]:
    """Mean error and its noise variance of each place and operator, and the block of the place."""
    cell = parents_of(errors.cell, params.place_resolution)
    places, place = np.unique(cell, return_inverse=True)
    key = place * n_operators + errors.operator
    size = len(places) * n_operators
    counts = np.bincount(key, minlength=size)
    filled = np.where(counts > 0, counts, np.nan)
    mean = np.bincount(key, errors.error_db, minlength=size) / filled
    noise = np.bincount(key, errors.noise_db2, minlength=size) / filled**2
    blocks = np.unique(parents_of(places, params.block_resolution), return_inverse=True)[1]
    shape = (len(places), n_operators)
    return mean.reshape(shape), noise.reshape(shape), blocks.astype(np.int64)


def _correlation(pair: Floats, noise: Floats) -> float:
    """Correlation of two columns, noise taken out of their variances; 0 for under three rows."""
    if len(pair) < 3:
        return 0.0
    centred = pair - pair.mean(axis=0)
    covariance = float((centred[:, 0] * centred[:, 1]).mean())
    total = (centred**2).mean(axis=0)
    field = np.maximum(total - noise.mean(axis=0), 0.25 * total)
    scale = float(np.sqrt(field[0] * field[1]))
    return float(np.clip(covariance / scale, -0.95, 0.95)) if scale > 0 else 0.0


def _nearest_valid(matrix: Floats) -> Floats:
    """Correlation matrix with no eigenvalue below 0.01, nearly the one given."""
    values, vectors = np.linalg.eigh(matrix)
    raised = (vectors * np.maximum(values, 0.01)) @ vectors.T
    scale = np.sqrt(np.diag(raised))
    return np.asarray(raised / np.outer(scale, scale))
