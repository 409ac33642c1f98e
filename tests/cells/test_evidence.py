from typing import Any

import numpy as np
import pytest

from coverage.cells import evidence
from coverage.cells.evidence import EvidenceParams
from coverage.errors import InputError

HOUR_US = 3_600_000_000


@pytest.mark.parametrize(("children", "ok"), [(0b0000111, False), (0b1010101, True)])
def test_geo_ok_needs_four_children(children: int, ok: bool) -> None:
    assert evidence.geo_ok(np.array([children], dtype=np.uint8), EvidenceParams())[0] == ok


@pytest.mark.parametrize(
    ("apart_us", "days", "ok"),
    [(4 * HOUR_US - 1, 1, False), (4 * HOUR_US, 1, True), (60, 2, True)],
)
def test_time_ok_needs_four_hours_or_two_dates(apart_us: int, days: int, ok: bool) -> None:
    first, last = np.array([0]), np.array([apart_us])
    assert evidence.time_ok(first, last, np.array([days]), EvidenceParams())[0] == ok


@pytest.mark.parametrize(("n", "devices", "ok"), [(5, 2, True), (4, 2, False), (5, 1, False)])
def test_n_ok_needs_five_readings_of_two_devices(n: int, devices: int, ok: bool) -> None:
    assert evidence.n_ok(np.array([n]), np.array([devices]), EvidenceParams())[0] == ok


@pytest.mark.parametrize(
    ("is_median_weak", "n_no_service", "weak"),
    [(False, 4, False), (False, 5, True), (True, 0, True)],
)
def test_weak_by_median_or_by_half_without_service(
    is_median_weak: bool, n_no_service: int, weak: bool
) -> None:
    found = evidence.is_observed_weak(
        np.array([is_median_weak]), np.array([n_no_service]), np.array([10]), EvidenceParams()
    )
    assert found[0] == weak


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weak_dbm", -157), ("weak_dbm", -23), ("weak_no_service_share", 0.0),
        ("weak_no_service_share", 1.01), ("min_children", 0), ("min_children", 8),
        ("min_hours", -0.1), ("min_readings", 0), ("min_devices", 0),
    ],
)  # fmt: skip
def test_values_outside_their_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"Invalid {name}"):
        EvidenceParams(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weak_dbm", -156), ("weak_dbm", -24), ("weak_no_service_share", 1.0), ("min_children", 1),
        ("min_children", 7), ("min_hours", 0.0), ("min_readings", 1), ("min_devices", 1),
    ],
)  # fmt: skip
def test_values_at_the_edge_of_their_range_are_taken(name: str, value: Any) -> None:
    assert getattr(EvidenceParams(**{name: value}), name) == value
