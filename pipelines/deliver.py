"""Stage 6: tables to the files people open."""

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from xlsxwriter.exceptions import XlsxFileError

from coverage import tables
from coverage.deliverables import dictionary, gis, report
from coverage.deliverables.gis import slug_of
from coverage.deliverables.info import LANGUAGES, RunInfo
from coverage.deliverables.licences import LICENCE_NAME, licence_text
from coverage.deliverables.manifest import MANIFEST_NAME
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.partner import PartnerParams
from coverage.deliverables.partner_pack import write_partner_pack
from coverage.deliverables.ranking_csv import ranking_csv
from coverage.deliverables.recap import recap_html, recap_xlsx
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.summary import RunSummary, summarise
from coverage.deliverables.workbook import ranking_xlsx
from coverage.operators import UNKNOWN_OPERATOR
from coverage.sites.reasons import REASONS, SHARED_REASONS
from pipelines import books, layers, papers
from pipelines.attribution import attribution
from pipelines.config import Config
from pipelines.partner_inputs import previous_digests, with_partner_inputs
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage, upstream
from pipelines.store import Store, atomic_folder, atomic_path, fingerprint_of, write_bytes

FOLDER: Final = "deliverables"
PARTNERS: Final = "partners"


def deliver(config: Config, store: Store, progress: Progress) -> Outcome:
    """Write workbook, CSV, layers, map and data dictionary.

    Raises
    ------
    InputError
        Where a stage before has not run.
    """
    fingerprint = fingerprint_of(
        program_version(),
        upstream(store, "aggregate", "predict", "rank", "plan"),
        config.section(
            "survey", "signal", "privacy", "ranking", "surroundings", "upload", "deliver"
        ),
        layers.layer_hashes(config, store),
        previous_digests(config, store),
    )
    return run_stage(config, store, "deliver", fingerprint, partial(_work, config, store, progress))


def run_info(config: Config, store: Store) -> RunInfo:
    """What the deliverables say of the run; its date is that of the newest reading."""
    signal = config.signal
    return RunInfo(
        survey=config.survey.name,
        created_at=_as_of(config, store),
        election_date=config.survey.election_date,
        language=config.survey.language,
        resolution=config.grid.resolution,
        weak_dbm=signal.weak_dbm,
        planning_dbm=signal.planning_dbm,
        upload_critical_dbm=signal.upload_critical_dbm,
        blank_dbm=signal.blank_dbm,
        reasons=REASONS,
        attribution=attribution(config, store, config.survey.language),
        attribution_elsewhere={code: attribution(config, store, code) for code in LANGUAGES},
    )


def summary(config: Config, language: str) -> RunSummary:
    """The run in a few rows, for the terminal, in the language of whoever sits there."""
    store = Store(config.processed)
    info = replace(run_info(config, store), language=language)
    return summarise(tables.to_pandas(store.read("site_ranking")), info)


