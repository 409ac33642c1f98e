"""No feature of a layer is lost in silence."""

import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from shapely.geometry import MultiPoint, Point, Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

from coverage.errors import InputError
from coverage.readings.params import ArchiveLimits
from pipelines.geopackage import refuse_computed_layers
from pipelines.inputs import InputFile
from pipelines.remarks import gathered
from pipelines.vectors import POINTS, LayerRule, read_layer

RULE = LayerRule(columns=("name",), box=(-7.1, 105.0, -5.7, 106.8))
INSIDE = box(106.0, -6.6, 106.1, -6.5)
BOWTIE = Polygon([(106, -6.6), (106.2, -6.4), (106.2, -6.6), (106, -6.4)])


def layer(folder: Path, *shapes: BaseGeometry | None, name: str = "name") -> InputFile:
    features = [
        {
            "type": "Feature",
            "properties": {name: f"f{place}"},
            "geometry": None if shape is None else mapping(shape),
        }
        for place, shape in enumerate(shapes)
    ]
    return written(folder, {"type": "FeatureCollection", "features": features})


def written(folder: Path, content: Any) -> InputFile:
    path = folder / "layer.geojson"
    path.write_text(json.dumps(content))
    return InputFile(path=path, name="layers/layer.geojson", hash="0", size=1)


def test_a_layer_is_read_in_degrees_with_small_letters(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"NAME": ["a"]}, geometry=[INSIDE], crs="EPSG:4326")
    frame.to_crs("EPSG:32748").to_file(tmp_path / "utm.gpkg")
    file = InputFile(path=tmp_path / "utm.gpkg", name="utm.gpkg", hash="0", size=1)
    found = read_layer(file, RULE)
    assert found["name"].tolist() == ["a"]
    assert found.total_bounds == pytest.approx(frame.total_bounds, abs=1e-6)


def test_geoparquet_is_read(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[INSIDE], crs="EPSG:4326")
    frame.to_parquet(tmp_path / "layer.parquet")
    file = InputFile(path=tmp_path / "layer.parquet", name="layer.parquet", hash="0", size=1)
    assert read_layer(file, RULE)["name"].tolist() == ["a"]


def test_geoparquet_that_describes_other_columns_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[INSIDE], crs="EPSG:4326")
    frame.to_parquet(tmp_path / "layer.parquet")
    table = pq.read_table(tmp_path / "layer.parquet")
    described = {**table.schema.metadata, b"geo": table.schema.metadata[b"geo"].replace(
        b'"primary_column": "geometry"', b'"primary_column": "_eometry"'
    )}  # fmt: skip
    pq.write_table(table.replace_schema_metadata(described), tmp_path / "layer.parquet")
    file = InputFile(path=tmp_path / "layer.parquet", name="layer.parquet", hash="0", size=1)
    with pytest.raises(InputError, match=r"layer\.parquet: Cannot be read as a vector layer"):
        read_layer(file, RULE)


def test_a_polygon_that_crosses_itself_covers_both_its_halves(tmp_path: Path) -> None:
    (shape,) = read_layer(layer(tmp_path, BOWTIE), RULE).geometry
    assert shape.is_valid
    assert shape.contains(Point(106.05, -6.5))
    assert shape.contains(Point(106.15, -6.5))


def test_a_sound_polygon_stays_as_it_is(tmp_path: Path) -> None:
    (shape,) = read_layer(layer(tmp_path, INSIDE), RULE).geometry
    assert shape.wkb == INSIDE.wkb


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (None, "Feature 2 has no geometry"),
        (Polygon(), "Feature 2 has no geometry"),
        (Point(106, -6.5), "Feature 2 is no polygon"),
    ],
)
def test_a_feature_that_would_cover_nothing_is_named(
    tmp_path: Path, shape: BaseGeometry | None, problem: str
) -> None:
    with pytest.raises(InputError, match=rf"layers/layer\.geojson: {problem}"):
        read_layer(layer(tmp_path, INSIDE, shape), RULE)


