"""How far a chain is off at places it has not seen: what intervals and correlation stand on."""

from typing import Final

import numpy as np

from coverage.hexgrid import parents_of
from coverage.signal import chain, conformal, shrinkage
from coverage.signal.chain import Chain, HeldOut
from coverage.signal.columns import joined
from coverage.signal.conformal import Conformal
from coverage.signal.correlation import Errors
from coverage.signal.cross_fit import CrossFit, coarsest_blocks
from coverage.signal.harmony import HarmonyParams
from coverage.signal.model_params import ModelParams
from coverage.signal.observations import Integers, Observations
from coverage.signal.shrinkage import Pairs
from coverage.signal.splits import deal_groups

CALIBRATION_RESOLUTIONS: Final = (7, 8, 9, 10, 11)  # edges 1.4 km, 530, 200, 76, 29 m


def calibrate(
    observations: Observations, fitted: Chain, trends: CrossFit, params: ModelParams
) -> tuple[Chain, Conformal]:
    """Chain that believes its kriging as far as it holds, and the intervals about it.

    Both are learnt from samples held out at the scales of later use.
    """
    held = held_out_at_all_scales(observations, fitted, trends, params)
    edges_m = params.conformal.distance_edges_m
    share = shrinkage.fit(_pairs(observations, fitted, trends, held, params), edges_m)
    scores = [one.shrunk(share).scores(observations, params.decluster_resolution) for one in held]
    return fitted.shrunk(share), conformal.fit(joined(scores), params.conformal)


def held_out_at_all_scales(
    observations: Observations, fitted: Chain, trends: CrossFit, params: ModelParams
) -> list[HeldOut]:
    """Samples predicted without their surroundings, kilometres down to one place.

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
        parts.append(
            chain.predict_held_out(observations, fitted.residual, trends, fold, wanted=wanted)
        )
    return parts


def _pairs(
    observations: Observations,
    fitted: Chain,
    trends: CrossFit,
    held: list[HeldOut],
    params: ModelParams,
) -> Pairs:
    """What was seen and kriged at the held-out samples, in the blocks of the cross-validation."""
    level_dbm = trends.own_dbm + fitted.residual.kriging.residuals.residual_db
    blocks = coarsest_blocks(observations, params.chain_params())
    block = observations.cell if blocks is None else blocks
    return joined([one.pairs(observations, level_dbm, block) for one in held])


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
