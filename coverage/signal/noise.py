"""How noisy the other sources are, judged by what the reference source says around them.

Repetitions of one kind share what is wrong with it: a phone indoors stays indoors. So the noise of
the crowd is measured against the drive tests near it.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from coverage.signal.chain import MIN_REFERENCE
from coverage.signal.harmony import REFERENCE_KIND, Harmony, kinds_of
from coverage.signal.kriging import Kriging
from coverage.signal.observations import Floats, Observations
from coverage.signal.variogram import KrigingParams, Residuals, fit_variogram

MAX_COMPARED: Final = 1500  # samples of a kind compared
MIN_COMPARED: Final = 60
MAX_DISTANCE_M: Final = 300.0  # to the reference: beyond, the field varies more than the noise
MIN_NOISE_DB: Final = 1.0
MIN_NOISE_SHARE: Final = 0.1  # of the noise believed, whatever the variogram says
TRIM: Final = 0.005  # share of the largest squared errors left out


def learn(
    observations: Observations,
    trend_dbm: Floats,
    harmony: Harmony,
    params: KrigingParams,
    *,
    seed: int,
) -> Harmony:
    """Harmony with the noise of every kind that lies near enough to reference samples.

    Parameters
    ----------
    observations
        Samples.
    trend_dbm
        Trend at each. [dBm]
    harmony
        What is believed so far.
    params, seed
        Of the kriging from reference samples.
    """
    exact = ~observations.target.is_censored
    reference = np.flatnonzero(observations.is_reference & exact)
    if len(reference) < MIN_REFERENCE:
        return harmony
    places = observations.places
    residuals = Residuals(
        plane_m=places.plane_m,
        operator=places.operator,
        residual_db=observations.target.level_db - trend_dbm,
        noise_db2=observations.noise_db2,
    )
    known, bounded = _bounded(residuals.take(reference), harmony, params, seed)
    kriging = Kriging(
        residuals=known, variogram=fit_variogram(known, params, seed=seed), params=params
    )
    kind = kinds_of(observations.frame).to_numpy()
    rng = np.random.default_rng(seed)
    noise_db = bounded.noise_db.copy()
    for code, name in enumerate(bounded.kinds):
        mine = np.flatnonzero((kind == name) & exact & ~observations.is_reference)
        distance_m = kriging.nearest_m(places.plane_m[mine], places.operator[mine])
        mine = mine[np.isfinite(distance_m) & (distance_m <= MAX_DISTANCE_M)]
        if len(mine) < MIN_COMPARED:
            continue
        if len(mine) > MAX_COMPARED:
            mine = np.sort(rng.choice(mine, MAX_COMPARED, replace=False))
        compared = residuals.take(mine)
        mean, variance, _ = kriging.predict(compared.plane_m, compared.operator)
        # squared error less what the kriging itself is unsure of and what repetition averages out
        n = np.maximum(observations.frame["n"].to_numpy(dtype=np.float64)[mine], 1.0)
        own = (compared.residual_db - mean) ** 2 - variance - bounded.reading_noise_db**2 / n
        kept = own <= np.quantile(own, 1 - TRIM)
        weight = observations.target.weight[mine][kept]
        excess_db2 = float((weight * own[kept]).sum() / weight.sum())
        noise_db[code] = np.sqrt(max(excess_db2, MIN_NOISE_DB**2))
    return replace(bounded, noise_db=noise_db)


def _bounded(
    known: Residuals, harmony: Harmony, params: KrigingParams, seed: int
) -> tuple[Residuals, Harmony]:
    """Reference samples and harmony, their noise no more than the variogram's jump at distance 0.

    Noise believed too large would pass for field elsewhere and make intervals too narrow there.
    """
    plain = replace(known, noise_db2=np.zeros(len(known)))
    jump_db2 = fit_variogram(plain, params, seed=seed).micro_db2
    share = float(np.clip(jump_db2 / known.noise_db2.mean(), MIN_NOISE_SHARE, 1.0))
    is_reference = np.array([kind == REFERENCE_KIND for kind in harmony.kinds])
    noise_db = np.where(is_reference, np.sqrt(share), 1.0) * harmony.noise_db
    bounded = replace(
        harmony,
        noise_db=noise_db,
        reading_noise_db=harmony.reading_noise_db * float(np.sqrt(share)),
    )
    return replace(known, noise_db2=known.noise_db2 * share), bounded
