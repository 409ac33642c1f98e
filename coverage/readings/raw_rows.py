"""Rows as they stood in the file: kept as they came, made into a column only where one is refused.

Most chunks refuse no row. What it takes to cut a block into its lines is then not done at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True)
class RawRows:
    """Raw rows.

    Attributes
    ----------
    parts
        What makes the column of each part (binary or string), and the first and last row (not
        included) of it that are meant.

    Examples
    --------
    >>> rows = RawRows.of(pa.array([b"a", b"b", b"c"], pa.large_binary()))[1:]
    >>> len(rows), rows.to_pylist(), rows.filter(np.array([False, True])).to_pylist()
    (2, [b'b', b'c'], [b'c'])
    """

    parts: tuple[tuple[Callable[[], pa.Array], int, int], ...]

    @classmethod
    def of(cls, rows: "pa.Array | pa.ChunkedArray | RawRows") -> "RawRows":
        """Rows that are a column already."""
        if isinstance(rows, RawRows):
            return rows
        chunks = rows.chunks if isinstance(rows, pa.ChunkedArray) else [rows]
        return cls(tuple((partial(_itself, chunk), 0, len(chunk)) for chunk in chunks))

    @classmethod
    def later(cls, make: Callable[[], pa.Array], n_rows: int) -> "RawRows":
        """Rows whose column is made when it is asked for."""
        return cls(((make, 0, n_rows),))

    @classmethod
    def concat(cls, several: "Sequence[RawRows]") -> "RawRows":
        """Rows one below the other."""
        return cls(tuple(part for rows in several for part in rows.parts))

    def __len__(self) -> int:
        return sum(stop - start for _, start, stop in self.parts)

    def __getitem__(self, rows: slice) -> "RawRows":
        """A slice of rows."""
        first, last, _ = rows.indices(len(self))
        kept = []
        at = 0
        for make, start, stop in self.parts:
            own_first, own_last = max(first - at, 0), min(last - at, stop - start)
            if own_first < own_last:
                kept.append((make, start + own_first, start + own_last))
            at += stop - start
        return RawRows(tuple(kept))

    def filter(self, mask: npt.NDArray[np.bool_]) -> pa.Array:
        """The rows where a mask is true, as a binary column."""
        found = []
        at = 0
        for make, start, stop in self.parts:
            own = mask[at : at + stop - start]
            if own.any():
                column = make()[start:stop].filter(pa.array(own))
                found.append(column.cast(pa.large_binary()))
            at += stop - start
        return pa.concat_arrays(found) if found else pa.array([], pa.large_binary())

    def to_pylist(self) -> list[bytes | None]:
        """All rows as a plain list."""
        every: list[bytes | None] = self.filter(np.ones(len(self), dtype=np.bool_)).to_pylist()
        return every


def _itself(column: pa.Array) -> pa.Array:
    """The column that is there already."""
    return column
