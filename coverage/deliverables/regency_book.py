"""The workbook of one kabupaten: its recap, TPS, proposal, survey days, rounds and standby."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd

from coverage.deliverables.briefing_tables import Regency
from coverage.deliverables.gis import slug_of
from coverage.deliverables.info import RunInfo
from coverage.deliverables.programme import n_not_measured, programme_rows
from coverage.deliverables.ranking_view import ranking_view
from coverage.deliverables.recap import recap, write_recap_sheet
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.sheets import (
    OpenBook,
    make_filterable,
    titled_sheet,
    workbook_at,
    write_frame,
)
from coverage.deliverables.site_change import SITE_CHANGE_COLUMNS, site_change
from coverage.deliverables.texts import catalogue
from coverage.deliverables.worded_sheets import HEADER_ROW, worded_column, write_worded
from coverage.deliverables.workbook import colour_ranking, shown_columns, write_legend

_REASONS: Final = "reasons"
_SLUG_LENGTH: Final = 60  # a file name holds 255 bytes
_STOPS: Final = (
    "survey_day", "stop", "purpose", "tps_code", "tps_name", "village", "district", "latitude_deg",
    "longitude_deg", "n_sites", "leg_m", "route_m", "elapsed_minutes",
)  # fmt: skip
_STANDBY: Final = (
    "standby_order", "tps_code", "tps_name", "village", "district", "standby", "kit",
    "remedy_operator", "host_tps_code", "voters_freed", "survey_day", "lead_time_days",
    "latest_order_date", "reasons",
)  # fmt: skip
_ROUNDS: Final = (
    "round", "stop", "tps_code", "tps_name", "village", "district", "access", "area",
    "latitude_deg", "longitude_deg", "n_voters", "remedy", "kit", "leg_m", "route_m",
    "lead_time_days", "dispatch_by",
)  # fmt: skip


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
            write_recap_sheet(book, level, recap(ranking, level), info, title)
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
        waiting = _at_sites(tables.kit_standby, ranking, _STANDBY)
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
    sheet = titled_sheet(
        book, texts["sheet.ranking"], title, f"{texts['note.unknown']} {texts['note.unsure']}"
    )
    columns = shown_columns(list(view.columns), info.language)
    write_frame(book, sheet, HEADER_ROW, view, columns)
    make_filterable(sheet, HEADER_ROW, len(view), len(columns), 3)
    colour_ranking(book, sheet, HEADER_ROW, len(view))
    sheet.print_area(0, 0, HEADER_ROW + len(view), list(view.columns).index("priority"))


def _at_sites(
    rows: pd.DataFrame | None, ranking: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Rows of a plan at the sites of a ranking, in their order, with the names of the sites."""
    if rows is None:
        return pd.DataFrame(columns=list(columns))
    names = ranking[["tps_code", "tps_name", "village", "district"]]
    return rows.merge(names, on="tps_code", how="inner", validate="m:1")[list(columns)]


def _write(
    book: OpenBook, key: str, rows: pd.DataFrame, info: RunInfo, *, title: str, note: str
) -> None:
    """One sheet, named in the language of the run; its first two columns stay in sight."""
    name = catalogue(info.language)[f"sheet.{key}"]
    columns = [
        replace(worded_column(column, info.language), is_wrapped=column == _REASONS)
        for column in rows.columns
    ]
    write_worded(book, name, rows, info, title=title, note=note, columns=columns, n_frozen=2)
