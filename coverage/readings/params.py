"""What the readings room can be told: frozen settings, each checked once where it enters."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coverage.errors import InputError
from coverage.operators import plmn_of_digits
from coverage.readings.columns import ColumnMap
from coverage.tables import SOURCES

Box = tuple[float, float, float, float]
"""South, west, north, east [deg]."""

DATE_ORDERS: Final = ("day_first", "month_first")
INDONESIA_BOX: Final[Box] = (-11.2, 94.7, 6.3, 141.2)
"""Extreme points 6.08 N (Rondo), 11.01 S (Dana), 94.97 E, 141.02 E, with about 0.2 deg margin."""


@dataclass(frozen=True, kw_only=True)
class ArchiveLimits:
    """How much an archive may unfold to before it is refused.

    Attributes
    ----------
    max_members
        Files in one archive. [count]
    max_total_bytes
        Unpacked bytes of one input. [byte]
    max_ratio
        Unpacked over packed bytes; logs reach about 40. [1]
    """

    max_members: int = 10_000
    max_total_bytes: int = 64 * 2**30
    max_ratio: float = 300.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        _at_least("max_members", self.max_members, 1)
        _at_least("max_total_bytes", self.max_total_bytes, 1)
        _at_least("max_ratio", self.max_ratio, 1)


@dataclass(frozen=True, kw_only=True)
class QualityParams:
    """Thresholds of the quality rules (DOMAIN 8 and 10).

    Attributes
    ----------
    accuracy_full_m, accuracy_zero_m
        Weight 1 up to, 0 from here on (ichnaea). [m]
    age_full_s, age_zero_s
        The same for the age of the fix. [s]
    speed_full_mps, speed_zero_mps
        The same for speed. [m/s]
    max_accuracy_m
        From here on a position is no position (RTR). [m]
    max_altitude_m
        Above it a position is no position (beaconDB). [m]
    max_age_gap_s, max_age_gap_m
        Gates on the time between fix and cell, and on the way driven in it (beaconDB). [s], [m]
    frozen_s, frozen_speed_kmh
        Same position for longer than this while faster than that: no position. [s], [km/h]
    jump_mps
        A faster move between two fixes is a jump. [m/s]
    timeless_jump_m
        A longer move between two rows without times is a jump. [m]
    stale_s, stale_m, stale_min_rows
        Same cell, level, quality and SINR for longer than this over more than that, in at least so
        many rows: fewer may agree by chance. [s], [m], [count]
    stuck_share, stuck_min_rows
        A value in more than this share of at least so many rows is a constant. [0-1], [count]
    max_speed_mps
        Faster is not a ground speed. [m/s]
    speed_unit_mps
        A median above it says that the column is not in m/s. [m/s]
    route_m, route_s
        A stretch of route: this path or this time, whichever is longer. [m], [s]
    route_max_s
        A stretch ends after this time even for a phone that stands still. [s]
    standing_mps
        Below this reported speed a change of position is GPS noise, not path. [m/s]
    plmn_share
        Share of a file's rows that must agree for its no-service rows to take the PLMN. [0-1]
    max_future_s
        How far a device's clock may be ahead of ours. [s]
    country_boxes
        MCC to the box of its country, for ``dq_outside_country``; unlisted: not judged.
    """

    accuracy_full_m: float = 10.0
    accuracy_zero_m: float = 1_000.0
    age_full_s: float = 2.0
    age_zero_s: float = 20.0
    speed_full_mps: float = 5.0
    speed_zero_mps: float = 50.0
    max_accuracy_m: float = 10_000.0
    max_altitude_m: float = 5_000.0
    max_age_gap_s: float = 30.0
    max_age_gap_m: float = 150.0
    frozen_s: float = 10.0
    frozen_speed_kmh: float = 10.0
    jump_mps: float = 50.0
    timeless_jump_m: float = 500.0
    stale_s: float = 30.0
    stale_m: float = 50.0
    stale_min_rows: int = 5
    stuck_share: float = 0.99
    stuck_min_rows: int = 30
    max_speed_mps: float = 340.0
    speed_unit_mps: float = 60.0
    route_m: float = 20.0
    route_s: float = 2.0
    route_max_s: float = 3_600.0
    standing_mps: float = 0.5
    plmn_share: float = 0.95
    max_future_s: float = 300.0
    country_boxes: Mapping[str, Box] = field(default_factory=lambda: {"510": INDONESIA_BOX})

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, value in vars(self).items():
            if name != "country_boxes":
                _at_least(name, value, 0)
        for low, high in (
            ("accuracy_full_m", "accuracy_zero_m"),
            ("age_full_s", "age_zero_s"),
            ("speed_full_mps", "speed_zero_mps"),
        ):
            if not 0 < getattr(self, low) < getattr(self, high):
                raise InputError(
                    f"Invalid {low} {getattr(self, low)}. Must be in (0, {getattr(self, high)})."
                )
        for name in ("stuck_share", "plmn_share"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be in (0, 1].")
        for name in ("route_m", "route_s", "route_max_s"):
            if getattr(self, name) <= 0:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be > 0.")
        for mcc, box in self.country_boxes.items():
            check_box(f"country_boxes[{mcc}]", box)


@dataclass(frozen=True, kw_only=True)
class ReadParams:
    """What one input is read with.

    Attributes
    ----------
    timezone
        Zone name for files whose times carry none, "Asia/Jakarta".
    device_key
        Secret key of the device hash; at least 16 bytes.
    campaign
        Name of the survey: the same phone gets another id in another campaign.
    device_group
        Stands for the device where the file names none: the input's folder.
    now
        Zone-aware time of the run; readings from later are refused.
    operators
        PLMN to operator, as of the survey's date.
    source
        "drive_test" or "crowdsourced"; None takes the format's default.
    box
        South, west, north, east: readings outside are rejected; None judges no place. [deg]
    plmn
        Network code for formats that carry none; None leaves it unknown.
    period
        First and last moment (zone-aware) of sources without time; None refuses such sources.
    column_maps
        Maps of unknown CSV dialects.
    date_order
        "day_first" or "month_first" where a file does not tell; None refuses such files.
    limits, quality
        See the classes.
    """

    timezone: str
    device_key: bytes = field(repr=False)
    campaign: str
    device_group: str
    now: datetime
    operators: Mapping[str, str]
    source: str | None = None
    box: Box | None = None
    plmn: str | None = None
    period: tuple[datetime, datetime] | None = None
    column_maps: tuple[ColumnMap, ...] = ()
    date_order: str | None = None
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)
    quality: QualityParams = field(default_factory=QualityParams)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        check_zone("timezone", self.timezone)
        if len(self.device_key) < 16:
            raise InputError("Invalid device_key. Must be at least 16 bytes.")
        if self.source is not None and self.source not in SOURCES:
            raise InputError(f"Invalid source {self.source!r}. Must be one of {list(SOURCES)}.")
        if self.date_order is not None and self.date_order not in DATE_ORDERS:
            raise InputError(
                f"Invalid date_order {self.date_order!r}. Must be one of {list(DATE_ORDERS)}."
            )
        if self.plmn is not None and plmn_of_digits(self.plmn.replace("-", "", 1)) != self.plmn:
            raise InputError(f'Invalid plmn {self.plmn!r}. Must be MCC-MNC like "510-10".')
        if self.box is not None:
            check_box("box", self.box)
        _aware("now", self.now)
        for moment in self.period or ():
            _aware("period", moment)
        if self.period is not None and self.period[0] > self.period[1]:
            raise InputError("Invalid period. Must start before it ends.")


def check_zone(name: str, zone: str) -> ZoneInfo:
    """Zone of a name.

    Raises
    ------
    InputError
        Where there is no such zone.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f'Invalid {name} {zone!r}. Must be a zone name like "Asia/Jakarta".'
        ) from error


def check_box(name: str, box: Box) -> Box:
    """Return the box if it is one.

    Raises
    ------
    InputError
        Where the corners are out of range or out of order.
    """
    south, west, north, east = box
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise InputError(f"Invalid {name} {list(box)}. Must be south < north, west < east [deg].")
    return box


def _at_least(name: str, value: float, low: float) -> None:
    """Refuse a number under its lowest value, or none at all."""
    if not (math.isfinite(value) and value >= low):
        raise InputError(f"Invalid {name} {value}. Must be >= {low}.")


def _aware(name: str, moment: datetime) -> None:
    """Refuse a time without zone."""
    if moment.tzinfo is None:
        raise InputError(f"Invalid {name} {moment}. Must carry a time zone.")
