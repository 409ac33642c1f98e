"""Ookla open data tiles of fixed lines (FORMATS 13): they say nothing of the mobile network."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from coverage.errors import InputError
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.formats.ookla_tiles import is_fixed, is_tiles

NAME: Final = "ookla_fixed_tiles"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = None


def sniff(head: Head) -> str | None:
    """Recognise the tiles by their columns and the word in the file's name."""
    return "Parquet with quadkey, name says fixed" if is_tiles(head) and is_fixed(head) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Refuse the file.

    Raises
    ------
    InputError
        Always.
    """
    del stream
    raise InputError(
        "Invalid tiles of fixed lines. Must be mobile tiles.",
        file=context.name,
        remedy="Take the file out of the inputs.",
    )
