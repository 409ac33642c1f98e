"""Layer-1 exports of a drive-test vendor's tool, GSM and UMTS (FORMATS 16), as CSV.

``11-02-2019`` is day-month or month-day: a date above 12 in the file decides, else the config must.
The workbook of the same columns is read by ``vendor_layer1_xlsx``. No LTE layout is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coverage.errors import InputError
from coverage.readings import picks, times, words
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NAME: Final = "vendor_layer1"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = False

HEADER: Final = ("Sequence No", "Time", "Latitude", "Longitude", "Call ID")
NEED: Final = ("Time", "Latitude", "Longitude")
_UMTS_LEVEL: Final = "Active RSCP (dBm)(0)"
_GSM_LEVEL: Final = "RxLev (Full) (dBm)"
LAYOUT: Final = Layout(
    numbers=(
        "Latitude", "Longitude", "Cell ID", "DL UARFCN", "Active PSC(0)", "Active Agg EcIo (dB)(0)",
        _UMTS_LEVEL, "RxLev (Sub) (dBm)", _GSM_LEVEL, "BCCH", "ARFCN", "LAC", "MCC", "MNC",
    ),
    texts=("Time",),
    missing=("",),
)  # fmt: skip
_AMBIGUOUS: Final = r"^(\d{2})-(\d{2})-(\d{4}) (\d{2}:\d{2}:\d{2})$"
_DAY_FIRST: Final = r"\3-\2-\1 \4"
_MONTH_FIRST: Final = r"\3-\1-\2 \4"


def sniff(head: Head) -> str | None:
    """Recognise the CSV by its header."""
    text = ",".join(HEADER)
    return f"header begins {text}" if head.first_line.startswith(text) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the CSV block by block."""
    return drafts_of(blocks(stream, LAYOUT, context.name, need=NEED), context)


def drafts_of(parts: Iterable[Block], context: Context) -> Iterator[Draft]:
    """Rows of blocks, of CSV or XLSX, in canonical names."""
    pattern = ""
    for block in parts:
        pattern = pattern or _date_pattern(block.array("Time"), context)
        yield _draft(block, pattern, context)


def _date_pattern(stamps: pa.Array, context: Context) -> str:
    """How to turn dates round: by the config, or by a date above 12 in the first block."""
    order = context.params.date_order
    if order is None:
        ambiguous = pc.drop_null(pc.unique(pc.utf8_slice_codeunits(stamps, 0, 6)))
        is_ambiguous = pc.any(pc.match_substring_regex(stamps, _AMBIGUOUS)).as_py()
        is_day_first = times.is_day_first(ambiguous.to_pylist())
        if is_day_first is None and is_ambiguous:
            raise InputError(
                f"Invalid dates like {stamps[0].as_py()!r}. Must tell day from month.",
                file=context.name,
                remedy='Set date_order to "day_first" or "month_first" for this input.',
            )
        order = "day_first" if is_day_first else "month_first"
    return _DAY_FIRST if order == "day_first" else _MONTH_FIRST


def _times(stamps: pa.Array, pattern: str, zone: str) -> Ints:
    """Times in UTC; a workbook's own dates are already year first."""
    turned = pc.replace_substring_regex(stamps, _AMBIGUOUS, pattern)
    local = times.of_fixed_width(turned, times.DASHED)
    return times.to_utc(local, zone)


def _draft(block: Block, pattern: str, context: Context) -> Draft:
    """Rows of one block."""
    zone = context.params.timezone
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        time_us=_times(block.array("Time"), pattern, zone),
        timezone=zone,
        numbers={
            "latitude_deg": block.number("Latitude"),
            "longitude_deg": block.number("Longitude"),
            "cell_identity": picks.unless(block.number("Cell ID"), 0.0),
            "is_serving": 1.0,
            **_radio(block, context.name),
        },
        texts={
            "rat": "UMTS" if _UMTS_LEVEL in block.header else "GSM",
            "plmn": words.plmns_of_codes(block.number("MCC"), block.number("MNC")),
            "reason": block.reason,
        },
    )


def _radio(block: Block, name: str) -> Mapping[str, Floats]:
    """Level and codes of the serving cell: index 0 of the active set, or the GSM columns."""
    if _UMTS_LEVEL in block.header:
        return {
            "signal_dbm": block.number(_UMTS_LEVEL),
            "quality_db": block.number("Active Agg EcIo (dB)(0)"),
            "pci": block.number("Active PSC(0)"),
            "arfcn": block.number("DL UARFCN"),
        }
    if _GSM_LEVEL in block.header:
        return {
            "signal_dbm": picks.first_known(
                block.number(_GSM_LEVEL), block.number("RxLev (Sub) (dBm)")
            ),
            "area_code": block.number("LAC"),
            "arfcn": picks.first_known(block.number("BCCH"), block.number("ARFCN")),
        }
    raise InputError(
        f"Invalid header. Must have a column {_UMTS_LEVEL!r} or {_GSM_LEVEL!r}: no other layout "
        "of this export is known.",
        file=name,
        remedy="Give a column map for it.",
    )
