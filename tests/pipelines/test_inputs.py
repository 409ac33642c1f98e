"""Files are found by pattern and known by content, without reading them twice."""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coverage.errors import InputError
from pipelines import inputs
from pipelines.inputs import find, one, refuse_changed
from pipelines.store import Store, read_json, write_json


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    (tmp_path / "raw" / "a").mkdir(parents=True)
    (tmp_path / "raw" / "a" / "one.txt").write_text("one")
    (tmp_path / "raw" / "two.txt").write_text("two")
    return tmp_path / "raw"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "processed")


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose content was read."""
    names: list[str] = []

    def content_hash(path: Path) -> str:
        names.append(path.name)
        return path.read_text()

    monkeypatch.setattr(inputs, "content_hash", content_hash)
    return names


def test_files_are_sorted_and_named_from_the_raw_folder(raw: Path, store: Store) -> None:
    assert [file.name for file in find(raw, ["**/*.txt"], store)] == ["a/one.txt", "two.txt"]


def test_a_file_that_two_patterns_match_is_there_once(raw: Path, store: Store) -> None:
    assert len(find(raw, ["two.txt", "*.txt"], store)) == 1


def test_what_a_system_leaves_about_is_no_input(raw: Path, store: Store) -> None:
    for name in (".hidden", ".DS_Store", "Thumbs.db", "README.md"):
        (raw / name).touch()
    assert len(find(raw, ["**/*"], store)) == 2


def test_an_unchanged_file_is_not_read_again(raw: Path, store: Store, hashed: list[str]) -> None:
    find(raw, ["**/*"], store)
    hashed.clear()
    find(raw, ["**/*"], store)
    assert hashed == []


def test_a_renamed_file_is_not_read_again(raw: Path, store: Store, hashed: list[str]) -> None:
    find(raw, ["**/*"], store)
    hashed.clear()
    (raw / "two.txt").rename(raw / "a" / "three.txt")
    assert [file.name for file in find(raw, ["**/*"], store)] == ["a/one.txt", "a/three.txt"]
    assert hashed == []


def test_a_changed_file_of_the_same_size_is_read_again(
    raw: Path, store: Store, hashed: list[str]
) -> None:
    find(raw, ["two.txt"], store)
    state = (raw / "two.txt").stat()
    (raw / "two.txt").write_text("TWO")
    os.utime(raw / "two.txt", ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    (file,) = find(raw, ["two.txt"], store)
    assert file.hash == "TWO"


def test_a_file_that_grows_while_it_is_read_is_read_again(
    raw: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def content_hash(path: Path) -> str:
        found = path.read_text()
        path.write_text("two and more")
        return found

    monkeypatch.setattr(inputs, "content_hash", content_hash)
    first = [file.hash for file in find(raw, ["two.txt"], store)]
    second = [file.hash for file in find(raw, ["two.txt"], store)]
    assert (first, second) == (["two"], ["two and more"])


def test_no_name_of_a_file_is_kept(raw: Path, store: Store) -> None:
    find(raw, ["**/*"], store)
    assert "two" not in (store.root / "inputs.json").read_text()


def test_outputs_below_the_raw_folder_are_no_inputs(raw: Path) -> None:
    store = Store(raw / "processed")
    store.root.mkdir()
    (store.root / "readings.txt").touch()
    assert len(find(raw, ["**/*"], store)) == 2


@pytest.mark.parametrize("pattern", ["../*", "a/../../x", "/etc/*", "a**b"])
def test_a_pattern_that_leads_out_or_is_none_is_refused(
    raw: Path, store: Store, pattern: str
) -> None:
    with pytest.raises(InputError, match=r"Invalid pattern .*Must be relative to paths\.raw"):
        find(raw, [pattern], store)


@pytest.mark.parametrize("name", [b"\xff.txt", b"new\nline.txt"])
def test_a_name_that_cannot_be_printed_is_refused(raw: Path, store: Store, name: bytes) -> None:
    (raw / os.fsdecode(name)).touch()
    with pytest.raises(InputError, match=r"Invalid file name .*Must be printable") as caught:
        find(raw, ["*"], store)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("make", [
    lambda path: path.symlink_to("/nowhere/drive.txt"), lambda path: path.symlink_to(path.name),
    os.mkfifo,
], ids=["a link that leads nowhere", "a link to itself", "a pipe"])  # fmt: skip
def test_what_is_no_file_is_not_passed_over(
    raw: Path, store: Store, make: Callable[[Path], None]
) -> None:
    make(raw / "drive.txt")
    with pytest.raises(InputError, match=r"drive\.txt: Not a file: .*Mend the link"):
        find(raw, ["**/*"], store)


@pytest.mark.parametrize("target", ["..", "loop", "../elsewhere"])
def test_a_link_to_a_folder_is_not_passed_over(raw: Path, store: Store, target: str) -> None:
    (raw / "elsewhere").mkdir()
    (raw / "a" / "loop").symlink_to(target)
    with pytest.raises(InputError, match=r"a/loop: (A link to a folder|Not a file: a link)"):
        find(raw, ["**/*"], store)


def test_a_linked_file_and_a_linked_raw_folder_are_read(raw: Path, store: Store) -> None:
    (raw / "a" / "three.txt").symlink_to(raw / "two.txt")
    (raw.parent / "linked").symlink_to(raw)
    names = [file.name for file in find(raw.parent / "linked", ["a/**/*"], store)]
    assert names == ["a/one.txt", "a/three.txt"]


def test_a_folder_that_may_not_be_read_is_not_passed_over(
    raw: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def forbidden(folder: str | Path) -> Any:
        if Path(folder).name == "a":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", forbidden)
    with pytest.raises(PermissionError):
        find(raw, ["**/*"], store)


def test_what_lies_in_a_hidden_folder_is_no_input_unless_it_is_named(
    raw: Path, store: Store
) -> None:
    (raw / ".Trash-1000").mkdir()
    (raw / ".Trash-1000" / "three.txt").touch()
    assert len(find(raw, ["**/*"], store)) == 2
    assert len(find(raw, [".Trash-1000/*"], store)) == 1


def test_a_folder_called_like_a_file_is_none(raw: Path, store: Store) -> None:
    (raw / "log.csv").mkdir()
    assert find(raw, ["*.csv"], store) == []


def test_a_file_that_changed_after_it_was_hashed_is_refused(raw: Path, store: Store) -> None:
    file, other = find(raw, ["**/*"], store)
    (raw / "a" / "one.txt").write_text("something else")
    refuse_changed(other)
    with pytest.raises(InputError, match=r"a/one\.txt: It was written while it was read\. Run"):
        refuse_changed(file)


def test_a_file_is_the_same_on_a_machine_that_numbers_it_otherwise(
    raw: Path, store: Store, tmp_path: Path
) -> None:
    file, _ = find(raw, ["**/*"], store)
    elsewhere = Path(shutil.copy2(file.local, tmp_path / "elsewhere.txt"))  # size and time go along
    refuse_changed(replace(file, path=elsewhere))


def test_a_missing_raw_folder_is_named(tmp_path: Path, store: Store) -> None:
    with pytest.raises(InputError, match=r"none: No such folder of raw inputs\. Create it"):
        find(tmp_path / "none", ["*"], store)


def test_one_file_must_be_one(raw: Path, store: Store) -> None:
    with pytest.raises(InputError, match=r"2 files match '\*\*/\*\.txt'\. Must be one"):
        one(raw, "**/*.txt", store)


def test_no_setting_means_no_file(raw: Path, store: Store) -> None:
    assert one(raw, "", store) is None


def remembered(store: Store) -> int:
    return sum(len(each) for each in read_json(store.root / "inputs.json").values())


@pytest.mark.parametrize("is_new_file", [False, True], ids=["in place", "by a new file"])
def test_a_log_renewed_every_night_is_remembered_once(
    raw: Path, store: Store, is_new_file: bool
) -> None:
    for night in range(1, 20):
        path = raw / (f"new_{night}" if is_new_file else "log.csv")
        path.write_text("row\n" * night)
        path.replace(raw / "log.csv")
        find(raw, ["*.csv"], store)
        find(raw, ["*.txt"], store)
    assert remembered(store) == 2


def test_a_file_that_is_gone_is_forgotten(raw: Path, store: Store) -> None:
    find(raw, ["**/*"], store)
    (raw / "two.txt").unlink()
    find(raw, ["**/*"], store)
    assert remembered(store) == 1


def test_other_patterns_need_not_read_a_known_file(
    raw: Path, store: Store, hashed: list[str]
) -> None:
    find(raw, ["**/*"], store)
    hashed.clear()
    find(raw, ["two.txt"], store)
    assert hashed == []


def test_what_an_older_program_remembered_is_read_anew(raw: Path, store: Store) -> None:
    write_json(store.root / "inputs.json", {"64512-1-3-17": "abc"})
    assert len(find(raw, ["**/*"], store)) == 2
    assert remembered(store) == 2
