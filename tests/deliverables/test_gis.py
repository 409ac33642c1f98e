import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from coverage import hexgrid
from coverage.deliverables.gis import (
    cell_layer,
    hexagons,
    polygon_layer,
    site_layer,
    slugs_of,
    write_geoparquet,
    write_gpkg,
)
from coverage.deliverables.info import RunInfo
from coverage.deliverables.run_tables import RunTables
from coverage.errors import InputError
from coverage.tables import COLUMNS


@pytest.fixture(scope="module")
def cells(world: RunTables) -> gpd.GeoDataFrame:
    return cell_layer(world.cell_signal, world.cells)


@pytest.fixture(scope="module")
def sites(world: RunTables) -> gpd.GeoDataFrame:
    return site_layer(world.site_ranking, world.site_signal)


def test_one_polygon_a_cell_in_order(cells: gpd.GeoDataFrame, world: RunTables) -> None:
    expected = np.unique(world.cell_signal["h3_cell"].to_numpy(dtype="uint64"))
    assert cells["h3_cell"].tolist() == hexgrid.to_text(expected)
    assert cells.geometry.is_valid.all()


def test_each_polygon_holds_its_own_centre(cells: gpd.GeoDataFrame) -> None:
    lat, lon = hexgrid.centres_of(hexgrid.from_text(cells["h3_cell"].tolist()))
    assert shapely.contains_xy(cells.geometry.to_numpy(), lon, lat).all()


def test_a_hexagon_has_the_area_of_its_resolution(cells: gpd.GeoDataFrame) -> None:
    hectares = cells.geometry.head(20).to_crs("EPSG:32748").area / 1e4
    assert hectares.between(9, 12.5).all()  # r9 0.107 km2 at Banten (DOMAIN 4)


def test_pentagons_have_five_corners() -> None:
    pentagon = np.array([0x821C07FFFFFFFFF], dtype=np.uint64)  # H3 base cell 14, resolution 2
    assert len(shapely.get_coordinates(hexagons(pentagon))) == 6


def test_every_operator_has_its_columns(cells: gpd.GeoDataFrame, world: RunTables) -> None:
    own = world.cell_signal[world.cell_signal["operator"] == "XL Axiata"]
    told = own["rsrp_p50_dbm"].where(own["is_applicable"])
    by_text = told.set_axis(hexgrid.to_text(own["h3_cell"].to_numpy("uint64")))
    np.testing.assert_array_equal(
        cells["xl_axiata_rsrp_p50_dbm"], by_text.reindex(cells["h3_cell"]).to_numpy()
    )


def test_the_best_operator_is_none_where_the_model_abstains(
    cells: gpd.GeoDataFrame, world: RunTables
) -> None:
    applies = world.cell_signal.groupby("h3_cell", sort=True)["is_applicable"].any()
    assert cells["best_operator"].notna().tolist() == applies.tolist()


def test_what_was_not_measured_is_not_known(cells: gpd.GeoDataFrame) -> None:
    is_measured = cells["ioh_evidence"].notna()
    assert 0 < is_measured.sum() < len(cells)
    assert cells["ioh_n_readings"].notna().tolist() == is_measured.tolist()


def test_sites_lie_where_the_ranking_says(sites: gpd.GeoDataFrame, world: RunTables) -> None:
    ranked = world.site_ranking.sort_values("rank")
    assert sites["tps_code"].tolist() == ranked["tps_code"].tolist()
    assert sites.geometry.y.tolist() == ranked["latitude_deg"].tolist()


def test_a_cell_in_two_rows_has_two_polygons(world: RunTables) -> None:
    layer = polygon_layer(world.cells.iloc[[0, 0]])
    assert layer["h3_cell"].tolist() == hexgrid.to_text(world.cells["h3_cell"].iloc[[0, 0]])
    assert layer.geometry.iloc[0].equals(layer.geometry.iloc[1])


def test_gpkg_reads_back(
    cells: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path
) -> None:
    path = tmp_path / "map.gpkg"
    write_gpkg({"cells": cells, "sites": sites}, info, path)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["cells", "sites"]
    back = pyogrio.read_dataframe(path, layer="cells")
    assert back.crs == "EPSG:4326"
    assert back["h3_cell"].tolist() == cells["h3_cell"].tolist()
    assert pyogrio.read_dataframe(path, layer="sites")["tps_code"].str.len().eq(13).all()


def test_gpkg_has_the_same_bytes_twice(
    cells: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path
) -> None:
    for name in ("a.gpkg", "b.gpkg"):
        write_gpkg({"cells": cells, "sites": sites}, info, tmp_path / name)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


def test_gpkg_replaces_what_was_there(
    sites: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path
) -> None:
    path = tmp_path / "map.gpkg"
    write_gpkg({"old": sites}, info, path)
    write_gpkg({"new": sites}, info, path)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["new"]


def test_the_setting_of_the_writer_is_left_as_it_was(
    sites: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path
) -> None:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    write_gpkg({"sites": sites}, info, tmp_path / "map.gpkg")
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == before


def test_geoparquet_reads_back(cells: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path) -> None:
    write_geoparquet(cells, info, tmp_path / "cells.parquet")
    back = gpd.read_parquet(tmp_path / "cells.parquet")
    assert back.crs == "EPSG:4326"
    assert back["h3_cell"].tolist() == cells["h3_cell"].tolist()
    assert back.geometry.geom_equals(cells.geometry).all()


def test_geoparquet_says_what_it_is(cells: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path) -> None:
    write_geoparquet(cells, info, tmp_path / "cells.parquet")
    metadata = pq.read_schema(tmp_path / "cells.parquet").metadata
    assert b'"version": "1.1.0"' in metadata[b"geo"]
    assert metadata[b"blankspot_survey"] == b"uji-2024"
    assert metadata[b"blankspot_attribution"] == b"Made up for tests"


def test_geoparquet_explains_the_columns_of_every_operator(
    cells: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path
) -> None:
    write_geoparquet(cells, info, tmp_path / "cells.parquet")
    metadata = pq.read_schema(tmp_path / "cells.parquet").metadata
    notes = json.loads(metadata[b"blankspot_columns"])
    assert set(notes) == set(cells.columns) - {"geometry"}
    assert notes["ioh_n_readings"] == notes["xl_axiata_n_readings"]
    assert notes["best_operator"]["meaning"] == COLUMNS["best_operator"].meaning


def test_gpkg_names_its_sources(sites: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path) -> None:
    write_gpkg({"sites": sites}, info, tmp_path / "map.gpkg")
    told = pyogrio.read_info(tmp_path / "map.gpkg", layer="sites")["layer_metadata"]
    assert told == {"ATTRIBUTION": "Made up for tests"}


def test_geoparquet_has_the_same_bytes_twice(
    cells: gpd.GeoDataFrame, info: RunInfo, tmp_path: Path
) -> None:
    for name in ("a.parquet", "b.parquet"):
        write_geoparquet(cells, info, tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_no_cell_gives_an_empty_layer(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    layer = cell_layer(world.cell_signal.iloc[:0], world.cells.iloc[:0])
    assert layer.empty
    write_gpkg({"cells": layer}, info, tmp_path / "none.gpkg")
    write_geoparquet(layer, info, tmp_path / "none.parquet")
    assert gpd.read_parquet(tmp_path / "none.parquet").empty


def test_two_operators_of_one_slug_are_refused() -> None:
    with pytest.raises(InputError, match="Must differ in letters and digits"):
        slugs_of(["XL Axiata", "xl-axiata"])
