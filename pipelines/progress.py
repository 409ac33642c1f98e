"""Progress of the stages: bars on a terminal, a line for each step in a log file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from pipelines.sentences import Say
from pipelines.stage import Progress

_BAR_LETTERS: Final = 20
_BESIDE_TEXT: Final = 1 + 9 + _BAR_LETTERS + 4 + 7 + 7 + 6
"""Letters of spinner, stage, bar, share, time taken, time left, and the gaps between."""
_LEAST_TEXT: Final = 10


@contextmanager
def bars(console: Console, say: Say) -> Iterator[Callable[[str], Progress]]:
    """For a person: one bar a stage, with the time taken and the time left."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[stage]:<9}"),
        BarColumn(bar_width=_BAR_LETTERS),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bars(*columns, console=console, transient=True) as shown:

        def progress_of(stage: str) -> Progress:
            room = max(console.width - _BESIDE_TEXT, _LEAST_TEXT)
            bar = shown.add_task("", total=None, stage=stage)

            def report(text: str, share: float | None) -> None:
                told = say(text)[:room]
                if share is None:
                    shown.update(bar, description=told)
                else:
                    shown.update(bar, description=told, total=1.0, completed=share)

            return report

        yield progress_of


def lines(console: Console, say: Say) -> Callable[[str], Progress]:
    """For a log file: one line when a stage begins to do something else."""

    def progress_of(stage: str) -> Progress:
        told: set[str] = set()

        def report(text: str, _share: float | None) -> None:
            step = text.split(" ", 1)[0]
            if step not in told:
                told.add(step)
                console.print(f"{stage}: {say(text)}", markup=False, soft_wrap=True)

        return report

    return progress_of
