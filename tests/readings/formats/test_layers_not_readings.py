"""Files that are known and hold no readings: cell lists and throughput tiles."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coverage.errors import InputError

Read = Callable[..., Any]


def tiles() -> bytes:
    file = BytesIO()
    table = pa.table({
        "quadkey": ["3100121121130112"], "tile": ["POLYGON((106.1 -6.4))"], "avg_d_kbps": [9000],
        "avg_u_kbps": [1400], "avg_lat_ms": [48], "tests": [3], "devices": [2],
    })  # fmt: skip
    pq.write_table(table, file)
    return file.getvalue()


def test_mobile_tiles_are_skipped_with_their_licence(read: Read) -> None:
    log = read(tiles(), "2024-01-01_performance_mobile_tiles.parquet")
    assert log.n_rows == 0
    assert "CC BY-NC-SA" in log.notes[0]


def test_fixed_tiles_are_refused(read: Read) -> None:
    with pytest.raises(InputError, match="fixed lines"):
        read(tiles(), "2024-01-01_performance_fixed_tiles.parquet")


@pytest.mark.parametrize(
    "line",
    [
        "LTE,510,10,1216,35250198,-1,106.577,-6.1125,1188,21,1,1745290311,1747189874,0",
        "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal",
    ],
)
def test_cell_lists_are_sent_to_the_towers(read: Read, line: str) -> None:
    log = read(line.encode(), "510.csv")
    assert log.n_rows == 0
    assert "towers" in log.notes[0]


@pytest.mark.parametrize(
    "line",
    [
        "LTE,510,10,1216,35250198,-1,106.577,-6.1125,1188,21,1,1745290311,1747189874",  # 13 fields
        "WLAN,510,10,1216,35250198,-1,106.577,-6.1125,1188,21,1,1745290311,1747189874,0",
        "LTE,51,10,1216,35250198,-1,106.577,-6.1125,1188,21,1,1745290311,1747189874,0",
    ],
)
def test_what_only_looks_like_a_cell_list_is_not_taken_for_one(read: Read, line: str) -> None:
    with pytest.raises(InputError, match="Invalid format"):
        read(line.encode(), "510.csv")
