"""What people open: every file of the run opens in the programs that will open it."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from python_calamine import CalamineWorkbook

from coverage import tables
from pipelines.config import load_config
from pipelines.deliver import FOLDER, PARTNERS
from pipelines.run import run
from pipelines.store import Store

N_SITES = 100


@pytest.fixture(scope="module")
def delivered(finished: Path) -> Path:
    return finished / "processed" / FOLDER


@pytest.fixture(scope="module")
def ranking(finished: Path) -> pd.DataFrame:
    return tables.to_pandas(Store(finished / "processed").read("site_ranking"))


def codes(values: Iterable[object]) -> set[str]:
    """The 13-digit texts among some cells."""
    return {v for v in values if isinstance(v, str) and re.fullmatch(r"\d{13}", v)}


def test_the_ranking_has_every_site_once_in_order(ranking: pd.DataFrame) -> None:
    assert ranking["rank"].tolist() == list(range(1, N_SITES + 1))
    assert ranking["tps_code"].is_unique


def test_the_workbook_opens_in_openpyxl_with_codes_as_text(
    delivered: Path, ranking: pd.DataFrame
) -> None:
    book = openpyxl.load_workbook(delivered / "site_ranking.xlsx", read_only=True)
    found = {
        code
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for code in codes(row)
    }
    book.close()
    assert found == set(ranking["tps_code"])


def test_the_workbook_opens_in_calamine_with_codes_as_text(
    delivered: Path, ranking: pd.DataFrame
) -> None:
    book = CalamineWorkbook.from_path(str(delivered / "site_ranking.xlsx"))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    assert {code for row in rows for code in codes(row)} == set(ranking["tps_code"])


def test_the_csv_holds_every_site_in_order(delivered: Path, ranking: pd.DataFrame) -> None:
    text = (delivered / "site_ranking.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["tps_code"] for row in rows] == ranking["tps_code"].tolist()


@pytest.mark.parametrize("name", ["rekap.xlsx", "site_ranking.xlsx"])
def test_no_cell_of_a_workbook_is_a_formula(delivered: Path, name: str) -> None:
    book = openpyxl.load_workbook(delivered / name)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


def test_the_geopackage_opens_with_both_layers(delivered: Path) -> None:
    layers = {str(name) for name, _ in pyogrio.list_layers(delivered / "blankspot.gpkg")}
    assert layers == {"sites", "cells"}


def test_the_geopackage_places_every_site(delivered: Path, ranking: pd.DataFrame) -> None:
    layer = pyogrio.read_dataframe(delivered / "blankspot.gpkg", layer="sites")
    assert layer.crs.to_epsg() == 4326
    assert set(layer["tps_code"]) == set(ranking["tps_code"])


def test_the_geopackage_is_sound(delivered: Path) -> None:
    with sqlite3.connect(delivered / "blankspot.gpkg") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("name", ["sites", "cells"])
def test_the_geoparquet_is_the_layer_of_the_geopackage(delivered: Path, name: str) -> None:
    parquet = gpd.read_parquet(delivered / f"{name}.geoparquet")
    package = pyogrio.read_dataframe(delivered / "blankspot.gpkg", layer=name)
    assert parquet.crs.to_epsg() == 4326
    assert parquet.geometry.is_valid.all()
    assert len(parquet) == len(package) > 0


def test_the_map_asks_nothing_of_the_network(delivered: Path) -> None:
    page = (delivered / "map.html").read_text(encoding="utf-8")
    assert not re.findall(r'<(?:script|img|iframe)[^>]+src="(?!data:)', page)
    assert not re.findall(r'<link[^>]+href="(?!data:)', page)


def test_every_predicted_operator_has_a_partner_pack(finished: Path, delivered: Path) -> None:
    predicted = Store(finished / "processed").read("cell_signal", columns=["operator"])
    n_operators = len(predicted.column("operator").unique())
    assert len(list((delivered / PARTNERS).iterdir())) == n_operators == 4


def test_every_layer_of_a_partner_pack_opens(delivered: Path) -> None:
    packages = sorted((delivered / PARTNERS).rglob("*.gpkg"))
    assert len(packages) == 4
    for path in packages:
        for name, _ in pyogrio.list_layers(path):
            pyogrio.read_dataframe(path, layer=str(name))


def test_the_card_is_json_with_scores_beside_baselines(finished: Path) -> None:
    card = json.loads((finished / "processed" / "model" / "card.json").read_text())
    assert "ordinary kriging" in json.dumps(card)


def test_an_operator_that_is_gone_takes_its_partner_pack_along(survey: Path) -> None:
    gone = survey / "processed" / FOLDER / PARTNERS / "gone"
    gone.mkdir()
    (survey / "processed" / FOLDER / "map.html").unlink()
    run(load_config(survey / "survey.toml"), ("deliver",))
    assert not gone.exists()
    assert (survey / "processed" / FOLDER / "map.html").is_file()
