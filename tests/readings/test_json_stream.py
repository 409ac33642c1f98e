"""Items of JSON files, whatever pieces they come in."""

import json
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.readings import json_stream
from coverage.readings.json_stream import Item, items

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
ITEMS = st.lists(
    st.dictionaries(st.text(max_size=4).filter(lambda key: key != "items"), VALUES, max_size=3),
    max_size=6,
)


def read(text: str) -> list[Item | None]:
    return list(items(BytesIO(text.encode()), "items", "x.json"))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ITEMS, st.integers(1, 40), st.sampled_from([None, 1]))
def test_every_shape_and_piece_gives_the_same_items(
    wanted: list[Item], piece: int, indent: int | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_READ_BYTES", piece)
        assert read(json.dumps({"items": wanted}, indent=indent)) == wanted
        assert read(json.dumps({"a": 1, "b": {"c": 2}, "items": wanted})) == wanted
        assert read("\n".join(json.dumps(item) for item in wanted)) == wanted
        assert read("\n".join(json.dumps({"items": [item]}) for item in wanted)) == wanted


@pytest.mark.parametrize("cut", range(12, 39))
def test_an_array_cut_anywhere_keeps_its_whole_items(cut: int) -> None:
    text = '{"items": [{"a": 1}, {"b": [true, "x"]}]}'
    found = read(text[:cut])
    whole = 2 if cut >= 39 else 1 if cut >= 19 else 0
    assert [item for item in found if item is not None] == [{"a": 1}, {"b": [True, "x"]}][:whole]


def test_a_damaged_line_costs_itself_alone() -> None:
    assert read('{"a": 1}\n{"b" 2}            \n{"c": 3}\n') == [{"a": 1}, None, {"c": 3}]


def test_what_is_no_object_is_none() -> None:
    assert read('{"items": [1, {"a": 1}, "x"]}') == [None, {"a": 1}, None]


def test_no_json_at_all_is_an_error() -> None:
    with pytest.raises(InputError, match="Invalid JSON"):
        read("a,b,c and then some more text, long enough to be sure\n")


def test_an_item_of_any_length_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_ITEM_CHARACTERS", 1_000)
    with pytest.raises(InputError, match="more than 1000 characters"):
        read('{"items": [{"a": [' + "1, " * 3_000_000)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InputError, match="too deeply"):
        read('{"items": [' + '{"a":' * 100_000)
