import numpy as np
import pytest

from coverage.signal.distribution import at_level
from coverage.signal.imagined import with_sample


@pytest.fixture(scope="module")
def far(model, field):
    """The point farthest from every sample of its operator."""
    distance_m = model.describe(field.points).distance_to_reading_m
    return field.points.iloc[[int(np.argmax(distance_m))]]


def width_db(fitted, point):
    said = fitted.describe(point)
    return float(at_level(said.quantiles_dbm, 0.95)[0] - at_level(said.quantiles_dbm, 0.05)[0])


def test_a_reading_narrows_the_interval_at_its_place(model, far):
    level_dbm = float(model.predict(far)[0])
    assert width_db(with_sample(model, far, level_dbm), far) < 0.8 * width_db(model, far)


def test_the_median_moves_to_the_reading(model, far):
    before = float(model.predict(far)[0])
    for level_dbm in (before - 15.0, before + 15.0):
        after = float(with_sample(model, far, level_dbm).predict(far)[0])
        assert abs(after - level_dbm) < abs(after - before)


def test_the_distance_to_data_becomes_nothing(model, far):
    said = with_sample(model, far, -100.0).describe(far)
    assert said.distance_to_reading_m[0] == pytest.approx(0.0, abs=1e-6)


def test_the_place_becomes_one_the_model_has_seen(model, far):
    assert with_sample(model, far, -100.0).describe(far).is_in_area[0]


def test_places_far_away_stay_as_they_were(model, field, far):
    imagined = with_sample(model, far, -60.0)
    places = model.layout_.places(field.points).plane_m
    here = model.layout_.places(far).plane_m
    away = field.points[np.hypot(*(places - here).T) > 12_000]
    moved = np.abs(imagined.predict(away) - model.predict(away))
    assert len(moved) > 50
    assert np.median(moved) < 0.05


def test_the_model_itself_is_left_alone(model, far):
    before = model.predict_distribution(far)
    with_sample(model, far, -60.0)
    assert (model.predict_distribution(far) == before).all()
