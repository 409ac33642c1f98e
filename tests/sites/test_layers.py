from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.errors import InputError
from coverage.sites.layers import (
    Layers,
    holds_at,
    is_near_hold,
    is_on_land,
    is_outside_village,
    names_at,
    regions_at,
)

MakeSites = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
M = 1 / 111_195  # degrees of latitude in a metre


def square(lat: float, lon: float, half_m: float) -> shapely.Polygon:
    return shapely.box(lon - half_m * M, lat - half_m * M, lon + half_m * M, lat + half_m * M)


def layer(*shapes: shapely.Geometry, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({**columns, "geometry": list(shapes)}, crs=4326)


def test_kinds_are_distinct_sorted_and_none_outside(make_sites: MakeSites) -> None:
    hazards = layer(*[square(*HOME, 100)] * 3, kind=["landslide", "flood", "flood"])
    assert names_at(make_sites(HOME, (-6.7, 106.2)), hazards, "kind") == ["flood|landslide", None]


def test_no_layer_knows_nothing(make_sites: MakeSites) -> None:
    assert names_at(make_sites(HOME), None, "kind") == [None]


@pytest.mark.parametrize(
    ("accuracy_m", "inside", "possible"), [(1, False, False), (89, False, False),
                                           (112, False, True)]
)  # fmt: skip
def test_a_hold_within_the_accuracy_is_possible(
    make_sites: MakeSites, accuracy_m: float, inside: bool, possible: bool
) -> None:
    holds = layer(square(HOME[0] + 200 * M, HOME[1], 100))  # its edge is 100 m away
    sites = make_sites(HOME, coordinate_accuracy_m=np.float32(accuracy_m))
    found = holds_at(sites, holds)
    assert (bool(found[0][0]), bool(found[1][0])) == (inside, possible)


def test_inside_a_hold_is_inside_and_not_merely_possible(make_sites: MakeSites) -> None:
    inside, possible = holds_at(make_sites(HOME), layer(square(*HOME, 100)))
    assert (inside.tolist(), possible.tolist()) == ([True], [False])


def test_without_holds_nothing_is_held(make_sites: MakeSites) -> None:
    assert not np.any(holds_at(make_sites(HOME), None))


@pytest.mark.parametrize(("away_m", "outside"), [(0, False), (290, False), (320, True)])
def test_a_site_far_outside_its_village_is_found(
    make_sites: MakeSites, away_m: float, outside: bool
) -> None:
    villages = layer(square(*HOME, 1000), village_code=["36.02.06.2001"])
    place = (HOME[0] + (1000 + away_m) * M, HOME[1])
    sites = make_sites(place, coordinate_accuracy_m=np.float32(100))
    assert is_outside_village(sites, villages).tolist() == [outside]


def test_an_unlisted_village_contradicts_nothing(make_sites: MakeSites) -> None:
    villages = layer(square(-7, 106, 100), village_code=["36.02.06.2002"])
    assert not is_outside_village(make_sites(HOME), villages).any()


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid layer hazards, no column \['kind'\]"):
        Layers(hazards=layer(square(*HOME, 1)))


def test_another_projection_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid layer holds .*Must be in EPSG:4326\."):
        Layers(holds=layer(square(*HOME, 1)).to_crs(3857))


def test_a_row_without_geometry_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid layer holds, a row has no geometry"):
        Layers(holds=gpd.GeoDataFrame({"geometry": [None]}, crs=4326))


@pytest.mark.parametrize(("away_m", "is_land"), [(0, True), (1150, True), (1250, False)])
def test_land_is_where_villages_are_or_nearly(away_m: float, is_land: bool) -> None:
    villages = layer(square(*HOME, 1000), village_code=["3602062001"])
    place = pd.DataFrame({"latitude_deg": [HOME[0] + away_m * M], "longitude_deg": [HOME[1]]})
    assert is_on_land(place, Layers(villages=villages)).tolist() == [is_land]


def test_an_island_is_land_of_its_own() -> None:
    islands = layer(square(*HOME, 500), square(-6.7, 106.2, 500), name=["Tunda", "Panjang"])
    villages = layer(square(-6.5, 106.2, 500), village_code=["3602062001"])
    places = pd.DataFrame({"latitude_deg": [-6.5, -6.6, -6.7, -6.65], "longitude_deg": [106.2] * 4})
    regions = regions_at(places, islands)
    assert (regions == 0).tolist() == [True, False, False, True]
    assert regions[1] != regions[2]
    land = is_on_land(places, Layers(villages=villages, islands=islands))
    assert land.tolist() == [True, True, True, False]


def test_the_next_province_is_land_where_a_layer_says_so() -> None:
    villages = layer(square(*HOME, 1000), village_code=["3602062001"])
    land = layer(square(HOME[0] + 3000 * M, HOME[1], 1500))
    places = pd.DataFrame(
        {"latitude_deg": [HOME[0] + m * M for m in (0, 2000, 5000)], "longitude_deg": HOME[1]}
    )
    assert is_on_land(places, Layers(villages=villages, land=land)).tolist() == [True, True, False]


def test_a_coast_alone_says_where_the_land_is() -> None:
    land = layer(square(*HOME, 1000))
    places = pd.DataFrame(
        {"latitude_deg": [HOME[0], HOME[0] + 2000 * M], "longitude_deg": [HOME[1]] * 2}
    )
    assert is_on_land(places, Layers(land=land)).tolist() == [True, False]


def test_without_villages_nothing_is_known_to_be_water() -> None:
    places = pd.DataFrame({"latitude_deg": [0.0], "longitude_deg": [0.0]})
    assert is_on_land(places, Layers()).tolist() == [True]


@pytest.mark.parametrize(("within_m", "near"), [(890, False), (910, True)])
def test_a_hold_within_reach_is_found(make_sites: MakeSites, within_m: float, near: bool) -> None:
    holds = layer(square(HOME[0] + 1000 * M, HOME[1], 100))
    assert is_near_hold(make_sites(HOME), holds, within_m).tolist() == [near]


def test_without_holds_none_is_near(make_sites: MakeSites) -> None:
    assert is_near_hold(make_sites(HOME), None, 1000).tolist() == [False]
