import numpy as np
import pandas as pd
import pytest

from coverage.signal import audit, card
from coverage.signal.audit import campaigns_of
from coverage.signal.card import CardParams

FULL = CardParams(
    n_folds=2, n_random_folds=2, n_draws=20, n_trees=0, is_choice_nested=False, weak_dbm=-105.0,
    is_full=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def content(model, field):
    """A card with everything, on a third of the samples in three districts and two days."""
    some = field.samples.iloc[::3].reset_index(drop=True)
    east = np.digitize(some["longitude_deg"], np.quantile(some["longitude_deg"], [0.33, 0.67]))
    placed = some.assign(
        district=np.array(["A", "B", "C"])[east],
        day=pd.Timestamp("2024-01-15") + pd.to_timedelta(np.arange(len(some)) % 2, "D"),
    )
    return card.build(model, placed, field.towers, FULL).content


def test_whole_districts_and_campaigns_are_left_out(content):
    assert content["splits"][audit.DISTRICT]["n_groups"] == 3
    assert content["splits"][audit.CAMPAIGN]["n_groups"] == 3  # two days, and the crowd


def test_leaving_districts_out_is_harder_than_leaving_days_out(content):
    rmse = {
        name: content["splits"][name]["methods"][0]["rmse_db"]["value"]
        for name in (audit.DISTRICT, audit.CAMPAIGN)
    }
    assert rmse[audit.DISTRICT] > 1.2 * rmse[audit.CAMPAIGN]


def test_shuffled_labels_show_no_skill(content):
    permuted = content["permuted"]
    assert permuted["brier_skill"] < 0.02
    assert abs(permuted["average_precision"]["value"] - permuted["base_rate"]) < 0.08
    assert "skill_without_labels" not in {w["code"] for w in content["warnings"]}


def test_every_part_that_is_there_is_taken_away(content):
    assert [row["method"] for row in content["ablations"]] == [
        "no censoring", "no kriging", "no towers", "no crowd data",
    ]  # fmt: skip


def test_without_towers_the_model_is_worse_in_blocks(content):
    without = {row["method"]: row for row in content["ablations"]}["no towers"]
    assert without["rmse_difference_db"]["value"] < 0
    assert without["rmse_verdict"] == "better"


def test_a_part_that_is_not_there_is_not_taken_away(model, field):
    heard = field.samples[field.samples["rsrp_dbm"].notna()]
    drive = heard[heard["source"] == "drive_test"].iloc[::4]
    made = card.build(model, drive, None, FULL).content
    assert [row["method"] for row in made["ablations"]] == ["no kriging"]


def test_a_campaign_is_a_day_of_driving_or_a_source():
    table = pd.DataFrame(
        {
            "source": ["drive_test", "drive_test", "crowdsourced"],
            "day": pd.to_datetime(["2024-01-08", None, "2024-01-09"]),
        }
    )
    assert campaigns_of(table).tolist() == ["drive_test 2024-01-08", "drive_test ", "crowdsourced"]


def test_the_full_card_has_its_sections_in_both_languages(content):
    for language, told, part in (
        ("en", "Shuffled labels", "no kriging"),
        ("id", "Label diacak", "tanpa kriging"),
    ):
        page = card.Card(content=content).to_html(language)
        assert told in page
        assert part in page
