"""A vector layer as a survey uses it: in WGS 84, of the right kind, whole, and where the survey is.

A hold or flood layer must never be lost in silence, so whatever would make a feature cover nothing
is refused: no features, no geometry, points for areas, coordinates elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, GeometryError
from pyproj.exceptions import ProjError
from shapely.errors import ShapelyError

from coverage.errors import InputError
from coverage.readings.containers import zip_heads
from coverage.readings.params import ArchiveLimits
from pipelines.geopackage import SQLITE_MARK, refuse_computed_layers
from pipelines.inputs import InputFile
from pipelines.remarks import remarks_of

AREAS: Final = ("Polygon", "MultiPolygon")
POINTS: Final = ("Point",)
_WGS_84: Final = "EPSG:4326"
_HEAD_BYTES: Final = 65_536
_POINTERS: Final = (
    b"<OGRVRTDataSource", b"<OGRWFSDataSource", b"<OGRWFS3DataSource", b"<OGRCSWDataSource",
    b"<VRTDataset", b"<GDAL_WMS", b"gdal_streamed_alg",
)  # fmt: skip
"""What GDAL knows files by that only name other sources: OGR VRT, WFS, CSW, WMS, GDALG."""
_ZIP_MARK: Final = b"PK\x03\x04"
_ZIP_SUFFIXES: Final = (".zip", ".kmz", ".shz")
"""Names by which GDAL unpacks a file, whatever it begins with."""
_MAX_COLUMNS: Final = 2000
"""As many as SQLite lets a table have; GDAL's time to read them grows with their square. [count]"""
_NAMES_TOLD: Final = 30
_READ_ERRORS: Final = (
    DataSourceError, DataLayerError, GeometryError, ProjError, ShapelyError, pa.ArrowException,
    OSError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LayerRule:
    """What a layer has to be.

    Attributes
    ----------
    columns
        Columns it must have, in lower case.
    shapes
        Kinds of geometry that it may hold: ``AREAS`` or ``POINTS``.
    box
        South, west, north, east of the survey: a layer of which nothing lies there is refused;
        None = anywhere. [deg]
    limits
        How far a zipped layer may unfold.
    """

    columns: tuple[str, ...]
    shapes: tuple[str, ...] = AREAS
    box: tuple[float, float, float, float] | None = None
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)


def read_layer(file: InputFile, rule: LayerRule) -> gpd.GeoDataFrame:
    """Read one vector file in WGS 84 with its column names in lower case.

    Polygons that cross themselves are mended, since nothing can be told of what lies in them. What
    GDAL warns of becomes a remark.

    Raises
    ------
    InputError
        Where it cannot be read or is not as the rule says.
    """
    with remarks_of(file.name):
        return _read(file, rule)


def _read(file: InputFile, rule: LayerRule) -> gpd.GeoDataFrame:
    """Read one vector file and hold it to its rule."""
    frame = _opened(file, rule.limits)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError("The layer has no geometry.", file=file.name)
    if frame.empty:
        raise InputError(
            "The layer has no features.", file=file.name, remedy="Take it out of [inputs]."
        )
    frame = frame.rename(columns={name: str(name).lower() for name in frame.columns})
    _refuse_columns(frame, file, rule)
    shapes = frame.geometry.to_numpy()
    has_shape = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not has_shape.all():
        _refuse_feature(file, has_shape, "has no geometry")
    if rule.shapes == POINTS:
        frame = frame.explode(ignore_index=True)
    is_kind = frame.geometry.geom_type.isin(rule.shapes).to_numpy()
    if not is_kind.all():
        _refuse_feature(file, is_kind, f"is no {rule.shapes[0].lower()}")
    placed = frame.set_geometry(_mended(frame))
    _refuse_elsewhere(placed, file, rule)
    return placed


def _opened(file: InputFile, limits: ArchiveLimits) -> gpd.GeoDataFrame:
    """The file's layer, in WGS 84."""
    try:
        _refuse_pointer(file, limits)
        frame = _parquet_or_other(file)
        if not isinstance(frame, gpd.GeoDataFrame):
            return frame
        return frame.set_crs(_WGS_84) if frame.crs is None else frame.to_crs(_WGS_84)
    except (InputError, MemoryError):  # Arrow's is one of its errors too: the file is sound
        raise
    except _READ_ERRORS as error:
        reason = str(error).split("\n", 1)[0].replace(str(file.local), file.name)
        raise InputError(
            f"Cannot be read as a vector layer ({reason}).", file=file.name,
            remedy="Give GeoPackage, GeoJSON, GeoParquet, KML or Shapefile.",
        ) from error  # fmt: skip


