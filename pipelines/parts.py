"""The part of the readings that one input gives: its readings, its rejects, the keys of both.

The keys (``coverage.readings.deliveries``) lie beside the readings, sorted, with the place of each
reading: 12 bytes a reading, so that inputs can be compared without reading them again.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.readings.deliveries import reading_keys
from coverage.readings.duplicates import Keys
from pipelines.store import Store, atomic_path

TABLES: Final = ("readings", "rejects")
_KEYS: Final = "reading_keys"
_KEY_BYTES: Final = 8
_ROW_BYTES: Final = 4


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
    keys: list[Keys] = []
    n_known = 0
    with store.writer("readings", part) as write_readings, store.writer("rejects", part) as refuse:
        for readings, rejects in batches:
            write_readings(readings)
            refuse(rejects)
            keys.append(reading_keys(readings))
            n_known += sum(readings.num_rows - column.null_count for column in readings.columns)
            rejected.update(_reasons(rejects))
    together = np.concatenate([np.zeros(0, np.uint64), *keys])
    _write_keys(_keys_path(store, part), together)
    return Written(taken=len(together), known=n_known, rejected=rejected)


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


def keys_of_part(store: Store, part: str) -> tuple[Keys, npt.NDArray[np.uint32]]:
    """Sorted keys of an input's readings and the place of each reading, not yet in memory."""
    path = _keys_path(store, part)
    n = path.stat().st_size // (_KEY_BYTES + _ROW_BYTES)
    if not n:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    keys = np.memmap(path, dtype="<u8", mode="r", shape=(n,))
    rows = np.memmap(path, dtype="<u4", mode="r", shape=(n,), offset=_KEY_BYTES * n)
    return keys, rows


def _write_keys(path: Path, keys: Keys) -> None:
    """Write keys, sorted, and the place of each."""
    order = _stable_order(keys)
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(keys[order].astype("<u8", copy=False).data)
        stream.write(order.astype("<u4").data)


def _stable_order(keys: Keys) -> npt.NDArray[np.intp]:
    """Order that sorts the keys, equal ones by place: the fast sort, then a look at equal runs."""
    order = np.argsort(keys)
    ordered = keys[order]
    is_equal = ordered[1:] == ordered[:-1]
    if is_equal.any():
        runs = np.flatnonzero(np.diff(np.concatenate([[False], is_equal, [False]]).astype(np.int8)))
        for start, end in runs.reshape(-1, 2).tolist():
            order[start : end + 1].sort()
    return order


def _keys_path(store: Store, part: str) -> Path:
    """Where the keys of an input lie."""
    return store.root / _KEYS / f"{part}.bin"


def _reasons(rejects: pa.Table) -> dict[str, int]:
    """Rejects by reason."""
    counts = rejects.column("reason").value_counts()
    return {item["values"].as_py(): item["counts"].as_py() for item in counts}
