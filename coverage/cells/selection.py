"""Which readings are counted in cells, as which level, and why the others are not.

The service state decides before the level does (DOMAIN 2): a phone without service has no level,
and "no level" is the lowest there is, never a gap. Rules, the first that applies:

==================  ==============================================================================
reason              the reading is not counted because
==================  ==============================================================================
not_route_value     another reading stands for its stretch of route (DOMAIN 10)
neighbour           the radio cell was heard, it did not serve
flagged             a quality flag of ``excluded_flags`` is set
inaccurate          the position is known to be worse than ``max_accuracy_m`` (DOMAIN 8)
limited             emergency calls only, in another network (roaming), or by configuration
no_rat              it has a level, but of which technology is not known
no_level            neither a level nor no service
no_position         latitude or longitude is out of range
==================  ==============================================================================

``limited`` is no service for an upload: unless the phone was camped on a foreign network (then the
row says nothing about the operator it names), it counts as no service and its level is ignored.
Values that stand beside no service (level, quality, SINR, rate, radio cell) are left over from
before and are not counted. No service means that no cell of *any* technology could be used; it is
counted once, under ``no_service_rat``, when the row names no technology.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coverage.errors import InputError
from coverage.radio import RATS
from coverage.tables import COLUMNS, DQ_FLAGS

Bools = npt.NDArray[np.bool_]

COUNTED: Final = "counted"
REASONS: Final = (
    COUNTED, "not_route_value", "neighbour", "flagged", "inaccurate", "limited", "no_rat",
    "no_level", "no_position",
)  # fmt: skip
"""Codes of ``cell_tally``; the place in this tuple is the code used inside."""

SIGNAL_LOW_DBM: Final = int(COLUMNS["signal_bin_dbm"].low or 0)
SIGNAL_HIGH_DBM: Final = int(COLUMNS["signal_bin_dbm"].high or 0)


@dataclass(frozen=True, kw_only=True)
class CountParams:
    """What is counted, and in which cells.

    Attributes
    ----------
    resolution
        H3 resolution of the counts. Child cells are taken one finer.
    max_accuracy_m
        A position known to be worse is no evidence; BNetzA's dead-spot rule (DOMAIN 8). [m]
    excluded_flags
        Readings with one of these flags are not counted.
    no_service_rat
        Technology under which a no-service reading counts that names none.
    limited_is_no_service
        Whether emergency-only readings count as no service; else they are not counted.
    """

    resolution: int = 9
    max_accuracy_m: float = 50.0
    excluded_flags: tuple[str, ...] = ("dq_frozen_gps", "dq_stale", "dq_coarse_position")
    no_service_rat: str = "LTE"
    limited_is_no_service: bool = True

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 <= self.resolution <= 14:
            raise InputError(f"Invalid resolution {self.resolution}. Must be in [0, 14].")
        if not self.max_accuracy_m > 0:
            raise InputError(f"Invalid max_accuracy_m {self.max_accuracy_m}. Must be > 0.")
        unknown = sorted(set(self.excluded_flags) - set(DQ_FLAGS))
        if unknown:
            raise InputError(f"Invalid excluded_flags {unknown}. Must be among {list(DQ_FLAGS)}.")
        if self.no_service_rat not in RATS:
            raise InputError(
                f"Invalid no_service_rat {self.no_service_rat!r}. Must be one of {list(RATS)}."
            )

    @property
    def child_resolution(self) -> int:
        """One finer than the counts: the cells whose spread ``geo_ok`` judges."""
        return self.resolution + 1


def columns_of(params: CountParams) -> list[str]:
    """Columns of ``readings`` that are read; the others need not be there."""
    return [
        "time", "latitude_deg", "longitude_deg", "gps_accuracy_m", "device_id", "operator", "rat",
        "cell_identity", "is_serving", "service_state", "signal_dbm", "quality_db", "sinr_db",
        "uplink_kbps", "is_route_value", "dq_roaming", *params.excluded_flags,
    ]  # fmt: skip


def text_is(values: pa.Array, word: str) -> Bools:
    """Whether each text, plain or dictionary-encoded, is ``word``; False where it is null."""
    if pa.types.is_dictionary(values.type):
        place = values.dictionary.index(pa.scalar(word, values.dictionary.type)).as_py()
        hit = pc.equal(values.indices, place)
    else:
        hit = pc.equal(values, word)
    return _filled(hit, False)


def codes_in(values: pa.Array, words: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Place of each text, plain or dictionary-encoded, in ``words``; -1 where it is in none."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    places = [words.index(w) if w in words else -1 for w in encoded.dictionary.to_pylist()]
    indices = encoded.indices.fill_null(len(places)).to_numpy(zero_copy_only=False)
    codes: npt.NDArray[np.int64] = np.array([*places, -1], dtype=np.int64).take(indices)
    return codes


def reasons_of(batch: pa.RecordBatch, params: CountParams) -> tuple[npt.NDArray[np.uint8], Bools]:
    """Reason code of each reading (0 = counted), and whether it is a no-service reading.

    Parameters
    ----------
    batch
        Columns of :func:`columns_of`.
    params
        The rules.
    """
    limited = text_is(batch["service_state"], "limited")
    blank = text_is(batch["service_state"], "no_service")
    if params.limited_is_no_service:
        blank |= limited & ~_filled(batch["dq_roaming"], False)
    no_level = ~blank & is_null(batch["signal_dbm"])
    rules = {
        "no_position": ~_is_on_earth(batch),
        "no_level": no_level,
        "no_rat": ~blank & ~no_level & (codes_in(batch["rat"], RATS) < 0),
        "limited": limited & ~blank,
        "inaccurate": _filled(pc.greater(batch["gps_accuracy_m"], params.max_accuracy_m), False),
        "flagged": _any_flag(batch, params.excluded_flags),
        "neighbour": ~_filled(batch["is_serving"], True),
        "not_route_value": ~_filled(batch["is_route_value"], False),
    }
    reasons = np.zeros(batch.num_rows, dtype=np.uint8)
    for name, is_so in rules.items():  # the last to write is the first that applies
        reasons[is_so] = REASONS.index(name)
    return reasons, blank


def is_null(values: pa.Array) -> Bools:
    """Where the value is not known."""
    if not values.null_count:
        return np.zeros(len(values), dtype=np.bool_)
    result: Bools = values.is_null().to_numpy(zero_copy_only=False)
    return result


def _filled(values: pa.Array, filler: bool) -> Bools:
    """Booleans with ``filler`` for null."""
    known = values.fill_null(filler) if values.null_count else values
    result: Bools = known.to_numpy(zero_copy_only=False)
    return result


def _any_flag(batch: pa.RecordBatch, flags: tuple[str, ...]) -> Bools:
    """Whether one of the flags is set."""
    is_set = np.zeros(batch.num_rows, dtype=np.bool_)
    for flag in flags:
        is_set |= _filled(batch[flag], False)
    return is_set


def _is_on_earth(batch: pa.RecordBatch) -> Bools:
    """Whether the position is one; NaN compares false."""
    latitude = batch["latitude_deg"].to_numpy(zero_copy_only=False)
    longitude = batch["longitude_deg"].to_numpy(zero_copy_only=False)
    result: Bools = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
    return result
