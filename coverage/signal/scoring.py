"""Scores of held-out predictions: the model beside its rivals, with intervals over blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from coverage.hexgrid import parents_of
from coverage.signal import scores
from coverage.signal.distribution import probability_below
from coverage.signal.observations import Booleans, Floats
from coverage.signal.validation import MODEL_NAME, HeldOut

MIN_REFERENCE: Final = 100  # drive-test rows that are scored alone; with fewer, all rows are
MIN_RARER: Final = 10  # weak rows, or others, from which their order is judged: draws need some


@dataclass(frozen=True, kw_only=True)
class ScoreParams:
    """How held-out predictions are scored.

    Attributes
    ----------
    weak_dbm
        Weak is below this. [dBm]
    interval
        Probability of the interval judged.
    block_resolution
        H3 resolution of the blocks drawn by the bootstrap.
    n_draws
        Draws of the bootstrap. [count]
    seed
        Of the bootstrap.
    """

    weak_dbm: float
    interval: float
    block_resolution: int
    n_draws: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Held-out rows that are scored, in one order for all methods."""

    level_dbm: Floats
    upper_dbm: Floats
    is_exact: Booleans
    is_weak: Booleans
    is_judged: Booleans
    block: npt.NDArray[np.uint64]
    operator: npt.NDArray[np.object_]

    def truth_for(self, predicted_dbm: Floats) -> Floats:
        """Level to compare with: of a row without service, the limit, or anything below it.

        Scoring the rows with a level alone would punish whoever predicts that a place has none.
        """
        below = np.minimum(predicted_dbm, self.upper_dbm)
        return np.where(self.is_exact, self.level_dbm, below)


def score(samples: pd.DataFrame, held: HeldOut, params: ScoreParams) -> dict[str, Any]:
    """Scores of the model and its rivals, paired differences, intervals and calibration.

    Levels are scored on drive-test rows, where there are enough: what a crowd row says of the
    level outdoors is itself uncertain. A row without service is weak; a level predicted for it is
    wrong by what lies above the device's limit. Coverage is that of the rows with a level.
    """
    kept = _scored_rows(samples, held)
    rows = _rows(samples.iloc[held.row[kept]], params)
    quantiles = held.prediction.quantiles_dbm[kept]
    distance_m = held.prediction.distance_to_reading_m[kept]
    level = {MODEL_NAME: held.prediction.median_dbm[kept]}
    level |= {name: _filled(values[kept]) for name, values in held.rival_dbm.items()}
    p_weak = {
        name: probability_below(quantiles, params.weak_dbm)
        if name == MODEL_NAME
        else _plain_probability(values, rows, params.weak_dbm)
        for name, values in level.items()
    }
    exact = rows.is_exact
    return {
        "n_scored": len(exact),
        "n_with_level": int(exact.sum()),
        "n_judged": int(rows.is_judged.sum()),
        "base_rate": _number(
            rows.is_weak[rows.is_judged].mean() if rows.is_judged.any() else np.nan
        ),
        "methods": [_method_row(name, level[name], p_weak[name], rows, params) for name in level],
        "paired": [
            _paired_row(name, level, p_weak, rows, params) for name in level if name != MODEL_NAME
        ],
        "intervals": _records(
            scores.interval_table(
                quantiles[exact], rows.level_dbm[exact], distance_m[exact], params.interval
            )
        ),
        "by_distance": _by_distance(level, rows, distance_m),
        "by_operator": _by_operator(level[MODEL_NAME], quantiles, rows, params),
        "rmse_by_operator": _rmse_by_operator(level, rows),
        "ap_by_operator": _ap_by_operator(p_weak, rows),
        "calibration": _records(
            scores.calibration_table(
                p_weak[MODEL_NAME][rows.is_judged], rows.is_weak[rows.is_judged]
            )
        ),
    }


def difference(
    samples: pd.DataFrame, full: HeldOut, other: HeldOut, name: str, params: ScoreParams
) -> dict[str, Any]:
    """Scores of another form of the model, and the full model's less its, on the same rows.

    Raises
    ------
    ValueError
        Where the two were not held out alike.
    """
    if not np.array_equal(full.row, other.row):
        raise ValueError("Invalid held-out rows. Must be those of one split.")
    kept = _scored_rows(samples, full)
    rows = _rows(samples.iloc[full.row[kept]], params)
    said = {MODEL_NAME: full.prediction, name: other.prediction}
    level = {who: _filled(one.median_dbm[kept]) for who, one in said.items()}
    p_weak = {
        who: probability_below(one.quantiles_dbm[kept], params.weak_dbm)
        for who, one in said.items()
    }
    exact = rows.is_exact
    covered = scores.interval_table(
        other.prediction.quantiles_dbm[kept][exact],
        rows.level_dbm[exact],
        other.prediction.distance_to_reading_m[kept][exact],
        params.interval,
    ).iloc[-1]
    paired = _paired_row(name, level, p_weak, rows, params)
    del paired["rival"]
    return {
        **_method_row(name, level[name], p_weak[name], rows, params),
        "coverage": _number(covered["coverage"]),
        **paired,
    }


