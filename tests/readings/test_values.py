"""Numbers with units in the cell."""

import numpy as np
import pyarrow as pa
import pytest

from coverage.errors import InputError
from coverage.readings.columns import UNITS
from coverage.readings.values import parse


def value(text: str | None, column: str) -> float | None:
    (number,) = parse(pa.array([text], pa.string()), UNITS[column], column, "x.csv")
    return None if np.isnan(number) else float(number)


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("-104", "signal_dbm", -104), ("-104 dBm", "signal_dbm", -104),
        (" -104dbm ", "signal_dbm", -104), ("-80dB", "signal_dbm", -80),
        ("-104,5", "signal_dbm", -104.5), ("+3.5 dB", "sinr_db", 3.5),
        ("36 km/h", "speed_mps", 10.0), ("10 m/s", "speed_mps", 10.0),
        ("1.5 Mbps", "uplink_kbps", 1500), ("710664.0", "area_code", 710664),
        ("1e3", "altitude_m", 1000), (".5", "sinr_db", 0.5), ("NA", "signal_dbm", None),
        ("", "signal_dbm", None), (None, "signal_dbm", None),
        ("-104 and more", "signal_dbm", None), ("1.234.567", "altitude_m", None),
        ("--", "pci", None),
    ],
)  # fmt: skip
def test_a_cell_is_read_in_its_unit(text: str | None, column: str, expected: float | None) -> None:
    assert value(text, column) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("text", "column"), [("20MHz", "signal_dbm"), ("5 dBm", "speed_mps"), ("3 km", "pci")]
)
def test_a_unit_of_something_else_stops(text: str, column: str) -> None:
    with pytest.raises(InputError, match=f"x.csv: Invalid unit .* in {column}. Must be one of"):
        value(text, column)
