import copy
import io
import pickle

import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.signal import artefact
from coverage.signal.model import ModelParams, SignalModel, operator_correlation
from coverage.signal.model_params import DEFAULT_CANDIDATES
from coverage.signal.shrinkage import Shrinkage


@pytest.fixture(scope="module")
def with_trees(field):
    """A model whose chain has trees and a covariate."""
    params = ModelParams(candidates=(DEFAULT_CANDIDATES[2],), covariates=("hint",))
    return SignalModel(params).fit(field.samples.iloc[::4].assign(hint=1.5), field.towers)


def both(model, with_trees, field):
    yield model, field.points
    yield with_trees, field.points.assign(hint=2.0)


def test_a_loaded_model_says_what_the_saved_one_said(model, with_trees, field):
    for fitted, points in both(model, with_trees, field):
        loaded = artefact.from_bytes(artefact.to_bytes(fitted))
        before, after = fitted.describe(points), loaded.describe(points)
        assert (before.quantiles_dbm == after.quantiles_dbm).all()
        assert (before.is_applicable == after.is_applicable).all()
        assert before.distance_to_reading_m == pytest.approx(after.distance_to_reading_m)


def test_settings_and_choice_come_back(model, with_trees, field):
    for fitted, _ in both(model, with_trees, field):
        loaded = artefact.from_bytes(artefact.to_bytes(fitted))
        assert loaded.params == fitted.params
        pd.testing.assert_frame_equal(loaded.choice_, fitted.choice_)
        pd.testing.assert_frame_equal(operator_correlation(loaded), operator_correlation(fitted))


def test_the_same_model_gives_the_same_bytes(model, with_trees, field):
    for fitted, _ in both(model, with_trees, field):
        data = artefact.to_bytes(fitted)
        assert data == artefact.to_bytes(fitted)
        assert data == artefact.to_bytes(artefact.from_bytes(data))


def test_default_settings_come_back_as_none(field):
    fitted = SignalModel().fit(field.samples.head(50), field.towers)
    assert artefact.from_bytes(artefact.to_bytes(fitted)).params is None


def test_a_regional_part_comes_back(field):
    params = ModelParams(candidates=(DEFAULT_CANDIDATES[0],))
    fitted = SignalModel(params).fit(field.samples.head(200), None)
    loaded = artefact.from_bytes(artefact.to_bytes(fitted))
    field_found = loaded.chain_.residual.kriging.variogram
    assert field_found == fitted.chain_.residual.kriging.variogram
    assert field_found.regional_db2 > 0
    assert loaded.params == params


def test_what_is_believed_of_the_kriging_comes_back(model):
    fitted = copy.copy(model)
    share = Shrinkage(distance_m=np.array([30.0, 3000.0]), share=np.array([0.9, 0.25]))
    fitted.chain_ = model.chain_.shrunk(share)
    loaded = artefact.from_bytes(artefact.to_bytes(fitted)).chain_.residual.shrinkage
    assert loaded.share.tolist() == [0.9, 0.25]
    assert loaded.distance_m.tolist() == [30.0, 3000.0]


@pytest.mark.parametrize("data", [b"", b"not a model", b"PK\x03\x04 broken"])
def test_what_is_no_model_is_refused(data):
    with pytest.raises(InputError, match="Invalid model file"):
        artefact.from_bytes(data)


def test_a_pickle_is_refused_and_never_opened():
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was opened",))

    buffer = io.BytesIO()
    np.savez(buffer, meta=np.array([Bomb()], dtype=object))
    for data in (buffer.getvalue(), pickle.dumps(Bomb())):
        with pytest.raises(InputError, match="Invalid model file"):
            artefact.from_bytes(data)


def test_an_archive_of_other_arrays_is_refused():
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    with pytest.raises(InputError, match="Invalid model file"):
        artefact.from_bytes(buffer.getvalue())


def test_another_version_is_refused(model, monkeypatch):
    monkeypatch.setattr(artefact, "VERSION", artefact.VERSION + 1)
    newer = artefact.to_bytes(model)
    monkeypatch.undo()
    with pytest.raises(InputError, match="Invalid model version"):
        artefact.from_bytes(newer)
