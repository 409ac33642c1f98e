import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.deliverables.safe_text import (
    FORMULA_STARTS,
    h3_text,
    neutralised,
    neutralised_column,
)


@pytest.mark.parametrize("text", ["=1+1", "+62", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_what_may_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert neutralised(text) == f"'{text}"


@given(st.text())
def test_nothing_starts_a_formula_afterwards(text: str) -> None:
    assert not neutralised(text).startswith(FORMULA_STARTS)


@given(st.text())
def test_the_text_itself_stays_whole(text: str) -> None:
    assert neutralised(text).removeprefix("'") == text.removeprefix("'")


def test_na_stays_na() -> None:
    assert neutralised_column(pd.Series(["=1", None])).isna().tolist() == [False, True]


def test_h3_cells_become_hex_text() -> None:
    cells = pd.Series([0x898C114912FFFFF], dtype="uint64")
    assert h3_text(cells).tolist() == ["898c114912fffff"]
