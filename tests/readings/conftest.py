"""What the tests of this room share: parameters, and reading a few bytes."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from coverage import tables
from coverage.readings.params import ReadParams
from coverage.readings.read import ReadBatch, read_batches

DATA = Path(__file__).parents[1] / "data" / "readings"
BANTEN = (-7.1, 105.0, -5.7, 106.8)


class Result:
    """All batches of one input; each was checked against its contract and counted."""

    def __init__(self, batches: list[ReadBatch]) -> None:
        for batch in batches:
            tables.check("readings", batch.readings)
            tables.check("rejects", batch.rejects)
            assert batch.n_rows == batch.readings.num_rows + batch.rejects.num_rows
        self.readings = pa.concat_tables([b.readings for b in batches])
        self.rejects = pa.concat_tables([b.rejects for b in batches])
        self.n_rows = sum(b.n_rows for b in batches)
        self.notes = [note for b in batches for note in b.notes]
        self.formats = {b.format for b in batches}

    def column(self, name: str) -> list[Any]:
        values: list[Any] = self.readings.column(name).to_pylist()
        return values

    def of_row(self, name: str) -> dict[int, Any]:
        """A column of the readings by source row."""
        return dict(zip(self.column("source_row"), self.column(name), strict=True))

    @property
    def reasons(self) -> dict[int, str]:
        """Reason of each refused source row."""
        rows, reasons = self.rejects.column("source_row"), self.rejects.column("reason")
        return dict(zip(rows.to_pylist(), reasons.to_pylist(), strict=True))

    @property
    def tally(self) -> Counter[str]:
        return Counter(self.rejects.column("reason").to_pylist())


@pytest.fixture
def make_params() -> Callable[..., ReadParams]:
    """Parameters of a survey in Banten; anything may be changed."""

    def make(**changes: Any) -> ReadParams:
        given: dict[str, Any] = {
            "timezone": "Asia/Jakarta",
            "device_key": b"a key of the tests",
            "campaign": "test",
            "device_group": "logs",
            "now": datetime(2026, 1, 1, tzinfo=UTC),
            "operators": {"510-10": "Telkomsel", "510-01": "IOH"},
            "box": BANTEN,
        }
        return ReadParams(**(given | changes))

    return make


@pytest.fixture
def read(make_params: Callable[..., ReadParams]) -> Callable[..., Result]:
    """Read bytes, or a file of ``tests/data/readings`` by its name."""

    def run(data: bytes | str | Path, name: str | None = None, **changes: Any) -> Result:
        if not isinstance(data, bytes):
            path = DATA / data
            data, name = path.read_bytes(), name or path.name
        params = make_params(**changes)
        return Result(list(read_batches(BytesIO(data), name or "file", params)))

    return run


@pytest.fixture
def data() -> Path:
    """Folder of the committed fixtures, all invented."""
    return DATA
