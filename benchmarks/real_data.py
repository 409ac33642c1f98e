"""The ordinary command on real files: what was taken, and how well held-out places are predicted.

Each survey is laid out in a work folder and run twice by ``blankspot run``: once on the whole
files (rows, rejects, cells, block cross-validation), once on files from which whole H3 cells were
cut out, with a site list at those places, so that prediction and measurement can be compared.

    python benchmarks/real_data.py [SHARED_DATA] [WORK] [SURVEY ...]
"""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from coverage.hexgrid import cells_of, to_text

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "tests" / "real"
HOLD_OUT_RESOLUTION = 9
HOLD_OUT_SHARE = 0.2
MIN_READINGS = 5
SEED = 2024


@dataclass(frozen=True)
class Survey:
    """Where a survey's files lie, and where the position stands in a row."""

    files: str
    separator: str
    latitude: int
    longitude: int


SURVEYS = {
    "ucc": Survey("readings/ucc5g/*.zip", ",", 2, 1),
    "dakar": Survey("readings/gnettrack_dakar/*.txt", "\t", 2, 1),
    "ottawa": Survey("readings/opencellid_walksignal_ottawa/*.csv", ",", 4, 5),
    "dortmund": Survey("readings/dortmund_multi_mno/*.csv", ",", 2, 1),
}


def main() -> None:
    """Run the surveys named, or all."""
    arguments = sys.argv[1:]
    shared = Path(arguments[0]) if arguments else ROOT.parent / "shared" / "data"
    work = Path(arguments[1]) if len(arguments) > 1 else ROOT / "data" / "processed" / "real"
    for name in arguments[2:] or [*SURVEYS, "indonesia"]:
        print(f"\n## {name}")
        if name == "indonesia":
            whole = lay_out_indonesia(shared, work / name)
            run(whole)
            report_whole(whole)
            continue
        survey = SURVEYS[name]
        whole = lay_out(name, work / name / "whole", shared, survey, lambda _cell: True)
        held = held_out_cells(whole, survey)
        write_sites(whole, held)
        run(whole)
        report_whole(whole)
        cut = held["cells"]
        part = lay_out(
            name, work / name / "held_out", shared, survey, lambda c, cut=cut: c not in cut
        )
        write_sites(part, held)
        run(part)
        report_held_out(whole, part, held)


def lay_out(
    name: str, folder: Path, shared: Path, survey: Survey, keep: Callable[[int], bool]
) -> Path:
    """Copy a survey's config and files, leaving out rows in cells that are not kept."""
    shutil.rmtree(folder, ignore_errors=True)
    readings = folder / "raw" / "readings"
    readings.mkdir(parents=True)
    shutil.copy(CONFIGS / f"{name}.toml", folder / "survey.toml")
    shutil.copy(CONFIGS / "operators.toml", folder)
    for path in sorted(shared.glob(survey.files)):
        if path.suffix == ".zip":
            filter_zip(path, readings / path.name, survey, keep)
        else:
            (readings / path.name).write_bytes(filtered(path.read_bytes(), survey, keep))
    return folder


