"""Figures as bytes: the same figure always gives the same PNG and the same SVG."""

import io
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from coverage.deliverables.palette import INK, SOFT_INK
from coverage.errors import InputError

KINDS: Final = ("png", "svg")
DPI: Final = 200
"""Dots per inch of a raster: sharp on A4, a map of a province stays under 1 MB. [1/inch]"""

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


def picture(figure: Figure, kind: str, dpi: int = DPI) -> bytes:
    """A figure as a file, without date and without the drawing program's version.

    Parameters
    ----------
    figure
        What to draw.
    kind
        One of :data:`KINDS`.
    dpi
        Resolution of rasters, inside SVG too. [1/inch]

    Raises
    ------
    InputError
        Where there is no such kind.
    """
    if kind not in KINDS:
        raise InputError(f"Invalid kind {kind!r}. Must be one of {KINDS}.")
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    target = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(target, format=kind, dpi=dpi, metadata=metadata)
    return target.getvalue()
