"""The front door: what is refused and why, privacy, determinism, large files in pieces."""

import gzip
import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.readings import chunks, lines
from coverage.readings.columns import load_column_map
from coverage.readings.read import read_batches

Read = Callable[..., Any]
APP = (
    "mcc,mnc,lac,cellid,lat,lon,signal,measured_at,rating,speed,direction,act,ta,psc,tac,pci,sid,"
    "nid,bid"
)


def app(*rows: tuple[Any, ...]) -> bytes:
    """App export with (latitude, longitude, level, epoch ms, accuracy) in each row."""
    body = [
        f"510,10,1234,27447041,{r[0]},{r[1]},{r[2]},{r[3]},{r[4]},,,LTE,,,1234,107,,," for r in rows
    ]
    return "\n".join([APP, *body, ""]).encode()


AT = 1705716902123


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((-6.4, 106.1, -104, AT, 8), None),
        ((-6.4, 106.1, -104, 1262304000000, 8), None),  # 2010-01-01
        ((-6.4, 106.1, -104, 1262303999999, 8), "time_before_2010"),
        ((-6.4, 106.1, -104, 1767225900000, 8), None),  # now + 300 s
        ((-6.4, 106.1, -104, 1767225900001, 8), "time_in_future"),
        ((-6.4, 106.1, -104, "", 8), "bad_time"),
        ((-6.4, 106.1, "", AT, 8), "no_radio_meaning"),
        ((-6.4, 106.1, -30, AT, 8), "no_radio_meaning"),
        ((-6.4, 106.1, -104, AT, 10_000), "position_too_coarse"),
        (("", 106.1, -104, AT, 8), "no_position"),
        ((0, 0, -104, AT, 8), "zero_position"),
        ((106.1, -6.4, -104, AT, 8), "coordinates_swapped"),
        ((-8.4, 106.1, -104, AT, 8), "outside_box"),
    ],
)
def test_a_row_is_refused_for_a_reason(
    read: Read, row: tuple[Any, ...], reason: str | None
) -> None:
    log = read(app(row), "x.csv")
    assert log.reasons == ({} if reason is None else {2: reason})


def test_a_reject_keeps_its_line(read: Read) -> None:
    (raw,) = read(app((0, 0, -104, AT, 8)), "x.csv").rejects.column("raw").to_pylist()
    assert raw == "510,10,1234,27447041,0,0,-104,1705716902123,8,,,LTE,,,1234,107,,,"


def test_the_folder_stands_for_a_device_and_the_campaign_changes_it(read: Read) -> None:
    data = app((-6.4, 106.1, -104, AT, 8))
    ids = {
        read(data, "x.csv", **changes).column("device_id")[0]
        for changes in ({}, {"device_group": "other"}, {"campaign": "other"})
    }
    assert len(ids) == 3


def test_the_config_overrides_the_source(read: Read) -> None:
    data = app((-6.4, 106.1, -104, AT, 8))
    assert read(data, "x.csv").column("source") == ["crowdsourced"]
    assert read(data, "x.csv", source="drive_test").column("source") == ["drive_test"]


def test_a_position_outside_the_country_is_flagged(read: Read) -> None:
    log = read(app((45.4, -75.7, -104, AT, 8)), "x.csv", box=None)
    assert log.column("dq_outside_country") == [True]


def test_a_file_without_rows_says_so(read: Read) -> None:
    log = read(APP.encode() + b"\n", "x.csv")
    assert (log.n_rows, log.notes) == (0, ["x.csv: no rows"])


def test_the_same_bytes_give_the_same_tables(read: Read, data: Any) -> None:
    for path in sorted(data.glob("gnettrack*")):
        one, other = read(path.name), read(path.name)
        assert one.readings.equals(other.readings)
        assert one.rejects.equals(other.rejects)


def test_gzip_changes_nothing_but_the_name(read: Read, data: Any) -> None:
    raw = (data / "gnettrack_raw.txt").read_bytes()
    plain, packed = read(raw, "x.txt"), read(gzip.compress(raw), "x.txt")
    assert plain.readings.equals(packed.readings)


DRIVE = st.lists(
    st.tuples(
        st.integers(0, 40), st.integers(0, 2), st.sampled_from([0, 20, 60]), st.integers(-110, -100)
    ),
    min_size=1, max_size=60,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(DRIVE, st.integers(200, 2000))
def test_block_sizes_change_no_row(
    make_params: Callable[..., Any], steps: list[tuple[int, int, int, int]], size: int
) -> None:
    """However the bytes are cut, the same rows come out in the same order."""
    header = "Timestamp,Longitude,Latitude,Speed,Operatorname,NetworkMode,RSRP,RSRQ"
    body, second, place = [], 0, 0
    for seconds, move, speed, level in steps:
        second, place = second + seconds, place + move
        stamp = f"2024.01.20_09.{second // 60:02d}.{second % 60:02d}"
        body.append(f"{stamp},{106 + place / 1000},-6.4,{speed},A,LTE,{level},-9")
    text = "\n".join([header, *body, ""]).encode()

    def run() -> pa.Table:
        batches = read_batches(io.BytesIO(text), "x.csv", make_params())
        return pa.concat_tables([batch.readings for batch in batches])

    whole = run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines.line_blocks, "__defaults__", ("utf-8", size))
        assert run().equals(whole)


