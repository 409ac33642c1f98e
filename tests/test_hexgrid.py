"""The grid against h3 itself: everywhere, and where it is hardest."""

from concurrent.futures import ThreadPoolExecutor

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage import hexgrid
from coverage.errors import InputError

RESOLUTIONS = range(16)
FINEST_DEG = 1e-9
JAKARTA = (-6.2, 106.8)


def ask_h3(latitude, longitude, resolution):
    positions = zip(latitude.tolist(), longitude.tolist(), strict=True)
    cells = [h3.latlng_to_cell(*position, resolution) for position in positions]
    return np.array(cells, dtype=np.uint64)


def unit_vectors(latitude, longitude):
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def positions_of(vectors):
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))


def face_centres():
    corners = unit_vectors(*np.array([h3.cell_to_latlng(c) for c in h3.get_pentagons(0)]).T)
    near = corners @ corners.T > 0.4
    triples = [
        (i, j, k)
        for i in range(12)
        for j in range(i)
        for k in range(j)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    middles = corners[triples].sum(axis=1)
    return middles / np.linalg.norm(middles, axis=1)[:, np.newaxis]


def around(latitude, longitude, size_rad, rng, n):
    """At all distances from the places, from a billionth of the size on."""
    place = unit_vectors(latitude, longitude)[rng.integers(0, len(latitude), n)]
    step = rng.normal(size=(n, 3))
    step *= size_rad * 10 ** rng.uniform(-9, 0, (n, 1)) / np.linalg.norm(step, axis=1)[:, None]
    return positions_of(place + step)


def on_globe(rng, n, resolution):
    return np.degrees(np.arcsin(rng.uniform(-1, 1, n))), rng.uniform(-180, 180, n)


def in_town(rng, n, resolution):
    return JAKARTA[0] + rng.normal(0, 0.15, n), JAKARTA[1] + rng.normal(0, 0.15, n)


def in_indonesia(rng, n, resolution):
    return rng.uniform(-11, 6, n), rng.uniform(95, 141, n)


def at_antimeridian(rng, n, resolution):
    return rng.uniform(-90, 90, n), rng.choice([-1, 1], n) * (180 - 10 ** rng.uniform(-15, 0, n))


def at_poles(rng, n, resolution):
    return rng.choice([-1, 1], n) * (90 - 10 ** rng.uniform(-16, 0, n)), rng.uniform(-180, 180, n)


def at_pentagons(rng, n, resolution):
    places = np.array([h3.cell_to_latlng(cell) for cell in h3.get_pentagons(resolution)]).T
    return around(*places, 0.3, rng, n)


def at_face_centres(rng, n, resolution):
    return around(*positions_of(face_centres()), 0.3, rng, n)


def at_face_borders(rng, n, resolution):
    centres = face_centres()
    one, other = np.nonzero(np.tril(centres @ centres.T > 0.7, -1))
    border = rng.integers(0, len(one), n)
    a, b = centres[one[border]], centres[other[border]]
    along = np.cross(a, b) * np.tan(rng.uniform(-0.6, 0.6, (n, 1)))
    away = (a - b) * rng.choice([-1, 1], (n, 1)) * 10 ** rng.uniform(-17, -1, (n, 1))
    return positions_of((a + b) / np.linalg.norm(a + b, axis=1)[:, None] + along + away)


def boundaries(rng, n, resolution):
    cells = ask_h3(*on_globe(rng, n // 12 + 1, resolution), resolution)
    return [np.array(h3.cell_to_boundary(cell)) for cell in cells.tolist()]


def at_vertices(rng, n, resolution):
    vertices = np.concatenate(boundaries(rng, n, resolution)).T
    return around(*vertices, 7 ** (-resolution / 2), rng, n)


def at_edges(rng, n, resolution):
    places = []
    for vertices in boundaries(rng, n, resolution):
        one = unit_vectors(*vertices.T)
        share = rng.random((len(one), 1))
        places.append(one * share + np.roll(one, -1, axis=0) * (1 - share))
    return around(*positions_of(np.concatenate(places)), 7 ** (-resolution / 2), rng, n)


PLACES = [
    on_globe, in_town, in_indonesia, at_antimeridian, at_poles, at_pentagons, at_face_centres,
    at_face_borders, at_vertices, at_edges,
]  # fmt: skip


def assert_as_h3(place, resolution, n):
    rng = np.random.default_rng([resolution, PLACES.index(place)])
    latitude, longitude = place(rng, n, resolution)
    cells = hexgrid.cells_of(latitude, longitude, resolution)
    np.testing.assert_array_equal(cells, ask_h3(latitude, longitude, resolution))


# cells of positions


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("place", PLACES)
def test_cells_are_h3s(place, resolution):
    assert_as_h3(place, resolution, 2_000)


@pytest.mark.long
@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("place", PLACES)
def test_cells_are_h3s_in_three_million_positions(place, resolution):
    assert_as_h3(place, resolution, 20_000)


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(RESOLUTIONS))
def test_the_cell_of_any_position_is_h3s(latitude, longitude, resolution):
    cell = hexgrid.cells_of(latitude, longitude, resolution)
    assert int(cell) == h3.latlng_to_cell(latitude, longitude, resolution)


@pytest.mark.parametrize("resolution", [0, 9, 15])
@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (90.0, 0.0), (-90.0, 0.0), (90.0, 180.0), (-90.0, -180.0), (0.0, 180.0), (0.0, -180.0),
        (0.0, 0.0), (-0.0, -0.0), (5e-324, -5e-324),
    ],
)  # fmt: skip
def test_the_ends_of_the_ranges_are_positions(latitude, longitude, resolution):
    cell = hexgrid.cells_of([latitude], [longitude], resolution)
    assert cell.tolist() == [h3.latlng_to_cell(latitude, longitude, resolution)]


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (np.nextafter(90, 91), 0.0), (np.nextafter(-90, -91), 0.0), (0.0, np.nextafter(180, 181)),
        (0.0, np.nextafter(-180, -181)), (np.nan, 0.0), (0.0, np.nan), (np.inf, 0.0),
        (0.0, -np.inf),
    ],
)  # fmt: skip
def test_what_is_no_position_has_no_cell_and_harms_no_other(latitude, longitude):
    cells = hexgrid.cells_of([-6.2, latitude, -6.3], [106.8, longitude, 106.9], 9)
    assert cells[1] == hexgrid.INVALID_CELL
    assert cells[[0, 2]].tolist() == [
        h3.latlng_to_cell(-6.2, 106.8, 9),
        h3.latlng_to_cell(-6.3, 106.9, 9),
    ]


