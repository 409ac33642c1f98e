from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from coverage import hexgrid
from coverage.cells.accumulator import Accumulator
from coverage.cells.count_rows import add_count_rows
from coverage.cells.histogram import COUNT_TABLES, Counts, counts_of, partial, roll_up
from coverage.cells.selection import CountParams
from coverage.errors import InputError

ReadingsMaker = Callable[..., pa.Table]
RandomReadings = Callable[[int, int], pa.Table]


def same(a: Counts, b: Counts) -> bool:
    return all(getattr(a, name).equals(getattr(b, name)) for name in COUNT_TABLES)


def test_counts_added_in_small_parts_in_any_order_are_the_counts(
    random_readings: RandomReadings,
) -> None:
    counts = partial(random_readings(300, 1), CountParams())
    accumulator = Accumulator(CountParams())
    for name in reversed(COUNT_TABLES):
        for batch in reversed(counts.to_tables()[name].to_batches(max_chunksize=17)):
            add_count_rows(accumulator, name, batch)
    assert same(counts_of(accumulator), counts)


def test_counts_of_several_resolutions_roll_up_together(random_readings: RandomReadings) -> None:
    counts = partial(random_readings(300, 1), CountParams())
    finer, coarser = counts.cell_spans[:40], roll_up(counts, 8).cell_spans
    accumulator = Accumulator(CountParams(resolution=7))
    for name, rows in {"cell_spans": pa.concat_tables([finer, coarser])}.items():
        add_count_rows(accumulator, name, rows)
    expected = roll_up(counts, 7).cell_spans
    assert counts_of(accumulator).cell_spans.equals(expected)


def test_rows_of_coarser_cells_are_refused(random_readings: RandomReadings) -> None:
    counts = roll_up(partial(random_readings(20, 1), CountParams()), 8)
    with pytest.raises(InputError, match="Must be 9 or finer"):
        add_count_rows(Accumulator(CountParams()), "cell_counts", counts.cell_counts)


def test_seven_percent_of_readings_roll_up_to_another_cell_than_their_own(
    make_readings: ReadingsMaker,
) -> None:
    rng = np.random.default_rng(2024)
    latitude, longitude = rng.uniform(-7, -6, 5000), rng.uniform(105, 107, 5000)
    readings = make_readings(latitude_deg=latitude, longitude_deg=longitude)
    rolled = roll_up(partial(readings, CountParams(resolution=9)), 8).cell_counts
    fine, direct = (hexgrid.cells_of(latitude, longitude, resolution) for resolution in (9, 8))
    parents = hexgrid.parents_of(fine, 8)
    assert set(rolled["h3_cell"].to_pylist()) == set(parents.tolist())
    assert 0.05 < (parents != direct).mean() < 0.09
