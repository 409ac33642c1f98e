"""What `blankspot status` says of a survey, and that it changes nothing."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pipelines.config import load_config
from pipelines.run import run
from pipelines.stage import STAGES
from pipelines.status import Status, status
from pipelines.store import Store

Command = Callable[..., tuple[int, str, str]]
Times = Callable[[Path], dict[str, int]]
Start = Callable[[Sequence[str | Path]], "subprocess.Popen[str]"]


def status_of(folder: Path) -> Status:
    return status(load_config(folder / "survey.toml"))


def why_of(folder: Path) -> dict[str, tuple[str, ...]]:
    return {stage.stage: stage.why for stage in status_of(folder).stages if stage.why}


def test_a_finished_survey_stands(finished: Path) -> None:
    found = status_of(finished)
    assert found.is_current
    assert [stage.stage for stage in found.stages] == list(STAGES)
    assert all(stage.age_hours is not None for stage in found.stages)


def test_every_table_has_an_age(finished: Path) -> None:
    ages = {name for stage in status_of(finished).stages for name in stage.tables}
    assert {"readings", "cells", "cell_signal", "site_ranking", "allocation"} <= ages


def test_a_survey_never_run_says_so_and_is_not_begun(fresh: Path) -> None:
    found = status_of(fresh)
    assert {stage.why for stage in found.stages} == {("it has not finished yet",)}
    assert not (fresh / "processed").exists()


def test_a_changed_setting_is_named_and_what_comes_after_waits(survey: Path) -> None:
    config = survey / "survey.toml"
    config.write_text(config.read_text() + "\n[ranking]\np_weak_limit = 0.4\n")
    assert why_of(survey) == {
        "rank": ("settings changed: ranking",),
        "plan": ("waits for rank",),
        "deliver": ("waits for rank",),
    }


def test_new_logs_make_ingest_stale(survey: Path) -> None:
    log = min((survey / "raw" / "readings" / "crowd").rglob("*.csv"))
    lines = log.read_text().splitlines(keepends=True)
    (log.parent / "new.csv").write_text("".join(lines[: len(lines) // 2]))
    assert why_of(survey)["ingest"] == ("inputs changed",)


def test_a_missing_table_is_named(survey: Path) -> None:
    (survey / "processed" / "cells.parquet").unlink()
    assert why_of(survey)["aggregate"] == ("cells.parquet is missing or was changed",)


def test_an_input_that_is_gone_is_told_and_not_taken_for_current(survey: Path) -> None:
    (survey / "raw" / "layers" / "holds.geojson").unlink()
    found = status_of(survey)
    assert "holds.geojson" in found.problem
    assert not found.is_current


def test_what_status_says_is_what_the_next_run_does(survey: Path) -> None:
    (survey / "processed" / "site_ranking.parquet").unlink()
    stale = next(iter(why_of(survey)))
    worked = [each.stage for each in run(load_config(survey / "survey.toml")) if each.did_work]
    assert worked[0] == stale == "rank"


def test_status_changes_nothing_but_the_list_of_known_inputs(survey: Path, times_of: Times) -> None:
    config = survey / "survey.toml"
    config.write_text(config.read_text() + "\n[quality]\nroute_m = 200.0\n")
    before = times_of(survey)
    status_of(survey)
    after = times_of(survey)
    assert {name for name in after if after[name] != before.get(name)} <= {"processed/inputs.json"}
    assert after.keys() == before.keys()


def test_a_running_survey_names_who_runs_it(survey: Path) -> None:
    with Store(survey / "processed").lock():
        found = status_of(survey)
    assert found.holder.startswith(f"process {os.getpid()} since 2")
    assert not found.is_current


def test_runs_are_listed_newest_first_with_their_exit_codes(survey: Path, command: Command) -> None:
    (survey / "raw" / "readings" / "broken.zip").write_bytes(b"PK\x03\x04 and nothing more")
    assert command("run", survey / "survey.toml")[0] == 2
    found = status_of(survey)
    assert [run_["exit_code"] for run_ in found.runs[:2]] == [2, 0]
    assert "broken.zip" in found.runs[0]["error"]


def test_a_run_that_was_killed_is_on_record_after_the_next(
    survey: Path, started: Start, command: Command
) -> None:
    (survey / "processed" / "manifest.json").unlink()
    process = started(["run", survey / "survey.toml", "--json"])
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert command("ingest", survey / "survey.toml")[0] == 0
    cut_off, _ = status_of(survey).runs[1], status_of(survey).runs[0]
    assert cut_off["run"].startswith(f"process {process.pid} since ")
    assert cut_off["exit_code"] is None


def test_for_people_it_is_a_line_a_stage(survey: Path, command: Command) -> None:
    code, out, err = command("status", survey / "survey.toml")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "survey tiny: idle"
    assert [line.split()[0] for line in lines[1:7]] == list(STAGES)
    assert all("stands" in line for line in lines[1:7])
    assert re.fullmatch(r"\d+ runs on record, the last of them:", lines[7])


def test_for_machines_it_is_json(survey: Path, command: Command) -> None:
    code, out, _ = command("status", survey / "survey.toml", "--json")
    assert (code, json.loads(out)["is_current"]) == (0, True)
