"""The first sheet of an XLSX workbook as the same blocks that a delimited file gives.

A workbook is an archive, and a stranger's. Its parts are unpacked here under a limit, and the
places of its cells are checked: the reader lays out the whole rectangle between the first and the
last cell, and one cell far away would take all memory there is.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, load_workbook

from coverage.errors import InputError
from coverage.readings.codes import Codes
from coverage.readings.columns import clean_header
from coverage.readings.delimited import REDACTED, Block, Layout

Floats = npt.NDArray[np.float64]
Cell = str | float | bool | date | datetime | time | timedelta
Row = list[Any]

MAX_PACKED_BYTES: Final = 128 * 2**20
MAX_UNPACKED_BYTES: Final = 512 * 2**20
"""A full sheet of 1,048,576 rows and 10 columns unpacks to about 300 MB. [byte]"""
MAX_CELLS: Final = 2**25
"""Cells of the rectangle around all that is filled: a full sheet of 32 columns. [count]"""
_ROWS: Final = 50_000
"""Rows handed on at a time. [count]"""
_NUMBER: Final = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError
)  # fmt: skip
_SHEETS: Final = "xl/worksheets/"
_AT: Final = rb"""(?<![\w:.-])r\s*=\s*["']"""
_BAD_PLACE: Final = re.compile(_AT + rb"""(?![A-Z]{0,3}[1-9][0-9]{0,6}["'])|\x00""")
_COLUMN: Final = re.compile(_AT + rb"([A-Z]{1,3})[1-9]")
_ROW: Final = re.compile(_AT + rb"[A-Z]{0,3}([1-9][0-9]{0,6})")
_PIECE_BYTES: Final = 2**23
_KEPT: Final = frozenset(
    {"[content_types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
     "xl/sharedstrings.xml", "xl/styles.xml"}
)  # fmt: skip
"""Parts the reader needs besides the sheets; a cell in one of them is a trick."""
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")


def blocks(
    stream: BinaryIO, layout: Layout, name: str, need: tuple[str, ...] = ()
) -> Iterator[Block]:
    """Read the first sheet block by block.

    Parameters
    ----------
    stream
        The workbook.
    layout
        What of it is read; delimiter, quotes, comment and encoding do not apply. A number cell is a
        number whatever the decimal sign of the layout, which applies to text cells.
    name
        Its name, for messages.
    need
        Columns without which it cannot be read.

    Raises
    ------
    InputError
        Where it is damaged, encrypted or too large, has no header, or lacks a needed column.
    """
    rows = _filled_rows(stream, name)
    header: tuple[str, ...] = layout.names
    for _ in range(layout.header_row if layout.has_header else 0):
        _, cells = next(rows, (0, None))
        if cells is None:
            raise InputError("Invalid sheet. Must have a header row.", file=name)
        header = layout.names or clean_header([_text(cell) or "" for cell in cells])
    for missing in [column for column in need if column not in header]:
        raise InputError(
            f"Invalid header. Must have a column {missing!r}, has {list(header)}.", file=name
        )
    while part := list(islice(rows, _ROWS)):
        yield _block(part, layout, header)


def first_sheet(stream: BinaryIO, name: str) -> CalamineSheet:
    """The first sheet of a workbook.

    Raises
    ------
    InputError
        Where the workbook is damaged, encrypted or too large.
    """
    plain = _unpacked(stream, name)
    try:
        return load_workbook(plain).get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise _damaged(name) from error


def header_row(stream: BinaryIO, row: int, name: str) -> tuple[str, ...]:
    """One of the filled rows of the first sheet, from 1, as text; empty where there is none."""
    for place, (_, cells) in enumerate(_filled_rows(stream, name), start=1):
        if place == row:
            return tuple(_text(cell) or "" for cell in cells)
    return ()


def _filled_rows(stream: BinaryIO, name: str) -> Iterator[tuple[int, Row]]:
    """Rows of the first sheet that hold anything, with their number in the sheet from 1."""
    sheet = first_sheet(stream, name)
    first = sheet.start[0] + 1 if sheet.start else 1
    for number, cells in enumerate(sheet.to_python(skip_empty_area=True), start=first):
        if any(cell not in ("", None) for cell in cells):
            yield number, cells


def _unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """The workbook's parts, stored plainly: nothing in them unfolds any further."""
    stream.seek(0)
    packed = stream.read(MAX_PACKED_BYTES + 1)
    if len(packed) > MAX_PACKED_BYTES:
        raise _too_large(MAX_PACKED_BYTES, name)
    plain, n_cells = io.BytesIO(), 0
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as parts, zipfile.ZipFile(plain, "w") as stored:
            wanted = [part for part in parts.infolist() if _is_kept(part.filename)]
            n_bytes = sum(part.file_size for part in wanted)
            for part in wanted if n_bytes <= MAX_UNPACKED_BYTES else []:
                content = parts.read(part)
                n_cells = max(n_cells, _extent(part.filename, content))
                stored.writestr(zipfile.ZipInfo(part.filename), content)
    except _DAMAGE as error:
        raise _damaged(name) from error
    if n_bytes > MAX_UNPACKED_BYTES:
        raise _too_large(MAX_UNPACKED_BYTES, name)
    if n_cells > MAX_CELLS:
        raise InputError(
            f"Invalid sheet that reaches over {n_cells} cells. Must be <= {MAX_CELLS}.",
            file=name,
            remedy="Delete the stray cells far below or right of the table, or save it as CSV.",
        )
    plain.seek(0)
    return plain


def _is_kept(part: str) -> bool:
    """Whether the reader needs a part of the workbook."""
    return part.lower() in _KEPT or part.lower().startswith(_SHEETS)


def _extent(part: str, content: bytes) -> int:
    """Cells of the rectangle from A1 to the last row and column that a sheet names.

    Raises
    ------
    ValueError
        Where a cell's place is none, rows are out of order (the reader would come to a negative
        size), or a part that is no sheet holds cells.
    """
    if not part.lower().startswith(_SHEETS):
        if _CELL.search(content):
            raise ValueError("cells outside the sheets")
        return 0
    last_row, last_column, start = 1, 1, 0
    while start < len(content):
        end = content.rfind(b"<", start + 1, start + _PIECE_BYTES)
        piece = content[
            start : end if end > start and start + _PIECE_BYTES < len(content) else None
        ]
        start += len(piece)
        if _BAD_PLACE.search(piece):
            raise ValueError("a cell's place is none")
        rows = np.array([last_row, *map(int, _ROW.findall(piece))])
        if (np.diff(rows) < 0).any():
            raise ValueError("rows out of order")
        last_row = int(rows[-1])
        for letters in set(_COLUMN.findall(piece)):
            number = 0
            for letter in letters:
                number = number * 26 + letter - ord("A") + 1
            last_column = max(last_column, number)
    return last_row * last_column


def _damaged(name: str) -> InputError:
    """Refusal of a workbook that cannot be opened."""
    return InputError("Invalid workbook. Must be a whole, unprotected XLSX file.", file=name)


def _too_large(limit: int, name: str) -> InputError:
    """Refusal of a workbook over a limit."""
    return InputError(
        f"Invalid workbook of more than {limit} bytes. Must be smaller.",
        file=name,
        remedy="Save the sheet as CSV.",
    )


def _block(rows: Sequence[tuple[int, Row]], layout: Layout, header: tuple[str, ...]) -> Block:
    """Columns of some rows."""
    cells = [cells for _, cells in rows]
    columns: dict[str, pa.Array] = {}
    unreadable: dict[str, npt.NDArray[np.bool_]] = {}
    for place, name in enumerate(header):
        if name in layout.numbers:
            numbers, bad = _numbers([row[place] for row in cells], layout)
            columns[name], unreadable[name] = pa.array(numbers), bad
        elif name in layout.words or name in layout.texts:
            columns[name] = pa.array(_texts([row[place] for row in cells], layout), pa.string())
    return Block(
        header=header,
        source_row=np.array([number for number, _ in rows], dtype=np.int64),
        raw=_raw(cells, layout, header),
        redact=None,
        reason=Codes.constant(None, len(rows)),
        columns=columns,
        unreadable=unreadable,
    )


def _numbers(cells: list[Any], layout: Layout) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Numbers of cells, NaN where missing, and where something stands that is no number."""
    values = [
        float(cell) if type(cell) in (float, int) else _parsed(cell, layout) for cell in cells
    ]
    numbers = np.array(values, dtype=np.float64)
    bad = [
        np.isnan(value) and _text(cell) not in (None, *layout.missing)
        for value, cell in zip(values, cells, strict=True)
    ]
    return numbers, np.array(bad, dtype=np.bool_)


def _parsed(cell: Any, layout: Layout) -> float:
    """Number of a text cell, NaN where it is none."""
    if not isinstance(cell, str):
        return np.nan
    text = cell.replace(layout.decimal, ".") if layout.decimal != "." else cell
    value = float(text) if _NUMBER.fullmatch(text) else np.nan
    return value if np.isfinite(value) else np.nan


def _texts(cells: list[Any], layout: Layout) -> list[str | None]:
    """Texts of cells, None where missing."""
    texts = [_text(cell) for cell in cells]
    return [None if text in layout.missing else text for text in texts]


def _text(cell: Any) -> str | None:
    """Text of a cell as a CSV would hold it: whole numbers without a point, dates as ISO 8601."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def _raw(cells: Sequence[Row], layout: Layout, header: tuple[str, ...]) -> pa.Array:
    """Rows as lines of text, personal columns blanked."""
    personal = {header.index(name) for name in layout.personal if name in header}
    lines = [
        ",".join(
            REDACTED if place in personal and cell else _text(cell) or ""
            for place, cell in enumerate(row)
        ).encode()
        for row in cells
    ]
    return pa.array(lines, pa.large_binary())
