"""Stage 5: the ranked list to what is done with it: kits, next survey, moves, rounds, doubts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage import tables
from coverage.deliverables.safe_text import h3_text, neutralised_column
from coverage.sites.allocation import Allocation, allocate, kits_by_district
from coverage.sites.alternatives import alternatives
from coverage.sites.judgement import RankTables
from coverage.sites.layers import Layers
from coverage.sites.reasons import sentences
from coverage.sites.relocation import RelocationParams, relocation_range
from coverage.sites.resurvey import survey_plan
from coverage.sites.rounds import delivery_rounds
from coverage.sites.route_files import plan_gpx, plan_kml
from coverage.sites.sensitivity import Agreement, agreements, ranking_sensitivity
from coverage.sites.standby import HELD, Standby, standby
from pipelines import layers, settings
from pipelines.config import Config
from pipelines.rank import SECTIONS, rank_params
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage, upstream
from pipelines.store import Store, fingerprint_of, write_bytes

FOLDER: Final = "plan"
_SECTIONS: Final = (*SECTIONS, "plan", "relocation", "rounds")
_FIRST: Final = (*tables.TABLES["survey_plan"].key, "standby_order")  # before the TPS, in lists
_TABLES_IN: Final = (
    "site_ranking", "sites", "cell_signal", "cells", "operator_correlation", "asset_register",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Inputs:
    """What the plan is made from."""

    site_ranking: pd.DataFrame
    sites: pd.DataFrame
    cell_signal: pd.DataFrame
    cells: pd.DataFrame
    operator_correlation: pd.DataFrame
    asset_register: pd.DataFrame


def plan(config: Config, store: Store, progress: Progress) -> Outcome:
    """Allocate kits, plan the next survey, look for other places, make rounds, vary assumptions.

    Raises
    ------
    InputError
        Where a stage before has not run, or a layer is missing.
    """
    fingerprint = fingerprint_of(
        program_version(),
        upstream(store, "aggregate", "predict", "rank"),
        config.section(*_SECTIONS),
        layers.layer_hashes(config, store),
    )
    return run_stage(config, store, "plan", fingerprint, partial(_work, config, store, progress))


def _work(config: Config, store: Store, progress: Progress) -> Work:
    """Read, plan, write."""
    progress("reading tables", 0.05)
    given = _Inputs(**{name: tables.to_pandas(store.read(name)) for name in _TABLES_IN})
    map_layers = layers.all_of(config, store)
    progress("allocating kits", 0.1)
    allocation = allocate(given.site_ranking, settings.allocation_params(config))
    made = {"allocation": allocation.table}
    progress("planning the next survey", 0.3)
    made["survey_plan"] = survey_plan(given.site_ranking, settings.plan_params(config))
    progress("holding kits for what a survey confirms", 0.4)
    waits = standby(
        given.site_ranking, allocation, made["survey_plan"], settings.allocation_params(config)
    )
    made["kit_standby"] = waits.table
    progress("looking for other places", 0.5)
    made.update(_moves(config, given, map_layers))
    made["delivery_rounds"] = delivery_rounds(
        given.site_ranking, allocation.table, map_layers, config.survey.election_date,
        config.rounds,
    )  # fmt: skip
    progress("varying assumptions", 0.6)
    made["ranking_sensitivity"] = _sensitivity(config, given, map_layers)
    agreed = agreements(made["ranking_sensitivity"])
    progress("writing", 0.95)
    written = {name: tables.to_arrow(name, frame) for name, frame in made.items()}
    outputs = [store.write(name, table) for name, table in written.items()]
    outputs += _files(config, store, given.site_ranking, made, allocation=allocation, agreed=agreed)
    return Work(
        outputs=tuple(outputs),
        rows_in={"site_ranking": len(given.site_ranking)},
        rows_out={name: table.num_rows for name, table in written.items()},
        notes=_notes(made, allocation, waits, agreed),
        details=_details(made, allocation, waits, agreed),
    )


def _details(
    made: Mapping[str, pd.DataFrame],
    allocation: Allocation,
    waits: Standby,
    agreed: list[Agreement],
) -> dict[str, Any]:
    """How good the plan is, for the record."""
    return {
        "allocation": {
            "voters_freed": allocation.voters_freed,
            "voters_freed_by_list": allocation.voters_freed_by_list,
            "cost": allocation.cost,
            "gap": allocation.gap,
            "shadow_voters": dict(allocation.shadow_voters),
        },
        "standby": {
            "voters_expected": waits.voters_expected,
            "n_held": dict(waits.n_held),
            "voters_by_holding_more": waits.voters_by_holding_more,
        },
        "sensitivity": [asdict(line) for line in agreed],
        "relocation": made["relocation"]["outcome"].value_counts().sort_index().to_dict(),
    }


def _moves(config: Config, given: _Inputs, map_layers: Layers) -> dict[str, pd.DataFrame]:
    """Other places for TPS in hazard areas, and what any move may do."""
    params, _ = rank_params(config, given.cells)
    return {
        "relocation": alternatives(
            given.sites, given.cell_signal, map_layers, params.upload, config.relocation
        ),
        "relocation_range": relocation_range(
            given.sites, given.cell_signal, params.upload, RelocationParams()
        ),
    }


def _sensitivity(config: Config, given: _Inputs, map_layers: Layers) -> pd.DataFrame:
    """The head of the list under other assumptions."""
    params, _ = rank_params(config, given.cells)
    judged_by = RankTables(
        cell_signal=given.cell_signal,
        cells=given.cells,
        correlation=given.operator_correlation,
        assets=given.asset_register,
    )
    return ranking_sensitivity(given.sites, judged_by, map_layers, params)


def _files(
    config: Config,
    store: Store,
    ranking: pd.DataFrame,
    made: Mapping[str, pd.DataFrame],
    *,
    allocation: Allocation,
    agreed: list[Agreement],
) -> list[Path]:
    """Files for people: routes for the car, lists for those who order and deliver."""
    title, language = f"{config.survey.name} survey plan", config.survey.language
    stops, waiting = made["survey_plan"], made["kit_standby"]
    contents = {
        "survey_plan.gpx": plan_gpx(stops, title, language),
        "survey_plan.kml": plan_kml(stops, title, language),
        "sensitivity.csv": _csv(pd.DataFrame([asdict(line) for line in agreed])),
        "kits_by_district.csv": _csv(kits_by_district(allocation, ranking)),
    }
    for name in ("survey_plan", "allocation", "relocation", "delivery_rounds"):
        contents[f"{name}.csv"] = _csv(_named(made[name], ranking))
    told = [sentences(codes, language) for codes in waiting["reasons"]]
    contents["kit_standby.csv"] = _csv(_named(waiting.assign(reasons=told), ranking))
    paths = []
    for file_name, content in contents.items():
        path = store.root / FOLDER / file_name
        write_bytes(path, content)
        paths.append(path)
    return paths


def _named(frame: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame:
    """A table with the names of its TPS beside their codes."""
    names = ["tps_code", "tps_name", "village", "district", "regency"]
    named = frame.merge(ranking[names], on="tps_code", how="left", validate="m:1")
    first = [name for name in frame.columns if name in _FIRST]
    rest = [name for name in frame.columns if name not in {*first, "tps_code"}]
    return named[[*first, *names, *rest]]


def _csv(frame: pd.DataFrame) -> bytes:
    """CSV that a spreadsheet neither runs nor spoils, with a byte order mark."""
    shown: dict[str, pd.Series[Any]] = {}
    for name in frame.columns:
        column = frame[name]
        if name == "h3_cell":
            known = column.notna()
            column = column.astype("object").where(known, None)
            column[known] = h3_text(frame.loc[known, name]).to_numpy()
        elif not pd.api.types.is_numeric_dtype(column):
            column = neutralised_column(column.map(str, na_action="ignore"))
        shown[str(name)] = column
    text = pd.DataFrame(shown).to_csv(index=False, lineterminator="\r\n", float_format="%.9g")
    return b"\xef\xbb\xbf" + text.encode()


def _notes(
    made: Mapping[str, pd.DataFrame],
    allocation: Allocation,
    waits: Standby,
    agreed: list[Agreement],
) -> tuple[str, ...]:
    """What those who decide should know."""
    worst = min(agreed, key=lambda line: (line.common_share, line.variant))
    moves = made["relocation"]
    n_without = int((moves["alternative"] == 0).sum())
    n_moves = int(moves["tps_code"].nunique())
    notes = [
        f"Kits free {allocation.voters_freed:,.0f} expected voters "
        f"({allocation.voters_freed_by_list:,.0f} by the list from the top), within "
        f"{100 * allocation.gap:.1f} % of the best.",
        f"Head of the list least stable under {worst.variant}: "
        f"{100 * worst.common_share:.0f} % remain.",
    ]
    if waits.n_held:
        held = ", ".join(f"{number:,} {code}" for code, number in sorted(waits.n_held.items()))
        n_sites = int((made["kit_standby"]["standby"] == HELD).sum())
        notes.append(
            f"Not decided: {held} held for {n_sites:,} TPS that the survey must confirm first, "
            f"{waits.voters_expected:,.0f} expected voters by the model alone."
        )
    if waits.voters_by_holding_more >= 1:
        notes.append(
            f"Holding more kits back for TPS not yet surveyed would free "
            f"{waits.voters_by_holding_more:,.0f} more expected voters: a decision for people."
        )
    if n_moves:
        notes.append(
            f"{n_moves:,} TPS in hazard areas, {n_without:,} of them without another place."
        )
    return tuple(notes)
