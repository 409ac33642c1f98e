"""How the head of the list changes with what was assumed: level needed, losses, weights."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.sites.judgement import Judgement, RankParams, RankTables
from coverage.sites.layers import Layers
from coverage.sites.upload import site_signal
from coverage.tables import TABLES

_STRICTER_DB: Final = 3.0  # a factor of two in power: half the rate at the cell's edge, or its load


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far one variant agrees with the configured ranking.

    Attributes
    ----------
    variant
        Its name.
    n_common
        TPS among the first in both. [count]
    common_share
        Of the first as configured. [0-1]
    largest_fall
        Most places one of the first as configured falls.
    """

    variant: str
    n_common: int
    common_share: float
    largest_fall: int


def variants_of(params: RankParams) -> dict[str, RankParams]:
    """What is tried, by name; each changes one thing.

    ``level_needed``: 3 dB more or less than configured, the uplink's load and the phone's power not
    being known; ``building``: no loss at all, or energy-saving walls (ITU-R P.2109); ``position``:
    the walk to a better place forgiven or not; ``voters``: every TPS alike; ``operators``: the same
    fading for all, or none in common.
    """
    upload, weights, joint = params.upload, params.weights, params.joint
    uplink, building = upload.uplink, upload.building

    def needing(shift_db: float) -> RankParams:
        moved = replace(uplink, calibration_db=uplink.calibration_db + shift_db)
        return replace(params, upload=replace(upload, uplink=moved))

    outdoors = replace(building, shares=dict.fromkeys(building.shares, 0.0))
    dense = replace(building, kind="thermally_efficient")
    tried = {
        "level_needed_3_db_higher": needing(_STRICTER_DB),
        "level_needed_3_db_lower": needing(-_STRICTER_DB),
        "building_no_loss": replace(params, upload=replace(upload, building=outdoors)),
        "building_thermally_efficient": replace(params, upload=replace(upload, building=dense)),
        "uplink_spread_doubled": replace(
            params,
            upload=replace(upload, uplink=replace(uplink, spread_db=min(2 * uplink.spread_db, 20))),
        ),
        "walk_not_counted": replace(params, weights=replace(weights, near_relief=0.0)),
        "every_tps_alike": replace(params, weights=replace(weights, voters_power=0.0)),
        "operators_independent": replace(params, joint=replace(joint, default_correlation=0.0)),
    }
    return {name: variant for name, variant in tried.items() if variant != params}


def ranking_sensitivity(
    sites: pd.DataFrame,
    tables: RankTables,
    layers: Layers,
    params: RankParams,
) -> pd.DataFrame:
    """Rank again under each variant and set both heads of the list side by side.

    Only what a variant changes is changed; remedies are not chosen again and nothing is drawn.

    Parameters
    ----------
    sites, tables, layers
        As for the ranking.
    params
        The ranking as configured.

    Returns
    -------
    pandas.DataFrame
        ``ranking_sensitivity``: for each variant, every TPS that is among the first ``top_k`` as
        configured or under the variant.
    """
    top_k = params.draws.top_k
    codes = sites.sort_values("tps_code", kind="stable")["tps_code"].to_numpy()
    base = _ranks(sites, tables, layers, params)
    frames = []
    for name, variant in variants_of(params).items():
        given = tables
        if variant.joint != params.joint:
            given = replace(tables, correlation=tables.correlation.iloc[:0])
        rank = _ranks(sites, given, layers, variant)
        is_top, is_top_variant = base <= top_k, rank <= top_k
        shown = is_top | is_top_variant
        frames.append(
            pd.DataFrame(
                {
                    "variant": name,
                    "tps_code": codes[shown],
                    "rank": base[shown],
                    "rank_variant": rank[shown],
                    "is_top": is_top[shown],
                    "is_top_variant": is_top_variant[shown],
                }
            )
        )
    found = pd.concat(frames, ignore_index=True)
    found = found.sort_values(["variant", "tps_code"], kind="stable", ignore_index=True)
    return found[list(TABLES["ranking_sensitivity"].columns)]


def agreements(sensitivity: pd.DataFrame) -> list[Agreement]:
    """Each variant in one line, by name.

    Raises
    ------
    InputError
        Where the table is empty.
    """
    if sensitivity.empty:
        raise InputError("Invalid ranking_sensitivity, no row. Must hold one variant at least.")
    lines = []
    for name, rows in sensitivity.groupby("variant", sort=True):
        top = rows[rows["is_top"]]
        n_common = int(top["is_top_variant"].sum())
        lines.append(
            Agreement(
                variant=str(name),
                n_common=n_common,
                common_share=n_common / len(top),
                largest_fall=int(np.maximum(top["rank_variant"] - top["rank"], 0).max()),
            )
        )
    return lines


def _ranks(
    sites: pd.DataFrame, tables: RankTables, layers: Layers, params: RankParams
) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Rank of each site in order of code."""
    at_sites = site_signal(sites, tables.cell_signal, params.upload)
    order = Judgement.of(sites, at_sites, tables, layers, params).order
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(1, len(order) + 1, dtype=np.int32)
    return rank