def filter_zip(source: Path, target: Path, survey: Survey, keep: Callable[[int], bool]) -> None:
    """Filter every member of an archive."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            is_log = member.filename.endswith(".csv") and "__MACOSX" not in member.filename
            new.writestr(member, filtered(content, survey, keep) if is_log else content)


def filtered(content: bytes, survey: Survey, keep: Callable[[int], bool]) -> bytes:
    """The file without the rows that lie in cells not kept; rows without a position stay."""
    lines = content.splitlines(keepends=True)
    places = [position(line, survey) for line in lines]
    cells = cells_of([p[0] for p in places], [p[1] for p in places], HOLD_OUT_RESOLUTION)
    kept = [
        line for line, cell in zip(lines, cells.tolist(), strict=True) if not cell or keep(cell)
    ]
    return b"".join(kept)


def position(line: bytes, survey: Survey) -> tuple[float, float]:
    """Latitude and longitude of a row, NaN where it has none (as the header)."""
    fields = line.decode("utf-8", "replace").split(survey.separator)
    try:
        return float(fields[survey.latitude]), float(fields[survey.longitude])
    except (ValueError, IndexError):
        return np.nan, np.nan


def held_out_cells(folder: Path, survey: Survey) -> dict:
    """A random fifth of the cells with readings, and the middle of the readings in each."""
    places = []
    for path in sorted((folder / "raw" / "readings").iterdir()):
        for content in contents(path):
            places += [position(line, survey) for line in content.splitlines()]
    frame = pd.DataFrame(places, columns=["latitude_deg", "longitude_deg"]).dropna()
    frame = frame[(frame != 0).all(axis=1)]
    frame["cell"] = cells_of(frame["latitude_deg"], frame["longitude_deg"], HOLD_OUT_RESOLUTION)
    middle = frame.groupby("cell").agg(
        latitude_deg=("latitude_deg", "median"), longitude_deg=("longitude_deg", "median"),
        n=("cell", "size"),
    )  # fmt: skip
    middle = middle[middle["n"] >= MIN_READINGS]
    rng = np.random.default_rng(SEED)
    n_held = max(round(HOLD_OUT_SHARE * len(middle)), 1)
    chosen = middle.iloc[np.sort(rng.choice(len(middle), n_held, replace=False))]
    return {"cells": set(chosen.index.tolist()), "places": chosen}


def contents(path: Path) -> list[bytes]:
    """A file, or the logs in an archive."""
    if path.suffix != ".zip":
        return [path.read_bytes()]
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        names = [n for n in archive.namelist() if n.endswith(".csv") and "__MACOSX" not in n]
        return [archive.read(name) for name in names]


def write_sites(folder: Path, held: dict) -> None:
    """One TPS in the open at each held-out place."""
    places = held["places"]
    sites = pd.DataFrame(
        {
            "tps_code": [f"9999012001{i + 1:03d}" for i in range(len(places))],
            "tps_name": to_text(places.index.to_numpy(dtype=np.uint64)),
            "latitude": places["latitude_deg"].to_numpy(),
            "longitude": places["longitude_deg"].to_numpy(),
            "building": "tent",
            "dpt": 250,
        }
    )
    (folder / "raw" / "sites").mkdir(exist_ok=True)
    sites.to_csv(folder / "raw" / "sites" / "sites.csv", index=False)


def lay_out_indonesia(shared: Path, folder: Path) -> Path:
    """Real tower list and villages, synthetic readings, one TPS a village without coordinates."""
    from coverage.synthetic import WorldParams, build_world
    from coverage.synthetic_files import write_raw

    shutil.rmtree(folder, ignore_errors=True)
    raw = folder / "raw"
    write_raw(build_world(WorldParams()), raw)
    for made in ("towers", "sites", "layers"):
        shutil.rmtree(raw / made)
        (raw / made).mkdir()
    shutil.copy(CONFIGS / "indonesia.toml", folder / "survey.toml")
    shutil.copy(shared / "towers" / "opencellid_510.csv", raw / "towers")
    shutil.copy(shared / "banten" / "villages.parquet", raw / "layers")
    villages = pq.read_table(
        shared / "banten" / "villages.parquet", columns=["village_code", "village"]
    ).to_pandas()
    villages["kode_tps"] = villages["village_code"] + ".001"
    villages.drop(columns="village_code").to_csv(raw / "sites" / "tps.csv", index=False)
    return folder


def run(folder: Path) -> None:
    """The ordinary command."""
    command = [sys.executable, "-m", "pipelines.cli", "run", str(folder / "survey.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{folder}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")


def report_whole(folder: Path) -> None:
    """Rows, rejects, cells and block cross-validation."""
    manifest = json.loads((folder / "processed" / "manifest.json").read_text())
    ingest, cells = manifest["stages"]["ingest"], manifest["stages"]["aggregate"]
    predict = manifest["stages"]["predict"]
    print(f"rows {ingest['rows_in']['rows']:,}, taken {ingest['rows_out']['readings']:,}, "
          f"rejected {ingest['rejected']}")  # fmt: skip
    print(f"counted {cells['details']['readings']}, cells {cells['rows_out']['cells']:,}, "
          f"samples {predict['rows_out']['samples']:,}")  # fmt: skip
    seconds = {stage: record["seconds"] for stage, record in manifest["stages"].items()}
    print(f"seconds {seconds}")
    card = json.loads((folder / "processed" / "model" / "card.json").read_text())
    print_scores("blocked", card)
    for warning in card["warnings"]:
        print(f"warning: {warning}")


def print_scores(split: str, card: dict) -> None:
    """Scores of one split of a card."""
    print_split(split, card["splits"][split])


def print_split(split: str, judged: dict) -> None:
    """Errors of the model and its rivals, ours less theirs with 95 % intervals, our coverage."""
    print(f"{split}: {judged['n_judged']:,} samples judged, base rate {judged['base_rate']}")
    paired = {row["rival"]: row for row in judged["paired"]}
    for row in judged["methods"]:
        line = (
            f"  {row['method']:<24} RMSE {estimate(row['rmse_db'], 2)} dB   "
            f"AP {estimate(row['average_precision'], 3)}"
        )
        if row["method"] in paired:
            ours = paired[row["method"]]
            line += (
                f"   ours less this {estimate(ours['rmse_difference_db'], 2, '+')} dB "
                f"({ours['rmse_verdict']}), AP {estimate(ours['ap_difference'], 3, '+')} "
                f"({ours['ap_verdict']})"
            )
        print(line)
    for row in judged["intervals"]:
        if row["n"]:
            print(f"  interval {row['distance']:<10} n {row['n']:>6} "
                  f"coverage {row['coverage']:.3f} width {row['width_db']:.1f} dB "
                  f"RMSE {row['rmse_db']:.2f} dB")  # fmt: skip


def estimate(found: dict, decimals: int, sign: str = "") -> str:
    """A value with its interval; a dash for what is not known."""
    value, low, high = (
        "-" if found[end] is None else f"{found[end]:{sign}.{decimals}f}"
        for end in ("value", "low", "high")
    )
    return f"{value} [{low}, {high}]"


def report_held_out(whole: Path, part: Path, held: dict) -> None:
    """Prediction against measurement at the held-out places."""
    measured = pq.read_table(whole / "processed" / "cells.parquet").to_pandas()
    measured = measured[measured["rat"].isin(["LTE", "NR"])]
    measured = measured[measured["h3_cell"].isin(held["cells"])]
    sites = pq.read_table(part / "processed" / "site_signal.parquet").to_pandas()
    both = sites.merge(measured, on=["h3_cell", "operator"], how="inner")
    both = both[both["signal_p50_dbm"].notna()]
    error = both["rsrp_p50_dbm"] - both["signal_p50_dbm"]
    inside = both["signal_p50_dbm"].between(both["rsrp_p05_dbm"], both["rsrp_p95_dbm"])
    print(f"held out: {len(both)} site x operator, RMSE {np.sqrt((error**2).mean()):.2f} dB, "
          f"bias {error.mean():+.2f} dB, median in the 90 % interval {inside.mean():.2f}, "
          f"applicable {both['is_applicable'].mean():.2f}")  # fmt: skip


if __name__ == "__main__":
    pa.set_cpu_count(2)
    main()
