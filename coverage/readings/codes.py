"""A text column as small integers: what repeats is stored, compared and mapped once a word."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
NA: Final = -1
_FEWEST_ROWS: Final = 2  # one row is no column
_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True)
class Codes:
    """A text column.

    Attributes
    ----------
    codes
        Index into ``words`` for each row, -1 for NA.
    words
        The distinct texts; a word may stand without a row.

    Examples
    --------
    >>> rats = Codes.of(["4G", None, "3G", "4G"]).map({"4G": "LTE"})
    >>> rats.to_list(), rats.equals("LTE").tolist()
    (['LTE', None, None, 'LTE'], [True, False, False, True])
    """

    codes: npt.NDArray[np.int32]
    words: tuple[str, ...]

    @classmethod
    def of(cls, values: "pa.Array | pa.ChunkedArray | Sequence[str | None]") -> "Codes":
        """Text of an Arrow array (plain or dictionary) or a list."""
        array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        if pa.types.is_null(array.type):
            return cls.constant(None, len(array))
        if not pa.types.is_dictionary(array.type):
            if isinstance(array, pa.StringArray) and (word := _only_word(array)) is not None:
                return cls.constant(word, len(array))
            array = pc.dictionary_encode(array)
        if isinstance(array, pa.ChunkedArray):
            array = array.unify_dictionaries().combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # combining no chunks, or many, stays chunked
            array = pa.concat_arrays(array.chunks) if array.chunks else _no_words()
        indices = array.indices
        if indices.null_count:
            indices = pc.fill_null(indices, pa.scalar(NA, indices.type))
        codes = indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        words = array.dictionary.to_pylist()
        if None in words:
            return cls.merged(codes, words)
        return cls(codes, tuple(words))

    @classmethod
    def constant(cls, word: str | None, n_rows: int) -> "Codes":
        """One word, or NA, in every row."""
        if word is None:
            return cls(np.full(n_rows, NA, dtype=np.int32), ())
        return cls(np.zeros(n_rows, dtype=np.int32), (word,))

    @classmethod
    def merged(cls, codes: npt.NDArray[np.int32], words: Sequence[str | None]) -> "Codes":
        """Codes into a list in which words may repeat or be NA."""
        distinct = tuple(dict.fromkeys(word for word in words if word is not None))
        place = {word: i for i, word in enumerate(distinct)}
        table = [NA if word is None else place[word] for word in words]
        if len(distinct) == len(words):  # each word keeps its code
            return cls(codes, distinct)
        lookup = np.array([*table, NA], dtype=np.int32)  # code -1 reads the last entry: NA
        return cls(lookup[codes], distinct)

    @classmethod
    def concat(cls, parts: "Sequence[Codes]") -> "Codes":
        """Several columns one below the other."""
        if len(parts) == 1:
            return parts[0]
        if len({part.words for part in parts}) == 1:
            return cls(np.concatenate([part.codes for part in parts]), parts[0].words)
        shifted: list[npt.NDArray[np.int32]] = []
        words: list[str] = []
        for part in parts:
            shifted.append(np.where(part.codes == NA, NA, part.codes + len(words)))
            words.extend(part.words)
        codes = np.concatenate(shifted).astype(np.int32) if shifted else np.zeros(0, np.int32)
        return cls.merged(codes, words)

    def map(self, rule: "Mapping[str, str] | Callable[[str], str | None]") -> "Codes":
        """Each word by the rule; a word it does not know becomes NA."""
        give = rule.get if isinstance(rule, Mapping) else rule
        return Codes.merged(self.codes, [give(word) for word in self.words])

    def table(
        self, rule: "Mapping[str, float] | Callable[[str], float]"
    ) -> npt.NDArray[np.float64]:
        """A number for each row from a number for each word; NaN where none."""
        if isinstance(rule, Mapping):
            values = [rule.get(word, np.nan) for word in self.words]
        else:
            values = [rule(word) for word in self.words]
        return self.numbers(np.array(values, dtype=np.float64))

    def numbers(self, of_words: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """A number for each row from the number of each word; NaN for NA.

        Examples
        --------
        >>> Codes.of(["a", None, "a"]).numbers(np.array([7.0])).tolist()
        [7.0, nan, 7.0]
        """
        return self._spread(np.append(of_words, np.nan))

    def equals(self, *words: str) -> Bools:
        """Which rows hold one of the words."""
        hit = [word in words for word in self.words]
        return self._spread(np.array([*hit, False], dtype=np.bool_))

    @property
    def is_na(self) -> Bools:
        """Which rows are NA."""
        return self._spread(np.array([False] * len(self.words) + [True]))

    @cached_property
    def is_constant(self) -> bool:
        """Whether every row holds the same word, or NA."""
        return bool((self.codes == self.codes[:1]).all())

    def _spread(self, by_code: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """For each row the entry of its code, not to be written into; the last entry is for NA."""
        if len(self) and self.is_constant:
            return np.broadcast_to(by_code[self.codes[0]], len(self))
        return by_code[self.codes]

    def __getitem__(self, rows: "npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice") -> "Codes":
        """Rows of a mask, of indices or of a slice."""
        return Codes(self.codes[rows], self.words)

    def __len__(self) -> int:
        return len(self.codes)

    def where(self, mask: Bools, other: "Codes | str | None") -> "Codes":
        """Keep where the mask is true, take the other (a column, a word or NA) elsewhere."""
        if mask.all():
            return self
        if not isinstance(other, Codes):
            other = Codes.constant(other, len(self))
        if not mask.any():
            return other
        shift = len(self.words)
        theirs = np.where(other.codes == NA, NA, other.codes + shift)
        codes = np.where(mask, self.codes, theirs).astype(np.int32)
        return Codes.merged(codes, [*self.words, *other.words])

    def to_arrow(self) -> pa.Array:
        """Arrow strings, null for NA."""
        if len(self.words) == 0:
            return pa.nulls(len(self), pa.string())
        if len(self.words) == 1 and not self.is_na.any():
            return repeated(self.words[0], len(self))
        indices = pa.array(self.codes, mask=np.array(self.is_na))
        return pc.take(pa.array(self.words, pa.string()), indices)

    def to_coded(self) -> pa.DictionaryArray:
        """Arrow dictionary of strings, null for NA.

        Examples
        --------
        >>> Codes.of(["LTE", None, "LTE"]).to_coded().indices.to_pylist()
        [0, None, 0]
        """
        own = self if len(set(self.words)) == len(self.words) else self.map(str)
        unknown = own.codes == NA
        indices = pa.array(own.codes, mask=unknown if unknown.any() else None)
        return pa.DictionaryArray.from_arrays(indices, pa.array(own.words, pa.string()))

    def to_list(self) -> list[str | None]:
        """Plain list, None for NA."""
        values: list[str | None] = self.to_arrow().to_pylist()
        return values


def repeated(word: str, n_rows: int) -> pa.StringArray:
    """One word in every row, made as one piece of memory.

    Examples
    --------
    >>> repeated("LTE", 2).to_pylist()
    ['LTE', 'LTE']
    """
    data = word.encode()
    offsets = np.arange(n_rows + 1, dtype=np.int32) * np.int32(len(data))
    return pa.StringArray.from_buffers(n_rows, pa.py_buffer(offsets), pa.py_buffer(data * n_rows))


def _only_word(texts: pa.StringArray) -> str | None:
    """The word that stands in every row, None where there is none: told without a hash of each."""
    n_rows = len(texts)
    if n_rows < _FEWEST_ROWS or texts.null_count:
        return None
    _, offsets_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + n_rows + 1]
    first, width = int(offsets[0]), int(offsets[1] - offsets[0])
    if not width or not (offsets[1:] - offsets[:-1] == width).all():
        return None
    data = np.frombuffer(data_buffer, np.uint8)[first : first + n_rows * width]
    is_same = bool((data[width:] == data[:-width]).all())
    return str(texts[0].as_py()) if is_same else None


def _no_words() -> pa.DictionaryArray:
    """An empty dictionary column."""
    return pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.string()))
