"""Remarks of libraries about the files of a survey, gathered into the notes of a stage.

GDAL speaks by warnings, which on a terminal would stand between the lines of the program and in the
mail of a scheduler. They are said of a stranger's file and belong into the manifest and the log.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from coverage.errors import printable

_MAX_LETTERS: Final = 300
_KINDS: Final = (RuntimeWarning, UserWarning)
_heard: Final[ContextVar[list[str] | None]] = ContextVar("heard", default=None)


@contextmanager
def gathered() -> Iterator[list[str]]:
    """Hand out the list that gets each remark that is made in the block, once.

    Examples
    --------
    >>> with gathered() as heard, remarks_of("layers/a.gpkg"):
    ...     warnings.warn("Ring is not closed", RuntimeWarning)
    >>> heard
    ['layers/a.gpkg: Ring is not closed']
    """
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


@contextmanager
def remarks_of(name: str) -> Iterator[None]:
    """Take what libraries warn of in the block as remarks about a file."""
    with warnings.catch_warnings(record=True) as caught:
        for kind in _KINDS:
            warnings.simplefilter("always", kind)
        try:
            yield
        finally:
            _note(name, [str(each.message) for each in caught])


def _note(name: str, texts: list[str]) -> None:
    """Add remarks about a file to those gathered, if anybody gathers."""
    heard = _heard.get()
    for text in texts if heard is not None else ():
        first = text.strip().split("\n", 1)[0][:_MAX_LETTERS]
        remark = printable(f"{name}: {first}")
        if heard is not None and remark not in heard:
            heard.append(remark)
