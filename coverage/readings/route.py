"""One reading for each stretch of route: a red light must not outweigh a village (DOMAIN 10).

A stretch is one device, operator and RAT over 20 m of path or 2 s, whichever is longer: it ends
at the first row that is both far enough and late enough after its own first. The lower median by
level stands for it: a row that was read, not an average.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.readings.codes import Codes
from coverage.readings.params import QualityParams
from coverage.readings.tracks import Track

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PATH_SLACK_M: Final = 1e-3  # sums of steps are not exact
_LEAP_DOUBLINGS: Final = 5
_ROW_BITS: Final = 20
_LEVEL_BITS: Final = 16
_MOST_STRETCHES: Final = 1 << (63 - _ROW_BITS - _LEVEL_BITS)
_LEVEL_STEPS_PER_DB: Final = 256  # levels closer than 1/256 dB tie
_LOWEST_LEVEL_DBM: Final = -200.0  # below every level; no service stands here


def route_values(
    track: Track,
    *,
    time_us: Ints | None,
    speed_mps: Floats,
    groups: tuple[Codes, ...],
    level_dbm: Floats,
    is_eligible: Bools,
    params: QualityParams,
) -> Bools:
    """Mark the reading that stands for its stretch.

    Parameters
    ----------
    track
        The rows as tracks.
    time_us
        Times, None where the source has none. [us]
    speed_mps
        Speed, NaN where not known. [m/s]
    groups
        Operator and RAT: each combination has its own stretches.
    level_dbm
        Level; NaN is no service, lower than every level. [dBm]
    is_eligible
        Which rows may stand for a stretch: served (or not known), with a level or no service.
    params
        Length of a stretch.

    Returns
    -------
    numpy.ndarray
        True for the lower median of each stretch's eligible rows, ties by row.
    """
    stretch = _stretches(track, time_us, speed_mps, params)
    for group in groups:
        stretch = stretch * np.int64(len(group.words) + 1) + (group.codes + 1)
    rows = np.flatnonzero(is_eligible)
    result = np.zeros(len(is_eligible), dtype=np.bool_)
    if len(rows):
        result[rows[_lower_medians(stretch[rows], level_dbm[rows])]] = True
    return result


def _stretches(
    track: Track, time_us: Ints | None, speed_mps: Floats, params: QualityParams
) -> Ints:
    """Number of the stretch each row lies in, counted over all devices."""
    is_standing = track.along(speed_mps) < params.standing_mps
    path = np.cumsum(np.where(is_standing, 0.0, track.step_m))
    after = np.searchsorted(path, path + params.route_m - _PATH_SLACK_M)
    if time_us is not None:
        clock = np.cumsum(np.abs(track.along(time_us) - _before(track.along(time_us))))
        _hold_to_clock(after, clock, params)
    begins = _chain(np.minimum(after, _device_ends(track.is_first)))
    return track.back(np.cumsum(begins, dtype=np.int64))


def _hold_to_clock(after: npt.NDArray[np.intp], clock: Ints, params: QualityParams) -> None:
    """Put off the ends that come too early, bring forward those that come too late, in place.

    Few do, so the clock is searched for these alone.
    """
    at_end = np.append(clock, np.iinfo(np.int64).max)[after]
    soonest = clock + np.int64(params.route_s * 1e6)
    early = np.flatnonzero(at_end < soonest)
    after[early] = np.searchsorted(clock, soonest[early])
    last = clock + np.int64(params.route_max_s * 1e6)
    late = np.flatnonzero(clock[np.maximum(after, 1) - 1] >= last)
    after[late] = np.searchsorted(clock, last[late])


def _before(times: Ints) -> Ints:
    """The time of the row before, the first row's own."""
    return np.concatenate([times[:1], times[:-1]])


def _device_ends(is_first: Bools) -> npt.NDArray[np.intp]:
    """For each place the first place of the next device."""
    first = np.append(np.flatnonzero(is_first), len(is_first))
    return np.repeat(first[1:], np.diff(first))


def _chain(after: npt.NDArray[np.intp]) -> Bools:
    """Places reached from the first by following ``after``.

    Where a stretch begins depends on where the one before ended: the only step of this room that
    no array operation takes. It goes by leaps of 2^5 stretches, at about 50 ns each; the places
    between are reached from all of them at once.
    """
    n = len(after)
    leaps = [np.append(after, n)]  # n leads to n
    for _ in range(_LEAP_DOUBLINGS):
        leaps.append(leaps[-1][leaps[-1]])
    longest = leaps.pop()
    places = []
    place = 0
    while place < n:
        places.append(place)
        place = int(longest[place])
    begins = np.zeros(n + 1, dtype=np.bool_)
    reached = np.array(places, dtype=np.intp)
    for leap in reversed(leaps):
        reached = np.concatenate([reached, leap[reached]])
    begins[reached] = True
    return begins[:n]


def _lower_medians(stretch: Ints, level_dbm: Floats) -> npt.NDArray[np.intp]:
    """Place of the lower median of each stretch, by one sort of packed keys."""
    if not 0 <= int(stretch.min()) <= int(stretch.max()) < _MOST_STRETCHES:
        stretch = np.unique(stretch, return_inverse=True)[1]
    level = np.where(np.isnan(level_dbm), _LOWEST_LEVEL_DBM, level_dbm)
    steps = np.rint((level - _LOWEST_LEVEL_DBM) * _LEVEL_STEPS_PER_DB).astype(np.int64)
    steps = np.clip(steps, 0, (1 << _LEVEL_BITS) - 1)
    keys = stretch.astype(np.int64) << np.int64(_ROW_BITS + _LEVEL_BITS)
    keys |= (steps << np.int64(_ROW_BITS)) | np.arange(len(stretch), dtype=np.int64)
    keys.sort()
    owner = keys >> np.int64(_ROW_BITS + _LEVEL_BITS)
    first = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
    sizes = np.diff(np.append(first, len(keys)))
    middles = keys[first + (sizes - 1) // 2]
    places: npt.NDArray[np.intp] = (middles & np.int64((1 << _ROW_BITS) - 1)).astype(np.intp)
    return places


def filled_rat(rat: Codes, is_no_service: Bools, track: Track) -> Codes:
    """RAT for the stretches: a no-service row without one goes with the last one heard before it.

    Else a stretch in which one second of ten had no service would yield two values, one of them no
    service.
    """
    gaps = rat.is_na & is_no_service
    if not gaps.any():
        return rat
    codes = track.along(rat.codes)
    place = np.where(codes >= 0, np.arange(len(codes)), -1)
    starts = np.maximum.accumulate(np.where(track.is_first, np.arange(len(codes)), 0))
    last = np.maximum.accumulate(place)
    heard = np.where(last >= starts, codes[np.maximum(last, 0)], -1)
    return Codes(np.where(gaps, track.back(heard), rat.codes).astype(np.int32), rat.words)
