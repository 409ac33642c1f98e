"""What separates the sources once device offsets are off, and how noisy each of them is.

Phones of the crowd lie partly indoors and partly on models whose offset nobody could tie down.
Where a drive test and the crowd saw the same place, their difference says how much. The drive test
outdoors is the reference: the quantity wanted is the level outdoors.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.hexgrid import parents_of

Floats = npt.NDArray[np.float64]

COMMON_RESOLUTION: Final = 9  # two sources in one such cell saw the same place, for a mean
REPEAT_RESOLUTION: Final = 11  # two samples in one such cell differ by noise alone
REFERENCE_SOURCE: Final = "drive_test"
REFERENCE_KIND: Final = "drive_test|outdoor|harmonised"


@dataclass(frozen=True, kw_only=True)
class HarmonyParams:
    """Prior beliefs about sources, used where the data say little.

    Attributes
    ----------
    shift_sd_db
        How far a source may lie from the reference by where its phones are kept. [dB]
    device_sd_db
        How far the phones of a source whose offsets are not known may lie from the others of that
        source, all together; one phone has some 3 dB. [dB]
    own_sd_db
        How far a kind may lie from what its place and its phones explain. [dB]
    place_sd_db
        Spread of the samples of one operator in one common cell. [dB]
    reading_noise_db
        Noise of one reading; falls with the number merged. [dB] TS 36.133 allows +-8 dB.
    drive_noise_db, crowd_noise_db
        Noise of a sample that no repetition averages out, used where too few repetitions tell:
        a crowd sample is partly indoors, one does not know which. [dB]
    min_repeats
        Repetitions needed to estimate that noise. [count]
    """

    shift_sd_db: float = 6.0
    device_sd_db: float = 3.0
    own_sd_db: float = 1.0
    place_sd_db: float = 7.0
    reading_noise_db: float = 3.0
    drive_noise_db: float = 1.5
    crowd_noise_db: float = 5.0
    min_repeats: int = 50

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name in ("shift_sd_db", "device_sd_db", "own_sd_db", "place_sd_db",
                     "reading_noise_db", "drive_noise_db", "crowd_noise_db"):  # fmt: skip
            if not 0 < getattr(self, name) <= 30:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be in (0, 30].")
        if self.min_repeats < 2:
            raise InputError(f"Invalid min_repeats {self.min_repeats}. Must be >= 2.")


@dataclass(frozen=True, kw_only=True)
class Harmony:
    """Shift and noise of each kind of sample.

    Attributes
    ----------
    kinds
        Names of the kinds, ``source|where|how``, sorted.
    shift_db
        How much each reads above the reference. [dB]
    noise_db
        Noise of each that repetition does not average out. [dB]
    reading_noise_db
        Noise of one reading. [dB]
    """

    kinds: tuple[str, ...]
    shift_db: Floats
    noise_db: Floats
    reading_noise_db: float

    def shift_of(self, samples: pd.DataFrame) -> Floats:
        """Shift of each sample, 0 for a kind not met in training [dB]."""
        return self._look_up(samples, self.shift_db, 0.0)

    def noise_variance_of(self, samples: pd.DataFrame) -> Floats:
        """Noise variance of each sample [dB^2]."""
        fallback = float(self.noise_db.max(initial=self.reading_noise_db))
        noise_db = self._look_up(samples, self.noise_db, fallback)
        n = np.maximum(samples["n"].to_numpy(dtype=np.float64), 1.0)
        return np.asarray(noise_db**2 + self.reading_noise_db**2 / n)

    def _look_up(self, samples: pd.DataFrame, values: Floats, default: float) -> Floats:
        kinds = pd.Index(self.kinds)
        place = kinds.get_indexer(pd.Index(kinds_of(samples)))
        if not len(kinds):
            return np.full(len(samples), default)
        return np.where(place >= 0, values[place], default)


def kinds_of(samples: pd.DataFrame) -> "pd.Series[str]":
    """Kind of each sample: drive tests outdoors are one kind, the rest by what is known of them.

    A phone that moves fast is outdoors, one that does not may be anywhere.
    """
    indoor = samples["is_indoor"].astype(np.int8) == 1
    is_reference = (samples["source"] == REFERENCE_SOURCE) & ~indoor
    harmonised = samples["is_harmonised"].astype(bool) | is_reference
    moving = (samples["is_moving"].astype(np.int8) == 1) | is_reference
    where = indoor.map({True: "|indoor", False: "|outdoor"})
    where = where.mask(~indoor & ~moving, "|unsure")
    how = harmonised.map({True: "|harmonised", False: "|raw"})
    return (samples["source"].astype(str) + where + how).astype(str)


def fit(samples: pd.DataFrame, params: HarmonyParams) -> Harmony:
    """Shift and noise of each kind of sample, from places that several saw."""
    kind_of_row = kinds_of(samples)
    kinds = tuple(sorted(kind_of_row.unique()))
    code = pd.Index(kinds).get_indexer(pd.Index(kind_of_row))
    coded = samples.assign(kind=code)[np.isfinite(samples["rsrp_dbm"])]
    shift_db = _shifts_db(coded, kinds, _reference(kinds, code), params)
    noise_db = _noises_db(coded, kinds, params)
    return Harmony(
        kinds=kinds,
        shift_db=shift_db,
        noise_db=noise_db,
        reading_noise_db=params.reading_noise_db,
    )


def _reference(kinds: tuple[str, ...], code: npt.NDArray[np.intp]) -> int:
    """Kind taken as reference: drive tests, else the most frequent of those surest outdoors."""
    if not kinds:
        return 0
    if REFERENCE_KIND in kinds:
        return kinds.index(REFERENCE_KIND)
    counts = np.bincount(code, minlength=len(kinds))
    rank = np.array([("|outdoor|" in kind) + ("|indoor|" not in kind) for kind in kinds])
    return int(np.argmax(np.where(counts > 0, counts + rank * (len(code) + 1), -1)))


def _shifts_db(
    samples: pd.DataFrame, kinds: tuple[str, ...], reference: int, params: HarmonyParams
) -> Floats:
    """Regression of the level on the kind, within common cells, drawn to the prior of shifts."""
    shift_db = np.zeros(len(kinds))
    others = [k for k in range(len(kinds)) if k != reference]
    if not others or samples.empty:
        return shift_db
    place = _groups(samples, COMMON_RESOLUTION)
    code = samples["kind"].to_numpy()
    table = np.column_stack([code[:, None] == np.array(others), samples["rsrp_dbm"].to_numpy()])
    centred = table - _means(place, table)[place]
    x, y = centred[:, :-1], centred[:, -1]
    precision = np.linalg.inv(
        _shift_covariance_db2(kinds, reference, params)[np.ix_(others, others)]
    )
    shift_db[others] = np.linalg.solve(x.T @ x + params.place_sd_db**2 * precision, x.T @ y)
    return shift_db


def _shift_covariance_db2(kinds: tuple[str, ...], reference: int, params: HarmonyParams) -> Floats:
    """Prior covariance of the shifts, that of the reference known to be zero [dB^2].

    Where a source's phones are kept, and that nobody tied their offsets down, are shared: raw
    phones that never met the reference still learn from the others what indoors costs.
    """
    source, where, how = np.array([kind.split("|") for kind in kinds]).T
    is_source = source[:, None] == source
    is_place = is_source & (where[:, None] == where)
    is_raw = is_source & ((how == "raw")[:, None] & (how == "raw"))
    covariance = (
        params.shift_sd_db**2 * is_place
        + params.device_sd_db**2 * is_raw
        + params.own_sd_db**2 * np.eye(len(kinds))
    )
    towards = covariance[:, reference]
    known: Floats = covariance - np.outer(towards, towards) / covariance[reference, reference]
    return known


def _noises_db(samples: pd.DataFrame, kinds: tuple[str, ...], params: HarmonyParams) -> Floats:
    """Spread of repeated samples of one kind in one fine cell, less the noise of the readings."""
    noise_db = np.array(
        [
            params.drive_noise_db if kind.startswith(REFERENCE_SOURCE) else params.crowd_noise_db
            for kind in kinds
        ]
    )
    if samples.empty:
        return noise_db
    code = samples["kind"].to_numpy()
    place = np.unique(_groups(samples, REPEAT_RESOLUTION) * len(kinds) + code, return_inverse=True)[
        1
    ]
    level = samples["rsrp_dbm"].to_numpy(dtype=np.float64)
    centred = level - _means(place, level[:, None])[place, 0]
    inverse_n = 1.0 / np.maximum(samples["n"].to_numpy(dtype=np.float64), 1.0)
    is_repeated = np.bincount(place)[place] > 1
    for kind in range(len(kinds)):
        mine = is_repeated & (code == kind)
        degrees = int(mine.sum()) - len(np.unique(place[mine]))
        if degrees < params.min_repeats:
            continue
        variance = float((centred[mine] ** 2).sum()) / degrees
        readings = params.reading_noise_db**2 * float(inverse_n[mine].mean())
        noise_db[kind] = np.sqrt(max(variance - readings, 0.25))
    return noise_db


def _means(group: npt.NDArray[np.int64], table: Floats) -> Floats:
    """Mean of each column in each group, shape (groups, columns)."""
    counts = np.bincount(group)
    return np.column_stack([np.bincount(group, column) / counts for column in table.T])


def _groups(samples: pd.DataFrame, resolution: int) -> npt.NDArray[np.int64]:
    """Code of each row's operator and H3 cell."""
    cells = parents_of(samples["h3_cell"], resolution)
    _, operator = np.unique(samples["operator"].astype(str), return_inverse=True)
    _, cell = np.unique(cells, return_inverse=True)
    _, group = np.unique(np.stack([operator, cell]), axis=1, return_inverse=True)
    return group.reshape(-1).astype(np.int64)
