import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from coverage import tables
from coverage.errors import ContractError, InputError
from pipelines.store import (
    LockedError,
    Store,
    atomic_folder,
    atomic_path,
    content_hash,
    fingerprint_of,
    read_json,
    table_errors,
    write_json,
)


def correlation(value: float = 0.5) -> pd.DataFrame:
    return pd.DataFrame(
        {"operator_a": ["A"], "operator_b": ["B"], "correlation": [value], "n_pairs": [3]}
    )


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    table = tables.to_arrow("operator_correlation", correlation())
    store = Store(tmp_path)
    store.write("operator_correlation", table)
    assert store.read("operator_correlation").equals(table)


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    table = tables.to_arrow("operator_correlation", correlation())
    first, second = Store(tmp_path / "a"), Store(tmp_path / "b")
    hashes = [content_hash(store.write("operator_correlation", table)) for store in (first, second)]
    assert hashes[0] == hashes[1]


def test_a_breach_of_contract_is_not_written(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(ContractError, match=r"correlation is 1\.5 in row 0, must be <= 1"):
        store.write(
            "operator_correlation", tables.to_arrow("operator_correlation", correlation(1.5))
        )
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def interrupted_write() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("new")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        interrupted_write()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]


def test_a_missing_table_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="blankspot run"):
        Store(tmp_path).read("cells")


