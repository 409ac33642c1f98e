"""Stamps of every kind to microseconds since 1970 UTC, in bulk.

A local time that exists twice (the clock was put back) or never (it was put forward) is not a
time: such stamps come back as NO_TIME, and their rows are rejected.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from coverage.readings.draft import NO_TIME
from coverage.readings.masks import rows_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MICROSECONDS: Final = 1_000_000
_EPOCH_MS_FROM: Final = 1e12
"""Epoch numbers from here on are milliseconds, below seconds (FORMATS 19.11)."""
_QUARTER_US: Final = 900 * MICROSECONDS
"""Clocks change on the quarter hour, so one look-up serves all stamps of it."""

DOTTED: Final = "0000.00.00_00.00.00"
"""``YYYY.MM.DD_HH.MM.SS``, as G-NetTrack writes it."""
DASHED: Final = "0000-00-00 00:00:00"


def of_fixed_width(texts: pa.Array | pa.ChunkedArray, pattern: str) -> Ints:
    """Microseconds of stamps that are year, month, day, hour, minute, second in fixed places.

    Parameters
    ----------
    texts
        Stamps; other than ``pattern``, or no date, reads as NO_TIME.
    pattern
        "0" for each digit, everything else literally; digits in the order above.

    Returns
    -------
    numpy.ndarray
        As if the stamps were UTC [us]; see :func:`to_utc`.

    Examples
    --------
    >>> of_fixed_width(pa.array(["2019.12.16_13.40.09", "2019.02.30_13.40.09"]), DOTTED).tolist()
    [1576503609000000, -9223372036854775808]
    """
    characters, complete = _characters(texts, len(pattern))
    result = np.full(len(texts), NO_TIME, dtype=np.int64)
    if not len(complete):
        return result
    begins = np.append(_minute_begins(characters), len(complete))
    minutes = _minutes(characters[begins[:-1]], np.frombuffer(pattern.encode(), np.uint8))
    tens, ones = (characters[:, place] - np.uint8(ord("0")) for place in (-2, -1))
    second = tens * np.uint8(10) + ones
    by_row = np.repeat(minutes, np.diff(begins))
    good = (by_row != NO_TIME) & (tens < 6) & (ones <= 9)
    stamps = by_row + second.astype(np.int64) * MICROSECONDS
    result[complete] = stamps if good.all() else np.where(good, stamps, NO_TIME)
    return result


def _minute_begins(characters: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """Rows that differ from the one before in anything but their last two characters.

    A log goes on in time: rows of one minute follow each other, and are read once.
    """
    n_rows, width = characters.shape
    is_new = np.zeros(n_rows, dtype=np.bool_)
    is_new[:1] = True
    for start in [*range(0, width - 10, 8), width - 10]:  # words of 8 characters, two may overlap
        word = np.ascontiguousarray(_words(characters, start))
        is_new[1:] |= word[1:] != word[:-1]
    return np.flatnonzero(is_new)


def _words(characters: npt.NDArray[np.uint8], start: int) -> npt.NDArray[np.uint64]:
    """Eight characters of each row as one number."""
    return np.ndarray(
        len(characters), "<u8", characters, offset=start, strides=(characters.shape[1],)
    )


def _minutes(characters: npt.NDArray[np.uint8], wanted: npt.NDArray[np.uint8]) -> Ints:
    """Microseconds of the minutes that some stamps lie in; NO_TIME where they are none."""
    is_digit = wanted == ord("0")
    columns = np.ascontiguousarray(characters.T)  # one pass here, then every step is contiguous
    digits = columns[is_digit][:-2] - np.uint8(ord("0"))
    good = (digits <= 9).all(axis=0) & (columns[~is_digit] == wanted[~is_digit, None]).all(axis=0)
    century, in_century, month, day, hour, minute = digits[0::2] * np.uint8(10) + digits[1::2]
    good &= (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60)
    year = century.astype(np.int32) * 100 + in_century
    first_day, n_days = _months(np.where(good, (year - 1970) * 12 + month - 1, 0))
    good &= day <= n_days
    clock = hour.astype(np.int64) * 60 + minute
    return np.where(good, ((first_day + day - 1) * 1_440 + clock) * 60 * MICROSECONDS, NO_TIME)


def _months(months: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
    """First day and number of days of months counted from January 1970 [day]."""
    if not len(months):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    low, high = int(months.min()), int(months.max())
    starts = (
        np.arange(low, high + 2).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    )
    place = months - low
    return starts[place], np.diff(starts)[place]


def _characters(
    texts: pa.Array | pa.ChunkedArray, width: int
) -> tuple[npt.NDArray[np.uint8], Ints]:
    """Characters of the texts that have the width, and their places."""
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.chunks else pa.array([], pa.string())
    array = array.cast(pa.large_string())
    _, offsets_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    fits = np.diff(offsets) == width
    if array.null_count:
        fits &= array.is_valid().to_numpy(zero_copy_only=False)
    complete = np.flatnonzero(fits)
    if not len(complete):
        return np.zeros((0, width), np.uint8), complete
    data = np.frombuffer(data_buffer, np.uint8)
    if len(complete) == len(array):
        start = int(offsets[0])
        return data[start : start + len(array) * width].reshape(-1, width), complete
    return data[offsets[complete][:, None] + np.arange(width)], complete


def of_epoch(numbers: Floats) -> Ints:
    """Microseconds of epoch seconds or milliseconds, told apart by magnitude; NaN is NO_TIME.

    Examples
    --------
    >>> of_epoch(np.array([1705716902.0, 1705716902123.0, np.nan])).tolist()
    [1705716902000000, 1705716902123000, -9223372036854775808]
    """
    value = np.asarray(numbers, dtype=np.float64)
    good = np.isfinite(value) & (np.abs(value) < 1e15)
    factor = np.where(np.abs(value) >= _EPOCH_MS_FROM, 1e3, 1e6)
    scaled = np.where(good, value, 0.0) * factor
    return np.where(good, np.rint(scaled).astype(np.int64), NO_TIME)


def of_iso(texts: pa.Array | pa.ChunkedArray) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Microseconds of ISO 8601 stamps, and which of them carried an offset (those are UTC now).

    A blank in place of the T and a Z or +hh:mm after it are read; anything else is NO_TIME.

    Examples
    --------
    >>> at, has_offset = of_iso(pa.array(["2024-01-20T09:15:02.123+07:00", "2024-01-20 02:15:02"]))
    >>> at.tolist(), has_offset.tolist()
    ([1705716902123000, 1705716902000000], [True, False])
    """
    series = pd.Series(texts.to_pandas(), dtype="object")
    has_offset = series.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", na=False).to_numpy(dtype=np.bool_)
    result = np.full(len(series), NO_TIME, dtype=np.int64)
    for mask in (has_offset, ~has_offset):
        if mask.any():
            parsed = pd.to_datetime(series[mask], errors="coerce", format="ISO8601", utc=True)
            result[mask] = _microseconds(parsed)
    return result, has_offset


