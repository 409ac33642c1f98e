"""Every table of blankspot, written once: columns, units, keys and what NA means.

The store checks each table against this module when writing and when reading; the data dictionary
is printed from it. A column of one name is one quantity in one unit in every table.

In pandas a null float is NaN, every other null is ``pd.NA``; in Arrow and Parquet it is null.
NA means "not known", never "good".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coverage.errors import ContractError
from coverage.radio import LEAST_RSRP_DBM, RATS

SCHEMA_VERSION: Final = 5

QUANTILE_LEVELS: Final = (
    0.01, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50,
    0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.99,
)  # fmt: skip
"""Probability levels of the list column ``rsrp_quantiles_dbm``."""

SERVICE_STATES: Final = ("in_service", "limited", "no_service")
SOURCES: Final = ("drive_test", "crowdsourced")
CELL_EVIDENCE: Final = ("confirmed_weak", "indicated_weak", "ok", "no_data")
CELL_QUANTITIES: Final = ("quality", "sinr", "uplink")
"""Quantities counted beside the level in ``cell_values``."""
CELL_CHANGES: Final = ("better", "worse", "none_shown", "too_few", "only_old", "only_new")
"""What two surveys say of one cell."""
SITE_EVIDENCE: Final = ("confirmed_weak", "indicated_weak", "modelled_weak", "ok", "survey_first")
REMEDIES: Final = (
    "EXCLUDED_ADAT", "OK", "SURVEY_FIRST", "MOVE_OR_OFFLINE_WALK", "SIM_SWITCH",
    "WIFI_FROM_PPS_OR_DESA", "OPERATOR_BOOSTER", "MOBILE_BTS", "VSAT_LEO", "OFFLINE_COURIER",
)  # fmt: skip
"""Remedy codes in the order in which they are tried (DOMAIN 12)."""
KITS: Final = ("SIM_SWITCH", "OPERATOR_BOOSTER", "MOBILE_BTS", "VSAT_LEO")
"""Remedies that are things of which there are only so many: two cards, a device, a truck, a dish."""
ASSET_STATES: Final = ("solved", "still_weak", "not_proven", "removed", "unknown_tps")
"""What is known of a device that was fitted; only a reading newer than the fitting solves a site."""
BUILDINGS: Final = ("tent", "veranda", "hall", "school", "house", "office", "other")

_TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
_LEAST: Final = (
    f"shown as {LEAST_RSRP_DBM:g} where it is less, the lowest level reported as a number (3GPP TS "
    "36.133): it then means that or less."
)
_QUANTILES: Final = pa.list_(pa.float32(), len(QUANTILE_LEVELS))


@dataclass(frozen=True, kw_only=True)
class Column:
    """One quantity.

    Attributes
    ----------
    dtype
        Arrow type as stored.
    meaning
        What it is, one sentence.
    unit
        Unit, empty for text and codes.
    null
        What NA means; empty where it cannot be NA.
    allowed
        The only values it may hold.
    low, high
        Inclusive bounds.
    """

    dtype: pa.DataType
    meaning: str
    unit: str = ""
    null: str = ""
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its columns in order, its key, and the columns that are never NA.

    Attributes
    ----------
    meaning
        What one row is.
    columns
        Column names, in stored order.
    key
        Columns that identify a row; rows are stored sorted by them.
    required
        Columns besides the key that are never NA.
    is_key_checked
        False where the key is unique by construction and the table too large to prove it each time.
    """

    meaning: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    required: frozenset[str] = frozenset()
    is_key_checked: bool = True

    @property
    def never_null(self) -> frozenset[str]:
        """Key and required columns."""
        return self.required | set(self.key) - _NULLABLE_IN_KEY


_NULLABLE_IN_KEY: Final = frozenset({"signal_bin_dbm"})

_DQ: Final = {
    "dq_frozen_gps": "the position stood still while the device reported speed",
    "dq_stale": "cell, level, quality and SINR repeat unchanged while moving: the app may have frozen",
    "dq_speed_jump": "an implausible jump in position from the reading before",
    "dq_accuracy_unknown": "the source gives no position accuracy",
    "dq_coarse_position": "hand-entered, rastered or geocoded position: never evidence",
    "dq_outside_country": "the position lies outside the operator's country",
    "dq_rat_ambiguous": "the source does not say whether the level is LTE or NR",
    "dq_level_is_rssi": "the level was a composite power, not RSRP: nulled",
    "dq_level_invalid": "the level was a sentinel or out of range: nulled",
    "dq_level_stuck": "one level in nearly every row of the file: nulled",
    "dq_quality_invalid": "RSRQ or Ec/N0 was a sentinel or out of range: nulled",
    "dq_sinr_placeholder": "SINR was a constant posing as data or out of range: nulled",
    "dq_identity_invalid": "cell identity, area code or PCI was a sentinel or out of range: nulled",
    "dq_plmn_assumed": "the network code was not in the row: taken from the file or the config",
    "dq_time_assumed": "the source carries no time: taken from the config",
    "dq_roaming": "the serving network is not the SIM's",
    "dq_during_transfer": "read during the phone's own data transfer: RSRQ and SINR include its load",
    "dq_scanner": "read by a scanner, not by a phone that chose the cell",
}
DQ_FLAGS: Final = tuple(_DQ)
DQ_MEANINGS: Final[Mapping[str, str]] = MappingProxyType(_DQ)

