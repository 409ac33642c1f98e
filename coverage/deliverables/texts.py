"""Texts shown to people, one catalogue per language, and the labels made from them."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from coverage.deliverables.info import LANGUAGES
from coverage.errors import InputError
from coverage.tables import COLUMNS

Catalogue = Mapping[str, str]

_UNSAID: Final = frozenset({"0-1", "count"})
"""Units that a heading leaves out: a share is shown as per cent, what is counted is its name."""


@cache
def catalogue(language: str) -> Catalogue:
    """All texts of one language.

    Raises
    ------
    InputError
        Where there is no catalogue of that language.

    Examples
    --------
    >>> catalogue("id")["remedy.SURVEY_FIRST"], catalogue("en")["remedy.SURVEY_FIRST"]
    ('Survei dulu', 'Survey first')
    """
    if language not in LANGUAGES:
        raise InputError(f"Invalid language {language!r}. Must be one of {LANGUAGES}.")
    file = files("coverage.deliverables").joinpath("texts", f"{language}.json")
    return MappingProxyType(json.loads(file.read_text(encoding="utf-8")))


def column_label(column: str, language: str) -> str:
    """Heading of a column with its unit, as officials read it.

    Examples
    --------
    >>> column_label("nearest_usable_m", "en"), column_label("tps_code", "id")
    ('Nearest usable signal [m]', 'Kode TPS')
    """
    label = catalogue(language)[f"column.{column}"]
    unit = unit_label(column, language)
    if not unit or COLUMNS[column].unit in _UNSAID:
        return label
    return f"{label} [{unit}]"


def unit_label(column: str, language: str) -> str:
    """Unit of a column in words of the language, empty where it has none.

    Examples
    --------
    >>> unit_label("lead_time_days", "id"), unit_label("p_weak", "id"), unit_label("rat", "id")
    ('hari', '0-1', '')
    """
    unit = COLUMNS[column].unit if column in COLUMNS else ""
    return catalogue(language).get(f"unit.{unit}", unit)


def column_meaning(column: str, language: str) -> str:
    """What a column means: from the contract in English, from the catalogue elsewhere."""
    texts = catalogue(language)
    return texts.get(f"meaning.{column}", COLUMNS[column].meaning if column in COLUMNS else "")


def column_null(column: str, language: str) -> str:
    """What an empty field of a column means."""
    texts = catalogue(language)
    return texts.get(f"null.{column}", COLUMNS[column].null if column in COLUMNS else "")
