"""Radio access technologies: names, legal ranges, identities and bands.

Sources are named beside each constant: AOSP (``CellSignalStrength*`` documentation), Mozilla
ichnaea (``constants.py``), 3GPP TS 36.101 table 5.7.3-1 (E-UTRA channel numbers), 3GPP TS 25.101
table 5.2 and 3GPP TS 45.005 section 2 (UTRA and GSM channel numbers), 3GPP TS 45.008 section 8.1.4
(GSM RXLEV).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

RATS: Final = ("GSM", "UMTS", "LTE", "NR")

RAT_OF_WORD: Final = {
    "GSM": "GSM", "GPRS": "GSM", "EDGE": "GSM", "2G": "GSM",
    "UMTS": "UMTS", "WCDMA": "UMTS", "HSPA": "UMTS", "HSPA+": "UMTS", "HSPAP": "UMTS",
    "HSDPA": "UMTS", "HSUPA": "UMTS", "3G": "UMTS",
    "LTE": "LTE", "LTE+": "LTE", "LTE CA": "LTE", "LTE_CA": "LTE", "4G": "LTE", "4G+": "LTE",
    "NR": "NR", "5G SA": "NR", "NR SA": "NR",
}  # fmt: skip
"""RAT words met in logs. Bare "5G" is ambiguous (LTE anchor or NR) and left to each reader."""

SIGNAL_RANGE_DBM: Final = {
    "GSM": (-113, -47),  # RxLev; lowest AOSP (ASU 0), highest RXLEV 63 - 110; ASU ends at -51
    "UMTS": (-121, -25),  # RSCP; ichnaea
    "LTE": (-140, -44),  # RSRP; AOSP
    "NR": (-156, -31),  # SS-RSRP; AOSP
}
"""What a phone can report as level, inclusive [dBm]."""

LEAST_RSRP_DBM: Final = -140.0
"""Lowest LTE level that phones report as a number; RSRP_00 means anything below [dBm].

