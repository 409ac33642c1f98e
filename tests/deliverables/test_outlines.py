import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import MultiPolygon, Point, Polygon, box

from coverage.deliverables.outlines import MapLayers, areas, boundaries
from coverage.errors import InputError


def layer(*shapes: object, **columns: list[str | None]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")


def points(ring: list[int]) -> list[tuple[float, float]]:
    """As the page's data.js reads them."""
    steps = np.array(ring).reshape(-1, 2).cumsum(axis=0) / 1e5
    return [tuple(point) for point in steps.tolist()]


def test_a_ring_comes_back() -> None:
    shape = box(106.0, -6.5, 106.1, -6.4)
    ring = areas(layer(shape, name=["a"]), "note")[0]["rings"][0]
    assert points(ring) == list(shape.exterior.coords)


def test_parts_and_holes_are_rings_too() -> None:
    with_hole = Polygon(box(0, 0, 3, 3).exterior.coords, [box(1, 1, 2, 2).exterior.coords])
    both = MultiPolygon([with_hole, box(5, 5, 6, 6)])
    assert len(areas(layer(both, name=["a"]), "note")[0]["rings"]) == 3


def test_names_not_known_are_empty() -> None:
    found = areas(layer(box(0, 0, 1, 1), name=[None], kind=["flood"]), "kind")
    assert (found[0]["name"], found[0]["note"]) == ("", "flood")


def test_points_have_no_outline() -> None:
    assert areas(layer(Point(1, 1), name=["a"]), "note") == []


def test_another_reference_system_is_turned_into_degrees() -> None:
    plane = layer(box(106.0, -6.5, 106.1, -6.4), name=["a"]).to_crs("EPSG:32748")
    ring = areas(plane, "note")[0]["rings"][0]
    assert points(ring)[0] == pytest.approx((106.1, -6.5), abs=2e-5)


def test_no_layer_has_no_area() -> None:
    assert areas(None, "note") == []
    assert boundaries(None, "regency", 0.0) == []


def test_villages_with_a_gap_become_one_district() -> None:
    villages = layer(
        box(106.0, -6.5, 106.05, -6.4),
        box(106.0501, -6.5, 106.1, -6.4),
        district=["Cijaku", "Cijaku"],
        regency=["Lebak", "Lebak"],
    )
    found = boundaries(villages, "district", 0.0)
    assert [area["name"] for area in found] == ["Cijaku"]
    assert len(found[0]["rings"]) == 1


def test_districts_of_one_name_in_two_regencies_stay_two() -> None:
    villages = layer(
        box(106.0, -6.5, 106.05, -6.4),
        box(106.5, -6.5, 106.55, -6.4),
        district=["Cikeusal", "Cikeusal"],
        regency=["Serang", "Lebak"],
    )
    assert len(boundaries(villages, "district", 0.0)) == 2


def test_a_label_lies_inside_its_area() -> None:
    horseshoe = box(0, 0, 3, 3).difference(box(1, 1, 3, 2))
    at = boundaries(layer(horseshoe, regency=["Lebak"]), "regency", 0.0)[0]["at"]
    assert horseshoe.contains(Point(at))


def test_a_negative_tolerance_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid simplify_deg -1"):
        MapLayers(simplify_deg=-1)
