"""What is done with the ranked list: tables that fit it, files that open, inputs that count."""

import csv
import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from coverage import tables
from coverage.errors import InputError
from pipelines.config import load_config
from pipelines.run import run
from pipelines.store import Store, read_json

TABLES = (
    "allocation", "kit_standby", "survey_plan", "relocation", "relocation_range",
    "delivery_rounds", "ranking_sensitivity",
)  # fmt: skip


def stored(folder: Path, name: str) -> pd.DataFrame:
    return tables.to_pandas(Store(folder / "processed").read(name))


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / "processed" / "plan" / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", TABLES)
def test_every_tps_of_a_plan_is_in_the_ranking(finished: Path, name: str) -> None:
    ranked = set(stored(finished, "site_ranking")["tps_code"])
    assert set(stored(finished, name)["tps_code"]) <= ranked


def test_islands_have_rounds(finished: Path) -> None:
    ranking = stored(finished, "site_ranking")
    on_island = ranking.loc[ranking["island"].notna(), "tps_code"]
    assert sorted(stored(finished, "delivery_rounds")["tps_code"]) == sorted(on_island)


def test_no_kit_goes_to_a_hold_or_a_site_not_known(finished: Path) -> None:
    ranking = stored(finished, "site_ranking").set_index("tps_code")["remedy"]
    given = stored(finished, "allocation").dropna(subset=["kit"])
    assert not set(ranking.loc[given["tps_code"]]) & {"EXCLUDED_ADAT", "SURVEY_FIRST", "OK"}


def test_what_waits_is_no_decision(finished: Path) -> None:
    ranking = stored(finished, "site_ranking").set_index("tps_code")
    waits, given = stored(finished, "kit_standby"), stored(finished, "allocation")
    held = waits[waits["standby"] == "survey_confirms"]
    assert set(ranking.loc[held["tps_code"], "remedy"]) <= {"SURVEY_FIRST"}
    assert not set(held["tps_code"]) & set(given["tps_code"])
    assert not ranking.loc[waits["tps_code"], "reasons"].str.contains("R_HOLD").any()


def test_the_list_of_what_waits_says_so_in_the_language_of_the_survey(finished: Path) -> None:
    rows = rows_of(finished, "kit_standby.csv")
    assert len(rows) == len(stored(finished, "kit_standby"))
    assert all(row["reasons"].startswith("Belum diputuskan") for row in rows)


def test_routes_open_and_hold_every_stop(finished: Path) -> None:
    folder = finished / "processed" / "plan"
    n_stops = len(stored(finished, "survey_plan"))
    gpx, kml = (ET.parse(folder / f"survey_plan.{kind}").getroot() for kind in ("gpx", "kml"))
    assert len(gpx.findall(".//{*}rtept")) == n_stops
    assert len(kml.findall(".//{*}Point")) == n_stops
    assert len(rows_of(finished, "survey_plan.csv")) == n_stops


def test_lists_name_the_tps_and_keep_its_code(finished: Path) -> None:
    (row, *_) = rows_of(finished, "survey_plan.csv")
    assert len(row["tps_code"]) == 13
    assert row["village"]
    first = stored(finished, "survey_plan").iloc[0]
    assert float(row["longitude_deg"]) == pytest.approx(first["longitude_deg"], abs=1e-6)
    assert int(row["h3_cell"], 16) in set(stored(finished, "survey_plan")["h3_cell"])


def test_the_record_says_how_good_the_allocation_is(finished: Path) -> None:
    stage = read_json(finished / "processed" / "manifest.json")["stages"]["plan"]
    told = stage["details"]["allocation"]
    assert told["voters_freed"] >= told["voters_freed_by_list"] - 1e-6
    assert 0 <= told["gap"] <= 0.001
    assert {"shadow_voters", "cost"} <= set(told)


def test_a_moved_tps_is_ranked_again_without_a_new_fit(survey: Path) -> None:
    listed = min((survey / "raw" / "sites").glob("*.csv"))
    header, first, *_ = listed.read_text().splitlines()
    fields = dict(zip(header.split(","), first.split(","), strict=True))
    before = stored(survey, "sites").set_index("tps_code").loc[fields["Kode TPS"]]
    fields["Lintang"] = f"{before['latitude_deg'] + 0.002:.6f}"
    text = ",".join(fields) + ",Berlaku mulai\n" + ",".join(fields.values()) + ",2024-02-01\n"
    listed.with_name("moved.csv").write_text(text)
    outcomes = {o.stage: o for o in run(load_config(survey / "survey.toml"))}
    after = stored(survey, "sites").set_index("tps_code").loc[fields["Kode TPS"]]
    assert after["latitude_deg"] == pytest.approx(before["latitude_deg"] + 0.002, abs=1e-5)
    assert outcomes["predict"].record["rejected"]["superseded"] == 1
    assert any("fitted model" in note for note in outcomes["predict"].record["notes"])
    assert not outcomes["aggregate"].did_work


def test_a_device_on_record_is_not_taken_for_a_solution(survey: Path) -> None:
    code = stored(survey, "site_ranking")["tps_code"].iloc[0]
    register = "serial,tps_code,kit,operator,fitted_on\n"
    register += f"B-1,{code},booster,Telkomsel,2024-02-13\n"
    (survey / "raw" / "assets.csv").write_text(register)
    config = survey / "survey.toml"
    config.write_text(config.read_text().replace("[inputs]", '[inputs]\nassets = ["assets.csv"]'))
    run(load_config(config))
    assert stored(survey, "asset_register")["asset_state"].tolist() == ["not_proven"]
    ranking = stored(survey, "site_ranking").set_index("tps_code")
    assert "R_ASSET_NOT_PROVEN" in ranking.loc[code, "reasons"]


def test_a_register_that_is_named_must_be_there(survey: Path) -> None:
    config = survey / "survey.toml"
    config.write_text(config.read_text().replace("[inputs]", '[inputs]\nassets = ["aset.csv"]'))
    with pytest.raises(InputError, match=r"inputs\.assets: nothing matches 'aset\.csv'"):
        run(load_config(config))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("[kits.vsat_leo]\nstock = -1", r"Invalid stock -1\. Must be in"),
        ("[kits.vsat_leo]\nstok = 1", r"Unknown key kits\.vsat_leo\.stok.*Did you mean stock"),
        ("[plan]\nspeed_kmh = 0", r"Invalid speed_kmh 0"),
        ("[relocation]\nmax_m = 0", r"relocation.*Invalid max_m 0"),
    ],
)
def test_settings_of_the_plan_are_checked(survey: Path, lines: str, message: str) -> None:
    config = survey / "survey.toml"
    config.write_text(f"{config.read_text()}\n{lines}\n")
    with pytest.raises(InputError, match=message):
        run(load_config(config), ("plan",))
