"""The faces: which is nearest, the way to the plane and back, the nearest lattice point."""

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage import hexfaces
from coverage.hexlattice import OMEGA, resolution_factor


@pytest.fixture(scope="module")
def corners():
    return np.array([h3.cell_to_latlng(cell) for cell in sorted(h3.get_pentagons(0))])


@pytest.fixture(scope="module")
def faces(corners):
    return hexfaces.Faces(corners[:, 0], corners[:, 1])


def globe(n, seed=1):
    rng = np.random.default_rng(seed)
    return np.degrees(np.arcsin(rng.uniform(-1, 1, n))), rng.uniform(-180, 180, n)


def unit_vectors(latitude, longitude):
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def centres(faces):
    latitude, longitude = faces.unproject(np.zeros(20, dtype=complex), np.arange(20))
    return unit_vectors(latitude, longitude)


def test_corners_are_two_steps_from_the_centre_of_five_faces(faces, corners):
    corner_plane = 2 * np.exp(1j * np.radians([0.0, 120.0, 240.0]))
    latitude, longitude = faces.unproject(np.tile(corner_plane, 20), np.repeat(np.arange(20), 3))
    cosines = unit_vectors(latitude, longitude) @ unit_vectors(*corners.T).T
    is_same = cosines > 1 - 1e-12
    assert (is_same.sum(axis=1) == 1).all()
    assert (is_same.sum(axis=0) == 5).all()


@pytest.mark.parametrize(("degrees", "distance"), [(60, 0.0), (180, 0.0), (0, 0.5), (240, 0.5)])
def test_borders_are_one_step_from_the_centre(degrees, distance):
    plane = np.exp(1j * np.radians([degrees]))
    assert hexfaces.border_steps(plane) == pytest.approx(distance, abs=1e-12)


@pytest.mark.parametrize("spread_deg", [360.0, 20.0, 1.0])
def test_nearest_is_the_face_whose_centre_is_nearest(faces, spread_deg):
    for seed in range(20):
        latitude, longitude = globe(500, seed)
        middle = longitude[0], latitude[0]
        longitude = np.clip(middle[0] + longitude * spread_deg / 360, -180, 180)
        latitude = np.clip(middle[1] + latitude * spread_deg / 360, -90, 90)
        nearest = faces.nearest(latitude, longitude, 9)
        wanted = (unit_vectors(latitude, longitude) @ centres(faces).T).argmax(axis=1)
        np.testing.assert_array_equal(
            np.delete(np.broadcast_to(nearest.face, wanted.shape), nearest.doubtful),
            np.delete(wanted, nearest.doubtful),
        )


def test_a_town_within_a_face_is_settled_at_once(faces):
    latitude, longitude = globe(1_000)
    nearest = faces.nearest(latitude / 100 - 6.2, longitude / 100 + 106.8, 9)
    assert isinstance(nearest.face, int)
    assert len(nearest.doubtful) == 0


@pytest.mark.parametrize(("apart_rad", "is_doubtful"), [(0.5e-9, True), (3e-9, False)])
def test_a_border_between_faces_is_in_doubt(faces, apart_rad, is_doubtful):
    one, other = centres(faces)[[0, 1]]
    middle = (one + other) / np.linalg.norm(one + other)
    place = middle + (other - one) / np.linalg.norm(other - one) * apart_rad
    latitude, longitude = np.degrees(np.arcsin(place[2:])), np.degrees(np.arctan2(*place[1::-1]))
    nearest = faces.nearest(latitude, np.atleast_1d(longitude), 9)
    assert (one @ other) > 0.7, "neighbours"
    assert (len(nearest.doubtful) == 1) is is_doubtful


@pytest.mark.parametrize(("apart_rad", "is_doubtful"), [(9.0e-4, True), (9.3e-4, False)])
def test_the_centre_of_a_face_is_in_doubt_at_resolution_15(faces, apart_rad, is_doubtful):
    step = 0.38196601125  # of resolution 0, gnomonic (H3 documentation)
    plane = np.array([apart_rad / step + 0j])
    latitude, longitude = faces.unproject(plane, 3)
    assert (len(faces.nearest(latitude, longitude, 15).doubtful) == 1) is is_doubtful


@pytest.mark.parametrize("resolution", [0, 1, 8, 15])
def test_project_inverts_unproject(faces, resolution):
    rng = np.random.default_rng(resolution)
    plane = rng.uniform(0, 1, 1_000) * np.exp(1j * rng.uniform(0, 2 * np.pi, 1_000))
    face = rng.integers(0, 20, 1_000)
    a, b = faces.project(*faces.unproject(plane, face), face, resolution)
    r = (2 * b - a) / 3
    lattice = (a - r) / 2 + r * OMEGA
    scale = abs(resolution_factor(resolution))
    np.testing.assert_allclose(lattice, plane * resolution_factor(resolution), atol=1e-13 * scale)


@pytest.mark.parametrize("latitude", [90.0, -90.0])
def test_at_a_pole_the_longitude_does_not_matter(faces, latitude):
    longitude = np.array([-180.0, -90.0, 0.0, 45.0, 180.0])
    poles = np.full(5, latitude)
    face = faces.nearest(poles, longitude, 9).face
    a, b = faces.project(poles, longitude, face, 9)
    assert np.ptp(a) < 1e-8
    assert np.ptp(b) < 1e-8


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_snap_finds_the_nearest_lattice_point(a, b):
    q, r, is_doubtful = hexfaces.snap(np.array([a]), np.array([b]))
    exact_r = (2 * b - a) / 3
    place = (a - exact_r) / 2 + exact_r * OMEGA
    around_q, around_r = np.mgrid[-2:3, -2:3]
    distances = np.abs(q + around_q + (r + around_r) * OMEGA - place)
    assert is_doubtful or np.abs(q + r * OMEGA - place) == distances.min()


@pytest.mark.parametrize(
    ("a", "b", "is_doubtful"),
    [
        (1.99e-5, 0.5, True),
        (2.01e-5, 0.5, False),
        (1 - 1.99e-5, 0.5, True),
        (1 - 2.01e-5, 0.5, False),
        (0.5, -1.99e-5, True),
        (0.5, -2.01e-5, False),
        (0.5, 0.5 + 1.99e-5, True),
        (0.5, 0.5 + 2.01e-5, False),
        (0.5, 0.5 - 1.99e-5, True),
        (0.5, 0.5 - 2.01e-5, False),
    ],
)
def test_doubt_begins_at_the_guard(a, b, is_doubtful):
    _, _, doubt = hexfaces.snap(np.array([a]), np.array([b]))
    assert bool(doubt[0]) is is_doubtful


def test_snap_leaves_its_input_alone():
    a, b = np.array([0.3, 7.9]), np.array([-0.4, 2.2])
    hexfaces.snap(a, b)
    assert a.tolist() == [0.3, 7.9]
    assert b.tolist() == [-0.4, 2.2]
