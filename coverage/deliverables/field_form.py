"""The form for checking TPS on the spot: a workbook to fill in, and the same on paper.

Filled copies of the workbook are read as readings, by the headings of ``coverage.field_columns``.
"""

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage.deliverables.info import RunInfo
from coverage.deliverables.licences import sources_line
from coverage.deliverables.ranking_view import in_rank_order
from coverage.deliverables.safe_text import neutralised, neutralised_column
from coverage.deliverables.sheets import (
    OpenBook,
    make_filterable,
    print_across,
    workbook_at,
    write_wrapped,
)
from coverage.deliverables.texts import Catalogue, catalogue
from coverage.errors import InputError
from coverage.field_columns import FIELD_COLUMNS

_HOLD: Final = "EXCLUDED_ADAT"
_TYPED: Final = ("tps_name", "village", "district", "operator")
_CHOICES: Final = {
    "is_indoor": {"id": ["ya", "tidak"], "en": ["yes", "no"]},
    "network_type": {
        "id": ["LTE", "NR", "UMTS", "GSM", "tidak ada"],
        "en": ["LTE", "NR", "UMTS", "GSM", "none"],
    },
}
_HINTS: Final = ("one", "two", "three", "four", "five")
_HELP_WIDTH: Final = 110.0
_WIDTHS: Final = {"tps_code": 16, "village": 18, "district": 18, "notes": 40, "device_model": 18}


@dataclass(frozen=True, kw_only=True)
class FieldFormParams:
    """What is prefilled.

    Attributes
    ----------
    networks
        Operator and PLMN of each line that a TPS has on the form.
    max_sites
        TPS on one form, from the top of the ranking; None = all. [count]
    upload_mb
        Size of the test upload: five photos of 2 MB, as the upload section of the config. [MB]
    """

    networks: tuple[tuple[str, str], ...]
    max_sites: int | None = None
    upload_mb: float = 10.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not self.networks:
            raise InputError("Invalid networks (). Must have at least one.")
        if self.max_sites is not None and self.max_sites < 1:
            raise InputError(f"Invalid max_sites {self.max_sites}. Must be >= 1.")
        if self.upload_mb <= 0:
            raise InputError(f"Invalid upload_mb {self.upload_mb}. Must be > 0.")


def field_rows(site_ranking: pd.DataFrame, params: FieldFormParams) -> pd.DataFrame:
    """One row a TPS and network, in rank order; areas that want no signal are not sent to.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``, or the part of it that one office is given.
    params
        What is prefilled.

    Returns
    -------
    pandas.DataFrame
        The columns of the form, those to be filled in NA.
    """
    ranked = in_rank_order(site_ranking)
    ranked = ranked[ranked["remedy"] != _HOLD].iloc[: params.max_sites]
    sites = ranked.rename(
        columns={"latitude_deg": "listed_latitude_deg", "longitude_deg": "listed_longitude_deg"}
    )
    networks = pd.DataFrame(list(params.networks), columns=["operator", "plmn"])
    rows = sites.merge(networks, how="cross").assign(upload_mb=params.upload_mb)
    rows = rows.reindex(columns=[column.name for column in FIELD_COLUMNS])
    return rows.assign(**{name: neutralised_column(rows[name]) for name in _TYPED})


def field_form_xlsx(
    site_ranking: pd.DataFrame, info: RunInfo, path: Path, params: FieldFormParams
) -> None:
    """Write the form as a workbook: the table to fill in, and how.

    Parameters
    ----------
    site_ranking, params
        As in :func:`field_rows`.
    info
        The run.
    path
        File to write.
    """
    texts = catalogue(info.language)
    rows = field_rows(site_ranking, params)
    with workbook_at(path, f"{texts['field.title']}: {info.survey}", info) as book:
        _write_form(book, rows, texts, info.language)
        help_sheet = book.file.add_worksheet(texts["sheet.how"])
        help_sheet.set_column(0, 0, _HELP_WIDTH)
        help_sheet.write_string(0, 0, f"{texts['field.title']}: {info.survey}", book.title)
        for place, key in enumerate(_HINTS, start=1):
            hint = texts[f"field.how.{key}"]
            write_wrapped(book, help_sheet, place, (hint,), (_HELP_WIDTH,))
        if info.attribution:
            line = neutralised(sources_line(info))
            write_wrapped(book, help_sheet, len(_HINTS) + 2, (line,), (_HELP_WIDTH,))
        print_across(help_sheet)


