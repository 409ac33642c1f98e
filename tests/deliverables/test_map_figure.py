import numpy as np
import pandas as pd
import pytest

from coverage.deliverables.info import RunInfo
from coverage.deliverables.map_figure import MapParams, map_ground, signal_map
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.palette import ABSTAINS_COLOUR, LEVEL_COLOURS
from coverage.deliverables.pictures import picture
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.texts import catalogue
from coverage.errors import InputError


def legend_of(figure: object) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_cells_for_which_the_model_abstains_are_grey(world: RunTables, info: RunInfo) -> None:
    ground = map_ground(world.cell_signal, info)
    judged = world.cell_signal.groupby("h3_cell")["is_applicable"].any().to_numpy()
    assert set(ground.colours[~judged]) == {ABSTAINS_COLOUR}
    assert ABSTAINS_COLOUR not in set(ground.colours[judged])


def test_the_class_is_that_of_the_least_weak_operator(info: RunInfo) -> None:
    cells = pd.DataFrame(
        {"h3_cell": np.array([0x898C114912FFFFF] * 2, dtype="uint64"), "operator": ["A", "B"],
         "rsrp_p50_dbm": [-130.0, -80.0], "p_weak": [1.0, 0.0], "is_applicable": True}
    )  # fmt: skip
    assert list(map_ground(cells, info).colours) == [LEVEL_COLOURS[-1]]


def test_the_legend_names_the_remedies_that_occur_and_no_other(
    world: RunTables, info: RunInfo
) -> None:
    sites = world.site_ranking[world.site_ranking["remedy"] == "SURVEY_FIRST"]
    ground = map_ground(world.cell_signal, info)
    labels = legend_of(signal_map(sites, ground, MapLayers(), info))
    texts = catalogue(info.language)
    assert texts["remedy.SURVEY_FIRST"] in labels
    assert texts["remedy.OK"] not in labels


def test_the_legend_names_areas_only_where_they_are_given(
    world: RunTables, info: RunInfo, layers: MapLayers
) -> None:
    ground = map_ground(world.cell_signal, info)
    hold = catalogue(info.language)["figure.holds"]
    assert hold in legend_of(signal_map(world.site_ranking, ground, layers, info))
    assert hold not in legend_of(signal_map(world.site_ranking, ground, MapLayers(), info))


def test_the_map_holds_every_site(world: RunTables, info: RunInfo) -> None:
    figure = signal_map(world.site_ranking, map_ground(world.cell_signal, info), MapLayers(), info)
    (west, east), (south, north) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    assert world.site_ranking["longitude_deg"].between(west, east).all()
    assert world.site_ranking["latitude_deg"].between(south, north).all()


def test_one_site_alone_is_drawn(world: RunTables, info: RunInfo) -> None:
    ground = map_ground(world.cell_signal, info)
    figure = signal_map(world.site_ranking.head(1), ground, MapLayers(), info, MapParams(n_named=1))
    assert picture(figure, "png", 60).startswith(b"\x89PNG")


def test_the_same_tables_give_the_same_svg(
    world: RunTables, info: RunInfo, layers: MapLayers
) -> None:
    ground = map_ground(world.cell_signal, info)
    first, second = (
        picture(signal_map(world.site_ranking, ground, layers, info), "svg", 60) for _ in range(2)
    )
    assert first == second


def test_no_site_is_refused(world: RunTables, info: RunInfo) -> None:
    with pytest.raises(InputError, match="Invalid sites, none"):
        signal_map(
            world.site_ranking.head(0), map_ground(world.cell_signal, info), MapLayers(), info
        )


@pytest.mark.parametrize(
    ("given", "told"), [({"width_mm": 5.0}, "Invalid size"), ({"n_named": -1}, "Invalid n_named")]
)
def test_bad_parameters_are_refused(given: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        MapParams(**given)
