import numpy as np
import pytest

from coverage.errors import InputError
from coverage.hexgrid import cells_of
from coverage.signal.correlation import CorrelationParams, Errors, operator_correlation

OPERATORS = ("A", "B", "C")


def errors(correlations, n=3000, noise_db=0.0, seed=0, spread_deg=0.5):
    """Errors of three operators at the same places, correlated as asked."""
    rng = np.random.default_rng(seed)
    ab, ac, bc = correlations
    factor = np.linalg.cholesky([[1, ab, ac], [ab, 1, bc], [ac, bc, 1]])
    field = 6 * rng.standard_normal((n, 3)) @ factor.T
    latitude, longitude = -6.5 + spread_deg * rng.random(n), 106 + spread_deg * rng.random(n)
    cells = cells_of(latitude, longitude, 11)
    noisy = field + noise_db * rng.standard_normal((n, 3))
    return Errors(
        cell=np.tile(cells, 3), operator=np.repeat(np.arange(3), n),
        error_db=noisy.T.reshape(-1), noise_db2=np.full(3 * n, noise_db**2),
    )  # fmt: skip


def found(made, **changed):
    return operator_correlation(made, OPERATORS, CorrelationParams(**changed))


def test_correlations_are_found():
    table = found(errors((0.6, 0.2, -0.2)))
    assert table["correlation"].tolist() == pytest.approx([0.6, 0.2, -0.2], abs=0.08)


def test_noise_of_the_samples_does_not_weaken_them():
    table = found(errors((0.6, 0.6, 0.6), noise_db=4.0))
    assert table["correlation"].tolist() == pytest.approx([0.6, 0.6, 0.6], abs=0.08)


def test_each_pair_stands_once_in_order():
    table = found(errors((0.0, 0.0, 0.0), n=50))
    pairs = list(zip(table["operator_a"], table["operator_b"], strict=True))
    assert pairs == [("A", "B"), ("A", "C"), ("B", "C")]


def test_without_common_places_the_prior_stands():
    made = errors((0.0, 0.0, 0.0), n=1)
    apart = Errors(
        cell=cells_of([-6.1, -6.2, -6.3], [106.0] * 3, 11), operator=made.operator,
        error_db=made.error_db, noise_db2=made.noise_db2,
    )  # fmt: skip
    table = found(apart, prior=0.4)
    assert table["correlation"].tolist() == [0.4, 0.4, 0.4]
    assert table["n_pairs"].tolist() == [0, 0, 0]


def test_evidence_from_one_block_is_little_evidence_however_many_places():
    near = found(errors((0.0, 0.0, 0.0), n=2000, spread_deg=0.01), prior=0.5)
    far = found(errors((0.0, 0.0, 0.0), n=2000, spread_deg=0.5), prior=0.5)
    assert near["correlation"].min() > 0.2
    assert far["correlation"].max() < 0.2


def test_the_whole_is_a_valid_correlation_matrix():
    made = errors((0.0, 0.0, 0.0), n=3, spread_deg=0.5)
    table = found(made, prior=-0.9)
    matrix = np.eye(3)
    matrix[np.triu_indices(3, 1)] = table["correlation"]
    assert np.linalg.eigvalsh(matrix + matrix.T - np.eye(3)).min() > 0


def test_one_operator_has_no_pair():
    made = errors((0.0, 0.0, 0.0), n=20)
    alone = Errors(
        cell=made.cell[:20], operator=made.operator[:20], error_db=made.error_db[:20],
        noise_db2=made.noise_db2[:20],
    )  # fmt: skip
    assert operator_correlation(alone, ("A",), CorrelationParams()).empty


@pytest.mark.parametrize(
    ("change", "name"),
    [({"place_resolution": 7}, "place_resolution"), ({"prior": 1.1}, "prior"),
     ({"prior_blocks": 0.0}, "prior_blocks")],
)  # fmt: skip
def test_params_are_checked(change, name):
    with pytest.raises(InputError, match=f"Invalid {name}"):
        CorrelationParams(**change)
