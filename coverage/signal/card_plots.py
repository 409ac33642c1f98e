"""The drawings inside a card's page: reliability, distances to data, intervals and bars."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

SIDE: Final = 260  # of the square that is drawn in [px]
EDGE: Final = 34  # around it, for the numbers [px]
LABEL: Final = 210  # wide are the names left of bars and intervals [px]
LENGTH: Final = 420  # of the longest bar [px]
ROW: Final = 20  # high is a row of bars or intervals [px]
_BLUE: Final = "fill:#0b5fa5"
_SOLID: Final = "fill:none;stroke:#0b5fa5;stroke-width:2"
_DASHED: Final = "fill:none;stroke:#b3541e;stroke-width:2;stroke-dasharray:6 4"
_THIN: Final = "fill:none;stroke:#999;stroke-width:1;stroke-dasharray:2 3"


def reliability(calibration: Sequence[Mapping[str, Any]]) -> str:
    """Frequency over probability, a dot a bin, beside the line on which they are equal."""
    points = [(float(row["p_mean"]), float(row["frequency"])) for row in calibration]
    if not points:
        return ""
    dots = "".join(
        f'<circle cx="{_across(x):.1f}" cy="{_up(y):.1f}" r="3" style="fill:#0b5fa5"/>'
        for x, y in points
    )
    return _frame(_line([(0.0, 0.0), (1.0, 1.0)], _THIN) + _line(points, _SOLID) + dots, "1", "1")


def distances(rows: Sequence[Mapping[str, Any]]) -> str:
    """Share of places up to a distance: the targets solid, the held-out rows dashed."""
    far_m = max(max(float(row["targets_m"]), float(row["held_out_m"])) for row in rows) or 1.0
    curves = "".join(
        _line([(0.0, 0.0), *((float(row[name]) / far_m, float(row["share"])) for row in rows)], how)
        for name, how in (("targets_m", _SOLID), ("held_out_m", _DASHED))
    )
    return _frame(curves, f"{far_m / 1000:.1f} km", "1")


def bars(rows: Sequence[tuple[str, float]]) -> str:
    """Sizes as bars from zero, each with its name."""
    if not rows:
        return ""
    longest = max(size for _, size in rows) or 1.0
    drawn = "".join(
        f'<rect x="{LABEL}" y="{ROW * place + 4}" width="{LENGTH * size / longest:.1f}" '
        f'height="{ROW - 8}" style="{_BLUE}"/>'
        for place, (_, size) in enumerate(rows)
    )
    return _rows([name for name, _ in rows], drawn)


def ranges(rows: Sequence[tuple[str, Mapping[str, float | None]]]) -> str:
    """Estimates as dots on their intervals, on one axis from zero; the unknown left out."""
    known = [
        (name, [float(one[end] or 0.0) for end in ("low", "value", "high")])
        for name, one in rows
        if all(one[end] is not None for end in ("low", "value", "high"))
    ]
    if not known:
        return ""
    longest = max(ends[2] for _, ends in known) or 1.0
    drawn = ""
    for place, (_, ends) in enumerate(known):
        low, value, high = (LABEL + LENGTH * end / longest for end in ends)
        middle = ROW * place + ROW / 2
        drawn += (
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}" style="{_SOLID}"/>'
            f'<circle cx="{value:.1f}" cy="{middle}" r="4" style="{_BLUE}"/>'
        )
    axis = f'<line x1="{LABEL}" x2="{LABEL}" y1="0" y2="{ROW * len(known)}" style="{_THIN}"/>'
    return _rows([name for name, _ in known], axis + drawn)


def _rows(names: Sequence[str], drawn: str) -> str:
    """Drawn rows with their names on the left."""
    wide, high = LABEL + LENGTH + 12, ROW * len(names)
    told = "".join(
        f'<text x="{LABEL - 8}" y="{ROW * place + ROW - 6}" text-anchor="end">{escape(name)}</text>'
        for place, name in enumerate(names)
    )
    return (
        f'<svg width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img">'
        f'{drawn}<g style="font-size:12px;fill:#222">{told}</g></svg>'
    )


def _frame(inside: str, right: str, top: str) -> str:
    """A square with its axes; both begin at 0."""
    whole = SIDE + 2 * EDGE
    return (
        f'<svg width="{whole}" height="{whole}" viewBox="0 0 {whole} {whole}" role="img">'
        f'<rect x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}" '
        'style="fill:none;stroke:#444"/>'
        f'{inside}<g style="font-size:12px;fill:#222">'
        f'<text x="{EDGE - 12}" y="{EDGE + SIDE + 14}">0</text>'
        f'<text x="{EDGE + SIDE}" y="{EDGE + SIDE + 14}" text-anchor="end">{right}</text>'
        f'<text x="{EDGE - 12}" y="{EDGE + 10}">{top}</text></g></svg>'
    )


def _line(points: Sequence[tuple[float, float]], style: str) -> str:
    """A line through points of the unit square."""
    told = " ".join(f"{_across(x):.1f},{_up(y):.1f}" for x, y in points)
    return f'<polyline points="{told}" style="{style}"/>'


def _across(x: float) -> float:
    """Place of a value of the unit square [px]."""
    return EDGE + SIDE * x


def _up(y: float) -> float:
    """Place of a value of the unit square, upwards [px]."""
    return EDGE + SIDE * (1 - y)
