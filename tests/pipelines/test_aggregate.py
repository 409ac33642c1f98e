import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from coverage import tables
from coverage.cells import histogram
from coverage.cells.accumulator import Accumulator
from coverage.cells.adaptive import AdaptiveParams, finish_adapted
from coverage.cells.evidence import EvidenceParams
from coverage.cells.histogram import COUNT_TABLES, Counts
from coverage.cells.runs import RunStore
from coverage.cells.selection import CountParams
from coverage.errors import InputError
from pipelines import merge_plan, merging
from pipelines.aggregate import aggregate
from pipelines.config import Config
from pipelines.engine import started
from pipelines.store import Store, content_hash, write_json

N_ROWS = 1500
PLACES = ((-6.1754, 106.8272), (-6.9, 105.3), (-5.9, 106.2), (-6.5, 107.9))
"""Under four parents of resolution 4."""


def readings(
    seed: int, n: int = N_ROWS, places: tuple[tuple[float, float], ...] = PLACES
) -> pa.Table:
    """Readings around some places: all states, several operators, devices and days."""
    rng = np.random.default_rng(seed)
    centre = np.array(places)[rng.integers(0, len(places), n)]
    level = rng.normal(-105, 9, n).clip(-140, -60).round().astype(np.float32)
    is_blank = rng.random(n) < 0.1
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(
                1_707_900_000_000_000 + rng.integers(0, 5 * 86_400_000_000, n), unit="us", utc=True
            ),
            "latitude_deg": centre[:, 0] + rng.uniform(-0.01, 0.01, n),
            "longitude_deg": centre[:, 1] + rng.uniform(-0.01, 0.01, n),
            "source": "drive_test",
            "format": "made_up",
            "device_id": rng.choice(["d1", "d2", "d3"], n),
            "operator": rng.choice(["IOH", "Telkomsel", "XL Axiata"], n),
            "rat": rng.choice(["GSM", "LTE"], n, p=[0.2, 0.8]),
            "cell_identity": pd.array(rng.integers(1, 9, n), dtype="Int64"),
            "service_state": np.where(is_blank, "no_service", "in_service"),
            "signal_dbm": np.where(is_blank, np.nan, level),
            "sinr_db": np.where(rng.random(n) < 0.5, np.nan, rng.normal(8, 5, n)),
            "weight": 1.0,
            "is_route_value": rng.random(n) < 0.95,
            "source_timezone": "UTC",
            "source_file": f"{seed}.csv",
            "source_row": np.arange(2, n + 2),
            **dict.fromkeys(tables.DQ_FLAGS, False),
        }
    )
    return tables.to_arrow("readings", frame)


def put(store: Store, seed: int, table: pa.Table | None = None) -> str:
    """Let the survey have an input, as ingest leaves it."""
    part = f"{seed:016x}"
    table = readings(seed) if table is None else table
    store.write("readings", table, part)
    record = {"file": f"{seed}.csv", "settings": f"s{seed}", "taken": table.num_rows}
    write_json(store.root / "ingest" / f"{part}.json", record)
    return part


def take_away(store: Store, seed: int) -> None:
    store.delete("readings", f"{seed:016x}")
    (store.root / "ingest" / f"{seed:016x}.json").unlink()


def run(store: Store, engine: dict[str, Any] | None = None, **sections: Any) -> dict[str, Any]:
    """Run the stage as if ingest had just run, so that it always works."""
    config = Config.model_validate(
        {
            "file": store.root / "survey.toml",
            "survey": {"name": "t", "election_date": date(2024, 2, 14)},
            "paths": {"raw": ".", "processed": "."},
            "engine": {"workers": 1, **(engine or {})},
            **sections,
        }
    )
    ingested = {"fingerprint": "", "stands_on": {}, "outputs": {}}
    write_json(store.manifest_path, {"stages": {"ingest": ingested}})
    with started(config.engine, store.root) as workers:
        return dict(aggregate(config, store, lambda _text, _share: None, workers).record)


def hashes(store: Store) -> dict[str, str]:
    """Content hash of every table, those of single inputs among them."""
    names = [*COUNT_TABLES, "cells"]
    paths = [p for name in names for p in store.root.glob(f"{name}*.parquet")]
    paths += [p for name in names for p in store.root.glob(f"{name}/[!.]*.parquet")]
    return {p.relative_to(store.root).as_posix(): content_hash(p) for p in paths}


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.store._flush", lambda path: None)


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """One parent a range, so that there is something to lay together."""
    monkeypatch.setattr(merge_plan, "RANGE_ROWS", 1)
    monkeypatch.setattr(merge_plan, "_ROWS_AN_INPUT", 0)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Store]:
    """Builds and runs a survey of inputs that has never been run before."""

    def make(*seeds: int, **options: Any) -> Store:
        store = Store(tmp_path / f"fresh-{len(list(tmp_path.iterdir()))}")
        for seed in seeds:
            put(store, seed)
        run(store, **options)
        return store

    return make


