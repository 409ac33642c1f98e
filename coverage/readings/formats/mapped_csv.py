"""Any CSV through a column map (FORMATS 17); see :mod:`coverage.readings.columns`."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np

from coverage.readings.columns import ColumnMap, clean_header
from coverage.readings.delimited import Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.mapping import mapped_draft

NAME: Final = "mapped_csv"
SHOWS_NO_SERVICE: Final = None


def sniff_map(head: Head, column_map: ColumnMap) -> str | None:
    """The header has what the map asks for."""
    if not head.first_line:
        return None
    text = head.decoded(column_map.encoding).splitlines()
    lines = [line for line in text if line.strip()]
    if len(lines) < column_map.header_row:
        return None
    header = clean_header(lines[column_map.header_row - 1].split(column_map.delimiter))
    return column_map.matches(header, head.name)


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Blocks of rows."""
    column_map = context.column_map
    if column_map is None:
        raise TypeError("mapped_csv needs a column map")
    layout = Layout(
        texts=tuple(dict.fromkeys(column_map.columns.values())),
        delimiter=column_map.delimiter,
        encoding=column_map.encoding,
        missing=column_map.missing,
        header_row=column_map.header_row,
        is_quoted=True,
    )
    for block in blocks(stream, layout, context.name):
        column_map.require(block.header, context.name)
        cells = {ours: block.array(theirs) for ours, theirs in column_map.columns.items()}
        yield mapped_draft(
            cells, column_map, context,
            source_row=np.asarray(block.source_row), raw=block.raw, reason=block.reason,
        )  # fmt: skip
