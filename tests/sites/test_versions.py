from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.sites.versions import (
    DOUBLED,
    NOT_YET_VALID,
    SUPERSEDED,
    day_of,
    reasons_of_versions,
)

POLL = date(2024, 2, 14)


def reasons(*days: date | None, as_of: date | None = POLL) -> list[str]:
    codes = pd.Series(["1"] * len(days))
    return list(reasons_of_versions(codes, pd.Series(days, dtype=object), as_of))


@pytest.mark.parametrize(
    ("day", "reason"), [(POLL, ""), (date(2024, 2, 15), NOT_YET_VALID), (None, "")]
)
def test_a_position_must_hold_on_polling_day(day: date | None, reason: str) -> None:
    assert reasons(day) == [reason]


def test_the_newest_position_supersedes_older_ones() -> None:
    assert reasons(date(2024, 2, 1), None, date(2024, 1, 1)) == ["", SUPERSEDED, SUPERSEDED]


def test_two_rows_of_one_day_are_a_double() -> None:
    assert reasons(None, None) == ["", DOUBLED]


def test_without_a_day_the_newest_of_all_holds() -> None:
    assert reasons(POLL, date(2025, 1, 1), as_of=None) == [SUPERSEDED, ""]


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.dates(date(2024, 1, 1), date(2024, 3, 1))), min_size=1
    )
)
def test_each_tps_that_is_valid_stands_once(rows: list[tuple[str, date]]) -> None:
    codes = pd.Series([code for code, _ in rows])
    found = reasons_of_versions(codes, pd.Series([d for _, d in rows], dtype=object), POLL)
    valid = {code for code, day in rows if day <= POLL}
    assert sorted(codes[found == ""]) == sorted(valid)


@pytest.mark.parametrize("text", ["2024-02-14", "14/02/2024", "14-02-2024", "2024-02-14 00:00:00"])
def test_days_are_read_year_or_day_first(text: str) -> None:
    assert day_of(text) == POLL


@pytest.mark.parametrize("text", ["", "02/14/2024", "14 Feb"])
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    assert day_of(text) is None
