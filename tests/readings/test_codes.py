"""Text columns as codes behave like the texts."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.readings.codes import Codes

TEXTS = st.lists(st.sampled_from(["a", "b", "", None]), max_size=20)


@given(TEXTS)
def test_what_goes_in_comes_out(texts: list[str | None]) -> None:
    array = pa.array(texts, pa.string())
    for given_array in (array, array.dictionary_encode(), pa.chunked_array([array, array[:0]])):
        assert Codes.of(given_array).to_list() == texts
    assert Codes.of(texts).is_na.tolist() == [text is None for text in texts]


@given(TEXTS, TEXTS)
def test_columns_below_each_other(first: list[str | None], second: list[str | None]) -> None:
    joined = Codes.concat([Codes.of(first), Codes.of(second)])
    assert joined.to_list() == first + second
    assert len(set(joined.words)) == len(joined.words)


@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", None])] * 2, st.booleans()), max_size=20))
def test_where(rows: list[tuple[Any, Any, bool]]) -> None:
    ours, theirs = Codes.of([r[0] for r in rows]), Codes.of([r[1] for r in rows])
    found = ours.where(np.array([r[2] for r in rows], dtype=bool), theirs)
    assert found.to_list() == [a if keep else b for a, b, keep in rows]


def test_chunks_with_different_dictionaries_are_one_column() -> None:
    chunked = pa.chunked_array(
        [pa.array(["a", "b"]).dictionary_encode(), pa.array(["c", None]).dictionary_encode()]
    )
    assert Codes.of(chunked).to_list() == ["a", "b", "c", None]


def test_no_chunks_are_no_rows() -> None:
    assert Codes.of(pa.chunked_array([], pa.dictionary(pa.int32(), pa.string()))).to_list() == []


def test_a_constant_and_a_slice() -> None:
    assert Codes.constant("x", 3)[1:].to_list() == ["x", "x"]
    assert Codes.constant(None, 2).to_list() == [None, None]
    assert Codes.of([None, None]).equals("x").tolist() == [False, False]


@pytest.mark.parametrize("rule", [{"a": 1.0}, lambda word: 1.0 if word == "a" else np.nan])
def test_numbers_of_words(rule: Any) -> None:
    found = Codes.of(["a", "b", None]).table(rule)
    assert found[0] == 1.0
    assert np.isnan(found[1:]).all()


def test_coded_text_is_the_plain_text_in_a_dictionary() -> None:
    words = Codes.of(["LTE", None, "GSM", "LTE"])
    assert words.to_coded().cast(pa.string()).equals(words.to_arrow())


def test_a_word_that_stands_twice_is_coded_once() -> None:
    doubled = Codes(np.array([0, 1], dtype=np.int32), ("LTE", "LTE"))
    assert doubled.to_coded().dictionary.to_pylist() == ["LTE"]


@pytest.mark.parametrize("texts", [["LTE", "LTE"], [None, None], ["LTE", None], []])
def test_columns_of_one_word_and_of_several_are_read_alike(texts: list[str | None]) -> None:
    words = Codes.of(pa.array(texts, pa.string()))
    assert words.equals("LTE").tolist() == [text == "LTE" for text in texts]
    assert words.is_na.tolist() == [text is None for text in texts]


@given(st.sampled_from(["a", "LTE", "\u00e9"]), st.integers(0, 5), TEXTS)
def test_a_word_in_every_row_of_a_slice_is_that_word(
    word: str, n_rows: int, before: list[str | None]
) -> None:
    texts = pa.array([*before, *[word] * n_rows], pa.string())
    assert Codes.of(texts[len(before) :]).to_list() == [word] * n_rows


def test_words_of_one_length_are_not_one_word() -> None:
    assert Codes.of(pa.array(["ab", "ab", "ba"])).to_list() == ["ab", "ab", "ba"]
