"""Readings for the tests of the cells room."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from coverage.tables import COLUMNS, schema_of

ReadingsMaker = Callable[..., pa.Table]

DEFAULTS: dict[str, Any] = {
    "time": 1_707_900_000_000_000,  # 2024-02-14 08:40 UTC
    "latitude_deg": -6.1754,
    "longitude_deg": 106.8272,
    "source": "drive_test",
    "format": "made_up",
    "device_id": "d1",
    "operator": "IOH",
    "rat": "LTE",
    "is_serving": True,
    "service_state": "in_service",
    "signal_dbm": -95.0,
    "weight": 1.0,
    "is_route_value": True,
    "source_timezone": "Asia/Jakarta",
    "source_file": "a.txt",
    "source_row": 2,
}


@pytest.fixture(scope="session")
def make_readings() -> ReadingsMaker:
    """Builds a contract ``readings`` table: good LTE readings at one place, but for what is given.

    Times are given in microseconds since 1970, columns as lists of one length or as scalars.
    """

    def make(**columns: Any) -> pa.Table:
        n = max([len(v) for v in columns.values() if isinstance(v, (list, np.ndarray))], default=1)
        arrays = []
        for field in schema_of("readings"):
            value = columns.get(field.name, DEFAULTS.get(field.name))
            if value is None and field.name.startswith("dq_"):
                value = False
            values = list(value) if isinstance(value, (list, np.ndarray)) else [value] * n
            dtype = COLUMNS[field.name].dtype
            if field.name == "time":
                arrays.append(pa.array(values, pa.int64()).cast(dtype))
            else:
                arrays.append(pa.array(values, dtype))
        return pa.Table.from_arrays(arrays, schema=schema_of("readings"))

    return make


@pytest.fixture(scope="session")
def random_readings(make_readings: ReadingsMaker) -> Callable[[int, int], pa.Table]:
    """Builds n readings of a seed: a few cells, operators, RATs, devices and days, all states."""

    def make(n: int, seed: int) -> pa.Table:
        rng = np.random.default_rng(seed)

        def some(values: list[Any], p: list[float] | None = None) -> list[Any]:
            return [values[k] for k in rng.choice(len(values), n, p=p)]

        def often(values: Any, share: float) -> list[Any]:
            return [
                v if keep else None for v, keep in zip(values, rng.random(n) < share, strict=True)
            ]

        return make_readings(
            time=(1_707_900_000_000_000 + rng.integers(0, 3 * 86_400_000_000, n)).tolist(),
            latitude_deg=(-6.2 + rng.uniform(0, 0.01, n)).tolist(),
            longitude_deg=(106.8 + rng.uniform(0, 0.01, n)).tolist(),
            gps_accuracy_m=often(rng.uniform(1, 60, n).tolist(), 0.8),
            device_id=some(["d1", "d2", "d3"]),
            operator=some(["Telkomsel", "IOH"]),
            rat=some(["LTE", "NR", "GSM", None], [0.7, 0.1, 0.1, 0.1]),
            cell_identity=often(rng.integers(0, 50, n).tolist(), 0.7),
            is_serving=some([True, None, False], [0.6, 0.3, 0.1]),
            service_state=some(["in_service", "no_service", "limited", None], [0.7, 0.1, 0.1, 0.1]),
            signal_dbm=often(rng.normal(-105, 9, n).clip(-140, -60).tolist(), 0.9),
            quality_db=often(rng.normal(-11, 3, n).tolist(), 0.5),
            sinr_db=often(rng.normal(8, 6, n).tolist(), 0.5),
            uplink_kbps=often(rng.exponential(3000, n).tolist(), 0.1),
            is_route_value=(rng.random(n) < 0.9).tolist(),
            dq_roaming=(rng.random(n) < 0.3).tolist(),
            dq_stale=(rng.random(n) < 0.05).tolist(),
        )

    return make
