"""The part of the readings that one input gives: its readings, its rejects, the keys of both.

The keys (``pipelines.reading_keys``) lie beside the readings, so that inputs can be compared
without reading them again.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from coverage.readings.deliveries import reading_keys
from coverage.readings.duplicates import Keys
from coverage.readings.shelf import Shelf
from pipelines.reading_keys import Rows, SortedKeys, read_keys, write_keys
from pipelines.store import Store

TABLES: Final = ("readings", "rejects")
_KEYS: Final = "reading_keys"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written of one input.

    Attributes
    ----------
    taken
        Readings. [count]
    known
        Values of readings that are not NA. [count]
    rejected
        Rejects by reason. [count]
    """

    taken: int
    known: int
    rejected: Counter[str]


def write_part(store: Store, part: str, batches: Iterable[tuple[pa.Table, pa.Table]]) -> Written:
    """Write the readings and rejects of one input and the keys of its readings.

    Parameters
    ----------
    store, part
        The survey, and the input's name in it.
    batches
        Tables ``readings`` and ``rejects``, some rows at a time.
    """
    rejected: Counter[str] = Counter()
    n_known = 0
    with Shelf() as shelf:
        keys = SortedKeys(shelf)
        with (
            store.writer("readings", part) as write_readings,
            store.writer("rejects", part) as refuse,
        ):
            for readings, rejects in batches:
                write_readings(readings)
                refuse(rejects)
                keys.add(reading_keys(readings))
                n_known += sum(readings.num_rows - column.null_count for column in readings.columns)
                rejected.update(_reasons(rejects))
        write_keys(_keys_path(store, part), keys)
    return Written(taken=len(keys), known=n_known, rejected=rejected)


def delete_part(store: Store, part: str) -> None:
    """Remove all that one input gave."""
    for name in TABLES:
        store.delete(name, part)
    _keys_path(store, part).unlink(missing_ok=True)


def kept_parts(store: Store) -> set[str]:
    """Inputs of which anything is left."""
    names = {part for name in TABLES for part in store.parts(name)}
    return names | {path.stem for path in (store.root / _KEYS).glob("[!.]*.bin")}


def sizes(store: Store, part: str) -> dict[str, int | None]:
    """Size of each file of an input's part, None where there is none [bytes]."""
    paths = {name: store.path(name, part) for name in TABLES} | {_KEYS: _keys_path(store, part)}
    return {n: path.stat().st_size if path.is_file() else None for n, path in paths.items()}


def keys_of_part(store: Store, part: str) -> tuple[Keys, Rows]:
    """Sorted keys of an input's readings and the place of each reading, not yet in memory."""
    return read_keys(_keys_path(store, part))


def _keys_path(store: Store, part: str) -> Path:
    """Where the keys of an input lie."""
    return store.root / _KEYS / f"{part}.bin"


def _reasons(rejects: pa.Table) -> dict[str, int]:
    """Rejects by reason."""
    counts = rejects.column("reason").value_counts()
    return {item["values"].as_py(): item["counts"].as_py() for item in counts}
