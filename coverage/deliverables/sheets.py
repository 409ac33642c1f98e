"""What every workbook of ours has in common: how it is opened, its styles, a table of values."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd
import xlsxwriter

from coverage.deliverables.info import RunInfo

_A4: Final = 9  # paper code of the format
DEFAULT_WIDTH: Final = 13
_LINE_PT: Final = 15.0  # height of a row of the format's standard type
_MOST_LINES: Final = 27  # of a row: the format has none higher than 409 points
_HEADER_LINES: Final = 4
_ROOM: Final = 2  # characters beside a text
_ROOM_FOR_FILTER: Final = 3  # characters: the arrow in the corner of a heading
_DATE_WIDTH: Final = 13  # characters of a date with its indent
_MARGIN_IN: Final = 0.4
_MAX_LINKS: Final = 65_530  # of one sheet, a limit of the format
_OPTIONS: Final = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip


Cells = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 0."""


@dataclass(frozen=True, kw_only=True)
class ShownColumn:
    """How one column is shown.

    Attributes
    ----------
    label
        Heading.
    is_text
        Written as text, whatever it looks like; otherwise as a number.
    width
        The most it takes; narrower where headings and texts are. [character]
    number_format
        Of the spreadsheet, for numbers.
    is_date
        Written as a date, from dates or ISO 8601 text.
    is_link
        Text that is an address of ours and opens on a click.
    is_wrapped
        Long text on several lines, for sheets of few rows: rows grow with it.
    """

    label: str
    is_text: bool
    width: float = DEFAULT_WIDTH
    number_format: str = "General"
    is_date: bool = False
    is_link: bool = False
    is_wrapped: bool = False


@dataclass(frozen=True)
class OpenBook:
    """A workbook being written, with its cell formats."""

    file: Any
    text: Any
    title: Any
    muted: Any
    bold: Any
    wrapped: Any
    header: Any
    day: Any
    moment: Any
    left: Any


@contextmanager
def workbook_at(path: Path, title: str, info: RunInfo) -> Iterator[OpenBook]:
    """Open a workbook whose bytes depend on nothing but what is written.

    No text becomes a formula or a link; the date inside is the run's.

    Parameters
    ----------
    path
        File to write.
    title
        Title in the document's properties.
    info
        The run.
    """
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        created = info.created_utc.replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": title, "author": "blankspot", "created": created})
        yield _open(book)


def write_frame(
    book: OpenBook, sheet: Any, row: int, frame: pd.DataFrame, columns: Sequence[ShownColumn]
) -> None:
    """Write a frame, heading in ``row``: text as text, numbers and dates as such, NA as nothing.

    Parameters
    ----------
    book, sheet
        Where to.
    row
        Row of the heading, from 0.
    frame
        Values.
    columns
        How each column of the frame is shown, in its order.
    """
    sheet.set_row(row, _HEADER_LINES * _LINE_PT)
    widths = [
        _width(shown, frame[name]) for name, shown in zip(frame.columns, columns, strict=True)
    ]
    _grow_rows(sheet, row, frame, columns, widths)
    for index, (name, shown) in enumerate(zip(frame.columns, columns, strict=True)):
        style = book.wrapped if shown.is_wrapped else book.text if shown.is_text else None
        sheet.set_column(index, index, widths[index], style)
        sheet.write_string(row, index, shown.label, book.header)
        known = frame[name].dropna()
        places = frame[name].notna().to_numpy().nonzero()[0] + row + 1
        if shown.is_date:
            for place, day in zip(places.tolist(), known, strict=True):
                moment = day if isinstance(day, date) else date.fromisoformat(day)
                sheet.write_datetime(place, index, moment, book.day)
            continue
        if shown.is_link and len(known) <= _MAX_LINKS:
            for place, address in zip(places.tolist(), known, strict=True):
                sheet.write_url(place, index, address, string=address)
            continue
        if shown.is_text:
            for place, text in zip(places.tolist(), known, strict=True):
                sheet.write_string(place, index, text, style)
            continue
        number = book.file.add_format({"num_format": shown.number_format, "valign": "top"})
        for place, value in zip(places.tolist(), known, strict=True):
            sheet.write_number(place, index, value, number)


def write_wrapped(
    book: OpenBook, sheet: Any, row: int, cells: Sequence[str], widths: Sequence[float]
) -> None:
    """Write texts side by side on as many lines as they take, in a row as high as the longest.

    A spreadsheet finds the height of such a row itself, but not every one does on opening.

    Parameters
    ----------
    book, sheet
        Where to.
    row
        From 0.
    cells
        Texts, from the first column on.
    widths
        Of their columns. [character]
    """
    sheet.set_row(row, _LINE_PT * max(_n_lines(*cell) for cell in zip(cells, widths, strict=True)))
    for index, text in enumerate(cells):
        sheet.write_string(row, index, text, book.wrapped)


def titled_sheet(book: OpenBook, name: str, title: str, note: str) -> Any:
    """A sheet with its title and a note above the table, printed across."""
    sheet = book.file.add_worksheet(name)
    sheet.write_string(0, 0, title, book.title)
    sheet.write_string(1, 0, note, book.muted)
    print_across(sheet)
    return sheet


