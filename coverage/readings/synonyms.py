"""What people call our columns, in Indonesian and English, and what their values may be.

A name is compared without case, blanks, marks and unit: "RSRP (dBm)" and "rsrp_dbm" are one.
"""

import re
from typing import Final

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "latitude_deg": ("latitude", "lat", "lintang", "gpslat", "gpslatitude", "latitud", "ylat"),
    "longitude_deg": (
        "longitude", "lon", "lng", "long", "bujur", "gpslon", "gpslong", "gpslongitude", "xlon",
    ),
    "time": (
        "time", "timestamp", "datetime", "waktu", "jam", "pukul", "tanggalwaktu", "waktuukur",
        "measuredat", "recordedat", "logtime", "localtime", "utctime", "gpstime", "tanggaljam",
    ),
    "date": ("date", "tanggal", "tgl", "hari"),
    "signal_dbm": (
        "rsrp", "ltersrp", "ssrsrp", "nrrsrp", "level", "signal", "sinyal", "kuatsinyal",
        "kekuatansinyal", "levelsinyal", "signalstrength", "signallevel", "rscp", "rxlev", "dbm",
        "rxlevel",
    ),
    "quality_db": ("rsrq", "ltersrq", "ssrsrq", "qual", "quality", "kualitas", "ecno", "ecio",
                   "kualitassinyal", "signalquality"),
    "sinr_db": ("sinr", "snr", "rssnr", "ltesinr", "sssinr", "ltesnr"),
    "rat": (
        "rat", "network", "networktype", "networktech", "networkmode", "technology", "tech",
        "teknologi", "jaringan", "jenisjaringan", "tipejaringan", "nettype", "radio", "system",
        "celltype",
    ),
    "service_state": ("servicestate", "service", "statuslayanan", "layanan", "state"),
    "plmn": ("plmn", "mccmnc", "operatorcode", "kodeoperator", "networkcode", "operatornumeric"),
    "mcc": ("mcc", "kodenegara"),
    "mnc": ("mnc", "net"),
    "ecgi": ("ecgi",),
    "sim_plmn": ("simplmn", "simoperator", "simmccmnc", "homeplmn"),
    "cell_identity": ("cellidentity", "cellid", "ci", "eci", "nci", "cid", "idsel", "rawcellid"),
    "area_code": ("tac", "lac", "areacode", "lactac", "tracking", "kodearea"),
    "pci": ("pci", "psc", "physicalcellid", "pcipsc"),
    "arfcn": ("arfcn", "earfcn", "uarfcn", "nrarfcn", "channel", "kanal"),
    "gps_accuracy_m": (
        "accuracy", "acc", "akurasi", "gpsaccuracy", "horizontalaccuracy", "hacc", "akurasigps",
        "precision",
    ),
    "altitude_m": ("altitude", "alt", "elevation", "ketinggian", "elevasi", "gpsalt"),
    "speed_mps": ("speed", "kecepatan", "velocity", "gpsspeed", "laju"),
    "fix_age_s": ("fixage", "gpsage", "locationage"),
    "uplink_kbps": (
        "uplink", "upload", "ul", "ulbitrate", "uploadspeed", "unggah", "kecepatanunggah",
        "ulthroughput", "uplinkthroughput", "uploadrate",
    ),
    "downlink_kbps": (
        "downlink", "download", "dl", "dlbitrate", "downloadspeed", "unduh", "kecepatanunduh",
        "dlthroughput", "downlinkthroughput", "downloadrate",
    ),
    "ping_ms": ("ping", "latency", "latensi", "rtt", "pingavg"),
    "device": ("device", "deviceid", "perangkat", "ponsel", "idperangkat"),
    "device_model": ("devicemodel", "model", "phonemodel", "modelhp", "merk", "tipehp", "handset"),
    "is_serving": ("isserving", "serving", "isregistered", "registered", "terlayani"),
    "is_indoor": ("isindoor", "indoor", "dalamruangan", "didalamruangan"),
}  # fmt: skip
"""Ours to theirs, the likeliest first; a column is given to the first of ours that claims it."""

PERSONAL: Final = (
    "imei", "imsi", "iccid", "msisdn", "phonenumber", "nomorhp", "nohp", "hp", "phone", "surveyor",
    "notelp", "nomortelepon", "telepon", "ip", "ipaddress", "alamatip", "mac",
    "macaddress", "bssid", "ssid", "email", "nama", "namasurveyor", "nik", "address", "alamat",
)  # fmt: skip
"""Columns that are never taken up."""

PLAUSIBLE: Final[dict[str, tuple[float, float]]] = {
    "latitude_deg": (-90, 90),
    "longitude_deg": (-180, 180),
    "signal_dbm": (-156, -24),
    "quality_db": (-43, 20),
    "sinr_db": (-30, 50),
    "gps_accuracy_m": (0, 20_000),
    "altitude_m": (-500, 9_000),
    "speed_mps": (0, 400),
    "fix_age_s": (0, 1e9),
    "uplink_kbps": (0, 1e10),
    "downlink_kbps": (0, 1e10),
    "ping_ms": (0, 1e6),
    "cell_identity": (0, 2**36),
    "area_code": (0, 2**24),
    "pci": (0, 1007),
    "arfcn": (0, 3_279_165),
    "mcc": (200, 999),
    "mnc": (0, 999),
}
"""Range of the values of a column that could be ours, in any unit we know."""

UNIT_WORDS: Final = {
    "dbm": "dBm", "db": "dB", "m/s": "m/s", "mps": "m/s", "km/h": "km/h", "kmh": "km/h",
    "kph": "km/h", "km/jam": "km/h", "knots": "knots", "mph": "mph", "kbps": "kbps",
    "kbit/s": "kbit/s", "mbps": "Mbps", "mbit/s": "Mbit/s", "bps": "bps", "ms": "ms", "km": "km",
    "m": "m", "meter": "m", "s": "s", "deg": "deg",
}  # fmt: skip
"""Units as headers write them, in the words of a column map."""

_BRACKETS: Final = re.compile(r"[(\[{]\s*([^)\]}]*?)\s*[)\]}]")


def name_and_unit(header: str) -> tuple[str, str | None]:
    """Bare name of a column and the unit its header states, if any.

    Examples
    --------
    >>> name_and_unit("RSRP (dBm)"), name_and_unit("kecepatan_kmh"), name_and_unit("Lintang")
    (('rsrp', 'dBm'), ('kecepatan', 'km/h'), ('lintang', None))
    """
    found = _BRACKETS.search(header)
    unit = UNIT_WORDS.get(found[1].lower()) if found else None
    words = re.findall(r"[a-z0-9/]+", _split_case(_BRACKETS.sub(" ", header)))
    if unit is None and len(words) > 1 and words[-1] in UNIT_WORDS:
        unit = UNIT_WORDS[words.pop()]
    return "".join(words).replace("/", ""), unit


def is_personal(header: str) -> bool:
    """Whether a column holds what belongs to a person, by its name.

    Examples
    --------
    >>> is_personal("IMEI 1"), is_personal("No. HP"), is_personal("pci")
    (True, True, False)
    """
    bare = name_and_unit(header)[0].rstrip("0123456789")
    return bare in PERSONAL


def _split_case(name: str) -> str:
    """A name in lower case, its words apart where case told them."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
