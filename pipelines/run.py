"""All stages in their order, each doing only what is out of date; what a run leaves for the log."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from pipelines import ledger
from pipelines.aggregate import aggregate
from pipelines.config import Config
from pipelines.deliver import deliver
from pipelines.engine import Engine, started
from pipelines.events import Emit, event_log, stage_event, with_progress, without_persons
from pipelines.exits import EXIT_DONE, EXIT_PARTIAL, code_of
from pipelines.gates import pass_gates
from pipelines.ingest import ingest
from pipelines.memory import refuse_little_address_space
from pipelines.plan import plan
from pipelines.predict import predict
from pipelines.rank import rank
from pipelines.stage import STAGES, Outcome, Progress, program_version
from pipelines.store import Store

Stage = Callable[[Config, Store, Progress], Outcome]
BEFORE_GATES: Final = ("ingest", "aggregate")
"""Stages that only take in and count; nothing is published from what they write."""
PUBLISHING: Final = "deliver"


def run(
    config: Config,
    stages: Sequence[str] = STAGES,
    progress_of: Callable[[str], Progress] | None = None,
    log: Path | None = None,
) -> list[Outcome]:
    """Run stages one after the other, holding the survey's lock.

    Parameters
    ----------
    config
        The survey.
    stages
        Names out of :data:`pipelines.stage.STAGES`.
    progress_of
        Gives the progress callback of a stage; None = say nothing.
    log
        File that gets a JSON line for each event; None = none.

    Raises
    ------
    InputError
        Where an input cannot be used, or the data do not pass the survey's gates.
    LockedError
        Where another run holds the survey.
    LittleMemoryError
        Where this process may not map what any run maps.
    """
    store = Store(config.processed)
    this = _Run(config=config, stages=tuple(stages))
    with (
        event_log(log, this.name) as emit,
        _told(this, emit),
        store.lock() as cut_off,
        _noted(this, store, emit, cut_off),
        started(config.engine, store.root) as engine,
    ):
        refuse_little_address_space()
        store.clean()
        work = _work(engine)
        for stage in stages:
            _gate(config, store, stages, stage, emit)
            report = progress_of(stage) if progress_of else _silent
            outcome = work[stage](config, store, with_progress(emit, stage, report))
            emit("stage_finished", stage_event(outcome))
            this.outcomes.append(outcome)
        store.clean()  # a worker that was killed leaves its file half-written, the run goes on
    return this.outcomes


def look(config: Config) -> list[Outcome]:
    """What a run would have to do at this moment, and why; nothing is done.

    A stage that cannot be judged, as one before it has to run first, is missing at the end.
    """
    store = Store(config.processed, is_look=True)
    outcomes: list[Outcome] = []
    with started(config.engine, store.root) as engine:
        for work in _work(engine).values():
            outcomes.append(work(config, store, _silent))
            if outcomes[-1].why:
                break
    return outcomes


def is_partial(outcomes: Sequence[Outcome]) -> bool:
    """Whether inputs were left out as they could not be read."""
    return any(outcome.record.get("details", {}).get("unreadable") for outcome in outcomes)


@dataclass(kw_only=True)
class _Run:
    """One run while it lasts."""

    config: Config
    stages: tuple[str, ...]
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Start and process, which no other run of this machine shares."""
        return f"{self.started_at:%Y%m%dT%H%M%S}-{os.getpid()}"

    def entry(self, code: int, error: BaseException | None) -> dict[str, Any]:
        """What the ledger and the last event say of it."""
        now = datetime.now(UTC)
        return {
            "run": self.name,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "finished_at": now.isoformat(timespec="seconds"),
            "seconds": round((now - self.started_at).total_seconds(), 3),
            "version": program_version(),
            "exit_code": code,
            "error": without_persons(str(error).split("\n", 1)[0]) if error else "",
            "stages": {each.stage: each.did_work for each in self.outcomes},
        }


@contextmanager
def _told(this: _Run, emit: Emit) -> Iterator[None]:
    """Say that a run begins and how it ends."""
    emit(
        "run_started",
        {
            "survey": this.config.survey.name,
            "version": program_version(),
            "process": os.getpid(),
            "stages": this.stages,
        },
    )
    try:
        yield
    except BaseException as error:
        with suppress(OSError):  # what went wrong is told, not that it could not be logged
            emit("run_failed", {**this.entry(code_of(error), error), "kind": type(error).__name__})
        raise
    emit("run_finished", this.entry(_code(this), None))


@contextmanager
def _noted(this: _Run, store: Store, emit: Emit, cut_off: str) -> Iterator[None]:
    """Enter a run in the ledger, and the one before it that died, if one did."""
    before = [{"run": cut_off, "exit_code": None, "error": "cut off"}] if cut_off else []
    if cut_off:
        emit("stale_lock", {"holder": cut_off})
    try:
        yield
    except BaseException as error:
        with suppress(OSError):
            ledger.append(store, [*before, this.entry(code_of(error), error)])
        raise
    ledger.append(store, [*before, this.entry(_code(this), None)])


def _code(this: _Run) -> int:
    """Exit code of a run that came to its end."""
    return EXIT_PARTIAL if is_partial(this.outcomes) else EXIT_DONE


def _gate(config: Config, store: Store, stages: Sequence[str], stage: str, emit: Emit) -> None:
    """Pass the gates before the first stage after counting, in a run that publishes."""
    later = [name for name in stages if name not in BEFORE_GATES]
    if PUBLISHING in later and stage == later[0]:
        gates = pass_gates(config, store, datetime.now(UTC).date())
        emit("gates_passed", {"gates": [gate.as_json() for gate in gates]})


def _work(engine: Engine) -> dict[str, Stage]:
    """What each stage does."""
    return {
        "ingest": partial(ingest, engine=engine),
        "aggregate": partial(aggregate, engine=engine),
        "predict": predict,
        "rank": rank,
        "plan": plan,
        "deliver": deliver,
    }


def _silent(_text: str, _share: float | None) -> None:
    """Report nothing."""
