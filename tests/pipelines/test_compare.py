import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import pytest

from coverage import hexgrid, tables
from coverage.cells import histogram
from coverage.cells.selection import CountParams
from coverage.errors import InputError
from pipelines import compare
from pipelines.compare import compare_surveys
from pipelines.compare_summary import Comparison
from pipelines.store import Store, content_hash, write_json

CELL = int(hexgrid.cells_of(-6.1754, 106.8272, 9))
CELLS = hexgrid.disk_of(CELL, 1).tolist()

Levels = dict[tuple[int, str], list[float]]
"""Levels read in each cell of each operator [dBm]; NaN = no service."""


def readings(levels: Levels, source: str = "a.csv") -> pa.Table:
    """LTE readings at the centres of cells, each of a device of its own: all independent."""
    cells, operators, values = [], [], []
    for (cell, operator), these in levels.items():
        cells += [cell] * len(these)
        operators += [operator] * len(these)
        values += these
    latitude, longitude = hexgrid.centres_of(np.array(cells, dtype=np.uint64))
    n = len(cells)
    frame = pd.DataFrame(
        {
            "time": pd.Timestamp("2024-01-15 05:00", tz="UTC") + pd.to_timedelta(range(n), "s"),
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "source": "drive_test",
            "format": "made_up",
            "device_id": [f"d{k}" for k in range(n)],
            "operator": operators,
            "rat": "LTE",
            "service_state": np.where(np.isnan(values), "no_service", "in_service"),
            "signal_dbm": values,
            "weight": 1.0,
            "is_route_value": True,
            "source_timezone": "UTC",
            "source_file": source,
            "source_row": range(2, n + 2),
            **dict.fromkeys(tables.DQ_FLAGS, False),
        }
    )
    return tables.to_arrow("readings", frame)


def survey(
    folder: Path, levels: Levels, *, day: str = "2024-02-14", resolution: int = 9, **settings: Any
) -> Path:
    """A processed folder as aggregate leaves it."""
    store = Store(folder)
    table = readings(levels)
    counts = histogram.partial(table, CountParams(resolution=resolution))
    for name, each in counts.to_tables().items():
        store.write(name, each)
    store.write("cells", histogram.finish(counts, histogram.EvidenceParams()))
    config = {
        "survey": {"name": folder.name, "election_date": day},
        "counting": {"resolution": resolution, "max_accuracy_m": 50.0},
        "signal": {"weak_dbm": -110.0},
        **settings,
    }
    write_json(store.manifest_path, {"config": config, "stages": {"aggregate": {}}})
    return folder


def changes(folder: Path) -> pd.DataFrame:
    return tables.to_pandas(Store(folder).read("cell_delta"))


GOOD, BAD = [-90.0] * 30, [-118.0] * 30
WORSE: tuple[Levels, Levels] = ({(CELL, "IOH"): GOOD}, {(CELL, "IOH"): BAD})


@pytest.fixture
def two(tmp_path: Path) -> Callable[..., Comparison]:
    """Compares two surveys of such readings; the tables lie in ``out``."""

    def compared(old: Levels, new: Levels, **new_settings: Any) -> Comparison:
        return compare_surveys(
            survey(tmp_path / "before", old),
            survey(tmp_path / "after", new, **new_settings),
            tmp_path / "out",
        )

    return compared


def test_a_cell_that_lost_its_signal_is_worse(
    two: Callable[..., Comparison], tmp_path: Path
) -> None:
    comparison = two(*WORSE)
    assert changes(tmp_path / "out")["change"].tolist() == ["worse"]
    assert [c.h3_cell for c in comparison.worse] == hexgrid.to_text([CELL])
    assert comparison.better == ()


def test_the_same_readings_again_show_no_change(two: Callable[..., Comparison]) -> None:
    levels: Levels = {(cell, "IOH"): [-100.0, -95.0, -105.0] * 10 for cell in CELLS}
    comparison = two(levels, levels)
    assert (comparison.n_cells("none_shown"), comparison.n_cells("better", "worse")) == (7, 0)


