"""Readings in Parquet to cells in Parquet: blankspot against DuckDB and Polars, in one run.

Every engine runs in its own process on the same file, one thread each, and is charged its whole CPU
time (user + system, interpreter start included) and its peak memory, as the kernel counts them. All
write the same columns; blankspot alone also finds child cells (``geo_ok``), the strongest radio
cell and the evidence. Outputs are compared value by value before any ratio is printed.

    python benchmarks/cells.py --rows 20000000 --peer-python OTHER_VENV/bin/python

The other environment needs ``duckdb polars polars-h3 h3ronpy pyarrow numpy`` (extra ``bench``).
The data: 200,000 places in 300 towns, skewed by a Zipf law, 4 operators x 3 RATs, 10,000 devices
on 90 days, 3 % without service, whole dBm.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEED: Final = 2024
ROW_GROUP: Final = 1 << 20
N_PLACES, N_TOWNS, N_DEVICES, N_DAYS = 200_000, 300, 10_000, 90
WEAK_DBM: Final = -110
NO_SERVICE_BIN: Final = -200
KEY: Final = ["h3_cell", "operator", "rat"]
COMPARED: Final = [
    *KEY, "n_readings", "n_devices", "n_days", "n_no_service", "signal_p10_dbm", "signal_p50_dbm",
    "signal_p90_dbm", "weak_share", "first_time", "last_time",
]  # fmt: skip
ENGINES: Final = ("scan", "blankspot", "duckdb", "duckdb-direct", "polars")
TARGET_RATIO, TARGET_US, TARGET_MB, TARGET_ROWS = 0.4, 0.5, 700.0, 20_000_000


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one engine used."""

    engine: str
    cpu_s: float
    wall_s: float
    peak_mb: float


def write_readings(path: Path, n_rows: int) -> None:
    """Write synthetic readings, the columns that counting needs, as the pipelines store them."""
    rng = np.random.default_rng(SEED)
    towns = np.stack([rng.uniform(-7.5, -6.0, N_TOWNS), rng.uniform(105.5, 110.0, N_TOWNS)], axis=1)
    size = rng.pareto(1.2, N_TOWNS) + 0.2
    town = rng.choice(N_TOWNS, N_PLACES, p=size / size.sum())
    spread_deg = 0.05 + 0.1 * rng.random(N_TOWNS)
    places = towns[town] + rng.normal(size=(N_PLACES, 2)) * spread_deg[town, None]
    weight = np.arange(1.0, N_PLACES + 1) ** -0.8
    share = np.cumsum(weight / weight.sum())
    devices = pa.array([f"{n:016x}" for n in rng.integers(0, 2**63, N_DEVICES)])
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        part = Path(folder) / path.name
        writer = None
        for start in range(0, n_rows, ROW_GROUP):
            n = min(ROW_GROUP, n_rows - start)
            place = np.searchsorted(share, rng.random(n)).clip(max=N_PLACES - 1)
            step_us = N_DAYS * 86_400_000_000 // n_rows
            time_us = 1_700_000_000_000_000 + np.arange(start, start + n) * step_us
            time_us += rng.integers(0, 1000, n)
            table = _batch(rng, time_us, places[place], place, devices)
            writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()
        part.rename(path)


def _batch(
    rng: np.random.Generator, time_us: Any, centre: Any, place: Any, devices: pa.Array
) -> pa.Table:
    """One row group."""
    n = len(place)
    position = centre + rng.uniform(-0.0015, 0.0015, (n, 2))
    is_blank = rng.random(n) < 0.03
    level = np.round(rng.normal(-100, 12, n)).clip(-140, -44).astype(np.float32)
    operator = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    no = pa.array(np.zeros(n, dtype=bool))
    yes = pa.array(np.ones(n, dtype=bool))
    unknown = pa.nulls(n, pa.float32())
    return pa.table(
        {
            "time": pa.array(time_us).cast(pa.timestamp("us", tz="UTC")),
            "latitude_deg": position[:, 0],
            "longitude_deg": position[:, 1],
            "gps_accuracy_m": pa.array(rng.choice([3, 5, 8, 12], n).astype(np.float32)),
            "device_id": devices.take(pa.array(rng.integers(0, N_DEVICES, n))),
            "operator": pa.array(["Telkomsel", "IOH", "XL Axiata", "Smartfren"]).take(
                pa.array(operator)
            ),
            "rat": pa.array(["LTE", "UMTS", "GSM"]).take(
                pa.array(rng.choice(3, n, p=[0.7, 0.2, 0.1]))
            ),
            "cell_identity": pa.array((place * 4 + operator).astype(np.int64)),
            "is_serving": yes,
            "service_state": pa.array(["in_service", "no_service"]).take(
                pa.array(is_blank.astype(np.int64))
            ),
            "signal_dbm": pa.array(level, mask=is_blank),
            "quality_db": unknown,
            "sinr_db": unknown,
            "uplink_kbps": unknown,
            "is_route_value": yes,
            "dq_roaming": no,
            "dq_frozen_gps": no,
            "dq_stale": no,
            "dq_coarse_position": no,
        }
    )


