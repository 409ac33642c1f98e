"""How well the signal model does against known truth, beside its rivals, and what splits say of it.

Worlds of ``coverage.synthetic`` are surveyed, written in the field's formats, read back, fitted and
scored at places the survey does not choose, against the level free of all noise.

    python benchmarks/signal_model.py [lists|splits|offsets ...]
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from coverage.hexgrid import cells_of
from coverage.readings import offsets
from coverage.readings.offsets import OffsetParams
from coverage.readings.params import ReadParams
from coverage.readings.read import read_batches
from coverage.signal import baselines, maps, samples, scores, splits
from coverage.signal.baselines import Baseline
from coverage.signal.cross_fit import Candidate
from coverage.signal.distribution import probability_below
from coverage.signal.maps import MapParams, Maps
from coverage.signal.model import ModelParams, SignalModel
from coverage.signal.samples import SampleParams
from coverage.signal.terrain import Grid
from coverage.signal.towers import TowerParams, read_cell_list
from coverage.synthetic import OPERATOR_NAMES, WorldParams, build_world
from coverage.synthetic_files import write_raw
from coverage.synthetic_layers import write_elevation
from pipelines.ascii_grid import read_plain_ascii

Floats = npt.NDArray[np.float64]

OPERATORS = {
    "510-10": "Telkomsel", "510-01": "IOH", "510-11": "XL Axiata", "510-09": "Smartfren",
}  # fmt: skip
BOX = (-7.3, 104.8, -5.5, 107.0)  # the survey's with the margin in which masts count [deg]
WEAK_DBM = -110.0
N_PLACES = 1500
PHYSICS = ModelParams(candidates=(Candidate(name="physics"),))
OFFSETS = OffsetParams()
NO_OFFSETS = pd.DataFrame({"device_key": [], "offset_db": [], "is_connected": []})

RIVALS: Mapping[str, Callable[[], Baseline]] = {
    "nearest reading": baselines.NearestReading,
    "inverse distance": baselines.InverseDistance,
    "cell mean": baselines.CellMean,
    "log-distance": baselines.LogDistance,
    "ordinary kriging": baselines.OrdinaryKriging,
    "random forest": lambda: baselines.Forest(60),
    "calibrated physics": baselines.CalibratedPhysics,
    "physics and kriging": baselines.PhysicsKriging,
}


@dataclass(frozen=True)
class Case:
    """One surveyed world: samples harmonised and raw, towers, and the truth at targets."""

    samples: pd.DataFrame
    raw: pd.DataFrame
    towers: pd.DataFrame | None
    points: pd.DataFrame
    truth_dbm: Floats
    covariates: tuple[str, ...] = ()


def survey(params: WorldParams, *, has_terrain: bool = False) -> Case:
    """Build a world, survey it, read the files back; half the targets TPS, half anywhere."""
    world = build_world(params)
    readings, towers, sampling = surveyed(params)
    ground = Maps(height_m=heights(world) if has_terrain else None)
    device_offsets = offsets.estimate(readings, OFFSETS)
    points, truth = _targets(world)
    raw = samples.from_readings(readings, NO_OFFSETS, sampling)
    harmonised = samples.from_readings(readings, device_offsets, sampling)
    raw, harmonised, points = (
        frame.join(maps.covariates(frame, ground, towers, MapParams()))
        for frame in (raw, harmonised, points)
    )
    return Case(
        samples=harmonised,
        raw=raw,
        towers=towers,
        points=points,
        truth_dbm=truth,
        covariates=tuple(maps.covariates(points[:1], ground, towers, MapParams()).columns),
    )


def surveyed(params: WorldParams) -> tuple[pa.Table, pd.DataFrame | None, SampleParams]:
    """Readings and tower list of a world, through its files, and how its phones are sampled."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        floor_dbm = write_raw(build_world(params), folder).device_floor_dbm
        readings = pa.concat_tables(_readings(folder))
        lists = sorted((folder / "towers").glob("*.csv")) if (folder / "towers").is_dir() else []
        towers = None
        if lists:
            with lists[0].open("rb") as stream:
                towers, _ = read_cell_list(stream, lists[0].name, TowerParams(operators=OPERATORS))
    return readings, towers, SampleParams(device_floor_dbm=floor_dbm)


