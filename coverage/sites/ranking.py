"""The ranked list: how sure it is that a TPS fails, how many voters that concerns, what to do."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.geodesy import Floats
from coverage.sites.donors import donors_of, mast_levels_dbm
from coverage.sites.draws import DrawParams, group_mean, rank_interval
from coverage.sites.evidence import EvidenceParams
from coverage.sites.joint import (
    JointParams,
    correlation_matrix,
    joint_probabilities,
    within_bounds,
)
from coverage.sites.layers import (
    Layers,
    holds_at,
    is_outside_village,
    names_at,
    points_of,
)
from coverage.sites.outlook import Outlook
from coverage.sites.reasons import REASONS
from coverage.sites.remedies import (
    Choice,
    Facts,
    RemedyParams,
    choose,
    operator_names,
    reasons_of_choice,
)
from coverage.sites.situation import Situation, UploadParams
from coverage.sites.surroundings import (
    SurroundingsParams,
    distance_to_points_m,
    nearest_usable,
    p_works_outdoors,
)
from coverage.tables import TABLES

_PRIORITY_DECIMALS: Final = 6  # equal sites stay equal whatever the last bits of their sums
_JOINER: Final = "|"
_LISTED: Final = (
    "tps_code", "tps_name", "village", "district", "regency", "latitude_deg", "longitude_deg",
    "n_voters",
)  # fmt: skip

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class RankParams:
    """How sites are ranked.

    Attributes
    ----------
    upload
        As used for ``site_signal``.
    joint, draws, evidence, surroundings, remedy
        Settings of each step.
    default_voters
        Voters of a TPS whose number is not known: Banten's average, 265 (DOMAIN 3.1). [count]
    """

    upload: UploadParams = field(default_factory=UploadParams)
    joint: JointParams = field(default_factory=JointParams)
    draws: DrawParams = field(default_factory=DrawParams)
    evidence: EvidenceParams = field(default_factory=EvidenceParams)
    surroundings: SurroundingsParams = field(default_factory=SurroundingsParams)
    remedy: RemedyParams = field(default_factory=RemedyParams)
    default_voters: int = 265

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.default_voters < 1:
            raise InputError(f"Invalid default_voters {self.default_voters}. Must be >= 1.")


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
) -> pd.DataFrame:
    """Rank every site and name its remedy.

    ``priority`` = P(no operator carries the upload) x voters x (1 - best chance of an upload
    outdoors within 500 m): the voters whose form is expected to be stuck (MODEL 5E). A hold has
    priority 0 and comes last, listed like every other. Sites of one village centroid share their
    mean priority: they are not ranked against each other. Every predicted operator counts in the
    joint probabilities, however wide its distribution; where the model answers for none, the
    evidence says ``survey_first``, unless a reading says otherwise.

    Parameters
    ----------
    sites, site_signal, cell_signal, cells, towers, correlation
        As in :mod:`coverage.tables` (``correlation`` = ``operator_correlation``).
    layers
        Map layers.
    params
        Settings.

    Returns
    -------
    pandas.DataFrame
        ``site_ranking``, sorted by rank.

    Raises
    ------
    InputError
        Where tables do not fit each other.
    """
    listed = sites.sort_values("tps_code", kind="stable", ignore_index=True)
    situation = Situation.of(listed, cell_signal, params.upload)
    outlook = Outlook.of(
        situation,
        listed,
        site_signal,
        cells,
        located_m=params.surroundings.located_m,
        params=params.evidence,
    )
    matrix = correlation_matrix(situation.grid.operators, correlation, params.joint)
    p_weak, p_fail = _joint(outlook, matrix, params)
    facts = _facts(outlook, layers, params)
    choice = choose(facts, params.remedy)
    stake, groups = _stake(outlook, facts, params)
    low, high = rank_interval(
        situation,
        outlook.signal.counted,
        matrix,
        stake=stake,
        groups=groups,
        upload=params.upload,
        params=params.draws,
    )
    ranking = _known(outlook, facts).assign(
        p_weak=p_weak.astype(np.float32),
        p_upload_fail=p_fail.astype(np.float32),
        priority=np.round(group_mean(p_fail * stake, groups), _PRIORITY_DECIMALS),
    )
    ranking = ranking.assign(
        **_remedy_columns(ranking, facts, choice, towers, cells, params=params)
    )
    ranking["reasons"] = joined_reasons(
        {
            **outlook.reasons(),
            **reasons_of_choice(facts, choice, params.remedy),
            **_further_reasons(facts, ranking),
            "R_OUTSIDE_VILLAGE": is_outside_village(listed, layers.villages),
        }
    )
    return _in_order(ranking, facts.is_hold, low, high)


def joined_reasons(flags: dict[str, Booleans]) -> npt.NDArray[np.object_]:
    """Codes of the flags that are set, in the order of :data:`REASONS`, joined by ``|``."""
    text = np.full(len(next(iter(flags.values()))), "", dtype=object)
    for code in REASONS:
        if code in flags:
            text[flags[code]] += code + _JOINER
    return np.array([codes.rstrip(_JOINER) for codes in text], dtype=object)


def _joint(outlook: Outlook, matrix: Floats, params: RankParams) -> tuple[Floats, Floats]:
    """Probability that every operator is weak, and that none carries the upload."""
    signal = outlook.signal
    p_weak, p_fail = joint_probabilities(
        outlook.situation, signal.counted, matrix, params.upload, params.joint
    )
    return (
        within_bounds(p_weak, signal.p_weak, signal.counted),
        within_bounds(p_fail, signal.p_fail, signal.counted),
    )


def _facts(outlook: Outlook, layers: Layers, params: RankParams) -> Facts:
    """What the choice of a remedy needs."""
    situation, sites, coordinates = outlook.situation, outlook.sites, outlook.coordinates
    works = p_works_outdoors(situation, params.upload)
    is_hold, is_hold_possible = holds_at(sites, layers.holds)
    wifi = None if layers.wifi_points is None else points_of(layers.wifi_points)
    return Facts(
        operators=situation.grid.operators,
        coordinates=coordinates,
        is_hold=is_hold,
        is_hold_possible=is_hold_possible,
        is_located=outlook.is_located,
        is_unknown=outlook.evidence == "survey_first",
        usable=outlook.usable(params.surroundings.usable_p),
        nearest=nearest_usable(
            situation, coordinates, outlook.is_located, works, params.surroundings
        ),
        wifi_m=distance_to_points_m(coordinates, wifi),
        mast_dbm=mast_levels_dbm(situation.grid, situation.home_index, params.remedy.donor),
        hazard=names_at(sites, layers.hazards, "kind"),
        island=names_at(sites, layers.islands, "name"),
    )


def _stake(
    outlook: Outlook, facts: Facts, params: RankParams
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Voters concerned by a failure, and the groups of sites that share one village centroid."""
    sites = outlook.sites
    voters = sites["n_voters"].astype("Float64").fillna(params.default_voters)
    stake = voters.to_numpy(np.float64) * (1 - facts.nearest.p_near)
    stake = np.where(facts.is_hold, 0.0, stake)
    is_centroid = (sites["coordinate_source"] == "village_centroid").to_numpy(dtype=bool)
    key = np.where(is_centroid & ~facts.is_hold, sites["village_code"], sites["tps_code"])
    _, groups = np.unique(key.astype(str), return_inverse=True)
    return stake, np.asarray(groups, dtype=np.intp)


