"""The model card: what the model was made of, how it was judged, beside what, and what to mind.

Every number stands beside its rivals, its base rate and the split it came from. The random split
is printed as what it is, the optimistic bound: the same roads are driven again and again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.hexgrid import edge_m, parents_of, resolution_of
from coverage.signal import card_html
from coverage.signal.audit import Audit, audit
from coverage.signal.baselines import Baseline
from coverage.signal.card_description import describe_data, describe_model
from coverage.signal.card_rivals import few, makers
from coverage.signal.effects import typical_effects
from coverage.signal.model import ModelParams, SignalModel
from coverage.signal.samples import checked
from coverage.signal.scoring import ScoreParams, score
from coverage.signal.splits import (
    BlockKFold,
    NearestNeighbourMatchedKFold,
    RandomKFold,
)
from coverage.signal.validation import MODEL_NAME, HeldOut, Splitter, hold_out

CARD_VERSION: Final = 1
SUSPICIOUS_RMSE_DB: Final = 5.0  # blocked, on crowd data: leakage, not skill (MODEL 2.3)
COVERAGE_BOUNDS: Final = (0.87, 0.93)  # of the 90 % interval (MODEL 9)
MAX_SHUFFLED_SKILL: Final = 0.01  # Brier skill on shuffled labels that chance explains
MIN_BIN: Final = 100  # rows from which a bin's coverage is judged
DECILES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FINEST_BLOCK: Final = 10  # 76 m: below it neighbours are one place


@dataclass(frozen=True, kw_only=True)
class CardParams:
    """How the card judges.

    Attributes
    ----------
    n_folds
        Folds of the blocked split. [count]
    n_random_folds
        Folds of the random and of the distance-matched split. [count]
    block_resolution
        H3 resolution of a block; finer where the samples fill fewer than four a fold.
    buffer_m
        Training samples this near to a held-out one are left out. [m]
    weak_dbm
        Weak is below this. [dBm]
    n_draws
        Draws of the bootstrap over blocks. [count]
    seed
        Of folds, draws and forests.
    is_choice_nested
        Choose the chain anew in every blocked fold; if not, the one chosen on all samples is used
        and the card says so.
    n_trees
        Trees of the rival forest; 0 leaves it out. [count]
    max_tuning_samples
        Samples on which each fold chooses its chain, no more than the model does. [count]
    is_full
        Whether the costly checks of :mod:`coverage.signal.audit` are made too.
    """

    n_folds: int = 5
    n_random_folds: int = 3
    block_resolution: int = 6
    buffer_m: float = 500.0
    weak_dbm: float = -110.0
    n_draws: int = 200
    seed: int = 2024
    is_choice_nested: bool = True
    n_trees: int = 40
    max_tuning_samples: int = 5000
    is_full: bool = False

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        for name, low, high in (
            ("n_folds", 2, 20),
            ("n_random_folds", 2, 20),
            ("block_resolution", 4, FINEST_BLOCK),
            ("buffer_m", 0, 50_000),
            ("weak_dbm", -140, -44),
            ("n_draws", 20, 100_000),
            ("n_trees", 0, 5000),
            ("max_tuning_samples", 500, 10_000_000),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Invalid {name} {value}. Must be in [{low}, {high}].")


@dataclass(frozen=True, kw_only=True)
class Card:
    """A finished card.

    Attributes
    ----------
    content
        Plain values, ready for JSON.
    """

    content: Mapping[str, Any]

    def to_json(self) -> str:
        """The card as JSON, keys sorted."""
        return json.dumps(self.content, sort_keys=True, ensure_ascii=False, indent=1) + "\n"

    def to_html(self, language: str = "en") -> str:
        """The card as one HTML page without outside parts, in Indonesian or English."""
        return card_html.page(self.content, language)


def build(
    model: SignalModel,
    samples: pd.DataFrame,
    towers: pd.DataFrame | None,
    params: CardParams,
    targets: pd.DataFrame | None = None,
) -> Card:
    """Judge the model's recipe on held-out samples and write down what came out.

    Parameters
    ----------
    model
        Fitted on these samples.
    samples, towers
        What it was fitted on.
    params
        Splits and scores.
    targets
        Where predictions are wanted (``latitude_deg, longitude_deg``): adds the split whose
        distances match theirs.
    """
    ordered = checked(samples)
    recipe = model.params or ModelParams()
    resolution = _block_resolution(ordered, params)
    edge = None if resolution is None else edge_m(resolution)
    buffer_m = None if edge is None else min(params.buffer_m, edge)
    splits: dict[str, Any] = {}
    found: Audit | None = None
    if resolution is not None and buffer_m is not None:
        splits, found = _splits(
            model, ordered, towers, params, targets, resolution=resolution, buffer_m=buffer_m
        )
    content = {
        "card_version": CARD_VERSION,
        "data": describe_data(ordered, towers),
        "model": describe_model(model),
        "validation": {
            "block_resolution": resolution,
            "block_edge_m": None if edge is None else round(edge),
            "buffer_m": None if buffer_m is None else round(buffer_m),
            "n_folds": params.n_folds,
            "n_random_folds": params.n_random_folds,
            "is_choice_nested": params.is_choice_nested,
            "weak_dbm": params.weak_dbm,
            "interval": recipe.interval,
            "seed": params.seed,
        },
        "splits": splits,
        "effects": _effect_rows(model, ordered),
    }
    if found is not None:
        content |= {"ablations": found.ablations, "permuted": found.permuted}
    content["warnings"] = warnings_of(content)
    return Card(content=content)


def _splits(
    model: SignalModel,
    samples: pd.DataFrame,
    towers: pd.DataFrame | None,
    params: CardParams,
    targets: pd.DataFrame | None,
    *,
    resolution: int,
    buffer_m: float,
) -> tuple[dict[str, Any], Audit | None]:
    """Scores under every split, and the costly checks if they are wanted."""
    fixed = _only_chosen(model)
    recipe = model.params or ModelParams()
    nested = replace(
        recipe, max_tuning_samples=min(recipe.max_tuning_samples, params.max_tuning_samples)
    )
    rivals = makers(params.n_trees, params.seed, nested.n_threads)
    judge = ScoreParams(
        weak_dbm=params.weak_dbm,
        interval=nested.interval,
        block_resolution=resolution,
        n_draws=params.n_draws,
        seed=params.seed,
    )
    blocked = BlockKFold(params.n_folds, resolution=resolution, buffer_m=buffer_m, seed=params.seed)
    splits = {
        "blocked": _judged(
            samples, towers, blocked, nested if params.is_choice_nested else fixed, rivals,
            judge=judge,
        ),
        "random": _judged(
            samples, towers, RandomKFold(params.n_random_folds, seed=params.seed), fixed,
            few(rivals), judge=judge,
        ),
    }  # fmt: skip
    if targets is not None and len(targets):
        matched = NearestNeighbourMatchedKFold(targets, params.n_random_folds, seed=params.seed)
        splits["matched"] = _judged(samples, towers, matched, fixed, few(rivals), judge=judge)
        splits["matched"]["wasserstein_m"] = round(matched.wasserstein_m_, 1)
        splits["matched"]["distances"] = _distance_rows(matched)
    if not params.is_full:
        return splits, None
    found = audit(samples, towers, fixed, blocked, few(rivals), judge=judge)
    return {**splits, **found.splits}, found


def _distance_rows(split: NearestNeighbourMatchedKFold) -> list[dict[str, Any]]:
    """Both curves of the matched split: deciles of the distance to data [m]."""
    return [
        {
            "share": share,
            "targets_m": round(float(np.quantile(split.target_distances_m_, share))),
            "held_out_m": round(float(np.quantile(split.fold_distances_m_, share))),
        }
        for share in DECILES
    ]


def _effect_rows(model: SignalModel, samples: pd.DataFrame) -> list[dict[str, Any]]:
    """Mean size of each feature's effect at the samples [dB]; those without any are left out."""
    table = typical_effects(model, samples)
    return [
        {str(k): v if isinstance(v, str) else round(float(v), 3) for k, v in row.items()}
        for row in table[table["total_db"] > 0].to_dict("records")
    ]