3GPP TS 36.133 section 9.1.4; AOSP hands out no lower one. The extended range of that section goes
to -156 dBm, for devices with enhanced coverage. Levels shown to a reader end here: -140 then says
"-140 or less".
"""

QUALITY_RANGE_DB: Final = {
    "GSM": (0, -1),  # none
    "UMTS": (-25, 0),  # Ec/N0; 3GPP TS 25.133 9.1.2.3
    "LTE": (-30, -3),  # RSRQ; AOSP -20..-3, samples reach -23, flagged below -20
    "NR": (-43, 20),  # SS-RSRQ; AOSP
}
"""Accepted RSRQ or Ec/N0, inclusive [dB]."""

SINR_RANGE_DB: Final = (-30, 40)  # AOSP -20..30; flagged outside, kept to -30..40

PCI_MAX: Final = {"GSM": 63, "UMTS": 511, "LTE": 503, "NR": 1007}  # BSIC, PSC, PCI, PCI
CELL_IDENTITY_MAX: Final = {
    "GSM": 65_535,  # ichnaea
    "UMTS": 2**28 - 1,
    "LTE": 2**28 - 1,
    "NR": 2**36 - 1,
}
AREA_CODE_MAX: Final = 16_777_215  # NR TAC has 24 bits; LTE TAC and LAC stay under 65,534

NO_SERVICE_BIN: Final = None  # a no-service reading has no level: NA, never a number


def rat_of(word: str) -> str | None:
    """RAT of a word met in a log, or None where it names none we use.

    Examples
    --------
    >>> rat_of("hspa+"), rat_of("LTE+"), rat_of("--"), rat_of("5G")
    ('UMTS', 'LTE', None, None)
    """
    return RAT_OF_WORD.get(word.strip().upper())


def lte_dbm_of_asu(asu: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """LTE RSRP from ASU: dBm = ASU - 140, ASU 0..97, else NaN (AOSP) [dBm]."""
    value = np.asarray(asu, dtype=np.float64)
    return np.where((value >= 0) & (value <= 97), value - 140.0, np.nan)


def gsm_dbm_of_asu(asu: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """GSM RxLev or LTE RSSI from ASU: dBm = 2 ASU - 113, ASU 0..31, else NaN (AOSP) [dBm]."""
    value = np.asarray(asu, dtype=np.float64)
    return np.where((value >= 0) & (value <= 31), 2.0 * value - 113.0, np.nan)


def lte_cell_identity(enb: int, cell: int) -> int:
    """ECI of an eNB and its cell: eNB x 256 + cell (3GPP TS 36.413).

    Examples
    --------
    >>> lte_cell_identity(0xA4DF, 0x0B)
    10805003
    """
    return enb * 256 + cell


def umts_cell_identity(rnc: int, cell: int) -> int:
    """UTRAN cell identity of an RNC and its cell: RNC x 65536 + cell.

    Examples
    --------
    >>> umts_cell_identity(0xC, 0xE13D)
    844093
    """
    return rnc * 65536 + cell


_LTE_BANDS: Final = (  # band, first downlink MHz, first EARFCN, last EARFCN; TS 36.101 5.7.3-1
    (1, 2110.0, 0, 599), (2, 1930.0, 600, 1199), (3, 1805.0, 1200, 1949),
    (4, 2110.0, 1950, 2399), (5, 869.0, 2400, 2649), (7, 2620.0, 2750, 3449),
    (8, 925.0, 3450, 3799), (12, 729.0, 5010, 5179), (13, 746.0, 5180, 5279),
    (17, 734.0, 5730, 5849), (20, 791.0, 6150, 6449), (26, 859.0, 8690, 9039),
    (28, 758.0, 9210, 9659), (38, 2570.0, 37750, 38249), (39, 1880.0, 38250, 38649),
    (40, 2300.0, 38650, 39649), (41, 2496.0, 39650, 41589),
)  # fmt: skip


def downlink_mhz(rat: str, arfcn: float | None) -> float | None:
    """Downlink carrier frequency of a channel number, or None where it is not known [MHz].

    LTE: F = F_low + 0.1 (N - N_offset) (TS 36.101 5.7.3). UMTS: F = N / 5 (TS 25.101 5.4.3).
    GSM: 900 and 1800 MHz bands of TS 45.005. NR: raster of TS 38.104 5.4.2.1.

    Examples
    --------
    >>> downlink_mhz("LTE", 2850), downlink_mhz("LTE", 1850), downlink_mhz("UMTS", 10563)
    (2630.0, 1870.0, 2112.6)
    """
    if arfcn is None or not np.isfinite(arfcn):
        return None
    n = int(arfcn)
    mhz: float | None = None
    if rat == "LTE":
        for _band, low, first, last in _LTE_BANDS:
            if first <= n <= last:
                mhz = low + 0.1 * (n - first)
                break
    elif rat == "UMTS":
        mhz = n / 5 if 10_562 <= n <= 10_838 or 2_937 <= n <= 3_088 else None
    elif rat == "GSM":
        if 0 <= n <= 124:
            mhz = 935.0 + 0.2 * n
        elif 975 <= n <= 1023:
            mhz = 935.0 + 0.2 * (n - 1024)
        elif 512 <= n <= 885:
            mhz = 1805.2 + 0.2 * (n - 512)
    elif rat == "NR":
        if 0 <= n < 600_000:
            mhz = 0.005 * n
        elif n < 2_016_667:
            mhz = 3000.0 + 0.015 * (n - 600_000)
    return None if mhz is None else round(mhz, 4)


def lte_band(earfcn: float | None) -> int | None:
    """E-UTRA band of a downlink EARFCN, or None where it is not known.

    Examples
    --------
    >>> lte_band(1850), lte_band(38750), lte_band(None)
    (3, 40, None)
    """
    if earfcn is None or not np.isfinite(earfcn):
        return None
    n = int(earfcn)
    return next((band for band, _low, first, last in _LTE_BANDS if first <= n <= last), None)
