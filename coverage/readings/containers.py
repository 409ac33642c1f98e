"""Plain files, gzip, Zstandard and ZIP archives as members, opened as if they lay unpacked.

An archive is a stranger's: names that climb out of it, archives in archives, and contents that
unfold beyond the limits are refused before they cost anything.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final

import zstandard
from isal import igzip, isal_zlib

from coverage.errors import InputError
from coverage.readings.format import HEAD_BYTES, Head
from coverage.readings.params import ArchiveLimits

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_REFUSED: Final = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "RAR", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_RATIO_FROM_BYTES: Final = 10 * 2**20
"""Below this a high ratio harms nobody."""
_ZSTD_PIECE_BYTES: Final = 2**11
"""Packed bytes unpacked at a time: four may unfold to a block of 128 KiB (RFC 8878 3.1.1.2), so
this much never to more than 64 MiB. [byte]"""
_TAR_MARK: Final = b"ustar"
_TAR_MARK_AT: Final = 257
_JUNK_NAMES: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_DOCUMENTS: Final = frozenset({".md", ".pdf", ".png", ".jpg", ".jpeg", ".docx", ".html", ".htm"})
_IsalError: Any = isal_zlib.error
_READ_ERRORS: tuple[type[Exception], ...] = (
    EOFError, zlib.error, _IsalError, zipfile.BadZipFile, zstandard.ZstdError,
    OSError, NotImplementedError, ValueError, struct.error,
)  # fmt: skip
"""What the unpackers raise on damage; a bad gzip header is an OSError."""

_OPEN_ERRORS: tuple[type[Exception], ...] = (*_READ_ERRORS, RuntimeError)


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file, plain or out of an archive.

    Attributes
    ----------
    name
        Name for tables and messages, "archive.zip!member.csv".
    head
        Its first bytes.
    stream
        The file from its beginning; empty where it is skipped.
    skipped
        Why it is not read, empty where it is.
    """

    name: str
    head: Head
    stream: BinaryIO
    skipped: str = ""


def members(stream: BinaryIO, name: str, limits: ArchiveLimits) -> Iterator[Member]:
    """The files of one input, in the archive's order; each must be read before the next is asked.

    Raises
    ------
    InputError
        Where a container is damaged, encrypted, too large, or not to be trusted.
    """
    stream.seek(0)
    start = stream.read(HEAD_BYTES)
    stream.seek(0)
    for magic, kind in _REFUSED.items():
        if start.startswith(magic):
            raise InputError(f"Invalid archive {kind}. Must be ZIP, gzip or Zstandard.", file=name)
    if start[_TAR_MARK_AT:].startswith(_TAR_MARK):
        raise InputError("Invalid archive tar. Must be ZIP, gzip or Zstandard.", file=name)
    if start.startswith(_ZIP) and not Head(name, start).is_xlsx:
        yield from _zip_members(stream, name, limits)
    elif start.startswith(_GZIP):
        yield _member(name, _Guarded(_gzip(stream), name, limits, stream))
    elif start.startswith(_ZSTD):
        yield _member(name, _Guarded(_ZstdFile(stream), name, limits, stream))
    else:
        yield Member(name=name, head=Head(name, start, stream), stream=stream)


def zip_heads(stream: BinaryIO, name: str, limits: ArchiveLimits) -> Iterator[tuple[str, bytes]]:
    """Name and first bytes of each file in a ZIP archive that others will open.

    Raises
    ------
    InputError
        Where the archive is damaged, encrypted, too large, or not to be trusted.
    """
    with _opened_zip(stream, name) as archive:
        entries = [entry for entry in archive.infolist() if not _is_junk(entry)]
        _check_entries(entries, name, limits)
        for entry in entries:
            inner = f"{name}!{entry.filename}"
            try:
                with archive.open(entry) as opened:
                    head = opened.read(HEAD_BYTES)
            except _OPEN_ERRORS as error:
                raise InputError(f"Invalid member: {error}.", file=inner) from error
            if head.startswith((*_ZIP, _GZIP, _ZSTD)):
                raise InputError("Invalid archive in an archive. Must be unpacked once.",
                                 file=inner)  # fmt: skip
            yield inner, head


def _opened_zip(stream: BinaryIO, name: str) -> zipfile.ZipFile:
    """A ZIP archive with a directory that can be read."""
    try:
        return zipfile.ZipFile(stream)
    except _READ_ERRORS as error:
        raise InputError("Invalid ZIP archive. Must be whole: it ends too early or is damaged.",
                         file=name) from error  # fmt: skip


def _member(name: str, guarded: "_Guarded") -> Member:
    """A packed file with its head; formats that jump about get it whole in memory."""
    start = guarded.peek(HEAD_BYTES)
    head = Head(name, start)
    stream: BinaryIO = guarded  # type: ignore[assignment]
    if start.startswith((*_ZIP, _GZIP, _ZSTD)) and not head.is_xlsx:
        raise InputError("Invalid archive in an archive. Must be unpacked once.", file=name)
    if start[_TAR_MARK_AT:].startswith(_TAR_MARK):
        raise InputError("Invalid archive tar. Must be ZIP, gzip or Zstandard.", file=name)
    if head.is_xlsx or start.startswith((b"PAR1", b"SQLite format 3")):
        stream = io.BytesIO(guarded.read())
        head = Head(name, start, stream)
    return Member(name=name, head=head, stream=stream)


