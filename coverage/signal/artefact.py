"""A fitted model as bytes that are safe to load: plain arrays, JSON, and trees as JSON.

No pickle: a model file that comes from elsewhere can be wrong, but it cannot run code.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb

from coverage.errors import InputError
from coverage.signal.applicability import Applicability
from coverage.signal.censored import BoostingParams, LinearFit
from coverage.signal.chain import Chain, ResidualModel
from coverage.signal.choice import CHOICE_COLUMNS
from coverage.signal.conformal import Conformal, ConformalParams
from coverage.signal.correlation import Errors
from coverage.signal.cross_fit import Candidate
from coverage.signal.features import SiteParams, Sites
from coverage.signal.harmony import Harmony, HarmonyParams
from coverage.signal.kriging import Kriging
from coverage.signal.model import ModelParams, SignalModel
from coverage.signal.observations import Layout
from coverage.signal.shrinkage import Shrinkage
from coverage.signal.towers import EstimateParams
from coverage.signal.trend import PhysicsParams, Trend, TrendParams
from coverage.signal.variogram import KrigingParams, Residuals, Variogram

FORMAT: Final = "blankspot signal model"
VERSION: Final = 3

Arrays = dict[str, npt.NDArray[Any]]


def to_bytes(model: SignalModel) -> bytes:
    """Fitted model as one compressed archive of arrays; the same model gives the same bytes."""
    arrays = _arrays(model)
    meta = json.dumps(_meta(model), sort_keys=True, ensure_ascii=False)
    arrays["meta"] = np.frombuffer(meta.encode(), dtype=np.uint8)
    booster = model.chain_.trend.booster
    if booster is not None:
        arrays["booster"] = np.frombuffer(bytes(booster.save_raw("json")), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def from_bytes(data: bytes) -> SignalModel:
    """Model of :func:`to_bytes`.

    Raises
    ------
    InputError
        Where the bytes are no such model, or one of another version.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(arrays["meta"].tobytes())
    except (EOFError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError("Invalid model file. Must be written by this program.") from error
    if meta.get("format") != FORMAT or meta.get("version") != VERSION:
        raise InputError(
            f"Invalid model version {meta.get('version')}. Must be {VERSION}.",
            remedy="Fit the model again.",
        )
    return _model(meta, arrays)


def _arrays(model: SignalModel) -> Arrays:
    """Every array of a fitted model."""
    trend, kriging = model.chain_.trend, model.chain_.residual.kriging
    shrinkage = model.chain_.residual.shrinkage
    none = np.zeros(0)
    return {
        "site_plane_m": trend.sites.plane_m,
        "site_operator": trend.sites.operator,
        "physics": trend.physics.coefficients,
        "covariate_centre": trend.covariate_centre,
        "covariate_spread": trend.covariate_spread,
        "plane_m": kriging.residuals.plane_m,
        "operator": kriging.residuals.operator,
        "residual_db": kriging.residuals.residual_db,
        "noise_db2": kriging.residuals.noise_db2,
        "coupling": np.eye(0) if kriging.coupling is None else kriging.coupling,
        "shrinkage_distance_m": none if shrinkage is None else shrinkage.distance_m,
        "shrinkage_share": none if shrinkage is None else shrinkage.share,
        "conformal_edges_m": model.conformal_.edges_m,
        "conformal_table": model.conformal_.table,
        "conformal_n": model.conformal_.n_scores,
        "area_centre": model.applicability_.centre,
        "area_scale": model.applicability_.scale,
        "area_samples": model.applicability_.samples,
        "n_samples": model.n_samples_,
        "shift_db": model.harmony_.shift_db,
        "source_noise_db": model.harmony_.noise_db,
        "sample_cell": model.errors_.cell,
        "error_db": model.errors_.error_db,
    }


def _meta(model: SignalModel) -> dict[str, Any]:
    """All else of a fitted model."""
    trend, residual = model.chain_.trend, model.chain_.residual
    return {
        "format": FORMAT,
        "version": VERSION,
        "params": None if model.params is None else _settings(model.params),
        "layout": asdict(model.layout_),
        "choice": model.choice_.astype(object).where(model.choice_.notna(), None).to_dict("list"),
        "kinds": list(model.harmony_.kinds),
        "reading_noise_db": model.harmony_.reading_noise_db,
        "position_error_m": trend.sites.position_error_m,
        "physics_sd_db": trend.physics.sd_db,
        "n_operators": trend.n_operators,
        "variogram": asdict(residual.kriging.variogram),
        "kriging": asdict(residual.kriging.params),
        "is_kriged": residual.is_kriged,
        "reference_noise_db2": model.reference_noise_db2_,
        "area_mean_distance": model.applicability_.mean_distance,
        "area_limit": model.applicability_.limit,
    }


def _settings(params: ModelParams) -> dict[str, Any]:
    """Settings that the model follows from; threads change nothing and belong to a run."""
    return {name: value for name, value in asdict(params).items() if name != "n_threads"}


def _model(meta: Mapping[str, Any], arrays: Arrays) -> SignalModel:
    """Model from its parts."""
    model = SignalModel(None if meta["params"] is None else _params(meta["params"]))
    model.layout_ = Layout(
        origin=(meta["layout"]["origin"][0], meta["layout"]["origin"][1]),
        operators=tuple(meta["layout"]["operators"]),
        covariates=tuple(meta["layout"]["covariates"]),
    )
    model.harmony_ = Harmony(
        kinds=tuple(meta["kinds"]),
        shift_db=arrays["shift_db"],
        noise_db=arrays["source_noise_db"],
        reading_noise_db=meta["reading_noise_db"],
    )
    choice = pd.DataFrame(meta["choice"])[list(CHOICE_COLUMNS)]
    numeric = [name for name in choice.columns if name not in {"candidate", "is_chosen"}]
    model.choice_ = choice.astype(dict.fromkeys(numeric, np.float64)).astype({"is_chosen": bool})
    model.chain_ = _chain(meta, arrays)
    model.conformal_ = Conformal(
        edges_m=arrays["conformal_edges_m"],
        table=arrays["conformal_table"],
        n_scores=arrays["conformal_n"],
    )
    model.applicability_ = Applicability(
        centre=arrays["area_centre"],
        scale=arrays["area_scale"],
        samples=arrays["area_samples"],
        mean_distance=meta["area_mean_distance"],
        limit=meta["area_limit"],
    )
    model.n_samples_ = arrays["n_samples"]
    model.reference_noise_db2_ = meta["reference_noise_db2"]
    model.errors_ = Errors(
        cell=arrays["sample_cell"],
        operator=arrays["operator"],
        error_db=arrays["error_db"],
        noise_db2=arrays["noise_db2"],
    )
    return model


def _chain(meta: Mapping[str, Any], arrays: Arrays) -> Chain:
    """The fitted chain from its parts."""
    booster = None
    if "booster" in arrays:
        booster = xgb.Booster()
        booster.load_model(bytearray(arrays["booster"].tobytes()))
    trend = Trend(
        sites=Sites(
            plane_m=arrays["site_plane_m"],
            operator=arrays["site_operator"],
            position_error_m=meta["position_error_m"],
        ),
        physics=LinearFit(coefficients=arrays["physics"], sd_db=meta["physics_sd_db"]),
        n_operators=meta["n_operators"],
        covariate_centre=arrays["covariate_centre"],
        covariate_spread=arrays["covariate_spread"],
        booster=booster,
    )
    residuals = Residuals(
        plane_m=arrays["plane_m"],
        operator=arrays["operator"],
        residual_db=arrays["residual_db"],
        noise_db2=arrays["noise_db2"],
    )
    stored = meta["variogram"]
    variogram = Variogram(
        micro_db2=stored["micro_db2"],
        sills_db2=(stored["sills_db2"][0], stored["sills_db2"][1]),
        ranges_m=(stored["ranges_m"][0], stored["ranges_m"][1]),
        is_smooth=(stored["is_smooth"][0], stored["is_smooth"][1]),
        regional_db2=stored["regional_db2"],
    )
    kriging = Kriging(
        residuals=residuals,
        variogram=variogram,
        params=KrigingParams(**meta["kriging"]),
        coupling=arrays["coupling"] if arrays["coupling"].size else None,
    )
    shrinkage = None
    if arrays["shrinkage_share"].size:
        shrinkage = Shrinkage(
            distance_m=arrays["shrinkage_distance_m"],
            share=arrays["shrinkage_share"],
        )
    residual = ResidualModel(kriging=kriging, is_kriged=meta["is_kriged"], shrinkage=shrinkage)
    return Chain(trend=trend, residual=residual)


def _params(values: Mapping[str, Any]) -> ModelParams:
    """Settings from plain values."""
    plain = dict(values)
    candidates = tuple(
        Candidate(
            name=one["name"],
            has_sites=one["has_sites"],
            boosting=None if one["boosting"] is None else BoostingParams(**one["boosting"]),
            is_kriged=one["is_kriged"],
            regional_share=one["regional_share"],
        )
        for one in plain.pop("candidates")
    )
    trend = dict(plain.pop("trend"))
    sites = dict(trend["sites"])
    conformal = dict(plain.pop("conformal"))
    return ModelParams(
        candidates=candidates,
        trend=TrendParams(
            sites=SiteParams(estimate=EstimateParams(**sites.pop("estimate")), **sites),
            physics=PhysicsParams(**trend["physics"]),
        ),
        conformal=ConformalParams(
            distance_edges_m=tuple(conformal.pop("distance_edges_m")), **conformal
        ),
        harmony=HarmonyParams(**plain.pop("harmony")),
        kriging=KrigingParams(**plain.pop("kriging")),
        covariates=tuple(plain.pop("covariates")),
        **plain,
    )
