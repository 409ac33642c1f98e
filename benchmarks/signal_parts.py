"""What each part of the signal model pays: censoring, harmonising, crowd, kriging; two controls.

In the worlds of ``signal_model.py``, at their targets.

    python benchmarks/signal_parts.py [censoring|parts|recovered|shuffled ...]
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
from signal_model import (
    OFFSETS,
    PHYSICS,
    RIVALS,
    WEAK_DBM,
    model_row,
    row,
    show,
    survey,
    surveyed,
)

from coverage.readings import offsets
from coverage.signal import audit, samples, scores, splits
from coverage.signal.cross_fit import Candidate
from coverage.signal.distribution import probability_below
from coverage.signal.model import ModelParams, SignalModel
from coverage.signal.scoring import ScoreParams
from coverage.synthetic import OPERATOR_NAMES, WorldParams, build_world
from coverage.synthetic_survey import phones_of

SEEDS = (2024, 7, 99)
PHONE_FOLDER = r"crowd/(phone_\d+)/"


def censoring() -> None:
    """No-service rows left-censored, set to the limit, dropped; with heights, at 12 %.

    And with the level that no phone could read there, free of noise: more than any treatment of
    those rows can be worth.
    """
    for seed in SEEDS:
        world_params = WorldParams(seed=seed, no_service_share=0.12)
        case = survey(world_params, has_terrain=True)
        hidden = ~np.isfinite(case.samples["rsrp_dbm"])
        limit = case.samples.assign(
            rsrp_dbm=case.samples["rsrp_dbm"].fillna(case.samples["upper_dbm"]), upper_dbm=np.nan
        )
        rows = {}
        for name, frame in (
            ("left-censored", case.samples),
            ("set to the limit", limit),
            ("dropped", case.samples[~hidden]),
            ("levels known", revealed(case.samples, world_params)),
        ):
            fitted = SignalModel(ModelParams(covariates=case.covariates)).fit(frame, case.towers)
            rows[name] = model_row(case, fitted)
            deep = case.truth_dbm < -115.0
            p_deep = probability_below(fitted.predict_distribution(case.points), -115.0)
            rows[name]["AP < -115"] = scores.average_precision(deep, p_deep)
            rows[name]["bias there"] = float(
                (fitted.predict(case.points) - case.truth_dbm)[deep].mean()
            )
        show(f"seed {seed}, {hidden.mean():.3f} of the samples without service", rows)


def revealed(frame: pd.DataFrame, world_params: WorldParams) -> pd.DataFrame:
    """Samples with the true level, below the limit, in the rows that had none."""
    truth = build_world(world_params).rsrp_dbm(frame["latitude_deg"], frame["longitude_deg"])
    own = truth[np.arange(len(frame)), pd.Index(OPERATOR_NAMES).get_indexer(frame["operator"])]
    level = frame["rsrp_dbm"].fillna(np.minimum(own, frame["upper_dbm"]))
    return frame.assign(rsrp_dbm=level, upper_dbm=np.nan)


def parts() -> None:
    """What each part is worth: harmonising, the crowd, declustering, the rivals' raw data."""
    case = survey(WorldParams())
    drive = case.samples[case.samples["source"] == "drive_test"]
    flat = replace(PHYSICS, decluster_resolution=11)
    no_kriging = replace(PHYSICS, candidates=(Candidate(name="physics", is_kriged=False),))
    fits = {
        "blankspot": (PHYSICS, case.samples),
        "raw devices": (PHYSICS, case.raw),
        "drive test alone": (PHYSICS, drive),
        "no declustering": (flat, case.samples),
        "no kriging": (no_kriging, case.samples),
    }
    rows = {
        name: model_row(case, SignalModel(params).fit(frame, case.towers))
        for name, (params, frame) in fits.items()
    }
    distance_m = SignalModel(PHYSICS).fit(case.samples, case.towers).describe(case.points)
    for name in ("inverse distance", "ordinary kriging", "physics and kriging"):
        level = RIVALS[name]().fit(case.raw, case.towers).predict(case.points)
        rows[f"{name}, raw"] = row(case, level, distance_m.distance_to_reading_m)
    show("what each part is worth", rows)


def offsets_recovered() -> None:
    """Estimated offsets of the crowd's phones against the true ones."""
    rows = {}
    for seed in SEEDS:
        params = WorldParams(seed=seed)
        readings, _towers, _sampling = surveyed(params)
        found = offsets.estimate(readings, OFFSETS)
        phone = pd.DataFrame({
            "device_key": _device_keys(readings),
            "phone": readings.column("source_file").to_pandas().str.extract(PHONE_FOLDER)[0],
        }).dropna().drop_duplicates()  # fmt: skip
        both = phone.merge(found[found["is_connected"].astype(bool)], on="device_key")
        both = both.merge(phones_of(build_world(params)), on="phone", suffixes=("", "_true"))
        error = both["offset_db"] - both["offset_db_true"]
        rows[f"seed {seed}"] = {
            "phones": float(len(both)),
            "RMSE": float(np.sqrt((error**2).mean())),
            "bias": float(error.mean()),
            "worst": float(error.abs().max()),
            "sd of truth": float(both["offset_db_true"].std()),
        }
    show("offsets of the crowd's phones, estimated less true [dB]", rows)


def _device_keys(readings: pa.Table) -> "pd.Series[str]":
    """What a reading's device is known by."""
    model, device = (readings.column(n).to_pandas() for n in ("device_model", "device_id"))
    return model.where(model.notna(), device).astype(str)


def shuffled() -> None:
    """The model fitted to and judged on shuffled labels, blocks of 3.8 km held out."""
    rows = {}
    blocked = splits.BlockKFold(5, resolution=6, buffer_m=500.0, seed=1)
    judge = ScoreParams(weak_dbm=WEAK_DBM, interval=0.9, block_resolution=6, n_draws=200, seed=1)
    for seed in SEEDS:
        case = survey(WorldParams(seed=seed), has_terrain=True)
        recipe = replace(PHYSICS, covariates=case.covariates)
        frame = samples.checked(case.samples)
        found = audit.permuted(frame, case.towers, recipe, blocked, judge)
        rows[f"seed {seed}"] = {
            "base rate": found["base_rate"],
            **{f"AP {end}": found["average_precision"][end] for end in ("value", "low", "high")},
            "skill": found["brier_skill"],
        }
    show("shuffled labels", rows)


SECTIONS: Mapping[str, Callable[[], None]] = {
    "censoring": censoring,
    "parts": parts,
    "recovered": offsets_recovered,
    "shuffled": shuffled,
}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or SECTIONS:
        SECTIONS[wanted]()
