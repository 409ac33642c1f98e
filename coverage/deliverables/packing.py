"""Columns as short text for a page: base64 of small integers, each text stored once.

A map of 90,000 hexes and 33,000 sites as plain JSON would be some 60 MB; packed it is a sixth.
The page's ``data.js`` unpacks. The largest code of a type says that the value is missing.
"""

import base64
import json
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

NO_BYTE: Final = 255
ABSTAINS_BYTE: Final = 254  # the model gave a row and does not stand by it
_LEVEL_SHIFT_DBM: Final = 200  # -200..53 dBm as 0..253
_MAX_BYTE: Final = 253
_BITS: Final = {"u8": 8, "u16": 16, "u32": 32}

Packed = dict[str, Any]


def packed_bytes(values: npt.ArrayLike) -> Packed:
    """Whole numbers 0..255, one byte each."""
    return _packed("u8", np.asarray(values, dtype=np.uint8))


def packed_levels(levels_dbm: npt.ArrayLike, codes: npt.NDArray[np.bool_] | None = None) -> Packed:
    """Levels in whole dBm.

    Parameters
    ----------
    levels_dbm
        Levels [dBm], NaN = not known.
    codes
        Where true the model abstains.

    Examples
    --------
    >>> packed_levels([-200.0, -199.0])
    {'type': 'u8', 'data': 'AAE='}
    """
    shifted = np.asarray(levels_dbm, dtype=np.float64) + _LEVEL_SHIFT_DBM
    return _packed("u8", _bytes(shifted, codes))


def packed_shares(shares: npt.ArrayLike, codes: npt.NDArray[np.bool_] | None = None) -> Packed:
    """Shares and probabilities 0..1 in whole per cent; ``codes`` as in :func:`packed_levels`."""
    return _packed("u8", _bytes(np.asarray(shares, dtype=np.float64) * 100, codes))


def packed_numbers(values: npt.ArrayLike, factor: float = 1.0) -> Packed:
    """Numbers times ``factor`` as whole numbers above their least, NaN = not known.

    Examples
    --------
    >>> packed_numbers([7.0, np.nan, 8.0])
    {'type': 'u8', 'data': 'AP8B', 'factor': 1.0, 'least': 7}
    """
    scaled = np.asarray(values, dtype=np.float64) * factor
    known = np.isfinite(scaled)
    whole = np.rint(np.where(known, scaled, np.inf))
    least = int(whole.min()) if known.any() else 0
    return {**_narrowest(np.where(known, whole - least, -1)), "factor": factor, "least": least}


def packed_texts(values: "pd.Series[Any]") -> Packed:
    """Texts, each distinct one stored once in order of first appearance; NA = null."""
    codes, distinct = pd.factorize(values.astype("object"), use_na_sentinel=True)
    return {**_narrowest(codes), "values": [str(value) for value in distinct]}


def packed_fixed(texts: list[str]) -> Packed:
    """Texts of one length written one after the other; of several lengths as a list.

    Examples
    --------
    >>> packed_fixed(["36", "37"]), packed_fixed(["36", "371"])
    ({'width': 2, 'text': '3637'}, {'texts': ['36', '371']})
    """
    widths = {len(text) for text in texts}
    if len(widths) == 1:
        return {"width": widths.pop(), "text": "".join(texts)}
    return {"texts": texts}


def json_for_script(value: Any) -> str:
    r"""JSON that may stand inside a ``<script>`` element.

    ``<``, ``>`` and ``&`` could end the element or open a comment, U+2028 and U+2029 end a line
    in JavaScript: all written as escapes, which JSON reads back as the same text.

    Examples
    --------
    >>> json_for_script("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _bytes(
    values: npt.NDArray[np.float64], codes: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.uint8]:
    """Rounded to bytes, half up, clipped; abstentions and missing values as their codes."""
    known = np.isfinite(values)
    whole = np.clip(np.floor(np.where(known, values, 0) + 0.5), 0, _MAX_BYTE)
    coded = np.where(known, whole, NO_BYTE)
    if codes is not None:
        coded = np.where(codes, ABSTAINS_BYTE, coded)
    return coded.astype(np.uint8)


def _narrowest(values: npt.NDArray[Any]) -> Packed:
    """Whole numbers from 0 in the narrowest type; -1 becomes its largest code, kept free for it."""
    most = int(values.max(initial=0))
    kind, bits = next((kind, bits) for kind, bits in _BITS.items() if most < 2**bits - 1)
    whole = np.where(values < 0, 2**bits - 1, values)
    return _packed(kind, whole.astype(f"<u{bits // 8}"))


def _packed(kind: str, values: npt.NDArray[Any]) -> Packed:
    """One column as base64, little-endian."""
    return {"type": kind, "data": base64.b64encode(values.tobytes()).decode("ascii")}
