"""WiGLE CSV 1.4 and 1.6 (FORMATS 11): mostly Wi-Fi and Bluetooth, which are personal, some cells.

Rows that are not cells are refused with nothing of them kept. The level of a cell row is the
phone's dBm, in LTE RSRP; serving is not marked.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coverage.operators import plmn_of_digits
from coverage.readings import picks, times, words
from coverage.readings.codes import Codes
from coverage.readings.delimited import REDACTED, Block, Layout, blocks
from coverage.readings.draft import Draft, Floats
from coverage.readings.format import Context, Head

NAME: Final = "wigle"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = False

_START: Final = "WigleWifi-1."
_LAYOUT: Final = Layout(
    numbers=(
        "Channel", "RSSI", "CurrentLatitude", "CurrentLongitude", "AltitudeMeters",
        "AccuracyMeters",
    ),
    words=("Type",),
    texts=("MAC", "FirstSeen"),
    missing=("",),
    is_quoted=True,
)  # fmt: skip
_NEED: Final = ("MAC", "FirstSeen", "RSSI", "CurrentLatitude", "CurrentLongitude", "Type")
_CELL: Final = r"^(?P<plmn>\d{5,6})_(?P<area>\d{1,9})_(?P<cell>\d{1,12})$"
_CELL_LINE: Final = re.compile(rb"\d{5,6}_\d{1,9}_\d{1,12},")
_MAX_HEAD_LINE: Final = 4096


def sniff(head: Head) -> str | None:
    """Recognise the file by its first line."""
    return f"first line begins {_START}" if head.first_line.startswith(_START) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the file block by block; the device's model stands in the first line."""
    model = _model(stream.readline(_MAX_HEAD_LINE).decode("utf-8-sig", "replace"))
    for block in blocks(stream, _LAYOUT, context.name, need=_NEED):
        yield _draft(block, model)


def _model(line: str) -> str | None:
    """Device model of the first line, None where it gives none."""
    found = re.search(r"(?:^|,)model=([^,\r\n]+)", line)
    return found[1].strip() or None if found else None


def _draft(block: Block, model: str | None) -> Draft:
    """Rows of one block in canonical names."""
    kind = block.text("Type")
    plmn, area, cell = _identities(block.array("MAC"))
    texts: dict[str, Codes | str] = {
        "rat": words.rats(kind),
        "plmn": plmn,
        "reason": picks.first_text(block.reason, words.rat_refusals(kind), _unknown(kind)),
    }
    if model is not None:
        texts["device_model"] = model
    return Draft(
        source_row=block.source_row + 1,  # the line of the app, read before the block
        raw=block.raw,
        redact=_redacted,
        time_us=times.of_fixed_width(block.array("FirstSeen"), times.DASHED),
        numbers={
            "latitude_deg": block.number("CurrentLatitude"),
            "longitude_deg": block.number("CurrentLongitude"),
            "gps_accuracy_m": block.number("AccuracyMeters"),
            "altitude_m": block.number("AltitudeMeters"),
            "area_code": area,
            "cell_identity": cell,
            "arfcn": block.number("Channel"),
            "signal_dbm": block.number("RSSI"),
        },
        texts=texts,
    )


def _identities(mac: pa.Array | pa.ChunkedArray) -> tuple[Codes, Floats, Floats]:
    """Network, area code and cell identity out of ``51010_1234_27447041``; NA for no cell."""
    parts = pc.extract_regex(mac, _CELL)

    def number(name: str) -> Floats:
        values = pc.cast(pc.struct_field(parts, name), pa.float64())
        return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)

    plmn = Codes.of(pc.struct_field(parts, "plmn")).map(plmn_of_digits)
    return plmn, number("area"), number("cell")


def _unknown(kind: Codes) -> Codes:
    """Refuse what is neither a cell nor a known other thing, such as a damaged type."""
    known = words.rats(kind)
    return Codes.constant("not_cellular", len(kind)).where(known.is_na, None)


def _redacted(raw: pa.Array) -> pa.Array:
    """Lines of cells as they are, of anything else nothing."""
    lines = [line if _CELL_LINE.match(line) else REDACTED.encode() for line in raw.to_pylist()]
    return pa.array(lines, pa.large_binary())
