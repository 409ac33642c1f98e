"""Commands to begin with: a demo, a new survey, what is in it, why a TPS is where it is.

What a command does is imported when it is called, so that help and completion answer at once.
"""

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from coverage.errors import InputError
from pipelines import screen
from pipelines.exits import EXIT_BAD_INPUT
from pipelines.options import AsJson, ConfigPath


def demo(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Where to build it; default: data/raw/demo and data/processed/demo."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the synthetic Banten, run everything on it, compare with its known truth."""
    from pipelines import demo as demo_run
    from pipelines.shown_results import print_outcomes, records
    from pipelines.shown_run import run_shown
    from pipelines.stage import STAGES

    def report(text: str, _share: float | None) -> None:
        if not as_json:
            screen.err.print(screen.say(text), markup=False, soft_wrap=True)

    config = demo_run.prepare(folder, report)
    outcomes = run_shown(config, STAGES, as_json)
    scores = demo_run.score(config)
    if as_json:
        screen.print_json({"stages": records(outcomes), "truth": scores.as_json()})
        return
    print_outcomes(config, outcomes)
    screen.print_sentences(scores.lines())


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new survey; made if missing.")],
    *,
    province: Annotated[
        str | None, typer.Option(help="Its name; Banten's box is known, others need --box.")
    ] = None,
    election_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Polling day, as 2029-02-14.")
    ] = None,
    sites: Annotated[
        Path | None, typer.Option(help="TPS list to take over; the box is drawn around it.")
    ] = None,
    box: Annotated[
        str | None, typer.Option(help="south,west,north,east in degrees; nothing outside is taken.")
    ] = None,
    operator: Annotated[
        list[str] | None,
        typer.Option(help="As 608-01=Orange, repeated; default: Indonesia's operators."),
    ] = None,
    language: Annotated[str, typer.Option(help="Of officials' texts: id or en.")] = "id",
    timezone: Annotated[str, typer.Option(help="Of logs without zone.")] = "Asia/Jakarta",
) -> None:
    """Make the folder of a new survey: commented config, places for the data, templates."""
    from pipelines import init as new_survey
    from pipelines.shown_results import print_next

    survey = new_survey.NewSurvey(
        province=province or _asked("--province", "Province"),
        election_date=(election_date or _asked_date()).date(),
        language=language,
        timezone=timezone,
        box=None if box is None else new_survey.box_of(box),
        operators=new_survey.operators_of(operator or []),
        sites=sites,
    )
    config = new_survey.create(folder, survey)
    screen.print_line(screen.tell("made", path=config.file))
    print_next(config, has_error=False)


def _asked(option: str, question: str) -> str:
    """An answer from the person at the terminal.

    Raises
    ------
    InputError
        Where nobody sits there.
    """
    if not sys.stdin.isatty():
        raise InputError(f"Missing option {option}. Must be given where nobody can be asked.")
    return str(typer.prompt(screen.say(question), err=True))


def _asked_date() -> datetime:
    """Polling day from the person at the terminal."""
    text = _asked("--election-date", "Polling day (YYYY-MM-DD)")
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError as error:
        raise InputError(f"Invalid polling day {text!r}. Must be like 2029-02-14.") from error


def check(config: ConfigPath, as_json: AsJson = False) -> None:
    """Validate a config and its inputs without running anything."""
    from pipelines.checks import check_survey
    from pipelines.config import load_config
    from pipelines.shown_results import print_findings, print_next

    loaded = load_config(config)
    findings = check_survey(loaded)
    has_error = any(finding.is_error for finding in findings)
    if as_json:
        screen.print_json([asdict(finding) for finding in findings])
    else:
        print_findings(findings)
        print_next(loaded, has_error)
    if has_error:
        raise typer.Exit(EXIT_BAD_INPUT)


def inspect(
    file: Annotated[Path, typer.Argument(help="Any log, list or archive.")],
    config: Annotated[
        Path | None, typer.Option(help="Survey whose operators, zone and column maps to use.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many readings and rejects to show.")] = 5,
    columns: Annotated[
        bool,
        typer.Option("--columns", help="Propose a column map for an unknown CSV, XLSX or Parquet."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a file is, what would be taken of it and what not."""
    from pipelines.config import load_config
    from pipelines.inspection import inspect_file, propose_columns

    survey = load_config(config) if config else None
    if columns:
        sys.stdout.write(propose_columns(file, survey))
        return
    inspection = inspect_file(file, survey, rows)
    if as_json:
        screen.print_json(inspection.as_json())
        return
    for line in inspection.lines(screen.say):
        screen.print_line(line)


def explain(
    config: ConfigPath,
    tps: Annotated[str, typer.Argument(help="Its 13-digit code.")],
    language: Annotated[
        str | None, typer.Option(help="id or en; default: the survey's language.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a TPS has its probabilities, and what a reading there would change."""
    from pipelines.config import load_config
    from pipelines.explain import explain as explain_site
    from pipelines.explain_text import lines as explanation_lines

    loaded = load_config(config)
    told = explain_site(loaded, tps)
    if as_json:
        screen.print_json(told.as_json())
        return
    for line in explanation_lines(told, language or loaded.survey.language):
        screen.print_line(line)
