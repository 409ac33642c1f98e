"""The tables of one run that deliverables are made from."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class RunTables:
    """Tables as ``coverage.tables`` describes them, in pandas; those of cells may be empty.

    Attributes
    ----------
    site_ranking, site_signal, cell_signal, cells
        Tables of those names.
    """

    site_ranking: pd.DataFrame
    site_signal: pd.DataFrame
    cell_signal: pd.DataFrame
    cells: pd.DataFrame

    @property
    def operators(self) -> list[str]:
        """Every operator predicted or measured, sorted."""
        parts = (self.cell_signal, self.site_signal, self.cells)
        return sorted({operator for part in parts for operator in part["operator"].unique()})
