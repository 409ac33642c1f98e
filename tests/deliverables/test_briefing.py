import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from coverage.deliverables.briefing import (
    BriefingInputs,
    province_briefing,
    regency_briefing,
)
from coverage.deliverables.briefing_tables import Regency, regencies
from coverage.deliverables.card_facts import CardFacts
from coverage.deliverables.info import RunInfo
from coverage.deliverables.map_figure import map_ground
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.run_tables import RunTables

EVIL = "<b>Desa</b> & 'x' \"y\" \U0001f4f6 " + "panjang" * 45


@pytest.fixture(scope="module")
def inputs(world: RunTables, info: RunInfo, layers: MapLayers) -> BriefingInputs:
    return BriefingInputs(
        ground=map_ground(world.cell_signal, info),
        layers=layers,
        facts=CardFacts(rmse_db=10.9, coverage=0.891),
    )


@pytest.fixture(scope="module")
def regency(world: RunTables) -> Regency:
    return regencies(world.site_ranking)[0]


def n_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def text_of(pdf: bytes, folder: Path) -> str:
    """Words of the pages as a reader's program finds them."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("no pdftotext here")
    (folder / "a.pdf").write_bytes(pdf)
    done = subprocess.run(
        [program, "-layout", str(folder / "a.pdf"), "-"], capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


def test_the_province_has_one_page(world: RunTables, inputs: BriefingInputs, info: RunInfo) -> None:
    assert n_pages(province_briefing(world.site_ranking, inputs, info)) == 1


def test_a_province_of_many_regencies_still_has_one_page(
    world: RunTables, inputs: BriefingInputs, info: RunInfo
) -> None:
    codes = [f"{3600 + k % 30}{k:09d}" for k in range(len(world.site_ranking))]
    ranking = world.site_ranking.assign(tps_code=codes)
    assert n_pages(province_briefing(ranking, inputs, info)) == 1


def test_the_same_run_gives_the_same_bytes(
    regency: Regency, inputs: BriefingInputs, info: RunInfo
) -> None:
    assert regency_briefing(regency, inputs, info) == regency_briefing(regency, inputs, info)


def test_the_document_is_dated_by_the_run(
    regency: Regency, inputs: BriefingInputs, info: RunInfo
) -> None:
    assert b"D:20240120030405" in regency_briefing(regency, inputs, info)


def test_limits_law_and_model_error_are_told(
    regency: Regency, inputs: BriefingInputs, info: RunInfo, tmp_path: Path
) -> None:
    text = text_of(regency_briefing(regency, inputs, info), tmp_path)
    assert "10,9 dB" in text
    assert "UU 36/1999" in text
    assert "Kosong berarti tidak diketahui" in text


def test_a_chance_the_model_does_not_stand_by_is_in_brackets(
    regency: Regency, inputs: BriefingInputs, info: RunInfo, tmp_path: Path
) -> None:
    unsure = regency.sites.assign(
        evidence="survey_first", remedy="SURVEY_FIRST", p_upload_fail=0.42
    )
    text = text_of(regency_briefing(replace(regency, sites=unsure), inputs, info), tmp_path)
    assert "(42 %)" in text


def test_names_with_markup_emoji_and_300_letters_break_nothing(
    regency: Regency, inputs: BriefingInputs, info: RunInfo, tmp_path: Path
) -> None:
    sites = regency.sites.assign(village=EVIL, tps_name=EVIL)
    made = regency_briefing(replace(regency, name=EVIL, sites=sites), inputs, info)
    assert "<b>Desa</b>" in text_of(made, tmp_path)


def test_without_a_name_and_voters_a_briefing_is_made(
    regency: Regency, inputs: BriefingInputs, info: RunInfo
) -> None:
    bare = regency.sites.assign(
        village=None, district=None, tps_name=None, n_voters=None, latest_order_date=None
    )
    assert regency_briefing(replace(regency, sites=bare), inputs, info).startswith(b"%PDF")


def test_english_is_printed_where_the_run_is_english(
    regency: Regency, inputs: BriefingInputs, info: RunInfo, tmp_path: Path
) -> None:
    text = text_of(regency_briefing(regency, inputs, replace(info, language="en")), tmp_path)
    assert "TPS coordination briefing" in text
