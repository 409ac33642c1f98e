"""The command as a user meets it: what it says, and one line for everything that can go wrong."""

import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import shown_run
from pipelines.stage import STAGES
from pipelines.store import Store

Answer = tuple[int, str, str]
Command = Callable[..., Answer]
Times = Callable[[Path], dict[str, int]]
LOG = "raw/readings/drive/ioh/2024-01-08/ioh_log.txt"
SITES = "raw/sites/tps_banten.csv"
PROGRESS = tuple(f"{stage}: " for stage in STAGES)
ENGLISH = re.compile(
    r"\b(the|must|invalid|not?|give|mend|keep|delete|put|found|cannot)\b", re.IGNORECASE
)
CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24  # linux/capability.h, linux/prctl.h


def config_of(folder: Path) -> Path:
    return folder / "survey.toml"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def line_of(answer: Answer, code: int = 2) -> str:
    """The one line that an error is told in."""
    found, out, err = answer
    told = [line for line in err.splitlines() if not line.startswith(PROGRESS)]
    assert (found, out, len(told)) == (code, "", 1), answer
    assert "Traceback" not in err
    return told[0]


def no_config(folder: Path) -> None:
    config_of(folder).unlink()


def unknown_key(folder: Path) -> None:
    change(config_of(folder), "around_m", "arround_m")


def config_in_latin_1(folder: Path) -> None:
    config_of(folder).write_bytes(b"# Kota \xe9\n")


def no_raw_folder(folder: Path) -> None:
    shutil.rmtree(folder / "raw")


def no_readings(folder: Path) -> None:
    shutil.rmtree(folder / "raw" / "readings")
    (folder / "raw" / "readings").mkdir()


def empty_log(folder: Path) -> None:
    (folder / "raw" / "readings" / "empty.csv").touch()


def unreadable_archive(folder: Path) -> None:
    (folder / "raw" / "readings" / "broken.zip").write_bytes(b"PK\x03\x04 and nothing more")


def unknown_format(folder: Path) -> None:
    (folder / "raw" / "readings" / "notes.csv").write_text("who,what\nme,nothing\n")


def pattern_out_of_raw(folder: Path) -> None:
    change(config_of(folder), '"layers/holds.geojson"', '"../elsewhere/holds.geojson"')


def absolute_pattern(folder: Path) -> None:
    change(config_of(folder), '"layers/holds.geojson"', '"/elsewhere/holds.geojson"')


def misspelt_hold_layer(folder: Path) -> None:
    change(config_of(folder), "layers/holds.geojson", "layers/hold.geojson")


def hold_layer_that_is_none(folder: Path) -> None:
    (folder / "raw" / "layers" / "holds.geojson").write_text("{}")


def hold_layer_without_reason(folder: Path) -> None:
    change(folder / "raw" / "layers" / "holds.geojson", '"reason"', '"note"')


def no_site_list(folder: Path) -> None:
    shutil.rmtree(folder / "raw" / "sites")


def site_list_of_short_codes(folder: Path) -> None:
    lines = (folder / SITES).read_text().splitlines(keepends=True)
    (folder / SITES).write_text("".join([lines[0], *(line[:11] + line[12:] for line in lines[1:])]))


def site_list_without_codes(folder: Path) -> None:
    change(folder / SITES, "Kode TPS", "Nomor urut")


def site_list_far_away(folder: Path) -> None:
    change(config_of(folder), "around_m = 300.0", "box = [50.0, 5.0, 55.0, 9.0]")


def site_in_two_lists(folder: Path) -> None:
    lines = (folder / SITES).read_text().splitlines(keepends=True)
    (folder / "raw" / "sites" / "zz_again.csv").write_text("".join(lines[:2]))


def tower_list_of_something_else(folder: Path) -> None:
    (folder / "raw" / "towers" / "cells_510.csv").write_text("who,what\nme,nothing\n")


def no_key_file(folder: Path) -> None:
    os.environ.pop("BLANKSPOT_DEVICE_KEY", None)
    config = config_of(folder)
    config.write_text(config.read_text() + '\n[privacy]\ndevice_key_file = "none.key"\n')


def village_given_twice(folder: Path) -> None:
    path = folder / "raw" / "layers" / "villages.geojson"
    content = json.loads(path.read_text())
    content["features"].append(content["features"][0])
    path.write_text(json.dumps(content))


def damaged_manifest(folder: Path) -> None:
    (folder / "processed").mkdir()
    (folder / "processed" / "manifest.json").write_text('{"stages": {"ing')


def manifest_of_something_else(folder: Path) -> None:
    (folder / "processed").mkdir()
    (folder / "processed" / "manifest.json").write_text("[]")


