"""Terminal manners: grouped help, examples, two languages, no colour when piped."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import cli

Command = Callable[..., tuple[int, str, str]]
GROUPS = ("To begin with", "The daily work", "Single stages", "To look things up")
ANSWERS = ("--province", "Banten", "--election-date", "2029-02-14")


def test_the_help_is_grouped_and_says_how_to_begin(command: Command) -> None:
    code, out, _ = command("--help")
    assert code == 0
    assert [group for group in (*GROUPS, "blankspot init my-survey") if group not in out] == []


@pytest.mark.parametrize("name", ["init", "check", "run", "inspect", "demo", "forget", "compare"])
def test_the_help_of_a_command_has_an_example(command: Command, name: str) -> None:
    told = " ".join(command(name, "--help")[1].split())
    assert re.search(rf"Example: blankspot (--lang id )?{name}", told)


def test_init_makes_a_survey_and_says_what_is_next(command: Command, tmp_path: Path) -> None:
    code, out, err = command("init", tmp_path / "s", *ANSWERS)
    assert (code, err) == (0, "")
    assert f"made: {tmp_path / 's' / 'survey.toml'}" in out
    assert "next step: copy the signal logs to" in out


def test_init_asks_nobody_where_nobody_sits(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    code, _, err = command("init", tmp_path / "s", "--province", "Banten")
    assert code == 2
    assert "Missing option --election-date" in err
    assert not (tmp_path / "s").exists()


def test_init_asks_the_person_at_the_terminal(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["Banten", "2029-02-14"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(cli.typer, "prompt", lambda *_, **__: next(answers))
    assert command("init", tmp_path / "s")[0] == 0
    assert "election_date = 2029-02-14" in (tmp_path / "s" / "survey.toml").read_text()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--box", "1,2,3"), "Invalid box '1,2,3'"),
        (("--operator", "Orange"), "Invalid operator 'Orange'"),
        (("--language", "jv"), "Invalid language 'jv'"),
        (("--sites", "none.csv"), "none.csv: No such file"),
    ],
)
def test_a_bad_answer_is_one_line(
    command: Command, tmp_path: Path, options: tuple[str, str], told: str
) -> None:
    code, out, err = command("init", tmp_path / "s", *ANSWERS, *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


@pytest.mark.parametrize(
    ("options", "told"), [((), "next step:"), (("--lang", "id"), "langkah berikutnya:")]
)
def test_check_speaks_the_language_asked_for(
    command: Command, fresh: Path, options: tuple[str, ...], told: str
) -> None:
    assert told in command(*options, "check", fresh / "survey.toml")[1]


def test_the_summary_is_there_in_indonesian(command: Command, finished: Path) -> None:
    out = command("--lang", "id", "run", finished / "survey.toml")[1]
    assert [word for word in ("tahap", "pemilih", "buka dulu:") if word not in out] == []


@pytest.mark.parametrize(("language", "label"), [("id", "Survei dulu"), ("en", "Survey first")])
def test_remedies_are_named_in_the_language_of_the_call(
    command: Command, finished: Path, language: str, label: str
) -> None:
    assert label in command("--lang", language, "run", finished / "survey.toml")[1]


def test_a_finished_stage_says_why_rows_were_rejected(command: Command, fresh: Path) -> None:
    code, out, _ = command("ingest", fresh / "survey.toml")
    assert code == 0
    assert re.search(r"^ingest: rejected for \w+ [\d,]+", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("rnu",), "No such command 'rnu'. Did you mean 'run'? See `blankspot --help`."),
        (
            ("--lang", "id", "rnu"),
            "Tidak ada perintah 'rnu'. Maksud Anda 'run'? Lihat `blankspot --help`.",
        ),
    ],
)
def test_a_mistyped_command_is_answered_with_the_nearest(
    command: Command, options: tuple[str, ...], told: str
) -> None:
    assert command(*options)[2].splitlines() == [told]


def test_what_is_not_known_is_a_dash_in_the_summary(command: Command, finished: Path) -> None:
    assert not re.search(r"\b(nan|None|<NA>)\b", command("run", finished / "survey.toml")[1])


def test_nothing_is_coloured_when_piped(command: Command, fresh: Path) -> None:
    (fresh / "raw" / "readings" / "notes.csv").write_text("who,what\nme,nothing\n")
    _, out, err = command("check", fresh / "survey.toml")
    assert "\x1b" not in out + err
