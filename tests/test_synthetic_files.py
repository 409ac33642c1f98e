import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from coverage import synthetic_files as files
from coverage.synthetic import World, WorldParams, build_world
from coverage.synthetic_layers import write_elevation
from coverage.synthetic_survey import Survey, phones_of

PARAMS = WorldParams(
    seed=5, n_sites=150, n_drive_rows=6_000, n_drive_days=2, n_crowd_rows=2_000, n_phones=5,
    n_csv_rows=600, share_without_coordinates=0.05,
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(PARAMS)


@pytest.fixture(scope="module")
def raw(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Survey]:
    folder = tmp_path_factory.mktemp("raw")
    return folder, files.write_raw(world, folder)


def logs(folder: Path) -> list[Path]:
    return sorted((folder / "readings" / "drive").glob("*/*/*_log.txt"))


def rows_of(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_bytes().decode().split("\r\n")[1:-1]]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes(raw: tuple[Path, Survey], tmp_path: Path) -> None:
    files.write_raw(build_world(PARAMS), tmp_path)
    assert digests(tmp_path) == digests(raw[0])


def test_same_seed_same_truth_files(world: World, tmp_path: Path) -> None:
    files.write_truth(world, tmp_path / "one")
    files.write_truth(build_world(PARAMS), tmp_path / "other")
    assert digests(tmp_path / "one") == digests(tmp_path / "other")


def test_every_operator_has_a_log_and_its_events_each_day(raw: tuple[Path, Survey]) -> None:
    names = [path.relative_to(raw[0] / "readings" / "drive").as_posix() for path in logs(raw[0])]
    assert names == [
        f"{operator}/2024-01-{day}/{operator}_log.txt"
        for operator in ("ioh", "smartfren", "telkomsel", "xl_axiata")
        for day in ("08", "09")
    ]
    assert all(path.with_name(path.stem + "_events.txt").exists() for path in logs(raw[0]))


def test_logs_have_21_names_22_fields_and_crlf(raw: tuple[Path, Survey]) -> None:
    for path in logs(raw[0]):
        text = path.read_bytes().decode("ascii")
        header = text.split("\r\n")[0]
        assert header.startswith("Timestamp\tLongitude\tLatitude\tOperatorname\tOperator\tCellname")
        assert len(header.split("\t")) == 21
        assert {len(row) for row in rows_of(path)} == {22}
        assert text.count("\n") == text.count("\r\n")


def test_event_files_have_16_names_and_bound_the_outages(raw: tuple[Path, Survey]) -> None:
    n_lost = 0
    for path in logs(raw[0]):
        side = path.with_name(path.stem + "_events.txt")
        assert len(side.read_bytes().decode().split("\r\n")[0].split("\t")) == 16
        kinds = [row[13] for row in rows_of(side)]
        assert kinds[::2] == ["NO_COVERAGE"] * len(kinds[::2])
        assert kinds[1::2] == ["IN_COVERAGE"] * len(kinds[1::2])
        n_lost += len(kinds[::2])
    assert n_lost > 3


def test_rows_without_service_are_marked_as_the_app_does(raw: tuple[Path, Survey]) -> None:
    rows = [row for path in logs(raw[0]) for row in rows_of(path)]
    out = [row for row in rows if row[3] == "NO_COVERAGE"]
    assert len(out) == (raw[1].drive["tech"] == "--").sum() > 0
    assert {(row[4], row[7], row[9], row[10]) for row in out} == {("", "-1", "--", "-200")}
    assert all(re.fullmatch(r"-\d+", row[11]) for row in out)  # a stale number, as in life


def test_lte_rows_give_the_reading_back(raw: tuple[Path, Survey]) -> None:
    drive = raw[1].drive
    path = logs(raw[0])[0]
    mine = drive[(drive["operator"] == "IOH") & (drive["day"] == PARAMS.first_day)]
    for row, reading in zip(rows_of(path), mine.itertuples(), strict=True):
        assert (float(row[1]), float(row[2])) == (reading.longitude_deg, reading.latitude_deg)
        if reading.tech == "4G" and not reading.is_sentinel:
            assert int(row[10]) == round(reading.level_dbm)
            assert 256 * int(row[6]) + int(row[7]) == reading.cell_identity
            assert row[4] == "51001"


def test_sentinels_come_without_quality(raw: tuple[Path, Survey]) -> None:
    rows = [row for path in logs(raw[0]) for row in rows_of(path)]
    sentinel = [
        row for row in rows if row[9] == "4G" and row[10] in ("-340", "-164", "-200", "-24")
    ]
    assert len(sentinel) == raw[1].drive["is_sentinel"].sum() > 0
    assert {row[11] for row in sentinel} == {"-"}


def test_times_are_local_and_some_seconds_hold_two_rows(raw: tuple[Path, Survey]) -> None:
    stamps = [row[0] for row in rows_of(logs(raw[0])[0])]
    assert all(re.fullmatch(r"2024\.01\.08_\d\d\.\d\d\.\d\d", stamp) for stamp in stamps)
    assert stamps == sorted(stamps)
    assert 1.05 < len(stamps) / len(set(stamps)) < 1.15


def test_one_phone_shows_a_placeholder_for_snr(raw: tuple[Path, Survey]) -> None:
    snr = {
        path.parts[-3]: {row[12] for row in rows_of(path) if row[9] == "4G"}
        for path in logs(raw[0])
    }
    assert snr["smartfren"] == {"0.0"}
    assert len(snr["telkomsel"]) > 10


def test_crowd_exports_have_19_columns_and_200_rows_at_most(raw: tuple[Path, Survey]) -> None:
    exports = sorted((raw[0] / "readings" / "crowd").rglob("*.csv"))
    total = 0
    for path in exports:
        lines = path.read_text().splitlines()
        assert lines[0] == ",".join(files.MEASUREMENT_COLUMNS)
        assert {line.count(",") for line in lines} == {18}
        found = re.fullmatch(r"OpenCellID_\d{8}_\d{6}_meas_ainf_d0_n(\d+)\.csv", path.name)
        assert found is not None
        assert int(found[1]) == len(lines) - 1 <= 200
        total += len(set(lines[1:]))
    assert total == len(raw[1].crowd)
    assert {path.parent.name for path in exports} == set(raw[1].crowd["phone"])


def test_crowd_times_are_epoch_milliseconds_utc(raw: tuple[Path, Survey]) -> None:
    path = min((raw[0] / "readings" / "crowd" / "phone_01").iterdir())
    first = pd.read_csv(path).iloc[0]
    expected = raw[1].crowd.query("phone == 'phone_01'")["time"].iloc[0]
    shown = pd.Timestamp(int(first["measured_at"]), unit="ms", tz="UTC")
    assert abs((shown - expected).total_seconds()) < 1


def test_the_archive_holds_one_log_and_rubbish(raw: tuple[Path, Survey]) -> None:
    (path,) = (raw[0] / "readings" / "drive" / "gnettrack_csv").iterdir()
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        log = pd.read_csv(io.BytesIO(archive.read(names[0])), dtype=str)
    assert names == ["telkomsel_2024.01.08.csv", "__MACOSX/._telkomsel_2024.01.08.csv"]
    assert list(log.columns) == list(files.CSV_COLUMNS)
    assert len(log.columns) == 26
    assert log["RAWCELLID"].astype(int).tolist() == raw[1].csv_log["cell_identity"].tolist()
    node, cell = log["NODEHEX"].map(lambda h: int(h, 16)), log["CELLHEX"].map(lambda h: int(h, 16))
    assert (256 * node + cell == log["RAWCELLID"].astype(int)).all()


def test_the_archived_log_has_a_frozen_position_at_speed(raw: tuple[Path, Survey]) -> None:
    log = raw[1].csv_log
    still = log["latitude_deg"].diff().eq(0) & (log["speed_mps"] * 3.6 > 10)
    assert still.groupby((~still).cumsum()).sum().max() > 10


def read_sheet(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def test_list_and_workbook_hold_every_site_once(world: World, raw: tuple[Path, Survey]) -> None:
    listed = pd.read_csv(raw[0] / "sites" / "tps_banten.csv", dtype=str)
    sheet = read_sheet(raw[0] / "sites" / "tps_cilegon.xlsx")
    codes = listed["Kode TPS"].tolist() + [str(row[0]) for row in sheet[1:]]
    assert sorted(codes) == world.sites["tps_code"].tolist()
    assert sheet[0] == list(files.SITE_COLUMNS.values()) == list(listed.columns)


def test_workbook_codes_are_text(raw: tuple[Path, Survey]) -> None:
    rows = read_sheet(raw[0] / "sites" / "tps_cilegon.xlsx")[1:]
    assert rows
    assert all(isinstance(row[0], str) and row[0].startswith("3672") for row in rows)


def test_some_sites_are_listed_without_coordinates(raw: tuple[Path, Survey]) -> None:
    listed = pd.read_csv(raw[0] / "sites" / "tps_banten.csv", dtype=str)
    assert 0 < listed["Lintang"].isna().sum() < 20
    assert (listed["Lintang"].isna() == listed["Bujur"].isna()).all()


def test_buildings_are_named_in_indonesian(raw: tuple[Path, Survey]) -> None:
    listed = pd.read_csv(raw[0] / "sites" / "tps_banten.csv", dtype=str)
    assert set(listed["Bangunan"]) <= set(files.BUILDING_WORDS.values())


@pytest.mark.parametrize(
    ("layer", "columns"),
    [
        ("hazards", {"name", "kind"}),
        ("holds", {"name", "reason", "policy_hold"}),
        ("islands", {"name"}),
        ("villages", {"village_code", "village", "district", "regency"}),
        ("wifi", {"name"}),
    ],
)
def test_layers_are_valid_and_lie_in_banten(
    raw: tuple[Path, Survey], layer: str, columns: set[str]
) -> None:
    found = gpd.read_file(raw[0] / "layers" / f"{layer}.geojson")
    assert columns <= set(found.columns)
    assert found.geometry.is_valid.all()
    assert len(found) > 0
    west, south, east, north = found.total_bounds
    assert west > 105.0
    assert east < 106.8
    assert south > -7.1
    assert north < -5.7


def test_the_hold_covers_sites_of_the_list(world: World, raw: tuple[Path, Survey]) -> None:
    hold = gpd.read_file(raw[0] / "layers" / "holds.geojson")
    points = gpd.points_from_xy(world.sites["longitude_deg"], world.sites["latitude_deg"])
    assert points.within(hold.geometry.iloc[0]).sum() >= 2


def test_layers_are_plain_geojson(raw: tuple[Path, Survey]) -> None:
    layer = json.loads((raw[0] / "layers" / "islands.geojson").read_text())
    assert layer["type"] == "FeatureCollection"
    assert len(layer["features"]) == 3


def test_truth_files_hold_the_worlds_truth(world: World, tmp_path: Path) -> None:
    files.write_truth(world, tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "sites.parquet"), world.site_truth())
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "phones.parquet"), phones_of(world))
    assert len(pd.read_parquet(tmp_path / "cells.parquet")) == len(world.cells())


def test_raw_files_tell_nothing_of_the_truth(raw: tuple[Path, Survey]) -> None:
    assert not list(raw[0].rglob("*truth*"))
    assert not list(raw[0].rglob("*.parquet"))


def test_heights_are_written_north_first(world: World, tmp_path: Path) -> None:
    write_elevation(world, tmp_path / "elevation.asc")
    lines = (tmp_path / "elevation.asc").read_text().splitlines()
    head = dict(line.split() for line in lines[:6])
    grid = np.array([line.split() for line in lines[6:]], dtype=np.int64)
    assert grid.shape == (int(head["nrows"]), int(head["ncols"]))
    row, column = 400, 500
    latitude = float(head["yllcenter"]) + (grid.shape[0] - 1 - row) * float(head["cellsize"])
    longitude = float(head["xllcenter"]) + column * float(head["cellsize"])
    assert grid[row, column] == pytest.approx(world.elevation_m(latitude, longitude), abs=0.51)
    assert (tmp_path / "elevation.prj").read_text().startswith('GEOGCS["WGS 84"')
