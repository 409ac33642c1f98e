"""Stage 3: readings, towers and sites to a fitted model, its card, and predictions around TPS."""

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.spatial import cKDTree

from coverage import hexgrid, tables
from coverage.errors import InputError
from coverage.geodesy import to_plane_m
from coverage.operators import UNKNOWN_OPERATOR
from coverage.readings import offsets
from coverage.readings.offsets import OffsetParams
from coverage.signal import artefact, audit, card, maps, samples, towers
from coverage.signal.maps import Maps
from coverage.signal.model import (
    CellSignalParams,
    SignalModel,
    cell_signal,
    operator_correlation,
)
from coverage.sites.positions import cells_needed
from pipelines import deliveries, inputs, layers, rasters, settings
from pipelines.config import Config
from pipelines.ingest import LIST_PREFIX
from pipelines.predicted import PREDICTED_RECORD, PredictCells, write_predicted
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage, upstream
from pipelines.store import Store, fingerprint_of, read_json, write_bytes, write_json

MODEL_FILE: Final = "model/model.npz"
MODEL_RECORD: Final = "model/fitted.json"
CARD_JSON: Final = "model/card.json"
CARD_HTML: Final = "model/card.html"
_FITTED_TABLES: Final = ("device_offsets", "towers", "operator_correlation")
_MODEL_FILES: Final = (MODEL_FILE, MODEL_RECORD, CARD_JSON, CARD_HTML, PREDICTED_RECORD)
SITE_REJECTS: Final = f"{LIST_PREFIX}sites"
TOWER_REJECTS: Final = f"{LIST_PREFIX}towers"
_COLUMNS: Final = (
    "time", "latitude_deg", "longitude_deg", "gps_accuracy_m", "speed_mps", "source", "device_id",
    "device_model", "plmn", "operator", "rat", "cell_identity", "is_serving", "service_state",
    "signal_dbm", "is_indoor", "weight", "is_route_value", "dq_frozen_gps", "dq_stale",
    "dq_coarse_position", "dq_scanner", "source_file", "source_row",
)  # fmt: skip
"""Columns of the readings that a model is made from."""

_PLMNS_SHOWN: Final = 5
_MODELLED_RATS: Final = ("LTE", "NR")
_WITHOUT_SERVICE: Final = ("no_service", "limited")


def predict(config: Config, store: Store, progress: Progress) -> Outcome:
    """Fit the model on all readings and predict every cell around the sites.

    The fitted model is kept: where only the TPS list changed, it is used again.

    Raises
    ------
    InputError
        Where there are no readings of a known operator, or no TPS list.
    """
    fit_hash = _fit_fingerprint(config, store)
    fingerprint = fingerprint_of(
        fit_hash,
        upstream(store, "aggregate"),
        config.section("grid", "site_list"),
        str(config.survey.election_date),
        [file.hash for file in layers.site_files(config, store)],
        layers.layer_hashes(config, store)["villages"],
    )
    work = partial(_work, config, store, fit_hash, progress)
    return run_stage(config, store, "predict", fingerprint, work)


def _fit_fingerprint(config: Config, store: Store) -> str:
    """Everything that the fitted model and its card depend on."""
    lists = inputs.find(config.raw, config.inputs.towers, store)
    return fingerprint_of(
        program_version(),
        upstream(store, "ingest"),
        config.section("signal", "towers"),
        config.survey.language,
        config.grid.box,
        settings.operators(config),
        sorted(file.hash for file in lists),
        rasters.fingerprint(config, store),
    )


