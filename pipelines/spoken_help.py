"""Help of the commands in the language of the person at the terminal.

Commands and options say in English what they are; the catalogue says it in Indonesian, as it does
all sentences. Help is told when it is asked for: nothing is done or imported for it before.
"""

from typing import Any, Final

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from pipelines.screen import say

_USAGE: Final = ("Usage:", "[OPTIONS]", "COMMAND [ARGS]...")
"""Words in the line of how a command is called."""
_LABELS: Final = {"DEFAULT_STRING": "[default: {}]", "REQUIRED_LONG_STRING": "[required]"}
"""What typer's renderer puts behind an option, by the name it has there."""


class SpokenCommand(TyperCommand):
    """A command whose help is told in the language of the person at the terminal."""

    def get_usage(self, ctx: Any) -> str:
        """How the command is called."""
        return _usage(super().get_usage(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Say what the command does and what it can be told."""
        _tell(self, ctx)
        super().format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """What the command does, as completion shows it."""
        self.help = _told(self.help)
        return super().get_short_help_str(limit)


class SpokenGroup(TyperGroup):
    """All commands in their groups, told in the language of the person at the terminal."""

    def get_usage(self, ctx: Any) -> str:
        """How a command is called."""
        return _usage(super().get_usage(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Say what commands there are."""
        _tell(self, ctx)
        for command in self.commands.values():
            command.help = _told(command.help)
            if isinstance(command, SpokenCommand):
                command.rich_help_panel = _told(command.rich_help_panel)
        super().format_help(ctx, formatter)


def _tell(command: SpokenCommand | SpokenGroup, ctx: Any) -> None:
    """Put the words of a command and of its options into the language, before they are shown.

    A command is built anew by each call of the program: nothing else sees what is changed here.
    """
    from typer import rich_utils

    for name, english in _LABELS.items():
        setattr(rich_utils, name, say(english))
    command.help = _told(command.help)
    command.epilog = _told_example(command.epilog or "")
    for parameter in command.get_params(ctx):
        if isinstance(parameter, TyperArgument | TyperOption):
            is_argument = isinstance(parameter, TyperArgument)
            parameter.rich_help_panel = say("Arguments" if is_argument else "Options")
            parameter.help = _told(parameter.help)


def _usage(line: str) -> str:
    """The line of how a command is called, told."""
    for words in _USAGE:
        line = line.replace(words, say(words))
    return line


def _told_example(text: str) -> str:
    """An example: its title told, the command as it has to be typed."""
    title, colon, example = text.partition(": ")
    return say(title) + colon + example


def _told(text: str | None) -> str | None:
    """A text on one line in the language of the person at the terminal."""
    return text and say(" ".join(text.split()))
