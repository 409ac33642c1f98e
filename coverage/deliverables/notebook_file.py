"""The worked notebook: a script with cells (folder ``notebook``) as a Jupyter file.

Written without a notebook library: the format (nbformat 4.5) is JSON with a list of cells.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

_CODE_MARK: Final = "# %%"
_TEXT_MARK: Final = "# %% [markdown]"


@dataclass(frozen=True, kw_only=True)
class NotebookCell:
    """One cell: text for people, or code.

    Attributes
    ----------
    is_code
        Code, or Markdown.
    source
        What stands in it.
    """

    is_code: bool
    source: str


def notebook_cells() -> list[NotebookCell]:
    """The cells of the worked example, in order."""
    script = files("coverage.deliverables").joinpath("notebook", "analysis.txt").read_text("utf-8")
    return parsed(script)


def parsed(script: str) -> list[NotebookCell]:
    r"""Cells of a script in the percent format.

    Parameters
    ----------
    script
        ``# %%`` begins a cell of code, ``# %% [markdown]`` one of commented text.

    Examples
    --------
    >>> parsed("# %% [markdown]\n# # Title\n# %%\nprint(1)\n")
    [NotebookCell(is_code=False, source='# Title'), NotebookCell(is_code=True, source='print(1)')]
    """
    found: list[tuple[bool, list[str]]] = []
    for line in script.splitlines():
        if line.startswith(_CODE_MARK):
            found.append((line.strip() != _TEXT_MARK, []))
        elif found:
            is_code, lines = found[-1]
            lines.append(line if is_code else line.removeprefix("#").removeprefix(" "))
    return [
        NotebookCell(is_code=is_code, source="\n".join(lines).strip("\n"))
        for is_code, lines in found
    ]


def notebook_file() -> bytes:
    """The worked example as ``.ipynb``, without outputs."""
    content = {
        "cells": [_cell(place, cell) for place, cell in enumerate(notebook_cells())],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _cell(place: int, cell: NotebookCell) -> dict[str, Any]:
    """One cell as the format has it; its identifier is made from its place and text."""
    name = hashlib.sha256(f"{place} {cell.source}".encode()).hexdigest()[:8]
    lines = cell.source.splitlines(keepends=True)
    if cell.is_code:
        return {"cell_type": "code", "id": name, "metadata": {}, "execution_count": None,
                "outputs": [], "source": lines}  # fmt: skip
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": lines}
