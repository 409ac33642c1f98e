"""The throughput layer stands apart: its own table, its licence told, nothing else reads it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.config import load_config
from pipelines.run import run

PIPELINES = Path(__file__).parents[2] / "pipelines"
CONFIG = """
[survey]
name = "tiles"
election_date = 2024-02-14
[paths]
raw = "raw"
processed = "processed"
[inputs]
throughput = ["tiles/*.parquet"]
"""
LOG = Path(__file__).parents[1] / "data" / "readings" / "cellinfo.csv"


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """A survey with one log and one quarter of tiles."""
    (tmp_path / "raw" / "readings").mkdir(parents=True)
    (tmp_path / "raw" / "tiles").mkdir()
    (tmp_path / "raw" / "readings" / "a.csv").write_bytes(LOG.read_bytes())
    tiles = {
        "quadkey": ["3100121121130112"], "avg_d_kbps": [9000], "avg_u_kbps": [1200],
        "avg_lat_ms": [40], "tests": [7], "devices": [3],
    }  # fmt: skip
    path = tmp_path / "raw" / "tiles" / "2024-01-01_performance_mobile_tiles.parquet"
    pq.write_table(pa.table(tiles), path)
    (tmp_path / "survey.toml").write_text(CONFIG)
    return tmp_path


def test_the_layer_is_a_table_with_its_licence_in_the_manifest(survey: Path) -> None:
    (outcome,) = run(load_config(survey / "survey.toml"), ("ingest",))
    assert outcome.record["rows_out"]["throughput_tiles"] == 1
    assert any("CC BY-NC-SA" in note for note in outcome.record["notes"])
    table = pq.read_table(survey / "processed" / "throughput_tiles.parquet")
    assert table.column("quarter").to_pylist() == ["2024-Q1"]


def test_tiles_that_are_gone_take_the_table_away(survey: Path) -> None:
    run(load_config(survey / "survey.toml"), ("ingest",))
    for path in (survey / "raw" / "tiles").iterdir():
        path.unlink()
    (outcome,) = run(load_config(survey / "survey.toml"), ("ingest",))
    assert outcome.did_work
    assert not (survey / "processed" / "throughput_tiles.parquet").exists()


def test_no_other_stage_reads_the_layer() -> None:
    named = {p.name for p in PIPELINES.glob("*.py") if "throughput_tiles" in p.read_text()}
    imports = {p.name for p in PIPELINES.glob("*.py") if "throughput" in p.read_text()}
    assert named == {"throughput.py"}
    assert imports <= {"throughput.py", "ingest.py", "config.py"}
