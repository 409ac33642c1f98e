import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from coverage.errors import InputError
from coverage.signal import card
from coverage.signal.card import CardParams
from coverage.signal.card_rivals import RIVAL_NAMES
from coverage.signal.card_words import TEXTS
from coverage.signal.model import ModelParams, SignalModel

QUICK = CardParams(
    n_folds=3, n_random_folds=2, n_draws=30, n_trees=0, is_choice_nested=False, weak_dbm=-105.0
)


@pytest.fixture(scope="module")
def built(model, field):
    """The card of the field's model, quickly made."""
    return card.build(model, field.samples, field.towers, QUICK, targets=field.points)


def test_the_three_splits_stand_side_by_side(built):
    assert set(built.content["splits"]) == {"blocked", "random", "matched"}


def test_without_targets_there_is_no_matched_split(model, field):
    made = card.build(model, field.samples.iloc[::2], field.towers, QUICK)
    assert set(made.content["splits"]) == {"blocked", "random"}


def test_the_model_stands_beside_its_rivals(built):
    methods = [row["method"] for row in built.content["splits"]["blocked"]["methods"]]
    assert methods[0] == "blankspot"
    assert {
        "nearest reading",
        "inverse distance",
        "ordinary kriging",
        "physics and kriging",
    } <= set(methods)
    assert "random forest" not in methods  # n_trees 0


def test_every_score_has_its_interval(built):
    for row in built.content["splits"]["blocked"]["methods"]:
        for name in ("rmse_db", "average_precision"):
            assert row[name]["low"] <= row[name]["value"] <= row[name]["high"]


def test_the_random_split_flatters(built):
    def rmse(split):
        return built.content["splits"][split]["methods"][0]["rmse_db"]["value"]

    assert rmse("random") < 0.75 * rmse("blocked")


def test_rivals_are_beaten_in_blocks_beyond_doubt(built):
    verdict = {r["rival"]: r["rmse_verdict"] for r in built.content["splits"]["blocked"]["paired"]}
    assert verdict["nearest reading"] == verdict["inverse distance"] == "better"


def test_the_interval_covers_in_blocks(built):
    overall = built.content["splits"]["blocked"]["intervals"][-1]
    assert overall["distance"] == "all"
    assert 0.82 <= overall["coverage"] <= 0.97


def test_the_base_rate_is_that_of_the_scored_rows(built, field):
    drive = field.samples[field.samples["source"] == "drive_test"]
    level = drive["rsrp_dbm"].fillna(-200.0)
    assert built.content["splits"]["blocked"]["base_rate"] == pytest.approx(
        (level < -105.0).mean(), abs=1e-4
    )


def test_the_data_are_counted(built, field):
    data = built.content["data"]
    assert data["n_samples"] == len(field.samples)
    assert sum(r["n_samples"] for r in data["by_operator_and_source"]) == len(field.samples)
    assert (data["first_day"], data["n_listed_cells"]) == ("2024-01-15", len(field.towers))


def test_a_choice_that_is_not_nested_is_said(built):
    assert {"code": "choice_not_nested"} in built.content["warnings"]


def test_the_card_is_the_same_every_time(built, model, field):
    again = card.build(model, field.samples, field.towers, QUICK, targets=field.points)
    assert again.to_json() == built.to_json()


def test_the_json_has_no_nan(built):
    def refuse(word):
        pytest.fail(f"{word} in the card")

    json.loads(built.to_json(), parse_constant=refuse)


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.links = [], []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)
        self.links += [v for k, v in attrs if k in {"src", "href"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    ("language", "title"), [("id", "Kartu model"), ("en", "Signal model card")]
)
def test_the_page_is_whole_and_needs_nothing_from_outside(built, language, title):
    page = built.to_html(language)
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.links == []
    assert title in page


def test_names_from_the_data_are_escaped(built):
    content = json.loads(built.to_json())
    content["data"]["by_operator_and_source"][0]["operator"] = "<script>x</script>"
    assert "<script>" not in card.Card(content=content).to_html("en")


def test_another_language_is_refused(built):
    with pytest.raises(InputError, match="Invalid language 'fr'"):
        built.to_html("fr")


def test_every_text_has_both_languages():
    assert all(len(pair) == 2 and all(pair) for pair in TEXTS.values())


def content_with(**blocked):
    ours = {"method": "blankspot", "rmse_db": {"value": 9.0}}
    split = {
        "methods": [ours], "paired": [], "intervals": [], "n_judged": 10, "base_rate": 0.1,
    } | blocked  # fmt: skip
    return {
        "splits": {"blocked": split},
        "data": {
            "by_operator_and_source": [{"source": "crowdsourced"}], "n_listed_cells": 5,
        },
        "validation": {"is_choice_nested": True, "block_edge_m": 3800},
        "model": {"residual_range_m": 1000},
    }  # fmt: skip


def test_a_good_card_has_no_warning():
    assert card.warnings_of(content_with()) == []


@pytest.mark.parametrize(("rmse_db", "is_suspicious"), [(4.99, True), (5.0, False)])
def test_a_blocked_error_under_5_db_on_crowd_data_must_be_explained(rmse_db, is_suspicious):
    row = {"method": "blankspot", "rmse_db": {"value": rmse_db}}
    codes = [w["code"] for w in card.warnings_of(content_with(methods=[row]))]
    assert ("suspiciously_good" in codes) is is_suspicious


def test_a_rival_that_does_better_is_named():
    row = {"rival": "nearest reading", "rmse_verdict": "tie", "ap_verdict": "worse"}
    found = card.warnings_of(content_with(paired=[row]))
    assert found == [{"code": "beaten_by", "rival": "nearest reading"}]


@pytest.mark.parametrize(
    ("coverage", "n", "warns"),
    [
        (0.86, 100, True),
        (0.87, 100, False),
        (0.93, 100, False),
        (0.94, 100, True),
        (0.5, 99, False),
    ],
)
def test_coverage_off_the_mark_is_said_where_there_are_enough_rows(coverage, n, warns):
    row = {"distance": "1-3 km", "n": n, "coverage": coverage}
    assert bool(card.warnings_of(content_with(intervals=[row]))) is warns


def test_every_warning_has_a_text(built):
    content = content_with(base_rate=0.0)
    content["data"]["n_listed_cells"] = 0
    content["model"]["residual_range_m"] = 9999
    codes = {w["code"] for w in card.warnings_of(content)}
    assert codes == {"no_cell_list", "range_beyond_block", "no_weak_rows"}
    assert codes <= set(TEXTS)


def test_samples_in_too_few_places_are_not_validated_and_the_card_says_so(model, field):
    made = card.build(model, field.samples.head(1), field.towers, QUICK)
    assert made.content["splits"] == {}
    assert made.content["warnings"] == [{"code": "not_validated"}]
    assert "Signal model card" in made.to_html("en")


@pytest.mark.parametrize("change", [{"n_folds": 1}, {"n_draws": 19}, {"block_resolution": 11}])
def test_params_are_checked(change):
    with pytest.raises(InputError, match=f"Invalid {next(iter(change))}"):
        CardParams(**change)


@pytest.mark.long
def test_the_full_card_with_nested_choice_and_forest(field):
    fitted = SignalModel(ModelParams()).fit(field.samples, field.towers)
    full = replace(QUICK, is_choice_nested=True, n_trees=40, n_folds=5)
    made = card.build(fitted, field.samples, field.towers, full, targets=field.points)
    assert len(made.content["splits"]["blocked"]["methods"]) == 1 + len(RIVAL_NAMES)
    assert {"code": "choice_not_nested"} not in made.content["warnings"]
