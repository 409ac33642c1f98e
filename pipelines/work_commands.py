"""Commands of the daily work, and what is looked up.

What a command does is imported when it is called, so that help and completion answer at once.
"""

import sys
from dataclasses import asdict

import typer

from pipelines import screen
from pipelines.exits import EXIT_BAD_INPUT
from pipelines.options import (
    AsHtml,
    AsJson,
    CompareFolder,
    ConfigPath,
    Device,
    EngineKind,
    LogJson,
    NewerSurvey,
    OlderSurvey,
    Scheduler,
)


def run(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    log_json: LogJson = None,
) -> None:
    """Do everything that is out of date: readings in, ranked TPS list and map out."""
    from pipelines.shown_run import run_and_print
    from pipelines.stage import STAGES

    run_and_print(config, STAGES, as_json, engine=engine, scheduler=scheduler, log=log_json)


def status(config: ConfigPath, as_json: AsJson = False) -> None:
    """Say what ran when, how old each table is, what is stale and why."""
    from pipelines.config import load_config
    from pipelines.status import status as survey_status

    found = survey_status(load_config(config))
    if as_json:
        screen.print_json(found.as_json())
        return
    for line in found.lines(screen.say):
        screen.print_line(line)


def compare(
    old: OlderSurvey, new: NewerSurvey, output: CompareFolder = None, as_json: AsJson = False
) -> None:
    """Say what changed between two surveys beyond chance, as table and map layers."""
    from pipelines.compare import compare_surveys

    comparison = compare_surveys(old, new, output)
    if as_json:
        screen.print_json(comparison.as_json())
        return
    screen.print_sentences(comparison.lines(screen.language.get()))


def forget(config: ConfigPath, device: Device, as_json: AsJson = False) -> None:
    """Give up a device's readings, now and whenever its logs are read again."""
    from pipelines import forget as forgetting
    from pipelines.config import load_config
    from pipelines.shown_results import print_outcomes, records
    from pipelines.shown_run import run_shown
    from pipelines.store import Store

    loaded = load_config(config)
    name = forgetting.remember(loaded, Store(loaded.processed), device)
    outcomes = run_shown(loaded, ("ingest", "aggregate"), as_json)
    n_rows = outcomes[0].record["rejected"].get(forgetting.REASON, 0)
    if as_json:
        told = {"device_id": name, "n_rows": n_rows, "stages": records(outcomes)}
        screen.print_json(told)
        return
    print_outcomes(loaded, outcomes)
    screen.print_line(screen.tell("forgotten", name=name, n=n_rows))
    screen.print_line(screen.tell("forgotten_next"))


def migrate(config: ConfigPath, as_json: AsJson = False) -> None:
    """Bring tables of an older program to this one's contracts, or say how they are made anew."""
    from pipelines.config import load_config
    from pipelines.migrate import migrate as migrate_tables
    from pipelines.store import Store

    migrations = migrate_tables(Store(load_config(config).processed))
    if as_json:
        screen.print_json([asdict(migration) for migration in migrations])
    else:
        screen.print_sentences(migration.line() for migration in migrations)
    if any(migration.verdict in {"remake", "newer"} for migration in migrations):
        raise typer.Exit(EXIT_BAD_INPUT)


def dictionary(html: AsHtml = False) -> None:
    """Print the data dictionary: every table and column, its unit, its NA."""
    from coverage.deliverables import dictionary as data_dictionary

    text = data_dictionary.dictionary_html() if html else data_dictionary.dictionary_markdown()
    sys.stdout.write(text)
