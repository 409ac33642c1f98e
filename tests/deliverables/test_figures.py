import pandas as pd

from coverage.deliverables.figures import calibration_curve, level_cdf
from coverage.deliverables.info import RunInfo
from coverage.deliverables.pictures import picture
from coverage.deliverables.run_tables import RunTables

POINTS = [
    {"p_mean": 0.1, "frequency": 0.2, "n": 100},
    {"p_mean": None, "frequency": None, "n": 0},
    {"p_mean": 0.9, "frequency": 0.8, "n": 50},
]


def test_each_curve_begins_at_the_share_without_service(world: RunTables, info: RunInfo) -> None:
    cells = world.cells[world.cells["operator"] == "IOH"].copy()
    cells = (
        cells[cells["rat"] == "LTE"]
        .head(4)
        .assign(signal_p50_dbm=[float("nan"), -120.0, -100.0, -80.0], evidence="indicated_weak")
    )
    (curve,) = (line for line in level_cdf(cells, info).axes[0].lines if len(line.get_xdata()) > 2)
    assert list(curve.get_ydata()) == [0.25, 0.5, 0.75, 1.0, 1.0]


def test_there_is_a_curve_for_every_operator(world: RunTables, info: RunInfo) -> None:
    labels = level_cdf(world.cells, info).axes[0].get_legend().get_texts()
    assert [text.get_text().split(" (")[0] for text in labels] == world.operators


def test_no_measured_cell_gives_an_empty_figure(world: RunTables, info: RunInfo) -> None:
    figure = level_cdf(world.cells.head(0), info)
    assert picture(figure, "png", 60).startswith(b"\x89PNG")


def test_bins_without_readings_are_not_drawn(info: RunInfo) -> None:
    (points,) = calibration_curve(POINTS, info).axes[0].collections
    assert pd.DataFrame(points.get_offsets()).to_numpy().tolist() == [[0.1, 0.2], [0.9, 0.8]]
