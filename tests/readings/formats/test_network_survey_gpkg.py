"""Android Network Survey GeoPackage, built here: SQLite files are no text to commit."""

import sqlite3
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from coverage.errors import InputError
from coverage.readings.formats import network_survey_gpkg

Read = Callable[..., Any]
TIME_MS = 1705716902123
LTE = (
    "id INTEGER PRIMARY KEY, geom BLOB, deviceSerialNumber TEXT, Time INTEGER, MissionId TEXT, "
    'RecordNumber INTEGER, speed REAL, accuracy REAL, GroupNumber INTEGER, "Serving Cell" BOOLEAN, '
    "Provider TEXT, slot INTEGER, MCC INTEGER, MNC INTEGER, TAC INTEGER, ECI INTEGER, "
    "DL_EARFCN INTEGER, Phys_Cell_ID INTEGER, RSRP REAL, RSRQ REAL, TA INTEGER, "
    "DL_Bandwidth TEXT, signalStrength REAL, cqi INTEGER, snr REAL"
)
NR = (
    "id INTEGER PRIMARY KEY, deviceTime INTEGER, latitude REAL, longitude REAL, accuracy REAL, "
    "mcc INTEGER, mnc INTEGER, tac INTEGER, nci INTEGER, narfcn INTEGER, pci INTEGER, "
    "ssRsrp REAL, ssRsrq REAL, ssSinr REAL, servingCell INTEGER"
)
UMTS = (
    'id INTEGER PRIMARY KEY, geom BLOB, Time INTEGER, "Serving Cell" INTEGER, MCC INTEGER, '
    'MNC INTEGER, LAC INTEGER, "Cell ID" INTEGER, UARFCN INTEGER, PSC INTEGER, '
    '"Signal Strength" REAL, RSCP REAL'
)
GSM = (
    'id INTEGER PRIMARY KEY, geom BLOB, Time INTEGER, "Serving Cell" INTEGER, MCC INTEGER, '
    'MNC INTEGER, LAC INTEGER, CID INTEGER, ARFCN INTEGER, BSIC INTEGER, "Signal Strength" REAL'
)


def point(latitude: float, longitude: float, altitude: float = 45.0, *, envelope: int = 0) -> bytes:
    """A GeoPackage point, little-endian, with z."""
    size = {0: 0, 1: 32}[envelope]
    head = b"GP\0" + bytes([1 | envelope << 1]) + struct.pack("<i", 4326) + b"\0" * size
    return head + struct.pack("<BI3d", 1, 1001, longitude, latitude, altitude)


def big_endian_point(latitude: float, longitude: float) -> bytes:
    return b"GP\0\0" + struct.pack(">i", 4326) + struct.pack(">BI2d", 0, 1, longitude, latitude)


def package(*tables: tuple[str, str, Sequence[tuple[Any, ...]]]) -> bytes:
    database = sqlite3.connect(":memory:")
    for name, columns, rows in tables:
        database.execute(f'CREATE TABLE "{name}" ({columns})')
        for row in rows:
            database.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', row)
    database.commit()
    content = database.serialize()
    database.close()
    return content


def lte(at: int, geom: bytes | None, **changes: Any) -> tuple[Any, ...]:
    row = {
        "id": at, "geom": geom, "device": "356938035643809", "time": TIME_MS + 1000 * at,
        "mission": "NS 356938035643809", "record": at, "speed": 3.2, "accuracy": 8.0, "group": 1,
        "serving": 1, "provider": "Telkomsel", "slot": 1, "mcc": 510, "mnc": 10, "tac": 1234,
        "eci": 27447041, "earfcn": 1850, "pci": 107, "rsrp": -104.0, "rsrq": -14.0, "ta": 2,
        "bandwidth": "MHZ_20", "rssi": -77.0, "cqi": 7, "snr": 2.0,
    }  # fmt: skip
    return tuple((row | changes).values())


