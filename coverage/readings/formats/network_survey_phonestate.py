"""Android Network Survey phone-state log (FORMATS 10): the app's only source of no-service.

A row is written when the registration changes, with the list of registrations as JSON. The app
leaves a technology of UNKNOWN out of it. Read as follows: a registered technology with a cell is
service; a cell without technology is a cell that the SIM may not use, emergency calls at best; a
list that names neither is no service. An empty list is an Android before 10 and says nothing, nor
does a SIM that is not ready. A phone in flight mode may look the same as one without service.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import numpy as np

from coverage.operators import plmn_text
from coverage.readings import picks, words
from coverage.readings.codes import Codes
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.formats.network_survey import PERSONAL, START, header_of, place_of

NAME: Final = "network_survey_phonestate"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = True

_LIST: Final = "networkRegistrationInfo"
_LAYOUT: Final = Layout(
    numbers=("latitude", "longitude", "altitude", "speed", "accuracy", "locationAge"),
    words=("simState", "simOperator", "deviceSerialNumber", _LIST),
    texts=("deviceTime",),
    missing=("",),
    comment="#",
    is_quoted=True,
    personal=PERSONAL,
)
_RAT_OF_CELL: Final = {
    "cellIdentityLte": "LTE", "cellIdentityNr": "NR", "cellIdentityUmts": "UMTS",
    "cellIdentityGsm": "GSM",
}  # fmt: skip
_CELL_KEYS: Final = {
    "area_code": ("tac", "lac"), "cell_identity": ("eci", "nci", "cid", "ci"),
    "pci": ("pci", "psc"), "arfcn": ("earfcn", "narfcn", "uarfcn", "arfcn"),
}  # fmt: skip
_NOT_MOBILE: Final = frozenset({"IWLAN"})
_NO_RAT: Final = frozenset({"", "UNKNOWN", "UNRECOGNIZED"})


def sniff(head: Head) -> str | None:
    """Recognise the log by its header line."""
    header = header_of(head)
    return f"header begins {START} and has {_LIST}" if _LIST in header else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the log block by block."""
    for block in blocks(stream, _LAYOUT, context.name, need=("deviceTime", "simState", _LIST)):
        yield _draft(block)


def _draft(block: Block) -> Draft:
    """Rows of one block in canonical names."""
    lists = block.text(_LIST)
    states = [_state(text) for text in lists.words]

    def column(name: str) -> Codes:
        return Codes.merged(lists.codes, [state.get(name) for state in states])

    is_ready = block.text("simState").equals("READY")
    service = column("service_state").where(is_ready, None)
    home = block.text("simOperator").map(words.plmn_of_word)
    is_without = service.equals("no_service")
    plmn = column("plmn").where(~is_without, home)
    return Draft(
        source_row=block.source_row,
        raw=block.raw,
        redact=block.redact,
        time_us=picks.iso_times(block.array("deviceTime")),
        numbers={
            **place_of(block),
            **{name: column(name).table(float) for name in _CELL_KEYS},
            "is_serving": np.where(service.equals("in_service"), 1.0, np.nan),
        },
        texts={
            "rat": column("rat"),
            "service_state": service,
            "plmn": plmn,
            "sim_plmn": home,
            "device": block.text("deviceSerialNumber"),
            "reason": block.reason,
        },
        flags={"dq_plmn_assumed": is_without & ~home.is_na},
    )


def _state(text: str) -> Mapping[str, str]:
    """Service state, network and cell of one list of registrations; empty where it says nothing."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(entries, list):
        return {}
    mobile = [
        entry for entry in entries if isinstance(entry, dict) and _word(entry) not in _NOT_MOBILE
    ]
    if not mobile:
        return {}
    with_cell = [(entry, key) for entry in mobile for key in _RAT_OF_CELL if _cell(entry, key)]
    used = [pair for pair in with_cell if _word(pair[0]) not in _NO_RAT]
    if used:
        entry, key = used[0]
        return {
            "service_state": "in_service",
            "rat": _RAT_OF_CELL[key],
            **_codes(_cell(entry, key)),
        }
    if with_cell:
        entry, key = with_cell[0]
        return {"service_state": "limited", "rat": _RAT_OF_CELL[key], **_codes(_cell(entry, key))}
    is_unregistered = all(_word(entry) in _NO_RAT for entry in mobile)
    return {"service_state": "no_service" if is_unregistered else "in_service"}


def _word(entry: Mapping[str, Any]) -> str:
    """Technology of a registration, empty where the app left it out."""
    value = entry.get("accessNetworkTechnology", entry.get("access_network_technology", ""))
    return value.strip().upper() if isinstance(value, str) else ""


def _cell(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Cell of a registration, empty without one."""
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _codes(cell: Mapping[str, Any]) -> dict[str, str]:
    """Network and identities of a cell, as texts."""
    found: dict[str, str] = {}
    for name, keys in _CELL_KEYS.items():
        values = [cell[key] for key in keys if type(cell.get(key)) is int]
        if values and 0 <= values[0] < 2**40:
            found[name] = str(values[0])
    mcc, mnc = cell.get("mcc"), cell.get("mnc")
    if type(mcc) is int and type(mnc) is int and 200 <= mcc <= 999 and 0 <= mnc <= 999:
        found["plmn"] = plmn_text(mcc, mnc)
    return found
