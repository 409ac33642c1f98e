"""How well anybody could predict the worlds of ``signal_grid.py``: their physics known to the last.

The oracle knows every mast, its power, slope and sectors, every hill and the law of the shadowing.
It has a reading wherever the survey has one, below every floor, outdoors and without any offset:
more than any method is given. Only the shadowing is unknown to it, or (second) shadowing and
clutter, of which the grid's worlds hand over no map. What is left is a normal of known mean and
variance, of which kriging is the best answer but for the neighbours beyond the nearest. The third
knows as much of the masts in the flawed list, and of the other 40 % nothing; its variogram is
fitted. That is no bound, but says what the missing masts cost.

    python benchmarks/signal_bound.py [--seeds 2024,7,99] [--drive 60000] [--crowd 25000]
"""

import argparse
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from coverage.geodesy import to_plane_m
from coverage.hexgrid import cells_of
from coverage.signal import scores
from coverage.signal.kriging import Kriging
from coverage.signal.variogram import KrigingParams, Residuals, Variogram, fit_variogram
from coverage.synthetic import OPERATOR_NAMES, World, WorldParams, build_world
from coverage.synthetic_land import ORIGIN
from coverage.synthetic_radio import radio_at
from coverage.synthetic_survey import survey
from coverage.synthetic_towers import tower_list

Floats = npt.NDArray[np.float64]

WEAK_DBM = -110.0
N_PLACES = 1500
SAMPLE_RESOLUTION = 11  # as the model merges readings
NEIGHBOURS = KrigingParams(n_neighbours=40, n_others=40)
CLUTTER_SCALE_M = 1500.0  # MODEL 12


def main() -> None:
    """Print the oracle's scores in each world and their means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="2024,7,99")
    parser.add_argument("--drive", type=int, default=60_000)
    parser.add_argument("--crowd", type=int, default=25_000)
    asked = parser.parse_args()
    rows = []
    for seed in asked.seeds.split(","):
        world = build_world(
            WorldParams(seed=int(seed), n_drive_rows=asked.drive, n_crowd_rows=asked.crowd)
        )
        rows += [{"seed": seed, **row} for row in judged(world)]
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    print(table.drop(columns="seed").groupby("oracle", sort=False).mean().round(3).to_string())


def judged(world: World) -> list[dict[str, object]]:
    """Scores of each oracle at the targets, all of them and by distance to readings."""
    samples, places = merged_readings(world), targets(world)
    truth = truth_at(world, places)
    at_samples = truth_at(world, samples)
    rng = np.random.default_rng(world.params.seed)
    read = at_samples + rng.standard_normal(len(samples)) * world.params.noise_db / np.sqrt(
        samples["n"].to_numpy()
    )
    listed = listed_stations(world)
    found = []
    for name, has_clutter, stations in (
        ("shadowing unknown", True, None),
        ("and clutter unknown", False, None),
        ("listed masts alone", True, listed),
    ):
        known, asked = (
            physics_at(world, frame, stations, has_clutter=has_clutter)
            for frame in (samples, places)
        )
        off_db = (
            float(np.mean(at_samples - known)) if stations is not None or not has_clutter else 0.0
        )
        residuals = Residuals(
            plane_m=plane_of(samples),
            operator=samples["code"].to_numpy(),
            residual_db=read - known - off_db,
            noise_db2=world.params.noise_db**2 / samples["n"].to_numpy(dtype=np.float64),
        )
        if stations is None:
            field = variogram(world, has_clutter=has_clutter)
            between = coupling(world, field, has_clutter=has_clutter)
        else:
            field = fit_variogram(residuals, NEIGHBOURS, seed=world.params.seed)
            between = None
        kriging = Kriging(residuals=residuals, variogram=field, params=NEIGHBOURS, coupling=between)
        said, variance, distance_m = kriging.predict(plane_of(places), places["code"].to_numpy())
        mean = asked + off_db + said
        chance = ndtr((WEAK_DBM - mean) / np.sqrt(variance))
        found.append({"oracle": name, **scored(truth, mean, chance)})
        for label, mine in (("< 1 km", distance_m < 1000), ("> 3 km", distance_m > 3000)):
            part = scored(truth[mine], mean[mine], chance[mine])
            found.append({"oracle": f"{name}, {label}", **part})
    return found


def scored(truth: Floats, mean: Floats, chance: Floats) -> dict[str, float]:
    """Scores of one oracle."""
    weak = truth < WEAK_DBM
    return {
        "n": len(truth),
        "base rate": float(weak.mean()),
        "AP": scores.average_precision(weak, chance),
        "R@k": scores.recall_at(weak, chance),
        "skill": scores.brier_skill(chance, weak),
        "RMSE": scores.rmse(mean, truth),
        "ECE": scores.ece(chance, weak),
    }


def merged_readings(world: World) -> pd.DataFrame:
    """One row an H3 cell of 29 m and operator with readings: middle of them, and their number."""
    made = survey(world)
    columns = ["operator", "latitude_deg", "longitude_deg"]
    csv_log = made.csv_log.assign(operator=OPERATOR_NAMES[0])
    every = pd.concat([frame[columns] for frame in (made.drive, made.crowd, csv_log)])
    cell = cells_of(every["latitude_deg"], every["longitude_deg"], SAMPLE_RESOLUTION)
    grouped = every.assign(cell=cell).groupby(["operator", "cell"], sort=True)
    table = grouped.agg(
        latitude_deg=("latitude_deg", "mean"), longitude_deg=("longitude_deg", "mean"),
        n=("latitude_deg", "size"),
    ).reset_index()  # fmt: skip
    return table.assign(code=pd.Index(OPERATOR_NAMES).get_indexer(table["operator"]))


def targets(world: World) -> pd.DataFrame:
    """The places of the grid: half TPS, half anywhere, each for every operator."""
    sites = world.sites.dropna(subset=["latitude_deg", "longitude_deg"])
    some = sites.sample(min(N_PLACES // 2, len(sites)), random_state=1)
    latitude, longitude = world.random_places(N_PLACES - len(some), 1)
    n = len(some) + len(latitude)
    return pd.DataFrame(
        {
            "latitude_deg": np.tile(np.concatenate([some["latitude_deg"], latitude]), 4),
            "longitude_deg": np.tile(np.concatenate([some["longitude_deg"], longitude]), 4),
            "code": np.repeat(np.arange(4), n),
        }
    )


def truth_at(world: World, frame: pd.DataFrame) -> Floats:
    """Level at each row's place, of its operator, free of noise [dBm]."""
    level = world.rsrp_dbm(frame["latitude_deg"], frame["longitude_deg"])
    return np.asarray(level[np.arange(len(frame)), frame["code"].to_numpy()])


