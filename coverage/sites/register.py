"""The register of devices as it is kept: CSV or XLSX, Indonesian or English (DOMAIN 3.3)."""

from datetime import date
from typing import Any, BinaryIO, Final

import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.sites.codes import tps_code_of
from coverage.sites.columns import plain
from coverage.sites.kits import KIT_OF_WORD
from coverage.sites.sheets import read_sheet
from coverage.sites.versions import day_of

ACCEPTED_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "serial": ("serial", "nomor_seri", "no_seri", "serial_number", "sn"),
    "tps_code": ("tps_code", "kode_tps", "id_tps", "kd_tps"),
    "kit": ("kit", "perangkat", "jenis_perangkat", "jenis", "device"),
    "operator": ("operator",),
    "owner": ("owner", "pemilik", "milik"),
    "fitted_on": ("fitted_on", "tanggal_pasang", "tgl_pasang", "dipasang", "installed_on"),
    "last_seen_on": ("last_seen_on", "terakhir_hidup", "tgl_terakhir_hidup", "last_seen"),
    "removed_on": ("removed_on", "tanggal_lepas", "tgl_lepas", "dilepas"),
}
"""Accepted headers of each field, as :func:`coverage.sites.columns.plain` writes them."""

_REQUIRED: Final = ("serial", "tps_code", "kit", "fitted_on")
_DATES: Final = ("fitted_on", "last_seen_on", "removed_on")


def read_register(stream: BinaryIO, name: str) -> pd.DataFrame:
    """Read a register of devices, CSV or XLSX, Indonesian or English headers.

    A register is short and signed for: a row that cannot be understood stops the run, since a
    device that falls out in silence would be bought again.

    Parameters
    ----------
    stream
        The file.
    name
        Its name, for messages.

    Returns
    -------
    pandas.DataFrame
        ``serial, tps_code, kit, operator, owner, fitted_on, last_seen_on, removed_on``.

    Raises
    ------
    InputError
        Naming the row and what is wrong with it.
    """
    sheet = read_sheet(stream, name)
    columns = _columns(sheet.headers, name)
    texts = {field: [row[i].strip() for row in sheet.rows] for field, i in columns.items()}
    n = len(sheet.rows)
    register: dict[str, Any] = {
        field: _texts(texts.get(field, [""] * n)) for field in ("serial", "operator", "owner")
    }
    register["tps_code"] = [
        _code(text, name, row) for text, row in zip(texts["tps_code"], sheet.numbers, strict=True)
    ]
    register["kit"] = [
        _kit(text, name, row) for text, row in zip(texts["kit"], sheet.numbers, strict=True)
    ]
    for field in _DATES:
        cells = zip(texts.get(field, [""] * n), sheet.numbers, strict=True)
        register[field] = pd.Series(
            [_date(text, field, name, row) for text, row in cells], dtype=object
        )
    found = pd.DataFrame(register)
    _refuse_impossible(found, name, sheet.numbers)
    return found


def _columns(headers: list[str], name: str) -> dict[str, int]:
    """Column of each field the headers name."""
    names = [plain(header) for header in headers]
    found = {
        field: next(names.index(known) for known in accepted if known in names)
        for field, accepted in ACCEPTED_NAMES.items()
        if any(known in names for known in accepted)
    }
    missing = [field for field in _REQUIRED if field not in found]
    if missing:
        accepted_names = {field: list(ACCEPTED_NAMES[field]) for field in missing}
        raise InputError(f"Invalid columns {headers}. Must name {accepted_names}.", file=name)
    return found


def _texts(values: list[str]) -> "pd.Series[Any]":
    return pd.Series([value or None for value in values], dtype="string")


def _code(text: str, name: str, row: int) -> str:
    code, why = tps_code_of(text)
    if code is None:
        raise InputError(
            f"Invalid tps_code {text!r} ({why}). Must be 13 digits.", file=name, row=row
        )
    return code


def _kit(text: str, name: str, row: int) -> str:
    kit = KIT_OF_WORD.get(plain(text))
    if kit is None:
        raise InputError(
            f"Invalid kit {text!r}. Must be one of {sorted(KIT_OF_WORD)}.", file=name, row=row
        )
    return kit


def _date(text: str, field: str, name: str, row: int) -> date | None:
    """A day, written year first or day first; None where nothing is said."""
    if text in ("", "-"):
        return None
    day = day_of(text)
    if day is None:
        raise InputError(
            f"Invalid {field} {text!r}. Must be a day as 2024-02-12 or 12/02/2024.",
            file=name,
            row=row,
        )
    return day


def _refuse_impossible(found: pd.DataFrame, name: str, rows: list[int]) -> None:
    """Refuse a device without a serial or a fitting, twice on record, or gone before it came."""
    is_removed_early = [
        not pd.isna(gone) and not pd.isna(came) and gone < came
        for came, gone in zip(found["fitted_on"], found["removed_on"], strict=True)
    ]
    for is_wrong, rule in (
        (found["serial"].isna().to_numpy(), "serial, none. Must be given"),
        (found["fitted_on"].isna().to_numpy(), "fitted_on, none. Must be given"),
        (found["serial"].duplicated().to_numpy(), "serial, on record already. Must be unique"),
        (np.array(is_removed_early, dtype=bool), "removed_on before fitted_on. Must be later"),
    ):
        if is_wrong.any():
            raise InputError(f"Invalid {rule}.", file=name, row=rows[int(is_wrong.argmax())])
