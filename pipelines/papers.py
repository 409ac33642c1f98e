"""What ``deliver`` writes for paper and for analysts: briefings, figures, and the list of files."""

import csv
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import pandas as pd
import pyarrow.parquet as pq

from coverage import tables
from coverage.deliverables.briefing import (
    BriefingInputs,
    province_briefing,
    regency_briefing,
)
from coverage.deliverables.briefing_tables import Regency, regencies
from coverage.deliverables.card_facts import card_facts
from coverage.deliverables.figures import calibration_curve, level_cdf
from coverage.deliverables.gis import slug_of
from coverage.deliverables.info import RunInfo, source_note
from coverage.deliverables.licences import LICENCE_NAME, licence_text
from coverage.deliverables.manifest import Box, FileFacts, manifest
from coverage.deliverables.map_figure import MapParams, map_ground, signal_map
from coverage.deliverables.notebook_file import notebook_file
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.pictures import KINDS, picture
from coverage.deliverables.run_tables import RunTables
from pipelines.store import Store, read_json, write_bytes

BRIEFINGS: Final = "briefings"
FIGURES: Final = "figures"
NOTEBOOK: Final = "analysis.ipynb"
CARD: Final = "model/card.json"
_MADE_FROM: Final = {
    "site_ranking": ("site_ranking",),
    "sites": ("site_ranking", "site_signal"),
    "cells": ("cell_signal", "cells"),
    "blankspot": ("site_ranking", "site_signal", "cell_signal", "cells"),
    "map": ("site_ranking", "site_signal", "cell_signal", "cells", "towers", "survey_plan"),
    "rekap": ("site_ranking",),
    "taklimat": ("site_ranking", "allocation", "cell_signal"),
    "signal_map": ("site_ranking", "cell_signal"),
    "level_cdf": ("cells",),
    "usulan": ("site_ranking", "cells"),
    "formulir": ("site_ranking", "towers"),
}
"""First part of a file's name -> tables it is made from."""

_MADE_FROM_FOLDER: Final = {
    "partners/": (
        "site_ranking", "site_signal", "cell_signal", "cells", "towers", "readings", "cell_delta",
    ),
    "kabupaten/rekap_": ("site_ranking", "cells", "survey_plan", "delivery_rounds"),
}  # fmt: skip
"""First part of a file's path -> tables it is made from; asked before :data:`_MADE_FROM`."""

_LICENCE: Final = "As the licences of the inputs allow"
_PARTNER_LICENCE: Final = "For the operator of the folder only, as the licences of the inputs allow"


@dataclass(frozen=True, kw_only=True)
class Papers:
    """Everything printed of one run.

    Attributes
    ----------
    run_tables
        Tables of the run.
    inputs
        Ground of the maps, areas, kits, model.
    info
        The run.
    """

    run_tables: RunTables
    inputs: BriefingInputs
    info: RunInfo


def papers_of(store: Store, run_tables: RunTables, layers: MapLayers, info: RunInfo) -> Papers:
    """Gather what briefings and figures are made from.

    Parameters
    ----------
    store
        Where the model card lies, and the allocation where one was planned.
    run_tables, layers, info
        The run.
    """
    is_planned = store.path("allocation").is_file()
    return Papers(
        run_tables=run_tables,
        inputs=BriefingInputs(
            ground=map_ground(run_tables.cell_signal, info),
            layers=layers,
            allocation=tables.to_pandas(store.read("allocation")) if is_planned else None,
            facts=card_facts(read_json(store.root / CARD)),
        ),
        info=info,
    )


def figure_writers(papers: Papers) -> dict[str, Callable[[Path], None]]:
    """Figures as PNG and SVG and the notebook, by file name."""
    info = papers.info
    rights = source_note(info)
    drawings = {"level_cdf": lambda: level_cdf(papers.run_tables.cells, info)}
    if len(papers.run_tables.site_ranking):
        drawings["signal_map"] = lambda: signal_map(
            papers.run_tables.site_ranking, papers.inputs.ground, papers.inputs.layers, info,
            MapParams(is_sourced=True),
        )  # fmt: skip
    if papers.inputs.facts.calibration:
        drawings["calibration"] = lambda: calibration_curve(papers.inputs.facts.calibration, info)
    writers: dict[str, Callable[[Path], None]] = {
        f"{FIGURES}/{name}.{kind}": lambda path, draw=draw, kind=kind: write_bytes(  # type: ignore[misc]
            path, picture(draw(), kind, rights=rights)
        )
        for name, draw in drawings.items()
        for kind in KINDS
    }
    writers[f"{FIGURES}/{LICENCE_NAME}"] = lambda path: write_bytes(path, licence_text(info))
    writers[NOTEBOOK] = lambda path: write_bytes(path, notebook_file())
    return writers


def briefing_files(papers: Papers) -> Iterable[tuple[str, bytes]]:
    """Name and content of every briefing: the province, then each kabupaten."""
    ranking = papers.run_tables.site_ranking
    if ranking.empty:
        return
    yield "taklimat_provinsi.pdf", province_briefing(ranking, papers.inputs, papers.info)
    parts = regencies(ranking)
    for part, name in zip(parts, _names(parts), strict=True):
        yield name, regency_briefing(part, papers.inputs, papers.info)


def manifest_file(folder: Path, outputs: Iterable[Path], papers: Papers) -> bytes:
    """The list of all files below the folder, with checksums.

    Parameters
    ----------
    folder
        Of the deliverables.
    outputs
        Every file in it.
    papers
        The run.
    """
    facts = [_facts(folder, path) for path in outputs]
    return manifest(facts, _box(papers.run_tables.site_ranking), papers.info)


def _names(parts: list[Regency]) -> list[str]:
    """A file name for each kabupaten; its code where two have one name."""
    slugs = [slug_of(part.name) for part in parts]
    return [
        f"taklimat_{slug if slugs.count(slug) == 1 else f'{slug}_{part.code}'}.pdf"
        for part, slug in zip(parts, slugs, strict=True)
    ]


def _facts(folder: Path, path: Path) -> FileFacts:
    """One file, read once."""
    name = path.relative_to(folder).as_posix()
    is_partner = name.startswith("partners/")
    return FileFacts(
        name=name,
        size=path.stat().st_size,
        sha256=_sha256(path),
        tables=_tables(name),
        n_rows=_n_rows(path),
        licence=_PARTNER_LICENCE if is_partner else _LICENCE,
    )


def _tables(name: str) -> tuple[str, ...]:
    """Tables that a file is made from, by its path below the folder of the deliverables."""
    for start, sources in _MADE_FROM_FOLDER.items():
        if name.startswith(start):
            return sources
    for start, sources in _MADE_FROM.items():
        if PurePosixPath(name).name.startswith((f"{start}.", f"{start}_")):
            return sources
    return ()


def _sha256(path: Path) -> str:
    """Checksum of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _n_rows(path: Path) -> int | None:
    """Rows of a table file, its head not counted; None of other files."""
    if path.suffix in {".parquet", ".geoparquet"}:
        return int(pq.ParquetFile(path).metadata.num_rows)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return max(sum(1 for _ in csv.reader(stream)) - 1, 0)
    return None


def _box(sites: pd.DataFrame) -> Box | None:
    """West, south, east, north of the sites [deg]."""
    if sites.empty:
        return None
    lon, lat = sites["longitude_deg"], sites["latitude_deg"]
    west, south, east, north = (
        round(float(value), 6) for value in (lon.min(), lat.min(), lon.max(), lat.max())
    )
    return west, south, east, north
