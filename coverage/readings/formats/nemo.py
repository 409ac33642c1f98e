"""Nemo Outdoor .nmf, ASCII (FORMATS 4): one record a line, measurements and positions apart.

A measurement carries no position; it gets the nearest fix within 3 s, before or after, else none.
The network comes from the last SEI record, the cell from the last CHI record on the same channel
and PCI (in UMTS: on the same channel, as long as the PSC stays the one first met with it). Records
with numbers, addresses, messages or identities of a subscriber are never looked at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isnan
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.readings import nemo_records as records
from coverage.readings import times, words
from coverage.readings.codes import Codes
from coverage.readings.draft import NO_TIME, Draft
from coverage.readings.format import Context, Head
from coverage.readings.lines import line_blocks
from coverage.readings.times import MICROSECONDS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NAME: Final = "nemo"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = False

MAX_FIX_GAP_S: Final = 3.0
"""A fix farther away in time is no position of the measurement (FORMATS 4). [s]"""
_MOST_KEPT: Final = 2**17
"""Fixes kept, and measurements that wait, at most: hours of one a second, ten megabytes. [count]"""
_STARTS: Final = ('#PRODUCT,,,"NEMO', "#FF,,,")
_DAY_US: Final = 86_400 * MICROSECONDS
_NEW_DAY_US: Final = _DAY_US // 2
"""A clock that falls by more than this has passed midnight; by less, records are out of order."""
_GAP_US: Final = round(MAX_FIX_GAP_S * MICROSECONDS)
_KMH_PER_MPS: Final = 3.6
_READ: Final = (b"GPS,", b"CELLMEAS,", b"CHI,", b"SEI,", b"OFDMSCAN,", b"PILOTSCAN,", b"#START,",
                b"#DN,")  # fmt: skip
_SCAN_TYPE: Final = 6
_DATE: Final = re.compile(rb'"(\d{1,2})\.(\d{1,2})\.(\d{4})"')


def sniff(head: Head) -> str | None:
    """Recognise the log by its first record."""
    found = next((start for start in _STARTS if head.first_line.startswith(start)), None)
    return f"first line begins {found}" if found else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the log, block by block; a measurement waits until the fixes around it are known."""
    log = _Log()
    for block in line_blocks(stream, context.name):
        is_cut = not block.data.endswith(b"\n")
        lines = block.data.split(b"\n")
        for row, line in enumerate(lines, start=block.first_row):
            if line.startswith(_READ):
                log.take(
                    line.rstrip(b"\r"),
                    row,
                    is_cut=is_cut and row == block.first_row + len(lines) - 1,
                )
        draft = log.ready(context.params.timezone, is_end=False)
        if draft is not None:
            yield draft
    draft = log.ready(context.params.timezone, is_end=True)
    if draft is not None:
        yield draft


_Row = tuple[
    int, int, bytes, str | None, bool,
    float, float, float, float, str, float, float, float, float, float,
]  # fmt: skip
"""A measurement that waits to be positioned: time [us], line number, line, reason to refuse it,
whether a scanner read it; MCC, MNC, cell identity, area code, and the cell's own values.

A flat tuple: Python's collector stops looking at tuples of plain values, and a log has millions.
"""

_NOT_KNOWN: Final = (np.nan, np.nan)