COLUMNS: Final[dict[str, Column]] = {
    # place and time
    "time": Column(dtype=_TIMESTAMP, meaning="When it was read.", unit="UTC"),
    "latitude_deg": Column(
        dtype=pa.float64(), meaning="Latitude, WGS 84.", unit="deg", low=-90, high=90
    ),
    "longitude_deg": Column(
        dtype=pa.float64(), meaning="Longitude, WGS 84.", unit="deg", low=-180, high=180
    ),
    "gps_accuracy_m": Column(
        dtype=pa.float32(), meaning="Accuracy of the position as the device states it.", unit="m",
        null="the source gives none", low=0,
    ),
    "speed_mps": Column(
        dtype=pa.float32(), meaning="Ground speed.", unit="m/s", null="the source gives none", low=0
    ),
    "altitude_m": Column(
        dtype=pa.float32(), meaning="Altitude.", unit="m", null="the source gives none"
    ),
    "source_timezone": Column(
        dtype=pa.string(), meaning="Time zone in which the source's times were read."
    ),
    "h3_cell": Column(dtype=pa.uint64(), meaning="H3 index.", low=1),
    "day": Column(dtype=pa.date32(), meaning="Calendar day, UTC."),
    # who read it
    "source": Column(dtype=pa.string(), meaning="How it was collected.", allowed=SOURCES),
    "format": Column(dtype=pa.string(), meaning="File format it was read from."),
    "device_id": Column(
        dtype=pa.string(), meaning="Keyed hash of the device, new for each campaign.",
        null="not the row of a device",
    ),
    "device_model": Column(
        dtype=pa.string(), meaning="Model name of the device.", null="the source gives none"
    ),
    "source_file": Column(dtype=pa.string(), meaning="Input file, relative to the raw folder."),
    "source_row": Column(
        dtype=pa.int64(), meaning="Line or row in that file, from 1, header included.", low=1
    ),
    # radio
    "plmn": Column(
        dtype=pa.string(), meaning='Serving network, MCC-MNC, "510-10".', null="not in the source"
    ),
    "operator": Column(
        dtype=pa.string(), meaning="Operator of the PLMN on the survey's date; unknown if unlisted."
    ),
    "rat": Column(dtype=pa.string(), meaning="Radio access technology.", allowed=RATS),
    "area_code": Column(
        dtype=pa.int32(), meaning="LAC or TAC.", null="not in the source or a sentinel", low=0
    ),
    "cell_identity": Column(
        dtype=pa.int64(), meaning="CID, UTRAN cell identity, ECI or NCI.",
        null="not in the source or a sentinel", low=0,
    ),
    "pci": Column(
        dtype=pa.int32(), meaning="PCI, in UMTS the PSC.", null="not in the source", low=0, high=1007
    ),
    "arfcn": Column(
        dtype=pa.int32(), meaning="ARFCN, UARFCN, EARFCN or NR-ARFCN, downlink.",
        null="not in the source", low=0,
    ),
    "is_serving": Column(
        dtype=pa.bool_(), meaning="The cell served the device (true) or was merely heard (false).",
        null="the source does not say",
    ),
    "service_state": Column(
        dtype=pa.string(), meaning="in_service, limited (emergency only) or no_service (no cell).",
        null="not known", allowed=SERVICE_STATES,
    ),
    "signal_dbm": Column(
        dtype=pa.float32(), meaning="RSRP in LTE and NR, RSCP in UMTS, RxLev in GSM.", unit="dBm",
        null="no level: no service, or a sentinel (see the dq_ flags)", low=-156, high=-24,
    ),
    "quality_db": Column(
        dtype=pa.float32(), meaning="RSRQ in LTE and NR, Ec/N0 in UMTS.", unit="dB",
        null="not in the source or a sentinel",
    ),
    "sinr_db": Column(
        dtype=pa.float32(), meaning="Signal to interference and noise.", unit="dB",
        null="not in the source or a placeholder",
    ),
    "uplink_kbps": Column(
        dtype=pa.float32(), meaning="Measured uplink rate.", unit="kbit/s", null="not measured", low=0
    ),
    "downlink_kbps": Column(
        dtype=pa.float32(), meaning="Measured downlink rate.", unit="kbit/s", null="not measured",
        low=0,
    ),
    "ping_ms": Column(
        dtype=pa.float32(), meaning="Measured round-trip time.", unit="ms", null="not measured", low=0
    ),
    "is_indoor": Column(dtype=pa.bool_(), meaning="Read inside a building.", null="not known"),
    "weight": Column(
        dtype=pa.float32(), meaning="Weight from accuracy, age and speed; unknown factors count 1.",
        low=0, high=1,
    ),
    "is_route_value": Column(
        dtype=pa.bool_(),
        meaning="The median reading that stands for its stretch of route (device, operator, RAT, "
        "20 m or 2 s); only these are counted in cells.",
    ),
    **{flag: Column(dtype=pa.bool_(), meaning=text[0].upper() + text[1:] + ".") for flag, text in _DQ.items()},
    "reason": Column(dtype=pa.string(), meaning="Why the row was not taken, a code."),
    "raw": Column(dtype=pa.string(), meaning="The row as it stood, personal fields redacted."),
    "reading_row": Column(
        dtype=pa.int64(), meaning="Place of the reading among those of its input, from 0.", low=0
    ),
    "kept_in": Column(
        dtype=pa.string(), meaning="Content hash of the input whose equal reading is counted."
    ),
    # counts and statistics
    "signal_bin_dbm": Column(
        dtype=pa.int16(), meaning="Level, rounded to whole dBm (half up).", unit="dBm",
        null="no service", low=-156, high=-24,
    ),
    "n": Column(dtype=pa.int64(), meaning="Readings counted.", unit="count", low=1),
    "quantity": Column(
        dtype=pa.string(), meaning="Quantity counted beside the level.", allowed=CELL_QUANTITIES
    ),
    "value_bin": Column(
        dtype=pa.int32(), meaning="Value, rounded half up: quality and SINR in tenths of a dB, "
        "uplink in whole kbit/s.", unit="0.1 dB or kbit/s",
    ),
    "children_seen": Column(
        dtype=pa.int16(), meaning="Bit d is set when a reading fell into the child cell of digit d, "
        "one resolution finer.", unit="bits", low=0, high=127,
    ),
    "strongest_dbm": Column(
        dtype=pa.int16(), meaning="Level of the strongest reading whose radio cell is identified, "
        "rounded to whole dBm (half up).", unit="dBm", null="none identified", low=-156, high=-24,
    ),
    "n_readings": Column(
        dtype=pa.int64(), meaning="Readings with a level or no service.", unit="count", low=0
    ),
    "n_devices": Column(dtype=pa.int32(), meaning="Distinct devices.", unit="count", low=0),
    "n_days": Column(dtype=pa.int32(), meaning="Distinct calendar days, UTC.", unit="count", low=0),
    "n_no_service": Column(dtype=pa.int64(), meaning="No-service readings.", unit="count", low=0),
    "signal_p10_dbm": Column(
        dtype=pa.float32(), meaning="10th percentile of the level, no service below every level.",
        unit="dBm", null="the percentile falls on a no-service reading",
    ),
    "signal_p50_dbm": Column(
        dtype=pa.float32(), meaning="Median of the level, no service below every level.",
        unit="dBm", null="the median falls on a no-service reading",
    ),
    "signal_p90_dbm": Column(
        dtype=pa.float32(), meaning="90th percentile of the level, no service below every level.",
        unit="dBm", null="the percentile falls on a no-service reading",
    ),
    "weak_share": Column(
        dtype=pa.float32(), meaning="Share of readings under the weak level or without service.",
        unit="0-1", low=0, high=1,
    ),
    "no_service_share": Column(
        dtype=pa.float32(), meaning="Share of readings without service.", unit="0-1", low=0, high=1
    ),
    "quality_p50_db": Column(
        dtype=pa.float32(), meaning="Median RSRQ or Ec/N0.", unit="dB", null="not measured"
    ),
    "sinr_p50_db": Column(dtype=pa.float32(), meaning="Median SINR.", unit="dB", null="not measured"),
    "uplink_p50_kbps": Column(
        dtype=pa.float32(), meaning="Median measured uplink rate.", unit="kbit/s",
        null="not measured", low=0,
    ),
    "geo_ok": Column(dtype=pa.bool_(), meaning="Readings spread over enough child cells (DOMAIN 9)."),
    "time_ok": Column(dtype=pa.bool_(), meaning="Two readings 4 h apart or on two dates."),
    "n_ok": Column(dtype=pa.bool_(), meaning="At least 5 readings from at least 2 devices."),
    "first_time": Column(dtype=_TIMESTAMP, meaning="Earliest reading.", unit="UTC"),
    "last_time": Column(dtype=_TIMESTAMP, meaning="Latest reading.", unit="UTC"),
    "strongest_cell_identity": Column(
        dtype=pa.int64(), meaning="Radio cell of the strongest reading.", null="none identified"
    ),
    "evidence": Column(
        dtype=pa.string(), meaning="What is known here, and how well (DOMAIN 9).",
        allowed=(*SITE_EVIDENCE, "no_data"),
    ),
    # two surveys
    "n_readings_old": Column(
        dtype=pa.int64(), meaning="Readings of the old survey.", unit="count", low=0
    ),
    "n_readings_new": Column(
        dtype=pa.int64(), meaning="Readings of the new survey.", unit="count", low=0
    ),
    "n_effective_old": Column(
        dtype=pa.float32(), meaning="Independent readings the old survey's are worth.",
        unit="count", low=0,
    ),
    "n_effective_new": Column(
        dtype=pa.float32(), meaning="Independent readings the new survey's are worth.",
        unit="count", low=0,
    ),
    "signal_p50_old_dbm": Column(
        dtype=pa.float32(), meaning="Median of the level in the old survey.", unit="dBm",
        null="not read then, or the median falls on a no-service reading",
    ),
    "signal_p50_new_dbm": Column(
        dtype=pa.float32(), meaning="Median of the level in the new survey.", unit="dBm",
        null="not read now, or the median falls on a no-service reading",
    ),
    "weak_share_old": Column(
        dtype=pa.float32(), meaning="Weak share of the old survey.", unit="0-1",
        null="not read then", low=0, high=1,
    ),
    "weak_share_new": Column(
        dtype=pa.float32(), meaning="Weak share of the new survey.", unit="0-1",
        null="not read now", low=0, high=1,
    ),
    "p_stronger": Column(
        dtype=pa.float32(), meaning="Probability that a new reading is stronger than an old one, "
        "half where they are equal.", unit="0-1", null="not read in both", low=0, high=1,
    ),
    "p_value": Column(
        dtype=pa.float32(), meaning="Probability of a difference at least this large without any "
        "change, of this cell alone.", unit="0-1", null="too few readings to test", low=0, high=1,
    ),
    "q_value": Column(
        dtype=pa.float32(), meaning="Share of false findings among cells up to this one "
        "(Benjamini-Hochberg).", unit="0-1", null="too few readings to test", low=0, high=1,
    ),
    "change": Column(
        dtype=pa.string(), meaning="What the two surveys say: better or worse only where chance is "
        "ruled out.", allowed=CELL_CHANGES,
    ),
    # towers
    "range_m": Column(
        dtype=pa.float32(), meaning="Range as listed or estimated.", unit="m",
        null="not known, or the list's default", low=0,
    ),
    "n_samples": Column(
        dtype=pa.int64(), meaning="Readings behind the position.", unit="count", null="not known",
        low=0,
    ),
    "updated_at": Column(
        dtype=_TIMESTAMP, meaning="Last update of the entry.", unit="UTC", null="not known"
    ),
    "basis": Column(
        dtype=pa.string(), meaning="Where the value comes from.",
        allowed=("listed", "estimated", "measured", "predicted"),
    ),
    # devices
    "device_key": Column(
        dtype=pa.string(), meaning="Device model, or device id where the model is not known."
    ),
    "offset_db": Column(
        dtype=pa.float32(), meaning="How much the device reads above the reference.", unit="dB"
    ),
    "offset_se_db": Column(dtype=pa.float32(), meaning="Standard error of the offset.", unit="dB"),
    "n_cells": Column(dtype=pa.int64(), meaning="Cells shared with other devices.", unit="count"),
    "is_connected": Column(
        dtype=pa.bool_(), meaning="The offset is identified through shared cells."
    ),
    # throughput of an area
    "quarter": Column(dtype=pa.string(), meaning='Quarter of the tests, "2024-Q1".'),
    "quadkey": Column(dtype=pa.string(), meaning="Tile of the Web Mercator grid at zoom 16."),
    "n_tests": Column(dtype=pa.int64(), meaning="Speed tests.", unit="count", low=0),
    # predictions
    "rsrp_p05_dbm": Column(
        dtype=pa.float32(), meaning="5th percentile of RSRP; " + _LEAST, unit="dBm",
    ),
    "rsrp_p50_dbm": Column(dtype=pa.float32(), meaning="Median of RSRP; " + _LEAST, unit="dBm"),
    "rsrp_p95_dbm": Column(
        dtype=pa.float32(), meaning="95th percentile of RSRP; " + _LEAST, unit="dBm",
    ),
    "rsrp_quantiles_dbm": Column(
        dtype=_QUANTILES,
        meaning="Quantiles of RSRP at levels " + ", ".join(f"{q:g}" for q in QUANTILE_LEVELS)
        + ": for computing on. They go on below what is reported as a number, where they say how "
        "likely it is, not that such a level was or could be read.",
        unit="dBm",
    ),
    "p_weak": Column(
        dtype=pa.float32(), meaning="Probability that RSRP is under the weak level; of a site: that "
        "every operator's is.", unit="0-1", low=0, high=1,
    ),
    "distance_to_reading_m": Column(
        dtype=pa.float32(), meaning="Distance to the nearest reading of the operator.", unit="m",
        null="the operator has no reading", low=0,
    ),
    "is_applicable": Column(
        dtype=pa.bool_(),
        meaning="The model may be used: inside its area of applicability, and the 90 % interval is not "
        "wider than 20 dB or lies (but for 5 %) on one side of the weak level.",
    ),
    "operator_a": Column(dtype=pa.string(), meaning="First operator of a pair."),
    "operator_b": Column(dtype=pa.string(), meaning="Second operator of a pair."),
    "correlation": Column(
        dtype=pa.float32(), meaning="Correlation of model residuals at one place.", low=-1, high=1
    ),
    "n_pairs": Column(dtype=pa.int64(), meaning="Places behind the correlation.", unit="count"),
    # sites
    "tps_code": Column(
        dtype=pa.string(), meaning="Village code (10 digits) and TPS number (3), text."
    ),
    "tps_name": Column(dtype=pa.string(), meaning="Name of the TPS.", null="not given"),
    "village": Column(dtype=pa.string(), meaning="Desa or kelurahan.", null="not given"),
    "district": Column(dtype=pa.string(), meaning="Kecamatan.", null="not given"),
    "regency": Column(dtype=pa.string(), meaning="Kabupaten or kota.", null="not given"),
    "village_code": Column(dtype=pa.string(), meaning="Kemendagri code of the village, 10 digits."),
    "coordinate_source": Column(
        dtype=pa.string(), meaning="Where the coordinates come from.",
        allowed=("list", "village_centroid", "repaired"),
    ),
    "coordinate_accuracy_m": Column(
        dtype=pa.float32(), meaning="Accuracy of the coordinates.", unit="m", low=0
    ),
    "n_voters": Column(
        dtype=pa.int32(), meaning="Registered voters (DPT).", unit="count", null="not given", low=0
    ),
    "building": Column(
        dtype=pa.string(), meaning="Building in which the TPS stands.", null="not given",
        allowed=BUILDINGS,
    ),
    "has_power": Column(
        dtype=pa.bool_(), meaning="The TPS has electric power, from the mains or its own.",
        null="not given, to be checked before any kit is fitted",
    ),
    "is_special": Column(
        dtype=pa.bool_(), meaning="The TPS is at a special location (TPS lokasi khusus: prison, "
        "pesantren, hospital, plant): it cannot be moved, and nobody enters without leave.",
        null="not given, and its number does not say so",
    ),
    "p_upload_fail": Column(
        dtype=pa.float32(), meaning="Probability that the upload fails; of a site: that no operator "
        "can carry it.", unit="0-1", low=0, high=1,
    ),
    "rank": Column(dtype=pa.int32(), meaning="Place in the list, 1 = act first.", low=1),
    "best_operator": Column(
        dtype=pa.string(), meaning="Operator with the lowest chance of failing here.",
        null="no operator could be judged",
    ),
    "remedy": Column(dtype=pa.string(), meaning="What to do (DOMAIN 12).", allowed=REMEDIES),
    "remedy_operator": Column(
        dtype=pa.string(), meaning="Operator through which.", null="the remedy needs none"
    ),
    "donor_cell_identity": Column(
        dtype=pa.int64(), meaning="Radio cell a booster would repeat.", null="no donor known"
    ),
    "donor_bearing_deg": Column(
        dtype=pa.float32(), meaning="Bearing from the site to the donor, clockwise from north.",
        unit="deg", null="no donor known", low=0, high=360,
    ),
    "nearest_usable_m": Column(
        dtype=pa.float32(), meaning="Distance to the nearest cell where it works.", unit="m",
        null="none within the search radius", low=0,
    ),
    "nearest_usable_bearing_deg": Column(
        dtype=pa.float32(), meaning="Bearing to it, clockwise from north.", unit="deg",
        null="none within the search radius, or the site itself", low=0, high=360,
    ),
    "nearest_usable_operator": Column(
        dtype=pa.string(), meaning="Operator whose signal works there.",
        null="none within the search radius",
    ),
    "nearest_wifi_m": Column(
        dtype=pa.float32(), meaning="Distance to the nearest point of public Wi-Fi.", unit="m",
        null="no such point is given", low=0,
    ),
    "nearest_wifi_bearing_deg": Column(
        dtype=pa.float32(), meaning="Bearing to that Wi-Fi point, clockwise from north.", unit="deg",
        null="no such point is given", low=0, high=360,
    ),
    "nearest_wifi": Column(
        dtype=pa.string(), meaning="Name of that Wi-Fi point.", null="the layer names none"
    ),
    "donor_dbm": Column(
        dtype=pa.float32(), meaning="RSRP expected at a 5-8 m mast, median; measure before fitting.",
        unit="dBm", null="no booster is proposed, or no level is known",
    ),
    "foot_area": Column(
        dtype=pa.string(), meaning="Area reached on foot only in which the site lies.",
        null="none known",
    ),
    "hazard": Column(
        dtype=pa.string(), meaning="Kinds of hazard the site lies in, joined by |.", null="none known"
    ),
    "island": Column(
        dtype=pa.string(), meaning="Island the site lies on.", null="mainland, or not known"
    ),
    "lead_time_days": Column(
        dtype=pa.int32(), meaning="Days needed for the remedy.", unit="days", null="the remedy "
        "needs no lead time", low=0,
    ),
    "priority": Column(
        dtype=pa.float64(), meaning="Ranking score: expected voters whose upload fails.",
        unit="voters", low=0,
    ),
    "rank_p05": Column(dtype=pa.int32(), meaning="5th percentile of the rank.", low=1),
    "rank_p95": Column(dtype=pa.int32(), meaning="95th percentile of the rank.", low=1),
    "reasons": Column(dtype=pa.string(), meaning="Reason codes, joined by |."),
    "latest_order_date": Column(
        dtype=pa.date32(), meaning="Last day on which the remedy can be ordered before the poll.",
        null="the remedy needs no lead time",
    ),
    "p_top_k": Column(
        dtype=pa.float32(), meaning="Chance of standing among the first (ranking.top_k of the "
        "config) once all levels are known.", unit="0-1", null="not drawn", low=0, high=1,
    ),
    "voters_in_doubt": Column(
        dtype=pa.float64(), meaning="Expected voters for whom a reading of the outdoor level would "
        "change what is to be done.", unit="voters", null="not drawn", low=0,
    ),
    "voters_if_boosted": Column(
        dtype=pa.float64(), meaning="Expected voters whose upload fails although an operator "
        "reaches the donor level at a mast: what one working booster frees.", unit="voters",
        null="not drawn", low=0,
    ),
    "valid_from": Column(
        dtype=pa.date32(), meaning="Day from which the TPS stands where it is listed.",
        null="the list does not say: always",
    ),
    # what is done with what there is
    "kit": Column(
        dtype=pa.string(), meaning="Equipment, by the code of its remedy.", null="none left for it",
        allowed=KITS,
    ),
    "host_tps_code": Column(
        dtype=pa.string(), meaning="TPS at which the equipment stands.", null="no equipment"
    ),
    "voters_freed": Column(
        dtype=pa.float64(), meaning="Expected voters whose upload the equipment secures.",
        unit="voters", low=0,
    ),
    "cost": Column(
        dtype=pa.float64(), meaning="Share of the equipment's cost, in the unit of kits.budget.",
        low=0,
    ),
    "standby_order": Column(
        dtype=pa.int32(), meaning="Place in the order of those who wait, from 1.", low=1
    ),
    "standby": Column(
        dtype=pa.string(), meaning="What the kit waits for: the survey that must confirm the site, "
        "or a booster that finds no donor elsewhere.", allowed=("survey_confirms", "next_in_line"),
    ),
    "survey_day": Column(
        dtype=pa.int32(), meaning="Day of the survey, from 1.", null="no stop at this TPS", low=1
    ),
    "stop": Column(dtype=pa.int32(), meaning="Stop of the day or round, from 1.", low=1),
    "purpose": Column(
        dtype=pa.string(), meaning="To decide (chosen where it settles the most) or to validate "
        "(drawn at random).", allowed=("decide", "validate"),
    ),
    "n_sites": Column(
        dtype=pa.int32(), meaning="Sites whose doubt the stop lessens, its own among them.",
        unit="count", low=0,
    ),
    "inclusion_probability": Column(
        dtype=pa.float64(), meaning="Chance that this TPS is drawn for validation.", unit="0-1",
        null="the stop was chosen, not drawn", low=0, high=1,
    ),
    "leg_m": Column(
        dtype=pa.float64(), meaning="Way from the stop before, as the crow flies.", unit="m", low=0
    ),
    "route_m": Column(
        dtype=pa.float64(), meaning="Sum of the legs so far.", unit="m", low=0
    ),
    "elapsed_minutes": Column(
        dtype=pa.float32(), meaning="Minutes since the start when the stop is done.", unit="min",
        low=0,
    ),
    "alternative": Column(
        dtype=pa.int32(), meaning="Place among the alternatives, 1 = first choice, 0 = none.", low=0
    ),
    "outcome": Column(
        dtype=pa.string(), meaning="What the search for another place found.",
        allowed=(
            "found", "none_dry", "none_in_village", "none_connected", "not_known",
            "special_location",
        ),
    ),
    "distance_m": Column(
        dtype=pa.float32(), meaning="Distance from the TPS as listed.", unit="m",
        null="no alternative", low=0,
    ),
    "bearing_deg": Column(
        dtype=pa.float32(), meaning="Bearing from the TPS as listed, clockwise from north.",
        unit="deg", null="no alternative", low=0, high=360,
    ),
    "is_same_village": Column(
        dtype=pa.bool_(), meaning="The alternative lies in the village of the TPS code.",
        null="no village polygon",
    ),
    "radius_m": Column(dtype=pa.float32(), meaning="How far the TPS may be moved.", unit="m", low=0),
    "p_upload_fail_best": Column(
        dtype=pa.float32(), meaning="Chance of failing at the best place within the radius.",
        unit="0-1", null="no place is known", low=0, high=1,
    ),
    "p_upload_fail_worst": Column(
        dtype=pa.float32(), meaning="Chance of failing at the worst place within the radius.",
        unit="0-1", null="no place is known", low=0, high=1,
    ),
    "n_places": Column(dtype=pa.int32(), meaning="H3 cells within the radius.", unit="count", low=1),
    "n_places_unknown": Column(
        dtype=pa.int32(), meaning="Those of them for which the model does not answer.",
        unit="count", low=0,
    ),
    "round": Column(dtype=pa.int32(), meaning="Round of delivery, from 1.", low=1),
    "access": Column(
        dtype=pa.string(), meaning="How the TPS is reached.", allowed=("boat", "foot")
    ),
    "area": Column(dtype=pa.string(), meaning="Island, or area reached on foot only."),
    "dispatch_by": Column(dtype=pa.date32(), meaning="Last day on which the round can set out."),
    "serial": Column(dtype=pa.string(), meaning="Serial number of the device."),
    "owner": Column(dtype=pa.string(), meaning="Who owns the device.", null="not given"),
    "fitted_on": Column(dtype=pa.date32(), meaning="Day of fitting, local."),
    "last_seen_on": Column(
        dtype=pa.date32(), meaning="Day on which it was last seen working.", null="never since"
    ),
    "removed_on": Column(
        dtype=pa.date32(), meaning="Day on which it was taken away.", null="still there"
    ),
    "n_readings_after": Column(
        dtype=pa.int64(), meaning="Readings of its operator near the TPS since the day after the "
        "fitting.", unit="count", low=0,
    ),
    "signal_p50_after_dbm": Column(
        dtype=pa.float32(), meaning="Median level of these readings, no service below every level.",
        unit="dBm", null="none, or the median falls on a no-service reading",
    ),
    "asset_state": Column(
        dtype=pa.string(), meaning="Whether the device is proved to work.", allowed=ASSET_STATES
    ),
    "variant": Column(
        dtype=pa.string(), meaning="What was changed against the configured ranking."
    ),
    "rank_variant": Column(dtype=pa.int32(), meaning="Rank under the variant.", low=1),
    "is_top": Column(dtype=pa.bool_(), meaning="Among the first (ranking.top_k) as configured."),
    "is_top_variant": Column(
        dtype=pa.bool_(), meaning="Among the first (ranking.top_k) under the variant."
    ),
}  # fmt: skip

