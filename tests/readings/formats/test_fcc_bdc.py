"""FCC BDC speed-test JSON: an envelope we know around fields we do not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coverage.errors import InputError
from coverage.readings.columns import ColumnMap, load_column_map

Read = Callable[..., Any]


@pytest.fixture
def column_map(data: Path) -> ColumnMap:
    return load_column_map((data / "fcc_bdc.toml").read_bytes(), "fcc_bdc.toml")


def test_without_map_it_is_refused(read: Read) -> None:
    with pytest.raises(InputError, match=r"fcc_bdc\.json: .*without column map.*named .fcc_bdc"):
        read("fcc_bdc.json")


def test_map_names_paths(read: Read, column_map: ColumnMap) -> None:
    log = read("fcc_bdc.json", column_maps=(column_map,))
    assert log.column("signal_dbm") == [-104]
    assert log.column("plmn") == ["510-10"]
    assert log.column("time") == [datetime(2024, 1, 20, 2, 15, 2, tzinfo=UTC)]
    assert log.column("device_model") == ["X"]


def test_failed_test_and_damaged_one_are_counted(read: Read, column_map: ColumnMap) -> None:
    # 2: no cell, 3: a number in place of a submission
    log = read("fcc_bdc.json", column_maps=(column_map,))
    assert log.reasons == {2: "no_radio_meaning", 3: "malformed_row"}


def test_path_that_leads_nowhere_lists_the_nearest(read: Read) -> None:
    wrong = ColumnMap(
        name="fcc_bdc", rat="LTE",
        columns={"latitude_deg": "tests.place.latt", "longitude_deg": "tests.place.lon"},
    )  # fmt: skip
    with pytest.raises(InputError, match=r"tests\.place\.lat'"):
        read("fcc_bdc.json", column_maps=(wrong,))


def test_envelope_larger_than_one_item_is_read(
    read: Read, column_map: ColumnMap, data: Path
) -> None:
    text = (data / "fcc_bdc.json").read_text()
    start, end = text.index("["), text.rindex(", 5]")
    content = text[: start + 1] + ",".join([text[start + 1 : end]] * 30_000) + "]}"
    log = read(content.encode(), "big.json", column_maps=(column_map,))
    assert log.n_rows == 60_000
