"""The errors a user can cause, and how they read.

One line each: where, what is wrong, what to do. The command line prints them as they are and
ends with exit code 2; a traceback is always a defect of ours.
"""

from typing import Final

_MAX_LETTERS: Final = 2_000
"""A line of an error is no longer: a header of a hundred megabytes is quoted by its beginning."""


def printable(text: str) -> str:
    r"""Text that commands no terminal: what is not printable stands as its escape.

    Names of files and columns are a stranger's; they may hold escape sequences, line ends, marks
    that turn the direction of writing, or be endless.

    Examples
    --------
    >>> print(printable("a\x1b[2J\u202eb"), printable("Cik\u00e9usik"))
    a\x1b[2J\u202eb Cikéusik
    """
    shown = text if len(text) <= _MAX_LETTERS else f"{text[:_MAX_LETTERS]}..."
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


class BlankspotError(Exception):
    """Base of every error this program raises on purpose."""


class InputError(BlankspotError, ValueError):
    """Data or configuration that cannot be used as it is.

    Parameters
    ----------
    problem
        What is wrong: ``Invalid <name> <value>. Must be <rule>.``
    file
        Name of the file it was found in.
    row
        Line or row number in that file, counted from 1, header included.
    remedy
        What the user can do about it.

    Examples
    --------
    >>> print(InputError("Invalid tps_code '36'.", file="tps.csv", row=7, remedy="Give 13 digits."))
    tps.csv, row 7: Invalid tps_code '36'. Give 13 digits.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | None = None,
        row: int | None = None,
        remedy: str | None = None,
    ) -> None:
        self.problem = problem
        self.file = file
        self.row = row
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        place = printable(self.file or "")
        if self.row is not None:
            place = f"{place}, row {self.row}" if place else f"row {self.row}"
        sentence = "\n".join(
            printable(line)
            for line in " ".join(part for part in (self.problem, self.remedy) if part).split("\n")
        )
        return f"{place}: {sentence}" if place else sentence


class ContractError(BlankspotError):
    """A table that does not hold to its contract in ``tables.py``: our defect or a damaged file."""
