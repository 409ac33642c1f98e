"""Devices whose readings a survey gives up, now and whenever their logs are read again.

The list holds keyed hashes, never names. It is applied to inputs as they are read, and to what was
read before. The raw files are not touched: they are the owner's to delete.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coverage.readings.privacy import device_id, is_device_id
from coverage.tables import empty
from pipelines import settings
from pipelines.config import Config
from pipelines.parts import TABLES, write_part
from pipelines.store import Store, read_json, table_errors, write_json

REASON: Final = "device_forgotten"


def remember(config: Config, store: Store, device: str) -> str:
    """Put a device on the survey's list; returns its hash.

    Parameters
    ----------
    config, store
        The survey.
    device
        Its hash as in ``device_id``, or its name as in the logs; ``group:FOLDER`` for the logs of a
        folder (relative to the raw folder) that name no device.
    """
    key = settings.device_key(config, store)
    name = device if is_device_id(device) else device_id(device, config.survey.name, key)
    listed = {*forgotten(config, store), name}
    write_json(_path(config, store), {"device_ids": sorted(listed)})
    return name


def forgotten(config: Config, store: Store) -> tuple[str, ...]:
    """Hashes of the devices on the list, sorted."""
    return tuple(read_json(_path(config, store)).get("device_ids", ()))


def without(table: pa.Table, devices: tuple[str, ...]) -> pa.Table:
    """Rows of ``readings`` or ``rejects`` that belong to none of the devices."""
    if not devices:
        return table
    is_theirs = pc.is_in(table.column("device_id"), value_set=pa.array(devices, pa.string()))
    return table.filter(pc.invert(is_theirs))


def purge(
    store: Store, part: str, record: Mapping[str, Any], devices: tuple[str, ...]
) -> dict[str, Any]:
    """Take devices out of what an input gave; returns its record as it is then."""
    if not any(_holds(store.path(name, part), devices) for name in TABLES):
        return {**record, "forgotten": list(devices)}
    pieces = _pieces(store, part, devices)
    return {**record, **tally(record["rows"], write_part(store, part, pieces), devices)}


def tally(n_rows: int, written: Any, devices: tuple[str, ...]) -> dict[str, Any]:
    """What the record of an input says of its rows; those not written were of forgotten devices."""
    n_forgotten = n_rows - written.taken - written.rejected.total()
    rejected = {**written.rejected, **({REASON: n_forgotten} if n_forgotten else {})}
    return {
        "rows": n_rows,
        "taken": written.taken,
        "known": written.known,
        "rejected": dict(sorted(rejected.items())),
        "forgotten": list(devices),
    }


def _pieces(
    store: Store, part: str, devices: tuple[str, ...]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Readings, then rejects, of the other devices."""
    for name in TABLES:
        with table_errors(name, store.path(name, part)):
            file = pq.ParquetFile(store.path(name, part))
            nothing = {other: empty(other) for other in TABLES}
            for group in range(file.num_row_groups):
                kept = {**nothing, name: without(file.read_row_group(group), devices)}
                yield kept["readings"], kept["rejects"]


def _holds(path: Path, devices: tuple[str, ...]) -> bool:
    """Whether a table has rows of one of the devices."""
    with table_errors(path.parent.name, path):
        column = pq.read_table(path, columns=["device_id"], partitioning=None).column(0)
    found: bool = pc.any(pc.is_in(column, value_set=pa.array(devices, pa.string()))).as_py()
    return bool(found)


def _path(config: Config, store: Store) -> Path:
    """Where the list lies."""
    named = config.privacy.forgotten_file
    return config.relative(named) if named else store.root / "forgotten.json"
