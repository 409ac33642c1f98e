"""What the ground between mast and phone takes: diffraction over the worst ridge on each way.

Only listed sites count: what is made from readings would have to be made anew in every fold.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from coverage.errors import InputError
from coverage.geodesy import EARTH_RADIUS_M, to_plane_m
from coverage.signal.propagation import SPEED_OF_LIGHT_MPS, hata_db
from coverage.signal.terrain import Grid

Floats = npt.NDArray[np.float64]

CHUNK: Final = 20_000  # places at once: 3 paths of 32 points each are 15 MB an array
LEAST_V: Final = -0.78  # under it a ridge takes nothing (ITU-R P.526-15, eq. 31)

PATH_FEATURES: Final = (
    "obstruction_db", "obstruction_nearest_db", "obstruction_least_db", "antenna_above_m",
    "terrain_effect_db",
)  # fmt: skip
"""Columns of :func:`path_features`."""


@dataclass(frozen=True, kw_only=True)
class PathParams:
    """How paths are judged.

    Attributes
    ----------
    n_sites
        Nearest sites of the operator looked at from each place. [count]
    n_profile
        Points of each path. [count]
    end_gap_m
        Ground so near to either end is left out: a map's error there would pass for a ridge. [m]
    mast_height_m, phone_height_m
        Antennas over their ground; lists do not give the mast's. [m]
    frequency_mhz
        Carrier; lists do not give it. [MHz]
    earth_factor
        Effective over true radius of the earth, for the atmosphere's bending (ITU-R P.530: 4/3).
    max_loss_db
        More is not lost: waves find other ways. [dB]
    antenna_range_m
        Least and greatest antenna height over the phone's ground put into Hata's formula. [m]
    position_error_m
        How well sites are known; no distance counts as less. [m]
    """

    n_sites: int = 3
    n_profile: int = 32
    end_gap_m: float = 100.0
    mast_height_m: float = 30.0
    phone_height_m: float = 1.5
    frequency_mhz: float = 1800.0
    earth_factor: float = 4 / 3
    max_loss_db: float = 20.0
    antenna_range_m: tuple[float, float] = (15.0, 200.0)
    position_error_m: float = 200.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, low, high in (
            ("n_sites", 1, 20),
            ("n_profile", 2, 1000),
            ("end_gap_m", 0, 2000),
            ("mast_height_m", 5, 200),
            ("phone_height_m", 0.5, 10),
            ("frequency_mhz", 150, 2300),
            ("earth_factor", 0.3, 10),
            ("max_loss_db", 1, 100),
            ("position_error_m", 1, 5000),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Invalid {name} {value}. Must be in [{low}, {high}].")
        least_m, most_m = self.antenna_range_m
        if not 10 <= least_m < most_m <= 1000:
            raise InputError(
                f"Invalid antenna_range_m {self.antenna_range_m}. Must be rising, in [10, 1000]."
            )


def knife_edge_db(v: npt.ArrayLike) -> Floats:
    """Diffraction loss over one edge (ITU-R P.526-15, eq. 31) [dB].

    Examples
    --------
    >>> knife_edge_db([-1.0, 0.0, 1.0, 2.4]).round(2).tolist()
    [0.0, 6.03, 13.93, 20.54]
    """
    edge = np.asarray(v, dtype=np.float64)
    shifted = np.maximum(edge, LEAST_V) - 0.1
    loss = 6.9 + 20 * np.log10(np.sqrt(shifted**2 + 1) + shifted)
    return np.where(np.isnan(edge), np.nan, np.where(edge > LEAST_V, loss, 0.0))


def path_features(
    height_m: Grid, points: pd.DataFrame, sites: pd.DataFrame, params: PathParams
) -> pd.DataFrame:
    """Loss over the ground on the ways from the nearest sites of each point's operator.

    Parameters
    ----------
    height_m
        Heights over the sea. [m]
    points
        ``latitude_deg, longitude_deg`` [deg], ``operator``.
    sites
        Of :func:`coverage.signal.towers.sites_of` the listed cells: ``operator, latitude_deg,
        longitude_deg``. [deg]
    params
        Antennas and carrier.

    Returns
    -------
    pandas.DataFrame
        :data:`PATH_FEATURES`, in the order and with the index of the points. Loss of the site that
        is strongest by distance and ground together, of the nearest site, and the least of all
        [dB]; height of the strongest one's antenna over the phone's ground [m]; what the ground
        changes in the level of the strongest site against flat ground [dB]. NaN where the map does
        not hold the way from the nearest site. An operator without any site stands as on flat
        ground everywhere: one value, that its own level in the calibration takes up.
    """
    result = np.tile(_flat_ground(params), (len(points), 1))
    place_deg = points[["latitude_deg", "longitude_deg"]].to_numpy(dtype=np.float64)
    operator = points["operator"].astype(str).to_numpy()
    ground_m = height_m.at(place_deg[:, 0], place_deg[:, 1])
    for name in np.unique(sites["operator"].astype(str)) if len(sites) else ():
        rows = np.flatnonzero(operator == name)
        if not len(rows):
            continue
        own = sites[sites["operator"].astype(str) == name]
        site_deg = own[["latitude_deg", "longitude_deg"]].to_numpy(dtype=np.float64)
        mast_m = height_m.at(site_deg[:, 0], site_deg[:, 1]) + params.mast_height_m
        nearest, distance_m = _nearest(place_deg[rows], site_deg, params.n_sites)
        for start in range(0, len(rows), CHUNK):
            some = slice(start, start + CHUNK)
            paths = _Paths(
                mast_deg=site_deg[nearest[some]],
                phone_deg=place_deg[rows[some]],
                distance_m=np.hypot(distance_m[some], params.position_error_m),
                antenna_m=mast_m[nearest[some]],
                ground_m=ground_m[rows[some]],
            )
            result[rows[some]] = _judged(paths, height_m, params)
    return pd.DataFrame(result, columns=list(PATH_FEATURES), index=points.index)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Paths:
    """Ways from the nearest sites of one operator to each of n places, nearest first.

    Attributes
    ----------
    mast_deg
        Positions, shape (n, sites, 2). [deg]
    phone_deg
        Positions, shape (n, 2). [deg]
    distance_m
        Along the ground, shape (n, sites). [m]
    antenna_m
        Over the sea, shape (n, sites). [m]
    ground_m
        Under the phone, over the sea. [m]
    """

    mast_deg: Floats
    phone_deg: Floats
    distance_m: Floats
    antenna_m: Floats
    ground_m: Floats


def _flat_ground(params: PathParams) -> Floats:
    """Values of :data:`PATH_FEATURES` where the ground takes and gives nothing."""
    return np.array([0.0, 0.0, 0.0, params.mast_height_m, 0.0])


def _nearest(
    place_deg: Floats, site_deg: Floats, n_sites: int
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Nearest sites of each place and their distances, shape (n, sites) [m]."""
    origin = float(site_deg[:, 0].mean()), float(site_deg[:, 1].mean())
    tree = cKDTree(to_plane_m(site_deg[:, 0], site_deg[:, 1], origin))
    k = np.arange(1, min(n_sites, len(site_deg)) + 1)
    distance_m, row = tree.query(to_plane_m(place_deg[:, 0], place_deg[:, 1], origin), k=k)
    return row.astype(np.int64), np.asarray(distance_m)


