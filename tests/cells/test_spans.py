import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.cells.spans import Spans, strongest_code, strongest_of

NONE = np.zeros(1, dtype=np.uint8)

readings = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(-(2**60), 2**60), st.integers(1, 133), st.integers(0, 2**36)
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@settings(deadline=None)
@given(readings)
def test_spans_are_extremes_in_any_order(rows: list[tuple[int, int, int, int]]) -> None:
    spans = Spans()
    spans.make_room(4)
    for row in rows:
        at, time, level, identity = (np.array([v], dtype=np.int64) for v in row)
        spans.unite(
            at,
            first_us=time,
            last_us=time,
            strongest=strongest_code(level, identity),
            children=NONE,
        )
    for group in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == group]
        at = np.array([group])
        assert spans.first_us(at).tolist() == [min(row[1] for row in own)]
        assert spans.last_us(at).tolist() == [max(row[1] for row in own)]
        levels, identities = strongest_of(spans.strongest(at))
        assert (-levels[0], identities[0]) == min((-row[2], row[3]) for row in own)


def test_one_call_with_a_group_many_times_equals_many_calls() -> None:
    spans = Spans()
    spans.make_room(2)
    times = np.array([5, 3, 4])
    children = np.array([1, 4, 1], dtype=np.uint8)
    spans.unite(
        np.array([1, 1, 1]), first_us=times, last_us=times, strongest=np.zeros(3, dtype=np.uint64),
        children=children,
    )  # fmt: skip
    assert spans.first_us(np.array([1])).tolist() == [3]
    assert spans.last_us(np.array([1])).tolist() == [5]
    assert spans.children(np.array([0, 1])).tolist() == [0, 5]


def test_group_without_identified_cell_has_none() -> None:
    level, identity = strongest_of(np.zeros(1, dtype=np.uint64))
    assert (level.tolist(), identity.tolist()) == ([0], [0])
