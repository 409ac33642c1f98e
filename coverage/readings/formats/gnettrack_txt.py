"""G-NetTrack Pro raw TXT (FORMATS 2): tabs, CRLF, 21 names over 22 fields, real no-service rows."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np

from coverage.readings import times, words
from coverage.readings.codes import Codes
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.gnettrack import usable_level

NAME: Final = "gnettrack_txt"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = True

_START: Final = "Timestamp\tLongitude\tLatitude\tOperatorname\tOperator\tCellname"
_NO_COVERAGE: Final = "NO_COVERAGE"
_CELLS_PER_NODE: Final = {"LTE": 256.0, "UMTS": 65536.0}
_LAYOUT: Final = Layout(
    numbers=(
        "Longitude", "Latitude", "Node", "CellID", "LAC", "Level", "Qual", "SNR", "ARFCN", "PSC",
        "Altitude",
    ),
    words=("Operatorname", "Operator", "NetworkTech", "BAND"),
    texts=("Timestamp",),
    delimiter="\t",
    has_trailing_delimiter=True,
)  # fmt: skip


def sniff(head: Head) -> str | None:
    """The header's first six names; side files lack ``Operator``."""
    return (
        "header begins Timestamp Longitude Latitude Operatorname Operator Cellname"
        if (head.first_line.startswith(_START))
        else None
    )


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Blocks of rows."""
    need = (
        "Timestamp",
        "Longitude",
        "Latitude",
        "Operator",
        "NetworkTech",
        "Level",
        "Qual",
        "BAND",
    )
    for block in blocks(stream, _LAYOUT, context.name, need):
        yield _draft(block, context.params.timezone)


def _draft(block: Block, zone: str) -> Draft:
    """Rows of one block."""
    tech = block.text("NetworkTech")
    rat = words.rats(tech)
    no_service = block.text("Operatorname").equals(_NO_COVERAGE) & rat.is_na
    level, is_bad = usable_level(
        rat, block.number("Level"), block.number("Qual"), block.number("ARFCN"), block.text("BAND")
    )
    is_changing = rat.equals("UMTS") & block.text("BAND").is_na  # shows the old LTE channel
    stamps = times.of_fixed_width(block.array("Timestamp"), times.DOTTED)
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        time_us=times.to_utc(stamps, zone),
        timezone=zone,
        numbers={
            "latitude_deg": block.number("Latitude"),
            "longitude_deg": block.number("Longitude"),
            "altitude_m": block.number("Altitude"),
            "signal_dbm": level,
            "quality_db": np.where(no_service | rat.equals("GSM"), np.nan, block.number("Qual")),
            "sinr_db": block.number("SNR"),
            "area_code": np.where(block.number("LAC") > 0, block.number("LAC"), np.nan),
            "cell_identity": _cell_identity(rat, block.number("Node"), block.number("CellID")),
            "arfcn": np.where(is_changing, np.nan, block.number("ARFCN")),
            "pci": np.where(is_changing | rat.equals("GSM"), np.nan, block.number("PSC")),
            "is_serving": np.where(no_service, np.nan, 1.0),
        },
        texts={
            "rat": rat,
            "plmn": block.text("Operator").map(words.plmn_of_word),
            "service_state": Codes(np.where(no_service, 0, -1).astype(np.int32), ("no_service",)),
            "reason": block.reason.where(~block.reason.is_na, words.rat_refusals(tech)),
        },
        flags={"dq_level_invalid": is_bad & ~no_service},
    )


def _cell_identity(
    rat: Codes, node: "np.typing.NDArray[np.float64]", cell: "np.typing.NDArray[np.float64]"
) -> "np.typing.NDArray[np.float64]":
    """Node x 256 + cell in 4G, Node x 65536 + cell in 3G, the cell alone in 2G; else NaN."""
    per_node = rat.table(_CELLS_PER_NODE)
    combined = np.where((node > 0) & (cell >= 0), node * per_node + cell, np.nan)
    return np.where(rat.equals("GSM") & (cell > 0), cell, combined)
