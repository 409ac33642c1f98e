import numpy as np
import pytest

from coverage import radio


@pytest.mark.parametrize(
    ("word", "rat"),
    [
        ("GPRS", "GSM"),
        ("EDGE", "GSM"),
        ("HSUPA", "UMTS"),
        ("LTE CA", "LTE"),
        (" 4g ", "LTE"),
        ("NR", "NR"),
    ],
)
def test_words_of_logs_name_their_rat(word: str, rat: str) -> None:
    assert radio.rat_of(word) == rat


@pytest.mark.parametrize("word", ["", "--", "5G", "CDMA", "WLAN"])
def test_what_is_ambiguous_or_not_ours_names_none(word: str) -> None:
    assert radio.rat_of(word) is None


@pytest.mark.parametrize(("asu", "dbm"), [(0, -140), (36, -104), (97, -43)])
def test_lte_asu_within_its_range(asu: int, dbm: int) -> None:
    assert radio.lte_dbm_of_asu(asu) == dbm


@pytest.mark.parametrize("asu", [-1, 98, 99, 2147483647])
def test_lte_asu_outside_its_range_is_not_known(asu: int) -> None:
    assert np.isnan(radio.lte_dbm_of_asu(asu))


@pytest.mark.parametrize(
    ("rat", "arfcn", "mhz"),
    [
        ("LTE", 0, 2110.0),
        ("LTE", 3450, 925.0),
        ("LTE", 38750, 2310.0),
        ("UMTS", 10838, 2167.6),
        ("GSM", 1, 935.2),
        ("GSM", 975, 925.2),
        ("GSM", 512, 1805.2),
        ("NR", 620000, 3300.0),
    ],
)
def test_channel_numbers_of_the_3gpp_tables(rat: str, arfcn: int, mhz: float) -> None:
    assert radio.downlink_mhz(rat, arfcn) == mhz


@pytest.mark.parametrize(
    ("rat", "arfcn"), [("LTE", 600_000), ("GSM", 300), ("LTE", None), ("UMTS", 5)]
)
def test_channels_outside_every_band_have_no_frequency(rat: str, arfcn: int | None) -> None:
    assert radio.downlink_mhz(rat, arfcn) is None
