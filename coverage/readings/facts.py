"""What only the file as a whole tells: constants posing as data, units, the network it was read in.

The facts are taken from the first chunk (2^17 rows: nearly every log is one chunk) and hold for the
rest of the file, so that a file of any size is read once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.radio import RATS, SIGNAL_RANGE_DBM
from coverage.readings.codes import Codes
from coverage.readings.draft import Draft
from coverage.readings.params import QualityParams

Floats = npt.NDArray[np.float64]

_TENTHS_FROM_DB: Final = 40.0  # a larger |RSSNR| is in 0.1 dB (FORMATS 0 and 19.12)
_PLACEHOLDER_DB: Final = 0.0  # SINR that some phones report for want of one (FORMATS 2)
_FEWEST_ROWS: Final = 2  # one row is no column
_MAXIMUM_DBM: Final = {rat: pair[1] for rat, pair in SIGNAL_RANGE_DBM.items()} | {"GSM": -51}
"""Where a stuck level stands; in GSM at ASU 31, the end of Android's scale (AOSP). [dBm]"""


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """Facts of one file.

    Attributes
    ----------
    plmn
        The network in which nearly all rows were read, None where they do not agree.
    is_speed_credible
        False where the median speed says that the unit is not m/s.
    rssnr_factor
        1 where Android's SINR is in dB, 0.1 where it is in tenths.
    sinr_placeholder_db
        Value that poses as SINR in nearly every row, None where there is none.
    stuck_level_dbm
        For a RAT, the level that stands in nearly every row and is the highest there is.
    notes
        Sentences for the manifest.
    """

    plmn: str | None = None
    is_speed_credible: bool = True
    rssnr_factor: float = 1.0
    sinr_placeholder_db: float | None = None
    stuck_level_dbm: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def facts_of(draft: Draft, params: QualityParams) -> FileFacts:
    """Facts of the file whose first chunk this is."""
    speed = draft.number("speed_mps")
    is_credible = not _median(speed) > params.speed_unit_mps
    rssnr = draft.number("rssnr")
    is_tenths = bool((np.abs(rssnr) > _TENTHS_FROM_DB).any())
    placeholder = _sinr_placeholder(draft, params)
    stuck = dict(_stuck_levels(draft, params))
    notes = []
    if not (
        np.isfinite(draft.number("latitude_deg")) & np.isfinite(draft.number("longitude_deg"))
    ).any():
        notes.append("no row has a position: nothing is taken")
    if not is_credible:
        notes.append(f"speed left out: its median {_median(speed):.0f} m/s is no ground speed")
    if placeholder is not None:
        notes.append(f"SINR left out: {placeholder:g} dB in nearly every row")
    notes += [f"{rat} level left out: {v:g} dBm in nearly every row" for rat, v in stuck.items()]
    return FileFacts(
        plmn=_agreed(draft.text("plmn"), params.plmn_share),
        is_speed_credible=is_credible,
        rssnr_factor=0.1 if is_tenths else 1.0,
        sinr_placeholder_db=placeholder,
        stuck_level_dbm=stuck,
        notes=(*notes, *_constants(draft, params, stuck)),
    )


def _agreed(words: Codes, share: float) -> str | None:
    """The word that at least this share of the rows that have one agree on."""
    known = words.codes[words.codes >= 0]
    if not len(known):
        return None
    counts = np.bincount(known, minlength=len(words.words))
    most = int(counts.argmax())
    return words.words[most] if counts[most] >= share * len(known) else None


def _sinr_placeholder(draft: Draft, params: QualityParams) -> float | None:
    """The known placeholder where it fills the column; another constant may be a phone at rest."""
    value, share, n_rows = _mode(draft.number("sinr_db"))
    is_all = n_rows >= _FEWEST_ROWS and share == 1.0
    is_nearly_all = n_rows >= params.stuck_min_rows and share > params.stuck_share
    return value if value == _PLACEHOLDER_DB and (is_all or is_nearly_all) else None


def _stuck_levels(draft: Draft, params: QualityParams) -> Iterator[tuple[str, float]]:
    """RATs in which the highest level there is stands in nearly every row."""
    for rat, value in _constant_levels(draft, params):
        if value >= _MAXIMUM_DBM[rat]:
            yield rat, value


def _constants(draft: Draft, params: QualityParams, stuck: dict[str, float]) -> Iterator[str]:
    """Other constant levels: reported, kept, since a phone may have lain still."""
    for rat, value in _constant_levels(draft, params):
        if rat not in stuck:
            yield f"{rat} level is {value:g} dBm in nearly every row; kept"


def _constant_levels(draft: Draft, params: QualityParams) -> Iterator[tuple[str, float]]:
    """RATs of which nearly all rows have one level."""
    rat, level = draft.text("rat"), draft.number("signal_dbm")
    for name in RATS:
        value, share, n_rows = _mode(level[rat.equals(name)])
        if n_rows >= params.stuck_min_rows and share > params.stuck_share:
            yield name, value


def _mode(values: Floats) -> tuple[float, float, int]:
    """Commonest value, its share among the known ones, how many are known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, 0.0, 0
    middle = float(np.partition(known, len(known) // 2)[len(known) // 2])
    share = float((known == middle).mean())  # what fills most rows is the median, too
    return middle, share, len(known)


def _median(values: Floats) -> float:
    """Median of the known values, NaN without any."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan
