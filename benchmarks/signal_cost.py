"""What a province costs in time and memory, and that threads change nothing but the time.

``banten``: the synthetic survey (85,000 readings), 90,000 H3 cells x 4 operators, 33,324 TPS.
``threads``: the same fit and predictions with one thread and with two, each in a process of its
own (trees and linear algebra alike), must give the same bytes.

    python benchmarks/signal_cost.py [banten] [threads]
"""

import hashlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from signal_model import BOX, Case, heights, show, survey

from coverage.hexgrid import Cells, cells_of
from coverage.signal import artefact, card, maps
from coverage.signal.maps import MapParams, Maps
from coverage.signal.model import CellSignalParams, ModelParams, SignalModel, cell_signal
from coverage.sites.positions import cells_needed
from coverage.sites.situation import UploadParams
from coverage.sites.upload import site_signal
from coverage.synthetic import OPERATOR_NAMES, World, WorldParams, build_world

N_TPS = 33_324  # KPU, Pemilu 2024
N_CELLS = 90_000
RESOLUTION = 9
N_THREADS = 2
CHILD = "child"
DIGESTS = (
    "predictions, chain chosen",
    "model file, chain chosen",
    "predictions, deep trees",
    "model file, deep trees",
)


def banten() -> None:
    """CPU and wall seconds of each step, and the peak of memory."""
    world = build_world(WorldParams(n_sites=N_TPS, sites_per_village=21.0))
    case = survey(WorldParams(), has_terrain=True)
    before_mb = peak_mb()
    ground = Maps(height_m=heights(world))
    sites = sites_of(world)
    cells = cells_for(sites)
    steps: dict[str, dict[str, float]] = {}
    recipe = ModelParams(covariates=case.covariates, n_threads=N_THREADS)
    fitted = timed(steps, "fit", lambda: SignalModel(recipe).fit(case.samples, case.towers))
    predicted = timed(steps, "predict all cells", lambda: predict(fitted, cells, ground, case))
    upload = UploadParams()
    timed(steps, "level at every TPS", lambda: site_signal(sites, predicted, upload))
    some = sites[: N_TPS // 155]  # Banten has 155 districts
    timed(
        steps,
        "one district again",
        lambda: site_signal(some, predict(fitted, cells_needed(some, 9), ground, case), upload),
    )
    peak = peak_mb()
    timed(
        steps,
        "the usual card",
        lambda: card.build(fitted, case.samples, case.towers, card.CardParams(), sites.iloc[::10]),
    )
    show(
        f"{len(case.samples):,} samples, {len(predicted):,} cells x operators, {len(sites):,} TPS, "
        f"{len(case.covariates)} covariates; peak {peak:,.0f} MB ({before_mb:,.0f} MB before the "
        f"fit, {peak_mb():,.0f} MB with the card)",
        steps,
    )


def timed(steps: dict[str, dict[str, float]], name: str, work: Callable[[], Any]) -> Any:
    """Do it and note what it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    steps[name] = {"CPU s": time.process_time() - cpu, "wall s": time.perf_counter() - wall}
    return found


def peak_mb() -> float:
    """The most memory the process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sites_of(world: World) -> pd.DataFrame:
    """The TPS of a world as the ranking takes them."""
    sites = world.sites.dropna(subset=["latitude_deg", "longitude_deg"]).reset_index(drop=True)
    return sites.assign(
        coordinate_source="list", coordinate_accuracy_m=np.float32(50.0),
        building=sites["building"].astype("string"),
    )  # fmt: skip


def cells_for(sites: pd.DataFrame) -> Cells:
    """The cells of the sites, and others of the box up to the number wanted."""
    own = cells_needed(sites, RESOLUTION)
    rng = np.random.default_rng(0)
    south, west, north, east = BOX[0] + 0.3, BOX[1] + 0.5, BOX[2] - 0.4, BOX[3] - 0.3
    n = 6 * N_CELLS
    others = np.setdiff1d(
        cells_of(rng.uniform(south, north, n), rng.uniform(west, east, n), RESOLUTION), own
    )
    wanted = rng.choice(others, max(N_CELLS - len(own), 0), replace=False)
    return np.union1d(own, wanted)


def predict(fitted: SignalModel, cells: Cells, ground: Maps, case: Case) -> pd.DataFrame:
    """Table ``cell_signal``, its covariates included."""
    known = maps.cell_covariates(cells, OPERATOR_NAMES, ground, case.towers, MapParams())
    return cell_signal(fitted, cells, OPERATOR_NAMES, CellSignalParams(), known)


def threads() -> None:
    """Digests of predictions and models by number of threads."""
    digests = {n: child_digest(n) for n in (1, 2)}
    for n, found in digests.items():
        print(f"{n} thread(s): {found}")
    for place, what in enumerate(DIGESTS):
        is_equal = len({found.split()[place] for found in digests.values()}) == 1
        print(f"{what}: {'equal' if is_equal else 'NOT EQUAL'}")


def child_digest(n_threads: int) -> str:
    """Fit and predict in a process of its own with so many threads everywhere."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    done = subprocess.run(
        [sys.executable, __file__, CHILD, str(n_threads)],
        env={**os.environ, **dict.fromkeys(names, str(n_threads))},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def child(n_threads: int) -> None:
    """Print the digests of each chain: the trees are fitted even where they are not chosen."""
    case = survey(WorldParams(n_drive_rows=20_000, n_crowd_rows=10_000), has_terrain=True)
    for candidates in (ModelParams().candidates, ModelParams().candidates[-1:]):
        recipe = ModelParams(covariates=case.covariates, candidates=candidates, n_threads=n_threads)
        fitted = SignalModel(recipe).fit(case.samples, case.towers)
        quantiles = fitted.predict_distribution(case.points)
        for content in (quantiles.tobytes(), model_bytes(fitted)):
            print(hashlib.sha256(content).hexdigest()[:16], end=" ")


def model_bytes(fitted: SignalModel) -> bytes:
    """The artefact of a model but for the number of threads it was asked to use."""
    params = fitted.get_params()["params"]
    fitted.set_params(params=ModelParams(
        covariates=params.covariates, candidates=params.candidates
    ))  # fmt: skip
    return artefact.to_bytes(fitted)


SECTIONS: Mapping[str, Callable[[], None]] = {"banten": banten, "threads": threads}

if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        child(int(sys.argv[2]))
    else:
        for wanted in sys.argv[1:] or SECTIONS:
            SECTIONS[wanted]()
