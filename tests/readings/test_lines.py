"""Blocks of lines: what is told of them without a look at each line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.readings.lines import LineBlock


@given(st.binary(min_size=1).map(lambda data: data.replace(b"z", b"\n")))
def test_lines_are_counted_as_they_are_found(data: bytes) -> None:
    assert LineBlock(data, 1).n_lines == len(LineBlock(data, 1).starts) - 1


@pytest.mark.parametrize(
    ("data", "has"),
    [(b"a\nb\n", False), (b"a\r\nb\r\n", False), (b"a\rb\r\n", True), (b"a\r\nb\r", True)],
)
def test_a_return_is_lone_unless_a_feed_follows(data: bytes, *, has: bool) -> None:
    assert LineBlock(data, 1).has_lone_returns is has
