import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.sites.codes import digits_of, tps_code_of, tps_code_of_parts

CODES = st.from_regex(r"[1-9][0-9]{5}[12][0-9]{3}(00[1-9]|[1-9][0-9]{2})", fullmatch=True)


@given(CODES)
def test_any_code_survives_dots_and_float_text(code: str) -> None:
    dotted = ".".join([code[:2], code[2:4], code[4:6], code[6:10], code[10:]])
    assert tps_code_of(dotted) == tps_code_of(f"{code}.0") == tps_code_of(f"'{code}") == (code, "")


@given(CODES)
def test_parts_make_the_same_code(code: str) -> None:
    assert tps_code_of_parts(code[:10], f"TPS {int(code[10:])}") == (code, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "tps_code_missing"),
        ("360206200101", "tps_code_not_13_digits"),
        ("36020620010011", "tps_code_not_13_digits"),
        ("3602062001000", "tps_number_invalid"),
        ("3.60206E+12", "tps_code_digits_lost"),
        ("3602060001001", "village_code_of_bps"),
        ("36O2062001001", "tps_code_not_digits"),
        ("٣٦٠٢٠٦٢٠٠١٠٠١", "tps_code_not_digits"),
    ],
)
def test_a_bad_code_says_why(text: str, reason: str) -> None:
    assert tps_code_of(text) == (None, reason)


def test_codes_made_up_for_another_country_have_zeros_in_front() -> None:
    assert tps_code_of("0000000001001") == ("0000000001001", "")


def test_scientific_notation_with_all_digits_is_whole() -> None:
    assert digits_of("3.602062001001E+12") == "3602062001001"


@pytest.mark.parametrize(("number", "code"), [("1", "001"), ("001", "001"), ("TPS. 12", "012"),
                                              ("No. 7", "007"), ("3.0", "003")])  # fmt: skip
def test_tps_numbers_as_people_write_them(number: str, code: str) -> None:
    assert tps_code_of_parts("36.02.06.2001", number) == (f"3602062001{code}", "")


@pytest.mark.parametrize("number", ["", "0", "1000", "1A"])
def test_a_bad_tps_number_is_refused(number: str) -> None:
    assert tps_code_of_parts("3602062001", number) == (None, "tps_number_invalid")


def test_a_short_village_code_is_refused() -> None:
    assert tps_code_of_parts("36.02.06", "1") == (None, "village_code_not_10_digits")
