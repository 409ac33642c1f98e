"""OpenCelliD measurement CSV of the app export (FORMATS 5a): dBm, epoch ms, serving not marked."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np

from coverage.readings import times, words
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head

NAME: Final = "opencellid_app"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = False

_START: Final = "mcc,mnc,lac,cellid,lat,lon,signal,measured_at"
_LAYOUT: Final = Layout(
    numbers=(
        "mcc", "mnc", "lac", "cellid", "lat", "lon", "signal", "measured_at", "rating", "speed",
        "psc", "tac", "pci",
    ),
    words=("act",),
    is_quoted=True,
)  # fmt: skip


def sniff(head: Head) -> str | None:
    """The header's first eight names."""
    return f"header begins {_START}" if head.first_line.startswith(_START) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Blocks of rows."""
    need = ("lat", "lon", "signal", "measured_at", "act")
    for block in blocks(stream, _LAYOUT, context.name, need):
        yield _draft(block)


def _draft(block: Block) -> Draft:
    """Rows of one block."""
    act = block.text("act")
    tac, pci = block.number("tac"), block.number("pci")
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        time_us=times.of_epoch(block.number("measured_at")),
        numbers={
            "latitude_deg": block.number("lat"),
            "longitude_deg": block.number("lon"),
            "gps_accuracy_m": block.number("rating"),
            "speed_mps": block.number("speed"),
            "signal_dbm": block.number("signal"),
            "cell_identity": block.number("cellid"),
            "area_code": np.where(np.isnan(tac), block.number("lac"), tac),
            "pci": np.where(np.isnan(pci), block.number("psc"), pci),
        },
        texts={
            "rat": words.rats(act),
            "plmn": words.plmns_of_codes(block.number("mcc"), block.number("mnc")),
            "reason": block.reason.where(~block.reason.is_na, words.rat_refusals(act)),
        },
    )
