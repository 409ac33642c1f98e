"""Tasks on a Dask cluster: one that is running somewhere, or a local one for the time of a run.

Only plain tasks are used, no data frames: what a shuffle would move goes through files in a folder
that all workers see. Dask runs tasks of lost workers again; tasks can be (:mod:`pipelines.engine`).
"""

import logging
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from coverage.errors import BlankspotError, InputError
from coverage.tables import SCHEMA_VERSION

if TYPE_CHECKING:  # a worker imports this module, and need not load every room for it
    from pipelines.config import EngineConfig

Item = TypeVar("Item")
Result = TypeVar("Result")

CONNECT_S: Final = 30
_ENVIRONMENT: Final = "distributed.nanny.pre-spawn-environ"
_PROBE: Final = ".probe.part"
_PACKAGES: Final = ("blankspot", "numpy", "pyarrow", "h3")


class LostWorkerError(BlankspotError):
    """A worker was killed while it did a task: by all odds for the memory that it took."""


class DaskEngine:
    """Workers of a Dask scheduler.

    Parameters
    ----------
    config
        ``scheduler`` is the address; empty = a cluster on this machine with ``workers`` processes.
    shared
        A folder that every worker has to see under the same path.
    """

    def __init__(self, config: "EngineConfig", shared: Path) -> None:
        self._config = config
        self._shared = shared
        self._stack = ExitStack()
        self._client: Any = None

    @property
    def n_workers(self) -> int:
        """How many tasks run at once."""
        if self._config.scheduler:
            return sum(self._connected().nthreads().values())
        return self._config.workers or len(os.sched_getaffinity(0))

    @property
    def memory_mb(self) -> float:
        """The whole budget [MB] for each task of a cluster, a part of it on this machine."""
        shares = 1 if self._config.scheduler else self.n_workers
        return self._config.memory_mb / shares

    def run(
        self, task: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Run a task over items; yields (place of the item, result) as they finish.

        Raises
        ------
        LostWorkerError
            Where a task kills its workers.
        InputError
            Where the cluster cannot be used or the scheduler is lost.
        """
        if not items:
            return
        distributed = _distributed()
        client = self._connected()
        futures = client.map(task, items, pure=False)
        places = {future.key: place for place, future in enumerate(futures)}
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                yield places[future.key], future.result()  # raises, also what as_completed hides
        except distributed.scheduler.KilledWorker as error:
            raise LostWorkerError(
                f"A task lost its worker {error.args[2] + 1} times, as happens when memory runs "
                f"out; the last one was {error.args[1].address}. Give workers more memory or lower "
                "engine.memory_mb, and run again; what was finished is kept."
            ) from error
        except (distributed.CancelledError, distributed.comm.CommClosedError) as error:
            raise InputError(
                f"The Dask scheduler was lost ({type(error).__name__}).",
                remedy="Start it and run again; what was finished is kept.",
            ) from error
        finally:
            client.cancel(futures)

    def close(self) -> None:
        """Leave the cluster, and end it where it was made for this run."""
        self._stack.close()
        self._client = None

    def _connected(self) -> Any:
        """The client, made when first used, its workers known to be of use."""
        if self._client is None:
            distributed = _distributed()
            cluster = self._config.scheduler or self._stack.enter_context(self._local(distributed))
            try:
                client = self._stack.enter_context(
                    distributed.Client(cluster, timeout=CONNECT_S, set_as_default=False)
                )
                client.wait_for_workers(1, timeout=CONNECT_S)
            except (OSError, TimeoutError) as error:
                raise InputError(
                    f"No Dask scheduler with workers answers at {cluster} within {CONNECT_S} s.",
                    remedy="Start it, or mend engine.scheduler.",
                ) from error
            _refuse_unfit(client, self._shared)
            self._client = client
        return self._client

    @contextmanager
    def _local(self, distributed: Any) -> Iterator[Any]:
        """Cluster of single-threaded processes of this machine.

        Memory is bounded by the budget of the tasks; a second limit would kill workers that are
        within it. Dask's allocator setting is left out: with it every large array is fetched from
        the operating system anew, which doubled the time of the stage (``docs/scaling.md``).
        """
        import dask

        environment = dict(dask.config.get(_ENVIRONMENT))
        environment.pop("MALLOC_TRIM_THRESHOLD_", None)
        with (
            dask.config.set({_ENVIRONMENT: environment}),
            distributed.LocalCluster(
                n_workers=self.n_workers,
                threads_per_worker=1,
                memory_limit=0,
                dashboard_address="127.0.0.1:0",
                silence_logs=50,
            ) as cluster,
        ):
            yield cluster


def _distributed() -> Any:
    """The optional package."""
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "engine.kind 'dask' needs the packages dask and distributed.",
            remedy='Install them with `pip install -c constraints.txt -e ".[dask]"`.',
        ) from error
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what goes wrong is raised
    return distributed


def _refuse_unfit(client: Any, shared: Path) -> None:
    """Ask every worker for its versions and whether it sees the folder.

    Equal versions are what makes tables byte-equal wherever a task has run.

    Raises
    ------
    InputError
        Naming the first worker that cannot be used, and why.
    """
    shared.mkdir(parents=True, exist_ok=True)
    probe = shared / _PROBE
    probe.touch()
    try:
        answers = client.run(_describe, probe, on_error="return")
        answers |= _asked_scheduler(client, shared)
    finally:
        probe.unlink(missing_ok=True)
    own = _describe(shared)["versions"]
    for address, answer in sorted(answers.items()):
        if isinstance(answer, BaseException):
            problem = f"does not know this program ({type(answer).__name__}: {answer})"
        elif answer["versions"] != own:
            problem = f"runs {answer['versions']}, this machine {own}"
        elif not answer["sees_folder"]:
            problem = f"does not see {shared}"
        else:
            continue
        raise InputError(
            f"Invalid Dask worker {address}: it {problem}. Must have the same program and see the "
            "same folders under the same paths."
        )


def _asked_scheduler(client: Any, shared: Path) -> dict[str, Any]:
    """What the scheduler says of itself: it takes tasks apart, but never looks into the folder."""
    try:
        answer = client.run_on_scheduler(_describe, shared)
    except (ImportError, AttributeError) as error:
        return {"(the scheduler)": error}
    return {"(the scheduler)": {**answer, "sees_folder": True}}


def _describe(path: Path) -> dict[str, Any]:
    """What a worker says of itself."""
    versions = {name: version(name) for name in _PACKAGES}
    versions |= {"python": platform.python_version(), "tables": str(SCHEMA_VERSION)}
    return {"versions": versions, "sees_folder": path.exists()}
