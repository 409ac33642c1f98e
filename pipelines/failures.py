"""What went wrong, as the one line a person reads and the code the command ends with."""

import errno
from dataclasses import dataclass
from typing import Final

import typer

from coverage.errors import BlankspotError, InputError
from pipelines.exits import EXIT_BAD_INPUT, EXIT_DEFECT, EXIT_DISK, code_of
from pipelines.memory import LittleMemoryError, is_of_memory
from pipelines.sentences import error_line, speaker

INTERRUPTED: Final = "Interrupted. What was finished is kept; run again to go on."
_MEMORY: Final = (
    "Memory ran out. What was finished is kept; lower engine.workers or engine.memory_mb and run "
    "again."
)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One line, and the exit code; without text there is nothing more to say."""

    text: str
    code: int


def failure_of(error: Exception, language: str) -> Failure:
    """What to tell of an exception, and its exit code.

    Examples
    --------
    >>> failure_of(InputError("No readings found.", file="raw"), "id").text
    'Kesalahan di raw: Tidak ada log sinyal yang ditemukan.'
    """
    say = speaker(language)
    if isinstance(error, typer.TyperException):
        return Failure(text=say(_usage(error.format_message())), code=EXIT_BAD_INPUT)
    from pipelines.cluster import LostWorkerError
    from pipelines.store import LockedError

    if is_of_memory(error):
        return Failure(text=say(_MEMORY), code=EXIT_DISK)
    if isinstance(error, InputError | LockedError | LostWorkerError | LittleMemoryError):
        return Failure(text=error_line(error, language), code=code_of(error))
    if isinstance(error, BlankspotError):
        return Failure(text=say(f"Defect of this program: {error}"), code=EXIT_DEFECT)
    if isinstance(error, OSError):
        return Failure(text=say(_disk(error)), code=EXIT_DISK)
    told = f"{type(error).__name__}: {error}".split("\n", 1)[0]
    text = say(f"Defect of this program: {told}. BLANKSPOT_DEBUG=1 shows where.")
    return Failure(text=text, code=EXIT_DEFECT)


def _usage(text: str) -> str:
    """What was wrong in the command line; empty where no command was given."""
    if not text:
        return ""
    end = "" if text.endswith((".", "?")) else "."
    return f"{text}{end} See `blankspot --help`."


def _disk(error: OSError) -> str:
    """One line about a file system that said no."""
    where = f"{error.filename}: " if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"{where}disk is full. Make room and run again; nothing written is half-written."
    return f"{where}{error.strerror or error}."
