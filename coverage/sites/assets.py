"""Whether readings since the fitting prove that a device works (DOMAIN 3.3).

In Kab. Serang devices of one election were found dead at the next: a site is solved only by
readings newer than the fitting, never by the record of it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

from coverage.errors import InputError
from coverage.geodesy import to_plane_m
from coverage.tables import TABLES

_DATA_RATS: Final = ("LTE", "NR")
_NO_LEVEL_DBM: Final = -1e6  # no service: below every level


@dataclass(frozen=True, kw_only=True)
class AssetParams:
    """When readings prove a device.

    Attributes
    ----------
    within_m
        Readings this near to the TPS speak of it: a phone's position is good to some 10 m, a TPS
        may stand 50 m off its point (DOMAIN 3.4); the project's choice. [m]
    min_readings
        Fewer prove nothing: the evidence rule of DOMAIN 9. [count]
    works_dbm
        Median level from which on the device works; the level a photo needs. [dBm]
    timezone
        In which the fitting's day is understood.
    """

    within_m: float = 100.0
    min_readings: int = 5
    works_dbm: float = -110.0
    timezone: str = "Asia/Jakarta"

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 1 <= self.within_m <= 1000:
            raise InputError(f"Invalid within_m {self.within_m}. Must be in [1, 1000].")
        if self.min_readings < 1:
            raise InputError(f"Invalid min_readings {self.min_readings}. Must be >= 1.")
        if not -140 <= self.works_dbm <= -44:
            raise InputError(f"Invalid works_dbm {self.works_dbm}. Must be in [-140, -44].")


def prove(
    register: pd.DataFrame, sites: pd.DataFrame, readings: pd.DataFrame, params: AssetParams
) -> pd.DataFrame:
    """What readings since the fitting say of every device.

    Only readings from the day after the fitting on count, and none from the day of removal on. Of
    an operator's device only that operator's LTE and NR readings; a device without an operator (a
    satellite dish) cannot be proved by the level of a mobile network and stays ``not_proven``.

    Parameters
    ----------
    register
        As from :func:`coverage.sites.register.read_register`.
    sites
        ``tps_code, latitude_deg, longitude_deg``. [deg]
    readings
        ``time, latitude_deg, longitude_deg, operator, rat, service_state, signal_dbm``.
    params
        What proves.

    Returns
    -------
    pandas.DataFrame
        ``asset_register``, sorted by serial.
    """
    ordered = register.sort_values("serial", kind="stable", ignore_index=True)
    site = pd.Index(sites["tps_code"]).get_indexer(pd.Index(ordered["tps_code"]))
    near = _near(ordered, site, sites, readings, params)
    counts = np.zeros(len(ordered), dtype=np.int64)
    median = np.full(len(ordered), np.nan)
    for i, rows in enumerate(near):
        if not len(rows):
            continue
        levels = rows["signal_dbm"].fillna(_NO_LEVEL_DBM).to_numpy(np.float64)
        counts[i] = len(levels)
        middle = float(np.median(levels))
        median[i] = middle if middle >= _NO_LEVEL_DBM / 2 else np.nan
    proved = ordered.assign(
        n_readings_after=counts,
        signal_p50_after_dbm=median.astype(np.float32),
        asset_state=_states(ordered, site, counts, median, params),
    )
    return proved[list(TABLES["asset_register"].columns)]


def sites_in_state(
    sites: pd.DataFrame, assets: pd.DataFrame | None, state: str
) -> npt.NDArray[np.bool_]:
    """Sites with a device in a state; one that works outweighs others that do not."""
    if assets is None:
        return np.zeros(len(sites), dtype=bool)
    order = ("solved", "still_weak", "not_proven")
    of_site = assets[assets["asset_state"].isin(order)].assign(
        place=lambda rows: rows["asset_state"].map(order.index)
    )
    best = of_site.groupby("tps_code", sort=True)["place"].min()
    wanted = best.index[best == order.index(state)]
    return sites["tps_code"].isin(wanted).to_numpy(dtype=bool)


def _near(
    register: pd.DataFrame,
    site: npt.NDArray[np.intp],
    sites: pd.DataFrame,
    readings: pd.DataFrame,
    params: AssetParams,
) -> list[pd.DataFrame]:
    """Readings that speak of each device."""
    spoken = readings[
        readings["rat"].isin(_DATA_RATS)
        & (readings["signal_dbm"].notna() | (readings["service_state"] == "no_service"))
    ].reset_index(drop=True)
    if not len(register) or not len(spoken):
        return [spoken.iloc[:0]] * len(register)
    origin = (float(sites["latitude_deg"].mean()), float(sites["longitude_deg"].mean()))
    at = to_plane_m(sites["latitude_deg"].to_numpy(), sites["longitude_deg"].to_numpy(), origin)
    tree = KDTree(
        to_plane_m(spoken["latitude_deg"].to_numpy(), spoken["longitude_deg"].to_numpy(), origin)
    )
    zone = ZoneInfo(params.timezone)
    operators, times = spoken["operator"].to_numpy(dtype=object), spoken["time"]
    found = []
    for place, own, came, gone in zip(
        site.tolist(),
        register["operator"].tolist(),
        register["fitted_on"].tolist(),
        register["removed_on"].tolist(),
        strict=True,
    ):
        if place < 0 or pd.isna(own):
            found.append(spoken.iloc[:0])
            continue
        around = np.sort(np.asarray(tree.query_ball_point(at[place], params.within_m), dtype=int))
        when = times.iloc[around]
        is_its = (operators[around] == own) & (when >= _start(came + timedelta(days=1), zone))
        if not pd.isna(gone):
            is_its &= when < _start(gone, zone)
        found.append(spoken.iloc[around[is_its.to_numpy(dtype=bool)]])
    return found


def _states(
    register: pd.DataFrame,
    site: npt.NDArray[np.intp],
    counts: npt.NDArray[np.int64],
    median: npt.NDArray[np.float64],
    params: AssetParams,
) -> npt.NDArray[np.object_]:
    """State of each device."""
    is_enough = counts >= params.min_readings
    return np.select(
        [
            register["removed_on"].notna().to_numpy(dtype=bool),
            site < 0,
            is_enough & (median >= params.works_dbm),
            is_enough,
        ],
        ["removed", "unknown_tps", "solved", "still_weak"],
        default="not_proven",
    ).astype(object)


def _start(day: date, zone: ZoneInfo) -> pd.Timestamp:
    """When a local day begins."""
    return pd.Timestamp(datetime.combine(day, time(), zone)).tz_convert("UTC")