def listed_stations(world: World) -> pd.DataFrame:
    """Stations that the flawed list names, as they truly are."""
    lines = tower_list(world).splitlines()
    named = {int(line.split(",")[4]) // 256 for line in lines if line.startswith("LTE")}
    stations = world.network.stations
    return stations[stations["enb"].isin(named)]


def physics_at(
    world: World, frame: pd.DataFrame, stations: pd.DataFrame | None, *, has_clutter: bool
) -> Floats:
    """The same of some stations, without shadowing, and without clutter unless known [dBm]."""
    bare = replace(
        world.network,
        stations=world.network.stations if stations is None else stations,
        shadow_common=(),
        shadow_own=tuple(() for _ in OPERATOR_NAMES),
    )
    latitude, longitude = frame["latitude_deg"], frame["longitude_deg"]
    level = radio_at(bare, world.land, latitude, longitude).rsrp_dbm
    level = level[np.arange(len(frame)), frame["code"].to_numpy()]
    if not has_clutter:
        level = level + world.land.clutter_db.at(latitude, longitude)
    return np.asarray(level)


def variogram(world: World, *, has_clutter: bool) -> Variogram:
    """Covariance of what is not known, as the world was made; clutter joins the coarse part."""
    coarse, fine = (sd**2 for sd in world.params.network.shadow_sd_db)
    long_m, short_m = world.params.network.shadow_scale_m
    if not has_clutter:
        extra = clutter_variance_db2(world)
        long_m = (coarse * long_m + extra * CLUTTER_SCALE_M) / (coarse + extra)
        coarse += extra
    return Variogram(micro_db2=0.0, sills_db2=(coarse, fine), ranges_m=(long_m, short_m))


def coupling(world: World, field: Variogram, *, has_clutter: bool) -> Floats:
    """Correlation of two operators at one place: shared shadowing, and all of the clutter."""
    shared = world.params.network.shadow_common_share
    shadow = sum(sd**2 for sd in world.params.network.shadow_sd_db)
    extra = 0.0 if has_clutter else clutter_variance_db2(world)
    between = (shared * shadow + extra) / field.variance_db2
    return np.full((4, 4), between) + (1 - between) * np.eye(4)


def clutter_variance_db2(world: World) -> float:
    """Variance of the clutter over the land [dB^2]."""
    return float(np.var(world.land.clutter_db.at(*world.random_places(4000, 2))))


def plane_of(frame: pd.DataFrame) -> Floats:
    """Places on the world's plane [m]."""
    return to_plane_m(frame["latitude_deg"], frame["longitude_deg"], ORIGIN)


if __name__ == "__main__":
    main()
