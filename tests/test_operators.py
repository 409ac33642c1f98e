from datetime import date

import pytest

from coverage.errors import InputError
from coverage.operators import OperatorPeriod, OperatorTable, plmn_of_digits


def test_a_code_belongs_to_its_last_owner_on_that_day() -> None:
    table = OperatorTable(
        periods=(
            OperatorPeriod(plmn="510-09", operator="XLSmart", since=date(2025, 4, 17)),
            OperatorPeriod(plmn="510-09", operator="Smartfren"),
        )
    )
    assert table.as_of(date(2025, 4, 16))["510-09"] == "Smartfren"
    assert table.as_of(date(2025, 4, 17))["510-09"] == "XLSmart"


def test_a_code_before_its_first_day_is_not_in_the_table() -> None:
    table = OperatorTable(
        periods=(OperatorPeriod(plmn="510-09", operator="X", since=date(2025, 4, 17)),)
    )
    assert table.as_of(date(2024, 1, 1)) == {}


def test_two_owners_on_one_day_are_refused() -> None:
    twice = OperatorPeriod(plmn="510-10", operator="A"), OperatorPeriod(plmn="510-10", operator="B")
    with pytest.raises(InputError, match=r"Invalid operator table: \['510-10'\] given twice"):
        OperatorTable(periods=twice)


@pytest.mark.parametrize("digits", ["", "5101", "5101000", "51O10", "٥١٠١٠"])
def test_what_is_no_code_gives_none(digits: str) -> None:
    assert plmn_of_digits(digits) is None
