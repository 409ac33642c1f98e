"""The ground of the synthetic Banten: coast, islands, regencies, towns, hills, vegetation.

Shaped after Banten by hand and from memory, coarse on purpose: no surveyed boundary, height or
village enters. The eight regencies carry their real names, codes, voters and polling stations
(KPU's figures for Pemilu 2024), so that proportions are those of the province.
"""

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial import cKDTree

from coverage.geodesy import from_plane_m, to_plane_m

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ORIGIN: Final = (-6.4, 106.1)  # of the local plane, latitude and longitude [deg]
SOUTH_DEG: Final = -7.05
WEST_DEG: Final = 105.15
STEP_DEG: Final = 0.002  # raster step, about 220 m
N_ROWS: Final = 650
N_COLUMNS: Final = 840

_COAST: Final = (  # latitude, longitude [deg], clockwise from the north-west
    (-5.935, 106.000), (-5.880, 106.030), (-5.895, 106.090), (-5.960, 106.105), (-6.015, 106.130),
    (-6.030, 106.180), (-5.985, 106.240), (-5.945, 106.270), (-5.975, 106.340), (-6.040, 106.410),
    (-6.015, 106.480), (-6.000, 106.540), (-6.015, 106.620), (-6.030, 106.680), (-6.080, 106.720),
    (-6.110, 106.705), (-6.190, 106.715), (-6.230, 106.755), (-6.310, 106.775), (-6.360, 106.745),
    (-6.350, 106.660), (-6.320, 106.590), (-6.360, 106.520), (-6.420, 106.440), (-6.520, 106.430),
    (-6.600, 106.440), (-6.680, 106.500), (-6.780, 106.480), (-6.870, 106.420), (-6.990, 106.395),
    (-6.950, 106.300), (-6.930, 106.240), (-6.880, 106.150), (-6.820, 106.030), (-6.790, 105.970),
    (-6.850, 105.900), (-6.830, 105.780), (-6.810, 105.680), (-6.850, 105.540), (-6.830, 105.420),
    (-6.850, 105.280), (-6.780, 105.220), (-6.740, 105.300), (-6.760, 105.420), (-6.740, 105.500),
    (-6.640, 105.590), (-6.560, 105.620), (-6.500, 105.680), (-6.440, 105.780), (-6.370, 105.815),
    (-6.290, 105.830), (-6.180, 105.840), (-6.070, 105.880), (-6.000, 105.950),
)  # fmt: skip

ISLANDS: Final = (  # name, latitude, longitude [deg], radius [m]
    ("Pulau Panjang", -5.930, 106.155, 1300.0),
    ("Pulau Tunda", -5.812, 106.280, 900.0),
    ("Pulau Sangiang", -5.955, 105.850, 1300.0),
)

PARK_EAST_DEG: Final = 105.48
"""West of this longitude lies a national park: no villages and no masts [deg]."""

_TOWNS: Final = (  # latitude, longitude [deg], weight, spread [km]
    (-6.18, 106.64, 1.00, 7.0), (-6.30, 106.71, 1.00, 6.0), (-6.23, 106.55, 0.60, 7.0),
    (-6.20, 106.44, 0.35, 6.0), (-6.06, 106.53, 0.20, 7.0), (-6.12, 106.15, 0.60, 5.0),
    (-6.01, 106.03, 0.55, 4.5), (-6.17, 106.31, 0.25, 6.0), (-6.31, 106.11, 0.25, 4.0),
    (-6.36, 106.25, 0.30, 4.5), (-6.38, 105.85, 0.15, 3.5), (-6.53, 106.38, 0.10, 3.5),
    (-6.53, 105.76, 0.07, 3.5), (-6.78, 106.02, 0.08, 3.5), (-6.92, 106.25, 0.06, 3.0),
    (-6.08, 105.92, 0.12, 3.5), (-6.62, 105.88, 0.05, 3.0),
)  # fmt: skip

