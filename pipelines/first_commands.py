"""Commands to begin with: a demo, a new survey, what is in it, why a TPS is where it is.

What a command does is imported when it is called, so that help and completion answer at once.
"""

import sys
from dataclasses import asdict
from datetime import date

import typer

from coverage.errors import InputError
from pipelines import screen
from pipelines.exits import EXIT_BAD_INPUT
from pipelines.options import (
    AnyFile,
    AsJson,
    Box,
    ConfigPath,
    DemoFolder,
    ElectionDate,
    ExplainLanguage,
    Operators,
    ProposeColumns,
    Province,
    ShownRows,
    SiteList,
    SurveyFolder,
    SurveyLanguage,
    SurveyOfFile,
    Timezone,
    TpsCode,
)


def demo(folder: DemoFolder = None, as_json: AsJson = False) -> None:
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
    folder: SurveyFolder,
    *,
    province: Province = None,
    election_date: ElectionDate = None,
    sites: SiteList = None,
    box: Box = None,
    operator: Operators = None,
    language: SurveyLanguage = "id",
    timezone: Timezone = "Asia/Jakarta",
) -> None:
    """Make the folder of a new survey: commented config, places for the data, templates."""
    from pipelines import init as new_survey
    from pipelines.shown_results import print_next

    survey = new_survey.NewSurvey(
        province=province or _asked("--province", "Province"),
        election_date=_day(election_date or _asked("--election-date", "Polling day (YYYY-MM-DD)")),
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


def _day(text: str) -> date:
    """Polling day.

    Raises
    ------
    InputError
        Where the text is no day.

    Examples
    --------
    >>> _day("2029-02-14")
    datetime.date(2029, 2, 14)
    """
    try:
        return date.fromisoformat(text.strip())
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
    file: AnyFile,
    config: SurveyOfFile = None,
    rows: ShownRows = 5,
    columns: ProposeColumns = False,
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
    for line in inspection.lines(screen.say, lambda n: screen.tell("number", n=n)):
        screen.print_line(line)


def explain(
    config: ConfigPath, tps: TpsCode, language: ExplainLanguage = None, as_json: AsJson = False
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
    spoken = language or screen.asked_language.get() or loaded.survey.language
    for line in explanation_lines(told, spoken):
        screen.print_line(line)
