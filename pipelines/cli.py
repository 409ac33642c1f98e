"""The command ``blankspot``: words, progress and exit codes, no logic.

Exit codes stand in ``pipelines/exits.py``.
"""

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import pandas as pd
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from coverage.deliverables import dictionary as data_dictionary
from coverage.errors import BlankspotError, InputError
from pipelines import demo as demo_run
from pipelines import forget as forgetting
from pipelines import init as new_survey
from pipelines.checks import Finding, check_survey
from pipelines.compare import compare_surveys
from pipelines.config import Config, load_config, with_engine
from pipelines.deliver import FOLDER, summary
from pipelines.exits import (
    EXIT_BAD_INPUT,
    EXIT_DEFECT,
    EXIT_DISK,
    EXIT_INTERRUPTED,
    EXIT_LOCKED,
    EXIT_PARTIAL,
    is_of_memory,
)
from pipelines.explain import explain as explain_site
from pipelines.explain_text import lines as explanation_lines
from pipelines.inspection import inspect_file, propose_columns
from pipelines.migrate import migrate as migrate_tables
from pipelines.next_step import next_step
from pipelines.plan import FOLDER as PLAN_FOLDER
from pipelines.run import is_partial
from pipelines.run import run as run_stages
from pipelines.stage import STAGES, Outcome
from pipelines.stage import Progress as Report
from pipelines.status import status as survey_status
from pipelines.store import LockedError, Store
from pipelines.words import language_of, word

app = typer.Typer(
    name="blankspot",
    help="Which polling stations will fail to upload, how sure that is, and what to do about each.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)

ConfigPath = Annotated[Path, typer.Argument(help="The survey's TOML file, as configs/banten.toml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines, nothing else.")]
EngineKind = Annotated[
    str | None,
    typer.Option("--engine", help="local, processes or dask, whatever the config says."),
]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", help="Dask scheduler to use, as tcp://host:8786.")
]
LogJson = Annotated[
    Path | None, typer.Option("--log-json", help="File to append a JSON line to for each event.")
]

_START: Final = "To begin with"
_WORK: Final = "The daily work"
_STAGES: Final = "Single stages, in their order"
_LOOK: Final = "To look things up"

_MEMORY_SENTENCE: Final = (
    "Memory ran out. What was finished is kept; lower engine.workers or engine.memory_mb and run "
    "again."
)

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)
_language: Final[ContextVar[str]] = ContextVar("language", default="en")


@app.callback(epilog="Begin with: blankspot demo, or blankspot init my-survey")
def speak(
    lang: Annotated[
        str | None,
        typer.Option("--lang", help="id or en: summary, check; default: BLANKSPOT_LANG or locale."),
    ] = None,
) -> None:
    """Which polling stations will fail to upload, how sure that is, and what to do about each."""
    _language.set(language_of(lang, os.environ))


def _say_word(key: str, **values: object) -> str:
    """A text in the language of this call."""
    return word(key, _language.get(), **values)


@app.command(
    rich_help_panel=_START,
    epilog="Example: blankspot init lebak --province Banten --election-date 2029-02-14",
)
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
    _out.print(_say_word("made", path=config.file), markup=False, soft_wrap=True)
    _print_next(config, has_error=False)


def _asked(option: str, question: str) -> str:
    """An answer from the person at the terminal.

    Raises
    ------
    InputError
        Where nobody sits there.
    """
    if not sys.stdin.isatty():
        raise InputError(f"Missing option {option}. Must be given where nobody can be asked.")
    return str(typer.prompt(question, err=True))


def _asked_date() -> datetime:
    """Polling day from the person at the terminal."""
    text = _asked("--election-date", "Polling day (YYYY-MM-DD)")
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError as error:
        raise InputError(f"Invalid polling day {text!r}. Must be like 2029-02-14.") from error


