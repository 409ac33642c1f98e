"""The map page at the size of a province, in a headless Chromium: load, pan, zoom, choose.

90,307 hexes of three operators, 33,000 TPS and 1,550 villages, made up. Where the machine has no
graphics card the pictures are drawn in software and frames are few; what the page itself costs is
the time of its scripts outside the graphics calls, given apart.
"""

import argparse
import json
import shutil
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from coverage import hexgrid, tables
from coverage.deliverables.info import RunInfo
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.report import map_page
from coverage.deliverables.run_tables import RunTables
from coverage.sites.reasons import REASONS

OPERATORS = ("IOH", "Telkomsel", "XLSmart")
CENTRE = (-6.4, 106.1)  # latitude, longitude: Banten
N_VILLAGES = 1550  # 31 x 50
VILLAGE_DEG = 0.022
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--window-size=1440,1000",
)  # fmt: skip
PATIENCE_S = 300

PROBE = """
  const probe = window.probe = {frames: [], gaps: [], gl: 0, draws: 0};
  const calls = Object.getOwnPropertyDescriptors(WebGL2RenderingContext.prototype);
  for (const [name, {value}] of Object.entries(calls)) {
    if (typeof value !== 'function') continue;
    WebGL2RenderingContext.prototype[name] = function (...rest) {
      const start = performance.now();
      const answer = value.apply(this, rest);
      probe.gl += performance.now() - start;
      if (name.startsWith('draw')) probe.draws += 1;
      return answer;
    };
  }
  const next = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (call) => next((now) => {
    const [start, gl, draws] = [performance.now(), probe.gl, probe.draws];
    call(now);
    if (probe.draws > draws) probe.frames.push([performance.now() - start, probe.gl - gl]);
  });
  let last = null;
  const tick = (now) => {
    if (last !== null) probe.gaps.push(now - last);
    last = now;
    next(tick);
  };
  next(tick);
"""
"""Runs before the page's scripts: time in callbacks of frames, and of it in graphics calls."""

PAN = """
  const [seconds, done] = arguments;
  const canvas = document.querySelector('#map canvas');
  const {left, top, width, height} = canvas.getBoundingClientRect();
  const send = (type, x, y, buttons) => canvas.dispatchEvent(new PointerEvent(type, {
    bubbles: true, cancelable: true, pointerId: 1, pointerType: 'mouse', isPrimary: true,
    button: type === 'pointermove' ? -1 : 0, buttons, clientX: x, clientY: y}));
  const [x0, y0] = [left + width / 2, top + height / 2];
  send('pointerdown', x0, y0, 1);
  const start = performance.now();
  const timer = setInterval(() => {
    const t = (performance.now() - start) / 1000;
    const [x, y] = [x0 + 0.3 * width * Math.sin(2 * t), y0 + 0.3 * height * Math.sin(3 * t)];
    send('pointermove', x, y, 1);
    if (t < seconds) return;
    clearInterval(timer);
    send('pointerup', x, y, 0);
    done(true);
  }, 16);
"""
ZOOM = """
  const [seconds, done] = arguments;
  const canvas = document.querySelector('#map canvas');
  const {left, top, width, height} = canvas.getBoundingClientRect();
  const start = performance.now();
  const timer = setInterval(() => {
    const t = (performance.now() - start) / 1000;
    canvas.dispatchEvent(new WheelEvent('wheel', {bubbles: true, cancelable: true,
      clientX: left + width / 2, clientY: top + height / 2, deltaY: -40 * Math.cos(2 * t)}));
    if (t < seconds) return;
    clearInterval(timer);
    done(true);
  }, 50);
"""
ACTIONS = {
    "choose a row": "document.querySelector('#table tbody tr[data-place=\"3\"]').click()",
    "filter a regency": "const e = document.querySelector('#regency');"
    "e.selectedIndex = 1; e.dispatchEvent(new Event('change'))",
    "probability in place of level": "document.querySelector('input[value=p_weak]').click()",
    "language": "document.querySelector('[data-language=en]').click()",
}