def make_filterable(sheet: Any, row: int, n_rows: int, n_columns: int, n_frozen: int) -> None:
    """Filters on the heading, which stays in sight with the first columns."""
    sheet.freeze_panes(row + 1, n_frozen)
    sheet.autofilter(row, 0, row + n_rows, n_columns - 1)
    sheet.repeat_rows(row)


def print_across(sheet: Any) -> None:
    """Print on A4 across, one page wide, narrow margins, pages numbered."""
    sheet.set_landscape()
    sheet.set_margins(left=_MARGIN_IN, right=_MARGIN_IN, top=_MARGIN_IN, bottom=2 * _MARGIN_IN)
    sheet.set_footer("&L&8&F: &A&R&8&P / &N")
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)


def colour_shares(sheet: Any, row: int, n_rows: int, columns: Sequence[int]) -> None:
    """White to orange from 0 to 1 on columns of probabilities (ColorBrewer YlOrBr)."""
    scale = {
        "type": "3_color_scale", "min_type": "num", "min_value": 0, "min_color": "#FFFFFF",
        "mid_type": "num", "mid_value": 0.5, "mid_color": "#FEC44F",
        "max_type": "num", "max_value": 1, "max_color": "#CC4C02",
    }  # fmt: skip
    for index in columns:
        if n_rows:
            sheet.conditional_format(row + 1, index, row + n_rows, index, scale)


def paint_where(book: OpenBook, sheet: Any, cells: Cells, condition: str, colour: str) -> None:
    """Paint cells where a formula (relative to the first row) holds and none before it did."""
    ink = "#FFFFFF" if _is_dark(colour) else "#000000"
    style = book.file.add_format({"bg_color": colour, "font_color": ink})
    rule = {"type": "formula", "criteria": f"={condition}", "format": style, "stop_if_true": True}
    sheet.conditional_format(*cells, rule)


def _width(shown: ShownColumn, values: "pd.Series[Any]") -> float:
    """Width of a column: as its longest text, its heading broken to the lines there are."""
    words = shown.label.split()
    heading = max(map(len, words), default=0)
    while len(textwrap.wrap(shown.label, max(heading, 1))) > _HEADER_LINES:
        heading += 1
    known = values.dropna()
    if shown.is_date:
        content: float = _DATE_WIDTH
    elif not shown.is_text:
        content = _number_width(known.astype("float64"), shown.number_format) + _ROOM
    else:
        content = min(max(known.map(len), default=0) + _ROOM, shown.width)
    return max(heading + _ROOM_FOR_FILTER, content)


def _number_width(known: "pd.Series[float]", number_format: str) -> int:
    """Characters of the longest number: one that does not fit is shown as a row of #."""
    if known.empty:
        return 0
    is_share = number_format.endswith("%")
    digits = len(f"{known.abs().max() * (100 if is_share else 1):.0f}")
    decimals = number_format.partition(".")[2].count("0")
    return (
        digits
        + ("," in number_format) * ((digits - 1) // 3)
        + (decimals + 1 if decimals else 0)
        + bool((known < 0).any())
        + is_share
    )


def _grow_rows(
    sheet: Any,
    row: int,
    frame: pd.DataFrame,
    columns: Sequence[ShownColumn],
    widths: Sequence[float],
) -> None:
    """Height of each row for the columns whose text stands on several lines."""
    wrapped = [
        (frame.iloc[:, index].fillna("").tolist(), widths[index])
        for index, shown in enumerate(columns)
        if shown.is_wrapped
    ]
    for place in range(len(frame) if wrapped else 0):
        n_lines = max(_n_lines(texts[place], width) for texts, width in wrapped)
        sheet.set_row(row + 1 + place, _LINE_PT * n_lines)


def _n_lines(text: str, width: float) -> int:
    """How many lines a text takes in a column, no more than a row has room for."""
    return min(max(len(textwrap.wrap(text, max(int(width), 1))), 1), _MOST_LINES)


def _is_dark(colour: str) -> bool:
    """Whether white is read better on a colour than black (ITU-R BT.601 luma under one half)."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128


def _open(book: Any) -> OpenBook:
    """The workbook with its formats."""
    return OpenBook(
        file=book,
        text=book.add_format({"indent": 1, "align": "left", "valign": "top"}),
        title=book.add_format({"bold": True, "font_size": 14}),
        muted=book.add_format({"font_color": "#555555"}),
        bold=book.add_format({"bold": True}),
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
        day=book.add_format(
            {"num_format": "yyyy-mm-dd", "indent": 1, "align": "left", "valign": "top"}
        ),
        moment=book.add_format(
            {"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "top"}
        ),
        left=book.add_format({"align": "left", "valign": "top"}),
        header=book.add_format(
            {"bold": True, "bg_color": "#1F3A4D", "font_color": "#FFFFFF", "text_wrap": True,
             "valign": "vcenter", "border": 1, "border_color": "#FFFFFF"}
        ),
    )  # fmt: skip
