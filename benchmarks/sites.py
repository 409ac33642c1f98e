"""What the sites room is worth and what it costs, on the synthetic truth.

Three parts, each printing its figures beside those of its peers:

* ``speed``: ranking a province (33,324 TPS x 4 operators), the allocation of kits to 5,000
  candidates, how the joint probabilities converge;
* ``kits``: forms secured by the kits of a budget, against lists made in other ways and against
  perfect knowledge of the levels. Forms are sent from inside the TPS: where officers may walk
  500 m, hardly a TPS of the synthetic world is stuck, and none of those has a booster's donor;
* ``survey``: wrong decisions that planned days avoid, against days on random roads.

    python benchmarks/sites.py [speed] [kits] [survey] [--demo DIR] [--sites N]

DIR is a finished demo (``blankspot demo DIR``); without it one is built in a temporary folder.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree
from scipy.special import ndtr, ndtri

from coverage import hexgrid
from coverage.geodesy import from_plane_m, to_plane_m
from coverage.operators import UNKNOWN_OPERATOR
from coverage.readings import offsets
from coverage.readings.offsets import OffsetParams
from coverage.signal import samples
from coverage.signal.model import CellSignalParams, SignalModel, cell_signal
from coverage.sites.allocation import AllocationParams, allocate
from coverage.sites.building import p2109_loss_db
from coverage.sites.draws import DrawParams
from coverage.sites.joint import JointParams, correlation_matrix, joint_probabilities
from coverage.sites.judgement import Judgement, RankParams, RankTables
from coverage.sites.kits import Kit
from coverage.sites.layers import Layers
from coverage.sites.positions import cells_needed
from coverage.sites.ranking import rank
from coverage.sites.resurvey import PlanParams, survey_plan
from coverage.sites.situation import Situation
from coverage.sites.uplink import needed_dbm
from coverage.sites.upload import site_signal
from coverage.synthetic import OPERATOR_NAMES, World, WorldParams, build_world
from coverage.synthetic_land import ORIGIN
from coverage.synthetic_roads import build_roads, drive_plan
from coverage.tables import BUILDINGS, QUANTILE_LEVELS, empty, to_pandas
from pipelines import demo, layers, settings
from pipelines.config import Config, load_config
from pipelines.predict import stored_readings
from pipelines.run import run as run_stages
from pipelines.store import Store

BOX = (-7.0, 105.2, -5.9, 106.75)
OPERATORS = ("IOH", "Smartfren", "Telkomsel", "XL Axiata")
RESOLUTION = 9
SEED = 7
PHOTOS = 5  # of each TPS
BUDGETS = ((17, 1), (63, 5), (70, 5))  # boosters and mobile stations; the first is 63 by TPS count
MOBILE_M, MOBILE_SITES = 3000.0, 20
N_WORLDS = 20  # draws of buildings and loads, over which the truth is averaged
READING_EVERY_M = 60.0
KITS_FIRST = (
    "EXCLUDED_ADAT", "OK", "SURVEY_FIRST", "SIM_SWITCH", "OPERATOR_BOOSTER", "MOBILE_BTS",
    "VSAT_LEO", "MOVE_OR_OFFLINE_WALK", "WIFI_FROM_PPS_OR_DESA", "OFFLINE_COURIER",
)  # fmt: skip

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


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
    _allocation_speed(ranking)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB")
    _convergence(sites.iloc[:500], signal_of_cells, params)


def _allocation_speed(ranking: pd.DataFrame) -> None:
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


@contextmanager
def finished_demo(folder: Path | None) -> Iterator[Config]:
    """The config of a finished demo; built in a temporary folder where none is named."""
    if folder is not None:
        yield load_config(folder / "demo.toml")
        return
    with tempfile.TemporaryDirectory() as temporary:
        config = demo.prepare(Path(temporary), lambda _text, _share: None)
        run_stages(config)
        yield config


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is true of the TPS of the world, in order of code.

    Attributes
    ----------
    sites
        As listed by the run.
    rsrp_dbm
        True outdoor level of each operator. [dBm]
    p_fail
        Chance that no operator carries the upload inside, given the true levels. [0-1]
    is_stuck
        Draws of what happens: no operator carries the upload inside; (draws, sites).
    has_donor
        An operator reaches the donor level at the mast.
    """

    sites: pd.DataFrame
    rsrp_dbm: Floats
    p_fail: Floats
    is_stuck: Booleans
    has_donor: Booleans


