"""RTR Open Nettest as a workbook: the columns of ``rtr_nettest`` on its first sheet."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from coverage.readings import workbook
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.formats.rtr_nettest import HEADER, LAYOUT, NEED, draft_of

NAME: Final = "rtr_nettest_xlsx"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = False


def sniff(head: Head) -> str | None:
    """Recognise the workbook by the header of its first sheet."""
    is_ours = head.sheet_header[: len(HEADER)] == HEADER
    return f"first sheet begins {','.join(HEADER)}" if is_ours else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the first sheet block by block."""
    for block in workbook.blocks(stream, LAYOUT, context.name, need=NEED):
        yield draft_of(block)
