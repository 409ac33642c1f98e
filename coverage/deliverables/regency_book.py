"""The workbook of one kabupaten: its recap, TPS, proposal, survey days, rounds and standby."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from coverage.deliverables.briefing_tables import Regency
from coverage.deliverables.gis import slug_of
from coverage.deliverables.info import RunInfo, reason_sentences
from coverage.deliverables.programme import n_not_measured, programme_rows
from coverage.deliverables.ranking_view import ranking_view
from coverage.deliverables.recap import recap, write_recap_sheet
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.safe_text import neutralised_column
from coverage.deliverables.sheets import (
    OpenBook,
    ShownColumn,
    colour_shares,
    make_filterable,
    print_across,
    workbook_at,
    write_frame,
)
from coverage.deliverables.site_change import SITE_CHANGE_COLUMNS, site_change
from coverage.deliverables.texts import catalogue, column_label
from coverage.deliverables.workbook import shown_columns, write_legend
from coverage.tables import COLUMNS

_HEADER_ROW: Final = 2
_SLUG_LENGTH: Final = 60  # a file name holds 255 bytes
_STOPS: Final = (
    "survey_day", "stop", "purpose", "tps_code", "tps_name", "village", "district", "latitude_deg",
    "longitude_deg", "n_sites", "leg_m", "route_m", "elapsed_minutes",
)  # fmt: skip
_STANDBY: Final = (
    "standby_order", "tps_code", "tps_name", "village", "district", "standby", "kit",
    "remedy_operator", "host_tps_code", "voters_freed", "survey_day", "lead_time_days",
    "latest_order_date", "reasons_text",
)  # fmt: skip
_ROUNDS: Final = (
    "round", "stop", "tps_code", "tps_name", "village", "district", "access", "area",
    "latitude_deg", "longitude_deg", "n_voters", "remedy", "kit", "leg_m", "route_m",
    "lead_time_days", "dispatch_by",
)  # fmt: skip
_CODED: Final = {
    "remedy": "remedy", "kit": "remedy", "evidence": "evidence", "signal_state": "signal_state",
    "purpose": "purpose", "access": "access", "evidence_old": "evidence", "remedy_old": "remedy",
    "standby": "standby",
}  # fmt: skip
_FORMATS: Final = {
    "latitude_deg": "0.000000", "longitude_deg": "0.000000", "n_voters": "#,##0",
    "leg_m": "#,##0", "route_m": "#,##0", "elapsed_minutes": "0", "signal_p50_dbm": "0.0",
    "p_upload_fail": "0%", "p_upload_fail_old": "0%", "voters_freed": "0.0",
}  # fmt: skip
_WIDTHS: Final = {
    "tps_code": 16, "village": 20, "district": 18, "remedy": 30, "kit": 30, "evidence": 28,
    "remedy_old": 30, "evidence_old": 28, "area": 18, "village_code": 14, "regency": 20,
    "standby": 30, "host_tps_code": 16, "reasons_text": 70,
}  # fmt: skip
_DAYS: Final = frozenset({"last_day", "dispatch_by", "latest_order_date"})


def regency_slugs(parts: Sequence[Regency]) -> list[str]:
    """For file names: the name of each kabupaten, its code where two share one or there is none.

    Parameters
    ----------
    parts
        As ``briefing_tables.regencies`` gives them.
    """
    slugs = [slug_of(part.name)[:_SLUG_LENGTH] for part in parts]
    return [
        slug if slug and slugs.count(slug) == 1 else part.code
        for part, slug in zip(parts, slugs, strict=True)
    ]


def regency_xlsx(
    tables: RunTables, part: Regency, info: RunInfo, path: Path, min_devices: int = 3
) -> None:
    """Write the workbook of one kabupaten.

    Parameters
    ----------
    tables
        The run's tables; without plan or rounds those sheets say so.
    part
        The kabupaten.
    info
        The run.
    path
        File to write.
    min_devices
        Measured figures from fewer devices are suppressed in the proposal. [count]
    """
    texts = catalogue(info.language)
    ranking = part.sites
    title = f"{texts['recap.title']}: {part.name}, {info.survey}"
    with workbook_at(path, title, info) as book:
        for level in ("district", "village"):
            write_recap_sheet(book, level, recap(ranking, level), info)
        _write_sites(book, ranking, title, info)
        proposed = programme_rows(ranking, tables.cells, info.blank_dbm, min_devices)
        note = texts["programme.note"].format(n=n_not_measured(ranking))
        _write(book, "programme", proposed, info, title=title, note=note)
        for key, given, columns in (
            ("survey_days", tables.survey_plan, _STOPS),
            ("rounds", tables.delivery_rounds, _ROUNDS),
        ):
            stops = _at_sites(given, ranking, columns)
            _write(book, key, stops, info, title=title, note=texts[f"{key}.note"])
        waiting = _at_sites(_told(tables.kit_standby, info), ranking, _STANDBY)
        _write(book, "standby", waiting, info, title=title, note=texts["standby.note"])
        _write_change(book, tables.old_ranking, ranking, title, info)
        write_legend(book, info)


def _write_change(
    book: OpenBook, old: pd.DataFrame | None, ranking: pd.DataFrame, title: str, info: RunInfo
) -> None:
    """What the earlier survey said otherwise of the sites of this kabupaten."""
    texts = catalogue(info.language)
    if old is None:
        rows, note = pd.DataFrame(columns=list(SITE_CHANGE_COLUMNS)), texts["partner.no_change"]
    else:
        rows, n_new = site_change(old, ranking)
        note = texts["regency.change"].format(n=n_new)
    _write(book, "change", rows, info, title=title, note=note)


def _write_sites(book: OpenBook, ranking: pd.DataFrame, title: str, info: RunInfo) -> None:
    """The sites of the kabupaten in the order of the province's ranking."""
    texts = catalogue(info.language)
    view = ranking_view(ranking, info)
    sheet = _sheet(book, texts["sheet.ranking"], title, texts["note.unknown"])
    columns = shown_columns(list(view.columns), info.language)
    write_frame(book, sheet, _HEADER_ROW, view, columns)
    make_filterable(sheet, _HEADER_ROW, len(view), len(columns), 3)
    shares = [list(view.columns).index(name) for name in ("p_upload_fail", "p_weak")]
    colour_shares(sheet, _HEADER_ROW, len(view), shares)
    sheet.print_area(0, 0, _HEADER_ROW + len(view), list(view.columns).index("priority"))