def truth_of(world: World, sites: pd.DataFrame, params: RankParams) -> Truth:
    """Levels from the world; buildings and loads drawn as the upload curve assumes them."""
    listed = world.sites.set_index("tps_code").loc[sites["tps_code"]]
    rsrp = world.rsrp_dbm(listed["latitude_deg"], listed["longitude_deg"])
    upload = params.upload
    needed = np.array([needed_dbm(upload.uplink, name) for name in OPERATOR_NAMES])
    shares = np.array(
        [upload.building.shares[b] for b in sites["building"].fillna("school").astype(str)]
    )
    rng = np.random.default_rng(SEED)
    middle = (np.arange(64) + 0.5) / 64
    p_fail = np.zeros(len(sites))
    for share in np.unique(shares).tolist():
        here = shares == share
        for loss in p2109_loss_db(middle, upload.building, share).tolist():
            margin = (needed + loss - rsrp[here]) / upload.uplink.spread_db
            p_fail[here] += ndtr(margin).prod(axis=1) / len(middle)
    stuck = np.zeros((N_WORLDS, len(sites)), dtype=bool)
    for draw in range(N_WORLDS):
        loss = shares * p2109_loss_db(rng.random(len(sites)), upload.building)
        load = upload.uplink.spread_db * rng.standard_normal(rsrp.shape)
        stuck[draw] = (rsrp - loss[:, None] - needed - load < 0).all(axis=1)
    donor = params.remedy.donor
    has_donor = (rsrp + donor.mast_gain_db >= donor.min_donor_dbm).any(axis=1)
    return Truth(sites=sites, rsrp_dbm=rsrp, p_fail=p_fail, is_stuck=stuck, has_donor=has_donor)


def late_params(config: Config) -> RankParams:
    """The survey is over, kits are in time, nobody walks: all is judged, by probability."""
    params = settings.rank_params(config)
    lead = {**params.remedy.kits.lead_time_days, "OPERATOR_BOOSTER": 30, "MOBILE_BTS": 30}
    kits = replace(params.remedy.kits, lead_time_days=lead, days_left=45)
    return replace(
        params,
        remedy=replace(params.remedy, kits=kits, order=KITS_FIRST),
        weights=replace(params.weights, near_relief=0.0),
    )


def kits(config: Config) -> None:
    """Forms secured by the same kits, given out by each method."""
    store = Store(config.processed)
    read = {
        name: to_pandas(store.read(name))
        for name in ("sites", "cell_signal", "cells", "towers", "operator_correlation")
    }
    sites = read["sites"].sort_values("tps_code", ignore_index=True)
    params = late_params(config)
    world = build_world(WorldParams())
    truth = truth_of(world, sites, params)
    ranking = rank(
        sites,
        site_signal(sites, read["cell_signal"], params.upload),
        read["cell_signal"],
        read["cells"],
        read["towers"],
        correlation=read["operator_correlation"],
        layers=layers.all_of(config, store),
        params=params,
    )
    print(
        f"kits: {len(sites)} TPS, {truth.is_stuck.sum(axis=1).mean():.1f} stuck on average, "
        f"{(truth.is_stuck & truth.has_donor).sum(axis=1).mean():.1f} of them with a donor"
    )
    print(
        "  remedies: " + ", ".join(f"{k} {v}" for k, v in ranking["remedy"].value_counts().items())
    )
    lists = {
        "ranked list from the top": ranking.sort_values("rank")["tps_code"].to_numpy(),
        "measured weakness": _by_measured_weakness(ranking, read["cells"]),
        "village reports": _by_village_reports(truth),
        "nearest reading": _by_nearest_reading(config, store, sites),
        "random": np.random.default_rng(SEED).permutation(sites["tps_code"].to_numpy()),
    }
    held = ranking.loc[ranking["remedy"] == "EXCLUDED_ADAT", "tps_code"]
    is_hold = sites["tps_code"].isin(held).to_numpy(dtype=bool)
    for n_boosters, n_mobile in BUDGETS:
        print(f"  {n_boosters} boosters, {n_mobile} mobile: forms secured, per kit, of the optimum")
        best = _optimum(truth, is_hold, n_boosters, n_mobile)
        secured = {"blankspot allocation": _by_allocation(ranking, truth, n_boosters, n_mobile)}
        for name, order in lists.items():
            secured[name] = _by_list(order, truth, n_boosters, n_mobile)
        for name, forms in {**secured, "perfect knowledge": best}.items():
            per_kit = forms * PHOTOS / (n_boosters + n_mobile)
            print(f"    {name:<26}{forms:7.1f}{per_kit:8.2f} photos{forms / best:8.0%}")


