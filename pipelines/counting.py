"""The readings of one input counted: its count tables, and a record of what is in them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from coverage.cells.accumulator import Accumulator
from coverage.cells.histogram import COUNT_TABLES, count_slices
from coverage.cells.runs import SpillParams
from coverage.cells.selection import CountParams, columns_of
from pipelines import deliveries
from pipelines.counted import PART_ROWS, opened, write_sorted
from pipelines.merge_plan import Counted
from pipelines.merging import KEYED_TABLES
from pipelines.store import Store, read_json, table_errors, write_json

_FOLDER: Final = "counted"
_BATCH_ROWS: Final = 1 << 18


@dataclass(frozen=True, kw_only=True)
class CountTask:
    """One input to count.

    Attributes
    ----------
    store, part
        The survey, and the input's name in it.
    fingerprint
        Noted with the counts, to know later how they were made.
    counting, spill
        What is counted, in how much memory.
    """

    store: Store
    part: str
    fingerprint: str
    counting: CountParams
    spill: SpillParams


def count_part(task: CountTask) -> None:
    """Count the readings of one input; the record is written last."""
    store, part = task.store, task.part
    rows: Counter[int] = Counter()
    with closing(Accumulator(task.counting, task.spill)) as accumulator:
        for batch in _readings(store, part, columns_of(task.counting)):
            accumulator.add(batch)
        for name in KEYED_TABLES:
            slices = count_slices(accumulator, name)
            rows += write_sorted(store.path(name, part), name, slices, PART_ROWS)
        tally = pa.concat_tables(count_slices(accumulator, "cell_tally"))
    store.write("cell_tally", tally, part)
    reasons = dict(zip(*(tally.column(c).to_pylist() for c in ("reason", "n")), strict=True))
    counted = Counted(fingerprint=task.fingerprint, rows=rows, tally=reasons)
    write_json(_record_path(store, part), counted.as_json())


def counted_parts(store: Store, wanted: dict[str, str]) -> dict[str, Counted]:
    """What is known of the inputs that are counted as wanted; everything else is removed.

    Parameters
    ----------
    store
        The survey.
    wanted
        Fingerprint that the counts of each input have to have.
    """
    found = {}
    for path in sorted((store.root / _FOLDER).glob("[!.]*.json")):
        content = read_json(path)
        is_whole = all(store.path(name, path.stem).is_file() for name in COUNT_TABLES)
        if is_whole and content.get("fingerprint") == wanted.get(path.stem, ""):
            found[path.stem] = Counted.from_json(content)
        else:
            path.unlink()
    for name in COUNT_TABLES:
        for part in store.parts(name):
            if part not in found:
                store.delete(name, part)
    return found


def _readings(store: Store, part: str, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """What is counted of one input, one row group at a time, as across them all stay in memory.

    Left out are readings that another input holds too.
    """
    path = store.path("readings", part)
    with table_errors("readings", path):
        file = opened(path, "readings")
        is_counted = deliveries.is_counted(store, part, file.metadata.num_rows)
        start = 0
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(
                _BATCH_ROWS, columns=columns, row_groups=[group], use_threads=False
            ):
                here = is_counted[start : start + batch.num_rows]
                start += batch.num_rows
                yield batch if here.all() else batch.filter(pa.array(here))


def _record_path(store: Store, part: str) -> Path:
    """Where it is noted that an input has been counted."""
    return store.root / _FOLDER / f"{part}.json"
