"""Logs that come, go, move and change; logs that cannot be read."""

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from coverage.errors import InputError
from pipelines import ingest as ingest_stage
from pipelines.config import load_config
from pipelines.run import run
from pipelines.stage import Outcome
from pipelines.store import Store

Times = Callable[[Path], dict[str, int]]
LOG = "readings/drive/ioh/2024-01-08/ioh_log.txt"


@pytest.fixture(scope="module")
def read_once(unread: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("read") / "survey"
    shutil.copytree(unread, folder)
    ingest(folder)
    return folder


@pytest.fixture
def read(read_once: Path, tmp_path: Path) -> Path:
    """The tiny survey, its logs read."""
    return Path(shutil.copytree(read_once, tmp_path / "survey"))


def ingest(folder: Path) -> Outcome:
    (outcome,) = run(load_config(folder / "survey.toml"), ("ingest",))
    return outcome


def files(folder: Path) -> dict[str, dict[str, Any]]:
    manifest = Store(folder / "processed").manifest()
    found: dict[str, dict[str, Any]] = manifest["stages"]["ingest"]["details"]["files"]
    return found


def part_of(folder: Path, name: str) -> str:
    """The part that a log was read into."""
    records = ingest_stage.part_records(Store(folder / "processed"))
    (part,) = (part for part, record in records.items() if record["file"] == name)
    return part


def changed(before: dict[str, int], after: dict[str, int], kind: str) -> set[str]:
    """Parts of a table that were written, or are gone."""
    paths = {name for name in {*before, *after} if name.startswith(f"processed/{kind}/")}
    return {Path(p).stem for p in paths if before.get(p) != after.get(p)}


def write_log(folder: Path, name: str, lines: Callable[[list[str]], list[str]]) -> Path:
    """Write a log made of the lines of another one."""
    text = (folder / "raw" / LOG).read_bytes().decode()
    path = folder / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(lines(text.splitlines(keepends=True))).encode())
    return path


def on_another_day(lines: list[str]) -> list[str]:
    return [line.replace("2024.01.08", "2024.01.11") for line in lines]


def test_a_new_log_is_the_only_one_read(read: Path, times_of: Times) -> None:
    before = times_of(read)
    write_log(read, "readings/drive/ioh/2024-01-11/ioh_log.txt", on_another_day)
    outcome = ingest(read)
    after = times_of(read)
    new = {part_of(read, "readings/drive/ioh/2024-01-11/ioh_log.txt")}
    assert changed(before, after, "readings") == new
    assert changed(before, after, "rejects") == new
    assert outcome.record["notes"][0].startswith("1 of ")


def test_a_removed_log_takes_its_rows_away(read: Path) -> None:
    part, taken = part_of(read, LOG), files(read)[LOG]["taken"]
    before = Store(read / "processed").manifest()["stages"]["ingest"]["rows_out"]["readings"]
    (read / "raw" / LOG).unlink()
    outcome = ingest(read)
    assert outcome.record["rows_out"]["readings"] == before - taken
    assert LOG not in files(read)
    assert part not in Store(read / "processed").parts("readings")


def test_a_renamed_log_is_not_read_again(read: Path, times_of: Times) -> None:
    before = times_of(read / "processed")
    log = read / "raw" / LOG
    log.rename(log.with_name("other.txt"))
    assert not ingest(read).did_work
    assert {**times_of(read / "processed"), "inputs.json": 0} == {**before, "inputs.json": 0}


def test_a_changed_log_replaces_its_rows(read: Path) -> None:
    part, taken = part_of(read, LOG), files(read)[LOG]["taken"]
    write_log(read, LOG, lambda lines: lines[:101])
    ingest(read)
    assert files(read)[LOG]["rows"] == 100
    assert files(read)[LOG]["taken"] < taken
    assert part not in Store(read / "processed").parts("readings")


def test_a_log_moved_to_where_an_override_holds_is_read_again(read: Path) -> None:
    config = read / "survey.toml"
    override = '\n[[inputs.overrides]]\nfiles = "*/walked/*"\nsource = "crowdsourced"\n'
    config.write_text(config.read_text() + override)
    ingest(read)
    target = read / "raw" / "readings" / "walked" / "log.txt"
    target.parent.mkdir()
    (read / "raw" / LOG).rename(target)
    ingest(read)
    part = part_of(read, "readings/walked/log.txt")
    table = Store(read / "processed").read("readings", part, ["source"])
    assert pc.unique(table.column("source")).to_pylist() == ["crowdsourced"]


def test_an_override_of_one_log_leaves_the_others_unread(read: Path, times_of: Times) -> None:
    before = times_of(read)
    config = read / "survey.toml"
    override = f'\n[[inputs.overrides]]\nfiles = "{LOG}"\nsource = "crowdsourced"\n'
    config.write_text(config.read_text() + override)
    ingest(read)
    assert changed(before, times_of(read), "readings") == {part_of(read, LOG)}


def test_the_same_bytes_under_two_names_are_taken_once(read: Path) -> None:
    before = Store(read / "processed").manifest()["stages"]["ingest"]["rows_out"]
    shutil.copy(read / "raw" / LOG, (read / "raw" / LOG).with_name("zz_copy.txt"))
    (read / "processed" / "readings" / f"{part_of(read, LOG)}.parquet").unlink()
    outcome = ingest(read)
    assert outcome.record["rows_out"] == before
    assert any(
        "zz_copy.txt holds the same bytes as" in note and note.endswith("taken once.")
        for note in outcome.record["notes"]
    )


