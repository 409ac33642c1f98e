"""How good a prediction is, with what certainty, and beside what.

Scores take optional weights, so that a bootstrap over blocks only changes how often each block
counts. Accuracy is not among them: at a base rate of 1.5 % it means nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.signal.distribution import at_level
from coverage.signal.observations import Booleans, Floats

Statistic = Callable[[Floats], float]
"""A score as a function of the weight of each row."""

DISTANCE_EDGES_M: Final = (250.0, 1000.0, 3000.0)  # MODEL 8.4
DISTANCE_LABELS: Final = ("0-0.25 km", "0.25-1 km", "1-3 km", "> 3 km")
N_ECE_BINS: Final = 10


def rmse(predicted: Floats, true: Floats, weight: Floats | None = None) -> float:
    """Root mean squared error, in the unit of the values; NaN without rows."""
    return float(np.sqrt(_mean((predicted - true) ** 2, weight)))


def mae(predicted: Floats, true: Floats, weight: Floats | None = None) -> float:
    """Mean absolute error, in the unit of the values; NaN without rows."""
    return _mean(np.abs(predicted - true), weight)


def bias(predicted: Floats, true: Floats, weight: Floats | None = None) -> float:
    """Mean of predicted less true, in the unit of the values; NaN without rows."""
    return _mean(predicted - true, weight)


def average_precision(is_event: Booleans, score: Floats, weight: Floats | None = None) -> float:
    """Average precision of a ranking, highest score first; tied scores count as one step [0-1].

    Its value for a ranking by chance is the base rate: never compare two base rates.

    Examples
    --------
    >>> event = np.array([True, False, True])
    >>> round(average_precision(event, np.array([0.9, 0.8, 0.1])), 3)  # (1 + 2/3) / 2
    0.833
    """
    return precision_statistic(is_event, score)(np.ones(len(score)) if weight is None else weight)


def precision_statistic(is_event: Booleans, score: Floats) -> Statistic:
    """:func:`average_precision` as a function of the weights, sorted once for many draws."""
    order = np.argsort(-score, kind="stable")
    ranked, is_hit = score[order], is_event[order]
    last_of_tie = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], len(ranked) > 0))

    def statistic(weight: Floats) -> float:
        w = weight[order]
        hits = np.cumsum(w * is_hit)[last_of_tie]
        if not len(hits) or hits[-1] <= 0:
            return float("nan")
        seen = np.cumsum(w)[last_of_tie]
        gained = np.diff(hits, prepend=0.0)
        return float((gained * hits / np.maximum(seen, 1e-12)).sum() / hits[-1])

    return statistic


def recall_at(is_event: Booleans, score: Floats, k: int | None = None) -> float:
    """Share of the events among the k highest scores; k is the number of events unless given.

    Ties at the edge are broken by row order, which must not depend on the truth.
    """
    n_events = int(is_event.sum())
    top = np.argsort(-score, kind="stable")[: n_events if k is None else k]
    return float(is_event[top].sum() / n_events) if n_events else float("nan")


def recall_statistic(is_event: Booleans, score: Floats) -> Statistic:
    """:func:`recall_at` the number of events as a function of the weights, sorted once.

    Rows are taken from the top until their weight is that of the events; of the last one a part.
    """
    order = np.argsort(-score, kind="stable")
    is_hit = is_event[order]

    def statistic(weight: Floats) -> float:
        w = weight[order]
        wanted = float((w * is_hit).sum())
        taken = np.minimum(np.cumsum(w), wanted)
        share = np.diff(taken, prepend=0.0)
        return float((share * is_hit).sum() / wanted) if wanted > 0 else float("nan")

    return statistic


def brier(probability: Floats, is_event: Booleans, weight: Floats | None = None) -> float:
    """Mean squared error of a probability."""
    return _mean((probability - is_event) ** 2, weight)


def brier_skill(probability: Floats, is_event: Booleans, weight: Floats | None = None) -> float:
    """Share of the base rate's Brier score that is saved; 0 is no skill, 1 perfect."""
    base = _mean(is_event.astype(np.float64), weight)
    reference = base * (1.0 - base)
    return 1.0 - brier(probability, is_event, weight) / reference if reference > 0 else float("nan")


