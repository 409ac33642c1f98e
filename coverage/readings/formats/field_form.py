"""Our own field form as it comes back: one row a TPS and operator, filled in by hand.

A position counts as the phone's where latitude, longitude and the phone's accuracy are all given
and lie near the TPS as listed; otherwise the row stands at the listed place, flagged coarse.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from coverage import geodesy
from coverage.field_columns import FIELD_COLUMNS, FIELD_HEADINGS
from coverage.readings import picks, times, words, workbook
from coverage.readings.codes import Codes
from coverage.readings.delimited import Block, Layout
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head

Floats = npt.NDArray[np.float64]

NAME: Final = "field_form"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = True

_WORDS: Final = (
    "tps_code", "operator", "plmn", "day", "clock", "is_indoor", "network_type", "device_model",
)  # fmt: skip
_LAYOUT: Final = Layout(
    numbers=tuple(c.name for c in FIELD_COLUMNS if not c.is_text),
    words=_WORDS,
    names=tuple(column.name for column in FIELD_COLUMNS),
    decimal=",",
    missing=("", "-"),
    personal=("notes",),
)
_FILLED: Final = ("day", "clock", "network_type")
_MAX_FROM_LISTED_M: Final = 2_000.0
"""A typed position farther from the listed TPS is a slip of the pen or another place; project."""
_KBIT_PER_MB: Final = 8_000.0
_NOTHING: Final = frozenset({"tidak ada", "tidakada", "none", "no service", "tanpa layanan", "0"})
_YES_NO: Final = {"ya": 1.0, "yes": 1.0, "y": 1.0, "tidak": 0.0, "no": 0.0, "n": 0.0, "t": 0.0}
_GENERATIONS: Final = {"4G": "LTE", "5G": "NR", "3G": "UMTS", "2G": "GSM"}


def sniff(head: Head) -> str | None:
    """The headings of the form on the first sheet."""
    is_ours = head.sheet_header[: len(FIELD_HEADINGS)] == FIELD_HEADINGS
    return "first sheet has the headings of the field form" if is_ours else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Rows of the form; those left empty are refused as ``not_filled``."""
    for block in workbook.blocks(stream, _LAYOUT, context.name):
        yield _draft(block, context.params.timezone)


def _draft(block: Block, zone: str) -> Draft:
    """Rows of one block."""
    kind = block.text("network_type")
    is_silent = kind.table(lambda word: float(word.strip().lower() in _NOTHING)) == 1.0
    rat = words.rats(kind, extra=lambda word: _GENERATIONS.get(word.strip().upper()))
    latitude, longitude, is_coarse = _places(block)
    plmn = block.text("plmn").map(words.plmn_of_word)
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        redact=block.redact,
        time_us=times.to_utc(_local_times(block), zone),
        timezone=zone,
        numbers={
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "gps_accuracy_m": np.where(is_coarse, np.nan, block.number("gps_accuracy_m")),
            "signal_dbm": np.where(is_silent, np.nan, block.number("signal_dbm")),
            "cell_identity": block.number("cell_identity"),
            "pci": block.number("pci"),
            "arfcn": block.number("arfcn"),
            "uplink_kbps": _rates(block),
            "is_indoor": block.text("is_indoor").table(
                lambda word: _YES_NO.get(word.strip().lower(), np.nan)
            ),
            "is_serving": np.where(is_silent, np.nan, 1.0),
        },
        texts={
            "rat": rat,
            "plmn": plmn,
            "device": block.text("device_model"),
            "device_model": block.text("device_model"),
            "service_state": Codes(np.where(is_silent, 0, -1).astype(np.int32), ("no_service",)),
            "reason": picks.first_text(block.reason, _refusals(block), words.rat_refusals(kind)),
        },
        flags={"dq_coarse_position": is_coarse},
    )


def _places(block: Block) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Latitude, longitude, and which rows stand at the listed place for want of a fix."""
    listed = block.number("listed_latitude_deg"), block.number("listed_longitude_deg")
    read_off = block.number("latitude_deg"), block.number("longitude_deg")
    away = geodesy.distance_m(*listed, *read_off)
    is_known = ~np.isnan(read_off[0] + read_off[1] + block.number("gps_accuracy_m"))
    is_fix = is_known & (np.isnan(away) | (away <= _MAX_FROM_LISTED_M))
    latitude, longitude = (
        np.where(is_fix, own, given) for own, given in zip(read_off, listed, strict=True)
    )
    return latitude, longitude, ~is_fix


def _local_times(block: Block) -> "npt.NDArray[np.int64]":
    """Date and time of day [us] of each row, as if UTC; NO_TIME where one is missing."""
    stamps = [
        f"{_date(day)} {_clock(clock)}"
        for day, clock in zip(
            block.text("day").to_list(), block.text("clock").to_list(), strict=True
        )
    ]
    return times.of_fixed_width(Codes.of(stamps).to_arrow(), times.DASHED)


def _date(text: str | None) -> str:
    """The date as year, month, day, whichever the cell made of it; Indonesians begin with the day.

    Examples
    --------
    >>> [_date(text) for text in ("2024-02-01 00:00:00", "1/2/2024", None)]
    ['2024-02-01', '2024-02-01', '']
    """
    match = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", (text or "").strip())
    if match:
        return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"
    return (text or "").strip()[:10]


def _clock(text: str | None) -> str:
    """The time of day with seconds.

    Examples
    --------
    >>> [_clock(text) for text in ("9.05", "09:05:00", "1899-12-31 09:05:00", None)]
    ['09:05:00', '09:05:00', '09:05:00', '']
    """
    match = re.fullmatch(r"(?:.* )?(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?", (text or "").strip())
    return f"{int(match[1]):02d}:{match[2]}:{match[3] or '00'}" if match else ""


def _rates(block: Block) -> Floats:
    """Rate of the upload test [kbit/s]; a test that did not end has none."""
    seconds = block.number("upload_s")
    is_timed = seconds > 0
    return np.where(
        is_timed, block.number("upload_mb") * _KBIT_PER_MB / np.where(is_timed, seconds, 1), np.nan
    )


def _refusals(block: Block) -> Codes:
    """Rows in which nothing was filled in."""
    is_empty = np.isnan(block.number("signal_dbm"))
    for name in _FILLED:
        is_empty &= block.text(name).is_na
    return Codes(np.where(is_empty, 0, -1).astype(np.int32), ("not_filled",))
