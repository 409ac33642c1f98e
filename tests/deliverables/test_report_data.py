import base64
from dataclasses import replace

import numpy as np

from coverage import hexgrid
from coverage.deliverables.info import RunInfo
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.packing import ABSTAINS_BYTE, NO_BYTE, json_for_script
from coverage.deliverables.report_data import report_data
from coverage.deliverables.run_tables import RunTables

NOTHING = MapLayers()


def octets(packed: dict[str, str]) -> list[int]:
    return list(base64.b64decode(packed["data"]))


def test_every_cell_is_there_once(world: RunTables, info: RunInfo) -> None:
    hexes = report_data(world, NOTHING, info)["hexes"]
    cells = np.unique(world.cell_signal["h3_cell"].to_numpy(dtype="uint64"))
    assert hexes["n"] == len(cells)
    assert hexes["ids"]["text"] == "".join(hexgrid.to_text(cells))


def test_where_the_model_abstains_no_level_is_told(world: RunTables, info: RunInfo) -> None:
    data = report_data(world, NOTHING, info)
    own = world.cell_signal[world.cell_signal["operator"] == data["operators"][0]]
    abstains = [code == ABSTAINS_BYTE for code in octets(data["hexes"]["by_operator"][0]["p50"])]
    assert abstains == (~own.sort_values("h3_cell")["is_applicable"]).tolist()


def test_a_cell_measured_but_not_predicted_has_no_level(world: RunTables, info: RunInfo) -> None:
    measured = world.cells["h3_cell"].unique()
    kept = world.cell_signal[world.cell_signal["h3_cell"] != measured[0]]
    tables = RunTables(
        site_ranking=world.site_ranking,
        site_signal=world.site_signal,
        cell_signal=kept,
        cells=world.cells,
    )
    hexes = report_data(tables, NOTHING, info)["hexes"]
    place = np.searchsorted(np.unique(world.cell_signal["h3_cell"]), measured[0])
    assert octets(hexes["best"]["p50"])[place] == NO_BYTE
    assert octets(hexes["best"]["evidence"])[place] != NO_BYTE


def test_the_best_operator_has_the_lowest_chance_of_weak(world: RunTables, info: RunInfo) -> None:
    data = report_data(world, NOTHING, info)
    judged = world.cell_signal[world.cell_signal["is_applicable"]]
    least = judged.groupby("h3_cell", sort=True)["p_weak"].min()
    codes = np.array(octets(data["hexes"]["best"]["p_weak"]))
    ids = np.unique(world.cell_signal["h3_cell"])
    np.testing.assert_array_equal(
        codes[np.isin(ids, least.index)], np.floor(least.to_numpy(dtype=float) * 100 + 0.5)
    )


def test_an_operator_without_a_row_at_a_site_is_not_known(world: RunTables, info: RunInfo) -> None:
    gone = (world.site_signal["operator"] == "IOH") & (
        world.site_signal["tps_code"] == world.site_ranking.sort_values("rank")["tps_code"].iloc[0]
    )
    tables = RunTables(
        site_ranking=world.site_ranking,
        site_signal=world.site_signal[~gone],
        cell_signal=world.cell_signal,
        cells=world.cells,
    )
    sites = report_data(tables, NOTHING, info)["sites"]
    assert octets(sites["by_operator"][0]["p_upload_fail"])[0] == NO_BYTE


def test_only_reasons_that_occur_are_carried(world: RunTables, info: RunInfo) -> None:
    one = world.site_ranking.assign(reasons="R_CENTROID|R_NEW")
    tables = RunTables(
        site_ranking=one,
        site_signal=world.site_signal,
        cell_signal=world.cell_signal,
        cells=world.cells,
    )
    assert set(report_data(tables, NOTHING, info)["reasons"]) == {"R_CENTROID"}


def test_rows_in_any_order_give_the_same_data(world: RunTables, info: RunInfo) -> None:
    shuffled = RunTables(
        site_ranking=world.site_ranking.sample(frac=1, random_state=1),
        site_signal=world.site_signal.sample(frac=1, random_state=2),
        cell_signal=world.cell_signal.sample(frac=1, random_state=3),
        cells=world.cells.sample(frac=1, random_state=4),
    )
    assert json_for_script(report_data(shuffled, NOTHING, info)) == json_for_script(
        report_data(world, NOTHING, info)
    )


def test_sources_are_named_in_each_language_of_the_page(
    world: RunTables, info: RunInfo, layers: MapLayers
) -> None:
    both = replace(info, attribution_elsewhere={"en": ("Readings: CC0",)})
    told = report_data(world, layers, both)["run"]["attribution"]
    assert told == {"id": ["Made up for tests"], "en": ["Readings: CC0"]}
