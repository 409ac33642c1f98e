"""How often h3 has to be asked, and that it is asked for the right rows."""

import h3.api.basic_int as h3
import numpy as np
import pytest

from coverage.hexindexer import CHUNK_ROWS, HexIndexer

TOWNS = {
    "Jakarta": (-6.2, 106.8),
    "Serang": (-6.12, 106.15),
    "Paris, next to a border between faces": (48.86, 2.35),
    "Trondheim, in the middle of a pentagon's base cell": (63.43, 10.39),
}


class Oracle:
    """h3, counting the rows it is asked for."""

    def __init__(self):
        self.n_rows = 0

    def __call__(self, latitude, longitude, resolution):
        self.n_rows += len(latitude)
        cells = [
            h3.latlng_to_cell(*position, resolution)
            for position in zip(latitude.tolist(), longitude.tolist(), strict=True)
        ]
        return np.array(cells, dtype=np.uint64)


@pytest.fixture
def oracle():
    return Oracle()


@pytest.fixture
def indexer(oracle):
    corners = np.array([h3.cell_to_latlng(cell) for cell in sorted(h3.get_pentagons(0))])
    indexer = HexIndexer(corners[:, 0], corners[:, 1], oracle)
    oracle.n_rows = 0
    return indexer


def globe(n, seed=1):
    rng = np.random.default_rng(seed)
    return np.degrees(np.arcsin(rng.uniform(-1, 1, n))), rng.uniform(-180, 180, n)


@pytest.mark.parametrize("town", TOWNS)
@pytest.mark.parametrize("resolution", [5, 8, 9, 12, 15])
def test_towns_hardly_need_h3(indexer, oracle, town, resolution):
    rng = np.random.default_rng(resolution)
    latitude, longitude = (middle + rng.normal(0, 0.15, 200_000) for middle in TOWNS[town])
    indexer.cells_of(latitude, longitude, resolution)
    assert oracle.n_rows <= 0.001 * len(latitude)


@pytest.mark.parametrize("resolution", range(16))
def test_the_globe_hardly_needs_h3(indexer, oracle, resolution):
    indexer.cells_of(*globe(100_000), resolution)
    assert oracle.n_rows <= 0.001 * 100_000


@pytest.mark.parametrize("resolution", [0, 3, 9, 15])
def test_the_rows_in_doubt_are_h3s(indexer, oracle, resolution):
    vertices = h3.cell_to_boundary(h3.latlng_to_cell(-6.2, 106.8, resolution))
    latitude, longitude = np.array(vertices).T
    indexer.cells_of(latitude, longitude, resolution)
    assert oracle.n_rows == len(vertices)


@pytest.mark.parametrize("n", [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1])
def test_chunks_leave_no_gaps(indexer, n):
    latitude, longitude = (axis / 100 for axis in globe(n))
    cells = indexer.cells_of(latitude, longitude, 9)
    assert len(cells) == n
    assert (cells != 0).all()


def test_rows_out_of_range_never_reach_h3(indexer, oracle):
    bad = np.array([np.nan, 91.0, -np.inf, 90.000001])
    cells = indexer.cells_of(bad, np.zeros(4), 9)
    assert cells.tolist() == [0, 0, 0, 0]
    assert oracle.n_rows == 0


def test_disks_next_to_a_border_are_left_to_the_caller(indexer):
    latitude, longitude = globe(20_000)
    cells = indexer.cells_of(latitude, longitude, 4)
    disks = indexer.disks_of(cells, 2, 4)
    is_told = disks.all(axis=1)
    assert (disks.any(axis=1) == is_told).all()
    assert 0.5 < is_told.mean() < 1
