import base64
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.deliverables.packing import (
    ABSTAINS_BYTE,
    NO_BYTE,
    Packed,
    json_for_script,
    packed_levels,
    packed_numbers,
    packed_shares,
    packed_texts,
)

DTYPES = {"u8": "u1", "u16": "<u2", "u32": "<u4"}
LARGEST = {"u8": 255, "u16": 65535, "u32": 4294967295}


def codes(packed: Packed) -> list[int]:
    return np.frombuffer(base64.b64decode(packed["data"]), dtype=DTYPES[packed["type"]]).tolist()


def numbers(packed: Packed) -> list[float]:
    """As the page's data.js reads them."""
    missing = LARGEST[packed["type"]]
    return [
        np.nan if code == missing else (code + packed["least"]) / packed["factor"]
        for code in codes(packed)
    ]


@pytest.mark.parametrize(
    ("level", "code"), [(-110.0, 90), (-109.5, 91), (-109.51, 90), (-250.0, 0), (80.0, 253)]
)
def test_levels_are_rounded_half_up_and_clipped(level: float, code: int) -> None:
    assert codes(packed_levels([level])) == [code]


def test_a_level_not_known_is_no_level() -> None:
    assert codes(packed_levels([np.nan])) == [NO_BYTE]


def test_where_the_model_abstains_its_figure_is_not_told() -> None:
    assert codes(packed_levels([-90.0], np.array([True]))) == [ABSTAINS_BYTE]
    assert codes(packed_shares([0.2], np.array([True]))) == [ABSTAINS_BYTE]


@pytest.mark.parametrize(("share", "code"), [(0.0, 0), (0.004, 0), (0.005, 1), (1.0, 100)])
def test_shares_are_whole_per_cent(share: float, code: int) -> None:
    assert codes(packed_shares([share])) == [code]


@given(st.lists(st.one_of(st.integers(-(10**7), 10**9), st.none()), max_size=30))
def test_whole_numbers_come_back(values: list[int | None]) -> None:
    floats = [np.nan if value is None else float(value) for value in values]
    np.testing.assert_array_equal(numbers(packed_numbers(floats)), floats)


@pytest.mark.parametrize(
    ("most", "kind"), [(254, "u8"), (255, "u16"), (65534, "u16"), (65535, "u32")]
)
def test_the_narrowest_type_leaves_its_largest_code_free(most: int, kind: str) -> None:
    assert packed_numbers([0.0, float(most)])["type"] == kind


def test_degrees_keep_five_digits() -> None:
    assert numbers(packed_numbers([-6.123456, 106.0], 1e5)) == [-6.12346, 106.0]


def test_texts_are_stored_once() -> None:
    packed = packed_texts(pd.Series(["b", "a", None, "b"]))
    assert packed["values"] == ["b", "a"]
    assert codes(packed) == [0, 1, 255, 0]


@given(st.text())
def test_json_comes_back_and_cannot_end_its_element(text: str) -> None:
    written = json_for_script({"name": text})
    assert json.loads(written) == {"name": text}
    assert not set("<>&\u2028\u2029") & set(written)


def test_a_closing_tag_in_a_name_is_escaped() -> None:
    assert json_for_script("</script><!--") == '"\\u003c/script\\u003e\\u003c!--"'


def test_nan_is_refused_rather_than_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_for_script(float("nan"))
