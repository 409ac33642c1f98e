"""Ookla open data tiles of mobile tests (FORMATS 13): an area layer of throughput, not readings."""

from typing import Final

from coverage.readings.format import Head

NAME: Final = "ookla_tiles"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = None
SKIP: Final = (
    "throughput of map tiles, all operators mixed, no readings; name it under inputs.throughput. "
    "CC BY-NC-SA: keep it out of files for operators"
)

COLUMNS: Final = frozenset(
    {"quadkey", "avg_d_kbps", "avg_u_kbps", "avg_lat_ms", "tests", "devices"}
)


def is_tiles(head: Head) -> bool:
    """Whether the file is a Parquet file of Ookla's tiles, mobile or fixed."""
    return frozenset(head.parquet_columns) >= COLUMNS


def is_fixed(head: Head) -> bool:
    """Whether the file's name says that it holds tests over fixed lines."""
    return "fixed" in head.name.rpartition("/")[2].lower()


def sniff(head: Head) -> str | None:
    """Recognise the tiles by their columns."""
    return (
        "Parquet with quadkey, avg_u_kbps, tests" if is_tiles(head) and not is_fixed(head) else None
    )