def test_a_row_does_not_depend_on_the_others():
    rng = np.random.default_rng(5)
    town, globe = in_town(rng, 3_000, 9), at_edges(rng, 3_000, 9)
    latitude, longitude = (np.concatenate(axes) for axes in zip(town, globe, strict=True))
    together = hexgrid.cells_of(latitude, longitude, 9)
    order = rng.permutation(len(latitude))
    np.testing.assert_array_equal(
        hexgrid.cells_of(latitude[order], longitude[order], 9), together[order]
    )
    alone = [int(hexgrid.cells_of(latitude[row], longitude[row], 9)) for row in order[:500]]
    assert alone == together[order[:500]].tolist()


def test_threads_do_not_disturb_each_other():
    rng = np.random.default_rng(6)
    jobs = [(*on_globe(rng, 20_000, r), r) for r in (3, 7, 9, 9, 12, 15)] * 3
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda job: hexgrid.cells_of(*job), jobs))
    for job, cells in zip(jobs, at_once, strict=True):
        np.testing.assert_array_equal(cells, hexgrid.cells_of(*job))


def test_the_shape_is_kept():
    assert hexgrid.cells_of(-6.2, 106.8, 9).shape == ()
    assert hexgrid.cells_of([], [], 9).shape == (0,)
    assert hexgrid.cells_of(np.full((2, 3), -6.2), 106.8, 9).shape == (2, 3)


def test_positions_need_as_many_longitudes_as_latitudes():
    with pytest.raises(ValueError, match="shape mismatch"):
        hexgrid.cells_of([1.0, 2.0], [1.0, 2.0, 3.0], 9)


def test_the_input_is_left_alone():
    latitude, longitude = np.array([-6.2, np.nan]), np.array([106.8, 0.0])
    hexgrid.cells_of(latitude, longitude, 9)
    np.testing.assert_array_equal(latitude, [-6.2, np.nan])
    np.testing.assert_array_equal(longitude, [106.8, 0.0])


@pytest.mark.parametrize("resolution", [-1, 16])
def test_resolutions_end_at_0_and_15(resolution):
    with pytest.raises(InputError, match=rf"Invalid resolution {resolution}. Must be in \[0, 15\]"):
        hexgrid.cells_of([0.0], [0.0], resolution)


def test_numpys_small_integers_are_resolutions():
    cells = hexgrid.cells_of([-6.2], [106.8], np.int8(9))
    assert hexgrid.resolution_of(cells).tolist() == [9]
    coarse = hexgrid.parents_of(cells, hexgrid.resolution_of(cells)[0] - np.int8(2))
    assert coarse.tolist() == [h3.cell_to_parent(int(cells[0]), 7)]


