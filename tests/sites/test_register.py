import io
from datetime import date

import pytest

from coverage.errors import InputError
from coverage.sites.register import read_register
from coverage.tables import KITS

HEAD = "Nomor Seri;Kode TPS;Perangkat;Operator;Tanggal Pasang;Tanggal Lepas\n"


def read(text: str) -> list[dict[str, object]]:
    return read_register(io.BytesIO(text.encode()), "aset.csv").to_dict("records")


def test_indonesian_headers_and_words_are_understood() -> None:
    (row,) = read(HEAD + "A-1;36.02.06.2001.001;Penguat sinyal;XL Axiata;12/02/2024;\n")
    assert (row["serial"], row["tps_code"]) == ("A-1", "3602062001001")
    assert (row["kit"], row["operator"]) == ("OPERATOR_BOOSTER", "XL Axiata")
    assert row["fitted_on"] == date(2024, 2, 12)
    assert row["removed_on"] is None


def test_every_kit_has_a_word() -> None:
    rows = read(HEAD + "".join(f"{k};3602062001001;{k};;2024-02-12;\n" for k in KITS))
    assert [row["kit"] for row in rows] == list(KITS)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A;36;booster;;2024-02-12;", r"aset\.csv, row 2: Invalid tps_code '36'"),
        ("A;3602062001001;kompor;;2024-02-12;", r"Invalid kit 'kompor'"),
        ("A;3602062001001;booster;;kemarin;", r"Invalid fitted_on 'kemarin'"),
        ("A;3602062001001;booster;;;", r"Invalid fitted_on, none"),
        (";3602062001001;booster;;2024-02-12;", r"Invalid serial, none"),
        ("A;3602062001001;booster;;2024-02-12;2024-02-11", r"removed_on before fitted_on"),
        (
            "A;3602062001001;vsat;;2024-02-12;\nA;3602062001002;vsat;;2024-02-12;",
            r"row 3: Invalid serial, on record already",
        ),
    ],
)
def test_a_row_that_cannot_be_used_stops(row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(HEAD + row + "\n")


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match=r"Must name \{'serial'.*'fitted_on'"):
        read("Kode TPS;Perangkat\n3602062001001;vsat\n")
