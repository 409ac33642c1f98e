"""The level a photo needs: photos, minutes and base-station sensitivity give RSRP at the phone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from coverage.errors import InputError

SENSITIVITY: Final = (
    (500.0, 23.0, -107.4),
    (1000.0, 22.0, -104.6),
    (2000.0, 22.0, -102.1),
)
"""PUSCH rate [kbit/s], phone power [dBm], base-station sensitivity [dBm]: "LTE in Bullets", table
343 (noise figure 2.5 dB, interference margin 2 dB, antenna 18 dBi), as given in MODEL 4.2."""

_KBIT_PER_MB: Final = 8000.0
_SUBCARRIERS_PER_BLOCK: Final = 12  # 3GPP TS 36.211 6.2.3


@dataclass(frozen=True, kw_only=True)
class UplinkParams:
    """What has to be sent, how fast, and from what carrier.

    Attributes
    ----------
    photos, photo_mb, deadline_minutes
        What has to be sent and by when; Sirekap's sizes are not published (DOMAIN 1). [count, MB,
        min]
    required_uplink_kbps
        Least rate at which an app's upload goes through without timing out; the larger of this
        and the rate the photos need is required. [kbit/s]
    rate_share
        Share of the cell's uplink one phone gets on election day. [0-1]
    carrier_power_dbm, carrier_blocks
        Total power of the carrier and its resource blocks: 20 MHz at 46 dBm. [dBm, count]
    boost_db
        By operator: how much its reference signal is stronger than EPRE says; each dB raises
        the level needed by one (MODEL 3). [dB]
    calibration_db
        How much more level is needed than the curve says, from measured uplink tests
        (:mod:`coverage.sites.calibration`). [dB]
    spread_db
        Standard deviation of the level needed, by operator and place, for the load, power and
        boost not known: the project's choice, no source. [dB]
    """

    photos: int = 5
    photo_mb: float = 2.0
    deadline_minutes: float = 30.0
    required_uplink_kbps: float = 500.0
    rate_share: float = 1.0
    carrier_power_dbm: float = 46.0
    carrier_blocks: int = 100
    boost_db: Mapping[str, float] = field(default_factory=dict)
    calibration_db: float = 0.0
    spread_db: float = 3.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, low, high in (
            ("photos", 1, 1000),
            ("photo_mb", 0.001, 1000),
            ("deadline_minutes", 0.1, 10_080),
            ("required_uplink_kbps", 1, 2000),
            ("rate_share", 0.01, 1),
            ("carrier_power_dbm", 20, 60),
            ("carrier_blocks", 6, 275),
            ("calibration_db", -30, 30),
            ("spread_db", 0.1, 20),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Invalid {name} {value}. Must be in [{low}, {high}].")
        if any(not -10 <= boost <= 10 for boost in self.boost_db.values()):
            raise InputError(f"Invalid boost_db {dict(self.boost_db)}. Must be in [-10, 10].")
        fastest = SENSITIVITY[-1][0]
        if self.rate_kbps > fastest:
            raise InputError(
                f"Invalid upload rate {self.rate_kbps:.0f} kbit/s from photos, photo_mb, "
                f"deadline_minutes, required_uplink_kbps and rate_share. Must be <= {fastest:.0f}: "
                "no sensitivity is sourced beyond."
            )

    @property
    def rate_kbps(self) -> float:
        """Uplink rate needed [kbit/s]."""
        photos_kbps = self.photos * self.photo_mb * _KBIT_PER_MB / (self.deadline_minutes * 60)
        return max(self.required_uplink_kbps, photos_kbps) / self.rate_share

    @property
    def epre_dbm(self) -> float:
        """Energy per resource element of the carrier at the antenna port [dBm]."""
        return self.carrier_power_dbm - 10 * float(
            np.log10(_SUBCARRIERS_PER_BLOCK * self.carrier_blocks)
        )


def needed_dbm(params: UplinkParams, operator: str = "") -> float:
    """RSRP at the phone the upload needs: EPRE - phone power + sensitivity + boost [dBm].

    Between the three rates of :data:`SENSITIVITY` the level is a straight line over the logarithm
    of the rate; under the lowest rate it stays, since nothing is sourced there.

    Examples
    --------
    >>> round(needed_dbm(UplinkParams()), 1), round(needed_dbm(UplinkParams(photos=200)), 1)
    (-115.2, -109.3)
    """
    rates = np.array([rate for rate, _, _ in SENSITIVITY])
    levels = np.array([sensitivity - phone for _, phone, sensitivity in SENSITIVITY])
    level = float(np.interp(np.log(params.rate_kbps), np.log(rates), levels))
    boost = params.boost_db.get(operator, 0.0)
    return params.epre_dbm + level + boost + params.calibration_db
