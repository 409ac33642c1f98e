"""Figures as bytes: the same figure always gives the same PNG and the same SVG."""

import io
import textwrap
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from coverage.deliverables.info import RunInfo
from coverage.deliverables.licences import sources_line
from coverage.deliverables.palette import INK, SOFT_INK
from coverage.errors import InputError

KINDS: Final = ("png", "svg")
DPI: Final = 200
"""Dots per inch of a raster: sharp on A4, a map of a province stays under 1 MB. [1/inch]"""

_RIGHTS: Final = {"png": "Copyright", "svg": "Rights"}
_NOTE_PT: Final = 6.5
_NOTE_ROOM: Final = 0.95  # of the figure's width; letters on a grid of pixels are up to 3 % wider
_POINTS_PER_INCH: Final = 72.0

STYLE: Final[Any] = {
    "font.family": "DejaVu Sans", "font.size": 8.5, "axes.edgecolor": SOFT_INK,
    "axes.labelcolor": INK, "axes.titlesize": 9.5, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.titlecolor": INK, "axes.linewidth": 0.6,
    "axes.spines.top": False, "axes.spines.right": False, "xtick.color": SOFT_INK,
    "ytick.color": SOFT_INK, "grid.color": "#d5dce1", "grid.linewidth": 0.5, "text.color": INK,
    "legend.frameon": False, "figure.dpi": 100, "text.usetex": False, "text.parse_math": False,
    "svg.fonttype": "path", "svg.hashsalt": "blankspot", "path.simplify": True,
}  # fmt: skip
"""Settings of every figure; the salt makes the identifiers inside an SVG the same each time."""


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure.

    Parameters
    ----------
    width_mm, height_mm
        Its size. [mm]
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained")
        FigureCanvasAgg(figure)
    return figure


def add_footnote(figure: Figure, info: RunInfo, text: str = "") -> None:
    """Write a note and the sources with their licences under a figure, wrapped to its width.

    A picture is copied out of its folder into a report: what it says of its sources goes along.

    Parameters
    ----------
    figure
        Made by :func:`new_figure`.
    info
        The run.
    text
        What else has to be known of the figure.
    """
    room_pt = figure.get_figwidth() * _POINTS_PER_INCH * _NOTE_ROOM
    lines = [line for part in (text, sources_line(info)) for line in _broken(part, room_pt)]
    if lines:
        figure.supxlabel("\n".join(lines), fontsize=_NOTE_PT, color=SOFT_INK, x=0.01, ha="left")


def _broken(text: str, room_pt: float) -> list[str]:
    """Lines of a note, none wider than the room [pt]; capitals take more of it than small letters.

    A line that did not fit would be cut off with the licence it names.
    """
    n_letters = len(text)
    while True:
        lines = textwrap.wrap(text, max(n_letters, 1))
        widest_pt = max(map(_width_pt, lines), default=0.0)
        if widest_pt <= room_pt or n_letters <= 1:
            return lines
        n_letters = min(n_letters - 1, int(max(map(len, lines)) * room_pt / widest_pt) + 1)


def _width_pt(line: str) -> float:
    """Width of a line of a note [pt]."""
    font = FontProperties(family=STYLE["font.family"], size=_NOTE_PT)
    width_pt, _, _ = text_to_path.get_text_width_height_descent(line, font, ismath=False)
    return float(width_pt)


def picture(figure: Figure, kind: str, dpi: int = DPI, rights: str = "") -> bytes:
    """A figure as a file, without date and without the drawing program's version.

    Parameters
    ----------
    figure
        What to draw.
    kind
        One of :data:`KINDS`.
    dpi
        Resolution of rasters, inside SVG too. [1/inch]
    rights
        Sources and licences, said in the file's own metadata too.

    Raises
    ------
    InputError
        Where there is no such kind.
    """
    if kind not in KINDS:
        raise InputError(f"Invalid kind {kind!r}. Must be one of {KINDS}.")
    unsaid: dict[str, str | None] = (
        {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    )
    metadata = {**unsaid, **({_RIGHTS[kind]: rights} if rights else {})}
    target = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(target, format=kind, dpi=dpi, metadata=metadata)
    return target.getvalue()
