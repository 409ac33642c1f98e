import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.sites.coordinates import degrees_of, pair_of, sign_of_header

LATITUDES = st.floats(-89.9, 89.9).map(lambda x: round(x, 6))


@given(LATITUDES)
def test_decimal_round_trip_with_dot_and_comma(latitude: float) -> None:
    text = f"{latitude:.6f}"
    assert degrees_of(text, "latitude")[0] == pytest.approx(latitude, abs=1e-9)
    assert degrees_of(text.replace(".", ","), "latitude") == degrees_of(text, "latitude")


@given(st.integers(0, 89), st.integers(0, 59), st.floats(0, 59.9).map(lambda x: round(x, 1)))
def test_degrees_minutes_seconds_south(d: int, m: int, s: float) -> None:
    degrees, _ = degrees_of(f"{d}°{m}'{s}\" LS", "latitude")
    assert degrees == pytest.approx(-(d + m / 60 + s / 3600), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "axis", "expected"),
    [
        ("6° 25' 30,5\" LS", "latitude", -6.425139),
        ("S 6 25 30.5", "latitude", -6.425139),
        ("6°25.508'S", "latitude", -6.425133),
        ("-6.5 LS", "latitude", -6.5),
        ("Lintang: 6.5 Selatan", "latitude", -6.5),
        ("106°12′30″ BT", "longitude", 106.208333),
        ("106.2083 E", "longitude", 106.2083),
        ("\u22126.5", "latitude", -6.5),
        ("+106.5", "longitude", 106.5),
    ],
)
def test_ways_of_writing(text: str, axis: str, expected: float) -> None:
    assert degrees_of(text, axis)[0] == pytest.approx(expected, abs=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "-", "abc", "-6.425.123", "6 60 0 LS", "6 25 60", "6.5 25 LS", "6 -25", "1 2 3 4",
     "6.5 BT", "6.5 LS LU", "6/5"],
)  # fmt: skip
def test_what_is_not_understood_is_not_a_number(text: str) -> None:
    assert math.isnan(degrees_of(text, "latitude")[0])


@pytest.mark.parametrize(
    ("text", "rounding_deg"),
    [("-6.42", 0.005), ("-6", 0.5), ("6 25 LS", 0.5 / 60), ("6 25 30 LS", 0.5 / 3600)],
)
def test_rounding_is_half_of_the_last_digit(text: str, rounding_deg: float) -> None:
    assert degrees_of(text, "latitude")[1] == pytest.approx(rounding_deg)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("-6.12, 106.5", ("-6.12", "106.5")),
        ("-6.12,106.5", ("-6.12", "106.5")),
        ("-6,12; 106,5", ("-6,12", "106,5")),
        ("-6,12, 106,5", ("-6,12", "106,5")),
        ("(-6.12 106.5)", ("-6.12", "106.5")),
        ("6°07'12\" LS 106°30'00\" BT", ("6°07'12\" LS", "106°30'00\" BT")),
        ("-6.12", ("", "")),
        ("", ("", "")),
    ],
)
def test_two_coordinates_in_one_cell(text: str, pair: tuple[str, str]) -> None:
    assert pair_of(text) == pair


@pytest.mark.parametrize(
    ("text", "degrees"), [("6.6", -6.6), ("-6.6", -6.6), ("+6.6", 6.6), ("6.6 LU", 6.6)]
)
def test_only_a_bare_number_takes_the_sign_of_its_heading(text: str, degrees: float) -> None:
    assert degrees_of(text, "latitude", -1)[0] == degrees


@pytest.mark.parametrize(
    ("header", "sign"),
    [("Lintang Selatan", -1), ("Lintang (LS)", -1), ("Lintang (LU/LS)", 1), ("Lintang", 1)],
)
def test_a_heading_says_south_or_nothing(header: str, sign: int) -> None:
    assert sign_of_header(header, "latitude") == sign
