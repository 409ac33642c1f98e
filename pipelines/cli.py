"""The command ``blankspot``: its commands in their groups, its language, its end.

Exit codes stand in ``pipelines/exits.py``.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

import typer

from coverage.errors import InputError
from pipelines import first_commands, screen, stage_commands, work_commands
from pipelines.exits import EXIT_BAD_INPUT, EXIT_DEFECT, EXIT_INTERRUPTED
from pipelines.failures import INTERRUPTED, failure_of
from pipelines.options import LANGUAGE_OPTION, Language
from pipelines.spoken_help import SpokenCommand, SpokenGroup
from pipelines.words import language_of

_NAME: Final = "blankspot"
_END_OF_OPTIONS: Final = "--"
_GROUPS: Final[dict[str, dict[Callable[..., None], str]]] = {
    "To begin with": {
        first_commands.demo: "demo my-demo",
        first_commands.init: "init lebak --province Banten --election-date 2029-02-14",
        first_commands.check: "--lang id check survey.toml",
        first_commands.inspect: "inspect raw/readings/phone-a/log.txt --config survey.toml",
    },
    "The daily work": {
        work_commands.run: "run survey.toml",
        work_commands.status: "status survey.toml",
        first_commands.explain: "explain survey.toml 3602082001005",
        work_commands.compare: "compare survey-2023.toml survey-2024.toml",
        work_commands.forget: "forget survey.toml group:readings/phone-a",
        work_commands.migrate: "migrate survey.toml",
    },
    "Single stages, in their order": {
        stage_commands.ingest: "ingest survey.toml",
        stage_commands.aggregate: "aggregate survey.toml",
        stage_commands.predict: "predict survey.toml",
        stage_commands.rank: "rank survey.toml",
        stage_commands.plan: "plan survey.toml",
        stage_commands.deliver: "deliver survey.toml",
    },
    "To look things up": {work_commands.dictionary: "dictionary --html > dictionary.html"},
}
"""Every command with the example that its help ends with."""

app = typer.Typer(
    name=_NAME,
    cls=SpokenGroup,
    help="Which polling stations will fail to upload, how sure that is, and what to do about each.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
for _group, _commands in _GROUPS.items():
    for _command, _example in _commands.items():
        _shown = f"Example: blankspot {_example}"
        app.command(cls=SpokenCommand, rich_help_panel=_group, epilog=_shown)(_command)


@app.callback(epilog="Begin with: blankspot demo; blankspot init my-survey")
def speak(lang: Language = None) -> None:
    """Which polling stations will fail to upload, how sure that is, and what to do about each."""
    screen.language.set(language_of(lang, os.environ))
    screen.asked_language.set(lang)


def main() -> None:
    """Run the command; every foreseen failure ends in one line and its exit code."""
    words = _language_first(sys.argv[1:])
    screen.language.set(_language_before_options(words))
    try:
        code = app(words, prog_name=_NAME, standalone_mode=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        failure = failure_of(error, screen.language.get())
        if failure.code == EXIT_DEFECT and os.environ.get("BLANKSPOT_DEBUG"):
            traceback.print_exc()
        _end(failure.text, failure.code)
    if code == EXIT_INTERRUPTED:  # typer turns the exception into this code
        _end(screen.say(INTERRUPTED), code)
    sys.exit(code if isinstance(code, int) else 0)


def _language_first(words: Sequence[str]) -> list[str]:
    """The words of a command line with the language before the command, wherever it stood.

    Examples
    --------
    >>> _language_first(["rank", "--help", "--lang", "id"])
    ['--lang', 'id', 'rank', '--help']
    """
    n_ours = words.index(_END_OF_OPTIONS) if _END_OF_OPTIONS in words else len(words)
    language: list[str] = []
    others: list[str] = []
    ours = iter(words[:n_ours])
    for word in ours:
        value = next(ours, None) if word == LANGUAGE_OPTION else None
        if value is not None:
            language = [word, value]
        elif word.startswith(f"{LANGUAGE_OPTION}="):
            language = [*word.split("=", 1)]
        else:
            others.append(word)
    return [*language, *others, *words[n_ours:]]


def _language_before_options(words: Sequence[str]) -> str:
    """The language in which help and a wrong option are told, read by no parser yet."""
    given = words[1] if words[:1] == [LANGUAGE_OPTION] and len(words) > 1 else None
    try:
        return language_of(given, os.environ)
    except InputError:
        return "en"


def _end(text: str, code: int) -> NoReturn:
    """Print an error and end; without a text the help is on the screen already."""
    if text:
        screen.print_error(text)
    sys.exit(code if text else EXIT_BAD_INPUT)


if __name__ == "__main__":
    main()
