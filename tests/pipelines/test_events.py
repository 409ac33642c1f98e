"""The JSON log: a line an event, nobody's number in it, never the key."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from pipelines import events
from pipelines.config import load_config
from pipelines.events import event_log, with_progress, without_persons
from pipelines.run import run
from pipelines.settings import KEY_VARIABLE
from pipelines.stage import STAGES
from pipelines.store import Store

Command = Callable[..., tuple[int, str, str]]
Papers = Callable[[], AbstractContextManager[None]]
PHONE = "356938035643809"


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def log(finished: Path, tmp_path_factory: pytest.TempPathFactory, with_few_papers: Papers) -> Path:
    """The log of a run that has to do all stages and of one that finds nothing to do.

    The papers beside it are those of the survey it was copied from.
    """
    folder = Path(shutil.copytree(finished, tmp_path_factory.mktemp("logged") / "survey"))
    (folder / "processed" / "manifest.json").unlink()
    path = folder / "log" / "events.jsonl"
    with with_few_papers():
        run(load_config(folder / "survey.toml"), log=path)
    run(load_config(folder / "survey.toml"), log=path)
    return path


def test_a_run_begins_ends_and_tells_of_every_stage(log: Path) -> None:
    told = [(e["event"], e.get("stage")) for e in lines_of(log) if e["event"] != "stage_progress"]
    first = [
        ("run_started", None), *(("stage_finished", stage) for stage in STAGES[:2]),
        ("gates_passed", None), *(("stage_finished", stage) for stage in STAGES[2:]),
        ("run_finished", None),
    ]  # fmt: skip
    assert told == first * 2


def test_a_stage_that_worked_says_why_what_and_how_long(log: Path) -> None:
    first = next(event for event in lines_of(log) if event["event"] == "stage_finished")
    assert first["why"] == ["it has not finished yet"]
    assert (
        first["rows_in"]["rows"] == sum(first["rejected"].values()) + first["rows_out"]["readings"]
    )
    assert first["seconds"] > 0
    assert first["peak_memory_mb"] > 0


def test_runs_in_one_file_can_be_told_apart(log: Path) -> None:
    names = {event["run"] for event in lines_of(log)}
    starts = [event for event in lines_of(log) if event["event"] == "run_started"]
    assert len(starts) == 2
    assert 1 <= len(names) <= 2  # two runs of one process within a second share a name


def test_others_may_not_read_the_log(log: Path) -> None:
    assert stat.S_IMODE(log.stat().st_mode) & 0o007 == 0


def test_neither_key_nor_phone_is_in_log_or_processed_files(log: Path) -> None:
    key = os.environ[KEY_VARIABLE].encode()
    processed = log.parents[1] / "processed"
    files = [log, *(path for path in processed.rglob("*") if path.is_file())]
    assert len(files) > 50
    for path in files:
        content = path.read_bytes()
        for secret in (key, key.hex().encode(), PHONE.encode()):
            assert secret not in content, path


def test_a_failed_run_says_of_what_and_its_exit_code(
    fresh: Path, tmp_path: Path, command: Command
) -> None:
    (fresh / "raw" / "readings" / f"{PHONE}.zip").write_bytes(b"PK\x03\x04 and nothing more")
    path = tmp_path / "events.jsonl"
    assert command("ingest", fresh / "survey.toml", "--log-json", path)[0] == 2
    last = lines_of(path)[-1]
    assert (last["event"], last["exit_code"], last["kind"]) == ("run_failed", 2, "InputError")
    assert last["error"].startswith("readings/[id].zip: ")


def test_a_survey_in_use_is_in_the_log_of_who_was_refused(
    survey: Path, tmp_path: Path, command: Command
) -> None:
    path = tmp_path / "events.jsonl"
    with Store(survey / "processed").lock():
        assert command("run", survey / "survey.toml", "--log-json", path)[0] == 4
    assert lines_of(path)[-1]["exit_code"] == 4


def test_a_log_that_cannot_be_written_is_one_line_and_exit_code_5(
    survey: Path, command: Command
) -> None:
    code, _, err = command("run", survey / "survey.toml", "--log-json", survey / "raw")
    assert (code, err.count("\n")) == (5, 1)


def test_no_log_is_written_unasked(tmp_path: Path) -> None:
    with event_log(None, "a") as emit:
        emit("run_started", {})
    assert list(tmp_path.iterdir()) == []


def test_signs_of_life_are_far_between(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    moments = iter([100.0, 101.0, 100.0 + events.PROGRESS_SECONDS])
    monkeypatch.setattr(events.time, "monotonic", lambda: next(moments))
    report = with_progress(lambda event, _: told.append(event), "ingest", lambda *_: None)
    for _ in range(3):
        report("reading", 0.5)
    assert told == ["stage_progress"] * 2


def test_numbers_of_people_go_whatever_they_stand_in() -> None:
    given = {f"{PHONE}.csv": [f"imei {PHONE}", 3, None, ("a@b.id",)]}
    assert without_persons(given) == {"[id].csv": ["imei [id]", 3, None, ["[mail]"]]}
