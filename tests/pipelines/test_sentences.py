"""Sentences told in Indonesian: the catalogue stands for sentences of the code, values are kept."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from coverage.errors import InputError
from pipelines import sentences
from pipelines.sentences import (
    CATALOGUE,
    ENGLISH,
    catalogue,
    error_line,
    in_indonesian,
    speaker,
    values_of,
)

ROOT = Path(__file__).parents[2]
GAP = "\0"
OF_OTHERS = ("manner", "help_frame")
"""Sections of what is put together of parts, and of what libraries say."""
SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[A-Z`\"'])")


def text_of(node: ast.AST) -> str:
    """A literal with a gap for each value, empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(v) if isinstance(v, ast.Constant) else GAP for v in node.values)
    return ""


@pytest.fixture(scope="module")
def spoken() -> str:
    """Every sentence of the code, a line each."""
    found: set[str] = set()
    for folder in ("coverage", "pipelines"):
        for path in (ROOT / folder).rglob("*.py"):
            texts = map(text_of, ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            for text in filter(None, texts):
                found |= {text.strip(), *(part.strip() for part in SENTENCE_END.split(text))}
    return "\n".join(["", *sorted(found), ""])


def said_by_stages() -> list[str]:
    """What stages tell of their progress, and the notes they append, values as 7."""
    found = []
    for path in sorted((ROOT / "pipelines").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                called = ast.unparse(node.func)
                if called in {"progress", "notes.append"}:
                    found.append(text_of(node.args[0]).replace(GAP, "7"))
    return [text for text in found if text]


@pytest.mark.parametrize("english", said_by_stages())
def test_what_stages_say_is_told_in_indonesian(english: str) -> None:
    is_put_together = english == "reading 7, 7"
    assert is_put_together or in_indonesian(english) != english


def sections() -> dict[str, dict[str, str]]:
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "english",
    [key for name, section in sections().items() if name not in OF_OTHERS for key in section],
)
def test_a_sentence_of_the_catalogue_stands_in_the_code(english: str, spoken: str) -> None:
    """A place of the catalogue may also hold words that the code has written out."""
    pieces = re.split(r"\{\w+\}", english)
    pattern = r"[^\n]*?".join(map(re.escape, pieces))
    assert re.search(rf"(?:^|: |, ){pattern}(?:$|, )", spoken, re.MULTILINE), english


@pytest.mark.parametrize(("english", "told"), sorted(catalogue().items()))
def test_both_languages_hold_the_same_values(english: str, told: str) -> None:
    assert set(values_of(told)) <= set(values_of(english))
    assert {v for v in values_of(english) if v.startswith("n_")} <= set(values_of(told))


def test_an_entry_is_one_sentence() -> None:
    """Texts are taken apart at their sentences before these are looked for."""
    assert [english for english in catalogue() if SENTENCE_END.search(english)] == []


def test_no_sentence_is_written_twice() -> None:
    assert sum(map(len, sections().values())) == len(catalogue())


@pytest.mark.parametrize(
    ("english", "told"),
    [
        ("30 TPS, 1,200 rows refused", "30 TPS, 1.200 baris ditolak"),
        ("a, row 7: Invalid x '36'. Must be > 0.", "a, baris 7: x '36' tidak sah. Harus > 0."),
        ("Invalid n 3. Must be in [1, 2].", "n 3 tidak sah. Harus dalam [1, 2]."),
        (
            "Missing argument 'CONFIG'. See `blankspot --help`.",
            "Argumen 'CONFIG' belum diberikan. Lihat `blankspot --help`.",
        ),
        ("stale: settings changed: grid", "usang: pengaturan berubah: grid"),
        ("a: No such file.\nb: No such file.", "a: Berkas tidak ada.\nb: Berkas tidak ada."),
    ],
)  # fmt: skip
def test_a_sentence_is_told_with_its_values(english: str, told: str) -> None:
    assert in_indonesian(english) == told


@pytest.mark.parametrize(
    "text", ["", "nobody wrote this", "The moon. It is far.", "a: b: c", "{x}"]
)
def test_what_the_catalogue_does_not_know_stays_as_it_is(text: str) -> None:
    assert in_indonesian(text) == text


def test_a_known_sentence_is_told_beside_an_unknown_one() -> None:
    assert in_indonesian("Nobody knows this. Save as XLSX.") == (
        "Nobody knows this. Simpan sebagai XLSX."
    )


def test_a_value_with_braces_is_no_place() -> None:
    assert in_indonesian("counting {n_x}.csv") == "menghitung {n_x}.csv"


def test_english_is_told_as_it_is() -> None:
    assert speaker(ENGLISH)("No such file.") == "No such file."


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (InputError("No such file."), "Kesalahan: Berkas tidak ada."),
        (InputError("No such file.", file="a"), "Kesalahan di a: Berkas tidak ada."),
        (InputError("Unheard of.", file="a", row=2), "Kesalahan di a, baris 2: Unheard of."),
        (
            InputError("No such file.", file="a", remedy="Rename it."),
            "Kesalahan di a: Berkas tidak ada. Perbaikan: Ganti namanya.",
        ),
    ],
)
def test_an_error_has_its_frame_whether_or_not_it_is_known(error: InputError, told: str) -> None:
    assert error_line(error, "id") == told


def test_an_error_is_english_where_english_is_spoken() -> None:
    error = InputError("No such file.", file="a", row=2, remedy="Rename it.")
    assert error_line(error, "en") == str(error)


def test_an_error_in_indonesian_commands_no_terminal() -> None:
    error = InputError("Invalid x \x1b[2J.", file="\x1b[2J", remedy="\x1b")
    assert "\x1b" not in error_line(error, "id")


def test_the_longest_sentence_wins() -> None:
    assert in_indonesian("writing partner pack IOH") == "menulis paket mitra IOH"
    assert sentences.in_indonesian("writing map.html") == "menulis map.html"
