"""The TPS list as taken in: codes as text, coordinates checked, refused rows with their reason."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO, Final

import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.sites.codes import (
    VILLAGE_CODE_DIGITS,
    has_special_number,
    tps_code_of,
    tps_code_of_parts,
    village_code_of_parts,
)
from coverage.sites.columns import NOT_GIVEN, building_of, power_of, require, special_of
from coverage.sites.coordinates import METRES_PER_DEGREE
from coverage.sites.list_coordinates import bare_signs, written_coordinates
from coverage.sites.repeated import each_once
from coverage.sites.sheets import Sheet, read_sheet
from coverage.sites.versions import day_of, reasons_of_versions
from coverage.tables import TABLES

_VILLAGE_REQUIRED: Final = ("village_code", "latitude_deg", "longitude_deg", "radius_m")
_THOUSANDS: Final = re.compile(r"\d{1,3}[.,]\d{3}")


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteListParams:
    """How a TPS list is read.

    Attributes
    ----------
    box
        South, west, north, east; a row outside is a reject. [deg]
    villages
        ``village_code, latitude_deg, longitude_deg, radius_m`` and names
        (:func:`coverage.sites.villages.villages_of_polygons`). Where given, a village code not
        in it is refused (BPS codes have ten digits too), and a TPS without coordinates gets the
        village's point, flagged.
    list_accuracy_m
        Accuracy of listed coordinates where the list states none: a TPS may be shifted by 50 m
        (DOMAIN 3.4). Never less than the rounding of the digits given. [m]
    repairs_swapped
        Take a latitude and longitude that fit the box only when exchanged, marked ``repaired``;
        otherwise such a row is a reject.
    max_voters
        More voters than any TPS may have (the law allows 800, DOMAIN 3.1) are not known. [count]
    as_of
        Polling day. Of several rows of one TPS the newest that is valid then is taken
        (``valid_from``); None = the newest of all.
    """

    box: tuple[float, float, float, float] = (-7.1, 105.0, -5.7, 106.8)
    villages: pd.DataFrame | None = None
    list_accuracy_m: float = 50.0
    repairs_swapped: bool = False
    max_voters: int = 1000
    as_of: date | None = None

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        south, west, north, east = self.box
        if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
            raise InputError(f"Invalid box {self.box}. Must be south < north, west < east [deg].")
        if not 0 < self.list_accuracy_m <= 10_000:
            raise InputError(
                f"Invalid list_accuracy_m {self.list_accuracy_m}. Must be in (0, 10000]."
            )
        if self.max_voters < 1:
            raise InputError(f"Invalid max_voters {self.max_voters}. Must be >= 1.")
        if self.villages is not None:
            missing = [c for c in _VILLAGE_REQUIRED if c not in self.villages.columns]
            if missing:
                raise InputError(f"Invalid villages, no column {missing}.")
            if self.villages["village_code"].duplicated().any():
                raise InputError("Invalid villages, a village_code stands twice. Must be unique.")


def read_sites(
    stream: BinaryIO, name: str, params: SiteListParams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a TPS list, CSV or XLSX, Indonesian or English.

    Parameters
    ----------
    stream
        The file.
    name
        Its name, for ``source_file`` and messages.
    params
        Box, villages, accuracy.

    Returns
    -------
    tuple of pandas.DataFrame
        ``sites`` sorted by ``tps_code`` and ``rejects`` sorted by row, both as in
        :mod:`coverage.tables`. Columns not recognised (names of officers, telephone numbers)
        enter neither.

    Raises
    ------
    InputError
        Where a required column is missing or not one row can be used.
    """
    sheet = read_sheet(stream, name)
    require(sheet.columns, sheet.headers, name, params.villages is not None)
    cells = _cells(sheet)
    reason = np.full(len(sheet.rows), "", dtype=object)
    codes = _codes(cells, reason)
    place = _places(cells, codes, bare_signs(sheet), params, reason)
    valid_from = _valid_from(cells, reason)
    _refuse_versions(codes, valid_from, reason, params.as_of)
    sites = _sites(cells, codes, place, params).assign(valid_from=valid_from)
    sites["source_file"] = name
    sites["source_row"] = sheet.numbers
    taken = reason == ""
    rejects = _rejects(sheet, cells, name, reason)
    if not taken.any():
        raise InputError(_no_row_message(rejects), file=name)
    ordered = sites.loc[taken, list(TABLES["sites"].columns)].sort_values("tps_code", kind="stable")
    return ordered.reset_index(drop=True), rejects


def _cells(sheet: Sheet) -> dict[str, list[str]]:
    """Texts of each recognised field."""
    return {field: [row[i] for row in sheet.rows] for field, i in sheet.columns.items()}


