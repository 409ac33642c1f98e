"""The columns of the ranking, room by room: what is known, what is around, what to do and why."""

from typing import Any, Final

import numpy as np
import pandas as pd

from coverage.geodesy import Floats
from coverage.sites.assets import sites_in_state
from coverage.sites.choice_reasons import reasons_of_choice
from coverage.sites.donors import donors_of
from coverage.sites.facts import Booleans, Facts
from coverage.sites.judgement import Judgement, RankParams
from coverage.sites.kits import latest_order_dates
from coverage.sites.layers import Layers, is_near_hold, is_outside_village
from coverage.sites.remedies import (
    NO_OPERATOR,
    Choice,
    Columns,
    chosen,
    lead_days,
    operator_names,
)
from coverage.sites.surroundings import NearestPoint, mobile_hosts
from coverage.tables import REMEDIES

_LISTED: Final = (
    "tps_code", "tps_name", "village", "district", "regency", "latitude_deg", "longitude_deg",
    "n_voters",
)  # fmt: skip


def known_columns(judged: Judgement) -> pd.DataFrame:
    """Columns that say where a site is and what is known of it."""
    outlook, facts = judged.outlook, judged.facts
    return outlook.sites[list(_LISTED)].assign(
        h3_cell=outlook.home_cells,
        best_operator=operator_names(facts.operators, outlook.best),
        evidence=outlook.evidence,
        hazard=pd.array(facts.hazard, dtype="string"),
        island=pd.array(facts.island, dtype="string"),
        foot_area=pd.array(facts.foot_area, dtype="string"),
        has_power=pd.Series(facts.has_power, dtype="boolean").where(
            facts.has_power | facts.lacks_power
        ),
        is_special=_special(outlook.sites),
        p_weak=judged.p_weak.astype(np.float32),
        p_upload_fail=judged.p_fail.astype(np.float32),
        priority=judged.priority,
    )


def around_columns(judged: Judgement, layers: Layers, params: RankParams) -> dict[str, Any]:
    """Nearest place that works, and whose signal it is; nearest point of public Wi-Fi."""
    facts, wifi = judged.facts, judged.wifi
    distance, bearing, operator = _nearest_of(facts, params.remedy.officers_operator)
    return {
        "nearest_usable_m": distance.astype(np.float32),
        "nearest_usable_bearing_deg": bearing.astype(np.float32),
        "nearest_usable_operator": operator_names(facts.operators, operator),
        "nearest_wifi_m": np.where(np.isinf(wifi.distance_m), np.nan, wifi.distance_m).astype(
            np.float32
        ),
        "nearest_wifi_bearing_deg": wifi.bearing_deg.astype(np.float32),
        "nearest_wifi": _wifi_names(wifi, layers),
    }


def remedy_columns(
    judged: Judgement,
    choice: Choice,
    towers: pd.DataFrame,
    cells: pd.DataFrame,
    params: RankParams,
) -> dict[str, Any]:
    """Remedy, its operator, donor and its level at the mast, host of a shared kit, lead time."""
    facts, outlook, remedy = judged.facts, judged.outlook, params.remedy
    named = operator_names(facts.operators, choice.operator)
    is_booster = choice.remedy == "OPERATOR_BOOSTER"
    wanted = outlook.sites[["latitude_deg", "longitude_deg"]].assign(
        h3_cell=outlook.home_cells, operator=pd.Series(named).where(is_booster)
    )
    donors = donors_of(wanted, towers, cells, remedy.donor)
    at_mast = np.where(is_booster, chosen(facts.mast_dbm, choice.operator), np.nan)
    hosts = mobile_hosts(
        facts.coordinates,
        choice.remedy == "MOBILE_BTS",
        remedy.cluster_radius_m,
        may_host=~facts.lacks_power,
    )
    codes = outlook.sites["tps_code"].to_numpy(dtype=object)
    leads = _leads(facts, choice, params)
    orders = latest_order_dates(pd.DataFrame({"lead_time_days": leads}), remedy.kits.election_date)
    return {
        "remedy": choice.remedy.astype(str),
        "remedy_operator": named,
        "donor_cell_identity": donors["donor_cell_identity"],
        "donor_bearing_deg": donors["donor_bearing_deg"].astype(np.float32),
        "donor_dbm": at_mast.astype(np.float32),
        "host_tps_code": pd.array(
            [codes[i] if i >= 0 else None for i in hosts.tolist()], dtype="string"
        ),
        "lead_time_days": leads,
        "latest_order_date": orders,
    }


