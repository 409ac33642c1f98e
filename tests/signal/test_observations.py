import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.signal import harmony
from coverage.signal.harmony import HarmonyParams
from coverage.signal.observations import (
    UNKNOWN_CODE,
    Layout,
    declustering_weights,
    layout_of,
    observe,
)
from coverage.signal.samples import checked

LAYOUT = Layout(origin=(-6.5, 106.1), operators=("A", "B"), covariates=("height",))


def points(**changed):
    columns = {
        "latitude_deg": [-6.5, -6.4], "longitude_deg": [106.1, 106.1], "operator": ["B", "C"],
        "height": [1.0, 2.0],
    } | changed  # fmt: skip
    return pd.DataFrame(columns)


def test_operators_become_codes_and_an_unknown_one_minus_one():
    assert LAYOUT.places(points()).operator.tolist() == [1, UNKNOWN_CODE]


def test_the_plane_counts_from_its_origin():
    plane = LAYOUT.places(points()).plane_m
    assert plane[0] == pytest.approx([0.0, 0.0])
    assert plane[1] == pytest.approx([0.0, 11_119.5], abs=1.0)


@pytest.mark.parametrize("column", ["operator", "height", "latitude_deg"])
def test_a_missing_column_is_named(column):
    with pytest.raises(InputError, match=column):
        LAYOUT.places(points().drop(columns=column))


def test_operators_of_the_towers_have_a_code_too_but_not_the_unknown():
    samples = points(operator=["B", "B"])
    towers = pd.DataFrame({"operator": ["A", "unknown"]})
    assert layout_of(samples, towers, ()).operators == ("A", "B")


def test_the_samples_of_one_cell_and_operator_weigh_one_together():
    cells = np.array([5, 5, 5, 9], dtype=np.uint64)
    weight = declustering_weights(cells, np.array([0, 0, 1, 0]))
    assert weight.tolist() == [0.5, 0.5, 1.0, 1.0]


def test_no_samples_have_no_weights():
    assert declustering_weights(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)).size == 0


def test_level_and_limit_are_shifted_to_the_reference():
    frame = checked(points(operator=["A", "A"]).assign(
        rsrp_dbm=[-100.0, np.nan], upper_dbm=[np.nan, -124.0], source="crowdsourced"
    ))  # fmt: skip
    sources = harmony.fit(frame, HarmonyParams())
    shifted = harmony.Harmony(
        kinds=sources.kinds, shift_db=sources.shift_db - 4.0, noise_db=sources.noise_db,
        reading_noise_db=3.0,
    )  # fmt: skip
    target = observe(frame, layout_of(frame, None, ()), shifted, 8).target
    assert np.sort(target.known_db).tolist() == [-120.0, -96.0]
    assert target.is_censored.sum() == 1
