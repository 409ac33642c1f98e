"""Many inputs, many nights: memory stays flat, starting takes no longer."""

import time
from pathlib import Path
from statistics import median

import pytest

from pipelines import ledger
from pipelines.config import load_config
from pipelines.run import run
from pipelines.store import Store

HEADER = (
    "mcc,mnc,lac,cellid,lat,lon,signal,measured_at,rating,speed,direction,act,ta,psc,tac,pci,"
    "sid,nid,bid\n"
)
CONFIG = """
[survey]
name = "soak"
election_date = 2024-02-14
[paths]
raw = "raw"
processed = "processed"
[engine]
workers = 1
"""
MB_ALLOWED = 100
NIGHTS = 5000


def write_log(path: Path, number: int, n_rows: int) -> None:
    """A crowd log whose rows no other log holds, along a road of its own."""
    rows = [
        f"510,10,1004,{112788737 + number % 50},{-6.4 - number * 1e-4 % 0.3:.7f},"
        f"{106.0 + row * 3e-4:.7f},{-90 - row % 25},"
        f"{1698816245507 + number * 3_600_000 + row * 5000},"
        f"5.8,6.16,152.58,LTE,,,1004,255,,,\n"
        for row in range(n_rows)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(rows))


@pytest.fixture
def survey_of_logs(tmp_path: Path) -> Path:
    """An empty survey."""
    (tmp_path / "survey.toml").write_text(CONFIG)
    return tmp_path


def log_of(folder: Path, number: int) -> Path:
    return folder / "raw" / "readings" / f"phone_{number % 40}" / f"log_{number}.csv"


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
