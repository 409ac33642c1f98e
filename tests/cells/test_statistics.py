import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.cells.packing import Layout
from coverage.cells.statistics import GroupedCounts, distinct_visits

LAYOUT = Layout((20, 8))


def counted(rows: list[tuple[int, int]]) -> GroupedCounts:
    groups, values = (np.array(c, dtype=np.int64) for c in zip(*rows, strict=True))
    entries = LAYOUT.with_counts(LAYOUT.pack(groups, values), np.ones(len(rows), dtype=np.int64))
    entries.sort()
    return GroupedCounts.of(entries, LAYOUT)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), min_size=1, max_size=200))
def test_quantile_is_the_value_of_rank_floor_n_minus_1_q(rows: list[tuple[int, int]]) -> None:
    counts = counted(rows)
    for tenths, found in zip((1, 5, 9), counts.quantiles((1, 5, 9)), strict=True):
        for group, value in zip(counts.groups.tolist(), found.tolist(), strict=True):
            own = sorted(v for g, v in rows if g == group)
            assert value == own[math.floor((len(own) - 1) * Fraction(tenths, 10))]


@pytest.mark.parametrize(
    ("n", "p10", "p50", "p90"), [(1, 0, 0, 0), (2, 0, 0, 0), (10, 0, 4, 8), (11, 1, 5, 9)]
)
def test_ranks_of_n_different_values(n: int, p10: int, p50: int, p90: int) -> None:
    found = counted([(0, value) for value in range(n)]).quantiles((1, 5, 9))
    assert [int(q[0]) for q in found] == [p10, p50, p90]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), min_size=1), st.integers(0, 21))
def test_totals_below_a_limit(rows: list[tuple[int, int]], limit: int) -> None:
    counts = counted(rows)
    expected = [sum(v < limit for g, v in rows if g == group) for group in counts.groups]
    assert counts.totals_below(limit).tolist() == expected


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 6)), min_size=1, max_size=80
    )
)
def test_devices_and_days_are_counted_once_each(rows: list[tuple[int, int, int]]) -> None:
    layout = Layout((10, 6, 5))
    fields = (np.array(c, dtype=np.int64) for c in zip(*rows, strict=True))
    entries = layout.with_counts(layout.pack(*fields), np.ones(len(rows), dtype=np.int64))
    entries.sort()
    groups, n_devices, n_days = distinct_visits(entries, layout)
    assert groups.tolist() == sorted({group for group, _, _ in rows})
    for group, devices, days in zip(groups, n_devices, n_days, strict=True):
        assert devices == len({d for g, d, _ in rows if g == group})
        assert days == len({d for g, _, d in rows if g == group})
