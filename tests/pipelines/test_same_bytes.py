"""The same survey gives the same bytes, whatever the threads, the workers and the engine."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.store import content_hash

Start = Callable[..., "subprocess.Popen[str]"]
Run = Callable[..., dict[str, str]]
ENGINE = "[engine]\nworkers = 1\n"
OF_THE_RUN = {".lock", "inputs.json", "manifest.json", "runs.jsonl"}
"""Files that hold times of the run and sizes of memory: they may differ."""

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def run_anew(unread: Path, tmp_path_factory: pytest.TempPathFactory, started: Start) -> Run:
    """A whole run of the survey from nothing; content hash of every file it left."""

    def whole(engine: str = ENGINE, n_threads: int = 1) -> dict[str, str]:
        folder = Path(shutil.copytree(unread, tmp_path_factory.mktemp("again") / "survey"))
        config = folder / "survey.toml"
        assert ENGINE in config.read_text()
        config.write_text(config.read_text().replace(ENGINE, engine))
        process = started(["run", config, "--json"], n_threads=n_threads)
        _, told = process.communicate(timeout=300)
        assert process.returncode == 0, told
        root = folder / "processed"
        hashes = {
            path.relative_to(root).as_posix(): content_hash(path)
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.name not in OF_THE_RUN
        }
        shutil.rmtree(folder)
        return hashes

    return whole


@pytest.fixture(scope="module")
def plain(run_anew: Run) -> dict[str, str]:
    """What one worker with one thread leaves."""
    hashes = run_anew()
    assert {"site_ranking.parquet", "deliverables/map.html", "model/model.npz"} <= hashes.keys()
    return hashes


def differing(some: dict[str, str], others: dict[str, str]) -> list[str]:
    return sorted(n for n in some.keys() | others.keys() if some.get(n) != others.get(n))


def test_two_runs_leave_the_same_files(run_anew: Run, plain: dict[str, str]) -> None:
    assert differing(plain, run_anew()) == []


def test_threads_change_no_file(run_anew: Run, plain: dict[str, str]) -> None:
    assert differing(plain, run_anew(n_threads=2)) == []


@pytest.mark.parametrize("kind", ["local", "processes", "dask"])
def test_workers_and_engine_change_no_file(run_anew: Run, plain: dict[str, str], kind: str) -> None:
    if kind == "dask":
        pytest.importorskip("distributed", reason="needs the extra dask")
    two = f'[engine]\nkind = "{kind}"\nworkers = 2\nmemory_mb = 200\n'
    assert differing(plain, run_anew(two, n_threads=2)) == []
