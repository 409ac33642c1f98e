"""Readings that several inputs hold, counted once: which rows of which input are left out.

Every input keeps all its rows on disk. What another input holds too is noted in ``duplicates`` and
skipped by whoever counts or samples, so that rows come back when the other input goes. Of two
inputs the one that says more of each reading is kept, of equals the larger, then by content hash:
the order in which inputs arrived does not matter.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.readings import deliveries
from coverage.readings.deliveries import Pair
from coverage.readings.duplicates import Keys
from coverage.tables import schema_of
from pipelines.parts import keys_of_part
from pipelines.store import Store, fingerprint_of, read_json, write_json

REASON: Final = "duplicate_of_other_file"
_RECORD: Final = "duplicates.json"
_SLICE_KEYS: Final = 4_000_000
"""Keys compared at once: about 300 MB."""


@dataclass(frozen=True, kw_only=True)
class Doubled:
    """Rows of one input that another holds too.

    Attributes
    ----------
    digest
        Fingerprint of these rows.
    kept_in
        How many are counted in which other input.
    """

    digest: str
    kept_in: Mapping[str, int]

    @property
    def n(self) -> int:
        """Rows left out [count]."""
        return sum(self.kept_in.values())


def resolve(store: Store, records: Mapping[str, Mapping[str, Any]]) -> dict[str, Doubled]:
    """Compare all inputs with each other and note what is not counted.

    Parameters
    ----------
    store
        The survey.
    records
        Record of each input by its content hash, with ``taken`` and ``known``.
    """
    order = sorted(records, key=lambda part: _precedence(part, records[part]))
    found = _doubled_rows(store, order)
    for part in store.parts("duplicates"):
        if part not in found:
            store.delete("duplicates", part)
    doubled = {part: _write(store, part, rows, kept) for part, (rows, kept) in found.items()}
    content = {
        part: {"digest": each.digest, "kept_in": dict(each.kept_in)}
        for part, each in doubled.items()
    }
    write_json(store.root / _RECORD, content)
    return doubled


def doubled_parts(store: Store) -> dict[str, Doubled]:
    """What the last comparison found."""
    return {part: Doubled(**content) for part, content in read_json(store.root / _RECORD).items()}


def is_counted(store: Store, part: str, n_rows: int) -> npt.NDArray[np.bool_]:
    """Which readings of an input are counted."""
    counted = np.ones(n_rows, dtype=np.bool_)
    if part in doubled_parts(store):
        counted[store.read("duplicates", part, ["reading_row"]).column(0).to_numpy()] = False
    return counted


def _precedence(part: str, record: Mapping[str, Any]) -> tuple[float, int, str]:
    """Sorts the input first whose readings are kept."""
    per_reading = round(record["known"] / max(record["taken"], 1))
    return -per_reading, -record["taken"], part


def _doubled_rows(
    store: Store, order: Sequence[str]
) -> dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]]:
    """Rows of each input that one before it holds too, and which one."""
    inputs = [keys_of_part(store, part) for part in order]
    counts: Counter[Pair] = Counter()
    for slices in _slices([keys for keys, _ in inputs]):
        first, second, _ = deliveries.matches([keys for keys, _ in slices])
        counts += deliveries.pair_counts(first, second)
    pairs = deliveries.one_log(counts, [len(keys) for keys, _ in inputs])
    found: dict[str, list[tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]]] = {}
    for slices in _slices([keys for keys, _ in inputs]) if pairs else ():
        matched = deliveries.matches([keys for keys, _ in slices])
        for place, (keys, kept) in deliveries.repeats(*matched, pairs).items():
            own, start = slices[place]
            hit = np.flatnonzero(np.isin(own, keys))
            names = np.array(order)[kept[np.searchsorted(keys, own[hit])]]
            rows = inputs[place][1][start + hit].astype(np.int64)
            found.setdefault(order[place], []).append((rows, names))
    return {part: _in_order(pieces) for part, pieces in sorted(found.items())}


def _in_order(
    pieces: Sequence[tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """Rows of one input in their order, with the input that keeps each."""
    rows = np.concatenate([piece for piece, _ in pieces])
    kept = np.concatenate([piece for _, piece in pieces])
    by_row = np.argsort(rows)
    return rows[by_row], kept[by_row]


def _slices(inputs: Sequence[Keys]) -> Iterator[list[tuple[Keys, int]]]:
    """Keys of all inputs, one stretch of values at a time, with the place each stretch begins at.

    Keys are hashes, so equal stretches hold about equally many.
    """
    n_slices = max(-(-sum(len(keys) for keys in inputs) // _SLICE_KEYS), 1)
    bounds = [2**64 * i // n_slices for i in range(1, n_slices)]
    cuts = [
        [0, *np.searchsorted(keys, np.array(bounds, np.uint64)).tolist(), len(keys)]
        for keys in inputs
    ]
    for i in range(n_slices):
        yield [
            (np.asarray(keys[cut[i] : cut[i + 1]]), cut[i])
            for keys, cut in zip(inputs, cuts, strict=True)
        ]


def _write(
    store: Store, part: str, rows: npt.NDArray[np.int64], kept: npt.NDArray[np.str_]
) -> Doubled:
    """Note the rows of one input that are not counted."""
    names, n = np.unique(kept, return_counts=True)
    table = pa.table(
        {"reading_row": rows, "kept_in": pa.array(kept.tolist(), pa.string())},
        schema=schema_of("duplicates"),
    )
    store.write("duplicates", table, part)
    digest = fingerprint_of(rows.tobytes().hex())
    return Doubled(digest=digest, kept_in=dict(zip(names.tolist(), n.tolist(), strict=True)))
