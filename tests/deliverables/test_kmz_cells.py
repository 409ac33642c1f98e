from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid
from coverage.deliverables.info import RunInfo
from coverage.deliverables.kmz_cells import level_classes, outlines_of

CLASSES = level_classes(RunInfo(survey="x", created_at=datetime(2024, 1, 1, tzinfo=UTC)))


def test_neighbours_of_one_class_share_one_outline() -> None:
    disk = hexgrid.disk_of(int(hexgrid.cells_of([-6.5], [106.2], 9)[0]), 1)
    cells = pd.DataFrame({"h3_cell": disk, "rsrp_p50_dbm": -90.0})
    ((_, rings),) = outlines_of(cells, CLASSES)
    assert [len(ring) for ring in rings] == [19]


@pytest.mark.parametrize(
    ("level", "place"),
    [(-120.1, 0), (-120.0, 1), (-115.0, 2), (-110.0, 3), (-105.0, 4), (-85.0, 6)],
)
def test_a_level_on_the_bound_is_of_the_class_above(level: float, place: int) -> None:
    cells = pd.DataFrame({"h3_cell": hexgrid.cells_of([-6.5], [106.2], 9), "rsrp_p50_dbm": [level]})
    assert [found for found, _ in outlines_of(cells, CLASSES)] == [CLASSES[place]]


def test_where_the_model_abstains_no_outline_stands() -> None:
    cells = pd.DataFrame(
        {"h3_cell": hexgrid.cells_of([-6.5], [106.2], 9), "rsrp_p50_dbm": [np.nan]}
    )
    assert list(outlines_of(cells, CLASSES)) == []
