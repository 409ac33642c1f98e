import re

import pytest

from coverage.deliverables.ranking_view import VIEW_COLUMNS
from coverage.deliverables.texts import catalogue, column_label, column_meaning, column_null
from coverage.errors import InputError
from coverage.tables import COLUMNS, REMEDIES, SITE_EVIDENCE, TABLES

ONLY_TRANSLATED = ("meaning.", "null.")  # English ones stand in the contracts


def test_both_languages_have_the_same_texts() -> None:
    indonesian = {key for key in catalogue("id") if not key.startswith(ONLY_TRANSLATED)}
    english = {key for key in catalogue("en") if not key.startswith(ONLY_TRANSLATED)}
    assert indonesian == english


def test_both_languages_fill_the_same_places() -> None:
    for key, text in catalogue("en").items():
        places = set(re.findall(r"\{\w+\}", text))
        assert places == set(re.findall(r"\{\w+\}", catalogue("id")[key])), key


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_code_has_a_label(language: str) -> None:
    texts = catalogue(language)
    assert all(texts[f"remedy.{code}"] for code in REMEDIES)
    assert all(texts[f"evidence.{code}"] for code in SITE_EVIDENCE)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_column_shown_has_heading_and_meaning(language: str) -> None:
    assert all(column_label(column, language) for column in VIEW_COLUMNS)
    assert all(column_meaning(column, language) for column in VIEW_COLUMNS)


def test_the_indonesian_meanings_are_not_the_english_ones() -> None:
    alike = {
        column
        for column in TABLES["site_ranking"].columns
        if column_meaning(column, "id") == COLUMNS[column].meaning
    }
    assert alike == {"district"}  # "Kecamatan." in both


def test_what_na_means_is_told_wherever_the_contract_tells_it() -> None:
    for column in TABLES["site_ranking"].columns:
        assert bool(column_null(column, "id")) == bool(COLUMNS[column].null), column


def test_a_third_language_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid language 'fr'"):
        catalogue("fr")
