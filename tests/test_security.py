"""What docs/security.md says of the code is so, and the tests that it names are there."""

import ast
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w./]+\.py)(?:::(\w+))?`", TEXT)
MODULES = sorted([*(ROOT / "coverage").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")])
FORBIDDEN_MODULES = {
    "pickle", "marshal", "shelve", "joblib", "dill", "cloudpickle", "subprocess", "xml.etree",
    "xml.dom", "xml.sax.expatreader", "lxml", "yaml", "socket", "http", "urllib.request",
    "requests", "telnetlib", "ftplib", "smtplib",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "system", "popen", "extract", "extractall",
    "unpack_archive", "read_pickle", "to_pickle", "mktemp",
}  # fmt: skip
MAY_BE_CALLED = {"re.compile", "platform.system", "str.extract", "vec.extract"}


def calls(module: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a module by the text of what is called."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imported(module: Path) -> Iterator[str]:
    """Every module that a module imports."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_page_names_a_test_for_each_threat() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| **")]
    untested = [row.split("**")[1] for row in rows if "tests/" not in row.rsplit("|", 2)[1]]
    assert len(rows) == 9
    assert untested == [
        "finder of a lost laptop", "member of the Dask cluster", "who changes the config",
    ]  # fmt: skip


@pytest.mark.parametrize(("file", "test"), NAMED, ids=["::".join(each) for each in NAMED])
def test_every_test_that_the_page_names_is_there(file: str, test: str) -> None:
    content = (ROOT / file).read_text(encoding="utf-8")
    assert not test or f"def {test}(" in content


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_runs_or_unpickles_what_it_reads(module: Path) -> None:
    for name in imported(module):
        assert not any(name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN_MODULES), name
    for name, _ in calls(module):
        last = name.rsplit(".", 1)[-1]
        is_harmless = any(name.endswith(good) for good in MAY_BE_CALLED)
        assert last not in FORBIDDEN_CALLS or is_harmless, name


def test_arrays_are_read_without_pickle() -> None:
    loads = [
        call
        for module in MODULES
        for name, call in calls(module)
        if name in {"np.load", "numpy.load"}
    ]
    assert loads
    for call in loads:
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert given.get("allow_pickle") == "False"


def advisories(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Any
) -> tuple[str, str]:
    """What the question for known holes prints and ends in, by what the services answer."""
    script = runpy.run_path(str(ROOT / ".ci" / "advisories.py"))
    monkeypatch.setitem(script["answered"].__globals__, "installed", lambda: True)
    monkeypatch.setitem(script["answered"].__globals__, "audited", lambda service: answer)
    ended = ""
    try:
        script["main"]()
    except SystemExit as error:
        ended = str(error.code or "")
    return capsys.readouterr().out, ended


@pytest.mark.parametrize("answer", [None, {}], ids=["no answer", "nothing looked up"])
def test_advisories_that_are_not_reached_are_never_taken_for_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Any
) -> None:
    told, ended = advisories(monkeypatch, capsys, answer)
    assert told.startswith("ADVISORIES NOT REACHED")
    assert not ended


def test_a_known_hole_fails_the_audit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hole = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    told, ended = advisories(monkeypatch, capsys, {"a": [], "b": [hole]})
    assert told.startswith("2 packages checked for known holes, 1 found.\n")
    assert ended == "b: PYSEC-1, mended in 2.0"


def test_a_pinned_package_that_was_not_looked_up_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    names = [line.split("==")[0] for line in pins if "==" in line]
    told, ended = advisories(monkeypatch, capsys, {name: [] for name in names if name != "numpy"})
    assert told.endswith("NOT CHECKED, 1 packages: numpy.\n")
    assert not ended


@pytest.mark.skipif(sys.platform != "linux", reason="/bin/sh stands in for pip-audit")
def test_packages_that_were_skipped_do_not_count_as_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = runpy.run_path(str(ROOT / ".ci" / "advisories.py"))
    program = tmp_path / "bin" / "pip-audit"
    program.parent.mkdir()
    skipped = '{"dependencies": [{"name": "a", "skip_reason": "not found"}], "fixes": []}'
    program.write_text(f"#!/bin/sh\necho '{skipped}'\n")
    program.chmod(0o700)
    monkeypatch.setitem(script["audited"].__globals__, "ENVIRONMENT", tmp_path)
    assert script["audited"]("pypi") == {}
