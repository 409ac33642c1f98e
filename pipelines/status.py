"""How a survey stands: its last runs, the age of its tables, what is stale and why."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from coverage.errors import InputError
from pipelines import ledger
from pipelines.config import Config
from pipelines.run import look
from pipelines.sentences import Say, as_it_is
from pipelines.stage import STAGES
from pipelines.store import Store

SHOWN_RUNS: Final = 5


@dataclass(frozen=True, kw_only=True)
class StageStatus:
    """One stage.

    Attributes
    ----------
    stage
        Its name.
    finished_at
        When it last finished; empty = never.
    age_hours
        Since then, None = never. [h]
    seconds, peak_memory_mb
        What that took; None = never. [s], [MB]
    why
        Why the next run does it again; empty = it stands.
    tables
        Its tables with their age. [h]
    """

    stage: str
    finished_at: str
    age_hours: float | None
    seconds: float | None
    peak_memory_mb: int | None
    why: tuple[str, ...]
    tables: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Status:
    """A survey as ``blankspot status`` shows it.

    Attributes
    ----------
    survey
        Its name.
    holder
        Who runs it at this moment; empty = nobody.
    n_runs
        Runs in the ledger. [count]
    runs
        The last of them, newest first.
    stages
        Every stage, in order.
    problem
        Why it cannot be said what is stale; empty = it can.
    unreadable
        Inputs that were left out, a line each.
    """

    survey: str
    holder: str
    n_runs: int
    runs: tuple[Mapping[str, Any], ...]
    stages: tuple[StageStatus, ...]
    problem: str
    unreadable: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether a run would have nothing to do."""
        return not self.problem and not any(stage.why for stage in self.stages)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "is_current": self.is_current}

    def lines(self, say: Say = as_it_is) -> Iterator[str]:
        """For people; ``say`` tells English sentences in their language."""
        yield say(f"survey {self.survey}: {f'in use by {self.holder}' if self.holder else 'idle'}")
        for stage in self.stages:
            yield _stage_line(stage, say)
        if self.problem:
            yield say(f"cannot be judged: {self.problem}")
        yield from (say(f"left out, {line}") for line in self.unreadable)
        n_runs = f"{self.n_runs} runs on record"
        yield say(f"{n_runs}, the last of them:" if self.runs else n_runs)
        for run in self.runs:
            yield _run_line(run, say)


def status(config: Config) -> Status:
    """Look at a survey without changing a table of it."""
    store = Store(config.processed)
    holder = store.holder()
    records = store.manifest().get("stages", {})
    why, problem = _why(config, store) if not holder else ({}, "it is being run")
    entries = ledger.runs(store)
    return Status(
        survey=config.survey.name,
        holder=holder,
        n_runs=len(entries),
        runs=tuple(reversed(entries[-SHOWN_RUNS:])),
        stages=tuple(
            _stage(store, name, records.get(name, {}), why.get(name, ())) for name in STAGES
        ),
        problem=problem,
        unreadable=tuple(records.get("ingest", {}).get("details", {}).get("unreadable", ())),
    )


def _why(config: Config, store: Store) -> tuple[dict[str, tuple[str, ...]], str]:
    """Why each stage would work again, or what stands in the way of saying so."""
    if not store.manifest_path.is_file():
        return dict.fromkeys(STAGES, ("it has not finished yet",)), ""
    try:
        outcomes = look(config)
    except (InputError, OSError) as error:
        return {}, str(error)
    why = {outcome.stage: outcome.why for outcome in outcomes}
    stale = next((outcome.stage for outcome in outcomes if outcome.why), "")
    return {name: why.get(name, (f"waits for {stale}",)) for name in STAGES}, ""


def _stage(store: Store, name: str, record: Mapping[str, Any], why: tuple[str, ...]) -> StageStatus:
    """One stage from its record."""
    finished = record.get("finished_at", "")
    age = None
    if finished:
        age = round(
            (datetime.now(UTC) - datetime.fromisoformat(finished)).total_seconds() / 3600, 2
        )
    return StageStatus(
        stage=name,
        finished_at=finished,
        age_hours=age,
        seconds=record.get("seconds"),
        peak_memory_mb=record.get("peak_memory_mb"),
        why=why,
        tables=_ages(store, record.get("outputs", {})),
    )


def _ages(store: Store, outputs: Mapping[str, int]) -> dict[str, float]:
    """Age of each table that a stage wrote, of one in parts that of the newest part [h]."""
    ages: dict[str, float] = {}
    now = datetime.now(UTC).timestamp()
    for name in outputs:
        path = store.root / name
        if path.suffix == ".parquet" and path.is_file():
            table = name.split("/")[0].removesuffix(".parquet")
            age = round((now - path.stat().st_mtime) / 3600, 2)
            ages[table] = min(age, ages.get(table, age))
    return dict(sorted(ages.items()))


def _stage_line(stage: StageStatus, say: Say) -> str:
    """One stage for people."""
    when = say("never made" if stage.age_hours is None else f"{_age(stage.age_hours)} old")
    why = "; ".join(say(reason) for reason in stage.why)
    state = say(f"stale: {why}" if why else "stands")
    tables = ", ".join(stage.tables)
    return f"{stage.stage:<9}  {when:<11}  {state}" + (f"  ({tables})" if tables else "")


def _run_line(run: Mapping[str, Any], say: Say) -> str:
    """One run for people."""
    code = run.get("exit_code")
    if code is None:
        return f"  {run['run']}: {say('cut off, left its lock')}"
    worked = [name for name, did in run["stages"].items() if did]
    did = ", ".join(worked) if worked else say("nothing to do")
    told = f"  {say(run['error'])}" if run["error"] else ""
    end = say(f"exit {code}")
    return f"  {run['started_at']}  {end}  {run['seconds']:.1f} s  {did}{told}"


def _age(hours: float) -> str:
    """An age in the unit that fits it."""
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.0f} d"
