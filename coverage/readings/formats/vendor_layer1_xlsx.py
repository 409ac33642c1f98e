"""Vendor layer-1 export as a workbook: the columns of ``vendor_layer1`` (FORMATS 16)."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from coverage.readings import workbook
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.formats.vendor_layer1 import HEADER, LAYOUT, NEED, drafts_of

NAME: Final = "vendor_layer1_xlsx"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = False


def sniff(head: Head) -> str | None:
    """Recognise the workbook by the header of its first sheet."""
    is_ours = head.sheet_header[: len(HEADER)] == HEADER
    return f"first sheet begins {','.join(HEADER)}" if is_ours else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the first sheet block by block."""
    return drafts_of(workbook.blocks(stream, LAYOUT, context.name, need=NEED), context)
