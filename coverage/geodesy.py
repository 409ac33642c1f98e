"""Distances, bearings and a local plane on the sphere.

A sphere of the mean radius R1 = 6 371 008.8 m (IUGG) is within 0.5 % of the ellipsoid, far inside
the accuracy of any phone's position.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_M: Final = 6_371_008.8  # mean radius R1, IUGG

Floats = npt.NDArray[np.float64]


def distance_m(
    latitude_deg: npt.ArrayLike,
    longitude_deg: npt.ArrayLike,
    to_latitude_deg: npt.ArrayLike,
    to_longitude_deg: npt.ArrayLike,
) -> Floats:
    """Great-circle distance by the haversine formula, broadcasting [m]. NaN in, NaN out.

    Examples
    --------
    >>> float(distance_m(-6.0, 106.0, -6.0, 107.0).round())
    110586.0
    """
    lat1, lat2 = np.radians(latitude_deg), np.radians(to_latitude_deg)
    dlon = np.radians(to_longitude_deg) - np.radians(longitude_deg)
    return _haversine_m(lat2 - lat1, dlon, np.cos(lat1) * np.cos(lat2))


def step_m(latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    """Distance of each position of a path from the one before [m]; one less than positions.

    Examples
    --------
    >>> step_m(np.array([-6.0, -6.0, -6.0]), np.array([106.0, 107.0, 107.0])).round().tolist()
    [110586.0, 0.0]
    """
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    cosine = np.cos(latitude)
    return _haversine_m(np.diff(latitude), np.diff(longitude), cosine[:-1] * cosine[1:])


def _haversine_m(dlat: Floats, dlon: Floats, cosines: Floats) -> Floats:
    """Distance by the differences [rad] and the product of the cosines of both latitudes [m]."""
    h = np.sin(dlat / 2) ** 2 + cosines * np.sin(dlon / 2) ** 2
    result: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
    return result


def bearing_deg(
    latitude_deg: npt.ArrayLike,
    longitude_deg: npt.ArrayLike,
    to_latitude_deg: npt.ArrayLike,
    to_longitude_deg: npt.ArrayLike,
) -> Floats:
    """Initial bearing of the great circle, clockwise from north, in [0, 360) [deg].

    Examples
    --------
    >>> [float(b) for b in bearing_deg(0.0, 0.0, [1.0, 0.0, -1.0], [0.0, 1.0, 0.0])]
    [0.0, 90.0, 180.0]
    """
    lat1, lat2 = np.radians(latitude_deg), np.radians(to_latitude_deg)
    dlon = np.radians(to_longitude_deg) - np.radians(longitude_deg)
    y = np.sin(dlon) * np.cos(lat2)
    x = np.cos(lat1) * np.sin(lat2) - np.sin(lat1) * np.cos(lat2) * np.cos(dlon)
    result: Floats = np.degrees(np.arctan2(y, x)) % 360.0
    return result


def to_plane_m(
    latitude_deg: npt.ArrayLike,
    longitude_deg: npt.ArrayLike,
    origin: tuple[float, float],
) -> Floats:
    """Position in a local plane, x east and y north of ``origin`` (latitude, longitude) [m].

    Equirectangular: distances within 300 km of the origin at Banten's latitude keep to 0.2 %.

    Returns
    -------
    numpy.ndarray
        Shape (n, 2).
    """
    lat0, lon0 = origin
    y = np.radians(np.asarray(latitude_deg, dtype=np.float64) - lat0) * EARTH_RADIUS_M
    x = np.radians(np.asarray(longitude_deg, dtype=np.float64) - lon0) * EARTH_RADIUS_M
    return np.stack([x * np.cos(np.radians(lat0)), y], axis=-1)


def from_plane_m(plane_m: Floats, origin: tuple[float, float]) -> tuple[Floats, Floats]:
    """Latitude and longitude of positions made by :func:`to_plane_m` [deg]."""
    lat0, lon0 = origin
    latitude = lat0 + np.degrees(plane_m[..., 1] / EARTH_RADIUS_M)
    longitude = lon0 + np.degrees(plane_m[..., 0] / (EARTH_RADIUS_M * np.cos(np.radians(lat0))))
    return latitude, longitude
