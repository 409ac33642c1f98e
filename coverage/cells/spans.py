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
_EARLINESS, _LATENESS, _STRONGEST, _CHILDREN = range(4)


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
    """One row a group, united by maximum and bitwise or: the order does not matter.

    The four numbers of a group lie side by side, so that one reach into memory fetches all.
    """

    def __init__(self) -> None:
        self._rows: UInts = np.zeros((0, 4), dtype=np.uint64)

    def first_us(self, groups: Ints) -> Ints:
        """Earliest time of these groups, since 1970 [us]."""
        return (_TIME_BIAS - self._column(groups, _EARLINESS)).view(np.int64)

    def last_us(self, groups: Ints) -> Ints:
        """Latest time of these groups, since 1970 [us]."""
        return (self._column(groups, _LATENESS) - _TIME_BIAS).view(np.int64)

    def strongest(self, groups: Ints) -> UInts:
        """Strongest radio cell of these groups, as made by :func:`strongest_code`; 0 = none."""
        return self._column(groups, _STRONGEST)

    def children(self, groups: Ints) -> npt.NDArray[np.uint8]:
        """Child cells seen, bit d for the child of digit d."""
        return self._column(groups, _CHILDREN).astype(np.uint8)

    def make_room(self, n_groups: int) -> None:
        """Let there be a row for each group."""
        self._rows = grown(self._rows, n_groups)

    def unite(
        self,
        groups: Ints,
        *,
        first_us: Ints,
        last_us: Ints,
        strongest: UInts,
        children: npt.NDArray[np.uint8],
    ) -> None:
        """Take in readings, or spans of counts.

        Parameters
        ----------
        groups
            Group of each row; a group may stand in many.
        first_us, last_us
            Times since 1970. [us]
        strongest
            Numbers of :func:`strongest_code`, 0 = no radio cell.
        children
            Child cells, bit d for the child of digit d.
        """
        known = self._rows.take(groups, axis=0)
        risen = {
            _EARLINESS: _TIME_BIAS - first_us.view(np.uint64),
            _LATENESS: _TIME_BIAS + last_us.view(np.uint64),
            _STRONGEST: strongest,
        }
        for column, values in risen.items():  # few rows rise, once the first were seen
            larger = np.flatnonzero(values > known[:, column])
            np.maximum.at(self._rows[:, column], groups[larger], values[larger])
        bits = children.astype(np.uint64)
        new = np.flatnonzero(bits & ~known[:, _CHILDREN])
        np.bitwise_or.at(self._rows[:, _CHILDREN], groups[new], bits[new])

    def _column(self, groups: Ints, column: int) -> UInts:
        """One number of each group."""
        values: UInts = self._rows[groups, column]
        return values
