"""The card's words: both languages of each, and one for whatever a card can name."""

import pytest

from coverage.signal.card_rivals import RIVAL_NAMES
from coverage.signal.card_words import FEATURES, GLOSSARY, HEADINGS, METHODS, NAMES, TEXTS
from coverage.signal.features import SITE_FEATURES
from coverage.signal.model_params import DEFAULT_CANDIDATES
from coverage.signal.validation import MODEL_NAME


@pytest.mark.parametrize("words", [FEATURES, GLOSSARY, HEADINGS, METHODS, NAMES, TEXTS])
def test_every_word_has_both_languages(words):
    assert all(len(pair) == 2 and all(pair) for pair in words.values())


def test_every_rival_has_a_name():
    assert {MODEL_NAME, *RIVAL_NAMES} == set(METHODS)


def test_every_chain_has_a_name():
    assert {one.name for one in DEFAULT_CANDIDATES} <= set(NAMES)


def test_every_feature_of_the_sites_has_a_name():
    assert set(SITE_FEATURES) <= set(FEATURES)
