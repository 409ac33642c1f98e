"""What the command says to officials, in Indonesian and English: summary, check, next step."""

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType
from typing import Any, Final

from coverage.errors import InputError

LANGUAGES: Final = ("id", "en")
LANGUAGE_VARIABLE: Final = "BLANKSPOT_LANG"
_LOCALE_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # in the order of POSIX

_WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "id": {
            "stage": "tahap", "rows": "baris", "rejected": "ditolak", "seconds": "detik",
            "count": "{n:,} {name}", "number": "{n:,}", "decimal": "{n:,.1f}",
            "up_to_date": "sudah mutakhir, tidak ada yang dikerjakan",
            "totals": "{title}: {n_sites:,} TPS, {n_voters:,} pemilih",
            "totals_alone": "{title}: {n_sites:,} TPS, jumlah pemilih tidak diketahui",
            "expected": "diperkirakan gagal: {n:,.1f} TPS dari yang dapat dinilai",
            "expected_unknown": "diperkirakan gagal: tidak diketahui, belum ada TPS yang dapat "
            "dinilai",
            "unknown": "belum diketahui, perlu disurvei dulu: {n:,} TPS",
            "act_first": "tangani lebih dulu",
            "open_first": "buka dulu:", "then": "lalu:", "how_good": "seberapa baik:",
            "refused_rows": "yang ditolak:",
            "refused": "ditolak karena {reasons}", "refused_more": ", dan alasan lain",
            "for_car": "untuk mobil:", "on_map": "di peta:", "to_order": "untuk dipesan:",
            "forgotten": "{name} dilupakan; baris perangkat terlupakan yang tidak diikutkan: "
            "{n:,}",
            "forgotten_next": "Berkas mentah tidak disentuh: hapus sendiri. Lalu `blankspot run` "
            "memperbarui sisanya.",
            "rank": "urutan", "tps_code": "kode TPS", "village": "desa", "district": "kecamatan",
            "p_fail": "p gagal", "remedy": "tindakan",
            "error": "salah", "ok": "baik ",
            "made": "dibuat: {path}",
            "next": "langkah berikutnya:",
            "next.mend": "perbaiki baris \"salah\" yang pertama, lalu jalankan `{check}` lagi.",
            "next.readings": "salin log sinyal ke {folder}, satu folder per ponsel, lalu "
            "`{check}` lagi.",
            "next.sites": "isi daftar TPS (contoh: {template}), simpan di {folder}, lalu "
            "`{check}` lagi.",
            "next.operators": "kode jaringan {plmns} ada dalam log tetapi tidak dalam tabel "
            "operator; tuliskan di {table}, lalu `{check}` lagi. Tanpa nama, bacaannya tidak "
            "dipakai.",
            "next.run": "`{run}` membuat daftar peringkat dan peta.",
            "next.look": "buka {map}; setelah ada log baru: `{run}`.",
        },
        "en": {
            "stage": "stage", "rows": "rows", "rejected": "rejected", "seconds": "seconds",
            "count": "{n:,} {name}", "number": "{n:,}", "decimal": "{n:,.1f}",
            "up_to_date": "up to date, nothing done",
            "totals": "{title}: {n_sites:,} TPS, {n_voters:,} voters",
            "totals_alone": "{title}: {n_sites:,} TPS, number of voters not known",
            "expected": "expected to fail: {n:,.1f} TPS of those that can be judged",
            "expected_unknown": "expected to fail: not known, no TPS can be judged yet",
            "unknown": "not known, to be surveyed first: {n:,} TPS",
            "act_first": "act first",
            "open_first": "open first:", "then": "then:", "how_good": "how good:",
            "refused_rows": "left out:",
            "refused": "rejected for {reasons}", "refused_more": ", and other reasons",
            "for_car": "for the car:", "on_map": "on the map:", "to_order": "to order:",
            "forgotten": "{name} is forgotten; rows of forgotten devices left out: {n:,}",
            "forgotten_next": "Raw files are untouched: delete them. Then `blankspot run` renews "
            "all the rest.",
            "rank": "rank", "tps_code": "tps_code", "village": "village", "district": "district",
            "p_fail": "p_fail", "remedy": "remedy",
            "error": "error", "ok": "ok   ",
            "made": "made: {path}",
            "next": "next step:",
            "next.mend": "mend the first line marked error, then `{check}` again.",
            "next.readings": "copy the signal logs to {folder}, one folder a phone, then "
            "`{check}` again.",
            "next.sites": "fill in the TPS list (pattern: {template}), save it in {folder}, then "
            "`{check}` again.",
            "next.operators": "network codes {plmns} are in the logs but not in the operators' "
            "table; name them in {table}, then `{check}` again. Without a name their readings are "
            "not used.",
            "next.run": "`{run}` makes the ranked list and the map.",
            "next.look": "open {map}; after new logs: `{run}`.",
        },
    }
)  # fmt: skip


def language_of(given: str | None, environment: Mapping[str, str]) -> str:
    """The language to speak: as asked for, or of the environment, English where neither says.

    Raises
    ------
    InputError
        Where a language is asked for that is not spoken here.

    Examples
    --------
    >>> language_of(None, {"LANG": "id_ID.UTF-8"}), language_of("en", {"LANG": "id_ID.UTF-8"})
    ('id', 'en')
    """
    asked = given or environment.get(LANGUAGE_VARIABLE)
    if asked:
        if asked not in LANGUAGES:
            raise InputError(f"Invalid language {asked!r}. Must be one of {', '.join(LANGUAGES)}.")
        return asked
    locale = next((environment[name] for name in _LOCALE_VARIABLES if environment.get(name)), "")
    return "id" if locale.split(".")[0].split("_")[0] in {"id", "in"} else "en"


def word(key: str, language: str, **values: object) -> str:
    """A text of the catalogue with its values.

    Examples
    --------
    >>> word("unknown", "en", n=1200)
    'not known, to be surveyed first: 1,200 TPS'
    >>> word("unknown", "id", n=1200)
    'belum diketahui, perlu disurvei dulu: 1.200 TPS'
    """
    form = _IndonesianForm() if language == "id" else Formatter()
    return form.vformat(_WORDS[language][key], (), values)


class _IndonesianForm(Formatter):
    """Numbers with points between thousands and a comma before decimals."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value as it stands in the text."""
        text = str(super().format_field(value, format_spec))
        is_number = isinstance(value, int | float)
        return text.translate(str.maketrans(",.", ".,")) if is_number else text


def keys(language: str) -> frozenset[str]:
    """Every key of a language's catalogue."""
    return frozenset(_WORDS[language])
