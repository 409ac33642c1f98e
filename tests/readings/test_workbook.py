"""Workbooks as blocks, and workbooks that are none."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from coverage import spreadsheet
from coverage.errors import InputError
from coverage.readings import workbook
from coverage.readings.delimited import Block, Layout

LAYOUT = Layout(numbers=("n",), words=("w",), texts=("t",), missing=("", "-"), personal=("secret",))


def book(*rows: Sequence[Any]) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def blocks(content: bytes, need: tuple[str, ...] = ()) -> list[Block]:
    return list(workbook.blocks(BytesIO(content), LAYOUT, "x.xlsx", need))


def only(content: bytes) -> Block:
    (block,) = blocks(content)
    return block


def test_numbers_and_what_is_none() -> None:
    block = only(book(["n"], [1], [2.5], ["3.5"], ["-"], ["x"], [True], ["1e999"]))
    assert block.number("n").tolist()[:3] == [1, 2.5, 3.5]
    assert block.number("n")[3:].tolist() == pytest.approx([float("nan")] * 4, nan_ok=True)
    assert block.is_unreadable("n").tolist() == [False] * 4 + [True] * 3


def test_whole_numbers_read_as_text_without_point() -> None:
    assert only(book(["t"], [710664.0], [12.5], ["a"])).text("t").to_list() == [
        "710664",
        "12.5",
        "a",
    ]


def test_rows_keep_their_number_and_empty_ones_are_left_out() -> None:
    assert only(book([], ["n"], [1], [None], [2])).source_row.tolist() == [3, 5]


def test_personal_columns_are_blanked_in_the_raw_row() -> None:
    assert only(book(["n", "secret"], [1, "0812"], [2, None])).raw.to_pylist() == [
        b"1,[redacted]", b"2,"
    ]  # fmt: skip


def test_blocks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_ROWS", 2)
    parts = blocks(book(["n"], [1], [2], [3]))
    assert [block.number("n").tolist() for block in parts] == [[1, 2], [3]]


def test_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="Must have a column 'n'"):
        blocks(book(["t"], [1]), need=("n",))


def test_empty_sheet_has_no_header() -> None:
    with pytest.raises(InputError, match="Must have a header row"):
        blocks(book())


@pytest.mark.parametrize("keep", [0, 10, 500, 3000])
def test_cut_workbook_is_an_error(keep: int) -> None:
    with pytest.raises(InputError, match=r"x\.xlsx: Invalid workbook"):
        blocks(book(["n"], [1])[:keep])


def test_workbook_that_unfolds_too_far_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_UNPACKED_BYTES", 1_000)
    with pytest.raises(InputError, match="more than 1000 bytes"):
        blocks(book(["n"], [1]))


def test_workbook_too_large_to_be_taken_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_PACKED_BYTES", 1_000)
    with pytest.raises(InputError, match="more than 1000 bytes"):
        blocks(book(["n"], [1]))


def test_size_a_part_gives_of_itself_is_not_believed() -> None:
    """A part that says it is small and is not: only what it says is unpacked."""
    content = bytearray(book(["n"], *[[1]] * 5_000))
    with zipfile.ZipFile(BytesIO(bytes(content))) as parts:
        (sheet,) = [part for part in parts.infolist() if "worksheets" in part.filename]
    place = content.rindex(sheet.filename.encode()) - 46  # its entry in the directory
    content[place + 24 : place + 28] = (100).to_bytes(4, "little")
    with pytest.raises(InputError, match="Invalid workbook"):
        blocks(bytes(content))


def with_sheet(content: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with something replaced in the text of its sheet."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as parts, zipfile.ZipFile(file, "w") as made:
        for part in parts.infolist():
            text = parts.read(part)
            made.writestr(
                part.filename, text.replace(old, new) if "sheet1" in part.filename else text
            )
    return file.getvalue()


@pytest.mark.parametrize("place", [b"XFD1048576", b"ZZ9999999"])
def test_one_cell_far_away_is_refused_before_it_costs_memory(place: bytes) -> None:
    content = with_sheet(book(["n"], [1]), b'r="A2"', b'r="' + place + b'"')
    with pytest.raises(InputError, match="reaches over"):
        blocks(content)


@pytest.mark.parametrize("place", [b"ZZZZZZZ99999999999", b"A-1", b"a1", b"", b"A\0", b"A0"])
def test_place_that_is_none_is_refused(place: bytes) -> None:
    content = with_sheet(book(["n"], [1]), b'r="A2"', b'r="' + place + b'"')
    with pytest.raises(InputError, match="Invalid workbook"):
        blocks(content)


@pytest.mark.parametrize("attribute", [b't="n"r="ZZZZZZZ99999999999"', b"r = 'XFE99999999'"])
def test_place_is_found_however_it_is_written(attribute: bytes) -> None:
    with pytest.raises(InputError, match="Invalid workbook"):
        blocks(with_sheet(book(["n"], [1]), b'r="A2"', attribute))


def test_rows_out_of_order_are_refused() -> None:
    with pytest.raises(InputError, match="Invalid workbook"):
        blocks(with_sheet(book(["n"], [1], [2]), b'r="A2"', b'r="A9"'))
    with pytest.raises(InputError, match="Invalid workbook"):
        blocks(with_sheet(book(["n"], [1], [2]), b'r="A3"', b'r="A1"'))


def test_extent_is_found_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    content = book(["n"], *[[1]] * 300)
    monkeypatch.setattr(spreadsheet, "_PIECE_BYTES", 64)
    monkeypatch.setattr(spreadsheet, "MAX_CELLS", 300)
    with pytest.raises(InputError, match="reaches over 301 cells"):
        blocks(content)


def test_cells_hidden_outside_the_sheets_are_refused() -> None:
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(book(["n"], [1]))) as parts, zipfile.ZipFile(file, "w") as made:
        for part in parts.infolist():
            text = parts.read(part)
            is_styles = part.filename == "xl/styles.xml"
            made.writestr(part.filename, text + b'<c r="XFD1048576"/>' if is_styles else text)
    with pytest.raises(InputError, match="Invalid workbook"):
        blocks(file.getvalue())
