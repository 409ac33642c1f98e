"""The ranked list: how sure it is that a TPS fails, how many voters that concerns, what to do."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.geodesy import Floats
from coverage.sites.assets import sites_in_state
from coverage.sites.donors import donors_of
from coverage.sites.draws import Drawn, draw_ranks
from coverage.sites.judgement import Judgement, RankParams, RankTables
from coverage.sites.kits import latest_order_dates
from coverage.sites.layers import Layers, is_outside_village
from coverage.sites.outlook import Outlook
from coverage.sites.reasons import REASONS
from coverage.sites.remedies import (
    Choice,
    Facts,
    choose,
    operator_names,
    reasons_of_choice,
)
from coverage.tables import TABLES

_JOINER: Final = "|"
_LISTED: Final = (
    "tps_code", "tps_name", "village", "district", "regency", "latitude_deg", "longitude_deg",
    "n_voters",
)  # fmt: skip

Booleans = npt.NDArray[np.bool_]


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
    judged = Judgement.of(
        sites,
        site_signal,
        RankTables(cell_signal=cell_signal, cells=cells, correlation=correlation, assets=assets),
        layers,
        params,
    )
    outlook, facts = judged.outlook, judged.facts
    choice = choose(facts, params.remedy)
    drawn = draw_ranks(
        outlook.situation,
        outlook.signal.counted,
        judged.correlation,
        stake=judged.stake,
        groups=judged.groups,
        donor_dbm=params.remedy.donor.min_donor_dbm - params.remedy.donor.mast_gain_db,
        upload=params.upload,
        params=params.draws,
    )
    ranking = _known(outlook, facts).assign(
        p_weak=judged.p_weak.astype(np.float32),
        p_upload_fail=judged.p_fail.astype(np.float32),
        priority=judged.priority,
        voters_in_doubt=_voters_in_doubt(judged, drawn),
        voters_if_boosted=drawn.p_boosted * judged.stake,
    )
    ranking = ranking.assign(
        **_remedy_columns(ranking, facts, choice, towers, cells, params=params)
    )
    ranking["reasons"] = joined_reasons(
        {
            **outlook.reasons(),
            **reasons_of_choice(facts, choice, params.remedy),
            **_further_reasons(facts, ranking),
            **_asset_reasons(outlook.sites, assets),
            "R_OUTSIDE_VILLAGE": is_outside_village(outlook.sites, layers.villages),
        }
    )
    return _in_order(ranking, judged.order, drawn)


def joined_reasons(flags: dict[str, Booleans]) -> npt.NDArray[np.object_]:
    """Codes of the flags that are set, in the order of :data:`REASONS`, joined by ``|``."""
    text = np.full(len(next(iter(flags.values()))), "", dtype=object)
    for code in REASONS:
        if code in flags:
            text[flags[code]] += code + _JOINER
    return np.array([codes.rstrip(_JOINER) for codes in text], dtype=object)


def _voters_in_doubt(judged: Judgement, drawn: Drawn) -> Floats:
    """Expected voters a reading would settle; none where the site itself is not located [voters].

    Where only the village is known, coordinates are wanted, not a drive.
    """
    settled: Floats = np.where(judged.outlook.is_located, drawn.p_settled * judged.stake, 0.0)
    return settled


def _known(outlook: Outlook, facts: Facts) -> pd.DataFrame:
    """Columns that say where a site is and what is known of it."""
    return outlook.sites[list(_LISTED)].assign(
        h3_cell=outlook.home_cells,
        best_operator=operator_names(facts.operators, outlook.signal.best),
        evidence=outlook.evidence,
        hazard=pd.array(facts.hazard, dtype="string"),
        island=pd.array(facts.island, dtype="string"),
        has_power=pd.Series(facts.has_power, dtype="boolean").where(
            facts.has_power | facts.lacks_power
        ),
    )


def _remedy_columns(
    ranking: pd.DataFrame,
    facts: Facts,
    choice: Choice,
    towers: pd.DataFrame,
    cells: pd.DataFrame,
    *,
    params: RankParams,
) -> dict[str, Any]:
    """Remedy, its operator, donor, nearest usable cell and lead time."""
    named = operator_names(facts.operators, choice.operator)
    boosted = pd.Series(named).where(choice.remedy == "OPERATOR_BOOSTER")
    wanted = ranking[["latitude_deg", "longitude_deg", "h3_cell"]].assign(operator=boosted)
    donors = donors_of(wanted, towers, cells, params.remedy.donor)
    distance, bearing = _nearest_of(facts, params.remedy.officers_operator)
    kits = params.remedy.kits
    leads = pd.array([kits.lead_time_days[code] for code in choice.remedy], dtype="Int32")
    orders = latest_order_dates(pd.DataFrame({"lead_time_days": leads}), kits.election_date)
    return {
        "remedy": choice.remedy.astype(str),
        "remedy_operator": named,
        "donor_cell_identity": donors["donor_cell_identity"],
        "donor_bearing_deg": donors["donor_bearing_deg"].astype(np.float32),
        "nearest_usable_m": distance.astype(np.float32),
        "nearest_usable_bearing_deg": bearing.astype(np.float32),
        "lead_time_days": leads,
        "latest_order_date": orders,
    }


def _nearest_of(facts: Facts, officers_operator: str | None) -> tuple[Floats, Floats]:
    """Nearest usable cell of the officers' operator, of any where it is not known."""
    nearest = facts.nearest
    if officers_operator is not None:
        own = facts.operators.index(officers_operator)
        return nearest.distance_m[:, own], nearest.bearing_deg[:, own]
    first = np.where(np.isnan(nearest.distance_m), np.inf, nearest.distance_m).argmin(axis=1)
    rows = np.arange(len(first))
    return nearest.distance_m[rows, first], nearest.bearing_deg[rows, first]


def _further_reasons(facts: Facts, ranking: pd.DataFrame) -> dict[str, Booleans]:
    """Reason codes that need facts and the finished remedy."""
    is_outdoors_ok = (facts.nearest.distance_m == 0).any(axis=1)
    is_booster = (ranking["remedy"] == "OPERATOR_BOOSTER").to_numpy(dtype=bool)
    has_no_donor = ranking["donor_cell_identity"].isna().to_numpy(dtype=bool)
    return {
        "R_BUILDING_LOSS": is_outdoors_ok & ~facts.usable.any(axis=1),
        "R_DONOR_UNKNOWN": is_booster & has_no_donor,
    }


def _asset_reasons(sites: pd.DataFrame, assets: pd.DataFrame | None) -> dict[str, Booleans]:
    """Reason codes about devices that were fitted."""
    return {
        "R_ASSET_WORKS": sites_in_state(sites, assets, "solved"),
        "R_ASSET_STILL_WEAK": sites_in_state(sites, assets, "still_weak"),
        "R_ASSET_NOT_PROVEN": sites_in_state(sites, assets, "not_proven"),
    }


def _in_order(ranking: pd.DataFrame, order: npt.NDArray[np.intp], drawn: Drawn) -> pd.DataFrame:
    """Rows in order; the interval holds the rank itself."""
    ordered = ranking.iloc[order].reset_index(drop=True)
    position = np.arange(1, len(ordered) + 1, dtype=np.int32)
    ordered["rank"] = position
    ordered["rank_p05"] = np.minimum(drawn.rank_low[order], position)
    ordered["rank_p95"] = np.maximum(drawn.rank_high[order], position)
    ordered["p_top_k"] = drawn.p_top[order].astype(np.float32)
    return ordered[list(TABLES["site_ranking"].columns)]
