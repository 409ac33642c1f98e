"""The calibration error that a perfectly calibrated model would show at the same targets.

Six thousand targets are not six thousand coins: one unknown hill makes a dozen of them weak at
once, on every operator. Fields are drawn from the covariance that the fitted model itself found
(random Fourier features), read at its samples with their noise, kriged with its weights, and what
the kriging misses at the targets decides which of them are weak: P(weak) holds on average by
construction, whatever its shape, and the errors go together as the model says. Errors of the trend
that reach farther than its covariance are not among them, so the true floor lies higher.

References
----------
[1] A. Rahimi, B. Recht, Random Features for Large-Scale Kernel Machines, NIPS 2007.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from coverage.signal import scores
from coverage.signal.model import SignalModel
from coverage.signal.variogram import Variogram

Floats = npt.NDArray[np.float64]

N_FEATURES = 150
REGION_M = 20_000.0  # over which the regional part, endless to the kriging, is let go together
SMOOTH_DEGREES = {False: 1, True: 3}  # spectrum of the exponential and of the Matern 3/2: Student's


def calibration_floor(
    model: SignalModel, points: pd.DataFrame, p_weak: Floats, *, n_draws: int = 20, seed: int = 0
) -> Floats:
    """Calibration error of each draw of a truth in which ``p_weak`` is right, shape (n_draws,)."""
    rng = np.random.default_rng(seed)
    kriging = model.chain_.residual.kriging
    places, field = model.layout_.places(points), kriging.variogram
    codes = np.unique(places.operator)
    rows = [np.flatnonzero(places.operator == code) for code in codes]
    told = [
        kriging.weights(places.plane_m[mine], int(code))
        for mine, code in zip(rows, codes, strict=True)
    ]
    used = np.unique(np.concatenate([neighbours.ravel() for neighbours, _, _ in told]))
    plane_m = np.vstack([kriging.residuals.plane_m[used], places.plane_m])
    operator = np.concatenate([kriging.residuals.operator[used], places.operator])
    limit = kriging.params.max_noise_share * field.variance_db2
    noise_db = np.sqrt(np.minimum(kriging.residuals.noise_db2[used], limit) + field.micro_db2)
    own_db = np.sqrt(model.reference_noise_db2_ + field.micro_db2)
    coupling = np.eye(int(operator.max()) + 1) if kriging.coupling is None else kriging.coupling
    mixing = np.linalg.cholesky(coupling + 1e-9 * np.eye(len(coupling)))
    found = np.empty(n_draws)
    for draw in range(n_draws):
        drawn = _field(field, plane_m, mixing[operator], rng)
        read = drawn[: len(used)] + noise_db * rng.standard_normal(len(used))
        truth = drawn[len(used) :] + own_db * rng.standard_normal(len(p_weak))
        score = np.empty(len(p_weak))
        for mine, (neighbours, weight, variance_db2) in zip(rows, told, strict=True):
            said = (weight * read[np.searchsorted(used, neighbours)]).sum(axis=1)
            spread_db = np.sqrt(variance_db2 + model.reference_noise_db2_)
            score[mine] = (truth[mine] - said) / spread_db
        found[draw] = scores.ece(p_weak, ndtr(score) < p_weak)
    return found


def _field(field: Variogram, plane_m: Floats, mixing: Floats, rng: np.random.Generator) -> Floats:
    """One draw of the correlated parts at each place [dB]; rows of ``mixing`` its operator's."""
    drawn = np.zeros(len(plane_m))
    n_operators = mixing.shape[1]
    for sill, range_m, smooth in (
        *zip(field.sills_db2, field.ranges_m, field.is_smooth, strict=True),
        (field.regional_db2, REGION_M, False),
    ):
        degrees = SMOOTH_DEGREES[smooth]
        stretch = np.sqrt(rng.chisquare(degrees, N_FEATURES) / degrees)
        waves = rng.standard_normal((2, N_FEATURES)) / stretch / range_m
        phases = rng.uniform(0, 2 * np.pi, N_FEATURES)
        heights = rng.standard_normal((N_FEATURES, n_operators)) * np.sqrt(2 * sill / N_FEATURES)
        drawn += ((np.cos(plane_m @ waves + phases) @ heights) * mixing).sum(axis=1)
    return drawn
