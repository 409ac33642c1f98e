"""Tables on disk: every one checked against its contract, written whole or not at all.

A file is written beside its place, flushed to disk and renamed, so that a reader (or the next run)
sees the old one or the new one and never half of one. Whoever is not of the owner's group may read
nothing: tables tell where phones were, at which minute.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from coverage import tables
from coverage.errors import BlankspotError, ContractError, InputError
from pipelines.filesystem import RemotePath
from pipelines.parquet_form import table_writer

HASH_DIGITS: Final = 16  # 64 bits: collisions among a million files have odds of 1 in 10^7
LOCK_FILE: Final = ".lock"
_SCHEMA_KEY: Final = b"blankspot_schema"
_TEMPORARY: Final = ".part"
_FILE_RIGHTS: Final = 0o640  # what a file keeps at most: nothing for others
_FOLDER_RIGHTS: Final = 0o750


class LockedError(BlankspotError):
    """Another run holds this survey."""


def content_hash(path: Path | RemotePath) -> str:
    """Hash of a file's bytes, 16 hex digits (BLAKE2b)."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, _new_hash).hexdigest()[:HASH_DIGITS]


def fingerprint_of(*parts: object) -> str:
    """Hash of values that have one JSON text; equal values, equal fingerprint."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode()).hexdigest()[:HASH_DIGITS]


def make_folder(path: Path) -> None:
    """Make a folder and what is missing above it, each closed to others whatever the umask."""
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(mode=_FOLDER_RIGHTS, exist_ok=True)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Hand out a temporary path that takes the place of ``path`` when the block ends well.

    The name is new each time: a task that runs twice at once does not meet itself.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_TEMPORARY}{path.suffix}")
    try:
        yield temporary
        _close_to_others(temporary)
        _flush(temporary)
        temporary.replace(path)
        _flush(path.parent)
    except OSError as error:
        error.filename = error.filename or str(path)  # a failed write does not say of what
        raise
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Hand out an empty folder that takes the place of ``path`` when the block ends well."""
    make_folder(path.parent)
    temporary, old = (path.with_name(f".{path.name}.{what}{_TEMPORARY}") for what in ("new", "old"))
    for leftover in (temporary, old):
        shutil.rmtree(leftover, ignore_errors=True)
    temporary.mkdir(mode=_FOLDER_RIGHTS)
    try:
        yield temporary
        for file in temporary.iterdir():
            _close_to_others(file)
            _flush(file)
        if path.exists():
            path.replace(old)
        temporary.replace(path)
        _flush(path.parent)
    finally:
        for leftover in (temporary, old):
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def table_errors(name: str, path: Path) -> Iterator[None]:
    """Turn what can go wrong in reading a table into one line that says what to do."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(
            f"No table {name}.", file=str(path), remedy="Make it with `blankspot run`."
        ) from error
    except MemoryError:  # Arrow's is also one of its own: the table is sound, the machine too small
        raise
    except (pa.ArrowException, OSError, ContractError) as error:
        if isinstance(error, OSError) and error.errno:  # the system said no, not the table
            error.filename = error.filename or str(path)
            raise
        raise InputError(
            f"Damaged or foreign table {name} ({_one_line(error)}).",
            file=str(path),
            remedy="Delete it and run again.",
        ) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a small file whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, content: object) -> None:
    """Write JSON, keys sorted, whole or not at all."""
    text = json.dumps(content, indent=1, sort_keys=True, default=str, ensure_ascii=False)
    write_bytes(path, (text + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; empty where there is no file.

    Raises
    ------
    InputError
        Where the file is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(
            f"Invalid JSON ({error}).", file=str(path), remedy="Delete the file and run again."
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            "Invalid JSON. Must be an object.", file=str(path),
            remedy="Delete the file and run again.",
        )  # fmt: skip
    return content


@dataclass(frozen=True)
class Store:
    """The processed folder of one survey.

    Attributes
    ----------
    root
        ``paths.processed`` of the config.
    is_look
        A look only: stages say whether they would work, and do not.
    """

    root: Path
    is_look: bool = False

    def path(self, name: str, part: str | None = None) -> Path:
        """Where a table lies: one file, or one of its parts."""
        return (
            self.root / f"{name}.parquet" if part is None else self.root / name / f"{part}.parquet"
        )

    def parts(self, name: str) -> list[str]:
        """Names of the parts of a table, sorted."""
        return sorted(path.stem for path in (self.root / name).glob("[!.]*.parquet"))

    def write(self, name: str, table: pa.Table, part: str | None = None) -> Path:
        """Check a table against its contract and write it whole or not at all."""
        path = self.path(name, part)
        with self.writer(name, part) as write:
            write(table)
        return path

    @contextmanager
    def writer(self, name: str, part: str | None = None) -> Iterator[Callable[[pa.Table], None]]:
        """Write a table batch by batch, each checked, the file whole or not at all."""
        with (
            atomic_path(self.path(name, part)) as temporary,
            table_writer(temporary, name) as write,
        ):
            yield write

    def read(
        self, name: str, part: str | None = None, columns: list[str] | None = None
    ) -> pa.Table:
        """Read a table (or some columns of it) and check it against its contract.

        Raises
        ------
        InputError
            Where it is missing or damaged, with the command that makes it again.
        """
        path = self.path(name, part)
        with table_errors(name, path):
            _refuse_other_schema(name, path)
            table = pq.read_table(path, columns=columns, partitioning=None)
            return table if columns else tables.check(name, table)

    def delete(self, name: str, part: str) -> None:
        """Delete one part of a table."""
        self.path(name, part).unlink(missing_ok=True)

    @property
    def manifest_path(self) -> Path:
        """Where the record of the runs lies."""
        return self.root / "manifest.json"

    def manifest(self) -> dict[str, Any]:
        """What the last runs did; empty before the first."""
        return read_json(self.manifest_path)

    def clean(self) -> None:
        """Remove what a run that was killed left half-written."""
        for leftover in self.root.rglob(f".*{_TEMPORARY}*"):
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink(missing_ok=True)

    @contextmanager
    def lock(self) -> Iterator[str]:
        """Hold the survey alone; hands out who held it last and died of it, empty if nobody did.

        The operating system frees the lock when its holder dies, so a stale one cannot remain; what
        the dead holder wrote into it does, and tells that its run was cut off.

        Raises
        ------
        LockedError
            Naming the process that holds it and since when.
        """
        make_folder(self.root)
        with open(self.root / LOCK_FILE, "a+", encoding="utf-8", opener=_open_closed) as file:
            cut_off = _take(file, self.root)
            try:
                yield cut_off
            finally:
                file.truncate(0)

    def holder(self) -> str:
        """Who holds the survey at this moment, empty if nobody does."""
        try:
            with (self.root / LOCK_FILE).open(encoding="utf-8") as file:
                holder = file.read().strip()
                if holder:  # an empty lock is not tried: a run may be about to take it
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return ""
        except BlockingIOError:
            return holder
        return ""


def _take(file: IO[str], root: Path) -> str:
    """Lock an open file or say who holds it; then write who we are. Returns what stood there."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "another process"
        raise LockedError(f"{root}: survey is in use by {holder}. Wait for it to end.") from error
    file.seek(0)
    before = file.read().strip()
    file.truncate(0)
    file.write(f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
    file.flush()
    return before


def _open_closed(path: str, flags: int) -> int:
    """Open a file that, where it is made here, others may not read."""
    return os.open(path, flags, _FILE_RIGHTS)


def _close_to_others(path: Path) -> None:
    """Take from all but owner and group every right to a file or folder."""
    mode = path.stat().st_mode
    path.chmod(mode & (_FOLDER_RIGHTS if path.is_dir() else _FILE_RIGHTS))


def schema_version(path: Path) -> int:
    """Version of the contracts that a table was written under; 0 where it does not say."""
    with table_errors(path.stem, path):
        return _version_in(pq.read_schema(path))


def _version_in(schema: pa.Schema) -> int:
    """Version that a schema's metadata carry."""
    return int((schema.metadata or {}).get(_SCHEMA_KEY, b"0"))


def _refuse_other_schema(name: str, path: Path) -> None:
    """Say how to go on where a table's columns are those of another version of the contract.

    An older table of the same columns is read as it is.
    """
    schema = pq.read_schema(path)
    version = _version_in(schema)
    if version > tables.SCHEMA_VERSION:
        raise InputError(
            f"Table {name} is of schema {version}, this program knows {tables.SCHEMA_VERSION}.",
            file=str(path), remedy="Update the program.",
        )  # fmt: skip
    if version < tables.SCHEMA_VERSION and schema.names != tables.schema_of(name).names:
        raise InputError(
            f"Table {name} is of schema {version}, this program reads {tables.SCHEMA_VERSION}.",
            file=str(path), remedy="Run `blankspot migrate CONFIG`.",
        )  # fmt: skip


def _flush(path: Path) -> None:
    """Force a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _new_hash() -> Any:
    """BLAKE2b, the fastest of the standard library's sound hashes."""
    return hashlib.blake2b()


def _one_line(error: Exception) -> str:
    """First line of an error's text."""
    return str(error).strip().split("\n", 1)[0]
