from pathlib import Path

import numpy as np
import openpyxl
import pytest

from coverage.deliverables.info import RunInfo
from coverage.deliverables.recap import LEVELS, recap, recap_html, recap_xlsx
from coverage.deliverables.run_tables import RunTables
from coverage.errors import InputError
from coverage.tables import REMEDIES


@pytest.mark.parametrize("level", LEVELS)
def test_every_site_is_counted_once_on_every_level(world: RunTables, level: str) -> None:
    rows = recap(world.site_ranking, level)
    n_sites = len(world.site_ranking)
    assert rows["n_sites"].sum() == n_sites
    assert rows[list(REMEDIES)].to_numpy().sum() == n_sites
    assert rows["n_voters"].sum() == world.site_ranking["n_voters"].sum()


def test_villages_of_one_name_stay_apart(world: RunTables) -> None:
    ranking = world.site_ranking.assign(village="Sukamaju")
    n_codes = ranking["tps_code"].str.slice(0, 10).nunique()
    assert len(recap(ranking, "village")) == n_codes


def test_a_village_says_where_it_lies(world: RunTables) -> None:
    rows = recap(world.site_ranking, "village").set_index("name")
    assert rows.loc["Desa 27", "within"] == "Kecamatan 4, Kab. Pandeglang"


def test_the_worst_site_is_the_likeliest_to_fail_that_is_no_hold(world: RunTables) -> None:
    ranking = world.site_ranking
    is_free = ranking["remedy"] != "EXCLUDED_ADAT"
    free = ranking[is_free & (ranking["evidence"] != "survey_first")]
    worst = free.groupby(free["regency"], sort=True)["p_upload_fail"].max()
    rows = recap(world.site_ranking, "regency").set_index("name").sort_index()
    assert rows["worst_p_upload_fail"].tolist() == worst.tolist()


def test_a_hold_is_the_worst_only_where_all_are(world: RunTables) -> None:
    ranking = world.site_ranking.assign(remedy="EXCLUDED_ADAT")
    rows = recap(ranking, "regency")
    assert (rows["n_hold"] == rows["n_sites"]).all()
    assert (rows["n_action"] == 0).all()
    assert rows["worst_tps_code"].notna().all()


def test_what_could_not_be_judged_is_not_summed(world: RunTables) -> None:
    is_lebak = world.site_ranking["regency"] == "Kab. Lebak"
    ranking = world.site_ranking.assign(
        evidence=world.site_ranking["evidence"].mask(is_lebak, "survey_first")
    )
    lebak = recap(ranking, "regency").set_index("name").loc["Kab. Lebak"]
    assert lebak["n_unknown"] == lebak["n_sites"]
    assert np.isnan(lebak["expected_failures"])
    assert np.isnan(lebak["worst_p_upload_fail"])


def test_no_voter_known_is_not_nought(world: RunTables) -> None:
    ranking = world.site_ranking.assign(
        n_voters=world.site_ranking["n_voters"].mask(world.site_ranking["regency"] == "Kab. Lebak")
    )
    rows = recap(ranking, "regency").set_index("name")
    assert rows["n_voters"].isna().to_dict() == {"Kab. Lebak": True, "Kab. Pandeglang": False}


def test_the_order_of_rows_does_not_matter(world: RunTables) -> None:
    shuffled = world.site_ranking.sample(frac=1, random_state=2)
    assert recap(shuffled, "district").equals(recap(world.site_ranking, "district"))


def test_another_level_is_refused(world: RunTables) -> None:
    with pytest.raises(InputError, match="Invalid level 'province'"):
        recap(world.site_ranking, "province")


def test_an_empty_ranking_has_no_group(world: RunTables) -> None:
    assert recap(world.site_ranking.iloc[:0], "district").empty


def test_the_workbook_has_a_sheet_for_each_level(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    recap_xlsx(world.site_ranking, info, tmp_path / "recap.xlsx")
    book = openpyxl.load_workbook(tmp_path / "recap.xlsx")
    assert book.sheetnames == ["Kabupaten-kota", "Kecamatan", "Desa-kelurahan", "Keterangan"]
    codes = [row[0].value for row in book["Kecamatan"].iter_rows(min_row=4)]
    assert all(len(code) == 6 for code in codes)


def test_workbook_and_page_name_their_sources(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    recap_xlsx(world.site_ranking, info, tmp_path / "recap.xlsx")
    legend = openpyxl.load_workbook(tmp_path / "recap.xlsx")["Keterangan"]
    assert info.attribution[0] in [row[1] for row in legend.iter_rows(values_only=True)]
    assert info.attribution[0] in recap_html(world.site_ranking, info).decode()


def test_workbook_and_page_have_the_same_bytes_twice(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        recap_xlsx(world.site_ranking, info, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert recap_html(world.site_ranking, info) == recap_html(world.site_ranking, info)


def test_the_page_escapes_names_and_loads_nothing(world: RunTables, info: RunInfo) -> None:
    named = world.site_ranking.assign(regency="<script>alert(1)</script>")
    page = recap_html(named, info).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page


def test_the_page_writes_numbers_as_indonesians_do(world: RunTables, info: RunInfo) -> None:
    assert "39.767" in recap_html(world.site_ranking, info).decode()
