"""Nothing about a person is written: identifiers are hashed with a key, raw rows are redacted."""

import hashlib
import hmac
import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

ID_HEX_DIGITS: Final = 16
"""64 bits: two of a million devices share an id with a chance of 3 in 100 million. [count]"""

_OUR_ID: Final = re.compile(r"[0-9a-f]{16}")
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_PATTERNS: Final = (  # RE2 knows no look-behind: what stands beside a number is kept by its group
    (r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b", "[mac]"),
    (rf"(^|[^0-9.])(?:{_OCTET}\.){{3}}{_OCTET}([^0-9.]|$)", r"\1[ip]\2"),
    (r"(^|[^0-9.+-])\d{14,20}([^0-9.]|$)", r"\1[id]\2"),  # IMEI 14-16, IMSI 14-15, ICCID 18-20
    (r"(^|[^0-9.])\+\d{9,15}([^0-9.]|$)", r"\1[phone]\2"),
    (r"(^|[^0-9.+-])0[1-9]\d{7,11}([^0-9.]|$)", r"\1[phone]\2"),
    (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", "[mail]"),
)  # fmt: skip

_CARD_NUMBER: Final = re.compile(r"(?<![0-9])(?:\d{15}|\d{18,20})(?![0-9])")
_SUSPECT: Final = (
    r"(?:^|[^0-9.])[0-9]{9}|@|(?:[0-9]{1,3}\.){3}[0-9]|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
)
"""Matches whatever one of the patterns does, and more, many times faster."""


def device_id(device: str, campaign: str, key: bytes) -> str:
    """Id of a device in a campaign: HMAC-SHA256 of both, cut to 16 hex digits.

    Examples
    --------
    >>> device_id("phone 7", "banten-2024", b"0123456789abcdef")
    'f6a887ee38bac426'
    """
    message = f"{campaign}\0{device}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:ID_HEX_DIGITS]


def is_device_id(text: str) -> bool:
    """Whether a text is an id made by :func:`device_id`, to be kept as it is.

    One of digits alone might be an IMEI with its software version, and is none.

    Examples
    --------
    >>> is_device_id("f6a887ee38bac426"), is_device_id("356938035643809")
    (True, False)
    """
    return _OUR_ID.fullmatch(text) is not None and not text.isdigit()


def safe_name(name: str, campaign: str, key: bytes) -> str:
    """File name in which the number of a card or phone is replaced by its keyed hash.

    Apps put the ICCID (18 to 20 digits) or IMEI (15) of the phone into the names of their logs; a
    stamp of date and time has 8, 12, 14 or 17 digits and stays.

    Examples
    --------
    >>> safe_name("logs/89620100001234567890_a.csv", "c", b"0123456789abcdef")
    'logs/id-28c54930_a.csv'
    """
    return _CARD_NUMBER.sub(lambda hit: f"id-{device_id(hit[0], campaign, key)[:8]}", name)


def redacted(raw: pa.Array | pa.ChunkedArray) -> pa.Array:
    r"""Raw rows as text, without line ends and without anything that looks like a person's.

    Examples
    --------
    >>> redacted(pa.array([b"1,356938035643809,51.886144000000000,192.168.0.7\r\n"])).to_pylist()
    ['1,[id],51.886144000000000,[ip]']
    """
    text = pc.utf8_rtrim(_decoded(raw), "\r\n")
    hit = pc.fill_null(pc.match_substring_regex(text, _SUSPECT), False)
    if not pc.any(hit).as_py():
        return text
    found = text.filter(hit)
    for pattern, stand_in in _PATTERNS * 2:  # twice: two hits may share the comma between them
        found = pc.replace_substring_regex(found, pattern, stand_in)
    return pc.replace_with_mask(text, hit, found)


def _decoded(raw: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Text of bytes; what is not UTF-8 becomes the replacement character."""
    array = raw.combine_chunks() if isinstance(raw, pa.ChunkedArray) else raw
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.chunks else pa.array([], pa.string())
    try:
        return pc.cast(array, pa.string())
    except pa.ArrowInvalid:
        return pa.array([value.decode("utf-8", "replace") for value in array.to_pylist()])
