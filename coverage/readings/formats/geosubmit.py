"""Geosubmit v2 JSON: Mozilla, beaconDB, NeoStumbler, Tower Collector (FORMATS 8).

One reading a radio cell; Wi-Fi and Bluetooth lists are never looked at. Ages count back from the
item's timestamp. ``signalStrength`` is documented as RSSI, written as RSRP: in LTE it counts as
RSSI where it is exactly what ``asu`` says on the RSSI scale. Rows are numbered by item; an item
without radio cells is one refused row.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coverage.radio import gsm_dbm_of_asu, lte_dbm_of_asu
from coverage.readings import json_stream, picks, words
from coverage.readings.codes import Codes
from coverage.readings.draft import NO_TIME, Draft
from coverage.readings.format import Context, Head
from coverage.readings.times import of_epoch

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NAME: Final = "geosubmit"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = False

_ITEMS: Final = 2_000
"""Items taken together; with a hundred networks each they hold about 100 MB. [count]"""
_LONGEST_KIND: Final = 8
_MARKS: Final = ('"cellTowers"', '"wifiAccessPoints"', '"bluetoothBeacons"')
_SECONDS_PER_MS: Final = 0.001
_POSITION: Final = ("latitude", "longitude", "accuracy", "age", "altitude", "speed")
_TOWER: Final = (
    "mobileCountryCode", "mobileNetworkCode", "locationAreaCode", "cellId", "age", "asu",
    "primaryScramblingCode", "serving", "signalStrength", "arfcn",
)  # fmt: skip
_TOWER_START: Final = len(_POSITION) + 1
_NOTHING: Final[dict[str, Any]] = {}
_UMTS_ASU_DB: Final = 116.0
"""RSCP = ASU - 116, ASU 0..91 (AOSP CellSignalStrengthWcdma, TS 27.007 8.69). [dB]"""
_UMTS_ASU_MAX: Final = 91.0
_NR_ASU_DB: Final = 140.0
"""SS-RSRP = ASU - 140, ASU 0..97 (AOSP CellSignalStrengthNr). [dB]"""


def sniff(head: Head) -> str | None:
    """Recognise an object or lines of objects that hold one of the three lists."""
    if not head.first_line.lstrip().startswith("{"):
        return None
    text = head.data.decode("utf-8", "replace")
    if '"submission_type"' in text:
        return None
    found = next((mark for mark in _MARKS if mark in text), None)
    return f"JSON with {found}" if found else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the items, so many at a time."""
    found = json_stream.items(stream, "items", context.name)
    first_row = 1
    while part := list(islice(found, _ITEMS)):
        yield _draft(part, first_row)
        first_row += len(part)


def _draft(items: Sequence[json_stream.Item | None], first_row: int) -> Draft:
    """Rows of some items: one a radio cell, one for an item without."""
    rows, kinds, sources, reasons, values = [], [], [], [], []
    for row, item in enumerate(items, start=first_row):
        position = _object(item, "position")
        shared = [(item or _NOTHING).get("timestamp"), *map(position.get, _POSITION)]
        towers: Any = (item or _NOTHING).get("cellTowers")
        is_list = isinstance(towers, list) and bool(towers)
        for tower in towers if is_list else [None]:
            cell = tower if isinstance(tower, dict) else _NOTHING
            rows.append(row)
            kinds.append(cell.get("radioType"))
            sources.append(position.get("source"))
            values.append([*shared, *map(cell.get, _TOWER)])
            reasons.append(None if cell else _reason(item, is_list=is_list))
    numbers = _columns(values)
    return _rows_as_draft(np.array(rows, dtype=np.int64), kinds, sources, reasons, numbers)


def _reason(item: json_stream.Item | None, *, is_list: bool) -> str:
    """Why an item gives no radio cell."""
    return "malformed_row" if item is None or is_list else "not_cellular"


def _object(item: json_stream.Item | None, key: str) -> dict[str, Any]:
    """An inner object, empty where there is none."""
    value = item.get(key) if item is not None else None
    return value if isinstance(value, dict) else _NOTHING


def _columns(values: Sequence[Sequence[Any]]) -> Floats:
    """A column a quantity; NaN for what is no number."""
    try:
        table = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        table = np.empty(0)
    if table.ndim != 2:
        table = np.array([[_number(value) for value in row] for row in values], dtype=np.float64)
    return np.where(np.isfinite(table), table, np.nan).T


