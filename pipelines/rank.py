"""Stage 4: predictions and TPS list to the ranked list of remedies."""

from functools import partial
from pathlib import Path

from coverage import tables
from coverage.sites.layers import Layers
from coverage.sites.ranking import rank as rank_sites
from coverage.sites.upload import site_signal
from pipelines import layers, settings
from pipelines.config import Config
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage, upstream
from pipelines.store import Store, fingerprint_of

_TABLES_IN = ("sites", "cell_signal", "cells", "towers", "operator_correlation")


def rank(config: Config, store: Store, progress: Progress) -> Outcome:
    """Judge every TPS, choose its remedy, rank.

    Raises
    ------
    InputError
        Where a stage before has not run, or a layer is missing.
    """
    fingerprint = fingerprint_of(
        program_version(),
        upstream(store, "aggregate", "predict"),
        config.section(
            "survey", "signal", "building", "upload", "surroundings", "ranking", "remedy", "kits"
        ),
        layers.layer_hashes(config, store),
    )
    return run_stage(config, store, "rank", fingerprint, partial(_work, config, store, progress))


def _work(config: Config, store: Store, progress: Progress) -> Work:
    """Read, judge, rank, write."""
    progress("reading tables", 0.05)
    sites, cell_signal, cells, towers, correlation = (
        tables.to_pandas(store.read(name)) for name in _TABLES_IN
    )
    params = settings.rank_params(config)
    progress("judging uploads", 0.2)
    at_sites = site_signal(sites, cell_signal, params.upload)
    progress("ranking", 0.5)
    ranking = rank_sites(
        sites,
        at_sites,
        cell_signal,
        cells,
        towers,
        correlation=correlation,
        layers=Layers(
            **layers.polygons(config, store), villages=layers.village_polygons(config, store)
        ),
        params=params,
    )
    outputs: list[Path] = [
        store.write("site_signal", tables.to_arrow("site_signal", at_sites)),
        store.write("site_ranking", tables.to_arrow("site_ranking", ranking)),
    ]
    return Work(
        outputs=tuple(outputs),
        rows_in={"sites": len(sites)},
        rows_out={"site_ranking": len(ranking)},
        details={
            "evidence": ranking["evidence"].value_counts().sort_index().to_dict(),
            "remedy": ranking["remedy"].value_counts().sort_index().to_dict(),
        },
    )
