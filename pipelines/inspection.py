"""What a file is, what would be taken of it and what not: the answer of ``blankspot inspect``."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from coverage.errors import InputError
from coverage.readings.detect import detect_stream
from coverage.readings.params import ArchiveLimits, ReadParams
from coverage.readings.proposal import propose
from coverage.readings.read import ReadBatch, read_batches
from coverage.tables import DQ_FLAGS
from pipelines import settings
from pipelines.config import Config
from pipelines.dots import Dots
from pipelines.reasons import explained
from pipelines.sentences import Say, as_it_is
from pipelines.store import Store

_SHOWN: Final = (
    "time", "latitude_deg", "longitude_deg", "operator", "rat", "service_state", "signal_dbm",
    "quality_db", "sinr_db", "cell_identity", "pci", "arfcn", "source_row",
)  # fmt: skip
_COUNTED: Final = ("rat", "operator", "plmn", "service_state")
_PLACE: Final = ("latitude_deg", "longitude_deg")
_INSPECTION_KEY: Final = b"inspect: nothing is kept"


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What was found in one file."""

    file: str
    formats: tuple[str, ...]
    rules: tuple[str, ...]
    timezone: str
    n_rows: int
    n_taken: int
    rejected: dict[str, int]
    flags: dict[str, int]
    counts: dict[str, dict[str, int]]
    extent: dict[str, float]
    span: tuple[str, str] | None
    notes: tuple[str, ...]
    readings: list[dict[str, Any]]
    rejects: list[dict[str, Any]]
    dots: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything, for machines."""
        return dict(vars(self))

    def lines(
        self, say: Say = as_it_is, number: Callable[[int], str] = "{:,}".format
    ) -> Iterator[str]:
        """Everything, for people.

        Parameters
        ----------
        say
            Tells English sentences in their language.
        number
            Writes a count as they do.
        """
        yield f"{self.file}: {', '.join(self.formats) or say('nothing to read')}"
        for rule in self.rules:
            yield f"  {say(f'recognised by: {rule}')}"
        yield f"  {say(f'times without zone read as: {self.timezone}')}"
        n_rejected = self.n_rows - self.n_taken
        told = f"{self.n_rows:,} rows, {self.n_taken:,} taken, {n_rejected:,} rejected"
        yield f"  {say(told)}"
        for reason, n in sorted(self.rejected.items(), key=lambda item: -item[1]):
            yield f"    {number(n):>9} {explained(reason, say)}"
        if self.flags:
            yield f"  {say('flags of readings taken:')}"
        for flag, n in sorted(self.flags.items(), key=lambda item: -item[1]):
            yield f"    {number(n):>9} {explained(flag, say)}"
        for what, values in self.counts.items():
            unknown = say("not known")
            listed = ", ".join(f"{value or unknown} {number(n)}" for value, n in values.items())
            yield f"  {what}: {listed or say('none')}"
        if self.span:
            yield f"  {say(f'from {self.span[0]} to {self.span[1]}')}"
        if self.extent:
            south, west, north, east = (self.extent[k] for k in ("south", "west", "north", "east"))
            box = f"latitude {south:.5f} to {north:.5f}, longitude {west:.5f} to {east:.5f}"
            yield f"  {say(box)}"
        yield from (f"    {say(line)}" for line in self.dots)
        for note in self.notes:
            yield f"  {say(f'note: {note}')}"
        yield from _rows(say("first readings:"), self.readings)
        yield from _rows(say("first rejects:"), self.rejects)


def inspect_file(path: Path, config: Config | None, n_shown: int) -> Inspection:
    """Read a file as a survey would and say what came of it; nothing is written.

    Raises
    ------
    InputError
        Where the file is missing or of no known format.
    """
    if not path.is_file():
        raise InputError("No such file.", file=str(path))
    params = _params(path, config)
    with path.open("rb") as stream:
        rules = tuple(dict.fromkeys(detect_stream(stream, path.name, params)))
    with path.open("rb") as stream:
        return _summary(path.name, read_batches(stream, path.name, params), rules, params, n_shown)


def propose_columns(path: Path, config: Config | None) -> str:
    """Column map for a file that no format and no map recognises, to be corrected and saved.

    Raises
    ------
    InputError
        Where the file is missing or no table with a header.
    """
    if not path.is_file():
        raise InputError("No such file.", file=str(path))
    with path.open("rb") as stream:
        return propose(stream, path.name, config.limits if config else ArchiveLimits())


def _params(path: Path, config: Config | None) -> ReadParams:
    """Settings of the survey, or the defaults with no box."""
    if config is None:
        config = Config.model_validate(
            {
                "file": path.resolve(),
                "survey": {"name": "inspect", "election_date": datetime.now(UTC).date()},
                "paths": {"raw": ".", "processed": "."},
                "grid": {"box": None},
            }
        )
        params = settings.read_params(config, Store(config.processed), key=_INSPECTION_KEY)
        return replace(params, device_group=str(path.parent))
    params = settings.read_params(config, Store(config.processed), key=_INSPECTION_KEY)
    raw = config.raw
    inside = isinstance(raw, Path) and path.resolve().is_relative_to(raw)
    name = path.resolve().relative_to(config.local_raw).as_posix() if inside else path.name
    return settings.for_file(params, config, name)


def _summary(
    name: str,
    batches: Iterator[ReadBatch],
    rules: tuple[str, ...],
    params: ReadParams,
    n_shown: int,
) -> Inspection:
    """Go through the batches once, keeping counts and the first rows."""
    counts: dict[str, Counter[str]] = {k: Counter() for k in _COUNTED}
    rejected: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    formats: dict[str, None] = {}
    notes: dict[str, None] = {}
    shown: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    bounds, dots = _Bounds(), Dots()
    n_rows = n_taken = 0
    for batch in batches:
        n_rows += batch.n_rows
        n_taken += batch.readings.num_rows
        formats[batch.format] = None
        notes |= dict.fromkeys(batch.notes)
        for column, counter in counts.items():
            counter.update(_values(batch.readings, column))
        rejected.update(_values(batch.rejects, "reason"))
        flags.update({flag: pc.sum(batch.readings.column(flag)).as_py() or 0 for flag in DQ_FLAGS})
        bounds = bounds.widened(batch.readings)
        dots.add(*(batch.readings.column(name).to_numpy() for name in _PLACE))
        shown += _first(batch.readings.select(list(_SHOWN)), n_shown - len(shown))
        refused += _first(batch.rejects, n_shown - len(refused))
    return Inspection(
        file=name,
        formats=tuple(formats),
        rules=rules,
        timezone=params.timezone,
        n_rows=n_rows,
        n_taken=n_taken,
        rejected=dict(sorted(rejected.items())),
        flags={flag: n for flag, n in sorted(flags.items()) if n},
        counts={k: dict(sorted(c.items(), key=lambda item: -item[1])) for k, c in counts.items()},
        extent=bounds.extent(),
        span=bounds.span(),
        notes=tuple(notes),
        readings=shown,
        rejects=refused,
        dots=tuple(dots.lines()),
    )


@dataclass(frozen=True)
class _Bounds:
    """Smallest and largest latitude, longitude and time seen."""

    latitude: tuple[float, float] | None = None
    longitude: tuple[float, float] | None = None
    time: tuple[datetime, datetime] | None = None

    def widened(self, readings: pa.Table) -> "_Bounds":
        """Bounds that also hold these readings."""
        if not readings.num_rows:
            return self
        return _Bounds(
            *(
                _union(old, pc.min_max(readings.column(name)).as_py())
                for old, name in (
                    (self.latitude, "latitude_deg"),
                    (self.longitude, "longitude_deg"),
                    (self.time, "time"),
                )
            )
        )

    def extent(self) -> dict[str, float]:
        """South, west, north, east [deg]; empty without readings."""
        if self.latitude is None or self.longitude is None:
            return {}
        (south, north), (west, east) = self.latitude, self.longitude
        return {"south": south, "west": west, "north": north, "east": east}

    def span(self) -> tuple[str, str] | None:
        """First and last time, ISO 8601."""
        if self.time is None:
            return None
        first, last = (moment.isoformat(timespec="seconds") for moment in self.time)
        return first, last


def _union(old: tuple[Any, Any] | None, new: dict[str, Any]) -> tuple[Any, Any]:
    """Range that holds both."""
    if old is None:
        return new["min"], new["max"]
    return min(old[0], new["min"]), max(old[1], new["max"])


def _values(table: pa.Table, column: str) -> dict[str, int]:
    """Rows by value of a text column, empty text for NA."""
    pairs = table.column(column).value_counts().to_pylist()
    return {pair["values"] or "": pair["counts"] for pair in pairs}


def _first(table: pa.Table, n: int) -> list[dict[str, Any]]:
    """The first rows as plain values."""
    return list(islice(table.slice(0, max(n, 0)).to_pylist(), max(n, 0)))


def _rows(title: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Rows as lines under a title."""
    if rows:
        yield f"  {title}"
    for row in rows:
        shown = {k: v for k, v in row.items() if v is not None}
        yield "    " + ", ".join(f"{key} {_text(value)}" for key, value in shown.items())


def _text(value: Any) -> str:
    """One value, short."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return repr(value) if isinstance(value, str) and len(value) > 40 else str(value)
