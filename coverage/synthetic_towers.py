"""The cell list of the synthetic Banten, as incomplete and shifted as such lists are.

OpenCelliD's layout (FORMATS 6): positions where cells were heard, not where masts stand.
"""

from typing import Final

import numpy as np
import pandas as pd

from coverage.geodesy import from_plane_m, to_plane_m
from coverage.synthetic import World
from coverage.synthetic_land import ORIGIN, rng_of

MISSING_SHARE: Final = 0.40  # of the stations (MODEL 12.4)
SHIFT_M: Final = 300.0  # mean distance of a listed from a true position (MODEL 12.4)
CELL_SHIFT_M: Final = 60.0  # of one sector's position from its station's, invented
DEFAULT_RANGE_M: Final = 1000
_EPOCH_S: Final = 1_704_672_000  # 8 January 2024

_ODD_ROWS: Final = (  # GSM, unknown networks, a cell id that is no ECI, a place in another province
    "GSM,510,10,499,14091,0,106.1203,-6.3021,2095,22,1,1239101333,1704585600,0",
    "GSM,510,21,610,20817,0,106.6311,-6.2033,1000,3,1,1639101333,1704585600,0",
    "LTE,510,22,3011,41001217,-1,106.6402,-6.1921,1000,1,1,1639101334,1704585601,0",
    "LTE,510,100,3012,41001473,-1,106.7,-6.25,1000,2,1,1639101335,1704585602,0",
    "LTE,510,10,1216,40713,-1,106.577,-6.1125,1000,1,1,1639101336,1704585603,0",
    "LTE,510,10,2216,35250198,-1,110.4203,-6.9903,1188,21,1,1639101337,1704585604,0",
)


def tower_list(world: World) -> str:
    """The list as text without a header, sorted by network and cell; empty where there is none."""
    if world.params.towers == "none":
        return ""
    cells = world.cells()
    rng = rng_of(world.params.seed, "tower list")
    if world.params.towers == "true":
        rows = _rows(cells, 6, rng)
    else:
        rows = _rows(_flawed(cells, rng), 4, rng)
    text: str = rows.to_csv(index=False, header=False, lineterminator="\n")
    return text + "\n".join(_ODD_ROWS) + "\n"


def _flawed(cells: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Without some stations, the others shifted, every sector a little for itself."""
    stations, owner = np.unique(cells["enb"].to_numpy(), return_inverse=True)
    is_listed = rng.random(len(stations)) >= MISSING_SHARE
    scale = SHIFT_M / np.sqrt(np.pi / 2)  # mean of a Rayleigh distribution is scale sqrt(pi / 2)
    shift = scale * rng.standard_normal((len(stations), 2))
    own = CELL_SHIFT_M / np.sqrt(np.pi / 2) * rng.standard_normal((len(cells), 2))
    plane = to_plane_m(cells["latitude_deg"], cells["longitude_deg"], ORIGIN)
    latitude, longitude = from_plane_m(plane + shift[owner] + own, ORIGIN)
    return cells.assign(latitude_deg=latitude, longitude_deg=longitude)[is_listed[owner]]


def _rows(cells: pd.DataFrame, decimals: int, rng: np.random.Generator) -> pd.DataFrame:
    """The 14 columns of the layout."""
    n = len(cells)
    age_s = rng.integers(100, 1500, size=n) * 86_400
    is_default = rng.random(n) < 0.88
    return pd.DataFrame(
        {
            "radio": "LTE",
            "mcc": cells["plmn"].str[:3],
            "net": cells["plmn"].str[4:].str.lstrip("0"),
            "area": cells["area_code"],
            "cell": cells["cell_identity"],
            "unit": -1,
            "lon": cells["longitude_deg"].round(decimals),
            "lat": cells["latitude_deg"].round(decimals),
            "range": np.where(is_default, DEFAULT_RANGE_M, rng.integers(300, 4000, size=n)),
            "samples": np.where(rng.random(n) < 0.2, 1, rng.integers(2, 60, size=n)),
            "changeable": 1,
            "created": _EPOCH_S - age_s,
            "updated": _EPOCH_S - (age_s * rng.random(n)).astype(np.int64),
            "average_signal": 0,
        }
    )
