"""The first sheet of an XLSX workbook as the same blocks that a delimited file gives."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet

from coverage.errors import InputError
from coverage.readings.codes import Codes
from coverage.readings.columns import clean_header
from coverage.readings.delimited import REDACTED, Block, Layout
from coverage.readings.raw_rows import RawRows
from coverage.spreadsheet import damaged, open_workbook

Floats = npt.NDArray[np.float64]
Cell = str | float | bool | date | datetime | time | timedelta
Row = list[Any]

_ROWS: Final = 50_000
"""Rows handed on at a time. [count]"""
_NUMBER: Final = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")


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
    book = open_workbook(stream, name)
    try:
        return book.get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise damaged(name) from error


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
        raw=RawRows.of(_raw(cells, layout, header)),
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
