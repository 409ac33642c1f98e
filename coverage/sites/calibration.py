"""Measured uplink tests against the level the curve says is needed: one robust shift, or none.

The level needed follows from a table of base-station sensitivities and from assumptions on load,
power and boost (MODEL 4.2). Where people measured the uplink, the tests say how far that level is
off: those that reached the required rate must lie above it, those that did not below.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import ndtr

from coverage.errors import InputError
from coverage.geodesy import Floats
from coverage.sites.uplink import UplinkParams, needed_dbm

_DATA_RATS: Final = ("LTE", "NR")
_STEP_DB: Final = 0.1
_SHIFTS_DB: Final[Floats] = np.arange(-20.0, 20.0 + _STEP_DB / 2, _STEP_DB)


@dataclass(frozen=True, kw_only=True)
class CalibrationParams:
    """When tests are enough, and how much they are believed.

    Attributes
    ----------
    min_tests
        H3 cells with a measured uplink and level, at least: the project's choice. [count]
    min_each
        Of them, those that reached the rate and those that did not, at least each: with one kind
        alone only a bound follows, no level. [count]
    strong_db
        A cell this far above the level needed is strong. [dB]
    max_strong_fail_share
        Where more of the strong cells than this miss the rate, the figures are a phone's own
        traffic and no test: some apps log the rate of the moment beside every reading. [0-1]
    lapse_share
        Share of tests that say nothing of the level (server, handset, congestion): keeps single
        failures at a strong level from moving the shift. The project's choice. [0-1]
    prior_db
        Standard deviation of the shift expected before any test: the sum of what power, boost and
        load may be off, the project's choice. [dB]
    """

    min_tests: int = 50
    min_each: int = 10
    strong_db: float = 15.0
    max_strong_fail_share: float = 0.3
    lapse_share: float = 0.1
    prior_db: float = 6.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name in ("min_tests", "min_each"):
            if getattr(self, name) < 1:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be >= 1.")
        if not 0 < self.strong_db <= 60:
            raise InputError(f"Invalid strong_db {self.strong_db}. Must be in (0, 60].")
        if not 0 < self.max_strong_fail_share < 1:
            raise InputError(
                f"Invalid max_strong_fail_share {self.max_strong_fail_share}. Must be in (0, 1)."
            )
        if not 0 <= self.lapse_share < 0.5:
            raise InputError(f"Invalid lapse_share {self.lapse_share}. Must be in [0, 0.5).")
        if not 0.1 <= self.prior_db <= 20:
            raise InputError(f"Invalid prior_db {self.prior_db}. Must be in [0.1, 20].")


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What the tests say.

    Attributes
    ----------
    n_tests, n_failed, n_strong, n_strong_failed
        H3 cells x operators with a measured uplink and level; those under the required rate; the
        same of those whose level is far above what is needed. [count]
    shift_db, shift_se_db
        By how much more level is needed than the curve says, and its standard error; NaN where the
        tests are not enough. [dB]
    """

    n_tests: int
    n_failed: int
    n_strong: int
    n_strong_failed: int
    shift_db: float
    shift_se_db: float

    @property
    def is_used(self) -> bool:
        """Whether the tests were enough."""
        return not np.isnan(self.shift_db)


def calibrate(cells: pd.DataFrame, uplink: UplinkParams, params: CalibrationParams) -> Calibration:
    """Fit the shift: the posterior mean over a grid, each cell's medians one test.

    P(rate reached | level) = lapse / 2 + (1 - lapse) x Phi((level - needed - shift) / spread), with
    the spread of the upload curve: a probit with lapses (Wichmann and Hill, Percept. Psychophys.
    63, 2001, 1293-1313). Medians of a cell stand for its tests, which are not independent.

    Parameters
    ----------
    cells
        ``operator, rat, signal_p50_dbm, uplink_p50_kbps``; rows without both are left out.
    uplink
        The curve as configured; a shift it already has is part of it.
    params
        When tests are enough.
    """
    tests = cells[cells["rat"].isin(_DATA_RATS)].dropna(
        subset=["signal_p50_dbm", "uplink_p50_kbps"]
    )
    reached = tests["uplink_p50_kbps"].to_numpy(np.float64) >= uplink.rate_kbps
    needed = tests["operator"].map({o: needed_dbm(uplink, o) for o in tests["operator"].unique()})
    margin = tests["signal_p50_dbm"].to_numpy(np.float64) - needed.to_numpy(np.float64)
    is_strong = margin >= params.strong_db
    counted = Calibration(
        n_tests=len(tests),
        n_failed=int((~reached).sum()),
        n_strong=int(is_strong.sum()),
        n_strong_failed=int((is_strong & ~reached).sum()),
        shift_db=np.nan,
        shift_se_db=np.nan,
    )
    if not _is_enough(counted, params):
        return counted
    likelihood = _log_likelihood(margin, reached, uplink.spread_db, params)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    mean = float(weight @ _SHIFTS_DB)
    variance = float(weight @ (_SHIFTS_DB - mean) ** 2)
    return replace(counted, shift_db=mean, shift_se_db=float(np.sqrt(variance)))


def calibrated(uplink: UplinkParams, found: Calibration) -> UplinkParams:
    """The curve with the shift, its spread widened by the shift's own uncertainty.

    The curve as it is where the tests were not enough.

    Examples
    --------
    >>> found = Calibration(
    ...     n_tests=80, n_failed=20, n_strong=20, n_strong_failed=1, shift_db=2.0, shift_se_db=4.0
    ... )
    >>> calibrated(UplinkParams(spread_db=3.0), found).spread_db
    5.0
    """
    if not found.is_used:
        return uplink
    return replace(
        uplink,
        calibration_db=uplink.calibration_db + found.shift_db,
        spread_db=float(np.hypot(uplink.spread_db, found.shift_se_db)),
    )


def _is_enough(counted: Calibration, params: CalibrationParams) -> bool:
    """Whether there are tests enough, of both outcomes, and they are tests at all."""
    n_each = min(counted.n_failed, counted.n_tests - counted.n_failed, counted.n_strong)
    if counted.n_tests < params.min_tests or n_each < params.min_each:
        return False
    return counted.n_strong_failed <= params.max_strong_fail_share * counted.n_strong


def _log_likelihood(
    margin_db: Floats,
    reached: np.ndarray[tuple[int], np.dtype[np.bool_]],
    spread_db: float,
    params: CalibrationParams,
) -> Floats:
    """Logarithm of prior times likelihood at each shift."""
    lapse = params.lapse_share
    p_reached = lapse / 2 + (1 - lapse) * ndtr((margin_db[:, None] - _SHIFTS_DB[None]) / spread_db)
    p_seen = np.where(reached[:, None], p_reached, 1 - p_reached)
    total: Floats = np.log(np.maximum(p_seen, 1e-12)).sum(axis=0)
    return total - 0.5 * (_SHIFTS_DB / params.prior_db) ** 2
