"""Stamps to UTC: fixed width, epoch, ISO, formats, zones with and without summer time."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.readings import times
from coverage.readings.draft import NO_TIME

UTC_MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)


def iso(values: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> list[str | None]:
    return [
        None if v == NO_TIME else str(np.datetime64(int(v), "us"))[:19] for v in values.tolist()
    ]


@given(st.lists(UTC_MOMENTS, max_size=20))
def test_fixed_width_agrees_with_the_calendar(moments: list[datetime]) -> None:
    texts = pa.array([f"{m:%Y.%m.%d_%H.%M.%S}" for m in moments], pa.string())
    expected = [(m - datetime(1970, 1, 1)) // timedelta(microseconds=1) for m in moments]
    assert times.of_fixed_width(texts, times.DOTTED).tolist() == expected


@pytest.mark.parametrize(
    ("text", "is_time"),
    [
        ("2024.02.29_23.59.59", True), ("2023.02.29_00.00.00", False),
        ("2024.12.31_00.00.00", True), ("2024.13.01_00.00.00", False),
        ("2024.00.01_00.00.00", False), ("2024.01.00_00.00.00", False),
        ("2024.01.01_24.00.00", False), ("2024.01.01_23.60.00", False),
        ("2024.01.01_23.59.60", False), ("2024-01-01_00.00.00", False),
        ("2024.01.01_00.00.0", False), ("2024.01.01_00.00.00 ", False),
        ("", False), (None, False), ("20x4.01.01_00.00.00", False),
    ],
)  # fmt: skip
def test_what_is_no_stamp_is_no_time(text: str | None, is_time: bool) -> None:
    (found,) = times.of_fixed_width(pa.array([text], pa.string()), times.DOTTED)
    assert (found != NO_TIME) == is_time


def test_good_stamps_among_bad_ones_are_read() -> None:
    texts = pa.array(["x", "2024.01.20_09.15.02", None, "2024.01.20_09.15.03"])
    assert iso(times.of_fixed_width(texts, times.DOTTED)) == [
        None, "2024-01-20T09:15:02", None, "2024-01-20T09:15:03"
    ]  # fmt: skip


def test_a_slice_and_chunks_are_read_like_the_whole() -> None:
    texts = pa.array(["2024.01.20_09.15.02", "2024.01.20_09.15.03", "2024.01.20_09.15.04"])
    assert iso(times.of_fixed_width(texts.slice(1), times.DOTTED))[0] == "2024-01-20T09:15:03"
    chunked = pa.chunked_array([texts.slice(0, 1), texts.slice(2)])
    assert iso(times.of_fixed_width(chunked, times.DOTTED))[1] == "2024-01-20T09:15:04"


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Asia/Jakarta", "2024-02-14 00:30:00", "2024-02-13T17:30:00"),
        ("Asia/Jayapura", "2024-02-14 00:30:00", "2024-02-13T15:30:00"),
        ("UTC", "2024-02-14 00:30:00", "2024-02-14T00:30:00"),
        ("Asia/Kathmandu", "2024-02-14 05:45:00", "2024-02-14T00:00:00"),
        ("Europe/Dublin", "2019-11-20 10:00:00", "2019-11-20T10:00:00"),
        ("Europe/Dublin", "2019-07-20 10:00:00", "2019-07-20T09:00:00"),
        ("Europe/Dublin", "2019-10-27 00:59:59", "2019-10-26T23:59:59"),
        ("Europe/Dublin", "2019-10-27 01:00:00", None),  # twice
        ("Europe/Dublin", "2019-10-27 02:00:00", "2019-10-27T02:00:00"),
        ("Europe/Dublin", "2019-03-31 00:59:59", "2019-03-31T00:59:59"),
        ("Europe/Dublin", "2019-03-31 01:00:00", None),  # never
        ("Europe/Dublin", "2019-03-31 02:00:00", "2019-03-31T01:00:00"),
        ("Asia/Jakarta", "0000-01-01 00:00:00", None),  # no year of the calendar
    ],
)
def test_local_times_in_utc(zone: str, local: str, utc: str | None) -> None:
    stamps = times.of_fixed_width(pa.array([local]), times.DASHED)
    assert iso(times.to_utc(stamps, zone)) == [utc]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1_705_716_902.0, "2024-01-20T02:15:02"), (1_705_716_902_123.0, "2024-01-20T02:15:02"),
        (999_999_999_999.0, "33658-09-27T01:46:39"), (1e12, "2001-09-09T01:46:40"),
        (np.nan, None), (np.inf, None), (9.2e18, None),
    ],
)  # fmt: skip
def test_epoch_by_magnitude(number: float, expected: str | None) -> None:
    (found,) = times.of_epoch(np.array([number]))
    shown = None if found == NO_TIME else str(np.datetime64(int(found), "us")).lstrip("+")
    assert (shown or "").startswith(expected or "")
    assert (shown is None) == (expected is None)


def test_iso_offsets_are_applied_and_reported() -> None:
    texts = pa.array(
        ["2024-01-20T09:15:02+07:00", "2024-01-20 02:15:02.123Z", "2024-01-20", "x", None]
    )
    found, has_offset = times.of_iso(texts)
    assert iso(found) == ["2024-01-20T02:15:02"] * 2 + ["2024-01-20T00:00:00", None, None]
    assert has_offset.tolist() == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        (["11-02-2019"], None), (["11-02-2019", "13-02-2019"], True), (["02/13/2019"], False),
        ([], None),
    ],
)  # fmt: skip
def test_day_first_only_where_a_stamp_tells(stamps: list[str], expected: bool | None) -> None:
    assert times.is_day_first(stamps) is expected


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2024.02.29_23.59.5", "2024.02.29_23.58.0", "2024.13.01_00.00.0"]),
            st.integers(0, 9),
            st.integers(0, 18),
            st.sampled_from(["", "", "", ".", "x", "7"]),
        ),
        max_size=12,
    )
)
def test_a_stamp_reads_alike_whatever_stamps_go_before(
    parts: list[tuple[str, int, int, str]],
) -> None:
    texts = [
        text[:place] + letter + text[place + len(letter) :]
        for text, place, letter in ((f"{stem}{s}", place, x) for stem, s, place, x in parts)
    ]
    alone = [int(times.of_fixed_width(pa.array([text]), times.DOTTED)[0]) for text in texts]
    assert times.of_fixed_width(pa.array(texts, pa.string()), times.DOTTED).tolist() == alone
