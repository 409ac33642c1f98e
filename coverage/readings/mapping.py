"""Cells of any table to a draft, as a column map says; for CSV and workbooks alike."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coverage.radio import RATS
from coverage.readings import times, values, words
from coverage.readings.codes import Codes
from coverage.readings.columns import UNITS, ColumnMap
from coverage.readings.draft import NO_TIME, Draft
from coverage.readings.format import Context
from coverage.tables import SERVICE_STATES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Cells = Mapping[str, pa.Array | pa.ChunkedArray]

_LEVEL_FLAGS: Final = {
    "signal_dbm": "dq_level_invalid", "quality_db": "dq_quality_invalid",
    "sinr_db": "dq_sinr_placeholder",
}  # fmt: skip


def mapped_draft(
    cells: Cells,
    column_map: ColumnMap,
    context: Context,
    *,
    source_row: Ints,
    raw: pa.Array,
    reason: Codes,
) -> Draft:
    """Rows of a mapped table.

    Parameters
    ----------
    cells
        Text of each mapped column by our name; null = missing.
    column_map
        Units, words, constants, bounds.
    context
        Name and settings.
    source_row, raw, reason
        As in a draft.
    """
    numbers, flags = _numbers(cells, column_map, context.name)
    rat = _rat(cells, column_map, len(source_row))
    texts: dict[str, Codes | str] = {"rat": rat}
    for name in ("device", "device_model"):
        if name in cells:
            texts[name] = words.trimmed(cells[name])
    if "service_state" in cells:
        given = words.trimmed(cells["service_state"])
        own = dict(column_map.words.get("service_state", {}))
        texts["service_state"] = given.map({state: state for state in SERVICE_STATES} | own)
    if "sim_plmn" in cells:
        texts["sim_plmn"] = words.trimmed(cells["sim_plmn"]).map(words.plmn_of_word)
    for name in ("is_serving", "is_indoor"):
        if name in cells:
            own = dict(column_map.words.get(name, {}))
            given = words.trimmed(cells[name])
            numbers[name] = words.are_true(given.map({w: w for w in given.words} | own))
    if column_map.is_serving is not None and "is_serving" not in cells:
        numbers["is_serving"] = np.full(len(source_row), float(column_map.is_serving))
    plmn, is_constant = _plmn(cells, column_map, context.name, len(source_row))
    texts["plmn"] = plmn
    if "ecgi" in cells and "cell_identity" not in cells:
        numbers["cell_identity"] = words.trimmed(cells["ecgi"]).table(_eci)
    refusals = words.rat_refusals(words.trimmed(cells["rat"])) if "rat" in cells else None
    texts["reason"] = reason if refusals is None else reason.where(~reason.is_na, refusals)
    time_us, zone = _times(cells, column_map, context)
    return Draft(
        source_row=source_row, raw=raw, time_us=time_us, timezone=zone, numbers=numbers,
        texts=texts, flags=flags | {"dq_plmn_assumed": is_constant},
    )  # fmt: skip


def _numbers(
    cells: Cells, column_map: ColumnMap, file: str
) -> tuple[dict[str, Floats], dict[str, npt.NDArray[np.bool_]]]:
    """Number columns in our units and within the map's bounds, with the flags of bad ones."""
    numbers, flags = {}, {}
    for name in UNITS:
        if name not in cells:
            continue
        units = UNITS[name]
        declared = column_map.units.get(name)
        factor = units[declared] if declared else 1.0
        relative = {unit: value / factor for unit, value in units.items()}
        number = values.parse(cells[name], relative, name, file) * factor
        low, high = column_map.bounds.get(name, (-np.inf, np.inf))
        good = (number >= low) & (number <= high)
        numbers[name] = np.where(good, number, np.nan)
        if name in _LEVEL_FLAGS:
            is_given = pc.is_valid(cells[name]).to_numpy(zero_copy_only=False).astype(np.bool_)
            flags[_LEVEL_FLAGS[name]] = is_given & np.isnan(numbers[name])
    return numbers, flags


def _rat(cells: Cells, column_map: ColumnMap, n_rows: int) -> Codes:
    """RAT by the map's words, then by the common ones, else the map's constant."""
    if "rat" not in cells:
        return Codes.constant(column_map.rat, n_rows)
    own = dict(column_map.words.get("rat", {}))
    known = {name: name for name in RATS} | own
    rat = words.rats(words.trimmed(cells["rat"]), known.get)
    return rat if column_map.rat is None else rat.where(~rat.is_na, column_map.rat)


def _plmn(
    cells: Cells, column_map: ColumnMap, file: str, n_rows: int
) -> tuple[Codes, npt.NDArray[np.bool_]]:
    """Serving network, and the rows that have it from the map rather than from a cell."""
    plmn = Codes.constant(None, n_rows)
    if "plmn" in cells:
        plmn = words.trimmed(cells["plmn"]).map(words.plmn_of_word)
    elif "mcc" in cells:
        mcc = values.parse(cells["mcc"], {}, "mcc", file)
        plmn = words.plmns_of_codes(mcc, values.parse(cells["mnc"], {}, "mnc", file))
    elif "ecgi" in cells:
        plmn = words.trimmed(cells["ecgi"]).map(_plmn_of_ecgi)
    constant = column_map.plmn_of(file)
    gaps = plmn.is_na
    if constant is None:
        return plmn, np.zeros(n_rows, dtype=np.bool_)
    return plmn.where(~gaps, constant), gaps


def _ecgi_digits(word: str) -> str | None:
    """ECGI without separators: 5 or 6 digits PLMN and 7 hex digits ECI (3GPP TS 23.003, 19.6)."""
    digits = word.replace("-", "").replace(":", "").replace(" ", "")
    is_whole = len(digits) in (12, 13) and digits[:-7].isdigit()
    return digits if is_whole and all(c in "0123456789abcdefABCDEF" for c in digits) else None


def _plmn_of_ecgi(word: str) -> str | None:
    """PLMN of an ECGI.

    Examples
    --------
    >>> _plmn_of_ecgi("51010-1A2B3C4"), _plmn_of_ecgi("405854")
    ('510-10', '405-854')
    """
    digits = _ecgi_digits(word)
    return words.plmn_of_word(digits[:-7] if digits else word)


def _eci(word: str) -> float:
    """Cell identity of an ECGI, NaN where it has none."""
    digits = _ecgi_digits(word)
    return float(int(digits[-7:], 16)) if digits else np.nan


def _times(cells: Cells, column_map: ColumnMap, context: Context) -> tuple[Ints | None, str]:
    """Times in UTC and the zone they were read in; None without a time column."""
    zone = column_map.timezone or context.params.timezone
    if "time" not in cells:
        return None, zone
    stamps = pc.utf8_trim_whitespace(pc.cast(cells["time"], pa.string()))
    if "date" in cells:
        dates = pc.utf8_trim_whitespace(pc.cast(cells["date"], pa.string()))
        stamps = pc.binary_join_element_wise(dates, stamps, " ")
    time_format = column_map.time_format or "iso"
    if time_format == "epoch":
        return times.of_epoch(values.parse(stamps, {}, "time", context.name)), "UTC"
    if time_format == "iso":
        moments, has_offset = times.of_iso(stamps)
        local = np.where(has_offset, NO_TIME, moments)
        return np.where(has_offset, moments, times.to_utc(local, zone)), zone
    moments = times.of_format(stamps, time_format)
    return (moments, "UTC") if "%z" in time_format else (times.to_utc(moments, zone), zone)
