"""The H3 lattice on the globe: the twenty faces of the icosahedron and their planes.

H3 wraps the globe in an icosahedron whose twelve corners are the centres of the twelve pentagons
of resolution 0. A position belongs to the face whose centre is nearest; there it is projected from
the middle of the globe on the plane that touches the face's centre (gnomonic projection), and in
that plane the cells form a hexagonal lattice (:mod:`coverage.hexlattice`).

Every coordinate used here is a ratio of two products of the position's direction with fixed
vectors. A ratio does not change with the direction's length, so any positive multiple of the unit
vector serves, and the cheapest one is taken (:func:`_direction`).

**From the plane to the lattice point.** Take the coordinates A = 2q + r and B = q + 2r of the
plane. The lines on which A, B or A - B is a whole number cut the plane into small triangles, six
to a hexagon: each triangle has exactly one lattice point among its corners (A + B is three times
a whole number there), and every border between hexagons lies on such a line. So the triangle is
enough to know the cell, and a position is in doubt only close to a line (:func:`snap`).

**Doubt.** h3 and this module round differently, so next to a border they may disagree. Positions
closer to a border than :data:`LINE_GUARD`, far more than both errors together, are reported as
doubtful; who calls has them answered by h3 itself.

Sources: H3 documentation, "Coordinate systems"; H3's C sources, `faceijk.c`, for what is nearest
and for the loss of digits next to a face's centre.
"""

import functools
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.hexlattice import MAX_RESOLUTION, OMEGA, Complexes, Ints, resolution_factor

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints32 = npt.NDArray[np.int32]

N_FACES: Final = 20
CORNER_STEPS: Final = 2
"""From a face's centre to its corners it is two steps of the lattice of resolution 0 (H3
documentation); to its borders therefore one."""

LINE_GUARD: Final = 2e-5
"""Width of the doubt around lines of whole A, B, A - B [lattice steps].

Directions are good to some 1e-15 rad here and in h3; at resolution 15 a radian is over 1e7 steps
of A. Of 500,000 positions next to borders none was seen to differ farther than 8e-8 from one: the
guard is 250 times as wide, and costs one row in 9,000.
"""
FACE_GUARD_RAD: Final = 1e-9
"""Width of the doubt around the borders between faces, 6 mm."""
CENTRE_ERROR_RAD2: Final = 3.2e-15
"""h3 takes the distance from a face's centre as acos(1 - d d / 2), where 1.1e-16 is lost: the
distance is wrong by that over itself. This is 29 times the loss [rad rad]; next to a face's centre
where it over the distance exceeds the guard, h3 is asked."""
_MIXED: Final = -1
_BORDER_NORMALS: Final = np.exp(1j * np.radians([60.0, 180.0, 300.0]))
"""Directions from a face's centre to its three borders; the first corner lies at 0 degrees."""


def _direction(latitude_deg: Floats, longitude_deg: Floats) -> tuple[Floats, Floats, Floats]:
    """A positive multiple of each position's unit vector, with two tangents for all trigonometry.

    The unit vector over cos(lat) is (cos lon, sin lon, tan lat), and with h = tan(lon / 2)
    cos lon = (1 - h h) / (1 + h h), sin lon = 2 h / (1 + h h). Times 1 + h h no division is left.
    At the poles and at 180 degrees the tangents are about 1.6e16: large, but exact enough.
    """
    h = np.tan(longitude_deg * (np.pi / 360))
    h_squared = h * h
    z = np.tan(latitude_deg * (np.pi / 180))
    z *= 1 + h_squared
    return 1 - h_squared, h + h, z


