"""Many files, many rows, many nights: does memory stay flat, does starting take no longer.

    python benchmarks/soak.py [rows] [--files 1000] [--rows 50000] [--folder DIR]
    python benchmarks/soak.py nights [--nights 5000] [--folder DIR]
    python benchmarks/soak.py archive [--nights 5000] [--folder DIR]

``rows``: crowd logs are made, then ``blankspot ingest`` and ``blankspot aggregate`` read them in a
process of their own, whose resident memory is read from /proc once a second: what it holds itself
(anonymous) and with the pages of files that it has mapped. Takes about 10 GB below the folder.

``nights``: one log of three is written anew each night, then ingest and aggregate run in this
process. Every tenth part of the nights the command is started in a process of its own, once with
the new log and once with nothing to do.

``archive``: each night brings a log of its own and none ever goes, so that a night has more to look
after than the one before. Nights in between are taken in together; some at the end are real ones.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Final

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["BLANKSPOT_DEVICE_KEY"] = "a key of the benchmark, nobody's secret"

import numpy as np
from soak_parts.logs import CONFIG, log_of, write_log

from pipelines.config import load_config
from pipelines.ledger import runs
from pipelines.run import run
from pipelines.store import Store

STAGES: Final = ("ingest", "aggregate")
STARTS: Final = 5
"""Starts of the command that a median is taken of."""
REAL_NIGHTS: Final = 10
"""Nights run one by one at each stop of ``archive``."""
ROWS_A_NIGHT: Final = 20


def command(folder: Path, stage: str) -> "subprocess.Popen[bytes]":
    """One stage by the command, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", stage, str(folder / "survey.toml"), "--json"],
        cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL,
    )  # fmt: skip


def memory_mb(pid: int) -> tuple[float, float]:
    """Anonymous and whole resident memory of a process [MB]; zeros once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        anonymous, whole = (
            int(status.split(f"{name}:")[1].split()[0]) / 1e3 for name in ("RssAnon", "VmRSS")
        )
    except (OSError, IndexError):
        return 0.0, 0.0
    return anonymous, whole


def watched(folder: Path, stage: str) -> None:
    """Run one stage and print, by tenths of its time, the most memory that it held."""
    began, cpu = time.monotonic(), children_cpu()
    process = command(folder, stage)
    samples: list[tuple[float, float, float]] = []

    def watch() -> None:
        while process.poll() is None:
            samples.append((time.monotonic() - began, *memory_mb(process.pid)))
            time.sleep(1.0)

    watcher = threading.Thread(target=watch)
    watcher.start()
    watcher.join()
    if process.returncode:
        sys.exit(f"{stage} ended in {process.returncode}.")
    seconds = time.monotonic() - began
    parts = np.array_split(np.array(samples), min(10, len(samples)))
    for name, column in (("anonymous", 1), ("whole", 2)):
        peaks = " ".join(f"{part[:, column].max():5.0f}" for part in parts)
        print(f"  {stage:<9} peak MB by tenths of the time, {name:<9}: {peaks}")
    print(f"  {stage:<9} {seconds:.0f} s, CPU {children_cpu() - cpu:.0f} s", flush=True)


def children_cpu() -> float:
    """CPU time of the processes that have ended [s]."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rows(folder: Path, given: argparse.Namespace) -> None:
    """Many files of many rows."""
    began = time.monotonic()
    for number in range(given.files):
        write_log(log_of(folder, number), number, given.rows)
    size = sum(path.stat().st_size for path in (folder / "raw").rglob("*.csv"))
    print(
        f"{given.files:,} logs, {given.files * given.rows:,} rows, {size / 1e6:,.0f} MB, made in "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )
    for stage in STAGES:
        watched(folder, stage)
    store = Store(folder / "processed")
    records = store.manifest()["stages"]
    for stage in STAGES:
        record = records[stage]
        print(f"  {stage:<9} in {record['rows_in']}, out {record['rows_out']}, "
              f"peak {record['peak_memory_mb']} MB as it says itself")  # fmt: skip
    print(f"  started with nothing to do: {starting(folder):.1f} s of CPU")


