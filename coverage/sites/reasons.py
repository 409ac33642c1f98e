"""Reason codes and what they say, in Indonesian and English."""

from collections.abc import Mapping
from typing import Final

from coverage.errors import InputError

LANGUAGES: Final = ("id", "en")

REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    # what is known
    "R_HOLD": {
        "id": "Berada di wilayah yang warganya meminta tanpa sinyal; tidak diusulkan perangkat apa "
        "pun.",
        "en": "Lies where the community asked for no signal; no equipment is proposed.",
    },
    "R_HOLD_POSSIBLE": {
        "id": "Koordinat belum cukup teliti untuk memastikan letaknya di luar wilayah tanpa "
        "sinyal; pastikan dulu.",
        "en": "The coordinates are too coarse to rule out a no-signal area; find out first.",
    },
    "R_NO_SERVICE_MEAS": {
        "id": "Terukur tanpa layanan pada sedikitnya satu operator di sel ini.",
        "en": "No service was measured here for at least one operator.",
    },
    "R_P10_RSRP": {
        "id": "Terukur lemah pada sedikitnya satu operator di sel ini.",
        "en": "A weak level was measured here for at least one operator.",
    },
    "R_2G_ONLY": {
        "id": "Sedikitnya satu operator hanya terukur 2G/3G: lemah untuk mengunggah foto.",
        "en": "Only 2G/3G was measured for at least one operator: weak for uploading a photo.",
    },
    "R_MODEL_ONLY": {
        "id": "Belum ada pengukuran yang sah di sel ini; penilaian berasal dari model.",
        "en": "No valid reading in this cell; the judgement is the model's.",
    },
    "R_MODEL_ABSTAINS": {
        "id": "Model tidak dapat menilai sedikitnya satu operator di sini: terlalu jauh dari data.",
        "en": "The model cannot judge at least one operator here: too far from data.",
    },
    "R_STALE": {
        "id": "Ada pengukuran, tetapi terlalu lama untuk menjadi bukti.",
        "en": "Readings exist but are too old to be evidence.",
    },
    "R_CENTROID": {
        "id": "Koordinat TPS tidak ada atau kasar; dipakai titik desa. Kumpulkan koordinatnya.",
        "en": "The TPS has no or coarse coordinates; the village's point is used. Collect them.",
    },
    "R_COORDINATES_REPAIRED": {
        "id": "Lintang dan bujur tertukar dalam daftar dan telah dibalik; periksa.",
        "en": "Latitude and longitude were exchanged in the list and put right; check.",
    },
    "R_OUTSIDE_VILLAGE": {
        "id": "Koordinat terletak di luar desa menurut kode TPS; periksa keduanya.",
        "en": "The coordinates lie outside the village of the TPS code; check both.",
    },
    "R_BUILDING_LOSS": {
        "id": "Di luar ruang cukup, di dalam bangunan tidak.",
        "en": "Enough outdoors, not inside the building.",
    },
    "R_BUILDING_ASSUMED": {
        "id": "Jenis bangunan tidak disebut; dipakai anggapan dari konfigurasi.",
        "en": "The building is not stated; the configured one is assumed.",
    },
    "R_VOTERS_ASSUMED": {
        "id": "Jumlah pemilih tidak disebut; dipakai median.",
        "en": "The number of voters is not stated; the median is used.",
    },
    "R_HAZARD": {
        "id": "Berada di wilayah rawan bencana; jangan pasang alat tetap sebelum letak TPS pasti.",
        "en": "Lies in a hazard area; fix no equipment before the place of the TPS is settled.",
    },
    "R_SPECIAL": {
        "id": "TPS di lokasi khusus (rutan/lapas, pesantren, rumah sakit dan sejenisnya): tidak "
        "dapat dipindah; masuk, mengukur dan memasang alat hanya dengan izin penanggung jawabnya.",
        "en": "A TPS at a special location (prison, pesantren, hospital and the like): it cannot "
        "be moved; entry, readings and equipment only by leave of whoever is in charge.",
    },
    "R_ASSET_WORKS": {
        "id": "Perangkat sudah terpasang; pengukuran sesudah pemasangan membuktikan sinyalnya.",
        "en": "A device is fitted, and readings since the fitting prove that it works.",
    },
    "R_ASSET_STILL_WEAK": {
        "id": "Perangkat sudah terpasang, tetapi pengukuran sesudahnya tetap lemah; periksa "
        "perangkatnya.",
        "en": "A device is fitted, yet readings since are weak; check the device.",
    },
    "R_ASSET_NOT_PROVEN": {
        "id": "Perangkat tercatat terpasang; belum ada pengukuran sesudahnya, jadi belum terbukti.",
        "en": "A device is on record; no reading since the fitting, so nothing is proved.",
    },
    # why this remedy, and what to check before it
    "R_TWO_OPERATORS": {
        "id": "Sedikitnya dua operator dapat dipakai di TPS.",
        "en": "At least two operators are usable in the TPS.",
    },
    "R_OFFICERS_OPERATOR": {
        "id": "Operator petugas dapat dipakai di TPS.",
        "en": "The officers' operator is usable in the TPS.",
    },
    "R_OTHER_OPERATOR": {
        "id": "Operator petugas tidak terbukti dapat dipakai di TPS; operator yang disebut dapat. "
        "Sediakan kartu SIM-nya sebelum hari pemungutan.",
        "en": "The officers' operator is not known to be usable in the TPS; the one named is. "
        "Provide its SIM cards before polling day.",
    },
    "R_ONE_KNOWN_OPERATOR": {
        "id": "Baru satu operator yang diketahui dapat dipakai; operator lain belum semua dapat "
        "dinilai. Petugas yang memegang kartunya cukup memakainya; untuk yang lain sediakan "
        "sebelum hari pemungutan.",
        "en": "One operator is known to be usable so far; not all others could be judged. Officers "
        "who have its SIM use it; provide it to the others before polling day.",
    },
    "R_ONE_OPERATOR": {
        "id": "Hanya satu operator yang dapat dipakai; sediakan kartu SIM-nya sebelum hari "
        "pemungutan.",
        "en": "Only one operator is usable; provide its SIM cards before polling day.",
    },
    "R_USABLE_NEAR": {
        "id": "Ada tempat dengan sinyal yang cukup dalam jarak jalan kaki; simpan di Sirekap lalu "
        "kirim dari sana.",
        "en": "A place with enough signal is within walking distance; store in Sirekap, send from "
        "there.",
    },
    "R_BEYOND_MAP": {
        "id": "Sinyal yang cukup diperkirakan ada dalam jarak jalan kaki di luar peta desa: laut "
        "atau wilayah tetangga, belum diketahui. Periksa di tempat.",
        "en": "Enough signal is expected within a walk beyond the map of villages: sea or the "
        "neighbouring region, it is not known which. Check on site.",
    },
    "R_STEP_OUTSIDE": {
        "id": "Kirim dari luar ruang di dekat TPS.",
        "en": "Send from outdoors beside the TPS.",
    },
    "R_CHECK_PATH": {
        "id": "Periksa jalannya: sungai, banjir atau longsor di antaranya.",
        "en": "Check the path: river, flood or landslide in between.",
    },
    "R_WIFI_NEAR": {
        "id": "Ada titik Wi-Fi umum di dekat TPS.",
        "en": "A public Wi-Fi point is near the TPS.",
    },
    "R_CHECK_WIFI": {
        "id": "Periksa jam buka, listrik dan jaringan titik Wi-Fi itu.",
        "en": "Check opening hours, power and backhaul of the Wi-Fi point.",
    },
    "R_DONOR": {
        "id": "Sinyal di ketinggian tiang diperkirakan cukup untuk penguat; ukur dulu di tempat.",
        "en": "The level at mast height should do for a booster; measure on site first.",
    },
    "R_DONOR_UNKNOWN": {
        "id": "Sel donor tidak dikenal; tanyakan kepada operator.",
        "en": "The donor cell is not known; ask the operator.",
    },
    "R_NO_DONOR": {
        "id": "Tidak ada sinyal donor yang cukup untuk penguat.",
        "en": "No donor level is enough for a booster.",
    },
    "R_LEGAL_OPERATOR_ONLY": {
        "id": "Penguat sinyal hanya melalui operator: perangkat bersertifikat dan rekomendasi "
        "operator (UU 36/1999 ps. 38, 55; perubahan oleh UU 11/2020 perlu dipastikan).",
        "en": "Boosters only through the operator: certified device and operator's recommendation "
        "(Law 36/1999 art. 38, 55; amendments by Law 11/2020 to be confirmed).",
    },
    "R_CHECK_POWER": {
        "id": "Periksa listrik di TPS.",
        "en": "Check mains power at the TPS.",
    },
    "R_NO_POWER": {
        "id": "Menurut daftar TPS tidak ada listrik: alat yang dipasang di TPS tidak dapat bekerja "
        "tanpa sumber listrik sendiri.",
        "en": "By the TPS list there is no power: equipment at the TPS cannot work without a "
        "supply of its own.",
    },
    "R_CLUSTER": {
        "id": "Beberapa TPS seperti ini berdekatan; satu BTS bergerak dapat melayani semuanya.",
        "en": "Several such TPS lie together; one mobile base station can serve them.",
    },
    "R_NEAR_HOLD": {
        "id": "Wilayah tanpa sinyal berada dalam jangkauan BTS: sepakati dulu dengan warganya, "
        "arahkan antena menjauh.",
        "en": "A no-signal area lies within the station's reach: agree with the community first, "
        "turn the antenna away.",
    },
    "R_CHECK_ROAD": {
        "id": "Periksa jalan masuk, jaringan penghubung dan kesediaan operator.",
        "en": "Check the road, the backhaul and the operator's consent.",
    },
    "R_ISLAND": {
        "id": "Berada di pulau: pengiriman dengan perahu, waktu tempuh sudah dihitung.",
        "en": "Lies on an island: goods go by boat, the way is in the lead time.",
    },
    "R_FOOT": {
        "id": "Hanya dapat dicapai dengan berjalan kaki: alat dipikul, waktu tempuh sudah "
        "dihitung.",
        "en": "Reached on foot only: equipment is carried, the way is in the lead time.",
    },
    "R_CHECK_SKY": {
        "id": "Periksa pandangan ke langit, listrik dan waktu pemasangan.",
        "en": "Check the view of the sky, power and set-up time.",
    },
    "R_TOO_LATE": {
        "id": "Penanganan yang lebih baik tidak dapat tiba pada waktunya.",
        "en": "A better remedy cannot arrive in time.",
    },
    "R_COURIER": {
        "id": "Simpan di Sirekap, kirim di kecamatan.",
        "en": "Store in Sirekap, send at the kecamatan.",
    },
    "R_SURVEY": {
        "id": "Masukkan ke rute pengukuran berikutnya.",
        "en": "Add to the next measurement route.",
    },
    # why a kit waits
    "R_SURVEY_CONFIRMS": {
        "id": "Belum diputuskan: alat disisihkan menurut perkiraan model; pengukuran di tempat "
        "harus memastikannya dulu.",
        "en": "Not decided: a kit is set aside by what the model expects; a survey on site must "
        "confirm it first.",
    },
    "R_NEXT_IN_LINE": {
        "id": "Belum diputuskan: menerima penguat bila di TPS lain tidak terukur sinyal donor yang "
        "cukup di ketinggian tiang, atau unggahan di sana ternyata berhasil; ukur juga di sini "
        "sebelum penguat dipasang.",
        "en": "Not decided: gets a booster where at another TPS no sufficient donor level is "
        "measured at mast height, or the upload turns out to work; measure here too before "
        "boosters are fitted.",
    },
}
"""What each code says, by language. Codes stand in ``reasons`` in the order of this table."""

