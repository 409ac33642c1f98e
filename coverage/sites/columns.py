"""Names under which TPS lists write their columns and buildings, Indonesian and English."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from coverage.errors import InputError

ACCEPTED_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "tps_code": (
        "tps_code", "kode_tps", "id_tps", "tps_id", "kd_tps", "kodetps", "polling_station_code",
    ),
    "tps_number": (
        "tps_number", "nomor_tps", "no_tps", "nomor", "tps_no", "tps", "polling_station_number",
    ),
    "village_code": (
        "village_code", "kode_kelurahan", "kode_desa", "kode_kelurahan_desa", "kode_desa_kelurahan",
        "kode_kel", "kode_kel_desa", "kode_desa_kel", "kode_wilayah", "kode_kemendagri", "kd_kel",
        "kd_desa",
    ),
    "province_code": ("province_code", "kode_prov", "kode_provinsi", "kd_prov"),
    "regency_code": (
        "regency_code", "kode_kab", "kode_kabupaten", "kode_kab_kota", "kode_kabupaten_kota",
        "kd_kab",
    ),
    "district_code": ("district_code", "kode_kec", "kode_kecamatan", "kd_kec"),
    "tps_name": ("tps_name", "nama_tps", "polling_station", "polling_station_name"),
    "village": (
        "village", "desa", "kelurahan", "desa_kelurahan", "kelurahan_desa", "desa_kel", "kel_desa",
        "nama_desa", "nama_kelurahan", "nama_kelurahan_desa", "nama_desa_kelurahan", "kel",
        "village_name",
    ),
    "district": ("district", "kecamatan", "nama_kecamatan", "kec", "district_name"),
    "regency": (
        "regency", "kabupaten", "kabupaten_kota", "kab_kota", "nama_kabupaten",
        "nama_kabupaten_kota", "kab", "kota", "regency_name",
    ),
    "latitude": ("latitude_deg", "latitude", "lintang", "lat", "garis_lintang", "koordinat_lintang",
                 "titik_lintang", "y"),
    "longitude": ("longitude_deg", "longitude", "bujur", "lon", "long", "lng", "garis_bujur",
                  "koordinat_bujur", "titik_bujur", "x"),
    "coordinates": ("koordinat", "titik_koordinat", "coordinates", "coordinate", "lat_long",
                    "lat_lon", "latlong", "koordinat_tps", "lokasi_koordinat"),
    "accuracy_m": ("coordinate_accuracy_m", "accuracy_m", "akurasi_m", "akurasi", "accuracy"),
    "n_voters": ("n_voters", "dpt", "jumlah_dpt", "jumlah_pemilih", "pemilih", "total_dpt",
                 "jml_pemilih", "jml_dpt", "voters", "registered_voters", "pemilih_dpt"),
    "n_voters_male": ("dpt_l", "dpt_laki_laki", "pemilih_laki_laki", "dpt_lk"),
    "n_voters_female": ("dpt_p", "dpt_perempuan", "pemilih_perempuan", "dpt_pr"),
    "building": ("building", "gedung", "bangunan", "jenis_bangunan", "jenis_gedung",
                 "tipe_bangunan", "jenis_tempat", "bentuk_tps", "building_type"),
    "has_power": ("has_power", "power", "listrik", "ada_listrik", "sumber_listrik",
                  "ketersediaan_listrik", "aliran_listrik", "jaringan_listrik", "listrik_tps",
                  "electricity", "mains_power"),
    "is_special": ("is_special", "lokasi_khusus", "tps_lokasi_khusus", "tps_khusus", "loksus",
                   "lokus", "tps_loksus", "tps_lokus", "jenis_tps", "tipe_tps", "kategori_tps",
                   "jenis_lokasi", "kategori_lokasi", "special_location"),
    "valid_from": ("valid_from", "berlaku_mulai", "berlaku_sejak", "mulai_berlaku",
                   "tanggal_berlaku", "tgl_berlaku"),
}  # fmt: skip
"""Accepted headers of each field in order of preference, as :func:`plain` writes them."""

_BUILDING_OF_WORD: Final[dict[str, str]] = {
    "tent": "tent", "tenda": "tent", "terop": "tent", "tarup": "tent", "lapangan": "tent",
    "terbuka": "tent", "halaman": "tent",
    "veranda": "veranda", "teras": "veranda", "serambi": "veranda", "beranda": "veranda",
    "hall": "hall", "balai": "hall", "aula": "hall", "pendopo": "hall", "serbaguna": "hall",
    "gor": "hall", "gsg": "hall", "majelis": "hall", "bale": "hall",
    "school": "school", "sekolah": "school", "sd": "school", "sdn": "school", "mi": "school",
    "smp": "school", "smpn": "school", "mts": "school", "sma": "school", "sman": "school",
    "smk": "school", "smkn": "school", "madrasah": "school", "paud": "school", "tk": "school",
    "kelas": "school",
    "house": "house", "rumah": "house",
    "office": "office", "kantor": "office",
    "other": "other", "lain": "other", "lainnya": "other",
}  # fmt: skip

NOT_GIVEN: Final = frozenset({"", "-", "--", "na", "n/a", "nan", "null", "none", "tidak ada", "0"})
"""What stands in a cell of which nothing is known."""

_POWER_UNKNOWN: Final = frozenset({"tahu", "diketahui", "unknown", "dicek", "cek", "check"})
_NO_POWER: Final = frozenset(
    {"tidak", "tdk", "tak", "belum", "tanpa", "padam", "mati", "no", "none", "n", "false", "0"}
)
_POWER: Final = frozenset({"ada", "ya", "y", "yes", "true", "1", "tersedia", "listrik"})
_POWER_SOURCES: Final = frozenset(
    {"pln", "genset", "generator", "surya", "plts", "plta", "pltmh", "solar", "mains"}
)

_NOT_SPECIAL: Final = frozenset({"reguler", "regular", "tidak", "tdk", "bukan", "non", "nonkhusus"})
_SPECIAL: Final = frozenset(
    {"khusus", "loksus", "lokus", "special",
     "rutan", "tahanan", "lapas", "lpka", "lpp", "pemasyarakatan", "penjara", "prison",
     "panti", "rehabilitasi", "relokasi", "pengungsian", "konflik",
     "pesantren", "ponpes", "asrama", "kampus", "universitas", "perkebunan", "pertambangan",
     "tambang", "sakit", "hospital", "rs", "rsu", "rsud", "rsj", "pabrik", "plant", "industri"}
)  # fmt: skip
"""Places in PKPU 7/2022 art. 179 (3): prisons, care homes, places of relocation, areas of conflict,
and others where voters are kept together; in 2024 pesantren, campuses, plantations, mines,
hospitals and industrial estates (NU Online, 4 Jul 2023)."""
_ORDINARY: Final = frozenset({"biasa", "umum"})
"""Said of ordinary TPS, but of special places as well: "Rumah Sakit Umum"."""
_YES: Final = frozenset({"ya", "y", "yes", "true", "1"})
_NO: Final = frozenset({"no", "n", "false", "0"})
"""Answers only where nothing else stands there: "SDN 1" and "Lapas No. 5" answer nothing."""


def plain(header: str) -> str:
    """Header in lower case, every run of other signs one underscore, units in brackets dropped.

    Examples
    --------
    >>> plain(" Kabupaten/Kota "), plain("Lintang (LS)"), plain("No. TPS")
    ('kabupaten_kota', 'lintang', 'no_tps')
    """
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"\(.*?\)", " ", header.lower())).strip("_")


def columns_of(headers: Sequence[str]) -> dict[str, int]:
    """Column of each field the headers name; the preferred name wins where several stand there."""
    names = [plain(header) for header in headers]
    found: dict[str, int] = {}
    for field, accepted in ACCEPTED_NAMES.items():
        for name in accepted:
            if name in names:
                found[field] = names.index(name)
                break
    return found


def has_identity(columns: Mapping[str, int]) -> bool:
    """Whether the columns identify a TPS."""
    return "tps_code" in columns or {"tps_number", "village_code"} <= columns.keys()


def has_coordinates(columns: Mapping[str, int]) -> bool:
    """Whether the columns hold coordinates."""
    return "coordinates" in columns or {"latitude", "longitude"} <= columns.keys()


def require(
    columns: Mapping[str, int], headers: Sequence[str], file: str, has_villages: bool
) -> None:
    """Refuse a list without the columns it needs.

    Raises
    ------
    InputError
        Listing the headers found and the names accepted.
    """
    found = [header.strip() for header in headers if header.strip()]
    if not has_identity(columns):
        code, number = ACCEPTED_NAMES["tps_code"], ACCEPTED_NAMES["tps_number"]
        raise InputError(
            f"Invalid columns {found}. Must name the TPS code (one of {list(code)}), or TPS number "
            f"(one of {list(number)}) and village code (one of "
            f"{list(ACCEPTED_NAMES['village_code'])}).",
            file=file,
        )
    if not has_coordinates(columns) and not has_villages:
        raise InputError(
            f"Invalid columns {found}. Must name latitude (one of "
            f"{list(ACCEPTED_NAMES['latitude'])}) and longitude (one of "
            f"{list(ACCEPTED_NAMES['longitude'])}), or both in one column (one of "
            f"{list(ACCEPTED_NAMES['coordinates'])}).",
            file=file,
            remedy="Or give village polygons, to fall back on flagged centroids.",
        )


def building_of(text: str) -> str | None:
    """Building class of a word or two, ``other`` where unknown, None where nothing is said.

    Examples
    --------
    >>> building_of("SDN 2 Cibaliung"), building_of("Teras rumah warga"), building_of("-")
    ('school', 'veranda', None)
    """
    words = re.findall(r"[a-z]+", text.lower())
    if not words:
        return None
    classes = [_BUILDING_OF_WORD[word] for word in words if word in _BUILDING_OF_WORD]
    return classes[0] if classes else "other"


def power_of(text: str) -> bool | None:
    """Whether a TPS has power: mains, generator or sun; None where nothing certain is said.

    Examples
    --------
    >>> power_of("PLN 900 VA"), power_of("Tidak ada"), power_of("belum diketahui"), power_of("-")
    (True, False, None, None)
    """
    words = set(re.findall(r"[a-z]+|\d+", text.lower()))
    if words & _POWER_UNKNOWN:
        return None
    if words & _NO_POWER:
        return None if words & _POWER_SOURCES else False  # no mains, but perhaps a generator
    return True if words & (_POWER | _POWER_SOURCES) else None


def special_of(text: str) -> bool | None:
    """Whether a TPS is one at a special location; None where nothing certain is said.

    Examples
    --------
    >>> special_of("Lapas Kelas IIA"), special_of("Reguler"), special_of("bukan khusus")
    (True, False, False)
    >>> special_of("SDN 1 Cibaliung") is None
    True
    """
    words = set(re.findall(r"[a-z]+|\d+", text.lower()))
    if words & _NOT_SPECIAL:
        return False
    if words & _SPECIAL:
        return True
    if words & _ORDINARY or (words and words <= _NO):
        return False
    return True if words and words <= _YES else None
