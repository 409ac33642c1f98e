"""Records of a Nemo file, field by field."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.readings.nemo_records import Cell, clock_us, items, scanned_cells, serving_cell

LTE = b"CELLMEAS,09:56:28.576,,8,0,1,9,0,80040,38852,242,-76.0,-112.0,-15.0,,124.0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"00:00:00.000", 0),
        (b"23:59:59.999", 86_399_999_000),
        (b"23:59:59", 86_399_000_000),
        (b"24:00:00.000", None),
        (b"23:60:00.000", None),
        (b"23:59:60.000", None),
        (b"23:59:59.99", None),
        (b"23.59.59.999", None),
        (b"23:59:59,999", None),
        (b"2a:59:59.999", None),
    ],
)
def test_clock(text: bytes, expected: int | None) -> None:
    assert clock_us(text) == expected


def test_header_values_shift_the_items() -> None:
    plain, shifted = LTE.split(b","), LTE.replace(b",8,0,1,9", b",8,2,x,y,1,9").split(b",")
    assert serving_cell(plain) == serving_cell(shifted)


@pytest.mark.parametrize("n_fields", range(16))
def test_a_record_cut_anywhere_gives_no_cell(n_fields: int) -> None:
    assert isinstance(serving_cell(LTE.split(b",")[:n_fields]), str)


@pytest.mark.parametrize("count", [b"99999999999", b"-1", b"", b"x"])
def test_a_count_that_is_none_gives_no_items(count: bytes) -> None:
    assert items([count, b"9", b"1"], 0) is None


def test_empty_level_of_the_active_set_loses_to_any_other() -> None:
    head = "CELLMEAS,18:49:37.185,,5,0,1,3,10563,-44.5,50001,2,17,"
    cell = "0,50001,10563,{},-10.5,,{},0,,,,,,,0,274.9,"
    line = head + cell.format(33, "") + "," + cell.format(34, "-99.0")
    found = serving_cell(line.encode().split(b","))
    assert isinstance(found, Cell)
    assert (found.pci, found.level_dbm) == (34, -99)


def test_scan_of_two_cells() -> None:
    line = b"PILOTSCAN,1,,5,4,10787,1,-52.9,50001,2,6,182,-5.9,-58.9,,,,138,-21.3,-74.2,,,"
    found = scanned_cells(line.split(b","))
    cells = [cell for cell in found if isinstance(cell, Cell)]
    assert [(cell.pci, cell.level_dbm) for cell in cells] == [(182, -58.9), (138, -74.2)]
    assert [cell.quality_db for cell in cells] == [-5.9, -21.3]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([b"", *b"0 1 2 5 8 9 17 -104.0 x".split(b" ")]), max_size=40))
def test_any_fields_are_survived(fields: list[bytes]) -> None:
    for name in (b"CELLMEAS", b"OFDMSCAN", b"PILOTSCAN"):
        record = [name, b"10:00:00.000", b"", *fields]
        found = serving_cell(record) if name == b"CELLMEAS" else scanned_cells(record)
        cells = [found] if isinstance(found, Cell) else found
        assert all(isinstance(cell, str) or not math.isinf(cell.level_dbm) for cell in cells)
