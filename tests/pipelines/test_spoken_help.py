"""Help and errors of the command line in both languages: each text has its twin, none is left."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pipelines.cli import _GROUPS, app
from pipelines.sentences import CATALOGUE, in_indonesian

Command = Callable[..., tuple[int, str, str]]
TREE: Any = get_command(app)
NAMES = sorted(TREE.commands)
OPTION = re.compile(r"--[a-z][a-z-]*")
FIXED = re.compile(r"--[a-z][a-z-]*|\b(?:[A-Z]{2,}\w*|\d(?:[\d.-]*\d)?|\w+[/:=][\w./:=]+)")
"""What a person types or looks for: it is the same in every language."""
ENGLISH = re.compile(
    r"\b(the|must|should|invalid|not|give|missing|takes?|value|got|input|option)\b", re.IGNORECASE
)


def one_line(text: str) -> str:
    return " ".join(text.split())


def help_texts() -> Iterator[str]:
    """Everything that commands and options say of themselves."""
    for command in (TREE, *TREE.commands.values()):
        yield one_line(command.help)
        yield from (p.help for p in command.params if "completion" not in p.name)
    yield from _GROUPS


def of_catalogue(section: str) -> dict[str, str]:
    told: dict[str, str] = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))[section]
    return told


def test_every_help_text_has_its_twin_and_no_twin_is_alone() -> None:
    assert set(help_texts()) == set(of_catalogue("help"))


@pytest.mark.parametrize(("english", "told"), of_catalogue("help").items())
def test_both_languages_name_the_same_options(english: str, told: str) -> None:
    assert OPTION.findall(told) == OPTION.findall(english)
    assert set(FIXED.findall(english)) <= set(FIXED.findall(told))


@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_in_indonesian_has_nothing_left_in_english(command: Command, name: str) -> None:
    code, out, _ = command(*filter(None, [name]), "--help", "--lang", "id")
    shown = one_line(re.sub(r"[│╭╮╰╯─]", " ", out))
    english = {**of_catalogue("help"), **of_catalogue("help_frame")}
    assert (code, "Pemakaian: blankspot" in shown) == (0, True)
    assert [text for text, told in english.items() if text in shown and text not in told] == []


def test_help_follows_the_locale(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLANKSPOT_LANG")
    monkeypatch.setenv("LC_ALL", "id_ID.UTF-8")
    assert "Menyusun peringkat TPS" in command("rank", "--help")[1]


def test_help_after_indonesian_help_is_english_again(command: Command) -> None:
    before = command("init", "--help")
    command("init", "--help", "--lang", "id")
    assert command("init", "--help") == before


@pytest.mark.parametrize(
    "words",
    [
        ("--lang", "id", "status", "none.toml"),
        ("status", "--lang", "id", "none.toml"),
        ("status", "none.toml", "--lang=id"),
    ],
)
def test_the_language_may_stand_anywhere(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words)[2].startswith("Kesalahan di none.toml: ")


def test_what_follows_two_dashes_is_no_option(command: Command, tmp_path: Path) -> None:
    code, _, err = command("status", "--", "--lang")
    assert (code, "--lang: No such config file." in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Perintah belum diberikan."),
        ("run", "Argumen 'config' belum diberikan."),
        ("run a.toml b.toml", "Argumen berlebih: b.toml."),
        ("run --foo", "Tidak ada opsi --foo."),
        ("run --jso a.toml", "Tidak ada opsi --jso (yang ada: --json, --log-json)."),
        ("run --json=1 a.toml", "Opsi '--json' tidak memerlukan nilai."),
        ("inspect a --rows", "Opsi '--rows' memerlukan nilai."),
        ("inspect a --rows x", "Nilai untuk '--rows' tidak sah: harus bilangan bulat."),
        ("inspect a --rows -1", "Nilai untuk '--rows' tidak sah: harus paling sedikit 0."),
    ],
)
def test_a_wrong_command_line_is_told_in_indonesian(
    command: Command, words: str, told: str
) -> None:
    code, out, err = command("--lang", "id", *words.split())
    assert (code, out, err) == (2, "", f"{told} Lihat `blankspot --help`.\n")


def test_a_polling_day_that_is_none_says_how_it_must_look(command: Command, tmp_path: Path) -> None:
    answers = ("--province", "Banten", "--election-date", "14-2-2029")
    told = command("init", tmp_path / "s", *answers)[2]
    assert told == "Invalid polling day '14-2-2029'. Must be like 2029-02-14.\n"
    assert not ENGLISH.search(in_indonesian(told.strip()))
