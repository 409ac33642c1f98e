"""The two curves of a card as drawings inside the page: reliability, and distances to data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

SIDE: Final = 260  # of the square that is drawn in [px]
EDGE: Final = 34  # around it, for the numbers [px]
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
