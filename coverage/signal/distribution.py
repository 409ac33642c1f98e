"""Working with a distribution given by its quantiles at the levels of the tables."""

from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from coverage.signal.observations import Floats
from coverage.tables import QUANTILE_LEVELS

LEVELS: Final = np.array(QUANTILE_LEVELS)
NORMAL_SCORES: Final = ndtri(LEVELS)
MIN_STEP_DB: Final = 1e-6  # keeps equal quantiles apart


def at_level(quantiles: Floats, level: float) -> Floats:
    """Quantile at one level, linear in the normal score between the levels of the tables.

    Examples
    --------
    >>> at_level(np.linspace(-120.0, -80.0, 21)[None, :], 0.5).tolist()
    [-100.0]
    """
    score = float(np.clip(ndtri(level), NORMAL_SCORES[0], NORMAL_SCORES[-1]))
    right = int(np.clip(np.searchsorted(NORMAL_SCORES, score), 1, len(LEVELS) - 1))
    left = right - 1
    share = (score - NORMAL_SCORES[left]) / (NORMAL_SCORES[right] - NORMAL_SCORES[left])
    return np.asarray(quantiles[:, left] + share * (quantiles[:, right] - quantiles[:, left]))


def probability_below(quantiles: Floats, limit: float) -> Floats:
    """Probability of a value under the limit, row by row [0-1].

    Between the levels it is linear in the normal score; beyond the outermost, the normal tail of
    the outermost step goes on.

    Examples
    --------
    >>> rows = -100.0 + 8.0 * NORMAL_SCORES[None, :]
    >>> probability_below(rows, -110.0).round(4).tolist()  # P(Z < -1.25)
    [0.1056]
    """
    rising = np.maximum.accumulate(quantiles, axis=1)
    right = np.clip((rising < limit).sum(axis=1), 1, len(LEVELS) - 1)
    rows = np.arange(len(rising))
    low, high = rising[rows, right - 1], rising[rows, right]
    share = (limit - low) / np.maximum(high - low, MIN_STEP_DB)
    step = NORMAL_SCORES[right] - NORMAL_SCORES[right - 1]
    score = NORMAL_SCORES[right - 1] + np.clip(share, -50.0, 50.0) * step
    return np.asarray(ndtr(score), dtype=np.float64)
