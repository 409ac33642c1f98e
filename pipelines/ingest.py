"""Stage 1: raw files to readings and rejects, one part an input, each read once.

An input is known by its content: a renamed file is not read again, a changed one replaces its rows,
a removed one takes its rows away.
"""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from coverage.errors import InputError
from coverage.readings.params import ReadParams
from coverage.readings.privacy import safe_name
from coverage.readings.read import read_batches
from pipelines import inputs, settings
from pipelines.config import Config
from pipelines.engine import Engine
from pipelines.inputs import InputFile
from pipelines.stage import Outcome, Progress, Work, balance, program_version, run_stage
from pipelines.store import Store, fingerprint_of, read_json, write_json

LIST_PREFIX: Final = "list-"
"""Begins the names of the rejects' parts that belong to lists, not to readings."""


@dataclass(frozen=True, kw_only=True)
class _Task:
    """All that reading one file needs, so that it can be sent to another process."""

    file: InputFile
    params: ReadParams
    store: Store
    fingerprint: str


def ingest(config: Config, store: Store, progress: Progress, engine: Engine) -> Outcome:
    """Read what is new, forget what is gone.

    Raises
    ------
    InputError
        Where there is no input, a file cannot be read (the good ones are kept all the same, so the
        next run is short), or not one reading was taken.
    """
    files = inputs.find(config.raw, config.inputs.readings, store)
    if not files:
        raise InputError(
            "No readings found.", file=str(config.raw),
            remedy=f"Put logs below it, matching {', '.join(config.inputs.readings)}.",
        )  # fmt: skip
    settings_hash = fingerprint_of(settings.ingest_settings(config, store), program_version())
    fingerprint = fingerprint_of(settings_hash, sorted({file.hash for file in files}))
    work = partial(_work, config, store, files, settings_hash, progress=progress, engine=engine)
    return run_stage(config, store, "ingest", fingerprint, work)


def part_records(store: Store) -> dict[str, dict[str, Any]]:
    """What was done with each input, by content hash."""
    folder = store.root / "ingest"
    return {path.stem: read_json(path) for path in sorted(folder.glob("[!.]*.json"))}


def _work(
    config: Config,
    store: Store,
    files: list[InputFile],
    settings_hash: str,
    *,
    progress: Progress,
    engine: Engine,
) -> Work:
    """Read the inputs that have no part yet, drop the parts that have no input any more."""
    by_hash = {file.hash: file for file in reversed(files)}
    _forget(store, keep=set(by_hash))
    done = {h for h, record in part_records(store).items() if record["settings"] == settings_hash}
    todo = [by_hash[h] for h in sorted(set(by_hash) - done)]
    failures = _read_all(config, store, todo, settings_hash, progress=progress, engine=engine)
    if failures:
        raise InputError("\n".join(failures))
    records = [part_records(store)[h] for h in sorted(by_hash)]
    rejected = sum((Counter(record["rejected"]) for record in records), Counter[str]())
    taken = sum(record["taken"] for record in records)
    n_rows = sum(record["rows"] for record in records)
    balance("ingest", n_rows, taken, sum(rejected.values()))
    if not taken:
        raise InputError(f"Not one reading was taken of {n_rows} rows: {_most(rejected)}.")
    return Work(
        outputs=tuple(
            store.path(name, h) for name in ("readings", "rejects") for h in sorted(by_hash)
        ),
        rows_in={"rows": n_rows},
        rows_out={"readings": taken, "rejects": sum(rejected.values())},
        rejected=rejected,
        notes=tuple(_notes(files, by_hash, len(todo))),
        details={"files": {record["file"]: _public(record) for record in records}},
    )


def _read_all(
    config: Config,
    store: Store,
    todo: list[InputFile],
    settings_hash: str,
    *,
    progress: Progress,
    engine: Engine,
) -> list[str]:
    """Read files, as many at once as there are workers; returns what went wrong, a line each."""
    params = settings.read_params(config, store)
    tasks = [
        _Task(
            file=file,
            params=settings.for_file(params, config, file.name),
            store=store,
            fingerprint=settings_hash,
        )
        for file in todo
    ]
    total = sum(file.size for file in todo) or 1
    failures: list[str] = []
    n_bytes = 0
    for place, failure in engine.run(_read_one, tasks):
        n_bytes += todo[place].size
        progress(f"reading {todo[place].name}", n_bytes / total)
        if failure:
            failures.append(failure)
    return sorted(failures)


def _read_one(task: _Task) -> str:
    """Read one file into its two parts and its record; returns what went wrong, or nothing."""
    part = task.file.hash
    formats: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    notes: list[str] = []
    n_rows = n_taken = 0
    try:
        with (
            task.file.path.open("rb") as stream,
            task.store.writer("readings", part) as write_readings,
            task.store.writer("rejects", part) as write_rejects,
        ):
            for batch in read_batches(stream, task.file.name, task.params):
                write_readings(batch.readings)
                write_rejects(batch.rejects)
                n_rows += batch.n_rows
                n_taken += batch.readings.num_rows
                formats[batch.format] += batch.n_rows
                rejected.update(_reasons(batch.rejects))
                notes.extend([batch.note] if batch.note and batch.note not in notes else [])
    except InputError as error:
        return str(error) if error.file else f"{task.file.name}: {error}"
    balance(task.file.name, n_rows, n_taken, sum(rejected.values()))
    name = safe_name(task.file.name, task.params.campaign, task.params.device_key)
    record = {
        "file": name,
        "bytes": task.file.size,
        "settings": task.fingerprint,
        "formats": dict(sorted(formats.items())),
        "rows": n_rows,
        "taken": n_taken,
        "rejected": dict(sorted(rejected.items())),
        "notes": notes,
    }
    write_json(task.store.root / "ingest" / f"{part}.json", record)
    return ""


def _reasons(rejects: Any) -> dict[str, int]:
    """Rejects by reason."""
    counts = rejects.column("reason").value_counts()
    return {item["values"].as_py(): item["counts"].as_py() for item in counts}


def _forget(store: Store, keep: set[str]) -> None:
    """Remove the parts of inputs that are gone."""
    for part in part_records(store):
        if part not in keep:
            for name in ("readings", "rejects"):
                store.delete(name, part)
            (store.root / "ingest" / f"{part}.json").unlink()
    for name in ("readings", "rejects"):
        for part in store.parts(name):
            if part not in keep and not part.startswith(LIST_PREFIX):
                store.delete(name, part)


def _notes(files: list[InputFile], by_hash: dict[str, InputFile], n_read: int) -> list[str]:
    """What an engineer should know of this run's inputs."""
    notes = [f"{n_read} of {len(by_hash)} files read, the others were known."]
    for file in files:
        if by_hash[file.hash].name != file.name:
            notes.append(
                f"{file.name} holds the same bytes as {by_hash[file.hash].name}: taken once."
            )
    return notes


def _public(record: dict[str, Any]) -> dict[str, Any]:
    """The record of one file as the manifest shows it."""
    return {key: record[key] for key in ("formats", "rows", "taken", "rejected", "notes")}


def _most(rejected: Counter[str]) -> str:
    """The commonest reasons, for an error text."""
    return ", ".join(f"{reason} {n}" for reason, n in rejected.most_common(3)) or "no rows at all"
