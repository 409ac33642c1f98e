"""Radio values held to what a phone can report: sentinels and impossible values become NA.

Each rule takes columns and returns new ones together with the rows it objected to.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.radio import (
    AREA_CODE_MAX,
    CELL_IDENTITY_MAX,
    PCI_MAX,
    QUALITY_RANGE_DB,
    SIGNAL_RANGE_DBM,
    SINR_RANGE_DB,
)
from coverage.readings.codes import Codes
from coverage.readings.masks import known_where
from coverage.readings.tracks import Track, is_new, runs

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SCANNER_FLOOR_DBM: Final = -150.0  # the floor itself is no reading (DOMAIN 8)
_AREA_CODE_HIGH: Final = {"GSM": 65_533, "UMTS": 65_533, "LTE": 65_533, "NR": AREA_CODE_MAX - 2}
"""LAC and TAC 0, 65534, 65535 are reserved (3GPP TS 23.003, 4.1 and 19.4.2.3)."""
_ARFCN_HIGH: Final = {"GSM": 1_023, "UMTS": 16_383, "LTE": 262_143, "NR": 3_279_165}
"""Highest channel number: TS 45.005, TS 25.331, TS 36.331, TS 38.104 table 5.4.2.1-1."""


def limits(rat: Codes, ranges: Mapping[str, tuple[float, float]]) -> tuple[Floats, Floats]:
    """Lowest and highest value of each row's RAT, NaN where the RAT is not known."""
    low = rat.table({name: float(pair[0]) for name, pair in ranges.items()})
    high = rat.table({name: float(pair[1]) for name, pair in ranges.items()})
    return low, high


def valid_level(
    rat: Codes, level_dbm: Floats, quality_db: Floats, is_scanner: Bools
) -> tuple[Floats, Bools]:
    """Level within the range of its RAT [dBm], and the rows where it was not.

    A scanner hears down to -150 dBm, its floor; a phone to -140 dBm in LTE, where -140 with RSRQ -3
    is a known way of saying nothing (NIST). Without a RAT a number is no level.
    """
    low, high = limits(rat, SIGNAL_RANGE_DBM)
    good = (level_dbm >= low) & (level_dbm <= high)
    if is_scanner.any():
        good |= is_scanner & (level_dbm > _SCANNER_FLOOR_DBM) & (level_dbm <= high)
    good &= ~((level_dbm == -140.0) & (quality_db == -3.0) & rat.equals("LTE"))
    return known_where(good, level_dbm), ~good & ~np.isnan(level_dbm)


def without_stuck(
    rat: Codes, level_dbm: Floats, stuck_level_dbm: Mapping[str, float]
) -> tuple[Floats, Bools]:
    """Level without the one that stands in nearly every row of a RAT [dBm]."""
    if not stuck_level_dbm:
        return level_dbm, np.zeros(len(level_dbm), dtype=np.bool_)
    stuck = level_dbm == rat.table(stuck_level_dbm)
    return np.where(stuck, np.nan, level_dbm), stuck


def valid_quality(rat: Codes, quality_db: Floats) -> tuple[Floats, Bools]:
    """RSRQ or Ec/N0 within the range of its RAT [dB]; GSM has none, which is no fault."""
    low, high = limits(rat, QUALITY_RANGE_DB)
    good = (quality_db >= low) & (quality_db <= high)
    bad = ~good & ~np.isnan(quality_db) & ~rat.equals("GSM")
    return known_where(good, quality_db), bad


def valid_sinr(sinr_db: Floats, placeholder_db: float | None) -> tuple[Floats, Bools]:
    """SINR within its range and no placeholder [dB]."""
    low, high = SINR_RANGE_DB
    good = (sinr_db >= low) & (sinr_db <= high)
    if placeholder_db is not None:
        good &= sinr_db != placeholder_db
    return known_where(good, sinr_db), ~good & ~np.isnan(sinr_db)