def _work(config: Config, store: Store, fit_hash: str, progress: Progress) -> Work:
    """Take in the TPS list, fit (or take the fitted model again), predict, write."""
    progress("reading lists and maps", 0.02)
    sites, site_rejects = layers.sites(config, store)
    ground = rasters.read_maps(config, store)
    record = read_json(store.root / MODEL_RECORD)
    is_fitted = record.get("fingerprint") == fit_hash and (store.root / MODEL_FILE).is_file()
    if not is_fitted:
        (store.root / MODEL_RECORD).unlink(missing_ok=True)
        record = _fit(config, store, sites, ground, progress)
        write_json(store.root / MODEL_RECORD, {**record, "fingerprint": fit_hash})
    progress("predicting cells", 0.85)
    cells = _cells(config, store, sites)
    store.write("sites", tables.to_arrow("sites", sites))
    store.write("rejects", tables.to_arrow("rejects", site_rejects), SITE_REJECTS)
    n_predicted, n_fresh = write_predicted(
        store,
        cells,
        fingerprint_of(fit_hash, config.grid.resolution),
        _predictor(config, store, ground),
    )
    refused = store.read("rejects", TOWER_REJECTS).column("reason").to_pylist()
    return Work(
        outputs=(
            *(store.path(name) for name in (*_FITTED_TABLES, "sites", "cell_signal")),
            *(store.path("rejects", part) for part in (SITE_REJECTS, TOWER_REJECTS)),
            *(store.root / name for name in _MODEL_FILES),
        ),
        rows_in={"readings": record["n_readings"]},
        rows_out={
            "samples": record["n_samples"], "sites": len(sites), "cell_signal": n_predicted,
        },
        rejected=Counter([*site_rejects["reason"], *refused]),
        notes=_notes(sites, site_rejects, record, is_fitted=is_fitted),
        details={"model": record, "cells": {"known": len(cells) - n_fresh, "predicted": n_fresh}},
    )  # fmt: skip


def _predictor(config: Config, store: Store, ground: Maps) -> PredictCells:
    """The fitted model, to be asked about cells."""
    model = stored_model(store)
    operators = sorted(set(model.layout_.operators) - {UNKNOWN_OPERATOR})
    known_towers = tables.to_pandas(store.read("towers"))

    def predict_cells(cells: hexgrid.Cells) -> pd.DataFrame:
        return cell_signal(
            model,
            cells,
            operators,
            CellSignalParams(weak_dbm=config.signal.weak_dbm),
            maps.cell_covariates(cells, operators, ground, known_towers, config.maps),
        )

    return predict_cells


def stored_model(store: Store) -> SignalModel:
    """The fitted model as it was written."""
    path = store.root / MODEL_FILE
    try:
        return artefact.from_bytes(path.read_bytes())
    except InputError as error:
        raise InputError(
            error.problem, file=str(path), remedy="Delete it and run again."
        ) from error


def _fit(
    config: Config, store: Store, sites: pd.DataFrame, ground: Maps, progress: Progress
) -> dict[str, Any]:
    """Fit and judge the model, write all that follows from the readings; returns its record."""
    listed, tower_rejects = layers.listed_towers(config, store)
    readings = stored_readings(store)
    progress("harmonising devices", 0.05)
    device_offsets = offsets.estimate(readings, OffsetParams())
    applied = device_offsets if config.signal.harmonise_devices else device_offsets.iloc[:0]
    training = samples.from_readings(readings, applied, settings.sample_params(config))
    if training.empty:
        raise _unusable(readings, config)
    found = maps.covariates(training, ground, listed, config.maps)
    maps.refuse_foreign_maps(found)
    training = training.join(found, validate="one_to_one")
    progress(f"fitting on {len(training):,} samples", 0.1)
    params = replace(settings.model_params(config), covariates=tuple(found.columns))
    model = SignalModel(params).fit(training, listed)
    progress("validating in blocks", 0.3)
    places = sites[["latitude_deg", "longitude_deg"]]
    placed = training.assign(**{audit.DISTRICT: _districts(training, sites)})
    judged = card.build(model, placed, listed, settings.card_params(config), places)
    towers_found = _all_towers(readings, listed)
    for name, frame in (
        ("device_offsets", device_offsets),
        ("towers", towers_found),
        ("operator_correlation", operator_correlation(model)),
    ):
        store.write(name, tables.to_arrow(name, frame))
    store.write("rejects", tables.to_arrow("rejects", tower_rejects), TOWER_REJECTS)
    write_bytes(store.root / MODEL_FILE, artefact.to_bytes(model))
    write_bytes(store.root / CARD_JSON, judged.to_json().encode())
    write_bytes(store.root / CARD_HTML, judged.to_html(config.survey.language).encode())
    return {
        "n_readings": readings.num_rows,
        "n_samples": len(training),
        "n_towers": len(towers_found),
        "covariates": list(found.columns),
        "has_tower_list": listed is not None,
        "readings": samples.tally(readings, settings.sample_params(config)),
        "warnings": list(judged.content["warnings"]),
    }


