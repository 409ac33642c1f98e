"""How much a reading counts, by accuracy of the position, age of the fix and speed.

The weight that favours strong signals in ichnaea is left out on purpose: right for locating masts,
wrong for coverage (DOMAIN 8).
"""

import numpy as np
import numpy.typing as npt

from coverage.readings.params import QualityParams

Floats = npt.NDArray[np.float64]


def weight(
    accuracy_m: Floats, fix_age_s: Floats, speed_mps: Floats, params: QualityParams
) -> Floats:
    """Product of the three factors; an unknown factor is 1 [0-1]."""
    result: Floats = (
        factor(accuracy_m, params.accuracy_full_m, params.accuracy_zero_m)
        * factor(fix_age_s, params.age_full_s, params.age_zero_s)
        * factor(speed_mps, params.speed_full_mps, params.speed_zero_mps)
    )
    return result


def factor(value: Floats, full: float, zero: float) -> Floats:
    """1 up to ``full``, 0 from ``zero``, sqrt(full / value) between (ichnaea), 1 for NaN.

    Examples
    --------
    >>> factor(np.array([10.0, 40.0, 999.0, 1000.0, np.nan]), 10.0, 1000.0).round(3).tolist()
    [1.0, 0.5, 0.1, 0.0, 1.0]
    """
    with np.errstate(invalid="ignore"):
        falling = np.sqrt(full / np.fmax(value, full))
        return np.where(value >= zero, 0.0, falling)
