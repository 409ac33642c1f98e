"""Android Network Survey CSV: LTE, NR, UMTS and GSM logs (FORMATS 10).

No fix is written as 0.0, 0.0, an unknown speed or accuracy as 0.0. A scan without level is never
written, so no-service cannot appear here: it is in the phone-state log. The level of a serving cell
and its neighbours share a group; ``slot`` tells two SIMs of one phone apart, which is one device.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from coverage.errors import InputError
from coverage.readings import picks, words
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head

Floats = npt.NDArray[np.float64]

NAME: Final = "network_survey"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = False

START: Final = "deviceTime,latitude,longitude,altitude,speed,accuracy,missionId,recordNumber"
PERSONAL: Final = ("missionId", "deviceSerialNumber")
_SECONDS_PER_MS: Final = 0.001


@dataclass(frozen=True, kw_only=True)
class _Names:
    """How one technology's log calls its columns; empty where it has none."""

    cell: str
    area: str
    arfcn: str
    pci: str
    level: str
    quality: str = ""
    sinr: str = ""


_TECHNOLOGIES: Final = {
    "LTE": _Names(
        cell="eci", area="tac", arfcn="earfcn", pci="pci", level="rsrp", quality="rsrq", sinr="snr"
    ),
    "NR": _Names(
        cell="nci", area="tac", arfcn="narfcn", pci="pci", level="ssRsrp", quality="ssRsrq",
        sinr="ssSinr",
    ),
    "UMTS": _Names(
        cell="cid", area="lac", arfcn="uarfcn", pci="psc", level="rscp", quality="ecno"
    ),
    "GSM": _Names(cell="ci", area="lac", arfcn="arfcn", pci="", level="signalStrength"),
}  # fmt: skip
_LAYOUT: Final = Layout(
    numbers=(
        "latitude", "longitude", "altitude", "speed", "accuracy", "locationAge", "mcc", "mnc",
        *dict.fromkeys(
            name for names in _TECHNOLOGIES.values() for name in vars(names).values() if name
        ),
    ),
    words=("servingCell", "deviceSerialNumber"),
    texts=("deviceTime",),
    missing=("",),
    comment="#",
    is_quoted=True,
    personal=PERSONAL,
)  # fmt: skip


def header_of(head: Head) -> tuple[str, ...]:
    """Column names of a log of this app, whatever it holds; empty for anything else."""
    lines = [line for line in head.lines if not line.startswith("#")]
    if not head.first_line or not lines or not lines[0].startswith(START.partition(",mission")[0]):
        return ()
    return tuple(name.strip() for name in lines[0].split(","))


def technology_of(header: tuple[str, ...]) -> str | None:
    """RAT of a log by its identity and level columns, None for other logs of the app."""
    for rat, names in _TECHNOLOGIES.items():
        if names.cell in header and names.level in header:
            return rat
    return None


def sniff(head: Head) -> str | None:
    """Recognise a cellular log by its header line."""
    rat = technology_of(header_of(head))
    return f"header begins {START} and names an {rat} cell" if rat else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read a log block by block."""
    for block in blocks(stream, _LAYOUT, context.name, need=("deviceTime", "servingCell")):
        yield _draft(block, context.name)


def place_of(block: Block) -> dict[str, Floats]:
    """Position columns, which all logs of the app share."""
    return {
        "latitude_deg": block.number("latitude"),
        "longitude_deg": block.number("longitude"),
        "altitude_m": picks.unless(block.number("altitude"), 0.0),
        "speed_mps": picks.unless(block.number("speed"), 0.0),
        "gps_accuracy_m": picks.unless(block.number("accuracy"), 0.0),
        "fix_age_s": block.number("locationAge") * _SECONDS_PER_MS,
    }


def _draft(block: Block, name: str) -> Draft:
    """Rows of one block in canonical names."""
    rat = technology_of(block.header)
    if rat is None:
        raise InputError("Invalid header. Must name an LTE, NR, UMTS or GSM cell.", file=name)
    names = _TECHNOLOGIES[rat]
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        redact=block.redact,
        time_us=picks.iso_times(block.array("deviceTime")),
        numbers={
            **place_of(block),
            "area_code": block.number(names.area),
            "cell_identity": block.number(names.cell),
            "arfcn": block.number(names.arfcn),
            "pci": block.number(names.pci),
            "signal_dbm": block.number(names.level),
            "quality_db": block.number(names.quality),
            "sinr_db": block.number(names.sinr),
            "is_serving": words.are_true(block.text("servingCell")),
        },
        texts={
            "rat": rat,
            "plmn": words.plmns_of_codes(block.number("mcc"), block.number("mnc")),
            "device": block.text("deviceSerialNumber"),
            "reason": block.reason,
        },
    )
