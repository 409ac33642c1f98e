"""What every stage shares: is it up to date, and the record of what it did."""

import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from coverage.errors import InputError
from coverage.tables import SCHEMA_VERSION
from pipelines.balances import balances
from pipelines.config import Config
from pipelines.memory import peak_mb, reset_peak
from pipelines.remarks import gathered
from pipelines.store import Store, fingerprint_of, write_json

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
    """One stage of one run: whether it had to work, and its record in the manifest.

    Attributes
    ----------
    stage
        Its name.
    did_work
        Whether it worked.
    record
        What the manifest says of it; empty where it has never finished.
    why
        Why it had to work; empty where its outputs stood.
    """

    stage: str
    did_work: bool
    record: Mapping[str, Any]
    why: tuple[str, ...] = ()


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
    identity = {"fingerprint": fingerprint, "stands_on": stands_on, **_settings(config)}
    why = _reasons(store.root, before, identity)
    if store.is_look or not why:
        return Outcome(stage=stage, did_work=False, record=before, why=why)
    if before:
        write_json(store.manifest_path, {**manifest, "stages": stages})
    reset_peak()
    started, cpu = time.perf_counter(), time.process_time()
    with gathered() as remarks:
        done = work()
    record = {
        **identity,
        "rows_in": dict(done.rows_in),
        "rows_out": dict(done.rows_out),
        "rejected": dict(sorted(done.rejected.items())),
        "balances": [asdict(each) for each in balances(store, stage, done)],
        "notes": [*done.notes, *remarks],
        "details": dict(done.details),
        "outputs": _sizes(store.root, done.outputs),
        "why": list(why),
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "peak_memory_mb": peak_mb(),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(store.manifest_path, {**_header(config), "stages": {**stages, stage: record}})
    return Outcome(stage=stage, did_work=True, record=record, why=why)


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


def _settings(config: Config) -> dict[str, Any]:
    """What a later run says has changed: the program, and a digest of each section."""
    digests = {name: fingerprint_of(values) for name, values in config.as_json().items()}
    return {"version": program_version(), "sections": digests}


def _reasons(root: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a stage has to work; empty where its outputs stand for what they would be made from."""
    if not before:
        return ("it has not finished yet",)
    amiss = _amiss(root, before.get("outputs", {}))
    if amiss:
        return (amiss,)
    redone = [name for name, f in now["stands_on"].items() if before["stands_on"].get(name) != f]
    if redone:
        return (f"{redone[0]} has been done again since",)
    if before["fingerprint"] == now["fingerprint"]:
        return ()
    version, sections = before.get("version"), before.get("sections", {})
    changed = sorted(name for name, d in now["sections"].items() if sections.get(name) != d)
    reasons = []
    if version != now["version"]:
        reasons.append(f"program and schema were {version}, are {now['version']}")
    if changed and sections:
        reasons.append(f"settings changed: {', '.join(changed)}")
    return tuple(reasons) or ("inputs changed",)


def _amiss(root: Path, sizes: Mapping[str, int]) -> str:
    """Say which recorded output is not there as it was written; empty where all are."""
    if not sizes:
        return "it left no outputs"
    for name, size in sizes.items():
        path = root / name
        if not path.is_file() or path.stat().st_size != size:
            return f"{name} is missing or was changed"
    return ""
