"""Sentences made anywhere in the program, told in another language than English.

The rooms and stages write English, with what they have found set into the sentence. A catalogue
holds a sentence with places for such values, ``{n_rows} TPS, {n_refused} rows refused``, and the
same sentence in the other language, as gettext does. At the terminal a line is recognised by its
catalogue sentence, and its values are carried over as they stand. A sentence that is not in the
catalogue stays English: nothing is lost, nothing guessed. Tests hold the catalogue to the code.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Final

from coverage.errors import InputError, printable

CATALOGUE: Final = Path(__file__).with_name("catalogue") / "id.toml"
ENGLISH: Final = "en"
NUMBER: Final = "n_"
"""A place so named takes a number alone."""
SPOKEN: Final = "say_"
"""What stands in a place so named is itself told in the other language."""

Say = Callable[[str], str]
"""Tells an English sentence in the language of the person at the terminal."""

_SENTENCE_END: Final = re.compile(r"(?<=[.?!]) (?=[A-Z`\"'])")
_WITHIN_A_SENTENCE: Final = r"(?:(?![.?!] [A-Z`\"']).)+?"
_IN_NUMBER: Final = r"[-+]?\d[\d.,]*"


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence of the catalogue.

    Attributes
    ----------
    pattern
        Recognises it in English, with a group for each value.
    clue
        Its longest piece without values: where that is missing, nothing need be tried.
    told
        The sentence in the other language, with the same places.
    """

    pattern: re.Pattern[str]
    clue: str
    told: str


def as_it_is(sentence: str) -> str:
    """English stays English.

    Examples
    --------
    >>> as_it_is("No readings found.")
    'No readings found.'
    """
    return sentence


def speaker(language: str) -> Say:
    """What tells sentences in a language.

    Examples
    --------
    >>> speaker("id")("raw: No readings found.")
    'raw: Tidak ada log sinyal yang ditemukan.'
    """
    return as_it_is if language == ENGLISH else in_indonesian


def in_indonesian(text: str) -> str:
    """A text in Indonesian, as far as the catalogue knows its sentences.

    Examples
    --------
    >>> in_indonesian("survey.toml: Unknown key grid.a. Must be one of b, c. Did you mean b?")
    'survey.toml: Kunci grid.a tidak dikenal. Harus salah satu dari b, c. Maksud Anda b?'
    """
    if "\n" in text:
        return "\n".join(in_indonesian(line) for line in text.split("\n"))
    whole = _known().get(text) or _recognised(text)
    if whole is not None:
        return whole
    parts = _SENTENCE_END.split(text)
    if len(parts) > 1:
        return " ".join(in_indonesian(part) for part in parts)
    return next(_behind_a_place(text), text)


def error_line(error: Exception, language: str) -> str:
    """What an error says: where, what is wrong, what to do about it.

    Examples
    --------
    >>> error = InputError("No such config file.", file="a.toml", remedy="Copy configs/banten.toml "
    ... "and edit it.")
    >>> error_line(error, "id")
    'Kesalahan di a.toml: Berkas konfigurasi tidak ada. Perbaikan: Salin configs/banten.toml lalu \
sunting.'
    """
    if language == ENGLISH:
        return str(error)
    if not isinstance(error, InputError):
        return f"Kesalahan: {in_indonesian(str(error))}"
    places = [printable(error.file)] if error.file else []
    if error.row is not None:
        places.append(f"baris {error.row}")
    where = f"Kesalahan di {', '.join(places)}: " if places else "Kesalahan: "
    told = where + in_indonesian(_printable_lines(error.problem))
    remedy = in_indonesian(_printable_lines(error.remedy or ""))
    return f"{told} Perbaikan: {remedy}" if remedy else told


def catalogue() -> dict[str, str]:
    """Every sentence with its Indonesian, in the order of the file."""
    sections = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {english: told for section in sections.values() for english, told in section.items()}


def values_of(sentence: str) -> list[str]:
    """Names of the places in a sentence, in their order.

    Examples
    --------
    >>> values_of("{n_sites} TPS, {n_refused} rows refused")
    ['n_sites', 'n_refused']
    """
    return [name for _, name, _, _ in Formatter().parse(sentence) if name]


def _printable_lines(text: str) -> str:
    """A text of several lines that commands no terminal."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _recognised(text: str) -> str | None:
    """A whole text by the catalogue, the sentence with the longest piece first; None = unknown."""
    for sentence in _sentences():
        if sentence.clue in text and (found := sentence.pattern.fullmatch(text)):
            return sentence.told.format_map(_told(found.groupdict()))
    return None


def _behind_a_place(text: str) -> Iterator[str]:
    """The text with what stands behind ``file.csv, row 3: `` told, where that is known."""
    for colon in re.finditer(": ", text):
        rest = text[colon.end() :]
        told = _recognised(rest)
        if told is not None:
            place = text[: colon.start()]
            yield f"{_recognised(place) or place}: {told}"


def _told(values: Mapping[str, str]) -> dict[str, str]:
    """Values as they stand in the other language."""
    return {
        name: in_indonesian(value)
        if name.startswith(SPOKEN)
        else _indonesian_number(value)
        if name.startswith(NUMBER)
        else value
        for name, value in values.items()
    }


def _indonesian_number(text: str) -> str:
    """A number with points between thousands and a comma before decimals.

    Examples
    --------
    >>> _indonesian_number("1,234.5")
    '1.234,5'
    """
    return text.translate(str.maketrans(",.", ".,"))


@cache
def _known() -> Mapping[str, str]:
    """The catalogue as it stands: a sentence without values is found at once."""
    return catalogue()


@cache
def _sentences() -> tuple[Sentence, ...]:
    """The catalogue compiled; what has more letters of its own is tried first."""
    known = sorted(_known().items(), key=lambda item: (-_n_own(item[0]), item[0]))
    return tuple(_compiled(english, told) for english, told in known)


def _compiled(english: str, told: str) -> Sentence:
    """One sentence of the catalogue."""
    pieces = list(Formatter().parse(english))
    pattern = "".join(
        re.escape(piece) + (f"(?P<{name}>{_place(name)})" if name else "")
        for piece, name, _, _ in pieces
    )
    clue = max((piece for piece, _, _, _ in pieces), key=len)
    return Sentence(pattern=re.compile(pattern), clue=clue, told=told)


def _place(name: str) -> str:
    """What a place may hold."""
    return _IN_NUMBER if name.startswith(NUMBER) else _WITHIN_A_SENTENCE


def _n_own(sentence: str) -> int:
    """Letters of a sentence that are no values."""
    return sum(len(piece) for piece, _, _, _ in Formatter().parse(sentence))
