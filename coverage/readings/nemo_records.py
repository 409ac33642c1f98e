"""Records of a Nemo .nmf file, one line each (FORMATS 4): what stands in which field.

Measurement records share one shape: a count of header values, the header, a count of items, values
an item, the items. A record with fewer fields than it announces was cut and is not read.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Fields = Sequence[bytes]
Floats = npt.NDArray[np.float64]

LTE_SYSTEMS: Final = (b"7", b"8")  # FDD, TDD (inferred)
UMTS_SYSTEM: Final = b"5"
WLAN_SYSTEM: Final = b"20"
_HEADER_COUNT: Final = 4
_LARGEST: Final = 1e12
_SHORT: Final = 16
_CLOCK_LENGTH: Final = len("HH:MM:SS.mmm")


class Cell(NamedTuple):
    """One radio cell of a record; NaN where a field is empty.

    Attributes
    ----------
    rat
        "LTE" or "UMTS".
    arfcn, pci
        Channel and PCI or PSC.
    level_dbm, quality_db, sinr_db
        RSRP or RSCP, RSRQ or Ec/N0, CINR of a scanner.
    """

    rat: str
    arfcn: float
    pci: float
    level_dbm: float
    quality_db: float
    sinr_db: float


def number(field: bytes) -> float:
    """Number of a field, NaN where it is empty or none.

    Examples
    --------
    >>> number(b"-112.0"), number(b""), number(b"inf")
    (-112.0, nan, nan)
    """
    if not field:
        return np.nan
    try:
        value = float(field)
    except ValueError:
        return np.nan
    return value if abs(value) < _LARGEST else np.nan


def numbers(fields: Sequence[bytes]) -> Floats:
    """Numbers of fields, NaN as in :func:`number`; all at once where every field is a number.

    Examples
    --------
    >>> numbers([b"1.5", b"1e99"]).tolist(), numbers([b"1.5", b""]).tolist()
    ([1.5, nan], [1.5, nan])
    """
    try:
        values = np.fromiter(map(float, fields), np.float64, len(fields))
    except ValueError:
        values = np.fromiter(map(number, fields), np.float64, len(fields))
    return np.where(np.abs(values) < _LARGEST, values, np.nan)


def code(field: bytes) -> float:
    """The same as :func:`number` for what repeats in a log: channels, cells, levels."""
    return _short_number(field) if len(field) <= _SHORT else number(field)


@lru_cache(maxsize=4096)
def _short_number(field: bytes) -> float:
    """Number of a field short enough to be remembered."""
    return number(field)


def clock_us(field: bytes) -> int | None:
    """Microseconds since midnight of ``HH:MM:SS.mmm``, None where it is none.

    Examples
    --------
    >>> clock_us(b"18:49:37.185"), clock_us(b"25:00:00.000"), clock_us(b"")
    (67777185000, None, None)
    """
    if len(field) > _CLOCK_LENGTH:
        return None
    second_us, fraction_us = _second_us(field[:8]), _fraction_us(field[8:])
    return None if second_us is None or fraction_us is None else second_us + fraction_us


@lru_cache(maxsize=1024)
def _fraction_us(field: bytes) -> int | None:
    """Microseconds of ``.mmm``, 0 of nothing."""
    if not field:
        return 0
    return int(field[1:]) * 1_000 if re.fullmatch(rb"\.[0-9]{3}", field) else None


@lru_cache(maxsize=64)
def _second_us(field: bytes) -> int | None:
    """Microseconds since midnight of ``HH:MM:SS``: a log has many records a second."""
    digits = field[0:2] + field[3:5] + field[6:8]
    if len(digits) != 6 or not digits.isdigit() or field[2:3] != b":" or field[5:6] != b":":
        return None
    hour, minute, second = int(digits[0:2]), int(digits[2:4]), int(digits[4:6])
    if hour > 23 or minute > 59 or second > 59:
        return None
    return ((hour * 60 + minute) * 60 + second) * 1_000_000


def items(fields: Fields, place: int) -> tuple[list[Fields], int] | None:
    """Items whose count stands at ``place``, and the place after them; None in a cut record.

    Examples
    --------
    >>> items([b"2", b"1", b"a", b"b", b"rest"], 0)
    ([[b'a'], [b'b']], 4)
    >>> items([b"2", b"1", b"a"], 0) is None
    True
    """
    places = _places_of_items(fields, place)
    if places is None:
        return None
    return [fields[i : i + places.step] for i in places], places.stop


def _places_of_items(fields: Fields, place: int) -> range | None:
    """Where the items begin, how wide they are and where they end; None in a cut record."""
    if len(fields) <= place or not fields[place].isdigit():
        return None
    count = int(fields[place])
    if len(fields) <= place + 1 or not fields[place + 1].isdigit():
        return range(place + 1, place + 1) if count == 0 else None
    width = int(fields[place + 1])
    start = place + 2
    end = start + count * width
    if end > len(fields) or (count and not width):
        return None
    return range(start, end, width or 1)


def serving_cell(fields: Fields) -> Cell | str:
    """Serving cell of a CELLMEAS record, or the reason why there is none.

    In UMTS the active set may hold several cells on two carriers: the strongest RSCP counts.
    """
    system = fields[3] if len(fields) > 3 else b""
    if system in LTE_SYSTEMS:
        return _serving_lte(fields)
    if system == UMTS_SYSTEM:
        return _serving_umts(fields)
    return "not_cellular" if system == WLAN_SYSTEM else "layout_not_known"


def _serving_lte(fields: Fields) -> Cell | str:
    """Serving cell of LTE: type 0; EARFCN, PCI, RSRP, RSRQ at 2, 3, 5, 6."""
    places = _places_of_items(fields, _items_at(fields))
    if places is None:
        return "malformed_row"
    for at in places:
        if places.step > 6 and fields[at] == b"0":
            arfcn, pci, _, rsrp, rsrq = fields[at + 2 : at + 7]
            return Cell("LTE", code(arfcn), code(pci), code(rsrp), code(rsrq), np.nan)
    return "no_serving_cell"


def _serving_umts(fields: Fields) -> Cell | str:
    """Strongest cell of the active set: type 0; UARFCN, PSC, Ec/N0, RSCP at 2, 3, 4, 6."""
    channels = items(fields, _items_at(fields))
    cells = items(fields, channels[1]) if channels else None
    if cells is None:
        return "malformed_row"
    active = [
        Cell("UMTS", number(cell[2]), number(cell[3]), number(cell[6]), number(cell[4]), np.nan)
        for cell in cells[0]
        if len(cell) > 6 and cell[0] == b"0"
    ]
    if not active:
        return "no_serving_cell"
    return max(active, key=lambda cell: -np.inf if np.isnan(cell.level_dbm) else cell.level_dbm)


def scanned_cells(fields: Fields) -> list[Cell] | str:
    """Cells of a scanner record, or the reason why there are none.

    OFDMSCAN, record type 1: PCI, RSRP, RSRQ, CINR at 0, 3, 4, 5. PILOTSCAN: PSC, Ec/N0, RSCP at
    0, 1, 2. The channel stands in field 5.
    """
    cells = items(fields, _items_at(fields))
    if cells is None or len(fields) < 6:
        return "malformed_row"
    if not cells[0]:
        return "no_cell_heard"
    channel = number(fields[5])
    if fields[0] == b"OFDMSCAN" and fields[3] in LTE_SYSTEMS:
        found = [
            Cell("LTE", channel, number(c[0]), number(c[3]), number(c[4]), number(c[5]))
            for c in cells[0]
            if len(c) > 5
        ]
    elif fields[0] == b"PILOTSCAN" and fields[3] == UMTS_SYSTEM:
        found = [
            Cell("UMTS", channel, number(c[0]), number(c[2]), number(c[1]), np.nan)
            for c in cells[0]
            if len(c) > 2
        ]
    else:
        return "layout_not_known"
    return found or "malformed_row"


def _items_at(fields: Fields) -> int:
    """Where the count of items stands, behind the header values; past the end where none does."""
    count = fields[_HEADER_COUNT] if len(fields) > _HEADER_COUNT else b""
    return _HEADER_COUNT + 1 + int(count) if count.isdigit() and len(count) < 4 else len(fields)
