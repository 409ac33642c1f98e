"""Which exit code an exception ends in."""

import errno

import pytest

from coverage.errors import ContractError, InputError
from pipelines.exits import code_of, is_of_memory
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
