"""What maps of the ground say about a place: height, slope, relief, coast, clutter, people.

Maps arrive as plain grids in degrees; which file they come from is no matter of this room. A value
that the map does not know is NaN and stays so: a void is not a plain.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import ndimage

from coverage.errors import InputError
from coverage.geodesy import EARTH_RADIUS_M

Floats = npt.NDArray[np.float64]
Values = npt.NDArray[np.float32]
Booleans = npt.NDArray[np.bool_]

M_PER_DEG: Final = float(np.radians(1.0) * EARTH_RADIUS_M)
CHUNK: Final = 500_000  # positions sampled at once: a few arrays of 4 MB
MIN_KNOWN_WEIGHT: Final = 0.5  # of the four corners, by bilinear weight
FAR_FROM_COAST_M: Final = 100_000.0  # nothing changes farther inland


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Values at the centres of a regular raster in latitude and longitude.

    Attributes
    ----------
    value
        Shape (rows, columns), NaN where not known.
    latitude_deg, longitude_deg
        Centre of the first row and of the first column. [deg]
    row_step_deg, column_step_deg
        From one to the next; a raster with north up has negative row steps. [deg]
    """

    value: Values
    latitude_deg: float
    longitude_deg: float
    row_step_deg: float
    column_step_deg: float

    def __post_init__(self) -> None:
        """Refuse what is no raster."""
        if self.value.ndim != 2 or min(self.value.shape) < 2:
            raise InputError(f"Invalid grid shape {self.value.shape}. Must be at least 2 x 2.")
        for name in ("row_step_deg", "column_step_deg"):
            step = getattr(self, name)
            if not 0 < abs(step) < 10:
                raise InputError(f"Invalid {name} {step}. Must be in (0, 10) or (-10, 0).")

    @functools.cached_property
    def has_gaps(self) -> bool:
        """Whether any value is not known."""
        return not bool(np.isfinite(self.value).all())

    @property
    def step_m(self) -> tuple[float, float]:
        """Height of a row and width of a column, at the middle of the grid [m]."""
        middle = self.latitude_deg + self.row_step_deg * (self.value.shape[0] - 1) / 2
        width = abs(self.column_step_deg) * M_PER_DEG * float(np.cos(np.radians(middle)))
        return abs(self.row_step_deg) * M_PER_DEG, width

    def with_values(self, values: npt.NDArray[np.floating]) -> Self:
        """The same raster with other values."""
        return replace(self, value=values.astype(np.float32, copy=False))

    def filled(self, value: float) -> Self:
        """The same raster with gaps filled by one value."""
        return self.with_values(np.where(np.isfinite(self.value), self.value, value))

    def at(self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Floats:
        """Bilinear value at each position; NaN outside and where most corners are not known.

        Examples
        --------
        >>> grid = Grid(value=np.array([[0, 1], [2, 3]], dtype=np.float32), latitude_deg=0.0,
        ...             longitude_deg=100.0, row_step_deg=-1.0, column_step_deg=1.0)
        >>> grid.at([0.0, -0.5, 1.0], [100.5, 100.5, 100.5]).tolist()
        [0.5, 1.5, nan]
        """
        latitude, longitude = np.broadcast_arrays(
            np.asarray(latitude_deg, dtype=np.float64), np.asarray(longitude_deg, dtype=np.float64)
        )
        flat_latitude, flat_longitude = latitude.ravel(), longitude.ravel()
        result = np.empty(len(flat_latitude))
        for start in range(0, len(result), CHUNK):
            some = slice(start, start + CHUNK)
            result[some] = self._some_at(flat_latitude[some], flat_longitude[some])
        return result.reshape(latitude.shape)

    def _some_at(self, latitude_deg: Floats, longitude_deg: Floats) -> Floats:
        """As :meth:`at`, for as many as fit at once."""
        n_rows, n_columns = self.value.shape
        row = (latitude_deg - self.latitude_deg) / self.row_step_deg
        column = (longitude_deg - self.longitude_deg) / self.column_step_deg
        # half a pixel beyond the outer centres still lies in their pixels
        is_inside = (row >= -0.5) & (row <= n_rows - 0.5)
        is_inside &= (column >= -0.5) & (column <= n_columns - 0.5)
        row = np.clip(np.where(is_inside, row, 0.0), 0.0, n_rows - 1.0)
        column = np.clip(np.where(is_inside, column, 0.0), 0.0, n_columns - 1.0)
        first_row = np.minimum(row.astype(np.int64), n_rows - 2)
        first_column = np.minimum(column.astype(np.int64), n_columns - 2)
        corner = first_row * n_columns + first_column
        flat = self.value.ravel()
        corners = np.stack(
            [flat[corner], flat[corner + 1], flat[corner + n_columns], flat[corner + n_columns + 1]]
        )
        down, right = row - first_row, column - first_column
        weights = np.stack(
            [(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right]
        )
        if not self.has_gaps:
            value = np.einsum("cn,cn->n", corners, weights)
            return np.where(is_inside, value, np.nan)
        known = np.isfinite(corners)
        weights = np.where(known, weights, 0.0)
        total = weights.sum(axis=0)
        value = np.einsum("cn,cn->n", np.where(known, corners, 0.0), weights)
        is_known = is_inside & (total >= MIN_KNOWN_WEIGHT)
        return np.where(is_known, value / np.maximum(total, MIN_KNOWN_WEIGHT), np.nan)


@dataclass(frozen=True, kw_only=True)
class TerrainParams:
    """What is read off a map of heights.

    Attributes
    ----------
    relief_radii_m
        Half the sides of the squares whose mean height a place is compared with. [m]
    min_sea_km2
        Ground at or under 0 m that hangs together over this much area is sea. [km2]
    is_void_sea
        Whether the map leaves the sea void, so that a void counts as 0 m; else it is not known.
    """

    relief_radii_m: tuple[float, ...] = (500.0, 2000.0, 5000.0)
    min_sea_km2: float = 20.0
    is_void_sea: bool = False

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        radii = self.relief_radii_m
        if not radii or list(radii) != sorted(set(radii)) or radii[0] <= 0:
            raise InputError(f"Invalid relief_radii_m {radii}. Must be positive and rising.")
        if not self.min_sea_km2 > 0:
            raise InputError(f"Invalid min_sea_km2 {self.min_sea_km2}. Must be > 0.")


def terrain_features(
    height_m: Grid,
    latitude_deg: npt.ArrayLike,
    longitude_deg: npt.ArrayLike,
    params: TerrainParams,
) -> pd.DataFrame:
    """Height, slope, relief and distance to the sea at each place.

    Parameters
    ----------
    height_m
        Heights over the sea. [m]
    latitude_deg, longitude_deg
        Places. [deg]
    params
        Radii, and what is sea.

    Returns
    -------
    pandas.DataFrame
        In the order of the places: ``height_m, slope_deg``, ``above_<radius>m_m`` (height over the
        mean of the surroundings) and ``log_coast_m`` (log10 of the distance to the sea, at most
        100 km). NaN where the map does not reach.
    """
    columns = {
        "height_m": height_m.at(latitude_deg, longitude_deg),
        "slope_deg": slope_deg(height_m).at(latitude_deg, longitude_deg),
    }
    for radius_m in params.relief_radii_m:
        around = mean_around(height_m, radius_m).at(latitude_deg, longitude_deg)
        columns[f"above_{radius_m:.0f}m_m"] = columns["height_m"] - around
    coast = coast_m(height_m, params.min_sea_km2).at(latitude_deg, longitude_deg)
    columns["log_coast_m"] = np.log10(np.maximum(coast, 1.0))
    return pd.DataFrame(columns)


def share_features(
    shares: Mapping[str, Grid],
    latitude_deg: npt.ArrayLike,
    longitude_deg: npt.ArrayLike,
    radii_m: tuple[float, ...] = (100.0, 300.0),
) -> pd.DataFrame:
    """Share of the ground that is of a class (trees, buildings ...) around each place.

    Parameters
    ----------
    shares
        Share of each pixel that is of the class, by the class's name. [0-1]
    latitude_deg, longitude_deg
        Places. [deg]
    radii_m
        Half the sides of the squares looked at. [m]

    Returns
    -------
    pandas.DataFrame
        ``<class>_<radius>m_share`` [0-1], NaN where the map does not reach.
    """
    columns = {}
    for name, share in shares.items():
        for radius_m in radii_m:
            around = mean_around(share, radius_m).at(latitude_deg, longitude_deg)
            columns[f"{name}_{radius_m:.0f}m_share"] = around
    return pd.DataFrame(columns)


def population_features(
    people: Grid,
    latitude_deg: npt.ArrayLike,
    longitude_deg: npt.ArrayLike,
    radius_m: float = 500.0,
) -> pd.DataFrame:
    """Population around each place: ``log_population``, log10(1 + mean of the map's values).

    The unit is the map's own (people a pixel or a square kilometre); the calibration needs none.
    """
    around = mean_around(people, radius_m).at(latitude_deg, longitude_deg)
    return pd.DataFrame({"log_population": np.log10(1.0 + np.maximum(around, 0.0))})


def slope_deg(height_m: Grid) -> Grid:
    """Steepest slope at each pixel, by central differences [deg]."""
    step_m = height_m.step_m
    along, across = np.gradient(height_m.value, *step_m)
    return height_m.with_values(np.degrees(np.arctan(np.hypot(along, across))))


def mean_around(grid: Grid, radius_m: float) -> Grid:
    """Mean of the known values in the square of this half side about each pixel.

    NaN where less than half of the square's part inside the raster is known.
    """
    size = [2 * round(radius_m / step) + 1 for step in grid.step_m]
    known = np.isfinite(grid.value)
    inside = ndimage.uniform_filter(np.ones_like(grid.value), size, mode="constant")
    weight = inside
    if grid.has_gaps:
        weight = ndimage.uniform_filter(known.astype(np.float32), size, mode="constant")
    total = ndimage.uniform_filter(np.where(known, grid.value, 0.0), size, mode="constant")
    is_enough = weight >= inside / 2
    return grid.with_values(
        np.divide(total, weight, out=np.full_like(total, np.nan), where=is_enough & (weight > 0))
    )


def coast_m(height_m: Grid, min_sea_km2: float) -> Grid:
    """Distance to the sea, 0 on it, at most :data:`FAR_FROM_COAST_M` [m].

    Sea is ground at or under 0 m in one piece of at least this area; a map without any is
    everywhere far from it.
    """
    row_m, column_m = height_m.step_m
    piece, n_pieces = ndimage.label(height_m.value <= 0)
    area_km2 = np.bincount(piece.ravel(), minlength=n_pieces + 1) * row_m * column_m / 1e6
    is_large = area_km2 >= min_sea_km2
    is_large[0] = False  # piece 0 is the dry ground
    is_sea: Booleans = is_large[piece]
    if not is_sea.any():
        away = np.full(height_m.value.shape, FAR_FROM_COAST_M)
    else:
        away = ndimage.distance_transform_edt(~is_sea, sampling=(row_m, column_m))
    away = np.minimum(away, FAR_FROM_COAST_M)
    return height_m.with_values(np.where(np.isfinite(height_m.value), away, np.nan))
