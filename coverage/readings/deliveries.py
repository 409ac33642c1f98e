"""One log delivered twice: packed another way, or once as CSV and once as KML.

Within one input equal readings are known by device and exact values (``duplicates``). Between
inputs neither holds: a KML names no device, and formats write positions with more or fewer digits.
Two readings of two inputs are one where second, position to 0.00001 deg (about 1 m), radio
technology, cell identity and whole dBm agree. Two phones in one car may agree in all of it by
chance: with 3 m of noise in each fix and 3 dB between the levels in 1 reading of 1,000 (0.1 a
coordinate, 0.1 the level). So a pair of inputs counts as one log, in whole or part, only where
:data:`MIN_SHARE` of the smaller input agrees.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coverage.readings.codes import Codes
from coverage.readings.duplicates import Keys, keys_of

Ints = npt.NDArray[np.int64]
Pair = tuple[int, int]

MIN_SHARE: Final = 0.05
"""Fifty times what two phones in one car share by chance; less overlap is not noticed. [0-1]"""

_MICROSECONDS: Final = 1_000_000
_DEGREE_STEPS: Final = 100_000


def reading_keys(readings: pa.Table) -> Keys:
    """Hash of what a reading is in whatever file it stands.

    Parameters
    ----------
    readings
        Table ``readings``.
    """
    moments = readings.column("time").cast(pa.int64()).to_numpy() // _MICROSECONDS
    texts = [Codes.of(readings.column(name)) for name in ("rat", "service_state")]
    return keys_of(
        texts,
        [
            moments,
            *(_steps(readings, name, _DEGREE_STEPS) for name in ("latitude_deg", "longitude_deg")),
            _steps(readings, "cell_identity", 1),
            _steps(readings, "signal_dbm", 1),
            pc.fill_null(readings.column("is_serving"), True).to_numpy().astype(np.int64),
        ],
    )


def matches(inputs: Sequence[Keys]) -> tuple[Ints, Ints, Keys]:
    """Keys that stand in two inputs: place of the first, place of the second, key.

    Parameters
    ----------
    inputs
        Sorted keys of each input, those first whose readings are to be kept.

    Examples
    --------
    >>> first, second, keys = matches([np.array([3, 5, 9], np.uint64), np.array([5, 9], np.uint64)])
    >>> first.tolist(), second.tolist(), keys.tolist()
    ([0, 0], [1, 1], [5, 9])
    """
    distinct = [keys[_is_first(keys)] for keys in inputs]
    place = np.repeat(np.arange(len(distinct)), [len(keys) for keys in distinct])
    together = np.concatenate([np.zeros(0, np.uint64), *distinct])
    order = np.argsort(together, kind="stable")  # equal keys stay in the order of the inputs
    together, place = together[order], place[order]
    found: list[tuple[Ints, Ints, Keys]] = []
    for step in range(1, len(distinct)):
        rows = np.flatnonzero(together[step:] == together[:-step])
        if not len(rows):
            break
        found.append((place[rows], place[rows + step], together[rows]))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint64)
    first, second, keys = (np.concatenate(column) for column in zip(*found, strict=True))
    return first, second, keys


def pair_counts(first: Ints, second: Ints) -> Counter[Pair]:
    """Matches of each pair of inputs."""
    pairs, n = np.unique(np.stack([first, second]), axis=1, return_counts=True)
    return Counter(dict(zip(zip(*pairs.tolist(), strict=True), n.tolist(), strict=True)))


def one_log(counts: Counter[Pair], sizes: Sequence[int]) -> frozenset[Pair]:
    """Pairs of inputs that hold one log, by the matches of each pair and the rows of each input.

    Examples
    --------
    >>> one_log(Counter({(0, 1): 50, (0, 2): 4}), [1000, 900, 100])
    frozenset({(0, 1)})
    """
    return frozenset(
        pair for pair, n in counts.items() if n >= MIN_SHARE * min(sizes[pair[0]], sizes[pair[1]])
    )


def repeats(
    first: Ints, second: Ints, keys: Keys, pairs: Collection[Pair]
) -> dict[int, tuple[Keys, Ints]]:
    """Keys of each input that an earlier one holds too, sorted, and the earliest that does."""
    wanted = {second for _, second in pairs}
    found = {}
    for place in sorted(wanted):
        partners = np.array([one for one, other in pairs if other == place], dtype=np.int64)
        rows = np.flatnonzero((second == place) & np.isin(first, partners))
        rows = rows[np.lexsort((first[rows], keys[rows]))]
        rows = rows[_is_first(keys[rows])]
        if len(rows):
            found[place] = (keys[rows], first[rows])
    return found


def _is_first(ordered: Keys) -> npt.NDArray[np.bool_]:
    """Whether each of sorted keys is the first of its kind."""
    result = np.ones(len(ordered), dtype=np.bool_)
    result[1:] = ordered[1:] != ordered[:-1]
    return result


def _steps(readings: pa.Table, name: str, steps: int) -> npt.NDArray[np.float64]:
    """A number column in whole steps of its unit; NaN where it is null."""
    values = readings.column(name).cast(pa.float64()).to_numpy()
    rounded: npt.NDArray[np.float64] = np.round(values * steps)
    return rounded
