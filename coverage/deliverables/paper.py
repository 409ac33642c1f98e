"""A4 pages: typeface, styles, running heads, tables. Equal content gives equal bytes."""

import calendar
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import matplotlib as mpl
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    Image,
    PageTemplate,
    Table,
    TableStyle,
)
from reportlab.platypus import Paragraph as ReportlabParagraph

from coverage.deliverables.info import RunInfo
from coverage.deliverables.palette import INK, SOFT_INK

MM: Final = mm
"""One millimetre. [pt]"""

MARGIN: Final = 15 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
"""Width of the text. [pt]"""

_REGULAR, _BOLD, _OBLIQUE = "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique"
_BAND: Final = colors.HexColor("#123a4c")
_LINE: Final = colors.HexColor("#c6d0d7")
_HEAD: Final = colors.HexColor("#e8eef2")
_STRIPE: Final = colors.HexColor("#f6f8f9")


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    """A paragraph style; lines are 1.3 times the type."""
    given = {"fontName": _REGULAR, "leading": size * 1.3, "textColor": colors.HexColor(INK), **more}
    return ParagraphStyle(name, fontSize=size, **given)


STYLES: Final = {
    "body": _style("body", 8.2, spaceAfter=2),
    "small": _style("small", 7, textColor=colors.HexColor(SOFT_INK)),
    "heading": _style("heading", 10, fontName=_BOLD, spaceBefore=8, spaceAfter=3),
    "cell": _style("cell", 7),
    "cell_right": _style("cell_right", 7, alignment=TA_RIGHT),
    "head": _style("head", 6.8, fontName=_BOLD),
    "head_right": _style("head_right", 6.8, fontName=_BOLD, alignment=TA_RIGHT),
    "figure": _style("figure", 14, fontName=_BOLD),
}


def paragraph(text: str, style: str = "body", bullet: str | None = None) -> Flowable:
    """Plain text as a paragraph: markup in it is shown, never obeyed.

    Parameters
    ----------
    text
        What to print.
    style
        Name of one of :data:`STYLES`.
    bullet
        Mark before it.
    """
    _register_fonts()
    given = STYLES[style]
    if bullet is not None:
        given = ParagraphStyle("bullet", parent=given, leftIndent=9, bulletFontName=_REGULAR)
    return ReportlabParagraph(escape(_printable(text)), given, bulletText=bullet)


