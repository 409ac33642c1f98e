import numpy as np
import pandas as pd
import pytest

from coverage.signal import baselines as b

ALL = [
    b.NearestReading(), b.InverseDistance(), b.CellMean(), b.LogDistance(), b.OrdinaryKriging(),
    b.Forest(10), b.CalibratedPhysics(), b.PhysicsKriging(),
]  # fmt: skip
by_name = pytest.mark.parametrize("method", ALL, ids=lambda m: type(m).__name__)


def samples(levels, steps=None, operator="IOH"):
    steps = np.arange(len(levels)) if steps is None else np.asarray(steps)
    return pd.DataFrame({
        "latitude_deg": -6.5 + 0.01 * steps, "longitude_deg": 106.1, "operator": operator,
        "rsrp_dbm": np.asarray(levels, dtype=float),
    })  # fmt: skip


@by_name
def test_every_baseline_beats_the_mean_of_the_field(field, method):
    level = method.fit(field.samples, field.towers).predict(field.points)
    error = np.sqrt(np.mean((level - field.truth_dbm) ** 2))
    assert error < field.truth_dbm.std()


@by_name
def test_an_operator_without_samples_is_not_known(field, method):
    method.fit(field.samples, field.towers)
    other = field.points.head(3).assign(operator="Smartfren")
    assert np.isnan(method.predict(other)).all()


@by_name
def test_one_sample_is_enough_for_an_answer(method):
    level = method.fit(samples([-90.0])).predict(samples([0.0, 0.0]))
    assert np.isfinite(level).all()


def test_the_nearest_reading_is_the_nearest():
    method = b.NearestReading().fit(samples([-80.0, -100.0]))
    assert method.predict(samples([0.0, 0.0], steps=[0.4, 0.6])).tolist() == [-80.0, -100.0]


def test_inverse_distance_by_hand():
    method = b.InverseDistance().fit(samples([-80.0, -100.0]))
    # distances 1 : 3, weights 9 : 1
    assert method.predict(samples([0.0], steps=[0.25]))[0] == pytest.approx(-82.0, abs=0.05)


def test_the_cell_mean_falls_back_to_the_parent_and_then_to_the_operator():
    method = b.CellMean().fit(samples([-80.0, -90.0, -100.0], steps=[0.0, 0.0, 200.0]))
    found = method.predict(samples([0.0] * 2, steps=[0.0, -500.0]))
    assert found.tolist() == pytest.approx([-85.0, -90.0])


def test_a_place_without_service_counts_as_its_limit():
    rows = samples([np.nan]).assign(upper_dbm=-124.0)
    assert b.NearestReading().fit(rows).predict(samples([0.0])).tolist() == [-124.0]


def test_a_prepared_fit_is_the_fit(field):
    prepared = b.prepare(field.samples, field.towers)
    shared = b.OrdinaryKriging().fit_prepared(prepared).predict(field.points)
    own = b.OrdinaryKriging().fit(field.samples, field.towers).predict(field.points)
    assert (shared == own).all()


def test_kriged_physics_beats_physics_and_kriging_alone(field):
    def error(method):
        level = method.fit(field.samples, field.towers).predict(field.points)
        return np.sqrt(np.mean((level - field.truth_dbm) ** 2))

    assert error(b.PhysicsKriging()) < min(error(b.CalibratedPhysics()), error(b.OrdinaryKriging()))
