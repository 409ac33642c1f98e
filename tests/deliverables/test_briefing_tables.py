from datetime import date

import pandas as pd
import pytest

from coverage.deliverables.briefing_tables import (
    BriefingParams,
    headline,
    holds,
    regencies,
    remedies,
    worst,
)
from coverage.deliverables.run_tables import RunTables
from coverage.errors import InputError


@pytest.fixture
def sites(world: RunTables) -> pd.DataFrame:
    """Four TPS: two boosters, one unknown, one hold."""
    four = world.site_ranking.head(4).copy()
    four["tps_code"] = ["3602012001001", "3602012001002", "3602022001001", "3603012001001"]
    four["regency"] = ["LEBAK", None, "LEBAK", "LEBAK"]
    four["evidence"] = ["modelled_weak", "confirmed_weak", "survey_first", "ok"]
    four["remedy"] = ["OPERATOR_BOOSTER", "OPERATOR_BOOSTER", "SURVEY_FIRST", "EXCLUDED_ADAT"]
    four["p_upload_fail"] = [0.5, 0.25, 0.9, 0.0]
    four["n_voters"] = pd.array([100, None, 200, 300], dtype="Int32")
    four["latest_order_date"] = [date(2024, 1, 5), date(2024, 1, 4), date(2023, 12, 1), None]
    return four


def test_regencies_are_parted_by_code_not_by_name(sites: pd.DataFrame) -> None:
    assert [(part.code, part.name, len(part.sites)) for part in regencies(sites)] == [
        ("3602", "LEBAK", 3),
        ("3603", "LEBAK", 1),
    ]


def test_a_regency_without_a_name_is_called_by_its_code(sites: pd.DataFrame) -> None:
    (part, _) = regencies(sites.assign(regency=None))
    assert part.name == "3602"


def test_failures_expected_leave_out_what_is_not_known(sites: pd.DataFrame) -> None:
    figures = headline(sites)
    assert figures["expected_failures"] == pytest.approx(0.75)
    assert (figures["n_unknown"], figures["n_action"], figures["n_hold"]) == (1, 2, 1)


def test_where_nothing_is_known_the_headline_says_nothing(sites: pd.DataFrame) -> None:
    unlisted = pd.array([None] * len(sites), dtype="Int32")
    figures = headline(sites.assign(evidence="survey_first", n_voters=unlisted))
    assert pd.isna(figures["expected_failures"])
    assert pd.isna(figures["n_voters"])


def test_a_hold_is_never_among_the_worst(sites: pd.DataFrame) -> None:
    assert "EXCLUDED_ADAT" not in set(worst(sites, 4)["remedy"])


def test_the_order_date_of_a_remedy_is_its_earliest(sites: pd.DataFrame) -> None:
    rows = remedies(sites, None).set_index("remedy")
    assert rows.loc["OPERATOR_BOOSTER", "latest_order_date"] == date(2024, 1, 4)


def test_nothing_is_ordered_where_nothing_is_known(sites: pd.DataFrame) -> None:
    rows = remedies(sites, None).set_index("remedy")
    assert pd.isna(rows.loc["SURVEY_FIRST", "latest_order_date"])


def test_served_sites_and_devices_come_from_the_allocation(sites: pd.DataFrame) -> None:
    allocation = pd.DataFrame(
        {"tps_code": ["3602012001001", "3602012001002", "9999999999999"],
         "kit": ["OPERATOR_BOOSTER", "OPERATOR_BOOSTER", "OPERATOR_BOOSTER"],
         "host_tps_code": ["3602012001001", "3602012001001", "9999999999999"]}
    )  # fmt: skip
    row = remedies(sites, allocation).set_index("remedy").loc["OPERATOR_BOOSTER"]
    assert (row["n_sites"], row["n_served"], row["n_devices"]) == (2, 2, 1)


def test_without_a_plan_served_is_not_known(sites: pd.DataFrame) -> None:
    assert remedies(sites, None)["n_served"].isna().all()


def test_holds_are_listed_by_village(sites: pd.DataFrame) -> None:
    assert holds(sites)["n_sites"].tolist() == [1]


def test_no_worst_site_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid n_worst 0"):
        BriefingParams(n_worst=0)