def _zip_members(stream: BinaryIO, name: str, limits: ArchiveLimits) -> Iterator[Member]:
    """Members of a ZIP archive but for what file managers leave in it."""
    with _opened_zip(stream, name) as archive:
        entries = [entry for entry in archive.infolist() if not _is_junk(entry)]
        _check_entries(entries, name, limits)
        for entry in entries:
            inner = f"{name}!{entry.filename}"
            if PurePosixPath(entry.filename).suffix.lower() in _DOCUMENTS:
                yield Member(
                    name=inner, head=Head(inner, b""), stream=io.BytesIO(), skipped="a document"
                )
                continue
            try:
                opened = archive.open(entry)
            except _OPEN_ERRORS as error:
                raise InputError(f"Invalid member: {error}.", file=inner) from error
            with opened:
                yield _member(inner, _Guarded(opened, inner, limits, None, entry.compress_size))


def _gzip(stream: BinaryIO) -> Any:
    """Unpacked gzip; the library has no types."""
    opener: Any = igzip.IGzipFile
    return opener(fileobj=stream)


def _is_junk(entry: zipfile.ZipInfo) -> bool:
    """A folder, or what macOS and Windows leave in archives."""
    path = PurePosixPath(entry.filename)
    is_left = path.name in _JUNK_NAMES or path.name.startswith("._")
    return entry.is_dir() or "__MACOSX" in path.parts or is_left


def _check_entries(entries: list[zipfile.ZipInfo], name: str, limits: ArchiveLimits) -> None:
    """Refuse an archive by its directory alone."""
    if len(entries) > limits.max_members:
        raise InputError(
            f"Invalid archive of {len(entries)} members. Must be <= {limits.max_members}.",
            file=name,
        )
    total = sum(entry.file_size for entry in entries)
    if total > limits.max_total_bytes:
        raise InputError(
            f"Invalid archive of {total} bytes unpacked. Must be <= {limits.max_total_bytes}.",
            file=name,
        )
    seen: set[str] = set()
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        inner = f"{name}!{entry.filename}"
        if not entry.filename.isprintable():
            raise InputError("Invalid member name. Must be printable.", file=inner)
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
            raise InputError("Invalid member name. Must stay inside the archive.", file=inner)
        if entry.filename in seen:
            raise InputError("Invalid member name. Must stand once in the archive.", file=inner)
        seen.add(entry.filename)
        if entry.flag_bits & 1:
            raise InputError("Invalid member: encrypted. Must be open.", file=inner)
        _check_ratio(entry.file_size, entry.compress_size, inner, limits)


def _check_ratio(unpacked: int, packed: int, name: str, limits: ArchiveLimits) -> None:
    """Refuse what unfolds too far."""
    if unpacked > _RATIO_FROM_BYTES and unpacked > limits.max_ratio * max(packed, 1):
        raise InputError(
            f"Invalid archive: unfolds {unpacked // max(packed, 1)} times. "
            f"Must be <= {limits.max_ratio:g} times.",
            file=name,
        )


class _Guarded(io.RawIOBase):
    """A packed stream that counts what comes out and turns damage into one line."""

    def __init__(
        self,
        inner: Any,
        name: str,
        limits: ArchiveLimits,
        packed: BinaryIO | None,
        packed_bytes: int = 0,
    ) -> None:
        super().__init__()
        self._inner = inner
        self._name = name
        self._limits = limits
        self._packed = packed
        self._packed_bytes = packed_bytes
        self._n_bytes = 0
        self._ahead = b""

    def readable(self) -> bool:
        """It can be read, and nothing else."""
        return True

    def peek(self, size: int) -> bytes:
        """The next bytes, up to ``size`` of them, left to be read."""
        while len(self._ahead) < size and (more := self._pull(size - len(self._ahead))):
            self._ahead += more
        return self._ahead[:size]

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes, all that is left without one; short only at the end."""
        parts, n_bytes = [self._ahead], len(self._ahead)
        self._ahead = b""
        while size is None or size < 0 or n_bytes < size:
            wanted = 2**20 if size is None or size < 0 else size - n_bytes
            if not (more := self._pull(wanted)):
                break
            parts.append(more)
            n_bytes += len(more)
        data = b"".join(parts)
        if size is not None and 0 <= size < len(data):
            data, self._ahead = data[:size], data[size:]
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _pull(self, size: int) -> bytes:
        """Unpack some more, within the limits."""
        try:
            data: bytes = self._inner.read(size)
        except _READ_ERRORS as error:
            raise InputError(
                "Invalid archive. Must be whole: it ends too early or is damaged.", file=self._name
            ) from error
        self._n_bytes += len(data)
        if self._n_bytes > self._limits.max_total_bytes:
            raise InputError(
                f"Invalid archive of more than {self._limits.max_total_bytes} bytes unpacked. "
                f"Must be <= {self._limits.max_total_bytes}.",
                file=self._name,
            )
        packed = self._packed.tell() if self._packed else self._packed_bytes
        _check_ratio(self._n_bytes, packed, self._name, self._limits)
        return data


class _ZstdFile(io.RawIOBase):
    """Zstandard frames, one after the other; a frame that ends too early is an error.

    The library's own stream reader ends in silence there.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._is_open = False
        self._ready = b""

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes; empty at the end."""
        while not self._ready:
            packed = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._is_open = zstandard.ZstdDecompressor().decompressobj(), False
            packed = packed or self._stream.read(_ZSTD_PIECE_BYTES)
            if not packed:
                if self._is_open:
                    raise EOFError("frame ends too early")
                return b""
            self._is_open = True
            self._ready = self._frame.decompress(packed)
        cut = len(self._ready) if size is None or size < 0 else size
        data, self._ready = self._ready[:cut], self._ready[cut:]
        return data
