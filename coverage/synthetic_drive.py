"""The car of the synthetic Banten: four phones, one an operator, on the same road at the same time.

They are the reference (offset 0) and see where there is no service. Their logs have the faults of
real ones: double rows, levels that are none, a frozen position, stale values after an outage began.
"""

from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.geodesy import from_plane_m, to_plane_m
from coverage.synthetic import OPERATOR_NAMES, World
from coverage.synthetic_land import ORIGIN, Floats, Ints, rng_of
from coverage.synthetic_network import OPERATORS
from coverage.synthetic_radio import RadioTruth
from coverage.synthetic_roads import Roads, drive_plan

CAR_MPS: Final = 11.0
DOUBLE_SHARE: Final = 0.10  # of the rows come twice within a second (FORMATS 2)
SENTINEL_SHARE: Final = 0.003  # of the rows hold a level that is none
FROZEN_S: Final = 24  # the position stands still once a log
STALE_S: Final = 42  # an app goes on showing its last values after losing service (DOMAIN 8)
GSM_ABOVE_LTE_DB: Final = 20.0  # RxLev of GSM 900 beside RSRP, invented
GSM_REACH_DB: Final = 2.0  # how far below the LTE floor GSM still serves, invented


def drive_readings(world: World, roads: Roads) -> pd.DataFrame:
    """Noisy readings of the car's four phones on every day, before any is lost."""
    params = world.params
    n_ticks = max(1, round(params.n_drive_rows / len(OPERATORS) / (1 + DOUBLE_SHARE)))
    per_day = np.full(params.n_drive_days, n_ticks // params.n_drive_days)
    per_day[: n_ticks % params.n_drive_days] += 1
    reach_m = 1.3 * CAR_MPS * params.log_interval_s * float(per_day.max())
    routes = drive_plan(roads, world.villages, params.n_drive_days, reach_m)
    rng = rng_of(params.seed, "car")
    days = [
        day_ticks(route, int(n), params.log_interval_s, rng).assign(
            day=params.first_day + timedelta(days=number)
        )
        for number, (route, n) in enumerate(zip(routes, per_day, strict=True))
    ]
    ticks = pd.concat(days, ignore_index=True)
    radio = world.radio_at(ticks["latitude_deg"], ticks["longitude_deg"])
    altitude = world.elevation_m(ticks["latitude_deg"], ticks["longitude_deg"]).round() + 1
    ticks = ticks.assign(altitude_m=altitude)
    readings = [
        _phone_readings(world, ticks, radio, index, name)
        for index, name in enumerate(OPERATOR_NAMES)
    ]
    return pd.concat(readings, ignore_index=True)


def day_ticks(route_m: Floats, n: int, interval_s: int, rng: np.random.Generator) -> pd.DataFrame:
    """Where the car is at each tick of one day: it speeds up, slows down and stops."""
    pace = np.convolve(rng.standard_normal(n + 19), np.ones(20) / np.sqrt(20), mode="valid")
    speed = np.clip(CAR_MPS + 2.5 * pace, 3.0, 20.0)
    stops = rng.random(n) < 0.01
    standing = np.convolve(stops, np.ones(max(1, 20 // interval_s)), mode="full")[:n] > 0
    speed = np.where(standing, 0.0, speed)
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(route_m, axis=0).T))])
    along = np.minimum(np.cumsum(speed * interval_s), length[-1])
    plane = np.stack([np.interp(along, length, axis) for axis in route_m.T], axis=-1)
    latitude, longitude = from_plane_m(plane, ORIGIN)
    start_s = 8 * 3600 + int(rng.integers(0, 1800))
    return pd.DataFrame(
        {
            "second": start_s + interval_s * np.arange(n),
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "speed_mps": speed,
        }
    )


def _phone_readings(
    world: World, ticks: pd.DataFrame, radio: RadioTruth, index: int, name: str
) -> pd.DataFrame:
    """One operator's phone in the car: some ticks twice, GPS and level noise."""
    rng = rng_of(world.params.seed, f"car phone {name}")
    row = np.repeat(np.arange(len(ticks)), 1 + (rng.random(len(ticks)) < DOUBLE_SHARE))
    mine = ticks.iloc[row].reset_index(drop=True)
    local = pd.to_datetime(mine["day"]) + pd.to_timedelta(mine["second"], unit="s")
    plane = to_plane_m(mine["latitude_deg"], mine["longitude_deg"], ORIGIN)
    wander = rng.standard_normal((len(ticks), 2))[row]  # one fix for both rows of a second
    latitude, longitude = from_plane_m(plane + 3.0 * wander, ORIGIN)
    return pd.DataFrame(
        {
            "operator": name,
            "day": mine["day"],
            "time": local,
            "latitude_deg": latitude.round(6),
            "longitude_deg": longitude.round(6),
            "speed_mps": mine["speed_mps"],
            "altitude_m": mine["altitude_m"],
        }
    ).assign(
        **radio_columns(radio, row, index, gain_db=0.0, noise_db=world.params.noise_db, rng=rng)
    )


