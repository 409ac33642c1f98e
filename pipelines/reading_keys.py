"""The file of an input's reading keys: sorted, with the place of each reading, 12 bytes a reading.

Keys (``coverage.readings.deliveries``) are gathered in runs of some millions. Where an input has
more, each run is sorted and put aside, and the runs are merged one stretch of values at a time:
keys are hashes, so equal stretches hold about equally many.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.readings.duplicates import Keys
from coverage.readings.shelf import Shelf, Shelved
from pipelines.store import atomic_path

Rows = npt.NDArray[np.uint32]

RUN_KEYS: Final = 2**21
"""Keys sorted at once: about 80 MB. [count]"""
_KEY_BYTES: Final = 8
_ROW_BYTES: Final = 4


class SortedKeys:
    """Keys of one input, in the order of its readings when added, sorted when taken out.

    Parameters
    ----------
    shelf
        Where runs are put aside.
    run_keys
        Keys sorted at once. [count]
    """

    def __init__(self, shelf: Shelf, run_keys: int = RUN_KEYS) -> None:
        self._shelf = shelf
        self._run_keys = run_keys
        self._pending: list[Keys] = []
        self._n_shelved = 0
        self._runs: list[tuple[Shelved, Shelved]] = []

    def __len__(self) -> int:
        return self._n_shelved + sum(len(keys) for keys in self._pending)

    def add(self, keys: Keys) -> None:
        """Take in the keys of the next readings."""
        self._pending.append(keys)
        if len(self) - self._n_shelved >= self._run_keys:
            self._put_aside()

    def stretches(self) -> Iterator[tuple[Keys, Rows]]:
        """Keys and the place of each, smallest keys first, equal ones by place; once."""
        if not self._runs:
            yield self._sorted_run()
            return
        self._put_aside()
        n_stretches = -(-len(self) // self._run_keys)
        bounds = np.array([2**64 * i // n_stretches for i in range(1, n_stretches)], np.uint64)
        cuts = [
            [0, *np.searchsorted(self._shelf.get(keys), bounds).tolist(), keys.n]
            for keys, _ in self._runs
        ]
        for stretch in zip(*(pairwise(cut) for cut in cuts), strict=True):
            parts = [
                [self._shelf.get(column, *ends) for column in run]
                for run, ends in zip(self._runs, stretch, strict=True)
            ]
            keys, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
            ordered, order = _ordered(keys)
            yield ordered, rows[order]

    def _put_aside(self) -> None:
        """Move the pending keys to the shelf as one sorted run."""
        keys, rows = self._sorted_run()
        self._runs.append((self._shelf.put(keys), self._shelf.put(rows)))
        self._n_shelved, self._pending = len(self), []

    def _sorted_run(self) -> tuple[Keys, Rows]:
        """The keys that are not yet put aside, sorted, and the place of each."""
        keys = np.concatenate([np.zeros(0, np.uint64), *self._pending])
        ordered, order = _ordered(keys)
        return ordered, (order + self._n_shelved).astype("<u4")


def write_keys(path: Path, keys: SortedKeys) -> None:
    """Write the keys of an input, then the place of each."""
    n, done = len(keys), 0
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        for some, rows in keys.stretches():
            stream.seek(_KEY_BYTES * done)
            stream.write(some.astype("<u8", copy=False).data)
            stream.seek(_KEY_BYTES * n + _ROW_BYTES * done)
            stream.write(rows.data)
            done += len(some)


def read_keys(path: Path) -> tuple[Keys, Rows]:
    """Sorted keys of an input's readings and the place of each reading, not yet in memory."""
    n = path.stat().st_size // (_KEY_BYTES + _ROW_BYTES)
    if not n:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    keys = np.memmap(path, dtype="<u8", mode="r", shape=(n,))
    rows = np.memmap(path, dtype="<u4", mode="r", shape=(n,), offset=_KEY_BYTES * n)
    return keys, rows


def _ordered(keys: Keys) -> tuple[Keys, npt.NDArray[np.intp]]:
    """The keys sorted, and the place of each; equal keys by place.

    Key and place share 64 bits, the place in the lowest: numpy sorts plain numbers four times as
    fast as it finds their order. Of millions of hashes few agree in all the bits left: those are
    looked at again.
    """
    n_bits = max(len(keys) - 1, 1).bit_length()
    low = np.uint64((1 << n_bits) - 1)
    packed = (keys & ~low) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    order = (packed & low).astype(np.intp)
    ordered = keys[order]
    for high in np.unique(packed[1:][ordered[1:] < ordered[:-1]] & ~low):
        start, end = np.searchsorted(packed, high), np.searchsorted(packed, high | low, "right")
        own = order[start:end]
        own[:] = own[np.argsort(keys[own], kind="stable")]
        ordered[start:end] = keys[own]
    return ordered, order
