"""Maps from files: made in the test, a plane or a few classes, so that every value is known."""

import shutil
import sys

import numpy as np
import pytest

from coverage.errors import InputError
from coverage.synthetic import WorldParams, build_world
from coverage.synthetic_layers import write_elevation
from pipelines import rasters
from pipelines.config import load_config
from pipelines.rasters import read_grid, read_maps, read_shares
from pipelines.run import run
from pipelines.store import Store

# rasterio 1.4 multiplies affine transforms in a way that affine 3.1 means to drop
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")

BOX = (-6.5, 106.0, -6.3, 106.3)
STEP = 0.01
PLACES = np.array([[-6.41, 106.11], [-6.372, 106.23], [-6.455, 106.05]])
"""Latitude and longitude inside the box."""


def plane(latitude, longitude):
    """A plane: what a bilinear value or a mean over a block must give back exactly."""
    return 1000 * (latitude + 7) + 500 * (longitude - 106)


def plane_raster(step=STEP, margin=0.1):
    """Values of the plane at pixel centres, north up, and the north-west corner."""
    north, west = BOX[2] + margin, BOX[1] - margin
    rows = round((north - BOX[0] + margin) / step)
    columns = round((BOX[3] + margin - west) / step)
    latitude = north - step * (np.arange(rows) + 0.5)
    longitude = west + step * (np.arange(columns) + 0.5)
    return plane(latitude[:, None], longitude[None, :]), north, west


def write_ascii(path, values, north, west, *, step=STEP, prj=None):
    rows, columns = values.shape
    head = (
        f"ncols {columns}\nnrows {rows}\nxllcorner {west}\nyllcorner {north - rows * step}\n"
        f"cellsize {step}\nNODATA_value -9999\n"
    )
    body = "\n".join(" ".join(f"{v:.4f}" for v in row) for row in values)
    path.write_text(head + body + "\n")
    if prj is not None:
        path.with_suffix(".prj").write_text(prj)
    return path


def write_tiff(path, values, north, west, *, step=STEP, crs="EPSG:4326", **profile):
    rasterio = pytest.importorskip("rasterio", reason="the extra [raster] is not installed")
    from rasterio.transform import from_origin

    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        crs=crs,
        transform=from_origin(west, north, step, step),
        **profile,
    ) as target:
        target.write(values, 1)
    return path


def at_places(grid):
    return grid.at(PLACES[:, 0], PLACES[:, 1])


def true_at_places():
    return plane(PLACES[:, 0], PLACES[:, 1])


def test_an_ascii_grid_gives_its_values_back(tmp_path):
    path = write_ascii(tmp_path / "plane.asc", *plane_raster())
    grid = read_grid(path, path.name, BOX, 3000)
    assert at_places(grid) == pytest.approx(true_at_places(), abs=0.01)


def test_an_ascii_grid_needs_no_raster_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rasterio", None)
    path = write_ascii(tmp_path / "plane.asc", *plane_raster())
    assert np.isfinite(at_places(read_grid(path, path.name, BOX, 3000))).all()


def test_an_ascii_grid_is_cut_to_the_box_and_a_pixel(tmp_path):
    path = write_ascii(tmp_path / "plane.asc", *plane_raster(margin=0.5))
    grid = read_grid(path, path.name, BOX, 3000)
    assert grid.value.shape[0] <= (BOX[2] - BOX[0]) / STEP + 3
    assert np.isfinite(grid.at([BOX[0], BOX[2]], [BOX[1], BOX[3]])).all()


def test_an_ascii_grid_over_the_cap_is_averaged(tmp_path):
    path = write_ascii(tmp_path / "plane.asc", *plane_raster())
    grid = read_grid(path, path.name, BOX, 12)
    assert max(grid.value.shape) <= 12
    assert at_places(grid) == pytest.approx(true_at_places(), abs=0.01)