SHARED_REASONS: Final = frozenset(
    {
        "R_HOLD", "R_CENTROID", "R_COORDINATES_REPAIRED", "R_OUTSIDE_VILLAGE", "R_BUILDING_ASSUMED",
        "R_VOTERS_ASSUMED", "R_HAZARD", "R_SPECIAL", "R_USABLE_NEAR", "R_STEP_OUTSIDE",
        "R_CHECK_PATH", "R_DONOR", "R_DONOR_UNKNOWN", "R_LEGAL_OPERATOR_ONLY", "R_CHECK_POWER",
        "R_NO_POWER", "R_CLUSTER", "R_NEAR_HOLD", "R_CHECK_ROAD", "R_ISLAND", "R_FOOT",
        "R_CHECK_SKY",
    }
)  # fmt: skip
"""Codes that tell the operator named in the remedy nothing of another one: of the TPS, of its place
and its way, or of that operator's own signal. Whatever speaks of any operator, of how many, or of a
better remedy stays inside (DOMAIN 11)."""


def sentences(codes: str, language: str) -> str:
    """Sentences of codes joined by ``|``, as in ``site_ranking.reasons``.

    Raises
    ------
    InputError
        Where there is no such language or reason.

    Examples
    --------
    >>> sentences("R_STEP_OUTSIDE|R_CHECK_POWER", "en")
    'Send from outdoors beside the TPS. Check mains power at the TPS.'
    """
    if language not in LANGUAGES:
        raise InputError(f"Invalid language {language!r}. Must be one of {LANGUAGES}.")
    unknown = [code for code in codes.split("|") if code and code not in REASONS]
    if unknown:
        raise InputError(f"Invalid reason {unknown[0]!r}. Must be one of {list(REASONS)}.")
    return " ".join(REASONS[code][language] for code in codes.split("|") if code)
