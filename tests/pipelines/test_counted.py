from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coverage import hexgrid, tables
from coverage.errors import ContractError, InputError
from pipelines.counted import PREFIX_RESOLUTION, CellRange, scan, write_sorted
from pipelines.store import content_hash

PREFIXES = hexgrid.children_of(int(hexgrid.cells_of(-6.1754, 106.8272, 3)), 4).tolist()


def counts(n_cells: int = 20) -> pa.Table:
    """A few r9 cells under each parent, two levels a cell."""
    cells = np.concatenate([hexgrid.children_of(p, 9)[:n_cells] for p in PREFIXES]).repeat(2)
    n = len(cells)
    columns = {
        "h3_cell": cells, "operator": ["IOH"] * n, "rat": ["LTE"] * n,
        "signal_bin_dbm": [None, -100] * (n // 2), "n": list(range(1, n + 1)),
    }  # fmt: skip
    return pa.table(columns, schema=tables.schema_of("cell_counts"))


def cut(table: pa.Table, size: int) -> list[pa.Table]:
    return [table.slice(start, size) for start in range(0, table.num_rows, size)]


def read(path: Path, cells: CellRange | None = None, resolution: int | None = None) -> pa.Table:
    batches = scan(path, "cell_counts", cells, resolution)
    schema = tables.schema_of("cell_counts")
    parts = [pa.Table.from_batches([batch]).cast(schema) for batch in batches]
    return pa.concat_tables([schema.empty_table(), *parts])


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_sorted(tmp_path / "t.parquet", "cell_counts", cut(counts(), 7), 64)
    assert read(tmp_path / "t.parquet").equals(counts())


def test_units_and_meanings_are_in_the_file(tmp_path: Path) -> None:
    write_sorted(tmp_path / "t.parquet", "cell_counts", [counts()], 64)
    schema = pq.read_schema(tmp_path / "t.parquet")
    assert schema.equals(tables.schema_of("cell_counts"), check_metadata=True)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 1000])
def test_however_it_is_cut_the_bytes_are_the_same(tmp_path: Path, size: int) -> None:
    write_sorted(tmp_path / "a.parquet", "cell_counts", [counts()], 64)
    write_sorted(tmp_path / "b.parquet", "cell_counts", cut(counts(), size), 64)
    assert content_hash(tmp_path / "a.parquet") == content_hash(tmp_path / "b.parquet")


def test_the_rows_under_each_parent_are_counted(tmp_path: Path) -> None:
    rows = write_sorted(tmp_path / "t.parquet", "cell_counts", cut(counts(), 7), 64)
    assert rows == dict.fromkeys(PREFIXES, 40)


def test_no_slices_make_an_empty_table(tmp_path: Path) -> None:
    assert not write_sorted(tmp_path / "t.parquet", "cell_counts", [], 64)
    assert read(tmp_path / "t.parquet").num_rows == 0


def test_a_breach_of_contract_is_not_written(tmp_path: Path) -> None:
    bad = counts().set_column(4, "n", pa.array([0] * counts().num_rows))
    with pytest.raises(ContractError, match="n is 0 in row 0"):
        write_sorted(tmp_path / "t.parquet", "cell_counts", [bad], 64)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("first", "last"), [(0, 0), (2, 4), (6, 6), (0, 6)])
def test_a_range_holds_the_rows_under_its_parents(tmp_path: Path, first: int, last: int) -> None:
    write_sorted(tmp_path / "t.parquet", "cell_counts", [counts()], 64)
    found = read(tmp_path / "t.parquet", CellRange(PREFIXES[first], PREFIXES[last]))
    assert found.equals(counts().slice(first * 40, (last - first + 1) * 40))


def test_row_groups_outside_the_range_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sorted(tmp_path / "t.parquet", "cell_counts", [counts()], 40)
    asked: list[int] = []
    iter_batches = pq.ParquetFile.iter_batches

    def spy(
        self: pq.ParquetFile, *args: object, row_groups: list[int], **options: object
    ) -> object:
        asked.extend(row_groups)
        return iter_batches(self, *args, row_groups=row_groups, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", spy)
    read(tmp_path / "t.parquet", CellRange(PREFIXES[2], PREFIXES[3]))
    assert asked == [2, 3]


def test_cells_of_several_resolutions_are_told_apart(tmp_path: Path) -> None:
    fine = counts(5)
    coarse_cells = np.sort(np.concatenate([hexgrid.children_of(p, 7)[:3] for p in PREFIXES]))
    coarse = fine.slice(0, len(coarse_cells)).set_column(0, "h3_cell", pa.array(coarse_cells))
    mixed = pa.concat_tables([coarse.cast(fine.schema), fine])
    write_sorted(tmp_path / "t.parquet", "cell_counts", [mixed], 30)
    cells = CellRange(PREFIXES[1], PREFIXES[1])
    assert read(tmp_path / "t.parquet", cells, 7).num_rows == 3
    assert read(tmp_path / "t.parquet", cells, 9).num_rows == 10
    assert read(tmp_path / "t.parquet", cells).num_rows == 13


def test_a_missing_table_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No table cell_counts.*blankspot run"):
        read(tmp_path / "t.parquet")


def test_a_foreign_table_is_one_clear_line(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"Damaged or foreign table cell_counts"):
        read(tmp_path / "t.parquet")


def test_the_parents_of_sorted_cells_are_sorted() -> None:
    rng = np.random.default_rng(1)
    cells = np.sort(
        hexgrid.cells_of(rng.uniform(-90, 90, 20_000), rng.uniform(-180, 180, 20_000), 9)
    )
    parents = hexgrid.parents_of(cells, PREFIX_RESOLUTION)
    assert (parents[1:] >= parents[:-1]).all()
