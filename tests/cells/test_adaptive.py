from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage import hexgrid, tables
from coverage.cells.adaptive import AdaptiveParams, finish_adapted
from coverage.cells.evidence import EvidenceParams
from coverage.cells.histogram import finish, partial
from coverage.cells.selection import CountParams
from coverage.errors import InputError

ReadingsMaker = Callable[..., pa.Table]
RandomReadings = Callable[[int, int], pa.Table]

R7 = int(hexgrid.cells_of(-6.1754, 106.8272, 7))
R8 = hexgrid.children_of(R7, 8).tolist()


def readings_in(make_readings: ReadingsMaker, n_of_cell: dict[int, int]) -> pa.Table:
    """So many readings at the centre of each r9 cell."""
    cells = np.repeat(np.array(list(n_of_cell), dtype=np.uint64), list(n_of_cell.values()))
    latitude, longitude = hexgrid.centres_of(cells)
    return make_readings(latitude_deg=latitude.tolist(), longitude_deg=longitude.tolist())


def adapted(readings: pa.Table, min_readings: int = 11, coarsest: int = 7) -> pa.Table:
    params = AdaptiveParams(min_readings=min_readings, coarsest=coarsest)
    counts = partial(readings, CountParams())
    return tables.check("cells", finish_adapted(counts, params, EvidenceParams()))


def shown(cells: pa.Table) -> dict[int, int]:
    return dict(zip(cells["h3_cell"].to_pylist(), cells["n_readings"].to_pylist(), strict=True))


@pytest.mark.parametrize(("n", "resolution"), [(10, 7), (11, 9)])
def test_well_read_children_are_shown_apart(
    make_readings: ReadingsMaker, n: int, resolution: int
) -> None:
    a, b = hexgrid.children_of(R8[0], 9).tolist()[:2]
    cells = adapted(readings_in(make_readings, {a: 30, b: n}), coarsest=7)
    found = set(hexgrid.resolution_of(cells["h3_cell"].to_numpy()).tolist())
    assert found == ({9} if resolution == 9 else {8})


def test_thin_cell_under_a_thin_parent_joins_the_coarsest(make_readings: ReadingsMaker) -> None:
    a, b = (hexgrid.children_of(cell, 9).tolist()[0] for cell in R8[:2])
    assert shown(adapted(readings_in(make_readings, {a: 30, b: 3}))) == {R7: 33}


def test_each_branch_is_cut_by_its_own_readings(make_readings: ReadingsMaker) -> None:
    dense = hexgrid.children_of(R8[0], 9).tolist()[:2]
    thin = hexgrid.children_of(R8[1], 9).tolist()[:2]
    n_of_cell = {dense[0]: 20, dense[1]: 20, thin[0]: 12, thin[1]: 3}
    found = shown(adapted(readings_in(make_readings, n_of_cell)))
    assert found == {dense[0]: 20, dense[1]: 20, R8[1]: 15}


def test_operators_are_cut_apart(make_readings: ReadingsMaker) -> None:
    cells = hexgrid.children_of(R8[0], 9)[:2]
    latitude, longitude = (np.repeat(c, 20).tolist() for c in hexgrid.centres_of(cells))
    dense = make_readings(latitude_deg=latitude, longitude_deg=longitude, operator="IOH")
    thin = make_readings(latitude_deg=latitude[18:22], longitude_deg=longitude[18:22], operator="X")
    found = adapted(pa.concat_tables([dense, thin])).to_pylist()
    assert Counter((r["operator"], r["h3_cell"] == R7) for r in found) == {
        ("IOH", False): 2,
        ("X", True): 1,
    }


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), min_readings=st.integers(1, 40))
def test_every_reading_is_in_one_cell_and_no_two_overlap(
    random_readings: RandomReadings, seed: int, min_readings: int
) -> None:
    readings = random_readings(400, seed)
    rows = adapted(readings, min_readings).to_pylist()
    counts = partial(readings, CountParams())
    assert sum(r["n_readings"] for r in rows) == sum(counts.cell_counts["n"].to_pylist())
    keys = {(r["h3_cell"], r["operator"], r["rat"]) for r in rows}
    for row in rows:
        resolution = int(hexgrid.resolution_of(row["h3_cell"]))
        assert resolution == 7 or row["n_readings"] >= min_readings
        for coarser in range(7, resolution):
            parent = int(hexgrid.parents_of(row["h3_cell"], coarser))
            assert (parent, row["operator"], row["rat"]) not in keys


def test_one_reading_is_enough_gives_the_uniform_table(random_readings: RandomReadings) -> None:
    readings = random_readings(300, 1)
    uniform = finish(partial(readings, CountParams()), EvidenceParams())
    assert adapted(readings, min_readings=1).equals(uniform)


def test_no_readings_give_no_cells(make_readings: ReadingsMaker) -> None:
    assert adapted(make_readings()[:0]).num_rows == 0


def test_coarsest_cannot_be_finer_than_the_counts(make_readings: ReadingsMaker) -> None:
    assert adapted(make_readings(), coarsest=9).num_rows == 1
    with pytest.raises(InputError, match=r"Invalid coarsest 10. Must be in \[0, 9\]"):
        adapted(make_readings(), coarsest=10)


@pytest.mark.parametrize(
    ("name", "value"), [("min_readings", 0), ("coarsest", -1), ("coarsest", 16)]
)
def test_values_outside_their_range_are_refused(name: str, value: int) -> None:
    with pytest.raises(InputError, match=f"Invalid {name}"):
        AdaptiveParams(**{name: value})
