"""Every site judged: chance of failing on all operators, what lies around it, what is at stake."""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import hexgrid
from coverage.geodesy import Floats
from coverage.sites.assets import sites_in_state
from coverage.sites.donors import mast_levels_dbm
from coverage.sites.draws import DrawParams, group_mean
from coverage.sites.evidence import EvidenceParams
from coverage.sites.facts import Facts
from coverage.sites.joint import (
    JointParams,
    correlation_matrix,
    joint_probabilities,
    within_bounds,
)
from coverage.sites.layers import (
    Layers,
    holds_at,
    is_on_land,
    names_at,
    points_of,
    regions_at,
)
from coverage.sites.outlook import Outlook
from coverage.sites.remedies import RemedyParams
from coverage.sites.situation import Situation, UploadParams
from coverage.sites.surroundings import (
    Ground,
    NearestPoint,
    SurroundingsParams,
    nearest_point,
    nearest_usable,
    p_works_outdoors,
)
from coverage.sites.weights import WeightParams, centroid_groups, stake_of

_PRIORITY_DECIMALS: Final = 6  # equal sites stay equal whatever the last bits of their sums


@dataclass(frozen=True, kw_only=True)
class RankParams:
    """How sites are ranked.

    Attributes
    ----------
    upload
        As used for ``site_signal``.
    joint, draws, evidence, surroundings, remedy, weights
        Settings of each step.
    """

    upload: UploadParams = field(default_factory=UploadParams)
    joint: JointParams = field(default_factory=JointParams)
    draws: DrawParams = field(default_factory=DrawParams)
    evidence: EvidenceParams = field(default_factory=EvidenceParams)
    surroundings: SurroundingsParams = field(default_factory=SurroundingsParams)
    remedy: RemedyParams = field(default_factory=RemedyParams)
    weights: WeightParams = field(default_factory=WeightParams)


@dataclass(frozen=True, kw_only=True, eq=False)
class RankTables:
    """Tables that sites are judged by, as in :mod:`coverage.tables`.

    Attributes
    ----------
    cell_signal, cells, correlation
        ``correlation`` is the table ``operator_correlation``.
    assets
        ``asset_register``; None = no device was fitted, as far as is known.
    """

    cell_signal: pd.DataFrame
    cells: pd.DataFrame
    correlation: pd.DataFrame
    assets: pd.DataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Sites in order of their codes.

    Attributes
    ----------
    outlook, facts
        What is known of each, and what the choice of a remedy needs.
    wifi
        The nearest point of public Wi-Fi.
    correlation
        Between operators.
    p_weak, p_fail
        Every operator weak; no operator carries the upload. [0-1]
    stake, groups
        What a failure counts [voters]; sites of one village centroid form a group.
    """

    outlook: Outlook
    facts: Facts
    wifi: NearestPoint
    correlation: Floats
    p_weak: Floats
    p_fail: Floats
    stake: Floats
    groups: npt.NDArray[np.intp]

    @classmethod
    def of(
        cls,
        sites: pd.DataFrame,
        site_signal: pd.DataFrame,
        tables: RankTables,
        layers: Layers,
        params: RankParams,
    ) -> Self:
        """Judge them.

        Raises
        ------
        InputError
            Where tables do not fit each other.
        """
        listed = sites.sort_values("tps_code", kind="stable", ignore_index=True)
        situation = Situation.of(listed, tables.cell_signal, params.upload)
        outlook = Outlook.of(
            situation,
            listed,
            site_signal,
            tables.cells,
            located_m=params.surroundings.located_m,
            params=params.evidence,
        )
        matrix = correlation_matrix(situation.grid.operators, tables.correlation, params.joint)
        p_weak, p_fail = _joint(outlook, matrix, params)
        points = None if layers.wifi_points is None else points_of(layers.wifi_points)
        wifi = nearest_point(outlook.coordinates, points)
        facts = _facts(outlook, layers, tables, params, wifi)
        is_settled = facts.is_hold | facts.is_solved
        p_near = np.where(facts.is_special, 0.0, facts.nearest.p_near)  # nobody walks out of it
        return cls(
            outlook=outlook,
            facts=facts,
            wifi=wifi,
            correlation=matrix,
            p_weak=p_weak,
            p_fail=p_fail,
            stake=stake_of(listed, p_near, is_settled, params.weights),
            groups=centroid_groups(listed, facts.is_hold),
        )

    @property
    def priority(self) -> Floats:
        """Expected voters whose upload fails [voters]."""
        mean = group_mean(self.p_fail * self.stake, self.groups)
        priority: Floats = np.round(mean, _PRIORITY_DECIMALS)
        return priority

    @property
    def order(self) -> npt.NDArray[np.intp]:
        """Rows by priority, ties by code, holds last."""
        return np.lexsort((np.arange(len(self.stake)), -self.priority, self.facts.is_hold))


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


def _facts(
    outlook: Outlook,
    layers: Layers,
    tables: RankTables,
    params: RankParams,
    wifi: NearestPoint,
) -> Facts:
    """What the choice of a remedy needs."""
    situation, sites, coordinates = outlook.situation, outlook.sites, outlook.coordinates
    works = p_works_outdoors(situation, params.upload)
    is_hold, is_hold_possible = holds_at(sites, layers.holds)
    return Facts(
        operators=situation.grid.operators,
        coordinates=coordinates,
        is_hold=is_hold,
        is_hold_possible=is_hold_possible,
        is_solved=sites_in_state(sites, tables.assets, "solved"),
        is_located=outlook.is_located,
        is_unknown=outlook.evidence == "survey_first",
        usable=outlook.usable(params.surroundings.usable_p),
        is_judged=outlook.is_judged,
        p_fail=outlook.signal.p_fail,
        nearest=nearest_usable(
            situation,
            coordinates,
            outlook.is_located,
            works,
            params.surroundings,
            ground=_ground(outlook, layers),
        ),
        wifi_m=wifi.distance_m,
        mast_dbm=mast_levels_dbm(
            situation.grid,
            situation.home_index,
            params.remedy.donor,
            also_abstaining=not params.remedy.kits.is_in_time("SURVEY_FIRST"),
        ),
        hazard=names_at(sites, layers.hazards, "kind"),
        island=names_at(sites, layers.islands, "name"),
        foot_area=names_at(sites, layers.foot_areas, "name"),
        has_power=_says(sites, "has_power", value=True),
        lacks_power=_says(sites, "has_power", value=False),
        is_special=_says(sites, "is_special", value=True),
    )


def _ground(outlook: Outlook, layers: Layers) -> Ground:
    """Where officers can walk, by the layers of villages and islands."""
    centres = hexgrid.centres_of(outlook.situation.grid.cells)
    cells = pd.DataFrame({"latitude_deg": centres[0], "longitude_deg": centres[1]})
    return Ground(
        is_land=is_on_land(cells, layers),
        cell_region=regions_at(cells, layers.islands),
        site_region=regions_at(outlook.sites, layers.islands),
    )


def _says(sites: pd.DataFrame, column: str, *, value: bool) -> npt.NDArray[np.bool_]:
    """Sites of which the list says so; a list without the column says nothing of any."""
    if column not in sites.columns:
        return np.zeros(len(sites), dtype=bool)
    said: npt.NDArray[np.bool_] = (
        (sites[column].astype("boolean") == value).fillna(False).to_numpy(dtype=bool)
    )
    return said
