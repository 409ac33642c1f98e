"""Which chain: the simplest that blocked cross-validation cannot tell from the best."""

from typing import Final

import numpy as np
import pandas as pd

from coverage.signal import chain
from coverage.signal.chain import HeldOut
from coverage.signal.cross_fit import Candidate, ChainParams, blocks_for, cross_fit
from coverage.signal.features import Ground
from coverage.signal.observations import Floats, Integers, Observations

MAX_LOSS_DB: Final = 25.0  # an error beyond this counts as this: one wild reading must not choose


CHOICE_COLUMNS: Final = ("candidate", "rmse_db", "excess_db2", "excess_se_db2", "is_chosen")


def choose(
    observations: Observations,
    ground: Ground,
    candidates: tuple[Candidate, ...],
    params: ChainParams,
    max_samples: int,
) -> pd.DataFrame:
    """Judge each candidate on folds it has not seen.

    Parameters
    ----------
    observations, ground
        Training data; thinned to ``max_samples``.
    candidates
        Simplest first.
    params
        Folds and parts.
    max_samples
        Observations used at most. [count]

    Returns
    -------
    pandas.DataFrame
        ``candidate, rmse_db`` (blocked, weighted against over-sampling; an error on a censored
        sample counts only above its limit), ``excess_db2`` over the best, ``excess_se_db2`` its
        standard error over blocks, ``is_chosen``. One candidate alone is not judged: NaN.
    """
    table = pd.DataFrame({"candidate": [c.name for c in candidates]})
    if len(candidates) == 1:
        return table.assign(rmse_db=np.nan, excess_db2=np.nan, excess_se_db2=np.nan, is_chosen=True)
    some = _thinned(observations, max_samples, params.seed)
    fold = blocks_for(some, params)
    losses = np.stack([held_out_loss(some, ground, c, fold, params) for c in candidates])
    weight = some.target.weight
    mean = losses @ weight / weight.sum()
    best = int(np.argmin(mean))
    excess = mean - mean[best]
    error = np.array([_standard_error(row - losses[best], weight, fold, some) for row in losses])
    chosen = int(np.argmax(excess <= error))
    return table.assign(
        rmse_db=np.sqrt(mean),
        excess_db2=excess,
        excess_se_db2=error,
        is_chosen=np.arange(len(candidates)) == chosen,
    )


def held_out_loss(
    observations: Observations,
    ground: Ground,
    candidate: Candidate,
    fold: Integers,
    params: ChainParams,
) -> Floats:
    """Squared error of a candidate at each observation, its block held out [dB^2]."""
    trends = cross_fit(observations, ground, candidate, fold, params)
    fitted = chain.fit(observations, candidate, trends, params)
    held = chain.predict_held_out(observations, fitted.residual, trends, buffer_m=params.buffer_m)
    return squared_error(observations, held)


def squared_error(observations: Observations, held: HeldOut) -> Floats:
    """Squared error of each held-out observation, capped [dB^2]."""
    error = observations.target.known_db[held.row] - held.mean_dbm
    is_censored = observations.target.is_censored[held.row]
    # below its limit a censored sample agrees with any prediction that is below it too
    error[is_censored] = np.minimum(error[is_censored], 0.0)
    return np.asarray(np.minimum(np.abs(error), MAX_LOSS_DB) ** 2)


def _thinned(observations: Observations, max_samples: int, seed: int) -> Observations:
    """At most so many observations, drawn without regard to place."""
    if len(observations) <= max_samples:
        return observations
    rng = np.random.default_rng(seed)
    return observations.take(np.sort(rng.choice(len(observations), max_samples, replace=False)))


def _standard_error(
    difference: Floats, weight: Floats, fold: Integers, observations: Observations
) -> float:
    """Standard error of a weighted mean difference, blocks of kilometres taken as independent."""
    _, block = np.unique(
        np.floor(observations.places.plane_m / 5000.0), axis=0, return_inverse=True
    )
    block = block.reshape(-1)
    sums = np.bincount(block, weight * difference)
    sizes = np.bincount(block, weight)
    mean = sums.sum() / sizes.sum()
    n = len(sizes)
    if n < 2 or len(np.unique(fold)) < 2:
        return 0.0
    return float(np.sqrt(((sums - mean * sizes) ** 2).sum() * n / (n - 1)) / sizes.sum())