def _codes(cells: dict[str, list[str]], reason: Any) -> list[str]:
    """TPS code of each row; empty with a reason where there is none."""
    if "tps_code" in cells:
        parsed = each_once(cells["tps_code"], tps_code_of)
    else:
        pairs = zip(_village_codes(cells), cells["tps_number"], strict=True)
        parsed = [tps_code_of_parts(village, number) for village, number in pairs]
    reason[:] = [why for _, why in parsed]
    return [code or "" for code, _ in parsed]


def _village_codes(cells: dict[str, list[str]]) -> list[str]:
    """Village code of each row, put together where the list has its parts in columns."""
    above = ("province_code", "regency_code", "district_code")
    if not set(above) <= cells.keys():
        return cells["village_code"]
    columns = [cells[field] for field in (*above, "village_code")]
    return [village_code_of_parts(*parts) for parts in zip(*columns, strict=True)]


def _places(
    cells: dict[str, list[str]],
    codes: list[str],
    signs: tuple[int, int],
    params: SiteListParams,
    reason: Any,
) -> pd.DataFrame:
    """Coordinates, their source and accuracy; rows that have none get a reason."""
    given, latitude, longitude, rounding_deg = written_coordinates(cells, len(codes), signs)
    source = np.full(len(codes), "list", dtype=object)
    is_in = _in_box(latitude, longitude, params)
    is_swapped = ~is_in & _in_box(longitude, latitude, params)
    if params.repairs_swapped:
        latitude, longitude = (
            np.where(is_swapped, longitude, latitude),
            np.where(is_swapped, latitude, longitude),
        )
        source[is_swapped] = "repaired"
        is_in = is_in | is_swapped
    accuracy = _accuracy(cells, rounding_deg, params)
    _mark(reason, given & np.isnan(latitude + longitude), "coordinates_not_understood")
    _mark(reason, given & is_swapped & ~is_in, "coordinates_swapped")
    _mark(reason, given & ~is_in, "outside_box")
    place = pd.DataFrame(
        {
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "coordinate_source": source,
            "coordinate_accuracy_m": accuracy,
        }
    )
    return _with_centroids(place, given, codes, params, reason)


def _in_box(latitude: Any, longitude: Any, params: SiteListParams) -> Any:
    south, west, north, east = params.box
    return (latitude >= south) & (latitude <= north) & (longitude >= west) & (longitude <= east)


def _accuracy(cells: dict[str, list[str]], rounding_deg: Any, params: SiteListParams) -> Any:
    """Stated accuracy, else the default, never under the rounding of the digits [m]."""
    default = np.full(len(rounding_deg), params.list_accuracy_m)
    if "accuracy_m" in cells:
        stated = np.array([_number(text) for text in cells["accuracy_m"]])
        default = np.where(stated > 0, stated, default)
    return np.fmax(default, rounding_deg * METRES_PER_DEGREE)


def _with_centroids(
    place: pd.DataFrame, given: Any, codes: list[str], params: SiteListParams, reason: Any
) -> pd.DataFrame:
    """Fill in village points for TPS without coordinates and refuse unknown village codes."""
    if params.villages is None:
        _mark(reason, ~given, "no_coordinates")
        return place
    villages = params.villages.set_index("village_code")
    village = pd.Index([code[:VILLAGE_CODE_DIGITS] for code in codes])
    _mark(reason, ~village.isin(villages.index), "unknown_village_code")
    found = villages.reindex(village)
    filled = place.copy()
    for column in ("latitude_deg", "longitude_deg"):
        filled[column] = np.where(given, place[column], found[column])
    filled["coordinate_accuracy_m"] = np.where(
        given, place["coordinate_accuracy_m"], found["radius_m"]
    )
    filled["coordinate_source"] = np.where(given, place["coordinate_source"], "village_centroid")
    for column in ("village", "district", "regency"):
        if column in found.columns:
            filled[column] = found[column].to_numpy()
    return filled


def _valid_from(cells: dict[str, list[str]], reason: Any) -> "pd.Series[Any]":
    """Day from which each row holds; a day that is given and not understood is a reject."""
    texts = cells.get("valid_from", [""] * len(reason))
    is_given = np.array([text.strip().lower() not in NOT_GIVEN for text in texts], dtype=bool)
    days = pd.Series(each_once(texts, day_of), dtype=object)
    _mark(reason, is_given & days.isna().to_numpy(), "valid_from_not_understood")
    return days


