"""H3 cells of many positions at once, and centres and disks of many cells, exactly as h3 has them.

The walk of a position: its face and the lattice point there (:mod:`coverage.hexfaces`), the digits
of that point (:mod:`coverage.hexlattice`), the index (:mod:`coverage.hexanchors`). The last two are
read off tables: the finest four levels, the next four, and so on, until a *crown* of at most four
levels is left, whose lattice points are few enough for a table of all their indexes.

Rows in doubt are answered by h3 itself, the "oracle" handed in, so that no rounding error shows:
about one row in 9,000. Nothing is remembered from one call to the next: a row's cell does not
depend on what came before, and threads share nothing that changes.
"""

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np

from coverage.hexanchors import (
    RESOLUTION_SHIFT,
    Anchors,
    Cells,
    Oracle,
    lattice_reach,
    lattice_square,
    unused_digits,
)
from coverage.hexfaces import N_FACES, Faces, Floats, Ints32, border_steps, plane_of, snap
from coverage.hexlattice import (
    DIGIT_BITS,
    MAX_RESOLUTION,
    STRIDE,
    STRIDE_LEVELS,
    STRIDE_SIZE,
    Ints,
    Stride,
    resolution_factor,
    stride,
)

CHUNK_ROWS: Final = 32_768
"""Rows worked on at once: a dozen arrays of 256 KiB stay near the processor."""


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Tables of one resolution.

    Attributes
    ----------
    strides
        From the finest level up: what four levels carry, and their turned digits in place.
    reach
        Lattice points of the crown have q and r from ``-reach`` to ``reach``.
    indexes
        Index at [face, q, r], flat, the digits of the strides still 0; 0 where the crown does not
        tell: in pentagons' centres and where nothing was learned.
    offsets
        Where the turn of that lattice point begins in the digits of a stride.
    """

    strides: tuple[tuple[Stride, Ints], ...]
    reach: int
    indexes: Ints
    offsets: Ints32


class HexIndexer:
    """Bulk indexer.

    Parameters
    ----------
    corner_latitude_deg, corner_longitude_deg
        Centres of the twelve pentagons of resolution 0.
    oracle
        H3's own cells of positions: latitude, longitude [deg], resolution.
    """

    def __init__(
        self, corner_latitude_deg: Floats, corner_longitude_deg: Floats, oracle: Oracle
    ) -> None:
        self._oracle = oracle
        self._faces = Faces(corner_latitude_deg, corner_longitude_deg)
        self._anchors = Anchors.learn(self._faces, oracle)
        self._plan = functools.cache(self._plan_of)

    def cells_of(self, latitude_deg: Floats, longitude_deg: Floats, resolution: int) -> Cells:
        """Cell of each position; 0 where it is NaN or out of range. One-dimensional arrays."""
        cells = np.zeros(latitude_deg.shape, dtype=np.uint64)
        for start in range(0, len(cells), CHUNK_ROWS):
            rows = slice(start, start + CHUNK_ROWS)
            lat, lon = latitude_deg[rows], longitude_deg[rows]
            is_valid = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
            if is_valid.all():
                cells[rows] = self._cells_of_chunk(lat, lon, resolution)
            elif is_valid.any():
                lat, lon = lat[is_valid], lon[is_valid]
                cells[rows][is_valid] = self._cells_of_chunk(lat, lon, resolution)
        return cells

    def centres_of(self, cells: Cells, resolution: int) -> tuple[Floats, Floats]:
        """Centre of each cell of one resolution [deg]; NaN where the index is not a cell's."""
        latitude, longitude = np.full((2, *cells.shape), np.nan)
        for start in range(0, len(cells), CHUNK_ROWS):
            chunk = cells[start : start + CHUNK_ROWS].astype(np.int64)
            face, q, r = self._anchors.places_of(chunk, resolution)
            is_cell = face >= 0
            plane = plane_of(q[is_cell], r[is_cell], resolution)
            rows = start + np.flatnonzero(is_cell)
            latitude[rows], longitude[rows] = self._faces.unproject(plane, face[is_cell])
        return latitude, longitude

    def disks_of(self, cells: Cells, k: int, resolution: int) -> Cells:
        """Cells within ``k`` steps of each cell of one resolution, where its face is wide enough.

        On one face, neighbours in the lattice are neighbours on the globe; across borders they
        need not be.

        Returns
        -------
        numpy.ndarray
            Shape (n, 1 + 3k(k + 1)), rows in no order; 0 in the rows this way does not tell.
        """
        step_q, step_r = lattice_square(k)
        is_near = np.abs(step_q + step_r) <= k
        step_q, step_r = step_q[is_near], step_r[is_near]
        face, q, r = self._anchors.places_of(cells.astype(np.int64), resolution)
        border = border_steps(plane_of(q, r, resolution)) * abs(resolution_factor(resolution))
        rows = np.flatnonzero((face >= 0) & (border > k + 1))
        index = self._cells_at(
            np.repeat(face[rows], len(step_q)),
            (q[rows, np.newaxis] + step_q).ravel(),
            (r[rows, np.newaxis] + step_r).ravel(),
            resolution,
        ).reshape(len(rows), len(step_q))
        index[(index == 0).any(axis=1)] = 0
        disks = np.zeros((len(cells), len(step_q)), dtype=np.uint64)
        disks[rows] = index.view(np.uint64)
        return disks

    def _cells_of_chunk(
        self, latitude_deg: Floats, longitude_deg: Floats, resolution: int
    ) -> Cells:
        """Cells of valid positions, at least one."""
        nearest = self._faces.nearest(latitude_deg, longitude_deg, resolution)
        a, b = self._faces.project(latitude_deg, longitude_deg, nearest.face, resolution)
        q, r, is_doubtful = snap(a, b)
        cells = self._cells_at(nearest.face, q, r, resolution).view(np.uint64)
        is_doubtful |= cells == 0
        is_doubtful[nearest.doubtful] = True
        rows = np.flatnonzero(is_doubtful)
        if len(rows):
            cells[rows] = self._oracle(latitude_deg[rows], longitude_deg[rows], resolution)
        return cells

    def _cells_at(
        self, face: int | Ints, q: Ints32 | Ints, r: Ints32 | Ints, resolution: int
    ) -> Ints:
        """Index of lattice points of a face; 0 where it was not learned."""
        plan = self._plan(resolution)
        crown_q, crown_r = q, r
        remainders = []
        for table, _ in plan.strides:
            quotient_q, quotient_r = crown_q // STRIDE, crown_r // STRIDE
            remainder = (crown_q - quotient_q * STRIDE) * STRIDE + crown_r - quotient_r * STRIDE
            remainders.append(remainder)
            crown_q = quotient_q + table.carry_q[remainder]
            crown_r = quotient_r + table.carry_r[remainder]

        width = 2 * plan.reach + 1
        place = (face * width + crown_q + plan.reach) * width + crown_r + plan.reach
        index, offset = plan.indexes.take(place), plan.offsets.take(place)
        rows = np.flatnonzero(index == 0)
        for remainder, (_, digits) in zip(remainders, plan.strides, strict=True):
            index |= digits.take(remainder + offset)
        if len(rows):
            faces = face if isinstance(face, int) else face[rows]
            index[rows], _ = self._anchors.cells_at(
                faces, q[rows].astype(np.int64), r[rows].astype(np.int64), resolution
            )
        return index

    def _plan_of(self, resolution: int) -> _Plan:
        """Tables of one resolution: strides from the finest level up, then the crown."""
        n_strides = max(0, (resolution - 1) // STRIDE_LEVELS)
        strides = []
        for level in range(resolution, resolution - n_strides * STRIDE_LEVELS, -STRIDE_LEVELS):
            table = stride(is_odd=level % 2 == 1)
            strides.append((table, table.digits << DIGIT_BITS * (MAX_RESOLUTION - level)))
        crown = resolution - n_strides * STRIDE_LEVELS
        reach = lattice_reach(crown)
        tables = [self._crown_of(face, reach, crown, resolution) for face in range(N_FACES)]
        return _Plan(
            strides=tuple(strides),
            reach=reach,
            indexes=np.concatenate([indexes for indexes, _ in tables]),
            offsets=np.concatenate([offsets for _, offsets in tables]),
        )

    def _crown_of(self, face: int, reach: int, crown: int, resolution: int) -> tuple[Ints, Ints32]:
        """Indexes and offsets of one face's crown, for cells of ``resolution``."""
        index, turn = self._anchors.cells_at(face, *lattice_square(reach), crown)
        is_told = (index != 0) & ((turn >= 0) | (resolution == crown))
        finer = (resolution - crown) << RESOLUTION_SHIFT
        first_child = index + finer - unused_digits(crown) + unused_digits(resolution)
        offset = np.maximum(turn, 0) * STRIDE_SIZE
        return np.where(is_told, first_child, 0), offset.astype(np.int32)