_READING_COLUMNS: Final = (
    "time", "latitude_deg", "longitude_deg", "gps_accuracy_m", "speed_mps", "altitude_m",
    "source", "format", "device_id", "device_model", "plmn", "operator", "rat", "area_code",
    "cell_identity", "pci", "arfcn", "is_serving", "service_state", "signal_dbm", "quality_db",
    "sinr_db", "uplink_kbps", "downlink_kbps", "ping_ms", "is_indoor", "weight", "is_route_value",
    *DQ_FLAGS, "source_timezone", "source_file", "source_row",
)  # fmt: skip

TABLES: Final[dict[str, Table]] = {
    "readings": Table(
        meaning="One device, one place, one time and one radio cell.",
        columns=_READING_COLUMNS,
        key=("source_file", "source_row"),
        required=frozenset(
            {"time", "latitude_deg", "longitude_deg", "source", "format", "device_id", "operator",
             "weight", "is_route_value", "source_timezone", *DQ_FLAGS}
        ),
        is_key_checked=False,  # one source row may hold several radio cells
    ),
    "rejects": Table(
        meaning="One row that was not taken, and why.",
        columns=("source_file", "source_row", "reason", "raw", "device_id"),
        key=("source_file", "source_row"),
        required=frozenset({"reason", "raw"}),
        is_key_checked=False,
    ),
    "duplicates": Table(
        meaning="One reading of an input that is not counted, since another input holds it too.",
        columns=("reading_row", "kept_in"),
        key=("reading_row",),
        required=frozenset({"kept_in"}),
    ),
    "throughput_tiles": Table(
        meaning="Speed tests of all operators together in one tile and quarter: a layer apart, under "
        "a licence that keeps it out of files for operators.",
        columns=(
            "quarter", "quadkey", "latitude_deg", "longitude_deg", "uplink_kbps", "downlink_kbps",
            "ping_ms", "n_tests", "n_devices",
        ),
        key=("quarter", "quadkey"),
        required=frozenset({"latitude_deg", "longitude_deg", "n_tests", "n_devices"}),
    ),
    "cell_counts": Table(
        meaning="Exact count of one level in one H3 cell, operator and RAT; adds across surveys.",
        columns=("h3_cell", "operator", "rat", "signal_bin_dbm", "n"),
        key=("h3_cell", "operator", "rat", "signal_bin_dbm"),
        required=frozenset({"n"}),
    ),
    "cell_devices": Table(
        meaning="One device on one day in one H3 cell, operator and RAT; unites across surveys.",
        columns=("h3_cell", "operator", "rat", "device_id", "day", "n"),
        key=("h3_cell", "operator", "rat", "device_id", "day"),
        required=frozenset({"n"}),
    ),
    "cell_values": Table(
        meaning="Exact count of one value of quality, SINR or uplink rate in one H3 cell, operator "
        "and RAT; adds across surveys.",
        columns=("h3_cell", "operator", "rat", "quantity", "value_bin", "n"),
        key=("h3_cell", "operator", "rat", "quantity", "value_bin"),
        required=frozenset({"n"}),
    ),
    "cell_spans": Table(
        meaning="Time span, child cells seen and strongest radio cell in one H3 cell, operator and "
        "RAT; unites across surveys by minimum, maximum and bitwise or.",
        columns=(
            "h3_cell", "operator", "rat", "first_time", "last_time", "children_seen",
            "strongest_dbm", "strongest_cell_identity",
        ),
        key=("h3_cell", "operator", "rat"),
        required=frozenset({"first_time", "last_time", "children_seen"}),
    ),
    "cell_tally": Table(
        meaning="How many readings were counted in cells, and how many were not, by reason.",
        columns=("reason", "n"),
        key=("reason",),
        required=frozenset({"n"}),
    ),
    "cells": Table(
        meaning="What was measured in one H3 cell for one operator and RAT.",
        columns=(
            "h3_cell", "operator", "rat", "n_readings", "n_devices", "n_days", "n_no_service",
            "signal_p10_dbm", "signal_p50_dbm", "signal_p90_dbm", "weak_share", "no_service_share",
            "quality_p50_db", "sinr_p50_db", "uplink_p50_kbps", "geo_ok", "time_ok", "n_ok",
            "evidence", "first_time", "last_time", "strongest_cell_identity",
        ),
        key=("h3_cell", "operator", "rat"),
        required=frozenset(
            {"n_readings", "n_devices", "n_days", "n_no_service", "weak_share",
             "no_service_share", "geo_ok", "time_ok", "n_ok", "evidence", "first_time", "last_time"}
        ),
    ),
    "cell_delta": Table(
        meaning="What changed between two surveys in one H3 cell for one operator and RAT.",
        columns=(
            "h3_cell", "operator", "rat", "n_readings_old", "n_readings_new", "n_effective_old",
            "n_effective_new", "signal_p50_old_dbm", "signal_p50_new_dbm", "weak_share_old",
            "weak_share_new", "p_stronger", "p_value", "q_value", "change",
        ),
        key=("h3_cell", "operator", "rat"),
        required=frozenset(
            {"n_readings_old", "n_readings_new", "n_effective_old", "n_effective_new", "change"}
        ),
    ),
    "towers": Table(
        meaning="One radio cell and where it was heard or listed: not a mast's surveyed position.",
        columns=(
            "plmn", "operator", "rat", "cell_identity", "latitude_deg", "longitude_deg", "range_m",
            "n_samples", "basis", "updated_at",
        ),
        key=("plmn", "rat", "cell_identity"),
        required=frozenset({"operator", "latitude_deg", "longitude_deg", "basis"}),
    ),
    "device_offsets": Table(
        meaning="How much one kind of device reads above the reference.",
        columns=("device_key", "offset_db", "offset_se_db", "n_cells", "is_connected"),
        key=("device_key",),
        required=frozenset({"offset_db", "offset_se_db", "n_cells", "is_connected"}),
    ),
    "cell_signal": Table(
        meaning="Outdoor RSRP in one H3 cell for one operator, as a distribution.",
        columns=(
            "h3_cell", "operator", "rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak",
            "basis", "distance_to_reading_m", "is_applicable", "rsrp_quantiles_dbm",
        ),
        key=("h3_cell", "operator"),
        required=frozenset(
            {"rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak", "basis", "is_applicable",
             "rsrp_quantiles_dbm"}
        ),
    ),
    "operator_correlation": Table(
        meaning="How the model's errors of two operators go together at one place.",
        columns=("operator_a", "operator_b", "correlation", "n_pairs"),
        key=("operator_a", "operator_b"),
        required=frozenset({"correlation", "n_pairs"}),
    ),
    "sites": Table(
        meaning="One TPS as listed.",
        columns=(
            "tps_code", "tps_name", "village", "district", "regency", "village_code",
            "latitude_deg", "longitude_deg", "coordinate_source", "coordinate_accuracy_m",
            "n_voters", "building", "has_power", "is_special", "valid_from", "source_file", "source_row",
        ),
        key=("tps_code",),
        required=frozenset(
            {"village_code", "latitude_deg", "longitude_deg", "coordinate_source",
             "coordinate_accuracy_m", "source_file", "source_row"}
        ),
    ),
    "site_signal": Table(
        meaning="RSRP at the phone in one TPS for one operator, building loss included.",
        columns=(
            "tps_code", "operator", "h3_cell", "rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm",
            "p_weak", "p_upload_fail", "basis", "distance_to_reading_m", "is_applicable",
        ),
        key=("tps_code", "operator"),
        required=frozenset(
            {"h3_cell", "rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak", "p_upload_fail",
             "basis", "is_applicable"}
        ),
    ),
    "site_ranking": Table(
        meaning="One TPS: will it work, how sure is that, what to do.",
        columns=(
            "rank", "tps_code", "tps_name", "village", "district", "regency", "latitude_deg",
            "longitude_deg", "h3_cell", "n_voters", "p_weak", "p_upload_fail", "best_operator",
            "evidence", "remedy", "remedy_operator", "donor_cell_identity", "donor_bearing_deg",
            "donor_dbm", "host_tps_code", "nearest_usable_m", "nearest_usable_bearing_deg",
            "nearest_usable_operator", "nearest_wifi_m", "nearest_wifi_bearing_deg", "nearest_wifi",
            "hazard", "island", "foot_area", "lead_time_days", "latest_order_date", "priority", "rank_p05", "rank_p95", "p_top_k", "voters_in_doubt",
            "voters_if_boosted", "has_power", "is_special", "reasons",
        ),
        key=("rank",),
        required=frozenset(
            {"tps_code", "latitude_deg", "longitude_deg", "h3_cell", "p_weak", "p_upload_fail",
             "evidence", "remedy", "priority", "rank_p05", "rank_p95", "reasons"}
        ),
    ),
    "asset_register": Table(
        meaning="One device that was fitted, and whether readings since prove that it works.",
        columns=(
            "serial", "tps_code", "kit", "operator", "owner", "fitted_on", "last_seen_on",
            "removed_on", "n_readings_after", "signal_p50_after_dbm", "asset_state",
        ),
        key=("serial",),
        required=frozenset({"tps_code", "kit", "fitted_on", "n_readings_after", "asset_state"}),
    ),
    "allocation": Table(
        meaning="One TPS that may be given a kit, and what it is given of what there is.",
        columns=(
            "tps_code", "kit", "remedy_operator", "host_tps_code", "priority", "voters_freed",
            "cost", "lead_time_days", "latest_order_date",
        ),
        key=("tps_code",),
        required=frozenset({"priority", "voters_freed", "cost"}),
    ),
    "kit_standby": Table(
        meaning="One TPS that may get a kit once a visit confirms what is not known: no decision.",
        columns=(
            "standby_order", "tps_code", "standby", "kit", "remedy_operator", "host_tps_code",
            "priority", "voters_freed", "survey_day", "lead_time_days", "latest_order_date",
            "reasons",
        ),
        key=("tps_code",),
        required=frozenset(
            {"standby_order", "standby", "kit", "host_tps_code", "priority", "voters_freed",
             "reasons"}
        ),
    ),
    "survey_plan": Table(
        meaning="One stop of the next survey.",
        columns=(
            "survey_day", "stop", "purpose", "tps_code", "latitude_deg", "longitude_deg", "h3_cell",
            "n_sites", "voters_in_doubt", "inclusion_probability", "leg_m", "route_m",
            "elapsed_minutes",
        ),
        key=("survey_day", "stop"),
        required=frozenset(
            {"purpose", "tps_code", "latitude_deg", "longitude_deg", "h3_cell", "n_sites",
             "voters_in_doubt", "leg_m", "route_m", "elapsed_minutes"}
        ),
    ),
    "relocation": Table(
        meaning="One other place for a TPS in a hazard area, or why there is none.",
        columns=(
            "tps_code", "alternative", "outcome", "latitude_deg", "longitude_deg", "h3_cell",
            "distance_m", "bearing_deg", "p_upload_fail", "best_operator", "is_same_village",
        ),
        key=("tps_code", "alternative"),
        required=frozenset({"outcome"}),
    ),
    "relocation_range": Table(
        meaning="Best and worst place within some distance of a TPS: what a move may do.",
        columns=(
            "tps_code", "radius_m", "p_upload_fail_best", "p_upload_fail_worst", "n_places",
            "n_places_unknown",
        ),
        key=("tps_code", "radius_m"),
        required=frozenset({"n_places", "n_places_unknown"}),
    ),
    "delivery_rounds": Table(
        meaning="One stop of a round that brings kit and paper to TPS off the road.",
        columns=(
            "round", "stop", "tps_code", "access", "area", "latitude_deg", "longitude_deg",
            "n_voters", "remedy", "kit", "leg_m", "route_m", "lead_time_days", "dispatch_by",
        ),
        key=("round", "stop"),
        required=frozenset(
            {"tps_code", "access", "area", "latitude_deg", "longitude_deg", "remedy", "leg_m",
             "route_m", "lead_time_days", "dispatch_by"}
        ),
    ),
    "ranking_sensitivity": Table(
        meaning="One TPS that is among the first as configured or under one changed assumption.",
        columns=("variant", "tps_code", "rank", "rank_variant", "is_top", "is_top_variant"),
        key=("variant", "tps_code"),
        required=frozenset({"rank", "rank_variant", "is_top", "is_top_variant"}),
    ),
}  # fmt: skip


