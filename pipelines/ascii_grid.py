"""ESRI ASCII grids in degrees, read without any raster library.

Format: Esri, "Esri ASCII raster format". Anything else about rasters is :mod:`pipelines.rasters`.
"""

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final, TextIO

import numpy as np

from coverage.errors import InputError
from coverage.signal.terrain import Grid

DEFAULT_NODATA: Final = -9999.0
_KEYS: Final = (
    ("ncols",), ("nrows",), ("cellsize",), ("xllcenter", "xllcorner"), ("yllcenter", "yllcorner"),
)  # fmt: skip
"""Keys of the header, one of each group needed."""


def is_plain_ascii(path: Path) -> bool:
    """Whether a file is an ESRI ASCII grid with no coordinate system beside it but WGS 84."""
    if path.suffix.lower() != ".asc":
        return False
    beside = path.with_suffix(".prj")
    if not beside.is_file():
        return True
    words = beside.read_text(encoding="utf-8", errors="replace").upper().replace("_", " ")
    return words.startswith("GEOGCS") and "WGS 84" in words.replace("WGS 1984", "WGS 84")


def read_plain_ascii(
    path: Path, name: str, box: tuple[float, float, float, float], max_side: int
) -> Grid:
    """The part of an ASCII grid in degrees that lies in a box (south, west, north, east) [deg].

    It is averaged over whole blocks until no side has more than ``max_side`` pixels. NaN where
    nodata.

    Raises
    ------
    InputError
        Where it is damaged, not in degrees, or holds no value there.
    """
    whole = _whole(path, name)
    cut = _cut(whole, box)
    if not _meets(whole, box) or not np.isfinite(cut.value).any():
        raise InputError(
            "The grid holds no value inside grid.box.", file=name,
            remedy="Give one that covers the survey, or mend grid.box.",
        )  # fmt: skip
    return _decimated(cut, max_side)


def are_degrees(south: float, west: float, north: float, east: float) -> bool:
    """Whether bounds can be latitudes and longitudes."""
    return bool(-90 <= south < north <= 90 and -180 <= west < east <= 360)


def _whole(path: Path, name: str) -> Grid:
    """An ESRI ASCII grid in degrees, whole: its first row is the northernmost.

    Raises
    ------
    InputError
        Where the header or the numbers are not as they should be.
    """
    with path.open(encoding="ascii", errors="replace") as stream:
        head, first = _head(stream, name)
        if not first.strip():
            raise InputError("The grid has a header and no values.", file=name)
        try:
            values = np.loadtxt(chain([first], stream), dtype=np.float32, ndmin=2)
        except ValueError as error:
            raise InputError(f"Cannot be read as an ASCII grid ({error}).", file=name) from error
    rows, columns, step = int(head["nrows"]), int(head["ncols"]), head["cellsize"]
    if values.shape != (rows, columns):
        raise InputError(
            f"Invalid grid of {values.shape[0]} x {values.shape[1]} values. "
            f"Must be nrows x ncols, {rows} x {columns}.",
            file=name,
        )
    values[values == np.float32(head.get("nodata_value", DEFAULT_NODATA))] = np.nan
    south = head["yllcenter"] if "yllcenter" in head else head["yllcorner"] + step / 2
    west = head["xllcenter"] if "xllcenter" in head else head["xllcorner"] + step / 2
    north, east = south + (rows - 1) * step, west + (columns - 1) * step
    if not are_degrees(south, west, north, east):
        raise InputError(
            "The ASCII grid is not in degrees and does not say its coordinate system.", file=name,
            remedy="Put a .prj file beside it.",
        )  # fmt: skip
    return Grid(
        value=values, latitude_deg=north, longitude_deg=west, row_step_deg=-step,
        column_step_deg=step,
    )  # fmt: skip


def _head(stream: TextIO, name: str) -> tuple[dict[str, float], str]:
    """Header of an ASCII grid by its keys in lower case, and the first line of values.

    Raises
    ------
    InputError
        Where it lacks a key or holds no number.
    """
    head: dict[str, float] = {}
    line = stream.readline()
    while line[:1].isalpha():
        key, _, number = line.strip().lower().partition(" ")
        try:
            head[key] = float(number)
        except ValueError as error:
            raise InputError(f"Invalid header line {line.strip()!r}.", file=name) from error
        line = stream.readline()
    for one_of in _KEYS:
        if not any(key in head for key in one_of):
            raise InputError(f"The header lacks {' or '.join(one_of)}.", file=name)
    return head, line


def _meets(grid: Grid, box: tuple[float, float, float, float]) -> bool:
    """Whether grid and box have any ground in common."""
    rows, columns = grid.value.shape
    south = grid.latitude_deg + (rows - 1) * grid.row_step_deg
    east = grid.longitude_deg + (columns - 1) * grid.column_step_deg
    meets_rows = south <= box[2] and grid.latitude_deg >= box[0]
    return meets_rows and grid.longitude_deg <= box[3] and east >= box[1]


def _cut(grid: Grid, box: tuple[float, float, float, float]) -> Grid:
    """The part of a grid that lies in a box, with a pixel around it; at least two rows, columns."""
    south, west, north, east = box
    rows = (np.array([north, south]) - grid.latitude_deg) / grid.row_step_deg
    columns = (np.array([west, east]) - grid.longitude_deg) / grid.column_step_deg
    row = _span(rows[0], rows[1], grid.value.shape[0])
    column = _span(columns[0], columns[1], grid.value.shape[1])
    return replace(
        grid,
        value=grid.value[row, column],
        latitude_deg=grid.latitude_deg + row.start * grid.row_step_deg,
        longitude_deg=grid.longitude_deg + column.start * grid.column_step_deg,
    )


def _span(first: float, last: float, n: int) -> slice:
    """Indices from first to last and one beyond, of n."""
    start = min(max(int(np.floor(first)), 0), n - 2)
    return slice(start, min(max(int(np.ceil(last)) + 1, start + 2), n))


def _decimated(grid: Grid, max_side: int) -> Grid:
    """The grid averaged over whole blocks until no side is longer."""
    factor = -(-max(grid.value.shape) // max_side)
    if factor == 1:
        return grid
    rows, columns = (max(side // factor, 2) for side in grid.value.shape)
    blocks = grid.value[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    known = np.isfinite(blocks)
    n = known.sum(axis=(1, 3))
    mean = np.full(n.shape, np.nan, dtype=np.float32)
    total = np.where(known, blocks, 0.0).sum(axis=(1, 3))
    np.divide(total, n, out=mean, where=2 * n >= factor * factor)
    return Grid(
        value=mean,
        latitude_deg=grid.latitude_deg + grid.row_step_deg * (factor - 1) / 2,
        longitude_deg=grid.longitude_deg + grid.column_step_deg * (factor - 1) / 2,
        row_step_deg=grid.row_step_deg * factor,
        column_step_deg=grid.column_step_deg * factor,
    )
