"""Raw inputs on storage that is not mounted: S3-compatible and others, through pyarrow.

Such a folder is named by its URI, ``s3://bucket/folder?region=...&endpoint_override=...``. What is
asked of it is what is asked of a local one, so that the rest of the program need not know. Keys and
passwords come from where the storage's own tools take them (environment, profile, machine role),
never from the config.
"""

import functools
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from coverage.errors import InputError

BUFFER_BYTES: Final = 1 << 20
"""Read ahead: each request to a storage takes tens of milliseconds."""
_SCHEMES: Final = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "file")
_WILD: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class RemoteStat:
    """What identifies a state of a remote file, named as ``os.stat`` does.

    Attributes
    ----------
    st_ino
        Number of its path: storages have no inodes.
    st_size
        [bytes]
    st_mtime_ns
        Time of modification [ns].
    st_dev
        Of no device of this machine.
    """

    st_ino: int
    st_size: int
    st_mtime_ns: int
    st_dev: int = -1


@dataclass(frozen=True, order=True)
class RemotePath:
    """A folder in a storage or a file below it, with the methods of ``pathlib.Path`` inputs need.

    Attributes
    ----------
    uri
        URI of the raw folder.
    key
        Path below it, with slashes; empty = the folder itself.
    listed
        Size and time as listed with the file; None = has not been listed.
    """

    uri: str
    key: str = ""
    listed: RemoteStat | None = field(default=None, compare=False)

    def __str__(self) -> str:
        folder = self.uri.split("?", 1)[0].rstrip("/")
        return f"{folder}/{self.key}" if self.key else folder

    @property
    def name(self) -> str:
        """Last part of the path."""
        return PurePosixPath(self.key).name

    def is_relative_to(self, _folder: Path) -> bool:
        """Whether it lies below a local folder: never."""
        return False

    def is_dir(self) -> bool:
        """Whether there is such a folder."""
        return bool(self._info().type == fs.FileType.Directory)

    def is_file(self) -> bool:
        """Whether there is such a file."""
        return self.listed is not None or bool(self._info().type == fs.FileType.File)

    def stat(self) -> RemoteStat:
        """Size and time of modification."""
        return self.listed or _stat(self.uri, self.key, self._info())

    def glob(self, pattern: str) -> Iterator["RemotePath"]:
        """Files below the folder that match a pattern, as ``pathlib.Path.glob`` takes it."""
        if pattern.startswith("/"):
            raise NotImplementedError("Non-relative patterns are unsupported")
        storage, base = _storage(self.uri)
        is_match = re.compile(_regex(pattern)).fullmatch
        selector = fs.FileSelector(
            _joined(base, fixed_part(pattern)), allow_not_found=True, recursive=True
        )
        with _errors(self):
            found = storage.get_file_info(selector)
        for info in found:
            key = info.path[len(base) :].strip("/")
            if info.type == fs.FileType.File and is_match(key):
                yield RemotePath(self.uri, key, _stat(self.uri, key, info))

    def open(self, _mode: str = "rb") -> io.BufferedReader:
        """Open for reading; the stream can be moved in, as archives want it."""
        storage, base = _storage(self.uri)
        with _errors(self):
            raw: Any = storage.open_input_file(_joined(base, self.key))
            return io.BufferedReader(raw, BUFFER_BYTES)

    def read_bytes(self) -> bytes:
        """The whole content."""
        with self.open() as stream:
            return stream.read()

    def _info(self) -> Any:
        """What the storage says of it."""
        storage, base = _storage(self.uri)
        with _errors(self):
            return storage.get_file_info(_joined(base, self.key))


def is_remote(text: str) -> bool:
    """Whether a path of the config is a URI."""
    return "://" in text


def check_uri(uri: str) -> None:
    """Refuse a URI that cannot be used, or must not stand in a config.

    Raises
    ------
    InputError
        Where the scheme is unknown, or a key or password is part of it.
    """
    parts = urlsplit(uri)
    if parts.scheme not in _SCHEMES:
        raise InputError(
            f"Invalid scheme {parts.scheme}. Must be a local path or one of {', '.join(_SCHEMES)}."
        )
    if "@" in parts.netloc or re.search(r"(secret|password|session_token)", parts.query):
        raise InputError(
            "Invalid URI: it holds a key or password. Must take them from the environment."
        )


@functools.cache
def _storage(uri: str) -> tuple[Any, str]:
    """Storage of a URI and the path of the folder in it; connections are kept."""
    try:
        storage, base = fs.FileSystem.from_uri(uri)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"Cannot be used as raw folder: {error}.", file=uri) from error
    return storage, base.rstrip("/")


@contextmanager
def _errors(path: RemotePath) -> Iterator[None]:
    """Turn what a storage says into one line; a storage is no disk of this machine."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        text = str(error).strip().split("\n", 1)[0]
        raise InputError(
            f"The storage does not give it ({text}).", file=str(path),
            remedy="Mend paths.raw or the storage's keys in the environment, and run again.",
        ) from error  # fmt: skip


def _stat(uri: str, key: str, info: Any) -> RemoteStat:
    """State of a file as the storage tells it."""
    number = hashlib.blake2b(f"{uri}\0{key}".encode(), digest_size=8).digest()
    return RemoteStat(
        st_ino=int.from_bytes(number), st_size=info.size or 0, st_mtime_ns=info.mtime_ns or 0
    )


def _joined(base: str, key: str) -> str:
    """Path in the storage."""
    return f"{base}/{key}" if key else base


def fixed_part(pattern: str) -> str:
    """Folder that every match of a pattern lies below: the parts before the first wild one.

    Examples
    --------
    >>> fixed_part("readings/drive/**/*.csv"), fixed_part("sites/list.csv")
    ('readings/drive', 'sites')
    """
    fixed: list[str] = []
    for part in PurePosixPath(pattern).parts[:-1]:
        if _WILD.search(part):
            break
        fixed.append(part)
    return "/".join(fixed)


def _regex(pattern: str) -> str:
    r"""Regular expression of a pattern: ``**`` crosses slashes, ``*`` and ``?`` do not.

    Examples
    --------
    >>> _regex("readings/**/*.csv")
    'readings/(?:[^/]+/)*[^/]*\\.csv'
    """
    *folders, last = PurePosixPath(pattern).parts
    if last == "**":
        return r"(?!)"  # folders only, and there are none in a storage
    parts = [r"(?:[^/]+/)*" if part == "**" else f"{_part(part)}/" for part in folders]
    return "".join(parts) + _part(last)


def _part(text: str) -> str:
    """Regular expression of one part of a pattern."""
    pieces = re.split(r"(\*+|\?|\[!?[^\]]+\])", text)
    return "".join(_piece(piece) for piece in pieces)


def _piece(text: str) -> str:
    """Regular expression of a wild card, a set of characters, or plain text."""
    if text.startswith("*"):
        return "[^/]*"
    if text == "?":
        return "[^/]"
    if len(text) > 2 and text.startswith("["):
        inside = text[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"[^/{inside[1:]}]" if inside[0] == "!" else f"[{inside}]"
    return re.escape(text)
