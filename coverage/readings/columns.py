"""Column maps: how an unknown CSV or XLSX dialect says what we call latitude, level and time.

A map is data (TOML), one file a dialect; see ``configs/columns/``. Every key::

    name = "dortmund"               # letters, digits, - _
    delimiter = ","
    decimal = "."                   # or ","
    encoding = "utf-8"              # any name Python knows; a byte-order mark wins
    header_row = 1                  # line of the column names, counted from 1
    source = "drive_test"           # or "crowdsourced"
    missing = ["", "-", "NA"]       # texts that mean "not known"
    rat = "LTE"                     # constant, where no column says it
    plmn = "510-10"                 # constant, where no column says it
    is_serving = true               # constant, where no column says it
    time_format = "%Y-%m-%d %H:%M:%S"   # or "iso", "epoch" (s or ms by magnitude)
    timezone = "Asia/Jakarta"       # of times without offset; default: the survey's

    [recognise]
    header_begins = "index,lon,lat" # default: every mapped column is in the header
    file_name = "o2_*.csv"          # optional pattern

    [columns]                       # ours = "theirs"
    latitude_deg = "lat"

    [units]                         # where theirs is not ours
    speed_mps = "km/h"

    [words.rat]                     # their words for RAT, service_state, is_serving, is_indoor
    "LTE-A" = "LTE"

    [plmn_by_name]                  # file name pattern to network code
    "o2_*" = "262-03"

    [bounds]                        # inclusive; a value outside is "not known"
    signal_dbm = [-140, -44]
"""

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, Final
from zoneinfo import ZoneInfo

from coverage.errors import InputError
from coverage.operators import plmn_of_digits
from coverage.radio import RATS
from coverage.tables import SERVICE_STATES, SOURCES

UNITS: Final[dict[str, dict[str, float]]] = {
    "latitude_deg": {"deg": 1.0},
    "longitude_deg": {"deg": 1.0},
    "gps_accuracy_m": {"m": 1.0, "km": 1000.0},
    "altitude_m": {"m": 1.0, "km": 1000.0},
    "speed_mps": {"m/s": 1.0, "km/h": 1 / 3.6, "knots": 1852 / 3600, "mph": 0.44704},
    "signal_dbm": {"dBm": 1.0, "dB": 1.0},  # dB: a mislabel met in the wild (FORMATS 17)
    "quality_db": {"dB": 1.0},
    "sinr_db": {"dB": 1.0, "0.1 dB": 0.1},
    "uplink_kbps": {"kbps": 1.0, "kbit/s": 1.0, "Mbps": 1000.0, "Mbit/s": 1000.0, "bps": 0.001},
    "downlink_kbps": {"kbps": 1.0, "kbit/s": 1.0, "Mbps": 1000.0, "Mbit/s": 1000.0, "bps": 0.001},
    "ping_ms": {"ms": 1.0, "s": 1000.0},
    "fix_age_s": {"s": 1.0, "ms": 0.001},
    "area_code": {},
    "cell_identity": {},
    "pci": {},
    "arfcn": {},
}
"""Quantities a map may fill, with the units it may name and the factor to ours (the first, 1)."""

_MAX_BYTES: Final = 2**20
"""A column map is written by hand. [byte]"""

