"""The list of packages: made without a network, whole, refusing what it must."""

import json
import runpy
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "sbom.py"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    path = tmp_path_factory.mktemp("sbom") / "build" / "sbom.json"
    done = subprocess.run(
        [sys.executable, SCRIPT, "--output", path], capture_output=True, text=True, check=False
    )
    assert "packages; weak copyleft: " in done.stdout, done.stderr
    found: dict[str, object] = json.loads(path.read_text())
    return found


def test_it_is_a_cyclonedx_document(document: dict[str, object]) -> None:
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")


def test_every_installed_package_is_in_it_once(document: dict[str, object]) -> None:
    components = document["components"]
    assert isinstance(components, list)
    names = [component["name"] for component in components]
    assert len(names) == len(set(names))
    assert {"numpy", "pyarrow", "h3"} <= set(names)
    assert len(names) == len({package.metadata["Name"].lower().replace("_", "-").replace(".", "-")
                              for package in distributions()}) - 1  # fmt: skip


@pytest.mark.parametrize(
    ("licence", "is_refused"),
    [
        ("AGPL-3.0-only", True), ("GNU Affero General Public License v3", True),
        ("GPL-3.0-or-later", True), ("SSPL-1.0", True), ("MIT", False), ("Apache-2.0", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False), ("LGPL-3.0-only", False),
        ("Mozilla Public License 2.0 (MPL 2.0)", False),
    ],
)  # fmt: skip
def test_licences_that_reach_over_are_refused(licence: str, is_refused: bool) -> None:
    refused = runpy.run_path(str(SCRIPT))["REFUSED"]
    assert bool(refused.search(licence)) is is_refused