def unswapped(rat: Codes, area_code: Floats, cell_identity: Floats) -> tuple[Floats, Floats]:
    """Area code and cell identity, exchanged where only the exchange fits both (FORMATS 19.8)."""
    high = rat.table({name: float(v) for name, v in _AREA_CODE_HIGH.items()})
    swapped = (area_code > high) & (cell_identity > 0) & (cell_identity <= high)
    swapped &= area_code <= rat.table({name: float(v) for name, v in CELL_IDENTITY_MAX.items()})
    if not swapped.any():
        return area_code, cell_identity
    return (
        np.where(swapped, cell_identity, area_code),
        np.where(swapped, area_code, cell_identity),
    )


def valid_identity(
    rat: Codes, area_code: Floats, cell_identity: Floats, pci: Floats
) -> tuple[Floats, Floats, Floats, Bools]:
    """Area code, cell identity and PCI within the ranges of their RAT, and the rows with a bad one.

    0, -1 and 2^31 - 1 are ways of saying "not known"; PCI 0 is a cell.
    """
    area, bad_area = _within(area_code, 1, rat.table(_as_floats(_AREA_CODE_HIGH)))
    cell, bad_cell = _within(cell_identity, 1, rat.table(_as_floats(CELL_IDENTITY_MAX)))
    code, bad_pci = _within(pci, 0, rat.table(_as_floats(PCI_MAX)))
    return area, cell, code, bad_area | bad_cell | bad_pci


def valid_arfcn(rat: Codes, arfcn: Floats) -> Floats:
    """Channel number within the range of its RAT, else NaN."""
    return _within(arfcn, 0, rat.table(_as_floats(_ARFCN_HIGH)))[0]


def _within(values: Floats, low: float, high: Floats) -> tuple[Floats, Bools]:
    """Whole numbers within bounds, and the rows that had another number."""
    known = ~np.isnan(values)
    if not known.any():
        return values, known
    good = (values >= low) & (values <= high)
    return known_where(good, np.floor(values)), known & ~good


def _as_floats(values: Mapping[str, int]) -> dict[str, float]:
    """The same numbers as floats."""
    return {name: float(value) for name, value in values.items()}


def is_roaming(plmn: Codes, sim_plmn: Codes) -> Bools:
    """Serving network and SIM differ; the MNC is compared as a number (FORMATS 19.8)."""
    if not sim_plmn.words or not plmn.words:
        return np.zeros(len(plmn), dtype=np.bool_)
    serving, home = plmn.table(_plmn_number), sim_plmn.table(_plmn_number)
    differs: Bools = serving != home
    return differs & ~np.isnan(serving) & ~np.isnan(home)


def _plmn_number(plmn: str) -> float:
    """MCC and MNC as one number, the same for MNC 5 and 05."""
    mcc, _, mnc = plmn.partition("-")
    return int(mcc) * 1000 + int(mnc)


def is_stale(
    track: Track,
    time_us: Ints,
    columns: tuple[Floats, ...],
    *,
    duration_s: float,
    distance_m: float,
    min_rows: int,
) -> Bools:
    """Cell, level, quality and SINR repeat unchanged for so long over so far (DOMAIN 8).

    Parameters
    ----------
    track
        The rows as a track.
    time_us
        Times [us].
    columns
        Cell identity, PCI, ARFCN, level, quality, SINR; a run ends where any changes. Rows without
        level, or with neither quality nor SINR, are not judged: one number repeats by chance.
    duration_s, distance_m, min_rows
        Longer, farther and at least as many. [s], [m], [count]
    """
    level, quality, sinr = (track.along(values) for values in columns[-3:])
    others = (track.along(values) for values in columns[:-3])
    starts, n_rows = runs(track.is_first, is_new(level, quality, sinr, *others))
    is_stale_run = n_rows >= min_rows
    if not is_stale_run.any():
        return np.zeros(len(level), dtype=np.bool_)
    long = np.flatnonzero(is_stale_run)
    first, last = starts[long], starts[long] + n_rows[long] - 1
    is_judged = ~np.isnan(level[first]) & ~(np.isnan(quality[first]) & np.isnan(sinr[first]))
    times = track.along(time_us)
    path = np.cumsum(track.step_m)
    lasts = (times[last] - times[first]) > duration_s * 1e6
    travels = (path[last] - path[first]) > distance_m
    is_stale_run[long] = is_judged & lasts & travels
    return track.back(np.repeat(is_stale_run, n_rows))
