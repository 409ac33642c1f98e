"""Coordinates as people write them: decimal with dot or comma, degrees-minutes-seconds, LS and BT.

LS, LU = lintang selatan, utara (south, north); BT, BB = bujur timur, barat (east, west).
"""

import math
import re
from collections.abc import Mapping
from typing import Final, Literal

from coverage.geodesy import EARTH_RADIUS_M

Axis = Literal["latitude", "longitude"]
AXES: Final[tuple[Axis, Axis]] = ("latitude", "longitude")

METRES_PER_DEGREE: Final = EARTH_RADIUS_M * math.pi / 180

_SIGN_OF_HEMISPHERE: Final[dict[str, dict[str, int]]] = {
    "latitude": {
        "LS": -1, "S": -1, "SELATAN": -1, "SOUTH": -1, "LU": 1, "N": 1, "U": 1, "UTARA": 1,
        "NORTH": 1,
    },
    "longitude": {
        "BT": 1, "E": 1, "T": 1, "TIMUR": 1, "EAST": 1, "BB": -1, "W": -1, "B": -1, "BARAT": -1,
        "WEST": -1,
    },
}  # fmt: skip
_LABELS: Final = {"latitude": {"LAT", "LATITUDE", "LINTANG"}, "longitude": {"LON", "LONG", "BUJUR"}}
_WORD = re.compile(r"[A-Z]+")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_MINUSES = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2010": "-"})
_SEPARATOR = re.compile(r"[\s\u00b0\u00ba\u02da'\"\u2018\u2019\u201c\u201d\u2032\u2033\u00b4`:]*")
_UNITS: Final = (1.0, 60.0, 3600.0)  # degrees, minutes, seconds


def sign_of_header(header: str, axis: Axis) -> int:
    """Sign of numbers that carry none, by the heading: "Lintang Selatan" is south of the equator.

    Examples
    --------
    >>> sign_of_header("Lintang (LS)", "latitude"), sign_of_header("Bujur", "longitude")
    (-1, 1)
    """
    signs = _SIGN_OF_HEMISPHERE[axis]
    said = {signs[word] for word in _WORD.findall(header.upper()) if word in signs}
    return -1 if said == {-1} else 1


def degrees_of(text: str, axis: Axis, bare_sign: int = 1) -> tuple[float, float]:
    """Degrees a text says, and half a unit of its last digit; NaN where it is not understood.

    Parameters
    ----------
    text
        One coordinate.
    axis
        Which one: a latitude marked east is not understood.
    bare_sign
        Sign of a number with neither sign nor hemisphere (:func:`sign_of_header`).

    Returns
    -------
    tuple of float
        The coordinate, and how much rounding may hide [deg].

    Examples
    --------
    >>> degrees_of("-6,425", "latitude"), degrees_of("6\u00b0 30' LS", "latitude")[0]
    ((-6.425, 0.0005), -6.5)
    """
    upper = text.strip().upper().translate(_MINUSES)
    signs = _SIGN_OF_HEMISPHERE[axis]
    if _NUMBER.fullmatch(upper):  # by far the commonest way to write one
        words, numbers = [], [upper]
    else:
        words = [w for w in _WORD.findall(upper) if w not in _LABELS[axis]]
        bare = _WORD.sub(" ", upper)
        numbers = _NUMBER.findall(bare)
        if not _is_one_angle(words, numbers, _NUMBER.sub("", bare), signs):
            return math.nan, math.nan
    values = [abs(float(number.replace(",", "."))) for number in numbers]
    if any(value >= 60 for value in values[1:]):
        return math.nan, math.nan
    sign = signs[words[0]] if words else bare_sign
    if numbers[0][0] == "-":
        sign = -1
    elif numbers[0][0] == "+" and not words:
        sign = 1
    degrees = sum(value / unit for value, unit in zip(values, _UNITS, strict=False))
    _, _, decimals = numbers[-1].replace(",", ".").partition(".")
    rounding = 0.5 * 10.0 ** -len(decimals) / _UNITS[len(numbers) - 1]
    return sign * degrees, rounding


def _is_one_angle(
    words: list[str], numbers: list[str], rest: str, signs: Mapping[str, int]
) -> bool:
    """Whether degrees, minutes, seconds and at most one hemisphere stand there, nothing else."""
    return (
        1 <= len(numbers) <= len(_UNITS)
        and len(words) <= 1
        and all(word in signs for word in words)
        and _SEPARATOR.fullmatch(rest) is not None
        and not any(number[0] in "+-" for number in numbers[1:])
        and not any(set(number) & set(".,") for number in numbers[:-1])
    )


def pair_of(text: str) -> tuple[str, str]:
    """Latitude and longitude texts of one cell that holds both; empty texts where it does not.

    Examples
    --------
    >>> pair_of("-6.12, 106.5"), pair_of("-6,12; 106,5"), pair_of("6\u00b07'S 106\u00b030'E")
    (('-6.12', '106.5'), ('-6,12', '106,5'), ("6\u00b07'S", "106\u00b030'E"))
    """
    stripped = text.strip().strip("()")
    for pattern in (r"\s*[;|/]\s*", r"\s*,\s+", r"(?<=[A-Za-z])[\s,]+(?=\d)", r"\s*,\s*", r"\s+"):
        parts = [part for part in re.split(pattern, stripped) if part]
        if len(parts) == 2:
            return parts[0], parts[1]
    return "", ""
