"""Cradlepoint Mobile Site Survey, v1.9 and v2.5 (FORMATS 15): one row a modem and survey point.

Comma without quotes, so an address with a comma in it damages its row. The header spells "Serice
Display". A modem without connection is skipped by the writer: no row means nothing.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from coverage.operators import UNKNOWN_OPERATOR
from coverage.readings import picks, times, words
from coverage.readings.codes import Codes
from coverage.readings.columns import clean_header
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head

Floats = npt.NDArray[np.float64]

NAME: Final = "cradlepoint"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = False

_HEADERS: Final = {
    "1.9": ("Time", "Latitude", "Longitude", "Carrier", "Cell ID"),
    "2": ("Timestamp", "Lat", "Long", "Accuracy", "Carrier"),
}
_LAYOUT: Final = Layout(
    numbers=(
        "Latitude", "Longitude", "Lat", "Long", "Accuracy", "Download", "Upload", "Latency",
        "bytes_sent", "Bytes Sent", "SINR", "RSRP", "RSRQ", "SINR_5G", "RSRP_5G", "RSRQ_5G",
        "Cell ID", "NR Cell ID", "PCI", "TAC", "LAC",
    ),
    words=("Carrier", "CUR_PLMN", "Service Display", "Serice Display"),
    texts=("Time", "Timestamp"),
    missing=("", "None", "FAIL"),
    personal=("Results URL", "Results Image"),
)  # fmt: skip
_KBPS_PER_MBPS: Final = 1000.0
_ANCHOR_WORDS: Final = ("5G", "5G NSA", "NR NSA")
"""The main columns of these hold the LTE anchor."""


def sniff(head: Head) -> str | None:
    """Recognise either version by its first five columns."""
    names = clean_header(head.first_line.split(","))
    for version, wanted in _HEADERS.items():
        if names[: len(wanted)] == wanted:
            return f"header begins {','.join(wanted)} (version {version})"
    return None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the survey block by block."""
    for block in blocks(stream, _LAYOUT, context.name, need=("Carrier", "RSRP")):
        yield _draft(block, context)


def _draft(block: Block, context: Context) -> Draft:
    """Rows of one block in canonical names."""
    display = picks.first_text(block.text("Service Display"), block.text("Serice Display"))
    rat = words.rats(display, extra=_rat_of_display)
    carrier, own = block.text("Carrier"), block.text("CUR_PLMN").map(words.plmn_of_word)
    operators = context.params.operators
    plmn = picks.first_text(own, carrier.map(lambda word: _plmn_of_carrier(word, operators)))
    is_utc = "Timestamp" in block.header
    zone = "UTC" if is_utc else context.params.timezone
    stamps = times.of_fixed_width(block.array("Timestamp" if is_utc else "Time"), times.DASHED)
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        redact=block.redact,
        time_us=times.to_utc(stamps, zone),
        timezone=zone,
        numbers={**_place(block), **_speeds(block), **_radio(block, rat), "is_serving": 1.0},
        texts={
            "rat": rat,
            "plmn": plmn,
            "reason": block.reason,
        },
        flags={
            "dq_roaming": carrier.map(lambda word: word if _is_roaming(word) else None).codes >= 0,
            "dq_plmn_assumed": own.is_na & ~plmn.is_na,
            "dq_rat_ambiguous": display.map(lambda word: word.strip().upper()).equals(
                *_ANCHOR_WORDS
            ),
        },
    )


def _place(block: Block) -> Mapping[str, Floats]:
    """Position and its accuracy, which version 1.9 does not give."""
    return {
        "latitude_deg": picks.first_known(block.number("Lat"), block.number("Latitude")),
        "longitude_deg": picks.first_known(block.number("Long"), block.number("Longitude")),
        "gps_accuracy_m": block.number("Accuracy"),
    }


def _speeds(block: Block) -> Mapping[str, Floats]:
    """Rates and round-trip time; a rate of 0 without bytes sent is a test that was not run."""
    sent = picks.first_known(block.number("bytes_sent"), block.number("Bytes Sent"))
    upload = block.number("Upload")
    is_measured = (upload > 0) | (sent > 0)
    download = block.number("Download")
    return {
        "uplink_kbps": np.where(is_measured, upload * _KBPS_PER_MBPS, np.nan),
        "downlink_kbps": np.where((download > 0) | is_measured, download * _KBPS_PER_MBPS, np.nan),
        "ping_ms": block.number("Latency"),
    }


def _radio(block: Block, rat: Codes) -> Mapping[str, Floats]:
    """Levels and codes: the 5G columns for NR rows, the main ones for the others."""
    cell = dict.fromkeys(("LTE", "UMTS", "GSM"), block.number("Cell ID"))
    return {
        "signal_dbm": picks.by_rat(
            rat, {"LTE": block.number("RSRP"), "NR": block.number("RSRP_5G")}
        ),
        "quality_db": picks.by_rat(
            rat, {"LTE": block.number("RSRQ"), "NR": block.number("RSRQ_5G")}
        ),
        "sinr_db": picks.by_rat(rat, {"LTE": block.number("SINR"), "NR": block.number("SINR_5G")}),
        "cell_identity": picks.by_rat(rat, {**cell, "NR": block.number("NR Cell ID")}),
        "area_code": picks.first_known(block.number("TAC"), block.number("LAC")),
        "pci": block.number("PCI"),
    }


def _rat_of_display(word: str) -> str | None:
    """RAT of a display text beyond the common words."""
    key = word.strip().upper()
    return "LTE" if key in _ANCHOR_WORDS or key.startswith("LTE") else None


def _is_roaming(carrier: str) -> bool:
    """``A/B``: on A's network with B's SIM."""
    serving, slash, home = carrier.partition("/")
    return bool(slash and home.strip()) and serving.strip() != home.strip()


def _plmn_of_carrier(carrier: str, operators: Mapping[str, str]) -> str | None:
    """Network code of a carrier's name, where it is the name of an operator with one code only."""
    name = carrier.partition("/")[0].strip().casefold()
    codes = [plmn for plmn, operator in operators.items() if operator.casefold() == name]
    return codes[0] if len(codes) == 1 and name != UNKNOWN_OPERATOR else None
