"""What is printed of a finished run, and the list of everything delivered."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from coverage import tables
from coverage.deliverables.licences import LICENCE_NAME
from pipelines.deliver import FOLDER
from pipelines.papers import BRIEFINGS, FIGURES, NOTEBOOK
from pipelines.store import Store


@pytest.fixture(scope="module")
def delivered(finished: Path) -> Path:
    return finished / "processed" / FOLDER


@pytest.fixture(scope="module")
def ranking(finished: Path) -> pd.DataFrame:
    return tables.to_pandas(Store(finished / "processed").read("site_ranking"))


@pytest.fixture(scope="module")
def assets(delivered: Path) -> dict[str, dict[str, object]]:
    return json.loads((delivered / "manifest.json").read_bytes())["assets"]


def test_there_is_a_briefing_for_every_regency_and_the_province(
    delivered: Path, ranking: pd.DataFrame
) -> None:
    files = sorted((delivered / BRIEFINGS).iterdir())
    assert len(files) == ranking["tps_code"].str.slice(0, 4).nunique() + 1
    assert all(path.read_bytes().startswith(b"%PDF") for path in files)


def test_figures_come_as_png_and_svg(delivered: Path) -> None:
    names = {path.name for path in (delivered / FIGURES).iterdir()}
    assert {
        f"{name}.{kind}" for name in ("level_cdf", "signal_map") for kind in ("png", "svg")
    } <= (names)


def test_the_notebook_lies_beside_the_tables_it_reads(delivered: Path) -> None:
    text = (delivered / NOTEBOOK).read_text(encoding="utf-8")
    assert "sites.geoparquet" in text
    assert (delivered / "sites.geoparquet").is_file()


def test_the_manifest_lists_every_file_but_itself(
    delivered: Path, assets: dict[str, dict[str, object]]
) -> None:
    found = {path.relative_to(delivered).as_posix() for path in delivered.rglob("*.*")}
    assert set(assets) == {name for name in found if "/." not in name} - {"manifest.json"}


def test_checksums_and_sizes_are_those_of_the_files(
    delivered: Path, assets: dict[str, dict[str, object]]
) -> None:
    for name, asset in assets.items():
        content = (delivered / name).read_bytes()
        assert asset["sha256"] == hashlib.sha256(content).hexdigest(), name
        assert asset["file:size"] == len(content), name


DOCUMENTS = (NOTEBOOK, "data_dictionary.html", "data_dictionary.md", "figures/calibration.png",
             "figures/calibration.svg")  # fmt: skip


def test_every_file_says_which_tables_it_is_made_from(assets: dict[str, dict[str, object]]) -> None:
    untold = {name for name, asset in assets.items() if "tables" not in asset}
    assert {name for name in untold if Path(name).name != LICENCE_NAME} <= set(DOCUMENTS)
    named = {table for asset in assets.values() for table in asset.get("tables", [])}  # type: ignore[attr-defined]
    assert named <= set(tables.TABLES)


def test_every_file_says_under_which_terms_it_may_go_on(
    assets: dict[str, dict[str, object]],
) -> None:
    assert all(asset["licence"] for asset in assets.values())


def test_rows_of_tables_are_counted(
    assets: dict[str, dict[str, object]], ranking: pd.DataFrame
) -> None:
    assert assets["site_ranking.csv"]["rows"] == len(ranking)
    assert assets["sites.geoparquet"]["rows"] == len(ranking)
