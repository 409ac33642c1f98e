"""The ledger of runs: what stands in it, and that it stays small."""

import time
from pathlib import Path

import pytest

from coverage.errors import InputError
from pipelines import ledger
from pipelines.store import Store

ENTRY = {"run": "20240101T000000-1", "exit_code": 0, "error": "", "stages": {"ingest": True}}


def test_a_run_stands_after_those_before_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ledger.append(store, [{**ENTRY, "run": "a"}])
    ledger.append(store, [{**ENTRY, "run": "b"}, {**ENTRY, "run": "c"}])
    assert [run["run"] for run in ledger.runs(store)] == ["a", "b", "c"]


def test_before_the_first_run_it_is_empty(tmp_path: Path) -> None:
    assert ledger.runs(Store(tmp_path)) == []


def test_a_damaged_ledger_says_that_nothing_depends_on_it(tmp_path: Path) -> None:
    (tmp_path / ledger.FILE).write_text("{half a line")
    with pytest.raises(InputError, match=r"runs\.jsonl: Invalid JSON.*nothing depends on it"):
        ledger.runs(Store(tmp_path))


def test_a_damaged_ledger_does_not_stop_a_run(tmp_path: Path) -> None:
    (tmp_path / ledger.FILE).write_bytes(b"\xff{half a line\n")
    ledger.append(Store(tmp_path), [ENTRY])
    assert len((tmp_path / ledger.FILE).read_bytes().splitlines()) == 2


def test_after_5000_runs_it_is_no_larger_than_after_400(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ledger.append(store, [ENTRY] * ledger.KEPT_RUNS)
    size = ledger.path_of(store).stat().st_size
    for _ in range(46):
        ledger.append(store, [ENTRY] * 100)
    assert len(ledger.runs(store)) == ledger.KEPT_RUNS
    assert ledger.path_of(store).stat().st_size == size


def test_an_entry_costs_under_50_ms_when_the_ledger_is_full(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ledger.append(store, [ENTRY] * ledger.KEPT_RUNS)
    began = time.process_time()
    ledger.append(store, [ENTRY])
    assert time.process_time() - began < 0.05