_PEAKS: Final = (  # latitude, longitude [deg], height [m], spread [km]
    (-6.27, 106.04, 900.0, 4.0), (-6.34, 105.97, 700.0, 3.0), (-5.925, 106.05, 250.0, 2.0),
    (-6.74, 106.47, 900.0, 8.0), (-6.80, 106.27, 350.0, 6.0), (-6.62, 106.15, 300.0, 6.0),
    (-6.10, 105.97, 250.0, 3.0), (-6.68, 105.72, 200.0, 5.0),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Regency:
    """One kabupaten or kota, with KPU's figures for 2024.

    Attributes
    ----------
    code
        Kemendagri code, "36.01".
    name
        Name in capitals, as KPU writes it.
    n_districts
        Kecamatan. [count]
    n_voters
        Registered voters, Pemilu 2024 (regional.kompas.com, 27 Jun 2023). [count]
    n_tps
        Polling stations, the same source. [count]
    centres
        Points, latitude and longitude; land belongs to the regency of the nearest one. [deg]
    """

    code: str
    name: str
    n_districts: int
    n_voters: int
    n_tps: int
    centres: tuple[tuple[float, float], ...]

    @property
    def is_city(self) -> bool:
        """Kota, whose villages are kelurahan (Kemendagri codes from 71 up)."""
        return self.code[-2:] >= "71"


REGENCIES: Final = (
    Regency(code="36.01", name="PANDEGLANG", n_districts=35, n_voters=996_127, n_tps=3_759,
            centres=((-6.31, 106.08), (-6.38, 105.87), (-6.53, 105.75), (-6.72, 105.68),
                     (-6.68, 105.55), (-6.62, 105.88), (-6.40, 105.98), (-6.76, 105.80),
                     (-6.78, 105.40))),
    Regency(code="36.02", name="LEBAK", n_districts=28, n_voters=1_048_643, n_tps=3_995,
            centres=((-6.37, 106.25), (-6.53, 106.38), (-6.55, 106.20), (-6.78, 106.02),
                     (-6.90, 106.25), (-6.60, 106.06), (-6.70, 106.37), (-6.70, 106.15),
                     (-6.36, 106.38), (-6.88, 106.38))),
    Regency(code="36.03", name="TANGERANG", n_districts=29, n_voters=2_353_825, n_tps=9_016,
            centres=((-6.20, 106.45), (-6.27, 106.48), (-6.08, 106.51), (-6.07, 106.63),
                     (-6.26, 106.56), (-6.31, 106.60))),
    Regency(code="36.04", name="SERANG", n_districts=29, n_voters=1_226_201, n_tps=4_425,
            centres=((-6.09, 105.93), (-6.21, 106.00), (-6.13, 106.28), (-6.03, 106.30),
                     (-6.21, 106.34), (-5.93, 106.07), (-6.21, 106.18), (-6.15, 105.88))),
    Regency(code="36.71", name="KOTA TANGERANG", n_districts=13, n_voters=1_362_773, n_tps=5_175,
            centres=((-6.16, 106.62), (-6.19, 106.68), (-6.21, 106.65))),
    Regency(code="36.72", name="KOTA CILEGON", n_districts=8, n_voters=324_562, n_tps=1_253,
            centres=((-6.00, 106.02), (-6.03, 105.99))),
    Regency(code="36.73", name="KOTA SERANG", n_districts=6, n_voters=508_278, n_tps=1_877,
            centres=((-6.12, 106.15), (-6.07, 106.17))),
    Regency(code="36.74", name="KOTA TANGERANG SELATAN", n_districts=7, n_voters=1_022_237,
            n_tps=3_824,
            centres=((-6.28, 106.71), (-6.33, 106.71), (-6.31, 106.67))),
)  # fmt: skip
"""Voters and polling stations add up to 8,842,646 and 33,324, the province's totals."""


def rng_of(seed: int, purpose: str) -> np.random.Generator:
    """Random numbers for one purpose: changing one part of the world leaves the others alone."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


@dataclass(frozen=True, kw_only=True, eq=False)
class Raster:
    """Values on the world's grid, row 0 in the south, column 0 in the west."""

    grid: npt.NDArray[np.float32]

    def at(self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Floats:
        """Bilinear value at any position; the border's value beyond it."""
        rows = (np.asarray(latitude_deg, dtype=np.float64) - SOUTH_DEG) / STEP_DEG
        columns = (np.asarray(longitude_deg, dtype=np.float64) - WEST_DEG) / STEP_DEG
        n_rows, n_columns = self.grid.shape
        rows = np.clip(rows, 0, n_rows - 1.001)
        columns = np.clip(columns, 0, n_columns - 1.001)
        row, column = rows.astype(np.intp), columns.astype(np.intp)
        up, right = rows - row, columns - column
        corner = row * n_columns + column
        flat = self.grid.ravel()
        south = flat[corner] * (1 - right) + flat[corner + 1] * right
        north = flat[corner + n_columns] * (1 - right) + flat[corner + n_columns + 1] * right
        result: Floats = south * (1 - up) + north * up
        return result


@dataclass(frozen=True, kw_only=True, eq=False)
class Land:
    """The ground that everything stands on.

    Attributes
    ----------
    mainland
        Polygon, longitude before latitude as geometry libraries want it. [deg]
    islands
        Polygon of each island by name. [deg]
    elevation_m
        Height above the sea, 0 at sea. [m]
    clutter_db
        Extra loss through trees and buildings, mean 0. [dB]
    """

    mainland: shapely.Polygon
    islands: dict[str, shapely.Polygon]
    elevation_m: Raster
    clutter_db: Raster


def build_land(seed: int) -> Land:
    """Coast, islands, hills and vegetation of one seed; the coast is the same for all seeds."""
    mainland = shapely.Polygon([(lon, lat) for lat, lon in _COAST])
    islands = {name: disc(lat, lon, radius) for name, lat, lon, radius in ISLANDS}
    shapely.prepare([mainland, *islands.values()])
    return Land(
        mainland=mainland,
        islands=islands,
        elevation_m=_elevation(seed, shapely.union_all([mainland, *islands.values()])),
        clutter_db=Raster(grid=(3.0 * _smooth_noise(seed, "clutter", 0.75)).astype(np.float32)),
    )


def disc(latitude_deg: float, longitude_deg: float, radius_m: float) -> shapely.Polygon:
    """Polygon of 24 corners around a point [deg]."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    plane = radius_m * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    latitude, longitude = from_plane_m(plane, (latitude_deg, longitude_deg))
    return shapely.Polygon(np.round(np.stack([longitude, latitude], axis=-1), 6))


def is_mainland(land: Land, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Bools:
    """Whether each position lies on the mainland."""
    inside: Bools = shapely.contains_xy(land.mainland, longitude_deg, latitude_deg)
    return inside


def island_of(
    land: Land, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike
) -> npt.NDArray[np.object_]:
    """Name of the island at each position, None off the islands."""
    names = np.full(np.shape(latitude_deg), None, dtype=object)
    for name, polygon in land.islands.items():
        names[shapely.contains_xy(polygon, longitude_deg, latitude_deg)] = name
    return names


def regency_of(latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Ints:
    """Index in :data:`REGENCIES` of each position, by the nearest of the regencies' centres."""
    owner = np.repeat(np.arange(len(REGENCIES)), [len(r.centres) for r in REGENCIES])
    centres = np.array([centre for regency in REGENCIES for centre in regency.centres])
    tree = cKDTree(to_plane_m(centres[:, 0], centres[:, 1], ORIGIN))
    _distance, nearest = tree.query(to_plane_m(latitude_deg, longitude_deg, ORIGIN))
    result: Ints = owner[nearest].astype(np.int64)
    return result


def urban_share(latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Floats:
    """How built-up a place is, 0 open country, 1 town centre, falling off around each town."""
    plane = to_plane_m(latitude_deg, longitude_deg, ORIGIN)
    total = np.zeros(plane.shape[:-1])
    for lat, lon, weight, spread_km in _TOWNS:
        distance_sq = np.sum((plane - to_plane_m(lat, lon, ORIGIN)) ** 2, axis=-1)
        total += weight * np.exp(-distance_sq / (2 * (1000 * spread_km) ** 2))
    return np.minimum(total, 1.0)


def random_mainland(land: Land, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Positions spread evenly over the inhabited mainland, latitude and longitude [deg]."""
    _west, south, east, north = land.mainland.bounds
    latitude, longitude = np.empty(0), np.empty(0)
    while latitude.size < n:
        lat = rng.uniform(south, north, 3 * n)
        lon = rng.uniform(PARK_EAST_DEG, east, 3 * n)
        keep = is_mainland(land, lat, lon)
        latitude = np.concatenate([latitude, lat[keep]])
        longitude = np.concatenate([longitude, lon[keep]])
    return latitude[:n], longitude[:n]


def spread_points(plane_m: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Choose ``n`` of many points so that they follow their density yet keep apart.

    Lloyd's algorithm (IEEE Trans. Inf. Theory 28:129, 1982), four rounds, then the nearest point
    to each centre.

    Returns
    -------
    numpy.ndarray
        Indices of distinct points, sorted; fewer than ``n`` where centres share a point.
    """
    centres = plane_m[rng.choice(len(plane_m), size=n, replace=False)]
    for _round in range(4):
        _distance, owner = cKDTree(centres).query(plane_m)
        count = np.maximum(np.bincount(owner, minlength=n), 1)
        means = [np.bincount(owner, weights=axis, minlength=n) / count for axis in plane_m.T]
        has_points = np.bincount(owner, minlength=n)[:, None] > 0
        centres = np.where(has_points, np.stack(means, axis=-1), centres)
    _distance, nearest = cKDTree(plane_m).query(centres)
    return np.unique(nearest).astype(np.int64)


def _elevation(seed: int, land: shapely.Geometry) -> Raster:
    """Heights: a plain in the north, hills from 6.2 S on, peaks, 0 at sea, low at the coast."""
    latitude = SOUTH_DEG + STEP_DEG * np.arange(N_ROWS)
    longitude = WEST_DEG + STEP_DEG * np.arange(N_COLUMNS)
    lon_grid, lat_grid = np.meshgrid(longitude, latitude)
    south_share = np.clip((-6.20 - lat_grid) / 0.40, 0, 1)
    height = 8 + 180 * south_share
    height += (0.03 + 0.97 * south_share) * 120 * _smooth_noise(seed, "hills", 2.5)
    height += (0.03 + 0.97 * south_share) * 45 * _smooth_noise(seed, "ridges", 0.6)
    plane = to_plane_m(lat_grid, lon_grid, ORIGIN)
    for lat, lon, peak_m, spread_km in _PEAKS:
        distance_sq = np.sum((plane - to_plane_m(lat, lon, ORIGIN)) ** 2, axis=-1)
        height += peak_m * np.exp(-distance_sq / (2 * (1000 * spread_km) ** 2))
    is_land = shapely.contains_xy(land, lon_grid, lat_grid)
    coast_m = distance_transform_edt(is_land) * STEP_DEG * 111_000
    height = np.maximum(height, 1.0) * (1 - np.exp(-coast_m / 2500))
    return Raster(grid=np.where(is_land, height, 0.0).astype(np.float32))


def _smooth_noise(seed: int, purpose: str, scale_km: float) -> Floats:
    """Gaussian noise on the grid, unit variance, smoothed with a kernel of this width."""
    noise = rng_of(seed, purpose).standard_normal((N_ROWS, N_COLUMNS))
    smooth: Floats = gaussian_filter(noise, scale_km / (STEP_DEG * 111.0), mode="wrap")
    return smooth / float(np.std(smooth))
