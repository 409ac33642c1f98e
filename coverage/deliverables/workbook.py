"""The ranking as a workbook for officials: ranked sheet, summary, legend, columns.

``coverage.deliverables.ranking_csv`` writes the same view as CSV.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from coverage.deliverables.info import RunInfo
from coverage.deliverables.ranking_csv import CsvParams, ranking_csv
from coverage.deliverables.ranking_view import VIEW_COLUMNS, in_rank_order, is_text, ranking_view
from coverage.deliverables.safe_text import neutralised
from coverage.deliverables.summary import counts_by_regency
from coverage.deliverables.texts import (
    Catalogue,
    catalogue,
    column_label,
    column_meaning,
    column_null,
)
from coverage.tables import COLUMNS, REMEDIES, SITE_EVIDENCE

__all__ = ["CsvParams", "ranking_csv", "ranking_xlsx"]

_WIDTHS: Final = {
    "rank": 9, "tps_code": 16, "tps_name": 16, "village": 20, "district": 18, "regency": 20,
    "remedy_text": 34, "remedy_operator": 15, "evidence_text": 28, "reasons_text": 70,
    "map_link": 46, "h3_cell": 18, "remedy": 24, "evidence": 18, "reasons": 36, "hazard": 16,
    "island": 16, "best_operator": 15,
}  # fmt: skip
_WIDTH: Final = 13
_HEADER_ROW: Final = 2  # 0-based: title, subtitle, header
_N_FROZEN_COLUMNS: Final = 3  # rank, code and name stay in sight

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

_SCALE_LOW, _SCALE_MIDDLE, _SCALE_HIGH = "#FFFFFF", "#FEC44F", "#CC4C02"  # ColorBrewer YlOrBr


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
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(_properties(info))
        sheets = _Sheets(book, info)
        sheets.write_ranking(ranking_view(site_ranking, info))
        sheets.write_summary(in_rank_order(site_ranking))
        sheets.write_legend()
        sheets.write_columns()


def _properties(info: RunInfo) -> dict[str, Any]:
    """Document properties; the time is the run's, in UTC, as the format wants it."""
    texts = catalogue(info.language)
    return {
        "title": f"{texts['workbook.title']}: {info.survey}",
        "author": "blankspot",
        "created": info.created_utc.replace(tzinfo=None, microsecond=0),
    }


