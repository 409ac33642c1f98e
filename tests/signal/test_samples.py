import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.signal.samples import (
    SAMPLE_COLUMNS,
    SampleParams,
    checked,
    from_readings,
    level_or_limit_dbm,
    tally,
)

PARAMS = SampleParams()
NO_OFFSETS = pd.DataFrame({"device_key": [], "offset_db": [], "is_connected": []})
PLACE = (-6.5, 106.1)

ROW = {
    "latitude_deg": PLACE[0], "longitude_deg": PLACE[1], "gps_accuracy_m": 10.0,
    "source": "drive_test", "device_id": "d1", "device_model": "m1", "plmn": "510-10",
    "operator": "Telkomsel", "rat": "LTE", "cell_identity": 256_001, "is_serving": True,
    "service_state": "in_service", "signal_dbm": -100.0, "is_indoor": None, "weight": 1.0,
    "speed_mps": 10.0, "is_route_value": True, "dq_coarse_position": False,
    "dq_frozen_gps": False, "dq_stale": False, "source_file": "a.csv",
}  # fmt: skip
TYPES = {
    "time": pa.timestamp("us", tz="UTC"), "device_model": pa.string(), "plmn": pa.string(),
    "rat": pa.string(), "cell_identity": pa.int64(), "is_serving": pa.bool_(),
    "service_state": pa.string(), "signal_dbm": pa.float32(), "is_indoor": pa.bool_(),
    "gps_accuracy_m": pa.float32(), "speed_mps": pa.float32(),
}  # fmt: skip
BLANK = {"service_state": "no_service", "signal_dbm": None, "rat": None}


def readings(*changes):
    rows = [ROW | {"source_row": i + 1} | change for i, change in enumerate(changes)]
    names = ["time", *ROW, "source_row"]
    start = pd.Timestamp("2024-01-15 23:00", tz="UTC")
    for i, row in enumerate(rows):
        row.setdefault("time", start + pd.Timedelta(minutes=i))
    return pa.table({n: pa.array([r[n] for r in rows], type=TYPES.get(n)) for n in names})


def levels(*values):
    return readings(*({"signal_dbm": v} for v in values))


def test_a_sample_is_the_median_of_its_place():
    samples = from_readings(levels(-100.0, -90.0, -104.0), NO_OFFSETS, PARAMS)
    assert list(samples.columns) == list(SAMPLE_COLUMNS)
    assert samples["rsrp_dbm"].tolist() == [-100.0]
    assert samples["n"].tolist() == [3]


def test_the_sample_stands_at_the_centre_of_its_cell():
    samples = from_readings(levels(-100.0), NO_OFFSETS, PARAMS)
    assert samples[["latitude_deg", "longitude_deg"]].iloc[0].tolist() == pytest.approx(
        PLACE, abs=5e-4
    )


@pytest.mark.parametrize(
    "change",
    [
        {"operator": "IOH"},
        {"device_model": "m2"},
        {"source": "crowdsourced"},
        {"latitude_deg": -6.502},
        {"is_indoor": True},
        {"speed_mps": 0.0},
    ],
)
def test_places_operators_devices_and_sources_are_kept_apart(change):
    assert len(from_readings(readings({}, change), NO_OFFSETS, PARAMS)) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_route_value": False}, "not_route_value"),
        ({"is_serving": False}, "neighbour_cell"),
        ({"gps_accuracy_m": 251.0}, "bad_position"),
        ({"dq_coarse_position": True}, "bad_position"),
        ({"dq_stale": True}, "frozen_or_stale"),
        ({"dq_frozen_gps": True}, "frozen_or_stale"),
        ({"weight": 0.0}, "zero_weight"),
        ({"operator": "unknown"}, "operator_unknown"),
        ({"signal_dbm": None}, "no_level"),
        ({"signal_dbm": None, "service_state": None}, "no_level"),
        ({"rat": "GSM", "device_id": "old", "latitude_deg": -6.6}, "no_lte_phone"),
        ({"rat": "GSM"}, "lte_is_here"),
        ({"rat": "UMTS", "device_id": "other"}, "no_lte_phone"),
    ],
)
def test_what_is_not_taken_is_counted_with_its_reason(change, reason):
    table = readings({}, change)
    assert tally(table, PARAMS) == {reason: 1, "taken": 1}
    assert from_readings(table, NO_OFFSETS, PARAMS)["n"].sum() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"is_serving": None},
        {"gps_accuracy_m": None},
        {"gps_accuracy_m": 250.0},
        {"service_state": None},
        {"rat": "NR"},
    ],
)
def test_what_is_not_known_is_no_reason_to_leave_a_reading_out(change):
    assert tally(readings(change), PARAMS) == {"taken": 1}


@pytest.mark.parametrize(
    "change",
    [
        BLANK,
        {"service_state": "limited", "signal_dbm": None},
        {"rat": "GSM", "signal_dbm": -80.0},
        {"rat": "UMTS", "signal_dbm": -90.0},
    ],
)
def test_a_place_without_lte_is_censored_at_the_device_floor(change):
    table = readings(change, {"latitude_deg": -6.6})
    censored = from_readings(table, NO_OFFSETS, PARAMS).query("n_no_service == 1")
    assert np.isnan(censored["rsrp_dbm"].item())
    assert censored["upper_dbm"].item() == -124.0


def test_a_limited_reading_with_a_level_is_a_level():
    samples = from_readings(readings({"service_state": "limited"}), NO_OFFSETS, PARAMS)
    assert samples["rsrp_dbm"].tolist() == [-100.0]