def heights(world) -> Grid:
    """The heights, written and read back as a survey has them."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "elevation.asc"
        write_elevation(world, path)
        return read_plain_ascii(path, path.name, BOX, 3000)


def _readings(folder: Path) -> Iterator[pa.Table]:
    """Readings of every file below a folder."""
    for path in sorted((folder / "readings").rglob("*")):
        if not path.is_file():
            continue
        where = path.relative_to(folder / "readings").as_posix()
        params = ReadParams(
            timezone="Asia/Jakarta", device_key=b"benchmark-benchmark", campaign="benchmark",
            device_group=Path(where).parent.as_posix(), now=datetime(2025, 1, 1, tzinfo=UTC),
            operators=OPERATORS,
            plmn=next((p for p, o in OPERATORS.items() if _slug(o) in where), None),
        )  # fmt: skip
        with path.open("rb") as stream:
            yield from (batch.readings for batch in read_batches(stream, where, params))


def _slug(name: str) -> str:
    return name.lower().replace(" ", "_")


def _targets(world) -> tuple[pd.DataFrame, Floats]:
    """TPS and random places, each for every operator."""
    sites = world.sites.dropna(subset=["latitude_deg", "longitude_deg"])
    some = sites.sample(min(N_PLACES // 2, len(sites)), random_state=1)
    latitude, longitude = world.random_places(N_PLACES - len(some), 1)
    latitude = np.concatenate([some["latitude_deg"], latitude])
    longitude = np.concatenate([some["longitude_deg"], longitude])
    truth = world.rsrp_dbm(latitude, longitude)
    points = pd.concat([
        pd.DataFrame({"latitude_deg": latitude, "longitude_deg": longitude, "operator": name})
        for name in OPERATOR_NAMES
    ], ignore_index=True)  # fmt: skip
    return points, truth.T.reshape(-1)


def row(case: Case, level: Floats, distance_m: Floats, p_weak: Floats | None = None) -> dict:
    """Scores of one method at the targets."""
    weak = case.truth_dbm < WEAK_DBM
    bins = scores.distance_bins(distance_m)
    result = {"RMSE": scores.rmse(level, case.truth_dbm)}
    for place, label in enumerate(scores.DISTANCE_LABELS):
        mine = bins == place
        result[label] = scores.rmse(level[mine], case.truth_dbm[mine])
    score = -level if p_weak is None else p_weak
    result["AP"] = scores.average_precision(weak, score)
    result["R@k"] = scores.recall_at(weak, score)
    if p_weak is not None:
        result["skill"] = scores.brier_skill(p_weak, weak)
        result["ECE"] = scores.ece(p_weak, weak)
    return result


def model_row(case: Case, fitted: SignalModel) -> dict:
    """Scores of a fitted model, its interval's coverage and width among them."""
    said = fitted.describe(case.points)
    p_weak = probability_below(said.quantiles_dbm, WEAK_DBM)
    result = row(case, said.median_dbm, said.distance_to_reading_m, p_weak)
    table = scores.interval_table(
        said.quantiles_dbm, case.truth_dbm, said.distance_to_reading_m, 0.9
    )
    result["cover"] = table["coverage"].iloc[-1]
    result["by distance"] = "/".join(f"{c:.2f}" for c in table["coverage"].iloc[:-1])
    result["width"] = table["width_db"].iloc[-1]
    return result


def show(title: str, rows: Mapping[str, Mapping[str, object]]) -> None:
    """Print one table."""
    print(f"\n## {title}\n")
    table = pd.DataFrame.from_dict(rows, orient="index")
    told = table.to_string(float_format=lambda v: f"{v:.3f}" if abs(v) < 1 else f"{v:.2f}")
    print(told, flush=True)


