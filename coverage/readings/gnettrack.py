"""What G-NetTrack writes in place of a level (FORMATS 2)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.readings.codes import Codes

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_ACCEPTED_DBM: Final = {
    "LTE": (-140.0, -44.0), "UMTS": (-120.0, -25.0), "GSM": (-113.0, -47.0), "NR": (-156.0, -31.0),
}  # fmt: skip
_GSM_FLOOR_DBM: Final = -113.0


def usable_level(
    rat: Codes, level_dbm: Floats, quality_db: Floats, arfcn: Floats, band: Codes
) -> tuple[Floats, Bools]:
    """Level where it is one, else NaN, and the rows where it is none [dBm].

    4G: within -140..-44 and with a quality. 3G: within -120..-25 and with a band; an empty band is
    a change of technology, the row still shows the old LTE channel. 2G: not the floor of -113
    without a channel.

    Examples
    --------
    >>> rat = Codes.of(["LTE", "LTE", "UMTS", "GSM"])
    >>> level = np.array([-104.0, -164.0, -24.0, -113.0])
    >>> nan, band = float("nan"), Codes.of(["L7", "L7", "U1", None])
    >>> usable_level(rat, level, np.array([-9.0, nan, -5.0, nan]), np.zeros(4), band)[0].tolist()
    [-104.0, nan, nan, nan]
    """
    low = rat.table({name: pair[0] for name, pair in _ACCEPTED_DBM.items()})
    high = rat.table({name: pair[1] for name, pair in _ACCEPTED_DBM.items()})
    good = (level_dbm >= low) & (level_dbm <= high)
    good &= ~(rat.equals("LTE", "NR") & np.isnan(quality_db))
    good &= ~(rat.equals("UMTS") & band.is_na)
    good &= ~(rat.equals("GSM") & (level_dbm == _GSM_FLOOR_DBM) & ~(arfcn > 0))
    return np.where(good, level_dbm, np.nan), ~good & ~np.isnan(level_dbm)
