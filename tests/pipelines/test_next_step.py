"""One next step at a time, from an empty folder to the map."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipelines.checks import check_survey
from pipelines.config import Config, load_config
from pipelines.init import NewSurvey, create
from pipelines.next_step import next_step

SURVEY = NewSurvey(province="Banten", election_date=date(2024, 2, 14))
LOG = "readings/drive/ioh/2024-01-08/ioh_log.txt"


def step_of(config: Config) -> str:
    has_error = any(finding.is_error for finding in check_survey(config))
    return next_step(config, has_error).code


def test_an_empty_survey_needs_readings(tmp_path: Path) -> None:
    assert step_of(create(tmp_path / "s", SURVEY)) == "readings"


def test_then_it_needs_a_site_list(tmp_path: Path, unread: Path) -> None:
    config = create(tmp_path / "s", SURVEY)
    shutil.copy(unread / "raw" / LOG, config.local_raw / "readings")
    step = next_step(config, has_error=True)
    assert step.code == "sites"
    assert step.values["template"].endswith("templates/tps.xlsx")


def test_then_it_can_run(tmp_path: Path, unread: Path) -> None:
    config = create(tmp_path / "s", replace(SURVEY, sites=unread / "raw/sites/tps_banten.csv"))
    shutil.copy(unread / "raw" / LOG, config.local_raw / "readings")
    assert step_of(config) == "run"


def test_an_error_is_to_be_mended_before_anything_is_run(fresh: Path) -> None:
    (fresh / "raw" / "readings" / "notes.csv").write_text("who,what\nme,nothing\n")
    assert step_of(load_config(fresh / "survey.toml")) == "mend"


def test_networks_without_a_name_are_asked_for(tmp_path: Path, unread: Path) -> None:
    survey = replace(
        SURVEY, sites=unread / "raw/sites/tps_banten.csv", operators={"510-10": "Telkomsel"}
    )
    config = create(tmp_path / "s", survey)
    shutil.copy(unread / "raw" / LOG, config.local_raw / "readings")
    step = next_step(config, has_error=False)
    assert (step.code, step.values["plmns"]) == ("operators", "510-01")
    assert step.values["table"] == str(tmp_path / "s" / "operators.toml")


def test_after_a_run_there_is_a_map_to_look_at(finished: Path) -> None:
    assert step_of(load_config(finished / "survey.toml")) == "look"
