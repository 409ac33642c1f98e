import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from coverage.errors import InputError
from pipelines import cluster
from pipelines.cluster import DaskEngine, LostWorkerError
from pipelines.config import EngineConfig

pytest.importorskip("distributed", reason="needs the extra dask")


def square(number: int) -> int:
    return number * number


def refuse(number: int) -> int:
    raise InputError(f"Invalid number {number}. Must be another.", file="list.csv", row=7)


def die_once(mark: Path) -> str:
    """Die where no one has died before; a task that is run again succeeds."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return mark.name
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def die_always(_number: int) -> None:
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskEngine]:
    engine = DaskEngine(EngineConfig(kind="dask", workers=2), tmp_path_factory.mktemp("shared"))
    yield engine
    engine.close()


def test_every_result_comes_with_the_place_of_its_item(dask: DaskEngine) -> None:
    assert sorted(dask.run(square, [3, 1, 2])) == [(0, 9), (1, 1), (2, 4)]


def test_an_error_of_a_task_comes_out_as_it_was_raised(dask: DaskEngine) -> None:
    with pytest.raises(InputError, match=r"^list\.csv, row 7: Invalid number 4\.") as caught:
        list(dask.run(refuse, [4]))
    assert (caught.value.file, caught.value.row) == ("list.csv", 7)


def test_a_task_whose_worker_is_killed_runs_again(dask: DaskEngine, tmp_path: Path) -> None:
    assert list(dask.run(die_once, [tmp_path / "mark"])) == [(0, "mark")]


def test_nothing_is_started_where_there_is_nothing_to_do(tmp_path: Path) -> None:
    engine = DaskEngine(EngineConfig(kind="dask", scheduler="tcp://192.0.2.1:1"), tmp_path)
    assert list(engine.run(square, [])) == []


def test_a_scheduler_that_does_not_answer_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    engine = DaskEngine(EngineConfig(kind="dask", scheduler="tcp://127.0.0.1:1"), tmp_path)
    with pytest.raises(InputError, match=r"answers at tcp://127\.0\.0\.1:1 within 1 s") as caught:
        list(engine.run(square, [1]))
    engine.close()
    assert "\n" not in str(caught.value)


def test_without_the_package_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent: ModuleType | None = None
    monkeypatch.setitem(sys.modules, "distributed", absent)
    with pytest.raises(InputError, match=r"needs the packages dask.*pip install.*\[dask\]"):
        list(DaskEngine(EngineConfig(kind="dask"), tmp_path).run(square, [1]))


@pytest.mark.long
def test_a_task_that_kills_every_worker_is_one_line(tmp_path: Path) -> None:
    engine = DaskEngine(EngineConfig(kind="dask", workers=1), tmp_path)
    with pytest.raises(LostWorkerError, match=r"lost its worker 4 times.*lower engine\.memory_mb"):
        list(engine.run(die_always, [1]))
    engine.close()


class FakeClient:
    """Workers that answer what a test wants."""

    def __init__(self, answers: dict[str, Any], scheduler: Any) -> None:
        self.answers, self.scheduler = answers, scheduler

    def run(self, _function: object, _path: Path, on_error: str) -> dict[str, Any]:
        assert on_error == "return"
        return dict(self.answers)

    def run_on_scheduler(self, _function: object, _path: Path) -> Any:
        if isinstance(self.scheduler, Exception):
            raise self.scheduler
        return self.scheduler


FIT = cluster._describe(Path("/"))


def refused(answer: Any, folder: Path, scheduler: Any = FIT) -> str:
    with pytest.raises(InputError, match="Invalid Dask worker") as caught:
        cluster._refuse_unfit(
            FakeClient({"tcp://a:1": FIT, "tcp://b:1": answer}, scheduler), folder
        )
    return str(caught.value)


def test_fit_workers_are_accepted_and_the_probe_is_taken_away(tmp_path: Path) -> None:
    cluster._refuse_unfit(FakeClient({"tcp://a:1": FIT}, FIT), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_does_not_see_the_folder_is_refused(tmp_path: Path) -> None:
    assert f"tcp://b:1: it does not see {tmp_path}" in refused(
        {**FIT, "sees_folder": False}, tmp_path
    )


def test_a_worker_with_other_versions_is_refused(tmp_path: Path) -> None:
    other = {**FIT, "versions": {**FIT["versions"], "numpy": "1.0"}}
    assert "'numpy': '1.0'" in refused(other, tmp_path)


def test_a_worker_without_the_program_is_refused(tmp_path: Path) -> None:
    error = ModuleNotFoundError("No module named 'pipelines'")
    assert "tcp://b:1: it does not know this program" in refused(error, tmp_path)


def test_a_scheduler_without_the_program_is_refused(tmp_path: Path) -> None:
    error = ModuleNotFoundError("No module named 'pipelines'")
    assert "(the scheduler): it does not know" in refused(FIT, tmp_path, scheduler=error)


def test_a_cluster_gives_each_task_the_whole_budget_and_this_machine_a_part(
    tmp_path: Path, dask: DaskEngine
) -> None:
    assert (dask.n_workers, dask.memory_mb) == (2, 500)
    remote = DaskEngine(EngineConfig(kind="dask", scheduler="tcp://192.0.2.1:1"), tmp_path)
    assert remote.memory_mb == 1000
