"""What every site computation starts from: sites, their places, the cells predicted around them."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.radio import SIGNAL_RANGE_DBM
from coverage.sites.building import BuildingParams
from coverage.sites.levels import Floats
from coverage.sites.positions import Positions, positions_of
from coverage.sites.signal_grid import MISSING, SignalGrid
from coverage.sites.uplink import UplinkParams, needed_dbm


@dataclass(frozen=True, kw_only=True)
class UploadParams:
    """When a level is weak and when an upload fails.

    Attributes
    ----------
    weak_dbm
        A level at the phone under this is weak. [dBm]
    uplink
        The level an upload needs.
    building
        What the building takes.
    max_interval_db
        A site whose position is known to no better than a cell's edge is not judged where the 90 %
        interval of the outdoor level over its possible places is wider (MODEL 1). [dB]
    min_applicable_share
        Share of a site's possible places for which the model must answer. [0-1]
    """

    weak_dbm: float = -110.0
    uplink: UplinkParams = field(default_factory=UplinkParams)
    building: BuildingParams = field(default_factory=BuildingParams)
    max_interval_db: float = 20.0
    min_applicable_share: float = 0.5

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        low, high = SIGNAL_RANGE_DBM["LTE"]
        if not low <= self.weak_dbm <= high:
            raise InputError(f"Invalid weak_dbm {self.weak_dbm}. Must be in [{low}, {high}].")
        if not 0 < self.max_interval_db <= 100:
            raise InputError(
                f"Invalid max_interval_db {self.max_interval_db}. Must be in (0, 100]."
            )
        if not 0 < self.min_applicable_share <= 1:
            raise InputError(
                f"Invalid min_applicable_share {self.min_applicable_share}. Must be in (0, 1]."
            )


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Sites laid over the predicted cells.

    Attributes
    ----------
    grid
        The predicted cells.
    positions
        Where the sites may be.
    cell_index
        Index in ``grid.cells`` of every point of every place.
    building_share
        Share of the building loss at each site. [0-1]
    needed_dbm
        Level the upload needs, by operator. [dBm]
    """

    grid: SignalGrid
    positions: Positions
    cell_index: npt.NDArray[np.intp]
    building_share: Floats
    needed_dbm: Floats

    @classmethod
    def of(cls, sites: pd.DataFrame, cell_signal: pd.DataFrame, params: UploadParams) -> Self:
        """Lay sites over predicted cells.

        Raises
        ------
        InputError
            Where a site lies in cells of which no operator has a prediction.
        """
        grid = SignalGrid.of(cell_signal)
        positions = positions_of(sites, grid.resolution)
        cell_index = grid.index_of(positions.cells)
        is_bare = (cell_index == MISSING).all(axis=1)[positions.place_of_site]
        if is_bare.any():
            first = sites["tps_code"].to_numpy()[is_bare][0]
            raise InputError(
                f"Invalid cell_signal, no prediction around {int(is_bare.sum())} sites, {first} "
                "the first. Must cover every cell in which a site may lie."
            )
        buildings = sites["building"].astype("string").fillna(params.building.unknown_building)
        return cls(
            grid=grid,
            positions=positions,
            cell_index=cell_index,
            building_share=np.array([params.building.shares[name] for name in buildings]),
            needed_dbm=np.array([needed_dbm(params.uplink, name) for name in grid.operators]),
        )

    @property
    def home_index(self) -> npt.NDArray[np.intp]:
        """Index in ``grid.cells`` of each site's own cell, MISSING where it is not predicted."""
        return self.grid.index_of(self.positions.home_cells)[self.positions.place_of_site]
