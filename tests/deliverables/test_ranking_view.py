from dataclasses import replace

import pandas as pd
import pytest

from coverage.deliverables.info import RunInfo
from coverage.deliverables.ranking_view import VIEW_COLUMNS, in_rank_order, ranking_view
from coverage.deliverables.run_tables import RunTables
from coverage.errors import InputError
from coverage.tables import TABLES


def test_every_contract_column_is_shown() -> None:
    assert set(TABLES["site_ranking"].columns) <= set(VIEW_COLUMNS)


def test_rows_come_in_order_of_rank_whatever_their_order_was(
    world: RunTables, info: RunInfo
) -> None:
    shuffled = world.site_ranking.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        ranking_view(shuffled, info), ranking_view(world.site_ranking, info)
    )


def test_the_input_is_left_as_it_was(world: RunTables, info: RunInfo) -> None:
    before = world.site_ranking.copy()
    ranking_view(world.site_ranking, info)
    pd.testing.assert_frame_equal(world.site_ranking, before)


def test_words_follow_the_language(world: RunTables, info: RunInfo) -> None:
    english = ranking_view(world.site_ranking, replace(info, language="en"))
    indonesian = ranking_view(world.site_ranking, info)
    row = english["remedy"].eq("SURVEY_FIRST").idxmax()
    assert english.loc[row, "remedy_text"] == "Survey first"
    assert indonesian.loc[row, "remedy_text"] == "Survei dulu"


def test_names_are_neutralised(world: RunTables, info: RunInfo) -> None:
    named = world.site_ranking.assign(tps_name="=cmd|'/c calc'!A0")
    assert set(ranking_view(named, info)["tps_name"]) == {"'=cmd|'/c calc'!A0"}


def test_codes_of_radio_cells_stay_whole_numbers(world: RunTables, info: RunInfo) -> None:
    donors = ranking_view(world.site_ranking, info)["donor_cell_identity"]
    assert str(donors.dtype) == "Int64"
    assert donors.dropna().unique().tolist() == [10805003]


def test_a_missing_required_column_is_named(world: RunTables) -> None:
    with pytest.raises(InputError, match=r"columns \['remedy'\] missing"):
        in_rank_order(world.site_ranking.drop(columns="remedy"))


def test_a_missing_optional_column_is_not_known(world: RunTables, info: RunInfo) -> None:
    view = ranking_view(world.site_ranking.drop(columns="n_voters"), info)
    assert view["n_voters"].isna().all()


def test_an_empty_ranking_gives_no_row(world: RunTables, info: RunInfo) -> None:
    assert ranking_view(world.site_ranking.iloc[:0], info).empty
