"""Columns of the field form, written once: what is printed on it and what is read from it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class FieldColumn:
    """One column of the form.

    Attributes
    ----------
    name
        Its name for programs.
    indonesian, english
        What it asks for, in a few words.
    is_given
        Filled in before the form goes out.
    is_text
        Holds text; otherwise a number.
    """

    name: str
    indonesian: str
    english: str
    is_given: bool = False
    is_text: bool = False

    @property
    def heading(self) -> str:
        """The heading, the same in every language, so that a filled copy is known by it.

        Examples
        --------
        >>> FIELD_COLUMNS[0].heading
        'Kode TPS / TPS code'
        """
        return f"{self.indonesian} / {self.english}"


def _given(name: str, indonesian: str, english: str, *, is_text: bool = True) -> FieldColumn:
    """A column that is filled in before."""
    return FieldColumn(
        name=name, indonesian=indonesian, english=english, is_given=True, is_text=is_text
    )


def _asked(name: str, indonesian: str, english: str, *, is_text: bool = False) -> FieldColumn:
    """A column for the one who stands at the TPS."""
    return FieldColumn(name=name, indonesian=indonesian, english=english, is_text=is_text)


FIELD_COLUMNS: Final = (
    _given("tps_code", "Kode TPS", "TPS code"),
    _given("tps_name", "Nama TPS", "TPS name"),
    _given("village", "Desa/kelurahan", "Village"),
    _given("district", "Kecamatan", "District"),
    _given("listed_latitude_deg", "Lintang terdaftar", "Listed latitude", is_text=False),
    _given("listed_longitude_deg", "Bujur terdaftar", "Listed longitude", is_text=False),
    _given("operator", "Operator", "Operator"),
    _given("plmn", "Kode jaringan (MCC-MNC)", "Network code (MCC-MNC)"),
    _asked("day", "Tanggal (TTTT-BB-HH)", "Date (YYYY-MM-DD)", is_text=True),
    _asked("clock", "Jam (JJ:MM)", "Time (HH:MM)", is_text=True),
    _asked("latitude_deg", "Lintang di ponsel", "Latitude on the phone"),
    _asked("longitude_deg", "Bujur di ponsel", "Longitude on the phone"),
    _asked("gps_accuracy_m", "Akurasi GPS [m]", "GPS accuracy [m]"),
    _asked("is_indoor", "Di dalam gedung (ya/tidak)", "Indoors (yes/no)", is_text=True),
    _asked("network_type", "Jaringan (LTE/NR/UMTS/GSM/tidak ada)", "Network (or none)",
           is_text=True),
    _asked("signal_dbm", "RSRP [dBm]", "RSRP [dBm]"),
    _asked("cell_identity", "ID sel", "Cell identity"),
    _asked("pci", "PCI", "PCI"),
    _asked("arfcn", "EARFCN", "EARFCN"),
    _asked("upload_mb", "Ukuran uji unggah [MB]", "Upload test size [MB]"),
    _asked("upload_s", "Lama uji unggah [detik]", "Upload test time [s]"),
    _asked("device_model", "Model ponsel", "Phone model", is_text=True),
    _asked("notes", "Catatan", "Notes", is_text=True),
)  # fmt: skip
"""Columns in the order of the form."""

FIELD_HEADINGS: Final = tuple(column.heading for column in FIELD_COLUMNS)
"""First row of the first sheet of every copy of the form."""
