"""Small tables in the shape of the contracts: 300 TPS and 2,977 hexes in the south of Banten."""

from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from shapely.geometry import Point, box

from coverage import geodesy, hexgrid, tables
from coverage.deliverables.info import RunInfo
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.run_tables import RunTables

OPERATORS = ("IOH", "Smartfren", "Telkomsel", "XL Axiata")
CENTRE = (-6.62, 106.2)  # latitude, longitude
DISK = 31  # rings: 1 + 3 * 31 * 32 = 2,977 hexes
N_SITES = 300
WEAK_DBM = -110.0
REASONS = {
    "R_NO_SERVICE_MEAS": {"id": "Terukur tanpa layanan.", "en": "Measured without service."},
    "R_MODEL_ONLY": {"id": "Hanya menurut model.", "en": "Only the model says so."},
    "R_CENTROID": {"id": "Koordinat titik tengah desa.", "en": "Village centroid coordinates."},
}


@pytest.fixture(scope="session")
def info() -> RunInfo:
    """A run with a fixed date."""
    return RunInfo(
        survey="uji-2024",
        created_at=datetime(2024, 1, 20, 3, 4, 5, tzinfo=UTC),
        election_date=date(2024, 2, 14),
        reasons=REASONS,
        attribution=("Made up for tests",),
    )


@pytest.fixture(scope="session")
def world() -> RunTables:
    """Tables that hold to their contracts, made from 40 masts and a path loss."""
    rng = np.random.default_rng(2024)
    cells = hexgrid.disk_of(int(hexgrid.cells_of([CENTRE[0]], [CENTRE[1]], 9)[0]), DISK)
    masts = rng.uniform(-0.13, 0.13, (len(OPERATORS), 10, 2)) + np.array(CENTRE)
    cell_signal = _cell_signal(cells, masts)
    ranking, site_signal = _sites(rng, masts)
    return RunTables(
        cell_signal=cell_signal,
        cells=_cells(rng, cell_signal),
        site_signal=site_signal,
        site_ranking=ranking,
    )


@pytest.fixture(scope="session")
def layers() -> MapLayers:
    """One hold, one flood area, 30 villages."""
    cibeo = Point(106.25, -6.66).buffer(0.015)
    flooded = box(106.12, -6.64, 106.16, -6.6)
    return MapLayers(
        holds=_polygons([cibeo], name=["Cibeo"], reason=["policy_hold"]),
        hazards=_polygons([flooded], name=["Ciujung"], kind=["flood"]),
        villages=_villages(),
    )


