"""Runs that are killed, starved of disk or memory, or shut out: what is lost, what differs.

A tiny synthetic survey is run undisturbed once. Then runs of the same survey are disturbed at
random moments or limits; after each the tables that are there must be readable, and after every few
an undisturbed run must end with the same bytes in every table as the first one.

    python benchmarks/faults.py [--kills 200] [--limits 20] [--kinds kill disk ...] [--seed 0]

A kill here is SIGKILL: the process ends between two instructions, what the kernel took is kept.
A power cut, which may lose what the kernel had not yet written, is not simulated; against it files
are flushed before they are renamed (``pipelines/store.py``).
"""

import argparse
import ctypes
import json
import os
import random
import resource
import runpy
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["BLANKSPOT_DEVICE_KEY"] = "a key of the benchmark, nobody's secret"

import pyarrow.parquet as pq

from coverage import tables
from coverage.synthetic import build_world
from coverage.synthetic_files import write_raw
from pipelines import cli
from pipelines.exits import EXIT_DEFECT
from pipelines.store import Store, content_hash, read_json

TINY = Path(__file__).parents[1] / "tests" / "pipelines" / "conftest.py"
BLAS_GAVE_UP = "OpenBLAS error: Memory allocation still failed"
KINDS = ("kill", "disk", "memory", "read-only")
PER_ROUND = 5
"""Faults between two undisturbed runs; then everything is deleted, so that every stage is hit."""
CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h


def in_child(work: Callable[[], int], seconds: float | None = None) -> int:
    """Do something in a fork of this process; negative where it was killed.

    This process itself never starts a thread, so that a fork is a sound one.
    """
    child = os.fork()
    if not child:
        code = 1
        try:
            code = work()
        except SystemExit as error:
            code = int(error.code or 0)
        finally:
            os._exit(code)
    ends = time.monotonic() + (seconds if seconds is not None else 600.0)
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_survey(folder: Path, prepare: Callable[[], None] | None = None) -> int:
    """The command ``blankspot run`` in this fork of the process; its output to a file."""
    output = os.open(folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if prepare is not None:
        prepare()
    sys.argv = ["blankspot", "run", str(folder / "survey.toml"), "--json"]
    cli.main()
    return 0


def state_of(folder: Path) -> dict[str, Any]:
    """Hash and rows of every table, after reading each; raises where one cannot be read."""
    store = Store(folder / "processed")
    hashes, n_rows = {}, Counter[str]()
    for path in sorted(store.root.rglob("[!.]*.parquet")):
        name, _, part = path.relative_to(store.root).with_suffix("").as_posix().partition("/")
        known = name in tables.TABLES
        table = store.read(name, part or None) if known else pq.read_table(path)
        hashes[path.relative_to(store.root).as_posix()] = content_hash(path)
        n_rows[name] += table.num_rows
    for path in store.root.rglob("[!.]*.json"):
        read_json(path)
    return {"hashes": hashes, "rows": dict(n_rows)}


def looked_at(folder: Path) -> dict[str, Any] | None:
    """The state as a fork sees it; None where something cannot be read."""
    answer = folder / "state.json"
    answer.unlink(missing_ok=True)

    def look() -> int:
        answer.write_text(json.dumps(state_of(folder)))
        return 0

    return json.loads(answer.read_text()) if in_child(look) == 0 else None


def fault_of(kind: str, folder: Path, moments: random.Random, longest: float) -> int:
    """Disturb one run; returns its exit code, negative where it was killed."""
    if kind == "kill":
        return in_child(lambda: run_survey(folder), moments.uniform(0.0, longest))
    if kind == "disk":
        n_bytes = int(10 ** moments.uniform(2.5, 6.7))  # 300 bytes to 5 MB: any file may be the one
        return in_child(lambda: run_survey(folder, lambda: limit(resource.RLIMIT_FSIZE, n_bytes)))
    if kind == "memory":
        room = int(10 ** moments.uniform(4.5, 7.7))  # 30 kB to 50 MB: most of a run needs no more
        moment = moments.uniform(0.0, longest)
        return in_child(lambda: run_survey(folder, lambda: limit_later(room, moment)))
    (folder / "processed").mkdir(exist_ok=True)
    places = [folder / "processed", *(p for p in (folder / "processed").glob("*") if p.is_dir())]
    place = moments.choice(sorted(places))
    mode = place.stat().st_mode
    place.chmod(0o500)
    try:
        return in_child(lambda: run_survey(folder, without_override))
    finally:
        place.chmod(mode)


def limit(what: int, n: int) -> None:
    """Set a limit of this process."""
    resource.setrlimit(what, (n, n))


def limit_later(room: int, seconds: float) -> None:
    """Leave so many bytes of memory to write to after so long.

    Not of address space: of that, allocators hold reserves that a run never comes to the end of.
    """
    timer = threading.Timer(seconds, lambda: limit(resource.RLIMIT_DATA, used() + room))
    timer.daemon = True
    timer.start()


def used() -> int:
    """Memory of its own that this process may write to [bytes]."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmData:")[2].split()[0])


def without_override() -> None:
    """Give up all capabilities of root, among them to write where it is forbidden."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    ctypes.CDLL(None).capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def trial(
    kind: str, n_faults: int, folder: Path, whole: dict[str, Any], seed: int
) -> dict[str, Any]:
    """Inject faults of one kind and count what came of them."""
    moments = random.Random(f"{seed} {kind}")
    tally: dict[str, Any] = {"injected": 0, "recovered": 0, "rows_lost": 0, "differing": 0}
    tally |= {"unreadable": 0, "codes": Counter[str](), "unlike_one_line": 0}
    longest = 1.2 * whole["seconds"]
    while tally["injected"] < n_faults:
        shutil.rmtree(folder / "processed", ignore_errors=True)
        n_here = 0
        for _ in range(PER_ROUND):
            code = fault_of(kind, folder, moments, longest)
            if code == 0:  # it ended before the kill came, or the limit was wide: no fault
                shutil.rmtree(folder / "processed")  # with nothing left to do the next had none
                continue
            n_here += 1
            told = (folder / "output.txt").read_text(errors="replace")
            gave_up = told.startswith(BLAS_GAVE_UP)  # that library ends the process itself
            tally["codes"][f"{code} by OpenBLAS" if gave_up else str(code)] += 1
            if code == EXIT_DEFECT and not gave_up:  # of the machine, but taken for one of ours
                print(f"{kind}: {told.strip()}", file=sys.stderr, flush=True)
            tally["unlike_one_line"] += kind != "kill" and told.count("\n") != 1
            tally["unreadable"] += looked_at(folder) is None
        is_well = in_child(lambda: run_survey(folder)) == 0
        found = looked_at(folder) if is_well else None
        tally["injected"] += n_here
        print(f"{kind}: {tally['injected']} of {n_faults}", file=sys.stderr, flush=True)
        if found is None:
            continue
        differing = differences(found["hashes"], whole["hashes"])
        tally["recovered"] += 0 if differing else n_here
        tally["differing"] += len(differing)
        tally["rows_lost"] += sum(
            max(n - found["rows"].get(name, 0), 0) for name, n in whole["rows"].items()
        )
    return tally


