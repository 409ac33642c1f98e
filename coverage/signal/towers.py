"""Where the radio cells stand: from a cell list, from the readings, and grouped to sites.

A cell list says where a cell was *heard*, pulled towards roads, in four decimals; a cell missing
from it is not a missing cell. Nothing here is a mast's surveyed position.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coverage.errors import InputError
from coverage.geodesy import distance_m
from coverage.operators import UNKNOWN_OPERATOR, plmn_text
from coverage.radio import CELL_IDENTITY_MAX
from coverage.tables import schema_of

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]
Booleans = npt.NDArray[np.bool_]

LIST_FIELDS: Final = (
    "radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples",
    "changeable", "created", "updated", "averageSignal",
)  # fmt: skip
"""OpenCelliD's cell list, longitude before latitude (FORMATS 6)."""

DEFAULT_RANGE_M: Final = 1000  # the list's placeholder where the range is not known (FORMATS 6)
SHORT_IDENTITY_MAX: Final = 65_535  # an LTE ECI this small is a bare 16-bit CID (FORMATS 6)
KM_PER_DEG: Final = 111.195  # a degree of latitude on the sphere of geodesy.EARTH_RADIUS_M

LTE_CELLS_PER_SITE: Final = 256  # ECI = eNB x 256 + cell (3GPP TS 36.413)
NR_CELLS_PER_SITE: Final = 4096  # NCI = gNB x 2^(36-n) + cell, n = 22..32 (TS 38.413); n = 24 here

TOWER_COLUMNS: Final = tuple(schema_of("towers").names)
TOWER_KEY: Final = ["plmn", "rat", "cell_identity"]


@dataclass(frozen=True, kw_only=True)
class TowerParams:
    """How a cell list is read.

    Attributes
    ----------
    box
        South, west, north, east of the area; None takes the whole list. [deg]
    margin_km
        How far outside the box a cell is still taken: it may serve inside. [km]
    operators
        Operator of each PLMN on the survey's date; others are "unknown".
    mnc_digits
        Digits of a network code in this country: MNC 1 is "01" where 2.
    """

    box: tuple[float, float, float, float] | None = None
    margin_km: float = 20.0
    operators: Mapping[str, str] = field(default_factory=dict)
    mnc_digits: int = 2

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.box is not None:
            south, west, north, east = self.box
            if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
                raise InputError(f"Invalid box {self.box}. Must be south < north, west < east.")
        if not 0 <= self.margin_km <= 500:
            raise InputError(f"Invalid margin_km {self.margin_km}. Must be in [0, 500].")
        if self.mnc_digits not in (2, 3):
            raise InputError(f"Invalid mnc_digits {self.mnc_digits}. Must be 2 or 3.")


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


