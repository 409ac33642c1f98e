"""Counted keys packed into 64 bits, so that one sort orders and one pass adds them.

An entry holds the fields of a key, most significant first, and in its lowest bits how often the
key was met::

    | group | value | count |        or        | group | device | day | count |

Sorting plain ``uint64`` needs no second array and no argument sort, and adding up is a run-length
pass. A count that does not fit its bits is split over several entries of one key: readers always
add equal keys. Fields only ever get wider (:meth:`Layout.grown`), which keeps the order, so that
entries written under a narrow layout can be merged with later ones (:func:`relayout`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.errors import InputError

UInts = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

ENTRY_BITS: Final = 64


@dataclass(frozen=True)
class Layout:
    """How the fields of a key share an entry with its count.

    Attributes
    ----------
    widths
        Bits of each field, most significant first; what is left of 64 holds the count.
    """

    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        """Leave room for a count."""
        if sum(self.widths) >= ENTRY_BITS:
            raise InputError(
                f"Invalid number of groups, devices and days for one count: {self.widths} bits. "
                f"Must leave one of {ENTRY_BITS} bits for the count.",
                remedy="Count the inputs in smaller parts.",
            )

    @property
    def count_bits(self) -> int:
        """Bits of the count."""
        return ENTRY_BITS - sum(self.widths)

    @property
    def shifts(self) -> tuple[int, ...]:
        """Place of each field's lowest bit."""
        ends = np.cumsum(self.widths)
        return tuple(int(ENTRY_BITS - end) for end in ends)

    def holds(self, sizes: tuple[int, ...]) -> bool:
        """Whether codes below ``sizes`` fit their fields."""
        return all(size <= 1 << width for size, width in zip(sizes, self.widths, strict=True))

    def grown(self, sizes: tuple[int, ...]) -> "Layout":
        """Layout whose fields hold codes below ``sizes``, none narrower than before.

        Examples
        --------
        >>> Layout((4, 4)).grown((17, 3)).widths
        (5, 4)
        """
        needed = ((size - 1).bit_length() for size in sizes)
        return Layout(tuple(max(pair) for pair in zip(self.widths, needed, strict=True)))

    def pack(self, *fields: npt.NDArray[np.integer]) -> UInts:
        """Keys of the fields' codes, count bits empty."""
        keys = np.zeros(fields[0].shape, dtype=np.uint64)
        for field, shift in zip(fields, self.shifts, strict=True):
            keys |= field.astype(np.uint64) << np.uint64(shift)
        return keys

    def field(self, entries: UInts, place: int) -> Ints:
        """One field of each entry."""
        value = entries >> np.uint64(self.shifts[place])
        value &= np.uint64((1 << self.widths[place]) - 1)
        return value.view(np.int64)

    def counts(self, entries: UInts) -> Ints:
        """Count of each entry."""
        return (entries & np.uint64((1 << self.count_bits) - 1)).view(np.int64)

    def head(self, entries: UInts, n_fields: int) -> UInts:
        """The first fields of each entry as one number: equal heads are equal fields."""
        return entries >> np.uint64(ENTRY_BITS - sum(self.widths[:n_fields]))

    def with_counts(self, keys: UInts, counts: Ints) -> UInts:
        """Entries of keys (count bits empty) and counts of at least one, split where too large.

        The array of keys may be used for the result.
        """
        limit = (1 << self.count_bits) - 1
        if not len(counts) or counts.max() <= limit:
            keys |= counts.view(np.uint64)
            return keys
        n_entries = -(-counts // limit)
        entries = np.repeat(keys | np.uint64(limit), n_entries)
        rest = counts - (n_entries - 1) * limit
        entries[np.cumsum(n_entries) - 1] = keys | rest.view(np.uint64)
        return entries


def starts_of(values: npt.NDArray[np.generic]) -> npt.NDArray[np.intp]:
    """Where each run of equal values begins.

    Examples
    --------
    >>> starts_of(np.array([4, 4, 7, 9, 9])).tolist()
    [0, 2, 3]
    """
    if not len(values):
        return np.zeros(0, dtype=np.intp)
    is_start = np.empty(len(values), dtype=np.bool_)
    is_start[0] = True
    np.not_equal(values[1:], values[:-1], out=is_start[1:])
    return np.flatnonzero(is_start)


def added_up(entries: UInts, layout: Layout) -> tuple[UInts, Ints]:
    """Distinct keys (count bits empty) and their summed counts, of sorted entries."""
    starts = starts_of(layout.head(entries, len(layout.widths)))
    if not len(starts):
        return entries[:0], np.zeros(0, dtype=np.int64)
    sums = np.add.reduceat(layout.counts(entries), starts)
    keys = entries[starts]
    keys &= ~np.uint64((1 << layout.count_bits) - 1)
    return keys, sums


def collapsed(entries: UInts, layout: Layout) -> UInts:
    """Sorted entries with equal keys made one (more only where the count does not fit)."""
    return layout.with_counts(*added_up(entries, layout))


def relayout(entries: UInts, old: Layout, new: Layout) -> UInts:
    """Entries under a wider layout, in the same order."""
    if old == new:
        return entries
    fields = (old.field(entries, place) for place in range(len(old.widths)))
    return new.with_counts(new.pack(*fields), old.counts(entries))