@pytest.mark.parametrize("table", ["readings", "rejects"])
def test_a_table_that_was_deleted_is_made_again(read: Path, table: str) -> None:
    path = Store(read / "processed").path(table, part_of(read, LOG))
    content = path.read_bytes()
    path.unlink()
    ingest(read)
    assert path.read_bytes() == content


@pytest.mark.parametrize("table", ["readings", "rejects"])
def test_a_table_that_was_cut_short_is_made_again(read: Path, table: str) -> None:
    path = Store(read / "processed").path(table, part_of(read, LOG))
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    ingest(read)
    assert path.read_bytes() == content


def test_a_log_cut_in_the_middle_of_a_row_gives_one_reject(read: Path) -> None:
    cut = "readings/drive/ioh/2024-01-11/cut.txt"
    write_log(read, cut, lambda lines: [*on_another_day(lines[:51]), lines[51][:30]])
    ingest(read)
    assert files(read)[cut]["rows"] == 51
    assert files(read)[cut]["rejected"].get("malformed_row") == 1


def moved(lines: list[str], place: Callable[[str, str], tuple[str, str]]) -> Iterator[str]:
    """Lines with other longitudes and latitudes."""
    yield lines[0]
    for line in on_another_day(lines[1:51]):
        time, longitude, latitude, rest = line.split("\t", 3)
        yield "\t".join([time, *place(longitude, latitude), rest])


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (lambda longitude, latitude: (latitude, longitude), "coordinates_swapped"),
        (lambda longitude, latitude: ("2.35", "48.85"), "outside_box"),
        (lambda longitude, latitude: ("0", "0"), "zero_position"),
    ],
)
def test_a_log_at_a_wrong_place_is_refused_row_by_row(
    read: Path, place: Callable[[str, str], tuple[str, str]], reason: str
) -> None:
    name = "readings/drive/ioh/2024-01-11/elsewhere.txt"
    write_log(read, name, lambda lines: list(moved(lines, place)))
    ingest(read)
    assert files(read)[name]["taken"] == 0
    assert files(read)[name]["rejected"] == {reason: 50}


@pytest.fixture
def broken(read: Path) -> Path:
    """A survey with a new log and an archive that cannot be read."""
    write_log(read, "readings/drive/ioh/2024-01-11/ioh_log.txt", on_another_day)
    archive = read / "raw" / "readings" / "drive" / "broken.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as content:
        content.write(read / "raw" / LOG, "log.txt")
    archive.write_bytes(archive.read_bytes()[:-40])
    return read


def test_an_unreadable_archive_is_named(broken: Path) -> None:
    with pytest.raises(InputError, match=r"readings/drive/broken\.zip: ") as caught:
        ingest(broken)
    assert "\n" not in str(caught.value)


def test_what_was_read_beside_an_unreadable_archive_is_kept(broken: Path) -> None:
    with pytest.raises(InputError, match=r"broken\.zip"):
        ingest(broken)
    (broken / "raw" / "readings" / "drive" / "broken.zip").unlink()
    assert ingest(broken).record["notes"][0].startswith("0 of ")


def test_a_file_of_unknown_format_is_named(read: Path) -> None:
    (read / "raw" / "readings" / "notes.csv").write_text("who,what\nme,nothing\n")
    with pytest.raises(InputError, match=r"readings/notes\.csv: "):
        ingest(read)


def test_a_survey_without_one_good_reading_is_refused(fresh: Path) -> None:
    raw = fresh / "raw"
    content = (raw / LOG).read_bytes().decode().splitlines(keepends=True)
    shutil.rmtree(raw / "readings")
    (raw / "readings").mkdir()
    rows = moved(content, lambda longitude, latitude: ("0", "0"))
    (raw / "readings" / "log.txt").write_bytes("".join(rows).encode())
    with pytest.raises(InputError, match=r"Not one reading was taken of 50 rows: zero_position 50"):
        ingest(fresh)


def test_a_survey_that_lies_below_its_raw_folder_does_not_read_itself(read: Path) -> None:
    config = read / "survey.toml"
    text = config.read_text().replace('processed = "processed"', 'processed = "raw/processed"')
    patterns = 'readings = ["readings/**/*", "**/*.parquet"]'
    config.write_text(text.replace("[inputs]", f"[inputs]\n{patterns}"))
    shutil.rmtree(read / "raw" / "truth")
    first = ingest(read)
    assert first.did_work
    assert not ingest(read).did_work


def test_the_time_left_is_not_told_by_the_first_file(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 6.0])
    monkeypatch.setattr(ingest_stage.time, "monotonic", lambda: next(clock))
    pace = ingest_stage._Pace(n_files=10, total_bytes=10_000_000)
    pace.add(1_000_000, 5)
    assert pace.text() == "1/10 files, 5 rows, 1.0 MB/s"
    pace.add(5_000_000, 7)
    assert pace.text() == "2/10 files, 12 rows, 1.0 MB/s, 0:04 left"
