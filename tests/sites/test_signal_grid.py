from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.signal_grid import MISSING, SignalGrid

MakeSignal = Callable[..., pd.DataFrame]


def test_row_order_does_not_matter(make_signal: MakeSignal, home_cells: hexgrid.Cells) -> None:
    signal = make_signal(home_cells, {"B": (-90, 5), "A": (-100, 4)})
    first, second = SignalGrid.of(signal), SignalGrid.of(signal.sample(frac=1, random_state=1))
    assert first.operators == second.operators == ("A", "B")
    assert (first.knots_dbm[first.rows] == second.knots_dbm[second.rows]).all()


def test_missing_cells_and_operators(make_signal: MakeSignal, home_cells: hexgrid.Cells) -> None:
    signal = pd.concat(
        [make_signal(home_cells[:3], {"A": (-90, 5)}), make_signal(home_cells[1:2], {"B": (-9, 5)})]
    )
    grid = SignalGrid.of(signal)
    index = grid.index_of(home_cells[[0, 1, 10]])
    assert (index == MISSING).tolist() == [False, False, True]
    assert (grid.rows_of(index, 1) == MISSING).tolist() == [True, False, True]


def test_an_empty_table_is_refused(make_signal: MakeSignal) -> None:
    with pytest.raises(InputError, match=r"Invalid cell_signal, no row\."):
        SignalGrid.of(make_signal([1], {"A": (-90, 5)}).iloc[:0])


def test_mixed_resolutions_are_refused(make_signal: MakeSignal, home_cell: int) -> None:
    coarse = hexgrid.parents_of(np.array([home_cell], dtype=np.uint64), 8)
    signal = make_signal([home_cell, *coarse], {"A": (-90, 5)})
    with pytest.raises(InputError, match=r"resolutions \[8, 9\]\. Must be one\."):
        SignalGrid.of(signal)