class _Sheets:
    """Writes one sheet after the other into one workbook."""

    def __init__(self, book: Any, info: RunInfo) -> None:
        self.book = book
        self.info = info
        self.texts: Catalogue = catalogue(info.language)
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.muted = book.add_format({"font_color": "#555555"})
        self.bold = book.add_format({"bold": True})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.header = book.add_format(
            {"bold": True, "bg_color": "#1F3A4D", "font_color": "#FFFFFF", "text_wrap": True,
             "valign": "vcenter", "border": 1, "border_color": "#FFFFFF"}
        )  # fmt: skip

    def write_ranking(self, view: pd.DataFrame) -> None:
        """Ranked sheet: frozen heading, filters, colour scales."""
        sheet = self.book.add_worksheet(self.texts["sheet.ranking"])
        sheet.write_string(0, 0, f"{self.texts['workbook.title']}: {self.info.survey}", self.title)
        sheet.write_string(1, 0, self._subtitle(), self.muted)
        last_row, last_column = _HEADER_ROW + len(view), len(VIEW_COLUMNS) - 1
        for index, column in enumerate(VIEW_COLUMNS):
            label = column_label(column, self.info.language)
            sheet.write_string(_HEADER_ROW, index, label, self.header)
            self._write_values(sheet, index, column, view[column])
        sheet.set_row(_HEADER_ROW, 48)
        sheet.freeze_panes(_HEADER_ROW + 1, _N_FROZEN_COLUMNS)
        sheet.autofilter(_HEADER_ROW, 0, last_row, last_column)
        self._colour(sheet, len(view))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADER_ROW)
        sheet.print_area(0, 0, last_row, VIEW_COLUMNS.index("reasons_text"))

    def write_summary(self, ordered: pd.DataFrame) -> None:
        """Counts per regency, by remedy and by evidence."""
        sheet = self.book.add_worksheet(self.texts["sheet.summary"])
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, len(REMEDIES) + 1, 15)
        row = self._write_counts(sheet, 0, ordered, "remedy", REMEDIES)
        self._write_counts(sheet, row + 2, ordered, "evidence", SITE_EVIDENCE)

    def write_legend(self) -> None:
        """The run, its levels, and every code in both languages."""
        sheet = self.book.add_worksheet(self.texts["sheet.legend"])
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 2, 70)
        row = 0
        for line in self._legend_head():
            sheet.write_string(row, 0, line[0], self.bold if len(line) == 1 else self.wrapped)
            if len(line) > 1:
                sheet.write(row, 1, line[1], self.wrapped)
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
        sheet = self.book.add_worksheet(self.texts["sheet.columns"])
        for index, width in enumerate((28, 34, 10, 70, 44)):
            sheet.set_column(index, index, width)
        for index, key in enumerate(("column", "heading", "unit", "meaning", "null")):
            sheet.write_string(0, index, self.texts[f"workbook.{key}"], self.header)
        language = self.info.language
        for row, column in enumerate(VIEW_COLUMNS, start=1):
            cells = (
                column,
                column_label(column, language),
                COLUMNS[column].unit if column in COLUMNS else "",
                column_meaning(column, language),
                column_null(column, language),
            )
            for index, cell in enumerate(cells):
                sheet.write_string(row, index, cell, self.wrapped)
        sheet.freeze_panes(1, 0)

    def _subtitle(self) -> str:
        """Date of the run and what an empty field means."""
        made = f"{self.texts['workbook.created']}: {self.info.created_utc:%Y-%m-%d %H:%M}"
        return f"{made}. {self.texts['note.unknown']}"

    def _write_values(self, sheet: Any, index: int, column: str, values: "pd.Series[Any]") -> None:
        """One column, text as text, numbers as numbers, NA as nothing."""
        number = self.book.add_format({"num_format": NUMBER_FORMATS.get(column, "General")})
        sheet.set_column(index, index, _WIDTHS.get(column, _WIDTH), None)
        known = values.notna().to_numpy()
        if is_text(column):
            for row, value in enumerate(values, start=_HEADER_ROW + 1):
                if known[row - _HEADER_ROW - 1]:
                    sheet.write_string(row, index, value)
            return
        for row, value in enumerate(values, start=_HEADER_ROW + 1):
            if known[row - _HEADER_ROW - 1]:
                sheet.write_number(row, index, value, number)

    def _colour(self, sheet: Any, n_rows: int) -> None:
        """Colour scales on probabilities and priority, one colour for each kind of evidence."""
        if not n_rows:
            return
        first, last = _HEADER_ROW + 1, _HEADER_ROW + n_rows
        scale = {"min_color": _SCALE_LOW, "mid_color": _SCALE_MIDDLE, "max_color": _SCALE_HIGH}
        share = {"type": "3_color_scale", "min_type": "num", "min_value": 0, "mid_type": "num",
                 "mid_value": 0.5, "max_type": "num", "max_value": 1, **scale}  # fmt: skip
        for column in ("p_upload_fail", "p_weak"):
            index = VIEW_COLUMNS.index(column)
            sheet.conditional_format(first, index, last, index, share)
        index = VIEW_COLUMNS.index("priority")
        bar = {"type": "data_bar", "bar_color": "#7FA8C9"}
        sheet.conditional_format(first, index, last, index, bar)
        index = VIEW_COLUMNS.index("evidence_text")
        code = xl_rowcol_to_cell(first, VIEW_COLUMNS.index("evidence"), col_abs=True)
        for evidence, colour in EVIDENCE_COLOURS.items():
            dark = evidence in {"confirmed_weak", "ok"}
            style = self.book.add_format(
                {"bg_color": colour, "font_color": "#FFFFFF" if dark else "#000000"}
            )
            rule = {"type": "formula", "criteria": f'={code}="{evidence}"', "format": style}
            sheet.conditional_format(first, index, last, index, rule)

    def _write_counts(
        self, sheet: Any, row: int, ordered: pd.DataFrame, column: str, codes: tuple[str, ...]
    ) -> int:
        """One table of counts with totals; returns the row after it."""
        counts = counts_by_regency(ordered, column, codes)
        sheet.write_string(row, 0, self.texts[f"workbook.{column}_summary"], self.title)
        labels = [self.texts["column.regency"], *(self.texts[f"{column}.{c}"] for c in codes)]
        for index, label in enumerate([*labels, self.texts["workbook.total"]]):
            sheet.write_string(row + 1, index, label, self.header)
        row += 2
        for name, values in zip(counts.index, counts.to_numpy().tolist(), strict=True):
            label = neutralised(name) if name else self.texts["workbook.unknown_regency"]
            sheet.write_string(row, 0, label)
            for index, value in enumerate([*values, sum(values)], start=1):
                sheet.write_number(row, index, value)
            row += 1
        totals = counts.sum().tolist()
        sheet.write_string(row, 0, self.texts["workbook.total"], self.bold)
        for index, value in enumerate([*totals, sum(totals)], start=1):
            sheet.write_number(row, index, value, self.bold)
        return row + 1

    def _legend_head(self) -> list[tuple[str, ...] | tuple[str, float]]:
        """The run and its levels, a bold line where a row has one field."""
        info, texts = self.info, self.texts
        day = info.election_date.isoformat() if info.election_date else ""
        return [
            (f"{texts['workbook.title']}: {info.survey}",),
            (texts["workbook.created"], f"{info.created_utc:%Y-%m-%d %H:%M}"),
            (texts["workbook.election"], day),
            (texts["workbook.resolution"], float(info.resolution)),
            (f"{texts['workbook.levels']} [dBm]",),
            (texts["level.planning"], info.planning_dbm),
            (texts["level.weak"], info.weak_dbm),
            (texts["level.upload_critical"], info.upload_critical_dbm),
            (texts["level.blank"], info.blank_dbm),
            *((texts[f"note.{key}"],) for key in ("unknown", "rank", "adat", "booster", "offline")),
            (texts["workbook.attribution"],),
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
            sheet.write_string(row, index, self.texts[key], self.header)
        for code, texts in sentences.items():
            row += 1
            for index, text in enumerate((code, *texts)):
                sheet.write_string(row, index, neutralised(text), self.wrapped)
        return row + 1
