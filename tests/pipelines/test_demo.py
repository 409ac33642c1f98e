"""The demo's scores, on the tiny world; the demo itself is run by ``make demo``."""

import math
from pathlib import Path

import pytest

from pipelines import demo
from pipelines.config import load_config
from pipelines.demo import TruthScores, score


@pytest.fixture(scope="module")
def scores(finished: Path) -> TruthScores:
    return score(load_config(finished / "survey.toml"))


def test_the_scores_are_numbers(scores: TruthScores) -> None:
    values = [v for m in scores.methods.values() for v in (m.average_precision, m.recall_at_k)]
    values += [
        scores.interval_coverage,
        scores.interval_coverage_applicable,
        scores.applicable_share,
    ]
    assert all(math.isfinite(value) and 0 <= value <= 1 for value in values)


def test_the_ranking_beats_the_base_rate(scores: TruthScores) -> None:
    assert 0 < scores.n_weak < scores.n_sites == 100
    assert scores.methods["blankspot"].average_precision > 1.5 * scores.n_weak / scores.n_sites


def test_baselines_stand_beside_the_model(scores: TruthScores) -> None:
    assert next(iter(scores.methods)) == "blankspot"
    assert {"nearest reading", "ordinary kriging"} <= set(scores.methods)


def test_the_base_rate_stands_beside_the_scores(scores: TruthScores) -> None:
    assert f"base rate {scores.n_weak / scores.n_sites:.3f}" in "\n".join(scores.lines())


def test_the_demo_is_built_in_the_folder_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unread: Path
) -> None:
    """With a smaller world, and one built before that has to go."""
    from coverage.synthetic import WorldParams

    small = WorldParams(n_sites=100, n_drive_rows=400, n_drive_days=1, n_crowd_rows=200, n_phones=4)
    monkeypatch.setattr(demo, "WorldParams", lambda: small)
    (tmp_path / "raw" / "readings").mkdir(parents=True)
    (tmp_path / "raw" / "readings" / "old.txt").touch()
    config = demo.prepare(tmp_path, lambda text, share: None)
    assert config.raw == tmp_path / "raw"
    assert (config.raw / "truth" / "sites.parquet").is_file()
    assert (config.raw / config.inputs.rasters.elevation).is_file()
    assert not (config.raw / "readings" / "old.txt").exists()
