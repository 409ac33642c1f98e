"""The H3 lattice in whole numbers: a cell is an Eisenstein integer, its digits are remainders.

On one face of the icosahedron the cell centres of a resolution form a hexagonal lattice. Measured
in steps of that lattice, a centre is the complex number

    z = q + r w,    w = exp(i 60 deg),    q and r whole:

an Eisenstein integer. Since w w = w - 1, sums and products of such numbers are such numbers again.

**Parents.** The next coarser lattice is sqrt(7) wider and turned by 19.1 degrees, one way for odd
resolutions (H3's class III), the other way for even ones (class II), so that the turns cancel.
To widen and turn is to multiply: by 3 - w (length sqrt 7, angle -19.1 deg) or by its conjugate
2 + w. So the parent of z is z / rho rounded, with rho the one or the other, and the remainder
z - parent * rho is 0 or one of the six units: that is the child's digit.

**Four levels at once.** (3 - w) (2 + w) = 7: two levels are a division by the plain number 7,
four levels by 49. What the remainders are, and what they carry over to the quotient, therefore
depends on q mod 49 and r mod 49 alone: one table of 2,401 entries replaces four rounds of
rounding (:func:`stride`).

**Turns.** Base cells are not oriented alike, so the digits of a cell are those found on the face
turned by a multiple of 60 degrees, the same for every digit (:func:`turned`).

Sources: H3 documentation, "Coordinate systems", "Aperture 7 hexagon grid", "H3 index". The reading
as Eisenstein integers is standard number theory, and checked here against h3 at all resolutions.
"""

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Complexes = npt.NDArray[np.complex128]

MAX_RESOLUTION: Final = 15
OMEGA: Final = complex(0.5, 0.75**0.5)
"""w, the step at 60 degrees from the first."""
N_TURNS: Final = 6
STRIDE_LEVELS: Final = 4
STRIDE: Final = 49
"""Four levels divide by 49."""
STRIDE_SIZE: Final = STRIDE**2

DIGIT_BITS: Final = 3
DIGIT_MASK: Final = 7

_UNITS: Final = ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
_RING: Final = (4, 6, 2, 3, 1, 5)
"""H3's digits of the six units in counter-clockwise order: I, IJ, J, JK, K, IK."""
_RHO: Final = ((2, 1), (3, -1))
"""(q, r) of the factor between a cell's lattice and its parent's, for even and odd resolutions;
each is the other's conjugate."""


def _remainder_digits() -> Ints:
    """Digit of each remainder, at [q + 1, r + 1]."""
    table = np.zeros((3, 3), dtype=np.int64)
    for (q, r), digit in zip(_UNITS, _RING, strict=True):
        table[q + 1, r + 1] = digit
    return table


def _turned_digits() -> Ints:
    """Digit after ``turn`` steps of 60 degrees counter-clockwise, at [turn, digit]."""
    table = np.zeros((N_TURNS, 8), dtype=np.int64)
    table[:, DIGIT_MASK] = DIGIT_MASK
    for turn in range(N_TURNS):
        table[turn, list(_RING)] = np.roll(_RING, -turn)
    return table


_DIGIT_OF_REMAINDER: Final = _remainder_digits()
_TURNED: Final = _turned_digits()
_UNIT_OF_DIGIT: Final = np.array(
    [(0, 0), *(_UNITS[_RING.index(digit)] for digit in range(1, 7)), (0, 0)], dtype=np.int64
)
_ANGLE_OF_DIGIT: Final = np.array([0, *map(_RING.index, range(1, 7)), 0], dtype=np.int64)


