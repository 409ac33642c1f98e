"""Which counts are added up anew, and which sums stay as they are.

A survey grows by inputs. Sums are kept under the inputs they stand for, so that a new input costs
its own rows and the sums where it is. An input that is gone or was counted under other settings is
taken away by adding up the others where it was: counts are never subtracted, so nothing can go
below what was read.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from coverage import hexgrid
from pipelines.counted import PART_ROWS, CellRange

RANGE_ROWS: Final = 4_000_000
"""Rows of counts that one task adds up; more only under a single parent, or of many inputs."""
_ROWS_AN_INPUT: Final = PART_ROWS // 2
"""With fewer rows of each input in a range, most of what its row groups hold is read in vain."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What is known of the counts of one input.

    Attributes
    ----------
    fingerprint
        Of how it was counted.
    rows
        Rows of counts under each parent.
    tally
        Readings counted and not counted, by reason.
    """

    fingerprint: str
    rows: Mapping[int, int]
    tally: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; H3 indexes as text, since they are larger than JSON's numbers."""
        texts = hexgrid.to_text(list(self.rows))
        rows = dict(zip(texts, self.rows.values(), strict=True))
        return {"fingerprint": self.fingerprint, "rows": rows, "tally": dict(self.tally)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Counted":
        """Back from :meth:`as_json`."""
        prefixes = hexgrid.from_text(list(content["rows"])).tolist()
        return cls(
            fingerprint=content["fingerprint"],
            rows=dict(zip(prefixes, content["rows"].values(), strict=True)),
            tally=content["tally"],
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the tables come about.

    Attributes
    ----------
    merged
        Ranges to add up, with the inputs of each.
    copied
        Ranges to take from the tables as they are.
    has_base
        Whether the tables as they are belong to what is added up.
    """

    merged: Mapping[CellRange, tuple[str, ...]]
    copied: frozenset[CellRange] = frozenset()
    has_base: bool = False

    @property
    def ranges(self) -> list[CellRange]:
        """All ranges in the order of their cells."""
        return sorted([*self.merged, *self.copied])


def plan(now: Mapping[str, Counted], before: Mapping[str, Counted] | None, is_same: bool) -> Plan:
    """Decide what is added up and what is copied.

    Parameters
    ----------
    now
        Counts of every input, by its name.
    before
        Those that the tables as they are stand for; None = there are none.
    is_same
        Whether tables of cells were made of them as they would be now.
    """
    rows: Counter[int] = Counter()
    for counted in now.values():
        rows.update(counted.rows)
    if before is None:
        return Plan(merged=_merged(rows, set(rows), now))
    gone = [counted for name, counted in before.items() if now.get(name) != counted]
    added = {name: counted for name, counted in now.items() if before.get(name) != counted}
    touched = {prefix for counted in (*gone, *added.values()) for prefix in counted.rows}
    if not is_same:
        touched = set(rows)
    return Plan(
        merged=_merged(rows, touched, now if gone else added),
        copied=frozenset(CellRange(s[0], s[-1]) for s in _stretches(rows, touched, False)),
        has_base=not gone,
    )


def _merged(
    rows: Mapping[int, int], touched: Collection[int], inputs: Mapping[str, Counted]
) -> dict[CellRange, tuple[str, ...]]:
    """Ranges of touched parents of about equal work, with the inputs that have rows there."""
    limit = max(RANGE_ROWS, _ROWS_AN_INPUT * len(inputs))
    ranges = [
        CellRange(part[0], part[-1])
        for stretch in _stretches(rows, touched, True)
        for part in _parts(stretch, rows, limit)
    ]
    names: dict[CellRange, list[str]] = {cells: [] for cells in ranges}
    for name in sorted(inputs):
        prefixes = sorted(inputs[name].rows)
        for cells in ranges:
            if bisect_left(prefixes, cells.first) < bisect_right(prefixes, cells.last):
                names[cells].append(name)
    return {cells: tuple(found) for cells, found in names.items()}


def _stretches(
    rows: Mapping[int, int], touched: Collection[int], is_wanted: bool
) -> Iterator[list[int]]:
    """Runs of neighbouring parents that are all touched, or all not."""
    for is_touched, run in groupby(sorted(rows), key=lambda prefix: prefix in touched):
        if is_touched == is_wanted:
            yield list(run)


def _parts(stretch: list[int], rows: Mapping[int, int], limit: int) -> Iterator[list[int]]:
    """A run of parents in parts of at most ``limit`` rows, or one parent."""
    part: list[int] = []
    n_rows = 0
    for prefix in stretch:
        if part and n_rows + rows[prefix] > limit:
            yield part
            part, n_rows = [], 0
        part.append(prefix)
        n_rows += rows[prefix]
    if part:
        yield part
