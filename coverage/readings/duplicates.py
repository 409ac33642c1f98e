"""The same reading seen twice: files overlap and repeat (FORMATS 19.5).

Two rows are one reading if device, time, position, radio cell and level agree. Rows are compared by
a 64-bit hash of these: among 10 million rows a false match has a chance of 3 in a million.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.readings.codes import Codes
from coverage.readings.shelf import Shelf, Shelved

Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]
Span = tuple[int, int]
"""First and last time [us]."""

RUN_KEYS: Final = 2**21
"""Keys put aside together: 16 MB. [count]"""

_UNKNOWN = 1e300  # stands for NaN, whose bits may differ
_TILE_ROWS: Final = 2**13
"""Rows hashed together: what is read and written of them stays in the processor's near memory."""


def keys_of(texts: Iterable[Codes], numbers: Iterable[npt.NDArray[np.generic]]) -> Keys:
    """Hash of each row."""
    texts, numbers = list(texts), list(numbers)
    n_rows = len(texts[0] if texts else numbers[0])
    columns = [_word_hashes(text) for text in texts] + [_bits(values) for values in numbers]
    shared = np.zeros(1, dtype=np.uint64)
    while columns and len(columns[0]) == 1:  # what is the same in every row so far is one number
        shared = _mixed(shared ^ columns.pop(0))
    result = np.repeat(shared, n_rows)
    for start in range(0, n_rows if columns else 0, _TILE_ROWS):
        tile = slice(start, start + _TILE_ROWS)
        value = result[tile]
        for column in columns:
            value = _mixed(value ^ (column if len(column) == 1 else column[tile]))
        result[tile] = value
    return result


def _mixed(value: Keys) -> Keys:
    """Finaliser of SplitMix64 (Steele, Lea, Flood 2014), after adding its increment; in place."""
    value += np.uint64(0x9E3779B97F4A7C15)
    shifted = value >> np.uint64(30)
    value ^= shifted
    value *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(value, np.uint64(27), out=shifted)
    value ^= shifted
    value *= np.uint64(0x94D049BB133111EB)
    np.right_shift(value, np.uint64(31), out=shifted)
    value ^= shifted
    return value


def _bits(values: npt.NDArray[np.generic]) -> Keys:
    """The bits of numbers, one for every NaN and for both zeros; of a constant only the first."""
    if len(values) and (not values.strides[0] or (values == values[0]).all()):
        values = values[:1]
    if values.dtype.kind != "f":
        return values.astype(np.int64, copy=False).view(np.uint64)
    floats = values.astype(np.float64, copy=False)
    unknown = np.isnan(floats)
    known = np.where(unknown, _UNKNOWN, floats) if unknown.any() else floats
    return (known + 0.0).view(np.uint64)


def _word_hashes(text: Codes) -> Keys:
    """Hash of each row's word, the same in every chunk; one where all have the same."""
    hashes = [
        int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
        for word in text.words
    ]
    codes = text.codes[:1] if text.is_constant else text.codes
    return np.array([*hashes, 0], dtype=np.uint64)[codes]


@dataclass
class _Run:
    """Keys of some readings.

    Attributes
    ----------
    span
        First and last of their times [us].
    keys
        In memory, or where they lie on the shelf.
    is_sorted
        Whether they are sorted already: that waits until they are looked at.
    """

    span: Span
    keys: Keys | Shelved
    is_sorted: bool = False


class Seen:
    """Readings met so far in one input: 8 bytes a reading, beyond some millions in a file.

    Equal readings have equal times. So keys are kept in runs with the time each spans, and only
    those are sorted and looked at that a chunk's time falls into; where the times of a chunk rise
    from row to row, as in most logs, nothing in it repeats.

    Parameters
    ----------
    shelf
        Where what is more than a run is put.
    run_keys
        Keys of a run. [count]
    """

    def __init__(self, shelf: Shelf, run_keys: int = RUN_KEYS) -> None:
        self._shelf = shelf
        self._run_keys = run_keys
        self._runs: list[_Run] = []
        self._recent: list[_Run] = []

    def is_repeat(self, keys: Keys, time_us: npt.NDArray[np.int64]) -> Bools:
        """Which rows were met before, in this call or an earlier one; then remember them."""
        if not len(keys):
            return np.zeros(0, dtype=np.bool_)
        repeat = np.zeros(len(keys), dtype=np.bool_)
        ordered: Keys | None = None
        if not (time_us[1:] > time_us[:-1]).all():
            ordered = np.sort(keys)
            repeat = _is_later(keys, np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))
        span = int(time_us.min()), int(time_us.max())
        for known in self._known_in(span):
            ordered = np.sort(keys) if ordered is None else ordered
            met = ordered[_is_among(ordered, known)]
            if len(met):
                repeat |= _is_among(keys, met)
        is_sorted = ordered is not None
        self._remember(_Run(span, keys if ordered is None else ordered, is_sorted))
        return repeat

    def _known_in(self, span: Span) -> Iterator[Keys]:
        """Sorted keys of readings in a span of time, run by run."""
        first, last = span
        for run in (*self._runs, *self._recent):
            from_us, to_us = run.span
            if first <= to_us and from_us <= last:
                yield self._sorted(run)

    def _sorted(self, run: _Run) -> Keys:
        """The keys of a run, sorted; they are kept so."""
        is_shelved = isinstance(run.keys, Shelved)
        keys = self._shelf.get(run.keys) if isinstance(run.keys, Shelved) else run.keys
        if not run.is_sorted:
            keys = np.sort(keys)
            run.keys, run.is_sorted = self._shelf.put(keys) if is_shelved else keys, True
        return keys

    def _remember(self, run: _Run) -> None:
        """Keep the keys of a chunk; what has grown to a run is put aside."""
        self._recent.append(run)
        parts = [each.keys for each in self._recent if not isinstance(each.keys, Shelved)]
        if sum(len(keys) for keys in parts) < self._run_keys:
            return
        spans = [each.span for each in self._recent]
        whole = min(first for first, _ in spans), max(last for _, last in spans)
        self._runs.append(_Run(whole, self._shelf.put(np.concatenate(parts))))
        self._recent = []


def _is_among(keys: Keys, known: Keys) -> Bools:
    """Which keys stand in a sorted list."""
    if not len(known):
        return np.zeros(len(keys), dtype=np.bool_)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    result: Bools = known[place] == keys
    return result


def _is_later(keys: Keys, doubled: Keys) -> Bools:
    """Which rows hold one of the doubled keys and are not the first to do so."""
    rows = np.flatnonzero(_is_among(keys, doubled))
    order = rows[np.argsort(keys[rows], kind="stable")]
    result = np.zeros(len(keys), dtype=np.bool_)
    result[order[1:]] = keys[order[1:]] == keys[order[:-1]]
    return result
