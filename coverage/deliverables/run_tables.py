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
    towers, survey_plan
        Tables of those names for the map; None = not drawn.
    delivery_rounds, kit_standby
        Tables of those names; None = nothing was planned.
    nearest_readings
        As ``site_evidence.nearest_readings`` gives them; None = readings were not looked at.
    old_cells, old_ranking, cell_delta
        ``cells`` of an earlier survey, what ``site_change`` reads of its ``site_ranking``, and the
        table ``cell_delta`` between the two; None = no earlier survey, not ranked, not compared.
    """

    site_ranking: pd.DataFrame
    site_signal: pd.DataFrame
    cell_signal: pd.DataFrame
    cells: pd.DataFrame
    towers: pd.DataFrame | None = None
    survey_plan: pd.DataFrame | None = None
    delivery_rounds: pd.DataFrame | None = None
    kit_standby: pd.DataFrame | None = None
    nearest_readings: pd.DataFrame | None = None
    old_cells: pd.DataFrame | None = None
    old_ranking: pd.DataFrame | None = None
    cell_delta: pd.DataFrame | None = None

    @property
    def operators(self) -> list[str]:
        """Every operator predicted or measured, sorted."""
        parts = (self.cell_signal, self.site_signal, self.cells)
        return sorted({operator for part in parts for operator in part["operator"].unique()})