def resolution_factor(resolution: int) -> complex:
    """How many of a resolution's steps one step of resolution 0 is, turn included.

    The product of the factors of all levels above: 7 for each pair, times 3 - w if one is left.

    Examples
    --------
    >>> resolution_factor(4), abs(resolution_factor(1)) ** 2
    ((49+0j), 7.000000000000001)
    """
    q, r = _RHO[1] if resolution % 2 else (1, 0)
    return complex(7 ** (resolution // 2)) * (q + r * OMEGA)


def _times(q: Ints, r: Ints, factor: tuple[int, int]) -> tuple[Ints, Ints]:
    """Product of Eisenstein integers: (q + r w) (a + b w), with w w = w - 1."""
    a, b = factor
    return a * q - b * r, a * r + b * q + b * r


def parent_of(q: Ints, r: Ints, resolution: int) -> tuple[Ints, Ints, Ints]:
    """Parent of lattice points, and their digits in it.

    Dividing by rho is multiplying by its conjugate and dividing by 7. A remainder over rho has
    coordinates 0, +-1/7, +-2/7 or +-3/7, never a half: q and r may be rounded each for itself.

    Parameters
    ----------
    q, r
        Lattice points of ``resolution``.
    resolution
        From 1.

    Returns
    -------
    tuple
        q and r in the parent's lattice, digit.
    """
    rho, conjugate = _RHO[resolution % 2], _RHO[1 - resolution % 2]
    seven_q, seven_r = _times(q, r, conjugate)
    parent_q, parent_r = (seven_q + 3) // 7, (seven_r + 3) // 7
    centre_q, centre_r = _times(parent_q, parent_r, rho)
    return parent_q, parent_r, _DIGIT_OF_REMAINDER[q - centre_q + 1, r - centre_r + 1]


def to_digits(q: Ints, r: Ints, resolution: int, n_levels: int) -> tuple[Ints, Ints, Ints]:
    """Ancestor ``n_levels`` up, and the digits on the way, three bits each, the finest lowest."""
    digits = np.zeros_like(q)
    for level in range(n_levels):
        q, r, digit = parent_of(q, r, resolution - level)
        digits = digits | digit << DIGIT_BITS * level
    return q, r, digits


def from_digits(q: Ints, r: Ints, digits: Ints, resolution: int) -> tuple[Ints, Ints]:
    """Lattice points of ``resolution`` below those of resolution 0; inverts :func:`to_digits`.

    Examples
    --------
    >>> q, r = np.array([123]), np.array([-45])
    >>> from_digits(*to_digits(q, r, 5, 5), 5)
    (array([123]), array([-45]))
    """
    for level in range(1, resolution + 1):
        q, r = _times(q, r, _RHO[level % 2])
        unit = _UNIT_OF_DIGIT[digits >> DIGIT_BITS * (resolution - level) & DIGIT_MASK]
        q, r = q + unit[..., 0], r + unit[..., 1]
    return q, r


def turned(digits: Ints, turn: Ints, n_levels: int) -> Ints:
    """Digits after turning the cell by ``turn`` steps of 60 degrees counter-clockwise."""
    result = np.zeros(np.broadcast_shapes(digits.shape, turn.shape), dtype=np.int64)
    for shift in range(0, DIGIT_BITS * n_levels, DIGIT_BITS):
        result |= _TURNED[turn, digits >> shift & DIGIT_MASK] << shift
    return result


def leading_digit(digits: Ints, n_levels: int) -> Ints:
    """First digit, coarsest first, that is not 0; 0 where all are."""
    lead = np.zeros_like(digits)
    for shift in range(0, DIGIT_BITS * n_levels, DIGIT_BITS):
        digit = digits >> shift & DIGIT_MASK
        lead = np.where(digit == 0, lead, digit)
    return lead


def turn_between(digit: Ints, turned_digit: Ints) -> Ints:
    """Turn that makes one digit of another; both from 1 to 6.

    Examples
    --------
    >>> turn_between(np.array([4, 5]), np.array([2, 4]))
    array([2, 1])
    """
    result: Ints = (_ANGLE_OF_DIGIT[turned_digit] - _ANGLE_OF_DIGIT[digit]) % N_TURNS
    return result


@dataclass(frozen=True, kw_only=True)
class Stride:
    """Four levels at once, by q mod 49 and r mod 49.

    Attributes
    ----------
    carry_q, carry_r
        What the remainders add to the quotients, at [q mod 49 * 49 + r mod 49].
    digits
        The four digits, turned, at [turn * STRIDE_SIZE + q mod 49 * 49 + r mod 49].
    """

    carry_q: npt.NDArray[np.int32]
    carry_r: npt.NDArray[np.int32]
    digits: Ints


@functools.cache
def stride(is_odd: bool) -> Stride:
    """Table of four levels, counted up from an odd or an even resolution."""
    resolution = STRIDE_LEVELS + is_odd
    q, r = (axis.ravel() for axis in np.mgrid[0:STRIDE, 0:STRIDE])
    carry_q, carry_r, digits = to_digits(q, r, resolution, STRIDE_LEVELS)
    turns = np.arange(N_TURNS)[:, np.newaxis]
    return Stride(
        carry_q=carry_q.astype(np.int32),
        carry_r=carry_r.astype(np.int32),
        digits=turned(digits, turns, STRIDE_LEVELS).ravel(),
    )
