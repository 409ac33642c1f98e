"""Whether a row has a place: fixes that are none, frozen, out of the box, or jump."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from coverage.readings.codes import Codes
from coverage.readings.params import Box, QualityParams
from coverage.readings.tracks import Track, is_new, run_starts, runs

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KMH_PER_MPS = 3.6


def is_inside(latitude_deg: Floats, longitude_deg: Floats, box: Box) -> Bools:
    """Inside the box or on its edge; a NaN is not."""
    south, west, north, east = box
    inside: Bools = (latitude_deg >= south) & (latitude_deg <= north)
    return inside & (longitude_deg >= west) & (longitude_deg <= east)


def bad_positions(latitude_deg: Floats, longitude_deg: Floats, box: Box | None) -> dict[str, Bools]:
    """Rows without a usable position, by reason; a row is in the first that applies.

    Latitude and longitude that fit the box only when exchanged are ``coordinates_swapped``: they
    are refused rather than exchanged, since the whole file is then in doubt (FORMATS 19.4).
    """
    unknown = ~(np.isfinite(latitude_deg) & np.isfinite(longitude_deg))
    zero = (latitude_deg == 0) & (longitude_deg == 0)
    no_place = (np.abs(latitude_deg) > 90) | (np.abs(longitude_deg) > 180)
    reasons = {"no_position": unknown, "zero_position": zero}
    if box is not None:
        outside = ~is_inside(latitude_deg, longitude_deg, box)
        if outside.any():
            reasons["coordinates_swapped"] = outside & is_inside(longitude_deg, latitude_deg, box)
        reasons["outside_box"] = outside
    reasons["position_out_of_range"] = no_place
    return reasons


def bad_fixes(
    accuracy_m: Floats,
    altitude_m: Floats,
    age_gap_s: Floats,
    speed_mps: Floats,
    params: QualityParams,
) -> dict[str, Bools]:
    """Rows whose fix does not tell where the radio value was read, by reason (DOMAIN 8, 11)."""
    gap = np.abs(age_gap_s)
    return {
        "position_too_coarse": accuracy_m >= params.max_accuracy_m,
        "altitude_implausible": altitude_m > params.max_altitude_m,
        "fix_and_cell_apart": (gap > params.max_age_gap_s)
        | (gap * speed_mps > params.max_age_gap_m),
    }


def frozen(
    track: Track,
    *,
    time_us: Ints,
    latitude_deg: Floats,
    longitude_deg: Floats,
    speed_mps: Floats,
    params: QualityParams,
) -> tuple[Bools, Bools]:
    """Rows whose position stood still while the device drove, and rows that wait on such a place.

    A run is consecutive rows with the same position, all faster than the limit; it is frozen if its
    last row is more than ``frozen_s`` after its first. Slower rows that follow without the position
    having changed have no better position: the second mask.
    """
    is_fast = track.along(speed_mps) * KMH_PER_MPS > params.frozen_speed_kmh
    nothing = np.zeros(len(speed_mps), dtype=np.bool_)
    if not is_fast.any():
        return nothing, nothing
    moved = is_new(track.along(latitude_deg), track.along(longitude_deg))
    first, n_rows = runs(track.is_first, moved, is_new(is_fast))
    times = track.along(time_us)
    still = np.flatnonzero(n_rows > 1)  # a row alone takes no time
    still = still[is_fast[first[still]]]
    lasts_us = times[first[still] + n_rows[still] - 1] - times[first[still]]
    still = still[lasts_us > params.frozen_s * 1e6]
    if not len(still):
        return nothing, nothing
    is_frozen_run = np.zeros(len(first), dtype=np.bool_)
    is_frozen_run[still] = True
    is_frozen = np.repeat(is_frozen_run, n_rows)
    place_starts = run_starts(track.is_first, moved)
    n_frozen = np.cumsum(is_frozen)
    before: Ints = n_frozen - is_frozen - (n_frozen - is_frozen)[place_starts]
    waits = ~is_frozen & (before > 0)
    return track.back(is_frozen), track.back(waits)


def is_jump(track: Track, accuracy_m: Floats, params: QualityParams) -> Bools:
    """An implausible move from the row before: too fast, or without times too far.

    Stamps have whole seconds, so no time is shorter than one; a move within the stated accuracy is
    no move.
    """
    known_s = np.maximum(np.abs(track.step_s), 1.0)
    too_far = np.where(
        np.isnan(track.step_s),
        track.step_m > params.timeless_jump_m,
        track.step_m > params.jump_mps * known_s,
    )
    accuracy = track.along(accuracy_m)
    too_far &= ~(track.step_m <= accuracy)
    return track.back(too_far)


def is_outside_country(
    plmn: Codes, latitude_deg: Floats, longitude_deg: Floats, country_boxes: Mapping[str, Box]
) -> Bools:
    """The position lies outside the box of the serving network's country; unlisted: not judged."""
    outside = np.zeros(len(plmn), dtype=np.bool_)
    for mcc, box in country_boxes.items():
        ours = [word for word in plmn.words if word.startswith(f"{mcc}-")]
        if ours:
            outside |= plmn.equals(*ours) & ~is_inside(latitude_deg, longitude_deg, box)
    return outside
