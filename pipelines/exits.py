"""Exit codes of the command, and which of them an exception ends in.

0 done, 1 a defect of ours, 2 bad input or config or a closed gate, 3 done but for inputs that could
not be read, 4 locked by another run, 5 the machine said no (disk, rights, memory), 130 interrupted.
"""

import errno
from typing import Final

from coverage.errors import InputError
from pipelines.store import LockedError

EXIT_DONE: Final = 0
EXIT_DEFECT: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_PARTIAL: Final = 3
EXIT_LOCKED: Final = 4
EXIT_DISK: Final = 5
EXIT_INTERRUPTED: Final = 130

_MEMORY_WORDS: Final = (
    "bad_alloc",  # what C++ libraries (XGBoost) say
    "bad allocation",
    "cannot allocate memory",
    "out of memory",  # SQLite and GDAL
    "can't start new thread",  # no room for its stack
    "failed to map segment",  # a library that does not fit any more
)


def code_of(error: BaseException) -> int:
    """Exit code that an exception ends the command with."""
    if isinstance(error, LockedError):
        return EXIT_LOCKED
    if isinstance(error, InputError):
        return EXIT_BAD_INPUT
    if isinstance(error, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    if isinstance(error, OSError) or is_of_memory(error):
        return EXIT_DISK
    return EXIT_DEFECT


def is_of_memory(error: BaseException) -> bool:
    """Whether an exception, or the one it came from, says that memory ran out.

    Examples
    --------
    >>> is_of_memory(MemoryError()), is_of_memory(ValueError("std::bad_alloc"))
    (True, True)
    >>> is_of_memory(ValueError("no such column"))
    False
    """
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return any(_says_no_memory(each) for each in chain)


def _says_no_memory(error: BaseException) -> bool:
    """Whether one exception says that memory ran out."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return any(word in str(error).lower() for word in _MEMORY_WORDS)
