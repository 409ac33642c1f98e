"""Write docs/reference/*.md from the code: commands, config, tables, formats."""

import ast
import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from typer.main import get_command

from coverage.deliverables.dictionary import dictionary_markdown
from coverage.readings.format import all_formats
from pipelines.cli import app
from pipelines.config import Config

ROOT = Path(__file__).parents[1]
TARGET = Path(__file__).with_name("reference")
CONFIG = ROOT / "configs" / "banten.toml"
MADE = "Made by `python docs/make_reference.py`; a test compares."
NOTES = re.compile(r" \(FORMATS [^)]*\)")
"""Sections of the source notes, which readers of the page do not have."""
KEY = re.compile(r"(?P<key>[a-z_0-9A-Z]+) = (?P<rest>.*)")


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {
        "commands.md": commands(),
        "config.md": config(),
        "tables.md": tables(),
        "formats.md": formats(),
    }


def commands() -> str:
    """Every command with its arguments and options."""
    group: Any = get_command(app)
    lines = ["# Commands", "", MADE, "", "`--lang id|en`, anywhere in the line, chooses what is "]
    lines[-1] += "spoken, help included. Exit codes: 0 done, "
    lines[-1] += "2 bad input or config, 3 done without unreadable inputs, "
    lines[-1] += "4 in use by another run, 5 disk or memory, 130 interrupted."
    for name, command in sorted(group.commands.items()):
        lines += ["", f"## {name}", "", _paragraph(command.help or ""), ""]
        if command.epilog:
            title, _, example = command.epilog.partition(": ")
            lines += [f"{title}: `{example}`", ""]
        lines += ["| argument or option | what it is | default |", "| --- | --- | --- |"]
        lines += [_option(parameter) for parameter in command.params if parameter.name != "help"]
    return "\n".join(lines) + "\n"


def _option(parameter: Any) -> str:
    """One row of a command's table."""
    is_argument = parameter.param_type_name == "argument"
    names = parameter.name.upper() if is_argument else ", ".join(parameter.opts)
    default = parameter.default
    if callable(default) or default in (None, False, ()):
        default = "required" if parameter.required else ""
    return f"| `{names}` | {_cell(_paragraph(parameter.help or ''))} | {default} |"


def config() -> str:
    """Every key of the config, with the value and the comment of configs/banten.toml."""
    text = CONFIG.read_text(encoding="utf-8")
    lines = ["# Config", "", MADE, "", "Values are those of `configs/banten.toml`, which "]
    lines[-1] += "`blankspot init` copies. A key that is left out keeps them; an unknown one is "
    lines[-1] += "refused. Where a number comes from: *project* is our own choice, *UNSOURCED* "
    lines[-1] += "general knowledge that nobody may quote as a rule, *calc* computed; *DOMAIN*, "
    lines[-1] += "*MODEL* with a number are sections of the project's source notes, kept elsewhere."
    for line in text.splitlines():
        if line.removeprefix("# ").startswith("["):
            name, _, comment = line.removeprefix("# ").partition("#")
            lines += ["", f"## `{name.strip()}`", ""]
            lines += [comment.strip(), ""] if comment else []
            lines += ["| key | value | what it is |", "| --- | --- | --- |"]
        elif found := KEY.fullmatch(line.removeprefix("# ").strip()):
            key, rest = found["key"], found["rest"]
            value, comment = _value_and_comment(key, rest)
            optional = "(off) " if line.startswith("# ") else ""
            lines.append(f"| `{key}` | {optional}`{_cell(value)}` | {_cell(comment)} |")
    lines += [
        "",
        "## Keys that the file leaves out",
        "",
        "They have these values where nothing is said.",
    ]
    lines += ["", "| key | value | what it is |", "| --- | --- | --- |", *_left_out(text)]
    return "\n".join(lines) + "\n"


def _left_out(pattern: str) -> Iterator[str]:
    """Rows of the keys that the pattern config does not name, told by the docstrings."""
    schema = Config.model_json_schema()
    for section, reference in schema["properties"].items():
        fields = schema["$defs"].get(reference.get("$ref", "").rpartition("/")[2], {})
        for key, field in fields.get("properties", {}).items():
            named = rf"^(# )?({key} = |\[+{section}\.{key}\b)"
            if not re.search(named, pattern, re.MULTILINE):
                default = field.get("default")
                value = "built in" if default is None else f"`{_cell(json.dumps(default))}`"
                yield f"| `[{section}] {key}` | {value} | {_cell(_told(key))} |"


def _told(key: str) -> str:
    """What the docstrings of settings say of one: its entry, or the sentence that names it."""
    entry = re.compile(rf"^(?:\w+, )*{key}(?:, \w+)*\n((?:    .+\n?)+)", re.MULTILINE)
    sentence = re.compile(rf"(?:^|(?<=\. ))(``{key}``(?:[^.]|\.\w)+\.)", re.MULTILINE)
    found = [rule.search(text) for rule in (entry, sentence) for text in _of_settings()]
    return next((_paragraph(one[1]).replace("``", "`") for one in found if one), "")


@cache
def _of_settings() -> tuple[str, ...]:
    """Docstrings of the classes that hold settings."""
    return tuple(
        ast.get_docstring(node) or ""
        for path in sorted((*ROOT.glob("coverage/**/*.py"), *ROOT.glob("pipelines/*.py")))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Params", "Config", "Limits"))
    )


def _value_and_comment(key: str, rest: str) -> tuple[str, str]:
    """A TOML value and the comment behind it; a number sign in a text is no comment."""
    for place in [found.start() for found in re.finditer("#", rest)]:
        try:
            tomllib.loads(f"{key} = {rest[:place]}")
        except tomllib.TOMLDecodeError:
            continue
        return rest[:place].strip(), rest[place + 1 :].strip()
    return rest.strip(), ""


def tables() -> str:
    """The data dictionary."""
    return dictionary_markdown()


def formats() -> str:
    """Every format that is read, and what is recognised but not read."""
    lines = ["# Formats", "", MADE, "", "Recognised by content, never by name. `blankspot inspect "]
    lines[-1] += "FILE` says which it is. No service: whether a file of this kind can show that "
    lines[-1] += "there was none."
    lines += ["", "| format | what it is | source | no service |", "| --- | --- | --- | --- |"]
    words = {True: "yes", False: "no", None: "not known"}
    for name, module in all_formats().items():
        sentence = _cell(_first_sentence(module))
        if hasattr(module, "SKIP"):
            lines.append(f"| `{name}` | {sentence} Not read: {_cell(module.SKIP)}. | | |")
        else:
            source = getattr(module, "SOURCE", None) or "by the column map"
            shows = words[getattr(module, "SHOWS_NO_SERVICE", None)]
            lines.append(f"| `{name}` | {sentence} | {source} | {shows} |")
    return "\n".join(lines) + "\n"


def _first_sentence(module: Any) -> str:
    """First line of a module's docstring, roles of Sphinx as plain code."""
    text = (inspect.getdoc(module) or "").split("\n", 1)[0].replace("``", "`")
    text = NOTES.sub("", text)
    return re.sub(r":[a-z]+:`([^`]+)`", r"`\1`", text)


def _paragraph(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def _cell(text: str) -> str:
    """A text inside a table's cell."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    for name, text in pages().items():
        (TARGET / name).write_text(text, encoding="utf-8")
