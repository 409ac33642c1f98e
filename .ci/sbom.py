"""What the program stands on: a CycloneDX list of installed packages, licences judged, offline.

    python .ci/sbom.py [--output sbom.json]

Ends in 1 where a package has a licence that our own (Apache-2.0) does not go with, or stands in
another version than ``constraints.txt`` pins; prints what it found of the rest.
"""

import argparse
import json
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REFUSED = re.compile(
    r"\bAGPL|Affero|\bSSPL|\bGPL(?!.*(LGPL|exception))|Commons Clause|BUSL", re.IGNORECASE
)
"""Copyleft that reaches over to a program that imports the package, and what is no free licence."""
WEAK = re.compile(r"\bLGPL|Lesser General|\bMPL|Mozilla", re.IGNORECASE)
"""May be used as they are, from packages of their own; named in the print."""


def name_of(package: Distribution) -> str:
    """Name in the one spelling that names are compared in."""
    return re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()


def licence_of(package: Distribution) -> str:
    """Licence as an expression, the classifiers or the first line of the text; empty = not said."""
    metadata = package.metadata
    if metadata["License-Expression"]:
        return str(metadata["License-Expression"])
    classifiers = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    told = [c.rsplit(" :: ", 1)[-1] for c in classifiers if c != "License :: OSI Approved"]
    if told:
        return " AND ".join(sorted(told))
    return str(metadata["License"] or "").strip().split("\n", 1)[0][:80]


def component(package: Distribution) -> dict[str, Any]:
    """One package as CycloneDX 1.6 has it."""
    name, licence = name_of(package), licence_of(package)
    purl = f"pkg:pypi/{name}@{package.version}"
    found: dict[str, Any] = {
        "type": "library", "name": name, "version": package.version, "purl": purl, "bom-ref": purl,
    }  # fmt: skip
    if licence:
        found["licenses"] = [{"license": {"name": licence}}]
    return found


def pins() -> dict[str, str]:
    """Versions that ``constraints.txt`` pins, by name."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    found = (re.match(r"([A-Za-z0-9_.-]+)==([^\s;]+)", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", hit[1]).lower(): hit[2] for hit in found if hit}


def main() -> None:
    """Write the list, print what is amiss, end in 1 where something must not be."""
    parser = argparse.ArgumentParser(description="Installed packages and their licences.")
    parser.add_argument("--output", type=Path, default=None, help="file; default: none is written")
    given = parser.parse_args()
    packages = {name_of(package): package for package in distributions()}
    ours = packages.pop("blankspot")
    components = [component(packages[name]) for name in sorted(packages)]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**component(ours), "type": "application"}},
        "components": components,
    }
    if given.output is not None:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    licences = {name: licence_of(package) for name, package in sorted(packages.items())}
    pinned = pins()
    problems = [f"{n}: licence {text}" for n, text in licences.items() if REFUSED.search(text)]
    problems += [
        f"{name}: version {package.version}, pinned {pinned[name]}"
        for name, package in sorted(packages.items())
        if name in pinned and pinned[name] != package.version
    ]
    weak = [f"{name} ({text})" for name, text in licences.items() if WEAK.search(text)]
    unpinned = sorted(set(packages) - set(pinned) - {"pip", "setuptools", "wheel"})
    silent = [name for name, text in licences.items() if not text]
    sys.stdout.write(
        f"{len(packages)} packages; weak copyleft: {', '.join(weak) or 'none'}\n"
        f"licence not said: {', '.join(silent) or 'none'}\n"
        f"not pinned: {', '.join(unpinned) or 'none'}\n"
    )
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main()
