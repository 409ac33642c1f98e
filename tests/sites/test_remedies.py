from dataclasses import replace

import numpy as np
import pytest

from coverage.errors import InputError
from coverage.sites.choice_reasons import reasons_of_choice
from coverage.sites.facts import Facts
from coverage.sites.kits import KitParams
from coverage.sites.remedies import (
    Choice,
    RemedyParams,
    choose,
    lead_days,
    operator_names,
)
from coverage.sites.rounds import RoundParams
from coverage.sites.surroundings import Nearest
from coverage.tables import REMEDIES

NO, YES = np.array([False]), np.array([True])
PARAMS = RemedyParams()
MOBILE_FIRST = RemedyParams(kits=KitParams(days_left=60))


def facts(n: int = 1, **changes: object) -> Facts:
    """A site that is weak, alone, on the mainland, known, without donor: satellite."""
    nothing = np.full((n, 2), np.nan)
    base = Facts(
        operators=("A", "B"),
        coordinates=(np.full(n, -6.6), np.full(n, 106.2) + 0.1 * np.arange(n)),
        is_hold=np.zeros(n, dtype=bool),
        is_hold_possible=np.zeros(n, dtype=bool),
        is_solved=np.zeros(n, dtype=bool),
        is_located=np.ones(n, dtype=bool),
        is_unknown=np.zeros(n, dtype=bool),
        usable=np.zeros((n, 2), dtype=bool),
        is_judged=np.ones((n, 2), dtype=bool),
        p_fail=np.full((n, 2), 0.5),
        nearest=Nearest(
            distance_m=nothing, bearing_deg=nothing, p_near=np.zeros(n), p_beyond=np.zeros(n)
        ),
        wifi_m=np.full(n, np.inf),
        mast_dbm=np.full((n, 2), -110.0),
        hazard=[None] * n,
        island=[None] * n,
        foot_area=[None] * n,
        has_power=np.zeros(n, dtype=bool),
        lacks_power=np.zeros(n, dtype=bool),
        is_special=np.zeros(n, dtype=bool),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def walk(a_m: float, b_m: float) -> Nearest:
    distance = np.array([[a_m, b_m]])
    return Nearest(
        distance_m=distance, bearing_deg=distance * 0, p_near=np.ones(1), p_beyond=np.zeros(1)
    )


def one(given: Facts, params: RemedyParams = PARAMS) -> tuple[str, int]:
    choice = choose(given, params)
    return str(choice.remedy[0]), int(choice.operator[0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("VSAT_LEO", -1)),
        ({"is_hold": YES, "usable": np.array([[True, True]])}, ("EXCLUDED_ADAT", -1)),
        ({"usable": np.array([[True, True]])}, ("OK", -1)),
        ({"usable": np.array([[True, True]]), "is_unknown": YES}, ("OK", -1)),
        ({"is_unknown": YES}, ("SURVEY_FIRST", -1)),
        ({"is_located": NO}, ("SURVEY_FIRST", -1)),
        ({"is_hold_possible": YES}, ("SURVEY_FIRST", -1)),
        ({"nearest": walk(500, 600)}, ("MOVE_OR_OFFLINE_WALK", 0)),
        ({"nearest": walk(np.nan, 0)}, ("MOVE_OR_OFFLINE_WALK", 1)),
        ({"nearest": walk(501, np.nan)}, ("VSAT_LEO", -1)),
        ({"usable": np.array([[False, True]]), "nearest": walk(0, 0)}, ("SIM_SWITCH", 1)),
        ({"nearest": walk(np.nan, 0), "is_special": YES}, ("MOVE_OR_OFFLINE_WALK", 1)),
        ({"nearest": walk(500, 1), "is_special": YES}, ("VSAT_LEO", -1)),
        ({"wifi_m": np.array([1000.0])}, ("WIFI_FROM_PPS_OR_DESA", -1)),
        ({"wifi_m": np.array([1000.1])}, ("VSAT_LEO", -1)),
        ({"wifi_m": np.array([1.0]), "is_special": YES}, ("VSAT_LEO", -1)),
        ({"mast_dbm": np.array([[-106.0, -105.0]])}, ("OPERATOR_BOOSTER", 1)),
        ({"mast_dbm": np.array([[-105.1, np.nan]])}, ("VSAT_LEO", -1)),
        ({"mast_dbm": np.array([[np.nan, np.nan]])}, ("VSAT_LEO", -1)),
    ],
)
def test_officers_sims_not_known(changes: dict[str, object], expected: tuple[str, int]) -> None:
    assert one(facts(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"usable": np.array([[True, False]])}, ("OK", 0)),
        ({"usable": np.array([[False, True]])}, ("SIM_SWITCH", 1)),
        (
            {"usable": np.array([[False, True]]), "nearest": walk(300, 0)},
            ("MOVE_OR_OFFLINE_WALK", 0),
        ),
        ({"nearest": walk(np.nan, 100)}, ("VSAT_LEO", -1)),
    ],
)
def test_officers_operator_known(changes: dict[str, object], expected: tuple[str, int]) -> None:
    assert one(facts(**changes), RemedyParams(officers_operator="A")) == expected


