"""Who reads what in the synthetic Banten: four phones in a car, a crowd of phones, their faults.

Readings are in physical units here; ``synthetic_files`` writes them in the formats of the field.
The car's phones are the reference (offset 0) and see where there is no service; the crowd's phones
have offsets, are often indoors, keep to towns and roads, and never report that there is nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd

from coverage.geodesy import from_plane_m, to_plane_m
from coverage.radio import SIGNAL_RANGE_DBM
from coverage.synthetic import OPERATOR_NAMES, World
from coverage.synthetic_drive import (
    CAR_MPS,
    day_ticks,
    drive_readings,
    freeze_position,
    radio_columns,
    with_faults,
    with_service,
)
from coverage.synthetic_land import ORIGIN, Bools, Floats, Ints, rng_of
from coverage.synthetic_network import OPERATORS
from coverage.synthetic_roads import Roads, build_roads, drive_plan

LEAST_LEVEL_DBM: Final = float(SIGNAL_RANGE_DBM["LTE"][0])
WIB: Final = timedelta(hours=7)  # local time is UTC+7 all year (DOMAIN 4)
VISIT_ROWS: Final = 10  # readings of one crowd phone at one place
CROWD_DAYS: Final = 75  # days over which the crowd reads, the last of them the drive test's last


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """All readings of one world.

    Attributes
    ----------
    drive
        The car's readings: ``operator, day, time, latitude_deg, longitude_deg, speed_mps,
        altitude_m, true_rsrp_dbm, level_dbm, quality_db, sinr_db, cell_identity, pci, earfcn,
        area_code, tech`` (4G, 2G or ``--``), ``is_sentinel``; sorted by operator, day and time.
    crowd
        The crowd's: the same radio columns, with ``phone, operator, time, accuracy_m, speed_mps,
        direction_deg, is_indoor``; sorted by phone and time.
    csv_log
        One Telkomsel phone's log at one row a second, columns as in ``drive``.
    phones
        ``phone, operator, offset_db``: the truth about the crowd's phones and the log's.
    device_floor_dbm
        Below it a phone finds no cell. [dBm]
    """

    drive: pd.DataFrame
    crowd: pd.DataFrame
    csv_log: pd.DataFrame
    phones: pd.DataFrame
    device_floor_dbm: float


def survey(world: World) -> Survey:
    """Drive, ask the crowd, and lose what phones lose."""
    roads = build_roads(world.villages, world.land)
    drive = drive_readings(world, roads)
    floor = _floor_dbm(world, drive)
    phones = _phones(world)
    return Survey(
        drive=with_faults(with_service(drive, floor), rng_of(world.params.seed, "faults")),
        crowd=_crowd(world, roads, phones, floor),
        csv_log=_csv_log(world, roads, phones, floor),
        phones=phones_of(world),
        device_floor_dbm=floor,
    )


def phones_of(world: World) -> pd.DataFrame:
    """The truth about the crowd's phones and the CSV log's: ``phone, operator, offset_db``."""
    return _phones(world)[["phone", "operator", "offset_db"]]


def _floor_dbm(world: World, drive: pd.DataFrame) -> float:
    """The device floor of the params, or the one that leaves the wanted share without service."""
    share = world.params.no_service_share
    if share is None:
        return world.params.device_floor_dbm
    floor = float(np.quantile(drive["level_dbm"], share, method="higher"))
    return max(floor, LEAST_LEVEL_DBM)


def _phones(world: World) -> pd.DataFrame:
    """The crowd's phones: operator, offset, home village; the CSV log's phone last."""
    params = world.params
    rng = rng_of(params.seed, "phones")
    n = params.n_phones
    market = np.array([plan.market_share for plan in OPERATORS])
    people = world.villages["n_sites"].to_numpy(dtype=np.float64)
    # the first four phones carry one SIM each, so that no operator is without a crowd
    rest = rng.choice(len(OPERATORS), size=max(0, n - len(OPERATORS)), p=market / market.sum())
    operator = np.concatenate([np.arange(len(OPERATORS)), rest])[:n]
    return pd.DataFrame(
        {
            "phone": [f"phone_{number:02d}" for number in range(1, n + 1)] + ["csv_log"],
            "operator_index": np.append(operator, 0),
            "operator": np.array(OPERATOR_NAMES)[np.append(operator, 0)],
            "offset_db": (params.phone_offset_sd_db * rng.standard_normal(n + 1)).round(3),
            "home": rng.choice(len(people), size=n + 1, p=people / people.sum()),
        }
    )


def _crowd(world: World, roads: Roads, phones: pd.DataFrame, floor_dbm: float) -> pd.DataFrame:
    """Readings of the crowd; those without service never arrive."""
    params = world.params
    rng = rng_of(params.seed, "crowd")
    visits = _visits(world, roads, phones.iloc[:-1], rng)
    row = np.repeat(np.arange(len(visits)), VISIT_ROWS)[: params.n_crowd_rows]
    step = np.tile(np.arange(VISIT_ROWS), len(visits))[: params.n_crowd_rows]
    visit = visits.iloc[row].reset_index(drop=True)
    plane = _visit_positions(visit, step, roads)
    latitude, longitude = from_plane_m(plane, ORIGIN)
    radio = world.radio_at(latitude, longitude)
    accuracy = np.where(visit["is_indoor"], 28.0, 7.0) * np.exp(0.5 * rng.standard_normal(len(row)))
    shown = plane + 0.5 * accuracy[:, None] * rng.standard_normal(plane.shape)
    latitude, longitude = from_plane_m(shown, ORIGIN)
    gain = (visit["offset_db"] - visit["loss_db"]).to_numpy()
    readings = visit[["phone", "operator", "is_indoor", "speed_mps", "direction_deg"]].assign(
        time=visit["time"] + pd.to_timedelta(step * visit["interval_s"], unit="s"),
        latitude_deg=latitude.round(7),
        longitude_deg=longitude.round(7),
        accuracy_m=np.clip(accuracy, 3.9, 120.0).round(1),
        **radio_columns(
            radio,
            np.arange(len(row)),
            visit["operator_index"].to_numpy(),
            gain_db=gain,
            noise_db=params.noise_db,
            rng=rng,
        ),
    )
    kept = readings[readings["level_dbm"] >= floor_dbm]
    return kept.sort_values(["phone", "time"], kind="stable", ignore_index=True)


def _visits(
    world: World, roads: Roads, phones: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Which phone is where and when: at home in a building, on foot there, or riding nearby."""
    params = world.params
    n = -(-params.n_crowd_rows // VISIT_ROWS)
    visits = phones.iloc[rng.integers(len(phones), size=n)].reset_index(drop=True)
    village = _near_villages(world, visits["home"].to_numpy(), rng)
    is_indoor = rng.random(n) < params.indoor_share
    is_ride = ~is_indoor & (rng.random(n) < 0.6)
    mean_db, sd_db = params.indoor_loss_db
    loss = np.where(is_indoor, np.clip(mean_db + sd_db * rng.standard_normal(n), 0, None), 0.0)
    end = datetime.combine(params.first_day, datetime.min.time(), tzinfo=UTC) + timedelta(
        days=params.n_drive_days
    )
    day = rng.integers(0, CROWD_DAYS, size=n) + 1
    second = rng.integers(6 * 3600, 22 * 3600, size=n)
    speed = np.where(is_ride, rng.uniform(6, 14, n), rng.uniform(0.6, 1.6, n))
    centre = to_plane_m(world.villages["latitude_deg"], world.villages["longitude_deg"], ORIGIN)
    radius = 0.7 * world.villages["reach_m"].to_numpy()[village] * rng.random(n)
    angle = rng.uniform(0, 2 * np.pi, n)
    start = centre[village] + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return visits.assign(
        is_indoor=is_indoor,
        is_ride=is_ride,
        loss_db=loss,
        time=end - WIB - pd.to_timedelta(day, unit="D") + pd.to_timedelta(second, unit="s"),
        speed_mps=np.where(is_indoor, 0.0, speed).round(2),
        interval_s=np.where(is_ride, 5, 20),
        direction_deg=rng.uniform(0, 360, n).round(2),
        x_m=start[:, 0],
        y_m=start[:, 1],
        edge=roads.edge_near(village, rng.random(n)),
        share=rng.random(n),
    )


def _near_villages(world: World, home: Ints, rng: np.random.Generator) -> Ints:
    """The village of each visit: mostly home, else one of the nearest."""
    plane = to_plane_m(world.villages["latitude_deg"], world.villages["longitude_deg"], ORIGIN)
    away = np.sum((plane[home][:, None, :] - plane[None, :, :]) ** 2, axis=-1)
    order = np.argsort(away, axis=1, kind="stable")
    steps = np.minimum(rng.geometric(0.25, len(home)) - 1, len(plane) - 1)
    result: Ints = order[np.arange(len(home)), steps]
    return result


def _visit_positions(visit: pd.DataFrame, step: Ints, roads: Roads) -> Floats:
    """Where each reading of a visit was taken, in the plane [m]."""
    travelled: Floats = (visit["speed_mps"] * visit["interval_s"]).to_numpy() * step
    angle = np.radians(visit["direction_deg"].to_numpy())
    heading = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    on_foot = visit[["x_m", "y_m"]].to_numpy() + travelled[:, None] * heading
    riding = roads.along(visit["edge"].to_numpy(), visit["share"].to_numpy(), travelled)
    is_ride: Bools = visit["is_ride"].to_numpy()
    result: Floats = np.where(is_ride[:, None], riding, on_foot)
    return result


def _csv_log(world: World, roads: Roads, phones: pd.DataFrame, floor_dbm: float) -> pd.DataFrame:
    """One phone's log of a ride at one row a second; its dialect cannot show no service."""
    params = world.params
    rng = rng_of(params.seed, "csv log")
    n = params.n_csv_rows
    route = drive_plan(roads, world.villages, 1, 1.3 * CAR_MPS * n)[0]
    ticks = day_ticks(route, n, 1, rng)
    local = pd.Timestamp(params.first_day) + pd.to_timedelta(ticks["second"], unit="s")
    radio = world.radio_at(ticks["latitude_deg"], ticks["longitude_deg"])
    offset = float(phones["offset_db"].iloc[-1])
    columns = radio_columns(
        radio, np.arange(n), 0, gain_db=offset, noise_db=params.noise_db, rng=rng
    )
    log = pd.DataFrame(
        {
            "operator": OPERATOR_NAMES[0],
            "time": local,
            "latitude_deg": ticks["latitude_deg"].round(6),
            "longitude_deg": ticks["longitude_deg"].round(6),
            "speed_mps": ticks["speed_mps"],
        }
    ).assign(**columns)
    frozen = freeze_position(log, n // 3)
    return frozen[frozen["level_dbm"] >= floor_dbm].reset_index(drop=True)
