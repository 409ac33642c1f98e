"""Every hostile file ends in a named error or in rejects: no traceback, no hang, no flood."""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOORS = {"readings", "sites", "towers", "assets", "layer", "tiles", "columns", "proposal"}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="peak memory of one file is read from /proc"
)


@cache
def verdicts(form: str) -> list[dict[str, Any]]:
    """Verdict of every case; one whose process died has that as its fault."""
    found: list[dict[str, Any]] = []
    place, n_cases = 0, 1
    while place < n_cases:
        run = subprocess.run(
            [sys.executable, "-m", "tests.hostile.judge_files", form, str(place)],
            capture_output=True, text=True, check=False, cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        assert lines, run.stderr
        n_cases = lines[0]["n"]
        found += [line for line in lines if "faults" in line]
        if "begin" in lines[-1]:
            told = f"the process died ({run.returncode}): {run.stderr[-2000:]}"
            found.append(
                {"case": lines[-1]["begin"], "door": "", "ended": "died", "faults": [told]}
            )
            place = lines[-1]["place"] + 1
        else:
            assert run.returncode == 0, run.stderr
            place = n_cases
    return found


FORMS = ["short", pytest.param("long", marks=pytest.mark.long)]


@pytest.mark.parametrize("form", FORMS)
def test_every_file_ends_as_it_must(form: str) -> None:
    faults = {verdict["case"]: verdict["faults"] for verdict in verdicts(form) if verdict["faults"]}
    assert not faults, json.dumps(faults, indent=1)


@pytest.mark.parametrize(("form", "n_least"), [
    ("short", 900), pytest.param("long", 1_800, marks=pytest.mark.long),
])  # fmt: skip
def test_the_corpus_is_large_and_comes_to_every_door(form: str, n_least: int) -> None:
    found = verdicts(form)
    assert len(found) >= n_least
    assert len({verdict["case"] for verdict in found}) == len(found)
    assert {verdict["door"] for verdict in found} == DOORS


def test_most_hostile_files_do_harm_to_nobody_but_are_not_all_turned_away() -> None:
    ended = Counter(verdict["ended"] for verdict in verdicts("short"))
    assert min(ended["refused"], ended["rejected"], ended["harmless"]) > 100


def test_an_error_tells_the_file_it_was_found_in() -> None:
    for verdict in verdicts("short"):
        if verdict["ended"] == "refused" and verdict["door"] != "columns":
            assert verdict["told"].startswith(verdict["case"][:3]), verdict
