"""Intervals that cover what they claim, at the distances at which they are used.

Held-out samples, standardised by their predicted spread, tell how far truth strays in each bin of
distance to data (Mondrian conformal prediction). A held-out sample without service strays
downwards by an unknown amount: it enters as left-censored, through the product-limit estimator.

References
----------
[1] Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005, section 4.5 (Mondrian).
[2] E. L. Kaplan, P. Meier, JASA 53, 1958, mirrored for left-censored values.
[3] L. Kish, Survey Sampling, 1965, section 8.2 (effective size of a weighted sample).
[4] S. Geisser, Predictive Inference, 1993, section 2.1 (Student's t for a new observation).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from coverage.errors import InputError
from coverage.signal.columns import taken
from coverage.signal.distribution import LEVELS, NORMAL_SCORES
from coverage.signal.observations import Booleans, Floats, Integers

MIN_CELLS: Final = 5.0  # a bin with fewer cells is taken to have these, or it would say nothing


@dataclass(frozen=True, kw_only=True)
class ConformalParams:
    """Bins and the evidence a bin needs.

    Attributes
    ----------
    distance_edges_m
        Inner edges of the bins of distance to the nearest sample. [m]
    min_scores
        Held-out samples (by weight) a bin needs to speak for itself; a bin with fewer borrows the
        rest from all bins. [count]
    """

    distance_edges_m: tuple[float, ...] = (60.0, 150.0, 400.0, 1000.0, 3000.0)
    min_scores: float = 300.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        edges = self.distance_edges_m
        if not edges or list(edges) != sorted(set(edges)) or edges[0] <= 0:
            raise InputError(f"Invalid distance_edges_m {edges}. Must be positive and rising.")
        if not self.min_scores >= 20:
            raise InputError(f"Invalid min_scores {self.min_scores}. Must be >= 20.")


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Held-out samples against their prediction.

    Attributes
    ----------
    standard
        (sample - mean) / predicted spread, noise included; of a censored sample its limit's.
    is_censored
        Lies below that.
    distance_m
        Distance to the nearest training sample of the operator. [m]
    weight
        Share of an independent score.
    is_reference
        Stems from the reference source.
    cell
        H3 cell whose samples count together as one observation.
    """

    standard: Floats
    is_censored: Booleans
    distance_m: Floats
    weight: Floats
    is_reference: Booleans
    cell: npt.NDArray[np.uint64]

    def n_cells(self) -> float:
        """Cells behind the scores, by Kish's effective number: weight in few counts less [3]."""
        if not len(self.cell):
            return 0.0
        weight = np.bincount(np.unique(self.cell, return_inverse=True)[1], self.weight)
        return float(weight.sum() ** 2 / (weight**2).sum())


@dataclass(frozen=True, kw_only=True)
class Conformal:
    """Standardised quantiles of each distance bin.

    Attributes
    ----------
    edges_m
        Inner edges. [m]
    table
        Quantiles at the levels of the tables, shape (bins, 21).
    n_scores
        Held-out samples behind each bin. [count]
    """

    edges_m: Floats
    table: Floats
    n_scores: Floats

    def quantiles(self, mean_dbm: Floats, sd_db: Floats, distance_m: Floats) -> Floats:
        """Quantiles at :data:`coverage.tables.QUANTILE_LEVELS`, shape (n, 21) [dBm]."""
        rows = self.table[bin_of(distance_m, self.edges_m)]
        return np.asarray(mean_dbm[:, None] + sd_db[:, None] * rows)


def bin_of(distance_m: Floats, edges_m: Floats) -> Integers:
    """Bin of each distance; not known counts as far."""
    filled = np.where(np.isfinite(distance_m), distance_m, np.inf)
    return np.searchsorted(edges_m, filled, side="right").astype(np.int64)