def reason_flags(
    judged: Judgement,
    choice: Choice,
    remedies: dict[str, Any],
    *,
    layers: Layers,
    assets: pd.DataFrame | None,
    params: RankParams,
) -> dict[str, Booleans]:
    """Which reason codes each site carries."""
    outlook, facts = judged.outlook, judged.facts
    return {
        **outlook.reasons(),
        **reasons_of_choice(facts, choice, params.remedy),
        **_further_reasons(facts, choice, remedies, layers, params),
        **_asset_reasons(outlook.sites, assets),
        "R_NEAR_HOLD": (choice.remedy == "MOBILE_BTS")
        & is_near_hold(outlook.sites, layers.holds, 2 * params.remedy.cluster_radius_m),
        "R_OUTSIDE_VILLAGE": is_outside_village(outlook.sites, layers.villages),
    }


def _special(sites: pd.DataFrame) -> "pd.Series[Any]":
    """As listed; a list of before there was the column says nothing of any."""
    if "is_special" not in sites.columns:
        return pd.Series(pd.NA, index=sites.index, dtype="boolean")
    return sites["is_special"].astype("boolean")


def _nearest_of(facts: Facts, officers_operator: str | None) -> tuple[Floats, Floats, Columns]:
    """Nearest usable cell of the officers' operator, of any where it is not known, and whose."""
    nearest = facts.nearest
    if officers_operator is not None:
        of = np.full(len(facts.is_hold), facts.operators.index(officers_operator), dtype=np.intp)
    else:
        filled = np.where(np.isnan(nearest.distance_m), np.inf, nearest.distance_m)
        of = _of_equals_the_best(filled, facts.p_fail)
    rows = np.arange(len(of))
    distance = nearest.distance_m[rows, of]
    whose = np.where(np.isnan(distance), NO_OPERATOR, of).astype(np.intp)
    return distance, nearest.bearing_deg[rows, of], whose


def _of_equals_the_best(distance_m: Floats, p_fail: Floats) -> Columns:
    """Column of the least distance; of equal ones that which fails least at the site."""
    is_least = distance_m == distance_m.min(axis=1, keepdims=True)
    chance = np.where(is_least, np.where(np.isnan(p_fail), 1.0, p_fail), np.inf)
    best: Columns = chance.argmin(axis=1).astype(np.intp)
    return best


def _wifi_names(wifi: NearestPoint, layers: Layers) -> Any:
    """Names of the nearest Wi-Fi points, NA where the layer has none."""
    points = layers.wifi_points
    if points is None or "name" not in points.columns or not len(points):
        return pd.array([None] * len(wifi.index), dtype="string")
    return points["name"].astype("string").array.take(wifi.index, allow_fill=True)


def _leads(facts: Facts, choice: Choice, params: RankParams) -> Any:
    """Days from order to working, the way there included; NA where nothing is to be ordered."""
    days = np.full(len(choice.remedy), np.nan)
    for code in REMEDIES:
        here = choice.remedy == code
        days[here] = lead_days(code, facts, params.remedy)[here]
    return pd.array(days, dtype="Int32")


def _further_reasons(
    facts: Facts, choice: Choice, remedies: dict[str, Any], layers: Layers, params: RankParams
) -> dict[str, Booleans]:
    """Reason codes that need facts, layers and the finished remedy."""
    usable_p = params.surroundings.usable_p
    is_outdoors_ok = (facts.nearest.distance_m == 0).any(axis=1)
    has_no_donor = remedies["donor_cell_identity"].isna().to_numpy(dtype=bool)
    is_open = ~np.isin(choice.remedy, ["OK", "EXCLUDED_ADAT"]) & ~facts.is_island
    is_beyond = (facts.nearest.p_beyond >= usable_p) & (facts.nearest.p_near < usable_p)
    return {
        "R_BUILDING_LOSS": is_outdoors_ok & ~facts.usable.any(axis=1),
        "R_DONOR_UNKNOWN": (choice.remedy == "OPERATOR_BOOSTER") & has_no_donor,
        "R_BEYOND_MAP": is_beyond & is_open & (layers.land is None),
    }


def _asset_reasons(sites: pd.DataFrame, assets: pd.DataFrame | None) -> dict[str, Booleans]:
    """Reason codes about devices that were fitted."""
    return {
        "R_ASSET_WORKS": sites_in_state(sites, assets, "solved"),
        "R_ASSET_STILL_WEAK": sites_in_state(sites, assets, "still_weak"),
        "R_ASSET_NOT_PROVEN": sites_in_state(sites, assets, "not_proven"),
    }
