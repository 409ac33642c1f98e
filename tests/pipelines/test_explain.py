"""Why a TPS has its probabilities: the same figures as in the ranking, and what a visit changes."""

import json
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coverage import tables
from coverage.errors import InputError
from pipelines.config import load_config
from pipelines.explain import Explanation, explain
from pipelines.explain_text import LANGUAGES, TEXTS, lines
from pipelines.store import Store

Answer = tuple[int, str, str]
Command = Callable[..., Answer]


@pytest.fixture(scope="module")
def ranking(finished: Path) -> pd.DataFrame:
    store = Store(finished / "processed")
    return tables.to_pandas(store.read("site_ranking"))


@pytest.fixture(scope="module")
def told(finished: Path, ranking: pd.DataFrame) -> Explanation:
    """The TPS in the middle of the ranking."""
    code = ranking.sort_values("rank")["tps_code"].iloc[len(ranking) // 2]
    return explain(load_config(finished / "survey.toml"), str(code))


def test_the_explanation_names_the_figures_of_the_ranking(
    told: Explanation, ranking: pd.DataFrame
) -> None:
    row = ranking[ranking["tps_code"] == told.site["tps_code"]].iloc[0]
    assert told.ranking["rank"] == row["rank"]
    assert told.ranking["p_upload_fail"] == row["p_upload_fail"]


def test_every_operator_at_the_tps_is_explained(told: Explanation, finished: Path) -> None:
    signal = tables.to_pandas(Store(finished / "processed").read("site_signal"))
    mine = signal[signal["tps_code"] == told.site["tps_code"]]
    assert [one.operator for one in told.operators] == sorted(mine["operator"])


def test_the_model_says_now_what_the_table_says(told: Explanation, finished: Path) -> None:
    """What a visit changes is the visit's, not another way of predicting."""
    from pipelines import explain as module

    config = load_config(finished / "survey.toml")
    store = Store(config.processed)
    sites = tables.to_pandas(store.read("sites"))
    site = sites[sites["tps_code"] == told.site["tps_code"]].reset_index(drop=True)
    view = module.view_of(config, store, site)
    for one in told.operators:
        again = view.outcome(view.model, one.operator)
        for name in ("p_weak", "p_upload_fail", "rsrp_p05_dbm", "rsrp_p95_dbm"):
            assert again[name] == pytest.approx(one.outcome[name], abs=1e-5)


def test_a_better_reading_makes_a_failure_less_likely(told: Explanation) -> None:
    for one in told.operators:
        failing = [visit.p_upload_fail for visit in one.visits]
        assert failing == sorted(failing, reverse=True)
        assert [v.level_dbm for v in one.visits] == sorted(v.level_dbm for v in one.visits)


def test_readings_are_the_operators_own_nearest_first(told: Explanation) -> None:
    for one in told.operators:
        assert one.readings["distance_m"].is_monotonic_increasing
        assert one.cells["distance_m"].is_monotonic_increasing


def test_an_unknown_tps_is_refused(finished: Path) -> None:
    with pytest.raises(InputError, match=r"Unknown TPS '1'\. Must be a tps_code of the survey's"):
        explain(load_config(finished / "survey.toml"), "1")


def test_without_a_run_the_command_to_run_is_named(unread: Path) -> None:
    with pytest.raises(InputError, match=r"No ranking yet\. Run `blankspot run "):
        explain(load_config(unread / "survey.toml"), "1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_names_every_operator_and_the_sum(told: Explanation, language: str) -> None:
    text = "\n".join(lines(told, language))
    assert all(f"== {one.operator} ==" in text for one in told.operators)
    assert text.count(TEXTS["sum"][LANGUAGES.index(language)]) >= len(told.operators)


@pytest.mark.parametrize(
    ("has_power", "said"),
    [(True, "Electric power at the TPS: yes"), (False, "TPS: no;"), (pd.NA, "TPS: not known;")],
)
def test_power_at_the_tps_is_said(told: Explanation, has_power: object, said: str) -> None:
    site = {**told.site, "has_power": has_power}
    assert said in "\n".join(lines(replace(told, site=site), "en"))


def test_power_at_the_tps_is_in_the_json(told: Explanation) -> None:
    assert "has_power" in told.as_json()["site"]


def test_an_unknown_language_is_refused(told: Explanation) -> None:
    with pytest.raises(InputError, match=r"Invalid language 'su'\. Must be one of"):
        next(lines(told, "su"))


def test_both_languages_say_the_same_values() -> None:
    for one, other in TEXTS.values():
        fields = [{name for _, name, _, _ in string.Formatter().parse(t)} for t in (one, other)]
        assert fields[0] == fields[1]


def test_the_command_prints_lines_or_json(
    finished: Path, told: Explanation, command: Command
) -> None:
    config, code = finished / "survey.toml", str(told.site["tps_code"])
    exit_code, out, _ = command("explain", config, code, "--language", "en")
    assert exit_code == 0
    assert f"{code} " in out
    assert "If a drive test took one reading" in out
    exit_code, out, _ = command("explain", config, code, "--json")
    found = json.loads(out)
    assert exit_code == 0
    assert found["site"]["tps_code"] == code
    parts = found["operators"][0]["mean"]
    effects = sum(row["physics_db"] + row["trees_db"] for row in parts["features"])
    assert np.isclose(
        parts["base_dbm"] + effects + parts["kriged_db"], parts["mean_dbm"], atol=0.02
    )


def test_the_command_explains_in_the_language_asked_for_anywhere(
    finished: Path, told: Explanation, command: Command
) -> None:
    config, code = finished / "survey.toml", str(told.site["tps_code"])
    in_english = "If a drive test took one reading"
    assert in_english in command("--lang", "en", "explain", config, code).out
    assert in_english not in command("--lang", "id", "explain", config, code).out
    both = command("--lang", "id", "explain", config, code, "--language", "en")
    assert in_english in both.out


def test_explaining_writes_nothing(
    finished: Path, told: Explanation, times_of: Callable[[Path], dict[str, int]]
) -> None:
    before = times_of(finished)
    explain(load_config(finished / "survey.toml"), str(told.site["tps_code"]))
    assert times_of(finished) == before
