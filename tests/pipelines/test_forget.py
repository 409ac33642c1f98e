"""A forgotten device leaves readings, rejects and counts, and does not come back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest

from coverage.readings.privacy import device_id
from pipelines.config import load_config
from pipelines.run import run
from pipelines.settings import KEY_VARIABLE

KEY = "a key of the tests, nobody's secret"
CONFIG = """
[survey]
name = "forgetful"
election_date = 2024-02-14
[paths]
raw = "raw"
processed = "processed"
[engine]
workers = 1
"""
HEADER = (
    "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,SNR,RAWCELLID\n"
)
ANA, BUDI = (device_id(f"group:readings/{n}", "forgetful", KEY.encode()) for n in ("ana", "budi"))


class Answer(NamedTuple):
    """What a command said; as in the conftest."""

    code: int
    out: str
    err: str


def log(level: int) -> str:
    rows = [
        f"2024.01.20_09.15.{i:02d},{106.1 + i / 4000:.6f},-6.4123,99,51010,1,LTE,{level},-12,4,7\n"
        for i in range(20)
    ]
    return HEADER + "".join(rows) + "2024.01.20_09.16.00,0.0,0.0,36,51010,1,LTE,-90,-12,4,7\n"


@pytest.fixture
def survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A survey of two phones, read and counted."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    for name, level in (("ana", -90), ("budi", -110)):
        folder = tmp_path / "raw" / "readings" / name
        folder.mkdir(parents=True)
        (folder / "log.csv").write_text(log(level))
    (tmp_path / "survey.toml").write_text(CONFIG)
    again(tmp_path)
    return tmp_path


def again(survey: Path) -> None:
    run(load_config(survey / "survey.toml"), ("ingest", "aggregate"))


def devices(survey: Path) -> set[str]:
    """Every device that is left in any table."""
    found: set[str] = set()
    for path in (survey / "processed").rglob("*.parquet"):
        if "device_id" in pq.read_schema(path).names:
            found |= set(pq.read_table(path).column("device_id").to_pylist())
    return found


@pytest.mark.parametrize("named", [ANA, "group:readings/ana"])
def test_a_device_named_or_hashed_leaves_every_table(
    survey: Path, command: Callable[..., Answer], named: str
) -> None:
    assert devices(survey) == {ANA, BUDI}
    answer = command("forget", survey / "survey.toml", named)
    assert answer.code == 0
    assert "left out: 21" in answer.out
    assert devices(survey) == {BUDI}


def test_the_rows_are_counted_as_forgotten(survey: Path, command: Callable[..., Answer]) -> None:
    command("forget", survey / "survey.toml", ANA)
    record = json.loads((survey / "processed" / "manifest.json").read_text())["stages"]["ingest"]
    assert record["rejected"] == {"device_forgotten": 21, "zero_position": 1}
    assert record["rows_in"] == {"rows": 42}
    assert record["rows_out"] == {"readings": 20, "rejects": 1}


def test_cells_are_those_of_a_survey_without_the_device(
    survey: Path, command: Callable[..., Answer]
) -> None:
    command("forget", survey / "survey.toml", ANA)
    forgotten = (survey / "processed" / "cells.parquet").read_bytes()
    (survey / "raw" / "readings" / "ana" / "log.csv").unlink()
    again(survey)
    assert (survey / "processed" / "cells.parquet").read_bytes() == forgotten


def test_a_later_reading_of_its_logs_does_not_bring_it_back(
    survey: Path, command: Callable[..., Answer]
) -> None:
    command("forget", survey / "survey.toml", ANA)
    changed = survey / "raw" / "readings" / "ana" / "log.csv"
    changed.write_text(log(-91))
    again(survey)
    assert devices(survey) == {BUDI}


def test_the_list_can_outlive_the_processed_folder(
    survey: Path, command: Callable[..., Answer]
) -> None:
    config = survey / "survey.toml"
    config.write_text(CONFIG + '[privacy]\nforgotten_file = "forgotten.json"\n')
    command("forget", config, "group:readings/ana")
    assert json.loads((survey / "forgotten.json").read_text()) == {"device_ids": [ANA]}
