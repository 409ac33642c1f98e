"""The whole job on the tiny survey: same in, same out; nothing twice; what the manifest says."""

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.config import load_config
from pipelines.run import run
from pipelines.stage import STAGES
from pipelines.store import Store, content_hash

Hashes = Callable[[Path], dict[str, str]]
Times = Callable[[Path], dict[str, int]]
_OF_ONE_RUN = {"manifest.json", "runs.jsonl", "inputs.json", ".lock", "model.npz"}
"""Files that hold times, or the number of workers."""


@pytest.fixture(scope="module")
def manifest(finished: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((finished / "processed" / "manifest.json").read_text())
    return content


def outputs(folder: Path) -> dict[str, str]:
    root = folder / "processed"
    return {
        path.relative_to(root).as_posix(): content_hash(path)
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in _OF_ONE_RUN
    }


def test_another_folder_and_more_workers_give_the_same_bytes(finished: Path, fresh: Path) -> None:
    config = fresh / "survey.toml"
    config.write_text(config.read_text().replace("workers = 1", "workers = 2"))
    run(load_config(config))
    assert outputs(fresh) == outputs(finished)


def test_a_second_run_does_nothing(survey: Path, times_of: Times) -> None:
    run(load_config(survey / "survey.toml"))
    before = times_of(survey)
    outcomes = run(load_config(survey / "survey.toml"))
    assert [outcome.did_work for outcome in outcomes] == [False] * len(STAGES)
    assert times_of(survey) == before


def test_a_copied_survey_is_not_run_again(survey: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(survey, elsewhere, copy_function=shutil.copy)
    outcomes = run(load_config(elsewhere / "survey.toml"))
    assert not any(outcome.did_work for outcome in outcomes)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_in_the_manifest_with_its_rows_and_times(
    manifest: dict[str, Any], stage: str
) -> None:
    record = manifest["stages"][stage]
    assert record["rows_in"]
    assert record["rows_out"]
    assert record["seconds"] >= 0
    assert record["peak_memory_mb"] > 0
    assert record["finished_at"].endswith("+00:00")


def test_rows_in_are_rows_taken_and_rows_rejected_by_reason(manifest: dict[str, Any]) -> None:
    record = manifest["stages"]["ingest"]
    rejected = sum(record["rejected"].values())
    assert record["rejected"]["frozen_gps"] > 0
    assert record["rows_in"]["rows"] == record["rows_out"]["readings"] + rejected


def test_every_file_balances(manifest: dict[str, Any]) -> None:
    files = manifest["stages"]["ingest"]["details"]["files"]
    assert len(files) > 10
    for name, record in files.items():
        assert record["rows"] == record["taken"] + sum(record["rejected"].values()), name


def test_the_tables_hold_as_many_rows_as_the_manifest_says(
    finished: Path, manifest: dict[str, Any]
) -> None:
    record = manifest["stages"]["ingest"]
    for name in ("readings", "rejects"):
        parts = (finished / "processed" / name).glob("[!l]*.parquet")
        rows = sum(pq.read_metadata(part).num_rows for part in parts)
        assert rows == record["rows_out"][name]


def test_every_reading_is_counted_or_left_out_for_a_reason(manifest: dict[str, Any]) -> None:
    record = manifest["stages"]["aggregate"]
    assert sum(record["details"]["readings"].values()) == record["rows_in"]["readings"]


def test_every_reading_is_a_sample_or_left_out_for_a_reason(manifest: dict[str, Any]) -> None:
    record = manifest["stages"]["predict"]
    assert sum(record["details"]["model"]["readings"].values()) == record["rows_in"]["readings"]


def test_every_listed_site_is_ranked_or_refused(manifest: dict[str, Any]) -> None:
    record = manifest["stages"]["predict"]
    assert manifest["stages"]["rank"]["rows_out"]["site_ranking"] == record["rows_out"]["sites"]


def test_the_manifest_names_versions_and_config(manifest: dict[str, Any]) -> None:
    assert manifest["program"] == "blankspot"
    assert {"numpy", "pyarrow", "xgboost-cpu"} <= set(manifest["packages"])
    assert manifest["config"]["grid"]["around_m"] == 300.0


def test_the_manifest_names_no_folder_of_this_machine(finished: Path) -> None:
    assert str(finished) not in (finished / "processed" / "manifest.json").read_text()


def test_every_table_holds_to_its_contract(finished: Path, tables_of: Hashes) -> None:
    store = Store(finished / "processed")
    for name in tables_of(finished):
        table, _, part = name.removesuffix(".parquet").partition("/")
        store.read(table, part or None)


def test_a_changed_setting_of_the_ranking_keeps_what_comes_before(
    survey: Path, with_few_papers: Callable[[], AbstractContextManager[None]]
) -> None:
    config = survey / "survey.toml"
    config.write_text(config.read_text() + "\n[ranking]\np_weak_limit = 0.4\n")
    with with_few_papers():
        outcomes = run(load_config(config))
    assert [o.stage for o in outcomes if o.did_work] == ["rank", "plan", "deliver"]


def test_what_a_killed_worker_left_half_written_is_gone_when_the_run_ends(survey: Path) -> None:
    leftover = survey / "processed" / "readings" / ".0001.parquet.e0e20d47.part.parquet"

    def progress_of(_stage: str) -> Callable[[str, float | None], None]:
        leftover.write_bytes(b"half")
        return lambda _text, _share: None

    run(load_config(survey / "survey.toml"), STAGES, progress_of)
    assert not leftover.exists()