def test_the_tables_are_those_of_the_cells_room(make: Callable[..., Store]) -> None:
    store = make(1, 2)
    accumulator = Accumulator(CountParams())
    for seed in (1, 2):
        accumulator.add(readings(seed))
    counts = histogram.counts_of(accumulator)
    for name, table in counts.to_tables().items():
        assert store.read(name).equals(table)
    assert store.read("cells").equals(histogram.finish(counts, EvidenceParams()))


def test_the_cut_into_ranges_does_not_show(
    make: Callable[..., Store], request: pytest.FixtureRequest
) -> None:
    whole = hashes(make(1, 2))
    request.getfixturevalue("small_ranges")
    assert hashes(make(1, 2)) == whole


def test_a_small_memory_does_not_show(make: Callable[..., Store], small_ranges: None) -> None:
    roomy = hashes(make(1, 2))
    tight = make(1, 2, engine={"memory_mb": 100, "workers": 100})
    assert hashes(tight) == roomy


def test_spilling_does_not_show(
    make: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    roomy = hashes(make(1, 2))
    spilled: list[int] = []
    append = RunStore._append
    monkeypatch.setattr("coverage.cells.runs.MemoryBudget.takes", lambda self, n_bytes: False)
    monkeypatch.setattr(
        RunStore, "_append", lambda self, e: spilled.append(len(e)) or append(self, e)
    )
    assert hashes(make(1, 2)) == roomy
    assert spilled


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("places", [PLACES, PLACES[:1]])
def test_an_input_added_later_gives_the_same_bytes(
    make: Callable[..., Store], places: tuple[tuple[float, float], ...]
) -> None:
    store = make(1, 2)
    put(store, 3, readings(3, places=places))
    run(store)
    fresh = Store(store.root.parent / "all-at-once")
    for seed in (1, 2):
        put(fresh, seed)
    put(fresh, 3, readings(3, places=places))
    run(fresh)
    assert hashes(store) == hashes(fresh)


@pytest.mark.usefixtures("small_ranges")
def test_an_input_taken_away_leaves_the_bytes_of_the_others(make: Callable[..., Store]) -> None:
    store = make(1, 2)
    put(store, 3, readings(3, places=PLACES[:2]))
    run(store)
    take_away(store, 3)
    run(store)
    assert hashes(store) == hashes(make(1, 2))


@pytest.mark.usefixtures("small_ranges")
def test_places_that_only_a_removed_input_had_vanish(make: Callable[..., Store]) -> None:
    store = Store(make(1).root.parent / "one")
    put(store, 1, readings(1, places=PLACES[:2]))
    put(store, 2, readings(2, places=PLACES[2:]))
    run(store)
    take_away(store, 2)
    run(store)
    alone = Store(store.root.parent / "alone")
    put(alone, 1, readings(1, places=PLACES[:2]))
    run(alone)
    assert hashes(store) == hashes(alone)


@pytest.mark.usefixtures("small_ranges")
def test_a_new_input_is_the_only_one_read(
    make: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make(1, 2)
    put(store, 3, readings(3, places=PLACES[:1]))
    read: list[str] = []
    scan = merging.scan

    def spy(path: Path, *rest: Any) -> Any:
        read.append(path.relative_to(store.root).as_posix())
        return scan(path, *rest)

    monkeypatch.setattr(merging, "scan", spy)
    run(store)
    of_parts = {Path(path).stem for path in read if path.startswith("cell_") and "/" in path}
    assert of_parts == {f"{3:016x}"}


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize(
    "harm",
    [
        lambda store: store.path("cell_devices").unlink(),
        lambda store: store.path("cells").write_bytes(b"half"),
        lambda store: (store.root / "merged.json").unlink(),
        lambda store: store.path("cell_spans", f"{1:016x}").unlink(),
    ],
    ids=["sum gone", "cells damaged", "record gone", "count gone"],
)
def test_what_was_harmed_is_made_again(
    make: Callable[..., Store], harm: Callable[[Store], None]
) -> None:
    store = make(1, 2)
    whole = hashes(store)
    harm(store)
    run(store)
    assert hashes(store) == whole


@pytest.mark.usefixtures("small_ranges")
def test_other_evidence_makes_other_cells_of_the_same_counts(make: Callable[..., Store]) -> None:
    store = make(1, 2)
    run(store, evidence={"weak_dbm": -100})
    assert hashes(store) == hashes(make(1, 2, evidence={"weak_dbm": -100}))


@pytest.mark.usefixtures("small_ranges")
def test_other_counting_counts_again(make: Callable[..., Store]) -> None:
    store = make(1, 2)
    run(store, counting={"resolution": 8})
    assert hashes(store) == hashes(make(1, 2, counting={"resolution": 8}))


COARSE = {"extra_resolutions": [7, 8], "adaptive": True}


@pytest.mark.usefixtures("small_ranges")
def test_coarser_cells_are_rolled_up_from_the_same_counts(make: Callable[..., Store]) -> None:
    store = make(1, 2, grid=COARSE)
    stored = {name: store.read(name) for name in COUNT_TABLES}
    counts = Counts.from_tables(stored, resolution=9)
    for resolution in (7, 8):
        rolled = histogram.finish(histogram.roll_up(counts, resolution), EvidenceParams())
        assert Store(store.root).path(f"cells_r{resolution}").is_file()
        assert read_cells(store, f"cells_r{resolution}").equals(rolled)
    adapted = finish_adapted(counts, AdaptiveParams(), EvidenceParams())
    assert read_cells(store, "cells_adaptive").equals(adapted)


def read_cells(store: Store, name: str) -> pa.Table:
    return tables.check("cells", pa.parquet.read_table(store.path(name), partitioning=None))


@pytest.mark.usefixtures("small_ranges")
def test_coarser_cells_are_the_same_when_an_input_comes_later(make: Callable[..., Store]) -> None:
    store = make(1, grid=COARSE)
    put(store, 2, readings(2, places=PLACES[1:2]))
    run(store, grid=COARSE)
    fresh = Store(store.root.parent / "all-at-once")
    put(fresh, 1)
    put(fresh, 2, readings(2, places=PLACES[1:2]))
    run(fresh, grid=COARSE)
    assert hashes(store) == hashes(fresh)


def test_coarser_cells_that_are_no_longer_asked_for_are_removed(
    make: Callable[..., Store],
) -> None:
    store = make(1, grid=COARSE)
    run(store)
    assert not list(store.root.glob("cells_*.parquet"))


def test_readings_that_are_not_counted_make_empty_tables(tmp_path: Path) -> None:
    store = Store(tmp_path)
    flagged = readings(1, n=20)
    place = flagged.schema.get_field_index("dq_stale")
    put(store, 1, flagged.set_column(place, "dq_stale", pa.array([True] * 20)).cast(flagged.schema))
    record = run(store)
    assert store.read("cells").num_rows == 0
    assert record["details"]["readings"]["flagged"] > 0


def test_a_scratch_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    put(Store(tmp_path), 1)
    with pytest.raises(InputError, match=r"No such folder for engine\.scratch"):
        run(Store(tmp_path), engine={"scratch": "none"})


def test_nothing_unfinished_remains(make: Callable[..., Store]) -> None:
    store = make(1, 2)
    assert not list(store.root.rglob(".*part*"))


def test_every_reading_is_in_the_tally(make: Callable[..., Store]) -> None:
    store = make(1, 2)
    assert sum(store.read("cell_tally").column("n").to_pylist()) == 2 * N_ROWS


@pytest.mark.usefixtures("small_ranges")
def test_processes_give_the_bytes_of_threads(make: Callable[..., Store]) -> None:
    local = make(1, 2, engine={"workers": 2})
    assert hashes(make(1, 2, engine={"kind": "processes", "workers": 2})) == hashes(local)


@pytest.mark.long
@pytest.mark.usefixtures("small_ranges")
def test_a_worker_killed_in_the_middle_does_not_change_the_tables(
    make: Callable[..., Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    seeds = range(1, 13)
    local = make(*seeds)
    store = Store(tmp_path / "killed")
    for seed in seeds:
        put(store, seed)
    killed: list[int] = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as cluster:
        pids = {worker.pid for worker in cluster.workers.values()}

        def kill_one() -> None:
            while len(list(store.root.glob("counted/*.json"))) < 3:
                time.sleep(0.001)
            killed.append(pids.pop())
            os.kill(killed[0], signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        run(store, engine={"kind": "dask", "scheduler": cluster.scheduler_address})
        killer.join()
    assert killed
    assert hashes(store) == hashes(local)
    store.clean()  # as a run does at its end
    assert not list(store.root.rglob(".*.parquet"))
    shutil.rmtree(store.root)


def test_the_record_of_an_input_says_where_its_counts_are(make: Callable[..., Store]) -> None:
    store = make(1)
    record = json.loads((store.root / "counted" / f"{1:016x}.json").read_text())
    n_rows = sum(store.read(name).num_rows for name in COUNT_TABLES[:-1])
    assert sum(record["rows"].values()) == n_rows
    assert len(record["rows"]) == len(PLACES)


@pytest.mark.parametrize("coarsest", [3, 10])
def test_adaptive_cells_stay_between_the_ranges_and_the_counts(
    tmp_path: Path, coarsest: int
) -> None:
    put(Store(tmp_path), 1)
    with pytest.raises(InputError, match=rf"adaptive\.coarsest {coarsest}\. Must be in \[4, 9\]"):
        run(Store(tmp_path), grid=COARSE, adaptive={"coarsest": coarsest})
