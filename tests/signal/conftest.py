"""A tiny field with known truth: Hata, correlated shadowing, noise, a crowd partly indoors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from coverage.geodesy import from_plane_m
from coverage.hexgrid import cells_of
from coverage.signal.model import ModelParams, SignalModel
from coverage.signal.propagation import hata_db

Floats = npt.NDArray[np.float64]

ORIGIN = (-6.6, 106.1)
OPERATORS = ("IOH", "Telkomsel")
FLOOR_DBM = -118.0
HALF_M = 12_000.0


@dataclass(frozen=True)
class Field:
    """Truth of two operators on a square of 24 km.

    ``samples`` hold drive-test rows along roads and crowd rows that read 3 dB low with 5 dB of
    spread; ``points`` with ``truth_dbm`` are scattered evenly and were never sampled.
    """

    samples: pd.DataFrame
    towers: pd.DataFrame
    points: pd.DataFrame
    truth_dbm: Floats


def smooth_field(rng: np.random.Generator, scale_m: float, sd_db: float) -> "Smooth":
    """A Gaussian random field by random Fourier features."""
    waves = rng.standard_normal((120, 2)) / scale_m
    return Smooth(waves, rng.uniform(0, 2 * np.pi, 120), sd_db)


@dataclass(frozen=True)
class Smooth:
    """Evaluable anywhere."""

    waves: Floats
    phases: Floats
    sd_db: float

    def __call__(self, plane_m: Floats) -> Floats:
        waves = np.cos(plane_m @ self.waves.T + self.phases)
        return self.sd_db * np.sqrt(2 / len(self.phases)) * waves.sum(axis=1)


def build_field(seed: int = 0, n_routes: int = 7, n_crowd: int = 250) -> Field:
    """The field, its samples and its targets."""
    rng = np.random.default_rng(seed)
    common = smooth_field(rng, 1500.0, 4.5)
    roads = np.vstack([_road(rng) for _ in range(n_routes)])
    aside = rng.uniform(-HALF_M, HALF_M, (400, 2))
    samples, towers, points, truths = [], [], [], []
    for number, name in enumerate(OPERATORS):
        sites = rng.uniform(-HALF_M, HALF_M, (14, 2))
        own = smooth_field(rng, 900.0, 4.0)

        def truth(plane_m: Floats, sites: Floats = sites, own: Smooth = own) -> Floats:
            away = np.hypot(*(plane_m[:, None, :] - sites[None]).transpose(2, 0, 1)).min(axis=1)
            level = 38.0 - hata_db(np.maximum(away, 50.0), 1800.0, area="suburban")
            return level + common(plane_m) + own(plane_m)

        drive = truth(roads) + 1.5 * rng.standard_normal(len(roads))
        samples.append(_sample_rows(roads, drive, name, "drive_test", 4))
        crowd_at = rng.uniform(-HALF_M, HALF_M, (n_crowd, 2))
        crowd = truth(crowd_at) - 3.0 + 5.0 * rng.standard_normal(n_crowd)
        samples.append(_sample_rows(crowd_at, crowd, name, "crowdsourced", 1))
        towers.append(_tower_rows(sites + 150 * rng.standard_normal(sites.shape), name, number))
        latitude, longitude = from_plane_m(aside, ORIGIN)
        points.append(
            pd.DataFrame({"latitude_deg": latitude, "longitude_deg": longitude, "operator": name})
        )
        truths.append(truth(aside))
    return Field(
        samples=pd.concat(samples, ignore_index=True),
        towers=pd.concat(towers, ignore_index=True),
        points=pd.concat(points, ignore_index=True),
        truth_dbm=np.concatenate(truths),
    )


def _road(rng: np.random.Generator) -> Floats:
    start, end = rng.uniform(-HALF_M, HALF_M, (2, 2))
    steps = np.linspace(0, 1, int(np.hypot(*(end - start)) / 80) + 2)[:, None]
    return np.asarray(start + (end - start) * steps)


def _sample_rows(plane_m: Floats, level: Floats, name: str, source: str, n: int) -> pd.DataFrame:
    latitude, longitude = from_plane_m(plane_m, ORIGIN)
    is_censored = (level < FLOOR_DBM) & (source == "drive_test")
    kept = is_censored | (level >= FLOOR_DBM)
    rows = pd.DataFrame(
        {
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "h3_cell": cells_of(latitude, longitude, 11),
            "operator": name,
            "device_key": "kit" if source == "drive_test" else "phone",
            "source": source,
            "is_indoor": -1,
            "is_moving": -1,
            "n": n,
            "n_no_service": np.where(is_censored, n, 0),
            "rsrp_dbm": np.where(is_censored, np.nan, level),
            "upper_dbm": np.where(is_censored, FLOOR_DBM, np.nan),
            "is_harmonised": True,
            "day": pd.Timestamp("2024-01-15"),
        }
    )
    return rows[kept]


def _tower_rows(plane_m: Floats, name: str, number: int) -> pd.DataFrame:
    latitude, longitude = from_plane_m(plane_m, ORIGIN)
    return pd.DataFrame(
        {
            "plmn": f"510-{number + 10}",
            "operator": name,
            "rat": "LTE",
            "cell_identity": (1000 + np.arange(len(plane_m))) * 256 + 1,
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "range_m": np.nan,
            "n_samples": 5,
            "basis": "listed",
            "updated_at": pd.Timestamp("2024-01-01", tz="UTC"),
        }
    )


@pytest.fixture(scope="session")
def field() -> Field:
    """About 2,000 samples of two operators, some 8 % of them without service."""
    return build_field()


@pytest.fixture(scope="session")
def model(field: Field) -> SignalModel:
    """The model fitted on the field with its towers."""
    return SignalModel(ModelParams()).fit(field.samples, field.towers)
