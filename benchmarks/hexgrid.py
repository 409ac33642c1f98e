"""Positions to H3 cells: CPU seconds of `coverage.hexgrid` beside its peers, in one run.

    python benchmarks/hexgrid.py [ROWS]

The peers are the extra `bench`; one that is not installed is left out and said so. All engines get
the same positions, in turn, five rounds; the figure is the median of the rounds. CPU time is user +
system of all threads. "cold" begins without tables, as a new process does; "warm" has them.
Every engine's cells are compared with those of `h3` on a sample: a difference is printed, never
hidden in a ratio.
"""

import argparse
import importlib
import statistics
import time
from collections.abc import Callable

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt

from coverage import hexgrid, hexlattice

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.uint64]
Engine = Callable[[Floats, Floats, int], Cells]

SEED = 9
ROUNDS = 5
LOOP_ROWS = 200_000  # h3 alone is timed on these, and every engine is compared on them
OURS = ("hexgrid, warm", "hexgrid, cold")
TARGETS = {  # least ratio to the best peer: warm, cold
    "city, res 9": (4.0, 3.0),
    "globe, res 9": (1.2, 1.0),
    "city, res 12": (1.2, 1.0),
    "globe, res 12": (1.2, 1.0),
}
TARGET_ROWS_PER_S = 10e6  # warm, city, resolution 9


def city(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """A town the size of Jakarta."""
    return -6.2 + rng.normal(0, 0.15, n), 106.8 + rng.normal(0, 0.15, n)


def globe(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """Uniform on the sphere: nearly every row another cell."""
    return np.degrees(np.arcsin(rng.uniform(-1, 1, n))), rng.uniform(-180, 180, n)


def by_loop(latitude: Floats, longitude: Floats, resolution: int) -> Cells:
    """One call a position, integers."""
    positions = zip(latitude.tolist(), longitude.tolist(), strict=True)
    return np.array([h3.latlng_to_cell(*p, resolution) for p in positions], dtype=np.uint64)


def cold(latitude: Floats, longitude: Floats, resolution: int) -> Cells:
    """Ours, all tables to be made first."""
    hexgrid._indexer.cache_clear()
    hexlattice.stride.cache_clear()
    return hexgrid.cells_of(latitude, longitude, resolution)


def by_h3ronpy() -> Engine:
    vector = importlib.import_module("h3ronpy.vector")

    def cells_of(latitude: Floats, longitude: Floats, resolution: int) -> Cells:
        cells: Cells = vector.coordinates_to_cells(latitude, longitude, resolution).to_numpy()
        return cells

    return cells_of


def by_polars() -> Engine:
    pl, polars_h3 = importlib.import_module("polars"), importlib.import_module("polars_h3")

    def cells_of(latitude: Floats, longitude: Floats, resolution: int) -> Cells:
        cell = polars_h3.latlng_to_cell("lat", "lon", resolution, return_dtype=pl.UInt64)
        table = pl.DataFrame({"lat": latitude, "lon": longitude}).select(cell.alias("cell"))
        cells: Cells = table["cell"].to_numpy()
        return cells

    return cells_of


PEERS = {"h3ronpy": by_h3ronpy, "polars-h3": by_polars}


def engines() -> dict[str, Engine]:
    """Everyone who is here, the loop aside."""
    found: dict[str, Engine] = {"hexgrid, cold": cold, "hexgrid, warm": hexgrid.cells_of}
    for name, load in PEERS.items():
        try:
            found[name] = load()
        except ImportError:
            print(f"{name} is not installed: left out")
    return found


def cpu_s(engine: Engine, latitude: Floats, longitude: Floats, resolution: int) -> float:
    start = time.process_time()
    engine(latitude, longitude, resolution)
    return time.process_time() - start


def run(name: str, positions: tuple[Floats, Floats], resolution: int) -> None:
    """Time all engines on the same positions and print rates, ratios and differences."""
    latitude, longitude = positions
    sample = latitude[:LOOP_ROWS], longitude[:LOOP_ROWS]
    true = by_loop(*sample, resolution)
    here = engines()
    seconds: dict[str, list[float]] = {engine: [] for engine in (*here, "h3 loop")}
    for _ in range(ROUNDS):
        for engine, cells_of in here.items():
            seconds[engine].append(cpu_s(cells_of, latitude, longitude, resolution))
        seconds["h3 loop"].append(
            cpu_s(by_loop, *sample, resolution) * len(latitude) / len(sample[0])
        )
    medians = {engine: statistics.median(times) for engine, times in seconds.items()}

    print(f"\n{name}: {len(latitude):,} rows")
    for engine, median in medians.items():
        wrong = (here.get(engine, by_loop)(*sample, resolution) != true).sum()
        ratios = " ".join(f"{median / medians[ours]:6.2f}" for ours in OURS)
        rate = len(latitude) / median / 1e6
        print(
            f"  {engine:14} {median:8.3f} CPU s {rate:8.2f} M rows/CPU s"
            f"   x warm, x cold: {ratios}   differs from h3: {wrong}"
        )
    if name == "city, res 9":
        rate = len(latitude) / medians["hexgrid, warm"]
        verdict = "met" if rate >= TARGET_ROWS_PER_S else "MISSED"
        print(f"  {rate / 1e6:.1f} M rows/CPU s warm; target 10: {verdict}")
    if not PEERS.keys() <= here.keys():
        print("  peers are missing: no verdict on the ratios")
        return
    best = min(median for engine, median in medians.items() if engine not in OURS)
    for ours, target in zip(OURS, TARGETS[name], strict=True):
        ratio = best / medians[ours]
        verdict = "met" if ratio >= target else "MISSED"
        print(f"  {ours} is {ratio:.2f} x the best peer; target {target} x: {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="?", default=2_000_000)
    rows = parser.parse_args().rows
    rng = np.random.default_rng(SEED)
    run("city, res 9", city(rng, rows), 9)
    run("globe, res 9", globe(rng, rows), 9)
    run("city, res 12", city(rng, rows), 12)
    run("globe, res 12", globe(rng, rows), 12)


if __name__ == "__main__":
    main()