def _refuse_pointer(file: InputFile, limits: ArchiveLimits) -> None:
    """Refuse a file that makes GDAL open others, from this machine or from the net, or run SQL.

    Raises
    ------
    InputError
        Where it is one, holds one, or unfolds beyond the limits.
    """
    if file.local.is_dir():
        return
    for name, head in _heads(file, limits):
        if any(mark in head for mark in _POINTERS):
            raise InputError(
                "The layer points to other sources. Must hold its features itself.", file=name,
                remedy="Give GeoPackage, GeoJSON, GeoParquet, KML or Shapefile.",
            )  # fmt: skip
        if head.startswith(SQLITE_MARK):
            if name != file.name:
                raise InputError(
                    "A GeoPackage in an archive. Must be unpacked.", file=name,
                    remedy="Put the GeoPackage itself there.",
                )  # fmt: skip
            refuse_computed_layers(file.local, file.name)


def _heads(file: InputFile, limits: ArchiveLimits) -> Iterator[tuple[str, bytes]]:
    """Name and first bytes of the file, or of each file in it where it is an archive."""
    with file.local.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        if head.startswith(_ZIP_MARK) or file.local.suffix.lower() in _ZIP_SUFFIXES:
            yield from zip_heads(stream, file.name, limits)
        else:
            yield file.name, head


def _parquet_or_other(file: InputFile) -> gpd.GeoDataFrame:
    """The file's layer as it stands; tables beside it, as QGIS keeps for styles, do not count."""
    if file.local.suffix == ".parquet":
        try:
            return gpd.read_parquet(file.local)
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError("its description of columns is damaged") from error
    names = [str(name) for name, kind in pyogrio.list_layers(file.local) if kind is not None]
    if len(names) > 1:
        raise InputError(
            f"The file holds {len(names)} layers: {_told(names)}. Must be one.",
            file=file.name, remedy="Save the one that counts as a file of its own.",
        )  # fmt: skip
    layer = names[0] if names else None
    n_columns = len(pyogrio.read_info(file.local, layer=layer)["fields"])
    if n_columns > _MAX_COLUMNS:
        raise InputError(
            f"The layer has {n_columns} columns. Must be at most {_MAX_COLUMNS}.", file=file.name
        )
    return gpd.read_file(file.local, layer=layer)


def _told(names: Sequence[str]) -> str:
    """Names as one line may hold them."""
    return ", ".join(names[:_NAMES_TOLD]) + (", ..." if len(names) > _NAMES_TOLD else "")


def _refuse_columns(frame: gpd.GeoDataFrame, file: InputFile, rule: LayerRule) -> None:
    """Refuse a layer that lacks a column or has it twice."""
    names = [str(name) for name in frame.columns]
    missing = [name for name in rule.columns if name not in names]
    if missing:
        raise InputError(f"No column {', '.join(missing)} among {_told(names)}.", file=file.name)
    doubled = [name for name in rule.columns if names.count(name) > 1]
    if doubled:
        raise InputError(
            f"Column {doubled[0]} stands twice, in capitals and small letters.", file=file.name,
            remedy="Rename one.",
        )  # fmt: skip


def _refuse_feature(
    file: InputFile, is_good: "np.ndarray[tuple[int], np.dtype[np.bool_]]", what: str
) -> None:
    """Name the first feature that cannot be used."""
    raise InputError(
        f"Feature {int(np.argmin(is_good)) + 1} {what}.", file=file.name,
        remedy="Mend it or take it out: a feature that covers nothing would be lost in silence.",
    )  # fmt: skip


def _mended(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The geometry, polygons that cross themselves cut into valid ones."""
    shapes = frame.geometry.to_numpy()
    is_broken = ~shapely.is_valid(shapes)
    mended = shapes.copy()
    mended[is_broken] = shapely.make_valid(
        shapes[is_broken], method="structure", keep_collapsed=False
    )
    return gpd.GeoSeries(mended, index=frame.index, crs=_WGS_84)


def _refuse_elsewhere(frame: gpd.GeoDataFrame, file: InputFile, rule: LayerRule) -> None:
    """Refuse a layer of which nothing lies in the survey's box."""
    if rule.box is None:
        return
    south, west, north, east = rule.box
    if not shapely.intersects(
        frame.geometry.to_numpy(), shapely.box(west, south, east, north)
    ).any():
        found = ", ".join(f"{bound:.4f}" for bound in frame.total_bounds)
        raise InputError(
            f"Nothing lies in grid.box: found longitude, latitude from and to {found}.",
            file=file.name, remedy="GeoJSON wants longitude first; other files their projection.",
        )  # fmt: skip
