"""Rows of text of a CSV or XLSX stream, with the row numbers of the file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Final

from python_calamine import CalamineError

from coverage.errors import InputError
from coverage.sites.columns import columns_of, has_coordinates, has_identity
from coverage.spreadsheet import damaged, open_workbook

_ZIP_MAGIC: Final = b"PK\x03\x04"
_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0"
_HEADER_SEARCH_ROWS: Final = 30  # titles stand above the header of many official lists
MAX_LINE_BYTES: Final = 2**16
"""A TPS has a few hundred letters; a text without line ends would cost twelve times its size in
memory before anything could be said of it. [byte]"""
MAX_LINES: Final = 2**20
"""As many rows as a workbook's sheet has; all of Indonesia had 823,220 TPS in 2024. [count]"""
MAX_TEXT_BYTES: Final = 2**27
"""A million rows of 128 letters; read, they take more than ten times that in memory. [byte]"""
_PIECE_BYTES: Final = 2**20
_DELIMITERS: Final = (";", "\t", "|", ",")

Cell = int | float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A list as rows of text.

    Attributes
    ----------
    headers
        The header row.
    columns
        Column of each field (:mod:`coverage.sites.columns`).
    rows
        Data rows, blank ones left out.
    numbers
        Row number in the file of each of them, from 1, header included.
    """

    headers: list[str]
    columns: dict[str, int]
    rows: list[list[str]]
    numbers: list[int]


def read_sheet(stream: BinaryIO, name: str) -> Sheet:
    """First sheet of a CSV or XLSX stream that has a TPS list's header; else its first header.

    Raises
    ------
    InputError
        Where the stream is empty, damaged, or neither text nor a workbook.
    """
    data = _bytes(stream, name)
    if not data.strip():
        raise InputError("Invalid file, empty. Must be a TPS list.", file=name)
    tables = _workbook(data, name) if data[:4] in (_ZIP_MAGIC, _OLE_MAGIC) else [_csv(data, name)]
    sheets = [_with_header(rows, numbers) for rows, numbers in tables if rows]
    if not sheets:
        raise InputError("Invalid file, no row in it. Must be a TPS list.", file=name)
    return next((sheet for sheet in sheets if has_identity(sheet.columns)), sheets[0])


def _bytes(stream: BinaryIO, name: str) -> bytes:
    """All of the stream, unless it is a text with a line, or as many lines, as no list has."""
    pieces: list[bytes] = []
    rest, row, n_bytes, is_text = b"", 1, 0, True
    while piece := stream.read(_PIECE_BYTES):
        if piece.endswith(b"\r"):
            piece += stream.read(1)
        if not pieces:
            is_text = piece[:4] not in (_ZIP_MAGIC, _OLE_MAGIC)
        pieces.append(piece)
        n_bytes += len(piece)
        if is_text:
            ends = (rest + piece).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            *lines, rest = ends.split(b"\n")
            if n_bytes > MAX_TEXT_BYTES or row + len(lines) > MAX_LINES:
                raise InputError(
                    f"Invalid list of more than {MAX_LINES:,} lines or {MAX_TEXT_BYTES:,} bytes. "
                    "Must be one province's or less.",
                    file=name,
                )
            _refuse_long([*lines, rest], row, name)
            row += len(lines)
    return b"".join(pieces)


def _refuse_long(lines: Sequence[bytes], first_row: int, name: str) -> None:
    """Refuse lines longer than :data:`MAX_LINE_BYTES`."""
    too_long = (i for i, line in enumerate(lines) if len(line) > MAX_LINE_BYTES)
    at = next(too_long, None)
    if at is not None:
        raise InputError(
            f"Invalid list, a line is longer than {MAX_LINE_BYTES:,} bytes. "
            "Must have one row a line.",
            file=name,
            row=first_row + at,
        )


def text_of(value: Cell) -> str:
    """Text of a spreadsheet cell: whole numbers without a decimal point, however long.

    Examples
    --------
    >>> text_of(3601011001001.0), text_of(-6.5), text_of("001")
    ('3601011001001', '-6.5', '001')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _workbook(data: bytes, name: str) -> list[tuple[list[list[str]], list[int]]]:
    """Non-blank rows of every sheet of a workbook, and their numbers."""
    if data[:4] == _OLE_MAGIC:
        raise InputError("Invalid workbook, XLS. Must be XLSX.", file=name, remedy="Save as XLSX.")
    book = open_workbook(io.BytesIO(data), name)
    try:
        sheets = [
            book.get_sheet_by_index(i).to_python(skip_empty_area=False)
            for i in range(len(book.sheet_names))
        ]
    except (CalamineError, OSError, ValueError) as error:
        raise damaged(name) from error
    return [
        _non_blank([[text_of(value) for value in row] for row in sheet], range(1, len(sheet) + 1))
        for sheet in sheets
    ]


