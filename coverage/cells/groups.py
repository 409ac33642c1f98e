"""Dense numbers for what is counted: (H3 cell, operator, RAT) groups, device and operator names.

Keys are packed from small numbers, so every group gets one, in the order first met. The way from
cell to number is a tree over the digits of the H3 index, two digits (six bits) a level: one
``take`` a level for all rows at once, memory only where there were readings, and no sorting and no
hashing of rows.
"""

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.cells.packing import Ints, UInts, starts_of
from coverage.radio import RATS

_LEVEL_BITS: Final = 6
_FANOUT: Final = 1 << _LEVEL_BITS
_BASE_CELL_BITS: Final = 7  # 122 base cells (H3 documentation, "H3 index")
_MAX_RESOLUTION: Final = 15
N_RATS: Final = len(RATS)


Scalar = TypeVar("Scalar", bound=np.generic)


def grown(values: npt.NDArray[Scalar], size: int) -> npt.NDArray[Scalar]:
    """The array with room for at least ``size`` rows, the new ones zero."""
    if size <= len(values):
        return values
    larger = np.zeros((max(size, len(values) * 3 // 2), *values.shape[1:]), dtype=values.dtype)
    larger[: len(values)] = values
    return larger


class GroupIndex:
    """Numbers groups of (H3 cell, operator code, RAT code) in the order first met.

    Parameters
    ----------
    resolution
        H3 resolution of every cell.
    """

    def __init__(self, resolution: int) -> None:
        self.resolution = resolution
        self.size = 0
        bits = _BASE_CELL_BITS + 3 * resolution
        self._n_levels = 3 * resolution // _LEVEL_BITS
        self._root_bits = bits - _LEVEL_BITS * self._n_levels
        self._digit_shift = np.uint64(3 * (_MAX_RESOLUTION - resolution))
        self._digit_mask = np.uint64((1 << bits) - 1)
        self._root = np.zeros(0, dtype=np.int32)  # node of the first level, 0 = none
        self._nodes = [np.zeros((64, _FANOUT), np.int32) for _ in range(self._n_levels)]
        self._n_nodes = [1] * self._n_levels  # node 0 stays empty: the way of unknown cells
        self._cells = np.zeros(1024, dtype=np.uint64)
        self._combinations = np.zeros(1024, dtype=np.int32)

    @property
    def cells(self) -> UInts:
        """H3 cell of each group."""
        return self._cells[: self.size]

    @property
    def combinations(self) -> npt.NDArray[np.int32]:
        """Operator code x 4 + RAT code of each group."""
        return self._combinations[: self.size]

    def number(self, cells: UInts, combinations: Ints) -> Ints:
        """Number of each row's group; new groups are numbered in the order of their keys."""
        keys = ((cells >> self._digit_shift) & self._digit_mask).view(np.int64)
        keys |= combinations << (_BASE_CELL_BITS + 3 * self.resolution)
        self._make_room(int(combinations.max()) if len(combinations) else 0)
        numbers = self._find(keys)
        missing = np.flatnonzero(numbers == 0)
        if len(missing):
            order = np.argsort(keys[missing], kind="stable")
            firsts = missing[order[starts_of(keys[missing[order]])]]
            self._insert(keys[firsts], cells[firsts], combinations[firsts])
            numbers[missing] = self._find(keys[missing])
        numbers -= 1
        return numbers

    def _make_room(self, combination: int) -> None:
        """Let the root hold this combination."""
        self._root = grown(self._root, (combination + 1) << self._root_bits)

    def _find(self, keys: Ints) -> Ints:
        """Number + 1 of each key, 0 where it is unknown."""
        shift = _LEVEL_BITS * self._n_levels
        node = self._root.take(keys >> shift, mode="clip").astype(np.int64)
        for nodes in self._nodes:
            shift -= _LEVEL_BITS
            node <<= _LEVEL_BITS
            node |= (keys >> shift) & (_FANOUT - 1)
            node = nodes.reshape(-1).take(node, mode="clip").astype(np.int64)
        return node

    def _insert(self, keys: Ints, cells: UInts, combinations: Ints) -> None:
        """Give new keys, sorted and distinct, the next numbers."""
        slots: npt.NDArray[np.int32] = self._root
        shift = _LEVEL_BITS * self._n_levels
        places = keys >> shift
        for level in range(self._n_levels):
            empty = places[slots[places] == 0]
            empty = empty[starts_of(empty)]
            first = self._n_nodes[level]
            self._n_nodes[level] += len(empty)
            slots[empty] = np.arange(first, self._n_nodes[level], dtype=np.int32)
            self._nodes[level] = grown(self._nodes[level], self._n_nodes[level])
            shift -= _LEVEL_BITS
            places = slots[places].astype(np.int64) << _LEVEL_BITS | (keys >> shift) & _FANOUT - 1
            slots = self._nodes[level].reshape(-1)
        end = self.size + len(keys)
        slots[places] = np.arange(self.size + 1, end + 1, dtype=np.int32)
        self._cells = grown(self._cells, end)
        self._combinations = grown(self._combinations, end)
        self._cells[self.size : end] = cells
        self._combinations[self.size : end] = combinations
        self.size = end


class Vocabulary:
    """Numbers names in the order first met."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._last: tuple[pa.Array, Ints] | None = None

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def names(self) -> list[str]:
        """Name of each code."""
        return list(self._codes)

    def encode(self, names: pa.Array) -> Ints:
        """Code of each name, -1 where it is null; takes plain or dictionary-encoded text."""
        encoded = names if pa.types.is_dictionary(names.type) else names.dictionary_encode()
        indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        table = self._codes_of(encoded.dictionary)
        codes: Ints = table.take(indices, mode="wrap")
        return codes

    def _codes_of(self, dictionary: pa.Array) -> Ints:
        """Code of each dictionary entry, and -1 behind the last."""
        if self._last is not None and self._last[0].equals(dictionary):
            return self._last[1]
        codes = self._codes
        table = [codes.setdefault(name, len(codes)) for name in dictionary.to_pylist()]
        result = np.array([*table, -1], dtype=np.int64)
        self._last = (dictionary, result)
        return result

    def ranks(self) -> tuple[pa.Array, Ints]:
        """Names in sorted order, and the place of each code among them."""
        names = self.names
        order = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
        rank = np.empty(len(names), dtype=np.int64)
        rank[order] = np.arange(len(names))
        return pa.array([names[k] for k in order.tolist()], pa.string()), rank
