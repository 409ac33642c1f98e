"""Arrays put aside in a temporary file without a name: what is kept need not stay in memory."""

import tempfile
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Shelved:
    """Where an array lies.

    Attributes
    ----------
    at
        Its first byte in the file.
    n
        Its length. [count]
    dtype
        Of its numbers.
    """

    at: int
    n: int
    dtype: "np.dtype[Any]"


class Shelf:
    """A temporary file of arrays, made when the first is put, gone when the block ends.

    Examples
    --------
    >>> with Shelf() as shelf:
    ...     numbers = shelf.put(np.arange(5))
    ...     shelf.get(numbers, 1, 3).tolist()
    [1, 2]
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def put(self, values: npt.NDArray[Any]) -> Shelved:
        """Write an array behind the others."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._file.seek(self._end)
        self._file.write(np.ascontiguousarray(values).data)
        shelved = Shelved(self._end, len(values), values.dtype)
        self._end += values.nbytes
        return shelved

    def get(self, shelved: Shelved, start: int = 0, stop: int | None = None) -> npt.NDArray[Any]:
        """Read an array, or its numbers from ``start`` up to ``stop``."""
        if self._file is None:
            raise ValueError("Nothing was put on this shelf.")
        n = (shelved.n if stop is None else stop) - start
        self._file.seek(shelved.at + start * shelved.dtype.itemsize)
        return np.frombuffer(self._file.read(n * shelved.dtype.itemsize), shelved.dtype)
