"""How well a cell is known, and what is known about it (DOMAIN 9)."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from coverage.errors import InputError

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.integer[Any]]
_US_PER_HOUR: Final = 3_600_000_000

STATES: Final = ("confirmed_weak", "indicated_weak", "ok")
"""Evidence states of a cell that was measured; without a reading there is no row."""


@dataclass(frozen=True, kw_only=True)
class EvidenceParams:
    """When a cell is weak and when that is well enough measured. Project values (DOMAIN 9).

    Attributes
    ----------
    weak_dbm
        A level below is weak (DOMAIN 6). [dBm]
    weak_no_service_share
        From this share of no-service readings on, the cell is weak whatever its median.
    min_children
        Distinct child cells with readings for ``geo_ok``; FCC asks 4 of 7. [count]
    min_hours
        Time between first and last reading for ``time_ok``, unless on two dates. [h]
    min_readings, min_devices
        For ``n_ok``. [count]
    """

    weak_dbm: int = -110
    weak_no_service_share: float = 0.5
    min_children: int = 4
    min_hours: float = 4.0
    min_readings: int = 5
    min_devices: int = 2

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not -156 <= self.weak_dbm <= -24:
            raise InputError(f"Invalid weak_dbm {self.weak_dbm}. Must be in [-156, -24].")
        if not 0 < self.weak_no_service_share <= 1:
            raise InputError(
                f"Invalid weak_no_service_share {self.weak_no_service_share}. Must be in (0, 1]."
            )
        if not 1 <= self.min_children <= 7:
            raise InputError(f"Invalid min_children {self.min_children}. Must be in [1, 7].")
        if not self.min_hours >= 0:
            raise InputError(f"Invalid min_hours {self.min_hours}. Must be >= 0.")
        for name in ("min_readings", "min_devices"):
            if getattr(self, name) < 1:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be >= 1.")


def geo_ok(children_seen: npt.NDArray[np.uint8], params: EvidenceParams) -> Bools:
    """Readings fell into enough distinct child cells.

    Parameters
    ----------
    children_seen
        Bit d set when the child of digit d was read in.
    params
        ``min_children``.
    """
    result: Bools = np.bitwise_count(children_seen) >= params.min_children
    return result


def time_ok(first_us: Codes, last_us: Codes, n_days: Codes, params: EvidenceParams) -> Bools:
    """Two readings lie ``min_hours`` apart or on two calendar days (UTC)."""
    apart = last_us - first_us >= round(params.min_hours * _US_PER_HOUR)
    result: Bools = apart | (n_days >= 2)
    return result


def n_ok(n_readings: Codes, n_devices: Codes, params: EvidenceParams) -> Bools:
    """Enough readings from enough devices: one phone may be wrong by 8 dB."""
    result: Bools = (n_readings >= params.min_readings) & (n_devices >= params.min_devices)
    return result


def is_observed_weak(
    is_median_weak: Bools, n_no_service: Codes, n_readings: Codes, params: EvidenceParams
) -> Bools:
    """The median is under the weak level (no service is), or half the readings had no service."""
    is_blank = n_no_service >= params.weak_no_service_share * n_readings
    result: Bools = is_median_weak | is_blank
    return result


def state_codes(is_weak: Bools, is_well_known: Bools) -> npt.NDArray[np.int8]:
    """Evidence state of cells that were measured, as places in :data:`STATES`.

    Examples
    --------
    >>> codes = state_codes(np.array([True, True, False]), np.array([True, False, False]))
    >>> [STATES[code] for code in codes]
    ['confirmed_weak', 'indicated_weak', 'ok']
    """
    code = np.where(is_well_known, STATES.index("confirmed_weak"), STATES.index("indicated_weak"))
    return np.where(is_weak, code, STATES.index("ok")).astype(np.int8)
