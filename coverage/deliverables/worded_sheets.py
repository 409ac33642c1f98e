"""Sheets of tables whose codes stand in words: what the books of operators and kabupaten share."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from coverage.deliverables.info import RunInfo, reason_sentences
from coverage.deliverables.safe_text import h3_text, neutralised_column
from coverage.deliverables.sheets import (
    OpenBook,
    ShownColumn,
    make_filterable,
    titled_sheet,
    write_frame,
)
from coverage.deliverables.texts import catalogue, column_label
from coverage.deliverables.workbook import NUMBER_FORMATS
from coverage.tables import COLUMNS

HEADER_ROW: Final = 2
"""Row of the headings, from 0: title and note stand over them."""

_CODED: Final = {
    "evidence": "evidence", "evidence_old": "evidence", "remedy": "remedy", "remedy_old": "remedy",
    "kit": "remedy", "basis": "basis", "change": "change", "source": "source",
    "service_state": "service_state", "signal_state": "signal_state", "purpose": "purpose",
    "access": "access", "standby": "standby",
}  # fmt: skip
"""Column -> first part of the catalogue's keys of its codes."""

_YES_NO: Final = ("suppressed", "is_applicable", "other_serves")
_REASONS: Final = "reasons"
_LINK: Final = "map_link"
_TEXT: Final = frozenset(
    {*_CODED, *_YES_NO, "h3_cell", "time_utc", "village_code", _LINK, _REASONS}
)  # fmt: skip
_DAYS: Final = frozenset(
    {"day", "last_day", "last_day_old", "last_day_new", "latest_order_date", "dispatch_by"}
)
_FORMATS: Final = {
    **NUMBER_FORMATS, "no_service_share": "0%", "n_readings": "#,##0",
    "strongest_cell_identity": "0", "cell_identity": "0", "distance_m": "#,##0", "leg_m": "#,##0",
    "route_m": "#,##0", "p_upload_fail_old": "0%", "voters_freed": "0.0",
    "expected_failures": "#,##0.0", "n_sites": "#,##0", "n_cells": "#,##0",
}  # fmt: skip
_WIDTHS: Final = {
    "rank": 9, "rank_old": 9, "tps_code": 16, "host_tps_code": 16, "tps_name": 16, "village": 20,
    "village_code": 14, "district": 18, "regency": 26, "h3_cell": 18, "remedy": 34,
    "remedy_old": 34, "kit": 34, "evidence": 30, "evidence_old": 30, "standby": 34, "area": 18,
    "reasons": 70, "map_link": 48, "change": 24, "source": 18, "rat": 10,
    "remedy_operator": 15, "purpose": 24,
}  # fmt: skip
_WIDTH: Final = 14


def write_worded(
    book: OpenBook,
    name: str,
    rows: pd.DataFrame,
    info: RunInfo,
    *,
    title: str,
    note: str,
    columns: Sequence[ShownColumn] | None = None,
    n_frozen: int = 1,
) -> Any:
    """One sheet: its title, a note, and the table in words with filters.

    Parameters
    ----------
    book
        Where to.
    name
        Of the sheet.
    rows
        The table; without columns title and note stand alone.
    info
        The run.
    title, note
        What stands over the table.
    columns
        How its columns are shown; None = as :func:`worded_column` says.
    n_frozen
        First columns that stay in sight. [count]

    Returns
    -------
    xlsxwriter.worksheet.Worksheet
        The sheet, for what only one book has on it.
    """
    sheet = titled_sheet(book, name, title, note)
    if len(rows.columns):
        shown = columns or [worded_column(column, info.language) for column in rows.columns]
        write_frame(book, sheet, HEADER_ROW, in_words(rows, info), shown)
        make_filterable(sheet, HEADER_ROW, len(rows), len(rows.columns), n_frozen)
    return sheet


def in_words(rows: pd.DataFrame, info: RunInfo) -> pd.DataFrame:
    """Codes and reasons in words, H3 cells as hex text, other text harmless; NA stays NA."""
    texts = catalogue(info.language)
    yes_no = {True: texts["partner.yes"], False: texts["partner.no"]}
    shown: dict[str, pd.Series[Any]] = {}
    for name in rows.columns:
        values = rows[name]
        if name in _CODED:
            words = {code: texts[f"{_CODED[name]}.{code}"] for code in values.dropna().unique()}
            values = values.map(words, na_action="ignore")
        elif name in _YES_NO:
            values = values.map(yes_no, na_action="ignore")
        elif name == "h3_cell" and not pd.api.types.is_object_dtype(values):
            values = h3_text(values)
        elif name == _REASONS:
            told = {codes: reason_sentences(info, codes, info.language) for codes in
                    values.dropna().unique()}  # fmt: skip
            values = values.map(told, na_action="ignore")
        elif _is_text(name) and name != _LINK:
            values = neutralised_column(values)
        shown[name] = values
    return pd.DataFrame(shown)


def worded_column(name: str, language: str, label: str | None = None) -> ShownColumn:
    """How a column of :func:`in_words` is shown.

    Parameters
    ----------
    name
        The column.
    language
        ``id`` or ``en``.
    label
        Its heading; None = :func:`worded_label`.
    """
    is_level = name.endswith(("_dbm", "_db"))
    return ShownColumn(
        label=worded_label(name, language) if label is None else label,
        is_text=_is_text(name),
        width=_WIDTHS.get(name, _WIDTH),
        number_format=_FORMATS.get(name, "0.0" if is_level else "0"),
        is_date=name in _DAYS,
        is_link=name == _LINK,
    )


def worded_label(name: str, language: str) -> str:
    """Heading of a column with its unit; reasons are told in sentences here, not in codes.

    Examples
    --------
    >>> worded_label("reasons", "en"), worded_label("distance_m", "en")
    ('Reasons', 'Distance [m]')
    """
    return column_label("reasons_text" if name == _REASONS else name, language)


def _is_text(name: str) -> bool:
    """Whether a column holds text, days apart."""
    if name in _TEXT:
        return True
    return name in COLUMNS and bool(pa.types.is_string(COLUMNS[name].dtype))
