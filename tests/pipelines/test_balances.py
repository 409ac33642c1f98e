"""Rows in = rows taken + rows rejected: proved of real stages, and broken on purpose."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coverage.errors import ContractError
from pipelines import balances as proofs
from pipelines.balances import Balance, balance
from pipelines.config import load_config
from pipelines.run import run
from pipelines.stage import STAGES
from pipelines.store import Store


def test_a_lost_row_is_a_defect_of_ours() -> None:
    with pytest.raises(ContractError, match="3 rows in, 1 taken, 1 rejected"):
        balance("log", 3, 1, 1)


def test_a_balance_that_does_not_hold_cannot_be_made() -> None:
    with pytest.raises(ContractError, match="Invalid balance of TPS: 2 rows in, 1 taken, 0 rej"):
        Balance(what="TPS", rows_in=2, taken=1, rejected={})


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_a_balance_in_the_manifest(finished: Path, stage: str) -> None:
    found = Store(finished / "processed").manifest()["stages"][stage]["balances"]
    assert found
    for each in found:
        assert each["rows_in"] == each["taken"] + sum(each["rejected"].values())
        assert each["rows_in"] > 0


@pytest.mark.parametrize(
    "case",
    [
        ("ingest", "manifest.json", "readings/*.parquet", "rows of logs"),
        ("rank", "site_ranking.parquet", "site_ranking.parquet", "TPS"),
        (
            "deliver",
            "deliverables/map.html",
            "deliverables/sites.geoparquet",
            "TPS in the layer of sites",
        ),
    ],
)
def test_a_row_lost_on_the_way_to_disk_stops_the_stage(
    survey: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[str, str, str, str]
) -> None:
    """The stage is done again; when its tables are written, one loses a row before the proof."""
    stage, again, table, what = case
    root = survey / "processed"
    prove: Callable[..., object] = proofs.balances

    def robbed(store: Store, name: str, work: object) -> object:
        if name == stage:
            path = max(root.glob(table), key=_size)
            pq.write_table(pq.read_table(path, partitioning=None).slice(1), path)
        return prove(store, name, work)

    (root / again).unlink()
    monkeypatch.setattr("pipelines.stage.balances", robbed)
    with pytest.raises(ContractError, match=f"Invalid balance of {what}"):
        run(load_config(survey / "survey.toml"))
    assert stage not in Store(root).manifest().get("stages", {})


def _size(path: Path) -> int:
    return path.stat().st_size
