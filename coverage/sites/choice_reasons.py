"""Which reason codes follow from the remedy chosen: why it was, and what to check before."""

from coverage.sites.facts import Booleans, Facts
from coverage.sites.remedies import NO_OPERATOR, Choice, RemedyParams, best_of, chosen
from coverage.tables import REMEDIES


def reasons_of_choice(facts: Facts, choice: Choice, params: RemedyParams) -> dict[str, Booleans]:
    """Which reason codes each site's remedy carries: why, and what to check before."""
    is_ = {code: choice.remedy == code for code in REMEDIES}
    moves = is_["MOVE_OR_OFFLINE_WALK"]
    away = chosen(facts.nearest.distance_m, choice.operator)
    best_mast = best_of(facts.mast_dbm)
    no_donor = ~(best_mast >= params.donor.min_donor_dbm)
    needs_kit = is_["OPERATOR_BOOSTER"] | is_["MOBILE_BTS"] | is_["VSAT_LEO"]
    return {
        "R_HOLD": is_["EXCLUDED_ADAT"],
        "R_HOLD_POSSIBLE": facts.is_hold_possible & ~facts.is_hold,
        "R_TWO_OPERATORS": is_["OK"] & (facts.usable.sum(axis=1) >= 2),
        "R_OFFICERS_OPERATOR": is_["OK"] & (choice.operator != NO_OPERATOR),
        **_sim_reasons(facts, is_["SIM_SWITCH"], params),
        "R_STEP_OUTSIDE": moves & (away == 0),
        "R_USABLE_NEAR": moves & (away > 0),
        "R_CHECK_PATH": moves & (away > 0),
        "R_WIFI_NEAR": is_["WIFI_FROM_PPS_OR_DESA"],
        "R_CHECK_WIFI": is_["WIFI_FROM_PPS_OR_DESA"],
        "R_DONOR": is_["OPERATOR_BOOSTER"],
        "R_LEGAL_OPERATOR_ONLY": is_["OPERATOR_BOOSTER"],
        "R_NO_DONOR": (is_["MOBILE_BTS"] | is_["VSAT_LEO"]) & no_donor,
        "R_CLUSTER": is_["MOBILE_BTS"],
        "R_CHECK_ROAD": is_["MOBILE_BTS"],
        "R_CHECK_SKY": is_["VSAT_LEO"],
        "R_CHECK_POWER": needs_kit & ~facts.has_power & ~facts.lacks_power,
        "R_NO_POWER": facts.lacks_power & (needs_kit | is_["OFFLINE_COURIER"]),
        "R_ISLAND": facts.is_island & (needs_kit | is_["SIM_SWITCH"]),
        "R_FOOT": facts.is_on_foot & (needs_kit | is_["SIM_SWITCH"]),
        "R_COURIER": is_["OFFLINE_COURIER"],
        "R_SURVEY": is_["SURVEY_FIRST"],
        "R_TOO_LATE": choice.is_late,
        "R_HAZARD": facts.is_hazard,
        "R_SPECIAL": facts.is_special,
    }


def _sim_reasons(facts: Facts, is_switch: Booleans, params: RemedyParams) -> dict[str, Booleans]:
    """Why a certain SIM: the officers' own does not do, or only one operator does.

    An operator for which nobody answers is not unusable: then it is said that one is known to be.
    """
    if params.officers_operator is not None:
        return {"R_OTHER_OPERATOR": is_switch}
    all_judged = facts.is_judged.all(axis=1)
    return {
        "R_ONE_OPERATOR": is_switch & all_judged,
        "R_ONE_KNOWN_OPERATOR": is_switch & ~all_judged,
    }
