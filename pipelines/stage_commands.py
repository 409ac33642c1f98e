"""Commands that run a single stage.

What a command does is imported when it is called, so that help and completion answer at once.
"""

from pathlib import Path

from pipelines import screen
from pipelines.options import AsJson, ConfigPath, EngineKind, LogJson, Scheduler


def ingest(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    log_json: LogJson = None,
) -> None:
    """Read new logs into readings and rejects."""
    _run(config, "ingest", as_json, log_json, engine=engine, scheduler=scheduler)


def aggregate(
    config: ConfigPath,
    engine: EngineKind = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
    log_json: LogJson = None,
) -> None:
    """Count readings in H3 cells."""
    _run(config, "aggregate", as_json, log_json, engine=engine, scheduler=scheduler)


def predict(config: ConfigPath, as_json: AsJson = False, log_json: LogJson = None) -> None:
    """Fit the model, write its card, predict every cell around the sites."""
    _run(config, "predict", as_json, log_json)


def rank(config: ConfigPath, as_json: AsJson = False, log_json: LogJson = None) -> None:
    """Rank the TPS and choose their remedies."""
    _run(config, "rank", as_json, log_json)


def plan(config: ConfigPath, as_json: AsJson = False, log_json: LogJson = None) -> None:
    """Allocate the kits, plan the next survey, look for other places, make delivery rounds."""
    _run(config, "plan", as_json, log_json)
    if not as_json:
        from pipelines.config import load_config
        from pipelines.plan import FOLDER as PLAN_FOLDER

        folder = load_config(config).processed / PLAN_FOLDER
        screen.print_places(
            {
                "for_car": folder / "survey_plan.gpx",
                "on_map": folder / "survey_plan.kml",
                "to_order": folder / "kits_by_district.csv",
            }
        )


def deliver(config: ConfigPath, as_json: AsJson = False, log_json: LogJson = None) -> None:
    """Write workbooks, layers and the map."""
    _run(config, "deliver", as_json, log_json)


def _run(
    config: Path,
    stage: str,
    as_json: bool,
    log: Path | None,
    *,
    engine: str | None = None,
    scheduler: str | None = None,
) -> None:
    """Run one stage and print what it did."""
    from pipelines.shown_run import run_and_print

    run_and_print(config, (stage,), as_json, engine=engine, scheduler=scheduler, log=log)
