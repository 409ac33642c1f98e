"""No fixture's phone number, IMEI, IMSI or address reaches a table, a reject or a note."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from coverage.readings.columns import load_column_map
from coverage.readings.format import Head

Read = Callable[..., Any]
DATA = Path(__file__).parents[1] / "data" / "readings"
LOGS = sorted(path.name for path in DATA.iterdir() if path.suffix != ".toml")
PERSONAL = (
    "356938035643809", "510101234567890", "+6281234567890", "6281234567890", "10.1.2.3",
    "aa:bb:cc:dd:ee:ff", "Jl. Ana 1", "home, of Ana", "Ana's phone",
)  # fmt: skip


def texts(table: pa.Table) -> str:
    return "\n".join(str(value) for column in table.columns for value in column.to_pylist())


@pytest.mark.parametrize("name", LOGS)
def test_nothing_personal_of_a_fixture_is_written(read: Read, name: str) -> None:
    maps = tuple(load_column_map(path.read_bytes(), path.name) for path in DATA.glob("*.toml"))
    log = read(name, column_maps=maps, date_order="day_first", plmn="510-10")
    written = "\n".join([texts(log.readings), texts(log.rejects), *log.notes])
    assert [each for each in PERSONAL if each in written] == []


@pytest.mark.parametrize("value", PERSONAL[:3] + PERSONAL[4:6])
def test_the_fixtures_hold_what_is_looked_for(value: str) -> None:
    assert any(value in Head(name, (DATA / name).read_bytes()).decoded() for name in LOGS)


def test_a_device_has_another_id_in_another_campaign(read: Read) -> None:
    ids = [set(read("cellinfo.csv", campaign=c).column("device_id")) for c in ("a", "b")]
    assert ids[0].isdisjoint(ids[1])
