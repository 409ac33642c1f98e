"""Settings are checked once, where they enter."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from coverage.errors import InputError
from coverage.readings.params import ArchiveLimits, QualityParams

DAY = datetime(2024, 2, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timezone": "Banten"}, "Invalid timezone 'Banten'. Must be a zone name"),
        ({"device_key": b"short"}, "Invalid device_key. Must be at least 16 bytes"),
        ({"source": "x"}, "Invalid source 'x'. Must be one of"),
        ({"date_order": "x"}, "Invalid date_order 'x'. Must be one of"),
        ({"plmn": "51010"}, "Invalid plmn '51010'. Must be MCC-MNC"),
        ({"box": (1, 0, 0, 1)}, r"Invalid box \[1, 0, 0, 1\]. Must be south < north"),
        ({"now": datetime(2024, 1, 1)}, "Invalid now .* Must carry a time zone"),
        ({"period": (DAY, datetime(2024, 1, 1))}, "Invalid period .* Must carry a time zone"),
        ({"period": (DAY, DAY.replace(day=1))}, "Invalid period. Must start before it ends"),
    ],
)
def test_a_wrong_setting_is_refused(
    make_params: Callable[..., Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        make_params(**changes)


def test_the_key_is_not_shown(make_params: Callable[..., Any]) -> None:
    assert "a key of the tests" not in repr(make_params())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"accuracy_full_m": 1000.0}, r"Invalid accuracy_full_m 1000.0. Must be in \(0, 1000.0\)"),
        ({"age_full_s": 0.0}, r"Invalid age_full_s 0.0. Must be in \(0, 20.0\)"),
        ({"stuck_share": 1.1}, r"Invalid stuck_share 1.1. Must be in \(0, 1\]"),
        ({"plmn_share": 0.0}, r"Invalid plmn_share 0.0. Must be in \(0, 1\]"),
        ({"route_m": 0.0}, "Invalid route_m 0.0. Must be > 0"),
        ({"jump_mps": -1.0}, "Invalid jump_mps -1.0. Must be >= 0"),
        ({"jump_mps": float("nan")}, "Invalid jump_mps nan. Must be >= 0"),
        ({"country_boxes": {"510": (0, 0, 0, 0)}}, r"Invalid country_boxes\[510\]"),
    ],
)
def test_a_wrong_threshold_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        QualityParams(**changes)


@pytest.mark.parametrize("name", ["max_members", "max_total_bytes", "max_ratio"])
def test_limits_allow_something(name: str) -> None:
    with pytest.raises(InputError, match=f"Invalid {name} 0. Must be >= 1"):
        ArchiveLimits(**{name: 0})
