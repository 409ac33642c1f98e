"""Layers for GIS: hexes and TPS as GeoPackage and GeoParquet, EPSG:4326.

H3 cells are hex text in every layer: SQLite and browsers have no unsigned 64-bit numbers. Where the
model abstains (``is_applicable`` false) its figures are NA: a style drawn on them shows no colour.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import shapely

from coverage import hexgrid
from coverage.deliverables.abstention import without_abstentions
from coverage.deliverables.info import RunInfo
from coverage.deliverables.measured import measured_evidence
from coverage.deliverables.ranking_view import in_rank_order
from coverage.deliverables.safe_text import h3_text
from coverage.errors import InputError
from coverage.tables import COLUMNS

CRS: Final = "EPSG:4326"

_PREDICTED: Final = (
    "rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak", "basis", "distance_to_reading_m",
    "is_applicable",
)  # fmt: skip
_MEASURED: Final = ("evidence", "n_readings", "n_devices", "signal_p50_dbm", "last_time")
_COUNTS: Final = {"n_readings": "Int64", "n_devices": "Int64"}  # NA where nothing was measured
_SITE_SIGNAL: Final = ("rsrp_p50_dbm", "p_weak", "p_upload_fail", "is_applicable")


def cell_layer(cell_signal: pd.DataFrame, cells: pd.DataFrame) -> gpd.GeoDataFrame:
    """One polygon an H3 cell, the operators side by side.

    Parameters
    ----------
    cell_signal
        Table ``cell_signal``.
    cells
        Table ``cells``; may be empty.

    Returns
    -------
    geopandas.GeoDataFrame
        Sorted by cell: ``h3_cell`` (hex text), ``best_operator``, ``best_rsrp_p50_dbm`` and
        ``best_p_weak`` of the applicable operator with the lowest chance of being weak [NA: none
        is applicable], then for each operator its columns of ``cell_signal`` and of what was
        measured, prefixed with its name in small letters (``xl_axiata_rsrp_p50_dbm``).
    """
    measured = measured_evidence(cells)[["h3_cell", "operator", *_MEASURED]]
    long = without_abstentions(cell_signal)[["h3_cell", "operator", *_PREDICTED]].merge(
        measured, on=["h3_cell", "operator"], how="left", validate="1:1"
    )
    long = long.astype(_COUNTS)
    wide = _side_by_side(long, "h3_cell", (*_PREDICTED, *_MEASURED))
    best = _best_operator(cell_signal).reindex(wide.index)
    cell_ids = wide.index.to_numpy(dtype="uint64")
    table = pd.concat([best, wide], axis=1).reset_index(drop=True)
    table.insert(0, "h3_cell", hexgrid.to_text(cell_ids))
    return gpd.GeoDataFrame(table, geometry=hexagons(cell_ids), crs=CRS)


def polygon_layer(cells: pd.DataFrame) -> gpd.GeoDataFrame:
    """One polygon a row of any table with ``h3_cell``, which becomes hex text.

    Parameters
    ----------
    cells
        Table with ``h3_cell`` (uint64); a cell may stand in several rows.
    """
    shapes = hexagons(cells["h3_cell"].to_numpy(dtype="uint64"))
    return gpd.GeoDataFrame(
        cells.assign(h3_cell=h3_text(cells["h3_cell"])), geometry=shapes, crs=CRS
    )


def site_layer(site_ranking: pd.DataFrame, site_signal: pd.DataFrame) -> gpd.GeoDataFrame:
    """One point a TPS: the ranking, and each operator's signal side by side.

    Parameters
    ----------
    site_ranking, site_signal
        Tables of that name.

    Returns
    -------
    geopandas.GeoDataFrame
        In order of the ranking; H3 cells as hex text.
    """
    ranked = in_rank_order(site_ranking)
    judged = without_abstentions(site_signal)
    wide = _side_by_side(judged, "tps_code", _SITE_SIGNAL).reset_index()
    table = ranked.merge(wide, on="tps_code", how="left", validate="1:1")
    table = table.assign(h3_cell=h3_text(table["h3_cell"]))
    points = shapely.points(table["longitude_deg"], table["latitude_deg"])
    return gpd.GeoDataFrame(table, geometry=points, crs=CRS)


GPKG_VERSION: Final = "1.3"
"""Of OGC 12-128: what planning offices' GDAL before 3.7 (QGIS 3.22) reads without a warning."""


def write_gpkg(layers: Mapping[str, gpd.GeoDataFrame], info: RunInfo, path: Path) -> None:
    """Write layers into one GeoPackage, in the order given, replacing the file.

    The dates inside are the run's, so the same layers and run give the same bytes. Days and yes or
    no reach the file as such by way of Arrow; else they would become text.

    Parameters
    ----------
    layers
        Layer name -> layer.
    info
        The run.
    path
        File to write.
    """
    path.unlink(missing_ok=True)
    told = {"ATTRIBUTION": "\n".join(info.attribution)} if info.attribution else None
    with _current_date(f"{info.created_utc:%Y-%m-%dT%H:%M:%S.000Z}"):
        for name, layer in layers.items():
            pyogrio.write_dataframe(
                layer, path, layer=name, driver="GPKG", append=path.exists(), layer_metadata=told,
                use_arrow=True, **({} if path.exists() else {"VERSION": GPKG_VERSION}),
            )  # fmt: skip


