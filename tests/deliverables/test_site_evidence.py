from typing import Any

import pandas as pd
import pytest

from coverage import hexgrid
from coverage.deliverables.site_evidence import (
    EVIDENCE_COLUMNS,
    NearestParams,
    nearest_readings,
    partner_evidence,
)
from coverage.errors import InputError

SITES = pd.DataFrame(
    {"tps_code": ["3602012013001"], "latitude_deg": [-6.5], "longitude_deg": [106.2]}
)
READING = {
    "time": pd.Timestamp("2024-01-05 03:04:05", tz="UTC"), "latitude_deg": -6.5,
    "longitude_deg": 106.2, "operator": "IOH", "rat": "LTE", "cell_identity": 10805003,
    "pci": 12, "arfcn": 1850, "signal_dbm": -113.0, "service_state": None,
    "source": "drive_test", "is_serving": True, "is_route_value": True,
    "dq_frozen_gps": False, "dq_stale": False, "dq_coarse_position": False,
}  # fmt: skip


def readings(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{**READING, **row} for row in rows])


def cells(n_devices: int) -> pd.DataFrame:
    """What the cell of the site says of its devices."""
    cell = hexgrid.cells_of([-6.5], [106.2], 9)
    return pd.DataFrame(
        {"h3_cell": cell, "operator": "IOH", "rat": "LTE", "n_devices": [n_devices]}
    )


def shown(n_devices: int, **row: Any) -> dict[str, Any]:
    nearest = nearest_readings(SITES, [readings(row)])
    table = partner_evidence(nearest, cells(n_devices), "IOH", 9, 3)
    assert tuple(table.columns) == EVIDENCE_COLUMNS
    return dict(table.iloc[0])


def test_the_nearest_are_kept_across_parts_for_each_operator() -> None:
    parts = [
        readings({"latitude_deg": -6.503}, {"latitude_deg": -6.502, "operator": "XL"}),
        readings({"latitude_deg": -6.501}, {"latitude_deg": -6.502}),
    ]
    found = nearest_readings(SITES, parts, NearestParams(per_site=2))
    assert found["operator"].tolist() == ["IOH", "IOH", "XL"]
    assert found["distance_m"].round().tolist() == [111.0, 222.0, 222.0]


def test_the_order_of_parts_does_not_matter() -> None:
    parts = [readings({"latitude_deg": -6.503}), readings({"latitude_deg": -6.501})]
    assert nearest_readings(SITES, parts).equals(nearest_readings(SITES, parts[::-1]))


@pytest.mark.parametrize(
    "row",
    [
        {"latitude_deg": -6.51}, {"is_serving": False}, {"is_route_value": False},
        {"dq_coarse_position": True}, {"dq_stale": True}, {"signal_dbm": None},
    ],
)  # fmt: skip
def test_what_is_far_or_no_evidence_is_left_out(row: dict[str, Any]) -> None:
    assert nearest_readings(SITES, [readings(row)]).empty


def test_no_service_is_evidence() -> None:
    row = {"signal_dbm": None, "service_state": "no_service", "is_serving": None}
    assert len(nearest_readings(SITES, [readings(row)])) == 1


def test_a_reading_says_when_and_which_cell() -> None:
    row = shown(3)
    assert (row["day"], row["time_utc"]) == ("2024-01-05", "03:04")
    assert (row["cell_identity"], row["pci"], row["arfcn"]) == (10805003, 12, 1850)
    assert not row["suppressed"]


def test_a_reading_of_the_crowd_has_no_time_of_day() -> None:
    assert pd.isna(shown(3, source="crowdsourced")["time_utc"])


def test_few_devices_are_suppressed_and_the_row_stays() -> None:
    row = shown(2)
    assert row["suppressed"]
    assert {name for name, value in row.items() if pd.notna(value)} == {"tps_code", "suppressed"}


def test_another_operators_readings_are_not_shown() -> None:
    nearest = nearest_readings(SITES, [readings({"operator": "XL"})])
    assert partner_evidence(nearest, cells(3), "IOH", 9, 3).empty


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"per_site": 0}, "Invalid per_site 0"), ({"max_m": 0.0}, r"Invalid max_m 0\.0")],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        NearestParams(**changes)
