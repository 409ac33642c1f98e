"""How far a chain is off at places it has not seen: what intervals and correlation stand on."""

from typing import Final

import numpy as np

from coverage.hexgrid import parents_of
from coverage.signal import chain, conformal
from coverage.signal.chain import Chain
from coverage.signal.conformal import Conformal
from coverage.signal.correlation import Errors
from coverage.signal.cross_fit import CrossFit
from coverage.signal.harmony import HarmonyParams
from coverage.signal.model_params import ModelParams
from coverage.signal.observations import Integers, Observations
from coverage.signal.splits import deal_groups

CALIBRATION_RESOLUTIONS: Final = (7, 8, 9, 10, 11)  # edges 1.4 km, 530, 200, 76, 29 m


def calibrate(
    observations: Observations, fitted: Chain, trends: CrossFit, params: ModelParams
) -> Conformal:
    """Calibrate on samples held out at the scales of later use: kilometres down to one place.

    The finer the blocks held out, the nearer the data that remain: every distance bin is filled.
    """
    rng = np.random.default_rng(params.seed)
    folds: list[Integers | None] = [None]
    for resolution in CALIBRATION_RESOLUTIONS:
        blocks = parents_of(observations.cell, resolution)
        if len(np.unique(blocks)) >= params.n_folds:
            folds.append(deal_groups(blocks, params.n_folds, params.seed))
    parts = []
    for fold in folds:
        wanted = np.arange(len(observations))
        if len(wanted) > params.max_scores:
            wanted = np.sort(rng.choice(wanted, params.max_scores, replace=False))
        held = chain.predict_held_out(observations, fitted.residual, trends, fold, wanted=wanted)
        parts.append(held.scores(observations, params.decluster_resolution))
    return conformal.fit(conformal.joined(parts), params.conformal)


def reference_noise_db2(observations: Observations, params: HarmonyParams) -> float:
    """Median noise variance of the drive-test samples; without any, that of one reading [dB^2]."""
    reference = observations.noise_db2[observations.is_reference]
    return float(np.median(reference)) if len(reference) else params.reading_noise_db**2


def errors_of(observations: Observations, fitted: Chain, trends: CrossFit) -> Errors:
    """Held-out error of each observation; of a censored one, where it most likely lies."""
    residuals = fitted.residual.kriging.residuals
    held = chain.predict_held_out(observations, fitted.residual, trends)
    return Errors(
        cell=observations.cell,
        operator=observations.places.operator,
        error_db=trends.own_dbm + residuals.residual_db - held.mean_dbm,
        noise_db2=residuals.noise_db2,
    )
