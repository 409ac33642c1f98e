"""What an exception is told as, and the code it ends the command with."""

import errno

import pytest
import typer

from coverage.errors import ContractError, InputError
from pipelines.exits import EXIT_BAD_INPUT, EXIT_DEFECT, EXIT_DISK, EXIT_LOCKED
from pipelines.failures import failure_of
from pipelines.store import LockedError

FULL = OSError(errno.ENOSPC, "No space left on device", "a.parquet")
DENIED = OSError(errno.EACCES, "Permission denied", "a.lock")
HELD = LockedError("p: survey is in use by process 7 since 2024-01-01 UTC. Wait for it to end.")


@pytest.mark.parametrize(
    ("error", "code", "english", "indonesian"),
    [
        (InputError("No such file.", file="a"), EXIT_BAD_INPUT, "a: No such file.",
         "Kesalahan di a: Berkas tidak ada."),
        (FULL, EXIT_DISK, "a.parquet: disk is full.", "a.parquet: cakram penuh."),
        (DENIED, EXIT_DISK, "a.lock: Permission denied.", "a.lock: Tidak diizinkan oleh sistem."),
        (HELD, EXIT_LOCKED, "p: survey is in use by process 7",
         "Kesalahan: p: survei sedang dipakai oleh proses 7 sejak 2024-01-01 UTC. Tunggu"),
        (MemoryError(), EXIT_DISK, "Memory ran out.", "Memori habis."),
        (ContractError("t"), EXIT_DEFECT, "Defect of this program: t", "Cacat program ini: t"),
        (ZeroDivisionError("z"), EXIT_DEFECT, "Defect of this program: ZeroDivisionError: z.",
         "Cacat program ini: ZeroDivisionError: z."),
        (typer.TyperException("No such option: --x"), EXIT_BAD_INPUT,
         "No such option: --x. See `blankspot --help`.",
         "Tidak ada opsi --x. Lihat `blankspot --help`."),
    ],
    ids=["input", "full", "denied", "locked", "memory", "contract", "defect", "usage"],
)  # fmt: skip
def test_an_exception_is_one_line_in_both_languages(
    error: Exception, code: int, english: str, indonesian: str
) -> None:
    for language, told in (("en", english), ("id", indonesian)):
        failure = failure_of(error, language)
        assert (failure.code, failure.text.startswith(told), "\n" in failure.text) == (
            code, True, False,
        ), failure  # fmt: skip


def test_the_help_alone_has_nothing_more_to_say() -> None:
    assert failure_of(typer.TyperException(""), "en").text == ""
