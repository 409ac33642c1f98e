"""Stages run with their progress shown, and what came of them printed."""

from collections.abc import Sequence
from pathlib import Path

import typer

from pipelines import progress, screen, shown_results
from pipelines.config import Config, load_config, with_engine
from pipelines.exits import EXIT_PARTIAL
from pipelines.run import is_partial, run
from pipelines.stage import Outcome


def run_and_print(
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
    outcomes = run_shown(config, stages, as_json, log)
    if as_json:
        screen.print_json({"stages": shown_results.records(outcomes)})
    else:
        shown_results.print_outcomes(config, outcomes)
    if is_partial(outcomes):
        raise typer.Exit(EXIT_PARTIAL)


def run_shown(
    config: Config, stages: Sequence[str], as_json: bool, log: Path | None = None
) -> list[Outcome]:
    """Run stages with bars on a terminal, with a line for each step elsewhere."""
    if as_json:
        return run(config, stages, None, log)
    if not screen.err.is_terminal:
        return run(config, stages, progress.lines(screen.err, screen.say), log)
    with progress.bars(screen.err, screen.say) as reports:
        return run(config, stages, reports, log)