def test_nodata_of_an_ascii_grid_is_not_known(tmp_path):
    values, north, west = plane_raster()
    values[:] = -9999
    values[0, 0] = 5
    path = write_ascii(tmp_path / "plane.asc", values, north, west)
    with pytest.raises(InputError, match="no value inside"):
        read_grid(path, path.name, BOX, 3000)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ncols 2\nnrows 2\nxllcorner 106\nyllcorner -6\n1 2\n3 4\n", "lacks cellsize"),
        ("ncols two\nnrows 2\n", "Invalid header line"),
        ("ncols 2\nnrows 2\nxllcorner 106\nyllcorner -7\ncellsize 1\n", "no values"),
        ("ncols 2\nnrows 2\nxllcorner 106\nyllcorner -7\ncellsize 1\n1 2\n", "Must be nrows"),
        ("ncols 2\nnrows 2\nxllcorner 106\nyllcorner -7\ncellsize 1\n1 x\n3 4\n", "Cannot be read"),
        ("ncols 2\nnrows 2\nxllcorner 6e5\nyllcorner 9e6\ncellsize 9\n1 2\n3 4", "not in degrees"),
    ],
)  # fmt: skip
def test_a_damaged_ascii_grid_is_refused(tmp_path, text, complaint):
    path = tmp_path / "bad.asc"
    path.write_text(text)
    with pytest.raises(InputError, match=complaint):
        read_grid(path, path.name, BOX, 3000)


def test_a_projected_ascii_grid_goes_to_gdal(tmp_path):
    path = write_ascii(tmp_path / "plane.asc", *plane_raster(), prj='PROJCS["UTM"]')
    assert not rasters.is_plain_ascii(path)


def test_a_geotiff_gives_its_values_back(tmp_path):
    values, north, west = plane_raster()
    path = write_tiff(tmp_path / "plane.tif", values.astype(np.float32), north, west)
    grid = read_grid(path, path.name, BOX, 3000)
    assert at_places(grid) == pytest.approx(true_at_places(), abs=0.05)


def test_a_geotiff_over_the_cap_is_averaged_not_thinned(tmp_path):
    values, north, west = plane_raster(step=0.001)
    values[::2] += 100.0  # a thinned read would keep or lose all of it
    path = write_tiff(tmp_path / "plane.tif", values.astype(np.float32), north, west, step=0.001)
    grid = read_grid(path, path.name, BOX, 20)
    assert max(grid.value.shape) <= 20
    assert at_places(grid) == pytest.approx(true_at_places() + 50.0, abs=3.0)


def test_a_projected_geotiff_is_put_into_degrees(tmp_path):
    pytest.importorskip("rasterio", reason="the extra [raster] is not installed")
    from rasterio.warp import transform

    west, north, step = 580_000.0, 9_320_000.0, 500.0  # UTM 48 S, south of the equator
    x = west + step * (np.arange(140) + 0.5)
    y = north - step * (np.arange(110) + 0.5)
    xs, ys = np.meshgrid(x, y)
    longitude, latitude = transform("EPSG:32748", "EPSG:4326", xs.ravel(), ys.ravel())
    values = plane(np.array(latitude), np.array(longitude)).reshape(xs.shape)
    path = write_tiff(
        tmp_path / "utm.tif", values.astype(np.float32), north, west, step=step, crs="EPSG:32748"
    )
    grid = read_grid(path, path.name, BOX, 3000)
    assert at_places(grid) == pytest.approx(true_at_places(), abs=1.0)


def test_nodata_of_a_geotiff_is_not_known(tmp_path):
    values, north, west = plane_raster()
    values[:, :20] = -9999
    path = write_tiff(tmp_path / "plane.tif", values.astype(np.float32), north, west, nodata=-9999)
    grid = read_grid(path, path.name, BOX, 3000)
    edge = west + 20 * STEP
    assert np.isnan(grid.at(-6.4, edge - 1.5 * STEP))
    assert grid.at(-6.4, edge + 1.5 * STEP) == pytest.approx(
        plane(-6.4, edge + 1.5 * STEP), abs=0.1
    )


def test_where_a_geotiff_does_not_reach_nothing_is_known(tmp_path):
    values, north, west = plane_raster(margin=-0.05)
    path = write_tiff(tmp_path / "plane.tif", values.astype(np.float32), north, west)
    grid = read_grid(path, path.name, BOX, 3000)
    assert np.isnan(grid.at(BOX[0] + STEP, BOX[1] + STEP))
    assert np.isfinite(grid.at(-6.4, 106.15))


def test_scale_and_offset_of_a_geotiff_are_applied(tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="the extra [raster] is not installed")
    values, north, west = plane_raster()
    path = write_tiff(tmp_path / "plane.tif", np.round(values * 10).astype(np.int16), north, west)
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (0.1,), (7.0,)
    grid = read_grid(path, path.name, BOX, 3000)
    assert at_places(grid) == pytest.approx(true_at_places() + 7.0, abs=0.2)