def of_format(texts: pa.Array | pa.ChunkedArray, time_format: str) -> Ints:
    """Microseconds of stamps in a ``strptime`` format, as if they were UTC; else NO_TIME.

    Examples
    --------
    >>> of_format(pa.array(["2022-06-14 19_25_23.773137"]), "%Y-%m-%d %H_%M_%S.%f").tolist()
    [1655234723773137]
    """
    series = pd.Series(texts.to_pandas(), dtype="object")
    parsed = pd.to_datetime(series, errors="coerce", format=time_format, utc=True)
    return _microseconds(parsed)


def _microseconds(parsed: "pd.Series[pd.Timestamp]") -> Ints:
    """Microseconds of parsed stamps."""
    values = parsed.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(values), NO_TIME, values.astype(np.int64))


def to_utc(local_us: Ints, zone: str) -> Ints:
    """Local times of a zone in UTC; NO_TIME where the local time exists twice or never [us].

    Examples
    --------
    >>> jakarta = of_fixed_width(pa.array(["2024-02-14 07:00:00"]), DASHED)
    >>> str(to_utc(jakarta, "Asia/Jakarta").astype("datetime64[us]")[0])
    '2024-02-14T00:00:00.000000'
    """
    known = rows_of(local_us != NO_TIME)
    quarters = local_us[known] // _QUARTER_US
    if not len(quarters):
        return np.full(len(local_us), NO_TIME, dtype=np.int64)
    begins = np.concatenate([[0], np.flatnonzero(np.diff(quarters)) + 1])  # runs of one quarter
    distinct, place = np.unique(quarters[begins], return_inverse=True)
    info = ZoneInfo(zone)
    offsets = np.array([_offset_us(int(q), info) for q in distinct], dtype=np.int64)
    offset = np.repeat(offsets[place], np.diff(np.append(begins, len(quarters))))
    utc = np.where(offset != NO_TIME, local_us[known] - offset, NO_TIME)
    if len(utc) == len(local_us):
        return utc
    result = np.full(len(local_us), NO_TIME, dtype=np.int64)
    result[known] = utc
    return result


def _offset_us(quarter: int, zone: ZoneInfo) -> int:
    """Offset of a zone in one local quarter of an hour, NO_TIME where there is none or two [us]."""
    try:
        local = datetime(1970, 1, 1, tzinfo=zone) + timedelta(seconds=quarter * 900)
    except OverflowError:  # a year beyond 1 to 9999
        return NO_TIME
    early, late = local.utcoffset(), local.replace(fold=1).utcoffset()
    if early is None or early != late:
        return NO_TIME
    return round(early.total_seconds() * MICROSECONDS)


def of_datetime(moment: datetime) -> int:
    """Microseconds of a zone-aware time."""
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def is_day_first(texts: "list[str]") -> bool | None:
    """Whether ``dd-mm`` or ``mm-dd`` dates begin with the day; None where no stamp tells.

    Examples
    --------
    >>> is_day_first(["11-02-2019", "13-02-2019"]), is_day_first(["11-02-2019"])
    (True, None)
    """
    pairs = [match for text in texts if (match := re.match(r"\D*(\d{1,2})\D(\d{1,2})\D", text))]
    if any(int(pair[1]) > 12 for pair in pairs):
        return True
    return False if any(int(pair[2]) > 12 for pair in pairs) else None
