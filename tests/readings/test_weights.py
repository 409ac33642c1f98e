"""Weights by accuracy, age and speed."""

import numpy as np
import pytest

from coverage.readings.params import QualityParams
from coverage.readings.weights import factor, weight

PARAMS = QualityParams()


@pytest.mark.parametrize(
    ("value", "expected"),
    [(9.9, 1.0), (10.0, 1.0), (40.0, 0.5), (999.9, 0.1), (1000.0, 0.0), (2e3, 0.0), (np.nan, 1.0)],
)
def test_a_factor_falls_from_one_to_nothing(value: float, expected: float) -> None:
    assert factor(np.array([value]), 10.0, 1000.0)[0] == pytest.approx(expected, abs=1e-4)


def test_the_weight_is_the_product() -> None:
    found = weight(np.array([40.0]), np.array([8.0]), np.array([20.0]), PARAMS)
    assert found[0] == pytest.approx(0.5**3)


def test_what_is_not_known_costs_nothing() -> None:
    unknown = np.array([np.nan])
    assert weight(unknown, unknown, unknown, PARAMS)[0] == 1.0
