from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.radio import QUALITY_RANGE_DB, SINR_RANGE_DB
from coverage.synthetic import OPERATOR_NAMES, World, WorldParams, build_world
from coverage.synthetic_drive import STALE_S
from coverage.synthetic_survey import Survey, phones_of, survey

PARAMS = WorldParams(
    seed=5, n_sites=150, n_drive_rows=8_000, n_drive_days=4, n_crowd_rows=6_000, n_phones=6
)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(PARAMS)


@pytest.fixture(scope="module")
def readings(world: World) -> Survey:
    return survey(world)


def test_the_same_world_is_surveyed_the_same(world: World, readings: Survey) -> None:
    again = survey(world)
    pd.testing.assert_frame_equal(readings.drive, again.drive, check_exact=True)
    pd.testing.assert_frame_equal(readings.crowd, again.crowd, check_exact=True)


def test_row_counts_are_those_asked_for(readings: Survey) -> None:
    assert len(readings.drive) == pytest.approx(8_000, rel=0.02)
    assert 0.8 * 6_000 < len(readings.crowd) <= 6_000
    assert set(readings.drive["operator"]) == set(OPERATOR_NAMES)
    assert readings.drive["day"].nunique() == 4


def test_no_service_is_what_lies_under_the_floor(readings: Survey) -> None:
    drive = readings.drive
    assert (drive["tech"] == "--").mean() > 0.005
    assert (drive.loc[drive["tech"] == "4G", "level_dbm"] >= readings.device_floor_dbm).all()
    assert not (drive["operator"].eq("Smartfren") & drive["tech"].eq("2G")).any()


@pytest.mark.parametrize("share", [0.01, 0.05, 0.12])
def test_the_floor_leaves_the_share_asked_for(world: World, share: float) -> None:
    changed = replace(world, params=replace(PARAMS, no_service_share=share))
    found = survey(changed)
    below = found.drive["level_dbm"] < found.device_floor_dbm  # stale rows hide a few of them
    assert below.mean() == pytest.approx(share, abs=0.01)
    assert (found.drive["tech"] != "4G").mean() == pytest.approx(below.mean(), abs=0.01)


def test_the_cars_phones_are_unbiased(readings: Survey) -> None:
    strong = readings.drive[readings.drive["true_rsrp_dbm"] > -105]
    error = strong["level_dbm"] - strong["true_rsrp_dbm"]
    assert error.mean() == pytest.approx(0.0, abs=0.2)
    assert error.std() == pytest.approx(PARAMS.noise_db, rel=0.05)


def test_outdoor_readings_of_the_crowd_show_each_phones_offset(
    world: World, readings: Survey
) -> None:
    outdoors = readings.crowd[
        ~readings.crowd["is_indoor"] & (readings.crowd["true_rsrp_dbm"] > -108)
    ]
    error = (outdoors["level_dbm"] - outdoors["true_rsrp_dbm"]).groupby(outdoors["phone"]).mean()
    offset = phones_of(world).set_index("phone")["offset_db"]
    assert error.to_numpy() == pytest.approx(offset[error.index].to_numpy(), abs=0.6)


def test_indoor_readings_lose_about_12_db_more(world: World, readings: Survey) -> None:
    offset = readings.crowd["phone"].map(phones_of(world).set_index("phone")["offset_db"])
    loss = readings.crowd["true_rsrp_dbm"] + offset - readings.crowd["level_dbm"]
    strong = readings.crowd["true_rsrp_dbm"] > -90  # where none is lost below the floor
    assert loss[strong & readings.crowd["is_indoor"]].mean() == pytest.approx(12, abs=1.5)
    assert readings.crowd.loc[strong, "is_indoor"].mean() == pytest.approx(0.40, abs=0.08)


def test_the_crowd_never_reports_under_the_floor(readings: Survey) -> None:
    assert (readings.crowd["level_dbm"] >= readings.device_floor_dbm).all()


def test_the_crowd_keeps_to_towns_more_than_the_car(readings: Survey) -> None:
    assert readings.crowd["true_rsrp_dbm"].median() > readings.drive["true_rsrp_dbm"].median() + 3


def test_every_operator_has_a_phone(readings: Survey) -> None:
    assert set(readings.phones["operator"]) == set(OPERATOR_NAMES)


def test_the_crowd_is_heard_before_the_drive_ends_and_at_day(readings: Survey) -> None:
    local = readings.crowd["time"] + pd.Timedelta(hours=7)
    assert local.dt.hour.between(6, 22).all()
    assert local.max() < pd.Timestamp(readings.drive["time"].max().date(), tz="UTC") + pd.Timedelta(
        days=1, hours=1
    )


def test_the_car_stays_on_the_mainland(world: World, readings: Survey) -> None:
    on_land = shapely.contains_xy(
        world.land.mainland, readings.drive["longitude_deg"], readings.drive["latitude_deg"]
    )
    assert on_land.mean() > 0.97


def test_the_four_phones_are_at_one_place_at_one_time(readings: Survey) -> None:
    first = readings.drive.groupby(["day", "operator"])["time"].min().groupby("day")
    assert (first.min() == first.max()).all()
    spread = readings.drive.groupby("time")["latitude_deg"].agg(["min", "max"])
    assert (spread["max"] - spread["min"]).median() < 20 / 111_000


def test_every_log_has_a_frozen_position(readings: Survey) -> None:
    for _key, log in readings.drive.groupby(["operator", "day"]):
        same = log["latitude_deg"].diff().eq(0) & log["longitude_deg"].diff().eq(0)
        run = same.groupby((~same).cumsum()).sum().max()
        assert run >= 6


def test_stale_values_repeat_while_the_car_moves_on(world: World) -> None:
    drive = survey(replace(world, params=replace(PARAMS, device_floor_dbm=-108))).drive
    held = ["level_dbm", "quality_db", "sinr_db", "cell_identity"]
    longest = 0
    for _key, log in drive.groupby(["operator", "day"]):
        same = (log[held].diff() == 0).all(axis=1)
        longest = max(longest, int(same.groupby((~same).cumsum()).sum().max()))
    assert STALE_S / PARAMS.log_interval_s - 1 <= longest < 1.5 * STALE_S / PARAMS.log_interval_s


def test_values_are_such_as_phones_report(readings: Survey) -> None:
    for frame in (readings.drive, readings.crowd, readings.csv_log):
        assert frame["quality_db"].between(*QUALITY_RANGE_DB["LTE"]).all()
        assert frame["sinr_db"].between(*SINR_RANGE_DB).all()
    assert readings.crowd["accuracy_m"].between(3.9, 120).all()


def test_without_noise_offset_and_walls_the_crowd_reads_the_truth(world: World) -> None:
    plain = replace(PARAMS, noise_db=0, phone_offset_sd_db=0, indoor_share=0)
    crowd = survey(replace(world, params=plain)).crowd
    assert np.array_equal(crowd["level_dbm"], crowd["true_rsrp_dbm"])
