"""G-NetTrack KML (FORMATS 3): placemarks with named values that carry their units.

The file is often one long line. IMEI, IP and the address in LOCATION are never taken up. The inner
layout of CGI is not known, so the network code comes from the config. Rows are numbered by
placemark; those without data are styling and do not count.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coverage.readings import picks, times, values, words
from coverage.readings.codes import Codes
from coverage.readings.columns import UNITS
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.gnettrack import usable_level
from coverage.readings.xml_stream import COORDINATES, Fields, placemarks

Floats = npt.NDArray[np.float64]

NAME: Final = "gnettrack_kml"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = None

_PLACEMARKS: Final = 20_000
_HEAD_BYTES: Final = 2**20
_MARK: Final = re.compile(rb"""<Data\s+name\s*=\s*["']CGI["']""")
_KEPT: Final = (
    "TIME", COORDINATES, "TECHNOLOGY", "RSRP", "RSRQ", "SNR", "TAC", "LACHEX", "RAWCELLID", "ARFCN",
    "BAND", "DL_BITRATE", "UL_BITRATE", "SPEED", "ACCURACY", "ALTITUDE", "PHONE STATE",
)  # fmt: skip
_MISSING: Final = pa.array(["", "-", "--", "NA", "null"])
_DECIMAL: Final = r"-?[0-9]+(?:\.[0-9]+)?"
_PLACE: Final = rf"^(?P<lon>{_DECIMAL}),(?P<lat>{_DECIMAL})(?:,(?P<alt>{_DECIMAL}))?$"
"""How nearly every position is written; others are read one by one."""
_AMBIGUOUS: Final = "5G"
_TRANSFERS: Final = ("D", "VD")
"""Phone states in which data flow (inferred, FORMATS 1)."""


def sniff(head: Head) -> str | None:
    """Recognise KML that names the value CGI."""
    if not head.first_line.lstrip().startswith("<"):
        return None
    data = head.data
    if head.stream is not None:
        data = head.seekable().read(_HEAD_BYTES)
        head.seekable()  # back to the beginning for whoever reads the file
    return 'KML with <Data name="CGI">' if b"<kml" in data and _MARK.search(data) else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the placemarks, so many at a time."""
    found = placemarks(stream, context.name)
    first_row = 1
    while part := list(islice(found, _PLACEMARKS)):
        yield _draft(part, first_row, context)
        first_row += len(part)


def _draft(points: Sequence[Fields | None], first_row: int, context: Context) -> Draft:
    """Rows of some placemarks in canonical names."""
    given = {name: _column(points, name) for name in _KEPT}
    cells = {name: _known(column) for name, column in given.items()}
    zone = context.params.timezone
    kind = Codes.of(cells["TECHNOLOGY"])
    rat = words.rats(kind, extra=lambda word: "LTE" if word.strip().upper() == _AMBIGUOUS else None)
    numbers = _numbers(cells, context.name)
    level, is_bad = usable_level(
        rat, numbers["signal_dbm"], numbers["quality_db"], numbers["arfcn"], Codes.of(cells["BAND"])
    )
    stamps = times.of_fixed_width(cells["TIME"], times.DOTTED)
    is_cut = Codes.of(["malformed_row" if point is None else None for point in points])
    return Draft(
        source_row=np.arange(first_row, first_row + len(points), dtype=np.int64),
        raw=_raw(given),
        time_us=times.to_utc(stamps, zone),
        timezone=zone,
        numbers={**numbers, "signal_dbm": level, "is_serving": 1.0},
        texts={
            "rat": rat,
            "reason": picks.first_text(is_cut, words.rat_refusals(kind)),
        },
        flags={
            "dq_level_invalid": is_bad,
            "dq_rat_ambiguous": kind.map(lambda word: word.strip().upper()).equals(_AMBIGUOUS),
            "dq_during_transfer": Codes.of(cells["PHONE STATE"]).equals(*_TRANSFERS),
        },
    )


def _column(points: Sequence[Fields | None], name: str) -> pa.Array:
    """One value of each placemark as it stands, null where there is none."""
    return pa.array([None if point is None else point.get(name) for point in points], pa.string())


def _known(column: pa.Array) -> pa.Array:
    """A column without the texts that mean "not known"."""
    return pc.if_else(pc.is_in(column, value_set=_MISSING), pa.scalar(None, pa.string()), column)


def _numbers(cells: Mapping[str, pa.Array], file: str) -> dict[str, Floats]:
    """Number columns in our units."""
    place = _coordinates(cells[COORDINATES])
    latitude, longitude, height = place

    def parsed(ours: str, theirs: str) -> Floats:
        return values.parse(cells[theirs], UNITS[ours], ours, file)

    return {
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "altitude_m": picks.first_known(parsed("altitude_m", "ALTITUDE"), height),
        "gps_accuracy_m": parsed("gps_accuracy_m", "ACCURACY"),
        "speed_mps": _speed(cells["SPEED"], file),
        "signal_dbm": parsed("signal_dbm", "RSRP"),
        "quality_db": parsed("quality_db", "RSRQ"),
        "sinr_db": parsed("sinr_db", "SNR"),
        "area_code": picks.first_known(
            parsed("area_code", "TAC"), words.numbers_of_hex(Codes.of(cells["LACHEX"]))
        ),
        "cell_identity": parsed("cell_identity", "RAWCELLID"),
        "arfcn": parsed("arfcn", "ARFCN"),
        "downlink_kbps": parsed("downlink_kbps", "DL_BITRATE"),
        "uplink_kbps": parsed("uplink_kbps", "UL_BITRATE"),
    }


def _speed(cells: pa.Array, file: str) -> Floats:
    """Speed; a number without unit is in km/h as well [m/s]."""
    kmh = UNITS["speed_mps"]["km/h"]
    relative = {unit: factor / kmh for unit, factor in UNITS["speed_mps"].items()}
    return values.parse(cells, relative, "speed_mps", file) * kmh


def _coordinates(cells: pa.Array) -> tuple[Floats, Floats, Floats]:
    """Latitude [deg], longitude [deg] and altitude [m] of ``lon,lat,alt``; NaN where not known."""
    parts = pc.extract_regex(cells, _PLACE)
    found = np.column_stack([_decimals(pc.struct_field(parts, n)) for n in ("lon", "lat", "alt")])
    for row in np.flatnonzero(pc.and_(parts.is_null(), cells.is_valid())).tolist():
        texts = cells[row].as_py().split(",")
        for place, text in enumerate(texts[:3] if len(texts) > 1 else []):
            found[row, place] = _number(text)
    return found[:, 1], found[:, 0], np.where(found[:, 2] == 0, np.nan, found[:, 2])


def _decimals(texts: pa.Array) -> Floats:
    """Numbers of decimal texts, NaN for an empty one or null."""
    filled = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    values: Floats = pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False)
    return values


def _number(text: str) -> float:
    """Number of a text, NaN where it is none."""
    try:
        value = float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


def _raw(given: Mapping[str, pa.Array]) -> pa.Array:
    """What was taken of each placemark, ``name=value; ...``."""
    pairs = [
        pc.fill_null(pc.binary_join_element_wise(f"; {name}=", column, ""), "")
        for name, column in given.items()
    ]
    return pc.utf8_slice_codeunits(pc.binary_join_element_wise(*pairs, ""), len("; "))
