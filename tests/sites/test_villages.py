from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from coverage.errors import InputError
from coverage.sites.villages import villages_of_polygons

DATA = Path(__file__).parents[2] / "../shared/data/banten/villages.parquet"


def polygons(*codes: str, shape: shapely.Geometry | None = None) -> gpd.GeoDataFrame:
    square = shape or shapely.box(106.0, -6.51, 106.02, -6.49)
    return gpd.GeoDataFrame(
        {"village_code": codes, "village": "A", "geometry": [square] * len(codes)}, crs=4326
    )


def test_a_square_gives_its_centre_and_the_disc_of_its_area() -> None:
    village = villages_of_polygons(polygons("36.02.06.2001")).iloc[0]
    assert village["village_code"] == "3602062001"
    assert (village["latitude_deg"], village["longitude_deg"]) == pytest.approx((-6.5, 106.01))
    side_m = 0.02 * 111_195
    area_m2 = side_m * side_m * 0.99357  # cos 6.5 degrees
    assert village["radius_m"] == pytest.approx((area_m2 / 3.14159) ** 0.5, rel=1e-3)


def test_a_centroid_outside_is_replaced_by_a_point_inside() -> None:
    ring = shapely.box(106, -6.6, 106.3, -6.3).difference(shapely.box(106.02, -6.6, 106.3, -6.32))
    village = villages_of_polygons(polygons("3602062001", shape=ring)).iloc[0]
    assert ring.contains(shapely.Point(village["longitude_deg"], village["latitude_deg"]))


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(InputError, match=r"no column \['village'\]"):
        villages_of_polygons(polygons("3602062001").drop(columns="village"))


def test_a_short_code_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid village_code '36.02'\. Must have 10 digits\."):
        villages_of_polygons(polygons("36.02"))


def test_a_doubled_code_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid village_code '3602062001', given twice"):
        villages_of_polygons(polygons("3602062001", "36.02.06.2001"))


@pytest.mark.skipif(not DATA.exists(), reason="the village polygons of Banten are not here")
def test_every_village_of_banten_is_taken_with_a_point_inside() -> None:
    banten = gpd.read_parquet(DATA)
    villages = villages_of_polygons(banten)
    assert len(villages) == 1552
    by_code = banten.assign(code=banten["village_code"].str.replace(".", "")).set_index("code")
    points = shapely.points(villages["longitude_deg"], villages["latitude_deg"])
    shapes = by_code.loc[villages["village_code"], "geometry"].to_numpy()
    assert shapely.contains(shapes, points).all()
