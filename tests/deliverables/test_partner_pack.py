import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest
from defusedxml import ElementTree

from coverage.deliverables.info import RunInfo
from coverage.deliverables.partner_pack import write_partner_pack
from coverage.deliverables.run_tables import RunTables

FILES = [
    "sites_xl_axiata.csv", "sites_xl_axiata.dat", "sites_xl_axiata.gpkg", "sites_xl_axiata.id",
    "sites_xl_axiata.kmz", "sites_xl_axiata.map", "sites_xl_axiata.tab", "sites_xl_axiata.xlsx",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(world: RunTables, info: RunInfo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack")
    assert write_partner_pack(world, "XL Axiata", info, path) == FILES
    return path


def test_every_format_has_every_site(folder: Path, world: RunTables) -> None:
    n = len(world.site_ranking)
    assert len(pd.read_csv(folder / "sites_xl_axiata.csv")) == n
    assert len(pyogrio.read_dataframe(folder / "sites_xl_axiata.gpkg", layer="sites")) == n
    assert len(pyogrio.read_dataframe(folder / "sites_xl_axiata.tab")) == n
    sheet = openpyxl.load_workbook(folder / "sites_xl_axiata.xlsx").worksheets[0]
    assert sheet.max_row == n + 3


def test_layers_are_sites_measured_and_predicted(folder: Path) -> None:
    layers = [name for name, _ in pyogrio.list_layers(folder / "sites_xl_axiata.gpkg")]
    assert layers == ["sites", "cells_measured", "cells_predicted"]


def test_mapinfo_keeps_codes_and_places(folder: Path) -> None:
    tab = pyogrio.read_dataframe(folder / "sites_xl_axiata.tab")
    csv = pd.read_csv(folder / "sites_xl_axiata.csv", dtype={"tps_code": "str"})
    assert tab["tps_code"].tolist() == csv["tps_code"].tolist()
    assert tab.geometry.y.to_numpy() == pytest.approx(csv["latitude_deg"].to_numpy(), abs=1e-5)


@pytest.mark.parametrize("other", ["IOH", "Smartfren", "Telkomsel"])
def test_no_file_names_another_operator(folder: Path, other: str) -> None:
    for path in folder.iterdir():
        content = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"".join(archive.read(name) for name in archive.namelist())
        assert other.encode() not in content, path.name


def test_twice_the_same_bytes(
    folder: Path, world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    for _again in range(2):  # over its own files too
        write_partner_pack(world, "XL Axiata", info, tmp_path)
    for name in FILES:
        first, second = ((place / name).read_bytes() for place in (folder, tmp_path))
        assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest(), name


def test_the_workbook_has_its_sheets_in_the_language_of_the_run(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "sites_xl_axiata.xlsx")
    assert book.sheetnames == [
        "Peringkat", "Ringkasan", "Persentil", "CDF", "Perubahan", "Bukti per TPS", "Keterangan"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["=1+1", "<b>&", "x" * 300, "Desa \U0001f3dd"])
def test_no_name_breaks_a_file(world: RunTables, info: RunInfo, tmp_path: Path, name: str) -> None:
    ranking = world.site_ranking.head(20).assign(village=name, regency=name, tps_name=name)
    small = replace(world, site_ranking=ranking, cell_signal=world.cell_signal.head(40))
    write_partner_pack(small, "XL Axiata", info, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "sites_xl_axiata.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d"}
    layer = pyogrio.read_dataframe(tmp_path / "sites_xl_axiata.gpkg", layer="sites")
    assert set(layer["village"]) == {name}
    with zipfile.ZipFile(tmp_path / "sites_xl_axiata.kmz") as archive:
        ElementTree.fromstring(archive.read("doc.kml"))