def radio_columns(
    radio: RadioTruth,
    row: Ints,
    operator: int | Ints,
    *,
    gain_db: float | Floats,
    noise_db: float,
    rng: np.random.Generator,
) -> dict[str, npt.NDArray[np.generic]]:
    """What phones show of the truth at these rows: level plus gain and noise, quality, cell."""
    true = radio.rsrp_dbm[row, operator]
    n = len(row)
    return {
        "true_rsrp_dbm": true,
        "level_dbm": true + gain_db + noise_db * rng.standard_normal(n),
        "quality_db": np.clip(radio.rsrq_db[row, operator] + rng.standard_normal(n), -20, -3),
        "sinr_db": np.clip(radio.sinr_db[row, operator] + 1.5 * rng.standard_normal(n), -20, 30),
        "cell_identity": radio.cell_identity[row, operator],
        "pci": radio.pci[row, operator],
        "earfcn": radio.earfcn[row, operator],
        "area_code": radio.area_code[row, operator],
    }


def with_service(readings: pd.DataFrame, floor_dbm: float) -> pd.DataFrame:
    """Add ``tech``: 4G above the floor, 2G where GSM reaches on, ``--`` where nothing does."""
    is_lte = readings["level_dbm"] >= floor_dbm
    has_gsm = readings["operator"].map({plan.name: plan.has_gsm for plan in OPERATORS}).astype(bool)
    is_gsm = ~is_lte & has_gsm & (readings["level_dbm"] >= floor_dbm - GSM_REACH_DB)
    return readings.assign(tech=np.select([is_lte, is_gsm], ["4G", "2G"], default="--"))


def with_faults(drive: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Levels that are none, a frozen position and stale values, as such logs have them.

    Every log has one stretch of frozen position; every second one shows, at the start of its
    longest outage, the last values for :data:`STALE_S` seconds.
    """
    is_sentinel = (rng.random(len(drive)) < SENTINEL_SHARE) & (drive["tech"] == "4G")
    parts = []
    faulty = drive.assign(is_sentinel=is_sentinel)
    for number, (_key, log) in enumerate(faulty.groupby(["operator", "day"], sort=True)):
        frozen = freeze_position(log, int(rng.integers(0, max(1, len(log) - 30))))
        parts.append(_hide_outage(frozen) if number % 2 == 0 else frozen)
    return pd.concat(parts, ignore_index=True)


def freeze_position(log: pd.DataFrame, start: int) -> pd.DataFrame:
    """Repeat one position for some seconds."""
    since = (log["time"] - log["time"].iloc[start]).dt.total_seconds()
    is_frozen = (since >= 0) & (since < FROZEN_S)
    return log.assign(
        latitude_deg=log["latitude_deg"].mask(is_frozen, log["latitude_deg"].iloc[start]),
        longitude_deg=log["longitude_deg"].mask(is_frozen, log["longitude_deg"].iloc[start]),
    )


def _hide_outage(log: pd.DataFrame) -> pd.DataFrame:
    """Overwrite the start of the longest outage with the values from before it."""
    is_out = (log["tech"] == "--").to_numpy()
    run = np.cumsum(np.concatenate([[True], is_out[1:] != is_out[:-1]]))
    lengths = np.bincount(run, weights=is_out)
    start = int(np.argmax(run == int(np.argmax(lengths))))
    if lengths.max() < 2 or start == 0:
        return log
    since = (log["time"] - log["time"].iloc[start]).dt.total_seconds()
    is_stale = (run == run[start]) & (since < STALE_S)
    held = [
        "level_dbm",
        "quality_db",
        "sinr_db",
        "cell_identity",
        "pci",
        "earfcn",
        "area_code",
        "tech",
    ]
    return log.assign(
        **{name: log[name].mask(is_stale, log[name].iloc[start - 1]) for name in held}
    )
