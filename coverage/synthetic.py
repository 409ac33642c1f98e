"""A made-up Banten with known truth: villages, polling stations, networks, and the level anywhere.

For the demonstration, tests and benchmarks: nothing here was measured, and no accuracy on it is
an accuracy in Banten. One seed gives one world, equal to the last bit; each part draws from its own
stream, so that the truth does not move when the survey changes. ``synthetic_land`` holds the
ground, ``synthetic_places`` what stands on it, ``synthetic_radio`` the networks,
``synthetic_survey`` the readings; ``synthetic_files`` writes them in the formats of the field.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.errors import InputError
from coverage.synthetic_land import Floats, Land, build_land, random_mainland, rng_of
from coverage.synthetic_network import (
    OPERATORS,
    Network,
    NetworkParams,
    build_network,
    cells_of,
)
from coverage.synthetic_places import (
    build_hazards,
    build_hold,
    build_sites,
    build_villages,
    hold_village,
)
from coverage.synthetic_radio import RadioTruth, radio_at

OPERATOR_NAMES: Final = tuple(plan.name for plan in OPERATORS)

TowerList = Literal["none", "flawed", "true"]

_LEAST: Final = {
    "seed": 0, "n_sites": 100, "sites_per_village": 1, "n_drive_rows": 400, "n_drive_days": 1,
    "log_interval_s": 1, "n_crowd_rows": 200, "n_phones": 2, "n_csv_rows": 60, "noise_db": 0,
    "phone_offset_sd_db": 0,
}  # fmt: skip

_BOUNDS: Final = {
    "indoor_share": (0, 1), "share_without_coordinates": (0, 1), "no_service_share": (0, 0.5),
    "weak_dbm": (-140, -44), "device_floor_dbm": (-140, -90),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class WorldParams:
    """Size and character of a world and of its survey.

    Attributes
    ----------
    seed
        Every random choice follows from it.
    n_sites
        Polling stations. [count]
    sites_per_village
        Average; Pemilu 2024 had 21 in Banten, with 1,552 villages. [count]
    weak_dbm
        A place is weak under this level. [dBm]
    network
        Masts and shadowing.
    towers
        The tower list handed over: none, ``flawed`` (40 % of the stations missing, the others
        shifted by about 300 m) or ``true``.
    n_drive_rows, n_drive_days, log_interval_s
        Drive test: rows over all operators, days, time between two rows of one phone.
    n_crowd_rows, n_phones
        Crowd: rows before those without service are lost, phones.
    n_csv_rows
        Rows of the one log in the older CSV dialect. [count]
    noise_db
        Standard deviation of one reading. [dB]
    phone_offset_sd_db
        Standard deviation between phones. [dB]
    indoor_share, indoor_loss_db
        Share of crowd readings indoors; mean and standard deviation of their loss. [0-1, dB]
    device_floor_dbm
        A phone that would read less finds no cell. [dBm]
    no_service_share
        If given, the floor is instead put where this share of the drive test's readings lies
        under it; 0.01, 0.05 and 0.12 span the benchmark (MODEL 12.3). [0-0.5]
    share_without_coordinates
        Share of polling stations listed without a position. [0-1]
    first_day
        First day of the drive test.
    """

    seed: int = 2024
    n_sites: int = 1_200
    sites_per_village: float = 6.0
    weak_dbm: float = -110.0
    network: NetworkParams = field(default_factory=NetworkParams)
    towers: TowerList = "flawed"
    n_drive_rows: int = 60_000
    n_drive_days: int = 8
    log_interval_s: int = 3
    n_crowd_rows: int = 25_000
    n_phones: int = 24
    n_csv_rows: int = 1_500
    noise_db: float = 3.0
    phone_offset_sd_db: float = 3.0
    indoor_share: float = 0.40
    indoor_loss_db: tuple[float, float] = (12.0, 6.0)
    device_floor_dbm: float = -124.0
    no_service_share: float | None = None
    share_without_coordinates: float = 0.01
    first_day: date = date(2024, 1, 8)

    def __post_init__(self) -> None:
        """Refuse what cannot make a world."""
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if not value >= least:
                raise InputError(f"Invalid {name} {value}. Must be at least {least}.")
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"Invalid {name} {value}. Must be in [{low}, {high}].")
        if self.towers not in ("none", "flawed", "true"):
            raise InputError(f"Invalid towers {self.towers!r}. Must be none, flawed or true.")


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """A world whose truth is known.

    Attributes
    ----------
    params
        What it was made from.
    land
        Coast, islands, heights, clutter.
    network
        Masts and shadowing.
    villages
        ``village_code, village, district, regency, regency_code, latitude_deg, longitude_deg,
        reach_m`` (half-way to the next village), ``n_sites``.
    sites
        Polling stations, sorted by code: ``tps_code, tps_name, village, district, regency,
        village_code, regency_code, latitude_deg, longitude_deg, n_voters, building, island``.
    hold
        Area of the community that asked for no signal, inside one village. [deg]
    hazards
        Flood and landslide areas: name, kind, polygon. [deg]
    """

    params: WorldParams
    land: Land
    network: Network
    villages: pd.DataFrame
    sites: pd.DataFrame
    hold: shapely.Polygon
    hazards: tuple[tuple[str, str, shapely.Polygon], ...]

    def radio_at(self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> RadioTruth:
        """Level, quality and serving cell of every operator, in the order OPERATOR_NAMES."""
        return radio_at(self.network, self.land, latitude_deg, longitude_deg)

    def rsrp_dbm(self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Floats:
        """Outdoor level without noise, shape (n, operators) [dBm]."""
        return self.radio_at(latitude_deg, longitude_deg).rsrp_dbm

    def elevation_m(self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Floats:
        """Height of the ground above the sea [m]."""
        return self.land.elevation_m.at(latitude_deg, longitude_deg)

    def cells(self) -> pd.DataFrame:
        """Every radio cell with its true position, height, azimuth and power."""
        return cells_of(self.network)

    def random_places(self, n: int, seed: int) -> tuple[Floats, Floats]:
        """Places spread evenly over the inhabited mainland, latitude and longitude [deg]."""
        return random_mainland(self.land, n, rng_of(seed, "places"))

    def site_truth(self) -> pd.DataFrame:
        """The answer at every polling station.

        Returns
        -------
        pandas.DataFrame
            One row a polling station and operator, sorted: ``tps_code, operator, rsrp_dbm``
            (outdoors), ``is_weak``, ``is_all_weak`` (on every operator at once).
        """
        rsrp = self.rsrp_dbm(self.sites["latitude_deg"], self.sites["longitude_deg"])
        is_weak = rsrp < self.params.weak_dbm
        n = len(OPERATOR_NAMES)
        truth = pd.DataFrame(
            {
                "tps_code": np.repeat(self.sites["tps_code"].to_numpy(), n),
                "operator": np.tile(OPERATOR_NAMES, len(self.sites)),
                "rsrp_dbm": rsrp.ravel(),
                "is_weak": is_weak.ravel(),
                "is_all_weak": np.repeat(is_weak.all(axis=1), n),
            }
        )
        return truth.sort_values(["tps_code", "operator"], ignore_index=True)


def build_world(params: WorldParams) -> World:
    """Make the world of these params."""
    land = build_land(params.seed)
    villages = build_villages(params.seed, params.n_sites, params.sites_per_village, land)
    sites = build_sites(params.seed, villages, land)
    quiet = hold_village(villages)
    quiet_centre = (float(quiet["latitude_deg"]), float(quiet["longitude_deg"]))
    return World(
        params=params,
        land=land,
        network=build_network(params.network, land, quiet_centre, params.seed),
        villages=villages,
        sites=sites,
        hold=build_hold(quiet, sites),
        hazards=build_hazards(params.seed, villages, land),
    )
