"""The door for strangers' XLSX workbooks: limits, and a check of every cell's place.

A workbook is an archive. Its parts are unpacked here under a limit, and the places of its cells are
checked: the reader lays out the whole rectangle between the first and the last cell, and one cell
far away would take all memory there is.
"""

import io
import re
import zipfile
import zlib
from typing import BinaryIO, Final

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, load_workbook

from coverage.errors import InputError

MAX_PACKED_BYTES: Final = 128 * 2**20
MAX_UNPACKED_BYTES: Final = 512 * 2**20
"""A full sheet of 1,048,576 rows and 10 columns unpacks to about 300 MB. [byte]"""
MAX_CELLS: Final = 2**25
"""Cells of the rectangle around all that is filled: a full sheet of 32 columns. [count]"""
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


def open_workbook(stream: BinaryIO, name: str) -> CalamineWorkbook:
    """Open a workbook whose size and cells have been checked.

    Raises
    ------
    InputError
        Where the workbook is damaged, encrypted or too large.
    """
    plain = _unpacked(stream, name)
    try:
        return load_workbook(plain)
    except (CalamineError, OSError, ValueError) as error:
        raise damaged(name) from error


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
        raise damaged(name) from error
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


def damaged(name: str) -> InputError:
    """Refusal of a workbook that cannot be opened."""
    return InputError("Invalid workbook. Must be a whole, unprotected XLSX file.", file=name)


def _too_large(limit: int, name: str) -> InputError:
    """Refusal of a workbook over a limit."""
    return InputError(
        f"Invalid workbook of more than {limit} bytes. Must be smaller.",
        file=name,
        remedy="Save the sheet as CSV.",
    )
