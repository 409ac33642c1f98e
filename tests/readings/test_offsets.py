"""Device offsets: recovered from a world in which they are known."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from coverage import tables
from coverage.errors import InputError
from coverage.readings.offsets import OffsetParams, estimate

PARAMS = OffsetParams()


def readings(rows: pd.DataFrame) -> pa.Table:
    """Table of rows with place, device, level; anything else as in a good reading."""
    n = len(rows)
    defaults: dict[str, Any] = {
        "time": pd.Timestamp("2024-02-14", tz="UTC"), "source": "crowdsourced", "format": "x",
        "device_id": "d", "operator": "A", "rat": "LTE", "is_serving": True, "weight": 1.0,
        "is_route_value": True, "source_timezone": "UTC", "source_file": "f",
        "source_row": np.arange(1, n + 1), **dict.fromkeys(tables.DQ_FLAGS, False),
    }  # fmt: skip
    for name, value in defaults.items():
        if name not in rows:
            rows = rows.assign(**{name: value})
    return tables.to_arrow("readings", rows)


def world(
    n: int = 20_000, n_devices: int = 24, seed: int = 1
) -> tuple[pa.Table, "pd.Series[float]"]:
    """Readings of many devices over hilly country, the first device being the drive-test kit."""
    rng = np.random.default_rng(seed)
    truth = np.concatenate([[0.0], rng.normal(0, 3, n_devices - 1)])
    device = rng.integers(0, n_devices, n)
    home = rng.uniform(0, 0.1, n_devices)[device]  # each device has its own haunts
    latitude = -6.4 + np.clip(home + rng.normal(0, 0.02, n), 0, 0.1)
    longitude = 106.1 + rng.uniform(0, 0.02, n)
    level = -100 + 12 * np.sin(latitude * 90) + truth[device] + rng.normal(0, 4, n)
    names = [f"model {i:02d}" for i in range(n_devices)]
    rows = pd.DataFrame(
        {
            "latitude_deg": latitude, "longitude_deg": longitude, "signal_dbm": level,
            "device_model": np.array(names)[device],
            "source": np.where(device == 0, "drive_test", "crowdsourced"),
        }
    )  # fmt: skip
    return readings(rows), pd.Series(truth, index=names)


def pair(level_a: float, level_b: float, n_cells: int = 40, **columns: Any) -> pa.Table:
    """Kit and phone in the same cells, the phone so much above."""
    latitude = np.repeat(-6.4 + np.arange(n_cells) * 0.01, 2)
    rows = pd.DataFrame(
        {
            "latitude_deg": latitude, "longitude_deg": 106.1,
            "signal_dbm": np.tile([level_a, level_b], n_cells),
            "device_model": np.tile(["kit", "phone"], n_cells),
            "source": np.tile(["drive_test", "crowdsourced"], n_cells), **columns,
        }
    )  # fmt: skip
    return readings(rows)


def test_known_offsets_are_recovered_within_a_decibel() -> None:
    table, truth = world()
    found = estimate(table, PARAMS).set_index("device_key")
    error = found["offset_db"] - truth
    assert np.sqrt((error**2).mean()) < 1.0
    assert found["is_connected"].all()
    assert (error.abs() <= 4 * found["offset_se_db"] + 1e-9).all()


def test_the_result_holds_to_its_contract_and_to_the_order_of_rows() -> None:
    table, _ = world(2_000)
    found = estimate(table, PARAMS)
    tables.check("device_offsets", tables.to_arrow("device_offsets", found))
    shuffled = table.take(np.random.default_rng(3).permutation(len(table)))
    pd.testing.assert_frame_equal(estimate(shuffled, PARAMS), found)


def test_the_kit_is_the_reference_and_the_phone_is_shrunk_towards_it() -> None:
    kit, phone = estimate(pair(-100, -96), PARAMS).to_dict("records")
    assert (kit["offset_db"], kit["offset_se_db"], kit["is_connected"]) == (0.0, 0.0, True)
    assert 3.5 < phone["offset_db"] <= 4.0
    assert 0 < phone["offset_se_db"] < 3.0


def test_a_device_that_met_nobody_is_not_connected() -> None:
    table = pair(-100, -96)
    alone = pair(-100, -96).to_pandas()
    alone = alone[alone["device_model"] == "phone"].assign(
        device_model="hermit", latitude_deg=lambda rows: rows["latitude_deg"] - 3
    )
    found = estimate(pa.concat_tables([table, readings(alone)]), PARAMS).set_index("device_key")
    hermit = found.loc["hermit"]
    assert not hermit["is_connected"]
    assert (hermit["offset_db"], hermit["offset_se_db"], hermit["n_cells"]) == (0.0, 3.0, 0)


@pytest.mark.parametrize(("n_cells", "is_connected"), [(2, False), (3, True)])
def test_too_few_cells_identify_nothing(n_cells: int, is_connected: bool) -> None:
    found = estimate(pair(-100, -96, n_cells), PARAMS).set_index("device_key")
    assert found.loc["phone", "is_connected"] == is_connected


def test_without_a_kit_the_largest_group_is_its_own_reference() -> None:
    found = estimate(pair(-100, -96, source="crowdsourced"), PARAMS)
    assert found["offset_db"].sum() == pytest.approx(0.0, abs=1e-9)
    assert found["offset_db"].diff().iloc[1] > 3.5
    assert found["is_connected"].all()


@pytest.mark.parametrize(
    "columns",
    [
        {"is_serving": False}, {"is_indoor": True}, {"is_route_value": False}, {"dq_stale": True},
        {"dq_coarse_position": True}, {"dq_scanner": True}, {"gps_accuracy_m": 50.1},
    ],
)  # fmt: skip
def test_doubtful_readings_do_not_count(columns: dict[str, Any]) -> None:
    assert len(estimate(pair(-100, -96, **columns), PARAMS)) == 0


def test_operators_are_not_compared_with_each_other() -> None:
    table = pair(-100, -96, operator=np.tile(["A", "B"], 40))
    assert estimate(table, PARAMS).set_index("device_key").loc["phone", "n_cells"] == 0


def test_a_phone_without_model_goes_by_its_id() -> None:
    table = pair(-100, -96, device_model=None, device_id=np.tile(["x1", "x2"], 40))
    assert estimate(table, PARAMS)["device_key"].tolist() == ["x1", "x2"]


def test_no_readings_have_no_offsets() -> None:
    found = estimate(tables.empty("readings"), PARAMS)
    tables.check("device_offsets", tables.to_arrow("device_offsets", found))
    assert len(found) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resolution": 16}, r"Invalid resolution 16. Must be in \[0, 15\]"),
        ({"prior_sd_db": 0.0}, "Invalid prior_sd_db 0.0. Must be > 0"),
        ({"min_cells": 0}, "Invalid min_cells 0. Must be > 0"),
    ],
)
def test_a_wrong_setting_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        OffsetParams(**changes)
