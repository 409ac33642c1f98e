"""A map of where readings lie, in characters: small enough for a terminal, drawn while reading."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEP_DEG: Final = 1e-4
_MAX_PLACES: Final = 200_000
_WIDTH: Final = 60
_HEIGHT: Final = 16
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot of a Braille character, row by row (Unicode 15, block 2800)."""


class Dots:
    """Places seen so far, on a grid that grows coarser as they become many."""

    def __init__(self) -> None:
        self._step_deg = _STEP_DEG
        self._places = np.zeros((0, 2), dtype=np.int64)

    def add(self, latitude_deg: Floats, longitude_deg: Floats) -> None:
        """More readings."""
        given = np.stack([latitude_deg, longitude_deg], axis=1) / self._step_deg
        self._places = np.unique(
            np.concatenate([self._places, np.floor(given).astype(np.int64)]), axis=0
        )
        while len(self._places) > _MAX_PLACES:
            self._step_deg *= 10
            self._places = np.unique(self._places // 10, axis=0)

    def lines(self) -> Iterator[str]:
        """The map, north up, east and north to one scale; nothing without readings."""
        if not len(self._places):
            return
        points = (self._places + 0.5) * self._step_deg
        latitude, longitude = points[:, 0], points[:, 1]
        east = (longitude - longitude.min()) * np.cos(np.radians(latitude.mean()))
        north = latitude - latitude.min()
        per_dot = max(east.max() / (2 * _WIDTH - 1), north.max() / (4 * _HEIGHT - 1), 1e-6)
        column = (east / per_dot).astype(np.int64)
        row = ((north.max() - north) / per_dot).astype(np.int64)
        canvas = np.zeros((row.max() // 4 + 1, column.max() // 2 + 1), dtype=np.int64)
        bits = np.array(_DOTS)[row % 4, column % 2]
        np.bitwise_or.at(canvas, (row // 4, column // 2), bits)
        for line in canvas.tolist():
            yield "".join(chr(0x2800 + bits) for bits in line).rstrip("\u2800")
        yield f"one character is {per_dot * 2 * 111.2:.3g} km wide, north is up"
