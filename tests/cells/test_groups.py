import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage import hexgrid
from coverage.cells.groups import GroupIndex, Vocabulary, grown

positions = st.lists(
    st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 40)), min_size=1, max_size=50
)


@pytest.mark.parametrize("resolution", [0, 1, 4, 7, 9, 10, 14])
@settings(deadline=None)
@given(rows=positions)
def test_numbers_are_dense_and_lead_back_to_the_group(
    resolution: int, rows: list[tuple[float, float, int]]
) -> None:
    latitude, longitude, combination = zip(*rows, strict=True)
    cells = hexgrid.cells_of(latitude, longitude, resolution)
    combinations = np.array(combination, dtype=np.int64)
    index = GroupIndex(resolution)
    half = len(rows) // 2
    first = index.number(cells[:half], combinations[:half])
    numbers = np.concatenate([first, index.number(cells[half:], combinations[half:])])
    assert sorted(set(numbers.tolist())) == list(range(index.size))
    assert index.cells[numbers].tolist() == cells.tolist()
    assert index.combinations[numbers].tolist() == combinations.tolist()
    assert index.size == len(set(zip(cells.tolist(), combination, strict=True)))


def test_known_groups_keep_their_number() -> None:
    cells = hexgrid.cells_of(np.linspace(-8, -5, 500), np.linspace(105, 110, 500), 9)
    combinations = np.arange(500) % 3
    index = GroupIndex(9)
    first = index.number(cells, combinations)
    assert index.number(cells[::-1], combinations[::-1]).tolist() == first[::-1].tolist()


def test_number_of_nothing() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert len(GroupIndex(9).number(nothing.astype(np.uint64), nothing)) == 0


@pytest.mark.parametrize("is_dictionary", [True, False])
def test_vocabulary_numbers_names_as_met_and_null_as_minus_one(is_dictionary: bool) -> None:
    vocabulary = Vocabulary()
    codes = []
    for names in (["b", "a", None, "b"], ["c", "a"]):
        array = pa.array(names)
        codes.append(vocabulary.encode(array.dictionary_encode() if is_dictionary else array))
    assert [c.tolist() for c in codes] == [[0, 1, -1, 0], [2, 1]]
    assert vocabulary.names == ["b", "a", "c"]


def test_ranks_sort_the_names() -> None:
    vocabulary = Vocabulary()
    vocabulary.encode(pa.array(["b", "c", "a"]))
    names, rank = vocabulary.ranks()
    assert names.to_pylist() == ["a", "b", "c"]
    assert rank.tolist() == [1, 2, 0]


@pytest.mark.parametrize(("size", "expected"), [(4, 4), (5, 6), (9, 9)])
def test_grown_grows_by_half_or_as_needed(size: int, expected: int) -> None:
    values = grown(np.arange(4), size)
    assert len(values) == expected
    assert values[:4].tolist() == [0, 1, 2, 3]
    assert not values[4:].any()