def test_swapped_coordinates_are_told_by_where_they_lie(tmp_path: Path) -> None:
    swapped = box(-6.6, 106.0, -6.5, 106.1)
    with pytest.raises(InputError, match=r"Nothing lies in grid\.box: .* -6\.6000, 106\.0000"):
        read_layer(layer(tmp_path, swapped), RULE)


def test_one_feature_in_the_box_is_enough(tmp_path: Path) -> None:
    assert len(read_layer(layer(tmp_path, INSIDE, box(100, 1, 101, 2)), RULE)) == 2


def test_without_a_box_a_layer_may_lie_anywhere(tmp_path: Path) -> None:
    rule = LayerRule(columns=("name",))
    assert len(read_layer(layer(tmp_path, box(1, 50, 2, 51)), rule)) == 1


def test_a_layer_without_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no features\. Take it out of \[inputs\]"):
        read_layer(layer(tmp_path), RULE)


def test_a_second_layer_in_the_file_is_not_lost(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[INSIDE], crs="EPSG:4326")
    frame.to_file(tmp_path / "two.gpkg", layer="first")
    frame.to_file(tmp_path / "two.gpkg", layer="second")
    file = InputFile(path=tmp_path / "two.gpkg", name="two.gpkg", hash="0", size=1)
    with pytest.raises(InputError, match=r"two\.gpkg: The file holds 2 layers: first, second\."):
        read_layer(file, RULE)


def test_a_view_that_stands_in_the_log_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[INSIDE], crs="EPSG:4326")
    frame.to_file(path, layer="areas")
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "PRAGMA journal_mode = wal; CREATE VIEW seen AS SELECT * FROM areas; "
            "UPDATE gpkg_contents SET table_name = 'seen';"
        )
        with pytest.raises(InputError, match="Layer 'seen' is missing or computed by SQL"):
            refuse_computed_layers(path, "areas.gpkg")


def test_a_layer_that_is_listed_and_missing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[INSIDE], crs="EPSG:4326")
    frame.to_file(path, layer="areas")
    with closing(sqlite3.connect(path)) as database:
        database.executescript("DROP TABLE areas;")
    with pytest.raises(InputError, match="Layer 'areas' is missing or computed by SQL"):
        refuse_computed_layers(path, "areas.gpkg")


def test_a_table_beside_the_layer_does_not_count(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[INSIDE], crs="EPSG:4326")
    frame.to_file(tmp_path / "styled.gpkg", layer="first")
    pyogrio.write_dataframe(
        pd.DataFrame({"style": ["red"]}),
        tmp_path / "styled.gpkg",
        layer="layer_styles",
        append=True,
    )
    file = InputFile(path=tmp_path / "styled.gpkg", name="styled.gpkg", hash="0", size=1)
    assert read_layer(file, RULE)["name"].tolist() == ["a"]


def test_a_missing_column_is_named_beside_those_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No column name among title, geometry"):
        read_layer(layer(tmp_path, INSIDE, name="title"), RULE)


def test_a_column_in_capitals_and_in_small_letters_is_refused(tmp_path: Path) -> None:
    properties = {"name": "a", "NAME": "b"}
    feature = {"type": "Feature", "properties": properties, "geometry": mapping(INSIDE)}
    file = written(tmp_path, {"type": "FeatureCollection", "features": [feature]})
    with pytest.raises(InputError, match="Column name stands twice"):
        read_layer(file, RULE)


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layer.csv"
    path.write_text("name\na\n")
    file = InputFile(path=path, name="layer.csv", hash="0", size=1)
    with pytest.raises(InputError, match=r"layer\.csv: The layer has no geometry"):
        read_layer(file, RULE)


def test_a_file_that_is_no_layer_is_refused_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot be read as a vector layer") as caught:
        read_layer(written(tmp_path, {}), RULE)
    assert str(tmp_path) not in str(caught.value)


def test_points_that_belong_together_are_taken_apart(tmp_path: Path) -> None:
    rule = LayerRule(columns=("name",), shapes=POINTS)
    found = read_layer(layer(tmp_path, MultiPoint([(106, -6.5), (106.1, -6.5)])), rule)
    assert found.geometry.geom_type.tolist() == ["Point", "Point"]


