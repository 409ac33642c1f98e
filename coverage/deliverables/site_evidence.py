"""Evidence per site: the measurements of each operator that lie nearest.

Where fewer than k devices have read the H3 cell of a measurement it says something about a person
(DOMAIN 11): the row stays, marked ``suppressed``, empty. A crowd's readings carry the day alone;
those of a drive test, which is the survey's own car, carry the time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from coverage import geodesy, hexgrid
from coverage.deliverables.sphere import Floats, unit_vectors
from coverage.errors import InputError

READING_COLUMNS: Final = (
    "time", "latitude_deg", "longitude_deg", "operator", "rat", "cell_identity", "pci", "arfcn",
    "signal_dbm", "service_state", "source", "is_serving", "is_route_value", "dq_frozen_gps",
    "dq_stale", "dq_coarse_position",
)  # fmt: skip
"""Columns of ``readings`` that are looked at."""

EVIDENCE_COLUMNS: Final = (
    "tps_code", "distance_m", "day", "time_utc", "rat", "cell_identity", "pci", "arfcn",
    "signal_dbm", "service_state", "source", "suppressed",
)  # fmt: skip
_FIELDS: Final = (
    "day", "time_utc", "rat", "cell_identity", "pci", "arfcn", "signal_dbm", "service_state",
    "source",
)  # fmt: skip
_EARTH_M: Final = 6_371_008.8  # mean radius (IUGG)
_ORDER: Final = ["tps_code", "operator", "distance_m", "time", "cell_identity"]


@dataclass(frozen=True, kw_only=True)
class NearestParams:
    """Which measurements are told.

    Attributes
    ----------
    per_site
        Of each operator at each TPS; project. [count]
    max_m
        Farther ones say little of the TPS: the search radius of its surroundings is 5 km, a
        village road rarely 1 km; project. [m]
    """

    per_site: int = 3
    max_m: float = 1_000.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.per_site < 1:
            raise InputError(f"Invalid per_site {self.per_site}. Must be >= 1.")
        if self.max_m <= 0:
            raise InputError(f"Invalid max_m {self.max_m}. Must be > 0.")


def nearest_readings(
    sites: pd.DataFrame, parts: Iterable[pd.DataFrame], params: NearestParams | None = None
) -> pd.DataFrame:
    """The nearest readings of every operator at every TPS, part by part in bounded memory.

    Parameters
    ----------
    sites
        ``tps_code, latitude_deg, longitude_deg``.
    parts
        Rows of ``readings``, :data:`READING_COLUMNS` at least.
    params
        Which are told.

    Returns
    -------
    pandas.DataFrame
        ``tps_code, distance_m`` [m] and the columns of the readings, sorted by TPS, operator and
        distance.
    """
    rules = params or NearestParams()
    points = unit_vectors(sites["latitude_deg"], sites["longitude_deg"])
    best = pd.DataFrame(columns=["tps_code", "distance_m", *READING_COLUMNS])
    for part in parts:
        found = [
            _nearest(sites, points, own, rules)
            for _, own in _usable(part).groupby("operator", sort=True)
        ]
        filled = [frame for frame in (best, *found) if len(frame)]
        if filled:
            together = pd.concat(filled, ignore_index=True).sort_values(_ORDER, kind="stable")
            best = together.groupby(["tps_code", "operator"], sort=False).head(rules.per_site)
    return best.reset_index(drop=True)


def partner_evidence(
    nearest: pd.DataFrame, cells: pd.DataFrame, operator: str, resolution: int, min_devices: int
) -> pd.DataFrame:
    """What one operator is shown of :func:`nearest_readings`: its own, few devices suppressed.

    Parameters
    ----------
    nearest
        As :func:`nearest_readings` gives them.
    cells
        Table ``cells``, which knows how many devices read a place.
    operator
        The operator.
    resolution
        H3 resolution of ``cells``.
    min_devices
        Readings in cells of fewer devices are suppressed. [count]

    Returns
    -------
    pandas.DataFrame
        :data:`EVIDENCE_COLUMNS`; of a suppressed row only ``tps_code`` is left.
    """
    own = nearest[nearest["operator"] == operator].reset_index(drop=True)
    if own.empty:
        return pd.DataFrame(columns=list(EVIDENCE_COLUMNS))
    latitude, longitude = (own[n].to_numpy("float64") for n in ("latitude_deg", "longitude_deg"))
    keyed = own.assign(h3_cell=hexgrid.cells_of(latitude, longitude, resolution))
    devices = cells.loc[cells["operator"] == operator, ["h3_cell", "rat", "n_devices"]]
    keyed = keyed.merge(devices, on=["h3_cell", "rat"], how="left", validate="m:1")
    few = ~(keyed["n_devices"].astype("Float64") >= min_devices).fillna(value=False).astype(bool)
    moment = pd.to_datetime(keyed["time"], utc=True)
    is_own_car = keyed["source"] == "drive_test"
    shown = keyed.assign(
        day=moment.dt.strftime("%Y-%m-%d"),
        time_utc=moment.dt.strftime("%H:%M").where(is_own_car, None),
        distance_m=keyed["distance_m"].astype("float64").round(0),
        suppressed=few,
    )
    for name in (*_FIELDS, "distance_m"):
        shown[name] = shown[name].mask(few)
    return shown[list(EVIDENCE_COLUMNS)]


def _usable(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings that count as evidence: of the serving cell, at a place the device was."""
    is_sound = readings["is_route_value"].astype(bool)
    for flag in ("dq_frozen_gps", "dq_stale", "dq_coarse_position"):
        is_sound &= ~readings[flag].astype(bool)
    says = readings["signal_dbm"].notna() | (readings["service_state"] == "no_service").fillna(
        value=False
    ).astype(bool)
    serves = readings["is_serving"].astype("boolean").fillna(value=True).astype(bool)
    has_place = readings["latitude_deg"].notna() & readings["longitude_deg"].notna()
    kept = readings[is_sound & says & serves & has_place]
    return kept[list(READING_COLUMNS)].reset_index(drop=True)


def _nearest(
    sites: pd.DataFrame, points: Floats, readings: pd.DataFrame, rules: NearestParams
) -> pd.DataFrame:
    """The nearest readings of one operator at each site."""
    tree = KDTree(unit_vectors(readings["latitude_deg"], readings["longitude_deg"]))
    n = min(rules.per_site, len(readings))
    reach = 2 * np.sin(rules.max_m / _EARTH_M / 2)
    away, places = tree.query(points, k=[*range(1, n + 1)], distance_upper_bound=reach)
    site, rank = np.nonzero(np.isfinite(away))
    found: pd.DataFrame = readings.iloc[places[site, rank]].reset_index(drop=True)
    at = sites.iloc[site]
    metres = geodesy.distance_m(
        at["latitude_deg"].to_numpy(), at["longitude_deg"].to_numpy(),
        found["latitude_deg"].to_numpy(), found["longitude_deg"].to_numpy(),
    )  # fmt: skip
    found["tps_code"], found["distance_m"] = at["tps_code"].to_numpy(), metres
    return found
