"""The predicted cells of all operators, laid out for look-up."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.levels import Floats, knots

MISSING = -1


@dataclass(frozen=True, kw_only=True)
class SignalGrid:
    """``cell_signal`` as arrays.

    Attributes
    ----------
    resolution
        H3 resolution of the cells.
    operators
        Sorted names.
    cells
        H3 cells, sorted, each once.
    rows
        Row of each cell and operator in the arrays below, :data:`MISSING` where there is no
        prediction; shape (cells, operators).
    knots_dbm
        Quantiles, shape (rows, 21). [dBm]
    is_applicable, is_measured
        The model answers for this row; readings lie in the cell.
    distance_to_reading_m
        NaN where the operator has no reading. [m]
    """

    resolution: int
    operators: tuple[str, ...]
    cells: hexgrid.Cells
    rows: npt.NDArray[np.intp]
    knots_dbm: Floats
    is_applicable: npt.NDArray[np.bool_]
    is_measured: npt.NDArray[np.bool_]
    distance_to_reading_m: Floats

    @classmethod
    def of(cls, cell_signal: pd.DataFrame) -> Self:
        """Lay out a ``cell_signal`` frame.

        Raises
        ------
        InputError
            Where it is empty or mixes resolutions.
        """
        if cell_signal.empty:
            raise InputError("Invalid cell_signal, no row. Must hold predicted cells.")
        h3_cell = cell_signal["h3_cell"].to_numpy(dtype=np.uint64)
        resolutions = np.unique(hexgrid.resolution_of(h3_cell)).tolist()
        if len(resolutions) > 1:
            raise InputError(f"Invalid cell_signal, resolutions {resolutions}. Must be one.")
        cells, cell_index = np.unique(h3_cell, return_inverse=True)
        operators, operator_index = np.unique(
            cell_signal["operator"].to_numpy(dtype=str), return_inverse=True
        )
        rows = np.full((len(cells), len(operators)), MISSING, dtype=np.intp)
        rows[cell_index, operator_index] = np.arange(len(cell_signal))
        distance: Any = cell_signal.get("distance_to_reading_m", np.nan)
        return cls(
            resolution=int(resolutions[0]),
            operators=tuple(str(name) for name in operators),
            cells=cells,
            rows=rows,
            knots_dbm=knots(np.stack(cell_signal["rsrp_quantiles_dbm"].to_list())),
            is_applicable=cell_signal["is_applicable"].to_numpy(dtype=bool),
            is_measured=(cell_signal["basis"] == "measured").to_numpy(dtype=bool),
            distance_to_reading_m=np.full(len(cell_signal), distance, dtype=np.float64),
        )

    def index_of(self, cells: hexgrid.Cells) -> npt.NDArray[np.intp]:
        """Index of each H3 cell in :attr:`cells`, :data:`MISSING` where it was not predicted."""
        at = np.minimum(np.searchsorted(self.cells, cells), len(self.cells) - 1)
        return np.where(self.cells[at] == cells, at, MISSING).astype(np.intp)

    def rows_of(self, cell_index: npt.NDArray[np.intp], operator: int) -> npt.NDArray[np.intp]:
        """Row of an operator in each of these cells, :data:`MISSING` where there is none."""
        rows = self.rows[cell_index, operator]
        return np.where(cell_index == MISSING, MISSING, rows)