def _csv(data: bytes, name: str) -> tuple[list[list[str]], list[int]]:
    """Non-blank rows of a delimited text and the line each begins on."""
    text = _decoded(data)
    if "\0" in text:
        raise InputError("Invalid file, binary. Must be CSV or XLSX.", file=name)
    rows: list[list[str]] = []
    numbers: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        line = 1
        for row in reader:
            rows.append([value.strip() for value in row])
            numbers.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"Invalid CSV: {error}.", file=name, row=reader.line_num) from error
    return _non_blank(rows, numbers)


def _decoded(data: bytes) -> str:
    """Text in UTF-8 or UTF-16 with its mark, else in Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """Delimiter that splits one of the first lines into most fields a TPS list has."""
    start = text[: _HEADER_SEARCH_ROWS * MAX_LINE_BYTES]
    lines = start.splitlines()[:_HEADER_SEARCH_ROWS]

    def n_fields(delimiter: str) -> int:
        return max(len(columns_of(line.replace('"', "").split(delimiter))) for line in lines)

    return max(_DELIMITERS, key=n_fields)


def _non_blank(
    rows: Sequence[list[str]], numbers: Sequence[int]
) -> tuple[list[list[str]], list[int]]:
    kept = [(row, number) for row, number in zip(rows, numbers, strict=True) if any(row)]
    return [row for row, _ in kept], [number for _, number in kept]


def _with_header(rows: list[list[str]], numbers: list[int]) -> Sheet:
    """The rows under the first header that names a TPS; coordinates may stand one row lower."""
    for i in range(min(_HEADER_SEARCH_ROWS, len(rows))):
        columns = columns_of(rows[i])
        if not has_identity(columns):
            continue
        if not has_coordinates(columns) and i + 1 < len(rows):
            merged = _merged(rows[i], rows[i + 1])
            if has_coordinates(columns_of(merged)):
                return _sheet(merged, rows[i + 2 :], numbers[i + 2 :])
        elif "coordinates" in columns and i + 1 < len(rows):
            merged = _merged(rows[i], rows[i + 1])
            if {"latitude", "longitude"} <= columns_of(merged).keys():
                return _sheet(merged, rows[i + 2 :], numbers[i + 2 :])
        return _sheet(rows[i], rows[i + 1 :], numbers[i + 1 :])
    return _sheet(rows[0], rows[1:], numbers[1:])


def _merged(upper: list[str], lower: list[str]) -> list[str]:
    """Header of two rows: the lower one where it says something."""
    width = max(len(upper), len(lower))
    pad = [[*row, *[""] * (width - len(row))] for row in (upper, lower)]
    return [low or up for up, low in zip(*pad, strict=True)]


def _sheet(headers: list[str], rows: list[list[str]], numbers: list[int]) -> Sheet:
    width = len(headers)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    return Sheet(headers=headers, columns=columns_of(headers), rows=padded, numbers=numbers)
