"""How the lattices of the faces are tied to H3's base cells: indexes from lattice points and back.

Which base cell a lattice point of resolution 0 is, and how far a cell's digits are turned on that
face, is H3's own convention; no geometry tells it. It is learned from h3 (here "the oracle") by
comparing digits, once, on some 1,300 cells: one for each base cell and leading digit that a face
shows.

A lattice point of resolution 0 is called a *slot* of its face. Besides the ten slots whose base
cells lie on the face there are six whose descendants reach over its border: a cell's descendants
do not tile the cell but an island with a ragged coast.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.hexfaces import N_FACES, Bools, Faces, Floats, border_steps, plane_of
from coverage.hexlattice import (
    DIGIT_BITS,
    DIGIT_MASK,
    MAX_RESOLUTION,
    N_TURNS,
    OMEGA,
    Ints,
    from_digits,
    leading_digit,
    to_digits,
    turn_between,
    turned,
)

Cells = npt.NDArray[np.uint64]
Oracle = Callable[[Floats, Floats, int], Cells]

N_BASE_CELLS: Final = 122
BASE_SHIFT: Final = 45
BASE_MASK: Final = 127
RESOLUTION_SHIFT: Final = 52
MODE_CELL: Final = 1 << 59
"""Layout of the index: H3 documentation, "H3 index"."""

_LEARNED_RESOLUTION: Final = 5
"""The coarsest at which a face shows every slot and leading digit that finer resolutions show."""
_BORDER_STEPS: Final = 1e-9
"""A cell's centre may lie on a border: then either face gives the same place."""
_SLOT_REACH: Final = 2
_SLOT_WIDTH: Final = 2 * _SLOT_REACH + 1
_UNKNOWN: Final = -1


def unused_digits(resolution: int) -> int:
    """All digits below a resolution are 7 (H3 documentation, "H3 index")."""
    return (1 << DIGIT_BITS * (MAX_RESOLUTION - resolution)) - 1


def index_of(base: Ints, digits: Ints, resolution: int) -> Ints:
    """H3 index of a base cell and its digits."""
    shift = DIGIT_BITS * (MAX_RESOLUTION - resolution)
    header = MODE_CELL | resolution << RESOLUTION_SHIFT | unused_digits(resolution)
    return header | base << BASE_SHIFT | digits << shift


def lattice_reach(resolution: int) -> int:
    """Bound of q and r on a face.

    Corners are 2 steps of resolution 0 from the centre; q and r exceed a length by 2 / sqrt(3).
    """
    return int(np.ceil(2 * 7 ** (resolution / 2) * 2 / np.sqrt(3))) + 1


