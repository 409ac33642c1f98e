"""What every stage shares: is it up to date, and the record of what it did."""

import platform
import resource
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from coverage.errors import ContractError, InputError
from coverage.tables import SCHEMA_VERSION
from pipelines.config import Config
from pipelines.store import Store, write_json

STAGES: Final = ("ingest", "aggregate", "predict", "rank", "plan", "deliver")

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share done (0-1, None = not known)."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a stage did.

    Attributes
    ----------
    outputs
        Files written, each kept until the stage runs again.
    rows_in, rows_out
        Rows read and rows written, by table.
    rejected
        Rows not taken, by reason.
    notes
        Sentences worth reading.
    details
        Anything else for the manifest.
    """

    outputs: tuple[Path, ...]
    rows_in: Mapping[str, int] = field(default_factory=dict)
    rows_out: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One stage of one run: whether it had to work, and its record in the manifest."""

    stage: str
    did_work: bool
    record: Mapping[str, Any]


def run_stage(
    config: Config, store: Store, stage: str, fingerprint: str, work: Callable[[], Work]
) -> Outcome:
    """Do a stage's work unless its outputs already stand for the same fingerprint.

    The fingerprint covers everything the outputs depend on: the tables and files read, the
    settings used, the program's version. While a stage works it has no record: what a killed run
    left is never taken for what an earlier fingerprint stood for.
    """
    manifest = store.manifest()
    stages = manifest.get("stages", {})
    before = stages.pop(stage, {})
    stands_on = _fingerprints(stages, _before(stage))
    is_same = before.get("fingerprint") == fingerprint and before.get("stands_on") == stands_on
    if is_same and _stand(store.root, before.get("outputs", {})):
        return Outcome(stage=stage, did_work=False, record=before)
    if before:
        write_json(store.manifest_path, {**manifest, "stages": stages})
    started, cpu = time.perf_counter(), time.process_time()
    done = work()
    record = {
        "fingerprint": fingerprint,
        "stands_on": stands_on,
        "rows_in": dict(done.rows_in),
        "rows_out": dict(done.rows_out),
        "rejected": dict(sorted(done.rejected.items())),
        "notes": list(done.notes),
        "details": dict(done.details),
        "outputs": _sizes(store.root, done.outputs),
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "peak_memory_mb": peak_memory_mb(),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(store.manifest_path, {**_header(config), "stages": {**stages, stage: record}})
    return Outcome(stage=stage, did_work=True, record=record)


def upstream(store: Store, *stages: str) -> dict[str, str]:
    """Fingerprints of the stages whose outputs a stage reads.

    Raises
    ------
    InputError
        Where one of them, or one before it, has to be run first; names the earliest.
    """
    records = store.manifest().get("stages", {})
    last = max(STAGES.index(stage) for stage in stages)
    for stage in STAGES[: last + 1]:
        remedy = f"Run `blankspot {stage}` first, or `blankspot run` for everything."
        if stage not in records:
            raise InputError(f"No finished {stage}.", file=str(store.root), remedy=remedy)
        if records[stage].get("stands_on") != _fingerprints(records, _before(stage)):
            raise InputError(f"The {stage} is out of date.", file=str(store.root), remedy=remedy)
    return _fingerprints(records, stages)


def balance(what: str, rows_in: int, taken: int, rejected: int) -> None:
    """Prove that no row was lost.

    Raises
    ------
    ContractError
        Where rows in differ from rows taken and rejected: a defect of ours, never to be published.
    """
    if rows_in != taken + rejected:
        raise ContractError(
            f"Invalid balance of {what}: {rows_in} rows in, {taken} taken, {rejected} rejected."
        )


def peak_memory_mb() -> int:
    """Largest resident size of this process so far [MB]."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 if platform.system() != "Darwin" else 1024 * 1024))


def program_version() -> str:
    """Version of this program, part of every fingerprint."""
    return f"{version('blankspot')}/{SCHEMA_VERSION}"


def _before(stage: str) -> tuple[str, ...]:
    """The stages before one."""
    return STAGES[: STAGES.index(stage)]


def _fingerprints(records: Mapping[str, Any], stages: Iterable[str]) -> dict[str, str]:
    """Fingerprint of each stage, empty where it has no record."""
    return {stage: records.get(stage, {}).get("fingerprint", "") for stage in stages}


def _header(config: Config) -> dict[str, Any]:
    """What the manifest says of the run as a whole."""
    return {
        "program": "blankspot",
        "version": program_version(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "survey": config.survey.name,
        "config_file": config.file.name,
        "config": config.as_json(),
    }


_PACKAGES: Final = ("numpy", "pandas", "pyarrow", "h3", "scikit-learn", "scipy", "xgboost-cpu")


def _sizes(root: Path, paths: Iterable[Path]) -> dict[str, int]:
    """Size of each output, by its path below the processed folder [bytes]."""
    return {path.relative_to(root).as_posix(): path.stat().st_size for path in sorted(paths)}


def _stand(root: Path, sizes: Mapping[str, int]) -> bool:
    """Whether every recorded output is there, whole."""
    return bool(sizes) and all(
        (root / name).is_file() and (root / name).stat().st_size == size
        for name, size in sizes.items()
    )