WORD_COLUMNS: Final = {
    "rat": RATS,
    "service_state": SERVICE_STATES,
    "is_serving": ("true", "false"),
    "is_indoor": ("true", "false"),
}
PLAIN_TEXTS: Final = (
    "time",
    "date",
    "plmn",
    "mcc",
    "mnc",
    "ecgi",
    "sim_plmn",
    "device",
    "device_model",
)
MAPPABLE: Final = (*UNITS, *WORD_COLUMNS, *PLAIN_TEXTS)
DEFAULT_MISSING: Final = ("", "-", "--", "NA", "N/A", "NaN", "nan", "null", "None", "not available")


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """One dialect; the keys are explained in the module's docstring."""

    name: str
    columns: Mapping[str, str]
    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    header_row: int = 1
    source: str = "crowdsourced"
    missing: tuple[str, ...] = DEFAULT_MISSING
    rat: str | None = None
    plmn: str | None = None
    is_serving: bool | None = None
    time_format: str | None = None
    timezone: str | None = None
    header_begins: str | None = None
    file_name: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    plmn_by_name: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.name):
            raise InputError(f"Invalid name {self.name!r}. Must be letters, digits, - and _.")
        _check_layout(self)
        _check_columns(self)
        _check_constants(self)

    def plmn_of(self, name: str) -> str | None:
        """Network code of a file by its name, else the constant one."""
        base = PurePosixPath(name.rpartition("!")[2]).name
        for pattern, plmn in self.plmn_by_name.items():
            if fnmatchcase(base, pattern):
                return plmn
        return self.plmn

    def matches(self, header: tuple[str, ...], name: str) -> str | None:
        """The rule by which a file with this header is of this dialect, or None.

        Parameters
        ----------
        header
            Column names, as :func:`clean_header` gives them.
        name
            File name.
        """
        base = PurePosixPath(name.rpartition("!")[2]).name
        if self.file_name is not None and not fnmatchcase(base, self.file_name):
            return None
        if self.header_begins is not None:
            wanted = clean_header(self.header_begins.split(self.delimiter))
            if header[: len(wanted)] == wanted:
                return f"column map {self.name}: header begins {self.header_begins}"
            return None
        if all(theirs in header for theirs in self.columns.values()):
            return f"column map {self.name}: the header has its {len(self.columns)} columns"
        return None

    def require(self, header: tuple[str, ...], name: str) -> None:
        """Refuse a file that lacks a mapped column, naming the nearest headers.

        Raises
        ------
        InputError
            Where a column is missing.
        """
        for ours, theirs in self.columns.items():
            if theirs not in header:
                near = get_close_matches(theirs, header, n=3, cutoff=0.5) or list(header[:10])
                raise InputError(
                    f"Invalid column {theirs!r} for {ours}, column map {self.name}: not in the "
                    f"file. Must be one of its headers, the nearest are {near}.",
                    file=name,
                )


