"""Where the radio cells stand: from a cell list, from the readings, and grouped to sites.

A cell list says where a cell was *heard*, pulled towards roads, in four decimals; a cell missing
from it is not a missing cell. Nothing here is a mast's surveyed position.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coverage.errors import InputError
from coverage.geodesy import distance_m
from coverage.signal.cell_list import TOWER_COLUMNS, TOWER_KEY, TowerParams, read_cell_list
from coverage.tables import schema_of

__all__ = [
    "TOWER_COLUMNS",
    "TOWER_KEY",
    "EstimateParams",
    "TowerParams",
    "estimate",
    "estimate_from_heard",
    "has_short_identity",
    "read_cell_list",
    "site_keys",
    "sites_of",
]

SHORT_IDENTITY_MAX: Final = 65_535  # an LTE ECI this small is a bare 16-bit CID (FORMATS 6)
LTE_CELLS_PER_SITE: Final = 256  # ECI = eNB x 256 + cell (3GPP TS 36.413)
NR_CELLS_PER_SITE: Final = 4096  # NCI = gNB x 2^(36-n) + cell, n = 22..32 (TS 38.413); n = 24 here


@dataclass(frozen=True, kw_only=True)
class EstimateParams:
    """How a cell's position is estimated from readings.

    Attributes
    ----------
    n_strongest
        Readings taken, strongest first. [count]
    min_readings
        Fewer readings locate nothing. [count]
    decay_db
        A reading this much weaker than the strongest weighs 1/e of it. [dB]
    """

    n_strongest: int = 20
    min_readings: int = 5
    decay_db: float = 6.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.n_strongest < 1:
            raise InputError(f"Invalid n_strongest {self.n_strongest}. Must be >= 1.")
        if self.min_readings < 1:
            raise InputError(f"Invalid min_readings {self.min_readings}. Must be >= 1.")
        if not self.decay_db > 0:
            raise InputError(f"Invalid decay_db {self.decay_db}. Must be > 0.")


def estimate(
    readings: pa.Table, listed: pd.DataFrame, params: EstimateParams | None = None
) -> pd.DataFrame:
    """Positions of the serving cells that the list does not know, from their strongest readings.

    A weighted centroid: where a cell is heard best is nearest its mast, seen from the roads.

    Parameters
    ----------
    readings
        Table ``readings``.
    listed
        Table ``towers``; its cells are not estimated again.
    params
        Which readings count, and how.

    Returns
    -------
    pandas.DataFrame
        Table ``towers`` with basis ``estimated``; ``range_m`` is the 95th percentile of the
        distances at which the cell was heard. [m]
    """
    known = pc.and_(
        pc.and_(pc.is_valid(readings["plmn"]), pc.is_valid(readings["cell_identity"])),
        pc.and_(pc.is_valid(readings["signal_dbm"]), pc.is_valid(readings["rat"])),
    )
    serving = pc.fill_null(readings["is_serving"], True)
    columns = [
        *TOWER_KEY, "operator", "latitude_deg", "longitude_deg", "signal_dbm", "time",
    ]  # fmt: skip
    heard = readings.select(columns).filter(pc.and_(known, serving)).to_pandas()
    heard = heard.rename(columns={"signal_dbm": "rsrp_dbm", "time": "updated_at"}).assign(n=1)
    return estimate_from_heard(heard, listed, params or EstimateParams())


def estimate_from_heard(
    heard: pd.DataFrame, listed: pd.DataFrame, params: EstimateParams
) -> pd.DataFrame:
    """As :func:`estimate`, from rows of cell, place, level and ``n`` readings each."""
    if heard.empty:
        return _empty_towers()
    is_listed = pd.MultiIndex.from_frame(heard[TOWER_KEY]).isin(
        pd.MultiIndex.from_frame(listed[TOWER_KEY])
    )
    order = [*TOWER_KEY, "rsrp_dbm", "latitude_deg", "longitude_deg"]
    ascending = [True, True, True, False, True, True]
    heard = heard[~is_listed].sort_values(order, ascending=ascending, kind="stable")
    by_cell = heard.groupby(TOWER_KEY, sort=True)
    heard = heard[by_cell["n"].transform("sum") >= params.min_readings].reset_index(drop=True)
    if heard.empty:
        return _empty_towers()
    by_cell = heard.groupby(TOWER_KEY, sort=True)
    strongest = heard[by_cell.cumcount() < params.n_strongest]
    best = strongest.groupby(TOWER_KEY, sort=True)["rsrp_dbm"].transform("max")
    weight = np.exp((strongest["rsrp_dbm"] - best) / params.decay_db)
    sums = (
        strongest.assign(
            weight=weight,
            latitude_deg=strongest["latitude_deg"] * weight,
            longitude_deg=strongest["longitude_deg"] * weight,
        )
        .groupby(TOWER_KEY, sort=True)[["latitude_deg", "longitude_deg", "weight"]]
        .sum()
    )
    towers = by_cell.agg(
        operator=("operator", "first"), n_samples=("n", "sum"), updated_at=("updated_at", "max")
    )
    towers["latitude_deg"] = sums["latitude_deg"] / sums["weight"]
    towers["longitude_deg"] = sums["longitude_deg"] / sums["weight"]
    towers["range_m"] = _heard_range_m(heard, towers)
    return towers.reset_index().assign(basis="estimated")[list(TOWER_COLUMNS)]


def site_keys(towers: pd.DataFrame) -> "pd.Series[str]":
    """Site of each radio cell: ``plmn/rat/number``.

    LTE cells of one eNB share a site, NR cells of one gNB (24 bits assumed). UMTS and GSM cells
    stand alone, and so does an LTE cell with a bare 16-bit identity, whose eNB is not known.
    """
    identity = towers["cell_identity"].astype(np.int64)
    number = identity.copy()
    is_lte = (towers["rat"] == "LTE") & ~has_short_identity(towers)
    is_nr = towers["rat"] == "NR"
    number = number.mask(is_lte, identity // LTE_CELLS_PER_SITE)
    number = number.mask(is_nr, identity // NR_CELLS_PER_SITE)
    kind = pd.Series("cell", index=towers.index).mask(is_lte, "enb").mask(is_nr, "gnb")
    rat = towers["rat"].astype(str)
    key = towers["plmn"].astype(str) + "/" + rat + "/" + kind + number.astype(str)
    return key.astype(str)


def has_short_identity(towers: pd.DataFrame) -> "pd.Series[bool]":
    """Flag LTE cells whose identity has 16 bits or fewer: no ECI, so no eNB (FORMATS 6)."""
    flag: pd.Series[bool] = (towers["rat"] == "LTE") & (
        towers["cell_identity"] <= SHORT_IDENTITY_MAX
    )
    return flag


def sites_of(towers: pd.DataFrame) -> pd.DataFrame:
    """Sites: the sectors of each grouped, listed positions before estimated ones.

    Parameters
    ----------
    towers
        Table ``towers``.

    Returns
    -------
    pandas.DataFrame
        One row a site, sorted by ``site``: ``site, plmn, operator, rat, latitude_deg,
        longitude_deg, n_cells, basis``. Positions are means over the sectors of the better basis.
    """
    keyed = towers.assign(site=site_keys(towers), is_estimated=towers["basis"] == "estimated")
    best = keyed.groupby("site", sort=True)["is_estimated"].transform("min")
    kept = keyed[keyed["is_estimated"] == best].sort_values(["site", *TOWER_KEY], kind="stable")
    sites = kept.groupby("site", sort=True).agg(
        plmn=("plmn", "first"),
        operator=("operator", "first"),
        rat=("rat", "first"),
        latitude_deg=("latitude_deg", "mean"),
        longitude_deg=("longitude_deg", "mean"),
        n_cells=("cell_identity", "size"),
        basis=("basis", "first"),
    )
    return sites.reset_index()


def _heard_range_m(heard: pd.DataFrame, towers: pd.DataFrame) -> "pd.Series[float]":
    """95th percentile of the distances from each estimated position to its readings [m]."""
    place = towers[["latitude_deg", "longitude_deg"]]
    at = heard.join(place.add_prefix("tower_"), on=TOWER_KEY)
    away = distance_m(
        at["latitude_deg"],
        at["longitude_deg"],
        at["tower_latitude_deg"],
        at["tower_longitude_deg"],
    )
    return at.assign(away=away).groupby(TOWER_KEY, sort=True)["away"].quantile(0.95)


def _empty_towers() -> pd.DataFrame:
    """The table without rows."""
    empty: pd.DataFrame = schema_of("towers").empty_table().to_pandas()
    return empty
