"""What the command says, in both languages."""

from string import Formatter

import pytest

from coverage.errors import InputError
from pipelines import words
from pipelines.words import language_of


def test_both_languages_have_the_same_words() -> None:
    assert words.keys("id") == words.keys("en")


@pytest.mark.parametrize("key", sorted(words.keys("en")))
def test_both_languages_name_the_same_values(key: str) -> None:
    named = [
        {name for _, name, _, _ in Formatter().parse(words._WORDS[language][key]) if name}
        for language in words.LANGUAGES
    ]
    assert named[0] == named[1]


@pytest.mark.parametrize(
    ("given", "environment", "language"),
    [
        (None, {}, "en"),
        (None, {"LANG": "C.UTF-8"}, "en"),
        (None, {"LANG": "id_ID.UTF-8"}, "id"),
        (None, {"LANG": "in_ID"}, "id"),
        (None, {"LANG": "en_US", "LC_ALL": "id_ID"}, "id"),
        (None, {"LANG": "id_ID", "LC_ALL": "en_US"}, "en"),
        (None, {"LANG": "id_ID", "BLANKSPOT_LANG": "en"}, "en"),
        ("id", {"BLANKSPOT_LANG": "en"}, "id"),
    ],
)
def test_the_nearest_wish_decides(
    given: str | None, environment: dict[str, str], language: str
) -> None:
    assert language_of(given, environment) == language


def test_another_language_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid language 'jv'"):
        language_of("jv", {})
