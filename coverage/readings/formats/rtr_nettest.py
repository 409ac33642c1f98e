"""RTR Open Nettest, the open data of a speed-test app (FORMATS 12), as CSV.

A test needs a connection, so there is no no-service row, and each level was read while the phone's
own transfer ran. The workbook of the same columns is read by ``rtr_nettest_xlsx``.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from coverage.readings import picks, times, words
from coverage.readings.codes import Codes
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NAME: Final = "rtr_nettest"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = False

HEADER: Final = ("open_uuid", "open_test_uuid", "time_utc")
NEED: Final = ("time_utc", "lat", "long", "network_type")
LAYOUT: Final = Layout(
    numbers=(
        "lat", "long", "loc_accuracy", "download_kbit", "upload_kbit", "ping_ms", "lte_rsrp",
        "lte_rsrq", "signal_strength", "cell_area_code", "cell_location_id", "channel_number",
    ),
    words=(
        "open_uuid", "network_type", "loc_src", "model", "network_mcc_mnc", "sim_mcc_mnc",
        "implausible",
    ),
    texts=("time_utc",),
    missing=("",),
    is_quoted=True,
    personal=("ip_anonym",),
)  # fmt: skip
_AREA_CODE_MAX: Final = 65_533
"""TAC and LAC end here; a larger number is a cell identity (FORMATS 12)."""
_COARSE_SOURCES: Final = ("rastered", "manual")
_ANCHOR_WORDS: Final = {"5G NSA": "LTE", "NR NSA": "LTE", "5G/NR NSA": "LTE", "5G": "LTE"}
"""Non-standalone 5G: the level in ``lte_rsrp`` is the LTE anchor's."""


def sniff(head: Head) -> str | None:
    """Recognise the CSV by its header."""
    text = ",".join(HEADER)
    return f"header begins {text}" if head.first_line.startswith(text) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the CSV block by block."""
    for block in blocks(stream, LAYOUT, context.name, need=NEED):
        yield draft_of(block)


def draft_of(block: Block) -> Draft:
    """Rows of one block, of CSV or XLSX, in canonical names."""
    kind = block.text("network_type")
    rat = words.rats(kind, extra=lambda word: _ANCHOR_WORDS.get(word.strip().upper()))
    area, cell, is_doubtful = _identities(
        block.number("cell_area_code"), block.number("cell_location_id")
    )
    other = block.number("signal_strength")
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        redact=block.redact,
        time_us=times.of_fixed_width(block.array("time_utc"), times.DASHED),
        numbers={
            "latitude_deg": block.number("lat"),
            "longitude_deg": block.number("long"),
            "gps_accuracy_m": block.number("loc_accuracy"),
            "area_code": area,
            "cell_identity": cell,
            "arfcn": block.number("channel_number"),
            "signal_dbm": picks.by_rat(
                rat, {"LTE": block.number("lte_rsrp"), "UMTS": other, "GSM": other, "NR": other}
            ),
            "quality_db": picks.by_rat(rat, {"LTE": block.number("lte_rsrq")}),
            "uplink_kbps": block.number("upload_kbit"),
            "downlink_kbps": block.number("download_kbit"),
            "ping_ms": block.number("ping_ms"),
            "is_serving": 1.0,
        },
        texts={
            "rat": rat,
            "plmn": block.text("network_mcc_mnc").map(words.plmn_of_word),
            "sim_plmn": block.text("sim_mcc_mnc").map(words.plmn_of_word),
            "device": block.text("open_uuid"),
            "device_model": block.text("model"),
            "reason": picks.first_text(block.reason, words.rat_refusals(kind), _refusals(block)),
        },
        flags={
            "dq_during_transfer": True,
            "dq_coarse_position": block.text("loc_src").equals(*_COARSE_SOURCES),
            "dq_rat_ambiguous": kind.map(lambda word: word.strip().upper()).equals(*_ANCHOR_WORDS),
            "dq_identity_invalid": is_doubtful,
        },
    )


def _identities(area_code: Floats, location_id: Floats) -> tuple[Floats, Floats, Bools]:
    """Area code and cell identity, told apart by size, since the export names them the wrong way.

    Where both are small or both large nothing tells: both are not known (third: which rows).
    """
    large = np.fmax(area_code, location_id)
    small = np.fmin(area_code, location_id)
    both = ~np.isnan(area_code) & ~np.isnan(location_id)
    told = both & (large > _AREA_CODE_MAX) & (small <= _AREA_CODE_MAX)
    alone = ~both & (large > _AREA_CODE_MAX)
    return (
        np.where(told, small, np.nan),
        np.where(told | alone, large, np.nan),
        ~told & ~alone & ~np.isnan(large),
    )


def _refusals(block: Block) -> Codes:
    """The operator of the app itself calls the row implausible."""
    return block.text("implausible").map(
        lambda word: "implausible" if word.strip().lower() == "true" else None
    )
