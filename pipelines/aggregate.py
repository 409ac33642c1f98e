"""Stage 2: readings to exact counts, one part an input, and their sum to cells."""

from functools import partial
from typing import Any

import pyarrow.parquet as pq

from coverage.cells import histogram
from coverage.cells.accumulator import Accumulator
from coverage.cells.histogram import COUNT_TABLES, Counts
from coverage.cells.runs import SpillParams
from pipelines.config import Config
from pipelines.engine import run_tasks
from pipelines.ingest import part_records
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage, upstream
from pipelines.store import Store, fingerprint_of, read_json, write_json

_BATCH_ROWS = 1_000_000


def aggregate(config: Config, store: Store, progress: Progress) -> Outcome:
    """Count what is new, add everything up.

    Raises
    ------
    InputError
        Where ingest has not run.
    """
    settings_hash = fingerprint_of(config.section("counting"), program_version())
    fingerprint = fingerprint_of(
        settings_hash, config.section("evidence"), upstream(store, "ingest")
    )
    work = partial(_work, config, store, settings_hash, progress)
    return run_stage(config, store, "aggregate", fingerprint, work)


def _work(config: Config, store: Store, settings_hash: str, progress: Progress) -> Work:
    """Count the parts that have no counts yet, merge all counts, derive cells."""
    records = part_records(store)
    parts = sorted(records)
    wanted = {h: fingerprint_of(settings_hash, records[h]["settings"]) for h in parts}
    _forget(store, wanted)
    todo = [h for h in parts if not _record_path(store, h).is_file()]
    task = partial(_count_part, config, store, wanted)
    for n_done, (place, _) in enumerate(run_tasks(config.engine, task, todo), 1):
        progress(f"counting {records[todo[place]]['file']}", n_done / (len(todo) + 1))
    progress("merging counts", None)
    return _merged(config, store, parts, len(todo), records)


def _merged(
    config: Config, store: Store, parts: list[str], n_counted: int, records: dict[str, Any]
) -> Work:
    """Add the counts of all inputs up and derive cells."""
    accumulator = Accumulator(
        config.counting, SpillParams(memory_mb=config.engine.memory_mb, directory=store.root)
    )
    for part in parts:
        histogram.add_counts(accumulator, _counts(store, part, config.counting.resolution))
    counts = histogram.counts_of(accumulator)
    outputs = [store.write(name, table) for name, table in counts.to_tables().items()]
    n_cells = 0
    with store.writer("cells") as write:
        for cells in histogram.cells_of(accumulator, config.evidence):
            write(cells)
            n_cells += cells.num_rows
    accumulator.close()
    return Work(
        outputs=(*outputs, store.path("cells")),
        rows_in={"readings": sum(record["taken"] for record in records.values())},
        rows_out={"cells": n_cells},
        notes=(f"{n_counted} of {len(parts)} inputs counted, the others were known.",),
        details={"readings": _tally(counts)},
    )


def _count_part(config: Config, store: Store, wanted: dict[str, str], part: str) -> None:
    """Count the readings of one input, batch by batch."""
    accumulator = Accumulator(config.counting)
    for batch in pq.ParquetFile(store.path("readings", part)).iter_batches(_BATCH_ROWS):
        accumulator.add(batch)
    for name, table in histogram.counts_of(accumulator).to_tables().items():
        store.write(name, table, part)
    accumulator.close()
    write_json(_record_path(store, part), {"fingerprint": wanted[part]})


def _counts(store: Store, part: str, resolution: int) -> Counts:
    """Stored counts of one input."""
    stored = {name: store.read(name, part) for name in COUNT_TABLES}
    return Counts.from_tables(stored, resolution=resolution)


def _forget(store: Store, wanted: dict[str, str]) -> None:
    """Remove counts of inputs that are gone or were counted under other settings."""
    for path in (store.root / "counted").glob("[!.]*.json"):
        if read_json(path).get("fingerprint") != wanted.get(path.stem):
            path.unlink()
    for name in COUNT_TABLES:
        for part in store.parts(name):
            if part not in wanted:
                store.delete(name, part)


def _record_path(store: Store, part: str) -> Any:
    """Where it is noted that an input has been counted."""
    return store.root / "counted" / f"{part}.json"


def _tally(counts: Counts) -> dict[str, int]:
    """How many readings were counted, and why others were not."""
    return {row["reason"]: row["n"] for row in counts.cell_tally.to_pylist()}
