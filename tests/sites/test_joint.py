from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.building import p2109_loss_db
from coverage.sites.joint import (
    JointParams,
    correlation_matrix,
    joint_probabilities,
    within_bounds,
)
from coverage.sites.situation import Situation, UploadParams

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
UPLOAD = UploadParams()
FINE = JointParams(draws_log2=12)
OPERATORS = ("A", "B", "C")


def pairs(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["operator_a", "operator_b", "correlation"])


def test_pairs_stand_in_either_order_and_missing_ones_get_the_default() -> None:
    table = pairs(("B", "A", 0.2), ("A", "X", 0.9))
    matrix = correlation_matrix(OPERATORS, table, JointParams(default_correlation=0.4))
    assert matrix == pytest.approx(np.array([[1, 0.2, 0.4], [0.2, 1, 0.4], [0.4, 0.4, 1]]))


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_any_table_gives_a_valid_matrix(values: list[float]) -> None:
    table = pairs(("A", "B", values[0]), ("A", "C", values[1]), ("B", "C", values[2]))
    matrix = correlation_matrix(OPERATORS, table, JointParams())
    assert np.diag(matrix) == pytest.approx(1)
    assert np.linalg.eigvalsh(matrix).min() > 1e-3
    assert (matrix == matrix.T).all()


def both(
    situation: Situation, matrix: np.ndarray, counted: list[bool], params: JointParams = FINE
) -> tuple[float, float]:
    n_sites = len(situation.building_share)
    mask = np.tile(np.array(counted), (n_sites, 1))
    p_weak, p_fail = joint_probabilities(situation, mask, matrix, UPLOAD, params)
    return float(p_weak[0]), float(p_fail[0])


def test_in_a_tent_it_is_the_multivariate_normal(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    means, sds = np.array([-108, -112, -106]), np.array([5.0, 6.0, 4.0])
    levels = {o: (m, s) for o, m, s in zip(OPERATORS, means, sds, strict=True)}
    situation = Situation.of(make_sites(HOME), make_signal(home_cells, levels), UPLOAD)
    matrix = np.array([[1, 0.7, 0.3], [0.7, 1, 0.5], [0.3, 0.5, 1]])
    p_weak, _ = both(situation, matrix, [True] * 3)
    expected = multivariate_normal(cov=matrix, seed=1).cdf((-110 - means) / sds)
    assert p_weak == pytest.approx(float(expected), abs=0.002)


def test_in_a_school_it_is_what_simulation_finds(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    levels = {"A": (-92, 6), "B": (-97, 5)}
    sites = make_sites(HOME, building=pd.array(["school"], dtype="string"))
    situation = Situation.of(sites, make_signal(home_cells, levels), UPLOAD)
    matrix = np.array([[1, 0.6], [0.6, 1]])
    rng = np.random.default_rng(2)
    n = 400_000
    z = rng.standard_normal((n, 2)) @ np.linalg.cholesky(matrix).T
    loss = p2109_loss_db(rng.random(n), UPLOAD.building)
    phone = np.array([-92, -97]) + z * np.array([6, 5]) - loss[:, None]
    p_weak, p_fail = both(situation, matrix, [True, True])
    assert p_weak == pytest.approx((phone < -110).all(axis=1).mean(), abs=0.004)
    # the spread of the level needed is each operator's own: it loosens their bond a little
    score = z * np.array([6, 5])
    wide = np.hypot([6, 5], UPLOAD.uplink.spread_db) / np.array([6, 5])
    fails = np.array([-92, -97]) + score * wide - loss[:, None] < situation.needed_dbm
    assert p_fail == pytest.approx(fails.all(axis=1).mean(), abs=0.004)


def test_the_place_is_common_to_the_operators(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    means = np.where(np.arange(len(home_cells)) % 2, -90.0, -130.0)
    sites = make_sites(HOME, coordinate_accuracy_m=np.float32(1000))
    levels = {"A": (means, 1), "B": (means, 1)}
    situation = Situation.of(sites, make_signal(home_cells, levels), UPLOAD)
    one, _ = both(situation, np.eye(2), [True, False])
    two, _ = both(situation, np.eye(2), [True, True])
    assert 0.3 < one < 0.7
    assert two == pytest.approx(one, abs=0.01)  # not one times one


def test_one_operator_is_its_own_probability(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    situation = Situation.of(make_sites(HOME), make_signal(home_cells, {"A": (-110, 5)}), UPLOAD)
    assert both(situation, np.eye(1), [True])[0] == pytest.approx(0.5, abs=0.001)


def test_operators_not_counted_are_left_out(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    levels = {"A": (-110, 5), "B": (-60, 1), "C": (-112, 5)}
    situation = Situation.of(make_sites(HOME), make_signal(home_cells, levels), UPLOAD)
    matrix = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    without, _ = both(situation, matrix, [True, False, True])
    reduced = multivariate_normal(cov=[[1, 0.5], [0.5, 1]]).cdf([0, 2 / 5])
    assert without == pytest.approx(float(reduced), abs=0.003)
    assert both(situation, matrix, [False] * 3) == (1.0, 1.0)


def test_an_operator_without_prediction_fails(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int
) -> None:
    elsewhere = home_cells[home_cells != home_cell]
    cell_signal = pd.concat(
        [make_signal(home_cells, {"A": (-110, 5)}), make_signal(elsewhere, {"B": (-60, 1)})]
    )
    situation = Situation.of(make_sites(HOME), cell_signal, UPLOAD)
    assert both(situation, np.eye(2), [True, True])[0] == pytest.approx(0.5, abs=0.002)


def test_more_correlation_means_more_joint_failure(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    levels = {"A": (-110, 5), "B": (-110, 5)}
    situation = Situation.of(make_sites(HOME), make_signal(home_cells, levels), UPLOAD)
    found = [
        both(situation, np.array([[1, r], [r, 1]]), [True, True])[0] for r in (0, 0.3, 0.6, 0.9)
    ]
    assert found == sorted(found)
    assert found[0] == pytest.approx(0.25, abs=0.002)


def test_default_points_are_within_one_percent(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    levels = {"A": (-108, 5), "B": (-109, 6), "C": (-107, 4)}
    sites = make_sites(HOME, building=pd.array(["hall"], dtype="string"))
    situation = Situation.of(sites, make_signal(home_cells, levels), UPLOAD)
    matrix = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    coarse = both(situation, matrix, [True] * 3, JointParams())
    assert coarse == pytest.approx(both(situation, matrix, [True] * 3), abs=0.01)


def test_equal_seeds_give_equal_bits(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    levels = {"A": (-108, 5), "B": (-109, 6)}
    situation = Situation.of(make_sites(HOME), make_signal(home_cells, levels), UPLOAD)
    matrix = np.array([[1, 0.5], [0.5, 1]])
    first, second, other = (
        both(situation, matrix, [True, True], JointParams(seed=s)) for s in (1, 1, 2)
    )
    assert first == second != other


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.floats(0, 1))
def test_bounds_of_frechet(each: list[float], joint: float) -> None:
    counted = np.array([[True, True, False]])
    found = within_bounds(np.array([joint]), np.array([each]), counted)[0]
    assert max(each[0] + each[1] - 1, 0) - 1e-12 <= found <= min(each[0], each[1]) + 1e-12


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("default_correlation", 1.1),
        ("default_correlation", -0.1),
        ("draws_log2", 3),
        ("seed", -1),
        ("n_threads", 0),
    ],
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be"):
        JointParams(**{name: value})  # type: ignore[arg-type]
