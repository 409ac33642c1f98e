from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from coverage.cells.selection import (
    REASONS,
    CountParams,
    codes_in,
    columns_of,
    reasons_of,
    text_is,
)
from coverage.errors import InputError

ReadingsMaker = Callable[..., pa.Table]


def reason(readings: pa.Table, params: CountParams | None = None) -> tuple[str, bool]:
    params = params or CountParams()
    batch = readings.select(columns_of(params)).to_batches()[0]
    reasons, blank = reasons_of(batch, params)
    return REASONS[reasons[0]], bool(blank[0])


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, "counted"),
        ({"is_route_value": False}, "not_route_value"),
        ({"is_serving": False}, "neighbour"),
        ({"is_serving": None}, "counted"),
        ({"dq_stale": True}, "flagged"),
        ({"dq_frozen_gps": True}, "flagged"),
        ({"dq_coarse_position": True}, "flagged"),
        ({"dq_roaming": True}, "counted"),
        ({"gps_accuracy_m": 50.0}, "counted"),
        ({"gps_accuracy_m": 50.1}, "inaccurate"),
        ({"gps_accuracy_m": None}, "counted"),
        ({"rat": None}, "no_rat"),
        ({"rat": "5G"}, "no_rat"),
        ({"signal_dbm": None}, "no_level"),
        ({"signal_dbm": None, "rat": None}, "no_level"),
        ({"service_state": None}, "counted"),
        ({"latitude_deg": 90.1}, "no_position"),
        ({"longitude_deg": float("nan")}, "no_position"),
    ],
)
def test_reason_of_a_reading(
    make_readings: ReadingsMaker, columns: dict[str, Any], expected: str
) -> None:
    assert reason(make_readings(**columns)) == (expected, False)


@pytest.mark.parametrize("signal_dbm", [None, -90.0])
@pytest.mark.parametrize("rat", [None, "LTE"])
def test_no_service_counts_without_level_or_rat(
    make_readings: ReadingsMaker, signal_dbm: float | None, rat: str | None
) -> None:
    readings = make_readings(service_state="no_service", signal_dbm=signal_dbm, rat=rat)
    assert reason(readings) == ("counted", True)


def test_limited_is_no_service_whatever_its_level(make_readings: ReadingsMaker) -> None:
    assert reason(make_readings(service_state="limited", signal_dbm=-80.0)) == ("counted", True)


def test_limited_on_a_foreign_network_says_nothing(make_readings: ReadingsMaker) -> None:
    readings = make_readings(service_state="limited", dq_roaming=True)
    assert reason(readings) == ("limited", False)


def test_limited_is_left_out_by_configuration(make_readings: ReadingsMaker) -> None:
    params = CountParams(limited_is_no_service=False)
    assert reason(make_readings(service_state="limited"), params) == ("limited", False)


def test_first_rule_that_applies_gives_the_reason(make_readings: ReadingsMaker) -> None:
    readings = make_readings(is_route_value=False, is_serving=False, rat=None)
    assert reason(readings)[0] == "not_route_value"


def test_flags_are_configuration(make_readings: ReadingsMaker) -> None:
    params = CountParams(excluded_flags=("dq_scanner",))
    assert reason(make_readings(dq_stale=True), params)[0] == "counted"
    assert reason(make_readings(dq_scanner=True), params)[0] == "flagged"


@pytest.mark.parametrize("is_dictionary", [True, False])
def test_text_is_and_codes_take_plain_and_encoded_text(is_dictionary: bool) -> None:
    text = pa.array(["a", None, "b", "x"])
    text = text.dictionary_encode() if is_dictionary else text
    assert text_is(text, "b").tolist() == [False, False, True, False]
    assert text_is(text, "none of them").tolist() == [False] * 4
    assert codes_in(text, ("b", "a")).tolist() == [1, -1, 0, -1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resolution", -1), ("resolution", 15), ("max_accuracy_m", 0.0),
        ("max_accuracy_m", float("nan")), ("excluded_flags", ("dq_none",)),
        ("no_service_rat", "5G"),
    ],
)  # fmt: skip
def test_values_outside_their_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"Invalid {name}"):
        CountParams(**{name: value})


@pytest.mark.parametrize("resolution", [0, 14])
def test_child_cells_are_one_finer(resolution: int) -> None:
    assert CountParams(resolution=resolution).child_resolution == resolution + 1


def test_columns_are_in_the_contract(make_readings: ReadingsMaker) -> None:
    assert set(columns_of(CountParams())) <= set(make_readings().column_names)


def test_reasons_are_codes_of_one_byte() -> None:
    assert len(REASONS) == len(set(REASONS)) <= np.iinfo(np.uint8).max
