"""Where independent tasks run: in threads, in processes of this machine, or on a cluster.

A task takes one item and returns one small result; what is large goes through files. Results come
back as they finish, each with the place of its item, so that nothing depends on the order in which
workers end. Tasks write files whole or not at all and may be run again: a worker that dies costs
time and nothing else.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol, TypeVar

from pipelines.cluster import DaskEngine, LostWorkerError
from pipelines.config import EngineConfig

Item = TypeVar("Item")
Result = TypeVar("Result")


class Engine(Protocol):
    """Runs tasks."""

    @property
    def n_workers(self) -> int:
        """How many tasks run at once."""

    @property
    def memory_mb(self) -> float:
        """What one task may hold in sorted runs before it spills [MB]."""

    def run(
        self, task: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Run a task over items; yields (place of the item, result) as they finish.

        The first exception of a task is raised; tasks that have not started are given up.
        """


@contextmanager
def started(config: EngineConfig, shared: Path) -> Iterator[Engine]:
    """Engine of a run; pools, clusters and connections are made when first used and end with it.

    Parameters
    ----------
    config
        Section ``engine`` of the config.
    shared
        A folder that every worker has to see under the same path.
    """
    engine: PoolEngine | DaskEngine
    engine = DaskEngine(config, shared) if config.kind == "dask" else PoolEngine(config)
    try:
        yield engine
    finally:
        engine.close()


def workers_of(config: EngineConfig) -> int:
    """How many workers run at once on this machine: as configured, or all cores it may use."""
    return config.workers or len(os.sched_getaffinity(0))


class PoolEngine:
    """Workers of this machine: threads for ``local``, fresh processes for ``processes``.

    Threads do, since the heavy work is done in libraries that release the interpreter lock.
    Processes are spawned: forks of a threaded parent hang.
    """

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._pool: Executor | None = None

    @property
    def n_workers(self) -> int:
        """How many tasks run at once."""
        return workers_of(self._config)

    @property
    def memory_mb(self) -> float:
        """Each worker's part of the budget [MB]."""
        return self._config.memory_mb / self.n_workers

    def run(
        self, task: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Run a task over items; one item, or one worker, runs in this very thread."""
        if min(self.n_workers, len(items)) <= 1:
            for place, item in enumerate(items):
                yield place, task(item)
            return
        pool = self._started()
        places = {pool.submit(task, item): place for place, item in enumerate(items)}
        try:
            for future in as_completed(places):
                yield places[future], future.result()
        except BrokenProcessPool as error:
            raise LostWorkerError(
                "A worker process was killed, as happens when memory runs out. Lower "
                "engine.workers or engine.memory_mb and run again; what was finished is kept."
            ) from error
        finally:
            for future in places:
                future.cancel()
            wait(places)

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _started(self) -> Executor:
        """The pool, made when first used."""
        if self._pool is None:
            if self._config.kind == "processes":
                self._pool = ProcessPoolExecutor(self.n_workers, mp_context=get_context("spawn"))
            else:
                self._pool = ThreadPoolExecutor(self.n_workers)
        return self._pool
