"""Tower Collector's own CSV export: one line a radio cell, serving and neighbours.

``dbm`` is RSRP in LTE, RSCP in UMTS and RxLev in GSM when the column named for the technology is
empty (FORMATS 7). An unknown identity may be written as 2147483647, which no range admits.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

from coverage.readings import picks, words
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head

NAME: Final = "tower_collector"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = False

_HEADER: Final = "mcc,mnc,lac,cell_id,short_cell_id"
_LAYOUT: Final = Layout(
    numbers=(
        "mcc", "mnc", "lac", "cell_id", "psc", "dbm", "lat", "lon", "accuracy", "speed", "altitude",
        "rsrp", "rsrq", "rssnr", "rscp", "ss_rsrp", "ss_rsrq", "ss_sinr", "ec_no", "arfcn",
    ),
    words=("net_type", "neighboring", "device"),
    texts=("measured_at",),
    missing=("",),
    is_quoted=True,
)  # fmt: skip


def sniff(head: Head) -> str | None:
    """Recognise the export by its header."""
    return f"header begins {_HEADER}" if head.first_line.startswith(_HEADER) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the export block by block."""
    for block in blocks(stream, _LAYOUT, context.name, need=("lat", "lon", "measured_at")):
        yield _draft(block)


def _draft(block: Block) -> Draft:
    """Rows of one block in canonical names."""
    kind = block.text("net_type")
    rat = words.rats(kind)
    dbm = block.number("dbm")
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        time_us=picks.iso_times(block.array("measured_at")),
        numbers={
            "latitude_deg": block.number("lat"),
            "longitude_deg": block.number("lon"),
            "gps_accuracy_m": block.number("accuracy"),
            "speed_mps": block.number("speed"),
            "altitude_m": block.number("altitude"),
            "area_code": block.number("lac"),
            "cell_identity": block.number("cell_id"),
            "pci": block.number("psc"),
            "arfcn": block.number("arfcn"),
            "signal_dbm": picks.by_rat(rat, {
                "LTE": picks.first_known(block.number("rsrp"), dbm),
                "NR": block.number("ss_rsrp"),
                "UMTS": picks.first_known(block.number("rscp"), dbm),
                "GSM": dbm,
            }),
            "quality_db": picks.by_rat(rat, {
                "LTE": block.number("rsrq"),
                "NR": block.number("ss_rsrq"),
                "UMTS": block.number("ec_no"),
            }),
            "sinr_db": picks.by_rat(rat, {"NR": block.number("ss_sinr")}),
            "rssnr": picks.by_rat(rat, {"LTE": block.number("rssnr")}),
            "is_serving": 1.0 - words.are_true(block.text("neighboring")),
        },
        texts={
            "rat": rat,
            "plmn": words.plmns_of_codes(block.number("mcc"), block.number("mnc")),
            "device_model": block.text("device"),
            "reason": picks.first_text(block.reason, words.rat_refusals(kind)),
        },
    )  # fmt: skip
