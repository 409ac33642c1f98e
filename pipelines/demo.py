"""The demo: a synthetic Banten, run through the ordinary readers, held against its truth."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import tables
from coverage.radio import LEAST_RSRP_DBM
from coverage.readings import offsets
from coverage.readings.offsets import OffsetParams
from coverage.signal import samples, scores
from coverage.signal.baselines import (
    Baseline,
    InverseDistance,
    NearestReading,
    OrdinaryKriging,
    PhysicsKriging,
)
from coverage.sites.layers import Layers
from coverage.sites.ranking import rank
from coverage.sites.upload import site_signal
from coverage.synthetic import WorldParams, build_world
from coverage.synthetic_files import write_raw, write_truth
from coverage.synthetic_layers import write_elevation
from pipelines import layers, settings
from pipelines.config import Config, load_config
from pipelines.predict import stored_readings
from pipelines.stage import Progress
from pipelines.store import Store

DEMO_CONFIG: Final = Path(__file__).parents[1] / "configs" / "demo.toml"
_BASELINES: Final[dict[str, type[Baseline]]] = {
    "nearest reading": NearestReading,
    "inverse distance": InverseDistance,
    "ordinary kriging": OrdinaryKriging,
    "kriged physics": PhysicsKriging,
}
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MethodScore:
    """How well one method finds the TPS that are weak on every operator.

    Attributes
    ----------
    average_precision
        Of the method's order of the TPS. [0-1]
    recall_at_k
        Share of the weak TPS among the first k, k = their number. [0-1]
    """

    average_precision: float
    recall_at_k: float


@dataclass(frozen=True, kw_only=True)
class TruthScores:
    """The demo's ranking held against the known truth.

    Attributes
    ----------
    n_sites, n_weak
        TPS listed; those truly weak outdoors on every operator. [count]
    methods
        The model first, then the baselines on the same samples.
    interval_coverage
        Share of true levels inside the 90 % interval, TPS x operator. [0-1]
    interval_coverage_applicable
        The same where the model says that it may be used. [0-1]
    applicable_share
        Share of TPS x operator where it says so. [0-1]
    """

    n_sites: int
    n_weak: int
    methods: dict[str, MethodScore]
    interval_coverage: float
    interval_coverage_applicable: float
    applicable_share: float

    def as_json(self) -> dict[str, Any]:
        """Everything, for machines."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Everything, for people."""
        base = self.n_weak / self.n_sites
        yield ""
        yield (
            f"Against the known truth: {self.n_weak} of {self.n_sites} TPS are weak outdoors on "
            f"every operator (base rate {base:.3f})."
        )
        yield f"  {'method':<18} {'average precision':>18} {f'recall@{self.n_weak}':>12}"
        for name, score in self.methods.items():
            yield f"  {name:<18} {score.average_precision:>18.3f} {score.recall_at_k:>12.3f}"
        yield (
            f"  90 % interval holds {self.interval_coverage:.3f} of the true levels; "
            f"{self.interval_coverage_applicable:.3f} where the model says it applies "
            f"({self.applicable_share:.2f} of TPS x operator)."
        )


