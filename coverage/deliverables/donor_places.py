"""Where the donor of a booster is listed or was heard: a line to it ends there."""

from typing import Final

import numpy as np
import pandas as pd

from coverage.geodesy import bearing_deg, distance_m

DONOR_COLUMNS: Final = ("donor_latitude_deg", "donor_longitude_deg", "donor_m", "donor_basis")
_KEY: Final = ["operator", "cell_identity"]
_PLACE: Final = ("latitude_deg", "longitude_deg", "basis")
_DATA_RATS: Final = frozenset({"LTE", "NR"})  # a photo needs data (DOMAIN 2)
_SAME_BEARING_DEG: Final = 1.0
"""A radio cell elsewhere than the ranking says is another one of the same number; project."""


def donor_places(sites: pd.DataFrame, towers: pd.DataFrame | None) -> pd.DataFrame:
    """Place of each site's donor cell.

    It is where the cell is listed or was heard, not where its mast stands.

    Parameters
    ----------
    sites
        ``latitude_deg, longitude_deg`` [deg], ``operator``, ``donor_cell_identity``,
        ``donor_bearing_deg`` [deg], the last three NA where there is no donor.
    towers
        Table ``towers``; None = no place is known.

    Returns
    -------
    pandas.DataFrame
        :data:`DONOR_COLUMNS` with the index of the sites: place [deg], distance [m] and ``basis``
        of the table, NA where no such cell lies in the direction of the ranking.
    """
    if towers is None or towers.empty:
        return pd.DataFrame(np.nan, sites.index, list(DONOR_COLUMNS)).astype(
            {"donor_basis": object}
        )
    cells = towers[towers["rat"].isin(_DATA_RATS)]
    cells = cells.sort_values([*_KEY, "rat", "plmn"], kind="stable").drop_duplicates(_KEY)
    wanted = pd.DataFrame(
        {
            "operator": sites["operator"].astype("object"),
            "cell_identity": sites["donor_cell_identity"].astype("Int64"),
        }
    )
    places = cells[[*_KEY, *_PLACE]].astype({"operator": "object", "cell_identity": "Int64"})
    found = wanted.merge(places, on=_KEY, how="left", validate="m:1").set_index(sites.index)
    to = [found[name].to_numpy(dtype="float64", na_value=np.nan) for name in _PLACE[:2]]
    here = [sites[name].to_numpy(dtype="float64") for name in _PLACE[:2]]
    told = sites["donor_bearing_deg"].to_numpy(dtype="float64", na_value=np.nan)
    turn_deg = np.abs((bearing_deg(*here, *to) - told + 180) % 360 - 180)
    is_there = pd.Series(turn_deg < _SAME_BEARING_DEG, index=sites.index)
    columns = (*to, distance_m(*here, *to), found["basis"])
    given = pd.DataFrame(dict(zip(DONOR_COLUMNS, columns, strict=True)), index=sites.index)
    return given.where(is_there)
