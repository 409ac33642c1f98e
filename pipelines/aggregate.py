"""Stage 2: readings to exact counts, one part an input, and their sums to cells."""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from coverage import tables
from coverage.cells.runs import SpillParams
from coverage.errors import InputError
from pipelines.config import Config
from pipelines.counted import PREFIX_RESOLUTION
from pipelines.counting import CountTask, count_part, counted_parts
from pipelines.deliveries import Doubled, doubled_parts
from pipelines.engine import Engine
from pipelines.ingest import part_records
from pipelines.merge_plan import Counted, Plan, plan
from pipelines.merging import (
    KEYED_TABLES,
    CellTables,
    JoinTask,
    RangeTask,
    join_table,
    merge_range,
)
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage, upstream
from pipelines.store import Store, fingerprint_of, read_json, write_json

_RANGES_FOLDER: Final = ".ranges.part"
_RECORD: Final = "merged.json"


def aggregate(config: Config, store: Store, progress: Progress, engine: Engine) -> Outcome:
    """Count what is new, add everything up.

    Raises
    ------
    InputError
        Where ingest has not run.
    """
    made = _made(config)
    fingerprint = fingerprint_of(_making(config, made), upstream(store, "ingest"))
    work = partial(_work, config, store, made, progress, engine)
    return run_stage(config, store, "aggregate", fingerprint, work)


def _work(
    config: Config, store: Store, made: CellTables, progress: Progress, engine: Engine
) -> Work:
    """Count the inputs that have no counts yet, add all counts up, derive cells."""
    records = part_records(store)
    settings = fingerprint_of(config.section("counting"), program_version(), PREFIX_RESOLUTION)
    doubled = doubled_parts(store)
    wanted = {
        part: _of_part(settings, record, doubled.get(part)) for part, record in records.items()
    }
    spill = _spill(config, store, engine)
    todo = sorted(set(wanted) - set(counted_parts(store, wanted)))
    tasks = [
        CountTask(
            store=store, part=part, fingerprint=wanted[part], counting=made.counting, spill=spill
        )
        for part in todo
    ]
    for n_done, (place, _) in enumerate(engine.run(count_part, tasks), 1):
        progress(f"counting {records[todo[place]]['file']}", n_done / (len(todo) + 1))
    counted = counted_parts(store, wanted)
    making = _making(config, made)
    steps = plan(counted, _before(store), _is_made(store, made, making))
    progress("merging counts", None)
    rows_out = _merge(store, made, steps, spill=spill, progress=progress, engine=engine)
    tally = _write_tally(store, counted)
    outputs = [store.path(name) for name in (*made.contracts, "cell_tally")]
    _remember(store, counted, making, outputs)
    return Work(
        outputs=tuple(outputs),
        rows_in={"readings": sum(tally.values())},
        rows_out={name: n for name, n in rows_out.items() if name.startswith("cells")},
        notes=(_told(len(todo), len(wanted)),),
        details={"readings": tally},
    )


def _told(n_counted: int, n_inputs: int) -> str:
    """How much was to be counted."""
    n_known = n_inputs - n_counted
    return f"{n_counted} of {n_inputs} inputs counted, {n_known} known from before."


def _of_part(settings: str, record: Mapping[str, Any], doubled: Doubled | None) -> str:
    """Fingerprint of how one input is counted, and of what of it."""
    digest = doubled.digest if doubled is not None else ""
    return fingerprint_of(settings, record["settings"], record.get("forgotten", []), digest)