def _scored_rows(samples: pd.DataFrame, held: HeldOut) -> Booleans:
    """Drive-test rows outdoors, or all where there are few."""
    source = samples["source"].to_numpy()[held.row] == "drive_test"
    indoor = samples["is_indoor"].to_numpy()[held.row] == 1
    reference = np.asarray(source & ~indoor)
    return reference if int(reference.sum()) >= MIN_REFERENCE else np.ones(len(reference), bool)


def _rows(samples: pd.DataFrame, params: ScoreParams) -> Rows:
    """What came out at the scored rows; a censored one is judged where its limit decides."""
    level = samples["rsrp_dbm"].to_numpy(dtype=np.float64)
    upper = samples["upper_dbm"].to_numpy(dtype=np.float64)
    is_exact = np.isfinite(level)
    return Rows(
        level_dbm=level,
        upper_dbm=upper,
        is_exact=is_exact,
        is_weak=np.where(is_exact, level, upper) < params.weak_dbm,
        is_judged=is_exact | (upper <= params.weak_dbm),
        block=parents_of(samples["h3_cell"], params.block_resolution),
        operator=samples["operator"].to_numpy(dtype=object),
    )


def _base_rate(rows: Rows) -> float | None:
    """Share of weak rows among those judged."""
    judged = rows.is_weak[rows.is_judged]
    return _number(float(judged.mean())) if len(judged) else None


def _filled(level_dbm: Floats) -> Floats:
    """Levels; a method without an answer gets its own mean, which helps it."""
    known = np.isfinite(level_dbm)
    mean = float(level_dbm[known].mean()) if known.any() else -100.0
    return np.where(known, level_dbm, mean)


def _plain_probability(level_dbm: Floats, rows: Rows, weak_dbm: float) -> Floats:
    """Probability a rival's point says: a normal with its own held-out spread, in its favour."""
    exact = rows.is_exact
    error = level_dbm[exact] - rows.level_dbm[exact]
    sd_db = max(float(error.std()) if len(error) else 8.0, 0.1)
    return np.asarray(ndtr((weak_dbm - level_dbm) / sd_db))


def _method_row(
    name: str, level: Floats, p_weak: Floats, rows: Rows, params: ScoreParams
) -> dict[str, Any]:
    """Scores of one method."""
    exact, judged = rows.is_exact, rows.is_judged
    true = rows.truth_for(level)
    of_rmse = scores.block_bootstrap(
        lambda w: scores.rmse(level, true, w),
        rows.block, n_draws=params.n_draws, seed=params.seed,
    )  # fmt: skip
    of_ap = scores.block_bootstrap(
        scores.precision_statistic(rows.is_weak[judged], p_weak[judged]),
        rows.block[judged], n_draws=params.n_draws, seed=params.seed,
    )  # fmt: skip
    return {
        "method": name,
        "rmse_db": _estimate(of_rmse),
        "mae_db": _number(scores.mae(level, true)),
        "bias_with_level_db": _number(scores.bias(level[exact], true[exact])),
        "average_precision": _estimate(of_ap),
        "recall_at_true_count": _number(scores.recall_at(rows.is_weak[judged], p_weak[judged])),
        "brier": _number(scores.brier(p_weak[judged], rows.is_weak[judged])),
        "brier_skill": _number(scores.brier_skill(p_weak[judged], rows.is_weak[judged])),
        "ece": _number(scores.ece(p_weak[judged], rows.is_weak[judged])),
    }


