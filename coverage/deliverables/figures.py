"""Figures for reports: the measured level by operator, and how honest the model's chances are."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from coverage.deliverables.info import RunInfo
from coverage.deliverables.measured import measured_evidence
from coverage.deliverables.numbers import number
from coverage.deliverables.palette import OPERATOR_COLOURS, OPERATOR_DASHES, SOFT_INK
from coverage.deliverables.pictures import STYLE, add_footnote, new_figure
from coverage.deliverables.texts import catalogue

_SIZE_MM: Final = (150.0, 95.0)
_LEVELS_DBM: Final = (-140.0, -60.0)
"""Range drawn; no service lies left of it and still counts in every share. [dBm]"""


def level_cdf(cells: pd.DataFrame, info: RunInfo) -> Figure:
    """Share of measured cells at or under each level, a curve an operator.

    Cells without service lie under every level: the curve starts at their share, not at 0.

    Parameters
    ----------
    cells
        Table ``cells``.
    info
        The run: language and levels.
    """
    texts = catalogue(info.language)
    measured = measured_evidence(cells)
    with mpl.rc_context(STYLE):
        figure = new_figure(*_SIZE_MM)
        axes = figure.add_subplot()
        for place, (operator, rows) in enumerate(measured.groupby("operator", sort=True)):
            level = np.sort(rows["signal_p50_dbm"].to_numpy(dtype="float64"))
            known = level[~np.isnan(level)]
            n = len(level)
            share = (np.arange(len(known)) + 1 + n - len(known)) / n
            start = (n - len(known)) / n
            axes.step(
                [_LEVELS_DBM[0], *known, _LEVELS_DBM[1]], [start, *share, 1.0], where="post",
                color=OPERATOR_COLOURS[place % len(OPERATOR_COLOURS)],
                linestyle=OPERATOR_DASHES[place % len(OPERATOR_DASHES)],
                label=texts["figure.cdf_row"].format(operator=operator, n=n),
            )  # fmt: skip
        _mark_levels(axes, info)
        axes.set(
            xlim=_LEVELS_DBM, ylim=(0, 1), xlabel=texts["figure.cdf_x"],
            ylabel=texts["figure.cdf_y"], title=texts["figure.cdf_title"],
        )  # fmt: skip
        axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
        axes.grid(visible=True)
        if len(measured):
            axes.legend(loc="upper left", fontsize=7.5)
        add_footnote(figure, info, texts["figure.cdf_note"])
    return figure


def calibration_curve(points: Sequence[Mapping[str, Any]], info: RunInfo) -> Figure:
    """Chance of weak as the model stated it against how often it came true, held-out readings.

    Parameters
    ----------
    points
        ``p_mean`` [0-1], ``frequency`` [0-1] and ``n`` [count] of each bin of the model card.
    info
        The run.
    """
    texts = catalogue(info.language)
    known = [row for row in points if row["n"] and row["p_mean"] is not None]
    p_mean = np.array([row["p_mean"] for row in known], dtype=np.float64)
    frequency = np.array([row["frequency"] for row in known], dtype=np.float64)
    n = np.array([row["n"] for row in known], dtype=np.float64)
    with mpl.rc_context(STYLE):
        figure = new_figure(110.0, 105.0)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=SOFT_INK, linewidth=0.8, linestyle="--",
                  label=texts["figure.calibration_perfect"])  # fmt: skip
        axes.plot(p_mean, frequency, color=OPERATOR_COLOURS[0], linewidth=1.2)
        axes.scatter(
            p_mean, frequency, s=12 + 60 * n / max(float(n.max(initial=1)), 1.0), zorder=3,
            color=OPERATOR_COLOURS[0], edgecolors="#ffffff", label=texts["figure.calibration_row"],
        )  # fmt: skip
        axes.set(
            xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel=texts["figure.calibration_x"],
            ylabel=texts["figure.calibration_y"], title=texts["figure.calibration_title"],
        )  # fmt: skip
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
        axes.grid(visible=True)
        axes.legend(loc="upper left", fontsize=7.5)
        note = texts["figure.calibration_note"].format(n=number(int(n.sum()), info.language))
        add_footnote(figure, info, note)
    return figure


def _mark_levels(axes: Any, info: RunInfo) -> None:
    """Weak and upload-critical levels as thin lines with their figures."""
    for level in (info.weak_dbm, info.upload_critical_dbm):
        axes.axvline(level, color=SOFT_INK, linewidth=0.7, linestyle=(0, (2, 2)), zorder=0)
        axes.text(level, 1.0, f" {level:.0f}".replace("-", "−"), fontsize=6.5, va="top",
                  color=SOFT_INK)  # fmt: skip
