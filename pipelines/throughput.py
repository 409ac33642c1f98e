"""The throughput layer of a survey: a table apart, with its licence, that nothing else reads."""

from typing import Final

import pyarrow as pa

from coverage.readings.throughput import LICENCE, read_tiles
from coverage.tables import empty
from pipelines import inputs
from pipelines.config import Config
from pipelines.inputs import InputFile
from pipelines.store import Store

TABLE: Final = "throughput_tiles"


def files(config: Config, store: Store) -> list[InputFile]:
    """Tile files of the survey."""
    return inputs.find(config.raw, config.inputs.throughput, store)


def write_layer(config: Config, store: Store, found: list[InputFile]) -> tuple[int, str]:
    """Write the tiles inside the box; returns how many and what must be known of them.

    Without tile files there is no table.

    Raises
    ------
    InputError
        Where a file is no mobile tiles, or a quarter comes twice.
    """
    if not found:
        store.path(TABLE).unlink(missing_ok=True)
        return 0, ""
    parts = [empty(TABLE)]
    for file in {file.hash: file for file in reversed(found)}.values():
        with file.path.open("rb") as stream:
            parts.append(read_tiles(stream, file.name, config.grid.box))
    table = pa.concat_tables(parts).sort_by([("quarter", "ascending"), ("quadkey", "ascending")])
    store.write(TABLE, table.combine_chunks())
    return table.num_rows, f"{TABLE}.parquet, {table.num_rows:,} tiles: {LICENCE}."
