"""What a fitted model would say had one more sample been taken: to weigh a visit before it is made.

The trend, the calibration and the spread stay as they were fitted; the new sample speaks through
the kriged residual, through the distance to data, and as one more place the model has seen.
"""

import copy
from dataclasses import replace

import numpy as np
import pandas as pd

from coverage.hexgrid import cells_of
from coverage.signal.model import SignalModel
from coverage.signal.samples import MIN_RESOLUTION
from coverage.signal.variogram import Residuals


def with_sample(model: SignalModel, point: pd.DataFrame, level_dbm: float) -> SignalModel:
    """Model with one more drive-test sample.

    Parameters
    ----------
    model
        Fitted; not changed.
    point
        One row with what :meth:`coverage.signal.model.SignalModel.describe` needs, of an operator
        that the model knows.
    level_dbm
        What the drive test would read there. [dBm]
    """
    params = model._params()
    places = model.layout_.places(point)
    fitted = model.chain_
    residuals = fitted.residual.kriging.residuals
    trend_dbm = fitted.trend.predict(places, params.n_threads)
    more = Residuals(
        plane_m=np.concatenate([residuals.plane_m, places.plane_m]),
        operator=np.concatenate([residuals.operator, places.operator]),
        residual_db=np.concatenate([residuals.residual_db, level_dbm - trend_dbm]),
        noise_db2=np.concatenate([residuals.noise_db2, [model.reference_noise_db2_]]),
    )
    area = model.applicability_
    seen = (fitted.trend.area_features(places) - area.centre) * area.scale
    seen = seen[np.isfinite(seen).all(axis=1)]
    cell = cells_of(point["latitude_deg"], point["longitude_deg"], MIN_RESOLUTION)
    imagined = copy.copy(model)
    imagined.chain_ = replace(fitted, residual=fitted.residual.using(more))
    imagined.applicability_ = replace(area, samples=np.concatenate([area.samples, seen]))
    imagined.n_samples_ = model.n_samples_ + np.bincount(
        places.operator, minlength=len(model.n_samples_)
    )
    imagined.errors_ = replace(
        model.errors_,
        cell=np.concatenate([model.errors_.cell, cell]),
        operator=np.concatenate([model.errors_.operator, places.operator]),
        error_db=np.concatenate([model.errors_.error_db, [0.0]]),
        noise_db2=np.concatenate([model.errors_.noise_db2, [model.reference_noise_db2_]]),
    )
    return imagined