def read_cell_list(
    stream: BinaryIO, name: str, params: TowerParams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Towers of one OpenCelliD cell list, with or without its header line.

    Parameters
    ----------
    stream
        The list, uncompressed.
    name
        Its name, for rejects and errors.
    params
        Area, operators.

    Returns
    -------
    towers, rejects : pandas.DataFrame
        By contract. Reasons: ``wrong_field_count``, ``rat_not_used``, ``invalid_plmn``,
        ``invalid_identity``, ``invalid_position``, ``outside_box``, ``superseded`` (an older entry
        of the same cell).

    Raises
    ------
    InputError
        Where the first row is no row of such a list.
    """
    lines = _lines(stream)
    first = 1 if lines and lines[0].lower().startswith("radio,mcc,net") else 0
    rows = pd.DataFrame({"raw": lines[first:]}, dtype=object)
    rows["source_row"] = np.arange(first + 1, first + 1 + len(rows), dtype=np.int64)
    rows = rows[rows["raw"].str.strip() != ""]
    _refuse_foreign_first_row(rows, name)
    parsed, reason = _parse(rows, params)
    towers = parsed[reason == ""].drop(columns="raw")
    towers, superseded = _newest_of_each_cell(towers)
    reason = reason.mask(reason.index.isin(superseded), "superseded")
    is_rejected = reason != ""
    rejects = pd.DataFrame(
        {
            "source_file": name,
            "source_row": rows.loc[is_rejected, "source_row"],
            "reason": reason[is_rejected],
            "raw": rows.loc[is_rejected, "raw"],
        }
    )
    return towers, rejects.reset_index(drop=True)


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


def _lines(stream: BinaryIO) -> list[str]:
    """Lines of the list, without a byte-order mark."""
    return stream.read().decode("utf-8-sig", errors="replace").splitlines()


def _refuse_foreign_first_row(rows: pd.DataFrame, name: str) -> None:
    """Stop where the first row is none of a cell list: the file is something else."""
    if rows.empty:
        raise InputError("Invalid cell list, it has no rows.", file=name)
    fields = str(rows["raw"].iloc[0]).split(",")
    if len(fields) != len(LIST_FIELDS) or not fields[1].strip().isdigit():
        raise InputError(
            f"Invalid first row with {len(fields)} fields. Must be {','.join(LIST_FIELDS)}.",
            file=name,
            row=int(rows["source_row"].iloc[0]),
        )


def _parse(rows: pd.DataFrame, params: TowerParams) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """Columns of the table towers, and why a row cannot be taken ("" where it can)."""
    fields = _fields(rows["raw"])
    has_all = fields["n_fields"] == len(LIST_FIELDS)
    rat = fields["radio"].str.strip().str.upper()
    number = {
        column: _numbers(fields[column])
        for column in ("mcc", "net", "cell", "lon", "lat", "range", "samples", "updated")
    }
    is_plmn = _is_whole(number["mcc"], 100, 999) & _is_whole(number["net"], 0, 999)
    identity_max = np.asarray(rat.map(CELL_IDENTITY_MAX), dtype=np.float64)
    has_identity = _is_whole(number["cell"], 1, identity_max)
    lat, lon = number["lat"], number["lon"]
    has_position = (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ~((lat == 0) & (lon == 0))
    reason = pd.Series("", index=rows.index, dtype=object)
    for code, is_good in (
        ("outside_box", _inside(lat, lon, params)),
        ("invalid_position", has_position),
        ("invalid_identity", has_identity),
        ("invalid_plmn", is_plmn),
        ("rat_not_used", rat.isin(list(CELL_IDENTITY_MAX)).to_numpy()),
        ("wrong_field_count", has_all.to_numpy()),
    ):
        reason = reason.mask(~np.asarray(is_good, dtype=bool), code)
    plmn = _plmns(number["mcc"], number["net"], is_plmn, params.mnc_digits)
    is_range = (number["range"] > 0) & (number["range"] != DEFAULT_RANGE_M)
    towers = pd.DataFrame(
        {
            "plmn": plmn,
            "operator": [params.operators.get(p, UNKNOWN_OPERATOR) for p in plmn],
            "rat": rat,
            "cell_identity": np.where(has_identity, number["cell"], 0).astype(np.int64),
            "latitude_deg": lat,
            "longitude_deg": lon,
            "range_m": np.where(is_range, number["range"], np.nan),
            "n_samples": _whole_or_na(number["samples"]),
            "basis": "listed",
            "updated_at": pd.to_datetime(
                pd.Series(
                    np.where(number["updated"] > 0, number["updated"], np.nan), index=rows.index
                ),
                unit="s",
                utc=True,
                errors="coerce",
            ),
            "raw": rows["raw"],
        },
        index=rows.index,
    )
    towers["updated_at"] = towers["updated_at"].dt.as_unit("us")
    return towers, reason.astype(str)


def _fields(raw: "pd.Series[str]") -> pd.DataFrame:
    """Fields of each line as text, empty where a line has too few."""
    parts = pc.split_pattern(pa.array(raw, type=pa.string()), ",")
    n_fields = pc.list_value_length(parts).to_numpy(zero_copy_only=False)
    columns: dict[str, Words] = {}
    is_whole = n_fields == len(LIST_FIELDS)
    flat = parts.filter(pa.array(is_whole)).flatten().to_numpy(zero_copy_only=False)
    table = flat.reshape(-1, len(LIST_FIELDS))
    for place, column in enumerate(LIST_FIELDS):
        words = np.full(len(raw), "", dtype=object)
        words[is_whole] = table[:, place]
        columns[column] = words
    return pd.DataFrame({**columns, "n_fields": n_fields}, index=raw.index)


def _numbers(words: "pd.Series[str]") -> Floats:
    """Numbers of a text column, NaN where it holds none."""
    return pd.to_numeric(words.str.strip(), errors="coerce").to_numpy(dtype=np.float64)


def _is_whole(values: Floats, low: float, high: "float | Floats") -> Booleans:
    """Flag whole numbers inside a range; NaN is none."""
    return np.asarray((values >= low) & (values <= high) & (values == np.floor(values)))


def _whole_or_na(values: Floats) -> "pd.arrays.IntegerArray":
    """Counts as nullable integers, NA where negative or not a number."""
    is_count = _is_whole(values, 0, 2.0**53)
    return pd.arrays.IntegerArray(np.where(is_count, values, 0).astype(np.int64), ~is_count)


def _plmns(mcc: Floats, net: Floats, is_plmn: Booleans, mnc_digits: int) -> list[str]:
    """Network code of each row as text, "" where invalid."""
    pairs = np.stack([np.where(is_plmn, mcc, -1), np.where(is_plmn, net, -1)], axis=1)
    unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
    texts = [
        "" if m < 0 else plmn_text(int(m), int(n), 3 if n > 99 else mnc_digits) for m, n in unique
    ]
    return [texts[place] for place in inverse.reshape(-1)]


def _inside(lat: Floats, lon: Floats, params: TowerParams) -> Booleans:
    """Flag positions in the box and its margin."""
    if params.box is None:
        return np.ones(len(lat), dtype=bool)
    south, west, north, east = params.box
    margin_lat = params.margin_km / KM_PER_DEG
    margin_lon = margin_lat / np.cos(np.radians(max(abs(south), abs(north))))
    in_latitude = (lat >= south - margin_lat) & (lat <= north + margin_lat)
    return np.asarray(in_latitude & (lon >= west - margin_lon) & (lon <= east + margin_lon))


def _newest_of_each_cell(towers: pd.DataFrame) -> tuple[pd.DataFrame, pd.Index]:
    """One row a cell, the one updated last (then the best sampled); and the rows it supersedes."""
    order = ["updated_at", "n_samples", "latitude_deg", "longitude_deg"]
    ranked = towers.sort_values(order, ascending=False, na_position="last", kind="stable")
    is_older = ranked.duplicated(TOWER_KEY)
    newest = ranked[~is_older].sort_values(TOWER_KEY, kind="stable")
    return newest[list(TOWER_COLUMNS)].reset_index(drop=True), ranked.index[is_older]


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
