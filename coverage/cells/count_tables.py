"""What an accumulator holds, as the additive tables of ``Counts``, slice by slice.

Groups and names are numbered in the order first met. Tables are sorted by the keys themselves, so
the entries go through sorted runs once more, numbered by the place of their keys; like the first
time, they spill when there are many.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from coverage.cells.accumulator import NO_SERVICE_CODE, SIGNAL_OFFSET, Accumulator, code_offset
from coverage.cells.ordering import KeyOrder, contract_table, text_of
from coverage.cells.packing import Ints, Layout, added_up
from coverage.cells.runs import MemoryBudget, RunStore
from coverage.cells.selection import REASONS
from coverage.cells.spans import strongest_of
from coverage.tables import CELL_QUANTITIES

COUNT_TABLES: Final = ("cell_counts", "cell_devices", "cell_values", "cell_spans", "cell_tally")
SLICE_GROUPS: Final = 1 << 18
_UPLINK_BITS: Final = 24
_QUANTITY_BITS: Final = 2

Fields = tuple[Ints, ...]


def count_slices(accumulator: Accumulator, name: str) -> Iterator[pa.Table]:
    """One of the tables of ``COUNT_TABLES`` in slices, sorted by its key, no service first."""
    slices: dict[str, Callable[[Accumulator, KeyOrder], Iterator[pa.Table]]] = {
        "cell_counts": _cell_counts,
        "cell_devices": _cell_devices,
        "cell_values": _cell_values,
        "cell_spans": _cell_spans,
        "cell_tally": _cell_tally,
    }
    return slices[name](accumulator, KeyOrder.of(accumulator))


def _cell_counts(accumulator: Accumulator, key: KeyOrder) -> Iterator[pa.Table]:
    """Counts of levels."""
    store, ranks = accumulator.signal, key.ranks()
    fields = ((ranks[group], code, n) for group, code, n in _fields(store))
    for places, codes, counts in _in_order(fields, store.layout, store.budget):
        level = (codes - SIGNAL_OFFSET).astype(np.int16)
        yield contract_table(
            "cell_counts",
            {
                **key.key_columns(key.order[places]),
                "signal_bin_dbm": pa.array(level, mask=codes == NO_SERVICE_CODE),
                "n": counts,
            },
        )


def _cell_devices(accumulator: Accumulator, key: KeyOrder) -> Iterator[pa.Table]:
    """Counts of devices on days."""
    store, ranks = accumulator.visits, key.ranks()
    names, device_rank = accumulator.devices.ranks()
    met_days = np.array(accumulator.days.days, dtype=np.int32)
    days = np.sort(met_days)
    day_rank = np.searchsorted(days, met_days)
    fields = (
        (ranks[group], device_rank[device], day_rank[day], n)
        for group, device, day, n in _fields(store)
    )
    for places, devices, day_codes, counts in _in_order(fields, store.layout, store.budget):
        yield contract_table(
            "cell_devices",
            {
                **key.key_columns(key.order[places]),
                "device_id": text_of(devices, names),
                "day": days[day_codes],
                "n": counts,
            },
        )


def _cell_values(accumulator: Accumulator, key: KeyOrder) -> Iterator[pa.Table]:
    """Counts of quality, SINR and uplink rates."""
    stores, ranks = accumulator.values, key.ranks()
    fields = (
        (ranks[group], np.full(len(group), place), code, n)
        for place, quantity in enumerate(CELL_QUANTITIES)
        for group, code, n in _fields(stores[quantity])
    )
    group_bits = max(store.layout.widths[0] for store in stores.values())
    layout = Layout((group_bits, _QUANTITY_BITS, _UPLINK_BITS))
    offsets = np.array([code_offset(quantity) for quantity in CELL_QUANTITIES])
    for places, quantity, codes, counts in _in_order(fields, layout, accumulator.signal.budget):
        yield contract_table(
            "cell_values",
            {
                **key.key_columns(key.order[places]),
                "quantity": text_of(quantity, pa.array(CELL_QUANTITIES)),
                "value_bin": (codes - offsets[quantity]).astype(np.int32),
                "n": counts,
            },
        )


def _cell_spans(accumulator: Accumulator, key: KeyOrder) -> Iterator[pa.Table]:
    """Times, child cells and strongest radio cell."""
    spans = accumulator.spans
    for start in range(0, len(key.order), SLICE_GROUPS):
        groups = key.order[start : start + SLICE_GROUPS]
        level, identity = strongest_of(spans.strongest(groups))
        strongest = pa.array((level - SIGNAL_OFFSET).astype(np.int16), mask=level == 0)
        yield contract_table(
            "cell_spans",
            {
                **key.key_columns(groups),
                "first_time": spans.first_us(groups),
                "last_time": spans.last_us(groups),
                "children_seen": spans.children(groups).astype(np.int16),
                "strongest_dbm": strongest,
                "strongest_cell_identity": pa.array(identity, mask=level == 0),
            },
        )


def _cell_tally(accumulator: Accumulator, _: KeyOrder) -> Iterator[pa.Table]:
    """Readings counted and not counted, by reason."""
    met = sorted(
        (reason, n) for reason, n in zip(REASONS, accumulator.tally.tolist(), strict=True) if n
    )
    reasons = pa.array([reason for reason, _ in met], pa.string())
    yield contract_table("cell_tally", {"reason": reasons, "n": pa.array([n for _, n in met])})


def _fields(store: RunStore) -> Iterator[Fields]:
    """Fields and count of every entry of a store."""
    for entries in store.pieces():
        layout = store.layout
        fields = (layout.field(entries, place) for place in range(len(layout.widths)))
        yield (*fields, layout.counts(entries))


def _in_order(fields: Iterable[Fields], layout: Layout, budget: MemoryBudget) -> Iterator[Fields]:
    """The same, sorted by their fields and added up."""
    store = RunStore(layout=layout, budget=budget)
    for *codes, counts in fields:
        store.add(layout.with_counts(layout.pack(*codes), counts))
    for entries in store.pieces():
        keys, sums = added_up(entries, layout)
        yield (*(layout.field(keys, place) for place in range(len(layout.widths))), sums)
    store.close()