def test_a_geotiff_elsewhere_is_refused(tmp_path):
    values, north, west = plane_raster()
    path = write_tiff(tmp_path / "plane.tif", values.astype(np.float32), north + 20, west)
    with pytest.raises(InputError, match=r"no value inside grid\.box"):
        read_grid(path, path.name, BOX, 3000)


def test_a_geotiff_without_a_place_on_earth_is_refused(tmp_path):
    values, _, _ = plane_raster()
    path = write_tiff(
        tmp_path / "plane.tif", values.astype(np.float32), 9_320_000, 580_000, step=500, crs=None
    )
    with pytest.raises(InputError, match="coordinate system"):
        read_grid(path, path.name, BOX, 3000)


def test_a_file_that_is_no_raster_is_refused(tmp_path):
    pytest.importorskip("rasterio", reason="the extra [raster] is not installed")
    path = tmp_path / "notes.tif"
    path.write_text("no raster at all")
    with pytest.raises(InputError, match="Cannot be read as a raster"):
        read_grid(path, path.name, BOX, 3000)


def test_without_rasterio_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(InputError, match=r"pip install 'blankspot\[raster\]'"):
        read_grid(tmp_path / "plane.tif", "plane.tif", BOX, 3000)


def stripes(tmp_path, step=0.001, nodata=None, **changes):
    """Class map of north-south stripes, each a hundredth of a degree: 10, 50, 80, 10 ..."""
    values, north, west = plane_raster(step=step)
    column = np.arange(values.shape[1]) // round(0.01 / step)
    codes = np.broadcast_to(np.array([10, 50, 80], dtype=np.uint8)[column % 3], values.shape)
    codes = codes.copy()
    for rows, code in changes.get("bands", []):
        codes[rows] = code
    return write_tiff(tmp_path / "classes.tif", codes, north, west, step=step, nodata=nodata)


def test_shares_of_classes_are_counted_before_decimation(tmp_path):
    path = stripes(tmp_path)
    shares = read_shares(path, path.name, BOX, 10, {"trees": (10,), "built": (50, 80)})
    assert max(shares["trees"].value.shape) <= 10
    # each block is 30 pixels wide: one whole cycle of the stripes
    assert shares["trees"].value == pytest.approx(np.full((7, 10), 1 / 3), abs=0.02)
    assert shares["built"].value == pytest.approx(np.full((7, 10), 2 / 3), abs=0.02)


def test_shares_do_not_depend_on_the_strips(tmp_path, monkeypatch):
    path = stripes(tmp_path)
    whole = read_shares(path, path.name, BOX, 25, {"trees": (10,)})["trees"]
    monkeypatch.setattr(rasters, "STRIP_PIXELS", 3000)
    cut = read_shares(path, path.name, BOX, 25, {"trees": (10,)})["trees"]
    np.testing.assert_allclose(cut.value, whole.value, atol=0.04)


def test_a_share_over_mostly_nodata_is_not_known(tmp_path):
    path = stripes(tmp_path, nodata=0, bands=[(slice(0, 200), 0)])
    share = read_shares(path, path.name, BOX, 10, {"trees": (10,)})["trees"]
    north_of_edge, south_of_edge = -6.2 - 0.2 + 0.03, -6.2 - 0.2 - 0.04
    assert np.isnan(share.at(north_of_edge, 106.15))
    assert np.isfinite(share.at(south_of_edge, 106.15))


CONFIG = """
[survey]
name = "maps"
election_date = 2024-02-14
[paths]
raw = "raw"
processed = "processed"
[inputs]
rasters = {{ {rasters} }}
[grid]
{box}
"""


def survey(tmp_path, given="", box="box = [-6.5, 106.0, -6.3, 106.3]"):
    (tmp_path / "raw" / "maps").mkdir(parents=True, exist_ok=True)
    path = tmp_path / "survey.toml"
    path.write_text(CONFIG.format(rasters=given, box=box))
    config = load_config(path)
    return config, Store(config.processed)


def test_no_raster_named_gives_no_map(tmp_path):
    config, store = survey(tmp_path)
    found = read_maps(config, store)
    assert found.height_m is None
    assert dict(found.shares) == {}
    assert found.people is None
    assert rasters.fingerprint(config, store) == {}


