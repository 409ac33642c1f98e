"""Small tables the tests of the sites room are made of."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

from coverage import hexgrid
from coverage.sites.kits import Kit
from coverage.tables import QUANTILE_LEVELS, empty, to_pandas

RESOLUTION = 9
HOME = (-6.6, 106.2)
Z = ndtri(np.asarray(QUANTILE_LEVELS))

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
MakeRanking = Callable[..., pd.DataFrame]


@pytest.fixture
def make_sites() -> MakeSites:
    """Sites at given places, one village, precise coordinates, in tents."""

    def make(*places: tuple[float, float], **columns: object) -> pd.DataFrame:
        n = len(places)
        text = pd.array([None] * n, dtype="string")
        sites = pd.DataFrame(
            {
                "tps_code": [f"3602062001{i + 1:03d}" for i in range(n)],
                "tps_name": text,
                "village": text,
                "district": text,
                "regency": text,
                "village_code": "3602062001",
                "latitude_deg": [p[0] for p in places],
                "longitude_deg": [p[1] for p in places],
                "coordinate_source": "list",
                "coordinate_accuracy_m": np.float32(1),
                "n_voters": pd.array([250] * n, dtype="Int32"),
                "building": pd.array(["tent"] * n, dtype="string"),
                "source_file": "tps.csv",
                "source_row": range(2, n + 2),
            }
        )
        return sites.assign(**columns)

    return make


@pytest.fixture
def make_signal() -> MakeSignal:
    """cell_signal of normal levels in given cells: {operator: (mean, sd)} or one per cell."""

    def make(
        cells: object,
        levels: dict[str, tuple[object, object]],
        *,
        is_applicable: bool = True,
        basis: str = "predicted",
    ) -> pd.DataFrame:
        h3_cell = np.asarray(cells, dtype=np.uint64)
        frames = []
        for operator, (mean, sd) in levels.items():
            means = np.broadcast_to(np.asarray(mean, dtype=float), h3_cell.shape)
            sds = np.broadcast_to(np.asarray(sd, dtype=float), h3_cell.shape)
            quantiles = (means[:, None] + sds[:, None] * Z).astype(np.float32)
            frames.append(
                pd.DataFrame(
                    {
                        "h3_cell": h3_cell,
                        "operator": operator,
                        "rsrp_p05_dbm": quantiles[:, 1],
                        "rsrp_p50_dbm": quantiles[:, 10],
                        "rsrp_p95_dbm": quantiles[:, 19],
                        "p_weak": ndtr((-110 - means) / sds).astype(np.float32),
                        "basis": basis,
                        "distance_to_reading_m": np.float32(100),
                        "is_applicable": is_applicable,
                        "rsrp_quantiles_dbm": list(quantiles),
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    return make


@pytest.fixture
def home_cells() -> hexgrid.Cells:
    """Cells within four steps of HOME."""
    centre = hexgrid.cells_of([HOME[0]], [HOME[1]], RESOLUTION)[0]
    return hexgrid.disk_of(int(centre), 4)


@pytest.fixture
def home_cell() -> int:
    """Cell of HOME."""
    return int(hexgrid.cells_of([HOME[0]], [HOME[1]], RESOLUTION)[0])


@pytest.fixture
def nothing() -> dict[str, pd.DataFrame]:
    """Empty tables of the contract, as pandas."""
    names = ("cells", "towers", "operator_correlation")
    return {name: to_pandas(empty(name)) for name in names}


@pytest.fixture
def make_cells() -> Callable[..., pd.DataFrame]:
    """Rows of ``cells``: (h3_cell, operator, rat, evidence), other columns by keyword."""

    def make(*rows: tuple[int, str, str, str], **columns: object) -> pd.DataFrame:
        frame = pd.DataFrame(rows, columns=["h3_cell", "operator", "rat", "evidence"])
        frame["h3_cell"] = frame["h3_cell"].astype(np.uint64)
        defaults: dict[str, object] = {
            "n_ok": True,
            "no_service_share": 0.0,
            "signal_p50_dbm": -115.0,
            "strongest_cell_identity": pd.array([None] * len(rows), dtype="Int64"),
            "last_time": pd.Timestamp("2024-01-10", tz="UTC"),
        }
        return frame.assign(**{**defaults, **columns})

    return make


@pytest.fixture(scope="session")
def ranking() -> MakeRanking:
    """``site_ranking`` of (remedy, priority), one site after the other to the east."""

    def make(*rows: tuple[str, float], step_deg: float = 1.0, **columns: object) -> pd.DataFrame:
        n = len(rows)
        nothing = pd.array([None] * n, dtype="string")
        table = pd.DataFrame(
            {
                "rank": np.arange(1, n + 1),
                "tps_code": [f"3602062001{i + 1:03d}" for i in range(n)],
                "regency": "LEBAK",
                "district": "Leuwidamar",
                "latitude_deg": -6.6,
                "longitude_deg": 106.0 + step_deg * np.arange(n),
                "remedy": [remedy for remedy, _ in rows],
                "remedy_operator": pd.array(["A"] * n, dtype="string"),
                "best_operator": pd.array(["B"] * n, dtype="string"),
                "hazard": nothing,
                "island": nothing,
                "foot_area": nothing,
                "has_power": pd.array([None] * n, dtype="boolean"),
                "is_special": pd.array([None] * n, dtype="boolean"),
                "priority": [priority for _, priority in rows],
                "n_voters": pd.array([250] * n, dtype="Int32"),
                "p_upload_fail": 0.2,
                "voters_if_boosted": [priority for _, priority in rows],
                "reasons": "R_MODEL_ONLY",
            }
        )
        return table.assign(**columns)

    return make


@pytest.fixture(scope="session")
def booster() -> Kit:
    """One booster, 5 of money, on site in 60 days."""
    return Kit(stock=1, cost=5, p_works=0.8, lead_time_days=60)


@pytest.fixture(scope="session")
def vsat() -> Kit:
    """One satellite kit, 10 of money, on site in 30 days."""
    return Kit(stock=1, cost=10, p_works=0.9, lead_time_days=30)


@pytest.fixture(scope="session")
def bts() -> Kit:
    """One mobile station for ten TPS within 3 km, 50 of money, on site in 60 days."""
    return Kit(stock=1, cost=50, p_works=0.9, lead_time_days=60, reach_m=3000, max_sites=10)
