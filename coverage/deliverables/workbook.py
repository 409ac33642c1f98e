"""The ranking as a workbook for officials: ranked sheet, summary, legend, columns.

``coverage.deliverables.ranking_csv`` writes the same view as CSV.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
from xlsxwriter.utility import xl_rowcol_to_cell

from coverage.deliverables.info import RunInfo
from coverage.deliverables.ranking_csv import CsvParams, ranking_csv
from coverage.deliverables.ranking_view import VIEW_COLUMNS, in_rank_order, is_text, ranking_view
from coverage.deliverables.safe_text import neutralised
from coverage.deliverables.sheets import (
    DEFAULT_WIDTH,
    OpenBook,
    ShownColumn,
    make_filterable,
    paint_where,
    print_across,
    workbook_at,
    write_frame,
    write_wrapped,
)
from coverage.deliverables.summary import counts_by_regency
from coverage.deliverables.texts import (
    Catalogue,
    catalogue,
    column_label,
    column_meaning,
    column_null,
    unit_label,
)
from coverage.tables import COLUMNS, REMEDIES, SITE_EVIDENCE

__all__ = ["CsvParams", "ranking_csv", "ranking_xlsx"]

_WIDTHS: Final = {
    "rank": 9, "tps_code": 16, "tps_name": 16, "village": 20, "district": 18, "regency": 26,
    "remedy_text": 34, "remedy_operator": 15, "evidence_text": 28, "reasons_text": 70,
    "map_link": 46, "h3_cell": 18, "remedy": 24, "evidence": 18, "reasons": 36, "hazard": 16,
    "island": 16, "best_operator": 15,
}  # fmt: skip
_HEADER_ROW: Final = 2  # 0-based: title, subtitle, header
_LEGEND_WIDTHS: Final = (34.0, 70.0, 70.0)
_COLUMNS_WIDTHS: Final = (28.0, 34.0, 10.0, 70.0, 44.0)
_SUMMARY_HEADER_PT: Final = 60.0  # four lines
_CHANCE_STEPS: Final = {
    0.9: "#CC4C02", 0.7: "#EC7014", 0.5: "#FEC44F", 0.3: "#FEE391", 0.1: "#FFF7BC",
}  # fmt: skip
"""From this chance on -> its colour, the highest first (ColorBrewer YlOrBr)."""

_N_FROZEN_COLUMNS: Final = 3  # rank, code and name stay in sight

Fact = str | float | date | None
"""What the legend says of the run."""

NUMBER_FORMATS: Final = {
    "rank": "0", "rank_p05": "0", "rank_p95": "0", "n_voters": "#,##0", "p_weak": "0%",
    "p_upload_fail": "0%", "priority": "#,##0.0", "nearest_usable_m": "#,##0",
    "nearest_usable_bearing_deg": "0", "donor_cell_identity": "0", "donor_bearing_deg": "0",
    "lead_time_days": "0", "latitude_deg": "0.000000", "longitude_deg": "0.000000",
}  # fmt: skip

EVIDENCE_COLOURS: Final = {
    "confirmed_weak": "#8C2D04", "indicated_weak": "#EC7014", "modelled_weak": "#FEC44F",
    "ok": "#2C7FB8", "survey_first": "#BDBDBD",
}  # fmt: skip
"""Orange to blue, told apart by readers who cannot tell red from green (ColorBrewer)."""


def ranking_xlsx(site_ranking: pd.DataFrame, info: RunInfo, path: Path) -> None:
    """Write the ranking as a workbook in the language of the run.

    The same ranking and run give the same bytes: the date in the file is the run's.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``.
    info
        The run.
    path
        File to write.
    """
    title = f"{catalogue(info.language)['workbook.title']}: {info.survey}"
    with workbook_at(path, title, info) as book:
        sheets = _Sheets(book, info)
        sheets.write_ranking(ranking_view(site_ranking, info))
        sheets.write_summary(in_rank_order(site_ranking))
        sheets.write_legend()
        sheets.write_columns()


def write_legend(book: OpenBook, info: RunInfo) -> None:
    """Add the sheet with the run, its levels, and every code in both languages."""
    _Sheets(book, info).write_legend()


def shown_columns(names: Sequence[str], language: str) -> list[ShownColumn]:
    """How columns of the ranking are shown in workbooks."""
    return [
        ShownColumn(
            label=column_label(name, language),
            is_text=is_text(name),
            width=_WIDTHS.get(name, DEFAULT_WIDTH),
            number_format=NUMBER_FORMATS.get(name, "General"),
            is_date=name in COLUMNS and pa.types.is_date(COLUMNS[name].dtype),
        )
        for name in names
    ]


def colour_ranking(book: OpenBook, sheet: Any, row: int, n_rows: int) -> None:
    """Colour a sheet of :data:`VIEW_COLUMNS`: chances, priority, one colour a kind of evidence.

    A chance that the model does not stand by is grey on white, however high: its colour would be
    read as a finding. A colour scale cannot leave out rows, so there are steps.

    Parameters
    ----------
    book, sheet
        Where.
    row
        Row of the heading, from 0.
    n_rows
        Rows below it. [count]
    """
    if not n_rows:
        return
    first, last = row + 1, row + n_rows
    unsure = book.file.add_format({"font_color": "#777777", "italic": True})
    evidence = xl_rowcol_to_cell(first, VIEW_COLUMNS.index("evidence"), col_abs=True)
    for column in ("p_upload_fail", "p_weak"):
        index = VIEW_COLUMNS.index(column)
        cells = (first, index, last, index)
        rule = {"type": "formula", "criteria": f'={evidence}="survey_first"', "format": unsure}
        sheet.conditional_format(*cells, rule)
        chance = xl_rowcol_to_cell(first, index)
        for share, colour in _CHANCE_STEPS.items():
            judged = f'AND({evidence}<>"survey_first",{chance}>={share})'
            paint_where(book, sheet, cells, judged, colour)
    index = VIEW_COLUMNS.index("priority")
    bar = {"type": "data_bar", "bar_color": "#7FA8C9"}
    sheet.conditional_format(first, index, last, index, bar)
    index = VIEW_COLUMNS.index("evidence_text")
    for code, colour in EVIDENCE_COLOURS.items():
        paint_where(book, sheet, (first, index, last, index), f'{evidence}="{code}"', colour)


class _Sheets:
    """Writes one sheet after the other into one workbook."""

    def __init__(self, book: OpenBook, info: RunInfo) -> None:
        self.book = book
        self.info = info
        self.texts: Catalogue = catalogue(info.language)

    def write_ranking(self, view: pd.DataFrame) -> None:
        """Ranked sheet: frozen heading, filters, colour scales."""
        sheet = self._sheet("ranking")
        sheet.write_string(0, 0, self._title(), self.book.title)
        sheet.write_string(1, 0, self._subtitle(), self.book.muted)
        columns = shown_columns(VIEW_COLUMNS, self.info.language)
        write_frame(self.book, sheet, _HEADER_ROW, view, columns)
        make_filterable(sheet, _HEADER_ROW, len(view), len(columns), _N_FROZEN_COLUMNS)
        colour_ranking(self.book, sheet, _HEADER_ROW, len(view))
        last_row = _HEADER_ROW + len(view)
        sheet.print_area(0, 0, last_row, VIEW_COLUMNS.index("priority"))

    def write_summary(self, ordered: pd.DataFrame) -> None:
        """Counts per regency, by remedy and by evidence."""
        sheet = self._sheet("summary")
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, len(REMEDIES) + 1, 15)
        row = self._write_counts(sheet, 0, ordered, "remedy", REMEDIES)
        self._write_counts(sheet, row + 2, ordered, "evidence", SITE_EVIDENCE)

    def write_legend(self) -> None:
        """The run, its levels, and every code in both languages."""
        sheet = self._sheet("legend")
        for index, width in enumerate(_LEGEND_WIDTHS):
            sheet.set_column(index, index, width)
        row = 0
        for label, value in self._legend_head():
            self._write_fact(sheet, row, label, value)
            row += 1
        codes = {
            "remedies": {code: f"remedy.{code}" for code in REMEDIES},
            "evidences": {code: f"evidence.{code}" for code in SITE_EVIDENCE},
        }
        for kind, keys in codes.items():
            sentences = {
                code: tuple(self._spoken(key, language) for language in ("id", "en"))
                for code, key in keys.items()
            }
            row = self._write_codes(sheet, row + 1, kind, sentences)
        reasons = {
            code: (sentence.get("id", code), sentence.get("en", code))
            for code, sentence in sorted(self.info.reasons.items())
        }
        self._write_codes(sheet, row + 1, "reasons", reasons)

    def write_columns(self) -> None:
        """What each column means, its unit, and what an empty field means."""
        sheet = self._sheet("columns")
        for index, width in enumerate(_COLUMNS_WIDTHS):
            sheet.set_column(index, index, width)
        for index, key in enumerate(("column", "heading", "unit", "meaning", "null")):
            sheet.write_string(0, index, self.texts[f"workbook.{key}"], self.book.header)
        language = self.info.language
        for row, column in enumerate(VIEW_COLUMNS, start=1):
            cells = (
                column,
                column_label(column, language),
                unit_label(column, language),
                column_meaning(column, language),
                column_null(column, language),
            )
            write_wrapped(self.book, sheet, row, cells, _COLUMNS_WIDTHS)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)

    def _sheet(self, key: str) -> Any:
        """A new sheet, named in the language of the run."""
        sheet = self.book.file.add_worksheet(self.texts[f"sheet.{key}"])
        print_across(sheet)
        return sheet

    def _title(self) -> str:
        """What the workbook is about."""
        return f"{self.texts['workbook.title']}: {self.info.survey}"

    def _subtitle(self) -> str:
        """Date of the run and what an empty field means."""
        made = f"{self.texts['workbook.created']}: {self.info.created_utc:%Y-%m-%d %H:%M}"
        return f"{made}. {self.texts['note.unknown']}"

    def _write_counts(
        self, sheet: Any, row: int, ordered: pd.DataFrame, column: str, codes: tuple[str, ...]
    ) -> int:
        """One table of counts with totals; returns the row after it."""
        counts = counts_by_regency(ordered, column, codes)
        sheet.write_string(row, 0, self.texts[f"workbook.{column}_summary"], self.book.title)
        labels = [self.texts["column.regency"], *(self.texts[f"{column}.{c}"] for c in codes)]
        sheet.set_row(row + 1, _SUMMARY_HEADER_PT)
        for index, label in enumerate([*labels, self.texts["workbook.total"]]):
            sheet.write_string(row + 1, index, label, self.book.header)
        row += 2
        for name, values in zip(counts.index, counts.to_numpy().tolist(), strict=True):
            label = neutralised(name) if name else self.texts["workbook.unknown_regency"]
            sheet.write_string(row, 0, label)
            for index, value in enumerate([*values, sum(values)], start=1):
                sheet.write_number(row, index, value)
            row += 1
        totals = counts.sum().tolist()
        sheet.write_string(row, 0, self.texts["workbook.total"], self.book.bold)
        for index, value in enumerate([*totals, sum(totals)], start=1):
            sheet.write_number(row, index, value, self.book.bold)
        return row + 1

    def _write_fact(self, sheet: Any, row: int, label: str, value: Fact) -> None:
        """A fact of the run beside its label; a label without one is a heading."""
        style = self.book.bold if value is None else self.book.wrapped
        sheet.write_string(row, 0, label, style)
        if isinstance(value, datetime):
            sheet.write_datetime(row, 1, value, self.book.moment)
        elif isinstance(value, date):
            sheet.write_datetime(row, 1, value, self.book.day)
        elif isinstance(value, str):
            write_wrapped(self.book, sheet, row, (label, value), _LEGEND_WIDTHS[:2])
        elif value is not None:
            sheet.write_number(row, 1, value, self.book.left)

    def _legend_head(self) -> list[tuple[str, Fact]]:
        """The run and its levels, None where a line stands alone."""
        info, texts = self.info, self.texts
        created = info.created_utc.replace(tzinfo=None, second=0, microsecond=0)
        return [
            (self._title(), None),
            (texts["workbook.created"], created),
            *([(texts["workbook.election"], info.election_date)] if info.election_date else []),
            (texts["workbook.resolution"], float(info.resolution)),
            (f"{texts['workbook.levels']} [dBm]", None),
            (texts["level.planning"], info.planning_dbm),
            (texts["level.weak"], info.weak_dbm),
            (texts["level.upload_critical"], info.upload_critical_dbm),
            (texts["level.blank"], info.blank_dbm),
            *(
                (texts[f"note.{key}"], None)
                for key in ("unknown", "unsure", "rank", "adat", "booster", "offline")
            ),
            (texts["workbook.attribution"], None),
            *(("", neutralised(line)) for line in info.attribution),
        ]

    def _spoken(self, key: str, language: str) -> str:
        """A label, with its explanation where there is one."""
        texts = catalogue(language)
        explanation = texts.get(f"help.{key}")
        return f"{texts[key]}. {explanation}" if explanation else texts[key]

    def _write_codes(
        self, sheet: Any, row: int, kind: str, sentences: Mapping[str, tuple[str, ...]]
    ) -> int:
        """One table of codes with their Indonesian and English text; returns the row after it."""
        heads = (f"workbook.{kind}", "workbook.indonesian", "workbook.english")
        for index, key in enumerate(heads):
            sheet.write_string(row, index, self.texts[key], self.book.header)
        for code, texts in sentences.items():
            row += 1
            cells = [neutralised(text) for text in (code, *texts)]
            write_wrapped(self.book, sheet, row, cells, _LEGEND_WIDTHS)
        return row + 1