def _refuse_versions(
    codes: list[str], valid_from: "pd.Series[Any]", reason: Any, as_of: date | None
) -> None:
    """Keep the one usable row of each code that holds on polling day."""
    usable = np.flatnonzero(reason == "")
    reason[usable] = reasons_of_versions(pd.Series(codes)[usable], valid_from[usable], as_of)


def _sites(
    cells: dict[str, list[str]], codes: list[str], place: pd.DataFrame, params: SiteListParams
) -> pd.DataFrame:
    """The contract's columns for every row, refused ones too."""
    sites = pd.DataFrame({"tps_code": pd.Series(codes, dtype="str")})
    sites["village_code"] = sites["tps_code"].str[:VILLAGE_CODE_DIGITS]
    sites["tps_name"] = _texts(cells, "tps_name", len(codes))
    for column in ("village", "district", "regency"):
        listed = _texts(cells, column, len(codes))
        sites[column] = listed.fillna(place[column]) if column in place.columns else listed
    for column in ("latitude_deg", "longitude_deg", "coordinate_source"):
        sites[column] = place[column]
    sites["coordinate_accuracy_m"] = place["coordinate_accuracy_m"].astype(np.float32)
    sites["n_voters"] = _voters(cells, len(codes), params)
    buildings = each_once(cells.get("building", [""] * len(codes)), building_of)
    sites["building"] = pd.Series(buildings, dtype="string")
    powers = each_once(cells.get("has_power", [""] * len(codes)), power_of)
    sites["has_power"] = pd.Series(powers, dtype="boolean")
    sites["is_special"] = _special(cells, codes)
    return sites


def _special(cells: dict[str, list[str]], codes: list[str]) -> "pd.Series[Any]":
    """Whether each TPS is at a special location: as the list says, else by a number that tells."""
    said = each_once(cells.get("is_special", [""] * len(codes)), special_of)
    numbered = [bool(code) and has_special_number(code) for code in codes]
    told = [n or None if s is None else s for s, n in zip(said, numbered, strict=True)]
    return pd.Series(told, dtype="boolean")


def _texts(cells: dict[str, list[str]], field: str, n: int) -> "pd.Series[Any]":
    texts = cells.get(field, [""] * n)
    known = [text if text.lower() not in NOT_GIVEN else None for text in texts]
    return pd.Series(known, dtype="string")


def _voters(cells: dict[str, list[str]], n: int, params: SiteListParams) -> "pd.Series[Any]":
    """Registered voters, or the sum of women and men; NA where it cannot be [count]."""
    nothing = np.full(n, np.nan)

    def numbers(field: str) -> Any:
        return np.array(each_once(cells[field], _number)) if field in cells else nothing

    total = numbers("n_voters")
    total = np.where(np.isnan(total), numbers("n_voters_male") + numbers("n_voters_female"), total)
    is_possible = (total >= 1) & (total <= params.max_voters) & (total == np.floor(total))
    return pd.Series(np.where(is_possible, total, np.nan)).astype("Int32")


def _number(text: str) -> float:
    """Number of a text in Indonesian or English notation, NaN where there is none.

    "1.234" may be a thousand or one and a bit: not known.
    """
    if _THOUSANDS.fullmatch(text.strip()):
        return np.nan
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return np.nan


def _mark(reason: Any, mask: Any, why: str) -> None:
    """Give rows that have no reason yet this one."""
    reason[(reason == "") & np.asarray(mask, dtype=bool)] = why


def _rejects(sheet: Sheet, cells: dict[str, list[str]], name: str, reason: Any) -> pd.DataFrame:
    """Refused rows as they stood, only the columns we know: others may be about a person."""
    refused = np.flatnonzero(reason != "")
    names = {field: sheet.headers[i].strip() for field, i in sheet.columns.items()}
    raw = [
        "; ".join(f"{names[field]}={texts[i]}" for field, texts in cells.items()) for i in refused
    ]
    return pd.DataFrame(
        {
            "source_file": pd.Series([name] * len(refused), dtype="str"),
            "source_row": np.array([sheet.numbers[i] for i in refused], dtype=np.int64),
            "reason": pd.Series(reason[refused], dtype="str"),
            "raw": pd.Series(raw, dtype="str"),
        }
    )


def _no_row_message(rejects: pd.DataFrame) -> str:
    counts = rejects["reason"].value_counts().sort_index()
    reasons = ", ".join(f"{why} {n}" for why, n in counts.items()) or "no row under the header"
    hint = (
        " Codes must be those of Kemendagri, whose seventh digit is 1 or 2; those of BPS need a "
        "crosswalk first."
        if {"unknown_village_code", "village_code_of_bps"} & set(counts.index)
        else ""
    )
    return f"Invalid TPS list, no row can be used: {reasons}. Must have one at least.{hint}"
