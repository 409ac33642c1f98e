from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import shapely

from coverage import hexgrid
from coverage.deliverables.gis import hexagons
from coverage.deliverables.info import RunInfo
from coverage.deliverables.kmz_cells import class_areas, level_classes, outlines_of

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


def speckled(k: int) -> pd.DataFrame:
    disk = hexgrid.disk_of(int(hexgrid.cells_of([-6.5], [106.2], 9)[0]), k)
    level = np.random.default_rng(1).normal(-112, 8, len(disk))
    return pd.DataFrame({"h3_cell": disk, "rsrp_p50_dbm": level})


def test_areas_are_those_of_the_cells_of_their_class() -> None:
    cells = speckled(12)
    areas = class_areas(cells, CLASSES)
    shapes = hexagons(cells["h3_cell"].to_numpy("uint64"))
    place = np.searchsorted([c.low_dbm for c in CLASSES], cells["rsrp_p50_dbm"], side="right")
    expected = pd.Series(shapely.area(shapes)).groupby(place).sum()
    found = pd.Series(shapely.area(areas.geometry.to_numpy())).groupby(areas["class_from_1"]).sum()
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6)
    assert areas.geometry.is_valid.all()


def test_every_outline_is_closed() -> None:
    rings = [ring for _, found in outlines_of(speckled(12), CLASSES) for ring in found]
    assert len(rings) > 50
    assert all((ring[0] == ring[-1]).all() for ring in rings)


def test_a_hole_is_another_ring_not_another_area() -> None:
    centre = int(hexgrid.cells_of([-6.5], [106.2], 9)[0])
    ring = hexgrid.disk_of(centre, 1)
    cells = pd.DataFrame({"h3_cell": ring[ring != centre], "rsrp_p50_dbm": -90.0})
    ((_, rings),) = outlines_of(cells, CLASSES)
    assert sorted(len(ring) for ring in rings) == [7, 19]
    assert len(class_areas(cells, CLASSES)) == 1


def test_cells_at_a_pentagon_and_across_faces_of_the_icosahedron_join_too() -> None:
    pentagon = 0x891C0000003FFFF  # H3 base cell 14, resolution 9
    cells = pd.DataFrame({"h3_cell": hexgrid.disk_of(pentagon, 1), "rsrp_p50_dbm": -90.0})
    ((_, rings),) = outlines_of(cells, CLASSES)
    assert len(rings) == 1


def test_without_cells_there_are_no_areas() -> None:
    assert class_areas(speckled(0).iloc[:0], CLASSES).empty