@dataclass
class _Log:
    """What has been read of a log so far and still matters."""

    rows: list[_Row] = field(default_factory=list)
    fixes: Floats = field(default_factory=lambda: np.zeros((0, 5)))
    new_fixes: list[tuple[int, bytes, bytes, bytes, bytes, bytes]] = field(default_factory=list)
    midnight_us: int | None = None
    clock_us: int = 0
    model: str | None = None
    plmn: tuple[float, float] = _NOT_KNOWN
    lte_cells: dict[tuple[float, float], tuple[float, float]] = field(default_factory=dict)
    umts_cells: dict[float, tuple[float, float, float]] = field(default_factory=dict)

    def take(self, line: bytes, row: int, *, is_cut: bool) -> None:
        """Take in one record."""
        fields = line.split(b",")
        name = fields[0]
        if name == b"#DN":
            self.model = (
                line.partition(b'"')[2].partition(b'"')[0].decode("utf-8", "replace") or None
            )
            return
        if name == b"#START":
            self._start(line)
        at = self._time(fields)
        if name == b"GPS":
            self._fix(fields, at)
        elif name == b"SEI":
            codes = [records.number(text) for text in fields[6:8]]
            self.plmn = (codes[0], codes[1]) if len(codes) == 2 else _NOT_KNOWN
        elif name == b"CHI":
            self._channel(fields)
        elif name == b"CELLMEAS":
            found = "malformed_row" if is_cut else records.serving_cell(fields)
            self._measure(line, row, at, [found], is_scan=False)
        elif name == b"PILOTSCAN" or fields[_SCAN_TYPE : _SCAN_TYPE + 1] == [b"1"]:
            scan = "malformed_row" if is_cut else records.scanned_cells(fields)
            self._measure(line, row, at, [scan] if isinstance(scan, str) else scan, is_scan=True)

    def ready(self, zone: str, *, is_end: bool) -> Draft | None:
        """Rows whose fixes are all known, as a draft; None without any."""
        self._settle_fixes()
        rows = self.rows
        latest = max(
            rows[-1][0] if rows else NO_TIME, int(self.fixes[-1, 0]) if len(self.fixes) else NO_TIME
        )
        n_ready = len(rows)
        if not is_end and rows:
            is_open = np.array([row[0] for row in rows]) > latest - _GAP_US
            n_ready = int(is_open.argmax()) if is_open.any() else n_ready
            n_ready = max(n_ready, len(rows) - _MOST_KEPT)
        done, self.rows = rows[:n_ready], rows[n_ready:]
        draft = _draft(done, self.fixes, self.model, zone) if done else None
        self._forget_fixes(latest, done)
        return draft

    def _forget_fixes(self, latest: int, done: Sequence[_Row]) -> None:
        """Drop the fixes too old for what waits, or may still come a little out of order."""
        still = [row[0] for row in (*self.rows, *done[-1:]) if row[0] != NO_TIME]
        since = min([latest - _GAP_US, *still]) - _GAP_US
        self.fixes = self.fixes[self.fixes[:, 0] >= since][-_MOST_KEPT:]

    def _start(self, line: bytes) -> None:
        """The date, which stands in this record alone; a new one begins a new day."""
        found = _DATE.search(line)
        self.clock_us = 0
        try:
            day = (
                datetime(int(found[3]), int(found[2]), int(found[1]), tzinfo=UTC) if found else None
            )
        except ValueError:
            day = None
        self.midnight_us = times.of_datetime(day) if day else None

    def _time(self, fields: records.Fields) -> int:
        """Local time of a record as if it were UTC, NO_TIME without date or clock [us]."""
        clock = records.clock_us(fields[1]) if len(fields) > 1 else None
        if clock is None or self.midnight_us is None:
            return NO_TIME
        if clock < self.clock_us - _NEW_DAY_US:
            self.midnight_us += _DAY_US
        self.clock_us = clock
        return self.midnight_us + clock

    def _fix(self, fields: records.Fields, at: int) -> None:
        """A position: longitude, latitude, height, quality, speed at 3, 4, 5, 7, 9."""
        if at == NO_TIME or len(fields) < 10:
            return
        _, _, _, longitude, latitude, height, _, quality, _, speed = fields[:10]
        self.new_fixes.append((at, latitude, longitude, height, speed, quality))

    def _settle_fixes(self) -> None:
        """Make numbers of the fixes of a block, all at once; those that are none fall away."""
        if not self.new_fixes:
            return
        at, *texts = zip(*self.new_fixes, strict=True)
        self.new_fixes = []
        columns = [np.array(at, dtype=np.float64), *map(records.numbers, texts)]
        latitude, longitude, quality = columns[1], columns[2], columns[5]
        is_fix = ~(np.isnan(latitude) | np.isnan(longitude) | (quality == 0))
        is_fix &= (latitude != 0) | (longitude != 0)
        self.fixes = np.concatenate([self.fixes, np.column_stack(columns[:5])[is_fix]])

    def _channel(self, fields: records.Fields) -> None:
        """Identity and area code of the cell on a channel; empty fields forget what was known."""
        if len(fields) > 10 and fields[3] in records.LTE_SYSTEMS:
            key = (records.number(fields[7]), records.number(fields[8]))
            self.lte_cells[key] = (records.number(fields[9]), records.number(fields[10]))
        elif len(fields) > 8 and fields[3] == records.UMTS_SYSTEM:
            identity, area = records.number(fields[7]), records.number(fields[8])
            known = self.umts_cells.get(records.number(fields[6]), (np.nan, np.nan, np.nan))
            code = known[2] if known[0] == identity else np.nan
            self.umts_cells[records.number(fields[6])] = (identity, area, code)

    def _identity(self, cell: records.Cell) -> tuple[float, float]:
        """Cell identity and area code of a serving cell, NaN where not known."""
        if cell.rat == "LTE":
            return self.lte_cells.get((cell.arfcn, cell.pci), _NOT_KNOWN)
        identity, area, code = self.umts_cells.get(cell.arfcn, (np.nan, np.nan, np.nan))
        if isnan(code):
            self.umts_cells[cell.arfcn] = (identity, area, cell.pci)
        return (identity, area) if isnan(code) or code == cell.pci else _NOT_KNOWN

    def _measure(
        self,
        line: bytes,
        row: int,
        at: int,
        found: Sequence[records.Cell | str],
        *,
        is_scan: bool,
    ) -> None:
        """Put the cells of one record, or the reason why it has none, to the rows that wait."""
        plmn = _NOT_KNOWN if is_scan else self.plmn
        for cell in found:
            if isinstance(cell, str):
                self.rows.append((at, row, line, cell, False, *plmn, *_NOT_KNOWN, *_NO_CELL))
            else:
                identity = _NOT_KNOWN if is_scan else self._identity(cell)
                self.rows.append((at, row, line, None, is_scan, *plmn, *identity, *cell))


