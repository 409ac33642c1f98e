"""Training samples: readings freed of what the phone and the road did to them.

One sample is what one kind of device saw of one operator within about 60 m: repeated passes, red
lights and doubled rows melt into a median, so that no street outvotes a village. A place without
service is a measurement too: the level lies somewhere below what the device can hear.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from coverage.errors import InputError
from coverage.hexgrid import INVALID_CELL, cells_of, centres_of, resolution_of
from coverage.operators import UNKNOWN_OPERATOR
from coverage.radio import SIGNAL_RANGE_DBM

Floats = npt.NDArray[np.float64]

SAMPLE_COLUMNS: Final = (
    "latitude_deg", "longitude_deg", "h3_cell", "operator", "device_key", "source", "is_indoor",
    "is_moving", "n", "n_no_service", "rsrp_dbm", "upper_dbm", "is_harmonised", "day", "plmn",
    "rat", "cell_identity",
)  # fmt: skip
"""Columns of a samples frame.

``latitude_deg, longitude_deg`` centre of the H3 cell [deg]; ``is_indoor`` 1 yes, 0 no, -1 not
known; ``is_moving`` likewise: faster than on foot, so hardly inside a building; ``n`` readings,
``n_no_service`` of them without LTE or NR [count]; ``rsrp_dbm`` median level after the device's
offset, NaN where the median is a no-service reading [dBm]; ``upper_dbm`` then the level it lies
below, else NaN [dBm]; ``is_harmonised`` the device's offset was known and taken off; ``day`` first
day; ``plmn, rat, cell_identity`` of the strongest reading, NA if not known.
"""

MIN_RESOLUTION: Final = 11  # of ``h3_cell`` once checked, so that its parents can be used

FALLBACK_RESOLUTION: Final = 9
"""H3 cells, 0.2 km along an edge, in which LTE readings refute a fall-back to 2G or 3G."""

SAMPLE_KEY: Final = ["operator", "h3_cell", "source", "is_indoor", "is_moving", "device_key"]
REQUIRED_COLUMNS: Final = ("latitude_deg", "longitude_deg", "operator", "rsrp_dbm")

_READ_COLUMNS: Final = [
    "time", "latitude_deg", "longitude_deg", "gps_accuracy_m", "source", "device_id",
    "device_model", "plmn", "operator", "rat", "cell_identity", "is_serving", "service_state",
    "signal_dbm", "is_indoor", "weight", "is_route_value", "dq_coarse_position", "dq_frozen_gps",
    "dq_stale", "source_file", "source_row",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SampleParams:
    """What becomes a training sample.

    Attributes
    ----------
    resolution
        H3 resolution of the place; 11 has cells about 50 m across.
    device_floor_dbm
        Level below which a phone hears no LTE cell, before its offset. [dBm]
    max_gps_accuracy_m
        Readings located worse are left out. [m]
    moving_mps
        A device at this speed is carried by more than feet. [m/s]
    """

    resolution: int = 11
    device_floor_dbm: float = -124.0
    max_gps_accuracy_m: float = 250.0
    moving_mps: float = 2.5

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 8 <= self.resolution <= 13:
            raise InputError(f"Invalid resolution {self.resolution}. Must be in [8, 13].")
        low, high = SIGNAL_RANGE_DBM["LTE"]
        if not low <= self.device_floor_dbm <= high:
            raise InputError(
                f"Invalid device_floor_dbm {self.device_floor_dbm}. Must be in [{low}, {high}]."
            )
        if not self.max_gps_accuracy_m > 0:
            raise InputError(f"Invalid max_gps_accuracy_m {self.max_gps_accuracy_m}. Must be > 0.")
        if not self.moving_mps > 0:
            raise InputError(f"Invalid moving_mps {self.moving_mps}. Must be > 0.")


def from_readings(readings: pa.Table, offsets: pd.DataFrame, params: SampleParams) -> pd.DataFrame:
    """Harmonised samples of the level of each operator.

    Parameters
    ----------
    readings
        Table ``readings``.
    offsets
        Table ``device_offsets``; devices not connected keep their raw level, and an empty frame
        harmonises nothing.
    params
        What becomes a sample.

    Returns
    -------
    pandas.DataFrame
        :data:`SAMPLE_COLUMNS`, sorted by :data:`SAMPLE_KEY`.
    """
    rows = _rows(readings)
    kept = rows[_reasons(rows, params) == ""]
    levelled = _levels(kept, offsets, params)
    return _merged(levelled)


def tally(readings: pa.Table, params: SampleParams) -> dict[str, int]:
    """Readings by why they were not taken, ``taken`` for the rest [count].

    Reasons: ``not_route_value, neighbour_cell, bad_position, frozen_or_stale, zero_weight,
    operator_unknown, no_level, no_lte_phone`` (2G or 3G on a device never seen with LTE),
    ``lte_is_here`` (2G or 3G where the same operator was heard in LTE).
    """
    reasons = _reasons(_rows(readings), params)
    counts = reasons.mask(reasons == "", "taken").value_counts()
    return {str(reason): int(counts[reason]) for reason in sorted(counts.index)}


def checked(samples: pd.DataFrame) -> pd.DataFrame:
    """Samples in their stable order, optional columns filled with "not known".

    Raises
    ------
    InputError
        Where a required column is missing, a position is not one, or a row has neither a level
        nor a limit.
    """
    missing = [c for c in REQUIRED_COLUMNS if c not in samples.columns]
    if missing:
        raise InputError(f"Invalid samples, columns {missing} missing. Must be {SAMPLE_COLUMNS}.")
    filled = samples.copy()
    for name in SAMPLE_COLUMNS:
        if name not in filled.columns:
            filled[name] = _default(name, samples)
    known = np.isfinite(filled["rsrp_dbm"]) | np.isfinite(filled["upper_dbm"])
    if not known.all():
        row = int(np.flatnonzero(~known.to_numpy())[0])
        raise InputError(f"Invalid sample in row {row}. Must have rsrp_dbm or upper_dbm.")
    place = filled[["latitude_deg", "longitude_deg"]].to_numpy(dtype=np.float64)
    if not (np.abs(place) <= [90.0, 180.0]).all():
        raise InputError("Invalid sample position. Must be latitude and longitude in degrees.")
    if (resolution_of(filled["h3_cell"]) < MIN_RESOLUTION).any():
        filled["h3_cell"] = _default("h3_cell", filled)
    order = [*SAMPLE_KEY, "latitude_deg", "longitude_deg", "rsrp_dbm", "upper_dbm", "day"]
    return filled.sort_values(order, kind="stable").reset_index(drop=True)


def level_or_limit_dbm(samples: pd.DataFrame) -> Floats:
    """Level, or the limit where only that is known: what an uncensored method can use [dBm]."""
    level = samples["rsrp_dbm"].to_numpy(dtype=np.float64)
    return np.where(np.isfinite(level), level, samples["upper_dbm"].to_numpy(dtype=np.float64))


def _rows(readings: pa.Table) -> pd.DataFrame:
    """The columns needed, in pandas; a speed that is not there is not known."""
    rows = pd.DataFrame({name: readings.column(name).to_pandas() for name in _READ_COLUMNS})
    has_speed = "speed_mps" in readings.column_names
    return rows.assign(speed_mps=readings.column("speed_mps").to_pandas() if has_speed else np.nan)


def _reasons(rows: pd.DataFrame, params: SampleParams) -> "pd.Series[Any]":
    """Why each reading is not taken, "" where it is; the first reason in the order below counts."""
    level = rows["signal_dbm"].notna()
    is_modern = rows["rat"].isin(["LTE", "NR"]).astype(bool)
    can_lte = rows["device_id"].isin(rows.loc[is_modern & level, "device_id"].unique())
    state = rows["service_state"]
    is_blank = (state == "no_service").fillna(False).astype(bool)
    is_limited = (state == "limited").fillna(False).astype(bool) & ~level
    is_fallback = rows["rat"].isin(["GSM", "UMTS"]).astype(bool) & ~is_blank & ~is_limited
    has_level = is_modern & level & ~is_blank
    says_something = has_level | is_blank | is_limited | is_fallback
    serving = rows["is_serving"].astype("boolean").fillna(True).astype(bool)
    accuracy = rows["gps_accuracy_m"].fillna(0.0)
    checks = (
        ("not_route_value", rows["is_route_value"].astype(bool)),
        ("neighbour_cell", serving),
        (
            "bad_position",
            ~rows["dq_coarse_position"] & (accuracy <= params.max_gps_accuracy_m),
        ),
        ("frozen_or_stale", ~rows["dq_frozen_gps"] & ~rows["dq_stale"]),
        ("zero_weight", rows["weight"] > 0),
        ("operator_unknown", rows["operator"] != UNKNOWN_OPERATOR),
        ("no_level", says_something),
        ("no_lte_phone", ~is_fallback | can_lte),
        ("lte_is_here", ~is_fallback | ~_has_lte_here(rows, has_level)),
    )
    reason = pd.Series("", index=rows.index, dtype=object)
    for code, is_good in reversed(checks):
        reason = reason.mask(~is_good.astype(bool), code)
    return reason


def _has_lte_here(rows: pd.DataFrame, has_level: "pd.Series[Any]") -> "pd.Series[Any]":
    """Whether the reading's operator was also heard in LTE or NR in the reading's H3 cell.

    Where it was, a phone on 2G or 3G was in a call, or locked to it, and says nothing of LTE.
    """
    cells = cells_of(rows["latitude_deg"], rows["longitude_deg"], FALLBACK_RESOLUTION)
    place = pd.MultiIndex.from_arrays([cells, rows["operator"].astype(str)])
    return pd.Series(place.isin(place[has_level.to_numpy(dtype=bool)]), index=rows.index)


def _levels(kept: pd.DataFrame, offsets: pd.DataFrame, params: SampleParams) -> pd.DataFrame:
    """Level or limit of each reading after its device's offset, with the sample key."""
    key = kept["device_model"].where(kept["device_model"].notna(), kept["device_id"]).astype(str)
    connected = offsets[offsets["is_connected"].astype(bool)]
    of_key = pd.Series(
        connected["offset_db"].to_numpy(dtype=np.float64), index=connected["device_key"].astype(str)
    )
    offset = key.map(of_key).astype(np.float64)
    is_blank = (kept["service_state"] == "no_service").fillna(False).astype(bool)
    is_exact = kept["rat"].isin(["LTE", "NR"]).astype(bool) & kept["signal_dbm"].notna() & ~is_blank
    shift = offset.fillna(0.0)
    indoor = kept["is_indoor"].astype("Int8").fillna(-1).astype(np.int8)
    cells = cells_of(kept["latitude_deg"], kept["longitude_deg"], params.resolution)
    levels = pd.DataFrame(
        {
            "h3_cell": cells,
            "operator": kept["operator"].astype(str),
            "device_key": key,
            "source": kept["source"].astype(str),
            "is_indoor": indoor,
            "is_moving": _moving(kept, params),
            "level": (kept["signal_dbm"].astype(np.float64) - shift).where(is_exact),
            "upper_dbm": params.device_floor_dbm - shift,
            "is_harmonised": offset.notna(),
            "day": kept["time"].dt.tz_convert("UTC").dt.tz_localize(None).dt.floor("D"),
            "plmn": kept["plmn"],
            "rat": kept["rat"],
            "cell_identity": kept["cell_identity"].astype("Int64"),
            "source_file": kept["source_file"],
            "source_row": kept["source_row"],
        }
    )
    is_on_grid: npt.NDArray[np.bool_] = cells != INVALID_CELL
    return levels.loc[is_on_grid]