def _number(value: Any) -> float:
    """Number of a JSON value, also where it is written as text; else NaN."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float) and abs(value) < 1e300:
        return float(value)
    if isinstance(value, str) and len(value) < 32:
        try:
            return float(value)
        except ValueError:
            return np.nan
    return np.nan


def _texts(values: Sequence[Any]) -> Codes:
    """Text column; NA for what is no text."""
    return Codes.of([value if isinstance(value, str) else None for value in values])


def _rows_as_draft(
    rows: Ints, kinds: Sequence[Any], sources: Sequence[Any], reasons: Sequence[str | None],
    numbers: Floats,
) -> Draft:  # fmt: skip
    """Canonical columns."""
    position = dict(zip(("timestamp", *_POSITION), numbers, strict=False))
    tower = dict(zip(_TOWER, numbers[_TOWER_START:], strict=True))
    kind = _texts(kinds)
    rat = words.rats(kind)
    level, is_rssi = _level(rat, tower["signalStrength"], tower["asu"])
    return Draft(
        source_row=rows,
        raw=_raw(kind, numbers),
        time_us=_times(position["timestamp"], tower["age"]),
        numbers={
            "latitude_deg": position["latitude"],
            "longitude_deg": position["longitude"],
            "gps_accuracy_m": position["accuracy"],
            "altitude_m": position["altitude"],
            "speed_mps": position["speed"],
            "fix_age_s": position["age"] * _SECONDS_PER_MS,
            "age_gap_s": (tower["age"] - position["age"]) * _SECONDS_PER_MS,
            "area_code": tower["locationAreaCode"],
            "cell_identity": tower["cellId"],
            "pci": tower["primaryScramblingCode"],
            "arfcn": tower["arfcn"],
            "signal_dbm": level,
            "is_serving": np.where(np.isin(tower["serving"], (0, 1)), tower["serving"], np.nan),
        },
        texts={
            "rat": rat,
            "plmn": words.plmns_of_codes(tower["mobileCountryCode"], tower["mobileNetworkCode"]),
            "reason": picks.first_text(Codes.of(list(reasons)), words.rat_refusals(kind)),
        },
        flags={
            "dq_level_is_rssi": is_rssi,
            "dq_coarse_position": _texts(sources).map(str.lower).equals("manual"),
        },
    )


def _times(timestamp: Floats, age_ms: Floats) -> Ints:
    """Time of the cell: the item's less its age; NO_TIME without timestamp [us]."""
    at = of_epoch(timestamp)
    age_us = np.rint(np.where(age_ms >= 0, age_ms, 0.0).clip(max=1e12) * 1000).astype(np.int64)
    return np.where(at == NO_TIME, NO_TIME, at - age_us)


def _level(rat: Codes, dbm: Floats, asu: Floats) -> tuple[Floats, Bools]:
    """Level by the rule of FORMATS 8, else from ASU by RAT [dBm]; and where it was RSSI."""
    is_rssi = rat.equals("LTE") & (dbm == gsm_dbm_of_asu(asu))
    umts = np.where((asu >= 0) & (asu <= _UMTS_ASU_MAX), asu - _UMTS_ASU_DB, np.nan)
    nr = np.where((asu >= 0) & (asu <= 97), asu - _NR_ASU_DB, np.nan)
    from_asu = picks.by_rat(
        rat, {"LTE": lte_dbm_of_asu(asu), "NR": nr, "UMTS": umts, "GSM": gsm_dbm_of_asu(asu)}
    )
    return np.where(is_rssi, np.nan, picks.first_known(dbm, from_asu)), is_rssi


def _raw(kind: Codes, numbers: Floats) -> pa.Array:
    """What was looked at of each row, as JSON; networks and beacons beside it are personal."""
    names = ("timestamp", *_POSITION, *(f"cell.{name}" for name in _TOWER))
    shown = kind.map(lambda word: word if len(word) <= _LONGEST_KIND else None)
    parts = [pa.scalar('{"radioType":"'), shown.to_arrow().fill_null(""), pa.scalar('"')]
    for name, values in zip(names, numbers, strict=True):
        known = pa.array(values, mask=np.isnan(values))
        parts += [pa.scalar(f',"{name}":'), known.cast(pa.string()).fill_null("null")]
    return pc.binary_join_element_wise(*parts, pa.scalar("}"), "")