def write_geoparquet(layer: gpd.GeoDataFrame, info: RunInfo, path: Path) -> None:
    """Write one layer as GeoParquet 1.1 with a bounding-box column for spatial filters.

    The metadata name survey, date, sources and licences, and for every column of the contract its
    meaning, unit and what NA means (:func:`column_notes`).

    Parameters
    ----------
    layer
        The layer.
    info
        The run.
    path
        File to write.
    """
    buffer = io.BytesIO()
    layer.to_parquet(buffer, index=False, schema_version="1.1.0", write_covering_bbox=True)
    table = pq.read_table(buffer)
    told = {
        "blankspot_survey": info.survey,
        "blankspot_data_until": f"{info.created_utc:%Y-%m-%dT%H:%M:%SZ}",
        "blankspot_attribution": "\n".join(info.attribution),
        "blankspot_columns": json.dumps(column_notes(list(layer.columns))),
    }
    pq.write_table(
        table.replace_schema_metadata({**table.schema.metadata, **told}), path, compression="zstd"
    )


def column_notes(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Meaning, unit and what NA means of the columns that the data dictionary knows.

    An operator's column stands under its whole name and is explained by what follows the operator.

    Examples
    --------
    >>> column_notes(["xl_axiata_rsrp_p50_dbm", "geometry"])["xl_axiata_rsrp_p50_dbm"]["unit"]
    'dBm'
    """
    notes = {}
    for name in names:
        parts = name.split("_")
        tails = ("_".join(parts[place:]) for place in range(len(parts)))
        column = next((tail for tail in tails if tail in COLUMNS), None)
        if column is not None:
            found = COLUMNS[column]
            notes[name] = {"meaning": found.meaning, "unit": found.unit, "null": found.null}
    return notes


def hexagons(cells: hexgrid.Cells) -> Any:
    """Polygon of each H3 cell, longitude before latitude as geometries want it."""
    if not len(cells):
        return np.zeros(0, dtype=object)
    corners = [hexgrid.boundary_of(cell) for cell in cells.tolist()]
    owner = np.repeat(np.arange(len(corners)), [len(ring) for ring in corners])
    points = np.array([corner for ring in corners for corner in ring], dtype=np.float64)
    return shapely.polygons(shapely.linearrings(points[:, ::-1], indices=owner))


def slug_of(operator: str) -> str:
    """Operator's name in small letters, digits and underscores.

    Examples
    --------
    >>> slug_of("XL Axiata"), slug_of("3 (Hutchison)")
    ('xl_axiata', '3_hutchison')
    """
    return re.sub(r"[^a-z0-9]+", "_", operator.lower()).strip("_")


def slugs_of(operators: list[str]) -> dict[str, str]:
    """Slug of each operator.

    Raises
    ------
    InputError
        Where two operators would share one, or one has none.
    """
    slugs = {operator: slug_of(operator) for operator in operators}
    if len(set(slugs.values())) < len(slugs) or not all(slugs.values()):
        raise InputError(
            f"Invalid operators {operators}. Must differ in letters and digits, ignoring case."
        )
    return slugs


def _side_by_side(long: pd.DataFrame, key: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """One row a key, each operator's columns beside each other, prefixed with its slug."""
    slugs = slugs_of(sorted(long["operator"].unique()))
    keys = pd.Index(np.sort(long[key].unique()), name=key)
    parts = [
        long[long["operator"] == operator]
        .set_index(key)[list(columns)]
        .reindex(keys)
        .add_prefix(f"{slug}_")
        for operator, slug in slugs.items()
    ]
    return pd.concat(parts, axis=1) if parts else pd.DataFrame(index=keys)


def _best_operator(cell_signal: pd.DataFrame) -> pd.DataFrame:
    """Per cell the applicable operator with the lowest ``p_weak``, ties by name."""
    judged = cell_signal[cell_signal["is_applicable"]]
    best = judged.sort_values(["h3_cell", "p_weak", "operator"], kind="stable")
    best = best.drop_duplicates("h3_cell").set_index("h3_cell")
    return best[["operator", "rsrp_p50_dbm", "p_weak"]].rename(
        columns={"operator": "best_operator", "rsrp_p50_dbm": "best_rsrp_p50_dbm",
                 "p_weak": "best_p_weak"}
    )  # fmt: skip


@contextmanager
def _current_date(stamp: str) -> Iterator[None]:
    """Let the writer put this date into the file, and leave its setting as it was."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
