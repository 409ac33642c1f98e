"""How much memory this process has taken, stage by stage, and whether an error says it ran out."""

import errno
import platform
import resource
from contextlib import suppress
from pathlib import Path
from typing import Final

from coverage.errors import BlankspotError

LEAST_ADDRESS_SPACE_MB: Final = 1400
"""What the tests' tiny survey maps beyond the imports: 1,343 with one thread, rounded up. [MB]"""
_CLEAR: Final = Path("/proc/self/clear_refs")
_STATUS: Final = Path("/proc/self/status")
_SIZES: Final = Path("/proc/self/statm")
_RESET_PEAK: Final = "5"  # proc(5): resets VmHWM, the largest resident size
_NO_MEMORY_WORDS: Final = (
    "bad_alloc",  # what C++ libraries (XGBoost) say
    "bad allocation",
    "cannot allocate memory",
    "out of memory",  # SQLite and GDAL
    "can't start new thread",  # no room for its stack
    "failed to map segment",  # a library that does not fit any more
)


class LittleMemoryError(BlankspotError):
    """The process may not take the memory that the least of runs takes."""


def refuse_little_address_space() -> None:
    """Refuse to begin where a limit on address space (``ulimit -v``) cannot be held.

    OpenBLAS and C++ libraries end the whole process where such a limit is reached, with an exit
    code of their own and no line of ours; limits on resident memory (cgroups) do no such thing.

    Raises
    ------
    LittleMemoryError
        Where less than :data:`LEAST_ADDRESS_SPACE_MB` is left.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    left = round((limit - _address_space_bytes()) / 2**20)
    if left < LEAST_ADDRESS_SPACE_MB:
        raise LittleMemoryError(
            f"Only {max(left, 0)} MB of address space are left under `ulimit -v`. "
            f"Must be at least {LEAST_ADDRESS_SPACE_MB}. Raise it, or limit memory by a cgroup "
            "(MemoryMax of systemd)."
        )


def reset_peak() -> None:
    """Measure the peak anew from here on, where the system can (Linux)."""
    with suppress(OSError):
        _CLEAR.write_text(_RESET_PEAK)


def peak_mb() -> int:
    """Largest resident size of this process since the last reset, or since it began [MB]."""
    with suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 if platform.system() != "Darwin" else 1024 * 1024))


def _address_space_bytes() -> int:
    """Address space that this process takes; 0 where the system does not tell."""
    with suppress(OSError):
        return int(_SIZES.read_text().split()[0]) * resource.getpagesize()
    return 0


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
    """Whether one exception says so; words of ours may be quoted from a stranger's file."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, BlankspotError):
        return False
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return any(word in str(error).lower() for word in _NO_MEMORY_WORDS)
