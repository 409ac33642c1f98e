"""The radio truth of the synthetic Banten: the level of every operator at any place.

Level = reference-signal EIRP - path loss - terrain - clutter + shadowing, noise-free and outdoors.
The recipe is that of ``MODEL`` 12 with three things no model is told: a slope of its own for each
mast, a sector pattern, and diffraction over the ridge between mast and phone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from coverage.geodesy import from_plane_m, to_plane_m
from coverage.synthetic_land import ORIGIN, Floats, Ints, Land, urban_share
from coverage.synthetic_network import CHUNK_ROWS, OPERATORS, Network

PHONE_HEIGHT_M: Final = 1.5
NEAREST_MASTS: Final = 8  # of one operator, among which the best server is sought
LEAST_DISTANCE_M: Final = 50.0
LOWEST_ANTENNA_M: Final = 15.0  # over the phone's ground, in Hata's formula
PROFILE_SHARES: Final = tuple(step / 7 for step in range(1, 7))  # of the path, from the mast
MAX_DIFFRACTION_DB: Final = 12.0  # waves find a way round; MODEL 12 takes 10 dB
SEAM_LOSS_DB: Final = 5.0  # between two sectors; scatter fills in most of a bare antenna's 10 dB
NOISE_DBM: Final = -125.2  # one resource element: -174 dBm/Hz + 10 log10(15 kHz) + 7 dB figure
LOAD_SHARE: Final = 0.5  # resource elements in use
HIGHEST_DBM: Final = -50.0


@dataclass(frozen=True, kw_only=True, eq=False)
class RadioTruth:
    """The best server of each operator at each place, arrays of shape (n, operators).

    Attributes
    ----------
    rsrp_dbm
        Outdoor level, noise-free. [dBm]
    rsrq_db, sinr_db
        Quality at half load. [dB]
    cell_identity, pci, earfcn, area_code
        Of the serving cell.
    """

    rsrp_dbm: Floats
    rsrq_db: Floats
    sinr_db: Floats
    cell_identity: Ints
    pci: Ints
    earfcn: Ints
    area_code: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class _Links:
    """Every place with each of its nearest masts: shape (n, masts), vectors (n, masts, 2).

    Attributes
    ----------
    mast_m, to_phone_m
        Position of the mast and way from it, in the plane. [m]
    antenna_m, ground_m
        Height above the sea of the antenna and of the phone's ground. [m]
    mhz, eirp_dbm, slope_db, azimuth_deg
        Of the station.
    """

    mast_m: Floats
    to_phone_m: Floats
    antenna_m: Floats
    ground_m: Floats
    mhz: Floats
    eirp_dbm: Floats
    slope_db: Floats
    azimuth_deg: Floats

    @property
    def distance_m(self) -> Floats:
        """Distance along the ground, not under :data:`LEAST_DISTANCE_M`."""
        distance: Floats = np.hypot(self.to_phone_m[..., 0], self.to_phone_m[..., 1])
        return np.maximum(distance, LEAST_DISTANCE_M)

    @property
    def bearing_deg(self) -> Floats:
        """From the mast to the phone, clockwise from north."""
        bearing: Floats = np.degrees(np.arctan2(self.to_phone_m[..., 0], self.to_phone_m[..., 1]))
        return bearing


def radio_at(
    network: Network, land: Land, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike
) -> RadioTruth:
    """Best server of every operator at any positions, noise-free and outdoors."""
    latitude = np.atleast_1d(np.asarray(latitude_deg, dtype=np.float64))
    longitude = np.atleast_1d(np.asarray(longitude_deg, dtype=np.float64))
    plane = to_plane_m(latitude, longitude, ORIGIN)
    common = sum((f.at(plane) for f in network.shadow_common), np.zeros(len(plane)))
    common -= land.clutter_db.at(latitude, longitude)
    columns = []
    for plan, own in zip(OPERATORS, network.shadow_own, strict=True):
        stations = network.stations[network.stations["operator"] == plan.name]
        shadow = sum((f.at(plane) for f in own), common)
        columns.append(_best_servers(stations, land, plane, shadow))
    return RadioTruth(
        **{name: np.stack([c[name] for c in columns], axis=-1) for name in columns[0]}
    )


def _best_servers(
    stations: pd.DataFrame, land: Land, plane_m: Floats, shadow_db: Floats
) -> dict[str, npt.NDArray[np.generic]]:
    """Strongest cell of one operator at each position, its identity and quality."""
    mast_m = to_plane_m(stations["latitude_deg"], stations["longitude_deg"], ORIGIN)
    levels = np.empty((len(plane_m), min(NEAREST_MASTS, len(mast_m))))
    _distance, nearest = cKDTree(mast_m).query(plane_m, k=levels.shape[1])
    nearest = np.reshape(nearest, levels.shape)
    for start in range(0, len(plane_m), CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        links = _links(stations, land, nearest[rows], plane_m[rows])
        levels[rows] = _levels_dbm(links, land)
    levels = np.minimum(levels + shadow_db[:, None], HIGHEST_DBM)
    best = np.argmax(levels, axis=1)
    row = np.arange(len(plane_m))
    server = nearest[row, best]
    sector = _sector(stations, server, plane_m)
    enb = stations["enb"].to_numpy(dtype=np.int64)[server]
    rsrq_db, sinr_db = _quality_db(levels, levels[row, best])
    return {
        "rsrp_dbm": levels[row, best],
        "rsrq_db": rsrq_db,
        "sinr_db": sinr_db,
        "cell_identity": 256 * enb + sector + 1,
        "pci": 3 * (enb % 168) + sector,
        "earfcn": stations["earfcn"].to_numpy(dtype=np.int64)[server],
        "area_code": stations["area_code"].to_numpy(dtype=np.int64)[server],
    }


def _links(stations: pd.DataFrame, land: Land, nearest: Ints, plane_m: Floats) -> _Links:
    """Places joined with their nearest masts."""
    column = {
        name: stations[name].to_numpy(dtype=np.float64)[nearest]
        for name in ("height_m", "ground_m", "mhz", "eirp_dbm", "slope_db", "azimuth_deg")
    }
    mast_m = to_plane_m(stations["latitude_deg"], stations["longitude_deg"], ORIGIN)[nearest]
    return _Links(
        mast_m=mast_m,
        to_phone_m=plane_m[:, None, :] - mast_m,
        antenna_m=column.pop("ground_m") + column.pop("height_m"),
        ground_m=land.elevation_m.at(*from_plane_m(plane_m, ORIGIN))[:, None],
        **column,
    )


def _levels_dbm(links: _Links, land: Land) -> Floats:
    """Level of each near mast at each position, without shadowing, shape (n, masts) [dBm]."""
    distance_km = links.distance_m / 1000
    effective_m = np.clip(links.antenna_m - links.ground_m, LOWEST_ANTENNA_M, 200.0)
    phone_m = links.mast_m[:, :1] + links.to_phone_m[:, :1]
    urban = urban_share(*from_plane_m(phone_m, ORIGIN))
    loss = hata_db(links.mhz, distance_km, effective_m, urban)
    loss += links.slope_db * np.log10(distance_km)
    loss += _diffraction_db(links, land)
    off_axis = (links.bearing_deg - links.azimuth_deg + 60) % 120 - 60
    loss += SEAM_LOSS_DB * (off_axis / 60) ** 2
    result: Floats = links.eirp_dbm - loss
    return result


def hata_db(mhz: Floats, distance_km: Floats, height_m: Floats, urban: Floats) -> Floats:
    """Path loss of Okumura-Hata under 1500 MHz and COST 231-Hata above, phone at 1.5 m [dB].

    M. Hata, IEEE Trans. Veh. Tech. 29:317 (1980); COST 231 final report, section 4.4.1. Between
    a small city (``urban`` 1) and Hata's suburban area (0), whose correction holds for open
    country with trees as well as any.
    """
    log_f, log_h = np.log10(mhz), np.log10(height_m)
    phone = (1.1 * log_f - 0.7) * PHONE_HEIGHT_M - (1.56 * log_f - 0.8)
    low = 69.55 + 26.16 * log_f
    high = 46.3 + 33.9 * log_f
    loss = np.where(mhz < 1500, low, high) - 13.82 * log_h - phone
    loss = loss + (44.9 - 6.55 * log_h) * np.log10(distance_km)
    suburban = 2 * np.log10(mhz / 28) ** 2 + 5.4
    result: Floats = loss - (1 - urban) * suburban
    return result


def _diffraction_db(links: _Links, land: Land) -> Floats:
    """Loss over the worst ridge on the way, capped: ITU-R P.526-15 section 4.1 [dB]."""
    phone_m = links.ground_m + PHONE_HEIGHT_M
    wavelength_m = 299.792458 / links.mhz
    worst = np.full(links.mhz.shape, -np.inf)
    for share in PROFILE_SHARES:
        ridge = links.mast_m + share * links.to_phone_m
        terrain = land.elevation_m.at(*from_plane_m(ridge, ORIGIN))
        ray = links.antenna_m + share * (phone_m - links.antenna_m)
        scale = np.sqrt(2 / (wavelength_m * links.distance_m * share * (1 - share)))
        worst = np.maximum(worst, (terrain - ray) * scale)
    shifted = np.maximum(worst, -0.78) - 0.1
    loss = 6.9 + 20 * np.log10(np.sqrt(shifted**2 + 1) + shifted)
    result: Floats = np.clip(np.where(worst > -0.78, loss, 0.0), 0.0, MAX_DIFFRACTION_DB)
    return result


def _sector(stations: pd.DataFrame, server: Ints, plane_m: Floats) -> Ints:
    """Sector of the serving mast that looks at each position, 0 to 2."""
    mast_m = to_plane_m(stations["latitude_deg"], stations["longitude_deg"], ORIGIN)[server]
    bearing = np.degrees(np.arctan2(*(plane_m - mast_m).T))
    azimuth = stations["azimuth_deg"].to_numpy(dtype=np.float64)[server]
    result: Ints = (((bearing - azimuth + 60) % 360) // 120).astype(np.int64)
    return result


def _quality_db(levels_dbm: Floats, best_dbm: Floats) -> tuple[Floats, Floats]:
    """RSRQ and SINR at half load, from the best server, the others and noise [dB].

    RSRQ = RSRP / RSSI per resource block (3GPP TS 36.214 5.1.3): 2 reference and 10 data elements.
    """
    power = 10 ** (levels_dbm / 10)
    best = 10 ** (best_dbm / 10)
    interference = LOAD_SHARE * (power.sum(axis=1) - best) + 10 ** (NOISE_DBM / 10)
    sinr_db = np.clip(10 * np.log10(best / interference), -20, 30)
    block = (2 + 10 * LOAD_SHARE) * best + 12 * interference
    return 10 * np.log10(best / block), sinr_db
