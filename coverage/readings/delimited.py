"""CSV-like files as blocks of Arrow columns, with line numbers and raw lines.

The fast way hands a block of lines to pyarrow's reader with the type of each column. Where it
refuses (a word in a number column, a line with too few fields, bytes that are not UTF-8), the
block is halved until the damage lies in a small part; that part is read as text, line by line, and
lines with the wrong number of fields are kept apart. A damaged line costs little and its
neighbours nothing.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from coverage.errors import InputError
from coverage.readings.codes import Codes
from coverage.readings.columns import clean_header
from coverage.readings.lines import LineBlock, line_blocks
from coverage.readings.raw_rows import RawRows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SHORT_FIELD: Final = 3
MALFORMED: Final = "malformed_row"
REDACTED: Final = "[redacted]"
_PATIENT_BYTES: Final = 2**18
"""Parts up to this size are read line by line when the fast reader refuses them."""
_NUMBER: Final = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a delimited file is laid out, and what of it is read.

    Attributes
    ----------
    numbers, words, texts
        Columns read as numbers (NaN where missing or no number), as repeating words, as text. A
        name that the file lacks reads as NA in every row.
    delimiter, decimal, encoding
        As in the file.
    missing
        Texts that mean "not known".
    header_row
        Which of the lines (comments and empty ones not counted) holds the names, from 1.
    comment
        Lines at the top that begin so are skipped.
    names
        Names in place of those in the header line, where the header is wrong or absent.
    has_header
        False where data begins on the first line.
    has_trailing_delimiter
        Data lines may end in a delimiter that the header lacks.
    is_quoted
        Whether double quotes enclose fields.
    personal
        Columns that are blanked in the raw lines.
    """

    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ("", "-")
    header_row: int = 1
    comment: str | None = None
    names: tuple[str, ...] = ()
    has_header: bool = True
    has_trailing_delimiter: bool = False
    is_quoted: bool = False
    personal: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Block:
    """Rows of a delimited file.

    Attributes
    ----------
    header
        Names of all columns of the file, cleaned.
    source_row
        Line number of each row.
    raw
        The lines.
    redact
        Blanks the personal columns of raw lines.
    reason
        ``malformed_row`` for a line that has too few or too many fields, else NA.
    columns
        What was read; use :meth:`number`, :meth:`text`, :meth:`array`.
    unreadable
        For a number column, the rows in which something stands that is no number.
    """

    header: tuple[str, ...]
    source_row: Ints
    raw: RawRows
    redact: Callable[[pa.Array], pa.Array] | None
    reason: Codes
    columns: Mapping[str, pa.Array | pa.ChunkedArray] = field(default_factory=dict)
    unreadable: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.source_row)

    def number(self, name: str) -> Floats:
        """A number column; NaN where missing, no number, or not in the file."""
        if name not in self.columns:
            return np.full(len(self), np.nan)
        values: Floats = self.columns[name].to_numpy(zero_copy_only=False)
        return values

    def text(self, name: str) -> Codes:
        """A word or text column; NA where missing or not in the file."""
        if name not in self.columns:
            return Codes.constant(None, len(self))
        return Codes.of(self.columns[name])

    def array(self, name: str) -> pa.Array | pa.ChunkedArray:
        """A text column as Arrow strings, for times; null where missing or not in the file."""
        if name not in self.columns:
            return pa.nulls(len(self), pa.string())
        return self.columns[name]

    def is_unreadable(self, name: str) -> npt.NDArray[np.bool_]:
        """Rows in which a number column holds something that is no number."""
        return self.unreadable.get(name, np.zeros(len(self), dtype=np.bool_))


