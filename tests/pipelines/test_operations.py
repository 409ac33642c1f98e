"""The examples of docs/operations, tried as far as that is possible without their schedulers."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipelines.exits import EXIT_BAD_INPUT
from pipelines.stage import STAGES

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"


def here(line: str, survey: Path) -> str:
    """A command line of the examples with the paths of this machine."""
    program = f"{sys.executable} -m pipelines.cli"
    for name in (".venv/bin/blankspot", "/srv/blankspot/.venv/bin/blankspot"):
        line = line.replace(f"/srv/blankspot/{name}", program)
    line = line.replace(".venv/bin/blankspot", program)
    line = line.replace("/srv/blankspot/configs/banten.toml", str(survey / "survey.toml"))
    line = line.replace("configs/banten.toml", str(survey / "survey.toml"))
    return line.replace("/srv/blankspot", str(survey))


def shell(line: str, survey: Path) -> "subprocess.CompletedProcess[str]":
    root = str(Path(__file__).parents[2])
    (survey / "log").mkdir(exist_ok=True)
    return subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, text=True, check=False, cwd=survey,
        env={**os.environ, "B": str(survey), "PYTHONPATH": root},
    )  # fmt: skip


def cron_line() -> str:
    (line,) = [x for x in (OPERATIONS / "crontab").read_text().splitlines() if x[:1].isdigit()]
    assert "%" not in line, "cron would end the command there"
    return line.split(maxsplit=5)[5]


def test_the_cron_line_is_silent_where_all_is_well(survey: Path) -> None:
    done = shell(here(cron_line(), survey), survey)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (survey / "log" / "banten.jsonl").read_text().count("\n") >= len(STAGES) + 2


def test_the_cron_line_tells_what_went_wrong(survey: Path) -> None:
    shutil.rmtree(survey / "raw" / "sites")
    done = shell(here(cron_line(), survey), survey)
    assert done.stdout.startswith(f"exit code {EXIT_BAD_INPUT}\n")
    assert done.stdout.count("\n") >= 2


@pytest.fixture
def dag_tasks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Tasks of the DAG in their order, by stand-ins for the two classes of Airflow it uses."""
    tasks: list[tuple[str, str]] = []

    class StandInDag:
        def __init__(self, **_: Any) -> None: ...

        def __enter__(self) -> "StandInDag":
            return self

        def __exit__(self, *_: object) -> None: ...

    class StandInOperator:
        def __init__(self, *, task_id: str, bash_command: str) -> None:
            self.position = len(tasks)
            tasks.append((task_id, bash_command))

        def __rshift__(self, after: "StandInOperator") -> "StandInOperator":
            assert after.position == self.position + 1
            return after

    airflow, bash = ModuleType("airflow"), ModuleType("airflow.operators.bash")
    airflow.DAG = StandInDag  # type: ignore[attr-defined]
    bash.BashOperator = StandInOperator  # type: ignore[attr-defined]
    for name, module in {
        "airflow": airflow, "airflow.operators": ModuleType("o"), "airflow.operators.bash": bash,
    }.items():  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    runpy.run_path(str(OPERATIONS / "airflow_dag.py"))
    return tasks


def test_the_dag_has_the_stages_in_their_order(dag_tasks: list[tuple[str, str]]) -> None:
    assert tuple(name for name, _ in dag_tasks) == STAGES


@pytest.mark.long
def test_the_commands_of_the_dag_do_the_whole_job(
    survey: Path, dag_tasks: list[tuple[str, str]]
) -> None:
    (survey / "processed" / "manifest.json").unlink()
    (survey / "processed" / "deliverables" / "map.html").unlink()
    for name, line in dag_tasks:
        done = shell(here(line, survey), survey)
        assert done.returncode == 0, (name, done.stderr)
    assert (survey / "processed" / "deliverables" / "map.html").is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in ("blankspot.service", "blankspot.timer"):
        text = (OPERATIONS / name).read_text()
        (tmp_path / name).write_text(
            text.replace("/srv/blankspot/.venv/bin/blankspot", "/bin/true")
        )
    done = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / n for n in ("blankspot.service",
                                                               "blankspot.timer"))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_build_of_the_container_is_sent_what_it_copies_and_no_more() -> None:
    lines = (OPERATIONS / "Containerfile").read_text().splitlines()
    copied = [w for line in lines if line.startswith("COPY ") for w in line.split()[1:-1]]
    ignored = (OPERATIONS.parents[1] / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert [line[1:] for line in ignored if line.startswith("!")] == copied