def _merge(
    store: Store,
    made: CellTables,
    steps: Plan,
    *,
    spill: SpillParams,
    progress: Progress,
    engine: Engine,
) -> dict[str, int]:
    """Add up range by range, then lay the tables together; returns the rows of each."""
    folder = store.root / _RANGES_FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ranges = [
        RangeTask(
            store=store, folder=folder, cells=cells, parts=parts, has_base=steps.has_base,
            made=made, spill=spill,
        )
        for cells, parts in steps.merged.items()
    ]  # fmt: skip
    for n_done, _ in enumerate(engine.run(merge_range, ranges), 1):
        progress("merging counts", n_done / (len(ranges) + 1))
    (store.root / _RECORD).unlink(missing_ok=True)
    joins = [
        JoinTask(store=store, folder=folder, name=name, plan=steps, made=made)
        for name in made.contracts
    ]
    rows = {joins[place].name: n for place, n in engine.run(join_table, joins)}
    shutil.rmtree(folder)
    for path in store.root.glob("cells_*.parquet"):
        if path.stem not in made.contracts:
            path.unlink()
    return dict(sorted(rows.items()))


def _write_tally(store: Store, counted: Mapping[str, Counted]) -> dict[str, int]:
    """How many readings were counted, and why others were not."""
    tally: Counter[str] = Counter()
    for each in counted.values():
        tally.update(each.tally)
    reasons = sorted(tally)
    columns = {"reason": reasons, "n": [tally[reason] for reason in reasons]}
    store.write("cell_tally", pa.table(columns, schema=tables.schema_of("cell_tally")))
    return {reason: tally[reason] for reason in reasons}


def _made(config: Config) -> CellTables:
    """Which tables of cells the survey asks for.

    Raises
    ------
    InputError
        Where adaptive cells would be coarser than the ranges, or finer than the counts.
    """
    coarsest, finest = config.adaptive.coarsest, config.counting.resolution
    if config.grid.adaptive and not PREFIX_RESOLUTION <= coarsest <= finest:
        raise InputError(
            f"Invalid adaptive.coarsest {coarsest}. Must be in [{PREFIX_RESOLUTION}, {finest}].",
            file=str(config.file),
        )
    return CellTables(
        counting=config.counting,
        evidence=config.evidence,
        extra_resolutions=config.grid.extra_resolutions,
        adaptive=config.adaptive if config.grid.adaptive else None,
    )


def _making(config: Config, made: CellTables) -> str:
    """Fingerprint of all that decides what counts and cells look like, but the readings."""
    sections = config.section("counting", "evidence", "adaptive")
    return fingerprint_of(sections, sorted(made.contracts), program_version(), PREFIX_RESOLUTION)


def _spill(config: Config, store: Store, engine: Engine) -> SpillParams:
    """Memory of one task, and where it spills."""
    scratch = config.engine.scratch
    folder = config.relative(scratch) if scratch else store.root
    if scratch and not folder.is_dir():
        raise InputError("No such folder for engine.scratch.", file=str(folder))
    return SpillParams(memory_mb=engine.memory_mb, directory=folder)


def _before(store: Store) -> dict[str, Counted] | None:
    """The inputs that the survey's counts stand for; None where they cannot be built upon."""
    record = _record(store)
    if not _stand(store, record, KEYED_TABLES):
        return None
    return {part: Counted.from_json(content) for part, content in record["parts"].items()}


def _is_made(store: Store, made: CellTables, making: str) -> bool:
    """Whether the survey's tables are there as they would be made now."""
    record = _record(store)
    return record.get("making") == making and _stand(store, record, made.contracts)


def _stand(store: Store, record: Mapping[str, Any], names: Iterable[str]) -> bool:
    """Whether tables are there as they were noted."""
    sizes = record.get("sizes", {})
    return all(name in sizes and sizes[name] == _size(store.path(name)) for name in names)


def _remember(
    store: Store, counted: Mapping[str, Counted], making: str, outputs: list[Path]
) -> None:
    """Note what the survey's tables stand for."""
    record = {
        "making": making,
        "parts": {part: each.as_json() for part, each in counted.items()},
        "sizes": {path.stem: _size(path) for path in outputs},
    }
    write_json(store.root / _RECORD, record)


def _record(store: Store) -> dict[str, Any]:
    """What was noted by the last merge; empty where there was none."""
    return read_json(store.root / _RECORD)


def _size(path: Path) -> int | None:
    """Size of a file [bytes], None where there is none."""
    return path.stat().st_size if path.is_file() else None
