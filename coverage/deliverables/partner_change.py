"""What changed for one operator since an earlier survey, cell by cell."""

from typing import Final

import pandas as pd

from coverage import hexgrid
from coverage.deliverables.distributions import nearest_regency

CHANGE_COLUMNS: Final = (
    "regency", "h3_cell", "latitude_deg", "longitude_deg", "rat", "signal_p50_old_dbm",
    "signal_p50_new_dbm", "difference_db", "last_day_old", "last_day_new", "change", "suppressed",
)  # fmt: skip
_KEY: Final = ["h3_cell", "rat"]
_FIGURES: Final = (
    "signal_p50_old_dbm", "signal_p50_new_dbm", "difference_db", "last_day_old", "last_day_new",
    "change",
)  # fmt: skip


def partner_change(
    old_cells: pd.DataFrame,
    new_cells: pd.DataFrame,
    sites: pd.DataFrame,
    changes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Cells that both surveys have read, the largest loss first.

    Parameters
    ----------
    old_cells, new_cells
        Both surveys' cells of one operator as ``partner.partner_cells`` gives them.
    sites
        ``regency, latitude_deg, longitude_deg`` of every TPS.
    changes
        Table ``cell_delta`` of this operator, which tells change from chance; None = not compared.

    Returns
    -------
    pandas.DataFrame
        :data:`CHANGE_COLUMNS`: ``difference_db`` is new less old [dB, NA where one median is no
        service]; ``change`` a code of ``cell_delta``. Where either survey's figures are
        suppressed the row stays, last, marked ``suppressed``, empty.
    """
    both = old_cells[[*_KEY, "signal_p50_dbm", "last_day", "suppressed"]].merge(
        new_cells[[*_KEY, "signal_p50_dbm", "last_day", "suppressed"]],
        on=_KEY, how="inner", suffixes=("_old", "_new"), validate="1:1",
    )  # fmt: skip
    levels = {
        f"signal_p50_{age}_dbm": both[f"signal_p50_dbm_{age}"].astype("float64")
        for age in ("old", "new")
    }
    both = both.assign(
        **levels,
        difference_db=levels["signal_p50_new_dbm"] - levels["signal_p50_old_dbm"],
        suppressed=both["suppressed_old"] | both["suppressed_new"],
        regency=nearest_regency(both["h3_cell"], sites),
    )
    if changes is None:
        both["change"] = pd.Series(pd.NA, index=both.index, dtype="object")
    else:
        both = both.merge(
            changes[[*_KEY, "change"]], on=_KEY, how="left", validate="1:1"
        )  # fmt: skip
    for name in _FIGURES:
        both[name] = both[name].mask(both["suppressed"])
    latitude, longitude = hexgrid.centres_of(both["h3_cell"].to_numpy(dtype="uint64"))
    both = both.assign(latitude_deg=latitude, longitude_deg=longitude)
    order = ["suppressed", "difference_db", "h3_cell", "rat"]
    ordered = both.sort_values(order, kind="stable", ignore_index=True)
    return ordered[list(CHANGE_COLUMNS)]