def _level(
    lat: npt.ArrayLike, lon: npt.ArrayLike, masts: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Level of the strongest of an operator's masts [dBm]."""
    metres = geodesy.distance_m(
        np.asarray(lat)[:, None], np.asarray(lon)[:, None], masts[:, 0], masts[:, 1]
    )
    return -62.0 - 36.0 * np.log10(np.maximum(metres, 100.0).min(axis=1) / 100.0)


def _cell_signal(cells: hexgrid.Cells, masts: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Every cell x operator; the last 150 cells of the list are beyond the model's reach."""
    lat, lon = hexgrid.centres_of(cells)
    frames = []
    spread = np.linspace(-9.9, 9.9, len(tables.QUANTILE_LEVELS))
    for operator, own in zip(OPERATORS, masts, strict=True):
        p50 = _level(lat, lon, own)
        frames.append(
            pd.DataFrame(
                {
                    "h3_cell": cells,
                    "operator": operator,
                    "rsrp_p05_dbm": p50 - 9,
                    "rsrp_p50_dbm": p50,
                    "rsrp_p95_dbm": p50 + 9,
                    "p_weak": 1 / (1 + np.exp((p50 - WEAK_DBM) / 3)),
                    "basis": np.where(np.arange(len(cells)) % 5 == 0, "measured", "predicted"),
                    "distance_to_reading_m": np.where(
                        np.arange(len(cells)) % 7 == 0, np.nan, 250.0
                    ),
                    "is_applicable": np.arange(len(cells)) < len(cells) - 150,
                    "rsrp_quantiles_dbm": list(p50[:, None] + spread),
                }
            )
        )
    frame = pd.concat(frames).sort_values(["h3_cell", "operator"], ignore_index=True)
    return tables.to_pandas(tables.check("cell_signal", tables.to_arrow("cell_signal", frame)))


def _cells(rng: np.random.Generator, cell_signal: pd.DataFrame) -> pd.DataFrame:
    """Readings in a fifth of the cells, LTE mostly, GSM alone in a few."""
    measured = cell_signal[cell_signal["basis"] == "measured"].reset_index(drop=True)
    p50 = measured["rsrp_p50_dbm"].to_numpy()
    n = len(measured)
    is_weak = p50 < WEAK_DBM
    is_sure = rng.random(n) < 0.5
    frame = pd.DataFrame(
        {
            "h3_cell": measured["h3_cell"],
            "operator": measured["operator"],
            "rat": np.where(rng.random(n) < 0.1, "GSM", "LTE"),
            "n_readings": rng.integers(5, 90, n),
            "n_devices": rng.integers(1, 6, n),
            "n_days": rng.integers(1, 4, n),
            "n_no_service": np.where(is_weak, 2, 0),
            "signal_p10_dbm": np.maximum(p50 - 6, -113),
            "signal_p50_dbm": np.maximum(p50, -112),
            "signal_p90_dbm": np.minimum(p50 + 6, -51),
            "weak_share": np.where(is_weak, 0.8, 0.1),
            "no_service_share": np.where(is_weak, 0.2, 0.0),
            "geo_ok": is_sure,
            "time_ok": is_sure,
            "n_ok": True,
            "evidence": np.where(
                is_weak, np.where(is_sure, "confirmed_weak", "indicated_weak"), "ok"
            ),
            "first_time": pd.Timestamp("2023-11-02 01:00", tz="UTC"),
            "last_time": pd.Timestamp("2024-01-05 07:30", tz="UTC"),
            "strongest_cell_identity": 10805003,
        }
    )
    return tables.to_pandas(tables.check("cells", tables.to_arrow("cells", frame)))


def _sites(
    rng: np.random.Generator, masts: npt.NDArray[np.float64]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Site ranking and site signal; every remedy and kind of evidence occurs."""
    lat = CENTRE[0] + rng.uniform(-0.08, 0.08, N_SITES)
    lon = CENTRE[1] + rng.uniform(-0.08, 0.08, N_SITES)
    village = rng.integers(0, 30, N_SITES)
    codes = [
        f"36{2 if v < 20 else 1:02d}{v % 6 + 1:02d}{2001 + v:04d}{i + 1:03d}"
        for i, v in enumerate(village)
    ]
    levels = np.stack([_level(lat, lon, own) - 6 for own in masts], axis=1)
    p_fail = 1 / (1 + np.exp((levels + 115) / 3))
    signal = pd.DataFrame(
        {
            "tps_code": np.repeat(codes, len(OPERATORS)),
            "operator": list(OPERATORS) * N_SITES,
            "h3_cell": np.repeat(hexgrid.cells_of(lat, lon, 9), len(OPERATORS)),
            "rsrp_p05_dbm": levels.ravel() - 9,
            "rsrp_p50_dbm": levels.ravel(),
            "rsrp_p95_dbm": levels.ravel() + 9,
            "p_weak": (1 / (1 + np.exp((levels - WEAK_DBM) / 3))).ravel(),
            "p_upload_fail": p_fail.ravel(),
            "basis": "predicted",
            "distance_to_reading_m": 420.0,
            "is_applicable": np.arange(N_SITES * len(OPERATORS)) % 23 != 0,
        }
    ).sort_values(["tps_code", "operator"], ignore_index=True)
    voters = rng.integers(120, 300, N_SITES).astype(float)
    voters[::40] = np.nan
    worst = p_fail.min(axis=1)
    priority = worst * np.nan_to_num(voters, nan=265.0)
    order = np.argsort(-priority, kind="stable")
    frame = pd.DataFrame(
        {
            "tps_code": codes,
            "tps_name": [f"TPS {i % 20 + 1:03d}" for i in range(N_SITES)],
            "village": [f"Desa {v:02d}" for v in village],
            "district": [f"Kecamatan {v % 6 + 1}" for v in village],
            "regency": np.where(village < 20, "Kab. Lebak", "Kab. Pandeglang"),
            "latitude_deg": lat,
            "longitude_deg": lon,
            "h3_cell": hexgrid.cells_of(lat, lon, 9),
            "n_voters": pd.array(voters, dtype="Int32"),
            "p_weak": np.sqrt(worst),
            "p_upload_fail": worst,
            "best_operator": np.array(OPERATORS, dtype=object)[p_fail.argmin(axis=1)],
            "evidence": np.array(tables.SITE_EVIDENCE)[np.arange(N_SITES) % 5],
            "remedy": np.array(tables.REMEDIES)[np.arange(N_SITES) % 10],
            "remedy_operator": np.where(np.arange(N_SITES) % 10 == 6, "Telkomsel", None),
            "donor_cell_identity": pd.array(
                np.where(np.arange(N_SITES) % 10 == 6, 10805003.0, np.nan), dtype="Int64"
            ),
            "donor_bearing_deg": np.where(np.arange(N_SITES) % 10 == 6, 45.0, np.nan),
            "nearest_usable_m": np.where(np.arange(N_SITES) % 3 == 0, 320.0, np.nan),
            "nearest_usable_bearing_deg": np.where(np.arange(N_SITES) % 3 == 0, 135.0, np.nan),
            "hazard": np.where(np.arange(N_SITES) % 9 == 0, "flood", None),
            "island": None,
            "lead_time_days": pd.array(
                np.where(np.arange(N_SITES) % 2 == 0, 30.0, np.nan), dtype="Int32"
            ),
            "priority": priority,
            "reasons": np.where(
                np.arange(N_SITES) % 2 == 0, "R_MODEL_ONLY", "R_NO_SERVICE_MEAS|R_CENTROID"
            ),
        }
    ).iloc[order]
    ranks = np.arange(1, N_SITES + 1)
    frame = frame.assign(
        rank=ranks,
        rank_p05=np.maximum(ranks - 12, 1),
        rank_p95=np.minimum(ranks + 15, N_SITES),
    )
    checked = tables.check("site_ranking", tables.to_arrow("site_ranking", frame))
    return tables.to_pandas(checked), tables.to_pandas(
        tables.check("site_signal", tables.to_arrow("site_signal", signal))
    )


def _polygons(shapes: list[object], **columns: list[str]) -> gpd.GeoDataFrame:
    """A small layer in WGS 84."""
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def _villages() -> gpd.GeoDataFrame:
    """A 6 x 5 chessboard of villages in two regencies."""
    shapes, names = [], []
    for v in range(30):
        west, south = 106.12 + (v % 6) * 0.027, -6.7 + (v // 6) * 0.032
        shapes.append(box(west, south, west + 0.027, south + 0.032))
        names.append(v)
    return _polygons(
        shapes,
        village=[f"Desa {v:02d}" for v in names],
        district=[f"Kecamatan {v % 6 + 1}" for v in names],
        regency=["Kab. Lebak" if v < 20 else "Kab. Pandeglang" for v in names],
    )
