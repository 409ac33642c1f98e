"""Tables of other versions: read, brought up, or refused with what to do."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coverage import tables
from coverage.errors import InputError
from coverage.tables import SCHEMA_VERSION
from pipelines import migrate as migrations
from pipelines.migrate import Migration, migrate
from pipelines.store import Store, schema_version

Command = Callable[..., tuple[int, str, str]]
Hashes = Callable[[Path], dict[str, str]]
NAME = "operator_correlation"
OLDER = SCHEMA_VERSION - 1


def table() -> pa.Table:
    columns = {"operator_a": ["A"], "operator_b": ["B"], "correlation": [0.5], "n_pairs": [3]}
    return pa.table(columns).cast(tables.schema_of(NAME))


def write_as(store: Store, content: pa.Table, version: int) -> Path:
    """Write a table as a program of another version would."""
    path = store.path(NAME)
    metadata = {"blankspot_table": NAME, "blankspot_schema": str(version)}
    pq.write_table(content.replace_schema_metadata(metadata), path)
    return path


def verdict(store: Store) -> str:
    (found,) = migrate(store)
    return found.verdict


def test_every_table_on_disk_says_its_version(finished: Path, tables_of: Hashes) -> None:
    root = finished / "processed"
    names = [name for name in tables_of(finished) if name.split("/")[0].split(".")[0] in
             tables.TABLES]  # fmt: skip
    assert len(names) > 60
    assert {schema_version(root / name) for name in names} == {SCHEMA_VERSION}


def test_a_table_of_this_version_is_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    before = store.write(NAME, table()).stat().st_mtime_ns
    assert verdict(store) == "current"
    assert store.path(NAME).stat().st_mtime_ns == before


def test_an_older_table_of_the_same_columns_is_read_as_it_is(tmp_path: Path) -> None:
    write_as(Store(tmp_path), table(), OLDER)
    assert Store(tmp_path).read(NAME).to_pylist() == table().to_pylist()


def test_an_older_table_of_the_same_columns_is_brought_up(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = write_as(store, table(), OLDER)
    assert verdict(store) == "migrated"
    assert schema_version(path) == SCHEMA_VERSION
    assert store.read(NAME).equals(table())


def test_an_older_table_of_other_columns_is_refused_with_the_command(tmp_path: Path) -> None:
    write_as(Store(tmp_path), table().drop_columns("n_pairs"), OLDER)
    with pytest.raises(
        InputError,
        match=rf"schema {OLDER}, this program reads {SCHEMA_VERSION}\. Run `blankspot migr",
    ):
        Store(tmp_path).read(NAME)


def test_what_cannot_be_brought_up_stays_and_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = write_as(store, table().drop_columns("n_pairs"), OLDER)
    before = path.read_bytes()
    (found,) = migrate(store)
    assert found == Migration(table=NAME, version=OLDER, n_files=1, verdict="remake")
    assert "`blankspot run` makes them from the raw files" in found.line()
    assert path.read_bytes() == before


def test_a_known_step_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    write_as(store, table().rename_columns(["a", "b", "correlation", "n_pairs"]), OLDER)
    step = {(NAME, OLDER): lambda old: old.rename_columns(tables.schema_of(NAME).names)}
    monkeypatch.setattr(migrations, "STEPS", step)
    assert verdict(store) == "migrated"
    assert store.read(NAME).to_pylist() == table().to_pylist()


def test_a_list_that_did_not_ask_for_power_gets_not_known(finished: Path, tmp_path: Path) -> None:
    asked = Store(finished / "processed").read("site_ranking")
    store = Store(tmp_path)
    metadata = {"blankspot_table": "site_ranking", "blankspot_schema": "2"}
    old = asked.drop_columns("has_power").replace_schema_metadata(metadata)
    pq.write_table(old, store.path("site_ranking"))
    assert verdict(store) == "migrated"
    brought = store.read("site_ranking")
    assert brought["has_power"].null_count == brought.num_rows > 0
    assert brought.drop_columns("has_power").equals(asked.drop_columns("has_power"))


@pytest.mark.parametrize("name", ["sites", "site_ranking"])
def test_of_lists_of_before_it_is_not_known_who_is_at_a_special_location(
    finished: Path, tmp_path: Path, name: str
) -> None:
    asked = Store(finished / "processed").read(name)
    store = Store(tmp_path)
    metadata = {"blankspot_table": name, "blankspot_schema": "4"}
    old = asked.drop_columns("is_special").replace_schema_metadata(metadata)
    pq.write_table(old, store.path(name))
    assert verdict(store) == "migrated"
    brought = store.read(name)
    assert brought["is_special"].null_count == brought.num_rows > 0
    assert brought.drop_columns("is_special").equals(asked.drop_columns("is_special"))


def test_a_newer_table_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = write_as(store, table(), SCHEMA_VERSION + 1)
    before = path.read_bytes()
    with pytest.raises(
        InputError, match=rf"schema {SCHEMA_VERSION + 1}, this program knows {SCHEMA_VERSION}\. "
    ):
        store.read(NAME)
    assert verdict(store) == "newer"
    assert path.read_bytes() == before


def test_the_command_says_a_line_a_table(survey: Path, command: Command) -> None:
    code, out, _ = command("migrate", survey / "survey.toml")
    assert code == 0
    assert "site_ranking: 1 files, current" in out.splitlines()


def test_what_has_to_be_made_anew_is_exit_code_2(survey: Path, command: Command) -> None:
    store = Store(survey / "processed")
    write_as(store, table().drop_columns("n_pairs"), OLDER)
    assert command("migrate", survey / "survey.toml")[0] == 2