def differences(found: dict[str, str], whole: dict[str, str]) -> list[str]:
    """Tables that are not the same in both."""
    return sorted(n for n in found.keys() | whole.keys() if found.get(n) != whole.get(n))


def prepared(folder: Path) -> None:
    """Write the tiny survey of the tests."""
    tiny = runpy.run_path(str(TINY))
    tiny["make_tiny"](setattr)
    write_raw(build_world(tiny["WORLD"]), folder / "raw")
    (folder / "survey.toml").write_text(tiny["CONFIG"])


def main() -> None:
    """Print what was injected and what came of it; exit code 1 where anything was lost."""
    parser = argparse.ArgumentParser(description="Runs disturbed at random, and what is lost.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--limits", type=int, default=20, help="of each other kind")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        in_child(lambda: prepared(folder) or 0)  # type: ignore[func-returns-value]
        runpy.run_path(str(TINY))["make_tiny"](setattr)
        began = time.monotonic()
        code = in_child(lambda: run_survey(folder))
        seconds = time.monotonic() - began
        whole = looked_at(folder)
        if code or whole is None:
            sys.exit(f"The undisturbed run ended in {code}.")
        whole["seconds"] = seconds
        print(f"undisturbed: {seconds:.1f} s, {sum(whole['rows'].values()):,} rows in", end=" ")
        print(f"{len(whole['hashes'])} files")
        bad = 0
        for kind in given.kinds:
            n_faults = given.kills if kind == "kill" else given.limits
            tally = trial(kind, n_faults, folder, whole, given.seed) if n_faults else None
            if tally is None:
                continue
            codes = ", ".join(f"{n} x {code}" for code, n in sorted(tally["codes"].items()))
            print(
                f"{kind:<9}  faults injected {tally['injected']:>4}  runs recovered "
                f"{tally['recovered']:>4}  rows lost {tally['rows_lost']}  outputs differing "
                f"{tally['differing']}  unreadable after {tally['unreadable']}  not one line "
                f"{tally['unlike_one_line']}  (exit codes: {codes})",
                flush=True,
            )
            bad += tally["rows_lost"] + tally["differing"] + tally["unreadable"]
            bad += tally["injected"] - tally["recovered"]
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
