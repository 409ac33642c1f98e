import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage import hexgrid
from pipelines import merge_plan
from pipelines.counted import CellRange
from pipelines.merge_plan import Counted, Plan, plan

PREFIXES = hexgrid.children_of(int(hexgrid.cells_of(-6.1754, 106.8272, 3)), 4).tolist()
A, B, C, D, E, F, G = PREFIXES


def counted(fingerprint: str = "f", **rows: int) -> Counted:
    names = dict(zip("ABCDEFG", PREFIXES, strict=True))
    return Counted(
        fingerprint=fingerprint, rows={names[k]: n for k, n in rows.items()}, tally={"counted": 1}
    )


def test_without_tables_everything_is_added_up() -> None:
    steps = plan({"x": counted(A=1, B=1), "y": counted(C=1)}, None, True)
    assert steps == Plan(merged={CellRange(A, C): ("x", "y")})


def test_a_new_input_is_added_to_the_sums_where_it_is_and_the_rest_is_copied() -> None:
    before = {"x": counted(A=1, B=1, D=1)}
    steps = plan({**before, "y": counted(B=1, C=1)}, before, True)
    assert steps.has_base
    assert steps.merged == {CellRange(B, C): ("y",)}
    assert steps.copied == {CellRange(A, A), CellRange(D, D)}


def test_where_an_input_is_gone_the_others_are_added_up() -> None:
    before = {"x": counted(A=1, B=1), "y": counted(B=1, C=1), "z": counted(D=1)}
    steps = plan({"x": before["x"], "z": before["z"]}, before, True)
    assert not steps.has_base
    assert steps.merged == {CellRange(B, B): ("x",)}
    assert steps.copied == {CellRange(A, A), CellRange(D, D)}


def test_an_input_counted_otherwise_replaces_its_old_counts() -> None:
    before = {"x": counted(A=1), "y": counted(B=1)}
    steps = plan({"x": counted("g", A=2, C=1), "y": before["y"]}, before, True)
    assert not steps.has_base
    assert steps.merged == {CellRange(A, A): ("x",), CellRange(C, C): ("x",)}
    assert steps.copied == {CellRange(B, B)}


def test_nothing_new_copies_everything() -> None:
    before = {"x": counted(A=1, B=1)}
    assert plan(before, before, True) == Plan(
        merged={}, copied=frozenset({CellRange(A, B)}), has_base=True
    )


def test_other_cells_of_the_same_counts_are_made_of_the_sums() -> None:
    before = {"x": counted(A=1, B=1)}
    assert plan(before, before, False) == Plan(merged={CellRange(A, B): ()}, has_base=True)


def test_an_input_without_rows_changes_nothing() -> None:
    before = {"x": counted(A=1)}
    steps = plan({**before, "y": counted()}, before, True)
    assert (steps.merged, steps.copied) == ({}, {CellRange(A, A)})


@pytest.mark.parametrize(("limit", "n_ranges"), [(6, 1), (5, 2), (1, 3)])
def test_ranges_hold_the_limit_or_one_parent(
    limit: int, n_ranges: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_plan, "RANGE_ROWS", limit)
    monkeypatch.setattr(merge_plan, "_ROWS_AN_INPUT", 0)
    steps = plan({"x": counted(A=1, B=3, C=2)}, None, True)
    assert len(steps.merged) == n_ranges


def test_many_inputs_make_ranges_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge_plan, "RANGE_ROWS", 1)
    monkeypatch.setattr(merge_plan, "_ROWS_AN_INPUT", 3)
    assert len(plan({"x": counted(A=3, B=3)}, None, True).merged) == 2
    assert len(plan({"x": counted(A=3), "y": counted(B=3)}, None, True).merged) == 1


ROWS = st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(1, 5), max_size=7)
INPUTS = st.dictionaries(
    st.sampled_from("wxyz"),
    st.builds(lambda f, rows: counted(f, **rows), st.sampled_from("fg"), ROWS),
    max_size=4,
)


@given(now=INPUTS, before=st.none() | INPUTS, is_same=st.booleans())
def test_every_parent_lies_in_exactly_one_range(
    now: dict[str, Counted], before: dict[str, Counted] | None, is_same: bool
) -> None:
    steps = plan(now, before, is_same)
    for prefix in {p for each in now.values() for p in each.rows}:
        assert sum(r.first <= prefix <= r.last for r in steps.ranges) == 1


@given(now=INPUTS, before=INPUTS)
def test_a_copied_parent_has_the_same_inputs_as_before(
    now: dict[str, Counted], before: dict[str, Counted]
) -> None:
    steps = plan(now, before, True)
    for cells in steps.copied:
        for prefix in [p for p in PREFIXES if cells.first <= p <= cells.last]:
            assert {k: v for k, v in now.items() if prefix in v.rows} == {
                k: v for k, v in before.items() if prefix in v.rows
            }


def test_a_record_comes_back_from_json() -> None:
    record = counted(A=1, B=2)
    assert Counted.from_json(record.as_json()) == record
