"""Judged rows as the tables ``readings`` and ``rejects`` of the contract."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.readings import positions, quality
from coverage.readings.codes import Codes
from coverage.readings.draft import Draft
from coverage.readings.format import Context
from coverage.readings.masks import Rows, known_where, within
from coverage.readings.params import QualityParams
from coverage.readings.privacy import redacted, safe_name
from coverage.readings.radio_columns import RadioColumns
from coverage.readings.raw_rows import RawRows
from coverage.readings.route import filled_rat, route_values
from coverage.readings.tracks import Track, track_of
from coverage.readings.weights import weight
from coverage.tables import DQ_FLAGS, coded, schema_of

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PLAIN: Final = (
    "latitude_deg", "longitude_deg", "altitude_m", "uplink_kbps", "downlink_kbps", "ping_ms",
    "is_serving", "is_indoor",
)  # fmt: skip
_PLAUSIBLE: Final = {
    "altitude_m": (-500.0, 9_000.0),  # the Dead Sea's shore and Everest, rounded away
    "uplink_kbps": (0.0, 1e8),
    "downlink_kbps": (0.0, 1e8),
    "ping_ms": (0.0, 1e7),
}
"""What is outside was never measured: NA."""
_UNFIT_FOR_ROUTE: Final = frozenset({"dq_frozen_gps", "dq_stale", "dq_coarse_position"})
"""A doubtful row must not stand for a stretch in which others are good."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A chunk after the rules that refuse.

    Attributes
    ----------
    draft
        The rows.
    taken
        Which of them become readings.
    time_us, speed_mps, devices, radio
        Columns as judged.
    waits
        Slow rows on a frozen position.
    track
        The taken rows as a track, where it is known already.
    """

    draft: Draft
    taken: Rows
    time_us: Ints
    speed_mps: Floats
    devices: Codes
    radio: RadioColumns
    waits: Bools
    track: Track | None = None


def readings_table(rows: Judged, format_name: str, source: str, context: Context) -> pa.Table:
    """Table ``readings`` of the taken rows, text coded."""
    draft, params = rows.draft, context.params.quality
    numbers = _numbers(rows)
    texts = _texts(rows)
    time_us = rows.time_us[rows.taken]
    times = None if draft.time_us is None else time_us
    track = rows.track or track_of(
        texts["device_id"], numbers["latitude_deg"], numbers["longitude_deg"], times
    )
    flags = _flags(rows, numbers=numbers, texts=texts, track=track, time_us=times, params=params)
    numbers["weight"] = _weights(numbers, params)
    is_route_value = _route_values(
        numbers=numbers, texts=texts, flags=flags, track=track, time_us=times, params=params
    )
    n = len(time_us)
    columns: dict[str, pa.Array] = {
        "time": pa.array(time_us).cast(pa.timestamp("us", tz="UTC")),
        "source": _source(draft, source, rows.taken),
        "format": Codes.constant(format_name, n).to_coded(),
        "is_route_value": pa.array(is_route_value),
        "source_timezone": Codes.constant(draft.timezone, n).to_coded(),
        "source_file": Codes.constant(_file_name(context), n).to_coded(),
        "source_row": pa.array(draft.source_row[rows.taken]),
        **{name: text.to_coded() for name, text in texts.items()},
    }
    unset = pa.array(np.zeros(n, dtype=np.bool_))
    columns |= {name: pa.array(flags[name]) if name in flags else unset for name in DQ_FLAGS}
    schema = coded(schema_of("readings"))
    arrays = [
        columns[field.name] if field.name in columns else _number(numbers.get(field.name), field, n)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def rejects_table(draft: Draft, reasons: Codes, devices: Codes, context: Context) -> pa.Table:
    """Table ``rejects`` of the rows that have a reason, personal fields redacted."""
    refused = ~reasons.is_na
    raw = RawRows.of(draft.raw).filter(refused)
    if draft.redact is not None:
        raw = draft.redact(raw)
    n = int(refused.sum())
    arrays = [
        pa.repeat(_file_name(context), n),
        pa.array(draft.source_row[refused]),
        reasons[refused].to_arrow(),
        redacted(raw),
        devices[refused].to_arrow(),
    ]
    return pa.Table.from_arrays(arrays, schema=schema_of("rejects"))


def _numbers(rows: Judged) -> dict[str, Floats]:
    """Number columns of the taken rows, NaN = NA."""
    draft, taken = rows.draft, rows.taken
    numbers = {name: draft.number(name)[taken] for name in _PLAIN if name in draft.numbers}
    for name, (low, high) in _PLAUSIBLE.items():
        if name in numbers:
            numbers[name] = within(numbers[name], low, high)
    accuracy = draft.number("gps_accuracy_m")[taken]
    numbers["gps_accuracy_m"] = known_where(accuracy > 0, accuracy)
    numbers["speed_mps"] = rows.speed_mps[taken]
    numbers["fix_age_s"] = draft.number("fix_age_s")[taken]
    if "weight" in draft.numbers:
        numbers["weight"] = draft.number("weight")[taken]
    return numbers | {name: values[taken] for name, values in rows.radio.numbers.items()}


def _texts(rows: Judged) -> dict[str, Codes]:
    """Text columns of the taken rows."""
    radio = rows.radio
    texts = {
        "device_id": rows.devices,
        "device_model": rows.draft.text("device_model"),
        "plmn": radio.plmn,
        "operator": radio.operator,
        "rat": radio.rat,
        "service_state": radio.state,
    }
    return {name: text[rows.taken] for name, text in texts.items()}


def _flags(
    rows: Judged,
    *,
    numbers: dict[str, Floats],
    texts: dict[str, Codes],
    track: Track,
    time_us: Ints | None,
    params: QualityParams,
) -> dict[str, Bools]:
    """The dq_ flags of the taken rows; one that no row has may be left out."""
    draft, accuracy = rows.draft, numbers["gps_accuracy_m"]
    given = {name: draft.flag(name) for name in draft.flags} | rows.radio.flags
    found = {
        "dq_frozen_gps": rows.waits[rows.taken],
        "dq_accuracy_unknown": np.isnan(accuracy),
        "dq_speed_jump": positions.is_jump(track, accuracy, params),
        "dq_outside_country": positions.is_outside_country(
            texts["plmn"], numbers["latitude_deg"], numbers["longitude_deg"], params.country_boxes
        ),
    }
    if time_us is None:
        found["dq_time_assumed"] = np.ones(len(accuracy), dtype=np.bool_)
    else:
        names = ("cell_identity", "pci", "arfcn", "signal_dbm", "quality_db", "sinr_db")
        found["dq_stale"] = quality.is_stale(
            track, time_us, tuple(numbers[name] for name in names),
            duration_s=params.stale_s, distance_m=params.stale_m, min_rows=params.stale_min_rows,
        )  # fmt: skip
    flags = {name: mask[rows.taken] for name, mask in given.items()}
    flags |= {name: mask | flags[name] if name in flags else mask for name, mask in found.items()}
    return {name: mask for name, mask in flags.items() if mask.any()}


def _weights(numbers: dict[str, Floats], params: QualityParams) -> Floats:
    """Weights, of a source that has weighed already its own."""
    ours = weight(numbers["gps_accuracy_m"], numbers["fix_age_s"], numbers["speed_mps"], params)
    given = numbers.get("weight")
    if given is None:
        return ours
    return np.where((given >= 0) & (given <= 1), given, ours)


def _route_values(
    *,
    numbers: dict[str, Floats],
    texts: dict[str, Codes],
    flags: dict[str, Bools],
    track: Track,
    time_us: Ints | None,
    params: QualityParams,
) -> Bools:
    """Which readings stand for their stretch of route."""
    no_service = texts["service_state"].equals("no_service", "limited")
    is_eligible = ~np.isnan(numbers["signal_dbm"]) | no_service
    if "is_serving" in numbers:
        is_eligible &= numbers["is_serving"] != 0
    for name in flags.keys() & _UNFIT_FOR_ROUTE:
        is_eligible &= ~flags[name]
    groups = (texts["operator"], filled_rat(texts["rat"], no_service, track))
    return route_values(
        track, time_us=time_us, speed_mps=numbers["speed_mps"], groups=groups,
        level_dbm=numbers["signal_dbm"], is_eligible=is_eligible, params=params,
    )  # fmt: skip


def _file_name(context: Context) -> str:
    """Name of the file without a card's or phone's number."""
    return safe_name(context.name, context.params.campaign, context.params.device_key)


def _source(draft: Draft, source: str, taken: Rows) -> pa.Array:
    """How each row was collected: as the row says, else as the file."""
    given = draft.text("source")[taken]
    return given.where(~given.is_na, source).to_coded()


def _number(values: Floats | None, field: pa.Field, n_rows: int) -> pa.Array:
    """A number column in its contract type; null where it is NaN or absent."""
    if values is None:
        return pa.nulls(n_rows, field.type)
    unknown = np.isnan(values)
    n_unknown = int(np.count_nonzero(unknown))
    if n_unknown == n_rows:
        return pa.nulls(n_rows, field.type)
    mask = unknown if n_unknown else None
    if pa.types.is_boolean(field.type):
        return pa.array(values == 1, mask=mask)
    if n_unknown and not pa.types.is_floating(field.type):
        values = np.where(unknown, 0.0, values)
    return pa.array(values.astype(field.type.to_pandas_dtype(), copy=False), mask=mask)
