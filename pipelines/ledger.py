"""The ledger of a survey's runs: when, how they ended, what they cost. Bounded, so never slow.

A run that is killed cannot write its entry; the next one finds its name in the lock and writes it.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from coverage.errors import InputError
from pipelines.store import Store, write_bytes

FILE: Final = "runs.jsonl"
KEPT_RUNS: Final = 400
"""A year of nightly runs and some; older ones are dropped. About 0.5 kB each. [count]"""


def append(store: Store, entries: Sequence[Mapping[str, Any]]) -> None:
    """Add runs to the ledger and drop the oldest beyond what is kept."""
    lines = [*_lines(store), *(json.dumps(each, default=str) for each in entries)]
    write_bytes(path_of(store), ("\n".join(lines[-KEPT_RUNS:]) + "\n").encode())


def runs(store: Store) -> list[dict[str, Any]]:
    """Runs of the survey, oldest first.

    Raises
    ------
    InputError
        Where the ledger is damaged.
    """
    try:
        return [json.loads(line) for line in _lines(store)]
    except json.JSONDecodeError as error:
        raise InputError(
            f"Invalid JSON ({error}).", file=str(path_of(store)),
            remedy="Delete the file: it is a record for people, nothing depends on it.",
        ) from error  # fmt: skip


def path_of(store: Store) -> Path:
    """Where the ledger lies."""
    return store.root / FILE


def _lines(store: Store) -> list[str]:
    """Entries as they stand in the file."""
    try:
        text = path_of(store).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line]
