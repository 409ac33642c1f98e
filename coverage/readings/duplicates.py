"""The same reading seen twice: files overlap and repeat (FORMATS 19.5).

Two rows are one reading if device, time, position, radio cell and level agree. Rows are compared by
a 64-bit hash of these: among 10 million rows a false match has a chance of 3 in a million.
"""

from collections.abc import Iterable, Iterator
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


def keys_of(texts: Iterable[Codes], numbers: Iterable[npt.NDArray[np.generic]]) -> Keys:
    """Hash of each row."""
    columns = [_word_hashes(text) for text in texts] + [_bits(values) for values in numbers]
    n_rows = len(columns[0])
    result = np.zeros(1, dtype=np.uint64)
    for column in columns:  # what is the same in every row so far is one number
        if len(result) < n_rows and not (column == column[0]).all():
            result = np.repeat(result, n_rows)
        result = _mixed(result ^ (column if len(result) == n_rows else column[:1]))
    return result if len(result) == n_rows else np.repeat(result[:1], n_rows)


def _mixed(value: Keys) -> Keys:
    """Finaliser of SplitMix64 (Steele, Lea, Flood 2014), after adding its increment."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
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
    """The bits of numbers, the same for every NaN and for both zeros."""
    if values.dtype.kind != "f":
        return values.astype(np.int64, copy=False).view(np.uint64)
    return (np.where(np.isnan(values), _UNKNOWN, values) + 0.0).view(np.uint64)


def _word_hashes(text: Codes) -> Keys:
    """Hash of each row's word, the same in every chunk."""
    hashes = [
        int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
        for word in text.words
    ]
    return np.array([*hashes, 0], dtype=np.uint64)[text.codes]


class Seen:
    """Readings met so far in one input: 8 bytes a reading, beyond some millions in a file.

    Equal readings have equal times, so keys are kept in runs with the time each spans, and only
    those are looked at that a chunk's time falls into.

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
        self._runs: list[tuple[Span, Shelved]] = []
        self._recent: list[tuple[Span, Keys]] = []

    def is_repeat(self, keys: Keys, time_us: npt.NDArray[np.int64]) -> Bools:
        """Which rows were met before, in this call or an earlier one; then remember them."""
        if not len(keys):
            return np.zeros(0, dtype=np.bool_)
        ordered = np.sort(keys)
        repeat = _is_later(keys, np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))
        span = int(time_us.min()), int(time_us.max())
        for known in self._known_in(span):
            met = ordered[_is_among(ordered, known)]
            if len(met):
                repeat |= _is_among(keys, met)
        self._remember(span, ordered)
        return repeat

    def _known_in(self, span: Span) -> Iterator[Keys]:
        """Sorted keys of readings in a span of time, run by run."""
        first, last = span
        for (from_us, to_us), shelved in self._runs:
            if first <= to_us and from_us <= last:
                yield self._shelf.get(shelved)
        for (from_us, to_us), known in self._recent:
            if first <= to_us and from_us <= last:
                yield known

    def _remember(self, span: Span, ordered: Keys) -> None:
        """Keep sorted keys; what has grown to a run is put aside."""
        self._recent.append((span, ordered))
        if sum(len(known) for _, known in self._recent) < self._run_keys:
            return
        spans, parts = zip(*self._recent, strict=True)
        whole = min(first for first, _ in spans), max(last for _, last in spans)
        self._runs.append((whole, self._shelf.put(np.sort(np.concatenate(parts)))))
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
