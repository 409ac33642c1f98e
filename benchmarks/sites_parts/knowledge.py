"""What is known of the synthetic world, now and after further survey days: model and ranking."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np
import pandas as pd
from sites_parts.truth import SEED, Floats

from coverage import hexgrid
from coverage.geodesy import from_plane_m, to_plane_m
from coverage.operators import UNKNOWN_OPERATOR
from coverage.readings import offsets
from coverage.readings.offsets import OffsetParams
from coverage.signal import maps, samples
from coverage.signal.maps import Maps
from coverage.signal.model import CellSignalParams, SignalModel, cell_signal
from coverage.sites.judgement import RankParams
from coverage.sites.positions import cells_needed
from coverage.sites.ranking import rank
from coverage.sites.upload import site_signal
from coverage.synthetic import OPERATOR_NAMES, World, WorldParams, build_world
from coverage.synthetic_land import ORIGIN
from coverage.synthetic_roads import build_roads, drive_plan
from coverage.tables import to_pandas
from pipelines import demo, layers, rasters, settings
from pipelines.config import Config, load_config
from pipelines.predict import stored_readings
from pipelines.run import run as run_stages
from pipelines.store import Store

AROUND_M = 600.0
READING_EVERY_M = 60.0
TABLES = ("sites", "cells", "towers", "operator_correlation", "site_ranking")


@contextmanager
def finished_demo(folder: Path | None, seed: int) -> Iterator[Config]:
    """The config of a finished demo; built of this seed in a temporary folder if none is named."""
    if folder is not None:
        yield load_config(folder / "demo.toml")
        return
    with TemporaryDirectory() as temporary:
        world = WorldParams(seed=seed)
        config = demo.prepare(Path(temporary), lambda _text, _share: None, world)
        run_stages(config)
        yield config


@dataclass(frozen=True, kw_only=True, eq=False)
class Knowledge:
    """A finished demo and the world behind it.

    Attributes
    ----------
    config, store, read
        The run; its tables.
    sites
        As listed by the run, in order of code.
    world
        Its truth.
    ground, towers
        Maps and the list of radio cells that the run was given.
    training
        The samples the run's model was fitted on.
    """

    config: Config
    store: Store
    read: dict[str, pd.DataFrame]
    sites: pd.DataFrame
    world: World
    ground: Maps
    towers: pd.DataFrame | None
    training: pd.DataFrame

    @classmethod
    def of(cls, config: Config, seed: int) -> Self:
        """Read a finished demo of the world of this seed."""
        store = Store(config.processed)
        read = {name: to_pandas(store.read(name)) for name in TABLES}
        readings = stored_readings(store)
        device_offsets = offsets.estimate(readings, OffsetParams())
        listed, _ = layers.listed_towers(config, store)
        return cls(
            config=config,
            store=store,
            read=read,
            sites=read["sites"].sort_values("tps_code", ignore_index=True),
            world=build_world(WorldParams(seed=seed)),
            ground=rasters.read_maps(config, store),
            towers=listed,
            training=samples.from_readings(
                readings, device_offsets, settings.sample_params(config)
            ),
        )

    def predicted(self, training: pd.DataFrame) -> pd.DataFrame:
        """``cell_signal`` around the sites, of a model fitted as the run fits it."""
        found = maps.covariates(training, self.ground, self.towers, self.config.maps)
        known = training.join(found, validate="one_to_one")
        params = settings.model_params(self.config)
        model = SignalModel(
            type(params)(**{**vars(params), "covariates": tuple(found.columns)})
        ).fit(known, self.towers)
        cells = cells_needed(self.sites, self.config.grid.resolution, AROUND_M)
        operators = sorted(set(training["operator"]) - {UNKNOWN_OPERATOR})
        return cell_signal(
            model,
            cells,
            operators,
            CellSignalParams(weak_dbm=self.config.signal.weak_dbm),
            maps.cell_covariates(
                cells, operators, self.ground, self.read["towers"], self.config.maps
            ),
        )

    def ranking(self, training: pd.DataFrame, params: RankParams) -> pd.DataFrame:
        """``site_ranking`` by a model fitted to the samples, in order of code."""
        predicted = self.predicted(training)
        found = rank(
            self.sites,
            site_signal(self.sites, predicted, params.upload),
            predicted,
            self.read["cells"],
            self.read["towers"],
            correlation=self.read["operator_correlation"],
            layers=layers.all_of(self.config, self.store),
            params=params,
        )
        return found.sort_values("tps_code", ignore_index=True)

    def with_readings(self, places_m: Floats) -> pd.DataFrame:
        """The training samples with those of a car's four phones at these places added."""
        world = self.world
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
        own = self.training
        known = own[[c for c in own.columns if c in fresh.columns or c == "day"]]
        return pd.concat([known, fresh.assign(day=own["day"].max())], ignore_index=True)


def planned_places(plan: pd.DataFrame) -> Floats:
    """Where readings are taken on planned days: at the stops and on the way between them [m]."""
    parts = []
    for _, stops in plan.groupby("survey_day", sort=True):
        plane = to_plane_m(stops["latitude_deg"], stops["longitude_deg"], ORIGIN)
        parts.append(_every(plane))
    return np.concatenate(parts)


def random_places(world: World, n_days: int, length_m: float, seed: int) -> Floats:
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
