from datetime import date

import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.sites.kits import DEFAULT_LEAD_TIME_DAYS, KitParams, latest_order_dates
from coverage.tables import REMEDIES


@pytest.mark.parametrize(
    ("days_left", "in_time"), [(None, True), (60, True), (59, False), (0, False)]
)
def test_a_kit_must_arrive_in_time(days_left: int | None, in_time: bool) -> None:
    assert KitParams(days_left=days_left).is_in_time("OPERATOR_BOOSTER") == in_time


def test_what_needs_no_lead_time_is_always_in_time() -> None:
    assert KitParams(days_left=0).is_in_time("MOVE_OR_OFFLINE_WALK")


def test_the_last_day_to_order() -> None:
    ranking = pd.DataFrame(
        {"lead_time_days": pd.array([60, 0, None], dtype="Int32")}, index=[4, 5, 6]
    )
    found = latest_order_dates(ranking, date(2024, 2, 14))
    assert found.tolist() == [date(2023, 12, 16), date(2024, 2, 14), None]
    assert found.index.tolist() == [4, 5, 6]


def test_every_remedy_has_a_lead_time_entry() -> None:
    assert set(DEFAULT_LEAD_TIME_DAYS) == set(REMEDIES)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lead_time_days": {"OK": 1}}, r"Invalid lead_time_days for \['OK'\]\. Must name"),
        (
            {"lead_time_days": {**DEFAULT_LEAD_TIME_DAYS, "OK": -1}},
            r"Invalid lead_time_days \{'OK': -1\}\. Must be >= 0",
        ),
        ({"days_left": -1}, r"Invalid days_left -1\. Must be >= 0\."),
    ],
)
def test_params_are_checked(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        KitParams(**changes)  # type: ignore[arg-type]
