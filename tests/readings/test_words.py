"""Words and codes of logs in the canonical vocabulary."""

import numpy as np
import pyarrow as pa
import pytest

from coverage.readings import words
from coverage.readings.codes import Codes


@pytest.mark.parametrize(
    ("word", "plmn"),
    [
        ("51010", "510-10"), ("510-1", "510-01"), ("510 10", "510-10"), ("405854", "405-854"),
        ("302-720", "302-720"), ("510-100", "510-100"), ("27203.0", "272-03"),
        (" 51010 ", "510-10"),
        ("0", None), ("B", None), ("5101", None), ("5101000", None), ("", None),
    ],
)  # fmt: skip
def test_network_codes(word: str, plmn: str | None) -> None:
    assert words.plmn_of_word(word) == plmn


@pytest.mark.parametrize(
    ("mcc", "mnc", "plmn"),
    [
        (510, 1, "510-01"), (510, 100, "510-100"), (200, 0, "200-00"), (199, 1, None),
        (999, 999, "999-999"), (1000, 1, None), (510, -1, None), (510, 1000, None),
        (510, 2147483647, None), (np.nan, 1, None), (510, np.nan, None),
    ],
)  # fmt: skip
def test_network_codes_as_numbers(mcc: float, mnc: float, plmn: str | None) -> None:
    assert words.plmns_of_codes(np.array([mcc], float), np.array([mnc], float)).to_list() == [plmn]


@pytest.mark.parametrize(
    ("word", "rat", "reason"),
    [
        ("LTE+", "LTE", None), ("hspa+", "UMTS", None), ("EDGE", "GSM", None),
        ("5G SA", "NR", None),
        ("5G", None, None), ("--", None, None), ("CDMA", None, "rat_not_used"),
        ("TD-SCDMA", None, "rat_not_used"), ("wlan", None, "not_cellular"),
    ],
)  # fmt: skip
def test_technologies(word: str, rat: str | None, reason: str | None) -> None:
    assert words.rats(Codes.of([word])).to_list() == [rat]
    assert words.rat_refusals(Codes.of([word])).to_list() == [reason]


def test_blanks_around_a_text_are_nothing() -> None:
    assert words.trimmed(pa.array([" a ", "  ", None])).to_list() == ["a", None, None]