def test_maps_span_the_box_and_the_margin_of_the_towers(tmp_path):
    config, store = survey(tmp_path, 'elevation = "maps/plane.asc"')
    write_ascii(tmp_path / "raw" / "maps" / "plane.asc", *plane_raster(margin=0.5))
    height_m = read_maps(config, store).height_m
    south = BOX[0] - config.towers.margin_km / 111.2
    assert np.isfinite(height_m.at(south + 0.01, 106.1))
    assert np.isnan(height_m.at(south - 0.03, 106.1))


def test_a_raster_named_but_missing_is_refused(tmp_path):
    config, store = survey(tmp_path, 'elevation = "maps/none.tif"')
    with pytest.raises(InputError, match="0 files match"):
        read_maps(config, store)


def test_rasters_without_a_box_are_refused(tmp_path):
    config, store = survey(tmp_path, 'elevation = "maps/plane.asc"', box="")
    write_ascii(tmp_path / "raw" / "maps" / "plane.asc", *plane_raster())
    boundless = config.model_copy(update={"grid": config.grid.model_copy(update={"box": None})})
    with pytest.raises(InputError, match=r"need grid\.box"):
        read_maps(boundless, store)


def test_the_fingerprint_follows_content_and_settings(tmp_path):
    config, store = survey(tmp_path, 'elevation = "maps/plane.asc"')
    path = write_ascii(tmp_path / "raw" / "maps" / "plane.asc", *plane_raster())
    first = rasters.fingerprint(config, store)
    coarser, _ = survey(tmp_path, 'elevation = "maps/plane.asc", max_side = 100')
    assert rasters.fingerprint(coarser, store) != first
    path.write_text(path.read_text() + " ")
    assert rasters.fingerprint(config, store) != first


def test_every_kind_of_map_is_read(tmp_path):
    config, store = survey(
        tmp_path,
        'elevation = "maps/plane.asc", population = "maps/plane.asc", land_cover = "maps/c.tif"',
    )
    folder = tmp_path / "raw" / "maps"
    write_ascii(folder / "plane.asc", *plane_raster())
    stripes(folder).rename(folder / "c.tif")
    found = read_maps(config, store)
    assert sorted(found.shares) == ["built", "trees"]
    assert found.people is not None


ELEVATION = "raw/layers/elevation.asc"


@pytest.fixture(scope="module")
def hilly(finished, tmp_path_factory, with_few_papers):
    """The tiny survey run again with a map of its world's heights; which stages worked."""
    folder = shutil.copytree(finished, tmp_path_factory.mktemp("hilly") / "survey")
    write_elevation(build_world(WorldParams(n_sites=100)), folder / ELEVATION)
    path = folder / "survey.toml"
    line = 'rasters = { elevation = "layers/elevation.asc" }'
    path.write_text(path.read_text().replace("[inputs]", f"[inputs]\n{line}"))
    with with_few_papers():
        worked = [outcome.stage for outcome in run(load_config(path)) if outcome.did_work]
    return folder, worked


def test_a_new_map_fits_the_model_anew_and_reads_nothing_anew(hilly):
    assert hilly[1] == ["predict", "rank", "plan", "deliver"]


def test_the_covariates_of_a_run_are_on_record(hilly):
    record = Store(hilly[0] / "processed").manifest()["stages"]["predict"]["details"]["model"]
    assert "height_m" in record["covariates"]
    assert "terrain_effect_db" in record["covariates"]


def test_heights_change_what_is_predicted(hilly, finished):
    with_map, without = (
        Store(folder / "processed").read("cell_signal").column("rsrp_p50_dbm").to_numpy()
        for folder in (hilly[0], finished)
    )
    assert len(with_map) == len(without)
    assert np.abs(with_map - without).mean() > 0.1


def test_an_unchanged_map_is_not_read_again(hilly):
    outcomes = run(load_config(hilly[0] / "survey.toml"))
    assert not any(outcome.did_work for outcome in outcomes)


def test_a_map_of_another_country_stops_the_run(hilly, tmp_path):
    folder = shutil.copytree(hilly[0], tmp_path / "survey")
    elsewhere = (folder / ELEVATION).read_text().replace("yllcenter -7.05", "yllcenter -6.05")
    (folder / ELEVATION).write_text(elsewhere)
    with pytest.raises(InputError, match=r"height_m is known at \d+% of the samples"):
        run(load_config(folder / "survey.toml"))