def lattice_square(reach: int) -> tuple[Ints, Ints]:
    """All q and r from ``-reach`` to ``reach``, row by row of q."""
    q, r = (axis.ravel() for axis in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    return q, r


def _slot_of(q: Ints, r: Ints) -> Ints:
    """Number of a slot, -1 for lattice points too far out."""
    is_slot = (np.abs(q) <= _SLOT_REACH) & (np.abs(r) <= _SLOT_REACH)
    return np.where(is_slot, (q + _SLOT_REACH) * _SLOT_WIDTH + r + _SLOT_REACH, _UNKNOWN)


_SLOT_Q, _SLOT_R = lattice_square(_SLOT_REACH)
_IS_CORNER: Final = np.isin(
    np.arange(_SLOT_WIDTH**2), _slot_of(np.array([2, -2, 0]), np.array([0, 2, -2]))
)
"""Slots at the corners of the face: the pentagons."""


def _examples(resolution: int) -> tuple[Ints, Ints, Ints, Ints]:
    """One lattice point for each slot and leading digit that a face shows, far from its border.

    Returns
    -------
    tuple
        q, r, slot, leading digit.
    """
    q, r = lattice_square(lattice_reach(resolution))
    depth = border_steps(plane_of(q, r, resolution))
    is_inside = depth > 0
    q, r, depth = q[is_inside], r[is_inside], depth[is_inside]
    q0, r0, digits = to_digits(q, r, resolution, resolution)
    slot, lead = _slot_of(q0, r0), leading_digit(digits, resolution)
    group = slot * (DIGIT_MASK + 1) + lead
    order = np.lexsort((-depth, group))
    deepest = order[np.unique(group[order], return_index=True)[1]]
    return q[deepest], r[deepest], slot[deepest], lead[deepest]


@dataclass(frozen=True, kw_only=True)
class _Home:
    """One face and slot for each base cell.

    Attributes
    ----------
    face, slot
        By base cell.
    turn
        At [base cell, leading digit of the index]; -1 where this face does not show such cells.
    """

    face: Ints
    slot: Ints
    turn: Ints


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """What was learned.

    Attributes
    ----------
    base
        Base cell at [face, slot]; -1 where the face shows none.
    turn
        Turn from the face's digits to the index's at [face, slot, leading digit on the face]; -1
        where the face shows none. It depends on the leading digit at pentagons only, where a sixth
        of the plane is missing.
    """

    base: Ints
    turn: Ints

    @classmethod
    def learn(cls, faces: Faces, oracle: Oracle) -> "Anchors":
        """Compare the digits found on each face with those of the oracle."""
        resolution = _LEARNED_RESOLUTION
        q, r, slot, lead = _examples(resolution)
        base = np.full((N_FACES, _SLOT_WIDTH**2), _UNKNOWN)
        turn = np.full((N_FACES, _SLOT_WIDTH**2, DIGIT_MASK), _UNKNOWN)
        for face in range(N_FACES):
            latitude, longitude = faces.unproject(plane_of(q, r, resolution), face)
            cells = oracle(latitude, longitude, resolution).astype(np.int64)
            true_digits = cells >> DIGIT_BITS * (MAX_RESOLUTION - resolution)
            base[face, slot] = cells >> BASE_SHIFT & BASE_MASK
            turn[face, slot, lead] = turn_between(lead, leading_digit(true_digits, resolution))

        # without a leading digit nothing tells the turn; a hexagon has one for all of its digits
        turn[:, :, 0] = _UNKNOWN
        turn[:, ~_IS_CORNER] = turn[:, ~_IS_CORNER].max(axis=-1, keepdims=True)
        return cls(base=base, turn=turn)

    def cells_at(self, face: Ints | int, q: Ints, r: Ints, resolution: int) -> tuple[Ints, Ints]:
        """Index of lattice points, level by level: plain, and the tables of the fast way.

        Returns
        -------
        tuple
            Index, 0 where it was not learned; turn that finer digits take, -1 where it was not
            learned and at the centre of pentagons, where those digits themselves decide it.
        """
        q0, r0, digits = to_digits(q, r, resolution, resolution)
        slot = _slot_of(q0, r0)
        lead = leading_digit(digits, resolution)
        base, turn = self.base[face, slot], self.turn[face, slot, lead]
        index = index_of(base, turned(digits, turn, resolution), resolution)
        is_known = (slot != _UNKNOWN) & (base != _UNKNOWN) & ((turn != _UNKNOWN) | (lead == 0))
        return np.where(is_known, index, 0), np.where(is_known, turn, _UNKNOWN)

    def places_of(self, cells: Ints, resolution: int) -> tuple[Ints, Ints, Ints]:
        """Face, q and r of cells of one resolution; face -1 where the index is not a cell's.

        A base cell shows on several faces; the cell is on the one that holds its centre.
        """
        shift = DIGIT_BITS * (MAX_RESOLUTION - resolution)
        base = cells >> BASE_SHIFT & BASE_MASK
        digits = cells >> shift & (1 << DIGIT_BITS * resolution) - 1
        lead = leading_digit(digits, resolution)
        face = np.full(cells.shape, _UNKNOWN)
        q, r = np.zeros_like(face), np.zeros_like(face)
        rows = np.flatnonzero(_is_cell(cells, base, digits, resolution))
        for home in self._homes:
            turn = home.turn[base[rows], lead[rows]]
            digits_on_face = turned(digits[rows], (N_TURNS - turn) % N_TURNS, resolution)
            slot = home.slot[base[rows]]
            q_on_face, r_on_face = from_digits(
                _SLOT_Q[slot], _SLOT_R[slot], digits_on_face, resolution
            )
            depth = border_steps(plane_of(q_on_face, r_on_face, resolution))
            is_home = (turn != _UNKNOWN) & (depth > -_BORDER_STEPS)
            found = rows[is_home]
            face[found] = home.face[base[found]]
            q[found], r[found] = q_on_face[is_home], r_on_face[is_home]
            rows = rows[~is_home]
        return face, q, r

    @functools.cached_property
    def _homes(self) -> tuple[_Home, ...]:
        """The first face of every base cell, the second where it has one, and so on.

        The more of a base cell a face shows (the nearer its slot to the middle), the earlier.
        """
        slot_distance = np.abs(_SLOT_Q + _SLOT_R * OMEGA)
        face, slot = np.nonzero(self.base != _UNKNOWN)
        base = self.base[face, slot]
        order = np.lexsort((face, slot_distance[slot], base))
        face, slot, base = face[order], slot[order], base[order]
        rank = np.arange(len(base)) - np.searchsorted(base, base)
        return tuple(
            self._home_of(face[rank == k], slot[rank == k], base[rank == k])
            for k in range(rank.max() + 1)
        )

    def _home_of(self, face: Ints, slot: Ints, base: Ints) -> _Home:
        """Spread over all base cells, and the turns by the digit they lead to."""
        home_face, home_slot = np.zeros((2, N_BASE_CELLS), dtype=np.int64)
        home_face[base], home_slot[base] = face, slot
        home_turn = np.full((N_BASE_CELLS, DIGIT_MASK), _UNKNOWN)
        for lead in range(DIGIT_MASK):
            turn = self.turn[face, slot, lead]
            true_lead = turned(np.full_like(turn, lead), turn, 1)
            is_shown = turn != _UNKNOWN
            home_turn[base[is_shown], true_lead[is_shown]] = turn[is_shown]
        home_turn[base, 0] = np.maximum(home_turn[base, 0], 0)
        return _Home(face=home_face, slot=home_slot, turn=home_turn)


def _is_cell(cells: Ints, base: Ints, digits: Ints, resolution: int) -> Bools:
    """Whether an index has the form of a cell's at this resolution."""
    is_cell: Bools = (base < N_BASE_CELLS) & (index_of(base, digits, resolution) == cells)
    for shift in range(0, DIGIT_BITS * resolution, DIGIT_BITS):
        is_cell &= (digits >> shift & DIGIT_MASK) != DIGIT_MASK
    return is_cell