def test_chunks_change_little(monkeypatch: pytest.MonkeyPatch, read: Read, data: Any) -> None:
    """A file judged in pieces takes the same rows; a stretch may end where a piece does."""
    whole = read("gnettrack_raw.txt")
    monkeypatch.setattr(chunks.chunks, "__defaults__", (5,))
    pieces = read("gnettrack_raw.txt")
    assert pieces.n_rows == whole.n_rows
    assert pieces.reasons == whole.reasons
    assert pieces.column("service_state") == whole.column("service_state")


def test_our_own_parquet_comes_back_as_it_was(read: Read) -> None:
    first = read("gnettrack_raw.txt")
    buffer = io.BytesIO()
    pq.write_table(first.readings, buffer)
    again = read(buffer.getvalue(), "readings.parquet")
    assert (again.formats, again.reasons) == ({"canonical_parquet"}, {})
    changed = {"format", "source_file", "source_row", "dq_plmn_assumed"}
    for name in set(first.readings.column_names) - changed:
        assert again.column(name) == first.column(name), name
    assert again.column("dq_plmn_assumed") == first.column("dq_plmn_assumed")


def test_a_foreign_device_id_in_our_parquet_is_hashed(read: Read) -> None:
    first = read("gnettrack_raw.txt").readings
    at = first.column_names.index("device_id")
    named = first.set_column(at, first.schema.field(at), pa.array(["356938035643809"] * len(first)))
    buffer = io.BytesIO()
    pq.write_table(named, buffer)
    (found,) = set(read(buffer.getvalue(), "x.parquet").column("device_id"))
    assert found != "356938035643809"


@pytest.mark.parametrize("values", [[1], [b"x"], [True], [1.5]])
def test_a_text_of_our_parquet_that_is_none_is_refused(read: Read, values: list[Any]) -> None:
    first = read("gnettrack_raw.txt").readings
    at = first.column_names.index("device_id")
    buffer = io.BytesIO()
    pq.write_table(first.set_column(at, "device_id", pa.array(values * len(first))), buffer)
    with pytest.raises(InputError, match=r"x\.parquet: Invalid column device_id of type"):
        read(buffer.getvalue(), "x.parquet")


def test_a_column_twice_in_our_parquet_is_refused(read: Read) -> None:
    first = read("gnettrack_raw.txt").readings
    buffer = io.BytesIO()
    pq.write_table(first.append_column("time", first.column("time")), buffer)
    with pytest.raises(InputError, match=r"x\.parquet: Invalid column time, twice"):
        read(buffer.getvalue(), "x.parquet")


def test_a_damaged_parquet_is_one_line(read: Read) -> None:
    buffer = io.BytesIO()
    pq.write_table(read("gnettrack_raw.txt").readings, buffer)
    data = bytearray(buffer.getvalue())
    data[40:400] = bytes(360)
    with pytest.raises(ValueError, match=r"x.parquet: Invalid Parquet"):
        read(bytes(data), "x.parquet")


def test_time_of_a_source_without_time_is_the_periods_first_moment(read: Read) -> None:
    text = b"lat,lon,rsrp\n-6.4,106.1,-104\n-6.4,106.1,-104\n"
    toml = (
        'name = "x"\nrat = "LTE"\n[columns]\nlatitude_deg = "lat"\nlongitude_deg = "lon"\n'
        'signal_dbm = "rsrp"\n'
    )
    start = datetime(2024, 1, 1, tzinfo=UTC)
    log = read(
        text, "x.csv", column_maps=(load_column_map(toml.encode(), "x"),),
        period=(start, datetime(2024, 1, 31, tzinfo=UTC)),
    )  # fmt: skip
    assert log.column("time") == [start, start]
    assert log.column("dq_time_assumed") == [True, True]
    assert log.column("is_route_value") == [True, False]


def test_a_large_file_comes_in_pieces_before_it_is_read_to_its_end(
    make_params: Callable[..., Any],
) -> None:
    header = "Timestamp,Longitude,Latitude,Speed,Operatorname,NetworkMode,RSRP,RSRQ"
    rows = [
        f"2024.01.{1 + i // 86400:02d}_{i // 3600 % 24:02d}.{i // 60 % 60:02d}.{i % 60:02d},"
        f"{106 + i % 7000 / 10000:.4f},-6.4,30,A,LTE,{-100 - i % 9},-9"
        for i in range(300_000)
    ]
    stream = io.BytesIO("\n".join([header, *rows, ""]).encode())
    batches = read_batches(stream, "x.csv", make_params())
    first = next(batches)
    assert stream.tell() < len(stream.getvalue()) * 0.8
    rest = list(batches)
    assert len(rest) >= 2
    assert first.n_rows + sum(batch.n_rows for batch in rest) == 300_000
    assert rest[-1].readings.column("source_row")[-1].as_py() == 300_001


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(["gnettrack.csv", "gnettrack_raw.txt", "opencellid_upload.csv"]),
    st.lists(
        st.tuples(
            st.floats(0, 1), st.integers(0, 20),
            st.sampled_from([b"", b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"inf", b"9" * 30]),
        ),
        min_size=1, max_size=12,
    ),
)  # fmt: skip
def test_damage_is_a_reject_or_one_line_and_never_a_traceback(
    read: Read, data: Any, name: str, damage: list[tuple[float, int, bytes]]
) -> None:
    content = bytearray((data / name).read_bytes())
    for place, length, put in damage:
        start = int(place * len(content))
        content[start : start + length] = put
    with suppress(InputError):
        read(bytes(content), name)  # checks contract and balance
