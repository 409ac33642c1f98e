"""How well anybody could know the TPS of the synthetic world: all but what no survey could tell.

The oracle knows every mast, its power, slope and sectors, every hill, the clutter and the law of
the shadowing; it has a reading, below every floor and without any offset, wherever the survey has
one. Only the shadowing away from the readings, walls and load stay unknown to it, as they must to
everybody. The second knows as much of the masts in the flawed list, and nothing of the other 40 %:
what a survey could reach that has the inputs of the run (no bound: the missing masts may be guessed
from the readings better than by kriging).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.spatial import KDTree
from signal_bound import (
    NEIGHBOURS,
    coupling,
    listed_stations,
    physics_at,
    plane_of,
    truth_at,
    variogram,
)
from sites_parts.knowledge import Knowledge
from sites_parts.truth import SEED, Floats, Rows, p_fail_at

from coverage.signal.variogram import Residuals, Variogram, fit_variogram
from coverage.sites.judgement import RankParams
from coverage.synthetic import OPERATOR_NAMES

N_DRAWS = 200
N_EACH = 40  # nearest readings of every operator, of which all operators' levels are told at once
_AT_ONCE = 100
_N_OPERATORS: Final = len(OPERATOR_NAMES)


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What is believed of every TPS, in order of code.

    Attributes
    ----------
    p_fail
        No operator carries the upload inside. [0-1]
    p_donor
        An operator reaches the donor level at the mast. [0-1]
    p_boosted
        Both: what a booster can mend. [0-1]
    """

    p_fail: Floats
    p_donor: Floats
    p_boosted: Floats


def oracle(
    known: Knowledge, training: pd.DataFrame, params: RankParams, *, is_listed_only: bool = False
) -> Belief:
    """Beliefs of one who knows all but the shadowing, from readings where ``training`` has some."""
    world = known.world
    sites = world.sites.set_index("tps_code").loc[known.sites["tps_code"]].reset_index()
    asked = sites.loc[sites.index.repeat(_N_OPERATORS)].assign(
        code=np.tile(np.arange(_N_OPERATORS), len(sites))
    )
    heard = _readings(training)
    masts = listed_stations(world) if is_listed_only else None
    told = physics_at(world, heard, masts, has_clutter=True)
    rng = np.random.default_rng(SEED)
    noise = world.params.noise_db / np.sqrt(heard["n"].to_numpy(np.float64))
    read = truth_at(world, heard) + noise * rng.standard_normal(len(heard))
    off_db = float(np.mean(read - told)) if is_listed_only else 0.0
    residuals = Residuals(
        plane_m=plane_of(heard),
        operator=heard["code"].to_numpy(),
        residual_db=read - told - off_db,
        noise_db2=noise**2,
    )
    field = (
        fit_variogram(residuals, NEIGHBOURS, seed=SEED)
        if is_listed_only
        else variogram(world, has_clutter=True)
    )
    between = coupling(world, field, has_clutter=True)
    mean, factor = _posterior(residuals, field, between, plane_of(sites))
    trend = physics_at(world, asked, masts, has_clutter=True).reshape(len(sites), _N_OPERATORS)
    return _belief(known.sites, trend + off_db + mean, factor, params)


def _readings(training: pd.DataFrame) -> pd.DataFrame:
    """Places and operators of the survey's samples, as the world's functions ask for them."""
    own = training[training["operator"].isin(OPERATOR_NAMES)]
    n = own["n"].to_numpy() + own["n_no_service"].to_numpy()
    codes = pd.Index(OPERATOR_NAMES).get_indexer(own["operator"])
    found = own[["latitude_deg", "longitude_deg"]].assign(code=codes, n=np.maximum(n, 1))
    return found.reset_index(drop=True)


def _posterior(
    residuals: Residuals, field: Variogram, between: Floats, places_m: Floats
) -> tuple[Floats, Floats]:
    """Mean and Cholesky factor of all operators' residuals at each place, given the nearest."""
    near = _nearest(residuals, places_m)
    mean = np.empty((len(places_m), _N_OPERATORS))
    factor = np.empty((len(places_m), _N_OPERATORS, _N_OPERATORS))
    for start in range(0, len(places_m), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        at, whose = residuals.plane_m[near[part]], residuals.operator[near[part]]
        matrix = field.covariance(_apart_m(at[:, :, None], at[:, None]))
        matrix *= between[whose[:, :, None], whose[:, None, :]]
        diagonal = np.arange(matrix.shape[1])
        matrix[:, diagonal, diagonal] += residuals.noise_db2[near[part]] + field.micro_db2
        towards = field.covariance(_apart_m(at, places_m[part, None]))[..., None] * between[whose]
        weights = np.linalg.solve(matrix, towards)
        turned = weights.transpose(0, 2, 1)
        mean[part] = (turned @ residuals.residual_db[near[part]][..., None])[..., 0]
        left = field.covariance(np.zeros(1))[0] * between - turned @ towards
        left += (field.micro_db2 + 1e-6) * np.eye(_N_OPERATORS)
        factor[part] = np.linalg.cholesky((left + left.transpose(0, 2, 1)) / 2)
    return mean, factor


def _nearest(residuals: Residuals, places_m: Floats) -> Rows:
    """Rows of the nearest readings of every operator, shape (places, operators x readings)."""
    columns = []
    for code in range(_N_OPERATORS):
        mine = np.flatnonzero(residuals.operator == code)
        _, row = KDTree(residuals.plane_m[mine]).query(places_m, k=N_EACH)
        columns.append(mine[row])
    return np.concatenate(columns, axis=1).astype(np.intp)


def _belief(sites: pd.DataFrame, level_dbm: Floats, factor: Floats, params: RankParams) -> Belief:
    """Chances over draws of the levels that the readings leave possible."""
    donor = params.remedy.donor
    rng = np.random.default_rng(SEED)
    sums = np.zeros((3, len(sites)))
    for _ in range(N_DRAWS):
        score = rng.standard_normal((len(sites), _N_OPERATORS, 1))
        drawn = level_dbm + (factor @ score)[..., 0]
        fails = p_fail_at(drawn, sites, params)
        has = (drawn + donor.mast_gain_db >= donor.min_donor_dbm).any(axis=1)
        sums += np.stack([fails, has, fails * has])
    p_fail, p_donor, p_boosted = sums / N_DRAWS
    return Belief(p_fail=p_fail, p_donor=p_donor, p_boosted=p_boosted)


def _apart_m(first: Floats, second: Floats) -> Floats:
    return np.asarray(np.hypot(*np.moveaxis(first - second, -1, 0)))