def _plane(sites: pd.DataFrame) -> Floats:
    return to_plane_m(sites["latitude_deg"], sites["longitude_deg"], ORIGIN)


def _secured(truth: Truth, boosted: npt.NDArray[np.intp], hosts: npt.NDArray[np.intp]) -> float:
    """Forms that kits at these sites secure, on average over the draws [TPS]."""
    plane = _plane(truth.sites)
    total = 0
    for stuck in truth.is_stuck:
        left = stuck.copy()
        for host in hosts.tolist():
            near = np.flatnonzero(left & (np.hypot(*(plane - plane[host]).T) <= MOBILE_M))
            served = near[np.argsort(np.hypot(*(plane[near] - plane[host]).T))][:MOBILE_SITES]
            total += len(served)
            left[served] = False
        total += int((left[boosted] & truth.has_donor[boosted]).sum())
    return total / N_WORLDS


def _by_list(order: npt.NDArray[np.object_], truth: Truth, n_boosters: int, n_mobile: int) -> float:
    """Kits along a list: stations where most of its head lies together, boosters from the top."""
    row = pd.Index(truth.sites["tps_code"]).get_indexer(pd.Index(order))
    head = row[: n_boosters + MOBILE_SITES * n_mobile]
    plane = _plane(truth.sites)
    open_ = np.ones(len(head), dtype=bool)
    hosts = []
    for _ in range(n_mobile):
        near = KDTree(plane[head]).query_ball_point(plane[head], MOBILE_M)
        counts = [
            open_[rows].sum() if is_open else 0 for rows, is_open in zip(near, open_, strict=True)
        ]
        host = int(np.argmax(counts))
        hosts.append(head[host])
        served = np.array([r for r in near[host] if open_[r]], dtype=int)[:MOBILE_SITES]
        open_[served] = False
    return _secured(truth, head[open_][:n_boosters], np.array(hosts, dtype=np.intp))


def _kits(n_boosters: int, n_mobile: int, p_works: tuple[float, float]) -> dict[str, Kit]:
    return {
        "OPERATOR_BOOSTER": Kit(stock=n_boosters, cost=1, p_works=p_works[0], lead_time_days=30),
        "MOBILE_BTS": Kit(
            stock=n_mobile, cost=20, p_works=p_works[1], lead_time_days=30, reach_m=MOBILE_M,
            max_sites=MOBILE_SITES,
        ),
    }  # fmt: skip


def _by_allocation(ranking: pd.DataFrame, truth: Truth, n_boosters: int, n_mobile: int) -> float:
    """Kits as the programme gives them; every form counts alike, as it does in the comparison."""
    voters = ranking["n_voters"].astype("Float64").fillna(265).to_numpy(np.float64)
    found = allocate(
        ranking.assign(
            priority=ranking["priority"] / voters,
            voters_if_boosted=ranking["voters_if_boosted"] / voters,
        ),
        AllocationParams(kits=_kits(n_boosters, n_mobile, (0.8, 0.9))),
    ).table
    row = pd.Index(truth.sites["tps_code"])
    boosted = row.get_indexer(pd.Index(found.loc[found["kit"] == "OPERATOR_BOOSTER", "tps_code"]))
    hosts = found.loc[found["kit"] == "MOBILE_BTS", "host_tps_code"].unique()
    return _secured(
        truth, boosted.astype(np.intp), row.get_indexer(pd.Index(hosts)).astype(np.intp)
    )


def _optimum(truth: Truth, is_hold: Booleans, n_boosters: int, n_mobile: int) -> float:
    """Kits as the programme gives them to one who knows every level, but not the draws.

    Holds are held there too: what nobody may fit is no loss.
    """
    stuck = truth.is_stuck.mean(axis=0)
    known = truth.sites.assign(
        priority=stuck,
        voters_if_boosted=np.where(truth.has_donor, stuck, 0.0),
        rank=np.arange(1, len(stuck) + 1),
        remedy=np.select(
            [is_hold, truth.has_donor], ["EXCLUDED_ADAT", "OPERATOR_BOOSTER"], "MOBILE_BTS"
        ),
        remedy_operator="A",
        island=pd.array([None] * len(stuck), dtype="string"),
        has_power=pd.array([None] * len(stuck), dtype="boolean"),
        p_upload_fail=truth.p_fail,
    )
    found = allocate(known, AllocationParams(kits=_kits(n_boosters, n_mobile, (1.0, 1.0)))).table
    row = pd.Index(truth.sites["tps_code"])
    boosted = row.get_indexer(pd.Index(found.loc[found["kit"] == "OPERATOR_BOOSTER", "tps_code"]))
    hosts = found.loc[found["kit"] == "MOBILE_BTS", "host_tps_code"].unique()
    return _secured(
        truth, boosted.astype(np.intp), row.get_indexer(pd.Index(hosts)).astype(np.intp)
    )