HARMS: tuple[tuple[Callable[[Path], None], list[str]], ...] = (
    (no_config, ["survey.toml: No such config file.", "Copy configs/banten.toml"]),
    (unknown_key, ["survey.toml: Unknown key grid.arround_m", "Did you mean around_m?"]),
    (config_in_latin_1, ["survey.toml: Cannot be read"]),
    (no_raw_folder, ["raw: No such folder of raw inputs.", "mend paths.raw"]),
    (no_readings, ["raw: No readings found.", "readings/**/*"]),
    (empty_log, ["readings/empty.csv: "]),
    (unreadable_archive, ["readings/broken.zip: "]),
    (unknown_format, ["readings/notes.csv: "]),
    (pattern_out_of_raw, ["'../elsewhere/holds.geojson'", "Must be relative to paths.raw"]),
    (absolute_pattern, ["'/elsewhere/holds.geojson'", "Must be relative to paths.raw"]),
    (misspelt_hold_layer, ["inputs.holds: nothing matches 'layers/hold.geojson'", "Mend the"]),
    (no_site_list, ["raw: No TPS list found.", "sites/*.csv"]),
    (site_list_of_short_codes, ["sites/tps_banten.csv: ", "tps_code_not_13_digits"]),
    (site_list_without_codes, ["sites/tps_banten.csv", "Nomor urut"]),
    (site_list_far_away, ["Not one reading was taken", "outside_box"]),
    (site_in_two_lists, ["sites/zz_again.csv, row 2: TPS ", "Keep one of the two lists"]),
    (tower_list_of_something_else, ["towers/cells_510.csv"]),
    (village_given_twice, ["layers/villages.geojson: Invalid village_code", "given twice"]),
    (no_key_file, ["none.key: No such device key file.", "BLANKSPOT_DEVICE_KEY"]),
    (damaged_manifest, ["manifest.json: Invalid JSON", "Delete the file and run again."]),
    (manifest_of_something_else, ["manifest.json: Invalid JSON. Must be an object."]),
)


@pytest.mark.parametrize(("harm", "told"), HARMS)
def test_bad_input_is_one_line_and_no_half_written_file(
    fresh: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path], None],
    told: list[str],
) -> None:
    monkeypatch.setenv("BLANKSPOT_DEVICE_KEY", os.environ["BLANKSPOT_DEVICE_KEY"])
    harm(fresh)
    line = line_of(command("run", config_of(fresh)))
    assert [part for part in told if part not in line] == []
    assert not list(fresh.rglob("*.part*"))
    assert not (fresh / "processed" / "deliverables").exists()


@pytest.mark.parametrize(
    "harms",
    [
        (no_config,),
        (unknown_key,),
        (config_in_latin_1,),
        (no_raw_folder,),
        (pattern_out_of_raw,),
        (damaged_manifest,),
        (no_readings, no_site_list, tower_list_of_something_else, village_given_twice),
        (empty_log, unreadable_archive, unknown_format, site_list_without_codes),
        (misspelt_hold_layer, site_list_of_short_codes),
        (site_in_two_lists, no_key_file),
    ],
    ids=lambda harms: harms[0].__name__,
)
def test_bad_input_is_told_in_indonesian(
    unread: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch,
    harms: tuple[Callable[[Path], None], ...],
) -> None:  # fmt: skip
    """Values may be English: what stands in brackets, and names of fields."""
    monkeypatch.setenv("BLANKSPOT_DEVICE_KEY", os.environ["BLANKSPOT_DEVICE_KEY"])
    folder = Path(shutil.copytree(unread, tmp_path / "survey"))
    for harm in harms:
        harm(folder)
    _, out, err = command("--lang", "id", "check", config_of(folder))
    lines = [*err.splitlines(), *(line for line in out.splitlines() if line.startswith("salah"))]
    told = [re.sub(r"\([^)]*\)|\[[^]]*\]|`[^`]*`", "", line) for line in lines]
    assert [line for line in told if ENGLISH.search(line)] == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (hold_layer_that_is_none, "layers/holds.geojson: Cannot be read as a vector layer"),
        (hold_layer_without_reason, "layers/holds.geojson: No column reason among"),
    ],
)
def test_a_bad_layer_is_one_line_and_the_old_ranking_stays(
    survey: Path, command: Command, harm: Callable[[Path], None], told: str
) -> None:
    ranking = Store(survey / "processed").path("site_ranking")
    before = ranking.read_bytes()
    harm(survey)
    assert line_of(command("rank", config_of(survey))).startswith(told)
    assert ranking.read_bytes() == before


