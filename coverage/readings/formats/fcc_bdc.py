"""FCC BDC mobile speed-test JSON (FORMATS 14): the envelope is known, the tests are not.

The fields of ``tests`` are taken through a column map named ``fcc_bdc``; its columns are paths from
the submission, list places counted from 0: ``tests.download.0.rsrp``. Time and model come from the
envelope unless the map says otherwise. Without the map the file is refused.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa

from coverage.errors import InputError
from coverage.readings import json_stream
from coverage.readings.codes import Codes
from coverage.readings.columns import ColumnMap
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.mapping import mapped_draft

NAME: Final = "fcc_bdc"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = None

_SUBMISSIONS: Final = 2_000
_ENVELOPE: Final = {"time": "timestamp", "device_model": "model"}
_MAX_PATHS: Final = 500
_MAX_DEPTH: Final = 12
_LONGEST_TEXT: Final = 200
_REFUSED: Final = {"malformed_row": 0}


def sniff(head: Head) -> str | None:
    """Recognise the envelope by two of its keys."""
    if not head.first_line.lstrip().startswith("{"):
        return None
    text = head.data.decode("utf-8", "replace")
    is_envelope = '"submissions"' in text and '"submission_type"' in text
    return "JSON with submissions and submission_type" if is_envelope else None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the submissions through the map.

    Raises
    ------
    InputError
        Where there is no map named ``fcc_bdc``, or a mapped path is nowhere in the beginning.
    """
    column_map = next((m for m in context.params.column_maps if m.name == NAME), None)
    if column_map is None:
        raise InputError(
            "Invalid FCC BDC file without column map: the fields inside `tests` are not known.",
            file=context.name,
            remedy=f'Give a column map named "{NAME}" whose columns are paths into a submission.',
        )
    found = json_stream.items(stream, "submissions", context.name)
    first_row = 1
    while part := list(islice(found, _SUBMISSIONS)):
        if first_row == 1:
            column_map.require(tuple(_paths(part)), context.name)
        yield _draft(part, first_row, column_map, context)
        first_row += len(part)


def _draft(
    items: Sequence[json_stream.Item | None],
    first_row: int,
    column_map: ColumnMap,
    context: Context,
) -> Draft:
    """Rows of some submissions."""
    columns = {**_ENVELOPE, **column_map.columns}
    texts = {ours: [_text(_at(item, path)) for item in items] for ours, path in columns.items()}
    cells = {
        ours: pa.array(
            [None if text in column_map.missing else text for text in column], pa.string()
        )
        for ours, column in texts.items()
    }
    is_damaged = np.array([item is None for item in items], dtype=np.bool_)
    lines = [",".join(text or "" for text in row) for row in zip(*texts.values(), strict=True)]
    return mapped_draft(
        cells,
        column_map,
        context,
        source_row=np.arange(first_row, first_row + len(items), dtype=np.int64),
        raw=pa.array(lines, pa.large_string()),
        reason=Codes(np.where(is_damaged, 0, -1).astype(np.int32), tuple(_REFUSED)),
    )


def _at(item: json_stream.Item | None, path: str) -> Any:
    """Value at a path, None where it leads nowhere."""
    value: Any = item
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _paths(items: Sequence[json_stream.Item | None]) -> list[str]:
    """Paths of the values in some submissions, so many at most."""
    found: dict[str, None] = {}
    waiting: list[tuple[str, Any, int]] = [("", item, 0) for item in reversed(items) if item]
    while waiting and len(found) < _MAX_PATHS:
        path, value, depth = waiting.pop()
        inner = value if isinstance(value, dict) else None
        if isinstance(value, list):
            inner = {str(place): entry for place, entry in enumerate(value[:_MAX_PATHS])}
        if inner is None or depth > _MAX_DEPTH:
            found[path.lstrip(".")] = None
            continue
        waiting.extend((f"{path}.{key}", entry, depth + 1) for key, entry in inner.items())
    return list(found)


def _text(value: Any) -> str | None:
    """Text of a value as a CSV would hold it; None for null, objects and lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value[:_LONGEST_TEXT] if isinstance(value, str) else None