def test_a_damaged_table_is_one_clear_line(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.write(
        "operator_correlation", tables.to_arrow("operator_correlation", correlation())
    )
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(
        InputError, match=r"Damaged or foreign table operator_correlation"
    ) as caught:
        store.read("operator_correlation")
    assert "\n" not in str(caught.value)


def test_a_second_run_is_refused_with_the_holder(tmp_path: Path) -> None:
    with (
        Store(tmp_path).lock(),
        pytest.raises(LockedError, match=f"process {os.getpid()} since"),
        Store(tmp_path).lock(),
    ):
        pass


def test_the_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with Store(tmp_path).lock():
            pass


def test_leftovers_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    leftover = tmp_path / "readings" / ".abc.parquet.part.parquet"
    leftover.parent.mkdir()
    leftover.write_bytes(b"half")
    Store(tmp_path).clean()
    assert not leftover.exists()


def test_fingerprints_do_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint_of({"a": 1, "b": 2}) == fingerprint_of({"b": 2, "a": 1})
    assert fingerprint_of({"a": 1}) != fingerprint_of({"a": 2})


def test_uint64_cells_survive_the_round_trip(tmp_path: Path) -> None:
    cell = np.uint64(0x898C114912FFFFF)
    frame = pd.DataFrame(
        {
            "h3_cell": np.array([cell]),
            "operator": "A",
            "rat": "LTE",
            "signal_bin_dbm": pd.array([None], dtype="Int16"),
            "n": [1],
        }
    )
    store = Store(tmp_path)
    store.write("cell_counts", tables.to_arrow("cell_counts", frame))
    back = tables.to_pandas(store.read("cell_counts"))
    assert back["h3_cell"].iloc[0] == cell
    assert back["signal_bin_dbm"].isna().all()


def test_a_failed_write_says_of_what(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    with pytest.raises(OSError, match="No space left") as caught, atomic_path(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.filename == str(path)


def fill(path: Path, text: str) -> None:
    with atomic_folder(path) as temporary:
        (temporary / "a.txt").write_text(text)


def test_a_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    fill(tmp_path / "pack", "old")
    (tmp_path / "pack" / "b.txt").touch()
    fill(tmp_path / "pack", "new")
    assert [p.name for p in (tmp_path / "pack").iterdir()] == ["a.txt"]
    assert (tmp_path / "pack" / "a.txt").read_text() == "new"


def test_nothing_remains_beside_a_folder(tmp_path: Path) -> None:
    fill(tmp_path / "pack", "old")
    fill(tmp_path / "pack", "new")
    assert [p.name for p in tmp_path.iterdir()] == ["pack"]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    fill(tmp_path / "pack", "old")

    def interrupted() -> None:
        with atomic_folder(tmp_path / "pack") as temporary:
            (temporary / "a.txt").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (tmp_path / "pack" / "a.txt").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["pack"]


def test_an_old_folder_is_never_seen_half_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while the old one is deleted, the new one is already in its place."""
    fill(tmp_path / "pack", "old")

    def killed(path: Path, ignore_errors: bool = False) -> None:
        if path.exists():
            raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path / "pack", "new")
    assert (tmp_path / "pack" / "a.txt").read_text() == "new"


def test_leftover_folders_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    leftover = tmp_path / "partners" / ".ioh.old.part"
    leftover.mkdir(parents=True)
    (leftover / "a.txt").touch()
    Store(tmp_path).clean()
    assert not leftover.exists()


def test_json_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": "\u00e9"})
    assert read_json(tmp_path / "a.json") == {"a": "\u00e9", "b": 1}


def test_no_file_is_an_empty_record(tmp_path: Path) -> None:
    assert read_json(tmp_path / "none.json") == {}


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b""])
def test_a_damaged_record_is_one_line_that_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.json: Invalid JSON.*Delete the file and run again"):
        read_json(tmp_path / "a.json")


def test_a_part_lies_beside_the_other_parts(tmp_path: Path) -> None:
    store = Store(tmp_path)
    table = tables.to_arrow("operator_correlation", correlation())
    for part in ("b", "a"):
        store.write("operator_correlation", table, part)
    assert store.parts("operator_correlation") == ["a", "b"]


def test_a_batch_that_breaks_the_contract_leaves_no_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    good, bad = (
        tables.to_arrow("operator_correlation", correlation(value)) for value in (0.5, 1.5)
    )

    def write_both() -> None:
        with store.writer("operator_correlation") as write:
            write(good)
            write(bad)

    with pytest.raises(ContractError, match="must be <= 1"):
        write_both()
    assert list(tmp_path.iterdir()) == []


def test_the_lock_hands_out_who_died_holding_it(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("process 7 since 2024-01-01 00:00:00 UTC")
    with Store(tmp_path).lock() as cut_off:
        assert cut_off == "process 7 since 2024-01-01 00:00:00 UTC"
    with Store(tmp_path).lock() as cut_off:
        assert cut_off == ""


def test_a_lock_whose_holder_died_is_held_by_nobody(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("process 7 since 2024-01-01 00:00:00 UTC")
    assert Store(tmp_path).holder() == ""


def test_a_lock_that_is_held_names_its_holder(tmp_path: Path) -> None:
    with Store(tmp_path).lock():
        assert Store(tmp_path).holder().startswith(f"process {os.getpid()} since ")


def test_files_and_folders_are_closed_to_others(tmp_path: Path) -> None:
    root = tmp_path / "processed"
    with Store(root).lock(), atomic_folder(root / "partners") as folder:
        (folder / "a.csv").write_text("a")
    write_json(root / "a.json", {})
    for path in (root, root / "partners", root / "partners" / "a.csv", root / "a.json"):
        assert path.stat().st_mode & 0o007 == 0, path
    assert (root / ".lock").stat().st_mode & 0o007 == 0


def test_folders_are_closed_to_others_whoever_makes_them_first(tmp_path: Path) -> None:
    """`blankspot check` writes a record or a key before any run has made the folder."""
    write_json(tmp_path / "survey" / "processed" / "ingest" / "a.json", {})
    made = (tmp_path / "survey", *(tmp_path / "survey").rglob("*"))
    assert len(made) == 4
    assert [path for path in made if path.stat().st_mode & 0o007] == []


def test_a_file_for_the_owner_alone_stays_so(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "key") as temporary:
        temporary.touch(mode=0o600)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "error", [OSError(errno.EACCES, "Permission denied"), pa.lib.ArrowMemoryError("malloc failed")]
)
def test_a_sound_table_is_not_called_damaged_where_the_machine_says_no(
    tmp_path: Path, error: Exception
) -> None:
    def read() -> None:
        with table_errors("cells", tmp_path / "cells.parquet"):
            raise error

    with pytest.raises(type(error), match=r"Permission denied|malloc failed"):
        read()
