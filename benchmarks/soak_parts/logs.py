"""Crowd logs by the thousand and the survey they lie in, for the benchmark and its test."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

BOX: Final = (-7.0, 105.2, -5.9, 106.7)
"""South, west, north, east of where the phones walk. [deg]"""
START_MS: Final = 1_698_816_245_507
HOUR_MS: Final = 3_600_000
CONFIG: Final = """
[survey]
name = "soak"
election_date = 2024-02-14
[paths]
raw = "raw"
processed = "processed"
[engine]
workers = {workers}
memory_mb = {memory_mb}
"""


def write_log(path: Path, number: int, n_rows: int) -> None:
    """A crowd log whose rows no other log holds: one phone that walks about, a reading in 5 s."""
    rng = np.random.default_rng(number)
    steps = rng.normal(0.0, 3e-4, (2, n_rows)).cumsum(axis=1)
    south, west, north, east = BOX
    latitude = south + np.abs((rng.uniform(0, 1) + steps[0]) % 2.0 - 1.0) * (north - south)
    longitude = west + np.abs((rng.uniform(0, 1) + steps[1]) % 2.0 - 1.0) * (east - west)
    whole = {
        "mcc": 510, "mnc": 10, "lac": 1004, "cellid": 112_788_737 + number % 500,
    }  # fmt: skip
    table = pa.table(
        {
            **{name: np.full(n_rows, value) for name, value in whole.items()},
            "lat": latitude.round(7),
            "lon": longitude.round(7),
            "signal": rng.integers(-118, -70, n_rows),
            "measured_at": START_MS + number * HOUR_MS + 5000 * np.arange(n_rows),
            "rating": rng.uniform(3.0, 12.0, n_rows).round(2),
            "speed": rng.uniform(0.0, 14.0, n_rows).round(2),
            "direction": rng.uniform(0.0, 360.0, n_rows).round(2),
            "act": pa.array(["LTE"] * n_rows),
            **{name: pa.nulls(n_rows, pa.string()) for name in ("ta", "psc")},
            "tac": np.full(n_rows, 1004),
            "pci": np.full(n_rows, number % 504),
            **{name: pa.nulls(n_rows, pa.string()) for name in ("sid", "nid", "bid")},
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write((",".join(table.column_names) + "\n").encode())
        pa_csv.write_csv(
            table, stream, pa_csv.WriteOptions(include_header=False, quoting_style="none")
        )


def log_of(folder: Path, number: int) -> Path:
    """Where one log lies: each phone has a folder."""
    return folder / "raw" / "readings" / f"phone_{number % 40}" / f"log_{number}.csv"
