"""Known holes in the pinned packages, asked of pip-audit in an environment of its own.

    python .ci/advisories.py

Ends in 1 where a hole is known. Where the advisories cannot be reached it says so on a line of its
own and ends in 0, since a build must not hang on another's server: pip-audit itself ends in 0 and
says "no known vulnerabilities found" even where it could look up nothing.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / "build" / "pip-audit"
PROGRAM = "pip-audit==2.10.1"
SERVICES = ("pypi", "osv")
SECONDS = 180


def audited(service: str) -> dict[str, list[dict[str, Any]]] | None:
    """Holes by package that could be looked up, None where the service gave no answer."""
    done = subprocess.run(
        [
            str(ENVIRONMENT / "bin" / "pip-audit"), "--vulnerability-service", service,
            "--requirement", str(ROOT / "constraints.txt"), "--no-deps", "--disable-pip",
            "--progress-spinner", "off", "--format", "json",
        ],
        capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        return None
    return {package["name"]: package["vulns"] for package in packages if "vulns" in package}


def installed() -> bool:
    """Whether pip-audit could be installed."""
    if (ENVIRONMENT / "bin" / "pip-audit").exists():
        return True
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
        [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", PROGRAM],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        if done.returncode:
            return False
    return True


def answered() -> dict[str, list[dict[str, Any]]]:
    """Holes by package, of the first service that looked up anything; empty where none did."""
    try:
        if not installed():
            return {}
        for service in SERVICES:
            found = audited(service)
            if found:
                return found
    except subprocess.TimeoutExpired:
        return {}
    return {}


def pinned() -> set[str]:
    """Names of all packages whose version is pinned, as pip normalizes them (PEP 503)."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {canonical(line.split("==", 1)[0]) for line in lines if "==" in line}


def canonical(name: str) -> str:
    """A package's name as PEP 503 normalizes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Ask, and say what was found or that nothing could be asked."""
    holes = answered()
    if not holes:
        sys.stdout.write(
            "ADVISORIES NOT REACHED: no package was checked for known holes. Run `make audit` "
            "where there is a network.\n"
        )
        return
    bad = [
        f"{name}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for name, found in sorted(holes.items())
        for hole in found
    ]
    sys.stdout.write(f"{len(holes)} packages checked for known holes, {len(bad)} found.\n")
    if passed_over := sorted(pinned() - set(map(canonical, holes))):
        sys.stdout.write(f"NOT CHECKED, {len(passed_over)} packages: {', '.join(passed_over)}.\n")
    sys.exit("\n".join(bad) if bad else 0)


if __name__ == "__main__":
    main()
