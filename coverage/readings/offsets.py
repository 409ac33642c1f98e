"""How much one kind of device reads above the reference, from cells that several kinds have seen.

Level in a cell = effect of the cell + effect of the device + noise, fitted together: a device that
was only driven through bad country is not a bad device. Cell effects are free, device effects are
drawn to zero by a prior (ridge), drive-test kit is the reference and is zero (MODEL 3). Offsets are
known only between devices that shared cells, directly or by way of others; those that did not
are reported as not connected.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from coverage.errors import InputError
from coverage.hexgrid import INVALID_CELL, cells_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_COLUMNS: Final = (
    "latitude_deg", "longitude_deg", "gps_accuracy_m", "source", "device_id", "device_model",
    "operator", "rat", "is_serving", "is_indoor", "signal_dbm", "is_route_value", "dq_stale",
    "dq_frozen_gps", "dq_coarse_position", "dq_scanner",
)  # fmt: skip
_DOUBTFUL: Final = ("dq_stale", "dq_frozen_gps", "dq_coarse_position", "dq_scanner")
_PLACE: Final = ["h3_cell", "operator", "rat"]
_ROUNDS: Final = 3  # noise and offsets settle together; a fourth round moves nothing by 0.01 dB
_SOLVE_COLUMNS: Final = 256


@dataclass(frozen=True, kw_only=True)
class OffsetParams:
    """How offsets are estimated.

    Attributes
    ----------
    resolution
        H3 resolution at which two devices were "at one place".
    prior_sd_db
        Spread of device offsets before anything is seen; MODEL 8 uses 3 dB. [dB]
    reading_share
        Readings after which a device's level in a cell counts half: w = n / (n + this). [count]
    min_cells
        Fewer shared cells than this identify nothing. [count]
    max_accuracy_m
        Worse positions are left out; an unknown accuracy stays. [m]
    """

    resolution: int = 10
    prior_sd_db: float = 3.0
    reading_share: float = 2.0
    min_cells: int = 3
    max_accuracy_m: float = 50.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 <= self.resolution <= 15:
            raise InputError(f"Invalid resolution {self.resolution}. Must be in [0, 15].")
        for name in ("prior_sd_db", "reading_share", "min_cells", "max_accuracy_m"):
            if not getattr(self, name) > 0:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be > 0.")


def estimate(readings: pa.Table, params: OffsetParams) -> pd.DataFrame:
    """Offset of each device key against the reference.

    Parameters
    ----------
    readings
        Table ``readings``; route values with a level, outdoors or not known, are used.
    params
        See the class.

    Returns
    -------
    pandas.DataFrame
        Table ``device_offsets``: every device key with usable readings, sorted. ``offset_db`` is 0
        with the prior's standard error where nothing is known. The reference is the drive-test
        kit; where there is none, the mean of the largest group of connected devices.
    """
    levels = _levels(_usable(readings, params), params)
    keys, device = np.unique(levels["device_key"].to_numpy(dtype=object), return_inverse=True)
    is_reference = np.zeros(len(keys), dtype=np.bool_)
    is_reference[device[(levels["source"] == "drive_test").to_numpy()]] = True
    numbered = levels.groupby(_PLACE, sort=True).ngroup()
    cell: npt.NDArray[np.intp] = numbered.to_numpy().astype(np.intp)
    shared = levels["n_keys"].to_numpy() >= 2
    n_cells = np.bincount(device[shared], minlength=len(keys))
    offset, se = _fit(
        device=device[shared],
        cell=cell[shared],
        level=levels["level"].to_numpy()[shared],
        weight=levels["weight"].to_numpy()[shared],
        is_reference=is_reference,
        prior_sd_db=params.prior_sd_db,
    )
    connected = _connected(device[shared], cell[shared], is_reference)
    connected &= (n_cells >= params.min_cells) | is_reference
    return pd.DataFrame(
        {
            "device_key": keys.astype(str),
            "offset_db": offset,
            "offset_se_db": se,
            "n_cells": n_cells.astype(np.int64),
            "is_connected": connected,
        }
    )


def _usable(readings: pa.Table, params: OffsetParams) -> pa.Table:
    """Route values of serving cells with a level, outdoors as far as is known."""
    table = readings.select(list(_COLUMNS))
    good = pc.and_(table.column("is_route_value"), pc.is_valid(table.column("signal_dbm")))
    good = pc.and_(good, pc.is_valid(table.column("rat")))
    good = pc.and_(good, pc.fill_null(table.column("is_serving"), True))
    good = pc.and_(good, pc.invert(pc.fill_null(table.column("is_indoor"), False)))
    accuracy = pc.fill_null(table.column("gps_accuracy_m"), 0.0)
    good = pc.and_(good, pc.less_equal(accuracy, params.max_accuracy_m))
    for flag in _DOUBTFUL:
        good = pc.and_(good, pc.invert(table.column(flag)))
    return table.filter(good)


def _levels(table: pa.Table, params: OffsetParams) -> pd.DataFrame:
    """Median level of each device key in each place, its weight, and how many keys met there.

    The median keeps single indoor readings that nobody marked from bending the level.
    """
    cells = cells_of(
        table.column("latitude_deg").to_numpy(), table.column("longitude_deg").to_numpy(),
        params.resolution,
    )  # fmt: skip
    key = pc.coalesce(table.column("device_model"), table.column("device_id"))
    rows = pd.DataFrame(
        {
            "h3_cell": cells,
            "operator": table.column("operator").to_numpy(),
            "rat": table.column("rat").to_numpy(),
            "device_key": key.to_numpy(),
            "source": table.column("source").to_numpy(),
            "level": table.column("signal_dbm").to_numpy().astype(np.float64),
        }
    )
    rows = rows[rows["h3_cell"] != INVALID_CELL]
    grouped = rows.groupby([*_PLACE, "device_key"], sort=True)
    levels = grouped.agg(
        level=("level", "median"), n=("level", "size"), source=("source", "max")
    ).reset_index()  # "drive_test" sorts after "crowdsourced": one row of it makes a reference
    n_keys = levels.groupby(_PLACE, sort=True)["device_key"].transform("size")
    weight = levels["n"] / (levels["n"] + params.reading_share)
    return levels.assign(n_keys=n_keys, weight=weight)


def _fit(
    *,
    device: npt.NDArray[np.intp],
    cell: npt.NDArray[np.intp],
    level: Floats,
    weight: Floats,
    is_reference: Bools,
    prior_sd_db: float,
) -> tuple[Floats, Floats]:
    """Offsets and standard errors of all devices [dB].

    With the cell effects eliminated, the normal equations are those of the weighted device graph's
    Laplacian. The noise variance is re-estimated from the residuals.
    """
    offset = np.zeros(len(is_reference))
    se = np.where(is_reference, 0.0, prior_sd_db)
    _, cell = np.unique(cell, return_inverse=True)
    free = np.flatnonzero(~is_reference & np.isin(np.arange(len(is_reference)), device))
    if not len(free):
        return offset, se
    normal, right = _normal_equations(device, cell, level, weight, len(is_reference))
    normal, right = normal[free][:, free], right[free]
    noise_var = prior_sd_db**2
    for _ in range(_ROUNDS):
        ridge = noise_var / prior_sd_db**2
        solver = splu((normal + ridge * sparse.identity(len(free), format="csc")).tocsc())
        offset[free] = solver.solve(right)
        spare = len(level) - (int(cell.max()) + 1) - len(free)
        residual = _residuals(level - offset[device], cell, weight)
        noise_var = float((weight * residual**2).sum()) / max(spare, 1)
        noise_var = max(noise_var, 0.01)  # no residuals: too few rows to know, not no noise
    se[free] = np.sqrt(noise_var * _inverse_diagonal(solver, len(free)))
    return offset, np.minimum(se, prior_sd_db)


def _normal_equations(
    device: npt.NDArray[np.intp],
    cell: npt.NDArray[np.intp],
    level: Floats,
    weight: Floats,
    n_devices: int,
) -> tuple[sparse.csc_matrix, Floats]:
    """Matrix and right side of the device effects after the cell effects are eliminated."""
    n_cells = int(cell.max()) + 1
    by_cell = sparse.csr_matrix((weight, (cell, device)), shape=(n_cells, n_devices))
    total = np.bincount(cell, weight, minlength=n_cells)
    own = sparse.diags(np.bincount(device, weight, minlength=n_devices))
    matrix = (own - by_cell.T @ sparse.diags(1.0 / total) @ by_cell).tocsc()
    centred = weight * _residuals(level, cell, weight)
    right: Floats = np.bincount(device, centred, minlength=n_devices).astype(np.float64)
    return matrix, right


def _residuals(values: Floats, cell: npt.NDArray[np.intp], weight: Floats) -> Floats:
    """Values less the weighted mean of their cell."""
    means = np.bincount(cell, weight * values) / np.bincount(cell, weight)
    result: Floats = values - means[cell]
    return result


def _inverse_diagonal(solver: "sparse.linalg.SuperLU", n: int) -> Floats:
    """Diagonal of the inverse, some columns at a time."""
    diagonal = np.zeros(n)
    for first in range(0, n, _SOLVE_COLUMNS):
        last = min(first + _SOLVE_COLUMNS, n)
        unit = np.zeros((n, last - first))
        unit[np.arange(first, last), np.arange(last - first)] = 1.0
        solved = solver.solve(unit)
        diagonal[first:last] = solved[np.arange(first, last), np.arange(last - first)]
    return diagonal


def _connected(
    device: npt.NDArray[np.intp], cell: npt.NDArray[np.intp], is_reference: Bools
) -> Bools:
    """Devices joined to a reference through shared cells; without one, the largest group."""
    n_devices = len(is_reference)
    if not len(device):
        return is_reference.copy()
    _, cell = np.unique(cell, return_inverse=True)
    n_nodes = n_devices + int(cell.max()) + 1
    edges = sparse.coo_matrix(
        (np.ones(len(device)), (device, n_devices + cell)), shape=(n_nodes, n_nodes)
    )
    _, group = connected_components(edges, directed=False)
    group = group[:n_devices]
    if is_reference.any():
        return np.isin(group, group[is_reference])
    sizes = np.bincount(group)
    largest: Bools = group == int(sizes.argmax())
    return largest & np.isin(np.arange(n_devices), device)
