"""What a run does, as JSON lines for machines: one event a line, written as it happens.

Every text in it goes through the redaction that raw rows go through: an app may have put the number
of a phone into the name of a log, and a log of runs is read by more people than a survey.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from coverage.readings.privacy import redacted
from pipelines.stage import Outcome, Progress

Emit = Callable[[str, Mapping[str, Any]], None]
"""Called with the name of an event and what belongs to it."""

_RIGHTS: Final = 0o640
_SHOWN: Final = (
    "rows_in", "rows_out", "rejected", "balances", "seconds", "cpu_seconds", "peak_memory_mb",
    "notes",
)  # fmt: skip
"""What of a stage's record an event shows."""
_NUMBER_AS_NAME: Final = re.compile(r"(?<![0-9.])\d{14,20}(?=\.[A-Za-z])")
"""The redaction of rows keeps a number before a point, as it may be a coordinate; of a file's name
that is the number of a phone."""
PROGRESS_SECONDS: Final = 10.0
"""Signs of life of a stage come no closer than this. [s]"""


@contextmanager
def event_log(path: Path | None, run_id: str) -> Iterator[Emit]:
    """Hand out what writes events; nowhere without a path.

    Parameters
    ----------
    path
        File to append to, readable by owner and group; None = no log.
    run_id
        Stands in every line, so that runs can be told apart in one file.
    """
    if path is None:
        yield _nowhere
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _RIGHTS)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:

        def emit(event: str, content: Mapping[str, Any]) -> None:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = {"time": now, "run": run_id, "event": event, **without_persons(content)}
            stream.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")
            stream.flush()

        yield emit


def without_persons(content: Any) -> Any:
    """The same JSON value with every text redacted.

    Examples
    --------
    >>> without_persons({"file": "356938035643809_log.csv", "n": [1, "+6281234567890"]})
    {'file': '[id]_log.csv', 'n': [1, '[phone]']}
    """
    if isinstance(content, str):
        return redacted(pa.array([_NUMBER_AS_NAME.sub("[id]", content)])).to_pylist()[0]
    if isinstance(content, Mapping):
        return {without_persons(str(key)): without_persons(v) for key, v in content.items()}
    if isinstance(content, list | tuple):
        return [without_persons(value) for value in content]
    return content


def stage_event(outcome: Outcome) -> dict[str, Any]:
    """What is told of a stage that has ended."""
    shown = {name: outcome.record[name] for name in _SHOWN if name in outcome.record}
    told = {"stage": outcome.stage, "did_work": outcome.did_work, "why": outcome.why}
    return {**told, **(shown if outcome.did_work else {})}


def with_progress(emit: Emit, stage: str, report: Progress) -> Progress:
    """A stage's progress callback that also leaves signs of life in the log."""
    last = -PROGRESS_SECONDS

    def both(text: str, share: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PROGRESS_SECONDS:
            last = now
            emit("stage_progress", {"stage": stage, "text": text, "share": share})
        report(text, share)

    return both


def _nowhere(_event: str, _content: Mapping[str, Any]) -> None:
    """Write nothing."""
