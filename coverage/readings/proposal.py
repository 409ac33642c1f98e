"""A column map proposed for an unknown table, for an engineer to correct and save.

Names decide, values have a veto: a column called ``level`` that holds numbers between 0 and 5 is no
level in dBm. What is ambiguous is left open with the choices beside it, so that the map is refused
until somebody has chosen; nothing is guessed in silence.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO, Final

import pyarrow as pa

from coverage.radio import rat_of
from coverage.readings.columns import UNITS
from coverage.readings.params import ArchiveLimits
from coverage.readings.privacy import redacted
from coverage.readings.sample import Sample, sample
from coverage.readings.synonyms import NAMES, PLAUSIBLE, is_personal, name_and_unit

_FITS: Final = 0.8
"""Share of the values that must fit; logs hold placeholders such as 2147483647. [0-1]"""
_CELL: Final = re.compile(r"\s*([-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s].*)?")
_DATES: Final = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y",
    "%m-%d-%Y", "%d %b %Y", "%d-%b-%Y", "%d/%m/%y", "%m/%d/%y",
)  # fmt: skip
_CLOCKS: Final = (
    "%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%H.%M.%S", "%H_%M_%S", "%H%M%S", "%I:%M:%S %p", "%I:%M %p",
)  # fmt: skip
_BETWEEN: Final = (" ", "_", "T", ", ", "-")
_STAND_INS: Final = frozenset({"[mac]", "[ip]", "[id]", "[phone]", "[mail]"})
_MISSING: Final = frozenset({"-", "--", "na", "n/a", "nan", "null", "none", "?"})


@dataclass(frozen=True, kw_only=True)
class _Column:
    """A column of theirs that may be one of ours."""

    theirs: str
    values: list[str]
    unit: str | None


def propose(stream: BinaryIO, name: str, limits: ArchiveLimits) -> str:
    """Column map for a CSV file, a workbook or Parquet, TOML with comments.

    Parameters
    ----------
    stream
        The file, seekable, packed or not.
    name
        Its name.
    limits
        How much an archive may unfold to.

    Raises
    ------
    InputError
        Where it is no table with a header.
    """
    seen = sample(stream, name, limits)
    columns, doubts = _matched(seen)
    lines = [
        f"# Proposed for {PurePosixPath(name).name}: header and first {len(seen.rows)} rows.",
        "# Check every line, save it where inputs.columns of the survey finds it, and look again",
        "# with `blankspot inspect`. Keys: see coverage/readings/columns.py.",
        f"name = {json.dumps(_map_name(name))}",
        *_layout(seen),
        'source = "drive_test"            # or "crowdsourced"',
        *_constants(columns),
        *_time_format(columns),
        "",
        '[columns]                        # ours = "theirs"',
        *(_assignment(ours, column) for ours, column in columns.items()),
        *(f"# {ours} = ?   not found; must be given" for ours in _lacking(columns)),
        *doubts,
        *_tables(columns),
    ]
    return "\n".join(lines) + "\n"


def _matched(seen: Sample) -> tuple[dict[str, _Column], list[str]]:
    """Our columns with theirs, and a comment for each of theirs that is left."""
    taken: dict[str, _Column] = {}
    doubts: list[str] = []
    free = dict.fromkeys(range(len(seen.header)))
    bare = [name_and_unit(header) for header in seen.header]
    for place, header in enumerate(seen.header):
        if is_personal(header) or _are_personal(seen.column(place)):
            doubts.append(f"# {header!r}: personal, never to be mapped")
            del free[place]
    for ours, names in NAMES.items():
        candidates = [place for word in names for place in free if bare[place][0] == word]
        for place in candidates:
            column = _Column(
                theirs=seen.header[place], values=seen.column(place), unit=bare[place][1]
            )
            if why := _veto(ours, column.values):
                doubts.append(f"# {ours} = {_quoted(column.theirs)}   no: {_one_line(why)}")
                continue
            taken[ours] = column
            del free[place]
            break
    for place in free:
        shown = ", ".join(list(dict.fromkeys(seen.column(place)))[:3])
        doubts.append(f"# {seen.header[place]!r}: not used; values such as {_one_line(shown)!r}")
    return _consistent(taken), doubts


def _are_personal(values: Sequence[str]) -> bool:
    """Whether most values are what would be redacted: numbers of phones or cards, addresses."""
    hidden = redacted(pa.array(values, pa.string())).to_pylist()
    return sum(text in _STAND_INS for text in hidden) > len(values) / 2


def _consistent(columns: dict[str, _Column]) -> dict[str, _Column]:
    """Columns that go together: mcc with mnc, a date only beside a time."""
    if ("mcc" in columns) != ("mnc" in columns):
        columns = {k: v for k, v in columns.items() if k not in {"mcc", "mnc"}}
    if "date" in columns and "time" not in columns:
        columns = {("time" if k == "date" else k): v for k, v in columns.items()}
    return columns


def _veto(ours: str, values: Sequence[str]) -> str:
    """Why values cannot be ours, empty where they can."""
    known = [value for value in values if value.lower() not in _MISSING]
    if not known:
        return "" if ours not in {"latitude_deg", "longitude_deg"} else "it is empty"
    if ours not in PLAUSIBLE:
        return ""
    numbers = [number for value in known if (number := _number(value)) is not None]
    if len(numbers) < _FITS * len(known):
        return f"{known[0]!r} is no number"
    low, high = PLAUSIBLE[ours]
    outside = [number for number in numbers if not low <= number <= high]
    if len(outside) > (1 - _FITS) * len(numbers):
        return f"{outside[0]:g} is not in [{low:g}, {high:g}]"
    return ""


def _number(text: str) -> float | None:
    """Number of a cell, with or without unit."""
    found = _CELL.fullmatch(text)
    return float(found[1].replace(",", ".")) if found else None


def _layout(seen: Sample) -> Iterator[str]:
    """Keys of the layout that differ from the defaults."""
    defaults = {"delimiter": ",", "decimal": ".", "encoding": "utf-8", "header_row": 1}
    for key, default in defaults.items():
        if getattr(seen, key) != default:
            yield f"{key} = {json.dumps(getattr(seen, key))}"


def _constants(columns: dict[str, _Column]) -> Iterator[str]:
    """What no column says."""
    if "rat" not in columns:
        yield 'rat = "LTE"                       # no column says it: correct this'
    if not {"plmn", "mcc", "ecgi"} & set(columns):
        yield '# plmn = "510-10"                 # no column names the network: else not known'
    if "is_serving" not in columns:
        yield "is_serving = true                 # every row is the serving cell: correct this"


def _time_format(columns: dict[str, _Column]) -> Iterator[str]:
    """The format of the times, with the choices where more than one fits."""
    if "time" not in columns:
        yield "# no time column found: give `period` in an [[inputs.overrides]] of the survey"
        return
    texts = columns["time"].values
    if "date" in columns:
        pairs = zip(columns["date"].values, texts, strict=False)
        texts = [f"{day} {clock}" for day, clock in pairs]
    fitting = formats_of(texts)
    if len(fitting) == 1:
        yield f"time_format = {json.dumps(fitting[0])}"
    else:
        why = "several formats fit: choose one" if fitting else "no format known here fits"
        yield f"# time_format: {why}; times such as {_one_line(texts[0]) if texts else 'none'!r}"
        yield from (f"# time_format = {json.dumps(each)}" for each in fitting)
    yield '# timezone = "Asia/Jakarta"       # of times without offset; default: the survey\'s'


def formats_of(texts: Sequence[str]) -> list[str]:
    """Every format that fits all times.

    Examples
    --------
    >>> formats_of(["2024-02-14T07:00:00Z"]), formats_of(["1707868800"])
    (['iso'], ['epoch'])
    >>> formats_of(["03/04/2024 07:15"])
    ['%d/%m/%Y %H:%M', '%m/%d/%Y %H:%M']
    >>> formats_of(["03/04/2024 07:15", "13/04/2024 07:15"])
    ['%d/%m/%Y %H:%M']
    """
    if not texts:
        return []
    if all(re.fullmatch(r"\d{9,11}(\.\d+)?|\d{12,14}", text) for text in texts):
        return ["epoch"]
    if all(_is_iso(text) for text in texts):
        return ["iso"]
    candidates = [f"{day}{sign}{clock}" for day in _DATES for sign in _BETWEEN for clock in _CLOCKS]
    first = [each for each in [*candidates, *_DATES] if _fits(texts[0], each)]
    return [each for each in first if all(_fits(text, each) for text in texts)]


def _is_iso(text: str) -> bool:
    """Whether a text is a moment in ISO 8601."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text) is not None


