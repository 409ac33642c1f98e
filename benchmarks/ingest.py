"""Reading logs: against a bare ``pyarrow.csv`` read of the same columns, and row-by-row formats.

A G-NetTrack-like CSV is made, plain and gzip. Each is read twice, in a process of its own: bare
(``pyarrow.csv``, streaming, the columns that we use, nothing kept) and by us (recognised, judged,
flagged, binned, readings and rejects written). CPU is user + system time of the process without its
imports; the peak is that of the process. Then a Nemo log, a KML and a geosubmit JSON are read in
one thread each.

    python benchmarks/ingest.py --mb 1000

Targets: CPU at most 2.0 x bare, peak under 1 GB, row by row at least 20 MB/s of each core.
"""

import argparse
import gzip
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from coverage.readings.format import all_formats
from coverage.readings.params import ReadParams
from coverage.readings.read import read_batches
from pipelines.parts import write_part
from pipelines.store import Store

COLUMNS: Final = (
    "Timestamp", "Longitude", "Latitude", "Speed", "Operatorname", "NetworkMode", "RSRP", "RSRQ",
    "SNR", "DL_bitrate", "UL_bitrate", "State", "PINGAVG", "LACHEX", "RAWCELLID",
)  # fmt: skip
HEADER: Final = (
    "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,SNR,CQI,RSSI,"
    "DL_bitrate,UL_bitrate,State,PINGAVG,PINGMIN,PINGMAX,PINGSTDEV,PINGLOSS,CELLHEX,NODEHEX,LACHEX,"
    "RAWCELLID,NRxRSRP,NRxRSRQ\n"
)
START: Final = datetime(2024, 1, 20, 7, tzinfo=UTC)
BLOCK_ROWS: Final = 20_000
MEGABYTE: Final = 1_000_000
SEED: Final = 2024


def main() -> None:
    """Make the files, run every case in a process of its own, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mb", type=int, default=100, help="size of the CSV [MB]")
    parser.add_argument("--row-mb", type=int, default=20, help="size of each other log [MB]")
    parser.add_argument("--work", type=Path, help="folder for the files; default: temporary")
    parser.add_argument("--case", nargs=2, metavar=("HOW", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.case:
        print(json.dumps(measure(given.case[0], Path(given.case[1]))))
        return
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        compare(Path(folder), given.mb)
        row_by_row(Path(folder), given.row_mb)


def compare(folder: Path, size_mb: int) -> None:
    """CSV, plain and gzip, bare and by us."""
    plain = folder / "log.csv"
    write_text(plain, HEADER, csv_blocks(), size_mb)
    packed = folder / "log.csv.gz"
    with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=6) as target:
        shutil.copyfileobj(source, target, 1 << 20)
    print(
        f"{'file':<12}{'how':<6}{'MB':>8}{'rows':>12}{'CPU s':>8}{'wall s':>8}{'peak MB':>9}"
        f"{'ratio':>7}"
    )
    for path in (plain, packed):
        bare, ours = run("bare", path), run("ours", path)
        for how, found in (("bare", bare), ("ours", ours)):
            ratio = found["cpu_s"] / bare["cpu_s"]
            print(
                f"{path.suffix:<12}{how:<6}{path.stat().st_size / MEGABYTE:>8.0f}"
                f"{found['rows']:>12,}{found['cpu_s']:>8.1f}{found['wall_s']:>8.1f}{found['peak_mb']:>9.0f}{ratio:>7.2f}"
            )


def row_by_row(folder: Path, size_mb: int) -> None:
    """Formats that no library reads in columns."""
    print(f"\n{'file':<12}{'MB':>8}{'rows':>12}{'CPU s':>8}{'MB/s':>8}{'peak MB':>9}")
    for name, (head, blocks, tail) in {
        "log.nmf": (NMF_HEAD, nmf_blocks(), ""),
        "log.kml": (KML_HEAD, kml_blocks(), "</Document></kml>\n"),
        "log.json": ('{"items":[\n', json_blocks(), "{}]}\n"),
    }.items():
        path = folder / name
        write_text(path, head, blocks, size_mb, tail)
        found = run("ours", path)
        size = path.stat().st_size / MEGABYTE
        print(
            f"{path.suffix:<12}{size:>8.1f}{found['rows']:>12,}{found['cpu_s']:>8.2f}"
            f"{size / found['cpu_s']:>8.1f}{found['peak_mb']:>9.0f}"
        )


def run(how: str, path: Path) -> dict[str, Any]:
    """One case in a process of its own."""
    command = [sys.executable, __file__, "--case", how, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(how: str, path: Path) -> dict[str, Any]:
    """Rows, CPU and wall time of one case, and the peak of this process."""
    all_formats()  # imports them
    wall, cpu = time.perf_counter(), time.process_time()
    rows = read_bare(path) if how == "bare" else read_ours(path)
    return {
        "rows": rows,
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def read_bare(path: Path) -> int:
    """The columns as ``pyarrow.csv`` gives them, one block after the other."""
    convert = pyarrow.csv.ConvertOptions(include_columns=list(COLUMNS), null_values=["", "-"])
    with pa.input_stream(str(path), compression="detect") as stream:
        reader = pyarrow.csv.open_csv(stream, convert_options=convert)
        return sum(batch.num_rows for batch in reader)


def read_ours(path: Path) -> int:
    """All that ingest does with one file."""
    params = ReadParams(
        timezone="Asia/Jakarta", device_key=b"a key of the benchmark", campaign="benchmark",
        device_group="logs", now=datetime(2026, 1, 1, tzinfo=UTC),
        operators={"510-10": "Telkomsel"}, box=(-7.1, 105.0, -5.7, 106.8),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, path.open("rb") as stream:
        batches = tables_of(read_batches(stream, path.name, params))
        written = write_part(Store(Path(folder)), "part", batches)
        return written.taken + written.rejected.total()


def tables_of(batches: Iterator[Any]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The two tables of each batch, none kept."""
    for batch in batches:
        yield batch.coded, batch.rejects


