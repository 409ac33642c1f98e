import hashlib
import html
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from defusedxml import ElementTree

from coverage.deliverables.info import RunInfo
from coverage.deliverables.numbers import share
from coverage.deliverables.partner_pack import write_partner_pack
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.texts import catalogue
from coverage.geodesy import from_plane_m

FILES = [
    "LICENCE.txt",
    "cells_xl_axiata.dat", "cells_xl_axiata.id", "cells_xl_axiata.map", "cells_xl_axiata.tab",
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


def test_mapinfo_has_areas_of_the_predicted_level(folder: Path, world: RunTables) -> None:
    areas = pyogrio.read_dataframe(folder / "cells_xl_axiata.tab")
    predicted = pyogrio.read_dataframe(folder / "sites_xl_axiata.gpkg", layer="cells_predicted")
    judged = predicted[predicted["rsrp_p50_dbm"].notna()]
    assert shapely.area(areas.geometry).sum() == pytest.approx(
        shapely.area(judged.geometry).sum(), rel=1e-4
    )
    first = judged.iloc[0]
    (around,) = areas[areas.contains(first.geometry.centroid)].itertuples()
    assert around.label == "RSRP < -120 dBm"
    assert first["rsrp_p50_dbm"] < -120


def test_mapinfo_never_makes_a_level_or_a_chance_of_what_is_not_known(folder: Path) -> None:
    tab = pyogrio.read_dataframe(folder / "sites_xl_axiata.tab").set_index("tps_code")
    csv = pd.read_csv(folder / "sites_xl_axiata.csv", dtype={"tps_code": "str"})
    unknown = csv[csv["rsrp_p50_dbm"].isna()]["tps_code"]
    assert len(unknown)
    columns = ["rsrp_p50_dbm", "p_weak", "p_upload_fail"]
    assert (tab.loc[unknown, columns] == -9999).all(axis=None)


@pytest.mark.parametrize("name", ["sites_xl_axiata.tab", "cells_xl_axiata.tab"])
def test_mapinfo_has_no_kind_of_number_that_older_readers_refuse(folder: Path, name: str) -> None:
    assert "LargeInt" not in (folder / name).read_text()


def test_days_and_yes_or_no_are_such_in_the_geopackage(folder: Path) -> None:
    info = pyogrio.read_info(folder / "sites_xl_axiata.gpkg", layer="cells_measured")
    kinds = dict(zip(info["fields"], zip(info["ogr_types"], info["ogr_subtypes"], strict=True),
                     strict=True))  # fmt: skip
    assert kinds["last_day"] == ("OFTDate", "OFSTNone")
    assert kinds["suppressed"] == ("OFTInteger", "OFSTBoolean")


def test_a_network_that_cannot_be_judged_has_no_areas(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    unjudged = replace(world, cell_signal=world.cell_signal.assign(is_applicable=False))
    write_partner_pack(unjudged, "XL Axiata", info, tmp_path)
    assert pyogrio.read_dataframe(tmp_path / "cells_xl_axiata.tab").empty


@pytest.mark.parametrize("name", ["LICENCE.txt", "sites_xl_axiata.kmz", "sites_xl_axiata.xlsx"])
def test_sources_and_licences_are_named(folder: Path, info: RunInfo, name: str) -> None:
    content = (folder / name).read_bytes()
    if zipfile.is_zipfile(folder / name):
        with zipfile.ZipFile(folder / name) as archive:
            content = b"".join(archive.read(part) for part in archive.namelist())
    assert info.attribution[0].encode() in content


def test_balloons_write_numbers_as_the_language_does(folder: Path) -> None:
    with zipfile.ZipFile(folder / "sites_xl_axiata.kmz") as archive:
        document = ElementTree.fromstring(archive.read("doc.kml"))
    csv = pd.read_csv(folder / "sites_xl_axiata.csv")
    balloon = document.findtext(".//{*}Placemark/{*}description")
    level, chance = csv.loc[0, "rsrp_p50_dbm"], csv.loc[0, "p_weak"]
    assert f"<td>{level:.1f}</td>".replace(".", ",") in balloon
    assert f"<td>{share(chance, 'id')}</td>" in html.unescape(balloon)


def test_the_globe_says_what_the_colours_mean_that_occur(folder: Path, world: RunTables) -> None:
    with zipfile.ZipFile(folder / "sites_xl_axiata.kmz") as archive:
        document = ElementTree.fromstring(archive.read("doc.kml"))
    about = document.findtext("./{*}Document/{*}description")
    csv = pd.read_csv(folder / "sites_xl_axiata.csv")
    assert csv["remedy"].dropna().unique().tolist() == ["EXCLUDED_ADAT"]
    assert catalogue("id")["remedy.EXCLUDED_ADAT"] in about
    assert catalogue("id")["remedy.VSAT_LEO"] not in about
    assert all(catalogue("id")[f"evidence.{code}"] in about for code in csv["evidence"].dropna())


def test_lines_lead_to_the_listed_place_of_the_donor(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    asked = world.site_ranking[world.site_ranking["donor_bearing_deg"].notna()].iloc[0]
    operator = str(asked["remedy_operator"])
    place = from_plane_m(np.array([[2000.0, 2000.0]]), (asked["latitude_deg"],
                                                        asked["longitude_deg"]))  # fmt: skip
    towers = pd.DataFrame(
        {"operator": [operator], "plmn": "510-10", "rat": "LTE", "basis": "listed",
         "cell_identity": [asked["donor_cell_identity"]], "latitude_deg": place[0],
         "longitude_deg": place[1]}
    )  # fmt: skip
    write_partner_pack(replace(world, towers=towers), operator, info, tmp_path)
    with zipfile.ZipFile(tmp_path / f"sites_{operator.lower()}.kmz") as archive:
        text = archive.read("doc.kml").decode()
    assert f"{asked['tps_code']}: sel donor 10805003, 2,8 km" in text
    assert "arah 45° saja" in text  # the same cell seen from elsewhere lies in another direction


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
