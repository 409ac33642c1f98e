"""The empty files a new survey begins with: TPS list, layers, column map, and what goes where."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from types import MappingProxyType
from typing import Final

import xlsxwriter

TPS_HEADERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "id": (
            "Kode TPS", "Nama TPS", "Desa/Kelurahan", "Kecamatan", "Kabupaten/Kota", "Lintang",
            "Bujur", "Jumlah DPT", "Jenis Bangunan", "Listrik", "Lokasi Khusus",
        ),
        "en": (
            "tps_code", "tps_name", "village", "district", "regency", "latitude", "longitude",
            "n_voters", "building", "power", "special_location",
        ),
    }
)  # fmt: skip
"""Headers of the TPS list by language; what the reader accepts is in coverage/sites/columns.py."""

_TPS_NOTES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "id": (
            "13 angka, sebagai teks: kode desa Kemendagri tanpa titik (10) + nomor TPS (3). Wajib.",
            "Boleh kosong.",
            "Boleh kosong.",
            "Boleh kosong.",
            "Boleh kosong.",
            "Derajat desimal, di Banten bertanda minus: -6,41234. Wajib.",
            "Derajat desimal: 106,12345. Wajib.",
            "Jumlah pemilih. Kosong = tidak diketahui; dipakai rata-rata dan ditandai.",
            "tenda, teras, balai, sekolah, rumah, kantor. Kosong = tidak diketahui.",
            "ada atau tidak ada. Kosong = tidak diketahui, diperiksa sebelum memasang alat.",
            "ya atau tidak, atau jenisnya: lapas, pesantren, rumah sakit. Kosong = menurut nomor: "
            "901 ke atas dianggap lokasi khusus.",
        ),
        "en": (
            "13 digits as text: Kemendagri village code without dots (10) + TPS number (3). "
            "Required.",
            "May be empty.",
            "May be empty.",
            "May be empty.",
            "May be empty.",
            "Decimal degrees, south is negative: -6.41234. Required.",
            "Decimal degrees: 106.12345. Required.",
            "Voters. Empty = not known; the average is taken and flagged.",
            "tent, veranda, hall, school, house, office. Empty = not known.",
            "yes or no. Empty = not known, to be checked before a kit is fitted.",
            "yes or no, or its kind: prison, pesantren, hospital. Empty = by number: from 901 on "
            "it is taken as one.",
        ),
    }
)
_CREATED: Final = datetime(2024, 1, 1, tzinfo=UTC)
_N_TEXT_ROWS: Final = 5000  # rows kept as text in the workbook; Banten's largest regency has 9,016

COLUMN_MAP: Final = """\
# A column map: how your table's columns are called and what they mean. A first draft is written
# from the file itself by `blankspot inspect FILE --columns`; begin with that one. The finished map
# belongs below raw/columns/, where every map is taken.
name = "my_dialect"               # letters, digits, - and _
delimiter = ","
decimal = "."                     # or ","
source = "drive_test"             # or "crowdsourced"
is_serving = true                 # every row is the cell the phone is connected to
rat = "LTE"                       # GSM, UMTS, LTE or NR, where no column says it
# plmn = "510-10"                 # network code, where no column says it
time_format = "%Y-%m-%d %H:%M:%S"
missing = ["", "-", "NA"]

[columns]                         # ours = "theirs"
time = "timestamp"
latitude_deg = "lat"
longitude_deg = "lon"
signal_dbm = "rsrp"
"""
"""A column map to be filled in; its keys are explained in coverage/readings/columns.py."""

FOLDER_NOTES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "readings": {
            "id": "Log sinyal: satu folder per ponsel. Format dikenali dari isinya, ZIP pun boleh.",
            "en": "Signal logs: one folder a phone. Formats are known by content; ZIP will do.",
        },
        "sites": {
            "id": "Daftar TPS (CSV atau XLSX), dari templates/tps.xlsx atau daftar sendiri.",
            "en": "The TPS list (CSV or XLSX), from templates/tps.xlsx or your own.",
        },
        "towers": {
            "id": "Daftar sel (CSV gaya OpenCelliD), bila ada. Tanpa itu menara ditaksir dari log.",
            "en": "A cell list (CSV as OpenCelliD's), if any. Without one, towers are estimated.",
        },
        "layers": {
            "id": "Peta wilayah: rawan bencana, tanpa sinyal, desa. Sebutkan di survey.toml.",
            "en": "Map layers: hazards, holds, villages. Name them in survey.toml.",
        },
        "columns": {
            "id": "Peta kolom (TOML) untuk CSV yang belum dikenal; semua yang ada di sini dipakai.",
            "en": "Column maps (TOML) for CSV dialects not known; every one here is used.",
        },
    }
)
"""What belongs into each folder below ``raw``, by language."""


def tps_csv(language: str) -> bytes:
    """An empty TPS list; semicolons as an Indonesian Excel writes, commas in English."""
    separator = ";" if language == "id" else ","
    return b"\xef\xbb\xbf" + (separator.join(TPS_HEADERS[language]) + "\r\n").encode()


def tps_xlsx(language: str) -> bytes:
    """An empty TPS list whose codes stay text, with a second sheet that explains each column."""
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": _CREATED})  # the same answers give the same bytes
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    headers = TPS_HEADERS[language]
    sheet = book.add_worksheet("TPS")
    sheet.write_row(0, 0, headers, bold)
    sheet.set_column(0, len(headers) - 1, 18)
    for row in range(1, _N_TEXT_ROWS):
        sheet.write_blank(row, 0, None, text)
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet("Keterangan" if language == "id" else "Notes")
    notes.set_column(0, 0, 18)
    notes.set_column(1, 1, 90)
    for row, pair in enumerate(zip(headers, _TPS_NOTES[language], strict=True)):
        notes.write_row(row, 0, pair)
    book.close()
    return stream.getvalue()


def layer_geojson(name: str, columns: tuple[str, ...]) -> bytes:
    """A polygon layer without polygons, its columns named in the collection's note.

    An empty layer is refused by the readers: it must be drawn before it is named in the config.
    """
    collection = {
        "type": "FeatureCollection",
        "name": name,
        "note": f"Draw polygons in WGS 84, each with the properties {', '.join(columns)}.",
        "features": [],
    }
    return (json.dumps(collection, indent=1) + "\n").encode()