def _moving(rows: pd.DataFrame, params: SampleParams) -> npt.NDArray[np.int8]:
    """1 where the device is carried by more than feet, 0 where not, -1 where not known."""
    speed = rows["speed_mps"].to_numpy(dtype=np.float64)
    fast = (speed >= params.moving_mps).astype(np.int8)
    return np.where(np.isfinite(speed), fast, np.int8(-1))


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a place, operator, device and source; no service stands below every level."""
    order = [*SAMPLE_KEY, "level", "source_file", "source_row"]
    rows = rows.sort_values(order, na_position="first", kind="stable")
    by_key = rows.groupby(SAMPLE_KEY, sort=True)
    merged = by_key.agg(
        n=("level", "size"),
        n_levels=("level", "count"),
        upper_dbm=("upper_dbm", "max"),
        is_harmonised=("is_harmonised", "all"),
        day=("day", "min"),
    )
    merged["n_no_service"] = merged["n"] - merged["n_levels"]
    merged["rsrp_dbm"] = _middle(rows["level"].to_numpy(), merged["n"].to_numpy())
    merged["upper_dbm"] = merged["upper_dbm"].where(merged["rsrp_dbm"].isna())
    # groups are sorted by level: the last row is the strongest
    last = np.cumsum(merged["n"].to_numpy()) - 1
    for name in ("plmn", "rat", "cell_identity"):
        merged[name] = rows[name].to_numpy()[last] if len(rows) else rows[name]
    samples = merged.reset_index()
    samples["latitude_deg"], samples["longitude_deg"] = centres_of(samples["h3_cell"])
    return samples[list(SAMPLE_COLUMNS)].astype({"cell_identity": "Int64"})


def _middle(levels: Floats, sizes: npt.NDArray[np.int64]) -> Floats:
    """Median of each run of sorted levels, NaN (no service) first; NaN where it falls on one."""
    starts = np.cumsum(sizes) - sizes
    low = levels[starts + (sizes - 1) // 2]
    high = levels[starts + sizes // 2]
    return np.asarray((low + high) / 2, dtype=np.float64)


def _default(name: str, samples: pd.DataFrame) -> Any:
    """What a column that a caller left out says: not known."""
    if name == "h3_cell":
        return cells_of(samples["latitude_deg"], samples["longitude_deg"], MIN_RESOLUTION)
    if name == "cell_identity":
        return pd.array([pd.NA] * len(samples), dtype="Int64")
    defaults: dict[str, Any] = {
        "device_key": "", "source": "drive_test", "is_indoor": -1, "is_moving": -1, "n": 1,
        "n_no_service": 0, "upper_dbm": np.nan, "is_harmonised": False, "day": pd.NaT, "plmn": None,
        "rat": None,
    }  # fmt: skip
    return defaults[name]
