"""Tower Collector CSV export; the fixture holds one trap a row, told by its line number below."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

Read = Callable[..., Any]
SAMPLE = "readings/tower_collector_format/export_header.csv"


@pytest.fixture
def log(read: Read) -> Any:
    return read("tower_collector.csv")


def test_neighbour_repeats_place_and_time_and_is_not_serving(log: Any) -> None:
    # line 3: the neighbour of line 2, without identity
    assert log.of_row("is_serving")[2] is True
    assert log.of_row("is_serving")[3] is False
    assert log.of_row("time")[2] == log.of_row("time")[3]
    assert log.of_row("plmn")[3] is None


def test_level_by_technology(log: Any) -> None:
    # lines 3 and 4: the column of the technology is empty, dbm stands in; 5: rscp wins over dbm;
    # 6: GSM takes dbm although a stray rsrp is there; 7: NR takes ss_rsrp, never dbm
    assert log.of_row("signal_dbm") == {2: -104, 3: -112, 4: -90, 5: -91, 6: -85, 7: -101}
    assert log.of_row("quality_db") == {2: -14, 3: None, 4: -9, 5: -9, 6: None, 7: -11}


def test_rssnr_above_forty_is_in_tenths(log: Any) -> None:
    assert log.of_row("sinr_db")[2] == 12  # line 2: 120
    assert log.of_row("sinr_db")[7] == 8  # line 7: ss_sinr is in dB


def test_sentinel_identities_are_not_known(log: Any) -> None:
    # line 4: 2147483647, line 7: 9223372036854775807
    assert log.of_row("cell_identity") == {
        2: 27447041, 3: None, 4: None, 5: 844093, 6: 801, 7: None
    }  # fmt: skip
    assert [row for row, bad in log.of_row("dq_identity_invalid").items() if bad] == [4, 7]


def test_mnc_is_padded(log: Any) -> None:
    assert log.of_row("plmn")[4] == "510-01"


def test_refused_rows(log: Any) -> None:
    # 8: CDMA, 9: technology not known, 10: TD-SCDMA, 11: cut line, 12: time without zone
    assert log.reasons == {
        8: "rat_not_used", 9: "no_radio_meaning", 10: "rat_not_used", 11: "malformed_row",
        12: "bad_time",
    }  # fmt: skip


def test_time_is_utc_to_the_millisecond(log: Any) -> None:
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, 123_000, tzinfo=UTC)
    assert set(log.column("source_timezone")) == {"UTC"}


def test_device_is_a_model_and_quoted_commas_hold(log: Any) -> None:
    assert set(log.column("device_model")) == {"Phone X, blue"}


def test_the_real_header_is_recognised(read: Read, shared_data: Path) -> None:
    path = shared_data / SAMPLE
    if not path.exists():
        pytest.skip("no Tower Collector sample here")
    log = read(path.read_bytes(), "export.csv")
    assert log.formats == {"tower_collector"}
    assert log.n_rows == 0
