"""The networks of the synthetic Banten: masts, operators on them, shadowing over all."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.geodesy import from_plane_m, to_plane_m
from coverage.radio import downlink_mhz
from coverage.synthetic_land import (
    ORIGIN,
    Floats,
    Land,
    random_mainland,
    regency_of,
    rng_of,
    spread_points,
    urban_share,
)

N_WAVES: Final = 192  # per random field
CHUNK_ROWS: Final = 20_000
EIRP_DBM: Final = (33.0, 2.0)  # of the reference signal, mean and standard deviation (MODEL 12)
MAST_HEIGHT_M: Final = (28.0, 55.0)  # MODEL 12
SLOPE_SD_DB: Final = 2.0  # per decade of distance, beside Hata's own, invented


@dataclass(frozen=True, kw_only=True)
class OperatorPlan:
    """How one operator has built.

    Attributes
    ----------
    name, plmn
        As in the operator table.
    urban_mast_share, rural_mast_share
        Share of the province's masts on which the operator stands, in towns and outside. [0-1]
    channels
        EARFCN and share of its masts that use it.
    market_share
        Share of the phones that carry its SIM. [0-1]
    first_enb
        Its lowest eNB number.
    has_gsm
        Whether a phone finds GSM where LTE ends.
    """

    name: str
    plmn: str
    urban_mast_share: float
    rural_mast_share: float
    channels: tuple[tuple[int, float], ...]
    market_share: float
    first_enb: int
    has_gsm: bool


OPERATORS: Final = (  # bands as in DOMAIN 5; channels and shares invented
    OperatorPlan(name="Telkomsel", plmn="510-10", urban_mast_share=0.90, rural_mast_share=0.90,
                 channels=((3500, 0.50), (1850, 0.35), (100, 0.15)), market_share=0.45,
                 first_enb=110_000, has_gsm=True),
    OperatorPlan(name="IOH", plmn="510-01", urban_mast_share=0.75, rural_mast_share=0.75,
                 channels=((3615, 0.45), (1450, 0.40), (325, 0.15)), market_share=0.27,
                 first_enb=220_000, has_gsm=True),
    OperatorPlan(name="XL Axiata", plmn="510-11", urban_mast_share=0.70, rural_mast_share=0.70,
                 channels=((3720, 0.45), (1650, 0.40), (475, 0.15)), market_share=0.20,
                 first_enb=330_000, has_gsm=True),
    OperatorPlan(name="Smartfren", plmn="510-09", urban_mast_share=0.60, rural_mast_share=0.50,
                 channels=((2500, 0.75), (39050, 0.25)), market_share=0.08,
                 first_enb=440_000, has_gsm=False),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomField:
    """A Gaussian field that can be evaluated anywhere, as a sum of plane waves.

    Rahimi & Recht, "Random features for large-scale kernel machines", NIPS 2007. The covariance
    is ``sd^2 exp(-d / scale)``, whose spectrum in the plane is a bivariate Cauchy distribution.
    """

    waves_per_m: Floats
    phases: Floats
    sd_db: float

    def at(self, plane_m: Floats) -> Floats:
        """Value at positions of shape (n, 2) [dB]."""
        total = np.empty(len(plane_m))
        for start in range(0, len(plane_m), CHUNK_ROWS):
            x, y = plane_m[start : start + CHUNK_ROWS].T
            angle = np.multiply.outer(x, self.waves_per_m[:, 0])
            angle += np.multiply.outer(y, self.waves_per_m[:, 1])
            angle += self.phases
            total[start : start + CHUNK_ROWS] = np.cos(angle).sum(axis=1)
        result: Floats = total * self.sd_db * np.sqrt(2 / len(self.phases))
        return result


def random_field(rng: np.random.Generator, sd_db: float, scale_m: float) -> RandomField:
    """Field of a standard deviation [dB] and an exponential correlation length [m]."""
    direction = rng.standard_normal((N_WAVES, 2))
    tail = np.abs(rng.standard_normal((N_WAVES, 1)))
    return RandomField(
        waves_per_m=direction / (tail * scale_m),
        phases=rng.uniform(0, 2 * np.pi, N_WAVES),
        sd_db=sd_db,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Masts and shadowing of all operators.

    Attributes
    ----------
    stations
        One row a mast and operator: ``operator, plmn, enb, latitude_deg, longitude_deg,
        height_m, ground_m, earfcn, mhz, eirp_dbm, slope_db, azimuth_deg, area_code``.
    shadow_common
        Shadowing that all operators share.
    shadow_own
        Shadowing of each operator, in the order of :data:`OPERATORS`.
    """

    stations: pd.DataFrame
    shadow_common: tuple[RandomField, ...]
    shadow_own: tuple[tuple[RandomField, ...], ...]


