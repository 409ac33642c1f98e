"""Reads hostile files one after the other in a process of its own; one JSON line a file.

``python -m tests.hostile.judge_files {short|long} FIRST``: from the case at that place on. The line
"begin" stands before each file, so that whoever reads along knows which one killed the process.
"""

import faulthandler
import io
import json
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage import tables
from coverage.errors import InputError
from coverage.readings.columns import ColumnMap, load_column_map
from coverage.readings.containers import members
from coverage.readings.params import ArchiveLimits, ReadParams
from coverage.readings.proposal import propose
from coverage.readings.read import read_batches
from coverage.readings.throughput import read_tiles
from coverage.signal.towers import TowerParams, read_cell_list
from coverage.sites.register import read_register
from coverage.sites.stations import SiteListParams, read_sites
from pipelines.inputs import InputFile
from pipelines.vectors import LayerRule, read_layer
from tests.hostile.case import ANY, HARMLESS, REFUSED, REJECTED, Case
from tests.hostile.corpus import corpus

SECONDS: Final = 10
BYTES: Final = 1_500_000_000
BANTEN: Final = (-7.1, 105.0, -5.7, 106.8)
FIXTURES: Final = Path(__file__).parents[1] / "data" / "readings"
LIMITS: Final = ArchiveLimits()
OTHERS: Final = ColumnMap(
    name="others", file_name="*others*.parquet", time_format="iso",
    columns={
        "latitude_deg": "lat", "longitude_deg": "lon", "signal_dbm": "rsrp", "time": "when",
        "rat": "net", "device": "device", "mcc": "mcc", "mnc": "mnc",
    },
)  # fmt: skip
PARAMS: Final = ReadParams(
    timezone="Asia/Jakarta", device_key=b"a key of the tests", campaign="test",
    device_group="logs", now=datetime(2026, 1, 1, tzinfo=UTC), operators={"510-10": "Telkomsel"},
    box=BANTEN, date_order="day_first", limits=LIMITS,
    column_maps=(OTHERS, *(
        load_column_map((FIXTURES / name).read_bytes(), name)
        for name in ("dialect.toml", "fcc_bdc.toml")
    )),
)  # fmt: skip


class TooSlow(BaseException):
    """The time for one file is over; no reader may catch it."""


def read_readings(stream: io.BytesIO, name: str) -> int:
    """Rejects of one log; every batch is held to its contract."""
    n_rejects = 0
    for batch in read_batches(stream, name, PARAMS):
        tables.check("readings", batch.readings)
        tables.check("rejects", batch.rejects)
        if batch.n_rows != batch.readings.num_rows + batch.rejects.num_rows:
            raise RuntimeError("rows are lost")
        n_rejects += batch.rejects.num_rows
    return n_rejects


def _contract(name: str, frame: pd.DataFrame) -> None:
    tables.check(name, tables.to_arrow(name, frame))


def read_site_list(stream: io.BytesIO, name: str) -> int:
    """Rejects of one TPS list."""
    sites, rejects = read_sites(stream, name, SiteListParams())
    _contract("sites", sites)
    _contract("rejects", rejects)
    return len(rejects)


def read_towers(stream: io.BytesIO, name: str) -> int:
    """Rejects of one cell list, packed or not."""
    n_rejects = 0
    for member in members(stream, name, LIMITS):
        params = TowerParams(operators=PARAMS.operators)
        towers, rejects = read_cell_list(member.stream, member.name, params)
        _contract("towers", towers)
        _contract("rejects", rejects)
        n_rejects += len(rejects)
    return n_rejects


def read_assets(stream: io.BytesIO, name: str) -> int:
    """A register has no rejects: it is taken as a whole or refused."""
    read_register(stream, name)
    return 0


def read_map(stream: io.BytesIO, name: str) -> int:
    """A layer lies on disk: its library insists on a path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(stream.getvalue())
        rule = LayerRule(columns=("name",), box=BANTEN)
        read_layer(InputFile(path=path, name=name, hash="0", size=1), rule)
    return 0


def read_quarter(stream: io.BytesIO, name: str) -> int:
    """Tiles of speed tests."""
    published = f"{name}/2024-01-01_performance_mobile_tiles.parquet"
    tables.check("throughput_tiles", read_tiles(stream, published, BANTEN))
    return 0


def read_columns(stream: io.BytesIO, name: str) -> int:
    """A column map."""
    load_column_map(stream.getvalue(), name)
    return 0


def read_proposal(stream: io.BytesIO, name: str) -> int:
    """A proposed column map is one."""
    propose(stream, name, LIMITS)
    return 0


DOORS: Final[dict[str, Callable[[io.BytesIO, str], int]]] = {
    "readings": read_readings, "sites": read_site_list, "towers": read_towers,
    "assets": read_assets, "layer": read_map, "tiles": read_quarter, "columns": read_columns,
    "proposal": read_proposal,
}  # fmt: skip


def judged(case: Case) -> dict[str, Any]:
    """How one file ended, and what is wrong with that."""
    content = case.make()
    _forget_peak()
    base = _peak_bytes()
    started = time.perf_counter()
    ended, told = _ended(case, content)
    seconds = time.perf_counter() - started
    peak = _peak_bytes()
    faults = []
    if ended.startswith("raised"):
        faults.append(told)
    if case.ends not in {ANY, ended} and not ended.startswith("raised"):
        faults.append(f"must be {case.ends}, was {ended}: {told[:200]}")
    if ended == REFUSED and not told.isprintable():
        faults.append(f"the error is no printable line: {told[:200]!r}")
    if ended == REFUSED and len(told) > 3_000:
        faults.append(f"the error has {len(told)} letters")
    if seconds > SECONDS:
        faults.append(f"took {seconds:.1f} s")
    if peak > BYTES:
        faults.append(f"took {peak / 1e6:.0f} MB")
    return {"case": case.name, "door": case.door, "ended": ended, "told": told[:300],
            "seconds": round(seconds, 3), "peak_mb": round(peak / 1e6),
            "grown_mb": round((peak - base) / 1e6), "faults": faults}  # fmt: skip


def _ended(case: Case, content: bytes) -> tuple[str, str]:
    """Refused, rejected, harmless, or raised; and what was said."""
    signal.alarm(SECONDS + 2)
    faulthandler.dump_traceback_later(SECONDS + 10, exit=True)  # where no signal gets through
    try:
        n_rejects = DOORS[case.door](io.BytesIO(content), case.name)
    except InputError as error:
        return REFUSED, str(error)
    except (Exception, TooSlow):
        return "raised", traceback.format_exc(limit=-6)
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
    return (REJECTED if n_rejects else HARMLESS), f"{n_rejects} rejects"


def _too_slow(*_: object) -> None:
    raise TooSlow


def _forget_peak() -> None:
    """Begin to measure the peak of this process anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_bytes() -> int:
    """Peak resident memory since then."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def _tell(line: dict[str, Any]) -> None:
    """One line, at once: the next file may be the end of this process."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(form: str, first: int) -> None:
    """Judge all cases of a form from one place on."""
    resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))
    signal.signal(signal.SIGALRM, _too_slow)
    warnings.simplefilter("error")  # what is said of a broken file must not reach a terminal
    cases = [case for case in corpus() if form == "long" or not case.is_long]
    _tell({"n": len(cases)})
    for place, case in enumerate(cases):
        if place >= first:
            _tell({"begin": case.name, "place": place})
            _tell(judged(case))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