def prepare(folder: Path | None, progress: Progress, params: WorldParams | None = None) -> Config:
    """Build the world's raw files (anew each time; equal bytes are not read again) and its config.

    Parameters
    ----------
    folder
        Holds config, raw and processed; None = the repository's own data folders.
    params
        The world; None = the demo's own.
    """
    config_path = DEMO_CONFIG
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        config_path = folder / "demo.toml"
        text = DEMO_CONFIG.read_text(encoding="utf-8")
        text = text.replace("../data/raw/demo", "raw").replace(
            "../data/processed/demo", "processed"
        )
        config_path.write_text(text, encoding="utf-8")
    config = load_config(config_path)
    progress(f"building the synthetic Banten in {config.local_raw}", None)
    world = build_world(params or WorldParams())
    raw = config.local_raw
    fresh = raw.with_name(f"{raw.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    write_raw(world, fresh)
    write_elevation(world, fresh / "layers" / "elevation.asc")
    write_truth(world, fresh / "truth")
    shutil.rmtree(raw, ignore_errors=True)
    fresh.rename(raw)
    return config


def score(config: Config) -> TruthScores:
    """Hold the finished run against the truth, outdoors, beside baselines on the same samples."""
    store = Store(config.processed)
    truth = pd.read_parquet(config.local_raw / "truth" / "sites.parquet")
    wide = truth.pivot(index="tps_code", columns="operator", values="rsrp_dbm").sort_index()
    is_weak = (wide < config.signal.weak_dbm).all(axis=1).to_numpy()
    sites = _outdoors(store)
    predicted = _predicted(config, store, sites)
    methods = {"blankspot": _method_score(predicted.p_all_weak, is_weak)}
    for name, level in _baseline_levels(config, store, sites, list(wide.columns)).items():
        methods[name] = _method_score(-level.max(axis=1), is_weak)
    inside = predicted.inside(wide)
    return TruthScores(
        n_sites=len(is_weak),
        n_weak=int(is_weak.sum()),
        methods=methods,
        interval_coverage=float(inside.mean()),
        interval_coverage_applicable=float(inside[predicted.is_applicable].mean()),
        applicable_share=float(predicted.is_applicable.mean()),
    )


@dataclass(frozen=True, kw_only=True)
class _Predicted:
    """What the run says of every TPS outdoors: sites in order of code, operators by name."""

    p_all_weak: Floats
    low_dbm: pd.DataFrame
    high_dbm: pd.DataFrame
    is_applicable: npt.NDArray[np.bool_]

    def inside(self, truth: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Whether each true level lies in its interval, shape (sites, operators)."""
        shown = truth.clip(lower=LEAST_RSRP_DBM)  # as the interval's ends are
        return ((shown >= self.low_dbm) & (shown <= self.high_dbm)).to_numpy()


def _outdoors(store: Store) -> pd.DataFrame:
    """The TPS as taken in, without their buildings, in order of code."""
    sites = tables.to_pandas(store.read("sites"))
    return sites.assign(building="tent").sort_values("tps_code", ignore_index=True)


def _predicted(config: Config, store: Store, sites: pd.DataFrame) -> _Predicted:
    """The run's own answer, outdoors."""
    cell_signal, cells, towers, correlation = (
        tables.to_pandas(store.read(name))
        for name in ("cell_signal", "cells", "towers", "operator_correlation")
    )
    params = settings.rank_params(config)
    signal = site_signal(sites, cell_signal, params.upload)
    ranking = rank(
        sites, signal, cell_signal, cells, towers,
        correlation=correlation,
        layers=Layers(**layers.polygons(config, store)),
        params=params,
    )  # fmt: skip
    wide = {
        name: signal.pivot(index="tps_code", columns="operator", values=name)
        for name in ("rsrp_p05_dbm", "rsrp_p95_dbm", "is_applicable")
    }
    return _Predicted(
        p_all_weak=ranking.sort_values("tps_code")["p_weak"].to_numpy(dtype=np.float64),
        low_dbm=wide["rsrp_p05_dbm"],
        high_dbm=wide["rsrp_p95_dbm"],
        is_applicable=wide["is_applicable"].to_numpy(dtype=bool),
    )


def _baseline_levels(
    config: Config, store: Store, sites: pd.DataFrame, operators: list[str]
) -> dict[str, Floats]:
    """Level at every TPS and operator by each baseline [dBm], shape (sites, operators)."""
    readings = stored_readings(store)
    device_offsets = offsets.estimate(readings, OffsetParams())
    training = samples.from_readings(readings, device_offsets, settings.sample_params(config))
    listed, _ = layers.listed_towers(config, store)
    levels = {}
    for name, method in _BASELINES.items():
        fitted = method().fit(training, listed)
        columns = [
            fitted.predict(sites[["latitude_deg", "longitude_deg"]].assign(operator=operator))
            for operator in operators
        ]
        levels[name] = np.stack(columns, axis=1)
    return levels


def _method_score(weakness: Floats, is_weak: npt.NDArray[np.bool_]) -> MethodScore:
    """Score one order of the TPS, weakest first."""
    return MethodScore(
        average_precision=scores.average_precision(is_weak, weakness),
        recall_at_k=scores.recall_at(is_weak, weakness, int(is_weak.sum())),
    )