def write_text(path: Path, head: str, blocks: Iterator[str], size_mb: int, tail: str = "") -> None:
    """Write blocks until the file is as large as asked."""
    n_bytes = 0
    with path.open("w", encoding="ascii", newline="") as stream:
        stream.write(head)
        while n_bytes < size_mb * MEGABYTE:
            n_bytes += stream.write(next(blocks))
        stream.write(tail)


def drive() -> Iterator[list[tuple[datetime, float, float, int, int]]]:
    """Time, latitude, longitude [deg], level [dBm] and cell of a drive, block after block."""
    rng = np.random.default_rng(SEED)
    second, latitude, longitude = 0, -6.4, 106.1
    while True:
        steps = rng.normal(0, 6e-5, (BLOCK_ROWS, 2)).cumsum(axis=0)
        levels = rng.integers(-118, -70, BLOCK_ROWS).tolist()
        cells = (27_447_040 + rng.integers(0, 50, BLOCK_ROWS)).tolist()
        north = np.clip(latitude + steps[:, 0], -6.9, -5.9).round(6).tolist()
        east = np.clip(longitude + steps[:, 1], 105.3, 106.6).round(6).tolist()
        moments = [START + timedelta(seconds=second + i) for i in range(BLOCK_ROWS)]
        second += BLOCK_ROWS
        latitude, longitude = north[-1], east[-1]
        yield list(zip(moments, north, east, levels, cells, strict=True))


def csv_blocks() -> Iterator[str]:
    """Rows of the CSV flavour."""
    for block in drive():
        yield "".join(
            f"{moment:%Y.%m.%d_%H.%M.%S},{east:.6f},{north:.6f},36,51010,11,LTE,{level},-12,4.0,9,-77,"
            f"1200,340,D,38.0,30.0,60.0,5.0,0.0,B,1A35C,4D2,{cell},-110.0,-16.0\n"
            for moment, north, east, level, cell in block
        )


NMF_HEAD: Final = '#PRODUCT,,,"NEMO OUTDOOR","8.0.2.22"\n#START,07:00:00.000,,"20.1.2024"\n'


def nmf_blocks() -> Iterator[str]:
    """A position and a measurement each second."""
    for block in drive():
        yield "".join(
            f"GPS,{moment:%H:%M:%S}.000,,{east:.6f},{north:.6f},45,8,1,9,36,1.80,0.90,1.60,1\n"
            f"CELLMEAS,{moment:%H:%M:%S}.500,,8,0,2,9,0,80040,38852,242,-76.0,{level}.0,-12.0,,124.0,"
            f"2,80040,38852,383,-78.0,-119.0,-17.0,,\n"
            for moment, north, east, level, _ in block
        )


KML_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
)


def kml_blocks() -> Iterator[str]:
    """Placemarks with named values."""
    for block in drive():
        for start in range(0, len(block), 1000):
            yield "".join(_placemark(*row) for row in block[start : start + 1000])


def _placemark(moment: datetime, north: float, east: float, level: int, cell: int) -> str:
    """One placemark."""
    values = {
        "CGI": "x", "CELLNAME": "-", "TECHNOLOGY": "4G", "ARFCN": "1850", "BAND": "L3",
        "RSRP": f"{level} dBm", "RSRQ": "-12 dB", "SNR": "4.0 dB", "TAC": "1234",
        "RAWCELLID": f"{cell}", "SPEED": "36 km/h", "ACCURACY": "6m", "ALTITUDE": "45m",
        "DL_BITRATE": "120", "UL_BITRATE": "12", "PHONE STATE": "I",
        "TIME": f"{moment:%Y.%m.%d_%H.%M.%S}",
    }  # fmt: skip
    data = "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in values.items())
    return (
        f"<Placemark><ExtendedData>{data}</ExtendedData>"
        f"<Point><coordinates>{east:.6f},{north:.6f},0</coordinates></Point></Placemark>"
    )


def json_blocks() -> Iterator[str]:
    """Reports with one radio cell each."""
    for block in drive():
        yield "".join(
            f'{{"timestamp":{int(moment.timestamp() * 1000)},"position":{{"latitude":{north:.6f},'
            f'"longitude":{east:.6f},"accuracy":8.0,"age":500,"speed":10.0,"source":"gps"}},'
            f'"cellTowers":[{{"radioType":"lte","mobileCountryCode":510,"mobileNetworkCode":10,'
            f'"locationAreaCode":1234,"cellId":{cell},"primaryScramblingCode":107,"age":300,'
            f'"serving":1,"signalStrength":{level}}}]}},\n'
            for moment, north, east, level, cell in block
        )


if __name__ == "__main__":
    main()
