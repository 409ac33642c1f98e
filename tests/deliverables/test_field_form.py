from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from coverage.deliverables.field_form import (
    FieldFormParams,
    field_form_html,
    field_form_xlsx,
    field_rows,
)
from coverage.deliverables.info import RunInfo
from coverage.deliverables.run_tables import RunTables
from coverage.errors import InputError
from coverage.field_columns import FIELD_HEADINGS

PARAMS = FieldFormParams(networks=(("IOH", "510-01"), ("Telkomsel", "510-10")), max_sites=7)


def test_a_row_for_each_site_and_network_in_rank_order(world: RunTables) -> None:
    rows = field_rows(world.site_ranking, PARAMS)
    wanted = world.site_ranking[world.site_ranking["remedy"] != "EXCLUDED_ADAT"].head(7)
    assert rows["tps_code"].tolist() == [code for code in wanted["tps_code"] for _ in range(2)]
    assert rows["plmn"].tolist() == ["510-01", "510-10"] * 7


def test_without_a_limit_every_site_has_its_rows(world: RunTables) -> None:
    rows = field_rows(world.site_ranking, FieldFormParams(networks=PARAMS.networks))
    listed = world.site_ranking[world.site_ranking["remedy"] != "EXCLUDED_ADAT"]["tps_code"]
    assert set(rows["tps_code"]) == set(listed)
    assert len(rows) == 2 * len(listed)


def test_every_district_begins_a_page_that_the_list_on_top_leads_to(
    world: RunTables, info: RunInfo
) -> None:
    page = field_form_html(world.site_ranking, info, PARAMS).decode()
    wanted = field_rows(world.site_ranking, PARAMS)["district"].unique()
    assert page.count("<article id=") == len(wanted)
    first = min(wanted)
    assert f'<a href="#d0">Kecamatan {first}: ' in page
    assert "break-before: page" in page


def test_a_site_without_district_is_printed_too(world: RunTables, info: RunInfo) -> None:
    page = field_form_html(world.site_ranking.assign(district=None), info, PARAMS).decode()
    assert page.count("<section>") == 7
    assert "Kecamatan tidak tercatat" in page


def test_nobody_is_sent_where_no_signal_is_wanted(world: RunTables) -> None:
    held = world.site_ranking.assign(remedy="EXCLUDED_ADAT")
    assert field_rows(held, PARAMS).empty


def test_the_headings_are_the_first_row_and_codes_are_text(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    field_form_xlsx(world.site_ranking, info, tmp_path / "f.xlsx", PARAMS)
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0]
    assert tuple(cell.value for cell in sheet[1]) == FIELD_HEADINGS
    assert {type(cell.value) for cell in sheet["A"][1:]} == {str}


@pytest.mark.parametrize("name", ["=1+1", "<b>&", "x" * 300, "Desa \U0001f3dd"])
def test_no_name_breaks_the_form(
    world: RunTables, info: RunInfo, tmp_path: Path, name: str
) -> None:
    ranking = world.site_ranking.assign(village=name)
    field_form_xlsx(ranking, info, tmp_path / "f.xlsx", PARAMS)
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0]
    assert str(sheet["C2"].value).removeprefix("'") == name
    assert sheet["C2"].data_type == "s"
    assert b"<b>&," not in field_form_html(ranking, info, PARAMS)


def test_the_page_has_a_card_for_each_site_and_loads_nothing(
    world: RunTables, info: RunInfo
) -> None:
    page = field_form_html(world.site_ranking, info, PARAMS).decode()
    assert page.count("<section>") == 7
    assert "http" not in page


def test_twice_the_same_bytes(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    for name in ("a", "b"):
        field_form_xlsx(world.site_ranking, info, tmp_path / name, PARAMS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_empty_list_gives_an_empty_form(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    empty = world.site_ranking.iloc[:0]
    field_form_xlsx(empty, info, tmp_path / "f.xlsx", PARAMS)
    assert isinstance(empty, pd.DataFrame)
    assert openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0].max_row == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"networks": ()}, r"Invalid networks"),
        ({"max_sites": 0}, "Invalid max_sites 0"),
        ({"upload_mb": 0.0}, r"Invalid upload_mb 0\.0"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        FieldFormParams(**({"networks": (("IOH", "510-01"),)} | changes))