def starting(folder: Path) -> float:
    """CPU time of the command that finds nothing to do, imports and all [s]."""
    taken = []
    for _ in range(STARTS):
        before = children_cpu()
        if command(folder, "aggregate").wait():
            sys.exit("aggregate failed.")
        taken.append(children_cpu() - before)
    return median(taken)


def looking(folder: Path) -> float:
    """CPU time of both stages in this process where nothing is to be done [s]."""
    config = load_config(folder / "survey.toml")
    taken = []
    for _ in range(STARTS):
        before = time.process_time()
        run(config, STAGES)
        taken.append(time.process_time() - before)
    return median(taken)


def night(folder: Path, write: Callable[[], None]) -> float:
    """A night's log and its run; CPU time of the run [s]."""
    write()
    before = time.process_time()
    run(load_config(folder / "survey.toml"), STAGES)
    return time.process_time() - before


def told(folder: Path, n_nights: int, taken: list[float]) -> None:
    """One line: what a night and a start cost by now, and how large the records are."""
    root = folder / "processed"
    names = ("inputs.json", "runs.jsonl", "manifest.json", "merged.json")
    sizes = " ".join(f"{name} {(root / name).stat().st_size / 1e3:.1f}" for name in names)
    print(
        f"  night {n_nights:>5}: a night {median(taken) * 1e3:.0f} ms of CPU, nothing to do "
        f"{looking(folder) * 1e3:.0f} ms, the command from its start {starting(folder):.2f} s; "
        f"memory {memory_mb(os.getpid())[0]:.0f} MB; kB: {sizes}; "
        f"{sum(1 for _ in root.rglob('*'))} files",
        flush=True,
    )


def nights(folder: Path, given: argparse.Namespace) -> None:
    """One log written anew night after night."""
    for number in range(3):
        write_log(log_of(folder, number), number, ROWS_A_NIGHT)
    taken = [night(folder, lambda: None)]
    for number in range(1, given.nights + 1):
        n_rows = ROWS_A_NIGHT + number % 7
        taken.append(night(folder, lambda n=n_rows: write_log(log_of(folder, 0), 0, n)))
        if number == min(100, given.nights) or not number % max(given.nights // 10, 1):
            told(folder, number, taken[-100:])
    print(f"  {given.nights + 1:,} runs, {len(runs(Store(folder / 'processed')))} in the ledger")


def archive(folder: Path, given: argparse.Namespace) -> None:
    """One more log each night."""
    number = 0
    for stop in stops(given.nights):
        while number < stop - REAL_NIGHTS:
            write_log(log_of(folder, number), number, ROWS_A_NIGHT)
            number += 1
        night(folder, lambda: None)
        taken = []
        while number < stop:
            new = number
            taken.append(night(folder, lambda n=new: write_log(log_of(folder, n), n, ROWS_A_NIGHT)))
            number += 1
        told(folder, stop, taken)


def stops(n_nights: int) -> Iterator[int]:
    """After how many nights ``archive`` looks."""
    yield from (n for n in (50, 500, 1_000, 2_500) if n < n_nights)
    yield n_nights


def main() -> None:
    """Soak a survey and print what it costs."""
    parser = argparse.ArgumentParser(description="Many files, rows and nights.")
    parser.add_argument("what", choices=["rows", "nights", "archive"], nargs="?", default="rows")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--nights", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--memory-mb", type=int, default=1000, help="engine.memory_mb")
    parser.add_argument("--folder", type=Path, default=None, help="default: a temporary one")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak", dir=given.folder))
    try:
        (folder / "survey.toml").write_text(CONFIG.format(**vars(given)))
        {"rows": rows, "nights": nights, "archive": archive}[given.what](folder, given)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