def test_several_bad_files_are_told_a_line_each(fresh: Path, command: Command) -> None:
    unreadable_archive(fresh)
    unknown_format(fresh)
    code, _, err = command("ingest", config_of(fresh))
    assert code == 2
    assert [line.split(": ")[0] for line in err.splitlines()[-2:]] == [
        "readings/broken.zip",
        "readings/notes.csv",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (lambda row: row, "duplicate_tps_code"),
        (lambda row: row[:11] + row[12:], "tps_code_not_13_digits"),
        (lambda row: row.replace(row[:13], "3602062001999").replace(",-", ",1-"), "coordinates"),
    ],
)
def test_a_bad_row_of_the_site_list_is_refused_and_the_others_taken(
    survey: Path, command: Command, line: Callable[[str], str], reason: str
) -> None:
    lines = (survey / SITES).read_text().splitlines(keepends=True)
    (survey / SITES).write_text("".join([*lines, line(lines[1])]))
    code, out, _ = command("predict", config_of(survey))
    assert code == 0
    assert "1 rows of the TPS list refused: `blankspot check` names them" in out
    assert "rejects/list-sites.parquet" in out
    refused = Store(survey / "processed").read("rejects", "list-sites").to_pylist()
    assert [(r["source_row"], r["reason"].startswith(reason)) for r in refused] == [
        (len(lines) + 1, True)
    ]


def test_swapped_coordinates_in_the_site_list_are_refused(survey: Path, command: Command) -> None:
    lines = (survey / SITES).read_text().splitlines(keepends=True)
    fields = lines[1].split(",")
    header = lines[0].split(",")
    lat, lon = header.index("Lintang"), header.index("Bujur")
    fields[lat], fields[lon] = fields[lon], fields[lat]
    (survey / SITES).write_text("".join([lines[0], ",".join(fields), *lines[2:]]))
    assert command("predict", config_of(survey))[0] == 0
    refused = Store(survey / "processed").read("rejects", "list-sites").to_pylist()
    assert [(r["source_row"], r["reason"]) for r in refused] == [(2, "coordinates_swapped")]


@pytest.mark.parametrize(
    ("stage", "table"),
    [("aggregate", "readings"), ("rank", "cells"), ("deliver", "site_ranking")],
)
def test_a_damaged_table_is_named_with_what_to_do(
    survey: Path, command: Command, stage: str, table: str
) -> None:
    """Damage that leaves the size alone; of another size, the table is made again."""
    config = config_of(survey)
    settings = {"aggregate": "[counting]\nmax_accuracy_m = 40.0", "rank": "[ranking]\nn_draws = 60"}
    config.write_text(config.read_text() + "\n" + settings.get(stage, ""))
    if stage == "deliver":
        (survey / "processed" / "deliverables" / "map.html").unlink()
    store = Store(survey / "processed")
    path = store.path(table, store.parts(table)[0] if table == "readings" else None)
    path.write_bytes(bytes(path.stat().st_size))
    line = line_of(command(stage, config))
    assert line.startswith(f"{path}: Damaged or foreign table {table}")
    assert line.endswith("Delete it and run again.")


@pytest.mark.parametrize(
    ("stage", "first"),
    [("aggregate", "ingest"), ("predict", "ingest"), ("rank", "ingest"), ("deliver", "ingest")],
)
def test_a_stage_out_of_order_names_the_command_to_run_first(
    fresh: Path, command: Command, stage: str, first: str
) -> None:
    line = line_of(command(stage, config_of(fresh)))
    assert f"Run `blankspot {first}` first" in line


def test_ranking_before_predicting_names_predict(fresh: Path, command: Command) -> None:
    for stage in ("ingest", "aggregate"):
        assert command(stage, config_of(fresh))[0] == 0
    line = line_of(command("rank", config_of(fresh)))
    assert "No finished predict. Run `blankspot predict` first" in line


def test_ranking_after_new_readings_names_what_is_out_of_date(
    survey: Path, command: Command
) -> None:
    (survey / LOG).unlink()
    assert command("ingest", config_of(survey))[0] == 0
    line = line_of(command("rank", config_of(survey)))
    assert "The aggregate is out of date. Run `blankspot aggregate` first" in line


