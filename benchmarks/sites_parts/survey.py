"""Wrong decisions that planned days avoid, against days on random roads."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sites_parts.knowledge import Knowledge, planned_places, random_places
from sites_parts.truth import Truth, truth_of

from coverage.sites.judgement import Judgement, RankTables
from coverage.sites.layers import Layers
from coverage.sites.resurvey import survey_plan
from coverage.sites.upload import site_signal
from pipelines import settings

N_RANDOM = 2  # plans on random roads


def survey(known: Knowledge) -> None:
    """Count them."""
    config, sites = known.config, known.sites
    truth = truth_of(known.world, sites, settings.rank_params(config))
    judge = _Judge(known=known, truth=truth)
    before = judge.wrong(known.training)
    irreducible = float(
        (sites["n_voters"].fillna(265) * np.minimum(truth.p_fail, 1 - truth.p_fail)).sum()
    )
    print(
        f"survey: {before:,.0f} voters wrongly decided for, {irreducible:,.0f} with perfect levels"
    )
    day = settings.plan_params(config).day
    for n_days in (1, 3):
        plan_settings = replace(settings.plan_params(config), days=n_days, n_validate=0)
        plan = survey_plan(known.read["site_ranking"], plan_settings)
        planned = before - judge.wrong(known.with_readings(planned_places(plan)))
        gains = []
        for seed in range(N_RANDOM):
            places = random_places(known.world, n_days, day.hours * day.speed_kmh * 1000, seed)
            gains.append(before - judge.wrong(known.with_readings(places)))
        at_random = float(np.mean(gains))
        print(
            f"  {n_days} days: planned {planned:8,.0f} voters fewer ({len(plan)} stops), random "
            f"roads {at_random:8,.0f} ({', '.join(f'{g:,.0f}' for g in gains)}), "
            f"ratio {planned / at_random:.2f}",
            flush=True,
        )


@dataclass(frozen=True, kw_only=True)
class _Judge:
    """Fits a model to samples and counts wrong decisions."""

    known: Knowledge
    truth: Truth

    def wrong(self, training: pd.DataFrame) -> float:
        """Expected voters for whom to act or not to act is the wrong decision [voters]."""
        known = self.known
        predicted = known.predicted(training)
        params = settings.rank_params(known.config)
        signal = site_signal(known.sites, predicted, params.upload)
        given = RankTables(
            cell_signal=predicted,
            cells=known.read["cells"],
            correlation=known.read["operator_correlation"],
        )
        judged = Judgement.of(known.sites, signal, given, Layers(), params)
        acts = judged.p_fail >= 0.5
        voters = known.sites["n_voters"].astype("Float64").fillna(265).to_numpy(np.float64)
        return float((voters * np.where(acts, 1 - self.truth.p_fail, self.truth.p_fail)).sum())
