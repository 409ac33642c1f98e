"""Progress as a person sees it on a terminal, and as it stands in a log file."""

import re
from io import StringIO

import pytest
from rich.console import Console

from pipelines import progress
from pipelines.sentences import as_it_is, in_indonesian

WIDTH = 80
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def terminal(stream: StringIO) -> Console:
    return Console(file=stream, force_terminal=True, width=WIDTH, highlight=False)


def test_a_log_file_gets_a_line_a_step() -> None:
    stream = StringIO()
    report = progress.lines(Console(file=stream), as_it_is)("ingest")
    for text in ("reading 1/9 files", "reading 2/9 files", "comparing files"):
        report(text, None)
    assert stream.getvalue().splitlines() == [
        "ingest: reading 1/9 files",
        "ingest: comparing files",
    ]


def test_a_log_file_is_told_in_the_language_of_the_call() -> None:
    stream = StringIO()
    progress.lines(Console(file=stream), in_indonesian)("rank")("reading tables", 0.05)
    assert stream.getvalue() == "rank: membaca tabel\n"


def test_a_long_step_hides_neither_bar_nor_time() -> None:
    stream = StringIO()
    with progress.bars(terminal(stream), as_it_is) as reports:
        reports("aggregate")(f"counting readings/{'long/' * 40}log.csv", 0.5)
    *_, shown = (line for line in CONTROL.sub("", stream.getvalue()).splitlines() if line.strip())
    *_, shown = (part for part in shown.split("\r") if part.strip())
    assert len(shown) <= WIDTH
    assert re.search(r"50% \d:\d\d:\d\d [-\d]:[-\d]{2}:[-\d]{2} counting readings", shown)


@pytest.mark.parametrize(("share", "told"), [(0.5, "50%"), (None, "0%")])
def test_a_bar_tells_stage_share_and_step(share: float | None, told: str) -> None:
    stream = StringIO()
    with progress.bars(terminal(stream), in_indonesian) as reports:
        reports("predict")("validating in blocks", share)
    shown = CONTROL.sub("", stream.getvalue())
    assert [word for word in ("predict", told, "menguji model") if word not in shown] == []


def test_a_bar_takes_no_orders_from_the_name_of_a_file() -> None:
    stream = StringIO()
    with progress.bars(terminal(stream), as_it_is) as reports:
        reports("ingest")("counting [red]a[/red].csv", 0.1)
    assert "[red]a" in CONTROL.sub("", stream.getvalue())