def without_override() -> None:
    """Take from root the right to write where it is forbidden."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="rights of root are taken away in Linux's way")
def test_a_read_only_folder_is_one_line_and_exit_code_5(fresh: Path) -> None:
    folder = fresh / "processed"
    folder.mkdir(mode=0o500)
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "run", str(config_of(fresh))],
        capture_output=True, text=True, preexec_fn=without_override, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (5, 1), done.stderr
    assert done.stderr == f"{folder / '.lock'}: Permission denied.\n"


def test_a_finished_run_says_where_to_look_first(survey: Path, command: Command) -> None:
    code, out, err = command("run", config_of(survey))
    assert (code, err) == (0, "")
    assert out.count("up to date, nothing done") == len(STAGES)
    assert f"open first: {survey / 'processed' / 'deliverables' / 'map.html'}" in out


def test_json_is_all_there_is_on_standard_output(survey: Path, command: Command) -> None:
    code, out, err = command("run", config_of(survey), "--json")
    stages = json.loads(out)["stages"]
    assert (code, err) == (0, "")
    assert tuple(stages) == STAGES
    assert not any(stage["did_work"] for stage in stages.values())


def test_check_says_what_every_input_is(fresh: Path, command: Command) -> None:
    code, out, _ = command("check", config_of(fresh))
    assert code == 0
    assert "ioh_log.txt: " in out
    assert "100 TPS, 0 rows refused" in out


def test_check_finds_everything_that_is_wrong(fresh: Path, command: Command) -> None:
    unknown_format(fresh)
    misspelt_hold_layer(fresh)
    site_list_without_codes(fresh)
    code, out, err = command("check", config_of(fresh))
    assert (code, err) == (2, "")
    assert sum(line.startswith("error") for line in out.splitlines()) == 3


def test_check_reads_nothing_in(fresh: Path, command: Command) -> None:
    command("check", config_of(fresh))
    assert not list((fresh / "processed").rglob("*.parquet"))


def test_check_in_json_holds_a_finding_each(fresh: Path, command: Command) -> None:
    misspelt_hold_layer(fresh)
    code, out, _ = command("check", config_of(fresh), "--json")
    errors = [finding["text"] for finding in json.loads(out) if finding["is_error"]]
    assert code == 2
    assert len(errors) == 1
    assert "nothing matches 'layers/hold.geojson'" in errors[0]


def test_inspect_says_what_a_file_is(fresh: Path, command: Command) -> None:
    code, out, _ = command("inspect", fresh / LOG, "--config", config_of(fresh))
    assert code == 0
    assert "recognised by: " in out
    assert "first readings:" in out


def test_inspect_needs_no_config(unread: Path, command: Command) -> None:
    assert command("inspect", unread / LOG)[0] == 0


def test_inspect_in_json_balances(unread: Path, command: Command) -> None:
    code, out, _ = command("inspect", unread / LOG, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["n_rows"] == found["n_taken"] + sum(found["rejected"].values())


@pytest.mark.parametrize("harm", [unreadable_archive, unknown_format])
def test_inspect_of_what_cannot_be_read_is_one_line(
    fresh: Path, command: Command, harm: Callable[[Path], None]
) -> None:
    before = set((fresh / "raw" / "readings").iterdir())
    harm(fresh)
    (path,) = set((fresh / "raw" / "readings").iterdir()) - before
    assert path.name in line_of(command("inspect", path))


def test_inspect_of_a_missing_file_is_one_line(tmp_path: Path, command: Command) -> None:
    assert "none.txt: No such file." in line_of(command("inspect", tmp_path / "none.txt"))


def test_inspect_writes_nothing(fresh: Path, command: Command, times_of: Times) -> None:
    before = times_of(fresh)
    command("inspect", fresh / LOG)
    assert times_of(fresh) == before


def test_the_dictionary_names_every_unit(command: Command) -> None:
    code, out, _ = command("dictionary")
    assert code == 0
    assert "signal_dbm" in out
    assert "dBm" in out


def test_the_dictionary_is_there_in_html(command: Command) -> None:
    assert command("dictionary", "--html")[1].lstrip().lower().startswith("<!doctype html>")


def test_a_wrong_option_is_no_traceback(command: Command) -> None:
    told = line_of(command("run", "--quick"))
    assert told == "No such option: --quick. See `blankspot --help`."


def test_no_command_at_all_gives_the_help(command: Command) -> None:
    code, out, err = command()
    assert (code, err) == (2, "")
    assert "Usage" in out


def test_a_defect_of_ours_is_one_line_and_exit_code_1(
    survey: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero\nand more")

    monkeypatch.setattr(shown_run, "run", broken)
    line = line_of(command("run", config_of(survey)), code=1)
    assert line.startswith("Defect of this program: ZeroDivisionError: division by zero.")


def test_an_interrupt_says_that_nothing_is_lost(
    survey: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shown_run, "run", interrupted)
    assert line_of(command("run", config_of(survey)), code=130).startswith("Interrupted.")
