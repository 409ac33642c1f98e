"""When a stage works, what it stands on, and what a killed one leaves."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coverage.errors import InputError
from pipelines import stage as stages
from pipelines.config import Config, load_config
from pipelines.stage import Outcome, Work, run_stage, upstream
from pipelines.store import Store, write_json

TEXT = """
[survey]
name = "a"
election_date = 2024-02-14
[paths]
raw = "raw"
processed = "processed"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "survey.toml"
    path.write_text(TEXT)
    return load_config(path)


@pytest.fixture
def store(config: Config) -> Store:
    return Store(config.processed)


@pytest.fixture
def stage(config: Config, store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run a stage that writes its fingerprint into a file; it has no rows to balance."""
    monkeypatch.setattr(stages, "balances", lambda *_: ())

    def do(name: str, fingerprint: str, killed: bool = False) -> Outcome:
        def work() -> Work:
            path = store.root / f"{name}.json"
            write_json(path, {"made for": fingerprint})
            if killed:
                raise KeyboardInterrupt
            return Work(outputs=(path,))

        return run_stage(config, store, name, fingerprint, work)

    return do


def test_a_stage_works_once(stage: Callable[..., Outcome]) -> None:
    assert stage("ingest", "a").did_work
    assert not stage("ingest", "a").did_work


def test_another_fingerprint_means_work(stage: Callable[..., Outcome]) -> None:
    stage("ingest", "a")
    assert stage("ingest", "b").did_work


def test_a_missing_output_means_work(stage: Callable[..., Outcome], store: Store) -> None:
    stage("ingest", "a")
    (store.root / "ingest.json").unlink()
    assert stage("ingest", "a").did_work


def test_an_output_of_another_size_means_work(stage: Callable[..., Outcome], store: Store) -> None:
    stage("ingest", "a")
    (store.root / "ingest.json").write_text("{")
    assert stage("ingest", "a").did_work


def test_what_a_killed_stage_left_is_not_taken_for_what_was_there_before(
    stage: Callable[..., Outcome], store: Store
) -> None:
    stage("ingest", "a")
    with pytest.raises(KeyboardInterrupt):
        stage("ingest", "b", killed=True)
    assert stage("ingest", "a").did_work
    assert (store.root / "ingest.json").read_text() == '{\n "made for": "a"\n}\n'


def test_a_killed_stage_leaves_the_records_of_the_others(
    stage: Callable[..., Outcome], store: Store
) -> None:
    stage("ingest", "a")
    stage("aggregate", "a")
    with pytest.raises(KeyboardInterrupt):
        stage("aggregate", "b", killed=True)
    assert sorted(store.manifest()["stages"]) == ["ingest"]


def test_a_stage_names_the_one_before_that_has_not_run(
    stage: Callable[..., Outcome], store: Store
) -> None:
    stage("ingest", "a")
    with pytest.raises(InputError, match=r"No finished aggregate\. Run `blankspot aggregate`"):
        upstream(store, "aggregate", "predict")


def test_a_stage_names_the_one_before_that_is_out_of_date(
    stage: Callable[..., Outcome], store: Store
) -> None:
    for name in ("ingest", "aggregate", "predict"):
        stage(name, "a")
    stage("ingest", "b")
    with pytest.raises(InputError, match=r"The aggregate is out of date\. Run `blankspot aggr"):
        upstream(store, "predict")


def test_stages_in_their_order_give_their_fingerprints(
    stage: Callable[..., Outcome], store: Store
) -> None:
    stage("ingest", "a")
    stage("aggregate", "b")
    assert upstream(store, "ingest", "aggregate") == {"ingest": "a", "aggregate": "b"}


def test_a_stage_that_stands_says_no_why(stage: Callable[..., Outcome]) -> None:
    stage("ingest", "a")
    assert stage("ingest", "a").why == ()


def test_a_stage_says_that_it_never_finished(stage: Callable[..., Outcome]) -> None:
    assert stage("ingest", "a").why == ("it has not finished yet",)


def test_a_stage_names_the_output_that_is_missing(
    stage: Callable[..., Outcome], store: Store
) -> None:
    stage("ingest", "a")
    (store.root / "ingest.json").unlink()
    assert stage("ingest", "a").why == ("ingest.json is missing or was changed",)


def test_a_stage_names_the_stage_that_was_done_again(stage: Callable[..., Outcome]) -> None:
    stage("ingest", "a")
    stage("aggregate", "a")
    stage("ingest", "b")
    assert stage("aggregate", "a").why == ("ingest has been done again since",)


def test_another_fingerprint_under_the_same_settings_means_other_inputs(
    stage: Callable[..., Outcome],
) -> None:
    stage("ingest", "a")
    assert stage("ingest", "b").why == ("inputs changed",)


def test_a_look_says_why_and_does_nothing(
    config: Config, store: Store, stage: Callable[..., Outcome]
) -> None:
    stage("ingest", "a")
    before = store.manifest_path.read_bytes()
    looked = run_stage(config, Store(store.root, is_look=True), "ingest", "b", pytest.fail)
    assert (looked.did_work, looked.why) == (False, ("inputs changed",))
    assert store.manifest_path.read_bytes() == before