def clean_header(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Column names without blanks and quotes; a name that comes again gets the suffix .2, .3.

    Examples
    --------
    >>> clean_header([" start_time", "rssi_1", "rssi_1 ", '"longi "'])
    ('start_time', 'rssi_1', 'rssi_1.2', 'longi')
    """
    seen: dict[str, int] = {}
    cleaned = []
    for raw in names:
        name = raw.strip().strip('"').strip().lstrip("\ufeff")
        seen[name] = seen.get(name, 0) + 1
        cleaned.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(cleaned)


def load_column_map(data: bytes, name: str) -> ColumnMap:
    """Column map of a TOML file.

    Raises
    ------
    InputError
        Where it is no TOML, has an unknown key, or a value is out of its rule.
    """
    if len(data) > _MAX_BYTES:
        raise InputError(f"Invalid column map. Must be <= {_MAX_BYTES} bytes.", file=name)
    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        raise InputError("Invalid column map: nested too deep.", file=name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Invalid column map: {error}.", file=name) from error
    recognise = content.pop("recognise", {})
    if not isinstance(recognise, dict):
        raise InputError("Invalid recognise. Must be a table.", file=name)
    _refuse_unknown(recognise, {"header_begins", "file_name"}, name, "recognise.")
    allowed = {f.name for f in fields(ColumnMap)} - {"header_begins", "file_name"}
    _refuse_unknown(content, allowed, name, "")
    missing = [key for key in ("name", "columns") if key not in content]
    if missing:
        raise InputError(f"Invalid column map: {missing} missing.", file=name)
    try:
        return ColumnMap(**_typed({**content, **recognise}))
    except InputError as error:
        raise InputError(error.problem, file=name) from error


_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "columns": dict, "units": dict, "words": dict, "plmn_by_name": dict, "bounds": dict,
    "missing": list, "header_row": int, "is_serving": bool,
}  # fmt: skip


def _typed(content: dict[str, Any]) -> dict[str, Any]:
    """The values with lists as tuples, each of its type."""
    for key, value in content.items():
        wanted = _TYPES.get(key, str)
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise InputError(f"Invalid {key} {value!r}. Must be of type {wanted!r}.")
    for key in ("columns", "units", "plmn_by_name"):
        for inner, value in content.get(key, {}).items():
            if not isinstance(value, str):
                raise InputError(f"Invalid {key}.{inner} {value!r}. Must be text.")
    for inner, table in content.get("words", {}).items():
        if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
            raise InputError(f"Invalid words.{inner}. Must be a table of texts.")
    if not all(isinstance(text, str) for text in content.get("missing", [])):
        raise InputError(f"Invalid missing {content['missing']!r}. Must be a list of texts.")
    bounds = {}
    for inner, pair in content.get("bounds", {}).items():
        is_pair = isinstance(pair, list) and len(pair) == 2
        if not is_pair or not all(isinstance(v, int | float) for v in pair):
            raise InputError(f"Invalid bounds.{inner} {pair!r}. Must be [low, high].")
        bounds[inner] = (float(pair[0]), float(pair[1]))
    typed = {**content, "bounds": bounds}
    if "missing" in content:
        typed["missing"] = tuple(content["missing"])
    return typed


def _refuse_unknown(given: Mapping[str, Any], allowed: set[str], file: str, prefix: str) -> None:
    """Refuse keys the map does not have."""
    for key in sorted(set(given) - allowed):
        near = get_close_matches(key, allowed, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(
            f"Invalid key {prefix}{key}. Must be one of {sorted(allowed)}.{hint}", file=file
        )


def _check_layout(column_map: ColumnMap) -> None:
    """Delimiter, decimal sign, encoding, header row."""
    if len(column_map.delimiter) != 1 or column_map.delimiter in '"\r\n':
        raise InputError(f"Invalid delimiter {column_map.delimiter!r}. Must be one character.")
    if column_map.decimal not in (".", ","):
        raise InputError(f'Invalid decimal {column_map.decimal!r}. Must be "." or ",".')
    if column_map.decimal == column_map.delimiter:
        raise InputError(f"Invalid decimal {column_map.decimal!r}. Must differ from delimiter.")
    if column_map.header_row < 1:
        raise InputError(f"Invalid header_row {column_map.header_row}. Must be >= 1.")
    try:
        codecs.lookup(column_map.encoding)
    except LookupError as error:
        raise InputError(
            f"Invalid encoding {column_map.encoding!r}. Must be known to Python."
        ) from error


def _check_columns(column_map: ColumnMap) -> None:
    """Mapped columns, their units, words and bounds."""
    unknown = sorted(set(column_map.columns) - set(MAPPABLE))
    if unknown:
        raise InputError(f"Invalid columns {unknown}. Must be among {sorted(MAPPABLE)}.")
    for required in ("latitude_deg", "longitude_deg"):
        if required not in column_map.columns:
            raise InputError(f"Invalid columns. Must map {required}.")
    for ours, unit in column_map.units.items():
        if unit not in UNITS.get(ours, {}):
            raise InputError(
                f"Invalid units.{ours} {unit!r}. Must be one of {[*UNITS.get(ours, {})]}."
            )
    for ours, table in column_map.words.items():
        allowed = WORD_COLUMNS.get(ours, ())
        for theirs, word in table.items():
            if word not in allowed:
                raise InputError(
                    f"Invalid words.{ours}.{theirs} {word!r}. Must be one of {list(allowed)}."
                )
    for ours, (low, high) in column_map.bounds.items():
        if ours not in UNITS or low > high:
            raise InputError(
                f"Invalid bounds.{ours} {[low, high]}. Must be [low, high] of a number."
            )


def _check_constants(column_map: ColumnMap) -> None:
    """Source, RAT, PLMN, time format and zone."""
    if column_map.source not in SOURCES:
        raise InputError(f"Invalid source {column_map.source!r}. Must be one of {list(SOURCES)}.")
    if column_map.rat is not None and column_map.rat not in RATS:
        raise InputError(f"Invalid rat {column_map.rat!r}. Must be one of {list(RATS)}.")
    if column_map.rat is None and "rat" not in column_map.columns:
        raise InputError("Invalid rat None. Must be given, or mapped under columns.")
    for key, plmn in {"plmn": column_map.plmn, **column_map.plmn_by_name}.items():
        if plmn is not None and plmn_of_digits(plmn.replace("-", "", 1)) != plmn:
            raise InputError(f'Invalid plmn {plmn!r} for {key}. Must be MCC-MNC like "510-10".')
    if "time" in column_map.columns and column_map.time_format is None:
        raise InputError("Invalid time_format None. Must be given where time is mapped.")
    time_format = column_map.time_format or ""
    if ("%I" in time_format) != ("%p" in time_format):
        raise InputError(
            f"Invalid time_format {time_format!r}. Must have %I and %p together: an hour of twelve "
            "without AM or PM is two times."
        )
    if "date" in column_map.columns and "time" not in column_map.columns:
        raise InputError("Invalid columns. Must map time where date is mapped.")
    if ("mcc" in column_map.columns) != ("mnc" in column_map.columns):
        raise InputError("Invalid columns. Must map mcc and mnc together.")
    if column_map.timezone is not None:
        try:
            ZoneInfo(column_map.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise InputError(
                f"Invalid timezone {column_map.timezone!r}. Must be a zone name."
            ) from error