def blocks(
    stream: BinaryIO, layout: Layout, name: str, need: tuple[str, ...] = ()
) -> Iterator[Block]:
    """Read a delimited file block by block.

    Parameters
    ----------
    stream
        The file.
    layout
        How it is laid out.
    name
        Its name, for messages.
    need
        Columns without which it cannot be read.

    Raises
    ------
    InputError
        Where a needed column is missing or there is no header.
    """
    header: tuple[str, ...] = () if layout.has_header else layout.names
    skip = layout.header_row if layout.has_header else 0
    for block in line_blocks(stream, name, layout.encoding):
        body = block
        if skip:
            body, skip, header = _without_header(block, layout, skip, header)
            if skip:
                continue
            if not header:
                raise InputError("Invalid header. Must have whole quotes.", file=name)
            for missing in [column for column in need if column not in header]:
                raise InputError(
                    f"Invalid header. Must have a column {missing!r}, has {list(header)}.",
                    file=name,
                )
        if body.data:
            yield from _parsed(body, layout, header)
    if skip:
        raise InputError("Invalid file. Must have a header line.", file=name)


def _without_header(
    block: LineBlock, layout: Layout, skip: int, header: tuple[str, ...]
) -> tuple[LineBlock, int, tuple[str, ...]]:
    """The block below the header line, the lines still to skip, the names."""
    mark = layout.comment.encode() if layout.comment else None
    for i in range(block.n_lines):
        line = block.line(i)
        if not line.strip() or (mark and line.startswith(mark)):
            continue
        skip -= 1
        if not skip:
            names = _fields(line.decode("utf-8", "replace"), layout)
            if layout.has_trailing_delimiter and i + 1 < block.n_lines:
                data = _fields(block.line(i + 1).decode("utf-8", "replace"), layout)
                names += [""] * (len(data) == len(names) + 1)
            header = layout.names or clean_header(names)
            rest = LineBlock(block.data[block.starts[i + 1] :], block.first_row + i + 1)
            return rest, 0, header
    return LineBlock(b"", block.first_row), skip, header


def _parsed(block: LineBlock, layout: Layout, header: tuple[str, ...]) -> Iterator[Block]:
    """Columns of a block, the fast way or, failing that, in halves and patiently."""
    try:
        table = _read(block.data, layout, header)
    except pa.ArrowInvalid:
        table = None
    if table is not None and _is_row_a_line(table.num_rows, block, layout, header):
        raw = RawRows.later(block.raw, block.n_lines)
        yield _whole_block(table, layout, header, source_row=block.rows(), raw=raw)
        return
    filled = block.is_filled
    rows, raw = block.rows(), RawRows.of(block.raw())
    if not filled.all():
        rows, raw = rows[filled], RawRows.of(raw.filter(filled))
    if not len(rows):
        return
    if table is not None and table.num_rows == len(rows):
        yield _whole_block(table, layout, header, source_row=rows, raw=raw)
    elif len(block.data) > _PATIENT_BYTES and block.n_lines > 1:
        for half in block.halves():
            yield from _parsed(half, layout, header)
    else:
        yield _patiently(block, layout, header, source_row=rows, raw=raw)


def _is_row_a_line(n_rows: int, block: LineBlock, layout: Layout, header: tuple[str, ...]) -> bool:
    """Whether the reader's rows are the lines one by one, known without a look at each line.

    It leaves empty lines out. As many rows as lines means none was empty, unless something else was
    counted twice: a lone CR, or a line of blanks that is a row where blanks are fields.
    """
    are_blanks_no_row = len(header) > 1 and not layout.delimiter.isspace()
    return are_blanks_no_row and n_rows == block.n_lines and not block.has_lone_returns


