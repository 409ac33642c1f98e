"""What an accumulator holds, as the additive tables of ``Counts``."""

import numpy as np
import pyarrow as pa

from coverage.cells.accumulator import NO_SERVICE_CODE, SIGNAL_OFFSET, Accumulator, code_offset
from coverage.cells.ordering import KeyOrder, contract_table, text_of
from coverage.cells.packing import Ints, added_up
from coverage.cells.runs import RunStore
from coverage.cells.selection import REASONS
from coverage.cells.spans import strongest_of
from coverage.tables import CELL_QUANTITIES


def count_tables(accumulator: Accumulator) -> dict[str, pa.Table]:
    """The additive tables of ``Counts``, each sorted by its key, no service first."""
    key = KeyOrder.of(accumulator)
    return {
        "cell_counts": _cell_counts(accumulator, key),
        "cell_devices": _cell_devices(accumulator, key),
        "cell_values": _cell_values(accumulator, key),
        "cell_spans": _cell_spans(accumulator, key),
        "cell_tally": _tally(accumulator),
    }


def _cell_counts(accumulator: Accumulator, key: KeyOrder) -> pa.Table:
    """Counts of levels."""
    groups, codes, counts = _sorted(accumulator.signal, key)
    level = (codes - SIGNAL_OFFSET).astype(np.int16)
    return contract_table(
        "cell_counts",
        {
            **key.key_columns(groups),
            "signal_bin_dbm": pa.array(level, mask=codes == NO_SERVICE_CODE),
            "n": counts,
        },
    )


def _cell_devices(accumulator: Accumulator, key: KeyOrder) -> pa.Table:
    """Counts of devices on days."""
    names, device_rank = accumulator.devices.ranks()
    days = np.array(accumulator.days.days, dtype=np.int32)
    day_rank = np.argsort(np.argsort(days))
    groups, devices, day_codes, counts = _sorted(accumulator.visits, key, device_rank, day_rank)
    return contract_table(
        "cell_devices",
        {
            **key.key_columns(groups),
            "device_id": text_of(devices, names),
            "day": np.sort(days)[day_codes],
            "n": counts,
        },
    )


def _cell_values(accumulator: Accumulator, key: KeyOrder) -> pa.Table:
    """Counts of quality, SINR and uplink rates."""
    parts = [_sorted(accumulator.values[q], key) for q in CELL_QUANTITIES]
    quantity = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    groups, codes, counts = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    bins = codes - np.array([code_offset(q) for q in CELL_QUANTITIES])[quantity]
    order = np.lexsort((bins, quantity, key.ranks()[groups]))
    return contract_table(
        "cell_values",
        {
            **key.key_columns(groups[order]),
            "quantity": text_of(quantity[order], pa.array(CELL_QUANTITIES)),
            "value_bin": bins[order].astype(np.int32),
            "n": counts[order],
        },
    )


def _cell_spans(accumulator: Accumulator, key: KeyOrder) -> pa.Table:
    """Times, child cells and strongest radio cell."""
    spans = accumulator.spans
    level, identity = strongest_of(spans.strongest(key.order))
    return contract_table(
        "cell_spans",
        {
            **key.key_columns(key.order),
            "first_time": spans.first_us(key.order),
            "last_time": spans.last_us(key.order),
            "children_seen": spans.children(key.order).astype(np.int16),
            "strongest_dbm": pa.array((level - SIGNAL_OFFSET).astype(np.int16), mask=level == 0),
            "strongest_cell_identity": pa.array(identity, mask=level == 0),
        },
    )


def _tally(accumulator: Accumulator) -> pa.Table:
    """Readings counted and not counted, by reason."""
    reasons = [k for k in np.argsort(REASONS).tolist() if accumulator.tally[k]]
    return contract_table(
        "cell_tally",
        {"reason": pa.array([REASONS[k] for k in reasons], pa.string()),
         "n": accumulator.tally[reasons]},
    )  # fmt: skip


def _sorted(store: RunStore, key: KeyOrder, *ranks: Ints) -> tuple[Ints, ...]:
    """Fields and counts of a store in the order of the keys.

    Parameters
    ----------
    store
        The entries.
    key
        Gives each group its place.
    ranks
        Place of each code of the second, third ... field; without one codes stand as they are.
    """
    pieces = list(store.pieces())
    layout = store.layout
    entries = np.concatenate([np.zeros(0, dtype=np.uint64), *pieces])
    fields = [layout.field(entries, place) for place in range(len(layout.widths))]
    fields = [
        rank[field] for rank, field in zip((key.ranks(), *ranks), fields, strict=False)
    ] + fields[1 + len(ranks) :]
    entries = layout.with_counts(layout.pack(*fields), layout.counts(entries))
    entries.sort()
    keys, counts = added_up(entries, layout)
    groups = key.order[layout.field(keys, 0)]
    return (groups, *(layout.field(keys, place) for place in range(1, len(layout.widths))), counts)