def _paired_row(
    rival: str,
    level: Mapping[str, Floats],
    p_weak: Mapping[str, Floats],
    rows: Rows,
    params: ScoreParams,
) -> dict[str, Any]:
    """Model against one rival on the same bootstrap draws."""
    judged = rows.is_judged
    weak = rows.is_weak[judged]
    ours, theirs = level[MODEL_NAME], level[rival]
    true_ours, true_theirs = rows.truth_for(ours), rows.truth_for(theirs)
    ap_ours = scores.precision_statistic(weak, p_weak[MODEL_NAME][judged])
    ap_theirs = scores.precision_statistic(weak, p_weak[rival][judged])
    n_rarer = min(int(weak.sum()), int((~weak).sum()))
    rmse = scores.block_bootstrap(
        lambda w: scores.rmse(ours, true_ours, w) - scores.rmse(theirs, true_theirs, w),
        rows.block, n_draws=params.n_draws, seed=params.seed,
    )  # fmt: skip
    ap = scores.block_bootstrap(
        lambda w: ap_ours(w) - ap_theirs(w),
        rows.block[judged], n_draws=params.n_draws, seed=params.seed,
    )  # fmt: skip
    return {
        "rival": rival,
        "rmse_difference_db": _estimate(rmse),
        "rmse_verdict": _verdict(rmse, is_low_better=True),
        "ap_difference": _estimate(ap),
        "ap_verdict": _verdict(ap, is_low_better=False) if n_rarer >= MIN_RARER else "too few",
    }


def _verdict(difference: scores.Estimate, *, is_low_better: bool) -> str:
    """Better, worse, or not to be told apart."""
    if not difference.excludes_zero:
        return "tie"
    return "better" if (difference.value < 0) == is_low_better else "worse"


def _by_distance(
    level: Mapping[str, Floats], rows: Rows, distance_m: Floats
) -> list[dict[str, Any]]:
    """RMSE of every method in each bin of distance to data."""
    bins = scores.distance_bins(distance_m)
    table = []
    for place, label in enumerate(scores.DISTANCE_LABELS):
        mine = bins == place
        table.append({"distance": label, "n": int(mine.sum())} | _rmse_of_each(level, rows, mine))
    return table


def _rmse_of_each(level: Mapping[str, Floats], rows: Rows, mine: Booleans) -> dict[str, Any]:
    """RMSE of every method over some rows."""
    return {
        name: _number(scores.rmse(values[mine], rows.truth_for(values)[mine]))
        for name, values in level.items()
    }


def _by_operator(
    level: Floats, quantiles: Floats, rows: Rows, params: ScoreParams
) -> list[dict[str, Any]]:
    """RMSE, bias and coverage of the model for each operator."""
    table = []
    for name in sorted(set(rows.operator.tolist())):
        own = rows.operator == name
        mine = rows.is_exact & own
        interval = scores.interval_table(
            quantiles[mine], rows.level_dbm[mine], np.zeros(int(mine.sum())), params.interval
        ).iloc[-1]
        table.append(
            {
                "operator": name,
                "n": int(own.sum()),
                "n_no_service": int((own & ~rows.is_exact).sum()),
                "rmse_db": _number(scores.rmse(level[own], rows.truth_for(level)[own])),
                "bias_with_level_db": _number(scores.bias(level[mine], rows.level_dbm[mine])),
                "coverage": _number(interval["coverage"]),
            }
        )
    return table


def _rmse_by_operator(level: Mapping[str, Floats], rows: Rows) -> list[dict[str, Any]]:
    """RMSE of every method for each operator."""
    table = []
    for name in sorted(set(rows.operator.tolist())):
        mine = rows.operator == name
        table.append({"operator": name, "n": int(mine.sum())} | _rmse_of_each(level, rows, mine))
    return table


def _ap_by_operator(p_weak: Mapping[str, Floats], rows: Rows) -> list[dict[str, Any]]:
    """Average precision of every method for each operator, beside its share of weak rows."""
    table = []
    for name in sorted(set(rows.operator.tolist())):
        mine = rows.is_judged & (rows.operator == name)
        weak = rows.is_weak[mine]
        table.append(
            {
                "operator": name,
                "n": int(mine.sum()),
                "base_rate": _number(float(weak.mean())) if len(weak) else None,
            }
            | {
                method: _number(scores.average_precision(weak, values[mine]))
                for method, values in p_weak.items()
            }
        )
    return table


def _estimate(found: scores.Estimate) -> dict[str, float | None]:
    """An estimate for JSON."""
    return {
        "value": _number(found.value), "low": _number(found.low), "high": _number(found.high)
    }  # fmt: skip


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table for JSON."""
    return [
        {
            str(name): _number(value) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in table.to_dict("records")
    ]


def _number(value: float) -> float | None:
    """A number for JSON: four decimals, None where there is none."""
    return round(float(value), 4) if np.isfinite(value) else None