def full() -> bytes:
    return package(
        ("LTE_MESSAGE", LTE, [
            lte(1, point(-6.4123, 106.1235)),
            lte(2, point(-6.4124, 106.1235, envelope=1), serving=0, mcc=None, mnc=None, eci=None,
                snr=None, speed=0.0, accuracy=0.0),
            lte(3, point(0.0, 0.0, 0.0)),
            lte(4, big_endian_point(-6.4126, 106.1235)),
            lte(5, b"GP\0\1short"),
            lte(6, None),
        ]),
        ("NR_MESSAGE", NR, [
            (1, TIME_MS, -6.4123, 106.1235, 8.0, 510, 10, 1234, 68719476734, 460000, 900, -101.0,
             -11.0, 8.0, 1),
        ]),
        ("UMTS_MESSAGE", UMTS, [
            (1, point(-6.4123, 106.1235), TIME_MS, 1, 510, 1, 40122, 844093, 10563, 33, -80.0,
             -91.0),
        ]),
        ("GSM_MESSAGE", GSM, [
            (1, point(-6.4123, 106.1235), TIME_MS, 1, 510, 1, 40122, 801, 78, 13, -85.0),
        ]),
    )  # fmt: skip


def test_tables_are_read_in_one_order_and_numbered_through(read: Read) -> None:
    log = read(full(), "craxiom-cellular.gpkg")
    assert log.of_row("rat") == {1: "LTE", 2: "LTE", 4: "LTE", 7: "NR", 8: "UMTS", 9: "GSM"}
    assert log.n_rows == 9


def test_positions_out_of_blobs(read: Read) -> None:
    log = read(full(), "x.gpkg")
    assert log.of_row("latitude_deg") == {
        1: -6.4123, 2: -6.4124, 4: -6.4126, 7: -6.4123, 8: -6.4123, 9: -6.4123
    }  # fmt: skip
    assert set(log.column("longitude_deg")) == {106.1235}
    assert log.of_row("altitude_m") == {1: 45, 2: 45, 4: None, 7: None, 8: 45, 9: 45}


def test_no_fix_cut_blob_and_no_blob_are_refused(read: Read) -> None:
    assert read(full(), "x.gpkg").reasons == {
        3: "zero_position", 5: "no_position", 6: "no_position"
    }  # fmt: skip


def test_levels_by_technology(read: Read) -> None:
    log = read(full(), "x.gpkg")
    assert log.of_row("signal_dbm") == {1: -104, 2: -104, 4: -104, 7: -101, 8: -91, 9: -85}
    assert log.of_row("cell_identity") == {
        1: 27447041, 2: None, 4: 27447041, 7: 68719476734, 8: 844093, 9: 801
    }  # fmt: skip
    assert log.of_row("pci")[9] is None  # a BSIC is no PCI


def test_serving_zero_speed_and_time(read: Read) -> None:
    log = read(full(), "x.gpkg")
    assert log.of_row("is_serving") == {1: True, 2: False, 4: True, 7: True, 8: True, 9: True}
    assert log.of_row("speed_mps")[2] is None
    assert log.of_row("gps_accuracy_m")[2] is None
    assert log.of_row("time")[1] == datetime(2024, 1, 20, 2, 15, 3, 123_000, tzinfo=UTC)


def test_serial_number_is_written_nowhere(read: Read) -> None:
    log = read(full(), "x.gpkg")
    assert "356938035643809" not in str([*log.readings.to_pylist(), *log.rejects.to_pylist()])


def test_write_ahead_log_mark_is_no_hindrance(read: Read) -> None:
    content = bytearray(full())
    content[18:20] = b"\2\2"
    assert read(bytes(content), "x.gpkg").n_rows == 9


def test_cut_file_is_an_error(read: Read) -> None:
    content = full()
    with pytest.raises(InputError, match="Invalid GeoPackage"):
        read(content[: len(content) // 2], "x.gpkg")


def test_other_database_is_not_recognised(read: Read) -> None:
    with pytest.raises(InputError, match="Invalid format"):
        read(package(("OTHER", "id INTEGER", [(1,)])), "x.gpkg")


def test_a_view_in_place_of_a_table_is_refused_unrun(read: Read) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE t (RSRP REAL)")
    database.execute("INSERT INTO t VALUES (-104)")
    database.execute("CREATE VIEW LTE_MESSAGE AS SELECT * FROM t")
    database.commit()
    content = database.serialize()
    database.close()
    with pytest.raises(InputError, match="'LTE_MESSAGE' is missing or computed by SQL"):
        read(content, "x.gpkg")


def test_too_large_a_file_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_survey_gpkg, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="more than 1000 bytes"):
        read(full(), "x.gpkg")