def _fits(text: str, time_format: str) -> bool:
    """Whether a text is in a format."""
    try:
        datetime.strptime(text, time_format)
    except ValueError:
        return False
    return True


def _assignment(ours: str, column: _Column) -> str:
    """One line under [columns], with some of the values."""
    shown = ", ".join(list(dict.fromkeys(column.values))[:3])
    return f"{ours} = {_quoted(column.theirs)}".ljust(33) + f"# {_one_line(shown)}"


def _lacking(columns: dict[str, _Column]) -> list[str]:
    """Columns without which a map is refused."""
    return [ours for ours in ("latitude_deg", "longitude_deg") if ours not in columns]


def _tables(columns: dict[str, _Column]) -> Iterator[str]:
    """Units and words that have to be told."""
    units = {ours: unit for ours, c in columns.items() if (unit := _unit(ours, c)) is not None}
    if units:
        yield from ("", "[units]                          # where theirs is not ours")
        yield from (f"{ours} = {json.dumps(unit)}" for ours, unit in units.items())
    if "rat" in columns:
        counts = Counter(columns["rat"].values)
        unknown = [word for word in sorted(counts) if rat_of(word) is None]
        if unknown:
            yield from ("", "[words.rat]                      # GSM, UMTS, LTE or NR")
            yield from (
                f"# {_quoted(word)} = ?".ljust(33) + f"# {counts[word]} rows" for word in unknown
            )


def _unit(ours: str, column: _Column) -> str | None:
    """Unit of theirs where it is not ours: of the header, else none is claimed."""
    known = UNITS.get(ours, {})
    cells = Counter(
        found[2].strip().lower()
        for v in column.values
        if (found := _CELL.fullmatch(v)) and found[2]
    )
    if cells:  # units in the cells speak for themselves
        return None
    if column.unit in known and known[column.unit] != 1.0:
        return column.unit
    return None


def _quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    """Text for a comment: on one line, short, nothing personal in it."""
    hidden: str = redacted(pa.array([text], pa.string()))[0].as_py()
    return "".join(c if c.isprintable() else " " for c in hidden)[:60]


def _map_name(name: str) -> str:
    """Name for the map, after the file."""
    stem = PurePosixPath(name.rpartition("!")[2]).name.partition(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-") or "unknown"
