"""Stage 4: predictions and TPS list to the ranked list of remedies."""

from dataclasses import asdict, replace
from functools import partial
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coverage import tables
from coverage.sites.assets import prove
from coverage.sites.calibration import Calibration, calibrate, calibrated
from coverage.sites.judgement import RankParams
from coverage.sites.ranking import rank as rank_sites
from coverage.sites.upload import site_signal
from pipelines import layers, settings
from pipelines.config import Config
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage, upstream
from pipelines.store import Store, fingerprint_of

SECTIONS: Final = (
    "survey", "signal", "building", "upload", "surroundings", "ranking", "remedy", "kits",
    "calibration", "assets", "rounds",
)  # fmt: skip
"""Sections of the config that the ranking depends on."""

_TABLES_IN: Final = ("sites", "cell_signal", "cells", "towers", "operator_correlation")
_PROOF_COLUMNS: Final = (
    "time", "latitude_deg", "longitude_deg", "operator", "rat", "service_state", "signal_dbm",
    "is_serving", "is_route_value", "dq_frozen_gps", "dq_stale", "dq_coarse_position",
)  # fmt: skip
_DEGREES_AROUND: Final = 0.02  # over 2 km: beyond the farthest reading that speaks of a device


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
        config.section(*SECTIONS),
        layers.layer_hashes(config, store),
    )
    return run_stage(config, store, "rank", fingerprint, partial(_work, config, store, progress))


def rank_params(config: Config, cells: pd.DataFrame) -> tuple[RankParams, Calibration]:
    """Parameters of the ranking, the upload curve calibrated where uplink tests allow it."""
    params = settings.rank_params(config)
    found = calibrate(cells, params.upload.uplink, config.calibration)
    uplink = calibrated(params.upload.uplink, found)
    return replace(params, upload=replace(params.upload, uplink=uplink)), found


def _work(config: Config, store: Store, progress: Progress) -> Work:
    """Read, judge, rank, write."""
    progress("reading tables", 0.05)
    sites, cell_signal, cells, towers, correlation = (
        tables.to_pandas(store.read(name)) for name in _TABLES_IN
    )
    params, calibration = rank_params(config, cells)
    assets = _proved_assets(config, store, sites)
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
        layers=layers.all_of(config, store),
        params=params,
        assets=assets,
    )
    written = {
        "site_signal": tables.to_arrow("site_signal", at_sites),
        "site_ranking": tables.to_arrow("site_ranking", ranking),
        "asset_register": tables.empty("asset_register")
        if assets is None
        else tables.to_arrow("asset_register", assets),
    }
    return Work(
        outputs=tuple(store.write(name, table) for name, table in written.items()),
        rows_in={"sites": len(sites)},
        rows_out={"site_ranking": len(ranking)},
        notes=_notes(calibration, assets),
        details={
            "evidence": ranking["evidence"].value_counts().sort_index().to_dict(),
            "remedy": ranking["remedy"].value_counts().sort_index().to_dict(),
            "uplink_tests": _calibration_record(calibration),
        },
    )


def _calibration_record(found: Calibration) -> dict[str, Any]:
    """What the uplink tests said, without the NaN that JSON cannot hold."""
    record = asdict(found)
    return record if found.is_used else {**record, "shift_db": None, "shift_se_db": None}


def _notes(calibration: Calibration, assets: pd.DataFrame | None) -> tuple[str, ...]:
    """What an engineer should know."""
    notes = []
    if calibration.is_used:
        notes.append(
            f"{calibration.n_tests:,} cells with uplink tests move the level needed by "
            f"{calibration.shift_db:+.1f} dB (standard error {calibration.shift_se_db:.1f})."
        )
    elif calibration.n_tests:
        notes.append(
            f"{calibration.n_tests:,} cells with uplink tests, {calibration.n_failed:,} of them "
            "under the rate: too few, or no tests at all; the level needed stays as configured."
        )
    if assets is not None:
        states = assets["asset_state"].value_counts().sort_index()
        told = ", ".join(f"{count:,} {state}" for state, count in states.items())
        notes.append(f"{len(assets):,} devices on record: {told}.")
    return tuple(notes)


def _proved_assets(config: Config, store: Store, sites: pd.DataFrame) -> pd.DataFrame | None:
    """The register held against the readings; None where the survey keeps none."""
    register = layers.registered_assets(config, store)
    if register is None:
        return None
    fitted = sites[sites["tps_code"].isin(register["tps_code"])]
    readings = _readings_around(store, fitted)
    return prove(register, sites, readings, settings.asset_params(config))


def _readings_around(store: Store, places: pd.DataFrame) -> pd.DataFrame:
    """Readings of sound position in the box around some sites, part by part."""
    kept = [tables.empty("readings").select(list(_PROOF_COLUMNS))]
    for part in store.parts("readings") if len(places) else []:
        readings = store.read("readings", part, list(_PROOF_COLUMNS))
        kept.append(readings.filter(_is_around(readings, places)))
    return tables.to_pandas(pa.concat_tables(kept))


def _is_around(readings: pa.Table, places: pd.DataFrame) -> pa.ChunkedArray:
    """Readings that stand for their stretch of route, serve, and lie in the box."""
    chosen = pc.and_(
        readings.column("is_route_value"), pc.fill_null(readings.column("is_serving"), True)
    )
    for flag in ("dq_frozen_gps", "dq_stale", "dq_coarse_position"):
        chosen = pc.and_not(chosen, readings.column(flag))
    for name in ("latitude_deg", "longitude_deg"):
        values = readings.column(name)
        low, high = places[name].min() - _DEGREES_AROUND, places[name].max() + _DEGREES_AROUND
        chosen = pc.and_(
            chosen, pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))
        )
    return chosen