def test_a_cell_without_service_now_is_worse_and_shown_as_such(
    two: Callable[..., Comparison],
) -> None:
    comparison = two({(CELL, "IOH"): GOOD}, {(CELL, "IOH"): [float("nan")] * 30})
    assert comparison.worse[0].signal_p50_new_dbm is None
    assert "no service" in comparison.worse[0].line()


def test_few_readings_are_said_to_be_too_few(two: Callable[..., Comparison]) -> None:
    comparison = two({(CELL, "IOH"): GOOD[:3]}, {(CELL, "IOH"): BAD[:3]})
    assert comparison.n_cells("too_few") == 1
    assert any("nothing can be said" in line for line in comparison.lines())


def test_the_layers_are_one_an_operator_and_rat(
    two: Callable[..., Comparison], tmp_path: Path
) -> None:
    two({**WORSE[0], (CELL, "XL Axiata"): GOOD}, {**WORSE[1], (CELL, "XL Axiata"): GOOD})
    names = pyogrio.list_layers(tmp_path / "out" / "cell_delta.gpkg")[:, 0].tolist()
    assert names == ["ioh_lte", "xl_axiata_lte"]
    layer = gpd.read_parquet(tmp_path / "out" / "cell_delta.geoparquet")
    assert layer["change"].tolist() == ["worse", "none_shown"]
    assert layer.geometry.is_valid.all()


def test_the_comparison_is_written_as_a_page_too(
    two: Callable[..., Comparison], tmp_path: Path
) -> None:
    two(*WORSE)
    text = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    assert "1 cells worse and 0 better of 1 cells" in text


def test_surveys_without_a_reading_make_an_empty_comparison(
    two: Callable[..., Comparison], tmp_path: Path
) -> None:
    comparison = two({}, {})
    assert comparison.networks == ()
    assert changes(tmp_path / "out").empty


def test_the_same_surveys_give_the_same_bytes(tmp_path: Path) -> None:
    old = survey(tmp_path / "before", WORSE[0])
    new = survey(tmp_path / "after", WORSE[1])
    first = compare_surveys(old, new, tmp_path / "one").outputs
    second = compare_surveys(old, new, tmp_path / "two").outputs
    assert [content_hash(p) for p in first] == [content_hash(p) for p in second]


def test_without_an_output_folder_it_is_written_below_the_newer_survey(tmp_path: Path) -> None:
    old = survey(tmp_path / "before", WORSE[0])
    new = survey(tmp_path / "after", WORSE[1])
    outputs = compare_surveys(old, new).outputs
    assert {path.parent for path in outputs} == {new / "compare" / "before"}


def test_the_weak_level_is_that_of_the_newer_survey(
    two: Callable[..., Comparison], tmp_path: Path
) -> None:
    two(*WORSE, delta={"weak_dbm": -120})
    assert changes(tmp_path / "out")["weak_share_new"].tolist() == [0.0]


def test_a_finer_survey_is_rolled_up(tmp_path: Path) -> None:
    old = survey(tmp_path / "before", WORSE[0], resolution=9)
    new = survey(tmp_path / "after", WORSE[1], resolution=8)
    comparison = compare_surveys(old, new, tmp_path / "out")
    assert comparison.resolution == 8
    assert changes(tmp_path / "out")["h3_cell"].tolist() == hexgrid.parents_of([CELL], 8).tolist()
    assert any("rolled up" in note for note in comparison.notes)


def test_operators_that_merged_since_are_compared_with_what_became_of_them(tmp_path: Path) -> None:
    old = survey(tmp_path / "before", {(CELL, "XL Axiata"): GOOD, (CELL, "Smartfren"): GOOD[:10]})
    new = survey(tmp_path / "after", {(CELL, "XLSmart"): BAD}, day="2029-02-14")
    comparison = compare_surveys(old, new, tmp_path / "out")
    found = changes(tmp_path / "out")
    assert found[["operator", "n_readings_old", "n_readings_new"]].to_numpy().tolist() == [
        ["XLSmart", 40, 30]
    ]
    assert any("Smartfren and XL Axiata" in note for note in comparison.notes)