def province(n_sites: int, rings: int, seed: int = 2024) -> tuple[RunTables, MapLayers]:
    """Tables of a made-up province; a level falls with the distance from the nearest mast."""
    rng = np.random.default_rng(seed)
    cells = hexgrid.disk_of(int(hexgrid.cells_of([CENTRE[0]], [CENTRE[1]], 9)[0]), rings)
    lat, lon = hexgrid.centres_of(cells)
    masts = rng.uniform(-0.5, 0.5, (len(OPERATORS), 120, 2)) + np.array(CENTRE)
    signal = pd.concat(
        [
            _signal(_level(lat, lon, own), {"h3_cell": cells}, operator)
            for operator, own in zip(OPERATORS, masts, strict=True)
        ]
    ).sort_values(["h3_cell", "operator"], ignore_index=True)
    site_lat, site_lon = (rng.uniform(-0.36, 0.36, n_sites) + at for at in CENTRE)
    villages = _villages()
    row = np.clip((site_lat - CENTRE[0]) / VILLAGE_DEG + 15.5, 0, 30).astype(int)
    column = np.clip((site_lon - CENTRE[1]) / VILLAGE_DEG + 25, 0, 49).astype(int)
    village = row * 50 + column
    codes = [f"36{v // 400 + 1:02d}{v // 60 % 90:02d}{2000 + v % 60:04d}"[:8] for v in village]
    codes = [f"{code}{i:05d}" for i, code in enumerate(codes)]
    h3_cell = hexgrid.cells_of(site_lat, site_lon, 9)
    site_signal = pd.concat(
        [
            _signal(_level(site_lat, site_lon, own) - 6, {"tps_code": codes, "h3_cell": h3_cell}, o)
            for o, own in zip(OPERATORS, masts, strict=True)
        ]
    ).assign(p_upload_fail=lambda rows: rows["p_weak"])
    best = site_signal.groupby("tps_code")["p_weak"].min().loc[codes].to_numpy()
    voters = rng.integers(120, 300, n_sites)
    order = np.argsort(-best * voters, kind="stable")
    place = np.arange(n_sites)
    ranking = pd.DataFrame(
        {
            "tps_code": codes, "tps_name": [f"TPS {i % 30 + 1:03d}" for i in place],
            "village": villages["village"].to_numpy()[village],
            "district": villages["district"].to_numpy()[village],
            "regency": villages["regency"].to_numpy()[village],
            "latitude_deg": site_lat, "longitude_deg": site_lon, "h3_cell": h3_cell,
            "n_voters": voters, "p_weak": best, "p_upload_fail": best,
            "best_operator": OPERATORS[1],
            "evidence": np.array(tables.SITE_EVIDENCE)[place % len(tables.SITE_EVIDENCE)],
            "remedy": np.array(tables.REMEDIES)[place % len(tables.REMEDIES)],
            "remedy_operator": None, "donor_cell_identity": pd.NA, "donor_bearing_deg": np.nan,
            "nearest_usable_m": 320.0, "nearest_usable_bearing_deg": 135.0, "hazard": None,
            "island": None, "lead_time_days": 30, "priority": best * voters,
            "latest_order_date": date(2024, 1, 15), "reasons": "R_MODEL_ONLY",
        }
    ).iloc[order].assign(rank=place + 1, rank_p05=place + 1, rank_p95=place + 1)  # fmt: skip
    run = RunTables(
        site_ranking=ranking, site_signal=site_signal, cell_signal=signal, cells=_cells(signal)
    )
    hold = gpd.GeoDataFrame(
        {"name": ["Hold"], "reason": ["policy_hold"]},
        geometry=[shapely.Point(106.2, -6.6).buffer(0.05)], crs="EPSG:4326",
    )  # fmt: skip
    return run, MapLayers(holds=hold, villages=villages)


def _level(lat: Any, lon: Any, masts: Any) -> Any:
    """Level of the nearest mast on a plane [dBm]."""
    tree = shapely.STRtree(shapely.points(masts[:, 1], masts[:, 0]))
    _, degrees = tree.query_nearest(
        shapely.points(lon, lat), return_distance=True, all_matches=False
    )
    return -62 - 36 * np.log10(np.maximum(degrees * 111_195, 100) / 100)


def _signal(p50: Any, keys: dict[str, Any], operator: str) -> pd.DataFrame:
    """Rows of a signal table of one operator."""
    return pd.DataFrame(
        {
            **keys, "operator": operator, "rsrp_p05_dbm": p50 - 9, "rsrp_p50_dbm": p50,
            "rsrp_p95_dbm": p50 + 9, "p_weak": 1 / (1 + np.exp((p50 + 110) / 3)),
            "basis": "predicted", "distance_to_reading_m": 900.0, "is_applicable": p50 > -124,
        }
    )  # fmt: skip


def _cells(signal: pd.DataFrame) -> pd.DataFrame:
    """Readings in every fifth cell."""
    seen = signal.iloc[::5]
    return pd.DataFrame(
        {
            "h3_cell": seen["h3_cell"], "operator": seen["operator"], "rat": "LTE",
            "n_readings": 12, "n_devices": 3, "n_no_service": 0,
            "signal_p10_dbm": seen["rsrp_p05_dbm"], "signal_p50_dbm": seen["rsrp_p50_dbm"],
            "signal_p90_dbm": seen["rsrp_p95_dbm"], "no_service_share": 0.0,
            "evidence": np.where(seen["rsrp_p50_dbm"] < -110, "confirmed_weak", "ok"),
            "last_time": pd.Timestamp("2024-01-05", tz="UTC"), "strongest_cell_identity": pd.NA,
        }
    )  # fmt: skip


