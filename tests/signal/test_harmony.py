import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.hexgrid import cells_of
from coverage.signal.harmony import REFERENCE_KIND, HarmonyParams, fit, kinds_of

PARAMS = HarmonyParams()


def rows(levels, source="drive_test", places=None, **changed):
    n = len(levels)
    places = np.arange(n) if places is None else np.asarray(places)
    latitude, longitude = -6.5 + 0.01 * places, np.full(n, 106.1)
    columns = {
        "latitude_deg": latitude, "longitude_deg": longitude,
        "h3_cell": cells_of(latitude, longitude, 11), "operator": "IOH", "source": source,
        "is_indoor": -1, "is_moving": -1, "is_harmonised": True, "n": 1,
        "rsrp_dbm": np.asarray(levels, dtype=float),
    } | changed  # fmt: skip
    return pd.DataFrame(columns)


def together(*frames):
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, REFERENCE_KIND),
        ({"is_harmonised": False}, REFERENCE_KIND),
        ({"is_indoor": 1}, "drive_test|indoor|harmonised"),
        ({"source": "crowdsourced"}, "crowdsourced|unsure|harmonised"),
        ({"source": "crowdsourced", "is_moving": 1}, "crowdsourced|outdoor|harmonised"),
        ({"source": "crowdsourced", "is_harmonised": False}, "crowdsourced|unsure|raw"),
    ],
)
def test_the_kind_of_a_sample_says_what_is_known_of_it(change, kind):
    assert kinds_of(rows([-100.0]).assign(**change)).tolist() == [kind]


def test_the_shift_of_a_source_is_its_difference_at_common_places():
    rng = np.random.default_rng(0)
    place = np.arange(80)
    truth = -100 + 8 * rng.standard_normal(80)
    crowd = rows(truth - 4 + rng.standard_normal(80), "crowdsourced", place)
    found = fit(together(rows(truth, places=place), crowd), PARAMS)
    shift = dict(zip(found.kinds, found.shift_db, strict=True))
    assert shift[REFERENCE_KIND] == 0.0
    assert shift["crowdsourced|unsure|harmonised"] == pytest.approx(-4.0, abs=0.3)


def test_sources_that_share_no_place_are_not_shifted():
    crowd = rows([-120.0] * 30, "crowdsourced", np.arange(100, 130))
    found = fit(together(rows([-90.0] * 30), crowd), PARAMS)
    assert found.shift_db.tolist() == [0.0, 0.0]


def test_raw_phones_that_never_met_the_reference_learn_from_the_others_what_indoors_costs():
    rng = np.random.default_rng(0)
    known, apart = np.arange(80), np.arange(100, 180)
    truth = -100 + 8 * rng.standard_normal(180)
    reference = rows(truth[known], places=known)
    still = rows(truth[known] - 5, "crowdsourced", known)
    raw_still = rows(truth[apart] - 5, "crowdsourced", apart, is_harmonised=False)
    raw_moving = rows(truth[apart], "crowdsourced", apart, is_harmonised=False, is_moving=1)
    found = fit(together(reference, still, raw_still, raw_moving), PARAMS)
    shift = dict(zip(found.kinds, found.shift_db, strict=True))
    assert shift["crowdsourced|outdoor|raw"] == pytest.approx(0.0, abs=0.3)
    assert shift["crowdsourced|unsure|raw"] == pytest.approx(-5.0, abs=0.3)


def test_few_common_places_shift_little():
    pair = together(rows([-90.0]), rows([-110.0], "crowdsourced"))
    assert -10 < fit(pair, PARAMS).shift_db.min() < -2


def test_without_drive_tests_the_surest_outdoors_is_the_reference():
    still = rows([-100.0] * 50, "crowdsourced", np.arange(50) % 10)
    moving = rows([-90.0] * 20, "crowdsourced", np.arange(20) % 10, is_moving=1)
    found = fit(together(still, moving), PARAMS)
    shift = dict(zip(found.kinds, found.shift_db, strict=True))
    assert shift["crowdsourced|outdoor|harmonised"] == 0.0
    assert shift["crowdsourced|unsure|harmonised"] < -8


def test_noise_is_the_spread_of_repeated_samples():
    rng = np.random.default_rng(0)
    place = np.repeat(np.arange(400), 4)
    crowd = rows(-100 + 6 * rng.standard_normal(1600), "crowdsourced", place, n=100)
    found = fit(crowd, PARAMS)
    assert found.noise_db[0] == pytest.approx(6.0, abs=0.2)


def test_few_repetitions_leave_the_default_noise():
    found = fit(together(rows([-100.0] * 5), rows([-100.0] * 5, "crowdsourced")), PARAMS)
    noise = dict(zip(found.kinds, found.noise_db, strict=True))
    assert noise[REFERENCE_KIND] == PARAMS.drive_noise_db
    assert noise["crowdsourced|unsure|harmonised"] == PARAMS.crowd_noise_db


def test_the_noise_of_a_sample_falls_with_its_readings():
    found = fit(rows([-100.0] * 3), PARAMS)
    variance = found.noise_variance_of(rows([-100.0] * 3).assign(n=[1, 4, 10_000]))
    assert variance.tolist() == pytest.approx([2.25 + 9.0, 2.25 + 2.25, 2.25 + 9e-4])


def test_a_kind_not_met_in_training_is_not_shifted_and_no_less_noisy_than_a_reading():
    found = fit(rows([-100.0] * 3), PARAMS)
    new = rows([-100.0], "crowdsourced", n=10_000)
    assert found.shift_of(new).tolist() == [0.0]
    assert found.noise_variance_of(new)[0] == pytest.approx(9.0, abs=0.01)


def test_only_censored_samples_are_no_reason_to_fail():
    found = fit(rows([np.nan, np.nan]), PARAMS)
    assert found.shift_db.tolist() == [0.0]


@pytest.mark.parametrize(
    "change",
    [
        {"shift_sd_db": 0.0},
        {"device_sd_db": 0.0},
        {"own_sd_db": 0.0},
        {"reading_noise_db": 31.0},
        {"min_repeats": 1},
    ],
)
def test_params_are_checked(change):
    with pytest.raises(InputError, match=f"Invalid {next(iter(change))}"):
        HarmonyParams(**change)
