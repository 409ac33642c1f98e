from typing import ClassVar

import numpy as np

from coverage.signal.baselines import NearestReading
from coverage.signal.distribution import NORMAL_SCORES
from coverage.signal.model import Prediction
from coverage.signal.samples import checked
from coverage.signal.splits import RandomKFold
from coverage.signal.validation import hold_out


class Spy:
    """Predicts how many rows it was fitted on, and keeps them."""

    seen: ClassVar[list] = []

    def fit(self, samples, towers=None):
        self.rows = set(zip(samples["latitude_deg"], samples["longitude_deg"], strict=True))
        self.n = len(samples)
        return self

    def describe(self, points):
        Spy.seen.append(
            self.rows & set(zip(points["latitude_deg"], points["longitude_deg"], strict=True))
        )
        n = len(points)
        return Prediction(
            quantiles_dbm=np.full((n, 1), float(self.n)) + NORMAL_SCORES,
            distance_to_reading_m=np.zeros(n),
            is_applicable=np.ones(n, dtype=bool),
            is_in_area=np.ones(n, dtype=bool),
        )


def test_each_row_is_predicted_once_by_who_has_not_seen_it(field):
    frame = checked(field.samples.query("source == 'crowdsourced'"))
    Spy.seen.clear()
    held = hold_out(frame, None, RandomKFold(3), Spy, {"nearest": NearestReading})
    assert sorted(held.row) == list(range(len(frame)))
    assert all(not common for common in Spy.seen)
    assert np.isfinite(held.rival_dbm["nearest"]).all()
    assert held.prediction.median_dbm.max() < len(frame)