def _whole_block(
    table: pa.Table, layout: Layout, header: tuple[str, ...], *, source_row: Ints, raw: RawRows
) -> Block:
    """A block of which every row could be read the fast way."""
    columns = {name: _in_one_piece(table.column(name)) for name in table.column_names}
    reason = Codes.constant(None, len(source_row))
    return _block(layout, header, source_row=source_row, raw=raw, reason=reason, columns=columns)


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """A column without chunks, not copied where it has but one."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _block(layout: Layout, header: tuple[str, ...], **parts: Any) -> Block:
    """A block that knows how to blank its personal columns."""
    redact = partial(_blanked, layout=layout, header=header) if layout.personal else None
    return Block(header=header, redact=redact, **parts)


def _columns_to_read(layout: Layout, header: tuple[str, ...]) -> dict[str, pa.DataType]:
    """Type of each column that is wanted and there."""
    wanted = {
        **dict.fromkeys(layout.numbers, pa.float64()),
        **dict.fromkeys((*layout.words, *layout.texts), pa.string()),
    }
    return {name: dtype for name, dtype in wanted.items() if name in header}


def _read(data: bytes, layout: Layout, header: tuple[str, ...]) -> pa.Table:
    """Columns of whole lines by pyarrow's reader, on this thread."""
    columns = _columns_to_read(layout, header)
    return pv.read_csv(
        pa.BufferReader(data),
        read_options=pv.ReadOptions(
            use_threads=False, column_names=list(header), block_size=max(len(data), 1)
        ),
        parse_options=pv.ParseOptions(
            delimiter=layout.delimiter, quote_char='"' if layout.is_quoted else False
        ),
        convert_options=pv.ConvertOptions(
            column_types=columns,
            include_columns=list(columns),
            null_values=list(layout.missing),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            decimal_point=layout.decimal,
        ),
    )


def _patiently(block: LineBlock, layout: Layout, header: tuple[str, ...], **parts: Any) -> Block:
    """Columns of a block with damaged lines: those become empty rows with a reason."""
    lines = [
        block.line(i).decode("utf-8", "replace") for i in np.flatnonzero(block.is_filled).tolist()
    ]
    fields = [_fields(line, layout) for line in lines]
    good = np.array(["\0" not in line for line in lines], dtype=np.bool_)
    good &= np.array([len(f) for f in fields]) == len(header)
    columns: dict[str, pa.Array] = {}
    unreadable: dict[str, npt.NDArray[np.bool_]] = {}
    missing = set(layout.missing)
    for name, dtype in _columns_to_read(layout, header).items():
        place = header.index(name)
        texts = [
            None if not ok or f[place] in missing else f[place]
            for f, ok in zip(fields, good.tolist(), strict=True)
        ]
        columns[name] = pa.array(texts, pa.string())
        if dtype == pa.float64():
            values = _numbers(columns[name], layout.decimal)
            unreadable[name] = np.isnan(values) & columns[name].is_valid().to_numpy(False)
            columns[name] = pa.array(values)
    return _block(
        layout,
        header,
        **parts,
        reason=Codes(np.where(good, -1, 0).astype(np.int32), (MALFORMED,)),
        columns=columns,
        unreadable=unreadable,
    )


def _fields(line: str, layout: Layout) -> list[str]:
    """Fields of one line; none where its quotes cannot be made out."""
    text = line.rstrip("\r\n")
    if not layout.is_quoted or '"' not in text:
        return text.split(layout.delimiter)
    try:
        return next(csv.reader([text], delimiter=layout.delimiter, quotechar='"'), [""])
    except csv.Error:
        return []


def _numbers(texts: pa.Array, decimal: str) -> Floats:
    """Numbers of texts, NaN where they are none."""
    trimmed = pc.utf8_trim_whitespace(texts)
    if decimal != ".":
        trimmed = pc.replace_substring(trimmed, decimal, ".")
    good = pc.fill_null(pc.match_substring_regex(trimmed, _NUMBER), False)
    plain = pc.replace_substring_regex(trimmed, r"^\+", "")
    values = pc.cast(pc.if_else(good, plain, None), pa.float64())
    numbers: Floats = values.to_numpy(zero_copy_only=False)
    return numbers


def _blanked(raw: pa.Array, layout: Layout, header: tuple[str, ...]) -> pa.Array:
    """Raw lines without the personal columns; of a damaged line only short fields are kept."""
    places = [header.index(name) for name in layout.personal if name in header]
    blanked = []
    for line in raw.to_pylist():
        fields = _fields(line.decode("utf-8", "replace"), layout)
        if len(fields) == len(header):
            fields = [REDACTED if i in places and f else f for i, f in enumerate(fields)]
        else:  # who knows what stands where
            fields = [f if len(f) <= _SHORT_FIELD else REDACTED for f in fields]
        blanked.append(layout.delimiter.join(fields).encode())
    return pa.array(blanked, pa.large_binary())
