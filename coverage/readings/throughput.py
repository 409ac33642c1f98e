"""Ookla's open tiles of mobile speed tests (FORMATS 13) as a layer apart.

All operators mixed and only where a test could be made: a background to look at, never a reading,
never a label. The licence is CC BY-NC-SA 4.0, so no row of it may reach a file for an operator: the
table stands alone and nothing is derived from it.
"""

import re
from pathlib import PurePosixPath
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coverage.errors import InputError
from coverage.readings.params import Box
from coverage.tables import schema_of

LICENCE: Final = (
    "Speedtest by Ookla Global Fixed and Mobile Network Performance Maps, CC BY-NC-SA 4.0: not for "
    "commercial use, not for files that go to operators; what is made from it carries the licence"
)
ZOOM: Final = 16
_COLUMNS: Final = {
    "quadkey": pa.string(),
    "avg_u_kbps": pa.float64(),
    "avg_d_kbps": pa.float64(),
    "avg_lat_ms": pa.float64(),
    "tests": pa.int64(),
    "devices": pa.int64(),
}
_NAME: Final = re.compile(r"(\d{4})-(01|04|07|10)-01_performance_(mobile|fixed)_tiles")
_QUADKEY: Final = rf"^[0-3]{{{ZOOM}}}$"
_BATCH_ROWS: Final = 1 << 18


def read_tiles(stream: BinaryIO, name: str, box: Box | None) -> pa.Table:
    """Tiles of one quarter whose centre lies in the box.

    Parameters
    ----------
    stream
        The Parquet file, seekable.
    name
        Its name as published, which tells the quarter: ``2024-01-01_performance_mobile_tiles``.
    box
        South, west, north, east; None keeps all. [deg]

    Returns
    -------
    pyarrow.Table
        Table ``throughput_tiles``, sorted by quadkey.

    Raises
    ------
    InputError
        Where it is of fixed lines, names no quarter, is damaged or lacks a column.
    """
    quarter = _quarter(name)
    try:
        file = pq.ParquetFile(stream)
        missing = sorted(set(_COLUMNS) - set(file.schema_arrow.names))
        if missing:
            raise InputError(f"Invalid tiles: columns {missing} missing.", file=name)
        doubled = [key for key in _COLUMNS if file.schema_arrow.names.count(key) > 1]
        if doubled:
            raise InputError(f"Invalid tiles: columns {doubled} stand twice.", file=name)
        batches = file.iter_batches(_BATCH_ROWS, columns=list(_COLUMNS))
        parts = [_part(batch, quarter, name, box) for batch in batches]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(f"Invalid Parquet file: {reason}.", file=name) from error
    together = pa.concat_tables([schema_of("throughput_tiles").empty_table(), *parts])
    ordered = together.sort_by([("quarter", "ascending"), ("quadkey", "ascending")])
    if pc.count_distinct(ordered.column("quadkey")).as_py() != ordered.num_rows:
        raise InputError("Invalid tiles: a quadkey stands twice. Must be unique.", file=name)
    return ordered.combine_chunks()


def centres_of(quadkeys: list[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Latitude and longitude of the middle of tiles [deg] (Microsoft, "Bing Maps Tile System").

    Examples
    --------
    >>> latitude, longitude = centres_of(["3100121121130112"])
    >>> round(float(latitude[0]), 2), round(float(longitude[0]), 2)
    (-6.41, 106.12)
    """
    digits = np.array([list(key) for key in quadkeys], dtype="U1").reshape(len(quadkeys), -1)
    values = digits.astype(np.int64)
    powers = 1 << np.arange(values.shape[1] - 1, -1, -1)
    column, row = (values & 1) @ powers, (values >> 1) @ powers
    size = 1 << values.shape[1]
    longitude = (column + 0.5) / size * 360 - 180
    latitude = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (row + 0.5) / size))))
    return latitude, longitude


def _part(batch: pa.RecordBatch, quarter: str, name: str, box: Box | None) -> pa.Table:
    """Tiles of one batch inside the box."""
    columns = {key: batch.column(key).cast(dtype) for key, dtype in _COLUMNS.items()}
    is_key = pc.fill_null(pc.match_substring_regex(columns["quadkey"], _QUADKEY), False)
    if batch.num_rows and not pc.all(is_key).as_py():
        bad = columns["quadkey"].filter(pc.invert(is_key))[0].as_py()
        raise InputError(f"Invalid quadkey {bad!r}. Must be {ZOOM} digits 0-3.", file=name)
    for key in ("tests", "devices"):
        if columns[key].null_count:
            raise InputError(f"Invalid {key}, empty. Must be a count.", file=name)
    latitude, longitude = centres_of(columns["quadkey"].to_pylist())
    table = pa.table(
        {
            "quarter": pa.repeat(quarter, batch.num_rows),
            "quadkey": columns["quadkey"],
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "uplink_kbps": _measured(columns["avg_u_kbps"]),
            "downlink_kbps": _measured(columns["avg_d_kbps"]),
            "ping_ms": _measured(columns["avg_lat_ms"]),
            "n_tests": columns["tests"],
            "n_devices": columns["devices"].cast(pa.int32()),
        }
    ).cast(schema_of("throughput_tiles"))
    if box is None:
        return table
    south, west, north, east = box
    inside = (latitude >= south) & (latitude <= north) & (longitude >= west) & (longitude <= east)
    return table.filter(pa.array(inside))


def _measured(values: pa.Array) -> pa.Array:
    """Values in single precision; NA where one is not a number that this can hold."""
    narrow = values.cast(pa.float32())
    return pc.if_else(pc.fill_null(pc.is_finite(narrow), False), narrow, None)


def _quarter(name: str) -> str:
    """Quarter of a file by its name."""
    found = _NAME.search(PurePosixPath(name).name)
    if found is None:
        raise InputError(
            "Invalid name of tiles. Must tell the quarter as published: "
            "2024-01-01_performance_mobile_tiles.parquet.",
            file=name,
        )
    if found[3] == "fixed":
        raise InputError("Invalid tiles of fixed lines. Must be mobile tiles.", file=name)
    return f"{found[1]}-Q{(int(found[2]) + 2) // 3}"