@app.command(rich_help_panel=_WORK, epilog="Example: blankspot run survey.toml")
def run(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    log_json: LogJson = None,
) -> None:
    """Do everything that is out of date: readings in, ranked TPS list and map out."""
    _run(config, STAGES, as_json, engine=engine, scheduler=scheduler, log=log_json)


@app.command(rich_help_panel=_STAGES, epilog="Example: blankspot ingest survey.toml")
def ingest(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    log_json: LogJson = None,
) -> None:
    """Read new logs into readings and rejects."""
    _run(config, ("ingest",), as_json, engine=engine, scheduler=scheduler, log=log_json)


@app.command(rich_help_panel=_STAGES, epilog="Example: blankspot aggregate survey.toml")
def aggregate(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    log_json: LogJson = None,
) -> None:
    """Count readings in H3 cells."""
    _run(config, ("aggregate",), as_json, engine=engine, scheduler=scheduler, log=log_json)


@app.command(rich_help_panel=_STAGES, epilog="Example: blankspot predict survey.toml")
def predict(config: ConfigPath, as_json: AsJson = False, log_json: LogJson = None) -> None:
    """Fit the model, write its card, predict every cell around the sites."""
    _run(config, ("predict",), as_json, log=log_json)


@app.command(rich_help_panel=_STAGES, epilog="Example: blankspot rank survey.toml")
def rank(config: ConfigPath, as_json: AsJson = False, log_json: LogJson = None) -> None:
    """Rank the TPS and choose their remedies."""
    _run(config, ("rank",), as_json, log=log_json)


@app.command(rich_help_panel=_STAGES, epilog="Example: blankspot plan survey.toml")
def plan(config: ConfigPath, as_json: AsJson = False, log_json: LogJson = None) -> None:
    """Allocate the kits, plan the next survey, look for other places, make delivery rounds."""
    _run(config, ("plan",), as_json, log=log_json)
    if not as_json:
        folder = load_config(config).processed / PLAN_FOLDER
        _out.print(f"for the car: {folder / 'survey_plan.gpx'}", markup=False, soft_wrap=True)
        _out.print(f"on the map:  {folder / 'survey_plan.kml'}", markup=False, soft_wrap=True)
        _out.print(f"to order:    {folder / 'kits_by_district.csv'}", markup=False, soft_wrap=True)


@app.command(rich_help_panel=_STAGES, epilog="Example: blankspot deliver survey.toml")
def deliver(config: ConfigPath, as_json: AsJson = False, log_json: LogJson = None) -> None:
    """Write workbooks, layers and the map."""
    _run(config, ("deliver",), as_json, log=log_json)


@app.command(rich_help_panel=_START, epilog="Example: blankspot --lang id check survey.toml")
def check(config: ConfigPath, as_json: AsJson = False) -> None:
    """Validate a config and its inputs without running anything."""
    loaded = load_config(config)
    findings = check_survey(loaded)
    has_error = any(finding.is_error for finding in findings)
    if as_json:
        _print_json([asdict(finding) for finding in findings])
    else:
        _print_findings(findings)
        _print_next(loaded, has_error)
    if has_error:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command(rich_help_panel=_START, epilog="Example: blankspot demo my-demo")
