"""Parquet of others through a column map, built here."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coverage.errors import InputError
from coverage.readings.columns import ColumnMap

Read = Callable[..., Any]
COLUMNS = {
    "latitude_deg": "lat", "longitude_deg": "lon", "signal_dbm": "rsrp", "speed_mps": "kmh",
    "time": "when", "cell_identity": "eci", "rat": "net",
}  # fmt: skip
AT = datetime(2024, 1, 20, 9, 15, 2)


def a_map(**changes: Any) -> ColumnMap:
    given: dict[str, Any] = {
        "name": "others", "columns": COLUMNS, "time_format": "iso", "units": {"speed_mps": "km/h"},
    }  # fmt: skip
    return ColumnMap(**(given | changes))


def parquet(**changes: Any) -> bytes:
    columns: dict[str, Any] = {
        "lat": [-6.4123, -6.4124], "lon": [106.1235, 106.1236], "rsrp": ["-104 dBm", "NA"],
        "kmh": [36.0, None], "when": [AT, AT], "eci": [27447041.0, 27447042.0],
        "net": pa.array(["LTE", "4G"]).dictionary_encode(), "imei": ["356938035643809", "x"],
    }  # fmt: skip
    file = BytesIO()
    pq.write_table(pa.table(columns | changes), file)
    return file.getvalue()


def test_numbers_texts_dictionaries_and_stamps(read: Read) -> None:
    log = read(parquet(rsrp=["-104 dBm", "-105"]), "x.parquet", column_maps=(a_map(),))
    assert log.formats == {"mapped_parquet"}
    assert log.column("signal_dbm") == [-104, -105]
    assert log.column("cell_identity") == [27447041, 27447042]
    assert log.column("rat") == ["LTE", "LTE"]
    assert log.column("speed_mps") == [10.0, None]
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC)


def test_a_stamp_with_a_zone_keeps_it(read: Read) -> None:
    stamps = pa.array([AT, AT], pa.timestamp("ms", tz="UTC"))
    log = read(parquet(when=stamps), "x.parquet", column_maps=(a_map(),))
    assert log.column("time") == [AT.replace(tzinfo=UTC)]


def test_a_missing_level_is_a_reject_with_its_mapped_values_alone(read: Read) -> None:
    log = read(parquet(), "x.parquet", column_maps=(a_map(),))
    assert log.reasons == {2: "no_radio_meaning"}
    (raw,) = log.rejects.column("raw").to_pylist()
    assert "106.1236" in raw
    assert "356938035643809" not in raw


def test_not_a_number_is_missing(read: Read) -> None:
    log = read(parquet(lat=[float("nan"), -6.4]), "x.parquet", column_maps=(a_map(),))
    assert log.reasons[1] == "no_position"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rsrp": [[1], [2]]}, "Invalid column 'rsrp' of type list"),
        ({"rsrp": [b"1", b"2"]}, "Invalid column 'rsrp' of type binary"),
        ({"kmh": ["20MHz", "1"]}, "x.parquet: Invalid"),
    ],
)
def test_what_cannot_be_a_value_is_refused(
    read: Read, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(parquet(**changes), "x.parquet", column_maps=(a_map(),))


def test_a_missing_column_is_named_with_the_nearest(read: Read) -> None:
    named = a_map(columns=COLUMNS | {"signal_dbm": "rsrpp"}, header_begins="lat,lon")
    with pytest.raises(InputError, match=r"Invalid column 'rsrpp'.*nearest are \['rsrp'"):
        read(parquet(), "x.parquet", column_maps=(named,))


def test_without_a_map_no_format_matches(read: Read) -> None:
    with pytest.raises(InputError, match=r"x.parquet: Invalid format: none of"):
        read(parquet(), "x.parquet")


def test_our_own_readings_need_no_map(read: Read) -> None:
    taken = read(parquet(), "x.parquet", column_maps=(a_map(),)).readings
    file = BytesIO()
    pq.write_table(taken, file)
    places = {name: name for name in ("latitude_deg", "longitude_deg", "rat")}
    own = a_map(columns=places, units={})
    log = read(file.getvalue(), "own.parquet", column_maps=(own,))
    assert log.formats == {"canonical_parquet"}