def calibration_table(
    probability: Floats, is_event: Booleans, n_bins: int = N_ECE_BINS
) -> pd.DataFrame:
    """Mean probability and frequency of events in bins of equal size: ``p_mean, frequency, n``."""
    n = len(probability)
    if not n:
        return pd.DataFrame({"p_mean": [], "frequency": [], "n": []})
    order = np.argsort(probability, kind="stable")
    group = np.arange(n) * min(n_bins, n) // n
    counts = np.bincount(group)
    return pd.DataFrame(
        {
            "p_mean": np.bincount(group, probability[order]) / counts,
            "frequency": np.bincount(group, is_event[order].astype(np.float64)) / counts,
            "n": counts,
        }
    )


def ece(probability: Floats, is_event: Booleans, n_bins: int = N_ECE_BINS) -> float:
    """Expected calibration error: mean gap between probability and frequency over the bins."""
    table = calibration_table(probability, is_event, n_bins)
    gap = (table["p_mean"] - table["frequency"]).abs()
    total = float(table["n"].sum())
    return float((gap * table["n"]).sum() / total) if total else float("nan")


def distance_bins(distance_m: Floats) -> npt.NDArray[np.int64]:
    """Bin of :data:`DISTANCE_LABELS` for each distance to data; not known counts as far."""
    filled = np.where(np.isfinite(distance_m), distance_m, np.inf)
    return np.searchsorted(DISTANCE_EDGES_M, filled, side="right").astype(np.int64)


def interval_table(
    quantiles_dbm: Floats, true_dbm: Floats, distance_m: Floats, interval: float
) -> pd.DataFrame:
    """Coverage and width of the central interval per bin of distance to data, and over all.

    Parameters
    ----------
    quantiles_dbm
        At the levels of the tables, shape (n, 21). [dBm]
    true_dbm
        What came out. [dBm]
    distance_m
        Distance to the nearest reading. [m]
    interval
        Probability the interval claims.

    Returns
    -------
    pandas.DataFrame
        ``distance, n, coverage [0-1], width_db, rmse_db, bias_db``; NaN in empty bins.
    """
    low = at_level(quantiles_dbm, (1 - interval) / 2)
    high = at_level(quantiles_dbm, (1 + interval) / 2)
    median = at_level(quantiles_dbm, 0.5)
    inside = ((true_dbm >= low) & (true_dbm <= high)).astype(np.float64)
    bins = distance_bins(distance_m)
    rows: list[dict[str, Any]] = []
    for label, mine in (
        *((name, bins == place) for place, name in enumerate(DISTANCE_LABELS)),
        ("all", np.ones(len(bins), dtype=bool)),
    ):
        rows.append(
            {
                "distance": label,
                "n": int(mine.sum()),
                "coverage": _mean(inside[mine], None),
                "width_db": _mean((high - low)[mine], None),
                "rmse_db": rmse(median[mine], true_dbm[mine]),
                "bias_db": bias(median[mine], true_dbm[mine]),
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A score with its interval.

    Attributes
    ----------
    value
        On all rows.
    low, high
        Ends of the bootstrap interval.
    """

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero: the test of a paired difference."""
        return self.low > 0 or self.high < 0


def block_bootstrap(
    statistic: Statistic,
    blocks: npt.NDArray[Any],
    *,
    n_draws: int = 200,
    interval: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Score with a percentile interval over blocks drawn with replacement.

    Rows of one block go together: neighbours are no independent evidence. For two methods give
    the difference of their scores, so that both see the same draw.

    Parameters
    ----------
    statistic
        Score given the weight of each row.
    blocks
        Block of each row.
    n_draws
        Draws. [count]
    interval
        Probability of the interval.
    seed
        Of the draws.
    """
    unique, code = np.unique(blocks, return_inverse=True)
    code = code.reshape(-1)
    rng = np.random.default_rng(seed)
    value = statistic(np.ones(len(code)))
    if len(unique) < 2:
        return Estimate(value=value, low=float("nan"), high=float("nan"))
    drawn = np.array(
        [
            statistic(
                np.bincount(rng.integers(0, len(unique), len(unique)), minlength=len(unique))[
                    code
                ].astype(np.float64)
            )
            for _ in range(n_draws)
        ]
    )
    tail = (1 - interval) / 2
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Estimate(value=value, low=float("nan"), high=float("nan"))
    low, high = np.quantile(known, [tail, 1 - tail])
    return Estimate(value=value, low=float(low), high=float(high))


def _mean(values: Floats, weight: Floats | None) -> float:
    """Weighted mean, NaN without rows."""
    if not len(values):
        return float("nan")
    if weight is None:
        return float(values.mean())
    total = float(weight.sum())
    return float((values * weight).sum() / total) if total > 0 else float("nan")