def _known(outlook: Outlook, facts: Facts) -> pd.DataFrame:
    """Columns that say where a site is and what is known of it."""
    return outlook.sites[list(_LISTED)].assign(
        h3_cell=outlook.home_cells,
        best_operator=operator_names(facts.operators, outlook.signal.best),
        evidence=outlook.evidence,
        hazard=pd.array(facts.hazard, dtype="string"),
        island=pd.array(facts.island, dtype="string"),
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
    leads = [params.remedy.kits.lead_time_days[code] for code in choice.remedy]
    return {
        "remedy": choice.remedy.astype(str),
        "remedy_operator": named,
        "donor_cell_identity": donors["donor_cell_identity"],
        "donor_bearing_deg": donors["donor_bearing_deg"].astype(np.float32),
        "nearest_usable_m": distance.astype(np.float32),
        "nearest_usable_bearing_deg": bearing.astype(np.float32),
        "lead_time_days": pd.array(leads, dtype="Int32"),
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


def _in_order(
    ranking: pd.DataFrame,
    is_hold: Booleans,
    low: npt.NDArray[np.int32],
    high: npt.NDArray[np.int32],
) -> pd.DataFrame:
    """Rows by priority, ties by code, holds last; the interval holds the rank itself."""
    order = np.lexsort((np.arange(len(ranking)), -ranking["priority"].to_numpy(), is_hold))
    ordered = ranking.iloc[order].reset_index(drop=True)
    position = np.arange(1, len(ordered) + 1, dtype=np.int32)
    ordered["rank"] = position
    ordered["rank_p05"] = np.minimum(low[order], position)
    ordered["rank_p95"] = np.maximum(high[order], position)
    return ordered[list(TABLES["site_ranking"].columns)]
