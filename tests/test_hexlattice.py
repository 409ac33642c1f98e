"""Eisenstein integers: digits by division, four levels at once, turns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage import hexlattice

RESOLUTIONS = range(1, hexlattice.MAX_RESOLUTION + 1)
COORDINATES = st.integers(min_value=-6_000_000, max_value=6_000_000)  # what a face has at 15


def complex_of(q, r):
    return q + r * hexlattice.OMEGA


def square(reach):
    q, r = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return q.ravel(), r.ravel()


@pytest.mark.parametrize("resolution", [1, 2])
def test_the_parent_is_the_nearest_point_of_the_coarser_lattice(resolution):
    q, r = square(12)
    parent_q, parent_r, _ = hexlattice.parent_of(q, r, resolution)
    widening = hexlattice.resolution_factor(resolution) / hexlattice.resolution_factor(
        resolution - 1
    )
    found = np.abs(complex_of(q, r) - complex_of(parent_q, parent_r) * widening)
    all_q, all_r = square(12)
    others = np.abs(complex_of(q, r)[:, None] - complex_of(all_q, all_r) * widening)
    np.testing.assert_allclose(found, others.min(axis=1), atol=1e-9)


@pytest.mark.parametrize("resolution", [1, 2])
def test_every_parent_has_seven_children_of_different_digits(resolution):
    q, r = square(12)
    parent_q, parent_r, digit = hexlattice.parent_of(q, r, resolution)
    for parent in [(0, 0), (1, 0), (-1, 2)]:
        children = digit[(parent_q == parent[0]) & (parent_r == parent[1])]
        assert sorted(children.tolist()) == [0, 1, 2, 3, 4, 5, 6]


def test_digits_turn_counter_clockwise_in_h3s_order():
    q, r = np.array([1, 0, -1, -1, 0, 1]), np.array([0, 1, 1, 0, -1, -1])
    assert np.degrees(np.angle(complex_of(q, r))).round().tolist() == [0, 60, 120, 180, -120, -60]
    _, _, digit = hexlattice.parent_of(q, r, 1)
    assert digit.tolist() == [4, 6, 2, 3, 1, 5]  # I, IJ, J, JK, K, IK


@given(COORDINATES, COORDINATES, st.sampled_from(RESOLUTIONS))
def test_digits_lead_back_to_the_lattice_point(q, r, resolution):
    point = np.array([q]), np.array([r])
    q0, r0, digits = hexlattice.to_digits(*point, resolution, resolution)
    assert hexlattice.from_digits(q0, r0, digits, resolution) == point


@pytest.mark.parametrize("resolution", [*range(4, hexlattice.MAX_RESOLUTION + 1)])
def test_a_stride_is_four_levels(resolution):
    rng = np.random.default_rng(resolution)
    q, r = rng.integers(-1_000_000, 1_000_000, (2, 2_000))
    table = hexlattice.stride(is_odd=resolution % 2 == 1)
    place = q % 49 * 49 + r % 49
    four_up = q // 49 + table.carry_q[place], r // 49 + table.carry_r[place], table.digits[place]
    level_by_level = hexlattice.to_digits(q, r, resolution, 4)
    for fast, plain in zip(four_up, level_by_level, strict=True):
        np.testing.assert_array_equal(fast, plain)


@given(st.integers(0, 5), st.lists(st.integers(0, 6), min_size=4, max_size=4))
def test_strides_hold_the_digits_of_every_turn(turn, wanted):
    digits = np.array([int("".join(map(str, wanted)), 8)])
    table = hexlattice.stride(is_odd=True)
    place = np.flatnonzero(table.digits[: hexlattice.STRIDE_SIZE] == digits)[0]
    turned = hexlattice.turned(digits, np.array([turn]), 4)
    assert table.digits[turn * hexlattice.STRIDE_SIZE + place] == turned[0]


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 8**15 - 1))
def test_turns_add_up_to_six(one, other, digits):
    word = np.array([digits])
    twice = hexlattice.turned(hexlattice.turned(word, np.array([one]), 15), np.array([other]), 15)
    assert twice == hexlattice.turned(word, np.array([(one + other) % 6]), 15)


@pytest.mark.parametrize("turn", range(6))
def test_turn_between_inverts_turned(turn):
    digit = np.arange(1, 7)
    there = hexlattice.turned(digit, np.array([turn]), 1)
    assert (hexlattice.turn_between(digit, there) == turn).all()


@pytest.mark.parametrize(
    ("digits", "lead"), [(0o000, 0), (0o003, 3), (0o030, 3), (0o350, 3), (0o105, 1)]
)
def test_the_leading_digit_is_the_coarsest_that_is_not_zero(digits, lead):
    assert hexlattice.leading_digit(np.array([digits]), 3) == lead


def test_digits_above_those_asked_for_do_not_lead():
    assert hexlattice.leading_digit(np.array([0o7012]), 3) == 1
