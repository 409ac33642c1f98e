"""Stage 1: raw files to readings and rejects, one part an input, each read once.

An input is known by its content: a renamed file is not read again, a changed one replaces its rows,
a removed one takes its rows away.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from coverage.errors import InputError
from coverage.readings.params import ReadParams
from coverage.readings.privacy import safe_name
from coverage.readings.read import ReadBatch, read_batches
from pipelines import deliveries, forget, inputs, parts, settings, throughput
from pipelines.balances import balance
from pipelines.config import Config
from pipelines.deliveries import Doubled
from pipelines.engine import Engine
from pipelines.inputs import InputFile
from pipelines.memory import is_of_memory
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage
from pipelines.store import Store, fingerprint_of, read_json, write_json

_SURE_AFTER_S: Final = 5.0
"""How long reading goes on before the time left is told: the first file tells nothing of it [s]."""
LIST_PREFIX: Final = "list-"
"""Begins the names of the rejects' parts that belong to lists, not to readings."""


@dataclass(frozen=True, kw_only=True)
class _Task:
    """All that reading one file needs, so that it can be sent to another process."""

    file: InputFile
    params: ReadParams
    store: Store
    fingerprint: str
    forgotten: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What came of reading one file: its rows, or what went wrong."""

    n_rows: int = 0
    failure: str = ""


@dataclass
class _Notes:
    """What is gathered while the batches of one file pass by."""

    n_rows: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    texts: dict[str, None] = field(default_factory=dict)

    def passing(
        self, batches: Iterator[ReadBatch], forgotten: tuple[str, ...]
    ) -> Iterator[tuple[Any, Any]]:
        """Readings and rejects of each batch, those of forgotten devices left out."""
        for batch in batches:
            self.n_rows += batch.n_rows
            self.formats[batch.format] += batch.n_rows
            self.texts.update(dict.fromkeys(batch.notes))
            yield (
                forget.without(batch.coded, forgotten),
                forget.without(batch.rejects, forgotten),
            )


def ingest(config: Config, store: Store, progress: Progress, engine: Engine) -> Outcome:
    """Read what is new, forget what is gone.

    Raises
    ------
    InputError
        Where there is no input, more files than the gate lets pass cannot be read (the good ones
        are kept all the same, so the next run is short), or not one reading was taken.
    """
    files = inputs.find(config.raw, config.inputs.readings, store)
    if not files:
        raise InputError(
            "No readings found.", file=str(config.raw),
            remedy=f"Put logs below it, matching {', '.join(config.inputs.readings)}.",
        )  # fmt: skip
    by_hash = {file.hash: file for file in reversed(files)}
    shared = fingerprint_of(settings.ingest_settings(config, store), program_version())
    wanted = {h: _settings_of(config, by_hash[h].name, shared) for h in sorted(by_hash)}
    work = partial(_work, config, store, files, wanted, progress=progress, engine=engine)
    tiles = sorted(file.hash for file in throughput.files(config, store))
    fingerprint = fingerprint_of(
        wanted, forget.forgotten(config, store), tiles, config.gates.max_unreadable_share
    )
    return run_stage(config, store, "ingest", fingerprint, work)


def part_records(store: Store) -> dict[str, dict[str, Any]]:
    """What was done with each input, by content hash."""
    folder = store.root / "ingest"
    return {path.stem: read_json(path) for path in sorted(folder.glob("[!.]*.json"))}


def _work(
    config: Config,
    store: Store,
    files: list[InputFile],
    wanted: dict[str, str],
    *,
    progress: Progress,
    engine: Engine,
) -> Work:
    """Read the inputs that have no part yet, drop the parts that have no input any more."""
    by_hash = {file.hash: file for file in reversed(files)}
    _drop_gone(store, keep=set(wanted))
    done = _done(store, wanted)
    _forget_devices(store, done, forget.forgotten(config, store))
    todo = [by_hash[h] for h in wanted if h not in done]
    failures = _read_all(config, store, todo, wanted, progress=progress, engine=engine)
    if len(failures) > config.gates.max_unreadable_share * len(by_hash):
        raise InputError("\n".join(sorted(failures.values())))
    for part in failures:
        parts.delete_part(store, part)
    known = part_records(store)
    records = {h: known[h] for h in sorted(set(by_hash) - set(failures))}
    progress("comparing files", None)
    doubled = deliveries.resolve(store, records)
    n_tiles, tiles_note = throughput.write_layer(config, store, throughput.files(config, store))
    notes = _notes(files, by_hash, len(todo) - len(failures), len(done)) + (
        [tiles_note] if tiles_note else []
    )
    notes += [f"Left out, {failures[part]}" for part in sorted(failures, key=failures.__getitem__)]
    done_work = _summed(store, records, doubled, n_tiles=n_tiles, notes=notes)
    unreadable = sorted(failures.values())
    return replace(done_work, details={**done_work.details, "unreadable": unreadable})


def _summed(
    store: Store,
    records: Mapping[str, Mapping[str, Any]],
    doubled: Mapping[str, Doubled],
    *,
    n_tiles: int,
    notes: list[str],
) -> Work:
    """What the stage did, from the records of all inputs."""
    rejected = sum((Counter(record["rejected"]) for record in records.values()), Counter[str]())
    n_rejected, n_forgotten = rejected.total(), rejected[forget.REASON]
    taken = sum(record["taken"] for record in records.values())
    n_rows = sum(record["rows"] for record in records.values())
    balance("ingest", n_rows, taken, n_rejected)
    if not taken:
        raise InputError(
            f"Not one reading was taken of {n_rows} rows: {_most(rejected)}.",
            remedy=f"Delete {store.root} if its tables must not outlive the readings."
            if rejected[forget.REASON]
            else "",
        )
    n_doubled = sum(each.n for each in doubled.values())
    if n_doubled:
        rejected[deliveries.REASON] = n_doubled
    names = {part: record["file"] for part, record in records.items()}
    return Work(
        outputs=(
            *(store.path(name, h) for name in parts.TABLES for h in records),
            *(store.path("duplicates", h) for h in doubled),
            *([store.path(throughput.TABLE)] if store.path(throughput.TABLE).is_file() else []),
        ),
        rows_in={"rows": n_rows},
        rows_out={
            "readings": taken - n_doubled,
            "rejects": n_rejected - n_forgotten,
            **({throughput.TABLE: n_tiles} if n_tiles else {}),
        },
        rejected=rejected,
        notes=(*notes, *_doubled_notes(names, doubled)),
        details={
            "files": {
                names[part]: _public(record, doubled.get(part), names)
                for part, record in records.items()
            }
        },
    )


def _read_all(
    config: Config,
    store: Store,
    todo: list[InputFile],
    wanted: dict[str, str],
    *,
    progress: Progress,
    engine: Engine,
) -> dict[str, str]:
    """Read files, as many at once as there are workers; returns what went wrong, by input."""
    params = settings.read_params(config, store)
    forgotten = forget.forgotten(config, store)
    tasks = [
        _Task(
            file=file,
            params=settings.for_file(params, config, file.name),
            store=store,
            fingerprint=wanted[file.hash],
            forgotten=forgotten,
        )
        for file in todo
    ]
    failures: dict[str, str] = {}
    pace = _Pace(n_files=len(todo), total_bytes=sum(file.size for file in todo))
    for place, read in engine.run(_read_one, tasks):
        pace.add(todo[place].size, read.n_rows)
        progress(f"reading {pace.text()}, {todo[place].name}", pace.share)
        if read.failure:
            failures[todo[place].hash] = read.failure
    return failures


class _Pace:
    """How far reading has come and how long the rest may take at the speed so far."""

    def __init__(self, *, n_files: int, total_bytes: int) -> None:
        self._n_files, self._total = n_files, max(total_bytes, 1)
        self._done = self._bytes = self._rows = 0
        self._began = time.monotonic()

    def add(self, n_bytes: int, n_rows: int) -> None:
        """One more file is read."""
        self._done += 1
        self._bytes += n_bytes
        self._rows += n_rows

    @property
    def share(self) -> float:
        """Share of the bytes that is read [0-1]."""
        return min(self._bytes / self._total, 1.0)

    def text(self) -> str:
        """Files, rows, speed, and the time left once there is something to judge it by."""
        seconds = max(time.monotonic() - self._began, 1e-3)
        speed = self._bytes / seconds
        told = f"{self._done}/{self._n_files} files, {self._rows:,} rows, {speed / 1e6:.1f} MB/s"
        if seconds < _SURE_AFTER_S:
            return told
        left = round((self._total - self._bytes) / max(speed, 1.0))
        return f"{told}, {left // 60}:{left % 60:02d} left"


def _read_one(task: _Task) -> _Read:
    """Read one file into its part and its record."""
    part, store, name = task.file.hash, task.store, task.file.name
    record_path = store.root / "ingest" / f"{part}.json"
    record_path.unlink(missing_ok=True)
    notes = _Notes()
    try:
        with task.file.path.open("rb") as stream:
            batches = read_batches(stream, name, task.params)
            written = parts.write_part(store, part, notes.passing(batches, task.forgotten))
        inputs.refuse_changed(task.file)
    except InputError as error:
        if is_of_memory(error):  # the file is sound, the machine too small
            raise
        return _Read(n_rows=notes.n_rows, failure=str(error) if error.file else f"{name}: {error}")
    tally = forget.tally(notes.n_rows, written, task.forgotten)
    balance(name, notes.n_rows, tally["taken"], sum(tally["rejected"].values()))
    record = {
        "file": safe_name(name, task.params.campaign, task.params.device_key),
        "bytes": task.file.size,
        "settings": task.fingerprint,
        "formats": dict(sorted(notes.formats.items())),
        "notes": list(notes.texts),
        "sizes": parts.sizes(store, part),
        **tally,
    }
    write_json(record_path, record)
    return _Read(n_rows=notes.n_rows)


def _forget_devices(store: Store, done: set[str], forgotten: tuple[str, ...]) -> None:
    """Take forgotten devices out of what was read before they were."""
    for part, record in part_records(store).items():
        if part in done and tuple(record["forgotten"]) != forgotten:
            purged = forget.purge(store, part, record, forgotten)
            path = store.root / "ingest" / f"{part}.json"
            write_json(path, {**purged, "sizes": parts.sizes(store, part)})


def _settings_of(config: Config, name: str, shared: str) -> str:
    """Fingerprint of all that decides what is taken from one file but its content.

    Of the file's name only what hangs on it: a file is read again when another override applies or
    it moves to another folder, which stands for an unnamed device.
    """
    return fingerprint_of(shared, settings.by_name(config, name))


def _done(store: Store, wanted: dict[str, str]) -> set[str]:
    """Inputs whose parts are there, whole, and made as wanted."""
    return {
        part
        for part, record in part_records(store).items()
        if record.get("settings") == wanted.get(part)
        and record.get("sizes") == parts.sizes(store, part)
    }


def _drop_gone(store: Store, keep: set[str]) -> None:
    """Remove the parts of inputs that are gone."""
    for part in set(part_records(store)) - keep:
        (store.root / "ingest" / f"{part}.json").unlink()
    for part in parts.kept_parts(store) - keep:
        if not part.startswith(LIST_PREFIX):
            parts.delete_part(store, part)


def _notes(
    files: list[InputFile], by_hash: dict[str, InputFile], n_read: int, n_known: int
) -> list[str]:
    """What an engineer should know of this run's inputs."""
    notes = [f"{n_read} of {len(by_hash)} files read, {n_known} known from before."]
    for file in files:
        if by_hash[file.hash].name != file.name:
            notes.append(
                f"{file.name} holds the same bytes as {by_hash[file.hash].name}: taken once."
            )
    return notes


def _doubled_notes(names: Mapping[str, str], doubled: Mapping[str, Doubled]) -> Iterator[str]:
    """Which inputs hold readings of which others."""
    for part, each in sorted(doubled.items(), key=lambda item: names[item[0]]):
        for other, n in sorted(each.kept_in.items()):
            yield f"{names[part]}: {n:,} readings not counted, {names[other]} has them too."


def _public(
    record: Mapping[str, Any], doubled: Doubled | None, names: Mapping[str, str]
) -> dict[str, Any]:
    """The record of one file as the manifest shows it."""
    shown = {key: record[key] for key in ("formats", "rows", "taken", "rejected", "notes")}
    if doubled is not None:
        kept_in = {names[other]: n for other, n in sorted(doubled.kept_in.items())}
        shown[deliveries.REASON] = {"n": doubled.n, "counted_in": kept_in}
    return shown


def _most(rejected: Counter[str]) -> str:
    """The commonest reasons, for an error text."""
    return ", ".join(f"{reason} {n}" for reason, n in rejected.most_common(3)) or "no rows at all"