def field_form_html(site_ranking: pd.DataFrame, info: RunInfo, params: FieldFormParams) -> bytes:
    """The form for paper: a card for each TPS with a line for each network, A4 across.

    Each kecamatan begins a page and is reached from a list on top, so that it is printed alone;
    inside it the cards are in rank order.

    Parameters
    ----------
    site_ranking, params
        As in :func:`field_rows`.
    info
        The run.

    Returns
    -------
    bytes
        The page, UTF-8; it loads nothing.
    """
    texts = catalogue(info.language)
    title = html.escape(f"{texts['field.title']}: {info.survey}")
    rows = field_rows(site_ranking, params)
    named = rows["district"].fillna(texts["field.no_district"])
    parts = [
        _district(place, str(name), part, info.language)
        for place, (name, part) in enumerate(rows.groupby(named, sort=True))
    ]
    contents = "".join(f'<li><a href="#d{place}">{head}</a></li>' for place, (head, _) in
                       enumerate(parts))  # fmt: skip
    cards = "\n".join(body for _, body in parts)
    sources = f"<p>{html.escape(sources_line(info))}</p>\n" if info.attribution else ""
    page = (
        f'<!DOCTYPE html>\n<html lang="{info.language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f"<p>{html.escape(texts['field.paper'])}</p>\n{sources}<ul>{contents}</ul>\n{cards}\n"
        "</body>\n</html>\n"
    )
    return page.encode("utf-8")


def _write_form(book: OpenBook, rows: pd.DataFrame, texts: Catalogue, language: str) -> None:
    """The table, its headings in the first row so that a filled copy is recognised."""
    sheet = book.file.add_worksheet(texts["sheet.form"])
    text = book.file.add_format({"num_format": "@"})
    asked_text = book.file.add_format({"num_format": "@", "bg_color": "#FFF7DB", "border": 1})
    asked = book.file.add_format({"bg_color": "#FFF7DB", "border": 1})
    sheet.set_row(0, 48)
    for index, column in enumerate(FIELD_COLUMNS):
        sheet.set_column(index, index, _WIDTHS.get(column.name, 13))
        sheet.write_string(0, index, column.heading, book.header)
        style = text if column.is_given else asked_text if column.is_text else asked
        for place, value in enumerate(rows[column.name].tolist(), start=1):
            _write_cell(sheet, place, index, value, style if not column.is_given else None)
    for name, choices in _CHOICES.items():
        index = [column.name for column in FIELD_COLUMNS].index(name)
        if len(rows):
            rule = {"validate": "list", "source": choices[language], "error_type": "warning"}
            sheet.data_validation(1, index, len(rows), index, rule)
    make_filterable(sheet, 0, len(rows), len(FIELD_COLUMNS), 2)
    print_across(sheet)


def _write_cell(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    """A given value, or an empty field in the colour of what is asked."""
    if pd.isna(value):
        if style is not None:
            sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    else:
        sheet.write_number(row, column, value, style)


def _district(place: int, name: str, rows: pd.DataFrame, language: str) -> tuple[str, str]:
    """Heading of a kecamatan, and its cards below it."""
    told = catalogue(language)["field.district"]
    head = html.escape(told.format(name=name, n=rows["tps_code"].nunique()))
    cards = "\n".join(_card(group, language) for _, group in rows.groupby("tps_code", sort=False))
    return head, f'<article id="d{place}">\n<h2>{head}</h2>\n{cards}\n</article>'


def _card(lines: pd.DataFrame, language: str) -> str:
    """One TPS on paper."""
    first = lines.iloc[0]
    place = ", ".join(
        str(first[name]) for name in ("tps_name", "village", "district") if pd.notna(first[name])
    )
    at = f"{first['listed_latitude_deg']:.6f}, {first['listed_longitude_deg']:.6f}"
    asked = [column for column in FIELD_COLUMNS if not column.is_given]
    heads = "".join(
        f"<th>{html.escape(column.indonesian if language == 'id' else column.english)}</th>"
        for column in asked
    )
    body = "\n".join(
        f"<tr><th>{html.escape(str(line['operator']))}</th>"
        + "".join(f"<td>{_printed(line[column.name])}</td>" for column in asked)
        + "</tr>"
        for line in lines.to_dict("records")
    )
    return (
        f"<section><h3>{html.escape(str(first['tps_code']))} · {html.escape(place)}</h3>"
        f"<p>{at}</p>\n<table><thead><tr><th></th>{heads}</tr></thead><tbody>\n{body}\n"
        "</tbody></table></section>"
    )


def _printed(value: Any) -> str:
    """A prefilled value, or room to write."""
    return "" if pd.isna(value) else html.escape(f"{value:g}")


_STYLE: Final = """
@page { size: A4 landscape; margin: 10mm; }
body { margin: 12px; color: #16242f; font: 11px/1.3 system-ui, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 16px; } h2 { font-size: 14px; } p { margin: 0 0 4px; }
h3 { margin: 10px 0 2px; font-size: 13px; } ul { columns: 4; padding-left: 18px; }
article { break-before: page; }
section { break-inside: avoid; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { height: 22px; padding: 2px; border: 1px solid #8a979f; font-size: 9px; }
th { background: #eef2f4; font-weight: 600; }
"""
