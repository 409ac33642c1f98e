"""Numbers that carry their unit in the cell: ``-104 dBm``, ``12,5 km/h``, ``20MHz``."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coverage.errors import InputError
from coverage.readings.codes import Codes

Floats = npt.NDArray[np.float64]

_PATTERN = (
    r"^\s*(?P<number>[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>[^\d\s].*?)?\s*$"
)


def parse(
    texts: pa.Array | pa.ChunkedArray, units: Mapping[str, float], name: str, file: str
) -> Floats:
    """Numbers of texts, each in the unit it names.

    Parameters
    ----------
    texts
        Cells; null, and what is no number with or without a unit, reads as NaN. A comma is a
        decimal comma.
    units
        Factor of each unit that fits the column; a number without unit takes the factor 1.
    name, file
        For the message.

    Returns
    -------
    numpy.ndarray
        NaN where not known.

    Raises
    ------
    InputError
        Where a unit does not fit the column: ``20MHz`` is no level.

    Examples
    --------
    >>> parse(pa.array(["-104 dBm", "-104,5", "x", None]), {"dBm": 1.0}, "signal_dbm", "a").tolist()
    [-104.0, -104.5, nan, nan]
    """
    cells = Codes.of(texts)  # what repeats is read once
    parts = pc.extract_regex(pa.array(cells.words, pa.string()), _PATTERN)
    numbers = pc.replace_substring(pc.struct_field(parts, "number"), ",", ".")
    numbers = pc.replace_substring_regex(numbers, r"^\+", "")
    values = pc.cast(numbers, pa.float64()).to_numpy(zero_copy_only=False)
    tails = Codes.of(pc.struct_field(parts, "unit"))
    factors = {"": 1.0, **{unit.lower(): factor for unit, factor in units.items()}}
    for word in tails.words:
        if word.lower() not in factors and _is_unit(word):
            raise InputError(
                f"Invalid unit {word!r} in {name}. Must be one of {list(units)}.", file=file
            )
    scale = tails.table(lambda word: factors.get(word.lower(), np.nan))
    return cells.numbers(values * scale)


def _is_unit(word: str) -> bool:
    """Whether a tail is a unit of something, rather than dirt after a number."""
    return word.lower() in _ALL_UNITS


_ALL_UNITS = frozenset(
    ("dbm", "db", "km/h", "kmh", "kph", "m/s", "m", "km", "deg", "mhz", "ghz", "khz", "hz",
     "kbps", "mbps", "kbit/s", "mbit/s", "bps", "s", "ms", "%", "knots", "mph", "w", "mw")
)  # fmt: skip
