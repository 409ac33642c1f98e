import json
from pathlib import Path

import matplotlib as mpl
import pytest

from coverage.deliverables import gis
from coverage.deliverables.info import RunInfo
from coverage.deliverables.notebook_file import notebook_cells, notebook_file
from coverage.deliverables.run_tables import RunTables


def test_the_worked_example_runs_on_delivered_tables(
    world: RunTables,
    info: RunInfo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    sites = gis.site_layer(world.site_ranking, world.site_signal)
    gis.write_geoparquet(sites, info, tmp_path / "sites.geoparquet")
    cells = gis.cell_layer(world.cell_signal, world.cells)
    gis.write_geoparquet(cells, info, tmp_path / "cells.geoparquet")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with mpl.rc_context({"backend": "agg"}):
        for cell in notebook_cells():
            if cell.is_code:
                exec(compile(cell.source, "notebook", "exec"), names)
    told = capsys.readouterr().out
    assert "300 TPS" in told
    n_unknown = int((world.site_ranking["evidence"] == "survey_first").sum())
    assert f"not known: {n_unknown}" in told


def test_the_file_is_a_notebook_without_outputs() -> None:
    content = json.loads(notebook_file())
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert all(not cell.get("outputs") for cell in content["cells"])
    assert len({cell["id"] for cell in content["cells"]}) == len(content["cells"])