def demo(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Where to build it; default: data/raw/demo and data/processed/demo."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the synthetic Banten, run everything on it, compare with its known truth."""
    config = demo_run.prepare(folder, _say(as_json))
    outcomes = _stages(config, STAGES, as_json)
    scores = demo_run.score(config)
    if as_json:
        _print_json({"stages": _records(outcomes), "truth": scores.as_json()})
        return
    _print_outcomes(config, outcomes)
    for line in scores.lines():
        _out.print(line, markup=False, soft_wrap=True)


@app.command(
    rich_help_panel=_START,
    epilog="Example: blankspot inspect raw/readings/phone-a/log.txt --config survey.toml",
)
def inspect(
    file: Annotated[Path, typer.Argument(help="Any log, list or archive.")],
    config: Annotated[
        Path | None, typer.Option(help="Survey whose operators, zone and column maps to use.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many readings and rejects to show.")] = 5,
    columns: Annotated[
        bool, typer.Option("--columns", help="Propose a column map for an unknown CSV or XLSX.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a file is, what would be taken of it and what not."""
    if columns:
        sys.stdout.write(propose_columns(file, load_config(config) if config else None))
        return
    inspection = inspect_file(file, load_config(config) if config else None, rows)
    if as_json:
        _print_json(inspection.as_json())
        return
    for line in inspection.lines():
        _out.print(line, markup=False, soft_wrap=True)


@app.command(
    rich_help_panel=_START,
    epilog="Example: blankspot explain survey.toml 3602082001005",
)
def explain(
    config: ConfigPath,
    tps: Annotated[str, typer.Argument(help="Its 13-digit code.")],
    language: Annotated[
        str | None, typer.Option(help="id or en; default: the survey's language.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a TPS has its probabilities, and what a reading there would change."""
    loaded = load_config(config)
    told = explain_site(loaded, tps)
    if as_json:
        _print_json(told.as_json())
        return
    for line in explanation_lines(told, language or loaded.survey.language):
        _out.print(line, markup=False, soft_wrap=True)


@app.command(
    rich_help_panel=_WORK,
    epilog="Example: blankspot forget survey.toml group:readings/phone-a",
)
def forget(
    config: ConfigPath,
    device: Annotated[
        str, typer.Argument(help="Its hash as in device_id, its name in the logs, or group:FOLDER.")
    ],
    as_json: AsJson = False,
) -> None:
    """Give up a device's readings, now and whenever its logs are read again."""
    loaded = load_config(config)
    name = forgetting.remember(loaded, Store(loaded.processed), device)
    outcomes = _stages(loaded, ("ingest", "aggregate"), as_json)
    n_rows = outcomes[0].record["rejected"].get(forgetting.REASON, 0)
    if as_json:
        _print_json({"device_id": name, "n_rows": n_rows, "stages": _records(outcomes)})
        return
    _print_outcomes(loaded, outcomes)
    _out.print(f"{name} is forgotten; rows of forgotten devices left out: {n_rows:,}")
    _out.print("Raw files are untouched: delete them. Then `blankspot run` renews all the rest.")


@app.command(
    rich_help_panel=_WORK,
    epilog="Example: blankspot compare survey-2023.toml survey-2024.toml",
)
def compare(
    old: Annotated[Path, typer.Argument(help="Config or processed folder of the older survey.")],
    new: Annotated[Path, typer.Argument(help="Config or processed folder of the newer one.")],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to; default: below the newer survey's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two surveys beyond chance, as table and map layers."""
    comparison = compare_surveys(old, new, output)
    if as_json:
        _print_json(comparison.as_json())
        return
    for line in comparison.lines():
        _out.print(line, markup=False, soft_wrap=True)


@app.command(rich_help_panel=_LOOK, epilog="Example: blankspot dictionary --html > dictionary.html")
def dictionary(
    html: Annotated[bool, typer.Option("--html", help="HTML instead of Markdown.")] = False,
) -> None:
    """Print the data dictionary: every table and column, its unit, its NA."""
    text = data_dictionary.dictionary_html() if html else data_dictionary.dictionary_markdown()
    sys.stdout.write(text)


@app.command(rich_help_panel=_WORK, epilog="Example: blankspot status survey.toml")
def status(config: ConfigPath, as_json: AsJson = False) -> None:
    """Say what ran when, how old each table is, what is stale and why."""
    found = survey_status(load_config(config))
    if as_json:
        _print_json(found.as_json())
        return
    for line in found.lines():
        _out.print(line, markup=False, soft_wrap=True)


@app.command(rich_help_panel=_WORK, epilog="Example: blankspot migrate survey.toml")
def migrate(config: ConfigPath, as_json: AsJson = False) -> None:
    """Bring tables of an older program to this one's contracts, or say how they are made anew."""
    migrations = migrate_tables(Store(load_config(config).processed))
    if as_json:
        _print_json([asdict(migration) for migration in migrations])
    else:
        for migration in migrations:
            _out.print(migration.line(), markup=False, soft_wrap=True)
    if any(migration.verdict in {"remake", "newer"} for migration in migrations):
        raise typer.Exit(EXIT_BAD_INPUT)


def main() -> None:
    """Run the command; every foreseen failure ends in one line and its exit code."""
    try:
        code = app(standalone_mode=False)
        if code == EXIT_INTERRUPTED:  # typer turns the exception into this code
            _fail("Interrupted. What was finished is kept; run again to go on.", code)
        sys.exit(code if isinstance(code, int) else 0)
    except typer.TyperException as error:
        text = error.format_message()
        if not text:  # no command was given, and the help is on the screen
            sys.exit(EXIT_BAD_INPUT)
        end = "" if text.endswith((".", "?")) else "."
        _fail(f"{text}{end} See `blankspot --help`.", EXIT_BAD_INPUT)
    except LockedError as error:
        _fail(str(error), EXIT_LOCKED)
    except InputError as error:
        _fail(str(error), EXIT_BAD_INPUT)
    except MemoryError:
        _fail(_MEMORY_SENTENCE, EXIT_DISK)
    except BlankspotError as error:
        _fail(f"Defect of this program: {error}", EXIT_DEFECT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(_disk_sentence(error), EXIT_DISK)
    except Exception as error:
        if is_of_memory(error):
            _fail(_MEMORY_SENTENCE, EXIT_DISK)
        if os.environ.get("BLANKSPOT_DEBUG"):
            traceback.print_exc()
        kind = type(error).__name__
        text = f"{kind}: {error}".split("\n", 1)[0]
        _fail(f"Defect of this program: {text}. BLANKSPOT_DEBUG=1 shows where.", EXIT_DEFECT)


def _run(
    path: Path,
    stages: Sequence[str],
    as_json: bool,
    *,
    engine: str | None = None,
    scheduler: str | None = None,
    log: Path | None = None,
) -> None:
    """Load a config, run stages, say what was done; what was left out ends in its own code."""
    config = with_engine(load_config(path), engine, scheduler)
    outcomes = _stages(config, stages, as_json, log)
    if as_json:
        _print_json({"stages": _records(outcomes)})
    else:
        _print_outcomes(config, outcomes)
    if is_partial(outcomes):
        raise typer.Exit(EXIT_PARTIAL)


def _stages(
    config: Config, stages: Sequence[str], as_json: bool, log: Path | None = None
) -> list[Outcome]:
    """Run stages with a progress bar on a terminal, with a line each elsewhere."""
    if as_json:
        return run_stages(config, stages, None, log)
    if not _err.is_terminal:
        return run_stages(config, stages, _plain, log)
    with _bar() as reports:
        return run_stages(config, stages, reports, log)


def _plain(stage: str) -> Report:
    """Progress for a log file: one line when a stage starts to do something."""
    told: set[str] = set()

    def report(text: str, _share: float | None) -> None:
        step = text.split(" ", 1)[0]
        if step not in told:
            told.add(step)
            _err.print(f"{stage}: {text}", markup=False, soft_wrap=True)

    return report


@contextmanager
def _bar() -> Iterator[Callable[[str], Report]]:
    """Progress for a person: one bar a stage."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[stage]:<9}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=_err, transient=True) as bars:

        def progress_of(stage: str) -> Report:
            bar = bars.add_task("", total=None, stage=stage)

            def report(text: str, share: float | None) -> None:
                done = {} if share is None else {"total": 1.0, "completed": share}
                bars.update(bar, description=text[:60], **done)  # type: ignore[arg-type]

            return report

        yield progress_of


def _say(as_json: bool) -> Report:
    """Tell of a step outside the stages."""

    def report(text: str, _share: float | None) -> None:
        if not as_json:
            _err.print(text, markup=False)

    return report


def _records(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What the stages did, for machines."""
    return {outcome.stage: {"did_work": outcome.did_work, **outcome.record} for outcome in outcomes}


def _print_outcomes(config: Config, outcomes: Sequence[Outcome]) -> None:
    """What the stages did, for people, and where to look first."""
    table = Table(box=None, pad_edge=False)
    for key in ("stage", "rows", "rejected", "seconds"):
        table.add_column(_say_word(key), justify="left" if key == "stage" else "right")
    table.add_column("")
    for outcome in outcomes:
        record = outcome.record
        rows = ", ".join(f"{n:,} {name}" for name, n in record["rows_out"].items())
        rejected = sum(record["rejected"].values())
        table.add_row(
            outcome.stage,
            rows,
            f"{rejected:,}" if rejected else "",
            f"{record['seconds']:.1f}" if outcome.did_work else "",
            "" if outcome.did_work else _say_word("up_to_date"),
        )
    _out.print(table)
    for outcome in outcomes:
        for note in outcome.record["notes"] if outcome.did_work else ():
            _out.print(f"{outcome.stage}: {note}", markup=False, soft_wrap=True)
    if outcomes and outcomes[-1].stage == STAGES[-1]:
        _print_summary(config)


def _print_summary(config: Config) -> None:
    """The ranking in a few rows, and where to look first."""
    told = summary(config)
    totals = _say_word("totals", title=told.title, n_sites=told.n_sites, n_voters=told.n_voters)
    _out.print(f"\n{totals}", markup=False)
    _out.print(_say_word("expected", n=told.expected_failures))
    _out.print(_say_word("unknown", n=told.n_unknown))
    for rows in (told.by_evidence, told.by_remedy):
        for row in rows[rows["n_sites"] > 0].itertuples():
            _out.print(f"  {row.n_sites:>6,}  {row.code:<22} {row.label}", markup=False)
    table = Table(box=None, pad_edge=False, title=_say_word("act_first"), title_justify="left")
    for column in ("rank", "tps_code", "village", "district", "p_fail", "remedy"):
        table.add_column(_say_word(column))
    for row in told.top.itertuples():
        names = (_or_dash(row.village), _or_dash(row.district))
        p_fail = _or_dash(row.p_upload_fail, "{:.2f}")
        table.add_row(str(row.rank), str(row.tps_code), *names, p_fail, str(row.remedy))
    _out.print(table)
    folder = config.processed / FOLDER
    places = {
        "open_first": folder / "map.html",
        "then": folder / "site_ranking.xlsx",
        "how_good": config.processed / "model" / "card.html",
    }
    for key, path in places.items():
        _out.print(f"{_say_word(key)} {path}", markup=False, soft_wrap=True)


def _or_dash(value: Any, form: str = "{}") -> str:
    """A value as text, a dash where it is not known."""
    return "-" if pd.isna(value) else form.format(value)


def _print_findings(findings: Sequence[Finding]) -> None:
    """What a check found, a line each."""
    for finding in findings:
        colour, key = ("red", "error") if finding.is_error else ("green", "ok")
        mark = f"[{colour}]{_say_word(key)}[/{colour}]"
        _out.print(f"{mark} ", end="")
        _out.print(finding.text, markup=False, soft_wrap=True)


def _print_next(config: Config, has_error: bool) -> None:
    """The one thing to do next."""
    step = next_step(config, has_error)
    text = _say_word(f"next.{step.code}", **step.values)
    _out.print(f"{_say_word('next')} {text}", markup=False, soft_wrap=True)


def _print_json(content: object) -> None:
    """JSON on standard output."""
    sys.stdout.write(json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n")


def _disk_sentence(error: OSError) -> str:
    """One line about a file system that said no."""
    where = f"{error.filename}: " if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"{where}disk is full. Make room and run again; nothing written is half-written."
    return f"{where}{error.strerror or error}."


def _fail(text: str, code: int) -> None:
    """Print an error and end."""
    _err.print(text, markup=False, soft_wrap=True, style="red")
    sys.exit(code)


if __name__ == "__main__":
    main()
