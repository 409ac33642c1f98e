"""What ``blankspot inspect`` shows beyond the readings themselves: a small map, a column map."""

from pathlib import Path

import numpy as np
import pytest

from coverage.errors import InputError
from pipelines.dots import Dots
from pipelines.inspection import inspect_file, propose_columns

LOG = Path(__file__).parents[1] / "data" / "readings" / "gnettrack.csv"


def lines_of(latitude_deg: list[float], longitude_deg: list[float]) -> list[str]:
    dots = Dots()
    dots.add(np.array(latitude_deg), np.array(longitude_deg))
    return list(dots.lines())


def test_no_readings_have_no_map() -> None:
    assert lines_of([], []) == []


def test_one_place_is_one_dot() -> None:
    assert lines_of([-6.4], [106.1])[:-1] == ["\u2801"]


def test_north_is_up_and_east_is_right() -> None:
    *drawn, _ = lines_of([-6.4, -6.3, -6.3], [106.1, 106.1, 106.2])
    assert drawn[0][0] == "\u2801"
    assert len(drawn[0]) > 10
    assert len(drawn[-1]) == 1


def test_the_order_of_readings_does_not_matter() -> None:
    latitude, longitude = [-6.4, -6.3, -6.35], [106.1, 106.2, 106.3]
    assert lines_of(latitude, longitude) == lines_of(latitude[::-1], longitude[::-1])


def test_many_places_stay_few() -> None:
    rng = np.random.default_rng(1)
    dots = Dots()
    for _ in range(3):
        dots.add(rng.uniform(-7, -6, 200_000), rng.uniform(105, 106, 200_000))
    assert len(dots._places) <= 200_000
    assert len(list(dots.lines())) <= 18


def test_an_inspection_ends_with_counts_extent_and_map() -> None:
    inspection = inspect_file(LOG, None, 3)
    text = "\n".join(inspection.lines())
    for part in ("recognised by", "Asia/Jakarta", "rat: LTE 3", "1 zero_position", "latitude -6.4"):
        assert part in text
    assert inspection.dots[-1].endswith("north is up")


def test_a_file_that_is_not_there_has_no_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        propose_columns(tmp_path / "a.csv", None)
