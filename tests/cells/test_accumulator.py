from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from coverage import hexgrid
from coverage.cells import runs
from coverage.cells.accumulator import Accumulator, DayIndex, child_bits
from coverage.cells.evidence import EvidenceParams
from coverage.cells.histogram import (
    COUNT_TABLES,
    cells_of,
    count_slices,
    counts_of,
    finish,
    partial,
)
from coverage.cells.runs import SpillParams
from coverage.cells.selection import CountParams

ReadingsMaker = Callable[..., pa.Table]
RandomReadings = Callable[[int, int], pa.Table]


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buffers and pieces so small that a thousand readings make many of each."""
    monkeypatch.setattr(runs, "BUFFER_ENTRIES", 64)
    monkeypatch.setattr(runs, "_SAMPLE_STEP", 8)
    monkeypatch.setattr(runs, "PIECE_ENTRIES", 128)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("memory_mb", [0.0, 0.005, 100.0])
def test_many_runs_and_pieces_give_what_one_gives(
    random_readings: RandomReadings,
    tmp_path: Path,
    memory_mb: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings = random_readings(2000, 6)
    accumulator = Accumulator(CountParams(), SpillParams(memory_mb=memory_mb, directory=tmp_path))
    for start in range(0, 2000, 300):
        accumulator.add(readings[start : start + 300])
    assert len(accumulator.signal.runs) > 10
    counts = counts_of(accumulator)
    cells = pa.concat_tables(cells_of(accumulator, EvidenceParams()))
    accumulator.close()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    whole = partial(readings, CountParams())
    assert all(getattr(counts, name).equals(getattr(whole, name)) for name in COUNT_TABLES)
    assert cells.equals(finish(whole, EvidenceParams()))


@pytest.mark.usefixtures("small_pieces")
def test_memory_in_runs_stays_within_the_budget(
    random_readings: RandomReadings, tmp_path: Path
) -> None:
    params = SpillParams(memory_mb=0.004, directory=tmp_path)
    accumulator = Accumulator(CountParams(), params)
    accumulator.add(random_readings(2000, 6))
    stores = [accumulator.signal, accumulator.visits, *accumulator.values.values()]
    held = sum(r.entries.nbytes for s in stores for r in s.runs if r.entries is not None)
    assert 0 < held <= 4000
    assert sum(run.entries is None for store in stores for run in store.runs) > 10
    accumulator.close()


def test_reading_out_does_not_end_the_counting(random_readings: RandomReadings) -> None:
    readings = random_readings(400, 2)
    accumulator = Accumulator(CountParams())
    accumulator.add(readings[:200])
    assert counts_of(accumulator).cell_counts.num_rows
    accumulator.add(readings[200:])
    expected = partial(readings, CountParams())
    assert counts_of(accumulator).cell_devices.equals(expected.cell_devices)


def test_more_devices_and_days_than_the_first_layout_holds(make_readings: ReadingsMaker) -> None:
    n = 70_000  # over 2**16 devices, 2**10 days, counts met before and after the layout grows
    readings = make_readings(
        device_id=[f"d{k:05d}" for k in range(n)] + ["d00000"] * 3,
        time=[k % 1500 * 86_400_000_000 for k in range(n)] + [0, 0, 86_400_000_000],
    )
    accumulator = Accumulator(CountParams())
    accumulator.add(readings[:10])
    accumulator.add(readings[10:])
    cells = pa.concat_tables(cells_of(accumulator, EvidenceParams())).to_pylist()
    assert [(r["n_readings"], r["n_devices"], r["n_days"]) for r in cells] == [(n + 3, n, 1500)]
    devices = pa.concat_tables(count_slices(accumulator, "cell_devices"))
    assert devices.num_rows == n + 1
    assert devices["n"][0].as_py() == 3


def test_days_before_1970_are_days(make_readings: ReadingsMaker) -> None:
    counts = partial(make_readings(time=[-1, 0]), CountParams())
    assert [str(day) for day in counts.cell_devices["day"].to_pylist()] == [
        "1969-12-31",
        "1970-01-01",
    ]


def test_day_index_numbers_days_in_one_order_however_they_come() -> None:
    index = DayIndex()
    assert index.encode(np.array([7, 5, 7])).tolist() == [1, 0, 1]
    assert index.encode(np.array([6, 5])).tolist() == [2, 0]
    assert index.encode(np.zeros(0, dtype=np.int64)).tolist() == []
    assert index.days == [5, 7, 6]


def test_child_bits_of_all_children_are_the_seven_bits() -> None:
    cell = int(hexgrid.cells_of(-6.1754, 106.8272, 9))
    bits = child_bits(hexgrid.children_of(cell, 10), 10)
    assert sorted(bits.tolist()) == [1 << d for d in range(7)]


def test_record_batches_are_taken_too(random_readings: RandomReadings) -> None:
    readings = random_readings(100, 1)
    accumulator = Accumulator(CountParams())
    for batch in readings.to_batches(max_chunksize=30):
        accumulator.add(batch)
    expected = partial(readings, CountParams())
    assert counts_of(accumulator).cell_counts.equals(expected.cell_counts)
