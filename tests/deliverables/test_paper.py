import pytest

from coverage.deliverables import paper


@pytest.mark.parametrize("room_pt", [300.0, 600.0])
def test_a_table_takes_the_room_it_is_given(room_pt: float) -> None:
    made = paper.table(("a", "b"), [("1", "2")], (1, 3), {1})
    made.wrap(900.0, 900.0)
    assert made.wrap(room_pt, 900.0)[0] == pytest.approx(room_pt)


def test_the_part_that_goes_on_keeps_its_columns() -> None:
    made = paper.table(("a", "b"), [("1", "2")] * 100, (1, 3), {1})
    made.wrap(400.0, 200.0)
    first, rest = made.split(400.0, 200.0)
    assert first.wrap(400.0, 200.0)[0] == rest.wrap(400.0, 5000.0)[0] == pytest.approx(400.0)
