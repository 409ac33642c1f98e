import numpy as np
import pytest

from coverage import synthetic_land as land_of
from coverage.synthetic_land import ISLANDS, REGENCIES, Raster, build_land, rng_of


@pytest.fixture(scope="module")
def land() -> land_of.Land:
    return build_land(7)


def test_the_regencies_add_up_to_the_provinces_totals() -> None:
    assert sum(r.n_tps for r in REGENCIES) == 33_324
    assert sum(r.n_voters for r in REGENCIES) == 8_842_646
    assert sum(r.n_districts for r in REGENCIES) == 155


def test_cities_are_told_by_their_code() -> None:
    assert [r.name for r in REGENCIES if r.is_city] == [
        "KOTA TANGERANG", "KOTA CILEGON", "KOTA SERANG", "KOTA TANGERANG SELATAN",
    ]  # fmt: skip


def test_each_regencys_centre_belongs_to_it() -> None:
    for index, regency in enumerate(REGENCIES):
        latitude, longitude = np.array(regency.centres).T
        assert (land_of.regency_of(latitude, longitude) == index).all()


def test_islands_lie_off_the_mainland(land: land_of.Land) -> None:
    for name, latitude, longitude, _radius in ISLANDS:
        assert not land_of.is_mainland(land, [latitude], [longitude])[0]
        assert land_of.island_of(land, [latitude], [longitude])[0] == name
        assert not land.islands[name].intersects(land.mainland)


def test_off_the_islands_there_is_no_island_name(land: land_of.Land) -> None:
    assert land_of.island_of(land, [-6.4, -5.7], [106.2, 105.2]).tolist() == [None, None]


def test_random_places_lie_on_the_inhabited_mainland(land: land_of.Land) -> None:
    latitude, longitude = land_of.random_mainland(land, 500, rng_of(1, "x"))
    assert land_of.is_mainland(land, latitude, longitude).all()
    assert (longitude >= land_of.PARK_EAST_DEG).all()
    assert latitude.size == 500


def test_raster_is_exact_on_a_plane() -> None:
    rows, columns = np.mgrid[0:20, 0:30]
    raster = Raster(grid=(2.0 * rows + 3.0 * columns).astype(np.float32))
    latitude = land_of.SOUTH_DEG + land_of.STEP_DEG * np.array([0.0, 3.25, 17.5])
    longitude = land_of.WEST_DEG + land_of.STEP_DEG * np.array([0.0, 11.75, 2.5])
    assert raster.at(latitude, longitude) == pytest.approx([0.0, 41.75, 42.5])


def test_raster_gives_the_borders_value_beyond_it() -> None:
    raster = Raster(grid=np.array([[1, 2], [3, 4]], dtype=np.float32))
    assert raster.at(-89.0, -179.0) == pytest.approx(1.0)
    assert raster.at(89.0, 179.0) == pytest.approx(4.0, abs=0.01)


def test_the_south_is_higher_than_the_north_and_the_sea_is_flat(land: land_of.Land) -> None:
    latitude, longitude = land_of.random_mainland(land, 2000, rng_of(2, "x"))
    height = land.elevation_m.at(latitude, longitude)
    assert np.median(height[latitude < -6.5]) > 5 * np.median(height[latitude > -6.15])
    assert land.elevation_m.at(-5.80, 105.60) == 0


def test_spread_points_are_distinct_and_apart() -> None:
    plane = rng_of(3, "x").uniform(0, 1000, (2000, 2))
    chosen = land_of.spread_points(plane, 40, rng_of(4, "x"))
    assert len(set(chosen.tolist())) == len(chosen) == 40
    gap = np.hypot(*(plane[chosen][:, None] - plane[chosen][None]).T)
    np.fill_diagonal(gap, np.inf)
    assert gap.min() > 50  # 40 random points of this field have a least gap of about 13


def test_streams_of_two_purposes_differ_and_repeat() -> None:
    assert rng_of(5, "a").random() == rng_of(5, "a").random()
    assert rng_of(5, "a").random() != rng_of(5, "b").random()
