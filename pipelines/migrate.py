"""Tables of an older program: which can be read as they are, which are brought up, which made anew.

The version of the contracts stands in every table (``blankspot_schema``) and in every fingerprint.
As long as the raw files are there nothing has to be migrated: the next run makes all tables anew.
Migration is for surveys whose raw files are gone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from coverage import tables
from coverage.tables import SCHEMA_VERSION
from pipelines.store import Store, schema_version, table_errors

Verdict = Literal["current", "migrated", "remake", "newer"]


def _not_known(name: str, columns: tuple[str, ...], table: pa.Table) -> pa.Table:
    """Columns that a version added: of an older table their values are not known."""
    schema = tables.schema_of(name)
    for column in [name for name in columns if name not in table.column_names]:
        unknown = pa.nulls(table.num_rows, schema.field(column).type)
        table = table.append_column(schema.field(column), unknown)
    return table


_AROUND: Final = (
    "donor_dbm", "host_tps_code", "nearest_usable_operator", "nearest_wifi_m",
    "nearest_wifi_bearing_deg", "nearest_wifi", "foot_area",
)  # fmt: skip

STEPS: Final[dict[tuple[str, int], Callable[[pa.Table], pa.Table]]] = {
    ("sites", 2): partial(_not_known, "sites", ("has_power",)),
    ("site_ranking", 2): partial(_not_known, "site_ranking", ("has_power",)),
    ("site_ranking", 3): partial(_not_known, "site_ranking", _AROUND),
    ("sites", 4): partial(_not_known, "sites", ("is_special",)),
    ("site_ranking", 4): partial(_not_known, "site_ranking", ("is_special",)),
}
"""What brings a table from a version to the next, by table and older version.

A step must not invent a value: ``rejects`` got the device's hash in version 2, which an
older table does not hold, and with NA in its place ``blankspot forget`` would pass over the row.
"""


@dataclass(frozen=True, kw_only=True)
class Migration:
    """What was found and done of one table, all of its parts together.

    Attributes
    ----------
    table
        Its name.
    version
        The oldest version among its files.
    n_files
        Files of it. [count]
    verdict
        ``current``; ``migrated`` (written anew, same rows); ``remake`` (``blankspot run`` makes it
        from the raw files); ``newer`` (of a newer program, untouched).
    """

    table: str
    version: int
    n_files: int
    verdict: Verdict

    def line(self) -> str:
        """For people."""
        told = {
            "current": f"{self.n_files} files, current",
            "migrated": f"{self.n_files} files, brought from schema {self.version} to "
            f"{SCHEMA_VERSION}",
            "remake": f"{self.n_files} files of schema {self.version}, cannot be brought to "
            f"{SCHEMA_VERSION}; `blankspot run` makes them from the raw files",
            "newer": f"{self.n_files} files of schema {self.version}, newer than this program "
            f"({SCHEMA_VERSION}); update the program",
        }
        return f"{self.table}: {told[self.verdict]}"


def migrate(store: Store) -> list[Migration]:
    """Bring the tables of a survey to this program's contracts, as far as their rows allow.

    Each file is written whole or not at all; a migration that is cut off is run again.
    """
    with store.lock():
        return [_migrated(store, name, paths) for name, paths in sorted(_tables(store).items())]


def _tables(store: Store) -> dict[str, list[Path]]:
    """Files of every table of the contract that the survey holds."""
    found = {}
    for name in tables.TABLES:
        paths = [store.path(name), *(store.path(name, part) for part in store.parts(name))]
        if present := [path for path in paths if path.is_file()]:
            found[name] = present
    return found


def _migrated(store: Store, name: str, paths: list[Path]) -> Migration:
    """One table: every file looked at before one is touched."""
    versions = {path: schema_version(path) for path in paths}
    oldest, newest = min(versions.values()), max(versions.values())
    old = {path: version for path, version in versions.items() if version < SCHEMA_VERSION}
    verdict: Verdict = "current"
    if newest > SCHEMA_VERSION:
        verdict, oldest = "newer", newest
    elif not all(_can_be_brought_up(name, path, version) for path, version in old.items()):
        verdict = "remake"
    elif old:
        verdict = "migrated"
        for path, version in old.items():
            _bring_up(store, name, path, version)
    return Migration(table=name, version=oldest, n_files=len(paths), verdict=verdict)


def _can_be_brought_up(name: str, path: Path, version: int) -> bool:
    """Whether a file's columns are those of the contract, or steps are known that make them so."""
    with table_errors(name, path):
        is_same = pq.read_schema(path).names == tables.schema_of(name).names
    return is_same or any((name, v) in STEPS for v in range(version, SCHEMA_VERSION))


def _bring_up(store: Store, name: str, path: Path, version: int) -> None:
    """Write one file anew, its rows as they are or as the steps make them."""
    with table_errors(name, path):
        table = pq.read_table(path, partitioning=None)
        for older in range(version, SCHEMA_VERSION):
            step = STEPS.get((name, older))
            table = step(table) if step else table
        part = path.stem if path.parent != store.root else None
        schema = tables.schema_of(name)
        table = (
            table.select(schema.names) if set(schema.names) == set(table.column_names) else table
        )
        store.write(name, tables.check(name, table.cast(schema)), part)
