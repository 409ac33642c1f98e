"""Runs that are killed, and two runs at once: what is there stays whole, what follows is the same.

The random moments are drawn from a fixed seed; where the process is at each of them depends on the
machine, so every round is another trial.
"""

import gc
import os
import random
import resource
import shutil
import signal
import subprocess
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from coverage import tables
from coverage.errors import InputError
from pipelines import ingest as ingest_stage
from pipelines.config import load_config
from pipelines.run import run
from pipelines.store import Store, read_json, write_json

Hashes = Callable[[Path], dict[str, str]]
Start = Callable[[Sequence[str | Path]], "subprocess.Popen[str]"]
LONGEST_S = 8.0
"""Kills fall evenly into this time from the start; a run that ends sooner is no trial. [s]"""


def kill_after(start: Start, folder: Path, seconds: float) -> bool:
    """Run a survey and kill it; returns whether it was still running."""
    process = start(["run", folder / "survey.toml", "--json"])
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def read_everything(folder: Path) -> None:
    """Read every table and every record that is not marked as unfinished."""
    store = Store(folder / "processed")
    for path in store.root.rglob("[!.]*.parquet"):
        name, _, part = path.relative_to(store.root).with_suffix("").as_posix().partition("/")
        store.read(name, part or None) if name in tables.TABLES else pq.read_table(path)
    for path in store.root.rglob("[!.]*.json"):
        read_json(path)


def survive(start: Start, folder: Path, n_kills: int, seed: int) -> int:
    """Kill runs at random moments; returns how many were killed in the middle."""
    moments = random.Random(seed)
    n_killed = 0
    for _ in range(n_kills):
        n_killed += kill_after(start, folder, moments.uniform(0.05, LONGEST_S))
        read_everything(folder)
    return n_killed


@pytest.fixture(scope="module")
def resumed(
    unread: Path,
    tmp_path_factory: pytest.TempPathFactory,
    started: Start,
    with_few_papers: Callable[[], AbstractContextManager[None]],
) -> Path:
    """A survey whose runs were killed early, later and late, then run to its end."""
    folder = tmp_path_factory.mktemp("resumed") / "survey"
    shutil.copytree(unread, folder)
    for seconds in (0.1, 0.6, 2.0):
        kill_after(started, folder, seconds)
        read_everything(folder)
    with with_few_papers():
        run(load_config(folder / "survey.toml"))
    return folder


def test_after_killed_runs_the_next_one_ends_as_an_undisturbed_one(
    resumed: Path, finished: Path, tables_of: Hashes
) -> None:
    assert tables_of(resumed) == tables_of(finished)


def test_nothing_unfinished_remains_of_killed_runs(resumed: Path) -> None:
    assert [path.name for path in resumed.rglob(".*")] == [".lock"]


@pytest.mark.long
def test_fifty_killed_runs(fresh: Path, finished: Path, started: Start, tables_of: Hashes) -> None:
    """After each five everything is deleted, so that kills fall into every stage."""
    n_killed = 0
    for seed in range(40):
        n_killed += survive(started, fresh, 5, seed)
        run(load_config(fresh / "survey.toml"))
        assert tables_of(fresh) == tables_of(finished)
        shutil.rmtree(fresh / "processed")
        if n_killed >= 50:
            return
    pytest.fail(f"only {n_killed} runs were killed in the middle")


def test_logs_read_under_other_settings_and_killed_are_read_again(
    survey: Path, monkeypatch: pytest.MonkeyPatch, tables_of: Hashes
) -> None:
    """Other settings, killed before the record of a log that has rows; then the old settings."""
    before = tables_of(survey)
    config = survey / "survey.toml"
    first = config.read_text()
    config.write_text(first + "\n[quality]\nroute_m = 200.0\n")

    def power_cut(path: Path, record: dict[str, Any]) -> None:
        if record["taken"]:
            raise KeyboardInterrupt
        write_json(path, record)

    with monkeypatch.context() as patch:
        patch.setattr(ingest_stage, "write_json", power_cut)
        with pytest.raises(KeyboardInterrupt):
            run(load_config(config))
    assert tables_of(survey) != before
    config.write_text(first)
    run(load_config(config))
    assert tables_of(survey) == before


def test_a_failed_run_keeps_what_was_delivered(survey: Path, tables_of: Hashes) -> None:
    before = tables_of(survey)
    (survey / "raw" / "readings" / "broken.zip").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(InputError, match=r"broken\.zip"):
        run(load_config(survey / "survey.toml"))
    assert tables_of(survey) == before


def test_after_a_failed_run_only_what_is_missing_is_done(survey: Path) -> None:
    broken = survey / "raw" / "readings" / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(InputError, match=r"broken\.zip"):
        run(load_config(survey / "survey.toml"))
    broken.unlink()
    outcomes = run(load_config(survey / "survey.toml"))
    assert [outcome.stage for outcome in outcomes if outcome.did_work] == ["ingest"]


def test_a_second_run_at_once_is_refused_with_the_holder(survey: Path, started: Start) -> None:
    with Store(survey / "processed").lock():
        process = started(["run", survey / "survey.toml"])
        _, error = process.communicate()
    assert process.returncode == 4
    assert error.count("\n") == 1
    assert f"survey is in use by process {os.getpid()} since 2" in error


@contextmanager
def limited(n_bytes: int) -> Iterator[None]:
    """Let no file of this process grow further, which is how a full disk looks to a program."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("stage", "lost", "n_bytes"),
    [
        ("ingest", "readings/*", 4096),
        ("aggregate", "cells.parquet", 4096),
        ("predict", "cell_signal.parquet", 4096),
        ("rank", "site_ranking.parquet", 4096),
        ("deliver", "deliverables/*.xlsx", 30_000),
        ("deliver", "deliverables/*.gpkg", 300_000),
        ("deliver", "deliverables/map.html", 3_000_000),
    ],
)
def test_a_full_disk_ends_in_one_line_and_no_half_file(
    survey: Path, command: Callable[..., tuple[int, str, str]], stage: str, lost: str, n_bytes: int
) -> None:
    for path in (survey / "processed").glob(lost):
        path.unlink()
    before = {path for path in survey.rglob("*") if path.is_file()}
    with limited(n_bytes), warnings.catch_warnings():
        code, _, err = command(stage, survey / "survey.toml")
        warnings.simplefilter("ignore", ResourceWarning)  # the workbook's writer leaves a file open
        gc.collect()
    told = [line for line in err.splitlines() if not line.startswith(f"{stage}: ")]
    assert (code, len(told)) == (5, 1), err
    assert told[0].startswith(f"{survey / 'processed'}/")
    assert {path for path in survey.rglob("*") if path.is_file()} <= before
    read_everything(survey)