def test_between_surveys_of_one_day_no_operator_is_renamed(tmp_path: Path) -> None:
    path = survey(tmp_path / "before", WORSE[0])
    assert compare._renamed(*[compare._survey(path)] * 2) == {}


def test_an_operator_of_one_survey_alone_is_named(two: Callable[..., Comparison]) -> None:
    comparison = two({(CELL, "IOH"): GOOD, (CELL, "Telkomsel"): GOOD}, {(CELL, "IOH"): GOOD})
    assert "Telkomsel was read in the old survey alone." in comparison.notes


def test_the_command_tells_table_and_remarks_in_indonesian(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    old = survey(tmp_path / "before", {(CELL, "IOH"): GOOD, (CELL, "Telkomsel"): GOOD})
    new = survey(tmp_path / "after", WORSE[1])
    out = command("compare", old, new, "--lang", "id")[1]
    told = ("resolusi H3 9", "memburuk", "lemah 0% -> 100%", "catatan: Telkomsel hanya terbaca")
    assert [text for text in told if text not in out] == []


def test_a_setting_that_differs_is_named(two: Callable[..., Comparison]) -> None:
    comparison = two(*WORSE, counting={"resolution": 9, "max_accuracy_m": 20.0})
    assert any("counting.max_accuracy_m was 50.0 and is 20.0" in n for n in comparison.notes)


def test_inputs_that_are_in_both_surveys_are_named(tmp_path: Path) -> None:
    old = survey(tmp_path / "before", WORSE[0])
    new = survey(tmp_path / "after", WORSE[1])
    for folder in (old, new):
        Store(folder).write("readings", readings(WORSE[0]), "0" * 16)
    notes = compare_surveys(old, new, tmp_path / "out").notes
    assert "1 inputs are in both surveys: changes are understated." in notes


def test_a_survey_is_not_compared_with_itself(tmp_path: Path) -> None:
    path = survey(tmp_path / "before", WORSE[0])
    with pytest.raises(InputError, match=r"Both are before\. Must be two surveys\."):
        compare_surveys(path, path)


def test_a_folder_that_is_no_survey_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No survey that has been aggregated\. Give a config"):
        compare_surveys(tmp_path, tmp_path)


def test_a_survey_that_is_in_use_is_not_compared(tmp_path: Path) -> None:
    old = survey(tmp_path / "before", WORSE[0])
    new = survey(tmp_path / "after", WORSE[1])
    with Store(old).lock(), pytest.raises(Exception, match="survey is in use by process"):
        compare_surveys(old, new)


def test_the_surest_changes_come_first_and_fit_one_screen(two: Callable[..., Comparison]) -> None:
    old: Levels = {(cell, "IOH"): GOOD for cell in CELLS}
    new: Levels = {(cell, "IOH"): BAD[: 12 + k] for k, cell in enumerate(CELLS)}
    comparison = two(old, new)
    assert len(comparison.worse) == 5
    assert [c.q_value for c in comparison.worse] == sorted(c.q_value for c in comparison.worse)
    assert len(list(comparison.lines())) < 24


def test_the_command_takes_configs_and_speaks_json(
    finished: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    other = Path(shutil.copytree(finished, tmp_path / "other"))
    answer = command(
        "compare", finished / "survey.toml", other / "survey.toml", "--output", tmp_path / "out",
        "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)
    assert told["old"] == "tiny"
    assert sum(n["n_cells"]["better"] + n["n_cells"]["worse"] for n in told["networks"]) == 0
    assert any("inputs are in both surveys" in note for note in told["notes"])


def test_the_command_ends_in_one_line_where_there_is_no_survey(
    tmp_path: Path, command: Callable[..., Any]
) -> None:
    answer = command("compare", tmp_path, tmp_path)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
