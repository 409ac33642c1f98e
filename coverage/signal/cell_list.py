"""Cell lists in OpenCelliD's layout: towers as somebody heard them, not as they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coverage.errors import InputError
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
_RANGE_END_M: Final = 1_000_000  # far beyond any radio horizon: not known
KM_PER_DEG: Final = 111.195  # a degree of latitude on the sphere of geodesy.EARTH_RADIUS_M

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
    is_range = (number["range"] > 0) & (number["range"] < _RANGE_END_M)
    is_range &= number["range"] != DEFAULT_RANGE_M
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
    codes = np.full(len(mcc), -1, np.int64)
    codes[is_plmn] = mcc[is_plmn] * 1000 + net[is_plmn]
    unique, inverse = np.unique(codes, return_inverse=True)
    pairs = [divmod(int(code), 1000) for code in unique]
    texts = ["" if m < 0 else plmn_text(m, n, 3 if n > 99 else mnc_digits) for m, n in pairs]
    return [texts[place] for place in inverse]


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
