"""The command ``blankspot``: words, progress and exit codes, no logic.

Exit codes: 0 done, 1 a defect of ours, 2 bad input or config, 4 locked by another run, 5 disk,
130 interrupted.
"""

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from coverage.deliverables import dictionary as data_dictionary
from coverage.errors import BlankspotError, InputError
from pipelines import demo as demo_run
from pipelines import forget as forgetting
from pipelines.checks import Finding, check_survey
from pipelines.compare import compare_surveys
from pipelines.config import Config, load_config, with_engine
from pipelines.deliver import FOLDER, summary
from pipelines.inspection import inspect_file, propose_columns
from pipelines.plan import FOLDER as PLAN_FOLDER
from pipelines.run import run as run_stages
from pipelines.stage import STAGES, Outcome
from pipelines.stage import Progress as Report
from pipelines.store import LockedError, Store

EXIT_DEFECT: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_LOCKED: Final = 4
EXIT_DISK: Final = 5
EXIT_INTERRUPTED: Final = 130

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

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)


@app.command()
def run(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Do everything that is out of date: readings in, ranked TPS list and map out."""
    _run(config, STAGES, as_json, engine, scheduler)


@app.command()
def ingest(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Read new logs into readings and rejects."""
    _run(config, ("ingest",), as_json, engine, scheduler)


@app.command()
def aggregate(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Count readings in H3 cells."""
    _run(config, ("aggregate",), as_json, engine, scheduler)


@app.command()
def predict(config: ConfigPath, as_json: AsJson = False) -> None:
    """Fit the model, write its card, predict every cell around the sites."""
    _run(config, ("predict",), as_json)


@app.command()
def rank(config: ConfigPath, as_json: AsJson = False) -> None:
    """Rank the TPS and choose their remedies."""
    _run(config, ("rank",), as_json)


@app.command()
def plan(config: ConfigPath, as_json: AsJson = False) -> None:
    """Allocate the kits, plan the next survey, look for other places, make delivery rounds."""
    _run(config, ("plan",), as_json)
    if not as_json:
        folder = load_config(config).processed / PLAN_FOLDER
        _out.print(f"for the car: {folder / 'survey_plan.gpx'}", markup=False, soft_wrap=True)
        _out.print(f"on the map:  {folder / 'survey_plan.kml'}", markup=False, soft_wrap=True)
        _out.print(f"to order:    {folder / 'kits_by_district.csv'}", markup=False, soft_wrap=True)


@app.command()
def deliver(config: ConfigPath, as_json: AsJson = False) -> None:
    """Write workbooks, layers and the map."""
    _run(config, ("deliver",), as_json)


@app.command()
def check(config: ConfigPath, as_json: AsJson = False) -> None:
    """Validate a config and its inputs without running anything."""
    findings = check_survey(load_config(config))
    if as_json:
        _print_json([asdict(finding) for finding in findings])
    else:
        _print_findings(findings)
    if any(finding.is_error for finding in findings):
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def dictionary(
    html: Annotated[bool, typer.Option("--html", help="HTML instead of Markdown.")] = False,
) -> None:
    """Print the data dictionary: every table and column, its unit, its NA."""
    text = data_dictionary.dictionary_html() if html else data_dictionary.dictionary_markdown()
    sys.stdout.write(text)


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
    except BlankspotError as error:
        _fail(f"Defect of this program: {error}", EXIT_DEFECT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(_disk_sentence(error), EXIT_DISK)
    except Exception as error:
        if os.environ.get("BLANKSPOT_DEBUG"):
            traceback.print_exc()
        kind = type(error).__name__
        text = f"{kind}: {error}".split("\n", 1)[0]
        _fail(f"Defect of this program: {text}. BLANKSPOT_DEBUG=1 shows where.", EXIT_DEFECT)


def _run(
    path: Path,
    stages: Sequence[str],
    as_json: bool,
    engine: str | None = None,
    scheduler: str | None = None,
) -> None:
    """Load a config, run stages, say what was done."""
    config = with_engine(load_config(path), engine, scheduler)
    outcomes = _stages(config, stages, as_json)
    if as_json:
        _print_json({"stages": _records(outcomes)})
    else:
        _print_outcomes(config, outcomes)


def _stages(config: Config, stages: Sequence[str], as_json: bool) -> list[Outcome]:
    """Run stages with a progress bar on a terminal, with a line each elsewhere."""
    if as_json:
        return run_stages(config, stages)
    if not _err.is_terminal:
        return run_stages(config, stages, _plain)
    with _bar() as reports:
        return run_stages(config, stages, reports)


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
    for heading in ("stage", "rows", "rejected", "seconds", ""):
        table.add_column(heading, justify="left" if heading in {"stage", ""} else "right")
    for outcome in outcomes:
        record = outcome.record
        rows = ", ".join(f"{n:,} {name}" for name, n in record["rows_out"].items())
        rejected = sum(record["rejected"].values())
        table.add_row(
            outcome.stage,
            rows,
            f"{rejected:,}" if rejected else "",
            f"{record['seconds']:.1f}" if outcome.did_work else "",
            "" if outcome.did_work else "up to date, nothing done",
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
    _out.print(f"\n{told.title}: {told.n_sites:,} TPS, {told.n_voters:,} voters", markup=False)
    _out.print(f"expected to fail: {told.expected_failures:,.1f} TPS of those that can be judged")
    _out.print(f"not known, to be surveyed first: {told.n_unknown:,} TPS")
    for rows in (told.by_evidence, told.by_remedy):
        for row in rows[rows["n_sites"] > 0].itertuples():
            _out.print(f"  {row.n_sites:>6,}  {row.code:<22} {row.label}", markup=False)
    table = Table(box=None, pad_edge=False, title="act first", title_justify="left")
    for column in ("rank", "tps_code", "village", "district", "p_fail", "remedy"):
        table.add_column(column)
    for row in told.top.itertuples():
        values = (row.rank, row.tps_code, row.village, row.district, f"{row.p_upload_fail:.2f}")
        table.add_row(*(str(value) for value in values), str(row.remedy))
    _out.print(table)
    folder = config.processed / FOLDER
    _out.print(f"open first: {folder / 'map.html'}", markup=False, soft_wrap=True)
    _out.print(f"then:       {folder / 'site_ranking.xlsx'}", markup=False, soft_wrap=True)
    card = config.processed / "model" / "card.html"
    _out.print(f"how good:   {card}", markup=False, soft_wrap=True)


def _print_findings(findings: Sequence[Finding]) -> None:
    """What a check found, a line each."""
    for finding in findings:
        mark = "[red]error[/red]" if finding.is_error else "[green]ok[/green]   "
        _out.print(f"{mark} ", end="")
        _out.print(finding.text, markup=False, soft_wrap=True)


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
