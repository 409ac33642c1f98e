"""Which exit code an exception ends in."""

import errno

import pyarrow as pa
import pytest

from coverage.errors import ContractError, InputError
from pipelines.cluster import LostWorkerError
from pipelines.exits import code_of
from pipelines.memory import is_of_memory
from pipelines.store import LockedError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("Invalid a."), 2),
        (LockedError("in use"), 4),
        (OSError(errno.ENOSPC, "No space left on device"), 5),
        (PermissionError(errno.EACCES, "Permission denied"), 5),
        (MemoryError(), 5),
        (RuntimeError("std::bad_alloc"), 5),
        (pa.ArrowMemoryError("malloc of size 64 failed"), 5),
        (LostWorkerError("A worker process was killed."), 5),
        (ContractError("Invalid balance."), 1),
        (ZeroDivisionError(), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_kind_of_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert code_of(error) == code


def test_no_memory_in_the_words_of_the_system_is_no_memory() -> None:
    assert is_of_memory(OSError(errno.ENOMEM, "Cannot allocate memory"))


def test_a_full_disk_is_not_a_full_memory() -> None:
    assert not is_of_memory(OSError(errno.ENOSPC, "No space left on device"))


def test_what_came_of_no_memory_is_no_memory() -> None:
    error = ValueError("the layer cannot be made")
    error.__cause__ = MemoryError()
    assert is_of_memory(error)


def test_a_sound_file_that_memory_did_not_last_for_is_no_bad_input() -> None:
    error = InputError("Cannot be read.", file="a.parquet")
    error.__cause__ = pa.ArrowMemoryError("malloc of size 64 failed")
    assert code_of(error) == 5


def test_what_a_file_says_of_memory_does_not_count() -> None:
    assert code_of(InputError("No column 'out of memory'.", file="a.csv")) == 2
