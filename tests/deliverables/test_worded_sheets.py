import pandas as pd
import pytest

from coverage.deliverables.info import LANGUAGES, RunInfo
from coverage.deliverables.texts import catalogue
from coverage.deliverables.worded_sheets import in_words, worded_column, worded_label


def test_codes_stand_in_words_under_each_of_their_columns(info: RunInfo) -> None:
    rows = pd.DataFrame({"remedy": ["VSAT_LEO"], "remedy_old": ["VSAT_LEO"], "kit": ["VSAT_LEO"]})
    assert set(in_words(rows, info).iloc[0]) == {catalogue("id")["remedy.VSAT_LEO"]}


def test_reasons_become_sentences_under_a_heading_that_says_so(info: RunInfo) -> None:
    rows = pd.DataFrame({"reasons": ["R_MODEL_ONLY|R_CENTROID", None]})
    told = in_words(rows, info)["reasons"]
    assert told[0] == "Hanya menurut model. Koordinat titik tengah desa."
    assert pd.isna(told[1])
    assert worded_label("reasons", "id") == "Alasan"


def test_what_is_not_known_stays_empty(info: RunInfo) -> None:
    rows = pd.DataFrame({"evidence": [None], "suppressed": [None], "village": [None]})
    assert in_words(rows, info).isna().all(axis=None)


def test_typed_text_is_no_formula(info: RunInfo) -> None:
    assert in_words(pd.DataFrame({"tps_name": ["=1+1"]}), info)["tps_name"].tolist() == ["'=1+1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_levels_have_a_decimal_and_counts_none(language: str) -> None:
    assert worded_column("signal_p50_dbm", language).number_format == "0.0"
    assert worded_column("stop", language).number_format == "0"


def test_codes_of_digits_are_text() -> None:
    assert worded_column("village_code", "id").is_text
    assert worded_column("tps_code", "id").is_text
