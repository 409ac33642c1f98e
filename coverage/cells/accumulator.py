"""The engine: readings or counts in, counts or cells out, in bounded memory.

What grows with the readings lies in sorted runs (:mod:`coverage.cells.runs`), which spill; what
stays in memory is one row for each group that has readings (about 60 bytes) and the names of the
devices. An accumulator belongs to one thread; any number of them may run side by side.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage import hexgrid
from coverage.cells.groups import GroupIndex, Vocabulary
from coverage.cells.packing import Ints, Layout
from coverage.cells.runs import MemoryBudget, RunStore, SpillParams
from coverage.cells.selection import (
    REASONS,
    SIGNAL_HIGH_DBM,
    SIGNAL_LOW_DBM,
    CountParams,
    codes_in,
    columns_of,
    is_null,
    reasons_of,
)
from coverage.cells.spans import IDENTITY_BITS, Spans, strongest_code
from coverage.errors import InputError
from coverage.radio import RATS
from coverage.tables import CELL_QUANTITIES, COLUMNS

CHUNK_ROWS: Final = 1 << 16

NO_SERVICE_CODE: Final = 0
SIGNAL_OFFSET: Final = 1 - SIGNAL_LOW_DBM  # code of a level = whole dBm + offset, from 1
VALUE_OFFSET: Final = 1 << 11  # quality and SINR: +-204.7 dB in tenths
VALUE_SCALE: Final = {"quality": 10, "sinr": 10, "uplink": 1}  # 0.1 dB, whole kbit/s
_VALUE_COLUMN: Final = {"quality": "quality_db", "sinr": "sinr_db", "uplink": "uplink_kbps"}

_GROUP_BITS: Final = 28
_SIGNAL: Final = Layout((_GROUP_BITS, 8))
_VALUE: Final = {
    "quality": Layout((_GROUP_BITS, 12)),
    "sinr": Layout((_GROUP_BITS, 12)),
    "uplink": Layout((_GROUP_BITS, 24)),  # to 16 Gbit/s
}
_VISIT: Final = Layout((24, 16, 10))  # group, device, day; grows with each
_US_PER_DAY: Final = 86_400_000_000


def code_offset(quantity: str) -> int:
    """What is added to a value's bin so that it is not negative."""
    return 0 if quantity == "uplink" else VALUE_OFFSET