def _judged(paths: _Paths, height_m: Grid, params: PathParams) -> Floats:
    """Values of :data:`PATH_FEATURES`, shape (n, 5)."""
    loss_db = _path_loss_db(paths, height_m, params)
    above_m = paths.antenna_m - paths.ground_m[:, None]
    flat_m = params.mast_height_m
    flat_db = hata_db(paths.distance_m, params.frequency_mhz, base_height_m=flat_m, area="suburban")
    ground_db = loss_db + hata_db(
        paths.distance_m,
        params.frequency_mhz,
        base_height_m=np.nan_to_num(np.clip(above_m, *params.antenna_range_m), nan=flat_m),
        area="suburban",
    )
    best = np.argmin(np.where(np.isnan(ground_db), np.inf, ground_db), axis=1)
    row = np.arange(len(best))
    least_db = np.min(np.where(np.isnan(loss_db), np.inf, loss_db), axis=1)
    features = np.column_stack(
        [
            loss_db[row, best],
            loss_db[:, 0],
            least_db,
            above_m[row, best],
            flat_db[:, 0] - ground_db[row, best],
        ]
    )
    features[np.isnan(loss_db[:, 0])] = np.nan
    return features


def _path_loss_db(paths: _Paths, height_m: Grid, params: PathParams) -> Floats:
    """Diffraction loss over the worst ridge of each path, shape (n, sites) [dB].

    NaN where the map does not know the ground at an end or anywhere on the way.
    """
    phone_m = paths.ground_m[:, None] + params.phone_height_m
    wavelength_m = SPEED_OF_LIGHT_MPS / (params.frequency_mhz * 1e6)
    bent_m = 2 * params.earth_factor * EARTH_RADIUS_M
    way_deg = paths.phone_deg[:, None, :] - paths.mast_deg
    worst = np.full(paths.distance_m.shape, -np.inf)
    for share in np.arange(1, params.n_profile + 1) / (params.n_profile + 1):
        from_mast_m, to_phone_m = share * paths.distance_m, (1 - share) * paths.distance_m
        ridge_deg = paths.mast_deg + share * way_deg
        ground_m = height_m.at(ridge_deg[..., 0], ridge_deg[..., 1])
        ray_m = paths.antenna_m + share * (phone_m - paths.antenna_m)
        over_m = ground_m + from_mast_m * to_phone_m / bent_m - ray_m
        v = over_m * np.sqrt(2 / wavelength_m * (1 / from_mast_m + 1 / to_phone_m))
        is_between = np.minimum(from_mast_m, to_phone_m) >= params.end_gap_m
        worst = np.maximum(worst, np.where(is_between, v, -np.inf))
    unknown = np.isnan(paths.antenna_m) | np.isnan(phone_m)
    loss_db = np.minimum(knife_edge_db(worst), params.max_loss_db)
    return np.where(unknown, np.nan, loss_db)
