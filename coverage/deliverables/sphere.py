"""Places as points in space, where the nearest by chord is the nearest on the sphere."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def unit_vectors(latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Floats:
    """Unit vectors of places.

    Parameters
    ----------
    latitude_deg, longitude_deg
        Places. [deg]

    Returns
    -------
    numpy.ndarray
        One row a place.

    Examples
    --------
    >>> unit_vectors([0.0, 90.0], [0.0, 0.0]).round(3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    phi = np.radians(np.asarray(latitude_deg, dtype=np.float64))
    lam = np.radians(np.asarray(longitude_deg, dtype=np.float64))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