# parents and children


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_parents_are_h3s(resolution):
    rng = np.random.default_rng(resolution)
    cells = np.concatenate([ask_h3(*place(rng, 200, 15), 15) for place in (on_globe, at_pentagons)])
    parents = [h3.cell_to_parent(cell, resolution) for cell in cells.tolist()]
    assert hexgrid.parents_of(cells, resolution).tolist() == parents


@given(st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 15), st.integers(0, 15))
def test_a_parents_parent_is_the_grandparent(latitude, longitude, one, other):
    cell = hexgrid.cells_of([latitude], [longitude], 15)
    fine, coarse = max(one, other), min(one, other)
    twice = hexgrid.parents_of(hexgrid.parents_of(cell, fine), coarse)
    assert twice == hexgrid.parents_of(cell, coarse)


def test_no_cell_has_no_parent():
    assert hexgrid.parents_of([0], 5).tolist() == [0]


def test_a_finer_parent_is_refused():
    cells = hexgrid.cells_of([-6.2, -6.2], [106.8, 106.8], 7)
    with pytest.raises(InputError, match=r"Invalid resolution 8\. Must be at most that of each"):
        hexgrid.parents_of(cells, 8)


def test_children_are_sorted_and_have_the_parent():
    cell = int(hexgrid.cells_of(*JAKARTA, 7))
    children = hexgrid.children_of(cell, 9)
    assert len(children) == 49
    assert (np.diff(children) > 0).all()
    assert set(hexgrid.parents_of(children, 7).tolist()) == {cell}


# centres


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("place", [on_globe, in_town, at_pentagons, at_face_borders])
def test_centres_are_h3s(place, resolution):
    cells = ask_h3(*place(np.random.default_rng(resolution), 500, resolution), resolution)
    latitude, longitude = hexgrid.centres_of(cells)
    true = np.array([h3.cell_to_latlng(cell) for cell in cells.tolist()])
    np.testing.assert_allclose(latitude, true[:, 0], rtol=0, atol=FINEST_DEG)
    around_the_globe = (longitude - true[:, 1] + 180) % 360 - 180
    np.testing.assert_allclose(around_the_globe, 0, atol=FINEST_DEG)


def test_centres_of_mixed_resolutions_repeats_and_no_cell():
    cells = np.array([0, *(int(hexgrid.cells_of(*JAKARTA, r)) for r in (9, 4, 9))], dtype=np.uint64)
    latitude, longitude = hexgrid.centres_of(cells)
    assert np.isnan([latitude[0], longitude[0]]).all()
    assert (latitude[1], longitude[1]) == (latitude[3], longitude[3])
    assert (latitude[2], longitude[2]) == pytest.approx(h3.cell_to_latlng(int(cells[2])))


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("place", [on_globe, at_antimeridian, at_poles])
def test_a_cell_is_that_of_its_centre(place, resolution):
    # at the poles h3's own centres are off by up to 1e-7 deg, so they are no measure there
    cells = ask_h3(*place(np.random.default_rng(resolution), 500, resolution), resolution)
    assert (hexgrid.cells_of(*hexgrid.centres_of(cells), resolution) == cells).all()


def test_a_number_that_is_no_cell_has_no_centre():
    with pytest.raises(InputError, match=r"Invalid h3_cell 898c1079bffffff\. Must be the index"):
        hexgrid.centres_of([0x898C1079BFFFFFF])


# neighbourhoods


@pytest.mark.parametrize("place", [in_town, at_pentagons, at_face_borders, at_antimeridian])
@pytest.mark.parametrize("k", [0, 1, 2, 6])
@pytest.mark.parametrize("resolution", [0, 4, 9])
def test_disks_are_h3s(place, k, resolution):
    cells = ask_h3(*place(np.random.default_rng(k), 40, resolution), resolution)
    wanted = {near for cell in cells.tolist() for near in h3.grid_disk(cell, k)}
    assert hexgrid.disks_of(cells, k).tolist() == sorted(wanted)


def test_a_disk_is_sorted_and_has_the_cell():
    cell = int(hexgrid.cells_of(*JAKARTA, 9))
    assert hexgrid.disk_of(cell, 2).tolist() == sorted(h3.grid_disk(cell, 2))


def test_disks_of_many_cells_are_the_disks_of_the_parts():
    rng = np.random.default_rng(3)
    cells = hexgrid.cells_of(*in_town(rng, 2_000, 9), 9)
    parts = [hexgrid.disks_of(part, 4) for part in np.array_split(cells, 7)]
    assert hexgrid.disks_of(cells, 4).tolist() == np.unique(np.concatenate(parts)).tolist()


