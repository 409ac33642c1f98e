"""Words and codes as logs write them, in the canonical vocabulary."""

import re
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.operators import plmn_of_digits
from coverage.radio import rat_of
from coverage.readings.codes import Codes

Floats = npt.NDArray[np.float64]

NOT_CELLULAR: Final = frozenset(
    {"WLAN", "WIFI", "WI-FI", "LAN", "ETHERNET", "BT", "BLE", "BLUETOOTH", "NFC"}
)
RAT_NOT_USED: Final = frozenset(
    {"CDMA", "CDMA2000", "EVDO", "EVDO_0", "EVDO_A", "EVDO_B", "1XRTT", "EHRPD", "TD-SCDMA",
     "TDSCDMA", "TD_SCDMA", "IDEN", "IWLAN"}
)  # fmt: skip
"""Technologies without a place in the tables (FORMATS 0)."""


def rats(words: Codes, extra: Callable[[str], str | None] = rat_of) -> Codes:
    """RAT of each RAT word; NA where it names none."""
    return words.map(lambda word: extra(word) or rat_of(word))


def rat_refusals(words: Codes) -> Codes:
    """Reason to refuse a row by its RAT word: ``not_cellular``, ``rat_not_used`` or NA.

    Examples
    --------
    >>> rat_refusals(Codes.of(["LTE", "wlan", "CDMA"])).to_list()
    [None, 'not_cellular', 'rat_not_used']
    """
    return words.map(_refusal)


def _refusal(word: str) -> str | None:
    """Reason to refuse one RAT word, if any."""
    key = word.strip().upper()
    if key in NOT_CELLULAR:
        return "not_cellular"
    return "rat_not_used" if key in RAT_NOT_USED else None


def plmn_of_word(word: str) -> str | None:
    """PLMN of one text: "51010", "510-10", "510 10", "510.0-10.0"; None if it is not one.

    Examples
    --------
    >>> [plmn_of_word(text) for text in ("51010", "510-1", "405854", "0", "27203.0")]
    ['510-10', '510-01', '405-854', None, '272-03']
    """
    text = word.strip().removesuffix(".0")
    pair = re.fullmatch(r"(\d{3})[-_ /](\d{1,3})", text)
    if pair:
        return f"{pair[1]}-{int(pair[2]):02d}" if len(pair[2]) < 3 else f"{pair[1]}-{pair[2]}"
    return plmn_of_digits(text)


def plmns_of_codes(mcc: Floats, mnc: Floats) -> Codes:
    """PLMN of numeric MCC and MNC, the MNC padded to two digits (three where it is above 99).

    NA where the MCC is not 200-999 or the MNC not 0-999; MCC 001 is a test network.

    Examples
    --------
    >>> plmns_of_codes(np.array([510.0, 302.0, 0.0]), np.array([1.0, 720.0, 1.0])).to_list()
    ['510-01', '302-720', None]
    """
    good = (mcc >= 200) & (mcc <= 999) & (mnc >= 0) & (mnc <= 999)
    keys = np.full(len(good), -1, dtype=np.int64)
    keys[good] = (np.floor(mcc[good]) * 1000 + np.floor(mnc[good])).astype(np.int64)
    unique, codes = np.unique(keys, return_inverse=True)
    words = [None if k < 0 else f"{k // 1000:03d}-{k % 1000:02d}" for k in unique.tolist()]
    return Codes.merged(codes.astype(np.int32), words)


def numbers_of_hex(words: Codes) -> Floats:
    """Number of each hexadecimal text; NaN where it is not one.

    Examples
    --------
    >>> numbers_of_hex(Codes.of(["9CBA", "-", None])).tolist()
    [40122.0, nan, nan]
    """
    return words.table(_of_hex)


def _of_hex(word: str) -> float:
    """Number of one hexadecimal text."""
    text = word.strip()
    return float(int(text, 16)) if re.fullmatch(r"[0-9A-Fa-f]{1,9}", text) else np.nan


def are_true(words: Codes) -> Floats:
    """1 for yes, 0 for no, NaN for anything else.

    Examples
    --------
    >>> are_true(Codes.of(["true", "0", "maybe", None])).tolist()
    [1.0, 0.0, nan, nan]
    """
    return words.table(
        lambda word: {"true": 1.0, "1": 1.0, "yes": 1.0, "false": 0.0, "0": 0.0, "no": 0.0}.get(
            word.strip().lower(), np.nan
        )
    )


def trimmed(texts: pa.Array | pa.ChunkedArray) -> Codes:
    """Texts without blanks around them; an empty one is NA."""
    return Codes.of(texts).map(lambda word: word.strip() or None)
