"""CSV blocks: line numbers, raw lines and damage, whatever the block size."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.readings import delimited, lines
from coverage.readings.codes import Codes
from coverage.readings.delimited import Block, Layout, blocks
from coverage.readings.lines import line_blocks

LAYOUT = Layout(numbers=("a",), words=("b",), texts=("c",))


def rows_of(data: bytes, layout: Layout = LAYOUT) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for block in blocks(io.BytesIO(data), layout, "x.csv"):
        rows += zip(
            block.source_row.tolist(), [None if np.isnan(a) else a for a in block.number("a")],
            block.text("b").to_list(), block.array("c").to_pylist(), block.reason.to_list(),
            strict=True,
        )  # fmt: skip
    return rows


def test_rows_keep_their_line_numbers_over_empty_lines() -> None:
    found = rows_of(b"\n\na,b,c\n1,x,p\n\n2,y,q\r\n  \n3,x,r")
    assert found == [
        (4, 1.0, "x", "p", None), (6, 2.0, "y", "q", None), (8, 3.0, "x", "r", None)
    ]  # fmt: skip


def test_a_line_with_too_few_or_too_many_fields_is_malformed() -> None:
    found = rows_of(b"a,b,c\n1,x,p\n2,y\n3,x,r,s\n4,y,q\n")
    assert [(row, reason) for row, *_, reason in found] == [
        (2, None), (3, "malformed_row"), (4, "malformed_row"), (5, None)
    ]  # fmt: skip


def test_a_word_in_a_number_column_costs_only_itself() -> None:
    (block,) = blocks(io.BytesIO(b"a,b,c\n1,x,p\noops,y,q\n 3,x,r\n"), LAYOUT, "x")
    assert np.isnan(block.number("a")).tolist() == [False, True, False]
    assert block.is_unreadable("a").tolist() == [False, True, False]
    assert block.text("b").to_list() == ["x", "y", "x"]


def test_missing_is_missing_in_every_kind_of_column() -> None:
    assert rows_of(b"a,b,c\n-,-,-\n,,\n") == [
        (2, None, None, None, None),
        (3, None, None, None, None),
    ]


def test_a_column_the_file_lacks_reads_as_missing() -> None:
    assert rows_of(b"a,c\n1,p\n") == [(2, 1.0, None, "p", None)]


def test_a_needed_column_is_needed() -> None:
    with pytest.raises(InputError, match=r"x: Invalid header. Must have a column 'z', has \['a'"):
        list(blocks(io.BytesIO(b"a,b,c\n1,x,p\n"), LAYOUT, "x", need=("z",)))


def test_a_header_alone_has_no_rows() -> None:
    assert rows_of(b"a,b,c\n") == []


def test_a_file_of_blanks_has_no_header() -> None:
    with pytest.raises(InputError, match=r"x.csv: Invalid file. Must have a header line"):
        rows_of(b"\n \n")


def test_comments_above_the_header_are_skipped() -> None:
    layout = Layout(numbers=("a",), words=("b",), texts=("c",), comment="#")
    assert rows_of(b"# v=1\n# x\na,b,c\n1,x,p\n", layout) == [(4, 1.0, "x", "p", None)]


def test_raw_is_the_line_as_it_stood() -> None:
    found = blocks(io.BytesIO(b"a,b,c\n1,x,p\r\n\n2,y,q"), LAYOUT, "x")
    assert [line for block in found for line in block.raw.to_pylist()] == [b"1,x,p\r\n", b"2,y,q"]


def test_bytes_that_are_not_utf8_and_nul_are_survived() -> None:
    found = rows_of(b"a,b,c\n1,caf\xe9,p\n2,x,\0\0\n3,x,r\n")
    assert [row[1] for row in found] == [1.0, None, 3.0]
    assert [row[4] for row in found] == [None, "malformed_row", None]


def test_quotes_hold_delimiters_and_decimal_commas() -> None:
    layout = Layout(
        numbers=("a",), words=("b",), texts=("c",), delimiter=";", decimal=",", is_quoted=True
    )
    assert rows_of(b'a;b;c\n-104,5;"x;y";p\n', layout) == [(2, -104.5, "x;y", "p", None)]


def test_lines_that_end_in_cr_alone_are_refused() -> None:
    with pytest.raises(InputError, match=r"x.csv: Invalid line ends CR. Must be LF or CRLF"):
        rows_of(b"a,b,c\r1,x,p\r2,y,q\r")


def test_an_endless_line_is_refused() -> None:
    with pytest.raises(InputError, match="x, row 2: Invalid line of more than 64 bytes"):
        list(line_blocks(io.BytesIO(b"a\n" + b"b" * 500), "x", block_bytes=64))


def test_another_encoding_is_read_as_said() -> None:
    layout = Layout(numbers=("a",), words=("b",), texts=("c",), encoding="latin-1")
    assert rows_of("a,b,c\n1,café,p\n".encode("latin-1"), layout)[0][2] == "café"


@given(
    st.lists(
        st.sampled_from(["1,x,p", "", "oops,y,q", "2,y", "-,-,-", "  ", "3.5,x,r,s", "-7,x,p"]),
        max_size=40,
    ),
    st.integers(12, 60),
)
def test_rows_do_not_depend_on_block_sizes(texts: list[str], size: int) -> None:
    data = "\n".join(["a,b,c", *texts, ""]).encode()
    whole = rows_of(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines.line_blocks, "__defaults__", ("utf-8", size))
        patch.setattr(delimited, "_PATIENT_BYTES", 8)
        assert rows_of(data) == whole
    assert len(whole) == sum(bool(text.strip()) for text in texts)


def test_personal_columns_are_blanked_also_in_damaged_lines() -> None:
    layout = Layout(numbers=("a",), personal=("b",))
    (block,) = blocks(io.BytesIO(b"a,b\n1,secret\n2,secret,9\n"), layout, "x")
    assert block.redact is not None
    assert block.redact(block.raw).to_pylist() == [b"1,[redacted]", b"2,[redacted],9"]


def test_a_block_without_a_column_gives_missing(tmp_path: Path) -> None:
    block = Block(
        header=(), source_row=np.array([1]), raw=None, redact=None,
        reason=Codes.constant(None, 1),
    )  # fmt: skip
    assert np.isnan(block.number("q")).all()
    assert block.array("q").to_pylist() == [None]


def test_a_header_with_a_broken_quote_is_refused() -> None:
    layout = Layout(numbers=("a",), is_quoted=True)
    with pytest.raises(InputError, match=r"x.csv: Invalid header. Must have whole quotes"):
        rows_of(b'a,b"\rc,d\n1,2,3\n', layout)


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_line_is_not_made_up_for_by_a_lone_return(blank: str) -> None:
    """Two rows on one line and one line without: as many rows as lines, yet not line by line."""
    found = rows_of(f"a,b,c\n1,x,p\r2,y,q\n{blank}\n3,z,r\n".encode())
    assert [(row[0], row[4]) for row in found] == [(2, "malformed_row"), (4, None)]


def test_a_line_of_blanks_is_no_row_where_blanks_part_fields() -> None:
    layout = Layout(numbers=("a",), words=("b",), texts=("c",), delimiter="\t")
    assert [row[0] for row in rows_of(b"a\tb\tc\n1\tx\tp\n\t\t\n3\tz\tr\n", layout)] == [2, 4]
