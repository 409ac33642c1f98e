"""OpenCelliD and Mozilla cell lists (FORMATS 6): where cells were heard, not what was read."""

from typing import Final

from coverage.readings.format import Head

NAME: Final = "opencellid_cells"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = None
SKIP: Final = "a list of radio cells, no readings: name it under the towers of the config"

_RADIOS: Final = ("GSM", "UMTS", "LTE", "CDMA", "NR")
_N_FIELDS: Final = 14
_HEADER: Final = "radio,mcc,net"


def sniff(head: Head) -> str | None:
    """Recognise the list by its header, or without one by the fields of its first line."""
    if head.first_line.startswith(_HEADER):
        return f"header begins {_HEADER}"
    fields = head.first_line.split(",")
    is_cell = len(fields) == _N_FIELDS and fields[0] in _RADIOS
    is_mcc = is_cell and len(fields[1]) == 3 and fields[1].isdigit()
    return "no header, 14 fields, radio and MCC first" if is_mcc else None