class Accumulator:
    """Counts of everything added so far.

    Parameters
    ----------
    params
        What is counted, and in which cells.
    spill
        Memory for sorted runs, and where they go when it is used up.
    """

    def __init__(self, params: CountParams, spill: SpillParams | None = None) -> None:
        budget = MemoryBudget(params=spill or SpillParams())
        self.params = params
        self.groups = GroupIndex(params.resolution)
        self.operators = Vocabulary()
        self.devices = Vocabulary()
        self.days = DayIndex()
        self.spans = Spans()
        self.tally = np.zeros(len(REASONS), dtype=np.int64)
        self.signal = RunStore(layout=_SIGNAL, budget=budget)
        self.visits = RunStore(layout=_VISIT, budget=budget)
        self.values = {q: RunStore(layout=_VALUE[q], budget=budget) for q in CELL_QUANTITIES}

    def add(self, readings: pa.Table | pa.RecordBatch) -> None:
        """Count readings (columns of ``selection.columns_of``; text may be dictionary-encoded)."""
        table = readings
        if isinstance(readings, pa.RecordBatch):
            table = pa.Table.from_batches([readings])
        table = _checked(table.select(columns_of(self.params)))
        for batch in table.to_batches(max_chunksize=CHUNK_ROWS):
            if batch.num_rows:
                self._add_batch(batch)

    def close(self) -> None:
        """Give back memory and files."""
        for store in (self.signal, self.visits, *self.values.values()):
            store.close()

    def groups_of(self, cells: npt.NDArray[np.uint64], operators: pa.Array, rats: Ints) -> Ints:
        """Number of each row's group, known or new."""
        combinations = self.operators.encode(operators) * len(RATS) + rats
        groups = self.groups.number(cells, combinations)
        self.spans.make_room(self.groups.size)
        return groups

    def add_visits(self, groups: Ints, device_id: pa.Array, days: Ints, counts: Ints) -> None:
        """Count devices on days since 1970."""
        devices, day_codes = self.devices.encode(device_id), self.days.encode(days)
        layout = self.visits.fit(self.groups.size, len(self.devices), len(self.days))
        self.visits.add(layout.with_counts(layout.pack(groups, devices, day_codes), counts))

    def add_signal(self, groups: Ints, codes: Ints, counts: Ints) -> None:
        """Count levels by their codes, 0 = no service."""
        self._add_codes(self.signal, "signal_dbm", groups, codes, counts)

    def add_values(self, quantity: str, groups: Ints, bins: Ints, counts: Ints) -> None:
        """Count quality, SINR or uplink rates by their bins."""
        codes = bins + code_offset(quantity)
        self._add_codes(self.values[quantity], _VALUE_COLUMN[quantity], groups, codes, counts)

    def _add_codes(
        self, store: RunStore, name: str, groups: Ints, codes: Ints, counts: Ints
    ) -> None:
        """Count codes in a store."""
        if not len(codes):
            return
        limit = (1 << store.layout.widths[1]) - 1
        low, high = int(codes.min()), int(codes.max())
        if low < 0 or high > limit:
            raise InputError(
                f"Invalid {name} of code {low if low < 0 else high}. Must be in [0, {limit}]."
            )
        layout = store.fit(self.groups.size, limit + 1)
        store.add(layout.with_counts(layout.pack(groups, codes), counts))

    def _add_batch(self, batch: pa.RecordBatch) -> None:
        """Count one batch."""
        reasons, blank = reasons_of(batch, self.params)
        self.tally += np.bincount(reasons, minlength=len(REASONS))
        if reasons.any():
            used = np.flatnonzero(reasons == 0)
            if not len(used):
                return
            batch, blank = batch.take(pa.array(used)), blank[used]
        ones = np.ones(batch.num_rows, dtype=np.int64)
        cells, children = self._cells_of(batch)
        groups = self.groups_of(cells, batch["operator"], self._rats(batch))
        time_us = batch["time"].cast(pa.int64()).to_numpy()
        codes = _signal_codes(batch["signal_dbm"], blank)
        self.add_signal(groups, codes, ones)
        self.add_visits(groups, batch["device_id"], time_us // _US_PER_DAY, ones)
        for quantity, column in _VALUE_COLUMN.items():
            self._add_value_column(quantity, batch[column], groups, ~blank)
        self.spans.unite(
            groups,
            first_us=time_us,
            last_us=time_us,
            strongest=_strongest(codes, batch["cell_identity"]),
            children=children,
        )

    def _cells_of(
        self, batch: pa.RecordBatch
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
        """Cell of each reading, and the bit of its child cell (0 where that has another parent)."""
        latitude = batch["latitude_deg"].to_numpy(zero_copy_only=False)
        longitude = batch["longitude_deg"].to_numpy(zero_copy_only=False)
        cells = hexgrid.cells_of(latitude, longitude, self.params.resolution)
        children = hexgrid.cells_of(latitude, longitude, self.params.child_resolution)
        is_inside = hexgrid.parents_of(children, self.params.resolution) == cells
        return cells, child_bits(children, self.params.child_resolution) * is_inside

    def _rats(self, batch: pa.RecordBatch) -> Ints:
        """RAT code of each reading; no service of an unnamed one counts under the configured."""
        rats = codes_in(batch["rat"], RATS)
        return np.where(rats < 0, RATS.index(self.params.no_service_rat), rats)

    def _add_value_column(
        self, quantity: str, values: pa.Array, groups: Ints, has_service: npt.NDArray[np.bool_]
    ) -> None:
        """Count the known values of one column; without service they are left-overs."""
        if values.null_count == len(values):
            return
        bins = _rounded(values, VALUE_SCALE[quantity])
        known = np.flatnonzero(has_service & ~is_null(values))
        self.add_values(quantity, groups[known], bins[known], np.ones(len(known), dtype=np.int64))


def _checked(readings: pa.Table) -> pa.Table:
    """The readings, if the columns have the contract's types and no null where none may be."""
    for field in readings.schema:
        wanted = COLUMNS[field.name].dtype
        found = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if found != wanted:
            raise InputError(f"Invalid type {field.type} of {field.name}. Must be {wanted}.")
    for name in ("time", "operator", "device_id"):
        if readings.column(name).null_count:
            raise InputError(f"Invalid {name}: not known in some readings. Must be known.")
    return readings


class DayIndex:
    """Numbers days in the order first met."""

    def __init__(self) -> None:
        self.days: list[int] = []
        self._codes: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.days)

    def encode(self, days: Ints) -> Ints:
        """Code of each day since 1970."""
        if not len(days):
            return days
        low = int(days.min())
        table = np.full(int(days.max()) - low + 1, -1, dtype=np.int64)
        table[days - low] = 0
        met = np.flatnonzero(table == 0)
        for day in (met + low).tolist():
            if day not in self._codes:
                self._codes[day] = len(self.days)
                self.days.append(day)
        table[met] = [self._codes[day] for day in (met + low).tolist()]
        return table[days - low]


def child_bits(cells: npt.NDArray[np.uint64], resolution: int) -> npt.NDArray[np.uint8]:
    """Bit d for a cell that is the child of digit d of its parent."""
    digit = (cells >> np.uint64(3 * (15 - resolution))) & np.uint64(7)
    return np.left_shift(np.uint8(1), digit.astype(np.uint8))


def _rounded(values: pa.Array, scale: int) -> Ints:
    """Whole multiples of 1/scale, half up; 0 where the value is not known."""
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    bins: Ints = np.floor(numbers * np.float32(scale) + np.float32(0.5)).astype(np.int64)
    return bins


def _signal_codes(signal_dbm: pa.Array, blank: npt.NDArray[np.bool_]) -> Ints:
    """Code of each level, 0 for no service."""
    bins = _rounded(signal_dbm, 1)
    bins[blank] = NO_SERVICE_CODE - SIGNAL_OFFSET
    level = bins[~blank] if blank.any() else bins
    if len(level) and not SIGNAL_LOW_DBM <= level.min() <= level.max() <= SIGNAL_HIGH_DBM:
        raise InputError(
            f"Invalid signal_dbm from {level.min()} to {level.max()}. "
            f"Must be in [{SIGNAL_LOW_DBM}, {SIGNAL_HIGH_DBM}]."
        )
    return bins + SIGNAL_OFFSET


def _strongest(codes: Ints, identity: pa.Array) -> npt.NDArray[np.uint64]:
    """Level and radio cell in one number, 0 where either is not known."""
    if identity.null_count == len(identity):
        return np.zeros(len(codes), dtype=np.uint64)
    identities = identity.fill_null(0).to_numpy(zero_copy_only=False)
    if not 0 <= identities.min() <= identities.max() < 1 << IDENTITY_BITS:
        raise InputError(f"Invalid cell_identity. Must be in [0, 2**{IDENTITY_BITS}).")
    is_known = (codes != NO_SERVICE_CODE) & ~is_null(identity)
    return np.where(is_known, strongest_code(codes, identities), np.uint64(0))
