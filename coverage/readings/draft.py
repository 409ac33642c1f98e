"""What a format hands over: rows in canonical names and units, not yet judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.readings.codes import Bools, Codes
from coverage.readings.raw_rows import RawRows
from coverage.tables import DQ_FLAGS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NO_TIME: Final = int(np.iinfo(np.int64).min)
"""In ``time_us``: the row has no readable time."""

NUMBERS: Final = (
    "latitude_deg", "longitude_deg", "gps_accuracy_m", "speed_mps", "altitude_m", "area_code",
    "cell_identity", "pci", "arfcn", "signal_dbm", "quality_db", "sinr_db", "rssnr", "uplink_kbps",
    "downlink_kbps", "ping_ms", "is_serving", "is_indoor", "fix_age_s", "age_gap_s", "weight",
)  # fmt: skip
"""Number columns, float64, NaN = NA.

``is_serving`` and ``is_indoor`` hold 1, 0 or NaN. ``rssnr`` is Android's SINR, in dB or in tenths
of it: given in place of ``sinr_db``, its scale is found from the file. ``fix_age_s`` (age of the
position) enters the weight, ``age_gap_s`` (time between fix and cell) a gate; ``weight`` is set
only by a source that has weighed already.
"""

TEXTS: Final = (
    "rat", "service_state", "plmn", "sim_plmn", "device", "device_model", "source", "reason",
)  # fmt: skip
"""Text columns. ``rat`` in GSM, UMTS, LTE, NR or NA; ``plmn`` "510-10"; ``device`` as the file
names it (hashed before anything is written); ``source`` only where a row says so itself;
``reason`` refuses the row with that code."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A block of rows of one file, in the file's order.

    A column that is absent is NA in every row; scalars stand for the whole block.

    Attributes
    ----------
    source_row
        Line or row number in the file, from 1, header included. Several rows of a draft may share
        one (one source row, several radio cells); they must then follow each other.
    raw
        Each row as it stood (binary or string), for the rejects.
    redact
        Blanks the personal fields in some of ``raw``; None where it holds none.
    numbers, texts, flags
        Columns by the names of :data:`NUMBERS`, :data:`TEXTS` and ``tables.DQ_FLAGS``.
    time_us
        Microseconds since 1970 UTC, NO_TIME where unreadable; None = the source has no time.
    timezone
        Zone in which the times were read, "UTC" where the file says so itself.
    """

    source_row: Ints
    raw: pa.Array | pa.ChunkedArray | RawRows
    numbers: Mapping[str, Floats | float] = field(default_factory=dict)
    texts: Mapping[str, Codes | str] = field(default_factory=dict)
    flags: Mapping[str, Bools | bool] = field(default_factory=dict)
    time_us: Ints | None = None
    timezone: str = "UTC"
    redact: Callable[[pa.Array], pa.Array] | None = None

    def __post_init__(self) -> None:
        """Refuse columns nobody would read."""
        unknown = (
            {*self.numbers} - {*NUMBERS} | {*self.texts} - {*TEXTS} | {*self.flags} - {*DQ_FLAGS}
        )
        if unknown:
            raise KeyError(f"No such draft columns: {sorted(unknown)}.")

    def __len__(self) -> int:
        return len(self.source_row)

    def number(self, name: str) -> Floats:
        """One number column in full, not to be written into."""
        value = self.numbers.get(name, np.nan)
        if isinstance(value, np.ndarray):
            return value
        return np.broadcast_to(np.float64(value), len(self))  # one number, seen n times

    def text(self, name: str) -> Codes:
        """One text column in full."""
        value = self.texts.get(name)
        return value if isinstance(value, Codes) else Codes.constant(value, len(self))

    def flag(self, name: str) -> Bools:
        """One flag in full, not to be written into."""
        value = self.flags.get(name, False)
        if isinstance(value, np.ndarray):
            return value
        return np.broadcast_to(np.bool_(value), len(self))

    def __getitem__(self, rows: slice) -> "Draft":
        """A slice of rows."""
        return Draft(
            source_row=self.source_row[rows],
            raw=RawRows.of(self.raw)[rows],
            numbers={
                k: v[rows] if isinstance(v, np.ndarray) else v for k, v in self.numbers.items()
            },
            texts={k: v[rows] if isinstance(v, Codes) else v for k, v in self.texts.items()},
            flags={k: v[rows] if isinstance(v, np.ndarray) else v for k, v in self.flags.items()},
            time_us=None if self.time_us is None else self.time_us[rows],
            timezone=self.timezone,
            redact=self.redact,
        )


def concat(parts: Sequence[Draft]) -> Draft:
    """Several drafts of one file one below the other."""
    if len(parts) == 1:
        return parts[0]
    numbers = {name for part in parts for name in part.numbers}
    texts = {name for part in parts for name in part.texts}
    flags = {name for part in parts for name in part.flags}
    is_timeless = all(part.time_us is None for part in parts)
    return Draft(
        source_row=np.concatenate([part.source_row for part in parts]),
        raw=RawRows.concat([RawRows.of(part.raw) for part in parts]),
        numbers={k: _joined_numbers(parts, k) for k in sorted(numbers)},
        texts={k: Codes.concat([part.text(k) for part in parts]) for k in sorted(texts)},
        flags={k: np.concatenate([part.flag(k) for part in parts]) for k in sorted(flags)},
        time_us=None if is_timeless else np.concatenate([_times(part) for part in parts]),
        timezone=parts[0].timezone,
        redact=parts[0].redact,
    )


def _joined_numbers(parts: Sequence[Draft], name: str) -> Floats | float:
    """A number column of all parts; one number where it stands for each of them whole."""
    given = [part.numbers.get(name, np.nan) for part in parts]
    scalars = {value for value in given if not isinstance(value, np.ndarray)}
    if len(scalars) == 1 and not any(isinstance(value, np.ndarray) for value in given):
        return scalars.pop()
    return np.concatenate([part.number(name) for part in parts])


def _times(part: Draft) -> Ints:
    """Times of a part, NO_TIME where it has none."""
    if part.time_us is None:
        return np.full(len(part), NO_TIME, dtype=np.int64)
    return part.time_us
