"""What unites rather than adds: first and last time, child cells seen, strongest radio cell.

Times and strongest cells are kept as numbers that only ever rise, with 0 for "nothing yet", so that
one rule (the maximum) serves all three and room for new groups is room nobody has written to.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.cells.groups import grown
from coverage.cells.packing import Ints, UInts

IDENTITY_BITS: Final = 55  # NCI, the widest identity, has 36
_IDENTITY_MASK: Final = np.uint64((1 << IDENTITY_BITS) - 1)
_TIME_BIAS: Final = np.uint64(1 << 63)


def strongest_code(signal_code: Ints, identity: Ints) -> UInts:
    """Number that rises with the level and, at one level, as the identity falls; never 0.

    Parameters
    ----------
    signal_code
        Level above the lowest, from 1.
    identity
        Radio cell identity, not negative, under 2**55.
    """
    level = signal_code.astype(np.uint64) << np.uint64(IDENTITY_BITS)
    return level | (_IDENTITY_MASK - identity.astype(np.uint64))


def strongest_of(code: UInts) -> tuple[Ints, Ints]:
    """Level code and identity of each number made by :func:`strongest_code`; 0, 0 for 0."""
    level = (code >> np.uint64(IDENTITY_BITS)).astype(np.int64)
    identity = (_IDENTITY_MASK - (code & _IDENTITY_MASK)).astype(np.int64)
    return level, np.where(level > 0, identity, 0)


class Spans:
    """One row a group, united by maximum and bitwise or: the order does not matter."""

    def __init__(self) -> None:
        self._earliness = np.zeros(0, dtype=np.uint64)
        self._lateness = np.zeros(0, dtype=np.uint64)
        self._strongest = np.zeros(0, dtype=np.uint64)
        self._children = np.zeros(0, dtype=np.uint8)

    def first_us(self, groups: Ints) -> Ints:
        """Earliest time of these groups, since 1970 [us]."""
        return (_TIME_BIAS - self._earliness[groups]).view(np.int64)

    def last_us(self, groups: Ints) -> Ints:
        """Latest time of these groups, since 1970 [us]."""
        return (self._lateness[groups] - _TIME_BIAS).view(np.int64)

    def strongest(self, groups: Ints) -> UInts:
        """Strongest radio cell of these groups, as made by :func:`strongest_code`; 0 = none."""
        return self._strongest[groups]

    def children(self, groups: Ints) -> npt.NDArray[np.uint8]:
        """Child cells seen, bit d for the child of digit d."""
        return self._children[groups]

    def make_room(self, n_groups: int) -> None:
        """Let there be a row for each group."""
        self._earliness = grown(self._earliness, n_groups)
        self._lateness = grown(self._lateness, n_groups)
        self._strongest = grown(self._strongest, n_groups)
        self._children = grown(self._children, n_groups)

    def unite_times(self, groups: Ints, first_us: Ints, last_us: Ints) -> None:
        """Take in times of readings, or spans of counts."""
        _raise(self._earliness, groups, _TIME_BIAS - first_us.view(np.uint64))
        _raise(self._lateness, groups, _TIME_BIAS + last_us.view(np.uint64))

    def unite_strongest(self, groups: Ints, strongest: UInts) -> None:
        """Take in numbers of :func:`strongest_code`."""
        _raise(self._strongest, groups, strongest)

    def unite_children(self, groups: Ints, children: npt.NDArray[np.uint8]) -> None:
        """Take in child cells, bit d for the child of digit d."""
        new = np.flatnonzero(children & ~self._children.take(groups))
        np.bitwise_or.at(self._children, groups[new], children[new])


def _raise(target: UInts, groups: Ints, values: UInts) -> None:
    """Raise a group's number where the value is larger: few rows, once the first were seen."""
    larger = np.flatnonzero(values > target.take(groups))
    np.maximum.at(target, groups[larger], values[larger])
