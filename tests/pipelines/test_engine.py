import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coverage.errors import InputError
from pipelines.cluster import LostWorkerError
from pipelines.config import Config, EngineConfig, with_engine
from pipelines.engine import Engine, started, workers_of


def square(number: int) -> int:
    return number * number


def refuse_three(number: int) -> int:
    if number == 3:
        raise InputError("Invalid number 3. Must be another.")
    return number


def process_of(_item: int) -> int:
    return os.getpid()


def thread_of(_item: int) -> int:
    time.sleep(0.01)
    return threading.get_ident()


def die_of_two(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.fixture(params=["local", "processes"], scope="module")
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    config = EngineConfig(kind=request.param, workers=2)
    with started(config, tmp_path_factory.mktemp("shared")) as engine:
        yield engine


def test_every_result_comes_with_the_place_of_its_item(engine: Engine) -> None:
    assert sorted(engine.run(square, [3, 1, 2])) == [(0, 9), (1, 1), (2, 4)]


def test_no_items_give_no_results(engine: Engine) -> None:
    assert list(engine.run(square, [])) == []


def test_an_error_of_a_task_comes_out_as_it_was_raised(engine: Engine) -> None:
    with pytest.raises(InputError, match=r"Invalid number 3\. Must be another\."):
        list(engine.run(refuse_three, [1, 2, 3, 4]))


def test_after_an_error_the_engine_can_be_used(engine: Engine) -> None:
    with pytest.raises(InputError, match="number 3"):
        list(engine.run(refuse_three, [3, 4]))
    assert len(list(engine.run(square, [1, 2]))) == 2


def test_threads_of_this_process_do_the_work_of_local(tmp_path: Path) -> None:
    with started(EngineConfig(workers=2), tmp_path) as engine:
        threads = {thread for _, thread in engine.run(thread_of, range(8))}
        processes = {process for _, process in engine.run(process_of, range(8))}
    assert len(threads) == 2
    assert processes == {os.getpid()}


@pytest.mark.parametrize("engine", ["processes"], indirect=True)
def test_other_processes_do_the_work_of_processes(engine: Engine) -> None:
    processes = {process for _, process in engine.run(process_of, range(4))}
    assert os.getpid() not in processes


def test_one_worker_works_in_this_very_thread(tmp_path: Path) -> None:
    with started(EngineConfig(kind="processes", workers=1), tmp_path) as engine:
        assert {process for _, process in engine.run(process_of, [1, 2])} == {os.getpid()}


def test_a_killed_process_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with (
        started(EngineConfig(kind="processes", workers=2), tmp_path) as engine,
        pytest.raises(LostWorkerError, match=r"was killed.*Lower engine\.workers") as caught,
    ):
        list(engine.run(die_of_two, [1, 2, 3]))
    assert "\n" not in str(caught.value)


def test_workers_share_the_memory(tmp_path: Path) -> None:
    with started(EngineConfig(workers=4, memory_mb=1000), tmp_path) as engine:
        assert (engine.n_workers, engine.memory_mb) == (4, 250)


def test_no_number_of_workers_means_every_core() -> None:
    assert workers_of(EngineConfig()) == len(os.sched_getaffinity(0))


def config_with(**engine: object) -> Config:
    return Config.model_validate(
        {
            "file": "survey.toml",
            "survey": {"name": "t", "election_date": "2024-02-14"},
            "paths": {"raw": "raw", "processed": "processed"},
            "engine": engine,
        }
    )


def test_options_of_a_command_replace_the_engine() -> None:
    assert with_engine(config_with(workers=3), "processes", None).engine == EngineConfig(
        kind="processes", workers=3
    )


def test_without_options_the_config_stays() -> None:
    config = config_with(kind="processes")
    assert with_engine(config, None, None) is config


def test_a_scheduler_means_dask() -> None:
    engine = with_engine(config_with(), None, "tcp://host:8786").engine
    assert (engine.kind, engine.scheduler) == ("dask", "tcp://host:8786")


def test_another_engine_forgets_the_scheduler() -> None:
    config = config_with(kind="dask", scheduler="tcp://host:8786")
    assert with_engine(config, "local", None).engine == EngineConfig()


@pytest.mark.parametrize(
    ("kind", "scheduler", "message"),
    [
        ("spark", None, r"Invalid engine\.kind 'spark'"),
        ("dask", "host", r"Invalid engine\.scheduler 'host'"),
        ("local", "tcp://host:8786", r"Invalid engine\.scheduler .*unless engine\.kind is dask"),
    ],
)
def test_an_option_that_names_no_engine_is_refused(
    kind: str, scheduler: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        with_engine(config_with(), kind, scheduler)