def test_no_service_counts_although_a_stale_level_stands_beside_it():
    table = readings({"service_state": "no_service"})
    assert from_readings(table, NO_OFFSETS, PARAMS)["n_no_service"].tolist() == [1]


@pytest.mark.parametrize(
    ("n_blank", "n_levels", "is_censored"), [(1, 2, False), (1, 1, True), (2, 1, True)]
)
def test_no_service_stands_below_every_level_in_the_median(n_blank, n_levels, is_censored):
    table = readings(*[BLANK] * n_blank, *[{}] * n_levels)
    sample = from_readings(table, NO_OFFSETS, PARAMS).iloc[0]
    assert bool(np.isnan(sample["rsrp_dbm"])) is is_censored
    assert bool(np.isfinite(sample["upper_dbm"])) is is_censored


def offsets(is_connected):
    return pd.DataFrame({"device_key": ["m1"], "offset_db": [3.0], "is_connected": [is_connected]})


def test_the_offset_of_a_connected_device_is_taken_off_level_and_limit():
    table = readings({}, BLANK | {"latitude_deg": -6.6})
    samples = from_readings(table, offsets(is_connected=True), PARAMS)
    assert sorted(level_or_limit_dbm(samples)) == [-127.0, -103.0]
    assert samples["is_harmonised"].all()


def test_the_offset_of_a_device_that_is_not_connected_is_left():
    samples = from_readings(levels(-100.0), offsets(is_connected=False), PARAMS)
    assert samples["rsrp_dbm"].tolist() == [-100.0]
    assert not samples["is_harmonised"].any()


def test_a_device_without_a_model_goes_by_its_id():
    samples = from_readings(readings({"device_model": None}), NO_OFFSETS, PARAMS)
    assert samples["device_key"].tolist() == ["d1"]


def test_the_radio_cell_is_that_of_the_strongest_reading():
    table = readings({"cell_identity": 1}, {"cell_identity": 2, "signal_dbm": -80.0})
    assert from_readings(table, NO_OFFSETS, PARAMS)["cell_identity"].tolist() == [2]


def test_the_day_is_in_utc():
    samples = from_readings(levels(-100.0), NO_OFFSETS, PARAMS)
    assert samples["day"].tolist() == [pd.Timestamp("2024-01-15")]


@pytest.mark.parametrize(("speed", "expected"), [(2.5, 1), (2.4, 0), (None, -1)])
def test_a_device_moves_faster_than_on_foot_or_not_or_nobody_knows(speed, expected):
    samples = from_readings(readings({"speed_mps": speed}), NO_OFFSETS, PARAMS)
    assert samples["is_moving"].tolist() == [expected]


def test_readings_without_a_speed_column_are_taken():
    table = levels(-100.0).drop_columns(["speed_mps"])
    assert from_readings(table, NO_OFFSETS, PARAMS)["is_moving"].tolist() == [-1]


def test_no_readings_give_no_samples():
    assert from_readings(levels(-100.0).slice(0, 0), NO_OFFSETS, PARAMS).empty


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(8)))
def test_row_order_does_not_matter(order):
    changes = [
        {"signal_dbm": -90.0 - i, "latitude_deg": -6.5 - (i % 3) * 0.01, "source_row": i}
        for i in range(8)
    ]
    straight = readings(*changes)
    mixed = straight.take(pa.array(order))
    pd.testing.assert_frame_equal(
        from_readings(straight, NO_OFFSETS, PARAMS), from_readings(mixed, NO_OFFSETS, PARAMS)
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-130, -60), min_size=1, max_size=9), st.integers(0, 5))
def test_every_reading_is_in_one_sample(values, n_blank):
    table = readings(*({"signal_dbm": v} for v in values), *[BLANK] * n_blank)
    samples = from_readings(table, NO_OFFSETS, PARAMS)
    assert samples["n"].sum() == len(values) + n_blank
    assert samples["n_no_service"].sum() == n_blank


def test_checked_fills_what_is_missing_with_not_known():
    plain = pd.DataFrame({
        "latitude_deg": [-6.5], "longitude_deg": [106.1], "operator": ["IOH"],
        "rsrp_dbm": [-100.0],
    })  # fmt: skip
    full = checked(plain)
    assert set(SAMPLE_COLUMNS) <= set(full.columns)
    assert list(plain.columns) == ["latitude_deg", "longitude_deg", "operator", "rsrp_dbm"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rsrp_dbm": [np.nan]}, "Must have rsrp_dbm or upper_dbm"),
        ({"latitude_deg": [np.nan]}, "Invalid sample position"),
        ({"latitude_deg": [91.0]}, "Invalid sample position"),
    ],
)
def test_checked_refuses_a_row_that_says_nothing(change, message):
    plain = {
        "latitude_deg": [-6.5], "longitude_deg": [106.1], "operator": ["IOH"],
        "rsrp_dbm": [-100.0],
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        checked(pd.DataFrame(plain | change))


def test_checked_names_the_missing_column():
    with pytest.raises(InputError, match="'operator'"):
        checked(pd.DataFrame({"latitude_deg": [], "longitude_deg": [], "rsrp_dbm": []}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resolution": 14}, "Invalid resolution 14"),
        ({"device_floor_dbm": -141.0}, "Invalid device_floor_dbm"),
        ({"max_gps_accuracy_m": 0.0}, "Invalid max_gps_accuracy_m"),
        ({"moving_mps": 0.0}, "Invalid moving_mps"),
    ],
)
def test_params_are_checked(change, message):
    with pytest.raises(InputError, match=message):
        SampleParams(**change)
