"""Exit codes of the command, and which of them an exception ends in.

0 done, 1 a defect of ours, 2 bad input or config or a closed gate, 3 done but for inputs that could
not be read, 4 locked by another run, 5 the machine said no (disk, rights, memory), 130 interrupted.
"""

from typing import Final

from coverage.errors import InputError
from pipelines.memory import LittleMemoryError, is_of_memory

EXIT_DONE: Final = 0
EXIT_DEFECT: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_PARTIAL: Final = 3
EXIT_LOCKED: Final = 4
EXIT_DISK: Final = 5
EXIT_INTERRUPTED: Final = 130


def code_of(error: BaseException) -> int:
    """Exit code that an exception ends the command with."""
    from pipelines.cluster import LostWorkerError
    from pipelines.store import LockedError

    if isinstance(error, LockedError):
        return EXIT_LOCKED
    if isinstance(error, LostWorkerError | LittleMemoryError) or is_of_memory(error):
        return EXIT_DISK
    if isinstance(error, InputError):
        return EXIT_BAD_INPUT
    if isinstance(error, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    if isinstance(error, OSError):
        return EXIT_DISK
    return EXIT_DEFECT
