"""A tiny survey, run once, and the command line as a user meets it.

Model and card are small: how good they are is tested in their own room, here they have to be made.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from coverage.signal.card import CardParams
from coverage.signal.censored import BoostingParams
from coverage.signal.model_params import DEFAULT_CANDIDATES, Candidate, ModelParams
from coverage.synthetic import WorldParams, build_world
from coverage.synthetic_files import write_raw, write_truth
from pipelines import cli, deliver, settings
from pipelines.config import Config, load_config
from pipelines.run import run
from pipelines.stage import Progress, Work
from pipelines.store import Store, content_hash, write_bytes

DEVICE_KEY = "a key of the tests, nobody's secret"
WORLD = WorldParams(
    n_sites=100, n_drive_rows=1600, n_drive_days=2, n_crowd_rows=500, n_phones=4, n_csv_rows=100
)
CONFIG = """
[survey]
name = "tiny"
election_date = 2024-02-14

[paths]
raw = "raw"
processed = "processed"

[inputs]
villages = "layers/villages.geojson"
hazards = ["layers/hazards.geojson"]
holds = ["layers/holds.geojson"]
islands = ["layers/islands.geojson"]
wifi_points = ["layers/wifi.geojson"]

[[inputs.overrides]]
files = "readings/drive/gnettrack_csv/*"
plmn = "510-10"

[grid]
around_m = 300.0

[engine]
workers = 1
"""
COMMAND = """
import runpy, sys
runpy.run_path(sys.argv.pop(1))["make_tiny"](setattr)
print("ready", flush=True)
from pipelines.cli import main
main()
"""


PHONE = "356938035643809"
"""An IMEI, as apps put it into the names of their logs and people into their rows."""


def make_tiny(patch: Callable[[ModuleType, str, object], None]) -> None:
    """Fit a small model and judge it with few folds and draws."""
    card = CardParams(n_folds=2, n_random_folds=2, n_draws=20, n_trees=0, is_choice_nested=False)
    trees = Candidate(name="few trees", boosting=BoostingParams(depth=2, rounds=20, min_leaf=20.0))
    chains = (DEFAULT_CANDIDATES[1], trees)
    full = settings.model_params

    def model_params(config: Config) -> ModelParams:
        return replace(full(config), n_folds=2, candidates=chains)

    patch(settings, "card_params", lambda config: card)
    patch(settings, "model_params", model_params)


@contextmanager
def few_papers() -> Iterator[None]:
    """Let `deliver` write one file, where a test is about the stages and not about the papers.

    It is the one by which the stage proves that every TPS is delivered.
    """

    def work(_config: Config, store: Store, _progress: Progress) -> Work:
        path = store.root / deliver.FOLDER / "sites.geoparquet"
        write_bytes(path, store.path("site_ranking").read_bytes())
        return Work(outputs=(path,), rows_in={"site_ranking": 1}, rows_out={"files": 1})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliver, "_work", work)
        yield


class Answer(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True, scope="session")
def _tiny_model() -> Iterator[None]:
    """Use the key of the tests and a small model."""
    with pytest.MonkeyPatch.context() as patch:
        make_tiny(patch.setattr)
        patch.setenv(settings.KEY_VARIABLE, DEVICE_KEY)
        patch.delenv("BLANKSPOT_DEBUG", raising=False)
        patch.setenv("BLANKSPOT_LANG", "en")
        yield


@pytest.fixture(scope="session")
def with_few_papers() -> Callable[[], AbstractContextManager[None]]:
    """Context in which the papers are not made: they take half of a run."""
    return few_papers


@pytest.fixture(scope="session")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey's folder with its raw files and config, never run; not to be changed.

    One log has the number of its phone in its name and, with another, in a bad row.
    """
    folder = tmp_path_factory.mktemp("unread")
    world = build_world(WORLD)
    write_raw(world, folder / "raw")
    write_truth(world, folder / "raw" / "truth")
    log = min((folder / "raw" / "readings" / "crowd").rglob("*.csv"))
    named = log.rename(log.with_name(f"{PHONE}_export.csv"))
    with named.open("a") as stream:
        stream.write(f"510,10,1,2,0,0,-90,imei {PHONE} of +6281234567890,5\n")
    (folder / "survey.toml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="session")
def finished(unread: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same survey after one run; not to be changed."""
    folder = tmp_path_factory.mktemp("finished") / "survey"
    shutil.copytree(unread, folder)
    run(load_config(folder / "survey.toml"))
    return folder


@pytest.fixture
def fresh(unread: Path, tmp_path: Path) -> Path:
    """A survey's folder that has never been run, of one's own."""
    return Path(shutil.copytree(unread, tmp_path / "survey"))


@pytest.fixture
def survey(finished: Path, tmp_path: Path) -> Path:
    """A survey's folder after one run, of one's own."""
    return Path(shutil.copytree(finished, tmp_path / "survey"))


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """The command ``blankspot`` in this process."""

    def call(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["blankspot", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Answer(int(ended.value.code or 0), *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def started() -> Callable[..., "subprocess.Popen[str]"]:
    """The command ``blankspot`` in a process of its own, its imports done."""

    def start(arguments: Sequence[str | Path], n_threads: int = 1) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, __file__, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(n_threads)},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    return start


@pytest.fixture(scope="session")
def tables_of() -> Callable[[Path], dict[str, str]]:
    """Content hash of every table of a survey, by its path below the processed folder."""

    def hashes(folder: Path) -> dict[str, str]:
        root = folder / "processed"
        return {
            path.relative_to(root).as_posix(): content_hash(path)
            for path in sorted(root.rglob("*.parquet"))
        }

    return hashes


@pytest.fixture(scope="session")
def times_of() -> Callable[[Path], dict[str, int]]:
    """Modification time of every file of a survey but its lock and ledger of runs [ns]."""

    def times(folder: Path) -> dict[str, int]:
        return {
            path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in {".lock", "runs.jsonl"}
        }

    return times