def test_areas_are_no_points(tmp_path: Path) -> None:
    rule = LayerRule(columns=("name",), shapes=POINTS)
    with pytest.raises(InputError, match="Feature 1 is no point"):
        read_layer(layer(tmp_path, INSIDE), rule)


@pytest.mark.parametrize("source", ["/etc/passwd", "/vsicurl/http://127.0.0.1:1/x.geojson"])
def test_a_file_that_points_to_others_is_not_followed(tmp_path: Path, source: str) -> None:
    path = tmp_path / "layer.geojson"
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    file = InputFile(path=path, name="layer.geojson", hash="0", size=1)
    with pytest.raises(InputError, match=r"layer\.geojson: The layer points to other sources"):
        read_layer(file, RULE)


def test_a_ring_of_two_points_is_one_named_error(tmp_path: Path) -> None:
    line = {"type": "Polygon", "coordinates": [[[106.0, -6.6], [106.1, -6.6]]]}
    feature = {"type": "Feature", "properties": {"name": "x"}, "geometry": line}
    content = {"type": "FeatureCollection", "features": [feature]}
    with pytest.raises(InputError, match="Cannot be read as a vector layer"):
        read_layer(written(tmp_path, content), RULE)


def test_what_gdal_warns_of_becomes_a_remark(tmp_path: Path) -> None:
    line = {"type": "Polygon", "coordinates": [[[106.0, -6.6], [106.1, -6.6]]]}
    feature = {"type": "Feature", "properties": {"name": "x"}, "geometry": line}
    content = {"type": "FeatureCollection", "features": [feature]}
    with gathered() as remarks, pytest.raises(InputError):
        read_layer(written(tmp_path, content), RULE)
    assert remarks
    assert all(remark.startswith("layers/layer.geojson: ") for remark in remarks)


def zipped(folder: Path, files: dict[str, bytes], name: str = "layer.zip") -> InputFile:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, content in files.items():
            archive.writestr(inner, content)
    return InputFile(path=path, name=f"layers/{name}", hash="0", size=1)


def shapefile(folder: Path) -> dict[str, bytes]:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[INSIDE], crs="EPSG:4326")
    (folder / "plain").mkdir()
    frame.to_file(folder / "plain" / "layer.shp")
    return {path.name: path.read_bytes() for path in sorted((folder / "plain").iterdir())}


def test_a_zipped_shapefile_is_read(tmp_path: Path) -> None:
    assert read_layer(zipped(tmp_path, shapefile(tmp_path)), RULE)["name"].tolist() == ["a"]


@pytest.mark.parametrize("name", ["layer.zip", "layer.kmz"])
def test_a_zipped_layer_that_unfolds_too_far_is_refused(tmp_path: Path, name: str) -> None:
    bomb = layer(tmp_path, INSIDE).local.read_bytes() + b" " * 12_000_000
    with pytest.raises(InputError, match=rf"layers/{name}!a\.geojson: .* unfolds .* times"):
        read_layer(zipped(tmp_path, {"a.geojson": bomb}, name), RULE)


def test_the_limits_of_the_survey_hold_for_zipped_layers(tmp_path: Path) -> None:
    rule = replace(RULE, limits=ArchiveLimits(max_members=2))
    with pytest.raises(InputError, match=r"archive of 5 members. Must be <= 2"):
        read_layer(zipped(tmp_path, shapefile(tmp_path)), rule)


def test_a_zip_that_holds_a_pointer_is_not_followed(tmp_path: Path) -> None:
    pointer = b"<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>"
    with pytest.raises(InputError, match=r"layer\.zip!a\.vrt: The layer points to other sources"):
        read_layer(zipped(tmp_path, {"a.vrt": pointer}), RULE)


def test_a_zip_in_a_zip_is_refused(tmp_path: Path) -> None:
    inner = zipped(tmp_path, shapefile(tmp_path), "inner.zip").local.read_bytes()
    with pytest.raises(InputError, match="archive in an archive"):
        read_layer(zipped(tmp_path, {"inner.zip": inner}), RULE)