def _unit_vectors(latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    """Unit vectors, shape (n, 3)."""
    lat, lon = np.radians(latitude_deg), np.radians(longitude_deg)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def snap(a: Floats, b: Floats) -> tuple[Ints32, Ints32, Bools]:
    """Lattice points of positions (A, B), and whether they are in doubt.

    The triangle is known by floor A, floor B and which of the two fractions is larger. Its centre
    of gravity has q and r within a third of those of its lattice point: rounding finds it.

    Returns
    -------
    tuple
        q, r, doubtful.

    Examples
    --------
    >>> q, r, is_doubtful = snap(np.array([0.3, 2.1, 0.99999]), np.array([-0.4, 0.8, 0.5]))
    >>> q, r, is_doubtful
    (array([0, 1, 0], dtype=int32), array([0, 0, 0], dtype=int32), array([False, False,  True]))
    """
    floor_a, floor_b = np.floor(a), np.floor(b)
    part_a, part_b = a - floor_a, b - floor_b
    difference = part_a - part_b

    # three times the centre of gravity is q = 2a - m + 1, r = b + m - a; 1 more, to round by floor
    whole_a, whole_b = floor_a.astype(np.int32), floor_b.astype(np.int32)
    m = whole_b + (difference < 0)
    q, r = (2 * whole_a - m + 2) // 3, (whole_b + m - whole_a + 1) // 3

    # distances from the middle between two lines, of each kind: 0.5 is on a line
    off_middle = np.maximum(np.abs(part_a - 0.5), np.abs(part_b - 0.5))
    np.maximum(off_middle, np.abs(np.abs(difference) - 0.5), out=off_middle)
    return q, r, off_middle > 0.5 - LINE_GUARD


def border_steps(plane: Complexes) -> Floats:
    """Distance from the border of the face, positive inside [steps of resolution 0]."""
    outwards = np.multiply.outer(_BORDER_NORMALS.conj(), plane).real
    result: Floats = CORNER_STEPS / 2 - outwards.max(axis=0)
    return result


def plane_of(q: Ints, r: Ints, resolution: int) -> Complexes:
    """Lattice points in the plane of their face [steps of resolution 0]."""
    result: Complexes = (q + r * OMEGA) / resolution_factor(resolution)
    return result


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """Faces of some positions.

    Attributes
    ----------
    face
        One number for all of them, or an array.
    doubtful
        Rows too close to a border between faces, or to a face's centre.
    """

    face: int | Ints
    doubtful: Ints


class Faces:
    """The twenty faces.

    Parameters
    ----------
    latitude_deg, longitude_deg
        The twelve corners of the icosahedron.
    """

    def __init__(self, latitude_deg: Floats, longitude_deg: Floats) -> None:
        corners = _unit_vectors(latitude_deg, longitude_deg)
        cosines = corners @ corners.T
        # neighbouring corners are 63.4 degrees apart (cosine 0.447), the others at least 116.6
        triples = [
            list(three)
            for three in combinations(range(len(corners)), 3)
            if all(cosines[pair] > 0.4 for pair in combinations(three, 2))
        ]
        middles = corners[triples].sum(axis=1)
        self._centres = middles / np.linalg.norm(middles, axis=1)[:, np.newaxis]
        first = corners[[three[0] for three in triples]]
        height = (first * self._centres).sum(axis=1)[:, np.newaxis]
        towards = first / height - self._centres
        self._step = float(np.linalg.norm(towards, axis=1).mean() / CORNER_STEPS)
        east = towards / np.linalg.norm(towards, axis=1)[:, np.newaxis]
        north = np.cross(self._centres, east)
        self._plane_axes = east + 1j * north
        self._lattice_axes = functools.cache(self._axes_of)

    def nearest(self, latitude_deg: Floats, longitude_deg: Floats, resolution: int) -> Nearest:
        """Face of each position: of all, of its box of one degree, or by comparing distances.

        All positions must be valid, and there must be one.
        """
        south, north = float(latitude_deg.min()), float(latitude_deg.max())
        west, east = float(longitude_deg.min()), float(longitude_deg.max())
        candidates, is_plain = self._candidates(
            np.array([(south + north) / 2]),
            np.array([(west + east) / 2]),
            np.hypot(north - south, east - west) / 2,
        )
        if is_plain[0]:
            return Nearest(face=int(candidates[0].argmax()), doubtful=np.zeros(0, dtype=np.int64))
        row = np.floor(latitude_deg + 90).astype(np.int32)
        column = np.floor(longitude_deg + 180).astype(np.int32)
        face = self._face_of_box[row, column].astype(np.int64)
        mixed = np.flatnonzero(face == _MIXED)
        face[mixed], is_doubtful = self._nearest_of(
            np.flatnonzero(candidates[0]), latitude_deg[mixed], longitude_deg[mixed], resolution
        )
        return Nearest(face=face, doubtful=mixed[is_doubtful])

    def project(
        self, latitude_deg: Floats, longitude_deg: Floats, face: int | Ints, resolution: int
    ) -> tuple[Floats, Floats]:
        """Coordinates A and B of positions on their faces [lattice steps]."""
        x, y, z = _direction(latitude_deg, longitude_deg)
        ax, ay, az, bx, by, bz, cx, cy, cz = self._lattice_axes(resolution)[:, face]
        depth = cx * x + cy * y + cz * z
        return (ax * x + ay * y + az * z) / depth, (bx * x + by * y + bz * z) / depth

    def unproject(self, plane: Complexes, face: int | Ints) -> tuple[Floats, Floats]:
        """Latitude and longitude of points in the planes of their faces [deg]."""
        axes = self._plane_axes[face]
        offset = (np.conj(plane)[..., np.newaxis] * axes).real * self._step
        x, y, z = np.moveaxis(self._centres[face] + offset, -1, 0)
        return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))

    def _axes_of(self, resolution: int) -> Floats:
        """Vectors of A, of B, and of the depth, at [vector * 3 + component, face].

        A point at plane position x + iy is the lattice point z = q + r w = (x + iy) factor / step,
        so A = 2q + r = 2 Re z and B = q + 2r = Re z + sqrt(3) Im z.
        """
        z = self._plane_axes * (resolution_factor(resolution) / self._step)
        a, b = 2 * z.real, z.real + np.sqrt(3) * z.imag
        return np.ascontiguousarray(np.concatenate([a, b, self._centres], axis=1).T)

    def _nearest_of(
        self, candidates: Ints, latitude_deg: Floats, longitude_deg: Floats, resolution: int
    ) -> tuple[Ints, Bools]:
        """Nearest of some faces, and whether the position is in doubt."""
        x, y, z = _direction(latitude_deg, longitude_deg)
        length = np.sqrt(x * x + y * y + z * z)
        first, second = np.full((2, *x.shape), -np.inf)
        face = np.zeros(x.shape, dtype=np.int64)
        for candidate in candidates:
            cx, cy, cz = self._centres[candidate]
            nearness = cx * x + cy * y + cz * z
            np.copyto(face, candidate, where=nearness > first)
            np.maximum(second, np.minimum(first, nearness), out=second)
            np.maximum(first, nearness, out=first)
        is_doubtful = first - second < FACE_GUARD_RAD * length
        is_doubtful |= first > np.cos(self._centre_guard_rad(resolution)) * length
        return face, is_doubtful

    def _candidates(
        self, latitude_deg: Floats, longitude_deg: Floats, radius_deg: float
    ) -> tuple[Bools, Bools]:
        """Faces that may be nearest somewhere in disks, and whether there is nothing to compare.

        Within a disk the distance from a face's centre differs by at most the radius: a face that
        is two radii farther from the disk's middle than the nearest one is nowhere nearest. The
        disk holds the box whose half diagonal is its radius, as an arc is never longer than its
        degrees of latitude and longitude make it.

        Returns
        -------
        tuple
            At [disk, face]; whether only one face remains, and no face's centre is near.
        """
        radius = np.radians(radius_deg) + FACE_GUARD_RAD
        middles = _unit_vectors(latitude_deg, longitude_deg)
        cosines = (middles[:, np.newaxis, :] * self._centres).sum(axis=-1)
        distance = np.arccos(np.clip(cosines, -1.0, 1.0))
        nearest = distance.min(axis=1)
        candidates = distance <= nearest[:, np.newaxis] + 2 * radius
        is_far = nearest > radius + self._centre_guard_rad(MAX_RESOLUTION)
        return candidates, (candidates.sum(axis=1) == 1) & is_far

    @functools.cached_property
    def _face_of_box(self) -> npt.NDArray[np.int8]:
        """Face of each box of one degree, from 90 S 180 W, or that it must be looked at."""
        longitude: Floats = np.arange(-180, 181, dtype=np.float64) + 0.5
        boxes = np.full((181, len(longitude)), _MIXED, dtype=np.int8)
        for row in range(len(boxes)):
            latitude = np.full(longitude.shape, row - 89.5)
            candidates, is_plain = self._candidates(latitude, longitude, np.hypot(0.5, 0.5))
            boxes[row, is_plain] = candidates[is_plain].argmax(axis=1)
        return boxes

    def _centre_guard_rad(self, resolution: int) -> float:
        """Within this distance of a face's centre everything is in doubt."""
        steps_per_rad = abs(resolution_factor(resolution)) / self._step
        return float(CENTRE_ERROR_RAD2 * steps_per_rad / LINE_GUARD)
