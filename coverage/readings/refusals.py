"""Which rows are not taken, and why: the first reason that applies to a row stays."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from coverage.readings.codes import Codes

Bools = npt.NDArray[np.bool_]


class Refusals:
    """Reasons of a chunk's rows.

    Parameters
    ----------
    given
        Reasons the format itself gave, NA for rows still open.

    Examples
    --------
    >>> refusals = Refusals(Codes.of([None, "malformed_row", None]))
    >>> refusals.refuse(np.array([True, True, False]), "bad_time")
    >>> refusals.reasons().to_list(), refusals.is_open.tolist()
    (['bad_time', 'malformed_row', None], [False, False, True])
    """

    def __init__(self, given: Codes) -> None:
        self._codes = given.codes.copy()
        self._words = list(given.words)

    @property
    def is_open(self) -> Bools:
        """Rows without a reason so far."""
        result: Bools = self._codes < 0
        return result

    def refuse(self, where: Bools, reason: str) -> None:
        """Give a reason to the open rows of a mask."""
        if where.any():
            self._codes[where & self.is_open] = len(self._words)
            self._words.append(reason)

    def refuse_all(self, by_reason: Mapping[str, Bools]) -> None:
        """Give several reasons, the first first."""
        for reason, where in by_reason.items():
            self.refuse(where, reason)

    def reasons(self) -> Codes:
        """Reason of each row, NA for those to be taken."""
        return Codes.merged(self._codes, self._words)
