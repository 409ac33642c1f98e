import io

import openpyxl
import pytest

from coverage.errors import InputError
from coverage.sites import sheets
from coverage.sites.sheets import MAX_LINE_BYTES, read_sheet

HEADER = ["Kode TPS", "Lintang", "Bujur"]
ROW = ["3602062001001", "-6.5", "106.2"]


def workbook(*sheets: list[list[object]]) -> io.BytesIO:
    book = openpyxl.Workbook()
    for i, rows in enumerate(sheets):
        sheet = book.active if i == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    data = "\n".join(delimiter.join(row) for row in (HEADER, ROW)).encode()
    sheet = read_sheet(io.BytesIO(data), "a.csv")
    assert (sheet.headers, sheet.rows, sheet.numbers) == (HEADER, [ROW], [2])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(encoding: str) -> None:
    data = "Kode TPS;Lintang;Bujur\n3602062001001;6°30' LS;106,2".encode(encoding)
    assert read_sheet(io.BytesIO(data), "a.csv").rows[0][1] == "6°30' LS"


def test_row_numbers_count_titles_blank_lines_and_lines_within_quotes() -> None:
    text = 'DAFTAR TPS\n\nKode TPS,Nama TPS\n3602062001001,"a\nb"\n\n3602062001002,c\n'
    assert read_sheet(io.BytesIO(text.encode()), "a.csv").numbers == [4, 7]


def test_a_short_row_is_padded() -> None:
    sheet = read_sheet(io.BytesIO(b"Kode TPS,Lintang,Bujur\n3602062001001\n"), "a.csv")
    assert sheet.rows == [["3602062001001", "", ""]]


def test_xlsx_number_cells_keep_every_digit() -> None:
    stream = workbook([HEADER, [3602062001001, -6.5, 106.25], [3602062001002.0, -6.5, 106.2]])
    rows = read_sheet(stream, "a.xlsx").rows
    assert rows == [["3602062001001", "-6.5", "106.25"], ["3602062001002", "-6.5", "106.2"]]


def test_xlsx_row_numbers_count_blank_rows_above() -> None:
    assert read_sheet(workbook([["DAFTAR"], [], HEADER, ROW]), "a.xlsx").numbers == [4]


def test_the_sheet_with_a_header_is_taken() -> None:
    assert read_sheet(workbook([["Petunjuk"]], [HEADER, ROW]), "a.xlsx").rows == [ROW]


def test_a_header_of_two_rows_is_merged() -> None:
    rows: list[list[object]] = [["Kode TPS", "Koordinat", None], [None, "Lintang", "Bujur"], ROW]
    sheet = read_sheet(workbook(rows), "a.xlsx")
    assert sheet.columns == {"tps_code": 0, "latitude": 1, "longitude": 2}
    assert sheet.numbers == [3]


@pytest.mark.parametrize("data", [b"", b"  \n "])
def test_an_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^a\.csv: Invalid file, empty\. Must be a TPS list\."):
        read_sheet(io.BytesIO(data), "a.csv")


def test_a_damaged_workbook_is_refused() -> None:
    with pytest.raises(InputError, match=r"^a\.xlsx: Invalid workbook\."):
        read_sheet(io.BytesIO(b"PK\x03\x04" + b"x" * 50), "a.xlsx")


def test_binary_data_is_refused() -> None:
    with pytest.raises(InputError, match=r"^a\.csv: Invalid file, binary\."):
        read_sheet(io.BytesIO(b"\x00\x01\x02" * 10), "a.csv")


def test_an_endless_field_is_refused() -> None:
    data = b'Kode TPS,Lintang\n"' + b"x\n" * 100_000
    with pytest.raises(InputError, match=r"^a\.csv, row \d+: Invalid CSV: "):
        read_sheet(io.BytesIO(data), "a.csv")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_that_no_list_has_is_refused_with_its_row(end: bytes) -> None:
    data = end.join([b"Kode TPS,Lintang,Bujur", b"1,2,3", b"x" * (MAX_LINE_BYTES + 1)])
    with pytest.raises(InputError, match=r"tps\.csv, row 3: Invalid list, a line is longer"):
        read_sheet(io.BytesIO(data), "tps.csv")


@pytest.mark.parametrize(
    ("row", "n_fits"), [(b"\n", 48), (b"\r\n", 48), (b"," * 499 + b"\n", 19)],
    ids=["lines", "lines of Windows", "bytes"],
)  # fmt: skip
def test_a_text_of_more_lines_or_bytes_than_a_list_has_is_refused(
    monkeypatch: pytest.MonkeyPatch, row: bytes, n_fits: int
) -> None:
    monkeypatch.setattr(sheets, "MAX_LINES", 50)
    monkeypatch.setattr(sheets, "MAX_TEXT_BYTES", 10_000)
    header = b"tps_code,lintang,bujur\n"
    assert read_sheet(io.BytesIO(header + row * n_fits), "tps.csv").columns
    with pytest.raises(InputError, match=r"tps\.csv: Invalid list of more than 50 lines or 10,000"):
        read_sheet(io.BytesIO(header + row * (n_fits + 2)), "tps.csv")


def test_the_longest_line_is_read() -> None:
    data = b"Kode TPS,Lintang,Bujur\n1,2," + b"3" * (MAX_LINE_BYTES - 4)
    assert len(read_sheet(io.BytesIO(data), "tps.csv").rows) == 1


def test_a_line_over_the_pieces_of_the_stream_counts_once() -> None:
    rows = b"1,2,3\r\n" * 200_000  # pieces end anywhere in a line, one between \\r and \\n
    assert (
        len(read_sheet(io.BytesIO(b"Kode TPS,Lintang,Bujur\r\n" + rows), "tps.csv").rows) == 200_000
    )