@cache
def schema_of(name: str) -> pa.Schema:
    """Arrow schema of a table, with unit and meaning in each field's metadata.

    Raises
    ------
    KeyError
        Where no table has that name.
    """
    table = TABLES[name]
    fields = []
    for column_name in table.columns:
        column = COLUMNS[column_name]
        metadata = {"meaning": column.meaning, "unit": column.unit, "null": column.null}
        is_nullable = column_name not in table.never_null
        fields.append(pa.field(column_name, column.dtype, is_nullable, metadata))
    version = {"blankspot_table": name, "blankspot_schema": str(SCHEMA_VERSION)}
    return pa.schema(fields, metadata=version)


def coded(schema: pa.Schema) -> pa.Schema:
    """A schema with its text columns as dictionaries: how large tables travel before they are written.

    Examples
    --------
    >>> coded(pa.schema([("rat", pa.string()), ("n", pa.int64())])).types[0].value_type
    DataType(string)
    """
    for place, field in enumerate(schema):
        if pa.types.is_string(field.type):
            schema = schema.set(place, field.with_type(pa.dictionary(pa.int32(), pa.string())))
    return schema


def to_arrow(name: str, frame: pd.DataFrame) -> pa.Table:
    """Arrow table of a pandas frame, in the contract's column order and types.

    Columns the contract does not have are an error, missing nullable ones become NA.

    Raises
    ------
    ContractError
        Where a required column is missing, one is unknown, or a value does not fit its type.
    """
    schema = schema_of(name)
    unknown = [str(c) for c in frame.columns if c not in schema.names]
    missing = [c for c in TABLES[name].never_null if c not in frame.columns]
    if unknown or missing:
        raise ContractError(
            f"Invalid table {name}: unknown columns {unknown}, missing {sorted(missing)}."
        )
    arrays = [
        _array(name, frame[field.name], field)
        if field.name in frame.columns
        else pa.nulls(len(frame), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Pandas frame of an Arrow table: NaN for null floats, nullable dtypes for the rest."""
    series: dict[str, Any] = {}
    for field in table.schema:
        column = table.column(field.name)
        if pa.types.is_fixed_size_list(field.type):
            values = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
            series[field.name] = list(values.reshape(-1, field.type.list_size))
        elif field.type in _PANDAS_NULLABLE and column.null_count:
            dtype = _PANDAS_NULLABLE[field.type]
            series[field.name] = column.to_pandas(types_mapper={field.type: dtype}.get)
        else:
            series[field.name] = column.to_pandas()
    return pd.DataFrame(series)


_PANDAS_NULLABLE: Final = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


def empty(name: str) -> pa.Table:
    """The table without rows."""
    return schema_of(name).empty_table()


def check(name: str, table: pa.Table, *, keys: bool = True) -> pa.Table:
    """Return the table if it holds to its contract.

    Parameters
    ----------
    name
        Of the table.
    table
        Its rows, or some of them; text may be coded as by :func:`coded`.
    keys
        Whether to prove the key unique; False where the writer adds equal keys up anyway.

    Raises
    ------
    ContractError
        Naming column, check, value and row of the first breach of each column.
    """
    schema = schema_of(name)
    if table.schema.names != schema.names:
        raise ContractError(
            f"Invalid table {name}: columns {table.schema.names}. Must be {schema.names}."
        )
    breaches = [breach for field in schema for breach in _breaches(field, table.column(field.name))]
    if not breaches and keys and TABLES[name].is_key_checked:
        breaches = _doubled_keys(TABLES[name].key, table)
    if breaches:
        raise ContractError(f"Invalid table {name}: " + "; ".join(breaches) + ".")
    return table


def _array(table_name: str, values: "pd.Series[Any]", field: pa.Field) -> pa.Array:
    """One column in its contract type."""
    try:
        if pa.types.is_fixed_size_list(field.type):
            flat = np.asarray(values.to_list(), dtype=np.float32).reshape(-1)
            return pa.FixedSizeListArray.from_arrays(pa.array(flat), type=field.type)
        return pa.Array.from_pandas(values, type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, ValueError) as error:
        raise ContractError(
            f"Invalid table {table_name}: column {field.name} as {field.type}: {error}."
        ) from error


def _breaches(field: pa.Field, values: pa.ChunkedArray) -> Iterable[str]:
    """First breach of each check of one column."""
    if pa.types.is_dictionary(values.type) and pa.types.is_string(field.type):
        values = values if _has_allowed_words(field.name, values) else values.cast(field.type)
    elif values.type != field.type:
        yield f"{field.name} is {values.type}, must be {field.type}"
        return
    if not field.nullable and values.null_count:
        row = pc.index(values.is_null(), pa.scalar(True)).as_py()
        yield f"{field.name} is NA in row {row}, must never be"
    column = COLUMNS[field.name]
    if column.allowed and not pa.types.is_dictionary(values.type):
        bad = pc.invert(pc.is_in(values, value_set=pa.array([*column.allowed, None], values.type)))
        yield from _first(field.name, values, bad, f"must be one of {list(column.allowed)}")
    if _is_within(column, values):
        return
    if column.low is not None:
        yield from _first(
            field.name, values, pc.less(values, column.low), f"must be >= {column.low}"
        )
    if column.high is not None:
        yield from _first(
            field.name, values, pc.greater(values, column.high), f"must be <= {column.high}"
        )
    if pa.types.is_floating(field.type):
        yield from _first(field.name, values, pc.invert(pc.is_finite(values)), "must be finite")


def _has_allowed_words(name: str, values: pa.ChunkedArray) -> bool:
    """Whether every word of a coded column may stand in it; one may stand there without a row."""
    allowed = COLUMNS[name].allowed
    words = {word for chunk in values.chunks for word in chunk.dictionary.to_pylist()}
    return None not in words and (not allowed or words <= set(allowed))


def _is_within(column: Column, values: pa.ChunkedArray) -> bool:
    """Whether all numbers keep to the bounds and are finite, by a look at extremes and sum.

    A sum is finite only where every number is; the extremes leave NaN out. False proves nothing.
    """
    if values.null_count == len(values):
        return True
    if not pa.types.is_floating(values.type) and column.low is None and column.high is None:
        return True
    low, high = (
        -np.inf if column.low is None else column.low,
        np.inf if column.high is None else column.high,
    )
    if pa.types.is_floating(values.type) and not values.null_count:  # numpy is faster
        ends = [
            f(chunk.to_numpy()) for chunk in values.chunks if len(chunk) for f in (np.min, np.max)
        ]
        return bool(np.isfinite(ends).all() and low <= np.min(ends) and np.max(ends) <= high)
    if pa.types.is_floating(values.type) and not np.isfinite(pc.sum(values).as_py() or 0.0):
        return False
    if (low, high) == (-np.inf, np.inf):
        return True
    extremes = pc.min_max(values).as_py()
    return bool(low <= extremes["min"] and extremes["max"] <= high)


def _first(name: str, values: pa.ChunkedArray, bad: pa.ChunkedArray, rule: str) -> Iterable[str]:
    """Describe the first bad value, if any."""
    row = pc.index(bad, pa.scalar(True)).as_py()
    if row >= 0:
        yield f"{name} is {values[row].as_py()!r} in row {row}, {rule}"


def _doubled_keys(key: tuple[str, ...], table: pa.Table) -> list[str]:
    """Describe the first key that stands twice, if any."""
    counted = table.select(list(key)).group_by(list(key)).aggregate([([], "count_all")])
    doubled = counted.filter(pc.greater(counted.column("count_all"), 1))
    if not doubled.num_rows:
        return []
    first = {name: doubled.column(name)[0].as_py() for name in key}
    return [f"key {first} stands {doubled.column('count_all')[0].as_py()} times, must be unique"]