class _Spread(Table):  # type: ignore[misc]  # reportlab brings no types
    """A table as wide as the room it is given: where a page is set smaller, that room is wider."""

    shares: Sequence[float] = ()

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Its size in a room [pt]; the part of a table that goes on keeps the widths it has."""
        if self.shares:
            total = sum(self.shares)
            self._argW = [width * share / total for share in self.shares]
            self._colWidths = list(self._argW)
            self._width_calculated_once = None
        size: tuple[float, float] = super().wrap(width, height)
        return size


def _spread(content: list[list[Flowable]], shares: Sequence[float], **more: Any) -> Table:
    """A table whose columns have these shares of the room."""
    total = sum(shares)
    widths = [WIDTH * share / total for share in shares]
    made = _Spread(content, colWidths=widths, hAlign="LEFT", **more)
    made.shares = tuple(shares)
    return made


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], right: set[int]
) -> Flowable:
    """A table whose head is repeated on every page.

    Parameters
    ----------
    heads, rows
        Texts.
    widths
        Share of the width of each column; they are scaled to fill it.
    right
        Columns set flush right: numbers.
    """

    def line(texts: Sequence[str], kind: str) -> list[Flowable]:
        return [
            paragraph(text, f"{kind}_right" if k in right else kind) for k, text in enumerate(texts)
        ]

    content = [line(heads, "head"), *(line(row, "cell") for row in rows)]
    made = _spread(content, widths, repeatRows=1)
    made.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, _STRIPE]),
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 1.6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return made


def figures(pairs: Sequence[tuple[str, str]]) -> Flowable:
    """Large figures with small labels, side by side.

    Parameters
    ----------
    pairs
        Figure and label.
    """
    content = [
        [paragraph(value, "figure") for value, _ in pairs],
        [paragraph(label, "small") for _, label in pairs],
    ]
    made = _spread(content, [1.0] * len(pairs))
    made.setStyle(
        TableStyle(
            [
                ("LINEABOVE", (0, 0), (-1, 0), 1.2, _BAND),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ]
        )
    )
    return made


def image(png: bytes, width_mm: float, height_mm: float) -> Flowable:
    """A picture at a size [mm]."""
    return Image(io.BytesIO(png), width=width_mm * mm, height=height_mm * mm, hAlign="LEFT")


def document(
    content: Sequence[Flowable], *, title: str, subtitle: str, foot: str, info: RunInfo
) -> bytes:
    """A4 pages as PDF, dated by the run, compressed, fonts embedded.

    Parameters
    ----------
    content
        What stands on them, top to bottom.
    title, subtitle
        Band on top of the first page; the title heads the others too.
    foot
        Line at the foot of every page, the page number beside it.
    info
        The run: its date is the document's.
    """
    _register_fonts()
    target = io.BytesIO()
    template = BaseDocTemplate(
        target, pagesize=A4, title=title, author=info.survey, subject=subtitle, lang=info.language,
        creator="blankspot", invariant=1,
    )  # fmt: skip
    top = 24 * mm
    first = Frame(MARGIN, MARGIN, WIDTH, A4[1] - MARGIN - top - 2 * mm, 0, 0, 0, 0)
    later = Frame(MARGIN, MARGIN, WIDTH, A4[1] - MARGIN - 14 * mm, 0, 0, 0, 0)
    template.addPageTemplates(
        [
            PageTemplate("first", [first], _first_page(title, subtitle, foot, top),
                         autoNextPageTemplate="later"),
            PageTemplate("later", [later], _later_page(title, foot)),
        ]
    )  # fmt: skip

    def dated(*given: Any, **named: Any) -> Canvas:
        canvas = Canvas(*given, **{**named, "initialFontName": _REGULAR})
        _set_date(canvas, info)
        return canvas

    template.build(list(content), canvasmaker=dated)
    return target.getvalue()


Drawing = Callable[[Canvas, Any], None]


def _first_page(title: str, subtitle: str, foot: str, top: float) -> Drawing:
    """The band with the title."""

    def draw(canvas: Canvas, _document: Any) -> None:
        canvas.setFillColor(_BAND)
        canvas.rect(0, A4[1] - top + 4 * mm, A4[0], top, stroke=0, fill=1)
        canvas.setFillColor(colors.white)
        canvas.setFont(_BOLD, _fitting(title, _BOLD, 15))
        canvas.drawString(MARGIN, A4[1] - 10.5 * mm, _printable(title))
        canvas.setFont(_REGULAR, _fitting(subtitle, _REGULAR, 8.2))
        canvas.drawString(MARGIN, A4[1] - 16 * mm, _printable(subtitle))
        _draw_foot(canvas, foot)

    return draw


def _later_page(title: str, foot: str) -> Drawing:
    """The running head."""

    def draw(canvas: Canvas, _document: Any) -> None:
        canvas.setFillColor(colors.HexColor(SOFT_INK))
        canvas.setFont(_REGULAR, _fitting(title, _REGULAR, 7.5))
        canvas.drawString(MARGIN, A4[1] - 10 * mm, _printable(title))
        canvas.setStrokeColor(_LINE)
        canvas.line(MARGIN, A4[1] - 11.5 * mm, A4[0] - MARGIN, A4[1] - 11.5 * mm)
        _draw_foot(canvas, foot)

    return draw


def _draw_foot(canvas: Canvas, foot: str) -> None:
    """Foot line and page number."""
    canvas.setFillColor(colors.HexColor(SOFT_INK))
    canvas.setFont(_REGULAR, min(6.8, _fitting(foot, _REGULAR, 6.8, WIDTH - 20 * mm)))
    canvas.drawString(MARGIN, 8 * mm, _printable(foot))
    canvas.setFont(_REGULAR, 6.8)
    canvas.drawRightString(A4[0] - MARGIN, 8 * mm, str(canvas.getPageNumber()))


def _fitting(text: str, font: str, size: float, width: float = WIDTH) -> float:
    """Type size at which a line fits the width, at most ``size`` [pt]."""
    needed = pdfmetrics.stringWidth(_printable(text), font, size)
    return size if needed <= width else size * width / needed


def _printable(text: str) -> str:
    """Text on one line without control characters, none beyond the typeface's plane."""
    return "".join(
        " " if character.isspace() else character if character < "\U00010000" else "\ufffd"
        for character in text if character.isprintable() or character.isspace()
    )  # fmt: skip


def _set_date(canvas: Canvas, info: RunInfo) -> None:
    """The run's date in place of the fixed one that reproducible documents are given."""
    stamp = canvas._doc._timeStamp
    moment = info.created_utc
    stamp.t = calendar.timegm(moment.timetuple())
    stamp.YMDhms = moment.timetuple()[:6]
    stamp.dhh, stamp.dmm = 0, 0


def _register_fonts() -> None:
    """DejaVu, which comes with the figures' library, once."""
    if _REGULAR in pdfmetrics.getRegisteredFontNames():
        return
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    for name in (_REGULAR, _BOLD, _OBLIQUE):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(_REGULAR, normal=_REGULAR, bold=_BOLD, italic=_OBLIQUE,
                                  boldItalic=_BOLD)  # fmt: skip
