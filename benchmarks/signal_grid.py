"""The model beside every rival over seeds, covariates and shares of readings without service.

As ``signal_model.py``, whose worlds and targets it takes; differences to each rival are paired,
with 95 % intervals over H3 blocks of 3.8 km of the targets drawn with replacement.

    python benchmarks/signal_grid.py [--seeds 2024,7,99] [--covariates none,list,terrain]
        [--shares 0.01,0.05,0.12] [--drive 60000] [--crowd 25000] [--out DIR]
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from calibration_floor import calibration_floor
from scipy.special import ndtr
from signal_model import RIVALS, WEAK_DBM, Case, Floats, row, survey

from coverage.hexgrid import cells_of
from coverage.signal import scores
from coverage.signal.baselines import prepare
from coverage.signal.distribution import probability_below
from coverage.signal.model import ModelParams, SignalModel
from coverage.synthetic import WorldParams

BLOCK_RESOLUTION = 6  # edges of 3.8 km
N_DRAWS = 200
OURS = "blankspot"


def judge_case(case: Case) -> dict[str, Any]:
    """One setting: scores of the model and its rivals, and their paired differences."""
    started = time.process_time()
    fitted = SignalModel(ModelParams(covariates=case.covariates)).fit(case.samples, case.towers)
    fit_s = time.process_time() - started
    said = fitted.describe(case.points)
    levels = {OURS: said.median_dbm}
    chances = {OURS: probability_below(said.quantiles_dbm, WEAK_DBM)}
    prepared = prepare(case.samples, case.towers)
    for name, rival in RIVALS.items():
        level = rival().fit_prepared(prepared).predict(case.points)
        levels[name] = level
        # a rival says a level: a normal with its own true spread, in its favour
        chances[name] = ndtr((WEAK_DBM - level) / np.std(level - case.truth_dbm))
    table = scores.interval_table(
        said.quantiles_dbm, case.truth_dbm, said.distance_to_reading_m, 0.9
    )
    hidden = ~np.isfinite(case.samples["rsrp_dbm"])
    chosen = fitted.choice_.loc[fitted.choice_["is_chosen"], "candidate"].item()
    return {
        "n_samples": len(case.samples),
        "no_service_share": float(hidden.mean()),
        "base_rate": float((case.truth_dbm < WEAK_DBM).mean()),
        "chain": str(chosen),
        "fit_cpu_s": fit_s,
        "applicable_share": float(said.is_applicable.mean()),
        "methods": {
            name: row(case, levels[name], said.distance_to_reading_m, chances[name])
            for name in levels
        },
        "ece_floor": floor_of(fitted, case, chances[OURS]),
        "paired": {name: paired(case, levels, chances, name) for name in RIVALS},
        "intervals": table.to_dict("records"),
        "coverage_where_applicable": _coverage(case, said.quantiles_dbm, said.is_applicable),
    }


def floor_of(fitted: SignalModel, case: Case, p_weak: Floats) -> dict[str, float]:
    """Calibration error of a perfectly calibrated model here: its mean, and 95 % lie below."""
    drawn = calibration_floor(fitted, case.points, p_weak)
    return {"mean": float(drawn.mean()), "high": float(np.quantile(drawn, 0.95))}


def _coverage(case: Case, quantiles: Floats, mine: np.ndarray) -> float:
    """Coverage of the 90 % interval at some targets."""
    far = np.zeros(int(mine.sum()))
    table = scores.interval_table(quantiles[mine], case.truth_dbm[mine], far, 0.9)
    return float(table["coverage"].iloc[-1])


def paired(
    case: Case, levels: dict[str, Floats], chances: dict[str, Floats], rival: str
) -> dict[str, tuple[float, float, float]]:
    """Ours less a rival's, with its 95 % interval: AP, recall@k, RMSE [dB], Brier."""
    blocks = cells_of(case.points["latitude_deg"], case.points["longitude_deg"], BLOCK_RESOLUTION)
    weak, truth = case.truth_dbm < WEAK_DBM, case.truth_dbm
    precision = [scores.precision_statistic(weak, chances[name]) for name in (OURS, rival)]
    recall = [scores.recall_statistic(weak, chances[name]) for name in (OURS, rival)]
    statistics = {
        "AP": lambda w: precision[0](w) - precision[1](w),
        "R@k": lambda w: recall[0](w) - recall[1](w),
        "RMSE": lambda w: (
            scores.rmse(levels[OURS], truth, w) - scores.rmse(levels[rival], truth, w)
        ),
        "Brier": lambda w: (
            scores.brier(chances[OURS], weak, w) - scores.brier(chances[rival], weak, w)
        ),
    }
    found = {
        name: scores.block_bootstrap(statistic, blocks, n_draws=N_DRAWS)
        for name, statistic in statistics.items()
    }
    return {name: (one.value, one.low, one.high) for name, one in found.items()}


def show(title: str, result: dict[str, Any]) -> None:
    """Print one setting."""
    print(
        f"\n## {title}: {result['n_samples']} samples, {result['no_service_share']:.3f} without "
        f"service, base rate {result['base_rate']:.3f}, chain: {result['chain']}, fit "
        f"{result['fit_cpu_s']:.0f} CPU s\n"
    )
    table = pd.DataFrame.from_dict(result["methods"], orient="index")
    print(table.to_string(float_format=lambda v: f"{v:.3f}" if abs(v) < 1 else f"{v:.2f}"))
    floor = result["ece_floor"]
    print(
        f"\nECE {result['methods'][OURS]['ECE']:.3f}; perfectly calibrated it would be "
        f"{floor['mean']:.3f} on average, under {floor['high']:.3f} in 95 %"
    )
    print("\nours less theirs [95 %]")
    for name, differences in result["paired"].items():
        parts = [f"{k} {v:+.3f} [{a:+.3f}, {b:+.3f}]" for k, (v, a, b) in differences.items()]
        print(f"  {name:<20} {'   '.join(parts)}")
    bins = " ".join(
        f"{one['distance']} {one['coverage']:.2f} ({one['n']})" for one in result["intervals"]
    )
    print(
        f"\n90 % interval covers: {bins}; where applicable ({result['applicable_share']:.2f}) "
        f"{result['coverage_where_applicable']:.3f}"
        f"; width {result['intervals'][-1]['width_db']:.1f} dB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="2024,7,99")
    parser.add_argument("--covariates", default="none,list,terrain")
    parser.add_argument("--shares", default="0.01,0.05,0.12")
    parser.add_argument("--drive", type=int, default=60_000)
    parser.add_argument("--crowd", type=int, default=25_000)
    parser.add_argument("--out", type=Path, default=None)
    asked = parser.parse_args()
    results = {}
    for covariates in asked.covariates.split(","):
        for share in asked.shares.split(","):
            for seed in asked.seeds.split(","):
                params = WorldParams(
                    seed=int(seed),
                    towers="none" if covariates == "none" else "flawed",
                    no_service_share=float(share),
                    n_drive_rows=asked.drive,
                    n_crowd_rows=asked.crowd,
                )
                title = f"{covariates}, {share} without service, seed {seed}"
                case = survey(params, has_terrain=covariates == "terrain")
                results[title] = judge_case(case)
                show(title, results[title])
                if asked.out is not None:
                    asked.out.mkdir(parents=True, exist_ok=True)
                    (asked.out / "signal_grid.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