def lists() -> None:
    """The model and its rivals with no, a flawed and the true tower list."""
    for towers in ("none", "flawed", "true"):
        case = survey(WorldParams(towers=towers))
        fitted = SignalModel(ModelParams()).fit(case.samples, case.towers)
        distance_m = fitted.describe(case.points).distance_to_reading_m
        rows = {"blankspot": model_row(case, fitted)}
        for name, rival in RIVALS.items():
            level = rival().fit(case.samples, case.towers).predict(case.points)
            rows[name] = row(case, level, distance_m)
        base = np.mean(case.truth_dbm < WEAK_DBM)
        chosen = fitted.choice_.loc[fitted.choice_["is_chosen"], "candidate"].item()
        show(f"tower list {towers}, {len(case.samples)} samples, base rate {base:.3f}, "
             f"chain: {chosen}", rows)  # fmt: skip


def split_bias() -> None:
    """What each split says of the error, beside the error at the targets."""
    case = survey(WorldParams())
    frame = samples.checked(case.samples)
    ways: Mapping[str, splits.RandomKFold | splits.BlockKFold] = {
        "random": splits.RandomKFold(5),
        "blocks of 1.4 km": splits.BlockKFold(5, resolution=7, buffer_m=500.0),
        "blocks of 3.8 km": splits.BlockKFold(5, resolution=6, buffer_m=500.0),
        "matched to targets": splits.NearestNeighbourMatchedKFold(case.points, 5),
    }
    fitted = SignalModel(PHYSICS).fit(case.samples, case.towers)
    rows = {"at the targets": {"RMSE": scores.rmse(fitted.predict(case.points), case.truth_dbm)}}
    level = frame["rsrp_dbm"].to_numpy()
    scored = np.isfinite(level) & (frame["source"] == "drive_test").to_numpy()
    for name, way in ways.items():
        predicted = np.empty(len(frame))
        for train, test in way.split(frame):
            part = SignalModel(PHYSICS).fit(frame.iloc[train], case.towers)
            predicted[test] = part.predict(frame.iloc[test])
        rows[name] = {"RMSE": scores.rmse(predicted[scored], level[scored])}
    show("what each split says", rows)


def offset_leak() -> None:
    """Blocked errors with device offsets of all readings, and of each fold's training part alone.

    Both are scored against the same raw readings of the survey's own kit, which has no offset.
    """
    readings, towers, sampling = surveyed(WorldParams())
    rows = {}
    for name, is_inside in (("offsets of all readings", False), ("offsets in the fold", True)):
        errors, off = [], []
        for train, test in _blocks_of(readings):
            found = offsets.estimate(readings.filter(train) if is_inside else readings, OFFSETS)
            known = samples.from_readings(readings.filter(train), found, sampling)
            asked = samples.from_readings(readings.filter(test), NO_OFFSETS, sampling)
            kit = np.isfinite(asked["rsrp_dbm"]) & (asked["source"] == "drive_test")
            asked = asked[kit.to_numpy()]
            fitted = SignalModel(PHYSICS).fit(known, towers)
            errors.append(fitted.predict(asked) - asked["rsrp_dbm"].to_numpy())
            off.append(found.loc[found["is_connected"].astype(bool), "offset_db"].std())
        every = np.concatenate(errors)
        rows[name] = {
            "RMSE": float(np.sqrt(np.mean(every**2))),
            "bias": float(every.mean()),
            "n": float(len(every)),
            "sd of offsets": float(np.mean(off)),
        }
    show("device offsets inside and outside the folds, blocks of 3.8 km", rows)


def _blocks_of(readings: pa.Table) -> Iterator[tuple[pa.Array, pa.Array]]:
    """Training and test mask of five folds of whole H3 cells of 3.8 km."""
    latitude, longitude = (
        readings.column(f"{n}_deg").to_numpy() for n in ("latitude", "longitude")
    )
    fold = splits.deal_groups(cells_of(latitude, longitude, 6), 5, 1)
    for k in range(5):
        yield pa.array(fold != k), pa.array(fold == k)


SECTIONS: Mapping[str, Callable[[], None]] = {
    "lists": lists,
    "splits": split_bias,
    "offsets": offset_leak,
}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or SECTIONS:
        SECTIONS[wanted]()
