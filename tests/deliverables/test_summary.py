import math

import pandas as pd
import pytest

from coverage.deliverables.info import RunInfo
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.summary import SummaryParams, counts_by_regency, summarise
from coverage.errors import InputError
from coverage.tables import REMEDIES, SITE_EVIDENCE


def test_every_site_is_counted_once_by_evidence_and_by_remedy(
    world: RunTables, info: RunInfo
) -> None:
    summary = summarise(world.site_ranking, info)
    assert summary.by_evidence["n_sites"].sum() == summary.n_sites == len(world.site_ranking)
    assert summary.by_remedy["n_sites"].sum() == summary.n_sites


def test_what_could_not_be_judged_is_counted_apart(world: RunTables, info: RunInfo) -> None:
    is_unknown = world.site_ranking["evidence"] == "survey_first"
    summary = summarise(world.site_ranking, info)
    assert summary.n_unknown == is_unknown.sum()
    judged = world.site_ranking.loc[~is_unknown, "p_upload_fail"]
    assert summary.expected_failures == pytest.approx(judged.sum(), rel=1e-6)


def test_codes_without_sites_are_told_too(world: RunTables, info: RunInfo) -> None:
    summary = summarise(world.site_ranking.iloc[:1], info)
    assert summary.by_remedy["code"].tolist() == list(REMEDIES)
    assert summary.by_evidence["code"].tolist() == list(SITE_EVIDENCE)


def test_the_top_is_the_top_of_the_ranking(world: RunTables, info: RunInfo) -> None:
    shuffled = world.site_ranking.sample(frac=1, random_state=1)
    top = summarise(shuffled, info, SummaryParams(n_top=3)).top
    assert top["rank"].tolist() == [1, 2, 3]


def test_voters_not_known_are_not_counted(world: RunTables, info: RunInfo) -> None:
    known = world.site_ranking["n_voters"].dropna().sum()
    assert summarise(world.site_ranking, info).n_voters == known


def test_voters_that_no_site_states_are_not_known(world: RunTables, info: RunInfo) -> None:
    ranking = world.site_ranking.assign(n_voters=pd.NA)
    assert summarise(ranking, info).n_voters is None


def test_where_no_site_can_be_judged_nothing_is_expected(world: RunTables, info: RunInfo) -> None:
    ranking = world.site_ranking.assign(evidence="survey_first")
    assert math.isnan(summarise(ranking, info).expected_failures)


def test_an_empty_ranking_is_all_noughts(world: RunTables, info: RunInfo) -> None:
    summary = summarise(world.site_ranking.iloc[:0], info)
    assert (summary.n_sites, summary.n_voters, summary.expected_failures) == (0, 0, 0.0)


def test_a_regency_not_known_comes_last(world: RunTables) -> None:
    ranking = world.site_ranking.copy()
    ranking.loc[ranking.index[:5], "regency"] = None
    counts = counts_by_regency(ranking, "remedy", REMEDIES)
    assert counts.index.tolist() == ["Kab. Lebak", "Kab. Pandeglang", ""]
    assert counts.to_numpy().sum() == len(ranking)


def test_a_negative_top_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid n_top -1"):
        SummaryParams(n_top=-1)