def batches_of(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Batches row group by row group: reading across them keeps the whole file in memory."""
    text = ["device_id", "operator", "rat", "service_state"]
    file = pq.ParquetFile(path, read_dictionary=text, buffer_size=1 << 16)
    for group in range(file.num_row_groups):
        yield from file.iter_batches(
            batch_size=1 << 18, columns=columns, row_groups=[group], use_threads=False
        )


def run_scan(source: Path, target: Path) -> None:
    """The floor: read the columns, do nothing."""
    from coverage.cells.selection import CountParams, columns_of

    n_rows = sum(batch.num_rows for batch in batches_of(source, columns_of(CountParams())))
    pq.write_table(pa.table({"n_rows": [n_rows]}), target)


def run_blankspot(source: Path, target: Path) -> None:
    """The engine of ``coverage.cells``."""
    from coverage.cells.accumulator import Accumulator
    from coverage.cells.evidence import EvidenceParams
    from coverage.cells.histogram import cells_of
    from coverage.cells.runs import SpillParams
    from coverage.cells.selection import CountParams, columns_of
    from coverage.tables import schema_of

    spill = SpillParams(memory_mb=50, directory=target.parent)
    accumulator = Accumulator(CountParams(), spill)
    for batch in batches_of(source, columns_of(accumulator.params)):
        accumulator.add(batch)
    with pq.ParquetWriter(target, schema_of("cells"), compression="zstd") as writer:
        for cells in cells_of(accumulator, EvidenceParams(weak_dbm=WEAK_DBM)):
            writer.write_table(cells)
    accumulator.close()


def _duckdb(source: Path, target: Path) -> Any:
    """Connection with the H3 function and a view of the readings that count."""
    duckdb: Any = import_module("duckdb")
    h3ronpy: Any = import_module("h3ronpy.vector")

    def cell(latitude: pa.Array, longitude: pa.Array) -> pa.Array:
        return pa.array(h3ronpy.coordinates_to_cells(latitude, longitude, 9))

    connection = duckdb.connect(config={"threads": 1, "temp_directory": str(target.parent)})
    connection.create_function("cell", cell, ["DOUBLE", "DOUBLE"], "UBIGINT", type="arrow")
    connection.execute(f"""
        create view r as select cell(latitude_deg, longitude_deg) as h3_cell, operator, rat,
            case when service_state = 'no_service' then {NO_SERVICE_BIN}
                 else floor(signal_dbm + 0.5) end::smallint as bin,
            device_id, "time", "time"::date as day
        from '{source}'
        where is_route_value and coalesce(is_serving, true) and not dq_frozen_gps and not dq_stale
            and not dq_coarse_position and coalesce(gps_accuracy_m, 0) <= 50
            and (signal_dbm is not null or service_state = 'no_service')""")
    connection.execute("set timezone = 'UTC'")
    return connection


def _write_duckdb(connection: Any, query: str, target: Path) -> None:
    connection.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd)")


_LEVELS: Final = ", ".join(
    f"nullif({name}, {NO_SERVICE_BIN})::float as signal_{name}_dbm"
    for name in ("p10", "p50", "p90")
)


def run_duckdb(source: Path, target: Path) -> None:
    """DuckDB, quantiles by the same rule from a histogram, distinct counts beside it."""
    ranks = ", ".join(
        f"min(bin) filter (ends > (total - 1) * {q} // 10) as p{q}0" for q in (1, 5, 9)
    )
    connection = _duckdb(source, target)
    _write_duckdb(
        connection,
        f"""
        with h as materialized (
            select h3_cell, operator, rat, bin, count(*) as n,
                min("time") as first_time, max("time") as last_time
            from r group by all),
        w as (
            select *, sum(n) over g as total,
                sum(n) over (g order by bin rows unbounded preceding) as ends
            from h window g as (partition by h3_cell, operator, rat)),
        s as (
            select h3_cell, operator, rat, sum(n)::bigint as n_readings,
                coalesce(sum(n) filter (bin = {NO_SERVICE_BIN}), 0)::bigint as n_no_service,
                coalesce(sum(n) filter (bin < {WEAK_DBM}), 0) as n_weak, {ranks},
                min(first_time) as first_time, max(last_time) as last_time
            from w group by all),
        d as (
            select h3_cell, operator, rat, count(distinct device_id) as n_devices,
                count(distinct day) as n_days
            from r group by all)
        select h3_cell, operator, rat, n_readings, n_devices, n_days, n_no_service, {_LEVELS},
            n_weak / n_readings as weak_share, first_time, last_time
        from s join d using (h3_cell, operator, rat)""",
        target,
    )


def run_duckdb_direct(source: Path, target: Path) -> None:
    """DuckDB in one pass; its discrete quantile has another rule (rank ceil(n q) - 1)."""
    connection = _duckdb(source, target)
    quantiles = ", ".join(f"quantile_disc(bin, 0.{q}) as p{q}0" for q in (1, 5, 9))
    _write_duckdb(
        connection,
        f"""
        with s as (
            select h3_cell, operator, rat, count(*) as n_readings,
                count(distinct device_id) as n_devices, count(distinct day) as n_days,
                count(*) filter (bin = {NO_SERVICE_BIN}) as n_no_service,
                count(*) filter (bin < {WEAK_DBM}) as n_weak, {quantiles},
                min("time") as first_time, max("time") as last_time
            from r group by all)
        select h3_cell, operator, rat, n_readings, n_devices, n_days, n_no_service, {_LEVELS},
            n_weak / n_readings as weak_share, first_time, last_time
        from s""",
        target,
    )


def run_polars(source: Path, target: Path) -> None:
    """Polars with polars-h3, streaming."""
    pl: Any = import_module("polars")
    plh3: Any = import_module("polars_h3")

    is_blank = pl.col("service_state") == "no_service"
    level = pl.col("signal_dbm")
    value = pl.when(is_blank).then(NO_SERVICE_BIN).otherwise((level + 0.5).floor()).cast(pl.Int16)
    flags = pl.any_horizontal("dq_frozen_gps", "dq_stale", "dq_coarse_position")
    quantiles = [
        pl.col("bin").quantile(q / 10, "lower").alias(f"signal_p{q}0_dbm") for q in (1, 5, 9)
    ]
    cells = (
        pl.scan_parquet(source)
        .filter(
            pl.col("is_route_value"), pl.col("is_serving").fill_null(value=True), ~flags,
            pl.col("gps_accuracy_m").fill_null(0) <= 50, level.is_not_null() | is_blank,
        )
        .with_columns(
            plh3.latlng_to_cell("latitude_deg", "longitude_deg", 9, return_dtype=pl.UInt64).alias(
                "h3_cell"
            ),
            value.alias("bin"), pl.col("time").dt.date().alias("day"),
        )
        .group_by(KEY)
        .agg(
            pl.len().alias("n_readings"), pl.col("device_id").n_unique().alias("n_devices"),
            pl.col("day").n_unique().alias("n_days"),
            (pl.col("bin") == NO_SERVICE_BIN).sum().alias("n_no_service"), *quantiles,
            (pl.col("bin") < WEAK_DBM).mean().alias("weak_share"),
            pl.col("time").min().alias("first_time"), pl.col("time").max().alias("last_time"),
        )
        .with_columns(pl.col("^signal_p.*$").replace(NO_SERVICE_BIN, None))
    )  # fmt: skip
    cells.sink_parquet(target, compression="zstd", engine="streaming")


RUNNERS: Final = {
    "scan": run_scan,
    "blankspot": run_blankspot,
    "duckdb": run_duckdb,
    "duckdb-direct": run_duckdb_direct,
    "polars": run_polars,
}


def measure(engine: str, python: str, source: Path, target: Path) -> Result:
    """Run one engine in a process of its own."""
    command = [
        python,
        __file__,
        "--engine",
        engine,
        "--input",
        str(source),
        "--output",
        str(target),
    ]
    single = dict.fromkeys(("OMP_NUM_THREADS", "POLARS_MAX_THREADS", "ARROW_NUM_THREADS"), "1")
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **single})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{engine} failed with exit code {process.returncode}.")
    return Result(
        engine=engine, cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.perf_counter() - start, peak_mb=usage.ru_maxrss / 1024,
    )  # fmt: skip


def has_peers(python: str) -> bool:
    """Whether the other environment has the peers."""
    modules = "import duckdb, polars, polars_h3, h3ronpy.vector"
    return subprocess.run([python, "-c", modules], capture_output=True, check=False).returncode == 0


def _sorted(path: Path) -> pa.Table:
    """The compared columns, sorted by key."""
    table = pq.read_table(path, columns=COMPARED)
    return table.sort_by([(name, "ascending") for name in KEY])


def differences(ours: pa.Table, theirs: pa.Table, has_other_rule: bool) -> list[str]:
    """Columns that differ, with the number of rows; quantiles only where the rules agree."""
    if ours.num_rows != theirs.num_rows:
        return [f"{ours.num_rows} rows against {theirs.num_rows}"]
    n = ours.column("n_readings").to_numpy()
    found = []
    for name in COMPARED:
        a, b = ours.column(name), theirs.column(name).cast(ours.column(name).type)
        x, y = (c.fill_null(NO_SERVICE_BIN) if name.startswith("signal_") else c for c in (a, b))
        differ = x.to_numpy() != y.to_numpy()
        if name == "weak_share":
            differ = np.abs(x.to_numpy() - y.to_numpy()) > 1e-6  # stored as float32
        if has_other_rule and name.startswith("signal_"):
            tenths = int(name[len("signal_p")])
            differ &= -(-n * tenths // 10) - 1 == (n - 1) * tenths // 10
        if differ.any():
            found.append(f"{name} in {int(differ.sum())} rows")
    return found


def report(results: list[Result], n_rows: int) -> None:
    """Print figures and ratios beside the targets."""
    print(f"\n{'engine':<15}{'CPU s':>8}{'us/row':>8}{'wall s':>8}{'peak MB':>9}{'CPU ratio':>11}")
    ours = next(r for r in results if r.engine == "blankspot")
    for r in results:
        print(
            f"{r.engine:<15}{r.cpu_s:>8.2f}{r.cpu_s / n_rows * 1e6:>8.3f}{r.wall_s:>8.2f}"
            f"{r.peak_mb:>9.0f}{r.cpu_s / ours.cpu_s:>11.2f}"
        )
    peers = [r.cpu_s for r in results if r.engine not in {"scan", "blankspot"}]
    if peers:
        ratio = ours.cpu_s / min(peers)
        print(f"against the best peer: {ratio:.3f} x its CPU (target <= {TARGET_RATIO})")
    print(
        f"blankspot: {ours.cpu_s / n_rows * 1e6:.3f} CPU-us a row (target <= {TARGET_US}), "
        f"{ours.peak_mb:.0f} MB (target <= {TARGET_MB:.0f} at {TARGET_ROWS:,} rows)"
    )


def arguments() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=TARGET_ROWS)
    parser.add_argument("--peer-python", default=sys.executable, help="python that has the peers")
    parser.add_argument(
        "--folder", type=Path, help="where the data is kept; default a temporary one"
    )
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--input", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main(options: argparse.Namespace, folder: Path) -> None:
    """Make the data, run every engine, compare, report."""
    source = folder / f"readings_{options.rows}.parquet"
    if not source.exists():
        write_readings(source, options.rows)
    engines = [e for e in ENGINES if e in {"scan", "blankspot", *options.engines}]
    if not has_peers(options.peer_python):
        engines = ["scan", "blankspot"]
        print(f"{options.peer_python} lacks duckdb, polars, polars-h3 or h3ronpy: no peers.")
    results = []
    for engine in engines:
        python = sys.executable if engine in {"scan", "blankspot"} else options.peer_python
        results.append(measure(engine, python, source, folder / f"{engine}.parquet"))
        print(f"{engine}: done", flush=True)
    ours = _sorted(folder / "blankspot.parquet")
    for engine in engines:
        if engine not in {"scan", "blankspot"}:
            theirs = _sorted(folder / f"{engine}.parquet")
            found = differences(ours, theirs, has_other_rule=engine == "duckdb-direct")
            print(f"{engine}: {'equal' if not found else 'DIFFERS: ' + ', '.join(found)}")
    report(results, options.rows)


if __name__ == "__main__":
    OPTIONS = arguments()
    if OPTIONS.engine:
        RUNNERS[OPTIONS.engine](OPTIONS.input, OPTIONS.output)
    elif OPTIONS.folder:
        main(OPTIONS, OPTIONS.folder)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(OPTIONS, Path(temporary))
