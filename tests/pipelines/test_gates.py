"""Gates: what passes, what does not, and that nothing is published then."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from coverage.errors import InputError
from pipelines.config import load_config
from pipelines.gates import Gate, pass_gates
from pipelines.store import Store

Command = Callable[..., tuple[int, str, str]]
Hashes = Callable[[Path], dict[str, str]]
POLLING_DAY = date(2024, 2, 14)


def gates_of(folder: Path, text: str, today: date = POLLING_DAY) -> list[Gate]:
    path = folder / "gated.toml"
    path.write_text((folder / "survey.toml").read_text() + f"\n[gates]\n{text}\n")
    return pass_gates(load_config(path), Store(folder / "processed"), today)


def test_without_limits_nothing_is_measured(survey: Path) -> None:
    assert gates_of(survey, "") == []


def test_the_share_of_rejects_is_that_of_the_manifest(survey: Path) -> None:
    record = Store(survey / "processed").manifest()["stages"]["ingest"]
    (gate,) = gates_of(survey, "max_reject_share = 0.5")
    assert gate.found == record["rows_out"]["rejects"] / record["rows_in"]["rows"]


def test_too_many_rejects_name_gate_value_and_limit(survey: Path) -> None:
    with pytest.raises(InputError, match=r"max_reject_share is 0\.02\d+, allowed 0\.01"):
        gates_of(survey, "max_reject_share = 0.01")


def test_readings_of_the_last_year_are_not_stale(survey: Path) -> None:
    (gate,) = gates_of(survey, "max_stale_share = 0.0")
    assert gate.found == 0.0


def test_readings_older_than_the_ranking_takes_are_stale(survey: Path) -> None:
    text = "max_stale_share = 0.5\n[ranking]\nmax_age_days = 1"
    with pytest.raises(InputError, match=r"max_stale_share is 1, allowed 0\.5"):
        gates_of(survey, text)


def test_the_age_of_the_survey_is_in_days_up_to_today(survey: Path) -> None:
    (gate,) = gates_of(survey, "max_survey_age_days = 365")
    (earlier,) = gates_of(survey, "max_survey_age_days = 365", date(2024, 2, 13))
    assert gate.found is not None
    assert earlier.found == gate.found - 1


def test_after_polling_day_a_survey_does_not_age(survey: Path) -> None:
    (then,) = gates_of(survey, "max_survey_age_days = 365")
    (now,) = gates_of(survey, "max_survey_age_days = 365", date(2026, 1, 1))
    assert now == then


@pytest.mark.parametrize(("found", "is_passed"), [(0.5, True), (0.51, False), (None, False)])
def test_a_gate_lets_pass_up_to_its_limit_and_nothing_unknown(
    found: float | None, is_passed: bool
) -> None:
    assert Gate(key="a", limit=0.5, found=found).is_passed is is_passed


@pytest.mark.parametrize("stage", ["run", "deliver"])
def test_a_closed_gate_is_one_line_and_nothing_is_published(
    survey: Path, command: Command, tables_of: Hashes, stage: str
) -> None:
    before = tables_of(survey)
    config = survey / "survey.toml"
    config.write_text(config.read_text() + "\n[gates]\nmax_reject_share = 0.0\n")
    (survey / "processed" / "deliverables" / "map.html").unlink()
    code, _, err = command(stage, config)
    assert code == 2
    assert "survey.toml: Not published, the data do not pass [gates]: max_reject_share" in err
    assert not (survey / "processed" / "deliverables" / "map.html").exists()
    assert tables_of(survey) == before


def test_a_stage_that_publishes_nothing_passes_no_gate(survey: Path, command: Command) -> None:
    config = survey / "survey.toml"
    config.write_text(config.read_text() + "\n[gates]\nmax_reject_share = 0.0\n")
    assert command("rank", config)[0] == 0
