"""What a card says of the data and of the fitted model, before any score."""

from typing import Any, Final

import numpy as np
import pandas as pd

from coverage.signal.model import SignalModel
from coverage.tables import QUANTILE_LEVELS

ONE_KM: Final = np.array([1000.0])  # [m]


def describe_data(samples: pd.DataFrame, towers: pd.DataFrame | None) -> dict[str, Any]:
    """What the model was made of: samples by operator and source, days, listed cells."""
    by = samples.assign(
        is_no_service=~np.isfinite(samples["rsrp_dbm"]),
    ).groupby(["operator", "source"], sort=True)
    table = by.agg(
        n_samples=("n", "size"),
        n_readings=("n", "sum"),
        n_no_service_samples=("is_no_service", "sum"),
        n_devices=("device_key", "nunique"),
    ).reset_index()
    days = pd.to_datetime(samples["day"]).dropna()
    return {
        "n_samples": len(samples),
        "n_readings": int(samples["n"].sum()),
        "by_operator_and_source": [
            {str(k): v if isinstance(v, str) else int(v) for k, v in row.items()}
            for row in table.to_dict("records")
        ],
        "first_day": None if days.empty else days.min().date().isoformat(),
        "last_day": None if days.empty else days.max().date().isoformat(),
        "n_listed_cells": 0 if towers is None else int((towers["basis"] == "listed").sum()),
    }


def describe_model(model: SignalModel) -> dict[str, Any]:
    """What was chosen and found: chain, sources, spatial structure, intervals."""
    residual = model.chain_.residual
    variogram, shrinkage = residual.kriging.variogram, residual.shrinkage
    kept = None if shrinkage is None or not residual.is_kriged else shrinkage
    middle = QUANTILE_LEVELS.index(0.5)
    low, high = QUANTILE_LEVELS.index(0.05), QUANTILE_LEVELS.index(0.95)
    edges = ["0", *(f"{edge:g}" for edge in model.conformal_.edges_m.tolist())]
    return {
        "chain": str(model.choice_.loc[model.choice_["is_chosen"], "candidate"].iloc[0]),
        "candidates": [
            {str(k): _plain(v) for k, v in row.items()} for row in model.choice_.to_dict("records")
        ],
        "operators": list(model.layout_.operators),
        "n_samples_by_operator": [int(n) for n in model.n_samples_],
        "n_sites": len(model.chain_.trend.sites.operator),
        "covariates": ", ".join(model.layout_.covariates),
        "sources": [
            {"kind": kind, "shift_db": round(shift, 2), "noise_db": round(noise, 2)}
            for kind, shift, noise in zip(
                model.harmony_.kinds, model.harmony_.shift_db.tolist(),
                model.harmony_.noise_db.tolist(), strict=True,
            )
        ],
        "residual_sd_db": round(float(np.sqrt(variogram.variance_db2)), 2),
        "residual_range_m": round(variogram.practical_range_m()),
        "kriging_share_1_km": None if kept is None else round(float(kept.at(ONE_KM)[0]), 3),
        "intervals": [
            {
                "from_m": edges[place],
                "kriging_share": None if kept is None else round(float(kept.share[place]), 3),
                "n_held_out": round(float(model.conformal_.n_scores[place]), 1),
                "q05": round(float(row[low]), 3),
                "q50": round(float(row[middle]), 3),
                "q95": round(float(row[high]), 3),
            }
            for place, row in enumerate(model.conformal_.table)
        ],
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """A value for JSON: numbers rounded, None for NaN."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, float):
        return round(value, 4) if np.isfinite(value) else None
    return value
