"""What a format is, and how the formats are found.

Adding a format touches nothing but one file in ``coverage/readings/formats/`` and its fixture: see
the docstring of that package.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from io import BytesIO
from typing import Any, BinaryIO, Final, Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.parquet as pq

from coverage.readings import formats
from coverage.readings.columns import ColumnMap
from coverage.readings.draft import Draft
from coverage.readings.params import ReadParams
from coverage.readings.workbook import first_sheet

HEAD_BYTES: Final = 65_536
"""How much of a file the sniffers see."""

_ZIP_NAME_AT: Final = 30  # where a ZIP's first entry has its name (APPNOTE 4.3.7)
_XLSX_FIRST: Final = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/")


@dataclass(frozen=True)
class Head:
    """The beginning of a file, as the sniffers see it.

    Attributes
    ----------
    name
        File name, of an archive's member the name inside.
    data
        The first HEAD_BYTES bytes, or the whole file if it is shorter.
    stream
        The file itself where it can be read at any place; containers (XLSX, Parquet, SQLite) keep
        their directory at the end. Without it only a file that fits the head can be opened.
    """

    name: str
    data: bytes
    stream: BinaryIO | None = None

    @cached_property
    def encoding(self) -> str:
        """Encoding by the byte-order mark, UTF-8 without one."""
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        return "utf-8-sig"

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The non-empty lines of the head, BOM stripped; the last one may be cut."""
        return tuple(line for line in self.decoded().splitlines() if line.strip())

    def decoded(self, encoding: str | None = None) -> str:
        """The head as text; a byte-order mark wins over the encoding."""
        has_mark = self.data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"))
        chosen = self.encoding if has_mark or encoding is None else encoding
        return self.data.decode(chosen, errors="replace").removeprefix("\ufeff")

    @property
    def first_line(self) -> str:
        """First non-empty line, blanks around it kept; empty for binary or no text."""
        return "" if b"\0" in self.data[:1024] and self.encoding != "utf-16" else self.line(0)

    def line(self, index: int) -> str:
        """One non-empty line, empty where there is none."""
        return self.lines[index] if index < len(self.lines) else ""

    @cached_property
    def is_xlsx(self) -> bool:
        """A ZIP container whose first entry is one of a workbook's."""
        entry = self.data[_ZIP_NAME_AT : _ZIP_NAME_AT + 64]
        return self.data.startswith(b"PK\x03\x04") and entry.startswith(_XLSX_FIRST)

    @cached_property
    def sheet_header(self) -> tuple[str, ...]:
        """First row of the first sheet of a workbook, as text; empty for anything else.

        Raises
        ------
        InputError
            Where the workbook is damaged or too large: then it is of no other format either.
        """
        if not self.is_xlsx:
            return ()
        rows = first_sheet(self.seekable(), self.name).to_python(nrows=1)
        return tuple(str(cell) for cell in rows[0]) if rows else ()

    @cached_property
    def parquet_columns(self) -> tuple[str, ...]:
        """Column names of a Parquet file; empty for anything else."""
        if not self.data.startswith(b"PAR1"):
            return ()
        try:
            return tuple(pq.read_schema(self.seekable()).names)
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            return ()

    def seekable(self) -> BinaryIO:
        """The file at its beginning, for readers that jump about."""
        if self.stream is None:
            return BytesIO(self.data)
        self.stream.seek(0)
        return self.stream


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a format may know besides its bytes.

    Attributes
    ----------
    name
        Name for messages, "archive.zip!member.csv".
    params
        Settings of this input.
    column_map
        The map that matched, for formats that are read through one.
    """

    name: str
    params: ReadParams
    column_map: ColumnMap | None = None


@runtime_checkable
class Format(Protocol):
    """What a module in ``formats/`` declares; see that package's docstring."""

    NAME: str


@cache
def all_formats() -> dict[str, Any]:
    """Every module in ``formats/`` by its NAME, in the order of the module names.

    Raises
    ------
    RuntimeError
        Where two modules claim one name, or one declares nothing to be recognised by.
    """
    found: dict[str, Any] = {}
    for info in sorted(pkgutil.iter_modules(formats.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{formats.__name__}.{info.name}")
        if not isinstance(module, Format) or not (
            hasattr(module, "sniff") or hasattr(module, "sniff_map")
        ):
            raise RuntimeError(
                f"{module.__name__} declares no NAME, or neither sniff nor sniff_map."
            )
        if module.NAME in found:
            raise RuntimeError(f"{module.__name__} claims the name {module.NAME} a second time.")
        found[module.NAME] = module
    return found


def drafts(module: Any, stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read a stream with a format module."""
    result: Iterator[Draft] = module.read(stream, context)
    return result
