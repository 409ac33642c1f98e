"""What ranking a province, its survey plan and the allocation of its kits cost in time."""

import resource
import time
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from coverage import hexgrid
from coverage.sites.allocation import AllocationParams, allocate
from coverage.sites.draws import DrawParams
from coverage.sites.joint import JointParams, correlation_matrix, joint_probabilities
from coverage.sites.judgement import RankParams
from coverage.sites.kits import Kit
from coverage.sites.layers import Layers
from coverage.sites.ranking import rank
from coverage.sites.resurvey import PlanParams, survey_plan
from coverage.sites.situation import Situation
from coverage.sites.standby import standby
from coverage.sites.upload import site_signal
from coverage.tables import BUILDINGS, QUANTILE_LEVELS, empty, to_pandas

BOX = (-7.0, 105.2, -5.9, 106.75)
OPERATORS = ("IOH", "Smartfren", "Telkomsel", "XL Axiata")
RESOLUTION = 9
SEED = 7
MOBILE_M, MOBILE_SITES = 3000.0, 20


def make_sites(n_sites: int, rng: np.random.Generator) -> pd.DataFrame:
    """TPS in clumps, a tenth of them on village centroids."""
    n_villages = max(n_sites // 21, 1)
    village = np.sort(rng.integers(n_villages, size=n_sites))
    south, west, north, east = BOX
    latitude = rng.uniform(south, north, n_villages)[village] + rng.normal(0, 0.005, n_sites)
    longitude = rng.uniform(west, east, n_villages)[village] + rng.normal(0, 0.005, n_sites)
    is_centroid = village % 10 == 0
    first = np.searchsorted(village, village)
    latitude = np.where(is_centroid, latitude[first], latitude)
    longitude = np.where(is_centroid, longitude[first], longitude)
    number = np.arange(n_sites) - first + 1
    codes = [f"36{v:08d}{n:03d}" for v, n in zip(village.tolist(), number.tolist(), strict=True)]
    return pd.DataFrame(
        {
            "tps_code": codes,
            "tps_name": pd.array([None] * n_sites, dtype="string"),
            "village": pd.array([None] * n_sites, dtype="string"),
            "district": pd.array([None] * n_sites, dtype="string"),
            "regency": pd.array([None] * n_sites, dtype="string"),
            "village_code": [code[:10] for code in codes],
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "coordinate_source": np.where(is_centroid, "village_centroid", "list"),
            "coordinate_accuracy_m": np.where(is_centroid, 1200.0, 50.0).astype(np.float32),
            "n_voters": pd.array(rng.integers(150, 300, n_sites), dtype="Int32"),
            "building": pd.array(rng.choice(BUILDINGS, n_sites), dtype="string"),
            "source_file": "tps.csv",
            "source_row": np.arange(2, n_sites + 2),
        }
    )


def make_cell_signal(rng: np.random.Generator) -> pd.DataFrame:
    """Smooth made-up levels over the box, spreads of 3 to 7 dB."""
    south, west, north, east = BOX
    grid = np.meshgrid(
        np.arange(south - 0.03, north + 0.03, 0.002), np.arange(west - 0.03, east + 0.03, 0.002)
    )
    cells = np.unique(hexgrid.cells_of(grid[0].ravel(), grid[1].ravel(), RESOLUTION))
    latitude, longitude = hexgrid.centres_of(cells)
    z = ndtri(np.asarray(QUANTILE_LEVELS))
    frames = []
    for k, operator in enumerate(OPERATORS):
        wave = 12 * np.sin(40 * latitude + k) * np.cos(35 * longitude - k)
        median = -100 - 4 * k + wave + rng.normal(0, 3, len(cells))
        spread = rng.uniform(3, 7, len(cells))
        quantiles = (median[:, None] + spread[:, None] * z).astype(np.float32)
        frames.append(
            pd.DataFrame(
                {
                    "h3_cell": cells,
                    "operator": operator,
                    "rsrp_p05_dbm": quantiles[:, 1],
                    "rsrp_p50_dbm": quantiles[:, 10],
                    "rsrp_p95_dbm": quantiles[:, 19],
                    "p_weak": ndtr((-110 - median) / spread).astype(np.float32),
                    "basis": "predicted",
                    "distance_to_reading_m": np.float32(700),
                    "is_applicable": 2 * 1.645 * spread <= 20,
                    "rsrp_quantiles_dbm": list(quantiles),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def speed(n_sites: int) -> None:
    """Run each stage once and print what it cost."""
    rng = np.random.default_rng(SEED)
    sites, signal_of_cells = make_sites(n_sites, rng), make_cell_signal(rng)
    cells, towers, correlation = (
        to_pandas(empty(name)) for name in ("cells", "towers", "operator_correlation")
    )
    print(f"speed: {n_sites} sites, {len(signal_of_cells)} cell x operator rows, two threads")
    params = RankParams(joint=JointParams(n_threads=2), draws=DrawParams(n_threads=2))
    start, cpu = time.perf_counter(), time.process_time()
    signal = site_signal(sites, signal_of_cells, params.upload)
    print(f"  site_signal {_cost(start, cpu)}, {len(signal)} rows")
    start, cpu = time.perf_counter(), time.process_time()
    ranking = rank(
        sites,
        signal,
        signal_of_cells,
        cells,
        towers,
        correlation=correlation,
        layers=Layers(),
        params=params,
    )
    print(f"  rank        {_cost(start, cpu)}, {len(ranking)} rows")
    start, cpu = time.perf_counter(), time.process_time()
    plan = survey_plan(ranking, PlanParams())
    print(f"  survey plan {_cost(start, cpu)}, {len(plan)} stops")
    _allocation_speed(ranking, plan)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB")
    _convergence(sites.iloc[:500], signal_of_cells, params)


def _allocation_speed(ranking: pd.DataFrame, plan: pd.DataFrame) -> None:
    """5,000 candidates, three kinds of kit, a budget."""
    wanted = ranking.head(5000).assign(
        remedy=np.resize(["OPERATOR_BOOSTER", "MOBILE_BTS", "VSAT_LEO"], min(5000, len(ranking))),
        remedy_operator="A",
    )
    kits = {
        "OPERATOR_BOOSTER": Kit(stock=300, cost=1, p_works=0.8, lead_time_days=60),
        "MOBILE_BTS": Kit(
            stock=30, cost=20, p_works=0.9, lead_time_days=60, reach_m=MOBILE_M,
            max_sites=MOBILE_SITES,
        ),
        "VSAT_LEO": Kit(stock=100, cost=5, p_works=0.9, lead_time_days=60),
    }  # fmt: skip
    start, cpu = time.perf_counter(), time.process_time()
    found = allocate(wanted, AllocationParams(kits=kits, budget=900, max_gap=0.01))
    print(
        f"  allocation  {_cost(start, cpu)}, {len(wanted)} candidates, gap {found.gap:.2%}, "
        f"{found.voters_freed:,.0f} voters against {found.voters_freed_by_list:,.0f} by the list"
    )
    waiting = wanted.assign(remedy="SURVEY_FIRST", best_operator="A")
    start, cpu = time.perf_counter(), time.process_time()
    params = AllocationParams(kits=kits, budget=900, max_gap=0.01)
    held = standby(waiting, allocate(waiting, params), plan, params)
    print(f"  standby     {_cost(start, cpu)}, {len(waiting)} sites to be surveyed, {held.n_held}")


def _cost(start: float, cpu: float) -> str:
    """Seconds by the clock and of the processor since then."""
    return f"{time.perf_counter() - start:6.1f} s, {time.process_time() - cpu:6.1f} CPU s"


def _convergence(sites: pd.DataFrame, cell_signal: pd.DataFrame, params: RankParams) -> None:
    """Largest and root-mean-square error of joint probabilities against 2^13 points."""
    situation = Situation.of(sites.reset_index(drop=True), cell_signal, params.upload)
    counted = np.ones((len(sites), len(OPERATORS)), dtype=bool)
    none = to_pandas(empty("operator_correlation"))
    matrix = correlation_matrix(OPERATORS, none, params.joint)

    def p_fail(log2: int) -> np.ndarray:
        joint = replace(JointParams(), draws_log2=log2)
        return joint_probabilities(situation, counted, matrix, params.upload, joint)[1]

    truth = p_fail(13)
    for log2 in (6, 7, 8, 9, 10):
        error = p_fail(log2) - truth
        print(
            f"joint, 2^{log2} points: rms error {np.sqrt((error**2).mean()):.5f}, "
            f"largest {np.abs(error).max():.5f}"
        )