def _at_sites(
    rows: pd.DataFrame | None, ranking: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Rows of a plan at the sites of a ranking, in their order, with the names of the sites."""
    if rows is None:
        return pd.DataFrame(columns=list(columns))
    names = ranking[["tps_code", "tps_name", "village", "district"]]
    return rows.merge(names, on="tps_code", how="inner", validate="m:1")[list(columns)]


def _told(rows: pd.DataFrame | None, info: RunInfo) -> pd.DataFrame | None:
    """Rows with their reason codes as sentences beside them."""
    if rows is None:
        return None
    told = [reason_sentences(info, codes, info.language) for codes in rows["reasons"]]
    return rows.assign(reasons_text=pd.Series(told, index=rows.index, dtype="string"))


def _write(
    book: OpenBook, key: str, rows: pd.DataFrame, info: RunInfo, *, title: str, note: str
) -> None:
    """One sheet with codes in words and places harmless."""
    texts = catalogue(info.language)
    sheet = _sheet(book, texts[f"sheet.{key}"], title, note)
    shown = spoken(rows, info.language)
    columns = book_columns(list(rows.columns), info.language)
    write_frame(book, sheet, _HEADER_ROW, shown, columns)
    make_filterable(sheet, _HEADER_ROW, len(shown), len(columns), 2)


def spoken(rows: pd.DataFrame, language: str) -> pd.DataFrame:
    """Codes in words, yes and no as words, other texts harmless; NA stays NA."""
    texts = catalogue(language)
    yes_no = {True: texts["partner.yes"], False: texts["partner.no"]}
    shown: dict[str, pd.Series[Any]] = {}
    for name in rows.columns:
        values = rows[name]
        if name in _CODED:
            words = {code: texts.get(f"{_CODED[name]}.{code}", code) for code in values.dropna()}
            values = values.map(words, na_action="ignore")
        elif name == "suppressed":
            values = values.map(yes_no)
        elif _is_text(name):
            values = neutralised_column(values)
        shown[name] = values
    return pd.DataFrame(shown)


def book_columns(names: Sequence[str], language: str) -> list[ShownColumn]:
    """How the columns of these sheets are shown."""
    return [
        ShownColumn(
            label=column_label(name, language),
            is_text=_is_text(name),
            width=_WIDTHS.get(name, 14),
            number_format=_FORMATS.get(name, "0"),
            is_date=name in _DAYS,
        )
        for name in names
    ]


def _is_text(name: str) -> bool:
    """Whether a column holds text, days apart."""
    if name in {*_CODED, "village_code", "suppressed", "reasons_text"}:
        return True
    return name in COLUMNS and bool(pa.types.is_string(COLUMNS[name].dtype))


def _sheet(book: OpenBook, name: str, title: str, note: str) -> Any:
    """A sheet with its title and a note above the table."""
    sheet = book.file.add_worksheet(name)
    sheet.write_string(0, 0, title, book.title)
    sheet.write_string(1, 0, note, book.muted)
    print_across(sheet)
    return sheet
