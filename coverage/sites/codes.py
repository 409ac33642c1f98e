"""TPS and village codes: digits kept as text, whatever a spreadsheet made of them.

A TPS code is the Kemendagri village code (10 digits: province, regency, district, village) and a
three-digit TPS number (DOMAIN 4). It is never a number: spreadsheets write it with dots, as
``3601011001001.0``, or lose its end to scientific notation, which cannot be repaired.
"""

import re
from typing import Final

TPS_CODE_DIGITS: Final = 13
VILLAGE_CODE_DIGITS: Final = 10
TPS_NUMBER_MAX: Final = 999
SPECIAL_NUMBER_MIN: Final = 901
"""Least number of a TPS at a special location: so they were numbered in 2024, anew in every village
(TPS 901 and 902 in one pesantren of Tegalrejo, 901 in another: regional.kompas.com, 14 Feb 2024).
The practice that is reported, not a rule of KPU that could be found; in 2019 prisons had ordinary
numbers (metro.tempo.co/read/1197091)."""
_PART_DIGITS: Final = (2, 2, 2, 4)  # province, regency, district, village
_VILLAGE_KIND_AT: Final = 6  # place of the digit that tells kelurahan and desa
_FIRST_PROVINCE: Final = "11"  # Aceh, for Kemendagri and BPS; what is below is no code of Indonesia

_INTEGER_FLOAT = re.compile(r"(\d+)[.,]0+")
_SCIENTIFIC = re.compile(r"(\d)[.,]?(\d*)[eE]\+?(\d+)")
_SEPARATORS = re.compile(r"[\s.\-/'`\u2019\u00a0]+")
_NUMBER = re.compile(r"(?:TPS)?[\s.:\-]*(?:NO(?:MOR)?)?[\s.:\-]*0*(\d{1,3})(?:[.,]0+)?")


def digits_of(text: str) -> str | None:
    """Digits of a code as written, or None where some are lost or something else stands there.

    Examples
    --------
    >>> digits_of("36.02.06.2001.001"), digits_of("3601011001001.0"), digits_of("3.60101E+12")
    ('3602062001001', '3601011001001', None)
    """
    stripped = text.strip()
    scientific = _SCIENTIFIC.fullmatch(stripped)
    if scientific:
        lead, decimals, exponent = scientific.groups()
        return lead + decimals if len(decimals) == int(exponent) else None
    integer = _INTEGER_FLOAT.fullmatch(stripped)
    if integer and len(integer.group(1)) >= VILLAGE_CODE_DIGITS:
        return integer.group(1)
    joined = _SEPARATORS.sub("", stripped)
    return joined if joined.isascii() and joined.isdigit() else None


def tps_code_of(text: str) -> tuple[str | None, str]:
    """TPS code of a cell, or None and the reason why not.

    Examples
    --------
    >>> tps_code_of("3602062001001"), tps_code_of("360206200101")
    (('3602062001001', ''), (None, 'tps_code_not_13_digits'))
    """
    if not text.strip():
        return None, "tps_code_missing"
    digits = digits_of(text)
    if digits is None:
        lost = _SCIENTIFIC.fullmatch(text.strip())
        return None, "tps_code_digits_lost" if lost else "tps_code_not_digits"
    if len(digits) != TPS_CODE_DIGITS:
        return None, "tps_code_not_13_digits"
    if digits.endswith("000"):
        return None, "tps_number_invalid"
    return _kemendagri(digits)


def tps_code_of_parts(village: str, number: str) -> tuple[str | None, str]:
    """TPS code of a village code and a TPS number ("1", "001", "TPS 01"), or None and why not.

    Examples
    --------
    >>> tps_code_of_parts("36.02.06.2001", "TPS 7")
    ('3602062001007', '')
    """
    digits = digits_of(village)
    if digits is None or len(digits) != VILLAGE_CODE_DIGITS:
        return None, "village_code_not_10_digits"
    match = _NUMBER.fullmatch(number.strip().upper())
    if match is None or int(match.group(1)) == 0:
        return None, "tps_number_invalid"
    return _kemendagri(f"{digits}{int(match.group(1)):03d}")


def village_code_of_parts(province: str, regency: str, district: str, village: str) -> str:
    """Village code of its four parts in columns of their own; else the village's text as it is.

    A part may be bare ("06") or hold those above it ("36.02.06").

    Examples
    --------
    >>> village_code_of_parts("36", "2", "06", "2001"), village_code_of_parts("36", "", "", "2001")
    ('3602062001', '2001')
    """
    code = ""
    for text, width in zip((province, regency, district, village), _PART_DIGITS, strict=True):
        digits = digits_of(text) or ""
        if len(digits) == len(code) + width and digits.startswith(code):
            code = digits
        elif 0 < len(digits) <= width and (width < _PART_DIGITS[-1] or len(digits) == width):
            code += digits.zfill(width)
        else:
            return village
    return code


def _kemendagri(digits: str) -> tuple[str | None, str]:
    """The code, unless its village part can only be one of BPS.

    The village digits begin with 1 (kelurahan) or 2 (desa) in Kemendagri codes (DOMAIN 4); in those
    of BPS the third digit of the kecamatan stands there, 0 as a rule. Codes made up for a list of
    another country, with zeros in front, are taken as they are.
    """
    is_bps = digits >= _FIRST_PROVINCE and digits[_VILLAGE_KIND_AT] == "0"
    return (None, "village_code_of_bps") if is_bps else (digits, "")


def has_special_number(tps_code: str) -> bool:
    """Whether a TPS is numbered as those at special locations are.

    Examples
    --------
    >>> has_special_number("3308142004901"), has_special_number("3308142004032")
    (True, False)
    """
    return int(tps_code[VILLAGE_CODE_DIGITS:]) >= SPECIAL_NUMBER_MIN
