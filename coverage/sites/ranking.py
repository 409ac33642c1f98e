"""The ranked list: how sure it is that a TPS fails, how many voters that concerns, what to do."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.geodesy import Floats
from coverage.sites.draws import Drawn, draw_ranks
from coverage.sites.facts import Booleans
from coverage.sites.judgement import Judgement, RankParams, RankTables
from coverage.sites.layers import Layers
from coverage.sites.ranking_columns import (
    around_columns,
    known_columns,
    reason_flags,
    remedy_columns,
)
from coverage.sites.reasons import REASONS
from coverage.sites.remedies import choose
from coverage.tables import TABLES

_JOINER: Final = "|"


def rank(
    sites: pd.DataFrame,
    site_signal: pd.DataFrame,
    cell_signal: pd.DataFrame,
    cells: pd.DataFrame,
    towers: pd.DataFrame,
    *,
    correlation: pd.DataFrame,
    layers: Layers,
    params: RankParams,
    assets: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rank every site and name its remedy.

    ``priority`` = P(no operator carries the upload) x voters x (1 - best chance of an upload
    outdoors within 500 m): the voters whose form is expected to be stuck (MODEL 5E); the weights
    are settings. A hold has priority 0 and comes last, listed like every other; a site whose device
    is proved to work has priority 0. Sites of one village centroid share their mean priority: they
    are not ranked against each other. Every predicted operator counts in the joint probabilities,
    however wide its distribution; where the model answers for none, the evidence says
    ``survey_first``, unless a reading says otherwise.

    Parameters
    ----------
    sites, site_signal, cell_signal, cells, towers, correlation
        As in :mod:`coverage.tables` (``correlation`` = ``operator_correlation``).
    layers
        Map layers.
    params
        Settings.
    assets
        ``asset_register``; None = no device was fitted, as far as is known.

    Returns
    -------
    pandas.DataFrame
        ``site_ranking``, sorted by rank.

    Raises
    ------
    InputError
        Where tables do not fit each other.
    """
    given = RankTables(cell_signal=cell_signal, cells=cells, correlation=correlation, assets=assets)
    judged = Judgement.of(sites, site_signal, given, layers, params)
    choice = choose(judged.facts, params.remedy)
    drawn = _drawn(judged, params)
    remedies = remedy_columns(judged, choice, towers, cells, params)
    flags = reason_flags(judged, choice, remedies, layers=layers, assets=assets, params=params)
    ranking = known_columns(judged).assign(
        **around_columns(judged, layers, params),
        **remedies,
        voters_in_doubt=_voters_in_doubt(judged, drawn),
        voters_if_boosted=drawn.p_boosted * judged.stake,
        reasons=joined_reasons(flags),
    )
    return _in_order(ranking, judged.order, drawn)


def joined_reasons(flags: dict[str, Booleans]) -> npt.NDArray[np.object_]:
    """Codes of the flags that are set, in the order of :data:`REASONS`, joined by ``|``."""
    text = np.full(len(next(iter(flags.values()))), "", dtype=object)
    for code in REASONS:
        if code in flags:
            text[flags[code]] += code + _JOINER
    return np.array([codes.rstrip(_JOINER) for codes in text], dtype=object)


def _drawn(judged: Judgement, params: RankParams) -> Drawn:
    """Intervals of ranks from joint draws."""
    donor = params.remedy.donor
    return draw_ranks(
        judged.outlook.situation,
        judged.outlook.signal.counted,
        judged.correlation,
        stake=judged.stake,
        groups=judged.groups,
        donor_dbm=donor.min_donor_dbm - donor.mast_gain_db,
        upload=params.upload,
        params=params.draws,
    )


def _voters_in_doubt(judged: Judgement, drawn: Drawn) -> Floats:
    """Expected voters a reading would settle; none where the site itself is not located [voters].

    Where only the village is known, coordinates are wanted, not a drive.
    """
    settled: Floats = np.where(judged.outlook.is_located, drawn.p_settled * judged.stake, 0.0)
    return settled


def _in_order(ranking: pd.DataFrame, order: npt.NDArray[np.intp], drawn: Drawn) -> pd.DataFrame:
    """Rows in order; the interval holds the rank itself."""
    ordered = ranking.iloc[order].reset_index(drop=True)
    position = np.arange(1, len(ordered) + 1, dtype=np.int32)
    ordered["rank"] = position
    ordered["rank_p05"] = np.minimum(drawn.rank_low[order], position)
    ordered["rank_p95"] = np.maximum(drawn.rank_high[order], position)
    ordered["p_top_k"] = drawn.p_top[order].astype(np.float32)
    return ordered[list(TABLES["site_ranking"].columns)]