def fit(scores: Scores, params: ConformalParams) -> Conformal:
    """Quantiles of each bin; with little evidence drawn to those of all bins, then to the normal.

    A bin's own quantiles weigh n / (n + n_min), the rest are those of all bins, or the normal where
    it is wider: what is narrow near the data need not be so far from them. Samples of one cell go
    together, so a bin whose samples lie in few cells is widened.
    """
    edges = np.array(params.distance_edges_m)
    bins = bin_of(scores.distance_m, edges)
    everywhere = _shrunk(_of_reference(scores, params.min_scores), NORMAL_SCORES, params.min_scores)
    prior = _wider(everywhere, NORMAL_SCORES)
    rows, sizes = [], []
    for k in range(len(edges) + 1):
        mine = _of_reference(taken(scores, bins == k), params.min_scores)
        rows.append(_cautious(_shrunk(mine, prior, params.min_scores), mine.n_cells()))
        sizes.append(float(mine.weight.sum()))
    table = np.maximum.accumulate(np.array(rows), axis=1)
    return Conformal(edges_m=edges, table=table, n_scores=np.array(sizes))


def censored_quantiles(
    values: Floats, is_censored: Booleans, weight: Floats, levels: Floats
) -> Floats:
    """Weighted quantiles where some values are only known to lie below the one given [2].

    Quantiles under the lowest identified mass are NaN.

    Examples
    --------
    >>> values, plain = np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4, dtype=bool)
    >>> censored_quantiles(values, plain, np.ones(4), np.array([0.25, 0.5, 1.0])).tolist()
    [1.0, 2.0, 4.0]
    >>> below = np.array([False, True, False, False])
    >>> censored_quantiles(values, below, np.ones(4), np.array([0.5, 0.4])).tolist()
    [1.0, 1.0]
    """
    if not len(values):
        return np.full(len(levels), np.nan)
    # from the top down; at ties exact values come first, so that a limit keeps its place below
    order = np.lexsort((is_censored, -values))
    value, exact, w = values[order], ~is_censored[order], weight[order]
    at_risk = np.cumsum(w[::-1])[::-1]
    survived = np.cumprod(np.where(exact, 1.0 - np.minimum(w / at_risk, 1.0), 1.0))
    # survived[i] = P(X < value[i]); P(X <= value[i]) stands one exact step before
    at_or_below = np.concatenate([[1.0], survived[:-1]])
    ends = np.flatnonzero(exact)
    rising_value, rising_cdf = value[ends][::-1], at_or_below[ends][::-1]
    place = np.searchsorted(rising_cdf, levels - 1e-12, side="left")
    found = np.append(rising_value, np.nan)[np.minimum(place, len(rising_value))]
    lowest = survived[ends[-1]] if len(ends) else 1.0
    return np.where(levels > lowest + 1e-12, found, np.nan)


def _cautious(row: Floats, n_cells: float) -> Floats:
    """Quantiles widened about their median as a spread known from so many cells asks for.

    The ratio of Student's t for a new observation to the normal [4]: 1.08 at 5 % with 20 cells.
    """
    n = max(n_cells, MIN_CELLS)
    is_middle = NORMAL_SCORES == 0
    wide = student.ppf(LEVELS, n - 1) * np.sqrt(1 + 1 / n)
    factor = np.where(is_middle, 1.0, wide / np.where(is_middle, 1.0, NORMAL_SCORES))
    median = row[int(np.argmin(np.abs(LEVELS - 0.5)))]
    return np.asarray(median + factor * (row - median))


def _wider(first: Floats, second: Floats) -> Floats:
    """The more cautious of two rows of quantiles at each level; the median is the first's."""
    lower, upper = np.minimum(first, second), np.maximum(first, second)
    return np.where(LEVELS < 0.5, lower, np.where(LEVELS > 0.5, upper, first))


def _of_reference(scores: Scores, min_scores: float) -> Scores:
    """Scores of the reference source alone, where they suffice: a crowd sample may be indoors."""
    reference = taken(scores, scores.is_reference)
    return reference if float(reference.weight.sum()) >= min_scores else scores


def _shrunk(scores: Scores, prior: Floats, min_scores: float) -> Floats:
    """Quantiles of the scores, drawn to a prior by the evidence they lack."""
    n = float(scores.weight.sum())
    own = censored_quantiles(scores.standard, scores.is_censored, scores.weight, LEVELS)
    known = np.isfinite(own)
    if not known.any():
        return prior
    # what the censored part hides below goes on with the prior's shape from the lowest known
    first = int(np.argmax(known))
    own[:first] = own[first] + (prior[:first] - prior[first])
    share = n / (n + min_scores)
    return share * own + (1.0 - share) * prior
