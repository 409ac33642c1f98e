"""OpenCelliD upload CSV, as Tower Collector writes it (FORMATS 5b).

The column ``signal`` is an ASU where the app knew it, else dBm: -5..97 is an ASU, below -20 is dBm,
between lies nothing. The ASU scale goes by RAT: LTE and NR are offsets, GSM and UMTS formulas.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from coverage.radio import gsm_dbm_of_asu, lte_dbm_of_asu
from coverage.readings import times, words
from coverage.readings.codes import Codes
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import NO_TIME, Draft
from coverage.readings.format import Context, Head

Floats = npt.NDArray[np.float64]

NAME: Final = "opencellid_upload"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = False

_START: Final = "lat,lon,mcc,mnc,sid,lac,tac"
_DBM_BELOW: Final = -20.0
_ASU_FROM: Final = -5.0
_ASU_TO: Final = 97.0
_LAYOUT: Final = Layout(
    numbers=(
        "lat", "lon", "mcc", "mnc", "lac", "tac", "cellid", "psc", "pci", "signal", "rating",
        "speed",
    ),
    words=("act",),
    texts=("measured_at",),
    is_quoted=True,
    personal=("devn",),
)  # fmt: skip


def sniff(head: Head) -> str | None:
    """The header's first seven names."""
    return f"header begins {_START}" if head.first_line.startswith(_START) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Blocks of rows."""
    need = ("lat", "lon", "signal", "measured_at", "act")
    for block in blocks(stream, _LAYOUT, context.name, need):
        yield _draft(block)


def _draft(block: Block) -> Draft:
    """Rows of one block."""
    act = block.text("act")
    rat = words.rats(act)
    tac, pci = block.number("tac"), block.number("pci")
    level = level_dbm(rat, block.number("signal"))
    time_us, has_offset = times.of_iso(block.array("measured_at"))
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        redact=block.redact,
        time_us=np.where(has_offset, time_us, NO_TIME),
        numbers={
            "latitude_deg": block.number("lat"),
            "longitude_deg": block.number("lon"),
            "gps_accuracy_m": block.number("rating"),
            "speed_mps": block.number("speed"),
            "signal_dbm": level,
            "cell_identity": block.number("cellid"),
            "area_code": np.where(np.isnan(tac), block.number("lac"), tac),
            "pci": np.where(np.isnan(pci), block.number("psc"), pci),
        },
        texts={
            "rat": rat,
            "plmn": words.plmns_of_codes(block.number("mcc"), block.number("mnc")),
            "reason": block.reason.where(~block.reason.is_na, words.rat_refusals(act)),
        },
        flags={"dq_level_invalid": np.isnan(level) & ~np.isnan(block.number("signal"))},
    )


def level_dbm(rat: Codes, signal: Floats) -> Floats:
    """Level of the column ``signal``, ASU or dBm; NaN where it is neither [dBm].

    UMTS: RSCP = ASU - 116 (AOSP, ASU -5..91 of TS 27.007); NR: SS-RSRP = ASU - 140.

    Examples
    --------
    >>> rat = Codes.of(["LTE", "LTE", "LTE", "GSM", "UMTS"])
    >>> level_dbm(rat, np.array([36.0, -104.0, -12.0, 10.0, 20.0])).tolist()
    [-104.0, -104.0, nan, -93.0, -96.0]
    """
    is_asu = (signal >= _ASU_FROM) & (signal <= _ASU_TO)
    asu = np.where(is_asu, signal, np.nan)
    by_rat = np.select(
        [rat.equals("LTE", "NR"), rat.equals("UMTS"), rat.equals("GSM")],
        [lte_dbm_of_asu(asu), asu - 116.0, gsm_dbm_of_asu(asu)],
        np.nan,
    )
    return np.where(signal < _DBM_BELOW, signal, by_rat)
