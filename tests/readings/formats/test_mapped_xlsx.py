"""Workbooks through a column map, built here."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from coverage.errors import InputError
from coverage.readings.columns import ColumnMap

Read = Callable[..., Any]
HEADER = ["Lattitude", "Longitude ", "RSRP_54_", "Speed", "when", "cell"]
COLUMNS = {
    "latitude_deg": "Lattitude", "longitude_deg": "Longitude", "signal_dbm": "RSRP_54_",
    "speed_mps": "Speed", "time": "when", "cell_identity": "cell",
}  # fmt: skip


def a_map(**changes: Any) -> ColumnMap:
    given: dict[str, Any] = {
        "name": "campus", "columns": COLUMNS, "rat": "LTE", "time_format": "iso",
        "units": {"speed_mps": "km/h"},
    }  # fmt: skip
    return ColumnMap(**(given | changes))


def workbook(*rows: Sequence[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_numbers_texts_and_dates(read: Read) -> None:
    content = workbook(
        HEADER,
        [-6.4123, 106.1235, -104.5, 36, datetime(2024, 1, 20, 9, 15, 2), 27447041.0],
        ["-6,4124", "106.1236", "-105 dBm", "36 km/h", "2024-01-20 09:15:03", "27447042"],
    )
    log = read(content, "x.xlsx", column_maps=(a_map(),))
    assert log.column("signal_dbm") == [-104.5, -105]
    assert log.column("latitude_deg") == [-6.4123, -6.4124]
    assert log.column("speed_mps") == [10, 10]
    assert log.column("cell_identity") == [27447041, 27447042]
    assert log.column("time") == [
        datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC), datetime(2024, 1, 20, 2, 15, 3, tzinfo=UTC)
    ]  # fmt: skip


def test_header_further_down_and_empty_rows(read: Read) -> None:
    content = workbook(
        ["A survey"], [], HEADER, [],
        [-6.4123, 106.1235, -104, 36, "2024-01-20 09:15:02", None],
    )  # fmt: skip
    log = read(content, "x.xlsx", column_maps=(a_map(header_row=2),))
    assert log.column("source_row") == [5]


def test_map_that_does_not_fit_is_not_taken(read: Read) -> None:
    with pytest.raises(InputError, match="Invalid format"):
        read(workbook(["a", "b"], [1, 2]), "x.xlsx", column_maps=(a_map(),))


def test_real_sample(read: Read, shared_data: Path) -> None:
    path = shared_data / "readings/kl_5g_campus/cleaned2_network_data.xlsx"
    if not path.exists():
        pytest.skip("no campus sample here")
    campus = ColumnMap(
        name="campus", rat="LTE", units={"speed_mps": "km/h"},
        columns={"latitude_deg": "Lattitude", "longitude_deg": "Longitude",
                 "signal_dbm": "RSRP_54_", "sinr_db": "SINR_54_", "speed_mps": "Speed"},
    )  # fmt: skip
    moment = datetime(2022, 6, 1, tzinfo=UTC)
    log = read(
        path.read_bytes(), path.name, box=None, column_maps=(campus,), period=(moment, moment)
    )
    levels = log.column("signal_dbm")
    assert log.n_rows == 15_820
    assert (min(levels), max(levels)) == (pytest.approx(-137.27), pytest.approx(-58.27))
