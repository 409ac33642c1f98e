"""The card as a page: numbers and names as its reader writes them."""

import pytest

from coverage.signal import card_html

ESTIMATE = {"value": 0.5, "low": None, "high": 1.0}


def page(language, **changes):
    content = {
        "data": {"n_samples": 12_345, "by_operator_and_source": []},
        "model": {"chain": "physics", "candidates": [], "sources": []},
        "validation": {"interval": 0.8, "seed": 2024},
        "splits": {},
        "warnings": [],
    } | changes
    return card_html.page(content, language)


@pytest.mark.parametrize(("language", "number"), [("en", "12,345"), ("id", "12.345")])
def test_thousands_are_set_apart_as_the_language_does(language, number):
    assert f"<td>{number}</td>" in page(language)


@pytest.mark.parametrize(("language", "number"), [("en", "9.88"), ("id", "9,88")])
def test_decibels_have_two_decimals(language, number):
    rows = [{"feature": "x", "total_db": 9.8778}]
    assert f"<td>{number}</td>" in page(language, effects=rows)


def test_a_seed_is_no_count():
    assert "<td>2024</td>" in page("en")


def test_an_estimate_stands_over_its_interval():
    shown = page("id", permuted={"average_precision": ESTIMATE})
    assert '0,500<span class="ci">[-; 1,000]</span>' in shown


def test_columns_and_values_are_named_in_the_language():
    rows = [{"candidate": "physics", "is_chosen": True}]
    model = {"chain": "physics", "candidates": rows, "sources": []}
    shown = page("id", model=model)
    assert "<th>rantai</th><th>terpilih</th>" in shown
    assert "<td>fisika</td><td>ya</td>" in shown


def test_a_source_is_named_part_by_part():
    model = {"chain": "new", "candidates": [], "sources": [{"kind": "drive_test|outdoor|raw"}]}
    assert "<td>uji jalan, luar ruang, mentah</td>" in page("id", model=model)


def test_a_chain_without_a_word_keeps_its_name():
    model = {"chain": "new <chain>", "candidates": [], "sources": []}
    assert "<td>new &lt;chain&gt;</td>" in page("id", model=model)


def test_features_are_drawn_and_named():
    shown = page("en", effects=[{"feature": "height_m", "total_db": 1.0}])
    assert shown.count("height over the sea") == 2


def test_a_warning_writes_its_numbers_as_the_language_does():
    warning = {"code": "coverage", "coverage": 0.8, "distance": "0.25-1 km"}
    assert "mencakup 0,800 pada jarak 0,25-1 km." in page("id", warnings=[warning])


def test_without_a_test_there_is_no_summary():
    assert "In short" not in page("en")


@pytest.mark.parametrize(("split", "is_folded"), [("blocked", False), ("campaign", True)])
def test_only_the_headline_tests_stand_open(split, is_folded):
    empty = {part: [] for part in card_html.SPLIT_PARTS}
    row = {"method": "blankspot", "rmse_db": ESTIMATE, "average_precision": ESTIMATE}
    judged = empty | {"methods": [row], "base_rate": 0.1, "n_scored": 3}
    assert ("<details>" in page("en", splits={split: judged})) is is_folded


@pytest.mark.parametrize(("language", "number"), [("en", "0.71"), ("id", "0,71")])
def test_each_operator_has_the_rivals_beside_the_model(language, number):
    ranked = [{"operator": "IOH", "n": 9, "base_rate": 0.2, "blankspot": 0.7123, "cell mean": None}]
    row = {"method": "blankspot", "rmse_db": ESTIMATE, "average_precision": ESTIMATE}
    judged = {part: [] for part in card_html.SPLIT_PARTS} | {
        "methods": [row], "base_rate": 0.1, "n_scored": 3, "ap_by_operator": ranked,
    }  # fmt: skip
    assert f"<td>{number}</td><td>-</td>" in page(language, splits={"blocked": judged})
