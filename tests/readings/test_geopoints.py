"""Points of a GeoPackage, and blobs that are none."""

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.readings.geopoints import points


def blob(order: str, kind: int, *ordinates: float, envelope: int = 0) -> bytes:
    sizes = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
    head = b"GP\0" + bytes([(order == "<") | envelope << 1]) + b"\0" * (4 + sizes[envelope])
    return head + struct.pack(f"{order}BI{len(ordinates)}d", order == "<", kind, *ordinates)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("envelope", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(
    ("kind", "ordinates", "altitude"),
    [
        (1, (106.1, -6.4), np.nan),
        (1001, (106.1, -6.4, 45.0), 45.0),
        (2001, (106.1, -6.4, 7.0), np.nan),  # a measure is no altitude
        (3001, (106.1, -6.4, 45.0, 7.0), 45.0),
        (0x80000001, (106.1, -6.4, 45.0), 45.0),
    ],
)
def test_every_kind_of_point(
    order: str, envelope: int, kind: int, ordinates: tuple[float, ...], altitude: float
) -> None:
    found = [values[0] for values in points([blob(order, kind, *ordinates, envelope=envelope)], 1)]
    np.testing.assert_array_equal(found, [-6.4, 106.1, altitude])


def test_rows_keep_their_place() -> None:
    blobs: list[Any] = [
        None,
        blob("<", 1, 106.1, -6.4),
        b"GP",
        blob(">", 1001, 106.2, -6.5, 1.0),
        5,
    ]
    latitude, longitude, _ = points(blobs, 5)
    np.testing.assert_array_equal(latitude, [np.nan, -6.4, np.nan, -6.5, np.nan])
    np.testing.assert_array_equal(longitude, [np.nan, 106.1, np.nan, 106.2, np.nan])


def test_a_line_is_no_point() -> None:
    assert np.isnan(points([blob("<", 2, 106.1, -6.4)], 1)[0]).all()


def test_without_column_nothing_is_known() -> None:
    assert np.isnan(points(None, 3)).all()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.binary(max_size=60).map(lambda tail: b"GP" + tail), max_size=4))
def test_any_bytes_are_survived(blobs: list[bytes]) -> None:
    assert len(points(blobs, len(blobs))[0]) == len(blobs)
