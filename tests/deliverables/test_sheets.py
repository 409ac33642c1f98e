from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from coverage.deliverables.info import RunInfo
from coverage.deliverables.sheets import ShownColumn, titled_sheet, workbook_at, write_frame


def written(
    frame: pd.DataFrame, shown: ShownColumn, info: RunInfo, path: Path
) -> openpyxl.Workbook:
    with workbook_at(path, "x", info) as book:
        sheet = titled_sheet(book, "x", "Judul", "Catatan")
        write_frame(book, sheet, 2, frame, [shown])
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize(
    ("value", "number_format", "n_characters"),
    [(68719476735, "0", 11), (1234567, "#,##0", 9), (-106.123456, "0.000000", 11), (1.0, "0%", 4)],
)
def test_every_number_fits_its_column(
    value: float, number_format: str, n_characters: int, info: RunInfo, tmp_path: Path
) -> None:
    shown = ShownColumn(label="N", is_text=False, number_format=number_format, width=3)
    book = written(pd.DataFrame({"n": [value, None]}), shown, info, tmp_path / "n.xlsx")
    assert book["x"].column_dimensions["A"].width >= n_characters + 1


def test_a_date_fits_its_column(info: RunInfo, tmp_path: Path) -> None:
    shown = ShownColumn(label="Hari", is_text=True, is_date=True)
    book = written(pd.DataFrame({"day": ["2024-01-31"]}), shown, info, tmp_path / "d.xlsx")
    assert book["x"].column_dimensions["A"].width >= 12
    assert book["x"]["A4"].is_date


def test_a_text_of_any_length_takes_the_width_given_at_most(info: RunInfo, tmp_path: Path) -> None:
    shown = ShownColumn(label="Nama", is_text=True, width=20)
    book = written(pd.DataFrame({"name": ["x" * 300]}), shown, info, tmp_path / "t.xlsx")
    assert book["x"].column_dimensions["A"].width == pytest.approx(20, abs=1)


def test_a_wrapped_text_has_a_row_as_high_as_its_lines(info: RunInfo, tmp_path: Path) -> None:
    shown = ShownColumn(label="Alasan", is_text=True, width=20, is_wrapped=True)
    texts = pd.DataFrame({"reasons": ["empat kata satu baris " * 4, "pendek"]})
    sheet = written(texts, shown, info, tmp_path / "w.xlsx")["x"]
    assert sheet.row_dimensions[4].height >= 4 * sheet.sheet_format.defaultRowHeight


def test_no_row_is_higher_than_the_format_has(info: RunInfo, tmp_path: Path) -> None:
    shown = ShownColumn(label="Alasan", is_text=True, width=20, is_wrapped=True)
    texts = pd.DataFrame({"reasons": ["kata " * 300]})
    sheet = written(texts, shown, info, tmp_path / "h.xlsx")["x"]
    assert 300 < sheet.row_dimensions[4].height <= 409