def _by_measured_weakness(ranking: pd.DataFrame, cells: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Sites by the best median measured in their own cell, weakest first, the unmeasured last."""
    data = cells[cells["rat"].isin(("LTE", "NR"))]
    level = (
        data.assign(level=data["signal_p50_dbm"].fillna(-140.0)).groupby("h3_cell")["level"].max()
    )
    measured = ranking["h3_cell"].map(level)
    return ranking.assign(m=measured).sort_values(["m", "tps_code"])["tps_code"].to_numpy()


def _by_village_reports(truth: Truth) -> npt.NDArray[np.object_]:
    """TPS of reported villages by voters; reports as officials give them, by village.

    A village in which a third of the TPS have a level under -110 dBm on every operator is
    reported with probability 0.7, one with none with 0.05: invented, in the spirit of DOMAIN 3.2
    (lists that differ by a factor of five).
    """
    rng = np.random.default_rng(SEED)
    weak = (truth.rsrp_dbm < -110).all(axis=1)
    share = pd.Series(weak).groupby(truth.sites["village_code"]).mean()
    reported = share.index[rng.random(len(share)) < np.where(share >= 1 / 3, 0.7, 0.05)]
    listed = truth.sites.assign(is_reported=truth.sites["village_code"].isin(reported))
    ordered = listed.sort_values(
        ["is_reported", "n_voters", "tps_code"], ascending=[False, False, True]
    )
    return ordered["tps_code"].to_numpy()


def _by_nearest_reading(
    config: Config, store: Store, sites: pd.DataFrame
) -> npt.NDArray[np.object_]:
    """Sites by the level of the nearest reading of the best operator, weakest first."""
    training = _training(config, store)
    level = np.full(len(sites), -np.inf)
    for _, own in training.groupby("operator"):
        at = KDTree(to_plane_m(own["latitude_deg"], own["longitude_deg"], ORIGIN))
        _, nearest = at.query(_plane(sites))
        found = own["rsrp_dbm"].fillna(-130.0).to_numpy()[nearest]
        level = np.maximum(level, found)
    return sites["tps_code"].to_numpy()[np.lexsort((np.arange(len(sites)), level))]


def _training(config: Config, store: Store) -> pd.DataFrame:
    """The samples the run's model was fitted on."""
    readings = stored_readings(store)
    device_offsets = offsets.estimate(readings, OffsetParams())
    return samples.from_readings(readings, device_offsets, settings.sample_params(config))


def survey(config: Config) -> None:
    """Wrong decisions that planned days avoid, against days on random roads."""
    store = Store(config.processed)
    read = {
        name: to_pandas(store.read(name))
        for name in ("sites", "cells", "operator_correlation", "site_ranking")
    }
    params = settings.rank_params(config)
    sites = read["sites"].sort_values("tps_code", ignore_index=True)
    world = build_world(WorldParams())
    truth = truth_of(world, sites, params)
    training = _training(config, store)
    listed, _ = layers.listed_towers(config, store)
    judge = _Judge(config=config, sites=sites, read=read, truth=truth, towers=listed)
    before = judge.wrong(training)
    irreducible = float(
        (sites["n_voters"].fillna(265) * np.minimum(truth.p_fail, 1 - truth.p_fail)).sum()
    )
    print(
        f"survey: {before:,.0f} voters wrongly decided for, {irreducible:,.0f} with perfect levels"
    )
    day = settings.plan_params(config).day
    for n_days in (1, 3):
        plan_settings = replace(settings.plan_params(config), days=n_days, n_validate=0)
        plan = survey_plan(read["site_ranking"], plan_settings)
        planned = before - judge.wrong(_with(training, world, _planned_places(plan)))
        gains = []
        for seed in range(2):
            places = _random_places(world, n_days, day.hours * day.speed_kmh * 1000, seed)
            gains.append(before - judge.wrong(_with(training, world, places)))
        at_random = float(np.mean(gains))
        print(
            f"  {n_days} days: planned {planned:8,.0f} voters fewer ({len(plan)} stops), random "
            f"roads {at_random:8,.0f} ({', '.join(f'{g:,.0f}' for g in gains)}), "
            f"ratio {planned / at_random:.2f}"
        )


@dataclass(frozen=True, kw_only=True)
class _Judge:
    """Fits a model to samples and counts wrong decisions."""

    config: Config
    sites: pd.DataFrame
    read: dict[str, pd.DataFrame]
    truth: Truth
    towers: pd.DataFrame | None

    def wrong(self, training: pd.DataFrame) -> float:
        """Expected voters for whom to act or not to act is the wrong decision [voters]."""
        model = SignalModel(settings.model_params(self.config)).fit(training, self.towers)
        predicted = cell_signal(
            model,
            cells_needed(self.sites, RESOLUTION, 600.0),
            sorted(set(training["operator"]) - {UNKNOWN_OPERATOR}),
            CellSignalParams(weak_dbm=self.config.signal.weak_dbm),
        )
        params = settings.rank_params(self.config)
        signal = site_signal(self.sites, predicted, params.upload)
        given = RankTables(
            cell_signal=predicted,
            cells=self.read["cells"],
            correlation=self.read["operator_correlation"],
        )
        judged = Judgement.of(self.sites, signal, given, Layers(), params)
        acts = judged.p_fail >= 0.5
        voters = self.sites["n_voters"].astype("Float64").fillna(265).to_numpy(np.float64)
        return float((voters * np.where(acts, 1 - self.truth.p_fail, self.truth.p_fail)).sum())


def _planned_places(plan: pd.DataFrame) -> Floats:
    """Where readings are taken on planned days: at the stops and on the way between them [m]."""
    parts = []
    for _, stops in plan.groupby("survey_day", sort=True):
        plane = to_plane_m(stops["latitude_deg"], stops["longitude_deg"], ORIGIN)
        parts.append(_every(plane))
    return np.concatenate(parts)


def _random_places(world: World, n_days: int, length_m: float, seed: int) -> Floats:
    """Where readings are taken on days on random roads [m]."""
    roads = build_roads(world.villages, world.land)
    shuffled = world.villages.assign(
        n_sites=np.random.default_rng(seed).permutation(world.villages["n_sites"])
    )
    routes = drive_plan(roads, shuffled, n_days, length_m)
    return np.concatenate([_every(route)[: int(length_m / READING_EVERY_M)] for route in routes])


def _every(route_m: Floats) -> Floats:
    """Places at equal steps along a route, its corners among them [m]."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(route_m, axis=0).T))])
    steps = np.union1d(np.arange(0, length[-1], READING_EVERY_M), length)
    return np.stack([np.interp(steps, length, axis) for axis in route_m.T], axis=-1)


def _with(training: pd.DataFrame, world: World, places_m: Floats) -> pd.DataFrame:
    """Samples with those of a car's four phones at these places added."""
    latitude, longitude = from_plane_m(places_m, ORIGIN)
    level = world.rsrp_dbm(latitude, longitude)
    rng = np.random.default_rng(SEED)
    level = level + world.params.noise_db * rng.standard_normal(level.shape)
    floor = world.params.device_floor_dbm
    frames = []
    for k, operator in enumerate(OPERATOR_NAMES):
        heard = level[:, k] >= floor
        frames.append(
            pd.DataFrame(
                {
                    "latitude_deg": latitude, "longitude_deg": longitude, "operator": operator,
                    "device_key": "planned car", "source": "drive_test", "is_indoor": 0,
                    "is_moving": 1, "n": 1, "n_no_service": (~heard).astype(int),
                    "rsrp_dbm": np.where(heard, level[:, k], np.nan),
                    "upper_dbm": np.where(heard, np.nan, floor), "is_harmonised": True,
                    "h3_cell": hexgrid.cells_of(latitude, longitude, 11), "rat": "LTE",
                }
            )
        )  # fmt: skip
    fresh = pd.concat(frames, ignore_index=True).drop_duplicates(["operator", "h3_cell"])
    known = training[[c for c in training.columns if c in fresh.columns or c == "day"]]
    return pd.concat([known, fresh.assign(day=training["day"].max())], ignore_index=True)


def main() -> None:
    """Run the parts asked for, all without a word."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("parts", nargs="*", choices=["speed", "kits", "survey"])
    parser.add_argument("--demo", type=Path)
    parser.add_argument("--sites", type=int, default=33_324)
    asked = parser.parse_args()
    parts = asked.parts or ["speed", "kits", "survey"]
    if "speed" in parts:
        speed(asked.sites)
    if {"kits", "survey"} & set(parts):
        with finished_demo(asked.demo) as config:
            if "kits" in parts:
                kits(config)
            if "survey" in parts:
                survey(config)


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


if __name__ == "__main__":
    main()
