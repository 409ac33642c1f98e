"""Tiles of speed tests become a table of their own."""

from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coverage import tables
from coverage.errors import InputError
from coverage.readings.throughput import centres_of, read_tiles

NAME = "2024-04-01_performance_mobile_tiles.parquet"
LEBAK = "3100121121130112"
BOX = (-7.1, 105.0, -5.7, 106.8)


def tiles(**changes: Any) -> BytesIO:
    columns: dict[str, Any] = {
        "quadkey": [LEBAK, "0" * 16], "tile": ["", ""], "avg_d_kbps": [9000, 1],
        "avg_u_kbps": [1200, 1], "avg_lat_ms": [40, 1], "tests": [7, 1], "devices": [3, 1],
    }  # fmt: skip
    stream = BytesIO()
    pq.write_table(pa.table(columns | changes), stream)
    stream.seek(0)
    return stream


def test_the_tiles_of_the_box_are_kept_with_their_quarter() -> None:
    table = tables.check("throughput_tiles", read_tiles(tiles(), NAME, BOX))
    assert table.column("quadkey").to_pylist() == [LEBAK]
    assert table.column("quarter").to_pylist() == ["2024-Q2"]
    assert table.column("uplink_kbps").to_pylist() == [1200]
    assert table.column("n_devices").to_pylist() == [3]


def test_without_a_box_all_are_kept_in_order() -> None:
    assert read_tiles(tiles(), NAME, None).column("quadkey").to_pylist() == ["0" * 16, LEBAK]


def test_the_centre_is_that_of_the_specification() -> None:
    latitude, longitude = centres_of([LEBAK])
    assert latitude[0] == pytest.approx(-6.41, abs=0.005)
    assert longitude[0] == pytest.approx(106.12, abs=0.005)


@pytest.mark.parametrize(
    ("stream", "name", "message"),
    [
        (tiles(), "2024-04-01_performance_fixed_tiles.parquet", "Must be mobile tiles"),
        (tiles(), "tiles.parquet", "Must tell the quarter"),
        (tiles(quadkey=["31", "32"]), NAME, "Invalid quadkey '31'"),
        (tiles(quadkey=[LEBAK, LEBAK]), NAME, "a quadkey stands twice"),
        (tiles(tests=[None, 1]), NAME, "Invalid tests, empty. Must be a count"),
        (BytesIO(b"PAR1 no"), NAME, "Invalid Parquet file"),
    ],
)
def test_what_is_no_layer_of_tiles_is_refused(stream: BytesIO, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_tiles(stream, name, None)


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), 1e300])
def test_a_rate_that_is_none_is_not_known(rate: float) -> None:
    table = tables.check("throughput_tiles", read_tiles(tiles(avg_u_kbps=[rate, 1]), NAME, BOX))
    assert table.column("uplink_kbps").to_pylist() == [None]


def test_a_column_twice_is_refused() -> None:
    stream, (once,) = BytesIO(), (pq.read_table(tiles()),)
    pq.write_table(once.append_column("tests", once.column("tests")), stream)
    with pytest.raises(InputError, match=r"columns \['tests'\] stand twice"):
        read_tiles(stream, NAME, None)
