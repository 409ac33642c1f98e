"""What an accumulator holds, as the table ``cells``: statistics and evidence of every group."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.cells import evidence
from coverage.cells.accumulator import (
    NO_SERVICE_CODE,
    SIGNAL_OFFSET,
    VALUE_SCALE,
    Accumulator,
    code_offset,
)
from coverage.cells.evidence import EvidenceParams
from coverage.cells.ordering import Codes, KeyOrder, contract_table, text_of
from coverage.cells.packing import Ints
from coverage.cells.runs import RunStore
from coverage.cells.spans import strongest_of
from coverage.cells.statistics import GroupedCounts, distinct_visits
from coverage.tables import CELL_QUANTITIES

SLICE_ROWS: Final = 1 << 17


def cell_tables(accumulator: Accumulator, params: EvidenceParams) -> Iterator[pa.Table]:
    """The ``cells`` table in slices, sorted by key."""
    key = KeyOrder.of(accumulator)
    columns = _statistics(accumulator, params)
    spans = accumulator.spans
    for start in range(0, len(key.order), SLICE_ROWS):
        groups = key.order[start : start + SLICE_ROWS]
        stats = {name: values[groups] for name, values in columns.items()}
        identified, identity = strongest_of(spans.strongest(groups))
        first_us, last_us = spans.first_us(groups), spans.last_us(groups)
        yield contract_table(
            "cells",
            {
                **key.key_columns(groups),
                **_level_columns(stats),
                **_judged(stats, first_us, last_us, spans.children(groups), params),
                "first_time": first_us,
                "last_time": last_us,
                "strongest_cell_identity": pa.array(identity, mask=identified == 0),
            },
        )


def _statistics(accumulator: Accumulator, params: EvidenceParams) -> dict[str, Codes]:
    """Statistics of every group, by group number."""
    n_groups = accumulator.groups.size
    result: dict[str, Codes] = {
        name: np.zeros(n_groups, dtype=np.int64) for name in ("n", "n_no_service", "n_weak")
    }
    result |= {name: np.zeros(n_groups, dtype=np.int16) for name in ("p10", "p50", "p90")}
    result |= {name: np.zeros(n_groups, dtype=np.int32) for name in ("n_devices", "n_days")}
    for entries in accumulator.signal.pieces():
        counts = GroupedCounts.of(entries, accumulator.signal.layout)
        at = counts.groups
        result["n"][at] = counts.totals()
        result["n_no_service"][at] = counts.totals_below(NO_SERVICE_CODE + 1)
        result["n_weak"][at] = counts.totals_below(params.weak_dbm + SIGNAL_OFFSET)
        for name, values in zip(("p10", "p50", "p90"), counts.quantiles((1, 5, 9)), strict=True):
            result[name][at] = values
    for entries in accumulator.visits.pieces():
        at, n_devices, n_days = distinct_visits(entries, accumulator.visits.layout)
        result["n_devices"][at], result["n_days"][at] = n_devices, n_days
    for quantity in CELL_QUANTITIES:
        result[quantity] = _medians(accumulator.values[quantity], n_groups)
    return result


def _medians(store: RunStore, n_groups: int) -> Codes:
    """Median code of each group, -1 where nothing was counted."""
    if store.is_empty:
        return np.broadcast_to(np.int32(-1), n_groups)
    medians = np.full(n_groups, -1, dtype=np.int32)
    for entries in store.pieces():
        counts = GroupedCounts.of(entries, store.layout)
        medians[counts.groups] = counts.quantiles((5,))[0]
    return medians


def _level_columns(stats: dict[str, Codes]) -> dict[str, Any]:
    """Columns of the counted levels and values."""
    columns: dict[str, Any] = {
        "n_readings": stats["n"],
        "n_devices": stats["n_devices"],
        "n_days": stats["n_days"],
        "n_no_service": stats["n_no_service"],
        "weak_share": stats["n_weak"] / stats["n"],
        "no_service_share": stats["n_no_service"] / stats["n"],
    }
    for name in ("p10", "p50", "p90"):
        level = (stats[name] - SIGNAL_OFFSET).astype(np.float32)
        columns[f"signal_{name}_dbm"] = pa.array(level, mask=stats[name] == NO_SERVICE_CODE)
    for quantity, name in zip(
        CELL_QUANTITIES, ("quality_p50_db", "sinr_p50_db", "uplink_p50_kbps"), strict=True
    ):
        value = (stats[quantity] - code_offset(quantity)) / VALUE_SCALE[quantity]
        columns[name] = pa.array(value.astype(np.float32), mask=stats[quantity] < 0)
    return columns


def _judged(
    stats: dict[str, Codes],
    first_us: Ints,
    last_us: Ints,
    children: npt.NDArray[np.uint8],
    params: EvidenceParams,
) -> dict[str, Any]:
    """Columns of the evidence."""
    geo = evidence.geo_ok(children, params)
    time = evidence.time_ok(first_us, last_us, stats["n_days"], params)
    number = evidence.n_ok(stats["n"], stats["n_devices"], params)
    is_weak = evidence.is_observed_weak(
        stats["p50"] < params.weak_dbm + SIGNAL_OFFSET, stats["n_no_service"], stats["n"], params
    )
    states = evidence.state_codes(is_weak, geo & time & number)
    return {
        "geo_ok": geo,
        "time_ok": time,
        "n_ok": number,
        "evidence": text_of(states, pa.array(evidence.STATES)),
    }
