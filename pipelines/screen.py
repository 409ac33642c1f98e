"""What a command puts on the terminal, in the language of the person who sits there.

Nothing here costs more than the terminal itself: help and completion come without the tables.
"""

import json
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from rich.console import Console

from pipelines.sentences import speaker
from pipelines.words import word

out: Final = Console(highlight=False)
err: Final = Console(stderr=True, highlight=False)
language: Final[ContextVar[str]] = ContextVar("language", default="en")
asked_language: Final[ContextVar[str | None]] = ContextVar("asked_language", default=None)
"""The language of ``--lang``, None where it was left to the environment."""


def tell(key: str, **values: object) -> str:
    """A text of the command itself."""
    return word(key, language.get(), **values)


def say(sentence: str) -> str:
    """A sentence made elsewhere."""
    return speaker(language.get())(sentence)


def print_line(text: str) -> None:
    """A line on standard output, as long as it is: a path is never broken."""
    out.print(text, markup=False, soft_wrap=True)


def print_sentences(sentences: Iterable[str]) -> None:
    """Sentences made elsewhere, a line each, indented as they are."""
    for sentence in sentences:
        told = sentence.lstrip(" ")
        print_line(" " * (len(sentence) - len(told)) + say(told))


def print_json(content: object) -> None:
    """JSON on standard output; it speaks English."""
    sys.stdout.write(json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n")


def print_error(text: str) -> None:
    """An error, on standard error."""
    err.print(text, markup=False, soft_wrap=True, style="red")


def print_places(places: dict[str, Path]) -> None:
    """Where things lie: words of the command, then a path, one below the other."""
    width = max(len(tell(key)) for key in places)
    for key, path in places.items():
        print_line(f"{tell(key):<{width}} {path}")
