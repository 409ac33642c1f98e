"""What stages did and what a check found, as it is shown: tables, the ranking in a few rows."""

import math
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from rich.table import Table

from pipelines.checks import Finding
from pipelines.config import Config
from pipelines.deliver import FOLDER, summary
from pipelines.next_step import next_step
from pipelines.reasons import meaning
from pipelines.screen import language, out, print_line, print_places, say, tell
from pipelines.stage import STAGES, Outcome

_N_REASONS: Final = 3
"""Reasons for which rows were refused that are told of a stage; the table holds all."""


def records(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What the stages did, for machines."""
    return {outcome.stage: {"did_work": outcome.did_work, **outcome.record} for outcome in outcomes}


def print_outcomes(config: Config, outcomes: Sequence[Outcome]) -> None:
    """What the stages did, for people, and where to look first."""
    table = Table(box=None, pad_edge=False)
    for key in ("stage", "rows", "rejected", "seconds"):
        table.add_column(tell(key), justify="left" if key == "stage" else "right")
    table.add_column("")
    for outcome in outcomes:
        record = outcome.record
        rows = ", ".join(tell("count", n=n, name=name) for name, n in record["rows_out"].items())
        rejected = sum(record["rejected"].values())
        table.add_row(
            outcome.stage,
            rows,
            tell("number", n=rejected) if rejected else "",
            tell("decimal", n=record["seconds"]) if outcome.did_work else "",
            "" if outcome.did_work else tell("up_to_date"),
        )
    out.print(table)
    for outcome in outcomes:
        if outcome.did_work:
            _print_remarks(outcome)
    if outcomes and outcomes[-1].stage == STAGES[-1]:
        _print_summary(config)


def _print_remarks(outcome: Outcome) -> None:
    """Why rows were refused, and the notes of a stage."""
    refused = sorted(outcome.record["rejected"].items(), key=lambda item: (-item[1], item[0]))
    if refused:
        told = [_refused(reason, n) for reason, n in refused[:_N_REASONS]]
        rest = tell("refused_more") if len(refused) > _N_REASONS else ""
        print_line(f"{outcome.stage}: {tell('refused', reasons=', '.join(told) + rest)}")
    for note in outcome.record["notes"]:
        print_line(f"{outcome.stage}: {say(note)}")


def _refused(reason: str, n: int) -> str:
    """A reason, how many rows have it, and what it means where that is known."""
    text = f"{reason} {tell('number', n=n)}"
    told = meaning(reason, say)
    return f"{text} ({told})" if told else text


def _print_summary(config: Config) -> None:
    """The ranking in a few rows, and where to look first."""
    told = summary(config, language.get())
    totals = "totals_alone" if told.n_voters is None else "totals"
    about = tell(totals, title=told.title, n_sites=told.n_sites, n_voters=told.n_voters)
    print_line(f"\n{about}")
    expected = "expected_unknown" if math.isnan(told.expected_failures) else "expected"
    print_line(tell(expected, n=told.expected_failures))
    print_line(tell("unknown", n=told.n_unknown))
    for rows in (told.by_evidence, told.by_remedy):
        for row in rows[rows["n_sites"] > 0].itertuples():
            print_line(f"  {tell('number', n=row.n_sites):>6}  {row.code:<22} {row.label}")
    out.print(_first_sites(told.top))
    folder = config.processed / FOLDER
    print_places(
        {
            "open_first": folder / "map.html",
            "then": folder / "site_ranking.xlsx",
            "how_good": config.processed / "model" / "card.html",
            "refused_rows": config.processed / "rejects",
        }
    )


def _first_sites(top: pd.DataFrame) -> Table:
    """The TPS at the head of the list."""
    table = Table(box=None, pad_edge=False, title=tell("act_first"), title_justify="left")
    for column in ("rank", "tps_code", "village", "district", "p_fail", "remedy"):
        table.add_column(tell(column))
    for row in top.itertuples():
        names = (_or_dash(row.village), _or_dash(row.district))
        p_fail = _or_dash(row.p_upload_fail, "{:.2f}")
        table.add_row(str(row.rank), str(row.tps_code), *names, p_fail, str(row.remedy))
    return table


def _or_dash(value: Any, form: str = "{}") -> str:
    """A value as text, a dash where it is not known."""
    return "-" if pd.isna(value) else form.format(value)


def print_findings(findings: Sequence[Finding]) -> None:
    """What a check found, a line each."""
    for finding in findings:
        colour, key = ("red", "error") if finding.is_error else ("green", "ok")
        out.print(f"[{colour}]{tell(key)}[/{colour}] ", end="")
        print_line(say(finding.text))


def print_next(config: Config, has_error: bool) -> None:
    """The one thing to do next."""
    step = next_step(config, has_error)
    print_line(f"{tell('next')} {tell(f'next.{step.code}', **step.values)}")
