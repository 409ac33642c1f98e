"""What every workbook of ours has in common: how it is opened, its styles, a table of values."""

from collections.abc import Iterator, Mapping, Sequence
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
_HEADER_HEIGHT: Final = 62  # four lines
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
        In characters. [count]
    number_format
        Of the spreadsheet, for numbers.
    is_date
        Written as a date, from dates or ISO 8601 text.
    is_link
        Text that is an address of ours and opens on a click.
    """

    label: str
    is_text: bool
    width: float = DEFAULT_WIDTH
    number_format: str = "General"
    is_date: bool = False
    is_link: bool = False


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
    sheet.set_row(row, _HEADER_HEIGHT)
    for index, (name, shown) in enumerate(zip(frame.columns, columns, strict=True)):
        sheet.set_column(index, index, shown.width, book.text if shown.is_text else None)
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
                sheet.write_string(place, index, text)
            continue
        number = book.file.add_format({"num_format": shown.number_format})
        for place, value in zip(places.tolist(), known, strict=True):
            sheet.write_number(place, index, value, number)


def make_filterable(sheet: Any, row: int, n_rows: int, n_columns: int, n_frozen: int) -> None:
    """Filters on the heading, which stays in sight with the first columns."""
    sheet.freeze_panes(row + 1, n_frozen)
    sheet.autofilter(row, 0, row + n_rows, n_columns - 1)
    sheet.repeat_rows(row)


def print_across(sheet: Any) -> None:
    """Print on A4 across, one page wide."""
    sheet.set_landscape()
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


def paint_codes(
    book: OpenBook, sheet: Any, cells: Cells, code_cell: str, colours: Mapping[str, str]
) -> None:
    """Paint cells by the code that ``code_cell`` (relative to the first row) holds."""
    for code, colour in colours.items():
        ink = "#FFFFFF" if _is_dark(colour) else "#000000"
        style = book.file.add_format({"bg_color": colour, "font_color": ink})
        rule = {"type": "formula", "criteria": f'={code_cell}="{code}"', "format": style}
        sheet.conditional_format(*cells, rule)


def _is_dark(colour: str) -> bool:
    """Whether white is read better on a colour than black (ITU-R BT.601 luma under one half)."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128


def _open(book: Any) -> OpenBook:
    """The workbook with its formats."""
    return OpenBook(
        file=book,
        text=book.add_format({"indent": 1}),
        title=book.add_format({"bold": True, "font_size": 14}),
        muted=book.add_format({"font_color": "#555555"}),
        bold=book.add_format({"bold": True}),
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
        day=book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        header=book.add_format(
            {"bold": True, "bg_color": "#1F3A4D", "font_color": "#FFFFFF", "text_wrap": True,
             "valign": "vcenter", "border": 1, "border_color": "#FFFFFF"}
        ),
    )  # fmt: skip