def test_walking_and_switching_may_change_places() -> None:
    swapped = list(REMEDIES)
    i, j = swapped.index("MOVE_OR_OFFLINE_WALK"), swapped.index("SIM_SWITCH")
    swapped[i], swapped[j] = swapped[j], swapped[i]
    given = facts(usable=np.array([[False, True]]), nearest=walk(300, 0))
    params = RemedyParams(officers_operator="A", order=tuple(swapped))
    assert one(given, params) == ("SIM_SWITCH", 1)


@pytest.mark.parametrize(
    ("officers", "judged", "usable", "code"),
    [
        (None, [True, True], [False, True], "R_ONE_OPERATOR"),
        (None, [False, True], [False, True], "R_ONE_KNOWN_OPERATOR"),
        ("A", [True, True], [False, True], "R_OTHER_OPERATOR"),
        ("A", [False, True], [False, True], "R_OTHER_OPERATOR"),
    ],
)
def test_why_this_sim_is_true_of_the_case(
    officers: str | None, judged: list[bool], usable: list[bool], code: str
) -> None:
    given = facts(is_judged=np.array([judged]), usable=np.array([usable]))
    params = RemedyParams(officers_operator=officers)
    flags = reasons_of_choice(given, choose(given, params), params)
    sims = ("R_ONE_OPERATOR", "R_ONE_KNOWN_OPERATOR", "R_OTHER_OPERATOR")
    assert [name for name in sims if name in flags and flags[name][0]] == [code]


def test_of_several_usable_operators_the_best_is_switched_to() -> None:
    given = replace(
        facts(),
        operators=("A", "B", "C"),
        usable=np.array([[False, True, True]]),
        is_judged=np.ones((1, 3), dtype=bool),
        p_fail=np.array([[0.9, 0.15, 0.05]]),
        mast_dbm=np.full((1, 3), -110.0),
        nearest=Nearest(
            distance_m=np.full((1, 3), np.nan),
            bearing_deg=np.full((1, 3), np.nan),
            p_near=np.zeros(1),
            p_beyond=np.zeros(1),
        ),
    )
    assert one(given, RemedyParams(officers_operator="A")) == ("SIM_SWITCH", 2)


def test_what_goes_by_boat_or_on_foot_sets_out_earlier() -> None:
    given = facts(3, island=["Tunda", None, None], foot_area=[None, "Cibitung", None])
    params = RemedyParams(rounds=RoundParams(boat_lead_days=3, foot_lead_days=2))
    assert lead_days("VSAT_LEO", given, params).tolist() == [63, 62, 60]


def test_nothing_is_brought_where_nothing_is_sent() -> None:
    given = facts(1, island=["Tunda"])
    assert lead_days("WIFI_FROM_PPS_OR_DESA", given, PARAMS).tolist() == [14]
    assert np.isnan(lead_days("OK", given, PARAMS)).all()


@pytest.mark.parametrize(("days", "remedy"), [(62, "OFFLINE_COURIER"), (63, "VSAT_LEO")])
def test_a_kit_that_misses_the_boat_is_not_proposed(days: int, remedy: str) -> None:
    params = RemedyParams(kits=KitParams(days_left=days), rounds=RoundParams(boat_lead_days=3))
    assert choose(facts(1, island=["Tunda"]), params).remedy.tolist() == [remedy]


def test_where_only_feet_reach_no_mobile_station_goes() -> None:
    together = (np.full(5, -6.6), 106.2 + 0.001 * np.arange(5))
    choice = choose(facts(5, coordinates=together, foot_area=["Cibitung"] * 5), PARAMS)
    assert set(choice.remedy) == {"VSAT_LEO"}


def test_five_together_share_a_mobile_station_and_four_do_not() -> None:
    together = (np.full(5, -6.6), 106.2 + 0.001 * np.arange(5))
    assert set(choose(facts(5, coordinates=together), PARAMS).remedy) == {"MOBILE_BTS"}
    four = (together[0][:4], together[1][:4])
    assert set(choose(facts(4, coordinates=four), PARAMS).remedy) == {"VSAT_LEO"}


def test_a_mobile_station_needs_a_road() -> None:
    together = (np.full(5, -6.6), 106.2 + 0.001 * np.arange(5))
    choice = choose(facts(5, coordinates=together, island=["Pulau Tunda"] * 5), PARAMS)
    assert set(choice.remedy) == {"VSAT_LEO"}


def test_sites_helped_otherwise_do_not_make_a_cluster() -> None:
    together = (np.full(5, -6.6), 106.2 + 0.001 * np.arange(5))
    wifi = np.array([10.0, *[np.inf] * 4])
    choice = choose(facts(5, coordinates=together, wifi_m=wifi), PARAMS)
    assert choice.remedy.tolist() == ["WIFI_FROM_PPS_OR_DESA", *["VSAT_LEO"] * 4]


def test_no_equipment_where_a_hold_may_apply_in_any_order() -> None:
    late_survey = tuple(r for r in REMEDIES if r != "SURVEY_FIRST")
    order = (*late_survey[:-1], "SURVEY_FIRST", late_survey[-1])
    given = facts(is_hold_possible=YES, mast_dbm=np.array([[-90.0, -90.0]]))
    assert one(given, RemedyParams(order=order))[0] == "SURVEY_FIRST"