@pytest.mark.parametrize("cells", [[], [0]])
def test_disks_of_no_cell_are_empty(cells):
    assert hexgrid.disks_of(cells, 2).tolist() == []


@pytest.mark.parametrize("place", [in_town, at_pentagons, at_face_borders])
@pytest.mark.parametrize("resolution", [0, 1, 9])
def test_neighbours_are_h3s(place, resolution):
    cells = ask_h3(*place(np.random.default_rng(1), 100, resolution), resolution)
    for cell, row in zip(cells.tolist(), hexgrid.grid_neighbours_of(cells).tolist(), strict=True):
        wanted = sorted(set(h3.grid_disk(cell, 1)) - {cell})
        assert row == [0] * (6 - len(wanted)) + wanted


def test_no_cell_has_no_neighbours():
    assert hexgrid.grid_neighbours_of([0]).tolist() == [[0] * 6]


def test_neighbours_are_mutual():
    cells = hexgrid.cells_of(*in_town(np.random.default_rng(2), 50, 9), 9)
    neighbours = hexgrid.grid_neighbours_of(cells)
    back = hexgrid.grid_neighbours_of(neighbours.ravel()).reshape(len(cells), 6, 6)
    assert (back == cells[:, None, None]).any(axis=2).all()


def test_a_number_that_is_no_cell_has_no_disk():
    with pytest.raises(InputError, match=r"Invalid h3_cell 898c1079bffffff\. Must be the index"):
        hexgrid.disks_of([0x898C1079BFFFFFF], 2)


# polygons


def test_cells_in_polygons_are_those_whose_centre_is_inside():
    box = shapely.box(106.7, -6.3, 106.9, -6.1)
    hole = shapely.Point(106.8, -6.2).buffer(0.04)
    cells = hexgrid.cells_in_polygons([box - hole], 8)
    nearby = hexgrid.disks_of(cells, 3)
    latitude, longitude = hexgrid.centres_of(nearby)
    is_inside = shapely.contains_xy(box - hole, longitude, latitude)
    assert cells.tolist() == nearby[is_inside].tolist()


def test_cells_in_two_polygons_count_once():
    west, east = shapely.box(106.7, -6.3, 106.8, -6.1), shapely.box(106.75, -6.3, 106.9, -6.1)
    both = hexgrid.cells_in_polygons([west, east], 8)
    assert both.tolist() == hexgrid.cells_in_polygons([shapely.union(west, east)], 8).tolist()
    assert (np.diff(both) > 0).all()


def test_multipolygons_are_the_union_of_their_parts():
    parts = [shapely.box(106.7, -6.3, 106.75, -6.1), shapely.box(106.85, -6.3, 106.9, -6.1)]
    whole = hexgrid.cells_in_polygons([shapely.MultiPolygon(parts)], 8)
    assert whole.tolist() == hexgrid.cells_in_polygons(parts, 8).tolist()


@pytest.mark.parametrize("polygons", [[], [shapely.Polygon()], [shapely.MultiPolygon()]])
def test_nothing_is_inside_nothing(polygons):
    cells = hexgrid.cells_in_polygons(polygons, 8)
    assert cells.dtype == np.uint64
    assert len(cells) == 0


def test_a_point_holds_no_cells():
    with pytest.raises(InputError, match=r"Invalid geometry Point\. Must be Polygon"):
        hexgrid.cells_in_polygons([shapely.Point(106.8, -6.2)], 8)


# shape and text


def test_the_boundary_goes_around_the_centre():
    cell = int(hexgrid.cells_of(*JAKARTA, 9))
    latitude, longitude = np.array(hexgrid.boundary_of(cell)).T
    centre = hexgrid.centres_of([cell])
    assert len(latitude) == 6
    assert (latitude.mean(), longitude.mean()) == pytest.approx((*centre[0], *centre[1]), abs=1e-6)


def test_edges_shrink_by_the_root_of_seven():
    assert hexgrid.edge_m(9) == pytest.approx(200.8, abs=0.1)  # H3's table of cell statistics
    assert hexgrid.edge_m(8) / hexgrid.edge_m(9) == pytest.approx(7**0.5, rel=1e-3)


def test_text_and_back():
    cells = hexgrid.cells_of([-6.2, np.nan, 90.0], [106.8, 0.0, 0.0], 9)
    texts = hexgrid.to_text(cells)
    assert texts == [h3.int_to_str(int(cells[0])), "", h3.int_to_str(int(cells[2]))]
    assert hexgrid.from_text(texts).tolist() == cells.tolist()
