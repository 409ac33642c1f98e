"""Any workbook through a column map (FORMATS 17); see :mod:`coverage.readings.columns`.

The first sheet is read. A cell that Excel holds as a date reads as ISO 8601 (``time_format =
"iso"``), whatever it looks like on the screen.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

from coverage.readings import workbook
from coverage.readings.columns import ColumnMap, clean_header
from coverage.readings.delimited import Layout
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.mapping import mapped_draft

NAME: Final = "mapped_xlsx"
SHOWS_NO_SERVICE: Final = None


def sniff_map(head: Head, column_map: ColumnMap) -> str | None:
    """The header row of the first sheet has what the map asks for."""
    if not head.sheet_header:
        return None
    header = head.sheet_header
    if column_map.header_row > 1:
        header = workbook.header_row(head.seekable(), column_map.header_row, head.name)
    return column_map.matches(clean_header(header), head.name)


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the first sheet block by block."""
    column_map = context.column_map
    if column_map is None:
        raise TypeError("mapped_xlsx needs a column map")
    layout = Layout(
        texts=tuple(dict.fromkeys(column_map.columns.values())),
        missing=column_map.missing,
        header_row=column_map.header_row,
    )
    for block in workbook.blocks(stream, layout, context.name):
        column_map.require(block.header, context.name)
        cells = {ours: block.array(theirs) for ours, theirs in column_map.columns.items()}
        yield mapped_draft(
            cells,
            column_map,
            context,
            source_row=block.source_row,
            raw=block.raw,
            reason=block.reason,
        )
