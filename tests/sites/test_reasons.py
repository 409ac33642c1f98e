import pytest

from coverage.errors import InputError
from coverage.sites.reasons import LANGUAGES, REASONS, SHARED_REASONS, sentences


def test_every_code_has_a_sentence_in_every_language() -> None:
    for texts in REASONS.values():
        assert set(texts) == set(LANGUAGES)
        assert all(text.endswith(".") for text in texts.values())


def test_the_booster_note_names_the_law_in_both_languages() -> None:
    assert all("36/1999" in text for text in REASONS["R_LEGAL_OPERATOR_ONLY"].values())


@pytest.mark.parametrize("code", ["R_NEAR_HOLD", "R_FOOT", "R_LEGAL_OPERATOR_ONLY"])
def test_what_is_to_be_heeded_on_site_is_told_to_partners(code: str) -> None:
    assert code in SHARED_REASONS


def test_partners_are_told_of_no_other_operator() -> None:
    assert set(REASONS) >= SHARED_REASONS
    told = " ".join(REASONS[code]["en"] for code in sorted(SHARED_REASONS))
    for words in ("at least one", "two operators", "other", "only one operator", "SIM"):
        assert words.lower() not in told.lower()


def test_no_codes_no_text() -> None:
    assert sentences("", "id") == ""


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid reason 'R_X'\. Must be one of"):
        sentences("R_HOLD|R_X", "id")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid language 'jv'\. Must be one of"):
        sentences("R_HOLD", "jv")
