"""The aggregate stage on Dask with two local workers against our own local run, in one go.

Every engine counts the same readings, in parts as ingest leaves them, into a processed folder of
its own and in a process of its own. It is charged the CPU time (user + system) of that process and
all its children, start-up of interpreters and cluster included; the peak is that of the largest
process. All tables are compared byte by byte before any ratio is printed. Then one more part
arrives and every engine runs again.

    python benchmarks/dask_engine.py --rows 20000000 --parts 16

Needs the extra ``dask``. The data is that of ``cells.py``: 200,000 places in 300 towns, 4 operators
x 3 RATs, 10,000 devices on 90 days, 3 % without service; each part is a stretch of days.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from cells import write_readings

from coverage.tables import schema_of
from pipelines.store import Store, content_hash, write_json

TARGET_RATIO: Final = 1.8
BASE: Final = "local 1"
RUNS: Final = {
    BASE: ("local", 1),
    "local 2": ("local", 2),
    "processes 2": ("processes", 2),
    "dask 2": ("dask", 2),
}
GROUP_ROWS: Final = 1 << 18


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one run used."""

    name: str
    cpu_s: float
    wall_s: float
    peak_mb: float


def write_parts(folder: Path, n_rows: int, n_parts: int) -> None:
    """Write readings in parts that hold to the contract, columns that are not counted empty."""
    whole = folder / "whole.parquet"
    write_readings(whole, n_rows)
    file = pq.ParquetFile(whole)
    schema = schema_of("readings")
    limit = -(-n_rows // n_parts)
    (folder / "readings").mkdir()
    batches = file.iter_batches(GROUP_ROWS)
    for part in range(n_parts):
        n_left = limit
        with pq.ParquetWriter(folder / "readings" / f"{part:016x}.parquet", schema) as writer:
            while n_left > 0 and (batch := next(batches, None)) is not None:
                writer.write_table(_filled(batch, schema))
                n_left -= batch.num_rows
    whole.unlink()


def _filled(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """The batch with every column of the contract."""
    fillers = {pa.bool_(): False, pa.string(): "made_up", pa.float32(): 1.0, pa.int64(): 1}
    arrays = []
    for field in schema:
        if field.name in batch.schema.names:
            arrays.append(batch.column(field.name).cast(field.type))
        elif field.nullable:
            arrays.append(pa.nulls(batch.num_rows, field.type))
        else:
            filler = pa.scalar(fillers[field.type], field.type)
            arrays.append(pa.repeat(filler, batch.num_rows))
    return pa.Table.from_arrays(arrays, schema=schema)


def add_parts(source: Path, root: Path, parts: list[Path]) -> None:
    """Let a survey have these parts, as ingest would have left them."""
    (root / "readings").mkdir(parents=True, exist_ok=True)
    for part in parts:
        os.link(source / "readings" / part.name, root / "readings" / part.name)
        n_rows = pq.read_metadata(part).num_rows
        record = {"file": part.name, "settings": "", "taken": n_rows}
        write_json(root / "ingest" / f"{part.stem}.json", record)


def run_stage_here(root: Path, kind: str, workers: int) -> None:
    """Run the stage on one engine, in this process.

    Imported here, since worker processes import this file too.
    """
    from pipelines.aggregate import aggregate
    from pipelines.config import Config
    from pipelines.engine import started

    config = Config.model_validate(
        {
            "file": root / "survey.toml",
            "survey": {"name": "benchmark", "election_date": date(2024, 2, 14)},
            "paths": {"raw": ".", "processed": "."},
            "engine": {"kind": kind, "workers": workers, "memory_mb": 400},
        }
    )
    store = Store(root)
    ingested = {"fingerprint": "", "stands_on": {}, "outputs": {}}
    write_json(store.manifest_path, {"stages": {"ingest": ingested}})
    with started(config.engine, root) as engine:
        aggregate(config, store, lambda _text, _share: None, engine)


def measure(name: str, root: Path) -> Result:
    """Run the stage in a process of its own."""
    command = [sys.executable, __file__, "--run", name, "--folder", str(root)]
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{name} failed with exit code {process.returncode}.")
    return Result(
        name=name, cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.perf_counter() - start, peak_mb=usage.ru_maxrss / 1024,
    )  # fmt: skip


def hashes(root: Path) -> dict[str, str]:
    """Content hash of every table of counts and cells."""
    paths = [p for p in root.rglob("cell*.parquet") if p.parent == root]
    paths += list(root.glob("cell_*/*.parquet"))
    return {path.relative_to(root).as_posix(): content_hash(path) for path in paths}


def compare(title: str, results: list[Result], roots: dict[str, Path], n_rows: int) -> None:
    """Print whether the tables are equal, and what they cost."""
    base = hashes(roots[BASE])
    print(f"\n{title}\n{'engine':<13}{'CPU s':>8}{'us/row':>8}{'wall s':>8}{'MB':>7}{'ratio':>7}")
    reference = next(r for r in results if r.name == BASE)
    for r in results:
        own = hashes(roots[r.name])
        differing = sorted(k for k in base.keys() | own.keys() if base.get(k) != own.get(k))
        verdict = f"{len(own)} tables equal" if not differing else f"DIFFERS: {differing[:3]}"
        print(
            f"{r.name:<13}{r.cpu_s:>8.2f}{r.cpu_s / n_rows * 1e6:>8.3f}{r.wall_s:>8.2f}"
            f"{r.peak_mb:>7.0f}{r.cpu_s / reference.cpu_s:>7.2f}  {verdict}"
        )


def main(options: argparse.Namespace, folder: Path) -> None:
    """Make the data, run every engine twice, compare, report."""
    making = [sys.executable, __file__, "--make", "--rows", str(options.rows)]
    subprocess.run([*making, "--parts", str(options.parts), "--folder", str(folder)], check=True)
    parts = sorted((folder / "readings").iterdir())
    roots = {name: folder / name.replace(" ", "-") for name in options.engines}
    for title, batch in (("all parts but one, from nothing", parts[:-1]),
                         ("one more part", parts[-1:])):  # fmt: skip
        results = []
        n_rows = sum(pq.read_metadata(part).num_rows for part in batch)
        for name in options.engines:
            add_parts(folder, roots[name], batch)
            results.append(measure(name, roots[name]))
            print(f"{name}: done", flush=True)
        compare(title, results, roots, n_rows)
        dask = next((r for r in results if r.name == "dask 2"), None)
        if dask is not None:
            ratio = dask.cpu_s / results[0].cpu_s
            print(f"dask against {BASE}: {ratio:.2f} x its CPU (target <= {TARGET_RATIO})")
    n_bytes = sum(p.stat().st_size for p in roots[BASE].glob("cell*.parquet"))
    n_part_bytes = sum(p.stat().st_size for p in roots[BASE].glob("cell_*/*.parquet"))
    print(
        f"\ntables of the survey {n_bytes / 1e6:.0f} MB, of its parts {n_part_bytes / 1e6:.0f} MB"
    )
    for path in sorted(roots[BASE].glob("cell*.parquet")):
        metadata = pq.read_metadata(path)
        print(
            f"  {path.stem:<14}{metadata.num_rows:>12,} rows {path.stat().st_size / 1e6:>8.1f} MB"
        )


def arguments() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--engines", nargs="*", default=list(RUNS), choices=list(RUNS))
    parser.add_argument("--folder", type=Path, help="where to work; default a temporary one")
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--run", choices=list(RUNS), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    OPTIONS = arguments()
    if OPTIONS.run:
        run_stage_here(OPTIONS.folder, *RUNS[OPTIONS.run])
    elif OPTIONS.make:  # in a process of its own, whose peak would else count as that of the runs
        write_parts(OPTIONS.folder, OPTIONS.rows, OPTIONS.parts)
    else:
        with tempfile.TemporaryDirectory(dir=OPTIONS.folder) as temporary:
            main(OPTIONS, Path(temporary))
