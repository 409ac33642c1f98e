from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from coverage.deliverables.info import RunInfo
from coverage.deliverables.ranking_view import VIEW_COLUMNS
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.workbook import ranking_xlsx
from coverage.tables import REMEDIES, SITE_EVIDENCE

HEADER_ROW = 3


@pytest.fixture(scope="module")
def book(world: RunTables, info: RunInfo, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("book") / "ranking.xlsx"
    ranking_xlsx(world.site_ranking, info, path)
    return openpyxl.load_workbook(path)


def column(sheet: Any, name: str) -> list[Any]:
    cells = sheet.iter_rows(
        min_row=HEADER_ROW + 1,
        min_col=VIEW_COLUMNS.index(name) + 1,
        max_col=VIEW_COLUMNS.index(name) + 1,
    )
    return [cell for (cell,) in cells]


def test_it_has_four_sheets_in_indonesian(book: Any) -> None:
    assert book.sheetnames == ["Peringkat", "Ringkasan", "Keterangan", "Kolom"]


def test_it_has_four_sheets_in_english(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    ranking_xlsx(world.site_ranking, replace(info, language="en"), tmp_path / "e.xlsx")
    names = openpyxl.load_workbook(tmp_path / "e.xlsx").sheetnames
    assert names == ["Ranking", "Summary", "Legend", "Columns"]


def test_every_site_has_a_row(book: Any, world: RunTables) -> None:
    assert book["Peringkat"].max_row == HEADER_ROW + len(world.site_ranking)


def test_codes_are_text_and_whole(book: Any, world: RunTables) -> None:
    cells = column(book["Peringkat"], "tps_code")
    assert {cell.data_type for cell in cells} == {"s"}
    ranked = world.site_ranking.sort_values("rank")
    assert [cell.value for cell in cells] == ranked["tps_code"].tolist()


@pytest.mark.parametrize("name", ["rank", "p_upload_fail", "latitude_deg", "priority"])
def test_numbers_are_numbers(book: Any, name: str) -> None:
    assert {cell.data_type for cell in column(book["Peringkat"], name)} == {"n"}


def test_what_is_not_known_is_an_empty_cell(book: Any, world: RunTables) -> None:
    ranked = world.site_ranking.sort_values("rank")
    empty = [cell.value is None for cell in column(book["Peringkat"], "n_voters")]
    assert empty == ranked["n_voters"].isna().tolist()


def test_heading_stays_in_sight_and_filters(book: Any) -> None:
    sheet = book["Peringkat"]
    assert sheet.freeze_panes == "D4"
    assert (
        sheet.auto_filter.ref
        == f"A{HEADER_ROW}:{get_column_letter(len(VIEW_COLUMNS))}{sheet.max_row}"
    )


def test_no_chance_is_painted_that_the_model_does_not_stand_by(book: Any) -> None:
    sheet = book["Peringkat"]
    chances = {column(sheet, name)[0].coordinate for name in ("p_upload_fail", "p_weak")}
    painted = [
        rule.formula[0]
        for cells in sheet.conditional_formatting
        for rule in cells.rules
        if str(cells.sqref).split(":")[0] in chances and rule.dxf.fill is not None
    ]
    assert len(painted) == 10
    assert all('<>"survey_first"' in formula for formula in painted)


def test_colours_lie_on_probabilities(book: Any) -> None:
    kinds = {
        rule.type for rules in book["Peringkat"].conditional_formatting for rule in rules.rules
    }
    assert {"dataBar", "expression"} <= kinds


def test_nothing_is_a_formula_or_a_link(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    named = world.site_ranking.assign(tps_name="=1+1", village="https://example.org")
    ranking_xlsx(named, info, tmp_path / "f.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx")["Peringkat"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert {cell.value for cell in column(sheet, "tps_name")} == {"'=1+1"}


def test_summary_counts_every_site_once(book: Any, world: RunTables) -> None:
    rows = list(book["Ringkasan"].iter_rows(values_only=True))
    totals = [row for row in rows if row[0] == "Jumlah"]
    n_sites = len(world.site_ranking)
    assert [
        row[len(codes) + 1] for row, codes in zip(totals, (REMEDIES, SITE_EVIDENCE), strict=True)
    ] == [n_sites, n_sites]


def test_legend_has_every_code_in_both_languages(book: Any, info: RunInfo) -> None:
    rows = {row[0]: row[1:] for row in book["Keterangan"].iter_rows(values_only=True)}
    assert rows["SURVEY_FIRST"] == ("Survei dulu", "Survey first")
    assert {*REMEDIES, *SITE_EVIDENCE, *info.reasons} <= set(rows)


def test_legend_states_the_weak_level(book: Any, info: RunInfo) -> None:
    values = [row[1] for row in book["Keterangan"].iter_rows(values_only=True)]
    assert info.weak_dbm in values


def test_columns_sheet_explains_every_column(book: Any) -> None:
    rows = list(book["Kolom"].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == list(VIEW_COLUMNS)
    assert all(row[3] for row in rows)


def test_twice_the_same_bytes(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        ranking_xlsx(world.site_ranking, info, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_an_empty_ranking_still_makes_a_book(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    ranking_xlsx(world.site_ranking.iloc[:0], info, tmp_path / "none.xlsx")
    assert openpyxl.load_workbook(tmp_path / "none.xlsx")["Peringkat"].max_row == HEADER_ROW
