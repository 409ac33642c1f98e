"""G-NetTrack CSV (FORMATS 1): 26 or 20 columns, comma, no quotes, no network code, no zone.

The column RSRP holds RSRP only in LTE; in UMTS it is an RSCP, in GSM an RxLev. A "5G" row does not
say whether the level is that of the LTE anchor: it counts as LTE and is flagged. This flavour has
no mark for "no service": a level of -200 is a value that is missing.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

from coverage.readings import times, words
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.masks import known_where

NAME: Final = "gnettrack_csv"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = False

_START: Final = "Timestamp,Longitude,Latitude,Speed,Operatorname,"
_NO_READING_DBM: Final = -200.0
_SINR_FLOOR_DB: Final = -30.0
_LAYOUT: Final = Layout(
    numbers=(
        "Longitude", "Latitude", "Speed", "RSRP", "RSRQ", "SNR", "DL_bitrate", "UL_bitrate",
        "PINGAVG", "RAWCELLID",
    ),
    words=("Operatorname", "NetworkMode", "State", "LACHEX"),
    texts=("Timestamp",),
)  # fmt: skip


def sniff(head: Head) -> str | None:
    """The header's first five names."""
    return f"header begins {_START}" if head.first_line.startswith(_START) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Blocks of rows."""
    need = ("Timestamp", "Longitude", "Latitude", "NetworkMode", "RSRP")
    for block in blocks(stream, _LAYOUT, context.name, need):
        yield _draft(block, context.params.timezone)


def _draft(block: Block, zone: str) -> Draft:
    """Rows of one block."""
    mode = block.text("NetworkMode")
    level, sinr = block.number("RSRP"), block.number("SNR")
    is_missing = level <= _NO_READING_DBM
    is_floor = sinr <= _SINR_FLOOR_DB
    stamps = times.of_fixed_width(block.array("Timestamp"), times.DOTTED)
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        time_us=times.to_utc(stamps, zone),
        timezone=zone,
        numbers={
            "latitude_deg": block.number("Latitude"),
            "longitude_deg": block.number("Longitude"),
            "speed_mps": block.number("Speed") / 3.6,
            "signal_dbm": known_where(~is_missing, level),
            "quality_db": block.number("RSRQ"),
            "sinr_db": known_where(~is_floor, sinr),
            "downlink_kbps": block.number("DL_bitrate"),
            "uplink_kbps": block.number("UL_bitrate"),
            "ping_ms": block.number("PINGAVG"),
            "cell_identity": block.number("RAWCELLID"),
            "area_code": words.numbers_of_hex(block.text("LACHEX")),
            "is_serving": 1.0,
        },
        texts={
            "rat": words.rats(mode, {"5G": "LTE"}.get),
            "plmn": block.text("Operatorname").map(words.plmn_of_word),
            "reason": block.reason.where(~block.reason.is_na, words.rat_refusals(mode)),
        },
        flags={
            "dq_level_invalid": is_missing,
            "dq_sinr_placeholder": is_floor,
            "dq_rat_ambiguous": mode.equals("5G"),
            "dq_during_transfer": block.text("State").equals("D", "VD"),
        },
    )
