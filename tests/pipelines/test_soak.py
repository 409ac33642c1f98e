"""Many inputs, many nights: memory stays flat, starting takes no longer."""

import runpy
import time
from pathlib import Path
from statistics import median

import pytest

from pipelines import ledger
from pipelines.config import load_config
from pipelines.run import run
from pipelines.store import Store

LOGS = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "soak_parts" / "logs.py"))
log_of, write_log = LOGS["log_of"], LOGS["write_log"]
MB_ALLOWED = 100
NIGHTS = 5000


@pytest.fixture
def survey_of_logs(tmp_path: Path) -> Path:
    """An empty survey."""
    (tmp_path / "survey.toml").write_text(LOGS["CONFIG"].format(workers=1, memory_mb=1000))
    return tmp_path


@pytest.mark.long
def test_a_thousand_inputs_take_no_more_memory_than_a_hundred(survey_of_logs: Path) -> None:
    peaks = []
    for first, last in ((0, 100), (100, 1000)):
        for number in range(first, last):
            write_log(log_of(survey_of_logs, number), number, 200)
        outcomes = run(load_config(survey_of_logs / "survey.toml"), ("ingest", "aggregate"))
        peaks.append(max(outcome.record["peak_memory_mb"] for outcome in outcomes))
    ingest = Store(survey_of_logs / "processed").manifest()["stages"]["ingest"]
    assert ingest["rows_in"]["rows"] == 200_000
    assert peaks[1] - peaks[0] < MB_ALLOWED, peaks


def seconds_of_starting(folder: Path) -> float:
    """CPU time of a run that finds nothing to do [s]."""
    taken = []
    for _ in range(9):
        began = time.process_time()
        run(load_config(folder / "survey.toml"), ("ingest", "aggregate"))
        taken.append(time.process_time() - began)
    return median(taken)


@pytest.mark.long
def test_after_5000_nights_of_one_growing_log_starting_takes_no_longer(
    survey_of_logs: Path,
) -> None:
    """Every night the log of one phone is written anew, the others stay."""
    for number in range(3):
        write_log(log_of(survey_of_logs, number), number, 20)
    config = load_config(survey_of_logs / "survey.toml")
    run(config, ("ingest", "aggregate"))
    before = seconds_of_starting(survey_of_logs)
    files = sorted((survey_of_logs / "processed").glob("*.json*"))
    sizes = {path.name: path.stat().st_size for path in files if path.name != ledger.FILE}
    for night in range(NIGHTS):
        write_log(log_of(survey_of_logs, 0), 0, 20 + night % 7)
        run(config, ("ingest",))
    run(config, ("ingest", "aggregate"))
    assert len(ledger.runs(Store(survey_of_logs / "processed"))) == ledger.KEPT_RUNS
    for name, size in sizes.items():
        assert (survey_of_logs / "processed" / name).stat().st_size < size + 500, name
    assert seconds_of_starting(survey_of_logs) < 1.5 * before + 0.02