def warnings_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a reader must mind, as codes with their values."""
    found: list[dict[str, Any]] = []
    if "blocked" not in content["splits"]:
        return [{"code": "not_validated"}]
    blocked = content["splits"]["blocked"]
    ours = next(row for row in blocked["methods"] if row["method"] == MODEL_NAME)
    rmse_db = ours["rmse_db"]["value"]
    sources = {row["source"] for row in content["data"]["by_operator_and_source"]}
    if rmse_db is not None and rmse_db < SUSPICIOUS_RMSE_DB and "crowdsourced" in sources:
        found.append({"code": "suspiciously_good", "rmse_db": rmse_db})
    for row in blocked["paired"]:
        if "worse" in {row["rmse_verdict"], row["ap_verdict"]}:
            found.append({"code": "beaten_by", "rival": row["rival"]})
    low, high = COVERAGE_BOUNDS
    for row in blocked["intervals"]:
        if row["n"] >= MIN_BIN and not low <= row["coverage"] <= high:
            found.append(
                {"code": "coverage", "distance": row["distance"], "coverage": row["coverage"]}
            )
    if content["data"]["n_listed_cells"] == 0:
        found.append({"code": "no_cell_list"})
    if not content["validation"]["is_choice_nested"]:
        found.append({"code": "choice_not_nested"})
    if content["model"]["residual_range_m"] > content["validation"]["block_edge_m"]:
        found.append(
            {"code": "range_beyond_block", "range_m": content["model"]["residual_range_m"]}
        )
    if _has_skill(content.get("permuted")):
        found.append({"code": "skill_without_labels"})
    if blocked["n_judged"] and not blocked["base_rate"]:
        found.append({"code": "no_weak_rows"})
    return found


def _has_skill(permuted: Mapping[str, Any] | None) -> bool:
    """Whether shuffled labels could be told beyond chance: then something leaks."""
    if not permuted or permuted["base_rate"] is None:
        return False
    low = permuted["average_precision"]["low"]
    is_ranked = low is not None and low > permuted["base_rate"]
    return is_ranked and (permuted["brier_skill"] or 0.0) > MAX_SHUFFLED_SKILL


def _judged(
    samples: pd.DataFrame,
    towers: pd.DataFrame | None,
    splitter: Splitter,
    recipe: ModelParams,
    rivals: Mapping[str, Callable[[], Baseline]],
    *,
    judge: ScoreParams,
) -> dict[str, Any]:
    """Scores under one split."""
    held: HeldOut = hold_out(samples, towers, splitter, lambda: SignalModel(recipe), rivals)
    return score(samples, held, judge)


def _block_resolution(samples: pd.DataFrame, params: CardParams) -> int | None:
    """The coarsest resolution from the wanted one on that fills four blocks a fold.

    None where even the finest does not: such a survey cannot be judged by itself.
    """
    cells = samples["h3_cell"]
    finest = min(FINEST_BLOCK, int(resolution_of(cells.to_numpy()).min()))
    for resolution in range(params.block_resolution, finest + 1):
        if len(np.unique(parents_of(cells, resolution))) >= 4 * params.n_folds:
            return resolution
    return None


def _only_chosen(model: SignalModel) -> ModelParams:
    """The model's settings with its chosen chain as the only candidate."""
    params = model.params or ModelParams()
    place = int(np.flatnonzero(model.choice_["is_chosen"])[0])
    return replace(params, candidates=(params.candidates[place],))
