"""Tables in Parquet files: the same whether text comes coded or plain."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from coverage import tables
from pipelines.parquet_form import table_writer

NAME = "duplicates"
SCHEMA = tables.schema_of(NAME)
PLAIN = pa.table({"reading_row": [0, 1, 2], "kept_in": ["a", "b", "a"]}, schema=SCHEMA)


def written(path: Path, *batches: pa.Table) -> pa.Table:
    with table_writer(path, NAME) as write:
        for batch in batches:
            write(batch)
    return pq.read_table(path)


def test_coded_and_plain_text_give_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path / "plain.parquet", PLAIN)
    written(tmp_path / "coded.parquet", PLAIN.cast(tables.coded(SCHEMA)))
    assert (tmp_path / "plain.parquet").read_bytes() == (tmp_path / "coded.parquet").read_bytes()


def test_a_file_says_the_contract_with_its_meanings(tmp_path: Path) -> None:
    found = written(tmp_path / "x.parquet", PLAIN.cast(tables.coded(SCHEMA)))
    assert found.schema.equals(SCHEMA, check_metadata=True)


def test_batches_may_be_coded_differently(tmp_path: Path) -> None:
    first, second = (PLAIN[rows].cast(tables.coded(SCHEMA)) for rows in (slice(2), slice(1, 3)))
    found = written(tmp_path / "x.parquet", first, second)
    assert found.column("kept_in").to_pylist() == ["a", "b", "b", "a"]


def test_a_file_without_rows_is_a_table(tmp_path: Path) -> None:
    assert written(tmp_path / "x.parquet").equals(tables.empty(NAME))
