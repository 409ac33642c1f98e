"""Workbooks and packs as people get them: what they hold, what they must not, who opens them."""

import io
import re
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
from defusedxml import ElementTree
from python_calamine import CalamineWorkbook

from coverage import tables
from coverage.deliverables.gis import slug_of
from coverage.deliverables.licences import LICENCE_NAME
from pipelines.books import FOLDER as BOOKS
from pipelines.config import load_config
from pipelines.deliver import FOLDER, PARTNERS
from pipelines.run import run
from pipelines.store import Store

SOFFICE = shutil.which("soffice")
PHONE = "356938035643809"  # in the name of a log of the tiny survey
THROUGHPUT = ("kbps", "ookla", "throughput")


@pytest.fixture(scope="module")
def delivered(finished: Path) -> Path:
    return finished / "processed" / FOLDER


@pytest.fixture(scope="module")
def operators(finished: Path) -> list[str]:
    predicted = Store(finished / "processed").read("cell_signal", columns=["operator"])
    return sorted(predicted.column("operator").unique().to_pylist())


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a pack, containers unpacked, databases as their text."""
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = b"".join(archive.read(name) for name in archive.namelist())
        elif path.suffix == ".gpkg":
            with sqlite3.connect(path) as database:
                lines = [line for line in database.iterdump() if '"rtree_' not in line]
            data = re.sub(r"X'[0-9A-F]*'", "", "\n".join(lines)).encode()  # no outlines
        yield path.name, data


def each_pack(delivered: Path, operators: list[str]) -> Iterator[tuple[str, str, bytes]]:
    """Operator, file name and content of every file of every pack."""
    for operator in operators:
        for name, data in contents(delivered / PARTNERS / slug_of(operator)):
            yield operator, name, data


def test_no_pack_names_another_operator(delivered: Path, operators: list[str]) -> None:
    for operator, name, data in each_pack(delivered, operators):
        others = [other for other in operators if other != operator and other.encode() in data]
        assert not others, (operator, name)


def test_no_pack_holds_radio_cells_of_another_operator(
    finished: Path, delivered: Path, operators: list[str]
) -> None:
    towers = tables.to_pandas(Store(finished / "processed").read("towers"))
    lte = towers[(towers["rat"] == "LTE") & (towers["cell_identity"] >= 10**6)]
    for operator, name, data in each_pack(delivered, operators):
        foreign = set(lte.loc[lte["operator"] != operator, "cell_identity"]) - set(
            lte.loc[lte["operator"] == operator, "cell_identity"]
        )
        numbers = re.findall(rb"(?<![0-9A-Za-z.])\d{7,}(?![0-9A-Za-z.])", data)
        assert not foreign & {int(number) for number in numbers}, (operator, name)


def test_no_pack_holds_a_device(finished: Path, delivered: Path, operators: list[str]) -> None:
    store = Store(finished / "processed")
    devices = {
        device
        for part in store.parts("readings")
        for device in store.read("readings", part, ["device_id"]).column("device_id").to_pylist()
        if device
    }
    assert devices
    for operator, name, data in each_pack(delivered, operators):
        assert not [device for device in devices if device.encode() in data], (operator, name)


def test_no_pack_holds_throughput(delivered: Path, operators: list[str]) -> None:
    for operator, name, data in each_pack(delivered, operators):
        lower = data.lower()
        wanted = [word for word in THROUGHPUT if word.encode() in lower]
        assert not [w for w in wanted if not (w == "kbps" and name.endswith(".gpkg"))], (
            operator, name, wanted,
        )  # fmt: skip


@pytest.mark.long
def test_a_layer_of_speed_tests_reaches_no_pack(survey: Path) -> None:
    tiles = {
        "quadkey": ["3100121121130112"], "avg_d_kbps": [987_654], "avg_u_kbps": [876_543],
        "avg_lat_ms": [765_432], "tests": [7], "devices": [3],
    }  # fmt: skip
    (survey / "raw" / "tiles").mkdir()
    name = "2024-01-01_performance_mobile_tiles.parquet"
    pq.write_table(pa.table(tiles), survey / "raw" / "tiles" / name)
    path = survey / "survey.toml"
    path.write_text(path.read_text().replace("[inputs]", '[inputs]\nthroughput = ["tiles/*"]'))
    config = load_config(path)
    run(config, ("ingest", "aggregate", "predict", "rank", "plan", "deliver"))
    assert (survey / "processed" / "throughput_tiles.parquet").is_file()
    packs = sorted((survey / "processed" / FOLDER / PARTNERS).iterdir())
    assert packs
    for file, data in (file for pack in packs for file in contents(pack)):
        told = (b"987654", b"876543", b"765432", b"3100121121130112", b"ookla", b"cc by-nc")
        assert not [word for word in told if word in data.lower()], file


def test_no_pack_names_a_log_or_the_phone_in_its_name(
    finished: Path, delivered: Path, operators: list[str]
) -> None:
    logs = {p.name.encode() for p in (finished / "raw" / "readings").rglob("*") if p.is_file()}
    assert logs
    for operator, name, data in each_pack(delivered, operators):
        assert PHONE.encode() not in data, (operator, name)
        assert not [log for log in logs if log in data], (operator, name)


def test_what_few_devices_measured_is_in_no_list(delivered: Path, operators: list[str]) -> None:
    for operator in operators:
        slug = slug_of(operator)
        sites = pd.read_csv(delivered / PARTNERS / slug / f"sites_{slug}.csv")
        few = sites["suppressed"]
        hidden = ["n_readings", "n_devices", "signal_p50_dbm", "last_day", "evidence",
                  "strongest_cell_identity"]  # fmt: skip
        assert sites.loc[few, hidden].isna().all(axis=None), operator
        assert not (sites["n_devices"] < 3).any(), operator


def test_what_few_devices_measured_is_in_no_sheet(delivered: Path, operators: list[str]) -> None:
    n_marked = 0
    hidden = {"Level [dBm]", "Bacaan", "Perangkat", "Level terukur median [dBm]",
              "Identitas sel", "PCI", "Sel radio terkuat"}  # fmt: skip
    for operator in operators:
        slug = slug_of(operator)
        book = CalamineWorkbook.from_path(str(delivered / PARTNERS / slug / f"sites_{slug}.xlsx"))
        for sheet in ("Peringkat", "Bukti per TPS", "Perubahan"):
            rows = book.get_sheet_by_name(sheet).to_python()
            if len(rows) < 4 or "Disembunyikan" not in rows[2]:
                continue
            held, columns = rows[2].index("Disembunyikan"), [str(head) for head in rows[2]]
            told = [k for k, head in enumerate(columns) if head in hidden]
            assert told, (operator, sheet)
            marked = [row for row in rows[3:] if row[held] == "ya"]
            n_marked += len(marked)
            assert not [row for row in marked if any(row[k] != "" for k in told)], (operator, sheet)
    assert n_marked


def test_counts_of_few_devices_are_in_no_layer(delivered: Path, operators: list[str]) -> None:
    for operator in operators:
        slug = slug_of(operator)
        package = delivered / PARTNERS / slug / f"sites_{slug}.gpkg"
        cells = pyogrio.read_dataframe(package, layer="cells_measured")
        few = cells["suppressed"].astype(bool)
        assert cells.loc[few, ["n_readings", "n_devices", "signal_p50_dbm"]].isna().all(axis=None)
        assert (cells.loc[~few, "n_devices"] >= 3).all()


def test_every_kmz_is_sound_xml_with_its_folders(delivered: Path, operators: list[str]) -> None:
    for operator in operators:
        slug = slug_of(operator)
        with zipfile.ZipFile(delivered / PARTNERS / slug / f"sites_{slug}.kmz") as archive:
            root = ElementTree.fromstring(archive.read("doc.kml"))
        spaces = {"k": "http://www.opengis.net/kml/2.2"}
        assert len(root.findall(".//k:Folder", spaces)) == 3
        assert root.findall(".//k:Folder[3]/k:Placemark", spaces)


def test_every_kabupaten_has_its_books(delivered: Path) -> None:
    names = {path.name for path in (delivered / BOOKS).iterdir()}
    slugs = {name.removeprefix("rekap_").removesuffix(".xlsx") for name in names if "rekap" in name}
    assert slugs
    wanted = {
        f"{kind}_{slug}.{suffix}"
        for slug in slugs
        for kind, suffix in (("rekap", "xlsx"), ("usulan", "csv"), ("formulir", "xlsx"),
                             ("formulir", "html"))
    }  # fmt: skip
    assert names == wanted | {LICENCE_NAME}


def test_every_site_stands_in_one_book(finished: Path, delivered: Path) -> None:
    ranking = Store(finished / "processed").read("site_ranking", columns=["tps_code"])
    found = []
    for path in (delivered / BOOKS).glob("rekap_*.xlsx"):
        sheet = openpyxl.load_workbook(path)["Peringkat"]
        found += [row[1] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert sorted(found) == sorted(ranking.column("tps_code").to_pylist())


@pytest.mark.long
@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice here")
def test_libreoffice_keeps_every_text_of_every_book(delivered: Path, tmp_path: Path) -> None:
    paths = sorted(delivered.rglob("*.xlsx"))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
               "--outdir", str(tmp_path / "out"), *map(str, paths)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    for path in paths:
        assert texts_of(tmp_path / "out" / path.name) == texts_of(path), path.name


def texts_of(path: Path) -> dict[str, list[str]]:
    """Every text of a workbook, codes among them, by sheet."""
    book = CalamineWorkbook.from_path(str(path))
    return {
        name: [
            cell
            for row in book.get_sheet_by_name(name).to_python()
            for cell in row
            if isinstance(cell, str) and cell
        ]
        for name in book.sheet_names
    }
