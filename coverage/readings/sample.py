"""The first rows of a table of which nothing is known: its layout found, its cells as text."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from coverage.errors import InputError
from coverage.readings.columns import clean_header
from coverage.readings.containers import members
from coverage.readings.format import Head
from coverage.readings.params import ArchiveLimits
from coverage.readings.parquet_text import is_plain, texts_of
from coverage.readings.workbook import first_sheet

ROWS: Final = 200
_DELIMITERS: Final = (",", ";", "\t", "|")
_NUMBER: Final = re.compile(r"[-+]?\d+([.,]\d+)?")
_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
Rows = list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A table's layout and its first rows.

    Attributes
    ----------
    header
        Column names as a column map has to write them.
    rows
        Cells of the first rows, as many as there are names.
    delimiter, decimal, encoding, header_row
        As in a column map; of a workbook the defaults.
    """

    header: tuple[str, ...]
    rows: Rows
    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    header_row: int = 1

    def column(self, place: int) -> list[str]:
        """Cells of one column that are not empty."""
        return [row[place].strip() for row in self.rows if row[place].strip()]


def sample(stream: BinaryIO, name: str, limits: ArchiveLimits) -> Sample:
    """Look at the beginning of a table, of an archive at its first file.

    Raises
    ------
    InputError
        Where it is no table of text, or no header is found.
    """
    for member in members(stream, name, limits):
        if not member.skipped:
            return _of_head(member.head)
    raise InputError("Invalid archive: no file to look at. Must hold a table.", file=name)


def _of_head(head: Head) -> Sample:
    """Sample of one file."""
    if head.is_xlsx:
        sheet = first_sheet(head.seekable(), head.name).to_python(nrows=ROWS)
        return _of_rows([[_text(cell) for cell in row] for row in sheet], head.name)
    if head.data.startswith(b"PAR1"):
        return _of_parquet(head)
    if not head.first_line or head.first_line.lstrip()[:1] in {"<", "{", "["}:
        raise InputError(
            "Invalid table. Must be CSV, XLSX or Parquet with a header.", file=head.name
        )
    encoding = _encoding(head)
    text = head.decoded(encoding)
    whole = text if text.endswith("\n") else text.rpartition("\n")[0] or text
    lines = [line for line in whole.splitlines() if line.strip()][:ROWS]
    delimiter = max(_DELIMITERS, key=lambda sign: _width(lines, sign))
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"Invalid table: {error}. Must be CSV.", file=head.name) from error
    return _of_rows(rows, head.name, delimiter=delimiter, encoding=encoding)


def _of_parquet(head: Head) -> Sample:
    """Sample of the columns a map can name; nested ones and raw bytes it cannot.

    Raises
    ------
    InputError
        Where the file is damaged, or no column is left.
    """
    try:
        file = pq.ParquetFile(head.seekable())
        plain = [field.name for field in file.schema_arrow if is_plain(field.type)]
        first = next(file.iter_batches(batch_size=ROWS, columns=plain), None)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(f"Invalid Parquet: {reason}.", file=head.name) from error
    if not plain:
        raise InputError(
            "Invalid table: no row of column names. Must have a header.", file=head.name
        )
    columns = [] if first is None else [texts_of(column).to_pylist() for column in first.columns]
    rows = [[cell or "" for cell in row] for row in zip(*columns, strict=True)]
    return Sample(header=clean_header(plain), rows=rows)


def _of_rows(rows: Rows, name: str, *, delimiter: str = ",", encoding: str = "utf-8") -> Sample:
    """Tell the header from the rows below it: the first row of names, as wide as most rows are."""
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    if not widths:
        raise InputError("Invalid table: no rows. Must have a header.", file=name)
    width = widths.most_common(1)[0][0]
    for place, row in enumerate(rows):
        filled = [cell for cell in row if cell.strip()]
        has_numbers = any(_NUMBER.fullmatch(cell.strip()) for cell in filled)
        if abs(len(row) - width) <= 1 and len(filled) >= max(width - 1, 2) and not has_numbers:
            below = [_fitted(other, len(row)) for other in rows[place + 1 :]]
            return Sample(
                header=clean_header(row), rows=below, delimiter=delimiter, encoding=encoding,
                decimal=_decimal(below, delimiter), header_row=place + 1,
            )  # fmt: skip
    raise InputError("Invalid table: no row of column names. Must have a header.", file=name)


def _fitted(row: Sequence[str], width: int) -> list[str]:
    """A row with exactly so many cells."""
    return [*row, *[""] * width][:width]


def _width(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """How many lines agree in how often the sign stands in them; 0 where it does not."""
    counts = Counter(line.count(delimiter) for line in lines)
    often, agree = max(counts.items(), key=lambda item: (item[0] > 0, item[1], item[0]))
    return (agree, often) if often else (0, 0)


def _decimal(rows: Rows, delimiter: str) -> str:
    """The decimal sign: a comma only where cells show it and it does not separate them."""
    if delimiter == ",":
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum(_DECIMAL_COMMA.fullmatch(cell) is not None for cell in cells)
    points = sum("." in cell and _NUMBER.fullmatch(cell) is not None for cell in cells)
    return "," if commas > points else "."


def _encoding(head: Head) -> str:
    """UTF-8 where the head is that (a cut letter at its end aside), else what Windows writes."""
    if head.encoding == "utf-16":
        return "utf-16"
    try:
        head.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "utf-8" if error.start >= len(head.data) - 4 else "cp1252"
    return "utf-8"


def _text(cell: object) -> str:
    """A cell of a workbook as the column map's reader will see it."""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
