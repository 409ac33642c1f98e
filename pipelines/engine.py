"""Where independent tasks run: in this process, in its threads, or in processes of this machine.

A task takes one item and returns one result; results come back as they finish, each with the place
of its item, so that nothing depends on the order in which workers end.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

from pipelines.config import EngineConfig

Item = TypeVar("Item")
Result = TypeVar("Result")


def workers_of(engine: EngineConfig) -> int:
    """How many workers run at once: as configured, or every core this process may use."""
    return engine.workers or len(os.sched_getaffinity(0))


def run_tasks(
    engine: EngineConfig, task: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[tuple[int, Result]]:
    """Run a task over items; yields (place of the item, result) as they finish.

    Threads for ``local`` (the heavy work is done in libraries that release the interpreter lock),
    fresh processes for ``processes``. One item, or one worker, runs in this very thread.
    """
    workers = min(workers_of(engine), len(items))
    if workers <= 1:
        for place, item in enumerate(items):
            yield place, task(item)
        return
    with _executor(engine, workers) as executor:
        places = {executor.submit(task, item): place for place, item in enumerate(items)}
        try:
            for future in as_completed(places):
                yield places[future], future.result()
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _executor(engine: EngineConfig, workers: int) -> Executor:
    """Pool of the configured kind; processes are spawned, since forks of threaded parents hang."""
    if engine.kind == "processes":
        return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    return ThreadPoolExecutor(workers)