def _villages() -> gpd.GeoDataFrame:
    """Villages of a wavy chessboard, four kabupaten of 31 rows and 12 or 13 columns."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = 0.5 * VILLAGE_DEG * (1 + 0.06 * np.sin(5 * angle))
    row, column = np.divmod(np.arange(N_VILLAGES), 50)
    lat = CENTRE[0] + (row - 15) * VILLAGE_DEG
    lon = CENTRE[1] + (column - 24.5) * VILLAGE_DEG
    rings = [
        np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])
        for x, y in zip(lon, lat, strict=True)
    ]
    return gpd.GeoDataFrame(
        {
            "village": [f"Desa {i:04d}" for i in range(N_VILLAGES)],
            "district": [f"Kecamatan {r // 4}-{c // 5}" for r, c in zip(row, column, strict=True)],
            "regency": [f"Kabupaten {c // 13 + 1}" for c in column],
        },
        geometry=[shapely.Polygon(ring) for ring in rings],
        crs="EPSG:4326",
    )


def browser(profile: Path) -> webdriver.Chrome:
    """A headless Chromium with the probe in every page."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(str(shutil.which("chromedriver"))))
    driver.set_script_timeout(PATIENCE_S)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": PROBE})
    return driver


def measured(driver: webdriver.Chrome, seconds: float) -> dict[str, Any]:
    """Frames since the last call, and what they took [ms]."""
    found = driver.execute_script(
        "const {frames, gaps} = probe; probe.frames = []; probe.gaps = []; return {frames, gaps}"
    )
    frames = np.array(found["frames"], dtype=float).reshape(-1, 2)
    script = frames[:, 0] - frames[:, 1] if len(frames) else np.zeros(1)
    calls = frames[:, 1] if len(frames) else np.zeros(1)
    gaps = np.array(found["gaps"] or [0.0])
    return {
        "seconds": round(seconds, 2),
        "frames_drawn": len(frames),
        "longest_gap_ms": round(float(gaps.max())),
        "script_ms_per_frame": {
            "median": round(float(np.median(script)), 2),
            "p95": round(float(np.quantile(script, 0.95)), 2),
            "most": round(float(script.max()), 1),
        },
        "graphics_calls_ms_per_frame": {
            "median": round(float(np.median(calls)), 2),
            "p95": round(float(np.quantile(calls, 0.95)), 2),
        },
    }


def drive(page: Path, pictures: Path | None, seconds: float) -> dict[str, Any]:
    """Load the page, pan, zoom, choose."""
    with tempfile.TemporaryDirectory() as profile:
        driver = browser(Path(profile))
        try:
            start = time.perf_counter()
            driver.get(page.as_uri())
            WebDriverWait(driver, PATIENCE_S, 0.1).until(
                lambda d: d.execute_script("return document.querySelector('#map').dataset.drawn")
            )
            found = {"load": measured(driver, time.perf_counter() - start)}
            for name, script in (("pan", PAN), ("zoom", ZOOM)):
                before = driver.execute_script("return document.querySelector('#map').dataset.view")
                start = time.perf_counter()
                driver.execute_async_script(script, seconds)
                found[name] = measured(driver, time.perf_counter() - start)
                after = driver.execute_script("return document.querySelector('#map').dataset.view")
                found[name]["moved"] = before != after
                if pictures:
                    driver.save_screenshot(str(pictures / f"{name}.png"))
            for name, script in ACTIONS.items():
                start = time.perf_counter()
                driver.execute_script(script)
                driver.execute_async_script("const [done] = arguments; setTimeout(done, 1500)")
                found[name] = measured(driver, time.perf_counter() - start)
            found["console"] = [line["message"] for line in driver.get_log("browser")]
        finally:
            driver.quit()
    return found


def main() -> None:
    """Make the page and drive it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=33_000)
    parser.add_argument("--rings", type=int, default=173, help="1 + 3n(n+1) hexes")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--page", type=Path, help="a page made before")
    parser.add_argument("--keep", type=Path, help="folder for the page and screenshots")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = chosen.page or (chosen.keep or Path(folder)) / "map.html"
        if chosen.page is None:
            run, layers = province(chosen.sites, chosen.rings)
            info = RunInfo(
                survey="bench", created_at=datetime(2024, 1, 20, tzinfo=UTC), reasons=REASONS
            )
            start = time.perf_counter()
            page.write_bytes(map_page(run, info, layers))
            print(f"made in {time.perf_counter() - start:.1f} s")
        print(f"{page.stat().st_size / 1e6:.2f} MB")
        print(json.dumps(drive(page, chosen.keep, chosen.seconds), indent=1))


if __name__ == "__main__":
    main()
