import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.sites.calibration import Calibration, CalibrationParams, calibrate, calibrated
from coverage.sites.uplink import UplinkParams, needed_dbm

UPLINK = UplinkParams()
PARAMS = CalibrationParams()


def uplink_tests(n: int, shift_db: float, seed: int = 1, lapse: float = 0.0) -> pd.DataFrame:
    """Cells whose uplink reaches the rate where the level is over the needed one plus a shift."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(-130, -85, n)
    margin = level - needed_dbm(UPLINK) - shift_db + 3 * rng.standard_normal(n)
    rate = np.where((margin > 0) ^ (rng.random(n) < lapse), 1500.0, 100.0)
    return pd.DataFrame(
        {"operator": "A", "rat": "LTE", "signal_p50_dbm": level, "uplink_p50_kbps": rate}
    )


@pytest.mark.parametrize("shift_db", [-6.0, 0.0, 6.0])
@pytest.mark.parametrize("lapse", [0.0, 0.05])
def test_the_shift_is_found_within_its_error(shift_db: float, lapse: float) -> None:
    errors = []
    for seed in range(8):
        found = calibrate(uplink_tests(200, shift_db, seed, lapse), UPLINK, PARAMS)
        assert found.is_used
        errors.append((found.shift_db - shift_db) / found.shift_se_db)
    assert np.sqrt(np.mean(np.square(errors))) < 2


def test_more_tests_are_surer() -> None:
    few, many = (calibrate(uplink_tests(n, 0.0), UPLINK, PARAMS).shift_se_db for n in (60, 600))
    assert many < few


@pytest.mark.parametrize(("n", "is_used"), [(49, False), (50, True)])
def test_too_few_tests_say_nothing(n: int, is_used: bool) -> None:
    cells = uplink_tests(60, 0.0).iloc[:n]
    found = calibrate(cells, UPLINK, CalibrationParams(min_each=1))
    assert found.is_used == is_used
    assert (calibrated(UPLINK, found) == UPLINK) != is_used


def test_without_failures_there_is_only_a_bound() -> None:
    cells = uplink_tests(200, 0.0).assign(uplink_p50_kbps=1500.0)
    assert not calibrate(cells, UPLINK, PARAMS).is_used


def test_a_phones_own_traffic_is_no_test() -> None:
    cells = uplink_tests(400, 0.0)
    idle = np.random.default_rng(2).random(400) < 0.5  # nothing was sent, at whatever level
    cells.loc[idle, "uplink_p50_kbps"] = 5.0
    found = calibrate(cells, UPLINK, PARAMS)
    assert found.n_strong_failed > 0.3 * found.n_strong
    assert not found.is_used


def test_2g_and_rows_without_a_level_or_a_rate_are_left_out() -> None:
    cells = uplink_tests(60, 0.0)
    cells.loc[:19, "rat"] = "GSM"
    cells.loc[20:29, "signal_p50_dbm"] = np.nan
    cells.loc[30:39, "uplink_p50_kbps"] = np.nan
    assert calibrate(cells, UPLINK, PARAMS).n_tests == 20


def test_the_shift_raises_the_level_needed_and_widens_the_spread() -> None:
    found = Calibration(
        n_tests=80, n_failed=20, n_strong=20, n_strong_failed=1, shift_db=2.5, shift_se_db=4.0
    )
    moved = calibrated(UPLINK, found)
    assert needed_dbm(moved) == pytest.approx(needed_dbm(UPLINK) + 2.5)
    assert moved.spread_db == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("min_tests", 0), ("min_each", 0), ("lapse_share", 0.5), ("prior_db", 0), ("strong_db", 0),
     ("max_strong_fail_share", 1)],
)  # fmt: skip
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be"):
        CalibrationParams(**{name: value})  # type: ignore[arg-type]