@pytest.mark.parametrize(
    ("days_left", "expected"), [(60, "OPERATOR_BOOSTER"), (59, "OFFLINE_COURIER")]
)
def test_what_cannot_arrive_is_not_proposed(days_left: int, expected: str) -> None:
    params = RemedyParams(kits=KitParams(days_left=days_left))
    given = facts(mast_dbm=np.array([[-90.0, -90.0]]))
    choice = choose(given, params)
    assert choice.remedy.tolist() == [expected]
    assert choice.is_late.tolist() == [expected == "OFFLINE_COURIER"]
    assert reasons_of_choice(given, choice, params)["R_TOO_LATE"][0] == choice.is_late[0]


def test_a_satellite_stands_in_for_a_booster_that_comes_too_late() -> None:
    leads = {**KitParams().lead_time_days, "VSAT_LEO": 20}
    params = RemedyParams(kits=KitParams(days_left=30, lead_time_days=leads))
    assert one(facts(mast_dbm=np.array([[-90.0, -90.0]])), params) == ("VSAT_LEO", -1)


def test_even_on_the_last_day_every_site_has_a_remedy() -> None:
    params = RemedyParams(kits=KitParams(days_left=0))
    assert one(facts(), params) == ("OFFLINE_COURIER", -1)


def codes(given: Facts) -> set[str]:
    choice = choose(given, PARAMS)
    return {code for code, flag in reasons_of_choice(given, choice, PARAMS).items() if flag[0]}


def test_a_booster_carries_the_legal_note() -> None:
    found = codes(facts(mast_dbm=np.array([[-90.0, -90.0]]), hazard=["flood"]))
    assert found == {"R_DONOR", "R_LEGAL_OPERATOR_ONLY", "R_CHECK_POWER", "R_HAZARD"}


def test_outside_the_door_and_along_a_path() -> None:
    assert codes(facts(nearest=walk(0, np.nan))) == {"R_STEP_OUTSIDE"}
    assert codes(facts(nearest=walk(80, np.nan))) == {"R_USABLE_NEAR", "R_CHECK_PATH"}


def test_a_satellite_says_that_there_is_no_donor_and_what_to_check() -> None:
    assert codes(facts(island=["Tunda"])) == {
        "R_NO_DONOR", "R_CHECK_SKY", "R_CHECK_POWER", "R_ISLAND",
    }  # fmt: skip


def test_names_of_operators() -> None:
    names = operator_names(("A", "B"), np.array([1, -1]))
    assert names[0] == "B"
    assert names.isna().tolist() == [False, True]


def test_the_choice_has_a_remedy_for_every_site() -> None:
    choice = choose(facts(3), PARAMS)
    assert isinstance(choice, Choice)
    assert set(choice.remedy) <= set(REMEDIES)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"order": REMEDIES[1:]}, r"Invalid order .*Must hold each of"),
        ({"order": REMEDIES[::-1]}, r"Must begin with EXCLUDED_ADAT, a hold comes before"),
        ({"move_m": 0}, r"Invalid move_m 0\. Must be in"),
        ({"wifi_m": 0}, r"Invalid wifi_m 0\. Must be in"),
        ({"cluster_radius_m": 0}, r"Invalid cluster_radius_m 0\. Must be in"),
        ({"cluster_size": 1}, r"Invalid cluster_size 1\. Must be >= 2\."),
    ],
)
def test_params_are_checked(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        RemedyParams(**changes)  # type: ignore[arg-type]


def test_an_officers_operator_nobody_predicts_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid officers_operator 'C'\. Must be one of"):
        choose(facts(), RemedyParams(officers_operator="C"))


WITH_DONOR = {"mast_dbm": np.array([[-90.0, -90.0]])}


@pytest.mark.parametrize("changes", [WITH_DONOR, {}])
def test_nothing_is_fitted_where_there_is_no_power(changes: dict[str, object]) -> None:
    given = facts(lacks_power=YES, **changes)
    assert one(given) == ("OFFLINE_COURIER", -1)
    assert codes(given) == {"R_NO_POWER", "R_COURIER"}


def test_power_that_is_not_known_is_to_be_checked() -> None:
    assert "R_CHECK_POWER" in codes(facts(**WITH_DONOR))
    assert "R_CHECK_POWER" not in codes(facts(has_power=YES, **WITH_DONOR))


def test_a_station_serves_sites_without_power_from_one_that_may_have_it() -> None:
    together = (np.full(5, -6.6), 106.2 + 0.001 * np.arange(5))
    dark = np.array([True, True, True, True, False])
    found = choose(facts(5, coordinates=together, lacks_power=dark), MOBILE_FIRST)
    assert set(found.remedy) == {"MOBILE_BTS"}
    none = choose(facts(5, coordinates=together, lacks_power=np.ones(5, dtype=bool)), MOBILE_FIRST)
    assert set(none.remedy) == {"OFFLINE_COURIER"}