def _districts(training: pd.DataFrame, sites: pd.DataFrame) -> "pd.Series[str]":
    """District of each sample: that of the nearest TPS, with its regency, for names repeat."""
    origin = (float(sites["latitude_deg"].mean()), float(sites["longitude_deg"].mean()))
    there, here = (
        to_plane_m(frame["latitude_deg"], frame["longitude_deg"], origin)
        for frame in (sites, training)
    )
    nearest = cKDTree(there).query(here)[1]
    names = sites["regency"].fillna("").astype(str) + " " + sites["district"].fillna("").astype(str)
    return pd.Series(names.to_numpy()[nearest], index=training.index)


def _unusable(readings: pa.Table, config: Config) -> InputError:
    """Why no reading trains a model: networks without a name, the usual case, or something else.

    A network is named only where its readings would be of use then: a guest of GSM alone would not.
    """
    says_something = pc.or_(
        pc.is_in(readings["rat"], value_set=pa.array(_MODELLED_RATS)),
        pc.is_in(readings["service_state"], value_set=pa.array(_WITHOUT_SERVICE)),
    )
    is_nameless = pc.equal(readings["operator"], UNKNOWN_OPERATOR)
    nameless = readings.filter(pc.and_(is_nameless, says_something))
    plmns = sorted(pc.unique(nameless["plmn"]).drop_null().to_pylist())
    table = config.operators.table or settings.OPERATORS_FILE
    return InputError(
        "No reading is usable for a model: none has an LTE or NR level, or no service, of a "
        "known operator.",
        remedy=f"Name the network codes {', '.join(plmns[:_PLMNS_SHOWN])} in {table}."
        if plmns
        else "See `blankspot inspect FILE` for what the logs hold.",
    )


def stored_readings(store: Store) -> pa.Table:
    """The columns of all readings that the model needs."""
    parts = [_counted_readings(store, part) for part in store.parts("readings")]
    if not parts:
        raise InputError("No readings yet.", remedy="Run `blankspot ingest` first.")
    return pa.concat_tables(parts)


def _counted_readings(store: Store, part: str) -> pa.Table:
    """Readings of one input but those that another one holds too."""
    readings = store.read("readings", part, list(_COLUMNS))
    is_counted = deliveries.is_counted(store, part, readings.num_rows)
    return readings if is_counted.all() else readings.filter(pa.array(is_counted))


def _cells(config: Config, store: Store, sites: pd.DataFrame) -> hexgrid.Cells:
    """Cells around the sites, and those that were measured."""
    measured = store.read("cells", columns=["h3_cell"]).column("h3_cell").to_numpy()
    around = cells_needed(sites, config.grid.resolution, config.grid.around_m)
    return np.union1d(around, measured)


def _all_towers(readings: pa.Table, listed: pd.DataFrame | None) -> pd.DataFrame:
    """Listed radio cells, and estimates of those that serve but are not listed."""
    if listed is None:
        listed = tables.to_pandas(tables.empty("towers"))
    estimated = towers.estimate(readings, listed)
    both = [frame for frame in (listed, estimated) if len(frame)]
    if not both:
        return listed
    together = pd.concat(both, ignore_index=True)
    return together.sort_values(list(tables.TABLES["towers"].key), ignore_index=True)


def _notes(
    sites: pd.DataFrame, site_rejects: pd.DataFrame, record: dict[str, Any], *, is_fitted: bool
) -> tuple[str, ...]:
    """What an engineer should know."""
    notes = []
    if len(site_rejects):
        notes.append(
            f"{len(site_rejects):,} rows of the TPS list refused: `blankspot check` names them; "
            f"all are in rejects/{SITE_REJECTS}.parquet."
        )
    n_placed = int((sites["coordinate_source"] == "village_centroid").sum())
    if n_placed:
        notes.append(f"{n_placed:,} TPS without coordinates stand at their village's centroid.")
    if not record["has_tower_list"]:
        notes.append("No tower list: towers were estimated from the readings.")
    if is_fitted:
        notes.append("The readings did not change: the fitted model and its card were kept.")
    return tuple(notes)
