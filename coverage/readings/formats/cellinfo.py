"""Android CellInfo CSV of CNI Cell Tracker (FORMATS 9): semicolons, serving or neighbour by file.

``-1`` means "not available" in every column, which makes a true RSSNR of -1 dB unknown as well.
A neighbour log holds no position; its rows are refused for that.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from coverage.readings import picks, times, words
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head

NAME: Final = "cellinfo"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = False

_HEADER: Final = "Count;Date;Timestamp;Type;"
_NEIGHBOURS: Final = "neighboringcelllog"
_LAYOUT: Final = Layout(
    numbers=(
        "Timestamp", "CI", "NCI", "PCI", "TAC", "EARFCN/f", "ARFCN", "RSRP", "RSRQ", "RSSNR",
        "SS_RSRP", "SS_RSRQ", "SS_SINR", "MCC", "MNC", "Longitude", "Latitude", "Altitude",
        "Accuracy", "velocity",
    ),
    words=("Type",),
    delimiter=";",
    missing=("", "not available", "null", "-1"),
)  # fmt: skip


def sniff(head: Head) -> str | None:
    """Recognise the log by its header; the combined log, without epoch, begins ``count;``."""
    return f"header begins {_HEADER}" if head.first_line.startswith(_HEADER) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the log block by block."""
    base = PurePosixPath(context.name.rpartition("!")[2]).name.lower()
    is_serving = 0.0 if base.startswith(_NEIGHBOURS) else 1.0
    for block in blocks(stream, _LAYOUT, context.name, need=("Timestamp", "Type")):
        yield _draft(block, is_serving)


def _draft(block: Block, is_serving: float) -> Draft:
    """Rows of one block in canonical names."""
    kind = block.text("Type")
    rat = words.rats(kind)
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        time_us=times.of_epoch(block.number("Timestamp")),
        numbers={
            "latitude_deg": block.number("Latitude"),
            "longitude_deg": block.number("Longitude"),
            "gps_accuracy_m": block.number("Accuracy"),
            "speed_mps": block.number("velocity"),
            "altitude_m": block.number("Altitude"),
            "area_code": picks.unless(block.number("TAC"), 0.0),
            "cell_identity": picks.unless(
                picks.by_rat(rat, {
                    "LTE": block.number("CI"), "NR": block.number("NCI"),
                    "UMTS": block.number("CI"), "GSM": block.number("CI"),
                }),
                0.0,
            ),
            "pci": block.number("PCI"),
            "arfcn": picks.first_known(block.number("EARFCN/f"), block.number("ARFCN")),
            "signal_dbm": picks.by_rat(
                rat, {"LTE": block.number("RSRP"), "NR": block.number("SS_RSRP")}
            ),
            "quality_db": picks.by_rat(
                rat, {"LTE": block.number("RSRQ"), "NR": block.number("SS_RSRQ")}
            ),
            "sinr_db": picks.by_rat(
                rat, {"LTE": block.number("RSSNR"), "NR": block.number("SS_SINR")}
            ),
            "is_serving": is_serving,
        },
        texts={
            "rat": rat,
            "plmn": words.plmns_of_codes(block.number("MCC"), block.number("MNC")),
            "reason": picks.first_text(block.reason, words.rat_refusals(kind)),
        },
    )  # fmt: skip
