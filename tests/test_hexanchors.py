"""What is learned from h3, and whether it is all there is."""

import h3.api.basic_int as h3
import numpy as np
import pytest

from coverage import hexanchors, hexfaces, hexlattice

PENTAGONS = sorted(h3.get_pentagons(0))


def ask_h3(latitude, longitude, resolution):
    cells = [
        h3.latlng_to_cell(*position, resolution)
        for position in zip(latitude.tolist(), longitude.tolist(), strict=True)
    ]
    return np.array(cells, dtype=np.uint64)


@pytest.fixture(scope="module")
def faces():
    corners = np.array([h3.cell_to_latlng(cell) for cell in PENTAGONS])
    return hexfaces.Faces(corners[:, 0], corners[:, 1])


@pytest.fixture(scope="module")
def anchors(faces):
    return hexanchors.Anchors.learn(faces, ask_h3)


def points_inside(resolution):
    q, r = hexanchors.lattice_square(hexanchors.lattice_reach(resolution))
    is_inside = hexfaces.border_steps(hexfaces.plane_of(q, r, resolution)) > 1e-9
    return q[is_inside], r[is_inside]


def all_cells(resolution):
    top = h3.get_res0_cells()
    return np.sort(np.array([c for t in top for c in h3.cell_to_children(t, resolution)]))


def test_all_base_cells_are_found(anchors):
    assert np.unique(anchors.base[anchors.base >= 0]).tolist() == list(range(122))


def test_pentagons_show_on_five_faces_and_hexagons_on_three_at_most(anchors):
    counts = np.bincount(anchors.base[anchors.base >= 0])
    pentagons = [h3.get_base_cell_number(cell) for cell in PENTAGONS]
    assert counts[pentagons].tolist() == [5] * 12
    assert np.delete(counts, pentagons).max() == 3


def test_a_face_shows_a_base_cell_in_one_slot_only(anchors):
    for base in anchors.base:
        assert np.bincount(base[base >= 0]).max() == 1


def test_few_cells_are_asked_for(faces):
    asked = []

    def counting(latitude, longitude, resolution):
        asked.append(len(latitude))
        return ask_h3(latitude, longitude, resolution)

    hexanchors.Anchors.learn(faces, counting)
    assert sum(asked) < 1_500


@pytest.mark.parametrize("resolution", range(6))
def test_every_cell_of_a_face_is_as_h3_has_it(faces, anchors, resolution):
    q, r = points_inside(resolution)
    rng = np.random.default_rng(resolution)
    for face in range(20):
        some = rng.permutation(len(q))[:300]
        index, _ = anchors.cells_at(face, q[some], r[some], resolution)
        centres = faces.unproject(hexfaces.plane_of(q[some], r[some], resolution), face)
        np.testing.assert_array_equal(index, ask_h3(*centres, resolution))


@pytest.mark.parametrize(
    "resolution", [5, *(pytest.param(r, marks=pytest.mark.long) for r in (6, 7))]
)
def test_no_finer_resolution_shows_what_was_not_learned(anchors, resolution):
    q, r = points_inside(resolution)
    for face in range(20):
        index, _ = anchors.cells_at(face, q, r, resolution)
        assert (index != 0).all()


def test_lattice_points_far_out_are_no_cells(anchors):
    index, turn = anchors.cells_at(0, np.array([3, 0]), np.array([0, -3]), 0)
    assert index.tolist() == [0, 0]
    assert turn.tolist() == [-1, -1]


def test_only_finer_digits_tell_the_turn_at_the_centre_of_a_pentagon(anchors):
    corner = np.array([2]), np.array([0])
    index, turn = anchors.cells_at(0, *corner, 0)
    assert index[0] in PENTAGONS
    assert turn.tolist() == [-1]


@pytest.mark.parametrize("resolution", [0, 1, 2, 3])
def test_places_of_inverts_cells_at_for_every_cell(anchors, resolution):
    cells = all_cells(resolution)
    face, q, r = anchors.places_of(cells, resolution)
    assert (face >= 0).all()
    index, _ = anchors.cells_at(face, q, r, resolution)
    np.testing.assert_array_equal(index, cells)


@pytest.mark.parametrize(
    ("index", "why"),
    [
        (0, "no cell"),
        (0x898C1079B87FFFF | 127 << 45, "base cell 127"),
        (0x898C1079B87FFFF | 1 << 63, "reserved bit"),
        (0x898C1079B87FFFF & ~(1 << 59), "no mode"),
        (0x898C1079BFFFFFF, "digit 7"),
        (0x898C1079B87FFFE, "a digit below its resolution"),
        (0x878C1079BFFFFFF, "another resolution"),
    ],
)
def test_what_is_not_a_cell_of_the_resolution_has_no_place(anchors, index, why):
    face, _, _ = anchors.places_of(np.array([index], dtype=np.uint64).astype(np.int64), 9)
    assert face.tolist() == [-1], why


def test_the_deleted_children_of_a_pentagon_have_no_place(anchors):
    missing = PENTAGONS[0] + (1 << 52) - (6 << 42)  # resolution 1, digit 1
    assert not h3.is_valid_cell(missing)
    face, _, _ = anchors.places_of(np.array([missing]), 1)
    assert face.tolist() == [-1]


def test_reach_covers_the_corners_of_a_face():
    for resolution in range(hexlattice.MAX_RESOLUTION + 1):
        corners = 2 * np.exp(1j * np.radians(np.arange(360)))
        lattice = corners * hexlattice.resolution_factor(resolution)
        r = lattice.imag / hexlattice.OMEGA.imag
        q = lattice.real - r / 2
        assert max(np.abs(q).max(), np.abs(r).max()) < hexanchors.lattice_reach(resolution)