def _work(config: Config, store: Store, progress: Progress) -> Work:
    """Write one file after the other, each whole or not at all."""
    info = run_info(config, store)
    run_tables = RunTables(
        site_ranking=tables.to_pandas(store.read("site_ranking")),
        site_signal=tables.to_pandas(store.read("site_signal")),
        cell_signal=tables.to_pandas(store.read("cell_signal")),
        cells=tables.to_pandas(store.read("cells")),
        towers=tables.to_pandas(store.read("towers")),
        survey_plan=tables.to_pandas(store.read("survey_plan")),
        delivery_rounds=tables.to_pandas(store.read("delivery_rounds")),
        kit_standby=tables.to_pandas(store.read("kit_standby")),
    )
    map_layers = _map_layers(config, store)
    printed = papers.papers_of(store, run_tables, map_layers, info)
    writers = _writers(run_tables, map_layers, info) | papers.figure_writers(printed)
    outputs = []
    for place, (name, write) in enumerate(writers.items()):
        progress(f"writing {name}", place / len(writers))
        path = store.root / FOLDER / name
        with atomic_path(path) as temporary, _writing(path):
            write(temporary)
        outputs.append(path)
    partners = sorted(set(run_tables.cell_signal["operator"]) - {UNKNOWN_OPERATOR})
    _forget_partners(store, partners)
    told = with_partner_inputs(config, store, run_tables)
    for place, operator in enumerate(partners):
        progress(f"writing partner pack {operator}", place / len(partners))
        outputs.extend(_partner_pack(config, store, told, operator, info))
    progress("writing books", 0.8)
    outputs.extend(_books(config, store, told, info))
    progress("writing briefings", 0.9)
    outputs.extend(_briefings(store, printed))
    path = store.root / FOLDER / MANIFEST_NAME
    write_bytes(path, papers.manifest_file(store.root / FOLDER, outputs, printed))
    outputs.append(path)
    return Work(
        outputs=tuple(outputs),
        rows_in={"site_ranking": len(run_tables.site_ranking)},
        rows_out={"files": len(outputs)},
    )


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what writers of workbooks and layers raise where the disk says no into an OSError."""
    try:
        yield
    except (XlsxFileError, DataLayerError, DataSourceError, FeatureError) as error:
        told = error.args[0] if error.args else None
        number = told.errno if isinstance(told, OSError) else None
        reason = f"cannot be written ({error})"
        raise OSError(number or errno.EIO, reason, str(path)) from error


def _partner_pack(
    config: Config, store: Store, run_tables: RunTables, operator: str, info: RunInfo
) -> list[Path]:
    """The folder of one operator, made beside its place and exchanged whole."""
    folder = store.root / FOLDER / PARTNERS / slug_of(operator)
    params = PartnerParams(
        min_devices=config.privacy.min_devices,
        modelled_weak_p=config.ranking.p_weak_limit,
        other_serves_p=config.surroundings.usable_p,
        shared_reasons=SHARED_REASONS,
    )
    with atomic_folder(folder) as temporary, _writing(folder):
        names = write_partner_pack(run_tables, operator, info, temporary, params)
    return [folder / name for name in names]


def _books(config: Config, store: Store, run_tables: RunTables, info: RunInfo) -> list[Path]:
    """The folder of workbooks and forms of each kabupaten, exchanged whole."""
    folder = store.root / FOLDER / books.FOLDER
    with atomic_folder(folder) as temporary, _writing(folder):
        names = []
        for name, write in books.regency_writers(config, run_tables, info):
            write(temporary / name)
            names.append(name)
    return [folder / name for name in names]


def _briefings(store: Store, printed: papers.Papers) -> list[Path]:
    """The folder of briefings, exchanged whole: a kabupaten no longer listed has none."""
    folder = store.root / FOLDER / papers.BRIEFINGS
    with atomic_folder(folder) as temporary, _writing(folder):
        names = []
        for name, content in papers.briefing_files(printed):
            (temporary / name).write_bytes(content)
            names.append(name)
    return [folder / name for name in names]


def _map_layers(config: Config, store: Store) -> MapLayers:
    """Areas drawn on the maps."""
    polygons = layers.polygons(config, store)
    return MapLayers(
        holds=polygons.get("holds"),
        hazards=polygons.get("hazards"),
        villages=layers.village_polygons(config, store),
    )


def _forget_partners(store: Store, operators: list[str]) -> None:
    """Remove the folders of operators that are no longer in the survey."""
    kept = {slug_of(operator) for operator in operators}
    for folder in (store.root / FOLDER / PARTNERS).glob("[!.]*"):
        if folder.name not in kept:
            shutil.rmtree(folder)


def _writers(
    run_tables: RunTables, map_layers: MapLayers, info: RunInfo
) -> dict[str, Callable[[Path], None]]:
    """What is written, by file name."""
    ranking = run_tables.site_ranking
    cells = gis.cell_layer(run_tables.cell_signal, run_tables.cells)
    sites = gis.site_layer(ranking, run_tables.site_signal)
    return {
        "site_ranking.xlsx": lambda path: ranking_xlsx(ranking, info, path),
        "site_ranking.csv": lambda path: ranking_csv(ranking, info, path),
        "rekap.xlsx": lambda path: recap_xlsx(ranking, info, path),
        "rekap.html": lambda path: write_bytes(path, recap_html(ranking, info)),
        "blankspot.gpkg": lambda path: gis.write_gpkg({"sites": sites, "cells": cells}, info, path),
        "sites.geoparquet": lambda path: gis.write_geoparquet(sites, info, path),
        "cells.geoparquet": lambda path: gis.write_geoparquet(cells, info, path),
        LICENCE_NAME: lambda path: write_bytes(path, licence_text(info)),
        "map.html": lambda path: write_bytes(path, report.map_page(run_tables, info, map_layers)),
        "data_dictionary.html": lambda path: write_bytes(
            path, dictionary.dictionary_html().encode()
        ),
        "data_dictionary.md": lambda path: write_bytes(
            path, dictionary.dictionary_markdown().encode()
        ),
    }


def _as_of(config: Config, store: Store) -> datetime:
    """Time of the newest reading; of polling day where nothing was measured."""
    newest = pc.max(store.read("cells", columns=["last_time"]).column("last_time")).as_py()
    if isinstance(newest, datetime):
        return newest
    return datetime.combine(config.survey.election_date, time(), UTC)
