"""Maps of the ground from raster files: read in a window, in degrees, no finer than a cap.

GDAL reads them through rasterio, an optional extra; an ESRI ASCII grid in degrees needs neither.
Reprojection and decimation are the warper's, in pieces: memory holds the window, never the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from coverage.errors import InputError
from coverage.signal.maps import Maps
from coverage.signal.terrain import M_PER_DEG, Grid
from pipelines import inputs
from pipelines.ascii_grid import are_degrees, is_plain_ascii, read_plain_ascii
from pipelines.config import Config
from pipelines.inputs import InputFile
from pipelines.store import Store

Box = tuple[float, float, float, float]
"""South, west, north, east [deg]."""
Values = npt.NDArray[np.float32]

STRIP_PIXELS: Final = 4_000_000  # of a class map, read at once
CACHE_MB: Final = 64  # of GDAL's blocks; its own default is a twentieth of the machine
DECIMATED: Final = 1.5  # a pixel this much coarser than the file's is a mean of several
_WGS_84: Final = "EPSG:4326"
_KINDS: Final = ("elevation", "land_cover", "population")


def read_maps(config: Config, store: Store) -> Maps:
    """The maps that the survey names; none where it names none.

    Raises
    ------
    InputError
        Where one is named but missing, unreadable or elsewhere, or the survey has no box.
    """
    files = raster_files(config, store)
    if not files:
        return Maps()
    box = _window(config)
    side = config.inputs.rasters.max_side
    elevation, cover, people = (files.get(kind) for kind in _KINDS)
    return Maps(
        height_m=read_grid(elevation.local, elevation.name, box, side) if elevation else None,
        shares=(
            read_shares(cover.local, cover.name, box, side, config.maps.classes) if cover else {}
        ),
        people=read_grid(people.local, people.name, box, side) if people else None,
    )


def raster_files(config: Config, store: Store) -> dict[str, InputFile]:
    """The raster files of the survey, by what they show."""
    named = config.inputs.rasters
    found = {kind: inputs.one(config.raw, getattr(named, kind), store) for kind in _KINDS}
    return {kind: file for kind, file in found.items() if file is not None}


def fingerprint(config: Config, store: Store) -> dict[str, Any]:
    """All that decides what the maps say; empty where there are none."""
    files = raster_files(config, store)
    if not files:
        return {}
    hashes = {kind: file.hash for kind, file in files.items()}
    return {**hashes, "max_side": config.inputs.rasters.max_side, **config.section("maps")}


def read_grid(path: Path, name: str, box: Box, max_side: int) -> Grid:
    """The values of a raster's first band inside a box.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    box
        What is read. [deg]
    max_side
        Rows and columns at most; a finer file is averaged. [count]

    Returns
    -------
    Grid
        Spans the box; NaN where the file says nodata and where it does not reach.

    Raises
    ------
    InputError
        Where it cannot be read, has no place on earth, or lies outside the box.
    """
    if is_plain_ascii(path):
        return read_plain_ascii(path, name, box, max_side)
    with _opened(path, name) as source:
        step_deg = _step_deg(source, name)
        shape, steps = _raster_of(box, step_deg, max_side)
        is_coarser = max(steps) > DECIMATED * step_deg
        values = _warped(source, box, shape, "average" if is_coarser else "bilinear")
    return _grid(_inside(values, name), box)


def read_shares(
    path: Path, name: str, box: Box, max_side: int, classes: Mapping[str, Sequence[int]]
) -> dict[str, Grid]:
    """Share of each class in each pixel of a class map inside a box, by the class's name [0-1].

    Codes are counted at the file's own resolution, strip by strip, then averaged over whole
    blocks: a mean of codes would be the code of another class. NaN where most of a block is
    nodata. See :func:`read_grid` for the rest.
    """
    with _opened(path, name) as source:
        step_deg = _step_deg(source, name)
        (rows, columns), steps = _raster_of(box, step_deg, max_side)
        factor = max(round(max(steps) / step_deg), 1)
        strip = max(STRIP_PIXELS // (factor * factor * columns), 1)
        parts: dict[str, list[Values]] = {key: [] for key in classes}
        height_deg = (box[2] - box[0]) / rows
        for first in range(0, rows, strip):
            last = min(first + strip, rows)
            part = (box[2] - last * height_deg, box[1], box[2] - first * height_deg, box[3])
            shape = ((last - first) * factor, columns * factor)
            codes = _warped(source, part, shape, "nearest")
            for key, wanted in classes.items():
                parts[key].append(_share_of(codes, wanted, factor))
    whole = {key: _inside(np.concatenate(strips), name) for key, strips in parts.items()}
    return {key: _grid(values, box) for key, values in whole.items()}


def _window(config: Config) -> Box:
    """The survey's box with the margin in which towers count: paths begin there.

    Raises
    ------
    InputError
        Where the survey has no box.
    """
    if config.grid.box is None:
        raise InputError(
            "Rasters need grid.box: without it they would be read whole.", file=str(config.file),
            remedy="Give [south, west, north, east] under [grid].",
        )  # fmt: skip
    south, west, north, east = config.grid.box
    margin = config.towers.margin_km * 1000 / M_PER_DEG
    wider = margin / float(np.cos(np.radians(max(abs(south), abs(north)))))
    return (
        max(south - margin, -90.0), max(west - wider, -180.0),
        min(north + margin, 90.0), min(east + wider, 180.0),
    )  # fmt: skip


def _raster_of(
    box: Box, step_deg: float, max_side: int
) -> tuple[tuple[int, int], tuple[float, float]]:
    """Rows and columns that span the box at most as fine as the file, and their steps [deg]."""
    extent = (box[2] - box[0], box[3] - box[1])
    step = max(step_deg, max(extent) / max_side)
    rows, columns = (max(round(side / step), 2) for side in extent)
    return (rows, columns), (extent[0] / rows, extent[1] / columns)


def _share_of(codes: Values, wanted: Sequence[int], factor: int) -> Values:
    """Share of some codes in each block of factor x factor pixels; NaN where most are unknown."""
    rows, columns = codes.shape[0] // factor, codes.shape[1] // factor
    blocks = codes.reshape(rows, factor, columns, factor)
    known = np.isfinite(blocks).sum(axis=(1, 3))
    found = np.sum([(blocks == code).sum(axis=(1, 3)) for code in set(wanted)], axis=0)
    share = np.full(known.shape, np.nan, dtype=np.float32)
    np.divide(found, known, out=share, where=2 * known >= factor * factor)
    return share


def _inside(values: Values, name: str) -> Values:
    """The values, if there are any.

    Raises
    ------
    InputError
        Where the raster holds nothing inside the window.
    """
    if not np.isfinite(values).any():
        raise InputError(
            "The raster holds no value inside grid.box.", file=name,
            remedy="Give one that covers the survey, or mend grid.box.",
        )  # fmt: skip
    return values


def _grid(values: Values, box: Box) -> Grid:
    """Values that span a box, north up, as a grid of their centres."""
    rows, columns = values.shape
    height_deg, width_deg = (box[2] - box[0]) / rows, (box[3] - box[1]) / columns
    return Grid(
        value=values,
        latitude_deg=box[2] - height_deg / 2,
        longitude_deg=box[1] + width_deg / 2,
        row_step_deg=-height_deg,
        column_step_deg=width_deg,
    )


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    """Open a raster file; what GDAL cannot read is the user's to mend.

    Raises
    ------
    InputError
        Where rasterio is not installed, or the file is no raster, or damaged.
    """
    try:
        import rasterio
    except ImportError as error:
        raise InputError(
            "Rasters need rasterio, which is not installed.", file=name,
            remedy="Run pip install 'blankspot[raster]'.",
        ) from error  # fmt: skip
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE_MB), rasterio.open(path) as source:
            yield source
    except rasterio.errors.RasterioError as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(
            f"Cannot be read as a raster ({reason}).", file=name,
            remedy="Give GeoTIFF, VRT, ESRI ASCII grid or another format that GDAL reads.",
        ) from error  # fmt: skip


def _step_deg(source: Any, name: str) -> float:
    """Size of the file's pixels [deg].

    Raises
    ------
    InputError
        Where the file does not say where on earth it lies.
    """
    from rasterio.warp import calculate_default_transform

    bounds = source.bounds
    if source.crs is None:
        if not are_degrees(bounds.bottom, bounds.left, bounds.top, bounds.right):
            raise InputError(
                "The raster does not say its coordinate system.", file=name,
                remedy="Assign one, for example with gdal_edit -a_srs.",
            )  # fmt: skip
        return float(min(source.res))
    width_height = source.width, source.height
    transform = calculate_default_transform(source.crs, _WGS_84, *width_height, *bounds)[0]
    return float(min(abs(transform.a), abs(transform.e)))


def _warped(source: Any, box: Box, shape: tuple[int, int], method: str) -> Values:
    """The first band in degrees over a box, NaN where it is nodata or does not reach."""
    from rasterio.enums import Resampling
    from rasterio.transform import from_bounds
    from rasterio.vrt import WarpedVRT

    south, west, north, east = box
    with WarpedVRT(
        source,
        src_crs=source.crs or _WGS_84,
        crs=_WGS_84,
        transform=from_bounds(west, south, east, north, shape[1], shape[0]),
        height=shape[0],
        width=shape[1],
        resampling=Resampling[method],
        nodata=np.nan,
        dtype="float32",
    ) as warped:
        values = warped.read(1)
    scale, offset = source.scales[0], source.offsets[0]
    return np.asarray(values * scale + offset, dtype=np.float32)
