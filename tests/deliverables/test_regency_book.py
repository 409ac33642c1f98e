from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from coverage import tables
from coverage.deliverables.briefing_tables import Regency, regencies
from coverage.deliverables.info import RunInfo, reason_sentence
from coverage.deliverables.regency_book import regency_slugs, regency_xlsx
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.site_change import OLD_COLUMNS

SHEETS = [
    "Kecamatan", "Desa-kelurahan", "Peringkat", "Usulan program", "Hari survei",
    "Putaran pengiriman", "Cadangan (belum diputuskan)", "Perubahan", "Keterangan",
]  # fmt: skip


def with_plan(world: RunTables) -> RunTables:
    """The world with a stop and a round at the first site of Lebak and of Pandeglang."""
    ranking = world.site_ranking
    sites = pd.concat([part.sites.head(1) for part in regencies(ranking)])
    place = sites[["tps_code", "latitude_deg", "longitude_deg"]].reset_index(drop=True)
    way = {"leg_m": 0.0, "route_m": 0.0}
    stops = place.assign(
        survey_day=1, stop=[1, 2], purpose="decide", h3_cell=sites["h3_cell"].to_numpy(),
        n_sites=4, voters_in_doubt=1.0, elapsed_minutes=10.0, **way,
    )  # fmt: skip
    rounds = place.assign(
        round=1, stop=[1, 2], access="boat", area="Pulau Tunda", n_voters=200,
        remedy="OFFLINE_COURIER", kit=None, lead_time_days=3,
        dispatch_by=date(2024, 2, 10), **way,
    )  # fmt: skip
    return replace(world, survey_plan=stops, delivery_rounds=rounds, kit_standby=waiting(sites))


def waiting(sites: pd.DataFrame) -> pd.DataFrame:
    """One site for which a kit is held and one that is next in line."""
    codes = sites["tps_code"].to_numpy()
    rows = pd.DataFrame(
        {
            "standby_order": [1, 2], "tps_code": codes,
            "standby": ["survey_confirms", "next_in_line"], "kit": "OPERATOR_BOOSTER",
            "remedy_operator": "Telkomsel", "host_tps_code": codes, "priority": 9.0,
            "voters_freed": 7.2, "survey_day": pd.array([None, 2], dtype="Int32"),
            "lead_time_days": pd.array([60, 63], dtype="Int32"),
            "latest_order_date": date(2023, 12, 13), "reasons": "R_MODEL_ONLY",
        }
    )  # fmt: skip
    tables.check("kit_standby", tables.to_arrow("kit_standby", rows))
    return rows


def lebak(world: RunTables) -> Regency:
    return regencies(world.site_ranking)[1]


@pytest.fixture(scope="module")
def book(
    world: RunTables, info: RunInfo, tmp_path_factory: pytest.TempPathFactory
) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("book") / "r.xlsx"
    regency_xlsx(with_plan(world), lebak(world), info, path)
    return openpyxl.load_workbook(path)


def test_two_of_one_name_go_by_their_codes() -> None:
    sites = pd.DataFrame(
        {"tps_code": ["3602012013001", "3604012013001", "3605012013001"],
         "regency": ["Serang", "serang", None]}
    )  # fmt: skip
    parts = [
        Regency(code=code[:4], name=name if isinstance(name, str) else "", sites=sites)
        for code, name in zip(sites["tps_code"], sites["regency"], strict=True)
    ]
    assert regency_slugs(parts) == ["3602", "3604", "3605"]
    assert regency_slugs(parts[:1]) == ["serang"]


def test_the_book_has_its_sheets(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == SHEETS


def test_only_its_own_sites_stand_in_it(book: openpyxl.Workbook, world: RunTables) -> None:
    codes = [row[1] for row in book["Peringkat"].iter_rows(min_row=4, values_only=True)]
    assert codes == lebak(world).sites["tps_code"].tolist()


@pytest.mark.parametrize(
    "sheet", ["Hari survei", "Putaran pengiriman", "Cadangan (belum diputuskan)"]
)
def test_only_its_own_stops_stand_in_it(book: openpyxl.Workbook, sheet: str) -> None:
    assert book[sheet].max_row == 4


def test_dates_are_dates(book: openpyxl.Workbook) -> None:
    cells = [cell for row in book["Putaran pengiriman"].iter_rows(min_row=4) for cell in row]
    assert datetime(2024, 2, 10) in [cell.value for cell in cells if cell.is_date]


def test_what_waits_is_told_in_words_and_as_no_decision(
    book: openpyxl.Workbook, info: RunInfo
) -> None:
    rows = list(book["Cadangan (belum diputuskan)"].iter_rows(values_only=True))
    assert str(rows[1][0]).startswith("Belum keputusan.")
    shown = dict(zip(rows[2], rows[3], strict=True))
    assert shown["Menunggu"] == "penguat yang tidak menemukan donor di TPS lain"
    assert shown["Alasan"] == reason_sentence(info, "R_MODEL_ONLY", "id")
    assert shown["Pesan paling lambat"] == datetime(2023, 12, 13)


def test_without_plan_the_sheets_are_there_and_empty(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    regency_xlsx(world, lebak(world), info, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames == SHEETS
    assert book["Hari survei"].max_row == 3
    assert book["Cadangan (belum diputuskan)"].max_row == 3


@pytest.mark.parametrize("name", ["=1+1", "<b>&", "x" * 300, "Desa \U0001f3dd"])
def test_no_name_breaks_the_book(
    world: RunTables, info: RunInfo, tmp_path: Path, name: str
) -> None:
    ranking = world.site_ranking.assign(village=name, regency=name, tps_name=name)
    named = replace(with_plan(world), site_ranking=ranking)
    regency_xlsx(named, regencies(ranking)[0], info, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {
        "s", "n", "d"
    }  # fmt: skip


def test_twice_the_same_bytes(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    for name in ("a", "b"):
        regency_xlsx(with_plan(world), lebak(world), info, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_the_earlier_survey_said_otherwise_stands_in_it(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    old = world.site_ranking[list(OLD_COLUMNS)].copy()
    mine = lebak(world).sites["tps_code"].iloc[0]
    old.loc[old["tps_code"] == mine, "remedy"] = "VSAT_LEO"
    seen = replace(world, old_ranking=old)
    regency_xlsx(seen, lebak(world), info, tmp_path / "r.xlsx")
    rows = list(
        openpyxl.load_workbook(tmp_path / "r.xlsx")["Perubahan"].iter_rows(values_only=True)
    )
    assert [row[2] for row in rows[3:]] == [mine]
    assert "Satelit (VSAT atau LEO)" in rows[3]
