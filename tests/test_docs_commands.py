"""Every command of README and docs, run as it stands there on a tiny made-up survey.

Fences marked ``bash`` are run, page by page, in a folder that holds ``tps.csv``, ``logs/`` with a
folder a phone, ``vendor.csv`` of no known format, and ``banten/``, a survey that was run.
"""

import os
import re
import runpy
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from coverage.synthetic import build_world
from coverage.synthetic_files import write_raw

ROOT = Path(__file__).parents[1]
CONFTEST = ROOT / "tests" / "pipelines" / "conftest.py"
NOT_RUN = ("scaling.md", "security.md")
"""Pages whose commands need a cluster or a service; what was tried stands on them."""
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if path.name not in NOT_RUN and not {"notebooks", "operations"} & set(path.parts)
)
FENCE = re.compile(r"^(?P<indent> *)```bash\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL)
ANY_FENCE = re.compile(r"^ *```(?P<kind>\w*)\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL)
SHIM = """#!{python}
import runpy
runpy.run_path({conftest!r})["make_tiny"](setattr)
from pipelines.cli import main
main()
"""
VENDOR = "Waktu,Lintang,Bujur,RSRP (dBm),Jaringan\n2024-01-09 08:00:00,-6.41,106.12,-101,51010\n"


def commands_of(page: str) -> list[str]:
    """The commands of a page, a line each, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        line.strip()
        for fence in FENCE.finditer(text)
        for line in fence["body"].splitlines()
        if line.strip()
    ]


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pages start from, without a survey; not to be changed."""
    folder = tmp_path_factory.mktemp("docs")
    raw = tmp_path_factory.mktemp("world") / "raw"
    write_raw(build_world(runpy.run_path(str(CONFTEST))["WORLD"]), raw)
    shutil.copy(raw / "sites" / "tps_banten.csv", folder / "tps.csv")
    for operator in ("ioh", "smartfren", "telkomsel", "xl_axiata"):
        (folder / "logs" / operator).mkdir(parents=True)
        log = raw / "readings" / "drive" / operator / "2024-01-08" / f"{operator}_log.txt"
        shutil.copy(log, folder / "logs" / operator)
    (folder / "vendor.csv").write_text(VENDOR)
    (folder / "bin").mkdir()
    shim = folder / "bin" / "blankspot"
    shim.write_text(SHIM.format(python=sys.executable, conftest=str(CONFTEST)))
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture(scope="session")
def ready(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the finished survey ``banten``; not to be changed."""
    folder = tmp_path_factory.mktemp("ready") / "work"
    shutil.copytree(begun, folder)
    options = "--province Banten --election-date 2024-02-14 --sites tps.csv"
    run_in(folder, f"blankspot init banten {options}")
    run_in(folder, "cp -r logs/* banten/raw/readings/")
    run_in(folder, "blankspot run banten/survey.toml")
    return folder


def run_in(folder: Path, command: str) -> str:
    """Run a line of shell and give what it printed; fail with what it said."""
    environment = {
        **{k: v for k, v in os.environ.items() if k not in {"BLANKSPOT_LANG", "LANG", "LC_ALL"}},
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "BLANKSPOT_DEVICE_KEY": "a key of the tests, nobody's secret",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, text=True, capture_output=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.long)
        for page in PAGES
        if commands_of(page) and page != "README.md"
    ],
)
def test_every_command_of_a_page_runs(
    page: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    commands = commands_of(page)
    needs_survey = any(" banten/" in command for command in commands)
    start: Path = request.getfixturevalue("ready" if needs_survey else "begun")
    folder = tmp_path / "work"
    shutil.copytree(start, folder)
    for command in commands:
        run_in(folder, command)


def test_the_five_steps_of_the_readme_end_in_a_list_and_a_map(begun: Path, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    shutil.copytree(begun, folder)
    for command in commands_of("README.md"):
        run_in(folder, command)
    made = folder / "lebak" / "processed" / "deliverables"
    assert {"map.html", "site_ranking.xlsx", "rekap.html"} <= {path.name for path in made.iterdir()}


@pytest.mark.parametrize("page", PAGES)
def test_no_command_of_ours_hides_in_a_fence_that_is_not_run(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    hidden = [
        line
        for fence in ANY_FENCE.finditer(text)
        if fence["kind"] not in {"bash", "cron"}
        for line in fence["body"].splitlines()
        if line.strip().startswith("blankspot ") and line.strip() != "blankspot --help"
    ]
    assert hidden == []


def test_the_make_targets_that_the_readme_names_are_there() -> None:
    named = re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(named) <= set(targets)


def test_the_line_for_cron_has_five_times_and_our_command() -> None:
    text = (ROOT / "docs" / "howto" / "cron.md").read_text()
    (fence,) = [f["body"] for f in ANY_FENCE.finditer(text) if f["kind"] == "cron"]
    *times, command = fence.split(maxsplit=5)
    words = shlex.split(command)
    assert all(re.fullmatch(r"[\d*/,-]+", time) for time in times)
    assert (Path(words[0]).name, words[1]) == ("blankspot", "run")
