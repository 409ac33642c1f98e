"""A CSV dialect through a column map, its warts kept: BOM, blanks in names, a name twice, decimal
comma, units in cells, ids as floats, PLMN with and without a cell's tail, position NA."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coverage.readings.columns import ColumnMap, load_column_map

Read = Callable[..., Any]
SHIPPED = Path(__file__).parents[3] / "configs" / "columns"


@pytest.fixture
def dialect(data: Path) -> ColumnMap:
    return load_column_map((data / "dialect.toml").read_bytes(), "dialect.toml")


@pytest.fixture
def log(read: Read, dialect: ColumnMap) -> Any:
    return read("dialect.csv", column_maps=(dialect,))


def test_every_row_is_taken_or_refused(log: Any) -> None:
    assert log.n_rows == 4
    assert log.reasons == {5: "no_position"}


def test_numbers_with_units_and_decimal_comma(log: Any) -> None:
    assert log.column("signal_dbm") == [-104, -105, None]
    assert log.column("quality_db") == [-14.5, -14.5, None]
    assert log.column("speed_mps") == [pytest.approx(10.0), pytest.approx(10.0), None]
    assert log.column("latitude_deg") == [-6.4123, -6.4124, -6.4125]


def test_own_words_for_rat_and_service(log: Any) -> None:
    assert log.column("rat") == ["LTE", "LTE", None]
    assert log.column("service_state") == ["in_service", "in_service", "no_service"]


def test_ecgi_gives_network_and_cell(log: Any) -> None:
    assert log.column("plmn") == ["510-10", "405-854", None]
    assert log.column("cell_identity") == [0x1A2D001, None, None]


def test_time_with_microseconds_in_the_survey_zone(log: Any) -> None:
    assert log.column("time")[0] == datetime(2024, 1, 20, 2, 15, 2, 500_000, tzinfo=UTC)


def test_an_area_code_out_of_range_is_flagged(log: Any) -> None:
    assert log.column("area_code") == [None] * 3
    assert log.column("dq_identity_invalid") == [True, False, False]


def test_a_unit_that_does_not_fit_stops(read: Read, dialect: ColumnMap, data: Path) -> None:
    text = (data / "dialect.csv").read_bytes().replace(b"-104 dBm", b"20MHz")
    with pytest.raises(ValueError, match=r"Invalid unit 'MHz' in signal_dbm. Must be one of"):
        read(text, "x.csv", column_maps=(dialect,))


def test_a_missing_column_names_the_nearest_headers(
    read: Read, dialect: ColumnMap, data: Path
) -> None:
    text = (data / "dialect.csv").read_bytes().replace(b"RSRQ", b"rsrq_1")
    with pytest.raises(ValueError, match=r"Invalid column 'RSRQ' for quality_db.*nearest are"):
        read(text, "x.csv", column_maps=(dialect,))


def test_a_source_without_time_needs_a_period(read: Read) -> None:
    dortmund = load_column_map((SHIPPED / "dortmund.toml").read_bytes(), "dortmund.toml")
    text = dortmund.header_begins or ""
    row = "\n0,7.41,51.49,161.9,24.3,-1.00,-98.00,-10.00,7.40,51.48,1845.000000\n"
    with pytest.raises(ValueError, match=r"carry no time. Must have a period"):
        read((text + row).encode(), "o2_campus.csv", column_maps=(dortmund,), box=None)


DORTMUND = {"o2_campus": 2_388, "o2_highway": 6_849, "tmobile_urban": 4_065}


@pytest.mark.parametrize("name", DORTMUND)
def test_the_dortmund_files_add_up(read: Read, shared_data: Path, name: str) -> None:
    dortmund = load_column_map((SHIPPED / "dortmund.toml").read_bytes(), "dortmund.toml")
    path = shared_data / "readings" / "dortmund_multi_mno" / f"{name}.csv"
    start = datetime(2019, 1, 1, tzinfo=UTC)
    log = read(
        path.read_bytes(), path.name, column_maps=(dortmund,), box=(51.0, 7.0, 52.0, 8.0),
        period=(start, datetime(2019, 12, 31, tzinfo=UTC)),
    )  # fmt: skip
    assert (log.n_rows, len(log.readings)) == (DORTMUND[name], DORTMUND[name])
    assert set(log.column("plmn")) == {"262-03" if name.startswith("o2") else "262-01"}
    assert set(log.column("time")) == {start}
    assert set(log.column("dq_time_assumed")) == {True}
    assert min(log.column("signal_dbm")) >= -124
