"""Real surveys, whole drives left out: what one visit says of the next, beside every rival.

Dortmund, two operators: campus, highway, suburb and town are left out in turn, scores are stacked
over the four, and the differences are paired over H3 blocks. Once without any list of cells, once
with the positions of the serving cells that the published files name: of all files, as a list
would, and no level among it. The level is then measured nowhere near the places asked about.

UCC and Ottawa, one operator each: whole days left out, a fifth of them at a time. Most places lie
beside those of other days.

    python benchmarks/real_transfer.py [SHARED_DATA] [WORK]
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from real_data import ROOT, SURVEYS, lay_out, print_split
from signal_model import NO_OFFSETS

from coverage import tables
from coverage.signal import samples
from coverage.signal.card_rivals import makers
from coverage.signal.model import ModelParams, SignalModel
from coverage.signal.samples import SampleParams
from coverage.signal.scoring import ScoreParams, score
from coverage.signal.splits import GroupKFold
from coverage.signal.validation import hold_out
from pipelines.store import Store

FILES = "readings/dortmund_multi_mno/*.csv"
SCENARIOS = ("campus", "highway", "suburban", "urban")
BRANDS = {"o2": "262-03", "tmobile": "262-01"}  # first word of a file's name, and its network
N_FOLDS = 5
BLOCK_RESOLUTION = 8  # 0.5 km: the surveys are a few kilometres across
JUDGE = ScoreParams(
    weak_dbm=-110.0, interval=0.9, block_resolution=BLOCK_RESOLUTION, n_draws=200, seed=2024
)


def main() -> None:
    """All runs."""
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    work = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "data" / "processed" / "real"
    rows = samples_of(ingested(shared, work / "dortmund_transfer"))
    for title, listed in (
        ("without a list of cells", None),
        ("with the cells' positions", named_cells(shared, rows)),
    ):
        print(f"\n## Dortmund, the fourth scenario from the other three, {title}")
        print_split("scenario", judged(rows, listed, "scenario", len(SCENARIOS)))
    for name in ("ucc", "ottawa"):
        readings = ingested(shared, work / f"{name}_days", name)
        rows = samples.checked(samples.from_readings(readings, NO_OFFSETS, SampleParams()))
        print(f"\n## {name}, {rows['day'].nunique()} days, a fifth of them left out in turn")
        print_split("days", judged(rows.assign(day=rows["day"].astype(str)), None, "day", N_FOLDS))


def judged(
    rows: pd.DataFrame, listed: pd.DataFrame | None, column: str, n_folds: int
) -> dict[str, Any]:
    """Scores with whole groups of a column left out in turn."""
    rivals = makers(40, JUDGE.seed, 1)
    split = GroupKFold(column, n_folds)
    held = hold_out(rows, listed, split, lambda: SignalModel(ModelParams()), rivals)
    return score(rows, held, JUDGE)


def ingested(shared: Path, folder: Path, name: str = "dortmund") -> pa.Table:
    """Readings of all files of a survey by the ordinary command."""
    lay_out(name, folder, shared, SURVEYS[name], lambda _cell: True)
    command = [sys.executable, "-m", "pipelines.cli", "ingest", str(folder / "survey.toml")]
    subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    store = Store(folder / "processed")
    return pa.concat_tables([store.read("readings", part) for part in store.parts("readings")])


def samples_of(readings: pa.Table) -> pd.DataFrame:
    """Samples of each scenario, so that none is made of two."""
    parts = []
    for scenario in SCENARIOS:
        mine = pc.match_substring(readings.column("source_file"), f"_{scenario}")
        made = samples.from_readings(readings.filter(mine), NO_OFFSETS, SampleParams())
        parts.append(made.assign(scenario=scenario))
    return samples.checked(pd.concat(parts, ignore_index=True))


def named_cells(shared: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """A list of the places where the files say the serving cells stand."""
    operator_of = rows.dropna(subset=["plmn"]).drop_duplicates("plmn").set_index("plmn")["operator"]
    parts = []
    for path in sorted(shared.glob(FILES)):
        plmn = BRANDS[path.name.split("_")[0]]
        found = pd.read_csv(path)[["cellLat", "cellLon"]].set_axis(
            ["latitude_deg", "longitude_deg"], axis=1
        )
        parts.append(found.assign(plmn=plmn, operator=operator_of[plmn]))
    listed = pd.concat(parts).dropna().round(5).drop_duplicates(ignore_index=True)
    listed["cell_identity"] = 256 * (1000 + np.arange(len(listed))) + 1
    listed = listed.assign(rat="LTE", range_m=None, n_samples=None, basis="listed", updated_at=None)
    return tables.to_arrow("towers", listed).to_pandas()


if __name__ == "__main__":
    main()
