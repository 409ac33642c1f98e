"""Nothing about a person is written."""

import pyarrow as pa
import pytest

from coverage.readings.privacy import device_id, is_device_id, redacted, safe_name

KEY = b"0123456789abcdef"


def test_an_id_depends_on_device_campaign_and_key() -> None:
    ids = {
        device_id("a", "c", KEY), device_id("b", "c", KEY), device_id("a", "d", KEY),
        device_id("a", "c", KEY[::-1]),
    }  # fmt: skip
    assert len(ids) == 4
    assert all(len(text) == 16 for text in ids)


def test_an_id_of_ours_is_known_and_an_imei_is_not() -> None:
    assert is_device_id(device_id("a", "c", KEY))
    assert not is_device_id("3569380356438091")
    assert not is_device_id("35693803564380")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,356938035643809,2", "1,[id],2"),  # IMEI
        ("510101234567890", "[id]"),  # IMSI
        ("a,8962010000123456789", "a,[id]"),  # ICCID
        ("x,00:1A:2b:3c:4d:5e,y", "x,[mac],y"),
        ("x,192.168.0.7,y", "x,[ip],y"),
        ("x,+628123456789,y", "x,[phone],y"),
        ("x,08123456789,y", "x,[phone],y"),
        ("a.person@example.org", "[mail]"),
        ("356938035643809,356938035643809", "[id],[id]"),
    ],
)
def test_what_may_be_a_persons_is_redacted(text: str, expected: str) -> None:
    assert redacted(pa.array([text])).to_pylist() == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "2024.01.20_09.15.02,106.123500000000001,-6.412300,36,A,11,LTE,-104,-14,2.0",
        "1705716902123,27447041,-8.394627999999999", "2024-01-20T09:15:02.123+07:00",
        "9223372036", "1.30.2",
    ],
)  # fmt: skip
def test_what_is_measured_stays(text: str) -> None:
    assert redacted(pa.array([text])).to_pylist() == [text]


def test_bytes_that_are_no_text_and_line_ends_are_survived() -> None:
    assert redacted(pa.array([b"a\xff\r\n"])).to_pylist() == ["a�"]


@pytest.mark.parametrize("name", ["logs/356938035643809.csv", "a_8962010000123456789_1.csv"])
def test_a_number_in_a_file_name_is_hashed(name: str) -> None:
    assert "id-" in safe_name(name, "c", KEY)
    assert "35693" not in safe_name(name, "c", KEY)
    assert "89620" not in safe_name(name, "c", KEY)


@pytest.mark.parametrize(
    "name", ["20240120_091500.csv", "20240120091500.csv", "20240120091500123.csv"]
)
def test_a_stamp_in_a_file_name_stays(name: str) -> None:
    assert safe_name(name, "c", KEY) == name
