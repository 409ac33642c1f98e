"""A chunk of drafted rows to readings and rejects: every rule of this room, in its order."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.errors import InputError
from coverage.readings import positions
from coverage.readings.assemble import Judged, readings_table, rejects_table
from coverage.readings.codes import Codes
from coverage.readings.draft import NO_TIME, Draft
from coverage.readings.duplicates import Seen, keys_of
from coverage.readings.facts import FileFacts
from coverage.readings.format import Context
from coverage.readings.masks import rows_of, within
from coverage.readings.params import ReadParams
from coverage.readings.privacy import device_id, is_device_id
from coverage.readings.radio_columns import RadioColumns, radio_columns
from coverage.readings.refusals import Refusals
from coverage.readings.times import MICROSECONDS, of_datetime
from coverage.readings.tracks import Track, track_of

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EARLIEST_US: Final = 1_262_304_000 * MICROSECONDS
"""2010-01-01 UTC: refuse times before it (FORMATS 19.11). [us]"""


def judged(
    draft: Draft,
    context: Context,
    *,
    format_name: str,
    source: str,
    facts: FileFacts,
    seen: Seen,
) -> tuple[pa.Table, pa.Table]:
    """Readings and rejects of one chunk; together they have its rows.

    Parameters
    ----------
    draft
        Rows as the format states them.
    context
        Name and settings.
    format_name, source
        For the columns ``format`` and ``source``.
    facts
        What the file as a whole tells.
    seen
        Readings of this input met so far; those of this chunk are added.
    """
    params = context.params
    time_us = _times(draft, context)
    speed = _speed(draft, facts, params)
    devices = _devices(draft, params)
    radio = radio_columns(draft, facts, params)

    refusals = Refusals(draft.text("reason"))
    _refuse_times(refusals, time_us, params)
    _refuse_places(refusals, draft, speed, params)
    placed = refusals.is_open
    waits, track = _refuse_frozen(
        refusals, draft, time_us=time_us, speed=speed, devices=devices, params=params
    )
    refusals.refuse(radio.is_meaningless, "no_radio_meaning")
    _refuse_repeats(refusals, draft, time_us=time_us, devices=devices, radio=radio, seen=seen)

    taken = refusals.is_open
    rows = Judged(
        draft=draft,
        taken=rows_of(taken),
        time_us=time_us,
        speed_mps=speed,
        devices=devices,
        radio=radio,
        waits=waits,
        track=track if np.array_equal(taken, placed) else None,
    )
    readings = readings_table(rows, format_name, source, context)
    return readings, rejects_table(draft, refusals.reasons(), devices, context)


def _times(draft: Draft, context: Context) -> Ints:
    """Times of the rows; those of a source without any are its period's first moment [us].

    Raises
    ------
    InputError
        Where the source has no time and the config gives no period.
    """
    if draft.time_us is not None:
        return draft.time_us
    if context.params.period is None:
        raise InputError(
            "Invalid file: its rows carry no time. Must have a period.",
            file=context.name,
            remedy="Give its first and last day as `period` in an [[inputs.overrides]].",
        )
    return np.full(len(draft), of_datetime(context.params.period[0]), dtype=np.int64)


def _speed(draft: Draft, facts: FileFacts, params: ReadParams) -> Floats:
    """Speed where it can be one, else NaN [m/s]."""
    speed = draft.number("speed_mps")
    if not facts.is_speed_credible:
        return np.full(len(draft), np.nan)
    return within(speed, 0.0, params.quality.max_speed_mps)


def _devices(draft: Draft, params: ReadParams) -> Codes:
    """Keyed hash of each row's device; the input's folder stands in where none is named."""
    named = draft.text("device")

    def hashed(device: str) -> str:
        if is_device_id(device):
            return device
        return device_id(device, params.campaign, params.device_key)

    group = device_id(f"group:{params.device_group}", params.campaign, params.device_key)
    ids = named.map(hashed)
    return ids.where(~ids.is_na, group) if ids.is_na.any() else ids


def _refuse_times(refusals: Refusals, time_us: Ints, params: ReadParams) -> None:
    """Times that cannot be read, before 2010, or in the future."""
    latest = of_datetime(params.now) + round(params.quality.max_future_s * MICROSECONDS)
    refusals.refuse(time_us == NO_TIME, "bad_time")
    refusals.refuse(time_us < EARLIEST_US, "time_before_2010")
    refusals.refuse(time_us > latest, "time_in_future")


def _refuse_places(refusals: Refusals, draft: Draft, speed: Floats, params: ReadParams) -> None:
    """Positions that are none, lie outside the box, or do not belong to the radio value."""
    latitude, longitude = draft.number("latitude_deg"), draft.number("longitude_deg")
    refusals.refuse_all(positions.bad_positions(latitude, longitude, params.box))
    refusals.refuse_all(
        positions.bad_fixes(
            draft.number("gps_accuracy_m"), draft.number("altitude_m"),
            draft.number("age_gap_s"), speed, params.quality,
        )
    )  # fmt: skip


def _refuse_frozen(
    refusals: Refusals,
    draft: Draft,
    *,
    time_us: Ints,
    speed: Floats,
    devices: Codes,
    params: ReadParams,
) -> tuple[Bools, Track | None]:
    """Refuse frozen positions; returns the slow rows that wait on one, the track of the open rows.

    No track where nothing could be frozen.
    """
    waits = np.zeros(len(draft), dtype=np.bool_)
    is_open = refusals.is_open
    if draft.time_us is None or not is_open.any() or not np.isfinite(speed).any():
        return waits, None
    rows = rows_of(is_open)
    latitude, longitude = draft.number("latitude_deg")[rows], draft.number("longitude_deg")[rows]
    track = track_of(devices[rows], latitude, longitude, time_us[rows])
    is_frozen, is_waiting = positions.frozen(
        track, time_us=time_us[rows], latitude_deg=latitude, longitude_deg=longitude,
        speed_mps=speed[rows], params=params.quality,
    )  # fmt: skip
    waits[rows] = is_waiting
    where = np.zeros(len(draft), dtype=np.bool_)
    where[rows] = is_frozen
    refusals.refuse(where, "frozen_gps")
    return waits, track


def _refuse_repeats(
    refusals: Refusals,
    draft: Draft,
    *,
    time_us: Ints,
    devices: Codes,
    radio: RadioColumns,
    seen: Seen,
) -> None:
    """Refuse readings met before; without times the same values may just be the same place."""
    is_open = refusals.is_open
    if draft.time_us is None or not is_open.any():
        return
    rows = rows_of(is_open)
    texts = [devices, radio.plmn, radio.rat, radio.state]
    numbers = [  # those first that are often the same in every row
        draft.number("is_serving"), radio.numbers["pci"], radio.numbers["arfcn"], time_us,
        draft.number("latitude_deg"), draft.number("longitude_deg"),
        radio.numbers["cell_identity"], radio.numbers["signal_dbm"],
    ]  # fmt: skip
    keys = keys_of([text[rows] for text in texts], [values[rows] for values in numbers])
    where = np.zeros(len(draft), dtype=np.bool_)
    where[rows] = seen.is_repeat(keys, time_us[rows])
    refusals.refuse(where, "duplicate")
