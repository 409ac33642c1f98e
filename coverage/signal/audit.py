"""The costly checks of a card: places left out by name, parts of the model taken away, no labels.

Each fits the model some times more than the card does anyway, so a config asks for them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from coverage.signal.baselines import Baseline
from coverage.signal.model import ModelParams, Prediction, SignalModel
from coverage.signal.obstruction import PATH_FEATURES
from coverage.signal.scoring import ScoreParams, difference, score
from coverage.signal.splits import GroupKFold
from coverage.signal.validation import HeldOut, Splitter, hold_out

DISTRICT: Final = "district"
"""Column of samples: kecamatan of each, where the caller knows it."""
CAMPAIGN: Final = "campaign"
MAX_GROUP_FOLDS: Final = 8
_LABELS: Final = ("rsrp_dbm", "upper_dbm", "n", "n_no_service")


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What the costly checks found.

    Attributes
    ----------
    splits
        Scores with whole districts and whole campaigns left out, those there are.
    ablations
        Scores without one part each, and the full model's less theirs.
    permuted
        Scores of the model fitted to and judged on shuffled labels: no skill is to be found.
    """

    splits: Mapping[str, dict[str, Any]]
    ablations: list[dict[str, Any]]
    permuted: dict[str, Any]


class Ablated:
    """The model without one of its parts: it fits like the model itself.

    Parameters
    ----------
    recipe
        Its settings.
    kept
        Which of the samples are used; None uses all.
    has_towers
        Whether it sees the list of radio cells.
    """

    def __init__(
        self,
        recipe: ModelParams,
        kept: Callable[[pd.DataFrame], "pd.Series[bool]"] | None = None,
        *,
        has_towers: bool = True,
    ) -> None:
        self.recipe = recipe
        self.kept = kept
        self.has_towers = has_towers

    def fit(self, samples: pd.DataFrame, towers: pd.DataFrame | None = None) -> Self:
        """Fit on what is left."""
        some = samples if self.kept is None else samples[self.kept(samples)]
        self.model_ = SignalModel(self.recipe).fit(some, towers if self.has_towers else None)
        return self

    def describe(self, points: pd.DataFrame) -> Prediction:
        """What the model without its part says."""
        return self.model_.describe(points)


def audit(
    samples: pd.DataFrame,
    towers: pd.DataFrame | None,
    recipe: ModelParams,
    blocked: Splitter,
    rivals: Mapping[str, Callable[[], Baseline]],
    *,
    judge: ScoreParams,
) -> Audit:
    """Run every check.

    Parameters
    ----------
    samples
        Checked; with :data:`DISTRICT`, whole districts are left out too.
    towers
        Radio cells.
    recipe
        Settings of the model with its chain chosen.
    blocked
        Split on which parts are taken away.
    rivals
        What stands beside the model where groups are left out.
    judge
        How it is scored.
    """
    return Audit(
        splits=_group_splits(samples, towers, recipe, rivals, judge),
        ablations=_ablations(samples, towers, recipe, blocked, judge),
        permuted=permuted(samples, towers, recipe, blocked, judge),
    )


def campaigns_of(samples: pd.DataFrame) -> "pd.Series[str]":
    """Campaign of each sample: a day of a drive test, else its source as a whole.

    Readings of one day share route, weather and state of the network.
    """
    day = pd.to_datetime(samples["day"]).dt.strftime("%Y-%m-%d").fillna("")
    is_drive = samples["source"] == "drive_test"
    named: pd.Series[str] = samples["source"].astype(str) + (" " + day).where(is_drive, "")
    return named


def _group_splits(
    samples: pd.DataFrame,
    towers: pd.DataFrame | None,
    recipe: ModelParams,
    rivals: Mapping[str, Callable[[], Baseline]],
    judge: ScoreParams,
) -> dict[str, dict[str, Any]]:
    """Scores with whole groups left out."""
    grouped = samples.assign(**{CAMPAIGN: campaigns_of(samples)})
    found = {}
    for column in (DISTRICT, CAMPAIGN):
        if column not in grouped or grouped[column].nunique() < 2:
            continue
        split = GroupKFold(column, MAX_GROUP_FOLDS, seed=judge.seed)
        held = hold_out(grouped, towers, split, lambda: SignalModel(recipe), rivals)
        found[column] = {**score(grouped, held, judge), "n_groups": grouped[column].nunique()}
    return found


def _ablations(
    samples: pd.DataFrame,
    towers: pd.DataFrame | None,
    recipe: ModelParams,
    blocked: Splitter,
    judge: ScoreParams,
) -> list[dict[str, Any]]:
    """Scores without one part each; a part that is not there is not taken away."""

    def held(model: Callable[[], Ablated]) -> HeldOut:
        return hold_out(samples, towers, blocked, model, {})

    full = held(lambda: Ablated(recipe))
    without = _without(samples, towers, recipe)
    return [
        difference(samples, full, held(lambda made=made: made), name, judge)  # type: ignore[misc]
        for name, made in without.items()
    ]


def _without(
    samples: pd.DataFrame, towers: pd.DataFrame | None, recipe: ModelParams
) -> dict[str, Ablated]:
    """The model without one part each."""
    chosen = recipe.candidates[0]
    flat = replace(recipe, candidates=(replace(chosen, is_kriged=False),))
    listless = tuple(name for name in recipe.covariates if name not in PATH_FEATURES)
    without: dict[str, Ablated] = {}
    if samples["rsrp_dbm"].isna().any():
        without["no censoring"] = Ablated(recipe, lambda rows: rows["rsrp_dbm"].notna())
    if chosen.is_kriged:
        without["no kriging"] = Ablated(flat)
    if towers is not None and chosen.has_sites:
        without["no towers"] = Ablated(replace(recipe, covariates=listless), has_towers=False)
    if recipe.covariates:
        without["no maps"] = Ablated(replace(recipe, covariates=()))
    is_drive = samples["source"] == "drive_test"
    if is_drive.any() and not is_drive.all():
        without["no crowd data"] = Ablated(recipe, lambda rows: rows["source"] == "drive_test")
    return without


def permuted(
    samples: pd.DataFrame,
    towers: pd.DataFrame | None,
    recipe: ModelParams,
    blocked: Splitter,
    judge: ScoreParams,
) -> dict[str, Any]:
    """Scores of the model fitted to and judged on shuffled labels.

    Sources keep theirs among themselves. Parameters are those of :func:`audit`.
    """
    rng = np.random.default_rng(judge.seed)
    shuffled = samples.copy()
    for rows in samples.groupby("source", sort=True).indices.values():
        drawn = rng.permutation(rows)
        for name in _LABELS:
            shuffled.loc[samples.index[rows], name] = samples[name].to_numpy()[drawn]
    held = hold_out(shuffled, towers, blocked, lambda: SignalModel(recipe), {})
    found = score(shuffled, held, judge)
    ours = found["methods"][0]
    return {
        "base_rate": found["base_rate"],
        "average_precision": ours["average_precision"],
        "brier_skill": ours["brier_skill"],
        "rmse_db": ours["rmse_db"],
    }