_NO_CELL: Final = records.Cell("", np.nan, np.nan, np.nan, np.nan, np.nan)


def _draft(rows: Sequence[_Row], fixes: Floats, model: str | None, zone: str) -> Draft:
    """Measurements with their positions."""
    at, source_row, raw, reason, scans, *network, rats, arfcn, pci, level, quality, sinr = zip(
        *rows, strict=True
    )
    mcc, mnc, identity, area = (np.array(column, dtype=np.float64) for column in network)
    local_us = np.array(at, dtype=np.int64)
    place = _places(local_us, fixes)
    is_scan = np.array(scans, dtype=np.bool_)
    texts: dict[str, Codes | str] = {
        "rat": Codes.of([rat or None for rat in rats]),
        "plmn": words.plmns_of_codes(mcc, mnc),
        "reason": Codes.of(reason),
    }
    if model is not None:
        texts["device_model"] = model
    return Draft(
        source_row=np.array(source_row, dtype=np.int64),
        raw=pa.array(raw, pa.large_binary()),
        time_us=times.to_utc(local_us, zone),
        timezone=zone,
        numbers={
            "latitude_deg": place[:, 0],
            "longitude_deg": place[:, 1],
            "altitude_m": place[:, 2],
            "speed_mps": place[:, 3] / _KMH_PER_MPS,
            "fix_age_s": place[:, 4],
            "arfcn": np.array(arfcn),
            "pci": np.array(pci),
            "signal_dbm": np.array(level),
            "quality_db": np.array(quality),
            "sinr_db": np.array(sinr),
            "cell_identity": identity,
            "area_code": area,
            "is_serving": np.where(is_scan, 0.0, 1.0),
        },
        texts=texts,
        flags={"dq_scanner": is_scan},
    )


def _places(local_us: Ints, fixes: Floats) -> Floats:
    """Latitude, longitude, height, speed [km/h] and age [s] of the nearest fix within the gap.

    Of two fixes equally near the earlier counts. NaN where none is near, or the row has no time.
    """
    nothing = np.full((len(local_us), 5), np.nan)
    if not len(fixes):
        return nothing
    ordered = fixes[np.argsort(fixes[:, 0], kind="stable")]
    at = ordered[:, 0]
    right = np.searchsorted(at, local_us).clip(0, len(at) - 1)
    left = (right - 1).clip(0)
    nearest = np.where(np.abs(at[left] - local_us) <= np.abs(at[right] - local_us), left, right)
    age_s = np.abs(at[nearest] - local_us) / MICROSECONDS
    found = np.column_stack([ordered[nearest, 1:], age_s])
    is_near = (local_us != NO_TIME) & (age_s <= MAX_FIX_GAP_S)
    return np.where(is_near[:, None], found, nothing)
