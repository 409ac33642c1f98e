"""Statistics of exact counts: quantiles by integer ranks, distinct devices and days.

The quantile of level q of n values is the value of rank floor((n - 1) q), counted from 0, in sorted
order: always one of the values, the lower median for an even n, and free of floating point, since q
is given in tenths and the rank is (n - 1) tenths // 10.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coverage.cells.packing import Ints, Layout, UInts, starts_of


@dataclass(frozen=True, kw_only=True)
class GroupedCounts:
    """Counted values of some groups, sorted by group and value.

    Attributes
    ----------
    groups
        Group number, one a group.
    values, counts
        One an entry; equal values may stand in several entries.
    starts
        First entry of each group.
    """

    groups: Ints
    values: Ints
    counts: Ints
    starts: npt.NDArray[np.intp]

    @classmethod
    def of(cls, entries: UInts, layout: Layout) -> "GroupedCounts":
        """Values and counts of sorted (group, value) entries."""
        groups = layout.field(entries, 0)
        starts = starts_of(groups)
        return cls(
            groups=groups[starts],
            values=layout.field(entries, 1),
            counts=layout.counts(entries),
            starts=starts,
        )

    def totals(self) -> Ints:
        """Number of values in each group."""
        return np.add.reduceat(self.counts, self.starts)

    def totals_below(self, limit: int) -> Ints:
        """Number of values under ``limit`` in each group."""
        return np.add.reduceat(np.where(self.values < limit, self.counts, 0), self.starts)

    def quantiles(self, tenths: tuple[int, ...]) -> list[Ints]:
        """Value of rank (n - 1) tenths // 10 in each group, for each of ``tenths``."""
        ends = np.cumsum(self.counts)
        before = ends[self.starts] - self.counts[self.starts]
        n = self.totals()
        ranks = [before + (n - 1) * tenth // 10 for tenth in tenths]
        return [self.values[np.searchsorted(ends, rank, side="right")] for rank in ranks]


def distinct_visits(entries: UInts, layout: Layout) -> tuple[Ints, Ints, Ints]:
    """Distinct devices and days of each group, of sorted (group, device, day) entries.

    Returns
    -------
    groups, n_devices, n_days
        One a group.
    """
    devices = layout.head(entries, 2)
    group_of_device = devices[starts_of(devices)] >> np.uint64(layout.widths[1])
    day_bits = np.uint64(layout.widths[2])
    days = layout.head(entries, 1) << day_bits | layout.field(entries, 2).view(np.uint64)
    days.sort()
    group_of_day = days[starts_of(days)] >> day_bits
    device_starts, day_starts = starts_of(group_of_device), starts_of(group_of_day)
    n_devices = np.diff(device_starts, append=len(group_of_device))
    n_days = np.diff(day_starts, append=len(group_of_day))
    return group_of_device[device_starts].view(np.int64), n_devices, n_days
