"""Stage 3: readings, towers and sites to a fitted model, its card, and predictions around TPS."""

import json
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from coverage import hexgrid, tables
from coverage.errors import InputError
from coverage.operators import UNKNOWN_OPERATOR
from coverage.readings import offsets
from coverage.readings.offsets import OffsetParams
from coverage.signal import card, samples, towers
from coverage.signal.model import (
    CellSignalParams,
    SignalModel,
    cell_signal,
    operator_correlation,
)
from coverage.sites.positions import cells_needed
from pipelines import inputs, layers, settings
from pipelines.config import Config
from pipelines.ingest import LIST_PREFIX
from pipelines.stage import Outcome, Progress, Work, program_version, run_stage, upstream
from pipelines.store import Store, fingerprint_of, write_bytes

SITE_REJECTS: Final = f"{LIST_PREFIX}sites"
TOWER_REJECTS: Final = f"{LIST_PREFIX}towers"
_COLUMNS: Final = (
    "time", "latitude_deg", "longitude_deg", "gps_accuracy_m", "source", "device_id",
    "device_model", "plmn", "operator", "rat", "cell_identity", "is_serving", "service_state",
    "signal_dbm", "is_indoor", "weight", "is_route_value", "dq_frozen_gps", "dq_stale",
    "dq_coarse_position", "dq_scanner", "source_file", "source_row",
)  # fmt: skip
"""Columns of the readings that a model is made from."""


def predict(config: Config, store: Store, progress: Progress) -> Outcome:
    """Fit the model on all readings and predict every cell around the sites.

    Raises
    ------
    InputError
        Where there are no readings of a known operator, or no TPS list.
    """
    files = [
        *inputs.find(config.raw, config.inputs.towers, store),
        *layers.site_files(config, store),
    ]
    fingerprint = fingerprint_of(
        program_version(),
        upstream(store, "ingest", "aggregate"),
        config.section("signal", "grid", "towers", "site_list"),
        settings.operators(config),
        sorted(file.hash for file in files),
        layers.layer_hashes(config, store)["villages"],
    )
    return run_stage(config, store, "predict", fingerprint, partial(_work, config, store, progress))


def _work(config: Config, store: Store, progress: Progress) -> Work:
    """Read what is known, fit, judge, predict, write."""
    progress("reading lists", 0.02)
    sites, site_rejects = layers.sites(config, store)
    listed, tower_rejects = layers.listed_towers(config, store)
    readings = stored_readings(store)
    progress("harmonising devices", 0.05)
    device_offsets = offsets.estimate(readings, OffsetParams())
    training = samples.from_readings(readings, device_offsets, settings.sample_params(config))
    if training.empty:
        raise InputError(
            "No reading is usable for a model: none has an LTE or NR level, or no service, of a "
            "known operator.",
            remedy="See `blankspot inspect FILE` for what the logs hold.",
        )
    progress(f"fitting on {len(training):,} samples", 0.1)
    model = SignalModel(settings.model_params(config)).fit(training, listed)
    progress("validating in blocks", 0.35)
    judged = card.build(model, training, listed, _targets(sites), weak_dbm=config.signal.weak_dbm)
    progress("predicting cells", 0.8)
    predicted = cell_signal(
        model,
        _cells(config, store, sites),
        _operators(training),
        CellSignalParams(weak_dbm=config.signal.weak_dbm),
    )
    all_towers = _all_towers(readings, listed)
    outputs = [
        store.write("sites", tables.to_arrow("sites", sites)),
        store.write("rejects", tables.to_arrow("rejects", site_rejects), SITE_REJECTS),
        store.write("rejects", tables.to_arrow("rejects", tower_rejects), TOWER_REJECTS),
        store.write("device_offsets", tables.to_arrow("device_offsets", device_offsets)),
        store.write("towers", tables.to_arrow("towers", all_towers)),
        store.write(
            "operator_correlation",
            tables.to_arrow("operator_correlation", operator_correlation(model)),
        ),
        store.write("cell_signal", tables.to_arrow("cell_signal", predicted)),
        *_write_card(store, judged),
    ]
    rejected = pd.concat([site_rejects, tower_rejects])["reason"].value_counts()
    return Work(
        outputs=tuple(outputs),
        rows_in={"readings": readings.num_rows},
        rows_out={
            "samples": len(training), "sites": len(sites), "towers": len(all_towers),
            "cell_signal": len(predicted),
        },
        rejected={str(reason): int(n) for reason, n in rejected.items()},
        notes=_notes(sites, site_rejects, listed),
        details={"card": judged.summary()},
    )  # fmt: skip


def stored_readings(store: Store) -> pa.Table:
    """The columns of all readings that the model needs."""
    parts = [store.read("readings", part, list(_COLUMNS)) for part in store.parts("readings")]
    if not parts:
        raise InputError("No readings yet.", remedy="Run `blankspot ingest` first.")
    return pa.concat_tables(parts)


def _targets(sites: pd.DataFrame) -> pd.DataFrame:
    """Where the model will be used, for validation at those distances."""
    return sites[["latitude_deg", "longitude_deg"]]


def _operators(training: pd.DataFrame) -> list[str]:
    """Operators that can be predicted."""
    return sorted(set(training["operator"]) - {UNKNOWN_OPERATOR})


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


def _write_card(store: Store, judged: card.Card) -> list:  # type: ignore[type-arg]
    """The model card as JSON and HTML."""
    folder = store.root / "model"
    text = json.dumps(judged.content, indent=1, sort_keys=True, ensure_ascii=False)
    write_bytes(folder / "card.json", (text + "\n").encode())
    write_bytes(folder / "card.html", judged.html.encode())
    return [folder / "card.json", folder / "card.html"]


def _notes(
    sites: pd.DataFrame, site_rejects: pd.DataFrame, listed: pd.DataFrame | None
) -> tuple[str, ...]:
    """What an engineer should know."""
    notes = []
    if len(site_rejects):
        notes.append(
            f"{len(site_rejects):,} rows of the TPS list refused: see "
            f"rejects/{SITE_REJECTS}.parquet."
        )
    n_placed = int((sites["coordinate_source"] == "village_centroid").sum())
    if n_placed:
        notes.append(f"{n_placed:,} TPS without coordinates stand at their village's centroid.")
    if listed is None:
        notes.append("No tower list: towers were estimated from the readings.")
    return tuple(notes)
