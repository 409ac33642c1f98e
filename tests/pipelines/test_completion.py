"""Completion in a real shell: the script that the command prints, and what it completes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
source {script}
COMP_LINE="{line}"
COMP_WORDS=({line})
[ "${{COMP_LINE: -1}}" = " " ] && COMP_WORDS+=("")
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_blankspot_completion blankspot
printf '%s\\n' "${{COMPREPLY[@]}}"
complete -p blankspot
"""


HEAVY = (
    "geopandas", "h3", "matplotlib", "numpy", "pandas", "pyarrow", "pydantic", "pyproj",
    "reportlab", "scipy", "shapely", "sklearn", "xgboost",
)  # fmt: skip
"""What the work is done with: help and completion must not wait for it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command on its path, and the script that it prints for bash."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    made = tmp_path_factory.mktemp("completion")
    command = made / "blankspot"
    command.write_text(
        f"#!{sys.executable}\nimport sys\nfrom pipelines.cli import main\n"
        "sys.argv[0] = 'blankspot'\nmain()\n"
    )
    command.chmod(0o755)
    script = bash(made, "_BLANKSPOT_COMPLETE=source_bash blankspot")
    (made / "blankspot.bash").write_text(script)
    return made


def bash(folder: Path, text: str) -> str:
    """What bash prints for a script."""
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", text], cwd=folder, env=environment, text=True,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("line", "completed"),
    [("blankspot che", "check"), ("blankspot run --en", "--engine"), ("blankspot --la", "--lang")],
)
def test_commands_and_options_are_completed(folder: Path, line: str, completed: str) -> None:
    told = bash(folder, ASK.format(script="blankspot.bash", line=line)).splitlines()
    assert told[:-1] == [completed]


def test_paths_are_left_to_the_shell(folder: Path) -> None:
    *told, rule = bash(
        folder, ASK.format(script="blankspot.bash", line="blankspot run surv")
    ).splitlines()
    assert (told, "-o default" in rule) == ([""], True)


def test_help_and_completion_wait_for_no_heavy_library() -> None:
    ask = f"import sys, pipelines.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", ask], text=True, capture_output=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