@dataclass(frozen=True, kw_only=True)
class NetworkParams:
    """How dense and how rough the radio world is.

    Attributes
    ----------
    n_masts
        Masts of the province, shared by operators. [count]
    rural_weight
        How readily a mast is put into open country, against 1 in a town centre. [0-1]
    quiet_radius_m
        No mast stands so near the centre of the community that asked for none. [m]
    shadow_sd_db, shadow_scale_m
        Standard deviation and correlation length of coarse and fine shadowing (MODEL 12). [dB, m]
    shadow_common_share
        Share of the shadowing's variance common to all operators. [0-1]
    """

    n_masts: int = 400
    rural_weight: float = 0.13
    quiet_radius_m: float = 9_000.0
    shadow_sd_db: tuple[float, float] = (5.5, 3.0)
    shadow_scale_m: tuple[float, float] = (900.0, 120.0)
    shadow_common_share: float = 0.75

    def __post_init__(self) -> None:
        """Refuse what cannot make a network."""
        if self.n_masts < 20:
            raise InputError(f"Invalid n_masts {self.n_masts}. Must be at least 20.")
        for name in ("rural_weight", "shadow_common_share"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InputError(f"Invalid {name} {value}. Must be in [0, 1].")


def build_network(
    params: NetworkParams, land: Land, quiet_centre: tuple[float, float], seed: int
) -> Network:
    """Masts where people are, operators on them, shadowing over all."""
    masts = _masts(params, land, quiet_centre, rng_of(seed, "masts"))
    stations = pd.concat(
        [_stations(plan, masts, rng_of(seed, f"stations {plan.name}")) for plan in OPERATORS],
        ignore_index=True,
    )
    share = params.shadow_common_share
    return Network(
        stations=stations,
        shadow_common=_shadow(params, share, rng_of(seed, "shadow")),
        shadow_own=tuple(
            _shadow(params, 1 - share, rng_of(seed, f"shadow {plan.name}")) for plan in OPERATORS
        ),
    )


def _shadow(
    params: NetworkParams, share: float, rng: np.random.Generator
) -> tuple[RandomField, ...]:
    """Coarse and fine field that carry a share of the shadowing's variance."""
    return tuple(
        random_field(rng, sd * float(np.sqrt(share)), scale)
        for sd, scale in zip(params.shadow_sd_db, params.shadow_scale_m, strict=True)
    )


def _masts(
    params: NetworkParams,
    land: Land,
    quiet_centre: tuple[float, float],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Mast positions, by urban density with some in open country, sorted from the south."""
    latitude, longitude = random_mainland(land, 60 * params.n_masts, rng)
    urban = urban_share(latitude, longitude)
    weight = params.rural_weight + (1 - params.rural_weight) * urban
    weight *= np.exp(-land.elevation_m.at(latitude, longitude) / 500)
    plane = to_plane_m(latitude, longitude, ORIGIN)
    from_quiet = plane - to_plane_m(*quiet_centre, ORIGIN)
    is_open = np.hypot(from_quiet[:, 0], from_quiet[:, 1]) > params.quiet_radius_m
    is_open &= rng.uniform(size=len(weight)) < weight
    candidates = plane[is_open]
    chosen = candidates[spread_points(candidates, min(params.n_masts, len(candidates)), rng)]
    latitude, longitude = from_plane_m(chosen[np.argsort(chosen[:, 1], kind="stable")], ORIGIN)
    return pd.DataFrame(
        {"latitude_deg": latitude.round(6), "longitude_deg": longitude.round(6)}
    ).assign(
        height_m=rng.uniform(*MAST_HEIGHT_M, len(latitude)).round(1),
        ground_m=land.elevation_m.at(latitude, longitude),
        urban=urban_share(latitude, longitude),
        area=1000 + 16 * regency_of(latitude, longitude),
    )


def _stations(plan: OperatorPlan, masts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One operator's stations: on which masts, with which carrier."""
    n = len(masts)
    share = plan.rural_mast_share + (plan.urban_mast_share - plan.rural_mast_share) * masts["urban"]
    is_used = rng.uniform(size=n) < share.to_numpy()
    channels = [channel for channel, _share in plan.channels]
    shares = [channel_share for _channel, channel_share in plan.channels]
    stations = masts.drop(columns=["urban", "area"]).assign(
        operator=plan.name,
        plmn=plan.plmn,
        enb=plan.first_enb + 7 * np.arange(n),
        earfcn=rng.choice(channels, size=n, p=shares),
        eirp_dbm=EIRP_DBM[0] + EIRP_DBM[1] * rng.standard_normal(n),
        slope_db=SLOPE_SD_DB * rng.standard_normal(n),
        azimuth_deg=rng.uniform(0, 120, n).round(1),
        area_code=masts["area"] + plan.first_enb // 110_000,
    )
    mhz = {channel: downlink_mhz("LTE", channel) for channel in channels}
    return stations.assign(mhz=stations["earfcn"].map(mhz).astype(float))[is_used]


def cells_of(network: Network) -> pd.DataFrame:
    """Every radio cell of the network, three a station, sorted by network and identity."""
    sectors = [
        network.stations.assign(
            cell_identity=256 * network.stations["enb"] + sector + 1,
            pci=3 * (network.stations["enb"] % 168) + sector,
            azimuth_deg=(network.stations["azimuth_deg"] + 120 * sector).round(1),
        )
        for sector in range(3)
    ]
    ordered = pd.concat(sectors).sort_values(["plmn", "cell_identity"], ignore_index=True)
    return ordered[
        ["operator", "plmn", "cell_identity", "enb", "pci", "earfcn", "area_code",
         "latitude_deg", "longitude_deg", "height_m", "azimuth_deg", "eirp_dbm"]
    ]  # fmt: skip
