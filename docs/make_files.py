"""Write docs/files.md, what each file of the house holds, from the modules' own first sentences."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = Path(__file__).with_name("files.md")
ROOMS = (
    ("Ground floor", "coverage/*.py"),
    ("Readings", "coverage/readings/*.py"),
    ("Readings: formats", "coverage/readings/formats/*.py"),
    ("Cells", "coverage/cells/*.py"),
    ("Signal", "coverage/signal/*.py"),
    ("Sites", "coverage/sites/*.py"),
    ("Deliverables", "coverage/deliverables/*.py"),
    ("Pipelines", "pipelines/*.py"),
    ("Benchmarks", "benchmarks/*.py"),
    ("Benchmarks: sites", "benchmarks/sites_parts/*.py"),
)


def page() -> str:
    """The page as Markdown."""
    lines = [
        "# What each file holds",
        "",
        "Made by `python docs/make_files.py` from each module's first sentence; a test compares.",
    ]
    for room, pattern in ROOMS:
        lines += ["", f"## {room}", "", "| file | what it holds |", "| --- | --- |"]
        lines += [f"| `{name}` | {sentence} |" for name, sentence in _files(pattern)]
    return "\n".join(lines) + "\n"


def _files(pattern: str) -> list[tuple[str, str]]:
    """Path and first docstring line of each module."""
    found = []
    for path in sorted(ROOT.glob(pattern)):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if path.name != "__init__.py":
            sentence = docstring.split("\n", 1)[0].replace("|", "\\|")
            found.append((path.relative_to(ROOT).as_posix(), sentence))
    return found


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
