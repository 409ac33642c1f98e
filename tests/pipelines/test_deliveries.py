"""The same log in two files: counted once, nothing lost, nothing read twice."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.config import load_config
from pipelines.run import run

HEADER = (
    "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,SNR,RAWCELLID\n"
)
CONFIG = """
[survey]
name = "two-files"
election_date = 2024-02-14
[paths]
raw = "raw"
processed = "processed"
[engine]
workers = 1
"""
KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
)
N_ROWS = 40
N_COUNTED = 20
"""A stretch of route lasts two seconds."""
State = tuple[dict[str, Any], int]


def east(second: int) -> str:
    """Longitude on a road, 28 m a second: each second is a stretch of its own [deg]."""
    return f"{106.1 + second / 4000:.6f}"


def csv_log(n_rows: int = N_ROWS, level: int = -104) -> bytes:
    rows = (
        f"2024.01.20_09.15.{i:02d},{east(i)},-6.412300,99,51010,1,LTE,{level - i % 3},-12,4,7\n"
        for i in range(n_rows)
    )
    return (HEADER + "".join(rows)).encode()


def kml_log(n_rows: int = N_ROWS) -> bytes:
    marks = []
    for i in range(n_rows):
        values = {
            "CGI": "x", "TECHNOLOGY": "4G", "RSRP": f"{-104 - i % 3} dBm", "RSRQ": "-12 dB",
            "RAWCELLID": "7", "SPEED": "99 km/h", "TIME": f"2024.01.20_09.15.{i:02d}",
        }  # fmt: skip
        data = "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in values.items())
        place = f"<Point><coordinates>{east(i)},-6.4123,0</coordinates></Point>"
        marks.append(f"<Placemark><ExtendedData>{data}</ExtendedData>{place}</Placemark>")
    return KML.format("".join(marks)).encode()


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """A survey with one log."""
    (tmp_path / "raw" / "readings").mkdir(parents=True)
    (tmp_path / "survey.toml").write_text(CONFIG)
    (tmp_path / "raw" / "readings" / "a.csv").write_bytes(csv_log())
    return tmp_path


@pytest.fixture
def counted(survey: Path) -> Callable[[], State]:
    """Read and count; gives the record of the reading and the number of readings in cells."""

    def call() -> State:
        ingest, _ = run(load_config(survey / "survey.toml"), ("ingest", "aggregate"))
        cells = pq.read_table(survey / "processed" / "cells.parquet", columns=["n_readings"])
        return dict(ingest.record), sum(cells.column(0).to_pylist())

    return call


def add(survey: Path, name: str, content: bytes) -> Path:
    path = survey / "raw" / "readings" / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"), [("b.csv.gz", gzip.compress(csv_log(), mtime=0)), ("b.kml", kml_log())]
)
def test_a_second_delivery_changes_no_count(
    survey: Path, counted: Callable[[], State], name: str, content: bytes
) -> None:
    _, before = counted()
    add(survey, name, content)
    record, after = counted()
    assert after == before == N_COUNTED
    assert record["rejected"] == {"duplicate_of_other_file": N_ROWS}
    assert record["rows_in"]["rows"] == record["rows_out"]["readings"] + N_ROWS
    told = {f: r.get("duplicate_of_other_file", {}) for f, r in record["details"]["files"].items()}
    assert sum(each.get("n", 0) for each in told.values()) == N_ROWS


def test_only_the_new_file_is_read(survey: Path, counted: Callable[[], State]) -> None:
    counted()
    parts = {p: p.stat().st_mtime_ns for p in (survey / "processed" / "readings").iterdir()}
    add(survey, "b.csv.gz", gzip.compress(csv_log(), mtime=0))
    record, _ = counted()
    assert record["notes"][0] == "1 of 2 files read, 1 known from before."
    assert {p: p.stat().st_mtime_ns for p in parts} == parts


@pytest.mark.parametrize("gone", ["a.csv", "b.csv.gz"])
def test_rows_come_back_when_either_file_goes(
    survey: Path, counted: Callable[[], State], gone: str
) -> None:
    add(survey, "b.csv.gz", gzip.compress(csv_log(), mtime=0))
    counted()
    (survey / "raw" / "readings" / gone).unlink()
    record, n = counted()
    assert n == N_COUNTED
    assert record["rejected"] == {}
    assert record["notes"][0] == "0 of 1 files read, 1 known from before."


def test_the_order_of_arrival_does_not_matter(survey: Path, counted: Callable[[], State]) -> None:
    second = gzip.compress(csv_log(), mtime=0)
    add(survey, "b.csv.gz", second)
    counted()
    found = json.loads((survey / "processed" / "duplicates.json").read_text())
    for name in ("a.csv", "b.csv.gz"):
        (survey / "raw" / "readings" / name).rename(survey / name)
        counted() if name == "a.csv" else None
    (survey / "b.csv.gz").rename(survey / "raw" / "readings" / "b.csv.gz")
    (survey / "a.csv").rename(survey / "raw" / "readings" / "z.csv")
    counted()
    assert json.loads((survey / "processed" / "duplicates.json").read_text()) == found


def test_a_few_equal_readings_are_two_phones(survey: Path, counted: Callable[[], State]) -> None:
    text = csv_log(level=-99).decode().splitlines(keepends=True)
    text[1] = csv_log().decode().splitlines(keepends=True)[1]
    add(survey, "b.csv", "".join(text).encode())
    record, n = counted()
    assert "duplicate_of_other_file" not in record["rejected"]
    assert n == 2 * N_COUNTED
